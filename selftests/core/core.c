// SPDX-License-Identifier: GPL-2.0
/*
 * The pure core as a plain program: the case tables that KUnit runs too, what
 * must hold for the state table as a whole, and the results of the other
 * parts, in TAP.  No root, no kernel, a few seconds.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "core.h"
#include "tests/fsm_run.h"
#include "tests/seg_cases.h"

static unsigned int tap_n;
static unsigned int tap_failed;

void tap_result(bool ok, const char *name, const char *why)
{
	printf("%sok %u - %s\n", ok ? "" : "not ", ++tap_n, name);
	if (!ok) {
		printf("# %s\n", why);
		tap_failed++;
	}
}

/* --- steps and properties --- */

void shoot(struct shot *s)
{
	s->after = s->before;
	tcpw_fsm_step(&s->after, &s->seg, &s->view, &s->fx);
}

static int describe_conn(char *buf, size_t size, const char *what,
			 const struct tcpw_conn *c)
{
	return snprintf(buf, size,
			" %s: %s flags %#x isn %#x/%#x snd %#x rcv %#x;", what,
			tcpw_state_name(c->state), c->flags, c->isn_out,
			c->isn_in, c->snd_nxt, c->rcv_nxt);
}

static void describe(char *buf, size_t size, const struct shot *s)
{
	int n = describe_conn(buf, size, "from", &s->before);

	n += snprintf(buf + n, size - n,
		      " %s flags %#x seq %#x ack %#x len %u;",
		      s->seg.dir == TCPW_OUT ? "out" : "in", s->seg.flags,
		      s->seg.seq, s->seg.ack, s->seg.len);
	n += snprintf(buf + n, size - n,
		      " socket %u %s rcv %#x/%#x..%#x snd %#x..%#x;",
		      s->view.kind, tcpw_state_name(s->view.state),
		      s->view.rcv_wup, s->view.rcv_nxt, s->view.rcv_end,
		      s->view.snd_nxt, s->view.snd_end);
	n += describe_conn(buf + n, size - n, "to", &s->after);
	snprintf(buf + n, size - n, " %u moves, effects %#x", s->fx.n,
		 s->fx.bits);
}

void prop_check(struct prop *p, bool ok, const struct shot *s)
{
	p->checked++;
	if (!ok && !p->failed++)
		describe(p->first, sizeof(p->first), s);
}

void prop_report(const struct prop *p, const char *name)
{
	char why[600];

	snprintf(why, sizeof(why), "%lu of %lu failed, the first:%s", p->failed,
		 p->checked, p->first);
	tap_result(!p->failed && p->checked, name, why);
	printf("# checked %lu times\n", p->checked);
}

static bool is_state(u8 state)
{
	return state > TCPW_ST_NONE && state < TCPW_ST_MAX;
}

/* Backed: by a socket of the connection, full or (SYN,ACK) request. */
static bool is_backed_syn(const struct shot *s)
{
	return s->seg.dir == TCPW_OUT && s->seg.flags & TCPW_SYN &&
	       !(s->seg.flags & TCPW_RST) &&
	       (s->view.kind == TCPW_VIEW_FULL ||
		s->view.kind == TCPW_VIEW_REQ);
}

static bool closed_is_kept(const struct shot *s)
{
	return s->before.state != TCPW_ST_CLOSE ||
	       s->after.state == TCPW_ST_CLOSE || is_backed_syn(s);
}

static bool is_chain(const struct shot *s)
{
	u8 state = s->before.state;
	u8 i;

	if (s->fx.n > TCPW_STEPS)
		return false;
	for (i = 0; i < s->fx.n; i++) {
		if (s->fx.step[i].from != state || s->fx.step[i].to == state)
			return false;
		state = s->fx.step[i].to;
	}
	return state == s->after.state;
}

static bool has_reasons(const struct shot *s)
{
	const struct tcpw_step *step;
	u8 i;

	for (i = 0; i < s->fx.n && i < TCPW_STEPS; i++) {
		step = &s->fx.step[i];
		if (step->ev >= TCPW_EV_MAX ||
		    !tcpw_fsm_why(step->from, step->ev) ||
		    tcpw_fsm_next[step->ev][step->from] != step->to)
			return false;
	}
	return true;
}

/* The peer's FIN waits for data, or it was taken. */
static bool both_fins(const struct tcpw_conn *c)
{
	const u16 both = TCPW_CF_FIN_EARLY | TCPW_CF_FIN_IN;

	return (c->flags & both) == both;
}

