// SPDX-License-Identifier: GPL-2.0
/*
 * Causes: of what the kernel says, of what the wire shows, and of a mirror
 * that was found wrong.  And names, the one table of each; states are spelled
 * as ss prints them.
 */
#include "core/verdict.h"

#define TIME_WAIT_LEN 60000   /* ms, TCP_TIMEWAIT_LEN of the kernel */
#define FIN_TIMEOUT_LEAST 500 /* ms; an orphan waits longer in FIN-WAIT-2 */

static const char *const state_names[TCPW_ST_MAX] = {
	[TCPW_ST_NONE] = "?",
	[TCPW_ST_ESTABLISHED] = "ESTAB",
	[TCPW_ST_SYN_SENT] = "SYN-SENT",
	[TCPW_ST_SYN_RECV] = "SYN-RECV",
	[TCPW_ST_FIN_WAIT1] = "FIN-WAIT-1",
	[TCPW_ST_FIN_WAIT2] = "FIN-WAIT-2",
	[TCPW_ST_TIME_WAIT] = "TIME-WAIT",
	[TCPW_ST_CLOSE] = "UNCONN",
	[TCPW_ST_CLOSE_WAIT] = "CLOSE-WAIT",
	[TCPW_ST_LAST_ACK] = "LAST-ACK",
	[TCPW_ST_LISTEN] = "LISTEN",
	[TCPW_ST_CLOSING] = "CLOSING",
};

static const char *const ev_names[TCPW_EV_MAX] = {
	[TCPW_EV_NONE] = "none",
	[TCPW_EV_OUT_SYN] = "out-syn",
	[TCPW_EV_OUT_SYN_RTX] = "out-syn-rtx",
	[TCPW_EV_OUT_SYNACK] = "out-synack",
	[TCPW_EV_OUT_SYNACK_OWN] = "out-synack-own",
	[TCPW_EV_OUT_ACK] = "out-ack",
	[TCPW_EV_OUT_ACK_FIN] = "out-ack-fin",
	[TCPW_EV_OUT_FIN] = "out-fin",
	[TCPW_EV_OUT_FIN_RTX] = "out-fin-rtx",
	[TCPW_EV_OUT_RST] = "out-rst",
	[TCPW_EV_OUT_RST_REPLY] = "out-rst-reply",
	[TCPW_EV_OUT_ALIEN] = "out-alien",
	[TCPW_EV_IN_SYN] = "in-syn",
	[TCPW_EV_IN_SYNACK] = "in-synack",
	[TCPW_EV_IN_ACK] = "in-ack",
	[TCPW_EV_IN_ACK_SYN] = "in-ack-syn",
	[TCPW_EV_IN_ACK_FIN] = "in-ack-fin",
	[TCPW_EV_IN_FIN] = "in-fin",
	[TCPW_EV_IN_FIN_RTX] = "in-fin-rtx",
	[TCPW_EV_IN_FIN_EARLY] = "in-fin-early",
	[TCPW_EV_IN_RST] = "in-rst",
	[TCPW_EV_IN_AFTER_CLOSE] = "in-after-close",
	[TCPW_EV_IN_SYN_RESET] = "in-syn-reset",
	[TCPW_EV_IN_BAD_ACK] = "in-bad-ack",
	[TCPW_EV_IN_OOW] = "in-out-of-window",
	[TCPW_EV_IN_TRANSLATED] = "in-translated",
};

