/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which cause must be found for what the kernel says and for each way in which
 * a mirror can be wrong, for KUnit and the userspace program.  Expectations
 * come from what the kernel does at each place that ends a connection:
 * tcp_reset(), tcp_write_err(), tcp_v4_err(), tcp_abort(), tcp_time_wait().
 */
#ifndef _TCPWATCH_VERDICT_CASES_H
#define _TCPWATCH_VERDICT_CASES_H

#include "core/verdict.h"

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
	{ "close_queues_fin", WORD(W_ES, W_F1, .owned = true), TCPW_CAUSE_APP },
	{ "close_after_the_peer", WORD(W_CW, W_LA, .owned = true),
	  TCPW_CAUSE_APP },
	{ "handshake_done", WORD(W_SS, W_ES), TCPW_CAUSE_IN },
	{ "fin_taken", WORD(W_ES, W_CW), TCPW_CAUSE_IN },
	{ "fin_taken_from_backlog", WORD(W_ES, W_CW, .owned = true),
	  TCPW_CAUSE_IN },
	{ "fin_acked", WORD(W_F1, W_F2), TCPW_CAUSE_IN },
	{ "fins_crossed", WORD(W_F1, W_CG), TCPW_CAUSE_IN },
	{ "time_wait", WORD(W_F2, W_TW), TCPW_CAUSE_IN },
	{ "last_ack", WORD(W_LA, W_CL), TCPW_CAUSE_IN },
	{ "last_ack_from_backlog",
	  WORD(W_LA, W_CL, .owned = true, .backlog = true), TCPW_CAUSE_IN },
	{ "aborted_in_last_ack", WORD(W_LA, W_CL, .owned = true),
	  TCPW_CAUSE_APP },
	{ "reset", WORD(W_ES, W_CL, .err = ECONNRESET), TCPW_CAUSE_IN },
	{ "reset_shut_for_reading",
	  WORD(W_ES, W_CL, .err = ECONNRESET, .closed = true), TCPW_CAUSE_IN },
	{ "reset_after_fin",
	  WORD(W_CW, W_CL, .err = EPIPE, .closed = true), TCPW_CAUSE_IN },
	{ "reset_or_data_after_close",
	  WORD(W_F2, W_CL, .err = ECONNRESET, .closed = true),
	  TCPW_CAUSE_AFTER_CLOSE },
	{ "reset_of_half_close", WORD(W_F2, W_CL, .err = ECONNRESET),
	  TCPW_CAUSE_IN },
	{ "refused", WORD(W_SS, W_CL, .err = ECONNREFUSED),
	  TCPW_CAUSE_NETWORK },
	{ "no_route", WORD(W_SS, W_CL, .err = EHOSTUNREACH),
	  TCPW_CAUSE_NETWORK },
	{ "nobody_answers", WORD(W_ES, W_CL, .err = ETIMEDOUT),
	  TCPW_CAUSE_TIMER },
	{ "destroyed", WORD(W_ES, W_CL, .err = ECONNABORTED, .owned = true),
	  TCPW_CAUSE_DESTROY },
	{ "aborted", WORD(W_ES, W_CL, .owned = true), TCPW_CAUSE_APP },
	{ "listener_closed", WORD(W_ES, W_CL), TCPW_CAUSE_APP },
	{ "close_in_syn_sent", WORD(W_SS, W_CL, .owned = true),
	  TCPW_CAUSE_APP },
	{ "linger2_negative", WORD(W_F2, W_CL, .owned = true),
	  TCPW_CAUSE_APP },
	{ "fin_timeout", WORD(W_F2, W_CL, .timer = true), TCPW_CAUSE_TIMER },
	{ "data_for_orphan", WORD(W_F2, W_CL), TCPW_CAUSE_AFTER_CLOSE },
	{ "no_memory_or_orphans", WORD(W_F1, W_CL), TCPW_CAUSE_UNKNOWN },
	{ "no_timewait_left", WORD(W_CG, W_CL, .overflow = true),
	  TCPW_CAUSE_MEMORY },
	{ "no_timewait_left_for_orphan", WORD(W_F2, W_CL, .overflow = true),
	  TCPW_CAUSE_MEMORY },
	{ "netns_gone", WORD(W_LA, W_CL, .err = ETIMEDOUT, .dying = true),
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
 * @refused: enum tcpw_ev of a step that the kernel did not make; or 0:
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
	u8 refused;
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
	{ "said_unreachable_and_owner_asked", W_SS,
	  .f = SAID(W_CL, APP, 9000, .unreachable = true),
	  .want = TCPW_CAUSE_NETWORK },
	{ "missed_rst_of_refusal", W_SS,
	  .f = SAID(W_CL, NETWORK, 9000, .ev = TCPW_EV_IN_RST),
	  .want = TCPW_CAUSE_IN },
	{ "missed_fin", W_ES, .f = SAID(W_CW, IN, 9000),
	  .want = TCPW_CAUSE_IN },
	{ "missed_rst", W_ES, .f = SAID(W_CL, IN, 9000),
	  .want = TCPW_CAUSE_IN },
	{ "translated_fin", W_ES,
	  .f = SAID(W_CW, IN, 9000, .ev = TCPW_EV_IN_TRANSLATED),
	  .want = TCPW_CAUSE_TRANSLATED },
	{ "no_timewait_made", W_F2, TCPW_CF_FIN_EARLY,
	  .f = SAID(W_CL, MEMORY, 3), .want = TCPW_CAUSE_MEMORY },
	{ "data_for_an_orphan", W_F2, .f = SAID(W_CL, AFTER_CLOSE, 3),
	  .want = TCPW_CAUSE_AFTER_CLOSE },
	{ "data_with_the_ack_of_our_fin", W_F2, .f = SAID(W_CL, TIMER, 3),
	  .want = TCPW_CAUSE_AFTER_CLOSE },
	{ "too_many_orphans", W_F1,
	  .f = SAID(W_CL, UNKNOWN, 3, .starved = true),
	  .want = TCPW_CAUSE_MEMORY },
	{ "too_many_orphans_in_last_ack", W_LA,
	  .f = SAID(W_CL, IN, 3, .starved = true), .want = TCPW_CAUSE_MEMORY },
	{ "not_too_many_orphans", W_F1, .f = SAID(W_CL, UNKNOWN, 3),
	  .want = TCPW_CAUSE_UNKNOWN },
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
	{ "time_wait_gave_way_to_a_syn", W_TW,
	  .f = SILENT(W_TW, W_CL, 9000, .verify = true, .ev = TCPW_EV_IN_SYN),
	  .want = TCPW_CAUSE_REUSE },
	{ "time_wait_did_not_give_way_to_a_syn", W_TW,
	  .f = SILENT(W_TW, W_CL, 9000, .word = TCPW_CAUSE_DESTROY,
		      .verify = true, .ev = TCPW_EV_IN_SYN),
	  .want = TCPW_CAUSE_DESTROY },
	{ "translated_rst", W_F2,
	  .f = SILENT(W_F2, W_CL, 9000, .verify = true,
		      .ev = TCPW_EV_IN_TRANSLATED),
	  .want = TCPW_CAUSE_TRANSLATED },
	{ "icmp_for_a_request", W_SR,
	  .f = SILENT(W_SR, W_CL, 9000, .word = TCPW_CAUSE_NETWORK),
	  .want = TCPW_CAUSE_NETWORK },
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
	/* the kernel did not follow */
	{ "ack_held_back", W_ES,
	  .view = { .kind = TCPW_VIEW_REQ, .acked = true },
	  .refused = TCPW_EV_IN_ACK_SYN, .want = TCPW_CAUSE_DEFER },
	{ "ack_refused_by_request", W_ES, .view = { .kind = TCPW_VIEW_REQ },
	  .refused = TCPW_EV_IN_ACK_SYN, .want = TCPW_CAUSE_REFUSE },
	{ "fin_not_taken", W_CW, .view = FULL(W_ES, 0, 100),
	  .refused = TCPW_EV_IN_FIN, .want = TCPW_CAUSE_REFUSE },
	{ "gone_before_it_was_taken", W_ES, .refused = TCPW_EV_IN_ACK_SYN,
	  .want = TCPW_CAUSE_REFUSE },
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
	    .isn_out = 10, .snd_nxt = 20 } },
	{ "syn_waits_for_data", W_SS,
	  { .kind = TCPW_VIEW_FULL, .snd_end = 10 },
	  { .state = W_SS, .flags = TCPW_CF_ACTIVE } },
	{ "syn_recv", W_SR, SEEN(REQ),
	  { .state = W_SR, .isn_out = 10, .snd_nxt = 20, .isn_in = 60,
	    .rcv_nxt = 70,
	    .flags = TCPW_CF_SYNACK_OUT | TCPW_CF_ISN_OUT | TCPW_CF_ISN_IN |
		     TCPW_CF_RCV_NXT } },
	{ "fast_open_child", W_SR, SEEN(FULL),
	  { .state = W_SR, .isn_out = 10, .snd_nxt = 20, .rcv_nxt = 70,
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

	if (cs->refused)
		return tcpw_cause_of_refusal(&cs->view);
	f.conn = &conn;
	f.view = &cs->view;
	return tcpw_cause_of_finding(&f);
}

/* What leaves next is its SYN, the first one only where none was sent. */
static inline bool syn_follows(const struct tcpw_conn *seeded)
{
	const struct tcpw_view sock = { .kind = TCPW_VIEW_FULL };
	const struct tcpw_seg syn = {
		.seq = 10, .len = 5, .flags = TCPW_SYN, .dir = TCPW_OUT,
	};
	struct tcpw_conn c = *seeded;
	bool again = c.flags & TCPW_CF_ISN_OUT;
	struct tcpw_fx fx;

	if (!tcpw_fsm_is_own(&c, &syn))
		return false;
	tcpw_fsm_step(&c, &syn, &sock, &fx);
	return c.state == W_SS && c.isn_out == 10 &&
	       c.snd_nxt == (again ? 20 : 16) && c.syn_rtx == again;
}

static inline bool seeds_right(const struct seed_case *cs)
{
	const struct tcpw_conn *w = &cs->want;
	struct tcpw_conn c;

	tcpw_fsm_seed(&c, &cs->view, cs->state);
	if (cs->state == W_SS && !syn_follows(&c))
		return false;
	return c.state == w->state && c.flags == w->flags &&
	       c.isn_out == w->isn_out && c.isn_in == w->isn_in &&
	       c.snd_nxt == w->snd_nxt && c.rcv_nxt == w->rcv_nxt;
}

#endif /* _TCPWATCH_VERDICT_CASES_H */
