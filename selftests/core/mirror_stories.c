// SPDX-License-Identifier: GPL-2.0
/*
 * What once went wrong, told step by step: each story is a test of its own.
 */
#include <stdio.h>

#include "drive.h"
#include "mirror/mirror.h"

#define PEER 1000 /* its first sequence number */
#define US 5000	  /* ours */

/* --- what happens in them --- */

/* In numbers of both ends, each beginning with its SYN at 0. */
static struct tcpw_seg seg(u8 flags, u32 seq, u32 ack, u32 len)
{
	return (struct tcpw_seg){
		.seq = PEER + seq,
		.ack = flags & TCPW_ACK ? US + ack : 0,
		.len = len,
		.win = 100,
		.flags = flags,
		.dir = TCPW_IN,
		.hdrlen = TCPW_HDR_MIN,
	};
}

/* A segment that the socket gets, and one that it does not. */
static void gets(u8 flags, u32 seq, u32 ack)
{
	const struct tcpw_seg s = seg(flags, seq, ack, 0);

	drive_hook(&s, false);
	drive_socket();
}

static void loses(u8 flags, u32 seq, u32 ack)
{
	const struct tcpw_seg s = seg(flags, seq, ack, 0);

	drive.rules.loses = true;
	drive_hook(&s, true);
	drive_socket();
}

static void connects(void)
{
	model_connect(&drive.m, US);
	model_release(&drive.m);
}

static void is_connected(void)
{
	connects();
	gets(TCPW_SYN | TCPW_ACK, 0, 1);
	drive_rest();
}

static void closes(void)
{
	model_lock(&drive.m);
	model_close(&drive.m);
	model_release(&drive.m);
}

static void shuts_down(void)
{
	model_lock(&drive.m);
	model_shutdown(&drive.m, 0, true);
	model_release(&drive.m);
}

static void ends_up_in(u8 state)
{
	drive_rest();
	if (model_state(&drive.m) != state)
		violated("the kernel is in %s, the story is wrong",
			 tcpw_state_name(model_state(&drive.m)));
}

static void ends_by(u8 cause)
{
	ends_up_in(TCPW_ST_CLOSE);
	if (drive.cause != cause)
		violated("the cause is %s, not %s",
			 tcpw_cause_name(drive.cause), tcpw_cause_name(cause));
}

/* --- the audit --- */

/* No report, and no segment that could be understood */
static void moves_unseen(void)
{
	is_connected();
	drive.rules.loses = true; /* so nothing can tell why */
	drive.m.state = TCPW_ST_CLOSE_WAIT;
	drive.m.rcv_nxt++;
	ends_up_in(TCPW_ST_CLOSE_WAIT);
}

/* A timewait socket does not look at the ACK */
static void fin_acks_too_much(void)
{
	is_connected();
	shuts_down();
	gets(TCPW_ACK, 1, 2);
	closes();
	drive_rest();
	gets(TCPW_FIN | TCPW_ACK, 1, 900);
	ends_up_in(TCPW_ST_TIME_WAIT);
}

/* --- what the kernel did not follow --- */

static void lost_synack_and_syn_again(void)
{
	connects();
	loses(TCPW_SYN | TCPW_ACK, 0, 1);
	model_retransmit(&drive.m);
	drive_look();
	ends_up_in(TCPW_ST_SYN_SENT);
}

static void lost_ack_and_synack_again(void)
{
	gets(TCPW_SYN, 0, 0);
	loses(TCPW_ACK, 1, 1 + drive.m.iss - US);
	model_retransmit(&drive.m);
	drive_look();
	ends_up_in(TCPW_ST_SYN_RECV);
}

/* A RST without an ACK says nothing to SYN-SENT, whose rcv_nxt is 0 */
static void lost_syn_and_rst(void)
{
	connects();
	loses(TCPW_SYN, 0, 0);
	gets(TCPW_RST, -PEER, 0);
	drive_look();
	ends_up_in(TCPW_ST_SYN_SENT);
}

