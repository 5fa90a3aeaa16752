// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit suite of the header and option parsers: the shared case tables, each
 * input in an allocation of its exact size, so that KASAN sees overreading.
 */
#include <linux/slab.h>
#include <linux/string.h>

#include <kunit/test.h>

#include "seg_cases.h"

static void seg_case_desc(const struct seg_case *cs, char *desc)
{
	strscpy(desc, cs->name, KUNIT_PARAM_DESC_SIZE);
}

static void opts_case_desc(const struct opts_case *cs, char *desc)
{
	strscpy(desc, cs->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(seg_case, seg_cases, seg_case_desc);
KUNIT_ARRAY_PARAM(opts_case, opts_cases, opts_case_desc);

static u8 *exact_copy(struct kunit *test, const u8 *p, size_t len)
{
	u8 *copy = kunit_kzalloc(test, len ? len : 1, GFP_KERNEL);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, copy);
	memcpy(copy, p, len);
	return len ? copy : copy + 1;
}

static void seg_parse_case(struct kunit *test)
{
	const struct seg_case *cs = test->param_value;
	struct tcpw_seg seg = { .dir = 77 };
	u8 *hdr = exact_copy(test, cs->hdr, cs->have);

	KUNIT_EXPECT_EQ(test, cs->ret,
			tcpw_seg_parse(&seg, hdr, cs->have, cs->total));
	KUNIT_EXPECT_EQ(test, seg.dir, (u8)77);
	if (!cs->ret)
		KUNIT_EXPECT_TRUE(test, seg_equal(&seg, &cs->want));
}

static void opts_parse_case(struct kunit *test)
{
	const struct opts_case *cs = test->param_value;
	u8 *bytes = exact_copy(test, cs->bytes, cs->len);
	struct tcpw_opts opts;

	memset(&opts, 0xff, sizeof(opts));
	KUNIT_EXPECT_EQ(test, cs->ret,
			tcpw_seg_parse_opts(&opts, bytes, cs->len));
	KUNIT_EXPECT_TRUE(test, opts_equal(&opts, &cs->want));
}

static struct kunit_case seg_kunit_cases[] = {
	KUNIT_CASE_PARAM(seg_parse_case, seg_case_gen_params),
	KUNIT_CASE_PARAM(opts_parse_case, opts_case_gen_params),
	{}
};

static struct kunit_suite seg_kunit_suite = {
	.name = "tcpwatch_seg",
	.test_cases = seg_kunit_cases,
};

kunit_test_suites(&seg_kunit_suite);
