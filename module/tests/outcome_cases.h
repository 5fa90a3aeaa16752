/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What transitions and late segments must be called, for KUnit and the
 * userspace program.  The late segments follow tcp_timewait_state_process(),
 * check by check.
 */
#ifndef _TCPWATCH_OUTCOME_CASES_H
#define _TCPWATCH_OUTCOME_CASES_H

#include "core/outcome.h"

/**
 * struct step_case - a transition
 * @name: an identifier
 * @step: the transition
 * @cause: enum tcpw_cause
 * @flags: of the connection after it
 * @fail: what of a handshake must have ended
 * @close: what of a connection
 * @end: what of a TIME-WAIT
 * @fin2: what of a FIN-WAIT-2 without a full socket
 * @denied: it did not get a timewait socket
 */
struct step_case {
	const char *name;
	struct tcpw_step step;
	u8 cause;
	u16 flags;
	u8 fail;
	u8 close;
	u8 end;
	u8 fin2;
	bool denied;
};

#define STEP(_from, _to, _ev) \
	{ TCPW_ST_##_from, TCPW_ST_##_to, TCPW_EV_##_ev }

static const struct step_case step_cases[] = {
	/* handshakes */
	{ "refused", STEP(SYN_SENT, CLOSE, IN_RST), .cause = TCPW_CAUSE_IN,
	  .fail = TCPW_FAIL_REFUSED },
	{ "reset_in_syn_recv", STEP(SYN_RECV, CLOSE, IN_RST),
	  .cause = TCPW_CAUSE_IN,
	  .fail = TCPW_FAIL_RESET },
	{ "connect_timed_out", STEP(SYN_SENT, CLOSE, NONE),
	  .cause = TCPW_CAUSE_TIMER,
	  .fail = TCPW_FAIL_TIMEOUT },
	{ "request_timed_out", STEP(SYN_RECV, CLOSE, NONE),
	  .cause = TCPW_CAUSE_TIMER,
	  .fail = TCPW_FAIL_TIMEOUT },
	{ "unreachable", STEP(SYN_SENT, CLOSE, NONE),
	  .cause = TCPW_CAUSE_NETWORK,
	  .fail = TCPW_FAIL_UNREACHABLE },
	{ "cancelled", STEP(SYN_SENT, CLOSE, NONE), .cause = TCPW_CAUSE_APP,
	  .fail = TCPW_FAIL_CANCELLED },
	{ "cancelled_with_rst", STEP(SYN_RECV, CLOSE, OUT_RST),
	  .cause = TCPW_CAUSE_OUT,
	  .fail = TCPW_FAIL_CANCELLED },
	{ "connect_destroyed", STEP(SYN_SENT, CLOSE, NONE),
	  .cause = TCPW_CAUSE_DESTROY,
	  .fail = TCPW_FAIL_DESTROYED },
	{ "connect_netns", STEP(SYN_SENT, CLOSE, NONE),
	  .cause = TCPW_CAUSE_NETNS,
	  .fail = TCPW_FAIL_NETNS },
	{ "request_reset_unseen", STEP(SYN_RECV, CLOSE, NONE),
	  .cause = TCPW_CAUSE_IN,
	  .fail = TCPW_FAIL_RESET },
	{ "request_unknown", STEP(SYN_RECV, CLOSE, NONE),
	  .cause = TCPW_CAUSE_UNKNOWN,
	  .fail = TCPW_FAIL_OTHER },
	{ "handshake_done", STEP(SYN_SENT, ESTABLISHED, IN_SYNACK),
	  .cause = TCPW_CAUSE_IN },
	/* closes */
	{ "active", STEP(FIN_WAIT2, TIME_WAIT, IN_FIN),
	  .cause = TCPW_CAUSE_IN },
	{ "active_at_once", STEP(FIN_WAIT1, TIME_WAIT, NONE),
	  .cause = TCPW_CAUSE_IN },
	{ "simultaneous", STEP(CLOSING, TIME_WAIT, IN_ACK_FIN),
	  .cause = TCPW_CAUSE_IN },
	{ "passive", STEP(LAST_ACK, CLOSE, IN_ACK_FIN), .cause = TCPW_CAUSE_IN,
	  .close = TCPW_CLOSE_PASSIVE },
	{ "passive_unseen", STEP(LAST_ACK, CLOSE, NONE), .cause = TCPW_CAUSE_IN,
	  .close = TCPW_CLOSE_PASSIVE },
	{ "rst_in", STEP(ESTABLISHED, CLOSE, IN_RST), .cause = TCPW_CAUSE_IN,
	  .close = TCPW_CLOSE_RST_IN },
	{ "rst_in_last_ack", STEP(LAST_ACK, CLOSE, IN_RST),
	  .cause = TCPW_CAUSE_IN,
	  .close = TCPW_CLOSE_RST_IN },
	{ "rst_out", STEP(ESTABLISHED, CLOSE, OUT_RST), .cause = TCPW_CAUSE_OUT,
	  .flags = TCPW_CF_RST_OUT, .close = TCPW_CLOSE_RST_OUT },
	{ "unread", STEP(CLOSE_WAIT, CLOSE, OUT_RST), .cause = TCPW_CAUSE_OUT,
	  .flags = TCPW_CF_RST_OUT | TCPW_CF_UNREAD,
	  .close = TCPW_CLOSE_UNREAD },
	{ "gave_up", STEP(ESTABLISHED, CLOSE, NONE), .cause = TCPW_CAUSE_TIMER,
	  .close = TCPW_CLOSE_TIMEOUT },
	{ "keepalive_gave_up", STEP(ESTABLISHED, CLOSE, NONE),
	  .cause = TCPW_CAUSE_TIMER, .flags = TCPW_CF_RST_OUT,
	  .close = TCPW_CLOSE_TIMEOUT },
	{ "orphan_gave_up", STEP(FIN_WAIT2, CLOSE, NONE),
	  .cause = TCPW_CAUSE_TIMER,
	  .close = TCPW_CLOSE_TIMEOUT,
	  .fin2 = TCPW_TW_EXPIRED },
	{ "gave_up_by_icmp", STEP(ESTABLISHED, CLOSE, NONE),
	  .cause = TCPW_CAUSE_NETWORK, .close = TCPW_CLOSE_TIMEOUT },
	{ "destroyed", STEP(ESTABLISHED, CLOSE, NONE),
	  .cause = TCPW_CAUSE_DESTROY,
	  .flags = TCPW_CF_RST_OUT, .close = TCPW_CLOSE_DESTROYED },
	{ "netns", STEP(ESTABLISHED, CLOSE, NONE), .cause = TCPW_CAUSE_NETNS,
	  .close = TCPW_CLOSE_NETNS },
	{ "data_for_an_orphan", STEP(FIN_WAIT2, CLOSE, NONE),
	  .cause = TCPW_CAUSE_AFTER_CLOSE, .close = TCPW_CLOSE_RST_OUT,
	  .fin2 = TCPW_TW_DATA },
	{ "data_for_a_small_orphan", STEP(FIN_WAIT2, CLOSE, IN_AFTER_CLOSE),
	  .cause = TCPW_CAUSE_IN, .close = TCPW_CLOSE_RST_OUT,
	  .fin2 = TCPW_TW_DATA },
	{ "aborted_unseen", STEP(ESTABLISHED, CLOSE, NONE),
	  .cause = TCPW_CAUSE_APP, .close = TCPW_CLOSE_RST_OUT },
	{ "unread_unseen", STEP(CLOSE_WAIT, CLOSE, NONE),
	  .cause = TCPW_CAUSE_APP, .flags = TCPW_CF_UNREAD,
	  .close = TCPW_CLOSE_UNREAD },
	{ "too_many_orphans", STEP(FIN_WAIT1, CLOSE, NONE),
	  .cause = TCPW_CAUSE_MEMORY, .close = TCPW_CLOSE_RST_OUT },
	{ "too_many_orphans_after_the_peer", STEP(LAST_ACK, CLOSE, NONE),
	  .cause = TCPW_CAUSE_MEMORY, .close = TCPW_CLOSE_RST_OUT },
	{ "disconnected", STEP(CLOSING, CLOSE, NONE), .cause = TCPW_CAUSE_APP,
	  .close = TCPW_CLOSE_OTHER },
	{ "half_closed", STEP(ESTABLISHED, FIN_WAIT1, OUT_FIN),
	  .cause = TCPW_CAUSE_OUT },
	/* FIN-WAIT-2 without a full socket */
	{ "fin2_reset", STEP(FIN_WAIT2, CLOSE, IN_RST), .cause = TCPW_CAUSE_IN,
	  .close = TCPW_CLOSE_RST_IN, .fin2 = TCPW_TW_RST },
	{ "fin2_destroyed", STEP(FIN_WAIT2, CLOSE, NONE),
	  .cause = TCPW_CAUSE_DESTROY, .close = TCPW_CLOSE_DESTROYED,
	  .fin2 = TCPW_TW_DESTROYED },
	{ "fin2_data_seen", STEP(FIN_WAIT2, CLOSE, OUT_RST),
	  .cause = TCPW_CAUSE_OUT, .close = TCPW_CLOSE_RST_OUT,
	  .fin2 = TCPW_TW_DATA },
	{ "fin2_unknown", STEP(FIN_WAIT2, CLOSE, NONE),
	  .cause = TCPW_CAUSE_UNKNOWN, .close = TCPW_CLOSE_OTHER,
	  .fin2 = TCPW_TW_OTHER },
	/* TIME-WAIT */
	{ "expired", STEP(TIME_WAIT, CLOSE, NONE), .cause = TCPW_CAUSE_TIMER,
	  .end = TCPW_TW_EXPIRED },
	{ "reused", STEP(TIME_WAIT, SYN_SENT, OUT_SYN),
	  .cause = TCPW_CAUSE_REUSE,
	  .end = TCPW_TW_REUSED },
	{ "reopened", STEP(TIME_WAIT, SYN_RECV, OUT_SYNACK),
	  .cause = TCPW_CAUSE_REUSE,
	  .end = TCPW_TW_REOPENED },
	{ "reopened_in_vain", STEP(TIME_WAIT, CLOSE, NONE),
	  .cause = TCPW_CAUSE_REUSE,
	  .end = TCPW_TW_REOPENED },
	{ "assassinated", STEP(TIME_WAIT, CLOSE, IN_RST),
	  .cause = TCPW_CAUSE_IN,
	  .end = TCPW_TW_RST },
	{ "tw_destroyed", STEP(TIME_WAIT, CLOSE, NONE),
	  .cause = TCPW_CAUSE_DESTROY,
	  .end = TCPW_TW_DESTROYED },
	{ "tw_netns", STEP(TIME_WAIT, CLOSE, NONE), .cause = TCPW_CAUSE_NETNS,
	  .end = TCPW_TW_NETNS },
	{ "no_bucket", STEP(TIME_WAIT, CLOSE, NONE), .cause = TCPW_CAUSE_MEMORY,
	  .end = TCPW_TW_NOT_CREATED },
	{ "no_bucket_known", STEP(FIN_WAIT2, CLOSE, NONE),
	  .cause = TCPW_CAUSE_MEMORY, .flags = TCPW_CF_FIN_EARLY,
	  .close = TCPW_CLOSE_ACTIVE, .end = TCPW_TW_NOT_CREATED,
	  .fin2 = TCPW_TW_NOT_CREATED },
	{ "no_bucket_for_fin2", STEP(FIN_WAIT2, CLOSE, NONE),
	  .cause = TCPW_CAUSE_MEMORY, .close = TCPW_CLOSE_RST_OUT,
	  .fin2 = TCPW_TW_NOT_CREATED, .denied = true },
	{ "no_bucket_crossed", STEP(CLOSING, CLOSE, NONE),
	  .cause = TCPW_CAUSE_MEMORY,
	  .close = TCPW_CLOSE_SIMULTANEOUS, .end = TCPW_TW_NOT_CREATED },
	{ "tw_unknown", STEP(TIME_WAIT, CLOSE, NONE),
	  .cause = TCPW_CAUSE_UNKNOWN,
	  .end = TCPW_TW_OTHER },
	{ "tw_taken_back", STEP(TIME_WAIT, FIN_WAIT2, NONE),
	  .cause = TCPW_CAUSE_REFUSE },
};

static inline const char *step_case_fault(const struct step_case *cs)
{
	const struct tcpw_conn conn = {
		.state = cs->step.to,
		.flags = cs->flags,
	};
	u8 close = cs->close;

	if (cs->step.to == TCPW_ST_TIME_WAIT)
		close = cs->step.from == TCPW_ST_CLOSING
				? TCPW_CLOSE_SIMULTANEOUS
				: TCPW_CLOSE_ACTIVE;
	if (tcpw_fail_of(&cs->step, cs->cause) != cs->fail)
		return "failed handshake";
	if (tcpw_close_of(&conn, &cs->step, cs->cause) != close)
		return "close";
	if (tcpw_tw_end_of(&conn, &cs->step, cs->cause) != cs->end)
		return "end of TIME-WAIT";
	if (tcpw_fin2_denied(&conn, &cs->step, cs->cause) != cs->denied)
		return "FIN-WAIT-2 denied";
	if (tcpw_fin2_end_of(&cs->step, cs->cause) != cs->fin2)
		return "end of FIN-WAIT-2";
	return NULL;
}

/**
 * struct late_case - a segment for a timewait socket that expects 1000, with
 *		      a window of 100 and 500 as the peer's last timestamp
 * @name: an identifier
 * @seg: the segment
 * @fin_wait2: it is in FIN-WAIT-2
 * @rfc1337: net.ipv4.tcp_rfc1337
 * @deaf: nobody listens at its port
 * @no_ts: the timewait socket does not compare timestamps
 * @age: of that timestamp, s
 * @what: enum tcpw_late
 * @restarts: TIME-WAIT must begin anew
 */
struct late_case {
	const char *name;
	struct tcpw_seg seg;
	bool fin_wait2;
	bool rfc1337;
	bool deaf;
	bool no_ts;
	u32 age;
	u8 what;
	bool restarts;
};

#define LATE_SEG(_flags, _seq, _len, ...) \
	{ .dir = TCPW_IN, .flags = (_flags), .seq = (_seq), .len = (_len), \
	  ##__VA_ARGS__ }
#define OLD_TS .ts = true, .tsval = 499
#define NEW_TS .ts = true, .tsval = 501

static const struct late_case late_cases[] = {
	{ "fin_again", .seg = LATE_SEG(TCPW_FIN | TCPW_ACK, 999, 0),
	  .what = TCPW_LATE_FIN, .restarts = true },
	{ "fin_with_data_again", .seg = LATE_SEG(TCPW_FIN | TCPW_ACK, 900, 99),
	  .what = TCPW_LATE_FIN, .restarts = true },
	{ "old_data", .seg = LATE_SEG(TCPW_ACK, 900, 50),
	  .what = TCPW_LATE_DATA,
	  .restarts = true },
	{ "bare_ack", .seg = LATE_SEG(TCPW_ACK, 1000, 0), .what = TCPW_LATE_ACK,
	  .restarts = true },
	{ "bare_without_ack", .seg = LATE_SEG(0, 1000, 0),
	  .what = TCPW_LATE_ACK,
	  .restarts = true },
	{ "new_data", .seg = LATE_SEG(TCPW_ACK, 1000, 5), .what = TCPW_LATE_OOW,
	  .restarts = true },
	{ "beyond_the_window", .seg = LATE_SEG(TCPW_ACK, 5000, 0),
	  .what = TCPW_LATE_OOW, .restarts = true },
	{ "old_bare_ack", .seg = LATE_SEG(TCPW_ACK, 990, 0),
	  .what = TCPW_LATE_OOW,
	  .restarts = true },
	{ "data_without_ack", .seg = LATE_SEG(0, 900, 50),
	  .what = TCPW_LATE_DATA },
	{ "old_timestamp", .seg = LATE_SEG(TCPW_ACK, 1000, 0, OLD_TS),
	  .what = TCPW_LATE_PAWS, .restarts = true },
	{ "old_timestamp_long_ago", .seg = LATE_SEG(TCPW_ACK, 1000, 0, OLD_TS),
	  .age = 60 * 60 * 24 * 24, .what = TCPW_LATE_ACK, .restarts = true },
	{ "new_timestamp", .seg = LATE_SEG(TCPW_ACK, 1000, 0, NEW_TS),
	  .what = TCPW_LATE_ACK, .restarts = true },
	{ "syn_paws", .seg = LATE_SEG(TCPW_SYN, 2000, 0, OLD_TS),
	  .what = TCPW_LATE_PAWS, .restarts = true },
	{ "syn_that_opens", .seg = LATE_SEG(TCPW_SYN, 1001, 0) },
	{ "syn_that_opens_by_timestamp",
	  .seg = LATE_SEG(TCPW_SYN, 10, 0, NEW_TS) },
	{ "syn_that_nobody_takes", .seg = LATE_SEG(TCPW_SYN, 1001, 0),
	  .deaf = true,
	  .what = TCPW_LATE_SYN },
	{ "old_syn_new_timestamp_unasked",
	  .seg = LATE_SEG(TCPW_SYN, 10, 0, NEW_TS), .no_ts = true,
	  .what = TCPW_LATE_SYN },
	{ "beyond_all", .seg = LATE_SEG(TCPW_FIN | TCPW_ACK, 990, 50),
	  .what = TCPW_LATE_OOW, .restarts = true },
	{ "old_syn", .seg = LATE_SEG(TCPW_SYN, 1000, 0),
	  .what = TCPW_LATE_SYN },
	{ "syn_ack", .seg = LATE_SEG(TCPW_SYN | TCPW_ACK, 2000, 0),
	  .what = TCPW_LATE_SYN, .restarts = true },
	{ "rst_that_kills", .seg = LATE_SEG(TCPW_RST, 1000, 0) },
	{ "rst_with_rfc1337", .seg = LATE_SEG(TCPW_RST, 1000, 0),
	  .rfc1337 = true,
	  .what = TCPW_LATE_RST },
	{ "rst_elsewhere", .seg = LATE_SEG(TCPW_RST, 1001, 0),
	  .what = TCPW_LATE_RST },
	{ "rst_paws", .seg = LATE_SEG(TCPW_RST, 1000, 0, OLD_TS),
	  .what = TCPW_LATE_RST },
	{ "rst_paws_no_more", .seg = LATE_SEG(TCPW_RST, 1000, 0, OLD_TS),
	  .age = 60 },
	{ "fw2_fin", .seg = LATE_SEG(TCPW_FIN | TCPW_ACK, 1000, 0),
	  .fin_wait2 = true },
	{ "fw2_data", .seg = LATE_SEG(TCPW_ACK, 1000, 10), .fin_wait2 = true },
	{ "fw2_ack", .seg = LATE_SEG(TCPW_ACK, 1000, 0), .fin_wait2 = true,
	  .what = TCPW_LATE_ACK },
	{ "fw2_old_data", .seg = LATE_SEG(TCPW_ACK, 900, 50), .fin_wait2 = true,
	  .what = TCPW_LATE_DATA },
	{ "fw2_beyond", .seg = LATE_SEG(TCPW_ACK, 1101, 0), .fin_wait2 = true,
	  .what = TCPW_LATE_OOW },
	{ "fw2_paws", .seg = LATE_SEG(TCPW_ACK, 1000, 0, OLD_TS),
	  .fin_wait2 = true,
	  .what = TCPW_LATE_PAWS },
	{ "fw2_rst", .seg = LATE_SEG(TCPW_RST, 1050, 0), .fin_wait2 = true },
};

static inline bool late_case_right(const struct late_case *cs)
{
	const struct tcpw_view view = {
		.kind = TCPW_VIEW_TW,
		.state = cs->fin_wait2 ? TCPW_ST_FIN_WAIT2 : TCPW_ST_TIME_WAIT,
		.rcv_nxt = 1000,
		.rcv_end = 1100,
		.ts = !cs->no_ts,
		.ts_recent = 500,
		.ts_age = cs->age,
		.rfc1337 = cs->rfc1337,
	};
	struct tcpw_late_seg late = tcpw_late_of(&cs->seg, &view, !cs->deaf);

	return late.what == cs->what && late.restarts == cs->restarts;
}

/**
 * struct wait_case - an endpoint that stays where it is
 * @name: an identifier
 * @w: what its socket says
 * @want: enum tcpw_wait
 */
struct wait_case {
	const char *name;
	struct tcpw_waiting w;
	u8 want;
};

#define WAITS(_kind, _state, ...) \
	{ .kind = TCPW_VIEW_##_kind, .state = TCPW_ST_##_state, __VA_ARGS__ }

static const struct wait_case wait_cases[] = {
	{ "gone", WAITS(NONE, CLOSE_WAIT), TCPW_WAIT_NONE },
	{ "established", WAITS(FULL, ESTABLISHED), TCPW_WAIT_NONE },
	{ "syn", WAITS(FULL, SYN_SENT, .unacked = 1), TCPW_WAIT_SYN },
	{ "synack", WAITS(REQ, SYN_RECV), TCPW_WAIT_SYNACK },
	{ "accept", WAITS(REQ, SYN_RECV, .acked = true), TCPW_WAIT_ACCEPT },
	{ "app", WAITS(FULL, CLOSE_WAIT), TCPW_WAIT_APP },
	{ "fin", WAITS(FULL, FIN_WAIT1, .unacked = 1), TCPW_WAIT_FIN_ACK },
	{ "fin_of_crossed", WAITS(FULL, CLOSING, .unacked = 1),
	  TCPW_WAIT_FIN_ACK },
	{ "last_fin", WAITS(FULL, LAST_ACK, .unacked = 1), TCPW_WAIT_FIN_ACK },
	{ "fin_and_data", WAITS(FULL, FIN_WAIT1, .unacked = 2),
	  TCPW_WAIT_DATA_ACK },
	{ "fin_unsent", WAITS(FULL, FIN_WAIT1, .unsent = 2, .window = 1),
	  TCPW_WAIT_DATA_ACK },
	{ "no_window", WAITS(FULL, LAST_ACK, .unsent = 2), TCPW_WAIT_WINDOW },
	{ "peer", WAITS(FULL, FIN_WAIT2), TCPW_WAIT_PEER_FIN },
	{ "orphan", WAITS(TW, FIN_WAIT2, .orphan = true), TCPW_WAIT_ORPHAN },
};

#endif /* _TCPWATCH_OUTCOME_CASES_H */
