/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which cause must be found for what the kernel says and for each way in which
 * a mirror can be wrong, for KUnit and the userspace program.  Expectations
 * come from what the kernel does at each place that ends a connection:
 * tcp_reset(), tcp_write_err(), tcp_v4_err(), tcp_abort(), tcp_time_wait().
 */
#ifndef _TCPWATCH_VERDICT_CASES_H
#define _TCPWATCH_VERDICT_CASES_H

#include "../verdict.h"

/**
 * struct word_case - a word of the kernel's
 * @name: an identifier
 * @word: what it says
 * @want: enum tcpw_cause
 */
struct word_case {
	const char *name;
	struct tcpw_word word;
	u8 want;
};

#define W_ES TCPW_ST_ESTABLISHED
#define W_SS TCPW_ST_SYN_SENT
#define W_SR TCPW_ST_SYN_RECV
#define W_F1 TCPW_ST_FIN_WAIT1
#define W_F2 TCPW_ST_FIN_WAIT2
#define W_TW TCPW_ST_TIME_WAIT
#define W_CL TCPW_ST_CLOSE
#define W_CW TCPW_ST_CLOSE_WAIT
#define W_LA TCPW_ST_LAST_ACK
#define W_CG TCPW_ST_CLOSING

#define WORD(_old, _now, ...)						\
	{ .old = _old, .now = _now, __VA_ARGS__ }

static const struct word_case word_cases[] = {
	{ "connect", WORD(W_CL, W_SS), TCPW_CAUSE_APP },
	{ "close_queues_fin", WORD(W_ES, W_F1), TCPW_CAUSE_APP },
	{ "close_after_the_peer", WORD(W_CW, W_LA), TCPW_CAUSE_APP },
	{ "handshake_done", WORD(W_SS, W_ES, .softirq = true), TCPW_CAUSE_IN },
	{ "fin_taken", WORD(W_ES, W_CW, .softirq = true), TCPW_CAUSE_IN },
	{ "fin_taken_from_backlog", WORD(W_ES, W_CW), TCPW_CAUSE_IN },
	{ "fin_acked", WORD(W_F1, W_F2, .softirq = true), TCPW_CAUSE_IN },
	{ "fins_crossed", WORD(W_F1, W_CG, .softirq = true), TCPW_CAUSE_IN },
	{ "time_wait", WORD(W_F2, W_TW, .softirq = true, .armed = true),
	  TCPW_CAUSE_IN },
	{ "last_ack", WORD(W_LA, W_CL, .softirq = true), TCPW_CAUSE_IN },
	{ "reset",
	  WORD(W_ES, W_CL, .err = ECONNRESET, .softirq = true),
	  TCPW_CAUSE_IN },
	{ "reset_after_fin",
	  WORD(W_CW, W_CL, .err = EPIPE, .softirq = true),
	  TCPW_CAUSE_IN },
	{ "refused",
	  WORD(W_SS, W_CL, .err = ECONNREFUSED, .softirq = true),
	  TCPW_CAUSE_NETWORK },
	{ "no_route",
	  WORD(W_SS, W_CL, .err = EHOSTUNREACH, .softirq = true),
	  TCPW_CAUSE_NETWORK },
	{ "nobody_answers",
	  WORD(W_ES, W_CL, .err = ETIMEDOUT, .softirq = true),
	  TCPW_CAUSE_TIMER },
	{ "destroyed",
	  WORD(W_ES, W_CL, .err = ECONNABORTED),
	  TCPW_CAUSE_DESTROY },
	{ "aborted", WORD(W_ES, W_CL), TCPW_CAUSE_APP },
	{ "close_in_syn_sent", WORD(W_SS, W_CL), TCPW_CAUSE_APP },
	{ "linger2_negative", WORD(W_F2, W_CL), TCPW_CAUSE_APP },
	{ "fin_timeout", WORD(W_F2, W_CL, .softirq = true), TCPW_CAUSE_TIMER },
	{ "data_for_orphan", WORD(W_F2, W_CL, .softirq = true, .armed = true),
	  TCPW_CAUSE_DOUBT },
	{ "no_memory", WORD(W_ES, W_CL, .softirq = true), TCPW_CAUSE_MEMORY },
	{ "no_timewait_left", WORD(W_CG, W_CL, .softirq = true),
	  TCPW_CAUSE_MEMORY },
	{ "netns_gone",
	  WORD(W_LA, W_CL, .err = ETIMEDOUT, .softirq = true, .dying = true),
	  TCPW_CAUSE_NETNS },
};