static void lost_fin_then_close(void)
{
	is_connected();
	loses(TCPW_FIN | TCPW_ACK, 1, 1);
	closes();
	drive_look();
	ends_up_in(TCPW_ST_FIN_WAIT1);
}

/* --- one segment, two steps, and a look in between --- */

/* The first step is made, the second is to come */
static void looks_after_one_step(void)
{
	if (drive.m.state == TCPW_ST_FIN_WAIT2 && !drive.m.entering &&
	    !drive.m.hidden)
		drive_look();
}

static void looks_after_the_report(void)
{
	if (drive.m.entering && !drive.m.hidden)
		drive_look();
}

static void looks_while_replaced(void)
{
	if (drive.m.hidden)
		drive_look();
}

static void fin_on_a_slow_cpu(void (*between)(void))
{
	is_connected();
	shuts_down();
	drive_rest();
	drive.between = between;
	gets(TCPW_FIN | TCPW_ACK, 1, 2);
	drive.between = NULL;
	ends_up_in(TCPW_ST_TIME_WAIT);
}

static void looked_for_after_one_step(void)
{
	fin_on_a_slow_cpu(looks_after_one_step);
}

static void looked_for_after_the_report(void)
{
	fin_on_a_slow_cpu(looks_after_the_report);
}

static void fin_from_a_backlog(void (*between)(void))
{
	const struct tcpw_seg fin = seg(TCPW_FIN | TCPW_ACK, 1, 2, 0);

	is_connected();
	closes();
	drive_rest();
	model_lock(&drive.m);
	drive_hook(&fin, false);
	drive_socket();
	drive.between = between;
	model_release(&drive.m);
	drive.between = NULL;
	ends_up_in(TCPW_ST_TIME_WAIT);
}

static void backlog_looked_for_after_one_step(void)
{
	fin_from_a_backlog(looks_after_one_step);
}

static void backlog_looked_for_after_the_report(void)
{
	fin_from_a_backlog(looks_after_the_report);
}

/* The process has reported FIN-WAIT-1, and stands still before it writes it */
static void close_looked_for_after_the_report(void)
{
	const struct tcpw_seg fin = seg(TCPW_FIN | TCPW_ACK, 1, 1, 0);

	is_connected();
	model_lock(&drive.m);
	drive.between = looks_after_the_report;
	model_shutdown(&drive.m, 0, false);
	drive.between = NULL;
	drive_hook(&fin, false);
	drive_socket();
	model_send_fin(&drive.m);
	model_release(&drive.m);
	ends_up_in(TCPW_ST_CLOSING);
}

static void looked_for_while_replaced(void)
{
	fin_from_a_backlog(looks_while_replaced);
}

static void gets_data(void)
{
	const struct tcpw_seg data = seg(TCPW_ACK, 1, 2, 5);

	drive_hook(&data, false);
	drive_socket();
}

/* Another CPU serves the timewait socket, whose full one has yet to end. */
static bool is_just_replaced(void)
{
	return drive.m.replaced && !drive.m.hidden && !drive.m.entering &&
	       !drive.m.dead;
}

static void gets_data_when_replaced(void)
{
	if (is_just_replaced())
		gets_data();
}

/* Eight times, for the model chooses which CPU is faster */
static void data_end_it_before_its_report(void)
{
	int i;

	for (i = 0; i < 8; i++) {
		is_connected();
		closes();
		drive_rest();
		drive.between = gets_data_when_replaced;
		gets(TCPW_ACK, 1, 2);
		drive.between = NULL;
		ends_by(TCPW_CAUSE_AFTER_CLOSE);
	}
}

static void gets_rst_when_replaced(void)
{
	if (is_just_replaced())
		gets(TCPW_RST, 2, 0);
}