void always_check(struct always *a, const struct shot *s)
{
	u8 from = s->before.state, to = s->after.state;

	prop_check(&a->reasons, has_reasons(s), s);
	prop_check(&a->states, is_state(to), s);
	prop_check(&a->listen,
		   (from == TCPW_ST_LISTEN) == (to == TCPW_ST_LISTEN), s);
	prop_check(&a->closed, closed_is_kept(s), s);
	prop_check(&a->chain, is_chain(s), s);
	prop_check(&a->fins, both_fins(&s->before) || !both_fins(&s->after), s);
}

static void always_report_one(const struct prop *p, const char *where,
			      const char *what)
{
	char name[128];

	snprintf(name, sizeof(name), "%s.%s", where, what);
	prop_report(p, name);
}

void always_report(const struct always *a, const char *where)
{
	always_report_one(&a->reasons, where, "each_move_has_its_reason");
	always_report_one(&a->states, where, "state_is_one_of_eleven");
	always_report_one(&a->listen, where, "listen_is_never_left_or_entered");
	always_report_one(&a->closed, where, "closed_is_left_by_backed_syn");
	always_report_one(&a->chain, where, "moves_are_a_chain");
	always_report_one(&a->fins, where, "fin_is_early_or_taken");
}

/* --- the case tables --- */

/* Where to put the two ISNs: at and around every place that could matter. */
static const u32 bases[] = {
	0,	    1,		0x12345678, 0x7ffffffe, 0x7fffffff, 0x80000000,
	0x80000001, (u32)-1002, (u32)-701,  (u32)-502,	(u32)-501,  (u32)-102,
	(u32)-101,  (u32)-100,	(u32)-3,    (u32)-2,	(u32)-1,
};

static bool whys_seen[TCPW_ST_MAX][TCPW_EV_MAX];

static void note_whys(const struct tcpw_conn *c, const struct tcpw_fx *fx)
{
	u8 i;

	(void)c;
	for (i = 0; i < fx->n; i++)
		whys_seen[fx->step[i].from][fx->step[i].ev] = true;
}

static void run_fsm_case(const struct fsm_case *cs)
{
	struct fsm_run run = { .seen = note_whys };
	struct fsm_fault fault = { .what = NULL };
	char name[128], why[256];
	size_t i, n = ARRAY_SIZE(bases);

	for (i = 0; i < 2 * n * n && !fault.what; i++) {
		run.base_out = bases[i % n];
		run.base_in = bases[i / n % n];
		run.ask = i / n / n;
		fsm_run_case(cs, &run, &fault);
	}
	snprintf(name, sizeof(name), "fsm.%s", cs->name);
	snprintf(why, sizeof(why),
		 "event %u%s, ISNs %#x and %#x: %s; now %s, %u moves, effects %#x",
		 fault.at, run.ask ? " with the socket asked" : "",
		 run.base_out, run.base_in, fault.what ? fault.what : "",
		 tcpw_state_name(fault.conn.state), fault.fx.n, fault.fx.bits);
	tap_result(!fault.what, name, why);
}

static void run_fsm_ask(const struct fsm_ask *ask)
{
	char name[128];

	snprintf(name, sizeof(name), "asks.%s", ask->name);
	tap_result(fsm_ask_ok(ask), name,
		   ask->asks ? "is not asked" : "is asked in vain");
}

/* At the end of an allocation of the exact size: overreading is seen. */
static u8 *exact_copy(const u8 *p, size_t len)
{
	u8 *copy = malloc(len ? len : 1);

	if (!copy)
		abort();
	memcpy(copy, p, len);
	return len ? copy : copy + 1;
}

static void exact_free(u8 *copy, size_t len)
{
	free(len ? copy : copy - 1);
}

static void run_seg_case(const struct seg_case *cs)
{
	u8 *hdr = exact_copy(cs->hdr, cs->have);
	struct tcpw_seg seg = { .dir = 77 };
	char name[128], why[256];
	bool ok;
	int ret;

	ret = tcpw_seg_parse(&seg, hdr, cs->have, cs->total);
	ok = ret == cs->ret && seg.dir == 77 &&
	     (ret || seg_equal(&seg, &cs->want));
	snprintf(name, sizeof(name), "seg.%s", cs->name);
	snprintf(why, sizeof(why),
		 "returned %d, seq %#x ack %#x len %u win %u flags %#x header %u",
		 ret, seg.seq, seg.ack, seg.len, seg.win, seg.flags,
		 seg.hdrlen);
	tap_result(ok, name, why);
	exact_free(hdr, cs->have);
}