static const char *const cause_names[TCPW_CAUSE_MAX] = {
	[TCPW_CAUSE_NONE] = "none",
	[TCPW_CAUSE_IN] = "in",
	[TCPW_CAUSE_OUT] = "out",
	[TCPW_CAUSE_REUSE] = "reuse",
	[TCPW_CAUSE_APP] = "app",
	[TCPW_CAUSE_TIMER] = "timer",
	[TCPW_CAUSE_NETWORK] = "network",
	[TCPW_CAUSE_DESTROY] = "destroy",
	[TCPW_CAUSE_MEMORY] = "memory",
	[TCPW_CAUSE_NETNS] = "netns",
	[TCPW_CAUSE_SEED] = "seed",
	[TCPW_CAUSE_ADOPT] = "adopt",
	[TCPW_CAUSE_DEFER] = "defer",
	[TCPW_CAUSE_REFUSE] = "refuse",
	[TCPW_CAUSE_RESERVED] = "reserved",
	[TCPW_CAUSE_UNKNOWN] = "unknown",
	[TCPW_CAUSE_AFTER_CLOSE] = "data-after-close",
	[TCPW_CAUSE_TRANSLATED] = "translated",
};

/**
 * tcpw_state_name - a state as ss prints it
 * @state: enum tcpw_state
 *
 * Return: a constant string, "?" for what is no state.
 */
const char *tcpw_state_name(u8 state)
{
	return state < TCPW_ST_MAX ? state_names[state] : "?";
}

/**
 * tcpw_ev_name - an event in words
 * @ev: enum tcpw_ev
 *
 * Return: a constant string, "?" for what is no event.
 */
const char *tcpw_ev_name(u8 ev)
{
	return ev < TCPW_EV_MAX ? ev_names[ev] : "?";
}

/**
 * tcpw_cause_name - a cause in a word
 * @cause: enum tcpw_cause
 *
 * Return: a constant string, "?" for what is no cause.
 */
const char *tcpw_cause_name(u8 cause)
{
	return cause < TCPW_CAUSE_MAX ? cause_names[cause] : "?";
}

static bool sent_first_fin(u8 state)
{
	return state == TCPW_ST_FIN_WAIT1 || state == TCPW_ST_FIN_WAIT2;
}

/* Without an error: by its owner, a timer, a segment, or lack of memory. */
static enum tcpw_cause cause_of_quiet_close(const struct tcpw_word *word)
{
	if (word->overflow)
		return TCPW_CAUSE_MEMORY;
	switch (word->old) {
	case TCPW_ST_LAST_ACK:
		return word->owned && !word->backlog ? TCPW_CAUSE_APP
						     : TCPW_CAUSE_IN;
	case TCPW_ST_FIN_WAIT2: /* tcp_fin_timeout, or data for an orphan */
		if (word->timer)
			return TCPW_CAUSE_TIMER;
		return word->owned && !word->backlog ? TCPW_CAUSE_APP
						     : TCPW_CAUSE_AFTER_CLOSE;
	case TCPW_ST_FIN_WAIT1:
	case TCPW_ST_CLOSING:
		return word->owned ? TCPW_CAUSE_APP : TCPW_CAUSE_UNKNOWN;
	default: /* its own close(), or that of its listener */
		return TCPW_CAUSE_APP;
	}
}

/*
 * Why a socket is gone.  sk_err tells of what ended it from outside; without
 * one it depends on the state that it was in.
 */
static enum tcpw_cause cause_of_close(const struct tcpw_word *word)
{
	if (word->dying)
		return TCPW_CAUSE_NETNS;
	switch (word->err) {
	case 0:
		return cause_of_quiet_close(word);
	case ETIMEDOUT:
		return TCPW_CAUSE_TIMER;
	case ECONNABORTED:
		return TCPW_CAUSE_DESTROY;
	case ECONNRESET:
	case EPIPE:
		return word->closed && sent_first_fin(word->old)
			       ? TCPW_CAUSE_AFTER_CLOSE
			       : TCPW_CAUSE_IN;
	case ECONNREFUSED: /* a RST, or ICMP: the mirror knows of the former */
	default:
		return TCPW_CAUSE_NETWORK;
	}
}

/**
 * tcpw_cause_of_word - why a socket changes state
 * @word: what the kernel says of it
 *
 * Sources: tcp_close(), tcp_reset(), tcp_write_err(), tcp_keepalive_timer(),
 * tcp_v4_err(), tcp_abort().
 *
 * Return: the cause; %TCPW_CAUSE_IN where only a segment can have done it,
 * %TCPW_CAUSE_AFTER_CLOSE where it was a RST or data after close(), and
 * %TCPW_CAUSE_UNKNOWN where the kernel's counters have to be asked whether it
 * had too many orphans or too little memory.
 */
