/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Why a transition happened, and what it says about us when the kernel had to
 * correct the mirror.  Pure: judges evidence that others have collected.
 */
#ifndef _TCPWATCH_VERDICT_H
#define _TCPWATCH_VERDICT_H

#include "core/fsm.h"

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
	/* was there before us: module loaded later, no room at first */
	TCPW_CAUSE_SEED,
	/* the kernel had it before a segment told: SYN cookie, Fast Open */
	TCPW_CAUSE_ADOPT,
	/* taken back: handshake ACK held (accept queue full, deferred) */
	TCPW_CAUSE_DEFER,
	/* taken back: the socket has not taken the segment */
	TCPW_CAUSE_REFUSE,
	/* a number that netlink once used */
	TCPW_CAUSE_RESERVED,
	/* none of these can be shown */
	TCPW_CAUSE_UNKNOWN,
	/* data or a SYN after we had closed: the kernel answers with RST */
	TCPW_CAUSE_AFTER_CLOSE,
	/* a segment whose numbers conntrack translates after our hook */
	TCPW_CAUSE_TRANSLATED,
	TCPW_CAUSE_MAX,
};

/**
 * struct tcpw_word - the kernel's word: a socket changes state
 * @old: enum tcpw_state that it leaves
 * @now: the one that it enters
 * @err: the error it keeps for its owner (sk_err), positive errno or 0
 * @timer: with @old FIN-WAIT-2: the timer that ends it is being served
 * @owned: a process holds it: a system call, or what waited for its end
 * @backlog: with @owned: segments waited for that, and one may be served
 * @closed: its owner wants no more data (RCV_SHUTDOWN)
 * @overflow: the kernel counted a timewait socket that it could not make
 * @dying: its network namespace is on its way out
 */
struct tcpw_word {
	u8 old;
	u8 now;
	u16 err;
	bool timer;
	bool owned;
	bool backlog;
	bool closed;
	bool overflow;
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
 * @verify: a segment asked for this comparison
 * @starved: the kernel counted an abort for too many orphans or too little
 *	     memory, which no other endpoint explains
 * @unreachable: an ICMP error came for our SYN
 * @age: how long the mirror has been in its state, ms
 */
struct tcpw_finding {
	const struct tcpw_conn *conn;
	const struct tcpw_view *view;
	u8 truth;
	u8 kstate;
	u8 word;
	u8 ev;
	bool verify;
	bool starved;
	bool unreachable;
	u32 age;
};

enum tcpw_cause tcpw_cause_of_word(const struct tcpw_word *word);
enum tcpw_cause tcpw_cause_of_kill(u8 state, bool due, bool softirq);
enum tcpw_cause tcpw_cause_of_step(const struct tcpw_step *step);
enum tcpw_cause tcpw_cause_of_refusal(const struct tcpw_view *view);
enum tcpw_cause tcpw_cause_of_finding(const struct tcpw_finding *f);
bool tcpw_cause_takes_back(u8 cause);
bool tcpw_cause_is_correction(u8 cause);
bool tcpw_cause_is_drift(u8 cause);

const char *tcpw_state_name(u8 state);
const char *tcpw_ev_name(u8 ev);
const char *tcpw_cause_name(u8 cause);

#endif /* _TCPWATCH_VERDICT_H */
