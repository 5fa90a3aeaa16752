// SPDX-License-Identifier: GPL-2.0
/*
 * Decides when flows are compared with the kernel: queues a flow whose mirror
 * and kernel state differ, and schedules the walk over a table that has flows.
 * sweep.c does both works.
 */
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/math64.h>

#include "table/flow.h"
#include "record/sources.h"
#include "kernel/work.h"

#define SWEEP_POLL_MS 250 /* between two passes: the resolution */

/**
 * tcpw_sweep_queue - have a flow compared with the kernel soon
 * @t: its table
 * @flow: the flow; the caller has set %TCPW_HOW_PENDING and passes the
 *	  reference that goes with it
 *
 * Context: any but NMI.
 */
void tcpw_sweep_queue(struct tcpw_flow_table *t, struct tcpw_flow *flow)
{
	struct tcpw_pending *pending = raw_cpu_ptr(t->pending);

	if (!llist_add(&flow->pending, &pending->list))
		return;
	/* ORDER: added before asked; settle_again() the other way round */
	if (unlikely(READ_ONCE(t->slow)))
		mod_delayed_work(tcpw_work_queue(t->net), &t->settle,
				 TCPW_SETTLE_TICKS);
	else
		queue_delayed_work(tcpw_work_queue(t->net), &t->settle,
				   TCPW_SETTLE_TICKS);
}

/**
 * tcpw_sweep_half - half of the time between two passes: it is for the pass
 * @t: table
 *
 * Return: ns; a pass takes up to 5 s.
 */
u64 tcpw_sweep_half(const struct tcpw_flow_table *t)
{
	return READ_ONCE(t->full_every) / 2;
}

/**
 * tcpw_sweep_poll_ms - how often the walk polls for ends that nobody reports
 * @t: table
 *
 * Return: time between two looks, ms, where some are not reported.
 */
unsigned int tcpw_sweep_poll_ms(const struct tcpw_flow_table *t)
{
	return min_t(u64, div_u64(tcpw_sweep_half(t), NSEC_PER_MSEC),
		     SWEEP_POLL_MS);
}

/**
 * tcpw_sweep_polls - does the walk have to poll for some ends?
 * @t: table
 *
 * Return: false where all are reported.
 */
bool tcpw_sweep_polls(const struct tcpw_flow_table *t)
{
	return READ_ONCE(t->unheard) || !tcpw_source_all_ends();
}

/**
 * tcpw_sweep_rest - how long the walk may rest between two passes
 * @t: table
 *
 * Return: jiffies, the most that still finds what nobody reports in time.
 */
unsigned long tcpw_sweep_rest(const struct tcpw_flow_table *t)
{
	u64 rest = tcpw_sweep_half(t);

	if (tcpw_sweep_polls(t))
		rest = (u64)tcpw_sweep_poll_ms(t) * NSEC_PER_MSEC;
	return nsecs_to_jiffies(rest);
}

/**
 * tcpw_sweep_start - a flow was created: make sure that the walk goes on
 * @t: its table
 *
 * Context: any but NMI.
 */
void tcpw_sweep_start(struct tcpw_flow_table *t)
{
	/* ORDER: counted before asked; the work asks the other way round */
	smp_mb__after_atomic();
	if (!delayed_work_pending(&t->sweep))
		queue_delayed_work(tcpw_work_queue(t->net), &t->sweep,
				   tcpw_sweep_rest(t));
}
