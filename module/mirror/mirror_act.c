// SPDX-License-Identifier: GPL-2.0
/*
 * What a change of a flow leads to: whether it is over or has to be compared,
 * and, once it is no longer locked, what is counted and told of it.
 */
#include <net/net_namespace.h>

#include "compat.h"
#include "record/event.h"
#include "mirror/mirror.h"

#define CREATE_TRACE_POINTS
#include "mirror/trace.h"
#undef CREATE_TRACE_POINTS /* hot.c includes more than this file */

/**
 * tcpw_mirror_pend - have a flow compared soon
 * @flow: the flow, locked
 * @todo: notes it
 */
void tcpw_mirror_pend(struct tcpw_flow *flow, struct tcpw_todo *todo)
{
	lockdep_assert_held(&flow->lock);
	if (flow->how & TCPW_HOW_PENDING)
		return;
	flow->how |= TCPW_HOW_PENDING;
	refcount_inc(&flow->refs);
	todo->queue = true;
}

/**
 * tcpw_mirror_decide - after each change: what follows from it
 * @t: the flow's table
 * @flow: the flow, locked
 * @todo: notes whether the flow is over, whether it has to be compared soon
 */
void tcpw_mirror_decide(struct tcpw_flow_table *t, struct tcpw_flow *flow,
			struct tcpw_todo *todo)
{
	bool agreed = flow->conn.state == flow->kstate;

	lockdep_assert_held(&flow->lock);
	if (agreed)
		tcpw_laps_confirmed(flow);
	todo->conn = flow->conn;
	if (unlikely(todo->log))
		tcpw_mirror_log(t, flow, todo);
	if (agreed && flow->conn.state == TCPW_ST_CLOSE && !todo->raw) {
		flow->how |= TCPW_HOW_DEAD;
		todo->unlink = true;
	} else if (!agreed || flow->conn.state == TCPW_ST_CLOSE ||
		   flow->how & TCPW_HOW_VERIFY) {
		tcpw_mirror_pend(flow, todo);
	}
}

/* What a transition means to the listener behind the connection. */
static enum tcpw_listener_stat listener_stat(const struct tcpw_conn *c,
					     const struct tcpw_step *step,
					     enum tcpw_cause cause)
{
	if (c->flags & TCPW_CF_ACTIVE)
		return TCPW_LISTENER_STATS;
	if (cause == TCPW_CAUSE_ADOPT)
		return step->to == TCPW_ST_ESTABLISHED ? TCPW_LISTENER_COOKIE_IN
						       : TCPW_LISTENER_STATS;
	if (cause == TCPW_CAUSE_DEFER)
		return TCPW_LISTENER_DEFERRED;
	if (step->from != TCPW_ST_SYN_RECV || step->to != TCPW_ST_CLOSE)
		return TCPW_LISTENER_STATS;
	return cause == TCPW_CAUSE_TIMER ? TCPW_LISTENER_TIMEOUT
					 : TCPW_LISTENER_REFUSED;
}

static void flow_tell_listener(struct tcpw_flow_table *t,
			       const struct tcpw_flow *flow,
			       const struct tcpw_conn *c,
			       const struct tcpw_step *step,
			       enum tcpw_cause cause)
{
	enum tcpw_listener_stat stat = listener_stat(c, step, cause);
	struct tcpw_key key;

	if (stat == TCPW_LISTENER_STATS)
		return;
	tcpw_flow_key(flow, &key);
	rcu_read_lock();
	tcpw_listeners_count(t->listeners, &key, READ_ONCE(flow->bound_if),
			     stat);
	rcu_read_unlock();
}

/* Seen as a trace, a duration that is not known is none. */
static void trace_move(const struct tcpw_flow_table *t,
		       const struct tcpw_flow *flow,
		       const struct tcpw_step *step, u8 cause, u64 ns)
{
	trace_tcpwatch_transition(flow, t->net->ns.inum, step, cause,
				  ns == TCPW_STAY_UNKNOWN ? 0 : ns);
}

/* One transition, for traces and for the listener behind the connection. */
static void act_moved(struct tcpw_flow_table *t, const struct tcpw_flow *flow,
		      const struct tcpw_conn *c, const struct tcpw_step *step,
		      u8 cause, u64 ns)
{
	trace_move(t, flow, step, cause, ns);
	flow_tell_listener(t, flow, c, step, cause);
}