/**
 * struct finding_case - a mirror that differs
 * @name: an identifier
 * @mirror: its state
 * @flags: %TCPW_CF_*
 * @snd_nxt: the mirror's, with @view.snd_una to tell what was taken
 * @rcv_nxt: the mirror's, with @view.rcv_nxt likewise
 * @view: the socket
 * @f: the rest; @f.conn and @f.view are filled by the test
 * @want: enum tcpw_cause
 */
struct finding_case {
	const char *name;
	u8 mirror;
	u16 flags;
	u32 snd_nxt;
	u32 rcv_nxt;
	struct tcpw_view view;
	struct tcpw_finding f;
	u8 want;
};

#define SAID(_truth, _word, _age, ...)					\
	{								\
		.truth = _truth, .kstate = _truth,			\
		.word = TCPW_CAUSE_##_word, .age = _age, __VA_ARGS__	\
	}
#define SILENT(_kstate, _truth, _age, ...)				\
	{								\
		.truth = _truth, .kstate = _kstate, .age = _age,	\
		__VA_ARGS__						\
	}
#define AHEAD(_truth, _ev, ...)						\
	{								\
		.truth = _truth, .kstate = _truth, .ahead = true,	\
		.ev = TCPW_EV_##_ev, __VA_ARGS__			\
	}
#define FULL(_state, _una, _rcv)					\
	{								\
		.kind = TCPW_VIEW_FULL, .state = _state,		\
		.snd_una = _una, .rcv_nxt = _rcv,			\
	}

