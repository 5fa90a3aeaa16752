// SPDX-License-Identifier: GPL-2.0
/*
 * Transitions and late segments, and what to call them.
 */
#include "core/outcome.h"
#include "core/seq.h"

const char *const tcpw_open_names[TCPW_OPEN_MAX] = {
	[TCPW_OPEN_ACTIVE] = "active",
	[TCPW_OPEN_PASSIVE] = "passive",
	[TCPW_OPEN_SIMULTANEOUS] = "simultaneous",
	[TCPW_OPEN_COOKIE] = "cookie",
};

/* Where nothing ends there is no name: such are not counted. */
const char *const tcpw_fail_names[TCPW_FAIL_MAX] = {
	[TCPW_FAIL_REFUSED] = "refused",
	[TCPW_FAIL_RESET] = "reset",
	[TCPW_FAIL_TIMEOUT] = "timeout",
	[TCPW_FAIL_UNREACHABLE] = "unreachable",
	[TCPW_FAIL_CANCELLED] = "cancelled",
	[TCPW_FAIL_DESTROYED] = "destroyed",
	[TCPW_FAIL_NETNS] = "netns",
	[TCPW_FAIL_OTHER] = "other",
};

const char *const tcpw_close_names[TCPW_CLOSE_MAX] = {
	[TCPW_CLOSE_ACTIVE] = "active",
	[TCPW_CLOSE_PASSIVE] = "passive",
	[TCPW_CLOSE_SIMULTANEOUS] = "simultaneous",
	[TCPW_CLOSE_RST_IN] = "rst-in",
	[TCPW_CLOSE_RST_OUT] = "rst-out",
	[TCPW_CLOSE_UNREAD] = "unread",
	[TCPW_CLOSE_TIMEOUT] = "timeout",
	[TCPW_CLOSE_DESTROYED] = "destroyed",
	[TCPW_CLOSE_NETNS] = "netns",
	[TCPW_CLOSE_OTHER] = "other",
};

const char *const tcpw_tw_names[TCPW_TW_MAX] = {
	[TCPW_TW_EXPIRED] = "expired",
	[TCPW_TW_REUSED] = "reused",
	[TCPW_TW_REOPENED] = "reopened",
	[TCPW_TW_RST] = "rst",
	[TCPW_TW_DESTROYED] = "destroyed",
	[TCPW_TW_NETNS] = "netns",
	[TCPW_TW_NOT_CREATED] = "not-created",
	[TCPW_TW_DATA] = "data",
	[TCPW_TW_OTHER] = "other",
};

const char *const tcpw_late_names[TCPW_LATE_MAX] = {
	[TCPW_LATE_FIN] = "fin",   [TCPW_LATE_DATA] = "data",
	[TCPW_LATE_ACK] = "ack",   [TCPW_LATE_OOW] = "out-of-window",
	[TCPW_LATE_PAWS] = "paws", [TCPW_LATE_SYN] = "syn",
	[TCPW_LATE_RST] = "rst",
};

const char *const tcpw_wait_names[TCPW_WAIT_MAX] = {
	[TCPW_WAIT_NONE] = "none",
	[TCPW_WAIT_SYN] = "no-answer-to-syn",
	[TCPW_WAIT_SYNACK] = "no-answer-to-syn-ack",
	[TCPW_WAIT_ACCEPT] = "not-accepted",
	[TCPW_WAIT_APP] = "application-has-not-closed",
	[TCPW_WAIT_FIN_ACK] = "fin-not-acknowledged",
	[TCPW_WAIT_DATA_ACK] = "fin-behind-data",
	[TCPW_WAIT_WINDOW] = "fin-behind-zero-window",
	[TCPW_WAIT_PEER_FIN] = "peer-has-not-closed",
	[TCPW_WAIT_ORPHAN] = "orphan-waits-for-fin",
};

