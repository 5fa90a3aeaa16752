// SPDX-License-Identifier: GPL-2.0
/*
 * What a segment and the kernel's word pass through, compiled as one: of what
 * a connection cost, a quarter were the calls between small functions of files
 * that each hold one thing.  Here the compiler sees through them; functions
 * marked __flatten take in all that they call but what is marked noinline.
 *
 * The files stay whole without this one, and are compiled so for KUnit and in
 * userspace.
 */
#include "fsm.c"
#include "fsm_path.c"
#include "hist.c"
#include "outcome.c"
#include "seg.c"
#include "verdict.c"

#include "segment.c"
#include "skkey.c"

#include "flow.c"
#include "laps.c"
#include "mirror.c"
#include "mirror_act.c"
#include "observer.c"
#include "stats.c"
#include "timing.c"

#include "tap.c"
