// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit: a scan with pauses meets what is in the table all the time exactly
 * once, whatever comes, goes, and resizes the table meanwhile.
 */
#include <kunit/test.h>
#include <linux/jhash.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>

#include "table/scan.h"

#define CONSTANT 3000
#define PASSING 9000
#define ENTRIES (CONSTANT + PASSING)
#define EQUAL 45

struct scan_obj {
	struct rhash_head node;
	u32 key;
	u32 met;
};

static u32 obj_hash_key(const void *data, u32 len, u32 seed)
{
	return jhash_1word(*(const u32 *)data, 1);
}

static u32 obj_hash(const void *entry)
{
	const struct scan_obj *obj = entry;

	return obj_hash_key(&obj->key, 0, 0);
}

/* All of them one after the other, in a few places. */
static u32 obj_hash_same(const void *entry)
{
	const struct scan_obj *obj = entry;

	return obj->key % 3;
}

static u32 obj_hash_key_same(const void *data, u32 len, u32 seed)
{
	return *(const u32 *)data % 3;
}

static const struct rhashtable_params params = {
	.head_offset = offsetof(struct scan_obj, node),
	.key_offset = offsetof(struct scan_obj, key),
	.key_len = sizeof(u32),
	.hashfn = obj_hash_key,
	.automatic_shrinking = true,
};

struct scan_reader {
	unsigned int room;
	unsigned int met;
};

static bool obj_meet(void *entry, void *arg)
{
	struct scan_reader *reader = arg;
	struct scan_obj *obj = entry;

	if (!reader->room)
		return false;
	reader->room--;
	reader->met++;
	obj->met++;
	return true;
}

static const struct tcpw_scan_ops ops = {
	.hash = obj_hash,
	.meet = obj_meet,
};

/* Not on the stack, where debugging does not look for its work. */
static struct rhashtable *make_table(struct kunit *test,
				     const struct rhashtable_params *p)
{
	struct rhashtable *ht = kunit_kzalloc(test, sizeof(*ht), GFP_KERNEL);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, ht);
	KUNIT_ASSERT_EQ(test, 0, rhashtable_init(ht, p));
	return ht;
}

static struct scan_obj *make_objs(struct kunit *test, unsigned int n)
{
	struct scan_obj *objs =
		kunit_kcalloc(test, n, sizeof(*objs), GFP_KERNEL);
	unsigned int i;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, objs);
	for (i = 0; i < n; i++)
		objs[i].key = i;
	return objs;
}

static void insert(struct kunit *test, struct rhashtable *ht,
		   struct scan_obj *objs, unsigned int from, unsigned int to)
{
	unsigned int i;

	for (i = from; i < to; i++)
		KUNIT_ASSERT_EQ(test, 0,
				rhashtable_insert_fast(ht, &objs[i].node,
						       params));
}

static void take_out(struct kunit *test, struct rhashtable *ht,
		     struct scan_obj *objs, unsigned int from, unsigned int to)
{
	unsigned int i;

	for (i = from; i < to; i++)
		KUNIT_ASSERT_EQ(test, 0,
				rhashtable_remove_fast(ht, &objs[i].node,
						       params));
}

static void expect_once(struct kunit *test, const struct scan_obj *objs)
{
	unsigned int i, wrong = 0;

	for (i = 0; i < CONSTANT; i++)
		wrong += objs[i].met != 1;
	KUNIT_EXPECT_EQ(test, 0U, wrong);
}

/*
 * The others come before one pause and go before another: the table grows to
 * four times its size and shrinks again under the scan.
 */
static void scan_while_resizing(struct kunit *test, unsigned int come,
				unsigned int go)
{
	struct scan_obj *objs = make_objs(test, ENTRIES);
	struct scan_reader reader = {};
	struct tcpw_scan scan = {};
	unsigned int pauses = 0;
	struct rhashtable *ht = make_table(test, &params);

	insert(test, ht, objs, 0, CONSTANT);
	if (!come)
		insert(test, ht, objs, CONSTANT, ENTRIES);
	while (!scan.over) {
		reader.room = 17;
		tcpw_scan(ht, &ops, params.head_offset, &scan, &reader);
		pauses++;
		if (pauses == come)
			insert(test, ht, objs, CONSTANT, ENTRIES);
		if (pauses == go)
			take_out(test, ht, objs, CONSTANT, ENTRIES);
		if (pauses % 8 == 0)
			flush_work(&ht->run_work); /* or meet it half done */
	}
	KUNIT_EXPECT_GT(test, pauses, CONSTANT / 17);
	expect_once(test, objs);
	rhashtable_destroy(ht);
}

static void scan_grows(struct kunit *test)
{
	scan_while_resizing(test, 50, 0);
}

static void scan_shrinks(struct kunit *test)
{
	scan_while_resizing(test, 0, 50);
}

static void scan_grows_and_shrinks(struct kunit *test)
{
	scan_while_resizing(test, 30, 100);
}

static void scan_meets_nothing_of_nothing(struct kunit *test)
{
	struct scan_reader reader = { .room = 1 };
	struct tcpw_scan scan = {};
	struct rhashtable *ht = make_table(test, &params);

	tcpw_scan(ht, &ops, params.head_offset, &scan, &reader);
	KUNIT_EXPECT_TRUE(test, scan.over);
	KUNIT_EXPECT_EQ(test, 0U, reader.met);
	rhashtable_destroy(ht);
}

/* Fifteen of each hash; a place among equal ones must be found again. */
static void scan_equal_hashes(struct kunit *test)
{
	static const struct tcpw_scan_ops same = {
		.hash = obj_hash_same,
		.meet = obj_meet,
	};
	struct rhashtable_params p = params;
	struct scan_obj *objs = make_objs(test, EQUAL);
	struct scan_reader reader = {};
	unsigned int i, wrong = 0;
	struct tcpw_scan scan = {};
	struct rhashtable *ht;

	p.hashfn = obj_hash_key_same;
	ht = make_table(test, &p);
	for (i = 0; i < EQUAL; i++)
		KUNIT_ASSERT_EQ(test, 0,
				rhashtable_insert_fast(ht, &objs[i].node, p));
	while (!scan.over) {
		reader.room = 2;
		tcpw_scan(ht, &same, p.head_offset, &scan, &reader);
	}
	for (i = 0; i < EQUAL; i++)
		wrong += objs[i].met != 1;
	KUNIT_EXPECT_EQ(test, 0U, wrong);
	rhashtable_destroy(ht);
}

static struct kunit_case scan_cases[] = {
	KUNIT_CASE(scan_meets_nothing_of_nothing),
	KUNIT_CASE(scan_grows),
	KUNIT_CASE(scan_shrinks),
	KUNIT_CASE(scan_grows_and_shrinks),
	KUNIT_CASE(scan_equal_hashes),
	{}
};

static struct kunit_suite scan_suite = {
	.name = "tcpwatch_scan",
	.test_cases = scan_cases,
};

kunit_test_suite(scan_suite);
