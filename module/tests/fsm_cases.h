/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the state machine must do, case by case: segments, what the kernel's
 * socket says at each of them, and what has to follow.  Expectations come from
 * the RFCs and from what Linux does, not from fsm.c.  fsm_run.h runs the table,
 * for KUnit and for the userspace program.
 */
#ifndef _TCPWATCH_FSM_CASES_H
#define _TCPWATCH_FSM_CASES_H

#include "core/fsm.h"
#include "core/outcome.h"

/**
 * struct fsm_sock - what the kernel's socket says, in numbers of its peers
 * @kind: enum tcpw_view_kind
 * @state: its state
 * @rcv_nxt: next sequence number that it expects, relative to the peer's ISN
 * @unacked: octets received that it has not acknowledged yet
 * @snd_nxt: next sequence number that it sends, relative to its own ISN
 * @unsent: octets queued behind it, the FIN included
 * @irs: the peer's ISN, of a request socket; relative to the first one
 * @fastopen: it sent its SYN for Fast Open
 * @rfc1337: net.ipv4.tcp_rfc1337
 */
struct fsm_sock {
	u8 kind;
	u8 state;
	u32 rcv_nxt;
	u32 unacked;
	u32 snd_nxt;
	u32 unsent;
	u32 irs;
	bool fastopen;
	bool rfc1337;
};

/**
 * struct fsm_moves - the transitions that one event must make
 * @n: how many
 * @state: the state before, then the state after each
 */
struct fsm_moves {
	u8 n;
	u8 state[TCPW_STEPS + 1];
};

enum fsm_event_kind {
	FSM_END,	/* of a script */
	FSM_SEG,
	FSM_FORCE,	/* no segment: the mirror is told where the kernel is */
};

/**
 * struct fsm_event - what happens, and what must come of it
 * @kind: enum fsm_event_kind
 * @seg: the segment, sequence numbers relative to the ISN of their sender
 * @sock: the socket that receives or sends it
 * @moves: the transitions
 * @bits: the effects, %TCPW_FX_*, these and no others
 */
struct fsm_event {
	u8 kind;
	struct tcpw_seg seg;
	struct fsm_sock sock;
	struct fsm_moves moves;
	u32 bits;
};

/**
 * struct fsm_script - events in a row
 * @after: the script that comes before, or NULL for a new connection
 * @ev: the events, the last one %FSM_END
 */
struct fsm_script {
	const struct fsm_script *after;
	const struct fsm_event *ev;
};

/**
 * struct fsm_case - a script and how its connection must end up
 * @name: an identifier
 * @script: what happens
 * @open: role that the connection must have at the end
 * @close: how the last exchange that ended did end
 * @isn_out: our ISN at the end, relative to the first one
 * @isn_in: the peer's likewise
 */
struct fsm_case {
	const char *name;
	struct fsm_script script;
	enum tcpw_open open;
	enum tcpw_close close;
	u32 isn_out;
	u32 isn_in;
};

/**
 * struct fsm_ask - must the kernel be asked for the socket of a segment?
 * @name: an identifier
 * @after: the script before
 * @seg: the segment, as in struct fsm_event
 * @asks: the answer: a look-up costs, a needless one is a fault
 */
struct fsm_ask {
	const char *name;
	const struct fsm_script *after;
	struct tcpw_seg seg;
	bool asks;
};

/* --- notation --- */

/* States in two letters, as fsm_table.c explains them. */
enum {
	st_CL = TCPW_ST_CLOSE,
	st_SS = TCPW_ST_SYN_SENT,
	st_SR = TCPW_ST_SYN_RECV,
	st_ES = TCPW_ST_ESTABLISHED,
	st_F1 = TCPW_ST_FIN_WAIT1,
	st_F2 = TCPW_ST_FIN_WAIT2,
	st_CG = TCPW_ST_CLOSING,
	st_TW = TCPW_ST_TIME_WAIT,
	st_CW = TCPW_ST_CLOSE_WAIT,
	st_LA = TCPW_ST_LAST_ACK,
};

enum {
	fl_NONE = 0,
	fl_SYN = TCPW_SYN,
	fl_SYNACK = TCPW_SYN | TCPW_ACK,
	fl_SYNACKFIN = TCPW_SYN | TCPW_ACK | TCPW_FIN,
	fl_ACK = TCPW_ACK,
	fl_PSHACK = TCPW_PSH | TCPW_ACK,
	fl_URGACK = TCPW_URG | TCPW_ACK,
	fl_FIN = TCPW_FIN,
	fl_FINACK = TCPW_FIN | TCPW_ACK,
	fl_RST = TCPW_RST,
	fl_RSTACK = TCPW_RST | TCPW_ACK,
	fl_RSTSYN = TCPW_RST | TCPW_SYN,
	fl_RSTFIN = TCPW_RST | TCPW_FIN | TCPW_ACK,
};

enum {
	FX_RTX_SYN = TCPW_FX_RTX_SYN,
	FX_RTX_SYNACK = TCPW_FX_RTX_SYNACK,
	FX_RTX_FIN = TCPW_FX_RTX_FIN,
	FX_BAD_ACK = TCPW_FX_BAD_ACK,
	FX_OOW = TCPW_FX_OOW,
	FX_ALIEN = TCPW_FX_ALIEN,
	FX_VERIFY = TCPW_FX_VERIFY,
	FX_RST_OUT = TCPW_FX_RST_OUT,
	FX_DOUBT = TCPW_FX_OOW | TCPW_FX_VERIFY,
	FX_REPLY = TCPW_FX_RST_OUT | TCPW_FX_VERIFY,
};

#define STAY		{ .n = 0 }
#define MOVE(a, b)	{ .n = 1, .state = { st_##a, st_##b } }
#define MOVE2(a, b, c)	{ .n = 2, .state = { st_##a, st_##b, st_##c } }

#define WND 1000	/* octets that every receive window has left */

/* The kernel has no socket, or one that is none of the connection's. */
#define GONE { .kind = TCPW_VIEW_NONE }

/*
 * A full socket that has acknowledged and sent everything, or not.  No macro
 * hands a state on to another: headers of some architectures define ES.
 */
#define SOCK(st, rcv, snd)						\
	{								\
		.kind = TCPW_VIEW_FULL, .state = st_##st,		\
		.rcv_nxt = (rcv), .snd_nxt = (snd),			\
	}
/* In SYN-SENT, its SYN sent for Fast Open. */
#define SOCK_FAST(rcv, snd)						\
	{								\
		.kind = TCPW_VIEW_FULL, .state = st_SS,			\
		.rcv_nxt = (rcv), .snd_nxt = (snd), .fastopen = true,	\
	}
#define SOCK_AT(st, rcv, _unacked, snd, _unsent)			\
	{								\
		.kind = TCPW_VIEW_FULL, .state = st_##st,		\
		.rcv_nxt = (rcv), .unacked = (_unacked),		\
		.snd_nxt = (snd), .unsent = (_unsent),			\
	}

/* A request socket. */
#define REQ(isn_in, rcv, isn_out)					\
	{								\
		.kind = TCPW_VIEW_REQ, .state = st_SR,			\
		.irs = (isn_in), .rcv_nxt = (rcv),			\
		.snd_nxt = (isn_out) + 1,				\
	}

/* A timewait socket, which holds FIN-WAIT-2 too; with tcp_rfc1337 or not. */
#define TW(st, rcv, snd)						\
	{								\
		.kind = TCPW_VIEW_TW, .state = st_##st,			\
		.rcv_nxt = (rcv), .snd_nxt = (snd),			\
	}
#define TW_KEEP(st, rcv, snd)						\
	{								\
		.kind = TCPW_VIEW_TW, .state = st_##st,			\
		.rcv_nxt = (rcv), .snd_nxt = (snd), .rfc1337 = true,	\
	}