static void run_opts_case(const struct opts_case *cs)
{
	u8 *bytes = exact_copy(cs->bytes, cs->len);
	struct tcpw_opts opts;
	char name[128], why[256];
	int ret;

	memset(&opts, 0xff, sizeof(opts));
	ret = tcpw_seg_parse_opts(&opts, bytes, cs->len);
	snprintf(name, sizeof(name), "opts.%s", cs->name);
	snprintf(why, sizeof(why),
		 "returned %d, have %#x mss %u wscale %u ts %#x/%#x", ret,
		 opts.have, opts.mss, opts.wscale, opts.tsval, opts.tsecr);
	tap_result(ret == cs->ret && opts_equal(&opts, &cs->want), name, why);
	exact_free(bytes, cs->len);
}

static void test_cases(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(fsm_cases); i++)
		run_fsm_case(&fsm_cases[i]);
	for (i = 0; i < ARRAY_SIZE(fsm_asks); i++)
		run_fsm_ask(&fsm_asks[i]);
	for (i = 0; i < ARRAY_SIZE(seg_cases); i++)
		run_seg_case(&seg_cases[i]);
	for (i = 0; i < ARRAY_SIZE(opts_cases); i++)
		run_opts_case(&opts_cases[i]);
}

/* --- the state table as a whole --- */

#define TO(st) (1U << st_##st)

/*
 * Figure 5 of RFC 9293 and its footnotes, a reset from anywhere (3.10.5,
 * 3.10.7), and a new connection from anywhere: the end of the old one may
 * have passed unseen.  Written from the RFC, not from fsm_table.c.
 */
#define TO_ANEW (TO(SS) | TO(SR))
static const unsigned int rfc_next[TCPW_ST_MAX] = {
	[st_CL] = TO(SS) | TO(SR),
	[st_SS] = TO_ANEW | TO(ES) | TO(CL),
	[st_SR] = TO_ANEW | TO(ES) | TO(F1) | TO(CW) | TO(CL),
	[st_ES] = TO_ANEW | TO(F1) | TO(CW) | TO(CL),
	[st_F1] = TO_ANEW | TO(F2) | TO(CG) | TO(CL),
	[st_F2] = TO_ANEW | TO(TW) | TO(CL),
	[st_CG] = TO_ANEW | TO(TW) | TO(CL),
	[st_TW] = TO_ANEW | TO(CL),
	[st_CW] = TO_ANEW | TO(LA) | TO(CL),
	[st_LA] = TO_ANEW | TO(CL),
};

static bool cell_ok(u8 ev, u8 from)
{
	u8 to = tcpw_fsm_next[ev][from];
	unsigned int reasons = 0;
	size_t i;

	for (i = 0; i < tcpw_fsm_nwhys; i++)
		reasons += tcpw_fsm_whys[i].from == from &&
			   tcpw_fsm_whys[i].ev == ev;
	if (to == from)
		return !reasons && !tcpw_fsm_why(from, ev);
	return is_state(to) && rfc_next[from] & 1U << to && reasons == 1 &&
	       tcpw_fsm_why(from, ev);
}

static void test_table_cells(void)
{
	unsigned int bad = 0;
	char why[128] = "";
	u8 ev, from;

	for (ev = 0; ev < TCPW_EV_MAX; ev++)
		for (from = TCPW_ST_ESTABLISHED; from < TCPW_ST_MAX; from++)
			if (!cell_ok(ev, from) && !bad++)
				snprintf(why, sizeof(why), "%s in %s",
					 tcpw_ev_name(ev),
					 tcpw_state_name(from));
	tap_result(!bad, "table.each_move_is_in_the_rfc_and_has_one_reason",
		   why);
}

/* fsm.c takes the ACK first, which leaves SYN-RECV: no case can show these */
static bool is_unreachable(const struct tcpw_why *why)
{
	return why->from == TCPW_ST_SYN_RECV &&
	       (why->ev == TCPW_EV_IN_FIN || why->ev == TCPW_EV_OUT_ACK_FIN);
}