/**
 * tcpw_state_is_handshake - is a connection being opened?
 * @state: enum tcpw_state
 *
 * Return: true in SYN-SENT and SYN-RECV.
 */
bool tcpw_state_is_handshake(u8 state)
{
	return state == TCPW_ST_SYN_SENT || state == TCPW_ST_SYN_RECV;
}

/**
 * tcpw_state_is_open - is there a connection that has not ended?
 * @state: enum tcpw_state
 *
 * Return: true from ESTAB on, until TIME-WAIT or CLOSE.
 */
bool tcpw_state_is_open(u8 state)
{
	return state != TCPW_ST_CLOSE && state != TCPW_ST_TIME_WAIT &&
	       !tcpw_state_is_handshake(state);
}

/**
 * tcpw_state_is_small - may a timewait socket be all that is left?
 * @state: enum tcpw_state
 *
 * Return: true in FIN-WAIT-2 and TIME-WAIT.
 */
bool tcpw_state_is_small(u8 state)
{
	return state == TCPW_ST_FIN_WAIT2 || state == TCPW_ST_TIME_WAIT;
}

/**
 * tcpw_open_of - how a connection that got through was opened
 * @c: the connection
 *
 * Return: simultaneous where the SYNs crossed, else by who sent the first.
 */
enum tcpw_open tcpw_open_of(const struct tcpw_conn *c)
{
	if (c->flags & TCPW_CF_SIMOPEN)
		return TCPW_OPEN_SIMULTANEOUS;
	return c->flags & TCPW_CF_ACTIVE ? TCPW_OPEN_ACTIVE : TCPW_OPEN_PASSIVE;
}

/**
 * tcpw_fail_of - does a transition end a handshake that came to nothing?
 * @step: the transition
 * @cause: enum tcpw_cause of it
 *
 * Return: why, %TCPW_FAIL_NONE where none ends.
 */
enum tcpw_fail tcpw_fail_of(const struct tcpw_step *step, u8 cause)
{
	if (!tcpw_state_is_handshake(step->from) || step->to != TCPW_ST_CLOSE)
		return TCPW_FAIL_NONE;
	switch (step->ev) {
	case TCPW_EV_IN_RST:
		return step->from == TCPW_ST_SYN_SENT ? TCPW_FAIL_REFUSED
						      : TCPW_FAIL_RESET;
	case TCPW_EV_IN_SYN_RESET:
		return TCPW_FAIL_RESET;
	case TCPW_EV_OUT_RST:
		return TCPW_FAIL_CANCELLED;
	}
	switch (cause) {
	case TCPW_CAUSE_TIMER:
		return TCPW_FAIL_TIMEOUT;
	case TCPW_CAUSE_NETWORK:
		return TCPW_FAIL_UNREACHABLE;
	case TCPW_CAUSE_APP:
		return TCPW_FAIL_CANCELLED;
	case TCPW_CAUSE_DESTROY:
		return TCPW_FAIL_DESTROYED;
	case TCPW_CAUSE_NETNS:
		return TCPW_FAIL_NETNS;
	case TCPW_CAUSE_IN:
		return TCPW_FAIL_RESET;
	default:
		return TCPW_FAIL_OTHER;
	}
}

/* Both FINs have come, but the kernel had no timewait socket to make. */
static bool is_denied_time_wait(const struct tcpw_conn *c, u8 from)
{
	return from == TCPW_ST_CLOSING ||
	       (from == TCPW_ST_FIN_WAIT2 &&
		c->flags & (TCPW_CF_FIN_IN | TCPW_CF_FIN_EARLY));
}