#define OUT(fl, seq, ack, len, _sock, _moves, _bits)			\
	{								\
		.kind = FSM_SEG,					\
		.seg = SEG(TCPW_OUT, fl_##fl, seq, ack, len),		\
		.sock = _sock, .moves = _moves, .bits = (_bits),	\
	}
#define IN(fl, seq, ack, len, _sock, _moves, _bits)			\
	{								\
		.kind = FSM_SEG,					\
		.seg = SEG(TCPW_IN, fl_##fl, seq, ack, len),		\
		.sock = _sock, .moves = _moves, .bits = (_bits),	\
	}
#define SEG(_dir, _fl, _seq, _ack, _len)				\
	{								\
		.dir = (_dir), .flags = (_fl), .seq = (_seq),		\
		.ack = (_ack), .len = (_len),				\
	}
#define FORCE(_moves) { .kind = FSM_FORCE, .moves = _moves }
#define END { .kind = FSM_END }

#define ASK(_name, _after, fl, seq, ack, len, _asks)			\
	{								\
		.name = #_name, .after = _after,			\
		.seg = SEG(TCPW_IN, fl_##fl, seq, ack, len),		\
		.asks = (_asks),					\
	}

/*
 * What stands before the braces with a case's events; the second form where
 * the connection ends with other ISNs than it began.
 */
#define CASE(_name, _after, _open, _close)				\
	.name = #_name,							\
	.open = TCPW_OPEN_##_open,					\
	.close = TCPW_CLOSE_##_close,					\
	.script.after = _after,						\
	.script.ev = (const struct fsm_event[])
#define CASE_ISN(_name, _out, _in, _after, _open, _close)		\
	.isn_out = (_out),						\
	.isn_in = (_in),						\
	.name = #_name,							\
	.open = TCPW_OPEN_##_open,					\
	.close = TCPW_CLOSE_##_close,					\
	.script.after = _after,						\
	.script.ev = (const struct fsm_event[])

/* --- the ways to each state, as short as they can be --- */

static const struct fsm_script syn_sent = {
	.ev = (const struct fsm_event[]){
		OUT(SYN, 0, 0, 0, SOCK(SS, 0, 1), MOVE(CL, SS), 0),
		END
	},
};

static const struct fsm_script estab = {
	.after = &syn_sent,
	.ev = (const struct fsm_event[]){
		IN(SYNACK, 0, 1, 0, SOCK(SS, 0, 1), MOVE(SS, ES), 0),
		OUT(ACK, 1, 1, 0, SOCK(ES, 1, 1), STAY, 0),
		END
	},
};

/* SYN-RECV in a request socket */
static const struct fsm_script syn_recv = {
	.ev = (const struct fsm_event[]){
		OUT(SYNACK, 0, 1, 0, REQ(0, 1, 0), MOVE(CL, SR), 0),
		END
	},
};

/* SYN-RECV in a full socket, by crossing SYNs */
static const struct fsm_script crossed = {
	.after = &syn_sent,
	.ev = (const struct fsm_event[]){
		IN(SYN, 0, 0, 0, SOCK(SS, 0, 1), MOVE(SS, SR), 0),
		OUT(SYNACK, 0, 1, 0, SOCK(SR, 1, 1), STAY, 0),
		END
	},
};

/* SYN-RECV in a full socket, by Fast Open: 100 octets came with the SYN */
static const struct fsm_script fastopen = {
	.ev = (const struct fsm_event[]){
		OUT(SYNACK, 0, 101, 0, SOCK(SR, 101, 1), MOVE(CL, SR), 0),
		END
	},
};

static const struct fsm_script accepted = {
	.after = &syn_recv,
	.ev = (const struct fsm_event[]){
		IN(ACK, 1, 1, 0, REQ(0, 1, 0), MOVE(SR, ES), 0),
		END
	},
};

static const struct fsm_script fin_wait1 = {
	.after = &estab,
	.ev = (const struct fsm_event[]){
		OUT(FINACK, 1, 1, 0, SOCK(F1, 1, 2), MOVE(ES, F1), 0),
		END
	},
};

static const struct fsm_script fin_wait2 = {
	.after = &fin_wait1,
	.ev = (const struct fsm_event[]){
		IN(ACK, 1, 2, 0, SOCK(F1, 1, 2), MOVE(F1, F2), 0),
		END
	},
};

static const struct fsm_script closing = {
	.after = &fin_wait1,
	.ev = (const struct fsm_event[]){
		IN(FINACK, 1, 1, 0, SOCK(F1, 1, 2), MOVE(F1, CG), 0),
		OUT(ACK, 2, 2, 0, SOCK(F1, 2, 2), STAY, 0),
		END
	},
};

static const struct fsm_script time_wait = {
	.after = &fin_wait2,
	.ev = (const struct fsm_event[]){
		IN(FINACK, 1, 2, 0, SOCK(F2, 1, 2), MOVE(F2, TW), 0),
		OUT(ACK, 2, 2, 0, SOCK(F2, 2, 2), STAY, 0),
		END
	},
};

static const struct fsm_script close_wait = {
	.after = &accepted,
	.ev = (const struct fsm_event[]){
		IN(FINACK, 1, 1, 0, SOCK(ES, 1, 1), MOVE(ES, CW), 0),
		OUT(ACK, 1, 2, 0, SOCK(CW, 2, 1), STAY, 0),
		END
	},
};

static const struct fsm_script last_ack = {
	.after = &close_wait,
	.ev = (const struct fsm_event[]){
		OUT(FINACK, 1, 2, 0, SOCK(LA, 2, 2), MOVE(CW, LA), 0),
		END
	},
};

/* ESTABLISHED with a FIN at 501 that waits for the 500 octets before it */
static const struct fsm_script early_fin = {
	.after = &estab,
	.ev = (const struct fsm_event[]){
		IN(FINACK, 501, 1, 0, SOCK(ES, 1, 1), STAY, FX_VERIFY),
		OUT(ACK, 1, 1, 0, SOCK(ES, 1, 1), STAY, 0),
		END
	},
};

/* then our own FIN */
static const struct fsm_script early_then_fin = {
	.after = &early_fin,
	.ev = (const struct fsm_event[]){
		OUT(FINACK, 1, 1, 0, SOCK(F1, 1, 2), MOVE(ES, F1), 0),
		END
	},
};

/* then the data, and our ACK of all */
static const struct fsm_script early_taken = {
	.after = &early_then_fin,
	.ev = (const struct fsm_event[]){
		IN(ACK, 1, 1, 500, SOCK(F1, 1, 2), STAY, 0),
		OUT(ACK, 2, 502, 0, SOCK(F1, 502, 2), MOVE(F1, CG), 0),
		END
	},
};

/* SYN-RECV by a crossing SYN that passed unseen (fragments, say) */
static const struct fsm_script answered = {
	.after = &syn_sent,
	.ev = (const struct fsm_event[]){
		OUT(SYNACK, 0, 1, 0, SOCK(SR, 1, 1), MOVE(SS, SR), 0),
		END
	},
};

static const struct fsm_case fsm_cases[] = {
/* --- open: RFC 9293 3.5, 3.10.1, 3.10.7.2 to 3.10.7.4 --- */
{ CASE(active_open, &syn_sent, ACTIVE, NONE) {
	IN(SYNACK, 0, 1, 0, SOCK(SS, 0, 1), MOVE(SS, ES), 0),
	OUT(ACK, 1, 1, 0, SOCK(ES, 1, 1), STAY, 0),
	END } },
{ CASE(active_open_first_ack_with_data, &syn_sent, ACTIVE, NONE) {
	IN(SYNACK, 0, 1, 0, SOCK(SS, 0, 1), MOVE(SS, ES), 0),
	OUT(PSHACK, 1, 1, 300, SOCK(ES, 1, 1), STAY, 0),
	END } },
{ CASE(passive_open, &syn_recv, PASSIVE, NONE) {
	IN(ACK, 1, 1, 0, REQ(0, 1, 0), MOVE(SR, ES), 0),
	END } },
{ CASE(passive_open_by_ack_with_data, &syn_recv, PASSIVE, NONE) {
	IN(PSHACK, 1, 1, 300, REQ(0, 1, 0), MOVE(SR, ES), 0),
	END } },
/* the ACK was lost, the first data do as well */
{ CASE(passive_open_by_later_data, &syn_recv, PASSIVE, NONE) {
	IN(ACK, 301, 1, 300, REQ(0, 1, 0), MOVE(SR, ES), 0),
	END } },
{ CASE(passive_open_and_fin_at_once, &syn_recv, PASSIVE, NONE) {
	IN(FINACK, 1, 1, 300, REQ(0, 1, 0), MOVE2(SR, ES, CW), 0),
	END } },
/* Figure 7, left side: it sent SYN 100, the other side SYN 300 */
{ CASE_ISN(simultaneous_open_left, 100, 300, NULL, SIMULTANEOUS, NONE) {
	OUT(SYN, 100, 0, 0, SOCK(SS, 0, 101), MOVE(CL, SS), 0),
	IN(SYN, 300, 0, 0, SOCK(SS, 0, 101), MOVE(SS, SR), 0),
	OUT(SYNACK, 100, 301, 0, SOCK(SR, 301, 101), STAY, 0),
	IN(SYNACK, 300, 101, 0, SOCK(SR, 301, 101), MOVE(SR, ES), 0),
	END } },
{ CASE_ISN(simultaneous_open_right, 300, 100, NULL, SIMULTANEOUS, NONE) {
	OUT(SYN, 300, 0, 0, SOCK(SS, 0, 301), MOVE(CL, SS), 0),
	IN(SYN, 100, 0, 0, SOCK(SS, 0, 301), MOVE(SS, SR), 0),
	OUT(SYNACK, 300, 101, 0, SOCK(SR, 101, 301), STAY, 0),
	IN(SYNACK, 100, 301, 0, SOCK(SR, 101, 301), MOVE(SR, ES), 0),
	END } },
{ CASE(simultaneous_open_by_bare_ack, &crossed, SIMULTANEOUS, NONE) {
	IN(ACK, 1, 1, 0, SOCK(SR, 1, 1), MOVE(SR, ES), 0),
	END } },
{ CASE(simultaneous_open_syn_not_seen, &answered, SIMULTANEOUS, NONE) {
	IN(SYNACK, 0, 1, 0, SOCK(SR, 1, 1), MOVE(SR, ES), 0),
	END } },
{ CASE(simultaneous_open_syn_not_seen_again, &answered, SIMULTANEOUS, NONE) {
	OUT(SYNACK, 0, 1, 0, SOCK(SR, 1, 1), STAY, FX_RTX_SYNACK),
	IN(SYNACK, 7, 1, 0, SOCK(SR, 1, 1), STAY, FX_DOUBT),
	IN(SYN, 0, 0, 0, SOCK(SR, 1, 1), STAY, 0),
	END } },
/* one socket, both its ends: every segment is seen out and in */
{ CASE(self_connect, NULL, SIMULTANEOUS, SIMULTANEOUS) {
	OUT(SYN, 0, 0, 0, SOCK(SS, 0, 1), MOVE(CL, SS), 0),
	IN(SYN, 0, 0, 0, SOCK(SS, 0, 1), MOVE(SS, SR), 0),
	OUT(SYNACK, 0, 1, 0, SOCK(SR, 1, 1), STAY, 0),
	IN(SYNACK, 0, 1, 0, SOCK(SR, 1, 1), MOVE(SR, ES), 0),
	OUT(FINACK, 1, 1, 0, SOCK(F1, 1, 2), MOVE(ES, F1), 0),
	IN(FINACK, 1, 1, 0, SOCK(F1, 1, 2), MOVE(F1, CG), 0),
	OUT(ACK, 2, 2, 0, SOCK(F1, 2, 2), STAY, 0),
	IN(ACK, 2, 2, 0, SOCK(CG, 2, 2), MOVE(CG, TW), 0),
	END } },

/* --- handshake ACKs that are not ISN + 1 --- */
{ CASE(syn_sent_gets_bad_synack, &syn_sent, ACTIVE, NONE) {
	IN(SYNACK, 0, 0, 0, SOCK(SS, 0, 1), STAY, FX_BAD_ACK),
	IN(SYNACK, 0, 2, 0, SOCK(SS, 0, 1), STAY, FX_BAD_ACK),
	IN(SYNACK, 0, 0x80000001, 0, SOCK(SS, 0, 1), STAY, FX_BAD_ACK),
	IN(SYNACK, 0, 1, 0, SOCK(SS, 0, 1), MOVE(SS, ES), 0),
	END } },
{ CASE(syn_sent_gets_bad_ack, &syn_sent, ACTIVE, NONE) {
	IN(ACK, 77, 0, 0, SOCK(SS, 0, 1), STAY, FX_BAD_ACK),
	IN(ACK, 77, 2, 0, SOCK(SS, 0, 1), STAY, FX_BAD_ACK),
	IN(FINACK, 77, 2, 0, SOCK(SS, 0, 1), STAY, FX_BAD_ACK),
	END } },
/* 3.10.7.3, fifth: neither SYN nor RST, dropped though the ACK is good */
{ CASE(syn_sent_gets_ack_without_syn, &syn_sent, ACTIVE, NONE) {
	IN(ACK, 77, 1, 0, SOCK(SS, 0, 1), STAY, FX_OOW),
	IN(FINACK, 77, 1, 0, SOCK(SS, 0, 1), STAY, FX_OOW),
	IN(FIN, 77, 0, 0, SOCK(SS, 0, 1), STAY, FX_OOW),
	IN(NONE, 77, 0, 0, SOCK(SS, 0, 1), STAY, FX_OOW),
	END } },
{ CASE(syn_recv_gets_bad_ack, &syn_recv, PASSIVE, NONE) {
	IN(ACK, 1, 0, 0, REQ(0, 1, 0), STAY, FX_BAD_ACK),
	IN(ACK, 1, 2, 0, REQ(0, 1, 0), STAY, FX_BAD_ACK),
	IN(FINACK, 1, 2, 0, REQ(0, 1, 0), STAY, FX_BAD_ACK),
	IN(ACK, 1, 1, 0, REQ(0, 1, 0), MOVE(SR, ES), 0),
	END } },
{ CASE(crossed_gets_bad_ack, &crossed, SIMULTANEOUS, NONE) {
	IN(SYNACK, 0, 0, 0, SOCK(SR, 1, 1), STAY, FX_BAD_ACK),
	IN(SYNACK, 0, 2, 0, SOCK(SR, 1, 1), STAY, FX_BAD_ACK),
	IN(ACK, 1, 2, 0, SOCK(SR, 1, 1), STAY, FX_BAD_ACK),
	IN(SYNACK, 0, 1, 0, SOCK(SR, 1, 1), MOVE(SR, ES), 0),
	END } },
/* an answer to our SYN cannot carry another ISN than the SYN that crossed */
{ CASE(crossed_gets_synack_of_other_isn, &crossed, SIMULTANEOUS, NONE) {
	IN(SYNACK, 7, 1, 0, SOCK(SR, 1, 1), STAY, FX_DOUBT),
	END } },
/* a listener's child acknowledged a SYN, so no SYN,ACK can be due */
{ CASE(syn_recv_gets_synack, &syn_recv, PASSIVE, NONE) {
	IN(SYNACK, 0, 1, 0, REQ(0, 1, 0), STAY, FX_OOW),
	END } },
/* RFC 9293 3.10.7.4, first check, before the ACK is looked at */
{ CASE(syn_recv_gets_ack_out_of_window, &syn_recv, PASSIVE, NONE) {
	IN(ACK, 0, 1, 0, REQ(0, 1, 0), STAY, FX_DOUBT),
	IN(ACK, 0, 1, 1, REQ(0, 1, 0), STAY, FX_DOUBT),
	IN(ACK, 1 + WND, 1, 1, REQ(0, 1, 0), STAY, FX_DOUBT),
	IN(ACK, 2 + WND, 1, 0, REQ(0, 1, 0), STAY, FX_DOUBT),
	IN(ACK, 1 + WND, 1, 0, REQ(0, 1, 0), MOVE(SR, ES), 0),
	END } },

/* --- segments again --- */
{ CASE(syn_again, &syn_sent, ACTIVE, NONE) {
	OUT(SYN, 0, 0, 0, SOCK(SS, 0, 1), STAY, FX_RTX_SYN),
	OUT(SYN, 0, 0, 0, SOCK(SS, 0, 1), STAY, FX_RTX_SYN),
	IN(SYNACK, 0, 1, 0, SOCK(SS, 0, 1), MOVE(SS, ES), 0),
	END } },
{ CASE(synack_again, &syn_recv, PASSIVE, NONE) {
	OUT(SYNACK, 0, 1, 0, REQ(0, 1, 0), STAY, FX_RTX_SYNACK),
	IN(ACK, 1, 1, 0, REQ(0, 1, 0), MOVE(SR, ES), 0),
	END } },
/* the peer's answer was refused; the handshake was counted as it was by then */
{ CASE(estab_syn_again, &estab, ACTIVE, NONE) {
	OUT(SYN, 0, 0, 0, SOCK(SS, 0, 1), STAY, FX_RTX_SYN),
	END } },
{ CASE(estab_synack_again, &accepted, PASSIVE, NONE) {
	OUT(SYNACK, 0, 1, 0, REQ(0, 1, 0), STAY, FX_RTX_SYNACK),
	END } },
{ CASE(syn_again_arrives, &syn_recv, PASSIVE, NONE) {
	IN(SYN, 0, 0, 0, REQ(0, 1, 0), STAY, 0),
	OUT(SYNACK, 0, 1, 0, REQ(0, 1, 0), STAY, FX_RTX_SYNACK),
	END } },
/* our ACK was lost: RFC 5961 4.2, a challenge ACK repeats it */
{ CASE(synack_again_arrives, &estab, ACTIVE, NONE) {
	IN(SYNACK, 0, 1, 0, SOCK(ES, 1, 1), STAY, FX_OOW),
	END } },
{ CASE(crossed_synack_again, &crossed, SIMULTANEOUS, NONE) {
	OUT(SYNACK, 0, 1, 0, SOCK(SR, 1, 1), STAY, FX_RTX_SYNACK),
	IN(SYN, 0, 0, 0, SOCK(SR, 1, 1), STAY, 0),
	IN(SYNACK, 0, 1, 0, SOCK(SR, 1, 1), MOVE(SR, ES), 0),
	END } },
{ CASE(crossed_syn_again, &crossed, SIMULTANEOUS, NONE) {
	OUT(SYN, 0, 0, 0, SOCK(SR, 1, 1), STAY, FX_RTX_SYN),
	END } },
{ CASE(fin_again, &fin_wait1, ACTIVE, NONE) {
	OUT(FINACK, 1, 1, 0, SOCK(F1, 1, 2), STAY, FX_RTX_FIN),
	OUT(FINACK, 1, 1, 0, SOCK(F1, 1, 2), STAY, FX_RTX_FIN),
	IN(ACK, 1, 2, 0, SOCK(F1, 1, 2), MOVE(F1, F2), 0),
	END } },
/* the FIN went out behind data and comes again with or without them */
{ CASE(fin_with_data_again, &estab, ACTIVE, NONE) {
	OUT(FINACK, 1, 1, 100, SOCK(F1, 1, 102), MOVE(ES, F1), 0),
	OUT(FINACK, 101, 1, 0, SOCK(F1, 1, 102), STAY, FX_RTX_FIN),
	OUT(FINACK, 51, 1, 50, SOCK(F1, 1, 102), STAY, FX_RTX_FIN),
	END } },
{ CASE(closing_fin_again, &closing, ACTIVE, NONE) {
	OUT(FINACK, 1, 2, 0, SOCK(CG, 2, 2), STAY, FX_RTX_FIN),
	IN(FINACK, 1, 1, 0, SOCK(CG, 2, 2), STAY, 0),
	END } },
{ CASE(last_ack_fin_again, &last_ack, PASSIVE, NONE) {
	OUT(FINACK, 1, 2, 0, SOCK(LA, 2, 2), STAY, FX_RTX_FIN),
	IN(FINACK, 1, 1, 0, SOCK(LA, 2, 2), STAY, 0),
	END } },
{ CASE(close_wait_fin_again_arrives, &close_wait, PASSIVE, NONE) {
	IN(FINACK, 1, 1, 0, SOCK(CW, 2, 1), STAY, 0),
	END } },
{ CASE(time_wait_fin_again_arrives, &time_wait, ACTIVE, ACTIVE) {
	IN(FINACK, 1, 2, 0, TW(TW, 2, 2), STAY, 0),
	OUT(ACK, 2, 2, 0, TW(TW, 2, 2), STAY, 0),
	OUT(ACK, 2, 2, 0, GONE, STAY, 0),
	END } },

/* --- close: RFC 9293 3.6, 3.10.4, 3.10.7.4 --- */
{ CASE(active_close, &estab, ACTIVE, ACTIVE) {
	OUT(FINACK, 1, 1, 0, SOCK(F1, 1, 2), MOVE(ES, F1), 0),
	IN(ACK, 1, 2, 0, SOCK(F1, 1, 2), MOVE(F1, F2), 0),
	IN(FINACK, 1, 2, 0, SOCK(F2, 1, 2), MOVE(F2, TW), 0),
	OUT(ACK, 2, 2, 0, SOCK(F2, 2, 2), STAY, 0),
	END } },
{ CASE(passive_close, &accepted, PASSIVE, PASSIVE) {
	IN(FINACK, 1, 1, 0, SOCK(ES, 1, 1), MOVE(ES, CW), 0),
	OUT(ACK, 1, 2, 0, SOCK(CW, 2, 1), STAY, 0),
	OUT(FINACK, 1, 2, 0, SOCK(LA, 2, 2), MOVE(CW, LA), 0),
	IN(ACK, 2, 2, 0, SOCK(LA, 2, 2), MOVE(LA, CL), 0),
	END } },
{ CASE(active_opener_closes_last, &estab, ACTIVE, PASSIVE) {
	IN(FINACK, 1, 1, 0, SOCK(ES, 1, 1), MOVE(ES, CW), 0),
	OUT(FINACK, 1, 2, 0, SOCK(LA, 2, 2), MOVE(CW, LA), 0),
	IN(ACK, 2, 2, 0, SOCK(LA, 2, 2), MOVE(LA, CL), 0),
	END } },
/* the peer's FIN acknowledges ours: two transitions by one segment */
{ CASE(active_close_by_one_segment, &fin_wait1, ACTIVE, ACTIVE) {
	IN(FINACK, 1, 2, 0, SOCK(F1, 1, 2), MOVE2(F1, F2, TW), 0),
	END } },
/* FIN-WAIT-2 was left to a timewait socket */
{ CASE(active_close_by_timewait_socket, &fin_wait2, ACTIVE, ACTIVE) {
	IN(FINACK, 1, 2, 0, TW(F2, 1, 2), MOVE(F2, TW), 0),
	OUT(ACK, 2, 2, 0, TW(TW, 2, 2), STAY, 0),
	END } },
{ CASE(simultaneous_close, &estab, ACTIVE, SIMULTANEOUS) {
	OUT(FINACK, 1, 1, 0, SOCK(F1, 1, 2), MOVE(ES, F1), 0),
	IN(FINACK, 1, 1, 0, SOCK(F1, 1, 2), MOVE(F1, CG), 0),
	OUT(ACK, 2, 2, 0, SOCK(F1, 2, 2), STAY, 0),
	IN(ACK, 2, 2, 0, SOCK(CG, 2, 2), MOVE(CG, TW), 0),
	END } },
/* the peer's own retransmitted FIN may carry the ACK of ours */
{ CASE(simultaneous_close_by_fin_again, &closing, ACTIVE, SIMULTANEOUS) {
	IN(FINACK, 1, 2, 0, SOCK(CG, 2, 2), MOVE(CG, TW), 0),
	END } },
{ CASE(last_ack_by_fin_again, &last_ack, PASSIVE, PASSIVE) {
	IN(FINACK, 1, 2, 0, SOCK(LA, 2, 2), MOVE(LA, CL), 0),
	END } },
{ CASE(half_close_we_first, &fin_wait2, ACTIVE, ACTIVE) {
	IN(PSHACK, 1, 2, 500, SOCK(F2, 1, 2), STAY, 0),
	OUT(ACK, 2, 501, 0, SOCK(F2, 501, 2), STAY, 0),
	IN(ACK, 501, 2, 500, SOCK(F2, 501, 2), STAY, 0),
	IN(FINACK, 1001, 2, 0, SOCK_AT(F2, 1001, 500, 2, 0), MOVE(F2, TW), 0),
	END } },
{ CASE(half_close_peer_first, &close_wait, PASSIVE, PASSIVE) {
	OUT(PSHACK, 1, 2, 500, SOCK(CW, 2, 1), STAY, 0),
	IN(ACK, 2, 501, 0, SOCK(CW, 2, 501), STAY, 0),
	OUT(FINACK, 501, 2, 0, SOCK(LA, 2, 502), MOVE(CW, LA), 0),
	IN(ACK, 2, 501, 0, SOCK(LA, 2, 502), STAY, 0),
	IN(ACK, 2, 502, 0, SOCK(LA, 2, 502), MOVE(LA, CL), 0),
	END } },
{ CASE(fin_with_data, &estab, ACTIVE, ACTIVE) {
	OUT(FINACK, 1, 1, 100, SOCK(F1, 1, 102), MOVE(ES, F1), 0),
	IN(ACK, 1, 1, 0, SOCK(F1, 1, 102), STAY, 0),
	IN(ACK, 1, 101, 0, SOCK(F1, 1, 102), STAY, 0),
	IN(ACK, 1, 102, 0, SOCK(F1, 1, 102), MOVE(F1, F2), 0),
	IN(FINACK, 1, 102, 100, SOCK(F2, 1, 102), MOVE(F2, TW), 0),
	END } },
{ CASE(fin_with_data_arrives, &accepted, PASSIVE, PASSIVE) {
	IN(FINACK, 1, 1, 100, SOCK(ES, 1, 1), MOVE(ES, CW), 0),
	OUT(ACK, 1, 102, 0, SOCK(CW, 102, 1), STAY, 0),
	OUT(FINACK, 1, 102, 0, SOCK(LA, 102, 2), MOVE(CW, LA), 0),
	IN(ACK, 102, 2, 0, SOCK(LA, 102, 2), MOVE(LA, CL), 0),
	END } },
/* a FIN's first octets may have come before */
{ CASE(fin_with_data_partly_old, &accepted, PASSIVE, NONE) {
	IN(FINACK, 1, 1, 100, SOCK(ES, 51, 1), MOVE(ES, CW), 0),
	END } },
/* a super-segment of the offload, FIN at its end */
{ CASE(fin_in_super_segment, &estab, ACTIVE, NONE) {
	OUT(FINACK, 1, 1, 180000, SOCK(F1, 1, 180002), MOVE(ES, F1), 0),
	IN(ACK, 1, 180001, 0, SOCK(F1, 1, 180002), STAY, 0),
	IN(ACK, 1, 180002, 0, SOCK(F1, 1, 180002), MOVE(F1, F2), 0),
	END } },
{ CASE(fin_in_super_segment_arrives, &accepted, PASSIVE, PASSIVE) {
	IN(FINACK, 1, 1, 65000, SOCK(ES, 1, 1), MOVE(ES, CW), 0),
	OUT(FINACK, 1, 65002, 0, SOCK(LA, 65002, 2), MOVE(CW, LA), 0),
	IN(ACK, 65002, 2, 0, SOCK(LA, 65002, 2), MOVE(LA, CL), 0),
	END } },
{ CASE(push_and_urgent_change_nothing, &estab, ACTIVE, NONE) {
	IN(URGACK, 1, 1, 10, SOCK(ES, 1, 1), STAY, 0),
	OUT(FINACK, 1, 11, 0, SOCK(F1, 11, 2), MOVE(ES, F1), 0),
	IN(PSHACK, 11, 2, 10, SOCK(F1, 11, 2), MOVE(F1, F2), 0),
	END } },
/* a FIN that came before the data before it */
{ CASE(early_fin_acked, &early_fin, ACTIVE, NONE) {
	IN(ACK, 1, 1, 500, SOCK(ES, 1, 1), STAY, 0),
	OUT(ACK, 1, 502, 0, SOCK(CW, 502, 1), MOVE(ES, CW), 0),
	END } },
{ CASE(early_fin_comes_again, &early_fin, ACTIVE, NONE) {
	IN(ACK, 1, 1, 500, SOCK(ES, 1, 1), STAY, 0),
	OUT(ACK, 1, 501, 0, SOCK(ES, 501, 1), STAY, 0),
	IN(FINACK, 501, 1, 0, SOCK(ES, 501, 1), MOVE(ES, CW), 0),
	OUT(ACK, 1, 502, 0, SOCK(CW, 502, 1), STAY, 0),
	END } },
{ CASE(early_fin_comes_again_with_data, &early_fin, ACTIVE, NONE) {
	IN(FINACK, 1, 1, 500, SOCK(ES, 1, 1), MOVE(ES, CW), 0),
	OUT(ACK, 1, 502, 0, SOCK(CW, 502, 1), STAY, 0),
	END } },
{ CASE(early_fin_acked_by_our_fin, &early_fin, ACTIVE, PASSIVE) {
	OUT(FINACK, 1, 502, 0, SOCK(LA, 502, 2), MOVE2(ES, CW, LA), 0),
	IN(ACK, 502, 2, 0, SOCK(LA, 502, 2), MOVE(LA, CL), 0),
	END } },
/* our own FIN leaves while the peer's still waits, and acks nothing of it */
{ CASE(early_fin_then_our_fin, &early_taken, ACTIVE, SIMULTANEOUS) {
	IN(ACK, 502, 2, 0, SOCK(CG, 502, 2), MOVE(CG, TW), 0),
	END } },
{ CASE(early_fin_then_our_fin_dup_ack, &early_then_fin, ACTIVE, NONE) {
	OUT(ACK, 2, 1, 0, SOCK(F1, 1, 2), STAY, 0),
	OUT(ACK, 2, 501, 0, SOCK(F1, 501, 2), STAY, 0),
	END } },
{ CASE(early_fin_in_fin_wait1, &fin_wait1, ACTIVE, NONE) {
	IN(FINACK, 501, 1, 0, SOCK(F1, 1, 2), STAY, FX_VERIFY),
	OUT(ACK, 2, 1, 0, SOCK(F1, 1, 2), STAY, 0),
	OUT(ACK, 2, 502, 0, SOCK(F1, 502, 2), MOVE(F1, CG), 0),
	END } },
{ CASE(early_fin_in_fin_wait2, &fin_wait2, ACTIVE, ACTIVE) {
	IN(FINACK, 501, 2, 0, SOCK(F2, 1, 2), STAY, FX_VERIFY),
	OUT(ACK, 2, 501, 0, SOCK(F2, 501, 2), STAY, 0),
	OUT(ACK, 2, 502, 0, SOCK(F2, 502, 2), MOVE(F2, TW), 0),
	END } },
{ CASE(early_fin_acks_our_fin, &fin_wait1, ACTIVE, ACTIVE) {
	IN(FINACK, 501, 2, 0, SOCK(F1, 1, 2), MOVE(F1, F2), FX_VERIFY),
	OUT(ACK, 2, 502, 0, SOCK(F2, 502, 2), MOVE(F2, TW), 0),
	END } },

/* --- sequence numbers and ACKs that forbid to believe --- */
{ CASE(estab_gets_old_fin, &estab, ACTIVE, NONE) {
	IN(FINACK, 501, 1, 0, SOCK(ES, 601, 1), STAY, FX_OOW),
	IN(FINACK, 401, 1, 100, SOCK(ES, 601, 1), STAY, FX_OOW),
	END } },
/* not acknowledged yet, so acceptable; but there is nothing new in it */
{ CASE(estab_gets_old_fin_not_acked, &estab, ACTIVE, NONE) {
	IN(FINACK, 501, 1, 0, SOCK_AT(ES, 601, 600, 1, 0), STAY, 0),
	END } },
{ CASE(estab_gets_fin_beyond_window, &estab, ACTIVE, NONE) {
	IN(FINACK, 2 + WND, 1, 0, SOCK(ES, 1, 1), STAY, FX_OOW),
	IN(FINACK, 0x80000000, 1, 0, SOCK(ES, 1, 1), STAY, FX_OOW),
	END } },
/* Linux lets a FIN stand just behind the window; our ACK will tell */
{ CASE(estab_gets_fin_at_window_edge, &estab, ACTIVE, NONE) {
	IN(FINACK, 1 + WND, 1, 0, SOCK(ES, 1, 1), STAY, FX_VERIFY),
	END } },
/* 3.10.7.4, fifth: an ACK of what was not sent drops the segment, FIN too */
{ CASE(estab_gets_fin_that_acks_too_much, &estab, ACTIVE, NONE) {
	IN(FINACK, 1, 2, 0, SOCK(ES, 1, 1), STAY, FX_OOW),
	IN(FINACK, 1, 1, 0, SOCK(ES, 1, 1), MOVE(ES, CW), 0),
	END } },
/* snd_nxt moves after the segment has left, so it cannot be the measure */
{ CASE(estab_gets_fin_that_acks_what_just_left, &estab, ACTIVE, NONE) {
	IN(FINACK, 1, 101, 0, SOCK_AT(ES, 1, 0, 1, 100), MOVE(ES, CW), 0),
	END } },
{ CASE(fin_wait1_gets_ack_of_too_much, &fin_wait1, ACTIVE, NONE) {
	IN(ACK, 1, 3, 0, SOCK(F1, 1, 2), STAY, FX_OOW),
	IN(FINACK, 1, 3, 0, SOCK(F1, 1, 2), STAY, FX_OOW),
	IN(ACK, 1, 0x80000001, 0, SOCK(F1, 1, 2), STAY, FX_OOW),
	END } },
{ CASE(fin_wait1_gets_old_ack, &fin_wait1, ACTIVE, NONE) {
	IN(ACK, 1, 1, 0, SOCK(F1, 1, 2), STAY, 0),
	IN(ACK, 1, 0, 0, SOCK(F1, 1, 2), STAY, 0),
	END } },
{ CASE(fin_wait1_gets_ack_out_of_window, &fin_wait1, ACTIVE, NONE) {
	IN(ACK, 0, 2, 0, SOCK(F1, 1, 2), STAY, 0),
	IN(ACK, 2 + WND, 2, 0, SOCK(F1, 1, 2), STAY, FX_OOW),
	IN(FINACK, 2 + WND, 2, 0, SOCK(F1, 1, 2), STAY, FX_OOW),
	END } },
/* Linux measures by what it acknowledged last, not by what it received last */
{ CASE(fin_wait1_gets_ack_behind_unacked_data, &fin_wait1, ACTIVE, NONE) {
	IN(ACK, 50, 2, 0, SOCK_AT(F1, 101, 50, 2, 0), STAY, 0),
	IN(ACK, 51, 2, 0, SOCK_AT(F1, 101, 50, 2, 0), MOVE(F1, F2), 0),
	END } },
{ CASE(fin_wait2_gets_fin_that_acks_too_much, &fin_wait2, ACTIVE, NONE) {
	IN(FINACK, 1, 3, 0, SOCK(F2, 1, 2), STAY, FX_OOW),
	END } },
{ CASE(closing_gets_ack_of_too_much, &closing, ACTIVE, NONE) {
	IN(ACK, 2, 3, 0, SOCK(CG, 2, 2), STAY, FX_OOW),
	END } },
{ CASE(closing_gets_ack_out_of_window, &closing, ACTIVE, NONE) {
	IN(ACK, 1, 2, 0, SOCK(CG, 2, 2), STAY, 0),
	IN(ACK, 3 + WND, 2, 0, SOCK(CG, 2, 2), STAY, FX_OOW),
	END } },
{ CASE(last_ack_gets_ack_of_too_much, &last_ack, PASSIVE, NONE) {
	IN(ACK, 2, 3, 0, SOCK(LA, 2, 2), STAY, FX_OOW),
	END } },
{ CASE(last_ack_gets_old_ack, &last_ack, PASSIVE, NONE) {
	IN(ACK, 2, 1, 0, SOCK(LA, 2, 2), STAY, 0),
	END } },
{ CASE(last_ack_gets_ack_out_of_window, &last_ack, PASSIVE, NONE) {
	IN(ACK, 1, 2, 0, SOCK(LA, 2, 2), STAY, 0),
	IN(ACK, 3 + WND, 2, 0, SOCK(LA, 2, 2), STAY, FX_OOW),
	END } },
{ CASE(time_wait_gets_ack, &time_wait, ACTIVE, ACTIVE) {
	IN(ACK, 2, 2, 0, TW(TW, 2, 2), STAY, 0),
	IN(ACK, 2, 1, 0, TW(TW, 2, 2), STAY, 0),
	END } },
{ CASE(time_wait_gets_ack_of_too_much, &time_wait, ACTIVE, ACTIVE) {
	IN(ACK, 2, 3, 0, TW(TW, 2, 2), STAY, FX_OOW),
	END } },
/* new data after close(): a timewait socket answers with RST and dies */
{ CASE(timewait_socket_gets_fin_with_new_data, &fin_wait2, ACTIVE, RST_OUT) {
	IN(FINACK, 1, 2, 100, TW(F2, 1, 2), MOVE(F2, CL), 0),
	END } },
{ CASE(timewait_socket_gets_data, &fin_wait2, ACTIVE, RST_OUT) {
	IN(ACK, 1, 2, 0, TW(F2, 1, 2), STAY, 0),
	IN(ACK, 1, 2, 100, TW(F2, 1, 2), MOVE(F2, CL), 0),
	END } },
/* it does not look at the ACK */
{ CASE(timewait_socket_gets_fin_acking_much, &fin_wait2, ACTIVE, ACTIVE) {
	IN(FINACK, 1, 3, 0, TW(F2, 1, 2), MOVE(F2, TW), 0),
	END } },
{ CASE(timewait_socket_gets_fin_with_old_data, &fin_wait2, ACTIVE, ACTIVE) {
	IN(FINACK, 401, 2, 100, TW(F2, 501, 2), MOVE(F2, TW), 0),
	END } },
{ CASE(timewait_socket_gets_old_fin, &fin_wait2, ACTIVE, NONE) {
	IN(FINACK, 300, 2, 100, TW(F2, 501, 2), STAY, FX_OOW),
	END } },
{ CASE(timewait_socket_gets_early_fin, &fin_wait2, ACTIVE, RST_OUT) {
	IN(FINACK, 501, 2, 0, TW(F2, 1, 2), MOVE(F2, CL), 0),
	END } },
/* 3.10.7.4, fifth: if the ACK bit is off, drop the segment */
{ CASE(syn_recv_gets_no_ack, &syn_recv, PASSIVE, NONE) {
	IN(NONE, 1, 0, 10, REQ(0, 1, 0), STAY, FX_OOW),
	IN(FIN, 1, 0, 0, REQ(0, 1, 0), STAY, FX_OOW),
	END } },
{ CASE(estab_gets_fin_without_ack, &estab, ACTIVE, NONE) {
	IN(FIN, 1, 0, 0, SOCK(ES, 1, 1), STAY, FX_OOW),
	END } },
{ CASE(fin_wait1_gets_no_ack, &fin_wait1, ACTIVE, NONE) {
	IN(NONE, 1, 0, 0, SOCK(F1, 1, 2), STAY, FX_OOW),
	IN(FIN, 1, 0, 0, SOCK(F1, 1, 2), STAY, FX_OOW),
	END } },
{ CASE(fin_wait2_gets_fin_without_ack, &fin_wait2, ACTIVE, NONE) {
	IN(FIN, 1, 0, 0, SOCK(F2, 1, 2), STAY, FX_OOW),
	END } },
{ CASE(last_ack_gets_no_ack, &last_ack, PASSIVE, NONE) {
	IN(NONE, 2, 0, 0, SOCK(LA, 2, 2), STAY, FX_OOW),
	END } },

/* what lies behind the peer's FIN is nothing */
{ CASE(close_wait_gets_fin_behind_fin, &close_wait, PASSIVE, NONE) {
	IN(FINACK, 501, 1, 0, SOCK(CW, 2, 1), STAY, 0),
	END } },
/* the socket was not found: believed as far as the mirror itself knows */
{ CASE(estab_gets_fin_nobody_knows, &estab, ACTIVE, NONE) {
	IN(FINACK, 501, 1, 0, GONE, STAY, FX_VERIFY),
	IN(FINACK, 1, 1, 0, GONE, MOVE(ES, CW), 0),
	END } },

/* --- SYNs out of place: RFC 5961 4.2, RFC 9293 3.10.7.4 --- */
{ CASE(syn_recv_gets_other_syn, &syn_recv, PASSIVE, NONE) {
	IN(SYN, 5000, 0, 0, REQ(0, 1, 0), STAY, FX_OOW),
	IN(SYNACK, 1, 5, 0, REQ(0, 1, 0), STAY, FX_BAD_ACK),
	IN(SYN, 1, 0, 0, REQ(0, 1, 0), MOVE(SR, CL), 0),
	END } },
{ CASE(crossed_gets_other_syn, &crossed, SIMULTANEOUS, NONE) {
	IN(SYN, 1, 0, 0, SOCK(SR, 1, 1), STAY, FX_DOUBT),
	END } },
{ CASE(estab_gets_syn, &estab, ACTIVE, NONE) {
	IN(SYN, 0, 0, 0, SOCK(ES, 1, 1), STAY, FX_OOW),
	IN(SYN, 1, 0, 0, SOCK(ES, 1, 1), STAY, FX_OOW),
	IN(SYN, 5000, 0, 0, SOCK(ES, 1, 1), STAY, FX_OOW),
	IN(SYNACK, 1, 1, 0, SOCK(ES, 1, 1), STAY, FX_OOW),
	END } },
{ CASE(fin_wait1_gets_syn, &fin_wait1, ACTIVE, NONE) {
	IN(SYN, 1, 0, 0, SOCK(F1, 1, 2), STAY, FX_OOW),
	IN(SYNACK, 1, 2, 0, SOCK(F1, 1, 2), STAY, FX_OOW),
	END } },
{ CASE(fin_wait2_gets_syn, &fin_wait2, ACTIVE, NONE) {
	IN(SYN, 1, 0, 0, SOCK(F2, 1, 2), STAY, FX_OOW),
	END } },
/* in a timewait socket it may end in a RST: ask */
{ CASE(timewait_socket_gets_syn, &fin_wait2, ACTIVE, RST_OUT) {
	IN(SYN, 5000, 0, 0, TW(F2, 1, 2), STAY, FX_OOW),
	IN(SYN, 1, 0, 0, TW(F2, 1, 2), MOVE(F2, CL), 0),
	END } },
{ CASE(closing_gets_syn, &closing, ACTIVE, NONE) {
	IN(SYN, 2, 0, 0, SOCK(CG, 2, 2), STAY, FX_OOW),
	END } },
{ CASE(close_wait_gets_syn, &close_wait, PASSIVE, NONE) {
	IN(SYN, 2, 0, 0, SOCK(CW, 2, 1), STAY, FX_OOW),
	END } },
{ CASE(last_ack_gets_syn, &last_ack, PASSIVE, NONE) {
	IN(SYN, 2, 0, 0, SOCK(LA, 2, 2), STAY, FX_OOW),
	END } },
/* whether the old one ends is seen by the SYN,ACK, not by the SYN */
{ CASE(time_wait_gets_syn, &time_wait, ACTIVE, ACTIVE) {
	IN(SYN, 0, 0, 0, TW(TW, 2, 2), STAY, FX_VERIFY),
	IN(SYN, 5000, 0, 0, TW(TW, 2, 2), STAY, FX_VERIFY),
	END } },
{ CASE(time_wait_gets_synack, &time_wait, ACTIVE, ACTIVE) {
	IN(SYNACK, 5000, 2, 0, TW(TW, 2, 2), STAY, FX_DOUBT),
	END } },

/* --- RST arrives: RFC 9293 3.5.3, RFC 5961 3.2, RFC 1337 --- */
{ CASE(syn_sent_gets_rst, &syn_sent, ACTIVE, NONE) {
	IN(RSTACK, 0, 1, 0, SOCK(SS, 0, 1), MOVE(SS, CL), 0),
	END } },
{ CASE(syn_sent_gets_rst_of_any_seq, &syn_sent, ACTIVE, NONE) {
	IN(RSTACK, 12345, 1, 0, SOCK(SS, 0, 1), MOVE(SS, CL), 0),
	END } },
{ CASE(syn_sent_refuses_rst, &syn_sent, ACTIVE, NONE) {
	IN(RST, 0, 1, 0, SOCK(SS, 0, 1), STAY, FX_DOUBT),
	IN(RSTACK, 0, 0, 0, SOCK(SS, 0, 1), STAY, FX_DOUBT),
	IN(RSTACK, 0, 2, 0, SOCK(SS, 0, 1), STAY, FX_DOUBT),
	IN(RSTSYN, 0, 0, 0, SOCK(SS, 0, 1), STAY, FX_DOUBT),
	END } },
{ CASE(syn_recv_gets_rst, &syn_recv, PASSIVE, NONE) {
	IN(RST, 1, 0, 0, REQ(0, 1, 0), MOVE(SR, CL), 0),
	END } },
{ CASE(syn_recv_refuses_rst, &syn_recv, PASSIVE, NONE) {
	IN(RST, 0, 0, 0, REQ(0, 1, 0), STAY, FX_DOUBT),
	IN(RST, 2, 0, 0, REQ(0, 1, 0), STAY, FX_DOUBT),
	IN(RSTACK, 2 + WND, 1, 0, REQ(0, 1, 0), STAY, FX_DOUBT),
	END } },
{ CASE(crossed_gets_rst, &crossed, SIMULTANEOUS, NONE) {
	IN(RSTACK, 1, 1, 0, SOCK(SR, 1, 1), MOVE(SR, CL), 0),
	END } },
{ CASE(crossed_refuses_rst, &crossed, SIMULTANEOUS, NONE) {
	IN(RST, 0, 0, 0, SOCK(SR, 1, 1), STAY, FX_DOUBT),
	IN(RST, 2, 0, 0, SOCK(SR, 1, 1), STAY, FX_DOUBT),
	END } },
{ CASE(estab_gets_rst, &estab, ACTIVE, RST_IN) {
	IN(RST, 1, 0, 0, SOCK(ES, 1, 1), MOVE(ES, CL), 0),
	END } },
{ CASE(estab_gets_rst_after_data, &estab, ACTIVE, RST_IN) {
	IN(RSTACK, 7001, 1, 0, SOCK(ES, 7001, 1), MOVE(ES, CL), 0),
	END } },
/* rcv_nxt decides, not what was acknowledged last */
{ CASE(estab_gets_rst_after_unacked_data, &estab, ACTIVE, RST_IN) {
	IN(RST, 1, 0, 0, SOCK_AT(ES, 501, 500, 1, 0), STAY, FX_DOUBT),
	IN(RST, 501, 0, 0, SOCK_AT(ES, 501, 500, 1, 0), MOVE(ES, CL), 0),
	END } },
/* RST goes before SYN and FIN */
{ CASE(estab_gets_rst_with_syn, &estab, ACTIVE, RST_IN) {
	IN(RSTSYN, 1, 0, 0, SOCK(ES, 1, 1), MOVE(ES, CL), 0),
	END } },
{ CASE(estab_gets_rst_with_fin, &estab, ACTIVE, RST_IN) {
	IN(RSTFIN, 1, 1, 0, SOCK(ES, 1, 1), MOVE(ES, CL), 0),
	END } },
{ CASE(estab_refuses_rst, &estab, ACTIVE, NONE) {
	IN(RST, 0, 0, 0, SOCK(ES, 1, 1), STAY, FX_DOUBT),
	IN(RST, 2, 0, 0, SOCK(ES, 1, 1), STAY, FX_DOUBT),
	IN(RST, 1 + WND, 0, 0, SOCK(ES, 1, 1), STAY, FX_DOUBT),
	IN(RST, 2 + WND, 0, 0, SOCK(ES, 1, 1), STAY, FX_DOUBT),
	IN(RSTACK, 0x80000001, 1, 0, SOCK(ES, 1, 1), STAY, FX_DOUBT),
	END } },
{ CASE(fin_wait1_gets_rst, &fin_wait1, ACTIVE, RST_IN) {
	IN(RST, 1, 0, 0, SOCK(F1, 1, 2), MOVE(F1, CL), 0),
	END } },
{ CASE(fin_wait1_refuses_rst, &fin_wait1, ACTIVE, NONE) {
	IN(RST, 0, 0, 0, SOCK(F1, 1, 2), STAY, FX_DOUBT),
	IN(RST, 2, 0, 0, SOCK(F1, 1, 2), STAY, FX_DOUBT),
	IN(RST, 2 + WND, 0, 0, SOCK(F1, 1, 2), STAY, FX_DOUBT),
	END } },
{ CASE(fin_wait2_gets_rst, &fin_wait2, ACTIVE, RST_IN) {
	IN(RST, 1, 0, 0, SOCK(F2, 1, 2), MOVE(F2, CL), 0),
	END } },
{ CASE(fin_wait2_refuses_rst, &fin_wait2, ACTIVE, NONE) {
	IN(RST, 0, 0, 0, SOCK(F2, 1, 2), STAY, FX_DOUBT),
	IN(RST, 2, 0, 0, SOCK(F2, 1, 2), STAY, FX_DOUBT),
	IN(RST, 2 + WND, 0, 0, SOCK(F2, 1, 2), STAY, FX_DOUBT),
	END } },
/* FIN-WAIT-2 in a timewait socket: Linux takes any RST in the window */
{ CASE(timewait_socket_gets_rst, &fin_wait2, ACTIVE, RST_IN) {
	IN(RST, 1, 0, 0, TW(F2, 1, 2), MOVE(F2, CL), 0),
	END } },
{ CASE(timewait_socket_gets_rst_in_window, &fin_wait2, ACTIVE, RST_IN) {
	IN(RST, 2, 0, 0, TW_KEEP(F2, 1, 2), MOVE(F2, CL), 0),
	END } },
{ CASE(timewait_socket_gets_rst_at_window_edge, &fin_wait2, ACTIVE, RST_IN) {
	IN(RST, 1 + WND, 0, 0, TW(F2, 1, 2), MOVE(F2, CL), 0),
	END } },
{ CASE(timewait_socket_refuses_rst, &fin_wait2, ACTIVE, NONE) {
	IN(RST, 0, 0, 0, TW(F2, 1, 2), STAY, FX_DOUBT),
	IN(RST, 2 + WND, 0, 0, TW(F2, 1, 2), STAY, FX_DOUBT),
	END } },
{ CASE(closing_gets_rst, &closing, ACTIVE, RST_IN) {
	IN(RST, 2, 0, 0, SOCK(CG, 2, 2), MOVE(CG, CL), 0),
	END } },
{ CASE(closing_refuses_rst, &closing, ACTIVE, NONE) {
	IN(RST, 0, 0, 0, SOCK(CG, 2, 2), STAY, FX_DOUBT),
	IN(RST, 3, 0, 0, SOCK(CG, 2, 2), STAY, FX_DOUBT),
	IN(RST, 3 + WND, 0, 0, SOCK(CG, 2, 2), STAY, FX_DOUBT),
	END } },
{ CASE(close_wait_gets_rst, &close_wait, PASSIVE, RST_IN) {
	IN(RST, 2, 0, 0, SOCK(CW, 2, 1), MOVE(CW, CL), 0),
	END } },
{ CASE(close_wait_refuses_rst, &close_wait, PASSIVE, NONE) {
	IN(RST, 0, 0, 0, SOCK(CW, 2, 1), STAY, FX_DOUBT),
	IN(RST, 3, 0, 0, SOCK(CW, 2, 1), STAY, FX_DOUBT),
	IN(RST, 3 + WND, 0, 0, SOCK(CW, 2, 1), STAY, FX_DOUBT),
	END } },
{ CASE(last_ack_gets_rst, &last_ack, PASSIVE, RST_IN) {
	IN(RST, 2, 0, 0, SOCK(LA, 2, 2), MOVE(LA, CL), 0),
	END } },
{ CASE(last_ack_refuses_rst, &last_ack, PASSIVE, NONE) {
	IN(RST, 0, 0, 0, SOCK(LA, 2, 2), STAY, FX_DOUBT),
	IN(RST, 3, 0, 0, SOCK(LA, 2, 2), STAY, FX_DOUBT),
	END } },
/* after its FIN a peer may also reset from the FIN's own number, in Linux */
{ CASE(close_wait_gets_rst_at_fin, &close_wait, PASSIVE, RST_IN) {
	IN(RST, 1, 0, 0, SOCK(CW, 2, 1), MOVE(CW, CL), 0),
	END } },
{ CASE(last_ack_gets_rst_at_fin, &last_ack, PASSIVE, RST_IN) {
	IN(RST, 1, 0, 0, SOCK(LA, 2, 2), MOVE(LA, CL), 0),
	END } },
{ CASE(closing_gets_rst_at_fin, &closing, ACTIVE, RST_IN) {
	IN(RST, 1, 0, 0, SOCK(CG, 2, 2), MOVE(CG, CL), 0),
	END } },
/* leaving TIME-WAIT ends nothing: the exchange had ended before */
{ CASE(time_wait_gets_rst, &time_wait, ACTIVE, ACTIVE) {
	IN(RST, 2, 0, 0, TW(TW, 2, 2), MOVE(TW, CL), 0),
	END } },
{ CASE(time_wait_refuses_rst, &time_wait, ACTIVE, ACTIVE) {
	IN(RST, 1, 0, 0, TW(TW, 2, 2), STAY, FX_DOUBT),
	IN(RST, 3, 0, 0, TW(TW, 2, 2), STAY, FX_DOUBT),
	IN(RST, 3 + WND, 0, 0, TW(TW, 2, 2), STAY, FX_DOUBT),
	END } },
{ CASE(time_wait_keeps_with_rfc1337, &time_wait, ACTIVE, ACTIVE) {
	IN(RST, 2, 0, 0, TW_KEEP(TW, 2, 2), STAY, FX_DOUBT),
	END } },

/* --- RST sent by the socket itself, which is in CLOSE then --- */
{ CASE(syn_sent_aborts, &syn_sent, ACTIVE, NONE) {
	OUT(RST, 1, 0, 0, SOCK(CL, 0, 1), MOVE(SS, CL), FX_RST_OUT),
	END } },
{ CASE(crossed_aborts, &crossed, SIMULTANEOUS, NONE) {
	OUT(RSTACK, 1, 1, 0, SOCK(CL, 1, 1), MOVE(SR, CL), FX_RST_OUT),
	END } },
{ CASE(estab_aborts, &estab, ACTIVE, RST_OUT) {
	OUT(RSTACK, 1, 1, 0, SOCK(CL, 1, 1), MOVE(ES, CL), FX_RST_OUT),
	END } },
{ CASE(fin_wait1_aborts, &fin_wait1, ACTIVE, RST_OUT) {
	OUT(RSTACK, 2, 1, 0, SOCK(CL, 1, 2), MOVE(F1, CL), FX_RST_OUT),
	END } },
{ CASE(fin_wait2_aborts, &fin_wait2, ACTIVE, RST_OUT) {
	OUT(RSTACK, 2, 1, 0, SOCK(CL, 1, 2), MOVE(F2, CL), FX_RST_OUT),
	END } },
{ CASE(closing_aborts, &closing, ACTIVE, RST_OUT) {
	OUT(RSTACK, 2, 2, 0, SOCK(CL, 2, 2), MOVE(CG, CL), FX_RST_OUT),
	END } },
{ CASE(close_wait_aborts, &close_wait, PASSIVE, RST_OUT) {
	OUT(RSTACK, 1, 2, 0, SOCK(CL, 2, 1), MOVE(CW, CL), FX_RST_OUT),
	END } },
{ CASE(last_ack_aborts, &last_ack, PASSIVE, RST_OUT) {
	OUT(RSTACK, 2, 2, 0, SOCK(CL, 2, 2), MOVE(LA, CL), FX_RST_OUT),
	END } },

/* --- RST in our name: the socket may be alive, only it can tell --- */
{ CASE(syn_sent_replies_rst, &syn_sent, ACTIVE, NONE) {
	IN(SYNACK, 0, 2, 0, SOCK(SS, 0, 1), STAY, FX_BAD_ACK),
	OUT(RST, 2, 0, 0, GONE, STAY, FX_REPLY),
	END } },
{ CASE(syn_recv_replies_rst, &syn_recv, PASSIVE, NONE) {
	OUT(RST, 2, 0, 0, GONE, STAY, FX_REPLY),
	OUT(RST, 2, 0, 0, REQ(0, 1, 0), STAY, FX_REPLY),
	END } },
{ CASE(crossed_replies_rst, &crossed, SIMULTANEOUS, NONE) {
	OUT(RST, 2, 0, 0, SOCK(SR, 1, 1), STAY, FX_REPLY),
	END } },
{ CASE(estab_replies_rst, &estab, ACTIVE, NONE) {
	OUT(RST, 1, 0, 0, GONE, STAY, FX_REPLY),
	OUT(RSTACK, 1, 1, 0, SOCK(ES, 1, 1), STAY, FX_REPLY),
	END } },
{ CASE(fin_wait1_replies_rst, &fin_wait1, ACTIVE, NONE) {
	OUT(RST, 2, 0, 0, GONE, STAY, FX_REPLY),
	END } },
{ CASE(fin_wait2_replies_rst, &fin_wait2, ACTIVE, NONE) {
	OUT(RST, 2, 0, 0, GONE, STAY, FX_REPLY),
	OUT(RST, 2, 0, 0, TW(F2, 1, 2), STAY, FX_REPLY),
	END } },
{ CASE(closing_replies_rst, &closing, ACTIVE, NONE) {
	OUT(RST, 2, 0, 0, GONE, STAY, FX_REPLY),
	END } },
{ CASE(time_wait_replies_rst, &time_wait, ACTIVE, ACTIVE) {
	OUT(RST, 2, 0, 0, TW(TW, 2, 2), STAY, FX_REPLY),
	END } },
{ CASE(close_wait_replies_rst, &close_wait, PASSIVE, NONE) {
	OUT(RST, 1, 0, 0, GONE, STAY, FX_REPLY),
	END } },
{ CASE(last_ack_replies_rst, &last_ack, PASSIVE, NONE) {
	OUT(RST, 2, 0, 0, GONE, STAY, FX_REPLY),
	END } },
/* keepalive: RST first, CLOSE after it without a segment */
{ CASE(keepalive_gives_up, &estab, ACTIVE, RST_OUT) {
	OUT(RSTACK, 1, 1, 0, SOCK(ES, 1, 1), STAY, FX_REPLY),
	FORCE(MOVE(ES, CL)),
	END } },
{ CASE(fin_wait2_times_out, &fin_wait2, ACTIVE, OTHER) {
	FORCE(MOVE(F2, CL)),
	END } },
{ CASE(time_wait_times_out, &time_wait, ACTIVE, ACTIVE) {
	FORCE(MOVE(TW, CL)),
	END } },

/* --- sent in our name, but not by the connection's socket --- */
{ CASE(closed_alien_syn, NULL, PASSIVE, NONE) {
	OUT(SYN, 0, 0, 0, GONE, STAY, FX_ALIEN),
	END } },
/* a SYN cookie: the kernel keeps nothing */
{ CASE(closed_cookie_synack, NULL, PASSIVE, NONE) {
	OUT(SYNACK, 0, 1, 0, GONE, STAY, FX_ALIEN),
	END } },
{ CASE(closed_replies_rst, NULL, PASSIVE, NONE) {
	OUT(RSTACK, 0, 1, 0, GONE, STAY, FX_REPLY),
	END } },
{ CASE(estab_alien_syn, &estab, ACTIVE, NONE) {
	OUT(SYN, 5000, 0, 0, GONE, STAY, FX_ALIEN),
	OUT(SYNACK, 5000, 1, 0, GONE, STAY, FX_ALIEN),
	END } },
{ CASE(estab_alien_fin, &estab, ACTIVE, NONE) {
	OUT(FINACK, 1, 1, 0, GONE, STAY, FX_ALIEN),
	OUT(FINACK, 1, 1, 0, REQ(0, 1, 0), STAY, FX_ALIEN),
	END } },
{ CASE(close_wait_alien_fin, &close_wait, PASSIVE, NONE) {
	OUT(FINACK, 1, 2, 0, GONE, STAY, FX_ALIEN),
	END } },
{ CASE(time_wait_alien, &time_wait, ACTIVE, ACTIVE) {
	OUT(FINACK, 1, 2, 0, TW(TW, 2, 2), STAY, FX_ALIEN),
	OUT(SYN, 5000, 0, 0, TW(TW, 2, 2), STAY, FX_ALIEN),
	OUT(SYNACK, 5000, 1, 0, GONE, STAY, FX_ALIEN),
	END } },

/* --- the same 4-tuple again --- */
{ CASE_ISN(time_wait_reopened, 9000, 5000, &time_wait, PASSIVE, ACTIVE) {
	IN(SYN, 5000, 0, 0, TW(TW, 2, 2), STAY, FX_VERIFY),
	OUT(SYNACK, 9000, 5001, 0, REQ(5000, 5001, 9000), MOVE(TW, SR), 0),
	IN(ACK, 5001, 9001, 0, REQ(5000, 5001, 9000), MOVE(SR, ES), 0),
	END } },
{ CASE_ISN(time_wait_reopened_then_closed, 9000, 5000, &time_wait, PASSIVE,
	   PASSIVE) {
	OUT(SYNACK, 9000, 5001, 0, REQ(5000, 5001, 9000), MOVE(TW, SR), 0),
	IN(ACK, 5001, 9001, 0, REQ(5000, 5001, 9000), MOVE(SR, ES), 0),
	IN(FINACK, 5001, 9001, 0, SOCK(ES, 5001, 9001), MOVE(ES, CW), 0),
	OUT(FINACK, 9001, 5002, 0, SOCK(LA, 5002, 9002), MOVE(CW, LA), 0),
	IN(ACK, 5002, 9002, 0, SOCK(LA, 5002, 9002), MOVE(LA, CL), 0),
	END } },
{ CASE_ISN(time_wait_reused_by_connect, 9000, 5000, &time_wait, ACTIVE,
	   ACTIVE) {
	OUT(SYN, 9000, 0, 0, SOCK(SS, 0, 9001), MOVE(TW, SS), 0),
	IN(SYNACK, 5000, 9001, 0, SOCK(SS, 0, 9001), MOVE(SS, ES), 0),
	OUT(ACK, 9001, 5001, 0, SOCK(ES, 5001, 9001), STAY, 0),
	END } },
{ CASE(time_wait_reused_with_the_same_isn, &time_wait, ACTIVE, ACTIVE) {
	OUT(SYN, 0, 0, 0, SOCK(SS, 0, 1), MOVE(TW, SS), 0),
	OUT(SYN, 0, 0, 0, SOCK(SS, 0, 1), STAY, FX_RTX_SYN),
	END } },
{ CASE(time_wait_reopened_with_the_same_isn, &time_wait, PASSIVE, ACTIVE) {
	OUT(SYNACK, 0, 1, 0, REQ(0, 1, 0), MOVE(TW, SR), 0),
	OUT(SYNACK, 0, 1, 0, REQ(0, 1, 0), STAY, FX_RTX_SYNACK),
	END } },
{ CASE_ISN(closed_opens_again, 9000, 5000, &last_ack, ACTIVE, PASSIVE) {
	IN(ACK, 2, 2, 0, SOCK(LA, 2, 2), MOVE(LA, CL), 0),
	OUT(SYN, 9000, 0, 0, SOCK(SS, 0, 9001), MOVE(CL, SS), 0),
	IN(SYNACK, 5000, 9001, 0, SOCK(SS, 0, 9001), MOVE(SS, ES), 0),
	END } },
{ CASE(closed_opens_again_with_the_same_isn, &last_ack, PASSIVE, PASSIVE) {
	IN(ACK, 2, 2, 0, SOCK(LA, 2, 2), MOVE(LA, CL), 0),
	OUT(SYNACK, 0, 1, 0, REQ(0, 1, 0), MOVE(CL, SR), 0),
	IN(ACK, 1, 1, 0, REQ(0, 1, 0), MOVE(SR, ES), 0),
	END } },
{ CASE_ISN(syn_sent_opens_anew, 9000, 0, &syn_sent, ACTIVE, NONE) {
	OUT(SYN, 9000, 0, 0, SOCK(SS, 0, 9001), STAY, 0),
	IN(SYNACK, 0, 1, 0, SOCK(SS, 0, 9001), STAY, FX_BAD_ACK),
	IN(SYNACK, 0, 9001, 0, SOCK(SS, 0, 9001), MOVE(SS, ES), 0),
	END } },
{ CASE_ISN(syn_recv_connects_anew, 9000, 0, &syn_recv, ACTIVE, NONE) {
	OUT(SYN, 9000, 0, 0, SOCK(SS, 0, 9001), MOVE(SR, SS), 0),
	END } },
{ CASE_ISN(estab_connects_anew, 9000, 0, &estab, ACTIVE, NONE) {
	OUT(SYN, 9000, 0, 0, SOCK(SS, 0, 9001), MOVE(ES, SS), 0),
	END } },
{ CASE_ISN(fin_wait1_connects_anew, 9000, 0, &fin_wait1, ACTIVE, NONE) {
	OUT(SYN, 9000, 0, 0, SOCK(SS, 0, 9001), MOVE(F1, SS), 0),
	END } },
{ CASE_ISN(fin_wait2_connects_anew, 9000, 0, &fin_wait2, ACTIVE, NONE) {
	OUT(SYN, 9000, 0, 0, SOCK(SS, 0, 9001), MOVE(F2, SS), 0),
	END } },
{ CASE_ISN(closing_connects_anew, 9000, 0, &closing, ACTIVE, NONE) {
	OUT(SYN, 9000, 0, 0, SOCK(SS, 0, 9001), MOVE(CG, SS), 0),
	END } },
{ CASE_ISN(close_wait_connects_anew, 9000, 0, &close_wait, ACTIVE, NONE) {
	OUT(SYN, 9000, 0, 0, SOCK(SS, 0, 9001), MOVE(CW, SS), 0),
	END } },
{ CASE_ISN(last_ack_connects_anew, 9000, 0, &last_ack, ACTIVE, NONE) {
	OUT(SYN, 9000, 0, 0, SOCK(SS, 0, 9001), MOVE(LA, SS), 0),
	END } },
{ CASE_ISN(syn_sent_accepts_anew, 9000, 5000, &syn_sent, PASSIVE, NONE) {
	OUT(SYNACK, 9000, 5001, 0, REQ(5000, 5001, 9000), MOVE(SS, SR), 0),
	END } },
{ CASE_ISN(syn_recv_accepts_anew, 9000, 5000, &syn_recv, PASSIVE, NONE) {
	OUT(SYNACK, 9000, 5001, 0, REQ(5000, 5001, 9000), STAY, 0),
	IN(ACK, 5001, 1, 0, REQ(5000, 5001, 9000), STAY, FX_BAD_ACK),
	IN(ACK, 5001, 9001, 0, REQ(5000, 5001, 9000), MOVE(SR, ES), 0),
	END } },
{ CASE_ISN(estab_accepts_anew, 9000, 5000, &estab, PASSIVE, NONE) {
	OUT(SYNACK, 9000, 5001, 0, REQ(5000, 5001, 9000), MOVE(ES, SR), 0),
	END } },
{ CASE_ISN(fin_wait1_accepts_anew, 9000, 5000, &fin_wait1, PASSIVE, NONE) {
	OUT(SYNACK, 9000, 5001, 0, REQ(5000, 5001, 9000), MOVE(F1, SR), 0),
	END } },
{ CASE_ISN(fin_wait2_accepts_anew, 9000, 5000, &fin_wait2, PASSIVE, NONE) {
	OUT(SYNACK, 9000, 5001, 0, REQ(5000, 5001, 9000), MOVE(F2, SR), 0),
	END } },
{ CASE_ISN(closing_accepts_anew, 9000, 5000, &closing, PASSIVE, NONE) {
	OUT(SYNACK, 9000, 5001, 0, REQ(5000, 5001, 9000), MOVE(CG, SR), 0),
	END } },
{ CASE_ISN(close_wait_accepts_anew, 9000, 5000, &close_wait, PASSIVE, NONE) {
	OUT(SYNACK, 9000, 5001, 0, REQ(5000, 5001, 9000), MOVE(CW, SR), 0),
	END } },
{ CASE_ISN(last_ack_accepts_anew, 9000, 5000, &last_ack, PASSIVE, NONE) {
	OUT(SYNACK, 9000, 5001, 0, REQ(5000, 5001, 9000), MOVE(LA, SR), 0),
	END } },

/* --- Fast Open: RFC 7413 --- */
{ CASE(fastopen_client, &syn_sent, ACTIVE, NONE) {
	IN(SYNACK, 0, 1, 0, SOCK(SS, 0, 1), MOVE(SS, ES), 0),
	END } },
{ CASE(fastopen_client_data_taken, NULL, ACTIVE, NONE) {
	OUT(SYN, 0, 0, 100, SOCK(SS, 0, 101), MOVE(CL, SS), 0),
	IN(SYNACK, 0, 102, 0, SOCK(SS, 0, 101), STAY, FX_BAD_ACK),
	IN(SYNACK, 0, 101, 0, SOCK(SS, 0, 101), MOVE(SS, ES), 0),
	END } },
{ CASE(fastopen_client_data_not_taken, NULL, ACTIVE, NONE) {
	OUT(SYN, 0, 0, 100, SOCK(SS, 0, 101), MOVE(CL, SS), 0),
	IN(SYNACK, 0, 1, 0, SOCK(SS, 0, 101), MOVE(SS, ES), 0),
	OUT(ACK, 1, 1, 100, SOCK(ES, 1, 101), STAY, 0),
	END } },
{ CASE(fastopen_client_syn_again_without_data, NULL, ACTIVE, NONE) {
	OUT(SYN, 0, 0, 100, SOCK(SS, 0, 101), MOVE(CL, SS), 0),
	OUT(SYN, 0, 0, 0, SOCK(SS, 0, 101), STAY, FX_RTX_SYN),
	IN(SYNACK, 0, 1, 0, SOCK(SS, 0, 101), MOVE(SS, ES), 0),
	END } },
{ CASE(fastopen_client_synack_has_fin, NULL, ACTIVE, NONE) {
	OUT(SYN, 0, 0, 100, SOCK(SS, 0, 101), MOVE(CL, SS), 0),
	IN(SYNACKFIN, 0, 101, 20, SOCK_FAST(0, 101), MOVE2(SS, ES, CW), 0),
	END } },
{ CASE(client_synack_has_fin, NULL, ACTIVE, NONE) {
	OUT(SYN, 0, 0, 0, SOCK(SS, 0, 1), MOVE(CL, SS), 0),
	IN(SYNACKFIN, 0, 1, 20, SOCK(SS, 0, 1), MOVE(SS, ES), 0),
	END } },
{ CASE(fastopen_client_refused, NULL, ACTIVE, NONE) {
	OUT(SYN, 0, 0, 100, SOCK(SS, 0, 101), MOVE(CL, SS), 0),
	IN(RSTACK, 0, 102, 0, SOCK(SS, 0, 101), STAY, FX_DOUBT),
	IN(RSTACK, 0, 101, 0, SOCK(SS, 0, 101), MOVE(SS, CL), 0),
	END } },
{ CASE(fastopen_server, &fastopen, PASSIVE, NONE) {
	IN(ACK, 101, 1, 0, SOCK(SR, 101, 1), MOVE(SR, ES), 0),
	END } },
{ CASE(fastopen_server_synack_again, &fastopen, PASSIVE, NONE) {
	OUT(SYNACK, 0, 101, 0, REQ(0, 101, 0), STAY, FX_RTX_SYNACK),
	END } },
{ CASE(fastopen_server_syn_again_arrives, &fastopen, PASSIVE, NONE) {
	IN(SYN, 0, 0, 0, SOCK(SR, 101, 1), STAY, 0),
	END } },
{ CASE(fastopen_server_sends_at_once, &fastopen, PASSIVE, NONE) {
	OUT(ACK, 1, 101, 500, SOCK_AT(SR, 101, 0, 1, 500), STAY, 0),
	IN(ACK, 101, 502, 0, SOCK(SR, 101, 501), STAY, FX_BAD_ACK),
	IN(ACK, 101, 0, 0, SOCK_AT(SR, 101, 0, 1, 500), MOVE(SR, ES), 0),
	END } },
/* on loopback the ACK is here before the sender has moved its snd_nxt */
{ CASE(fastopen_server_ack_of_what_just_left, &fastopen, PASSIVE, NONE) {
	OUT(ACK, 1, 101, 500, SOCK_AT(SR, 101, 0, 1, 500), STAY, 0),
	IN(ACK, 101, 501, 0, SOCK_AT(SR, 101, 0, 1, 500), MOVE(SR, ES), 0),
	END } },
{ CASE(fastopen_server_closes_at_once, &fastopen, PASSIVE, NONE) {
	OUT(FINACK, 1, 101, 500, SOCK(F1, 101, 502), MOVE(SR, F1), 0),
	IN(ACK, 101, 1, 0, SOCK(F1, 101, 502), STAY, 0),
	IN(ACK, 101, 502, 0, SOCK(F1, 101, 502), MOVE(F1, F2), 0),
	END } },
{ CASE(fastopen_server_gets_rst, &fastopen, PASSIVE, NONE) {
	IN(RST, 1, 0, 0, SOCK(SR, 101, 1), STAY, FX_DOUBT),
	IN(RST, 101, 0, 0, SOCK(SR, 101, 1), MOVE(SR, CL), 0),
	END } },
{ CASE(fastopen_server_aborts, &fastopen, PASSIVE, NONE) {
	OUT(RSTACK, 1, 101, 0, SOCK(CL, 101, 1), MOVE(SR, CL), FX_RST_OUT),
	END } },

/* --- connections whose beginning was not seen --- */
{ CASE(adopted_estab_closes, NULL, PASSIVE, ACTIVE) {
	FORCE(MOVE(CL, ES)),
	OUT(FINACK, 700, 800, 0, SOCK(F1, 800, 701), MOVE(ES, F1), 0),
	IN(ACK, 800, 701, 0, SOCK(F1, 800, 701), MOVE(F1, F2), 0),
	IN(FINACK, 800, 701, 0, SOCK(F2, 800, 701), MOVE(F2, TW), 0),
	END } },
{ CASE(adopted_estab_gets_fin, NULL, PASSIVE, NONE) {
	FORCE(MOVE(CL, ES)),
	IN(FINACK, 800, 700, 0, SOCK(ES, 800, 700), MOVE(ES, CW), 0),
	END } },
{ CASE(adopted_estab_gets_rst, NULL, PASSIVE, RST_IN) {
	FORCE(MOVE(CL, ES)),
	IN(RST, 801, 0, 0, SOCK(ES, 800, 700), STAY, FX_DOUBT),
	IN(RST, 800, 0, 0, SOCK(ES, 800, 700), MOVE(ES, CL), 0),
	END } },
/* the FIN was not seen: all that the socket has queued ends with it */
{ CASE(adopted_fin_wait1, NULL, PASSIVE, ACTIVE) {
	FORCE(MOVE(CL, F1)),
	IN(ACK, 800, 701, 0, SOCK(F1, 800, 702), STAY, 0),
	IN(ACK, 800, 703, 0, SOCK(F1, 800, 702), STAY, FX_OOW),
	IN(FINACK, 800, 702, 0, SOCK(F1, 800, 702), MOVE2(F1, F2, TW), 0),
	END } },
{ CASE(adopted_closing, NULL, PASSIVE, SIMULTANEOUS) {
	FORCE(MOVE(CL, CG)),
	IN(ACK, 800, 701, 0, SOCK(CG, 800, 702), STAY, 0),
	IN(ACK, 800, 702, 0, SOCK(CG, 800, 702), MOVE(CG, TW), 0),
	END } },
{ CASE(adopted_last_ack, NULL, PASSIVE, PASSIVE) {
	FORCE(MOVE(CL, LA)),
	IN(ACK, 800, 701, 0, SOCK(LA, 800, 702), STAY, 0),
	IN(ACK, 800, 702, 0, SOCK(LA, 800, 702), MOVE(LA, CL), 0),
	END } },
{ CASE(adopted_time_wait_gets_rst, NULL, PASSIVE, NONE) {
	FORCE(MOVE(CL, TW)),
	IN(RST, 799, 0, 0, TW(TW, 800, 702), STAY, FX_DOUBT),
	IN(RST, 800, 0, 0, TW(TW, 800, 702), MOVE(TW, CL), 0),
	END } },
{ CASE(adopted_estab_gets_fin_nobody_knows, NULL, PASSIVE, NONE) {
	FORCE(MOVE(CL, ES)),
	IN(FINACK, 800, 700, 0, GONE, MOVE(ES, CW), 0),
	END } },
/* nobody can say whether this is in window: it is not believed */
{ CASE(adopted_estab_gets_rst_nobody_knows, NULL, PASSIVE, NONE) {
	FORCE(MOVE(CL, ES)),
	IN(RST, 0, 0, 0, GONE, STAY, FX_DOUBT),
	END } },

/* --- numbers that wrap; the runner shifts all the other cases as well --- */
{ CASE_ISN(wrap_in_handshake, 0xffffffff, 0xffffffff, NULL, ACTIVE, NONE) {
	OUT(SYN, 0xffffffff, 0, 0, SOCK(SS, 0, 0), MOVE(CL, SS), 0),
	IN(SYNACK, 0xffffffff, 0xffffffff, 0, SOCK(SS, 0, 0), STAY, FX_BAD_ACK),
	IN(SYNACK, 0xffffffff, 1, 0, SOCK(SS, 0, 0), STAY, FX_BAD_ACK),
	IN(SYNACK, 0xffffffff, 0, 0, SOCK(SS, 0, 0), MOVE(SS, ES), 0),
	OUT(ACK, 0, 0, 0, SOCK(ES, 0, 0), STAY, 0),
	END } },
{ CASE(wrap_in_fin, &estab, ACTIVE, ACTIVE) {
	OUT(FINACK, 0xffffff9c, 0xffffffff, 99, SOCK(F1, 0xffffffff, 0),
	    MOVE(ES, F1), 0),
	IN(ACK, 0xffffffff, 0xffffffff, 0, SOCK(F1, 0xffffffff, 0), STAY, 0),
	IN(ACK, 0xffffffff, 1, 0, SOCK(F1, 0xffffffff, 0), STAY, FX_OOW),
	IN(ACK, 0xffffffff, 0, 0, SOCK(F1, 0xffffffff, 0), MOVE(F1, F2), 0),
	IN(FINACK, 0xffffffff, 0, 0, SOCK(F2, 0xffffffff, 0), MOVE(F2, TW), 0),
	END } },
{ CASE(wrap_in_early_fin, &estab, ACTIVE, NONE) {
	IN(FINACK, 100, 1, 0, SOCK(ES, 0xffffff00, 1), STAY, FX_VERIFY),
	OUT(ACK, 1, 101, 0, SOCK(CW, 101, 1), MOVE(ES, CW), 0),
	END } },
{ CASE(wrap_in_rst, &estab, ACTIVE, RST_IN) {
	IN(RST, 0, 0, 0, SOCK(ES, 0xffffffff, 1), STAY, FX_DOUBT),
	IN(RST, 0xffffffff, 0, 0, SOCK(ES, 0xffffffff, 1), MOVE(ES, CL), 0),
	END } },
{ CASE(wrap_in_timewait_window, &fin_wait2, ACTIVE, RST_IN) {
	IN(RST, 0xfffffffe, 0, 0, TW(F2, 0xffffffff, 2), STAY, FX_DOUBT),
	IN(RST, 998, 0, 0, TW(F2, 0xffffffff, 2), MOVE(F2, CL), 0),
	END } },
};

/* a socket in FIN-WAIT-1 whose segments so far were not seen */
static const struct fsm_script adopted = {
	.ev = (const struct fsm_event[]){
		FORCE(MOVE(CL, F1)),
		END
	},
};

static const struct fsm_script adopted_closes = {
	.ev = (const struct fsm_event[]){
		FORCE(MOVE(CL, ES)),
		OUT(FINACK, 700, 800, 0, SOCK(F1, 800, 701), MOVE(ES, F1), 0),
		END
	},
};

/* our FIN acknowledges what the mirror did not see arrive */
static const struct fsm_script fin_after_data = {
	.after = &estab,
	.ev = (const struct fsm_event[]){
		OUT(FINACK, 1, 501, 0, SOCK(F1, 501, 2), MOVE(ES, F1), 0),
		END
	},
};

/*
 * The socket knows the window, the mirror only where the last control segment
 * left off.  An ACK there moves the state without a look-up, one elsewhere
 * needs it; data of an open connection never do, RST, SYN and FIN mostly.
 */
static const struct fsm_ask fsm_asks[] = {
	ASK(syn_sent_synack, &syn_sent, SYNACK, 0, 1, 0, false),
	ASK(syn_sent_syn, &syn_sent, SYN, 0, 0, 0, false),
	ASK(syn_sent_rst, &syn_sent, RSTACK, 0, 1, 0, false),
	ASK(syn_recv_ack, &syn_recv, ACK, 1, 1, 0, false),
	ASK(syn_recv_ack_with_data, &syn_recv, ACK, 1, 1, 100, false),
	ASK(syn_recv_ack_elsewhere, &syn_recv, ACK, 2, 1, 0, true),
	ASK(syn_recv_bad_ack, &syn_recv, ACK, 1, 2, 0, true),
	ASK(syn_recv_syn, &syn_recv, SYN, 0, 0, 0, false),
	ASK(syn_recv_rst, &syn_recv, RST, 1, 0, 0, true),
	ASK(crossed_ack, &crossed, ACK, 1, 1, 0, false),
	ASK(crossed_synack, &crossed, SYNACK, 0, 1, 0, false),
	ASK(crossed_syn_not_seen_ack, &answered, ACK, 1, 1, 0, false),
	ASK(fastopen_ack, &fastopen, ACK, 101, 1, 0, false),
	ASK(estab_ack, &estab, ACK, 1, 1, 0, false),
	ASK(estab_data, &estab, PSHACK, 5001, 1, 1000, false),
	ASK(estab_fin, &estab, FINACK, 1, 1, 0, true),
	ASK(estab_rst, &estab, RST, 1, 0, 0, true),
	ASK(estab_syn, &estab, SYN, 1, 0, 0, true),
	ASK(fin_wait1_ack, &fin_wait1, ACK, 1, 2, 0, false),
	ASK(fin_wait1_ack_elsewhere, &fin_wait1, ACK, 2, 2, 0, true),
	ASK(fin_wait1_fin, &fin_wait1, FINACK, 1, 2, 0, false),
	ASK(fin_after_data_ack, &fin_after_data, ACK, 501, 2, 0, false),
	ASK(fin_after_data_old_ack, &fin_after_data, ACK, 1, 2, 0, true),
	ASK(adopted_fin_ack, &adopted_closes, ACK, 800, 701, 0, false),
	ASK(fin_wait1_rst, &fin_wait1, RST, 1, 0, 0, true),
	ASK(fin_wait1_no_ack, &fin_wait1, NONE, 1, 0, 0, false),
	ASK(fin_wait2_ack, &fin_wait2, ACK, 1, 2, 0, false),
	ASK(fin_wait2_data, &fin_wait2, ACK, 1, 2, 100, true),
	ASK(fin_wait2_fin, &fin_wait2, FINACK, 1, 2, 0, false),
	ASK(fin_wait2_fin_with_data, &fin_wait2, FINACK, 1, 2, 100, true),
	ASK(closing_ack, &closing, ACK, 2, 2, 0, false),
	ASK(closing_ack_elsewhere, &closing, ACK, 1, 2, 0, true),
	ASK(time_wait_ack, &time_wait, ACK, 2, 2, 0, true),
	ASK(time_wait_fin, &time_wait, FINACK, 1, 2, 0, true),
	ASK(time_wait_syn, &time_wait, SYN, 5000, 0, 0, true),
	ASK(close_wait_ack, &close_wait, ACK, 2, 1, 0, false),
	ASK(close_wait_ack_elsewhere, &close_wait, ACK, 7, 1, 0, false),
	ASK(close_wait_fin, &close_wait, FINACK, 1, 1, 0, true),
	ASK(last_ack_ack, &last_ack, ACK, 2, 2, 0, false),
	ASK(last_ack_ack_elsewhere, &last_ack, ACK, 3, 2, 0, true),
	ASK(last_ack_rst, &last_ack, RST, 2, 0, 0, true),
	/* what is known of the window ends where a FIN came early */
	ASK(early_fin_ack, &early_then_fin, ACK, 502, 2, 0, true),
	ASK(early_fin_taken_ack, &early_taken, ACK, 502, 2, 0, false),
	ASK(adopted_ack, &adopted, ACK, 0, 0, 0, true),
};

#endif /* _TCPWATCH_FSM_CASES_H */
