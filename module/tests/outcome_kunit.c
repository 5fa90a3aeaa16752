// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suites of the outcomes, the shared case tables, and of the histograms.
 */
#include <linux/slab.h>
#include <linux/string.h>

#include <kunit/test.h>

#include "core/hist.h"
#include "outcome_cases.h"

static void step_case_desc(const struct step_case *cs, char *desc)
{
	strscpy(desc, cs->name, KUNIT_PARAM_DESC_SIZE);
}

static void late_case_desc(const struct late_case *cs, char *desc)
{
	strscpy(desc, cs->name, KUNIT_PARAM_DESC_SIZE);
}

static void wait_case_desc(const struct wait_case *cs, char *desc)
{
	strscpy(desc, cs->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(wait_case, wait_cases, wait_case_desc);
KUNIT_ARRAY_PARAM(step_case, step_cases, step_case_desc);
KUNIT_ARRAY_PARAM(late_case, late_cases, late_case_desc);

static void step_case_run(struct kunit *test)
{
	const char *fault = step_case_fault(test->param_value);

	KUNIT_EXPECT_TRUE_MSG(test, !fault, "%s", fault ?: "");
}

static void late_case_run(struct kunit *test)
{
	KUNIT_EXPECT_TRUE(test, late_case_right(test->param_value));
}

static void wait_case_run(struct kunit *test)
{
	const struct wait_case *cs = test->param_value;

	KUNIT_EXPECT_EQ(test, tcpw_wait_of(&cs->w), cs->want);
}

/* The borders of every bucket, with the kernel's own arithmetic. */
static void hist_borders(struct kunit *test)
{
	unsigned int bucket;
	u64 floor;

	for (bucket = 0; bucket < TCPW_HIST_BUCKETS; bucket++) {
		floor = tcpw_hist_floor(bucket);
		KUNIT_EXPECT_EQ(test, tcpw_hist_bucket(floor), bucket);
		if (bucket)
			KUNIT_EXPECT_EQ(test, tcpw_hist_bucket(floor - 1),
					bucket - 1);
	}
	KUNIT_EXPECT_EQ(test, tcpw_hist_bucket(~0ULL), TCPW_HIST_BUCKETS - 1);
}

static void hist_sums(struct kunit *test)
{
	struct tcpw_brief brief;
	struct tcpw_hist *h = kunit_kzalloc(test, sizeof(*h), GFP_KERNEL);
	u64 ns;

	KUNIT_ASSERT_NOT_NULL(test, h);
	for (ns = 1000000; ns <= 1000000000; ns += 1000000)
		tcpw_hist_add(h, ns);
	tcpw_hist_brief(&brief, h);
	KUNIT_EXPECT_EQ(test, brief.count, 1000);
	KUNIT_EXPECT_EQ(test, brief.mean, 500500000);
	KUNIT_EXPECT_EQ(test, brief.min, 1000000);
	KUNIT_EXPECT_EQ(test, brief.max, 1000000000);
	KUNIT_EXPECT_LE(test, abs((s64)brief.p50 - 500000000), 500000000 / 16);
}

static struct kunit_case outcome_kunit_cases[] = {
	KUNIT_CASE_PARAM(step_case_run, step_case_gen_params),
	KUNIT_CASE_PARAM(late_case_run, late_case_gen_params),
	KUNIT_CASE_PARAM(wait_case_run, wait_case_gen_params),
	KUNIT_CASE(hist_borders),
	KUNIT_CASE(hist_sums),
	{}
};

static struct kunit_suite outcome_kunit_suite = {
	.name = "tcpwatch_outcome",
	.test_cases = outcome_kunit_cases,
};

kunit_test_suite(outcome_kunit_suite);
