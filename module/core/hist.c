// SPDX-License-Identifier: GPL-2.0
/*
 * Where a duration is counted, and what can be said of all of them.
 */
#include "core/hist.h"

/**
 * tcpw_hist_bucket - where a duration is counted
 * @ns: the duration
 *
 * Return: 0..%TCPW_HIST_BUCKETS - 1.
 */
unsigned int tcpw_hist_bucket(u64 ns)
{
	u64 units = ns >> TCPW_HIST_UNIT_BITS;
	unsigned int shift;

	if (units < TCPW_HIST_SUB)
		return units;
	if (ns >> TCPW_HIST_TOP_BITS)
		return TCPW_HIST_BUCKETS - 1;
	shift = fls64(units) - 1 - TCPW_HIST_SUB_BITS;
	return shift * TCPW_HIST_SUB + (units >> shift);
}

/**
 * tcpw_hist_floor - the least duration that a bucket counts
 * @bucket: 0..%TCPW_HIST_BUCKETS; the latter is where the last one ends
 *
 * Return: ns.
 */
u64 tcpw_hist_floor(unsigned int bucket)
{
	unsigned int shift = bucket / TCPW_HIST_SUB;
	u64 units = bucket;

	if (shift > 1) {
		shift--;
		units = (u64)(bucket % TCPW_HIST_SUB + TCPW_HIST_SUB) << shift;
	}
	return units << TCPW_HIST_UNIT_BITS;
}

/**
 * tcpw_hist_add - count a duration
 * @h: histogram; nobody else may write it meanwhile
 * @ns: the duration
 */
void tcpw_hist_add(struct tcpw_hist *h, u64 ns)
{
	h->n[tcpw_hist_bucket(ns)]++;
	h->sum += ns;
	if (ns > h->max)
		h->max = ns;
	if (~ns > h->inv_min)
		h->inv_min = ~ns;
}

/**
 * tcpw_hist_take - a duration that was counted was none
 * @h: histogram, perhaps another of those that will be merged: the counters
 *     wrap, and their sum is right
 * @ns: the duration
 *
 * The least and the greatest stay what they are.
 */
void tcpw_hist_take(struct tcpw_hist *h, u64 ns)
{
	h->n[tcpw_hist_bucket(ns)]--;
	h->sum -= ns;
}

/**
 * tcpw_hist_merge - add one histogram to another
 * @into: the latter
 * @from: the former; it may be written meanwhile
 */
void tcpw_hist_merge(struct tcpw_hist *into, const struct tcpw_hist *from)
{
	unsigned int i;

	/* what one has taken back another has counted: both are not empty */
	if (!READ_ONCE(from->inv_min) && !READ_ONCE(from->sum))
		return;
	for (i = 0; i < TCPW_HIST_BUCKETS; i++)
		into->n[i] += READ_ONCE(from->n[i]);
	into->sum += READ_ONCE(from->sum);
	if (READ_ONCE(from->max) > into->max)
		into->max = READ_ONCE(from->max);
	if (READ_ONCE(from->inv_min) > into->inv_min)
		into->inv_min = READ_ONCE(from->inv_min);
}

/**
 * tcpw_hist_count - how many durations there were
 * @h: histogram
 *
 * Return: their number.
 */
u64 tcpw_hist_count(const struct tcpw_hist *h)
{
	unsigned int i;
	u64 n = 0;

	for (i = 0; i < TCPW_HIST_BUCKETS; i++)
		n += h->n[i];
	return n;
}

/**
 * tcpw_hist_min - the least of them
 * @h: histogram
 *
 * Return: ns; 0 where there was none.
 */
u64 tcpw_hist_min(const struct tcpw_hist *h)
{
	return h->inv_min ? ~h->inv_min : 0;
}

/* What a bucket's durations are taken for: the middle of where they can be. */
static u64 middle(const struct tcpw_hist *h, unsigned int bucket)
{
	u64 from = tcpw_hist_floor(bucket), to = tcpw_hist_floor(bucket + 1);

	if (bucket == TCPW_HIST_BUCKETS - 1)
		return h->max;
	if (from < tcpw_hist_min(h))
		from = tcpw_hist_min(h);
	if (to > h->max)
		to = h->max;
	if (to < from) /* the greatest is still being written */
		to = from;
	return from + (to - from) / 2;
}

/**
 * tcpw_hist_quantile - the duration that a share of them does not exceed
 * @h: histogram
 * @count: how many there are, tcpw_hist_count()
 * @permille: the share, 1..1000
 *
 * Return: ns, within 6.25 % above 1024 ns, within 64 ns below, and anything
 * up to the greatest above 2^47 ns; 0 where there was none.
 */
u64 tcpw_hist_quantile(const struct tcpw_hist *h, u64 count,
		       unsigned int permille)
{
	u64 rank = div64_u64(count * permille + 999, 1000);
	unsigned int i;

	if (!count)
		return 0;
	for (i = 0; i < TCPW_HIST_BUCKETS - 1; i++) {
		if (h->n[i] >= rank)
			break;
		rank -= h->n[i];
	}
	return middle(h, i);
}

/**
 * tcpw_hist_brief - what is shown of a histogram
 * @brief: filled
 * @h: histogram
 */
void tcpw_hist_brief(struct tcpw_brief *brief, const struct tcpw_hist *h)
{
	memset(brief, 0, sizeof(*brief));
	if (!h->inv_min)
		return;
	brief->count = tcpw_hist_count(h);
	if (!brief->count)
		return;
	brief->min = tcpw_hist_min(h);
	brief->mean = div64_u64(h->sum, brief->count);
	brief->p50 = tcpw_hist_quantile(h, brief->count, 500);
	brief->p90 = tcpw_hist_quantile(h, brief->count, 900);
	brief->p99 = tcpw_hist_quantile(h, brief->count, 990);
	brief->max = h->max;
}
