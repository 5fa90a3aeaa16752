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
 * all, and a pass begins at most once a second whatever their owners do.
 */
#include <linux/jiffies.h>

#include "flow.h"
#include "missing.h"

#define MISSING_PAUSE HZ	/* between the beginnings of two passes */
#define MISSING_AUDIT (30 * HZ) /* between two that nobody asked for */

/* Until the next pass may begin. */
static unsigned long time_to_wait(const struct tcpw_missing_walk *w)
{
	long left = READ_ONCE(w->began) + MISSING_PAUSE - jiffies;

	return clamp_t(long, left, 1, MISSING_PAUSE);
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
		queue_delayed_work(system_unbound_wq, &w->work,
				   TCPW_MISSING_WAIT);
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
		mod_delayed_work(system_unbound_wq, &w->work, time_to_wait(w));
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
		queue_delayed_work(system_unbound_wq, &w->work, 1);
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
		mod_delayed_work(system_unbound_wq, &w->work, time_to_wait(w));
	else if (incomplete || READ_ONCE(w->again))
		queue_delayed_work(system_unbound_wq, &w->work,
				   TCPW_MISSING_WAIT);
}
