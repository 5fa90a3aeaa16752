// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite of the causes: the shared case tables.
 */
#include <linux/string.h>

#include <kunit/test.h>

#include "verdict_cases.h"

static void word_case_desc(const struct word_case *cs, char *desc)
{
	strscpy(desc, cs->name, KUNIT_PARAM_DESC_SIZE);
}

static void finding_case_desc(const struct finding_case *cs, char *desc)
{
	strscpy(desc, cs->name, KUNIT_PARAM_DESC_SIZE);
}

static void seed_case_desc(const struct seed_case *cs, char *desc)
{
	strscpy(desc, cs->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(word_case, word_cases, word_case_desc);
KUNIT_ARRAY_PARAM(finding_case, finding_cases, finding_case_desc);
KUNIT_ARRAY_PARAM(seed_case, seed_cases, seed_case_desc);

static void word_case_run(struct kunit *test)
{
	const struct word_case *cs = test->param_value;

	KUNIT_EXPECT_STREQ(test, tcpw_cause_name(tcpw_cause_of_word(&cs->word)),
			   tcpw_cause_name(cs->want));
}

static void finding_case_run(struct kunit *test)
{
	const struct finding_case *cs = test->param_value;

	KUNIT_EXPECT_STREQ(test, tcpw_cause_name(finding_cause(cs)),
			   tcpw_cause_name(cs->want));
}

static void seed_case_run(struct kunit *test)
{
	KUNIT_EXPECT_TRUE(test, seeds_right(test->param_value));
}

static struct kunit_case verdict_kunit_cases[] = {
	KUNIT_CASE_PARAM(word_case_run, word_case_gen_params),
	KUNIT_CASE_PARAM(finding_case_run, finding_case_gen_params),
	KUNIT_CASE_PARAM(seed_case_run, seed_case_gen_params),
	{}
};

static struct kunit_suite verdict_kunit_suite = {
	.name = "tcpwatch_verdict",
	.test_cases = verdict_kunit_cases,
};

kunit_test_suites(&verdict_kunit_suite);
