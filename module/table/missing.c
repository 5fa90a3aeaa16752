// SPDX-License-Identifier: GPL-2.0
/*
 * When to look for endpoints that the kernel has and we do not:
 *
 * - soon after a flow could not be created, and as long as any is missing;
 * - at once when there is room again for missing endpoints;
 * - every 30 s or more while there are flows, in case a fault of ours left one
 *   out.
 *
 * Most namespaces share one table of the kernel's, so one walk serves them
 * all.  Whatever their owners do, a pass begins at most once a second, and all
 * passes together take at most 1 / MISSING_SHARE of a CPU, or one pass in 30 s
 * where that is more.
 */
#include <linux/jiffies.h>

#include "table/flow.h"
#include "table/missing.h"
#include "kernel/work.h"

#define MISSING_PAUSE HZ	/* between the beginnings of two passes */
#define MISSING_SHARE 50	/* of a CPU's time for them, one part */
#define MISSING_AUDIT (30 * HZ) /* between two that nobody asked for */

/* Until the next pass may begin. */
static unsigned long time_to_wait(const struct tcpw_missing_walk *w)
{
	unsigned long pause = READ_ONCE(w->pause);
	long left = READ_ONCE(w->began) + pause - jiffies;

	return clamp_t(long, left, 1, pause);
}

/**
 * tcpw_missing_pace - how long to wait after a pass
 * @w: the walk
 * @busy: what the pass took of a CPU, ns
 */
void tcpw_missing_pace(struct tcpw_missing_walk *w, u64 busy)
{
	u64 pause = nsecs_to_jiffies(busy * MISSING_SHARE);

	WRITE_ONCE(w->pause, clamp_t(u64, pause, MISSING_PAUSE, MISSING_AUDIT));
}

/**
 * tcpw_missing_lost - a flow could not be created
 * @t: the table that it is missing in
 *
 * Context: any but NMI; takes raw locks only.
 */
void tcpw_missing_lost(struct tcpw_flow_table *t)
{
	struct tcpw_missing_walk *w = t->missing.walk;

	WRITE_ONCE(w->again, true);
	/* ORDER: said before asked; the work asks the other way round */
	smp_mb();
	if (!delayed_work_pending(&w->work))
		queue_delayed_work(tcpw_work_queue(w->net), &w->work,
				   max_t(unsigned long, TCPW_MISSING_WAIT,
					 time_to_wait(w)));
}

/**
 * tcpw_missing_now - look as soon as is allowed
 * @t: the table in which something has changed
 *
 * Context: any but NMI.
 */
void tcpw_missing_now(struct tcpw_flow_table *t)
{
	struct tcpw_missing_walk *w = t->missing.walk;

	if (READ_ONCE(w->now))
		return;
	WRITE_ONCE(w->now, true);
	/* ORDER: as above */
	smp_mb();
	if (!READ_ONCE(w->walking))
		mod_delayed_work(tcpw_work_queue(w->net), &w->work,
				 time_to_wait(w));
}

/**
 * tcpw_missing_room - a flow is gone from a table that misses some
 * @t: the table
 *
 * Where there is room for a few of many only, the next pass is early enough.
 *
 * Context: any but NMI.
 */
void tcpw_missing_room(struct tcpw_flow_table *t)
{
	u64 missing = READ_ONCE(t->missing.count);
	unsigned int max = READ_ONCE(t->max);
	unsigned int n = tcpw_flow_count(t);

	if (n + missing <= max || n < max / 2)
		tcpw_missing_now(t);
}

/**
 * tcpw_missing_audit - a table has been compared flow by flow
 * @t: the table
 *
 * Context: process.
 */
void tcpw_missing_audit(struct tcpw_flow_table *t)
{
	struct tcpw_missing_walk *w = t->missing.walk;

	if (!READ_ONCE(w->walking) &&
	    time_after_eq(jiffies, READ_ONCE(w->began) + MISSING_AUDIT))
		queue_delayed_work(tcpw_work_queue(w->net), &w->work, 1);
}

/**
 * tcpw_missing_ended - a pass is over
 * @w: the walk
 * @incomplete: endpoints are still missing
 */
void tcpw_missing_ended(struct tcpw_missing_walk *w, bool incomplete)
{
	WRITE_ONCE(w->walking, false);
	/* ORDER: pairs with those above */
	smp_mb();
	if (READ_ONCE(w->now))
		mod_delayed_work(tcpw_work_queue(w->net), &w->work,
				 time_to_wait(w));
	else if (incomplete || READ_ONCE(w->again))
		queue_delayed_work(tcpw_work_queue(w->net), &w->work,
				   max_t(unsigned long, TCPW_MISSING_WAIT,
					 time_to_wait(w)));
}