/* The ACK of our FIN waits in a backlog when the mirror sees it */
static void rst_ends_it_before_its_report(void)
{
	const struct tcpw_seg fin = seg(TCPW_FIN | TCPW_ACK, 1, 1, 0);
	int i;

	for (i = 0; i < 8; i++) {
		is_connected();
		closes();
		drive_rest();
		drive_hook(&fin, false);
		drive_socket();
		ends_up_in(TCPW_ST_CLOSING);
		drive.between = gets_rst_when_replaced;
		gets(TCPW_ACK, 2, 2);
		drive.between = NULL;
		ends_by(TCPW_CAUSE_IN);
	}
}

static void fin_waits_for_a_stopped_process(void)
{
	const struct tcpw_seg fin = seg(TCPW_FIN | TCPW_ACK, 1, 2, 0);
	int i;

	is_connected();
	closes();
	drive_rest();
	model_lock(&drive.m);
	drive_hook(&fin, false);
	drive_socket();
	for (i = 0; i < 20; i++) {
		drive_pass(500);
		drive_look();
	}
	drive_walk();
	model_release(&drive.m);
	ends_up_in(TCPW_ST_TIME_WAIT);
}

static void segment_waits_for_its_cpu(void)
{
	const struct tcpw_seg fin = seg(TCPW_FIN | TCPW_ACK, 1, 1, 0);
	int i;

	is_connected();
	drive_hook(&fin, false);
	for (i = 0; i < 20; i++) {
		drive_pass(500);
		drive_look();
	}
	drive_walk();
	drive_socket();
	ends_up_in(TCPW_ST_CLOSE_WAIT);
}

/*
 * The RST has passed our hook when the application closes, and the FIN waits
 * behind data: the RST ends LAST-ACK, in which no segment was sent.
 */
static void rst_passes_a_close(void)
{
	const struct tcpw_seg rst = seg(TCPW_RST, 2, 0, 0);

	is_connected();
	gets(TCPW_FIN | TCPW_ACK, 1, 1);
	ends_up_in(TCPW_ST_CLOSE_WAIT);
	drive_hook(&rst, false);
	model_lock(&drive.m);
	model_shutdown(&drive.m, 2, false);
	model_release(&drive.m);
	drive_socket();
	ends_by(TCPW_CAUSE_IN);
}

/* --- the next connection of the tuple --- */

static void waits_in(u8 state)
{
	is_connected();
	closes();
	gets(TCPW_ACK, 1, 2);
	if (state == TCPW_ST_TIME_WAIT)
		gets(TCPW_FIN | TCPW_ACK, 1, 2);
	ends_up_in(state);
}

static void timer_ends(void)
{
	drive.now = drive.m.tw_until + 1;
	model_timer(&drive.m);
}

static void ended(enum tcpw_tw_end end, enum tcpw_small small)
{
	if (mirror_stats()->tw_end[small][end] != 1)
		violated("the end of the timewait socket is not counted");
}

/* Nothing has compared the flow when connect() finds the tuple free */
static void timer_then_connect(void)
{
	waits_in(TCPW_ST_TIME_WAIT);
	timer_ends();
	connects();
	ends_up_in(TCPW_ST_SYN_SENT);
	ended(TCPW_TW_EXPIRED, TCPW_SMALL_TIME_WAIT);
}

/* The SYN has passed our hook when the timer ends what it comes for */
static void timer_then_syn(void)
{
	const struct tcpw_seg syn = seg(TCPW_SYN, 90000, 0, 0);

	waits_in(TCPW_ST_TIME_WAIT);
	drive_hook(&syn, false);
	timer_ends();
	drive_socket();
	ends_up_in(TCPW_ST_SYN_RECV);
	ended(TCPW_TW_EXPIRED, TCPW_SMALL_TIME_WAIT);
}

static void taken_over_by_connect(void)
{
	waits_in(TCPW_ST_TIME_WAIT);
	connects();
	ends_up_in(TCPW_ST_SYN_SENT);
	ended(TCPW_TW_REUSED, TCPW_SMALL_TIME_WAIT);
}

