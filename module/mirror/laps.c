// SPDX-License-Identifier: GPL-2.0
/*
 * What a transition measures: the stay that it ends, and the stretches of a
 * handshake or a teardown.  And how that is taken back when the kernel did not
 * follow the segment.
 */
#include <linux/bitops.h>
#include <linux/ktime.h>

#include "mirror/mirror.h"

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
	flow->how &= ~(TCPW_HOW_SINCE | TCPW_HOW_ENDED | TCPW_HOW_UNREACHABLE);
	if (step->from != TCPW_ST_TIME_WAIT && step->to != TCPW_ST_CLOSE &&
	    !tcpw_state_is_handshake(step->to))
		return;
	flow->how &= ~TCPW_HOW_SMALL;
	flow->restarts = 0;
	if (step->from == TCPW_ST_TIME_WAIT)
		flow->open = 0;
}

/*
 * A stay that may have to be taken back, in 32 bits: the upper six say how many
 * of its lowest bits are 0.  Of those over 67 ms some are made so, 1 us in a
 * minute.
 */
#define HELD_BITS 26

static u32 hold(u64 ns)
{
	unsigned int shift = fls64(ns);

	shift = shift > HELD_BITS ? shift - HELD_BITS : 0;
	return shift << HELD_BITS | ns >> shift;
}

static u64 held(u32 code)
{
	return (u64)(code & (BIT(HELD_BITS) - 1)) << (code >> HELD_BITS);
}

/* The stay that ends; one segment leads through a state that takes no time. */
static void lap_stay(struct tcpw_flow *flow, const struct tcpw_step *step,
		     u64 now, struct tcpw_stay *stay, struct tcpw_todo *todo)
{
	u32 code = TCPW_HELD_UNKNOWN;

	stay->ns = TCPW_STAY_UNKNOWN;
	stay->small = flow->how & TCPW_HOW_SMALL;
	flow->how &= ~TCPW_HOW_WAS_SMALL;
	if (stay->small)
		flow->how |= TCPW_HOW_WAS_SMALL;
	if (step->from != TCPW_ST_CLOSE && !(flow->how & TCPW_HOW_SINCE)) {
		stay->ns = now > flow->since ? now - flow->since : 0;
		if (!stay->ns)
			return;
		code = hold(stay->ns);
		lap(todo, step->from, held(code), false);
	}
	if (!stay->small)
		flow->held = code;
}

/**
 * tcpw_laps_moved - a transition: measure what ends with it
 * @flow: the flow, locked
 * @step: the transition
 * @now: when it happened, ktime_get() ns
 * @stay: of the state that it leaves
 * @todo: notes the measurements
 */
void tcpw_laps_moved(struct tcpw_flow *flow, const struct tcpw_step *step,
		     u64 now, struct tcpw_stay *stay, struct tcpw_todo *todo)
{
	lap_stay(flow, step, now, stay, todo);
	lap_fin(flow, step, now, todo, false);
	if (step->from == TCPW_ST_TIME_WAIT && flow->mark)
		lap(todo, TCPW_SPAN_LAST_RESTART,
		    now - max(flow->mark, flow->since), false);
	flow_forget(flow, step);
	if (tcpw_state_is_handshake(step->from) && tcpw_state_is_open(step->to))
		lap_open(flow, now, todo);
	flow->since = now;
	/* TIME-WAIT: not before it is confirmed, see tcpw_laps_confirmed() */
	if (step->from == TCPW_ST_CLOSE || step->from == TCPW_ST_TIME_WAIT ||
	    sends_fin(step->to) ||
	    (step->to == TCPW_ST_TIME_WAIT && !flow->conn.path))
		flow->mark = now;
}

/**
 * tcpw_laps_confirmed - the kernel is where the mirror is
 * @flow: the flow, locked
 */
void tcpw_laps_confirmed(struct tcpw_flow *flow)
{
	if (flow->conn.path && flow->conn.state == TCPW_ST_TIME_WAIT)
		flow->mark = flow->since;
	flow->conn.path = 0;
}

/*
 * The last segment did not do anything: the state that it would have ended was
 * not left, where it is the one that @resumes; else nobody was in that either.
 */
static void unlap_stay(struct tcpw_flow *flow, u8 state, bool resumes, u64 at,
		       struct tcpw_todo *todo)
{
	u64 ns = held(flow->held);

	/* where there is a timewait socket now, @held is no more */
	if (todo->back_small || flow->how & TCPW_HOW_SMALL ||
	    flow->held == TCPW_HELD_UNKNOWN || state == TCPW_ST_CLOSE)
		return;
	lap(todo, state, ns, true);
	todo->back_stay = ns;
	if (!resumes)
		return;
	flow->since = at - ns;
	flow->how &= ~TCPW_HOW_SINCE;
}

/**
 * tcpw_laps_back - the kernel did not follow the segments that moved us
 * @flow: the flow, locked, @flow->since being when it last moved
 * @now: when that is known, ktime_get() ns
 * @todo: the steps in @todo->back; notes the measurements to take back
 *
 * The state before goes on as if nothing had happened.  Where more than one
 * segment is taken back, it goes on from a time unknown: of the segments before
 * the last one it is not known when they came, and what they measured stays.
 */
void tcpw_laps_back(struct tcpw_flow *flow, u64 now, struct tcpw_todo *todo)
{
	const struct tcpw_step *back = todo->back;
	bool twin = flow->how & TCPW_HOW_TWIN;
	u8 last = twin && todo->backs > 1 ? 2 : 1;
	u64 at = flow->since;
	u8 i;

	if (flow->how & TCPW_HOW_ENDED)
		flow->open = 0; /* they share their place */
	flow->how &= ~TCPW_HOW_ENDED;
	flow->how |= TCPW_HOW_SINCE;
	flow->since = now;
	todo->back_stay = TCPW_STAY_UNKNOWN;
	for (i = 0; i < last; i++)
		lap_fin(flow, &back[i], at, todo, true);
	for (i = 0; i < todo->backs; i++)
		if (tcpw_state_is_handshake(back[i].from) &&
		    tcpw_state_is_open(back[i].to))
			unlap_open(flow, todo);
	if (twin && todo->backs == 1) {
		/* it did end the one before: this one has just begun */
		flow->since = at;
		flow->how &= ~TCPW_HOW_SINCE;
	} else {
		unlap_stay(flow, back[last - 1].from, last == todo->backs, at,
			   todo);
	}
	flow->how &= ~(TCPW_HOW_SMALL | TCPW_HOW_TWIN);
	/* a timewait socket never becomes a full one */
	if (todo->back_small && tcpw_state_is_small(flow->conn.state))
		flow->how |= TCPW_HOW_SMALL;
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