static noinline void act_back(struct tcpw_flow_table *t,
			      const struct tcpw_flow *flow,
			      struct tcpw_stats *stats,
			      const struct tcpw_todo *todo)
{
	struct tcpw_audit *audit = &t->counts->audit;
	u8 i;

	for (i = 0; i < todo->backs; i++)
		tcpw_stats_undo(stats, audit, &todo->back_conn, &todo->back[i],
				todo->back_small);
	if (todo->back_three)
		stats->count[TCPW_STAT_THREE_WAY]--;
	tcpw_stats_moved(stats, audit, &todo->back_conn, &todo->back_move,
			 todo->back_cause);
	act_moved(t, flow, &todo->back_conn, &todo->back_move, todo->back_cause,
		  0);
}

static noinline void act_forced(struct tcpw_flow_table *t,
				const struct tcpw_flow *flow,
				struct tcpw_stats *stats,
				const struct tcpw_todo *todo)
{
	tcpw_stats_moved(stats, &t->counts->audit, &todo->forced_conn,
			 &todo->forced, todo->cause);
	if (todo->forced_stay.small)
		tcpw_stats_small(stats, &todo->forced, todo->cause, 1);
	act_moved(t, flow, &todo->forced_conn, &todo->forced, todo->cause,
		  todo->forced_stay.ns);
}

static void act_steps(struct tcpw_flow_table *t, const struct tcpw_flow *flow,
		      struct tcpw_stats *stats, const struct tcpw_todo *todo)
{
	const struct tcpw_step *step;
	u8 i, cause;

	for (i = 0; i < todo->fx.n; i++) {
		step = &todo->fx.step[i];
		cause = tcpw_cause_of_step(step);
		tcpw_stats_step(stats, &todo->conn, step, cause);
		tcpw_stats_wire(stats, step, cause);
		if (todo->stay[i].small)
			tcpw_stats_small(stats, step, cause, 1);
		act_moved(t, flow, &todo->conn, step, cause, todo->stay[i].ns);
	}
}

/* What moved, was measured or was out of the ordinary. */
static noinline __flatten void act_much(struct tcpw_flow_table *t,
					const struct tcpw_flow *flow,
					const struct tcpw_todo *todo)
{
	unsigned int missed = 0;
	struct tcpw_block *block;
	struct tcpw_stats *stats;
	unsigned long irq;

	block = tcpw_count_begin(t->counts, !todo->raw, &irq);
	stats = &block->stats;
	if (todo->backs)
		act_back(t, flow, stats, todo);
	if (todo->forced.from != todo->forced.to)
		act_forced(t, flow, stats, todo);
	act_steps(t, flow, stats, todo);
	if (todo->three)
		tcpw_stats_inc(stats, TCPW_STAT_THREE_WAY);
	tcpw_stats_fx(stats, &todo->fx);
	if (todo->late)
		stats->late[todo->small][todo->late]++;
	if (todo->restarted)
		tcpw_stats_inc(stats, TCPW_STAT_RESTART);
	if (todo->laps)
		missed = tcpw_timing_add(block, todo->lap, todo->laps);
	tcpw_count_end(t->counts, block, irq);
	if (unlikely(missed))
		tcpw_timing_late(t->counts, todo->lap, missed, todo->raw);
	if (unlikely(todo->logged))
		tcpw_events_kick(t->events);
}

/**
 * tcpw_mirror_act - do what a change left to do
 * @t: the flow's table
 * @flow: the flow, no longer locked
 * @todo: what is to be done
 */
void tcpw_mirror_act(struct tcpw_flow_table *t, struct tcpw_flow *flow,
		     const struct tcpw_todo *todo)
{
	if (todo->fx.n || todo->fx.bits || todo->backs ||
	    todo->forced.from != todo->forced.to || todo->late ||
	    todo->restarted || todo->laps || todo->logged)
		act_much(t, flow, todo);
	if (todo->queue)
		tcpw_sweep_queue(t, flow);
	if (todo->unlink)
		tcpw_flow_unlink(t, flow);
}
