// SPDX-License-Identifier: GPL-2.0
/*
 * Outcomes: the case tables that KUnit runs too, and what must hold for every
 * transition of the table and every segment.
 */
#include <stdio.h>

#include "core.h"
#include "tests/outcome_cases.h"

static void run_step_cases(void)
{
	const char *fault;
	char name[128];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(step_cases); i++) {
		fault = step_case_fault(&step_cases[i]);
		snprintf(name, sizeof(name), "step.%s", step_cases[i].name);
		tap_result(!fault, name, fault ? fault : "");
	}
}

static void run_late_cases(void)
{
	char name[128];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(late_cases); i++) {
		snprintf(name, sizeof(name), "late.%s", late_cases[i].name);
		tap_result(late_case_right(&late_cases[i]), name,
			   "is called something else");
	}
}

static void run_wait_cases(void)
{
	char name[128];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(wait_cases); i++) {
		snprintf(name, sizeof(name), "wait.%s", wait_cases[i].name);
		tap_result(tcpw_wait_of(&wait_cases[i].w) == wait_cases[i].want,
			   name, "waits for something else");
	}
}

/* Each end has one name: a handshake's, a connection's or a TIME-WAIT's. */
static void test_one_end_one_name(void)
{
	struct tcpw_conn conn = {};
	struct tcpw_step step;
	unsigned int ends, names;
	char why[128] = "";
	u8 cause, open;

	for (step.from = 1; step.from < TCPW_ST_MAX; step.from++)
		for (step.ev = 0; step.ev < TCPW_EV_MAX; step.ev++)
			for (cause = 1; cause < TCPW_CAUSE_MAX; cause++) {
				step.to = TCPW_ST_CLOSE;
				open = tcpw_state_is_open(step.from);
				if (step.from == TCPW_ST_CLOSE)
					continue;
				conn.state = step.to;
				ends = !!tcpw_fail_of(&step, cause);
				ends += !!tcpw_close_of(&conn, &step, cause);
				names = tcpw_tw_end_of(&conn, &step, cause) &&
					step.from == TCPW_ST_TIME_WAIT;
				if (ends + names != 1 ||
				    open != !!tcpw_close_of(&conn, &step,
							    cause))
					snprintf(why, sizeof(why), "%s, %s, %s",
						 tcpw_state_name(step.from),
						 tcpw_ev_name(step.ev),
						 tcpw_cause_name(cause));
			}
	tap_result(!*why, "outcome.one_end_has_one_name", why);
}

/* Only segments that have an ACK, or are too old, begin TIME-WAIT anew. */
static void test_every_late(void)
{
	struct tcpw_view view = {
		.kind = TCPW_VIEW_TW,
		.state = TCPW_ST_TIME_WAIT,
	};
	struct tcpw_seg seg = { .dir = TCPW_IN };
	struct tcpw_late_seg late;
	struct rng rng = { 0x1a7e };
	char why[128] = "";
	unsigned int i;

	for (i = 0; i < 1000000; i++) {
		view.rcv_nxt = rng_u32(&rng);
		view.ts = rng_chance(&rng, 50);
		view.ts_recent = rng_u32(&rng);
		seg.seq = view.rcv_nxt + rng_below(&rng, 5) - 2;
		seg.len = rng_below(&rng, 3);
		seg.flags = rng_below(&rng, TCPW_FLAGS + 1);
		seg.ts = rng_chance(&rng, 50);
		seg.tsval = view.ts_recent + rng_below(&rng, 3) - 1;
		late = tcpw_late_of(&seg, &view, rng_chance(&rng, 50));
		if (late.what >= TCPW_LATE_MAX ||
		    (late.restarts && seg.flags & TCPW_RST) ||
		    (late.restarts && late.what == TCPW_LATE_NONE) ||
		    (late.what == TCPW_LATE_NONE &&
		     !(seg.flags & (TCPW_SYN | TCPW_RST))))
			snprintf(why, sizeof(why), "class %u, flags %#x",
				 late.what, seg.flags);
	}
	tap_result(!*why, "outcome.every_late_segment_has_a_class", why);
}

void test_outcome(void)
{
	run_step_cases();
	run_late_cases();
	run_wait_cases();
	test_one_end_one_name();
	test_every_late();
}
