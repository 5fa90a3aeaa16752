// SPDX-License-Identifier: GPL-2.0
/*
 * Causes: of what the kernel says, of what the wire shows, and of a mirror
 * that was found wrong.  And names, the one table of each; states are spelled
 * as ss prints them.
 */
#include "seq.h"
#include "verdict.h"

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
	[TCPW_EV_IN_BAD_ACK] = "in-bad-ack",
	[TCPW_EV_IN_OOW] = "in-out-of-window",
};

static const char *const cause_names[TCPW_CAUSE_MAX] = {
	[TCPW_CAUSE_NONE] = "none",	  [TCPW_CAUSE_IN] = "in",
	[TCPW_CAUSE_OUT] = "out",	  [TCPW_CAUSE_REUSE] = "reuse",
	[TCPW_CAUSE_APP] = "app",	  [TCPW_CAUSE_TIMER] = "timer",
	[TCPW_CAUSE_NETWORK] = "network", [TCPW_CAUSE_DESTROY] = "destroy",
	[TCPW_CAUSE_MEMORY] = "memory",	  [TCPW_CAUSE_NETNS] = "netns",
	[TCPW_CAUSE_SEED] = "seed",	  [TCPW_CAUSE_ADOPT] = "adopt",
	[TCPW_CAUSE_DEFER] = "defer",	  [TCPW_CAUSE_REFUSE] = "refuse",
	[TCPW_CAUSE_DOUBT] = "doubt",	  [TCPW_CAUSE_UNKNOWN] = "unknown",
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
		break;
	case ETIMEDOUT:
		return TCPW_CAUSE_TIMER;
	case ECONNABORTED:
		return TCPW_CAUSE_DESTROY;
	case ECONNRESET:
	case EPIPE:
		return TCPW_CAUSE_IN;
	case ECONNREFUSED: /* a RST, or ICMP: the mirror knows of the former */
	default:
		return TCPW_CAUSE_NETWORK;
	}
	if (!word->softirq)
		return TCPW_CAUSE_APP;
	switch (word->old) {
	case TCPW_ST_LAST_ACK:
		return TCPW_CAUSE_IN;
	case TCPW_ST_FIN_WAIT2: /* data for an orphan, or tcp_fin_timeout */
		return word->armed ? TCPW_CAUSE_DOUBT : TCPW_CAUSE_TIMER;
	default:
		return TCPW_CAUSE_MEMORY;
	}
}

/**
 * tcpw_cause_of_word - why a socket changes state
 * @word: what the kernel says of it
 *
 * Sources: tcp_close(), tcp_reset(), tcp_write_err(), tcp_keepalive_timer(),
 * tcp_v4_err(), tcp_abort().
 *
 * Return: the cause; %TCPW_CAUSE_IN where only a segment can have done it.
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

/* Did the socket take the segment that the mirror believed? */
static bool was_taken(const struct tcpw_finding *f)
{
	switch (f->ev) {
	case TCPW_EV_IN_FIN:
		return !tcpw_seq_before(f->view->rcv_nxt, f->conn->rcv_nxt);
	case TCPW_EV_IN_SYNACK:
	case TCPW_EV_IN_ACK_SYN:
	case TCPW_EV_IN_ACK_FIN:
		return !tcpw_seq_before(f->view->snd_una, f->conn->snd_nxt);
	default:
		return false; /* RST and SYN leave no trace on who refuses */
	}
}

/* The mirror followed a segment, and the socket is elsewhere. */
static enum tcpw_cause cause_of_ahead(const struct tcpw_finding *f)
{
	if (f->truth == TCPW_ST_SYN_RECV && f->view->kind == TCPW_VIEW_REQ)
		return TCPW_CAUSE_DEFER;
	if (f->ev < TCPW_EV_IN_SYN)
		return f->verify ? TCPW_CAUSE_DOUBT : TCPW_CAUSE_OUT;
	if (f->view->kind == TCPW_VIEW_NONE)
		return f->verify ? TCPW_CAUSE_DOUBT : TCPW_CAUSE_UNKNOWN;
	return was_taken(f) ? TCPW_CAUSE_IN : TCPW_CAUSE_REFUSE;
}

/*
 * The kernel moved and said why, but of a segment that ought to have moved the
 * mirror as well.
 */
static enum tcpw_cause cause_of_said(const struct tcpw_finding *f)
{
	if (f->word == TCPW_CAUSE_NETWORK && f->ev == TCPW_EV_IN_RST)
		return TCPW_CAUSE_IN; /* refused, not unreachable */
	if (f->truth == TCPW_ST_CLOSE && f->age < FIN_TIMEOUT_LEAST &&
	    (f->word == TCPW_CAUSE_TIMER || f->word == TCPW_CAUSE_IN ||
	     f->word == TCPW_CAUSE_DOUBT)) {
		if (f->conn->state == TCPW_ST_TIME_WAIT)
			return TCPW_CAUSE_MEMORY;
		if (f->conn->state == TCPW_ST_FIN_WAIT2 &&
		    f->word != TCPW_CAUSE_DOUBT)
			return f->verify ? TCPW_CAUSE_DOUBT : TCPW_CAUSE_MEMORY;
	}
	if (f->word != TCPW_CAUSE_IN)
		return f->word;
	if (f->verify || f->conn->flags & TCPW_CF_FIN_EARLY)
		return TCPW_CAUSE_DOUBT;
	return TCPW_CAUSE_IN;
}

/* The kernel moved without a word, as request and timewait sockets do. */
static enum tcpw_cause cause_of_silence(const struct tcpw_finding *f)
{
	const struct tcpw_word word = { .old = f->kstate, .now = f->truth };

	if (f->word == TCPW_CAUSE_TIMER || f->word == TCPW_CAUSE_DESTROY ||
	    f->word == TCPW_CAUSE_DOUBT)
		return f->word;
	if (f->verify || f->conn->flags & TCPW_CF_FIN_EARLY)
		return TCPW_CAUSE_DOUBT;
	if (f->kstate == TCPW_ST_CLOSE)
		return TCPW_CAUSE_REUSE; /* one ended, another is there */
	if (f->truth != TCPW_ST_CLOSE)
		return tcpw_cause_of_word(&word);
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

/**
 * tcpw_cause_of_finding - why the mirror differs from the kernel's socket
 * @f: the evidence
 *
 * Return: the cause; see tcpw_cause_is_drift() for what it says about us.
 */
enum tcpw_cause tcpw_cause_of_finding(const struct tcpw_finding *f)
{
	if (f->ahead)
		return cause_of_ahead(f);
	if (f->truth == f->kstate)
		return cause_of_said(f);
	return cause_of_silence(f);
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
