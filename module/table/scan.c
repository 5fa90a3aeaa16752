// SPDX-License-Identifier: GPL-2.0
/*
 * Goes through an rhashtable in the order of the entries' hashes, bits
 * reversed.  rhashtable_walk_*() may begin again at each resize and may lose
 * its place when the entry that it stands at goes, so it meets entries twice
 * or never; and it holds a place in the table for as long as the walk takes.
 *
 * A bucket of a table of 2^k holds the hashes with the same k low bits: in
 * reverse order, a contiguous range, and so it is in a table of any other
 * size.  Where one stands is therefore one number, which no resize disturbs.
 */
#include <linux/bitrev.h>
#include <linux/random.h>
#include <linux/rhashtable.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/siphash.h>
#include <linux/socket.h>
#include <linux/sort.h>

#include "kernel/key.h"
#include "table/scan.h"

static hsiphash_key_t hash_secret __read_mostly;

/* A bucket has rarely more than 4 entries, and the table sees to it. */
#define SCAN_MAX 64
#define SCAN_BREATH 4096 /* ranges without a pause */

struct scan_entry {
	u32 place; /* hash, bits reversed */
	void *entry;
};

/* What is found in a range of places; the first ones, if they are too many. */
struct scan_range {
	const struct tcpw_scan_ops *ops;
	const struct tcpw_scan *scan;
	size_t head_offset;
	u32 first;
	u32 last;
	unsigned int n;
	struct scan_entry found[SCAN_MAX];
};

/* Of equal hashes the address decides; it lasts as long as the entry. */
static int by_place(const void *a, const void *b)
{
	const struct scan_entry *x = a, *y = b;

	if (x->place != y->place)
		return x->place < y->place ? -1 : 1;
	if (x->entry != y->entry)
		return x->entry < y->entry ? -1 : 1;
	return 0;
}

static bool was_met(const struct tcpw_scan *scan, const struct scan_entry *e)
{
	if (e->place != scan->at)
		return e->place < scan->at;
	return (unsigned long)e->entry <= scan->after;
}

static void range_add(struct scan_range *r, void *entry)
{
	struct scan_entry e = { bitrev32(r->ops->hash(entry)), entry };
	unsigned int i, most = 0;

	if (e.place < r->first || e.place > r->last || was_met(r->scan, &e))
		return;
	for (i = 0; i < r->n; i++) {
		if (r->found[i].entry == entry)
			return; /* it moved to another table meanwhile */
		if (by_place(&r->found[i], &r->found[most]) > 0)
			most = i;
	}
	if (r->n < SCAN_MAX)
		most = r->n++;
	else if (by_place(&e, &r->found[most]) > 0)
		return;
	r->found[most] = e;
}

static unsigned int bits_of(const struct bucket_table *tbl)
{
	return ilog2(tbl->size);
}

/* All buckets of one table that have entries of the range. */
static void range_table(struct scan_range *r, const struct bucket_table *tbl)
{
	u32 bucket = bitrev32(r->first) & (tbl->size - 1);
	unsigned int bits = 32 - ilog2((u64)r->last - r->first + 1);
	struct rhash_head *pos;

	for (;;) {
		rht_for_each_rcu(pos, tbl, bucket)
			range_add(r, (void *)pos - r->head_offset);
		/* a table that is larger than the range was made for */
		if (bits_of(tbl) <= bits || bucket >= tbl->size - BIT(bits))
			break;
		bucket += BIT(bits);
	}
}

/*
 * Tables of a resize that is under way: entries move forward, so each is met
 * in the one or in the other.
 */
static const struct bucket_table *next_table(const struct bucket_table *tbl,
					     struct rhashtable *ht)
{
	smp_rmb(); /* as rhashtable_lookup() does */
	return rht_dereference_rcu(tbl->future_tbl, ht);
}

static unsigned int most_bits(struct rhashtable *ht)
{
	const struct bucket_table *tbl = rht_dereference_rcu(ht->tbl, ht);
	unsigned int bits = 0;

	for (; tbl; tbl = next_table(tbl, ht))
		bits = max(bits, bits_of(tbl));
	return bits;
}

/* Entries that were not met yet up to the end of the bucket. */
static void range_fill(struct scan_range *r, struct rhashtable *ht)
{
	unsigned int bits = most_bits(ht);
	u32 rest = bits ? U32_MAX >> bits : U32_MAX;
	const struct bucket_table *tbl;

	r->n = 0;
	r->first = r->scan->at & ~rest;
	r->last = r->first | rest;
	for (tbl = rht_dereference_rcu(ht->tbl, ht); tbl;
	     tbl = next_table(tbl, ht))
		range_table(r, tbl);
	if (r->n > 1)
		sort(r->found, r->n, sizeof(r->found[0]), by_place, NULL);
}

/* True where all were met; else @scan stands before the one that was not. */
static bool range_meet(const struct scan_range *r, struct tcpw_scan *scan,
		       void *arg)
{
	unsigned int i;

	for (i = 0; i < r->n; i++) {
		if (!r->ops->meet(r->found[i].entry, arg))
			return false;
		scan->at = r->found[i].place;
		scan->after = (unsigned long)r->found[i].entry;
	}
	if (r->n == SCAN_MAX)
		return true; /* there may be more of them */
	scan->over = r->last == U32_MAX;
	scan->at = r->last + 1;
	scan->after = 0;
	return true;
}

/**
 * tcpw_scan_init - choose the secret, before there is any table
 */
void tcpw_scan_init(void)
{
	get_random_bytes(&hash_secret, sizeof(hash_secret));
}

/**
 * tcpw_scan_hash - the hash of a tuple
 * @key: the tuple
 * @salt: the table's
 *
 * A scan tells the order of hashes to those who may read a table.  So they
 * must not follow from it, nor be the same in another table.
 *
 * Return: the hash, the same for all sizes of the table.
 */
u32 tcpw_scan_hash(const struct tcpw_key *key, u16 salt)
{
	u32 ports = (__force u32)key->lport << 16 | (__force u32)key->rport;
	struct tcpw_key salted;

	if (key->family == AF_INET)
		return hsiphash_4u32((__force u32)key->laddr[0],
				     (__force u32)key->raddr[0], ports, salt,
				     &hash_secret);
	salted = *key;
	salted.salt = salt;
	return hsiphash(&salted, sizeof(salted), &hash_secret);
}

/**
 * tcpw_scan - meet the entries of a table, from where one stands on
 * @ht: the table; its hash functions must not use the seed
 * @ops: what is done with them
 * @head_offset: of the struct rhash_head in an entry
 * @scan: where one stands; zeroed to begin, @scan->over at the end
 * @arg: for @ops->meet
 *
 * Ends where @ops->meet has no more room, or where the reader is killed.
 *
 * Context: process, may sleep; @ops->meet is called under rcu_read_lock().
 */
void tcpw_scan(struct rhashtable *ht, const struct tcpw_scan_ops *ops,
	       size_t head_offset, struct tcpw_scan *scan, void *arg)
{
	struct scan_range r = {
		.ops = ops,
		.scan = scan,
		.head_offset = head_offset,
	};
	unsigned int ranges = 0;
	bool room = true;

	while (room && !scan->over) {
		rcu_read_lock();
		range_fill(&r, ht);
		room = range_meet(&r, scan, arg);
		rcu_read_unlock();
		if (++ranges % SCAN_BREATH)
			continue;
		if (fatal_signal_pending(current))
			break;
		cond_resched();
	}
}