enum tcpw_cause tcpw_cause_of_word(const struct tcpw_word *word)
{
	switch (word->now) {
	case TCPW_ST_CLOSE:
		return cause_of_close(word);
	case TCPW_ST_SYN_SENT:
	case TCPW_ST_FIN_WAIT1:
	case TCPW_ST_LAST_ACK:
		return TCPW_CAUSE_APP;
	default:
		return TCPW_CAUSE_IN;
	}
}

/**
 * tcpw_cause_of_kill - why a timewait socket is about to end
 * @state: enum tcpw_state that it is in: TIME-WAIT or FIN-WAIT-2
 * @due: its timer has expired
 * @softirq: a segment or a timer is being served, not a system call
 *
 * Before its time it ends by a segment, or by SOCK_DESTROY in a process.  The
 * mirror knows of the segment, but for a SYN to which a transparent proxy makes
 * TIME-WAIT give way before it passes our hook.
 *
 * Sources: inet_twsk_kill() and its callers; tcp_timewait_state_process(): a
 * FIN-WAIT-2 ends by what the kernel answers with RST.
 *
 * Return: the cause.
 */
enum tcpw_cause tcpw_cause_of_kill(u8 state, bool due, bool softirq)
{
	if (due)
		return TCPW_CAUSE_TIMER;
	if (!softirq)
		return TCPW_CAUSE_DESTROY;
	return state == TCPW_ST_TIME_WAIT ? TCPW_CAUSE_REUSE
					  : TCPW_CAUSE_AFTER_CLOSE;
}

/**
 * tcpw_cause_of_step - why the mirror moved by a segment
 * @step: the transition
 *
 * Return: its direction, but %TCPW_CAUSE_REUSE where TIME-WAIT gave way.
 */
enum tcpw_cause tcpw_cause_of_step(const struct tcpw_step *step)
{
	if (step->from == TCPW_ST_TIME_WAIT &&
	    (step->ev == TCPW_EV_OUT_SYN || step->ev == TCPW_EV_OUT_SYNACK))
		return TCPW_CAUSE_REUSE;
	return step->ev >= TCPW_EV_IN_SYN ? TCPW_CAUSE_IN : TCPW_CAUSE_OUT;
}

/**
 * tcpw_cause_of_refusal - why the kernel did not make a step of the mirror
 * @view: the socket; nothing is on its way to it
 *
 * One that takes such a segment moves, and says so.
 *
 * Return: %TCPW_CAUSE_DEFER or %TCPW_CAUSE_REFUSE.
 */
enum tcpw_cause tcpw_cause_of_refusal(const struct tcpw_view *view)
{
	return view->kind == TCPW_VIEW_REQ && view->acked ? TCPW_CAUSE_DEFER
							  : TCPW_CAUSE_REFUSE;
}

/*
 * The kernel moved and said why, but of a segment that ought to have moved the
 * mirror as well.
 */
static enum tcpw_cause cause_of_said(const struct tcpw_finding *f)
{
	if (f->word == TCPW_CAUSE_NETWORK && f->ev == TCPW_EV_IN_RST)
		return TCPW_CAUSE_IN; /* refused, not unreachable */
	/* the socket keeps that error only until its owner asks, then closes */
	if (f->word == TCPW_CAUSE_APP && f->truth == TCPW_ST_CLOSE &&
	    f->conn->state == TCPW_ST_SYN_SENT && f->unreachable)
		return TCPW_CAUSE_NETWORK;
	/* no timer of a FIN-WAIT-2 is that short */
	if (f->word == TCPW_CAUSE_TIMER && f->truth == TCPW_ST_CLOSE &&
	    f->conn->state == TCPW_ST_FIN_WAIT2 && f->age < FIN_TIMEOUT_LEAST)
		return TCPW_CAUSE_AFTER_CLOSE;
	if (f->starved)
		return TCPW_CAUSE_MEMORY;
	if (f->word == TCPW_CAUSE_IN && f->ev == TCPW_EV_IN_TRANSLATED)
		return TCPW_CAUSE_TRANSLATED;
	return f->word;
}

