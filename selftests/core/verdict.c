// SPDX-License-Identifier: GPL-2.0
/*
 * Causes and names: the case tables that KUnit runs too, and what must hold
 * for every piece of evidence there can be.
 */
#include <stdio.h>

#include "core.h"
#include "tests/verdict_cases.h"

static void run_word_cases(void)
{
	char name[128], why[128];
	size_t i;
	u8 got;

	for (i = 0; i < ARRAY_SIZE(word_cases); i++) {
		got = tcpw_cause_of_word(&word_cases[i].word);
		snprintf(name, sizeof(name), "word.%s", word_cases[i].name);
		snprintf(why, sizeof(why), "is '%s'", tcpw_cause_name(got));
		tap_result(got == word_cases[i].want, name, why);
	}
}

static void run_finding_cases(void)
{
	char name[128], why[128];
	size_t i;
	u8 got;

	for (i = 0; i < ARRAY_SIZE(finding_cases); i++) {
		got = finding_cause(&finding_cases[i]);
		snprintf(name, sizeof(name), "finding.%s",
			 finding_cases[i].name);
		snprintf(why, sizeof(why), "is '%s'", tcpw_cause_name(got));
		tap_result(got == finding_cases[i].want, name, why);
	}
}

static void run_seed_cases(void)
{
	char name[128];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(seed_cases); i++) {
		snprintf(name, sizeof(name), "seed.%s", seed_cases[i].name);
		tap_result(seeds_right(&seed_cases[i]), name,
			   "seeds another connection");
	}
}

/* Whatever is found has a cause, which counts as a correction. */
static void test_every_finding(void)
{
	struct rng rng = { 0x7cb };
	struct tcpw_conn conn = {};
	struct tcpw_view view = {};
	struct tcpw_finding f = { .conn = &conn, .view = &view };
	char why[128] = "";
	unsigned int i;
	u8 cause;

	for (i = 0; i < 1000000 && !*why; i++) {
		conn.state = rng_below(&rng, TCPW_ST_MAX);
		conn.flags = rng_u32(&rng);
		view.kind = rng_below(&rng, TCPW_VIEW_TW + 1);
		f.truth = rng_below(&rng, TCPW_ST_MAX);
		f.kstate = rng_below(&rng, TCPW_ST_MAX);
		f.word = 1 + rng_below(&rng, TCPW_CAUSE_MAX - 1);
		f.ev = rng_below(&rng, TCPW_EV_MAX);
		f.starved = rng_chance(&rng, 50);
		f.verify = rng_chance(&rng, 50);
		f.age = rng_u32(&rng);
		cause = tcpw_cause_of_finding(&f);
		if (!cause || cause >= TCPW_CAUSE_MAX)
			snprintf(why, sizeof(why), "%u of %s, said %s", cause,
				 tcpw_state_name(conn.state),
				 tcpw_cause_name(f.word));
	}
	tap_result(!*why, "verdict.every_finding_has_a_cause", why);
}

static void test_kinds_of_causes(void)
{
	bool ok = !tcpw_cause_is_correction(TCPW_CAUSE_SEED) &&
		  !tcpw_cause_is_correction(TCPW_CAUSE_ADOPT) &&
		  tcpw_cause_is_correction(TCPW_CAUSE_IN);
	u8 cause;

	for (cause = 0; cause < TCPW_CAUSE_MAX; cause++)
		if (tcpw_cause_is_drift(cause) !=
		    (cause <= TCPW_CAUSE_OUT || cause == TCPW_CAUSE_UNKNOWN))
			ok = false;
	tap_result(ok, "verdict.drift_is_what_segments_did", "it is not");
}

static const struct tcpw_view established = {
	.kind = TCPW_VIEW_FULL,
	.state = TCPW_ST_ESTABLISHED,
	.rcv_nxt = 100,
	.rcv_wup = 100,
	.rcv_end = 1100,
	.snd_una = 50,
	.snd_old = 20,
	.snd_nxt = 50,
	.snd_end = 50,
};

/* A FIN at the place where the established socket expects it. */
static void fin_arrives(struct tcpw_conn *c, u32 ack, struct tcpw_fx *fx)
{
	const struct tcpw_seg seg = {
		.dir = TCPW_IN,
		.flags = TCPW_FIN | TCPW_ACK,
		.seq = 100,
		.ack = ack,
	};

	tcpw_fsm_step(c, &seg, &established, fx);
}

/* After a FIN that the socket did not take, the true one is still news. */
static void test_resync(void)
{
	struct tcpw_conn c = {
		.state = TCPW_ST_ESTABLISHED,
		.flags = TCPW_CF_ACTIVE | TCPW_CF_ISN_OUT | TCPW_CF_FIN_EARLY,
		.isn_out = 9,
		.rcv_nxt = 121,
	};
	struct tcpw_fx fx;
	bool ok;

	tcpw_fsm_resync(&c, &established, TCPW_ST_FIN_WAIT1);
	ok = c.flags & TCPW_CF_FIN_EARLY && c.rcv_nxt == 121 &&
	     c.isn_out == 9 && c.flags & TCPW_CF_ACTIVE;
	tap_result(ok, "resync.an_early_fin_goes_on_waiting",
		   "it is forgotten");
	c.state = TCPW_ST_ESTABLISHED;
	c.flags = TCPW_CF_ACTIVE;

	fin_arrives(&c, 50, &fx);
	tcpw_fsm_resync(&c, &established, TCPW_ST_ESTABLISHED);
	tap_result(c.state == TCPW_ST_ESTABLISHED && c.flags == TCPW_CF_ACTIVE,
		   "resync.a_fin_is_taken_back", "something of it stays");
	fin_arrives(&c, 50, &fx);
	tap_result(c.state == TCPW_ST_CLOSE_WAIT,
		   "resync.the_true_fin_moves_it", "it does not");
}

/* RFC 5961 5.2, with the kernel's limit: no more than the peer could have. */
static void test_old_ack(void)
{
	struct tcpw_conn c = { .state = TCPW_ST_ESTABLISHED };
	struct tcpw_fx fx;

	fin_arrives(&c, 19, &fx);
	tap_result(c.state == TCPW_ST_ESTABLISHED && fx.bits & TCPW_FX_OOW,
		   "old_ack.beyond_the_limit_is_refused", "it is not");
	fin_arrives(&c, 20, &fx);
	tap_result(c.state == TCPW_ST_CLOSE_WAIT,
		   "old_ack.at_the_limit_is_read", "it is not");
}

/* Which number has a name that another has, too; -1 where none has. */
static int find_twin(const char *(*name_of)(u8), u8 max)
{
	u8 i, j;

	for (i = 0; i < max; i++)
		for (j = 0; j < i; j++)
			if (!strcmp(name_of(i), name_of(j)))
				return i;
	if (strcmp(name_of(max), "?") || strcmp(name_of(255), "?"))
		return max;
	return -1;
}

static void test_names(void)
{
	char why[64];
	int state = find_twin(tcpw_state_name, TCPW_ST_MAX);
	int ev = find_twin(tcpw_ev_name, TCPW_EV_MAX);
	int cause = find_twin(tcpw_cause_name, TCPW_CAUSE_MAX);

	snprintf(why, sizeof(why), "state %d, event %d, cause %d", state, ev,
		 cause);
	tap_result(state < 0 && ev < 0 && cause < 0,
		   "verdict.names_are_distinct", why);
}

void test_verdict(void)
{
	run_word_cases();
	run_finding_cases();
	run_seed_cases();
	test_resync();
	test_old_ack();
	test_every_finding();
	test_kinds_of_causes();
	test_names();
}
