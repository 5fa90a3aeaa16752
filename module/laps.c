// SPDX-License-Identifier: GPL-2.0
/*
 * What a transition measures: the stay that it ends, and the stretches of a
 * handshake or a teardown.  And how that is taken back when the kernel did not
 * follow the segment.
 */
#include <linux/ktime.h>

#include "mirror.h"

static void lap(struct tcpw_todo *todo, u8 span, u64 ns, bool undo)
{
	if (todo->laps == TCPW_LAPS)
		return; /* never: see TCPW_LAPS */
	todo->lap[todo->laps++] = (struct tcpw_lap){
		.span = span,
		.undo = undo,
		.ns = ns,
	};
}

static u8 open_span(const struct tcpw_flow *flow)
{
	return flow->conn.flags & TCPW_CF_ACTIVE ? TCPW_SPAN_OPEN_ACTIVE
						 : TCPW_SPAN_OPEN_PASSIVE;
}

/* In us, so that it can be taken back as it was counted. */
static void lap_open(struct tcpw_flow *flow, u64 now, struct tcpw_todo *todo)
{
	if (!flow->mark)
		return;
	flow->open = clamp_t(u64, div_u64(now - flow->mark, NSEC_PER_USEC), 1,
			     U32_MAX);
	lap(todo, open_span(flow), flow->open * (u64)NSEC_PER_USEC, false);
}

static void unlap_open(struct tcpw_flow *flow, struct tcpw_todo *todo)
{
	if (!flow->open || flow->how & TCPW_HOW_ENDED)
		return;
	lap(todo, open_span(flow), flow->open * (u64)NSEC_PER_USEC, true);
	flow->open = 0;
}

/* Has our FIN been acknowledged, the peer's come, and is all over? */
static void lap_fin(struct tcpw_flow *flow, const struct tcpw_step *step,
		    u64 now, struct tcpw_todo *todo, bool undo)
{
	bool over = step->to == TCPW_ST_TIME_WAIT || step->to == TCPW_ST_CLOSE;
	u64 ns = now - flow->mark;

	if (!flow->mark)
		return;
	switch (step->from) {
	case TCPW_ST_FIN_WAIT1:
		if (step->to == TCPW_ST_CLOSING)
			lap(todo, TCPW_SPAN_FIN_FIN, ns, undo);
		else if (step->to != TCPW_ST_CLOSE)
			lap(todo, TCPW_SPAN_FIN_ACK, ns, undo);
		break;
	case TCPW_ST_FIN_WAIT2:
		if (step->to == TCPW_ST_TIME_WAIT)
			lap(todo, TCPW_SPAN_FIN_FIN, ns, undo);
		break;
	case TCPW_ST_CLOSING:
	case TCPW_ST_LAST_ACK:
		if (step->to == TCPW_ST_TIME_WAIT ||
		    step->ev == TCPW_EV_IN_ACK_FIN)
			lap(todo, TCPW_SPAN_FIN_ACK, ns, undo);
		break;
	default:
		return;
	}
	if (over)
		lap(todo, TCPW_SPAN_FIN_END, ns, undo);
}

static bool sends_fin(u8 state)
{
	return state == TCPW_ST_FIN_WAIT1 || state == TCPW_ST_LAST_ACK;
}

/* What is no longer true of a connection in another state. */
static void flow_forget(struct tcpw_flow *flow, const struct tcpw_step *step)
{
	if (flow->how & TCPW_HOW_ENDED)
		flow->open = 0; /* they share their place */
	flow->how &= ~(TCPW_HOW_SINCE | TCPW_HOW_ENDED);
	if (step->from != TCPW_ST_TIME_WAIT && step->to != TCPW_ST_CLOSE &&
	    !tcpw_state_is_handshake(step->to))
		return;
	flow->how &= ~TCPW_HOW_SMALL;
	flow->restarts = 0;
	if (step->from == TCPW_ST_TIME_WAIT)
		flow->open = 0;
}

/**
 * tcpw_laps_moved - a transition: measure what ends with it
 * @flow: the flow, locked
 * @step: the transition
 * @now: when it happened, ktime_get() ns
 * @stay: filled: of the state that is left
 * @todo: notes the measurements
 */
void tcpw_laps_moved(struct tcpw_flow *flow, const struct tcpw_step *step,
		     u64 now, struct tcpw_stay *stay, struct tcpw_todo *todo)
{
	stay->ns = 0;
	stay->small = flow->how & TCPW_HOW_SMALL;
	if (step->from != TCPW_ST_CLOSE && !(flow->how & TCPW_HOW_SINCE)) {
		stay->ns = now > flow->since ? now - flow->since : 0;
		lap(todo, step->from, stay->ns, false);
	}
	lap_fin(flow, step, now, todo, false);
	if (step->from == TCPW_ST_TIME_WAIT && flow->mark)
		lap(todo, TCPW_SPAN_LAST_RESTART, now - flow->mark, false);
	flow_forget(flow, step);
	if (tcpw_state_is_handshake(step->from) && tcpw_state_is_open(step->to))
		lap_open(flow, now, todo);
	flow->since = now;
	if (step->from == TCPW_ST_CLOSE || step->from == TCPW_ST_TIME_WAIT ||
	    step->to == TCPW_ST_TIME_WAIT || sends_fin(step->to))
		flow->mark = now;
}

/**
 * tcpw_laps_undone - the kernel did not follow the segment that moved us
 * @flow: the flow, locked, @flow->since being when it moved
 * @promised: the transition that did not happen
 * @now: when that is known, ktime_get() ns
 * @todo: notes the measurements to take back
 *
 * The state that was thought of is none that was stayed in.  The one before
 * goes on: a handshake's from when it began, others from a time unknown.
 */
void tcpw_laps_undone(struct tcpw_flow *flow, const struct tcpw_step *promised,
		      u64 now, struct tcpw_todo *todo)
{
	u64 wrong = flow->since;

	flow->how &= ~(TCPW_HOW_ENDED | TCPW_HOW_SMALL);
	flow->how |= TCPW_HOW_SINCE;
	flow->since = now;
	if (promised->to == TCPW_ST_TIME_WAIT) {
		flow->mark = 0; /* when our FIN left is no longer known */
		return;
	}
	lap_fin(flow, promised, wrong, todo, true);
	if (!tcpw_state_is_handshake(promised->from) || !flow->mark)
		return;
	unlap_open(flow, todo);
	if (flow->conn.flags & TCPW_CF_SIMOPEN)
		return;
	lap(todo, promised->from, wrong - flow->mark, true);
	flow->since = flow->mark;
	flow->how &= ~TCPW_HOW_SINCE;
}

/**
 * tcpw_laps_ends - a socket ends now, and the mirror does not know why
 * @flow: its flow, locked; the look-up that follows will tell
 */
void tcpw_laps_ends(struct tcpw_flow *flow)
{
	u64 units = (ktime_get_ns() - flow->mark) >> TCPW_ENDED_SHIFT;

	flow->ended = min_t(u64, units, U32_MAX);
	flow->how |= TCPW_HOW_ENDED;
}

/**
 * tcpw_laps_ended - when an end happened that is only found now
 * @flow: the flow, locked
 * @now: ktime_get() ns
 *
 * Return: the time as tcpw_laps_ends() has noted it, else @now.
 */
u64 tcpw_laps_ended(const struct tcpw_flow *flow, u64 now)
{
	if (!(flow->how & TCPW_HOW_ENDED) || flow->ended == U32_MAX)
		return now;
	return min(now, flow->mark + ((u64)flow->ended << TCPW_ENDED_SHIFT));
}