/* A request or timewait socket is gone. */
static enum tcpw_cause cause_of_silent_end(const struct tcpw_finding *f)
{
	switch (f->word) {
	case TCPW_CAUSE_TIMER:
	case TCPW_CAUSE_DESTROY:
	case TCPW_CAUSE_NETWORK:
	case TCPW_CAUSE_REUSE:
	case TCPW_CAUSE_AFTER_CLOSE:
		return f->word; /* a hint; else nobody said why */
	}
	/* it gave way to a SYN, of which nothing came */
	if (f->kstate == TCPW_ST_TIME_WAIT && f->verify &&
	    f->ev == TCPW_EV_IN_SYN)
		return TCPW_CAUSE_REUSE;
	switch (f->kstate) {
	case TCPW_ST_TIME_WAIT:
		return f->age >= TIME_WAIT_LEN ? TCPW_CAUSE_TIMER
					       : TCPW_CAUSE_DESTROY;
	case TCPW_ST_SYN_RECV:
	case TCPW_ST_FIN_WAIT2:
		return TCPW_CAUSE_TIMER;
	default:
		return TCPW_CAUSE_UNKNOWN;
	}
}

/* The kernel moved without a word, as request and timewait sockets do. */
static enum tcpw_cause cause_of_silence(const struct tcpw_finding *f)
{
	const struct tcpw_word word = { .old = f->kstate, .now = f->truth };

	if (f->ev == TCPW_EV_IN_TRANSLATED && f->verify)
		return TCPW_CAUSE_TRANSLATED;
	if (f->kstate == TCPW_ST_CLOSE)
		return TCPW_CAUSE_REUSE; /* one ended, another is there */
	if (f->truth != TCPW_ST_CLOSE)
		return tcpw_cause_of_word(&word);
	return cause_of_silent_end(f);
}

/**
 * tcpw_cause_of_finding - why the kernel is not where the mirror is
 * @f: the evidence
 *
 * Return: the cause; see tcpw_cause_is_drift() for what it says about us.
 */
enum tcpw_cause tcpw_cause_of_finding(const struct tcpw_finding *f)
{
	return f->truth == f->kstate ? cause_of_said(f) : cause_of_silence(f);
}

/**
 * tcpw_cause_takes_back - does a transition take a segment's promise back?
 * @cause: its enum tcpw_cause
 *
 * Such a transition and what it takes back are counted as if neither had been.
 */
bool tcpw_cause_takes_back(u8 cause)
{
	return cause == TCPW_CAUSE_DEFER || cause == TCPW_CAUSE_REFUSE;
}

/**
 * tcpw_cause_is_correction - was the mirror in some other state?
 * @cause: enum tcpw_cause of a transition that no segment made
 *
 * Return: false for endpoints that became known to us in that state.
 */
bool tcpw_cause_is_correction(u8 cause)
{
	return cause != TCPW_CAUSE_SEED && cause != TCPW_CAUSE_ADOPT;
}

/**
 * tcpw_cause_is_drift - is a correction our own mistake?
 * @cause: its enum tcpw_cause
 *
 * A segment did it, and the mirror did not follow or followed wrongly; or
 * nothing explains it.  All other corrections are of what cannot be seen on
 * the wire.
 *
 * Return: true for a mistake.
 */
bool tcpw_cause_is_drift(u8 cause)
{
	return cause == TCPW_CAUSE_IN || cause == TCPW_CAUSE_OUT ||
	       cause == TCPW_CAUSE_NONE || cause == TCPW_CAUSE_UNKNOWN;
}
