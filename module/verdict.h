/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Why a transition happened, and what it says about us when the kernel had to
 * correct the mirror.  Pure: judges evidence that others have collected.
 */
#ifndef _TCPWATCH_VERDICT_H
#define _TCPWATCH_VERDICT_H

#include "fsm.h"

/* What made a transition happen. */
enum tcpw_cause {
	TCPW_CAUSE_NONE,
	/* a segment that arrived, and had to be understood */
	TCPW_CAUSE_IN,
	/* a segment that was sent, likewise */
	TCPW_CAUSE_OUT,
	/* a new connection took the tuple of one in TIME-WAIT */
	TCPW_CAUSE_REUSE,
	/* connect(), shutdown(), close(); their segments may come later */
	TCPW_CAUSE_APP,
	/* a timer of the kernel's: TIME-WAIT over, nobody answers */
	TCPW_CAUSE_TIMER,
	/* the network: ICMP said so, or there is no way to send */
	TCPW_CAUSE_NETWORK,
	/* SOCK_DESTROY, as ss -K sends it */
	TCPW_CAUSE_DESTROY,
	/* no memory, or no timewait socket left to take */
	TCPW_CAUSE_MEMORY,
	/* the network namespace ends */
	TCPW_CAUSE_NETNS,
	/* was there when the module was loaded */
	TCPW_CAUSE_SEED,
	/* the kernel had it before a segment told: SYN cookie, Fast Open */
	TCPW_CAUSE_ADOPT,
	/* handshake ACK held back: accept queue full, TCP_DEFER_ACCEPT */
	TCPW_CAUSE_DEFER,
	/* the socket did not take the segment */
	TCPW_CAUSE_REFUSE,
	/* a segment of which only the socket could tell what it does */
	TCPW_CAUSE_DOUBT,
	/* none of these can be shown */
	TCPW_CAUSE_UNKNOWN,
	TCPW_CAUSE_MAX,
};

/**
 * struct tcpw_word - the kernel's word: a socket changes state
 * @old: enum tcpw_state that it leaves
 * @now: the one that it enters
 * @err: the error it keeps for its owner (sk_err), positive errno or 0
 * @softirq: a segment or a timer is being served, not a system call
 * @armed: its keepalive timer runs (which also ends FIN-WAIT-2)
 * @dying: its network namespace is on its way out
 */
struct tcpw_word {
	u8 old;
	u8 now;
	u16 err;
	bool softirq;
	bool armed;
	bool dying;
};

/**
 * struct tcpw_finding - the mirror differs from the kernel's socket
 * @conn: the mirror
 * @view: the socket, %TCPW_VIEW_NONE where there is none
 * @truth: where the socket is, %TCPW_ST_CLOSE where there is none
 * @kstate: where the kernel last said it was
 * @word: enum tcpw_cause of what the kernel last said, or that of a hint
 * @ev: enum tcpw_ev that the mirror saw last
 * @ahead: the mirror moved after the kernel last spoke
 * @verify: a segment asked for this comparison
 * @age: how long the mirror has been in its state, ms
 */
struct tcpw_finding {
	const struct tcpw_conn *conn;
	const struct tcpw_view *view;
	u8 truth;
	u8 kstate;
	u8 word;
	u8 ev;
	bool ahead;
	bool verify;
	u32 age;
};

enum tcpw_cause tcpw_cause_of_word(const struct tcpw_word *word);
enum tcpw_cause tcpw_cause_of_step(const struct tcpw_step *step);
enum tcpw_cause tcpw_cause_of_finding(const struct tcpw_finding *f);
bool tcpw_cause_is_correction(u8 cause);
bool tcpw_cause_is_drift(u8 cause);

const char *tcpw_state_name(u8 state);
const char *tcpw_ev_name(u8 ev);
const char *tcpw_cause_name(u8 cause);

#endif /* _TCPWATCH_VERDICT_H */