/* An end that no segment shows. */
static enum tcpw_close close_of_cause(const struct tcpw_conn *c, u8 from,
				      u8 cause)
{
	switch (cause) {
	case TCPW_CAUSE_TIMER:
	case TCPW_CAUSE_NETWORK: /* ICMP gave the time-out its name */
		return TCPW_CLOSE_TIMEOUT;
	case TCPW_CAUSE_DESTROY:
		return TCPW_CLOSE_DESTROYED;
	case TCPW_CAUSE_NETNS:
		return TCPW_CLOSE_NETNS;
	case TCPW_CAUSE_MEMORY: /* it would have been in TIME-WAIT now */
		if (is_denied_time_wait(c, from))
			return from == TCPW_ST_CLOSING ? TCPW_CLOSE_SIMULTANEOUS
						       : TCPW_CLOSE_ACTIVE;
		return TCPW_CLOSE_RST_OUT; /* see tcp_check_oom() */
	case TCPW_CAUSE_IN:
		return from == TCPW_ST_LAST_ACK ? TCPW_CLOSE_PASSIVE
						: TCPW_CLOSE_RST_IN;
	case TCPW_CAUSE_AFTER_CLOSE:
		return TCPW_CLOSE_RST_OUT;
	}
	if (c->flags & TCPW_CF_UNREAD)
		return TCPW_CLOSE_UNREAD;
	/* the RST follows, see __tcp_close() and tcp_disconnect() */
	if (cause == TCPW_CAUSE_APP && from != TCPW_ST_CLOSING &&
	    from != TCPW_ST_LAST_ACK)
		return TCPW_CLOSE_RST_OUT;
	return c->flags & TCPW_CF_RST_OUT ? TCPW_CLOSE_RST_OUT
					  : TCPW_CLOSE_OTHER;
}

/**
 * tcpw_close_of - does a transition end the connection, and how?
 * @c: the connection after the transition
 * @step: the transition; @step->ev is %TCPW_EV_NONE where no segment made it
 * @cause: enum tcpw_cause of it
 *
 * The end of an exchange is the entry of TIME-WAIT, or of CLOSED from any
 * other state: leaving TIME-WAIT ends nothing, and what was not open does not
 * close.
 *
 * Return: the kind, %TCPW_CLOSE_NONE where nothing ends.
 */
enum tcpw_close tcpw_close_of(const struct tcpw_conn *c,
			      const struct tcpw_step *step, u8 cause)
{
	if (!tcpw_state_is_open(step->from))
		return TCPW_CLOSE_NONE;
	if (step->to == TCPW_ST_TIME_WAIT)
		return step->from == TCPW_ST_CLOSING ? TCPW_CLOSE_SIMULTANEOUS
						     : TCPW_CLOSE_ACTIVE;
	if (step->to != TCPW_ST_CLOSE)
		return TCPW_CLOSE_NONE;
	switch (step->ev) {
	case TCPW_EV_IN_RST:
		return TCPW_CLOSE_RST_IN;
	case TCPW_EV_OUT_RST:
		return c->flags & TCPW_CF_UNREAD ? TCPW_CLOSE_UNREAD
						 : TCPW_CLOSE_RST_OUT;
	case TCPW_EV_IN_ACK_FIN:
		return TCPW_CLOSE_PASSIVE;
	case TCPW_EV_IN_AFTER_CLOSE:
		return TCPW_CLOSE_RST_OUT;
	default:
		return close_of_cause(c, step->from, cause);
	}
}

static enum tcpw_tw_end tw_end_of_cause(u8 cause)
{
	switch (cause) {
	case TCPW_CAUSE_TIMER:
		return TCPW_TW_EXPIRED;
	case TCPW_CAUSE_REUSE: /* a SYN was let through, nothing came of it */
		return TCPW_TW_REOPENED;
	case TCPW_CAUSE_DESTROY:
		return TCPW_TW_DESTROYED;
	case TCPW_CAUSE_NETNS:
		return TCPW_TW_NETNS;
	case TCPW_CAUSE_MEMORY:
		return TCPW_TW_NOT_CREATED;
	default:
		return TCPW_TW_OTHER;
	}
}