static bool why_ok(const struct tcpw_why *why)
{
	u8 to;

	if (!is_state(why->from) || why->ev >= TCPW_EV_MAX)
		return false;
	to = tcpw_fsm_next[why->ev][why->from];
	if (is_unreachable(why) && to != TCPW_ST_CLOSE_WAIT)
		return false;
	return to != why->from && why->text && *why->text && why->rfc &&
	       !strncmp(why->rfc, "RFC ", 4);
}

static void test_whys(void)
{
	const struct tcpw_why *why;
	char bad[128] = "", unseen[128] = "";
	size_t i;

	for (i = 0; i < tcpw_fsm_nwhys; i++) {
		why = &tcpw_fsm_whys[i];
		if (!why_ok(why))
			snprintf(bad, sizeof(bad), "%s in %s",
				 tcpw_ev_name(why->ev),
				 tcpw_state_name(why->from));
		else if (!is_unreachable(why) && !whys_seen[why->from][why->ev])
			snprintf(unseen, sizeof(unseen), "%s in %s",
				 tcpw_ev_name(why->ev),
				 tcpw_state_name(why->from));
	}
	tap_result(!*bad, "table.each_reason_names_a_move", bad);
	tap_result(!*unseen, "table.each_reason_has_a_case", unseen);
}

/* --- counters of what is sent again --- */

static void send_often(struct tcpw_conn *c, u8 flags, u8 kind, u8 state)
{
	struct tcpw_seg seg = { .dir = TCPW_OUT, .flags = flags, .seq = 7 };
	struct tcpw_view view = { .kind = kind, .state = state };
	struct tcpw_fx fx;
	int i;

	for (i = 0; i < 1 + 300; i++)
		tcpw_fsm_step(c, &seg, &view, &fx);
}

static void test_counters(void)
{
	struct tcpw_conn syn, synack, fin;
	char why[64];
	bool ok;

	tcpw_fsm_init(&syn);
	send_often(&syn, TCPW_SYN, TCPW_VIEW_FULL, TCPW_ST_SYN_SENT);
	tcpw_fsm_init(&synack);
	send_often(&synack, fl_SYNACK, TCPW_VIEW_REQ, TCPW_ST_SYN_RECV);
	tcpw_fsm_init(&fin);
	fin.state = TCPW_ST_ESTABLISHED;
	send_often(&fin, fl_FINACK, TCPW_VIEW_FULL, TCPW_ST_FIN_WAIT1);
	snprintf(why, sizeof(why), "%u %u %u", syn.syn_rtx, synack.synack_rtx,
		 fin.fin_rtx);
	ok = syn.syn_rtx == 255 && !syn.synack_rtx && !syn.fin_rtx &&
	     synack.synack_rtx == 255 && !synack.syn_rtx && !synack.fin_rtx &&
	     fin.fin_rtx == 255 && !fin.syn_rtx && !fin.synack_rtx;
	tap_result(ok, "fsm.counters_saturate", why);
}

/* A new connection begins to count anew. */
static bool restarts(u8 flags, u8 kind, u8 state)
{
	struct tcpw_seg seg = { .dir = TCPW_OUT, .flags = flags, .seq = 7 };
	struct tcpw_view view = { .kind = kind, .state = state };
	struct tcpw_conn c;
	struct tcpw_fx fx;

	tcpw_fsm_init(&c);
	c.state = TCPW_ST_TIME_WAIT;
	c.syn_rtx = 1;
	c.synack_rtx = 2;
	c.fin_rtx = 3;
	tcpw_fsm_step(&c, &seg, &view, &fx);
	return c.state == state && !c.syn_rtx && !c.synack_rtx && !c.fin_rtx;
}

static void test_restart(void)
{
	bool active = restarts(TCPW_SYN, TCPW_VIEW_FULL, TCPW_ST_SYN_SENT);
	bool passive = restarts(fl_SYNACK, TCPW_VIEW_REQ, TCPW_ST_SYN_RECV);

	tap_result(active && passive, "fsm.counters_restart",
		   "a counter went on");
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("TAP version 13\n");
	test_cases();
	test_table_cells();
	test_whys();
	test_verdict();
	test_outcome();
	test_hist();
	test_counters();
	test_restart();
	test_walk();
	test_pair();
	test_fuzz();
	test_mirror();
	printf("1..%u\n", tap_n);
	printf("# %u passed, %u failed\n", tap_n - tap_failed, tap_failed);
	return tap_failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