static const struct finding_case finding_cases[] = {
	/* the kernel said it */
	{ "said_close_behind_data", W_ES, .f = SAID(W_F1, APP, 9000),
	  .want = TCPW_CAUSE_APP },
	{ "said_gave_up", W_SS, .f = SAID(W_CL, TIMER, 9000),
	  .want = TCPW_CAUSE_TIMER },
	{ "said_unreachable", W_SS, .f = SAID(W_CL, NETWORK, 9000),
	  .want = TCPW_CAUSE_NETWORK },
	{ "missed_rst_of_refusal", W_SS,
	  .f = SAID(W_CL, NETWORK, 9000, .ev = TCPW_EV_IN_RST),
	  .want = TCPW_CAUSE_IN },
	{ "missed_fin", W_ES, .f = SAID(W_CW, IN, 9000),
	  .want = TCPW_CAUSE_IN },
	{ "missed_rst", W_ES, .f = SAID(W_CL, IN, 9000),
	  .want = TCPW_CAUSE_IN },
	{ "fin_that_waited", W_ES, TCPW_CF_FIN_EARLY, .f = SAID(W_CW, IN, 9000),
	  .want = TCPW_CAUSE_DOUBT },
	{ "rst_in_doubt", W_ES, .f = SAID(W_CL, IN, 9000, .verify = true),
	  .want = TCPW_CAUSE_DOUBT },
	{ "no_timewait_made", W_TW, .f = SAID(W_CL, IN, 3),
	  .want = TCPW_CAUSE_MEMORY },
	{ "no_timewait_made_with_keepalive", W_TW, .f = SAID(W_CL, DOUBT, 3),
	  .want = TCPW_CAUSE_MEMORY },
	{ "doubt_is_no_memory_later", W_TW, .f = SAID(W_CL, DOUBT, 9000),
	  .want = TCPW_CAUSE_DOUBT },
	{ "data_for_an_orphan", W_F2, .f = SAID(W_CL, DOUBT, 3),
	  .want = TCPW_CAUSE_DOUBT },
	{ "no_timewait_for_orphan", W_F2, .f = SAID(W_CL, TIMER, 3),
	  .want = TCPW_CAUSE_MEMORY },
	{ "linger2_answers_rst", W_F2,
	  .f = SAID(W_CL, TIMER, 3, .verify = true),
	  .want = TCPW_CAUSE_DOUBT },
	{ "fin_timeout", W_F2, .f = SAID(W_CL, TIMER, 9000),
	  .want = TCPW_CAUSE_TIMER },
	/* it said nothing */
	{ "time_wait_over", W_TW, .f = SILENT(W_TW, W_CL, 61000),
	  .want = TCPW_CAUSE_TIMER },
	{ "time_wait_cut_short", W_TW, .f = SILENT(W_TW, W_CL, 59999),
	  .want = TCPW_CAUSE_DESTROY },
	{ "time_wait_hinted", W_TW,
	  .f = SILENT(W_TW, W_CL, 9000, .word = TCPW_CAUSE_TIMER),
	  .want = TCPW_CAUSE_TIMER },
	{ "time_wait_hinted_by_a_segment", W_TW,
	  .f = SILENT(W_TW, W_CL, 9000, .word = TCPW_CAUSE_DOUBT),
	  .want = TCPW_CAUSE_DOUBT },
	{ "time_wait_by_a_segment", W_TW,
	  .f = SILENT(W_TW, W_CL, 9000, .verify = true),
	  .want = TCPW_CAUSE_DOUBT },
	{ "synack_gave_up", W_SR, .f = SILENT(W_SR, W_CL, 9000),
	  .want = TCPW_CAUSE_TIMER },
	{ "orphan_gave_up", W_F2, .f = SILENT(W_F2, W_CL, 9000),
	  .want = TCPW_CAUSE_TIMER },
	{ "missed_fin_of_orphan", W_F2, .f = SILENT(W_F2, W_TW, 9000),
	  .want = TCPW_CAUSE_IN },
	{ "missed_close", W_ES, .f = SILENT(W_ES, W_F1, 9000),
	  .want = TCPW_CAUSE_APP },
	{ "twin_lives", W_CL, .f = SILENT(W_CL, W_SR, 9000),
	  .want = TCPW_CAUSE_REUSE },
	{ "vanished", W_ES, .f = SILENT(W_ES, W_CL, 9000),
	  .want = TCPW_CAUSE_UNKNOWN },
	/* the mirror went ahead */
	{ "ack_held_back", W_ES, .view = { .kind = TCPW_VIEW_REQ },
	  .f = AHEAD(W_SR, IN_ACK_SYN), .want = TCPW_CAUSE_DEFER },
	{ "fin_not_taken", W_CW, .rcv_nxt = 101, .view = FULL(W_ES, 0, 100),
	  .f = AHEAD(W_ES, IN_FIN), .want = TCPW_CAUSE_REFUSE },
	{ "fin_taken_but_no_move", W_CW, .rcv_nxt = 101,
	  .view = FULL(W_ES, 0, 101), .f = AHEAD(W_ES, IN_FIN),
	  .want = TCPW_CAUSE_IN },
	{ "fin_taken_across_wrap", W_CW, .rcv_nxt = 0xffffffff,
	  .view = FULL(W_ES, 0, 5), .f = AHEAD(W_ES, IN_FIN),
	  .want = TCPW_CAUSE_IN },
	{ "ack_not_taken", W_F2, .snd_nxt = 51, .view = FULL(W_F1, 50, 0),
	  .f = AHEAD(W_F1, IN_ACK_FIN), .want = TCPW_CAUSE_REFUSE },
	{ "ack_taken_but_no_move", W_F2, .snd_nxt = 51,
	  .view = FULL(W_F1, 51, 0), .f = AHEAD(W_F1, IN_ACK_FIN),
	  .want = TCPW_CAUSE_IN },
	{ "rst_not_taken", W_CL, .view = FULL(W_ES, 0, 0),
	  .f = AHEAD(W_ES, IN_RST), .want = TCPW_CAUSE_REFUSE },
	{ "sent_fin_not_meant", W_F1, .view = FULL(W_ES, 0, 0),
	  .f = AHEAD(W_ES, OUT_FIN), .want = TCPW_CAUSE_OUT },
	{ "handshake_answered_by_rst", W_ES,
	  .f = AHEAD(W_CL, IN_ACK_SYN, .verify = true),
	  .want = TCPW_CAUSE_DOUBT },
	{ "gone_with_no_trace", W_ES, .f = AHEAD(W_CL, IN_ACK_SYN),
	  .want = TCPW_CAUSE_UNKNOWN },
};