/**
 * tcpw_tw_end_of - does a transition end TIME-WAIT, or deny it?
 * @c: the connection after the transition
 * @step: the transition
 * @cause: enum tcpw_cause of it
 *
 * Return: why, %TCPW_TW_NONE where none ends.
 */
enum tcpw_tw_end tcpw_tw_end_of(const struct tcpw_conn *c,
				const struct tcpw_step *step, u8 cause)
{
	if (step->to == TCPW_ST_CLOSE && cause == TCPW_CAUSE_MEMORY &&
	    is_denied_time_wait(c, step->from))
		return TCPW_TW_NOT_CREATED;
	if (step->from != TCPW_ST_TIME_WAIT)
		return TCPW_TW_NONE;
	switch (step->ev) {
	case TCPW_EV_OUT_SYN:
		return TCPW_TW_REUSED;
	case TCPW_EV_OUT_SYNACK:
		return TCPW_TW_REOPENED;
	case TCPW_EV_IN_RST:
		return TCPW_TW_RST;
	}
	if (step->to != TCPW_ST_CLOSE)
		return TCPW_TW_NONE;
	return tw_end_of_cause(cause);
}

/**
 * tcpw_fin2_denied - did a closed FIN-WAIT-2 get no timewait socket?
 * @c: the connection after the transition
 * @step: the transition
 * @cause: enum tcpw_cause of it
 */
bool tcpw_fin2_denied(const struct tcpw_conn *c, const struct tcpw_step *step,
		      u8 cause)
{
	return cause == TCPW_CAUSE_MEMORY && step->from == TCPW_ST_FIN_WAIT2 &&
	       step->to == TCPW_ST_CLOSE && !is_denied_time_wait(c, step->from);
}

/**
 * tcpw_fin2_end_of - does a transition end a FIN-WAIT-2 without a full socket?
 * @step: the transition
 * @cause: enum tcpw_cause of it
 *
 * Return: why, %TCPW_TW_NONE where none ends, or TIME-WAIT follows.
 */
enum tcpw_tw_end tcpw_fin2_end_of(const struct tcpw_step *step, u8 cause)
{
	if (step->from != TCPW_ST_FIN_WAIT2 || step->to != TCPW_ST_CLOSE)
		return TCPW_TW_NONE;
	if (step->ev == TCPW_EV_IN_RST)
		return TCPW_TW_RST;
	if (cause == TCPW_CAUSE_AFTER_CLOSE ||
	    step->ev == TCPW_EV_IN_AFTER_CLOSE || step->ev == TCPW_EV_OUT_RST)
		return TCPW_TW_DATA;
	if (cause == TCPW_CAUSE_REUSE) /* no SYN of the peer can do that */
		return TCPW_TW_REUSED;
	return tw_end_of_cause(cause);
}

/* Would tcp_timewait_state_process() let a listener have this SYN? */
static bool syn_opens(const struct tcpw_seg *seg, const struct tcpw_view *view)
{
	if ((seg->flags & (TCPW_SYN | TCPW_ACK | TCPW_RST)) != TCPW_SYN)
		return false;
	return tcpw_seq_after(seg->seq, view->rcv_nxt) ||
	       (view->ts && seg->ts &&
		tcpw_seq_after(seg->tsval, view->ts_recent));
}

/* Not next in sequence: what is it? */
static enum tcpw_late late_kind(const struct tcpw_seg *seg, u32 nxt)
{
	if (seg->flags & TCPW_SYN)
		return TCPW_LATE_SYN;
	if (tcpw_seq_after(tcpw_seg_end(seg), nxt) ||
	    !tcpw_seq_before(seg->seq, nxt))
		return TCPW_LATE_OOW;
	if (seg->flags & TCPW_FIN)
		return TCPW_LATE_FIN;
	return seg->len ? TCPW_LATE_DATA : TCPW_LATE_OOW;
}

