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
#include "core/fsm.c"
#include "core/fsm_path.c"
#include "core/hist.c"
#include "core/outcome.c"
#include "core/seg.c"
#include "core/verdict.c"

#include "kernel/segment.c"
#include "kernel/skkey.c"

#include "table/flow.c"
#include "mirror/laps.c"
#include "mirror/mirror.c"
#include "mirror/mirror_act.c"
#include "watch/observer.c"
#include "record/stats.c"
#include "record/timing.c"

#include "watch/tap.c"
