// SPDX-License-Identifier: GPL-2.0
/*
 * Steps of the state machine that the kernel has not confirmed: confirm them,
 * take them back, and follow the kernel when its socket takes a segment later.
 * Pure.
 */
#include "core/fsm.h"
#include "core/seq.h"

static u8 path_at(const struct tcpw_conn *c, unsigned int n)
{
	return c->path >> 4 * n & 0xf;
}

/**
 * tcpw_fsm_base - where the kernel was when it was last known
 * @c: the connection
 *
 * Return: enum tcpw_state before the steps that are not confirmed.
 */
u8 tcpw_fsm_base(const struct tcpw_conn *c)
{
	unsigned int n = TCPW_PATH_MAX;

	while (n--)
		if (path_at(c, n))
			return path_at(c, n);
	return c->state;
}

/**
 * tcpw_fsm_confirm - the kernel's socket is known to be in a state
 * @c: the connection; steps that led to @state are confirmed
 * @state: enum tcpw_state
 *
 * Return: where that is, seen from the mirror.
 */
enum tcpw_where tcpw_fsm_confirm(struct tcpw_conn *c, u8 state)
{
	unsigned int n;

	if (state == c->state) {
		c->path = 0;
		return TCPW_WHERE_HERE;
	}
	if (!c->path)
		return TCPW_WHERE_AHEAD;
	for (n = 0; n < TCPW_PATH_MAX; n++) {
		if (path_at(c, n) != state)
			continue;
		c->path &= (1U << 4 * (n + 1)) - 1;
		return TCPW_WHERE_BEHIND;
	}
	return TCPW_WHERE_ASIDE;
}

/* The event of a step, which is often @last; a segment that came, if any. */
static u8 event_between(u8 from, u8 to, u8 last)
{
	u8 ev;

	if (tcpw_fsm_next[last][from] == to)
		return last;
	for (ev = TCPW_EV_IN_SYN; ev < TCPW_EV_MAX; ev++)
		if (tcpw_fsm_next[ev][from] == to)
			return ev;
	for (ev = TCPW_EV_NONE + 1; ev < TCPW_EV_IN_SYN; ev++)
		if (tcpw_fsm_next[ev][from] == to)
			return ev;
	return TCPW_EV_NONE;
}

/* What did not happen to the socket may happen yet. */
static void wait_for(struct tcpw_conn *c, u8 ev)
{
	switch (ev) {
	case TCPW_EV_IN_SYN:
		c->flags &= ~TCPW_CF_SIMOPEN;
		break;
	case TCPW_EV_IN_SYNACK:
		c->flags |= TCPW_CF_SYNACK_WAITS;
		break;
	case TCPW_EV_IN_ACK_SYN:
		c->flags |= TCPW_CF_ACK_SYN_WAITS;
		break;
	case TCPW_EV_IN_ACK_FIN:
		c->flags |= TCPW_CF_ACK_FIN_WAITS;
		break;
	case TCPW_EV_IN_FIN:
	case TCPW_EV_OUT_ACK_FIN:
		/* its end stays in rcv_nxt */
		c->flags &= ~(TCPW_CF_FIN_IN | TCPW_CF_RCV_NXT);
		c->flags |= TCPW_CF_FIN_EARLY;
		break;
	case TCPW_EV_IN_RST:
		c->flags |= TCPW_CF_RST_WAITS;
		break;
	}
}

/**
 * tcpw_fsm_take_back - the kernel has not made the last steps
 * @c: the connection, at least one step of which is not confirmed
 * @state: enum tcpw_state that the kernel is in; where it is not on the
 *	   mirror's way, all unconfirmed steps are taken back
 * @last: enum tcpw_ev of the last step
 * @step: filled with the steps that were taken back, the last one first
 *
 * Their segments may wait in the socket's backlog, or for data before them.
 *
 * Return: how many there were.
 */
unsigned int tcpw_fsm_take_back(struct tcpw_conn *c, u8 state, u8 last,
				struct tcpw_step step[TCPW_PATH_MAX])
{
	unsigned int n = 0;

	while (c->path && c->state != state) {
		step[n].to = c->state;
		step[n].from = path_at(c, 0);
		step[n].ev = event_between(step[n].from, c->state, last);
		wait_for(c, step[n].ev);
		last = TCPW_EV_NONE;
		c->state = step[n++].from;
		c->path >>= 4;
	}
	return n;
}

/* Once the SYNs have crossed, a SYN,ACK is the ACK of ours. */
static u8 means(u8 ev, u8 state)
{
	if (ev == TCPW_EV_IN_SYNACK && state == TCPW_ST_SYN_RECV)
		return TCPW_EV_IN_ACK_SYN;
	return ev;
}

/* A full socket in SYN-RECV also takes an old ACK, see acks_syn() of fsm.c. */
static bool may_ack_syn(const struct tcpw_conn *c, u32 ack)
{
	if (c->flags & (TCPW_CF_SIMOPEN | TCPW_CF_FASTOPEN))
		return !tcpw_seq_before(ack, c->isn_out);
	return ack == c->isn_out + 1;
}

/* The socket has read on already, and never takes it. */
static bool is_old(const struct tcpw_seg *seg, const struct tcpw_view *view)
{
	return view->kind != TCPW_VIEW_NONE &&
	       view->state != TCPW_ST_SYN_SENT &&
	       !tcpw_seq_after(tcpw_seg_end(seg), view->rcv_nxt);
}