/* A FIN-WAIT-2 that has no full socket any more; its timer is left alone. */
static enum tcpw_late late_in_fin_wait2(const struct tcpw_seg *seg,
					const struct tcpw_view *view)
{
	u32 nxt = view->rcv_nxt, end = tcpw_seg_end(seg);

	if (tcpw_fsm_paws(seg, view))
		return TCPW_LATE_PAWS;
	if (tcpw_seq_before(end, nxt) ||
	    tcpw_seq_after(seg->seq, view->rcv_end))
		return late_kind(seg, nxt);
	if (seg->flags & (TCPW_RST | TCPW_SYN))
		return TCPW_LATE_NONE; /* it ends it */
	return tcpw_seq_after(end, nxt) ? TCPW_LATE_NONE : TCPW_LATE_ACK;
}

/**
 * tcpw_late_of - what a segment that came for a timewait socket is
 * @seg: the segment, its timestamp read
 * @view: the timewait socket before it
 * @listens: somebody would take a SYN
 *
 * Source: tcp_timewait_state_process().
 *
 * Return: its class, %TCPW_LATE_NONE where it is not late.
 */
struct tcpw_late_seg tcpw_late_of(const struct tcpw_seg *seg,
				  const struct tcpw_view *view, bool listens)
{
	struct tcpw_late_seg late = { .what = TCPW_LATE_NONE };
	bool rst = seg->flags & TCPW_RST;
	bool paws;

	if (view->kind != TCPW_VIEW_TW)
		return late;
	if (view->state != TCPW_ST_TIME_WAIT) {
		late.what = late_in_fin_wait2(seg, view);
		return late;
	}
	paws = tcpw_fsm_paws(seg, view);
	if (!paws && seg->seq == view->rcv_nxt && rst) {
		if (view->rfc1337)
			late.what = TCPW_LATE_RST;
	} else if (!paws && seg->seq == view->rcv_nxt && !tcpw_seg_space(seg)) {
		late.what = TCPW_LATE_ACK;
		late.restarts = true;
	} else if (paws || !listens || !syn_opens(seg, view)) {
		late.what = rst	   ? TCPW_LATE_RST
			    : paws ? TCPW_LATE_PAWS
				   : late_kind(seg, view->rcv_nxt);
		late.restarts = !rst && (paws || seg->flags & TCPW_ACK);
	}
	return late;
}

/* Our FIN is on its way, or queued behind what the peer does not take. */
static enum tcpw_wait wait_for_fin_ack(const struct tcpw_waiting *w)
{
	if (w->unsent)
		return w->window ? TCPW_WAIT_DATA_ACK : TCPW_WAIT_WINDOW;
	return w->unacked > 1 ? TCPW_WAIT_DATA_ACK : TCPW_WAIT_FIN_ACK;
}

/**
 * tcpw_wait_of - why an endpoint stays where it is
 * @w: what its socket says
 *
 * Return: the reason, %TCPW_WAIT_NONE for states that may last.
 */
enum tcpw_wait tcpw_wait_of(const struct tcpw_waiting *w)
{
	if (w->kind == TCPW_VIEW_NONE)
		return TCPW_WAIT_NONE;
	switch (w->state) {
	case TCPW_ST_SYN_SENT:
		return TCPW_WAIT_SYN;
	case TCPW_ST_SYN_RECV:
		return w->acked ? TCPW_WAIT_ACCEPT : TCPW_WAIT_SYNACK;
	case TCPW_ST_CLOSE_WAIT:
		return TCPW_WAIT_APP;
	case TCPW_ST_FIN_WAIT1:
	case TCPW_ST_CLOSING:
	case TCPW_ST_LAST_ACK:
		return wait_for_fin_ack(w);
	case TCPW_ST_FIN_WAIT2:
		return w->orphan ? TCPW_WAIT_ORPHAN : TCPW_WAIT_PEER_FIN;
	default:
		return TCPW_WAIT_NONE;
	}
}