static void taken_over_in_fin_wait2(void)
{
	waits_in(TCPW_ST_FIN_WAIT2);
	connects();
	ends_up_in(TCPW_ST_SYN_SENT);
	ended(TCPW_TW_REUSED, TCPW_SMALL_FIN_WAIT2);
}

/* A RST has passed our hook, and the socket never gets it */
static void taken_over_after_a_lost_rst(void)
{
	waits_in(TCPW_ST_FIN_WAIT2);
	loses(TCPW_RST, 1, 0);
	connects();
	ends_up_in(TCPW_ST_SYN_SENT);
	ended(TCPW_TW_REUSED, TCPW_SMALL_FIN_WAIT2);
}

/* It has passed our hook before the timewait socket is there */
static void taken_over_after_a_rst_for_another(void)
{
	const struct tcpw_seg ack = seg(TCPW_ACK, 1, 2, 0);

	is_connected();
	closes();
	drive_hook(&ack, false);
	loses(TCPW_RST, 1, 0); /* and that ACK arrives */
	connects();
	ends_up_in(TCPW_ST_SYN_SENT);
	ended(TCPW_TW_REUSED, TCPW_SMALL_FIN_WAIT2);
}

static void taken_over_by_syn(void)
{
	waits_in(TCPW_ST_TIME_WAIT);
	gets(TCPW_SYN, 90000, 0);
	ends_up_in(TCPW_ST_SYN_RECV);
	ended(TCPW_TW_REOPENED, TCPW_SMALL_TIME_WAIT);
}

/* --- all --- */

#define STORY(name)         \
	{                   \
#name, name \
	}

static const struct {
	const char *name;
	void (*tells)(void);
} stories[] = {
	STORY(moves_unseen),
	STORY(fin_acks_too_much),
	STORY(lost_synack_and_syn_again),
	STORY(lost_ack_and_synack_again),
	STORY(lost_syn_and_rst),
	STORY(lost_fin_then_close),
	STORY(looked_for_after_one_step),
	STORY(looked_for_after_the_report),
	STORY(backlog_looked_for_after_one_step),
	STORY(backlog_looked_for_after_the_report),
	STORY(close_looked_for_after_the_report),
	STORY(looked_for_while_replaced),
	STORY(data_end_it_before_its_report),
	STORY(rst_ends_it_before_its_report),
	STORY(fin_waits_for_a_stopped_process),
	STORY(segment_waits_for_its_cpu),
	STORY(rst_passes_a_close),
	STORY(timer_then_connect),
	STORY(timer_then_syn),
	STORY(taken_over_by_connect),
	STORY(taken_over_in_fin_wait2),
	STORY(taken_over_after_a_lost_rst),
	STORY(taken_over_after_a_rst_for_another),
	STORY(taken_over_by_syn),
};

static void test_story(const char *what, void (*tells)(void))
{
	char name[80];
	bool ok = drive_story(tells);

	snprintf(name, sizeof(name), "mirror.%s", what);
	tap_result(ok, name, drive.why);
	if (!ok)
		drive_show();
}

/* 20 runs of a kind; the first that fails ends it. */
static void test_runs(const struct rules *rules)
{
	char name[80], why[280] = "";
	bool ok = true;
	u64 seed;

	for (seed = 1; seed <= 20 && ok; seed++) {
		ok = drive_run(seed, 50000, rules);
		snprintf(why, sizeof(why), "seed %lu: %s", (unsigned long)seed,
			 drive.why);
	}
	snprintf(name, sizeof(name), "mirror.%s", rules->name);
	tap_result(ok, name, why);
	if (!ok)
		drive_show();
}

void test_mirror(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(stories); i++)
		test_story(stories[i].name, stories[i].tells);
	for (i = 0; i < DRIVE_RULES_TESTED; i++)
		test_runs(&drive_rules[i]);
	mirror_reset();
}