/**
 * tcpw_fsm_passed - a segment arrives, and the mirror may be wrong
 * @c: the connection, with steps that the kernel has not confirmed; the segment
 *     did not move it
 * @seg: the segment
 * @view: the socket as it was found, if it was asked
 *
 * If these steps are taken back, the segment may be what the socket takes.
 */
void tcpw_fsm_passed(struct tcpw_conn *c, const struct tcpw_seg *seg,
		     const struct tcpw_view *view)
{
	if (seg->flags & TCPW_RST)
		c->flags |= TCPW_CF_RST_WAITS;
	if (seg->flags & (TCPW_RST | TCPW_SYN) || !(seg->flags & TCPW_ACK))
		return;
	if (c->flags & TCPW_CF_ISN_OUT && may_ack_syn(c, seg->ack))
		c->flags |= TCPW_CF_ACK_SYN_WAITS;
	if (c->flags & TCPW_CF_FIN_OUT && seg->ack == c->snd_nxt)
		c->flags |= TCPW_CF_ACK_FIN_WAITS;
	if (seg->flags & TCPW_FIN && !(c->flags & TCPW_CF_FIN_IN) &&
	    !is_old(seg, view)) {
		c->rcv_nxt = tcpw_seg_end(seg);
		c->flags &= ~TCPW_CF_RCV_NXT;
		c->flags |= TCPW_CF_FIN_EARLY;
	}
}

/**
 * tcpw_fsm_unmet - a connection is first seen while it is under way
 * @c: the connection; anything may be on its way to its socket
 * @view: what that says now
 */
void tcpw_fsm_unmet(struct tcpw_conn *c, const struct tcpw_view *view)
{
	c->flags |= TCPW_CF_WAITS;
	if (c->flags & TCPW_CF_FIN_IN) {
		c->flags &= ~TCPW_CF_FIN_EARLY;
	} else {
		/* not known where a FIN ends: a number that no ACK has */
		c->flags &= ~TCPW_CF_RCV_NXT;
		c->rcv_nxt = view->rcv_nxt - 1;
	}
}

/**
 * tcpw_fsm_at_rest - nothing is on its way to the socket
 * @c: the connection
 * @view: what its socket says
 *
 * What waited was refused, but for a FIN before which something is missing.
 */
void tcpw_fsm_at_rest(struct tcpw_conn *c, const struct tcpw_view *view)
{
	u16 waits = TCPW_CF_WAITS;

	if (view->kind == TCPW_VIEW_FULL &&
	    tcpw_seq_after(c->rcv_nxt, view->rcv_nxt))
		waits &= ~TCPW_CF_FIN_EARLY;
	c->flags &= ~waits;
}

/* What may wait, and what it is once the socket takes it. */
static const struct {
	u16 flag;
	u8 ev;
} waits[] = {
	{ TCPW_CF_SYNACK_WAITS, TCPW_EV_IN_SYNACK },
	{ TCPW_CF_ACK_SYN_WAITS, TCPW_EV_IN_ACK_SYN },
	{ TCPW_CF_ACK_FIN_WAITS, TCPW_EV_IN_ACK_FIN },
	{ TCPW_CF_FIN_EARLY, TCPW_EV_IN_FIN },
	{ TCPW_CF_RST_WAITS, TCPW_EV_IN_RST },
};

static void take_waiting(struct tcpw_conn *c, u16 flag, u8 ev,
			 struct tcpw_fx *fx)
{
	c->flags &= ~flag;
	if (flag == TCPW_CF_FIN_EARLY)
		c->flags |= TCPW_CF_FIN_IN | TCPW_CF_RCV_NXT;
	tcpw_fsm_take(c, ev, fx);
}

/* Do one or two of the waiting segments lead to @state?  Then take them. */
static bool takes(struct tcpw_conn *c, u16 may, u8 state, unsigned int most,
		  struct tcpw_fx *fx)
{
	struct tcpw_conn copy;
	size_t i;
	u8 ev, to;

	for (i = 0; i < ARRAY_SIZE(waits); i++) {
		ev = means(waits[i].ev, c->state);
		to = tcpw_fsm_next[ev][c->state];
		if (!(may & waits[i].flag) || to == c->state)
			continue;
		copy = *c;
		copy.state = to;
		if (to != state &&
		    (most < 2 || !takes(&copy, may & ~waits[i].flag, state, 1,
					&(struct tcpw_fx){})))
			continue;
		take_waiting(c, waits[i].flag, ev, fx);
		return to == state ||
		       takes(c, may & ~waits[i].flag, state, 1, fx);
	}
	return false;
}

/**
 * tcpw_fsm_taken - has the socket taken segments that waited?
 * @c: the connection; it follows where that explains @state
 * @state: enum tcpw_state that the kernel is in, another than the mirror
 * @reset: the kernel says that a RST ended the connection
 * @most: how many, 1 or %TCPW_STEPS
 * @fx: filled where it does
 *
 * Return: true where it does.
 */
bool tcpw_fsm_taken(struct tcpw_conn *c, u8 state, bool reset,
		    unsigned int most, struct tcpw_fx *fx)
{
	u16 may = c->flags & TCPW_CF_WAITS;

	fx->n = 0;
	fx->ev = TCPW_EV_NONE;
	fx->bits = 0;
	/* it answered a SYN that crossed ours */
	if (c->state == TCPW_ST_SYN_SENT && state == TCPW_ST_SYN_RECV &&
	    c->flags & TCPW_CF_SYNACK_OUT) {
		tcpw_fsm_take(c, TCPW_EV_OUT_SYNACK_OWN, fx);
		return true;
	}
	if (!reset)
		may &= ~TCPW_CF_RST_WAITS;
	return may && takes(c, may, state, most, fx);
}