/**
 * struct seed_case - a connection that is under way
 * @name: an identifier
 * @state: the state it is in
 * @view: its socket
 * @want: the mirror
 */
struct seed_case {
	const char *name;
	u8 state;
	struct tcpw_view view;
	struct tcpw_conn want;
};

#define SEEN(_kind)							\
	{								\
		.kind = TCPW_VIEW_##_kind, .snd_una = 10,		\
		.snd_nxt = 20, .snd_end = 20, .rcv_nxt = 70, .irs = 60,	\
	}

static const struct seed_case seed_cases[] = {
	{ "syn_sent", W_SS, SEEN(FULL),
	  { .state = W_SS, .flags = TCPW_CF_ACTIVE | TCPW_CF_ISN_OUT,
	    .isn_out = 10, .snd_nxt = 11 } },
	{ "syn_recv", W_SR, SEEN(REQ),
	  { .state = W_SR, .isn_out = 10, .snd_nxt = 11, .isn_in = 60,
	    .rcv_nxt = 70,
	    .flags = TCPW_CF_SYNACK_OUT | TCPW_CF_ISN_OUT | TCPW_CF_ISN_IN |
		     TCPW_CF_RCV_NXT } },
	{ "fast_open_child", W_SR, SEEN(FULL),
	  { .state = W_SR, .isn_out = 10, .snd_nxt = 11, .rcv_nxt = 70,
	    .flags = TCPW_CF_SYNACK_OUT | TCPW_CF_ISN_OUT |
		     TCPW_CF_RCV_NXT } },
	{ "established", W_ES, SEEN(FULL), { .state = W_ES } },
	{ "close_wait", W_CW, SEEN(FULL),
	  { .state = W_CW, .rcv_nxt = 70,
	    .flags = TCPW_CF_FIN_IN | TCPW_CF_RCV_NXT } },
	{ "fin_wait_1", W_F1, SEEN(FULL),
	  { .state = W_F1, .snd_nxt = 20, .flags = TCPW_CF_FIN_OUT } },
	{ "fin_wait_2", W_F2, SEEN(TW),
	  { .state = W_F2, .snd_nxt = 20, .flags = TCPW_CF_FIN_OUT } },
	{ "time_wait", W_TW, SEEN(TW),
	  { .state = W_TW, .snd_nxt = 20, .rcv_nxt = 70,
	    .flags = TCPW_CF_FIN_OUT | TCPW_CF_FIN_IN | TCPW_CF_RCV_NXT } },
	{ "last_ack", W_LA, SEEN(FULL),
	  { .state = W_LA, .snd_nxt = 20, .rcv_nxt = 70,
	    .flags = TCPW_CF_FIN_OUT | TCPW_CF_FIN_IN | TCPW_CF_RCV_NXT } },
	{ "fin_behind_data", W_LA,
	  { .kind = TCPW_VIEW_FULL, .snd_nxt = 20, .snd_end = 30,
	    .rcv_nxt = 70 },
	  { .state = W_LA, .snd_nxt = 20, .rcv_nxt = 70,
	    .flags = TCPW_CF_FIN_IN | TCPW_CF_RCV_NXT } },
	{ "no_socket", W_ES, {}, { .state = W_ES } },
};

static inline u8 finding_cause(const struct finding_case *cs)
{
	const struct tcpw_conn conn = {
		.state = cs->mirror,
		.flags = cs->flags,
		.snd_nxt = cs->snd_nxt,
		.rcv_nxt = cs->rcv_nxt,
	};
	struct tcpw_finding f = cs->f;

	f.conn = &conn;
	f.view = &cs->view;
	return tcpw_cause_of_finding(&f);
}

static inline bool seeds_right(const struct seed_case *cs)
{
	const struct tcpw_conn *w = &cs->want;
	struct tcpw_conn c;

	tcpw_fsm_seed(&c, &cs->view, cs->state);
	return c.state == w->state && c.flags == w->flags &&
	       c.isn_out == w->isn_out && c.isn_in == w->isn_in &&
	       c.snd_nxt == w->snd_nxt && c.rcv_nxt == w->rcv_nxt;
}

#endif /* _TCPWATCH_VERDICT_CASES_H */
