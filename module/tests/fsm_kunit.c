// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite of the state machine: the shared case table, one parameter per
 * case.  What takes long or wants sanitizers is in selftests/core.
 */
#include <linux/module.h>
#include <linux/string.h>

#include <kunit/test.h>

#include "fsm_run.h"
#include "core/verdict.h"

/* The two ISNs: plain, both about to wrap, and around the sign bit. */
static const struct fsm_run fsm_runs[] = {
	{ .base_out = 0x1000, .base_in = 0x2000 },
	{ .base_out = 0xffffffff, .base_in = 0xffffffff },
	{ .base_out = 0xfffffffe, .base_in = 0xfffffe0b },
	{ .base_out = 0x7fffffff, .base_in = 0x80000000 },
	{ .base_out = 0x1000, .base_in = 0x2000, .ask = true },
};

static void fsm_case_desc(const struct fsm_case *cs, char *desc)
{
	strscpy(desc, cs->name, KUNIT_PARAM_DESC_SIZE);
}

static void fsm_ask_desc(const struct fsm_ask *ask, char *desc)
{
	strscpy(desc, ask->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(fsm_case, fsm_cases, fsm_case_desc);
KUNIT_ARRAY_PARAM(fsm_ask, fsm_asks, fsm_ask_desc);

static void fsm_case(struct kunit *test)
{
	const struct fsm_run *run;
	struct fsm_fault fault;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(fsm_runs); i++) {
		run = &fsm_runs[i];
		fsm_run_case(test->param_value, run, &fault);
		if (!fault.what)
			continue;
		KUNIT_FAIL(test,
			   "event %u, ISNs %#x and %#x: %s; now %s, %u moves, effects %#x",
			   fault.at, run->base_out, run->base_in, fault.what,
			   tcpw_state_name(fault.conn.state), fault.fx.n,
			   fault.fx.bits);
	}
}

static void fsm_ask(struct kunit *test)
{
	KUNIT_EXPECT_TRUE(test, fsm_ask_ok(test->param_value));
}

/* Whatever moves in the table has one reason, and the reverse. */
static void fsm_table_reasons(struct kunit *test)
{
	size_t moves = 0, i;
	u8 ev, from;

	for (ev = 0; ev < TCPW_EV_MAX; ev++) {
		for (from = TCPW_ST_ESTABLISHED; from < TCPW_ST_MAX; from++) {
			if (tcpw_fsm_next[ev][from] == from)
				continue;
			moves++;
			KUNIT_EXPECT_TRUE_MSG(test, !!tcpw_fsm_why(from, ev),
					      "%s in %s", tcpw_ev_name(ev),
					      tcpw_state_name(from));
		}
	}
	KUNIT_EXPECT_EQ(test, moves, tcpw_fsm_nwhys);
	for (i = 0; i < tcpw_fsm_nwhys; i++) {
		ev = tcpw_fsm_whys[i].ev;
		from = tcpw_fsm_whys[i].from;
		KUNIT_EXPECT_PTR_EQ(test, tcpw_fsm_why(from, ev),
				    &tcpw_fsm_whys[i]);
		KUNIT_EXPECT_NE(test, tcpw_fsm_next[ev][from], from);
	}
}

static struct kunit_case fsm_kunit_cases[] = {
	KUNIT_CASE_PARAM(fsm_case, fsm_case_gen_params),
	KUNIT_CASE_PARAM(fsm_ask, fsm_ask_gen_params),
	KUNIT_CASE(fsm_table_reasons),
	{}
};

static struct kunit_suite fsm_kunit_suite = {
	.name = "tcpwatch_fsm",
	.test_cases = fsm_kunit_cases,
};

kunit_test_suites(&fsm_kunit_suite);

MODULE_DESCRIPTION("KUnit tests of the pure core of tcpwatch");
MODULE_LICENSE("GPL");
