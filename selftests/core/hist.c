// SPDX-License-Identifier: GPL-2.0
/*
 * Histograms against exact arithmetic on the same durations.
 */
#include <stdio.h>
#include <stdlib.h>

#include "core.h"
#include "core/hist.h"

#define MANY 20000

static void test_borders(void)
{
	bool ok = tcpw_hist_bucket(~0ULL) == TCPW_HIST_BUCKETS - 1;
	unsigned int i;
	u64 floor;

	for (i = 0; i < TCPW_HIST_BUCKETS; i++) {
		floor = tcpw_hist_floor(i);
		if (tcpw_hist_bucket(floor) != i ||
		    (i && tcpw_hist_bucket(floor - 1) != i - 1))
			ok = false;
	}
	tap_result(ok, "hist.buckets_meet", "they do not");
	tap_result(tcpw_hist_floor(TCPW_HIST_BUCKETS) ==
			   1ULL << TCPW_HIST_TOP_BITS,
		   "hist.the_last_ends_at_the_top", "it does not");
}

/* A duration of any size: the sizes are equally likely. */
static u64 any_duration(struct rng *rng)
{
	u64 ns = (u64)rng_u32(rng) << 32 | rng_u32(rng);

	return ns >> (64 - 1 - rng_below(rng, TCPW_HIST_TOP_BITS - 1));
}

static int by_size(const void *a, const void *b)
{
	u64 x = *(const u64 *)a, y = *(const u64 *)b;

	return (x > y) - (x < y);
}

static bool is_near(u64 got, u64 want)
{
	u64 off = got > want ? got - want : want - got;

	return off <= 64 || off <= want / 16;
}

static u64 quantile(const struct tcpw_hist *h, unsigned int permille)
{
	return tcpw_hist_quantile(h, tcpw_hist_count(h), permille);
}

static void fill(struct tcpw_hist *h, u64 *all, struct rng *rng, int n)
{
	int i;

	for (i = 0; i < n; i++) {
		all[i] = any_duration(rng);
		tcpw_hist_add(h, all[i]);
	}
}

static void test_quantiles(void)
{
	static const unsigned int permilles[] = { 1, 10, 500, 900, 990, 1000 };
	static u64 all[MANY];
	struct rng rng = { 0x415 };
	struct tcpw_hist h = {};
	struct tcpw_brief brief;
	char why[128] = "";
	u64 got, want, sum = 0;
	size_t i;
	bool exact;

	fill(&h, all, &rng, MANY);
	qsort(all, MANY, sizeof(*all), by_size);
	for (i = 0; i < ARRAY_SIZE(permilles); i++) {
		want = all[(MANY * permilles[i] + 999) / 1000 - 1];
		got = quantile(&h, permilles[i]);
		if (!is_near(got, want))
			snprintf(why, sizeof(why), "%u: %llu, not %llu",
				 permilles[i], (unsigned long long)got,
				 (unsigned long long)want);
	}
	tap_result(!*why, "hist.quantiles_are_near", why);
	for (i = 0; i < MANY; i++)
		sum += all[i];
	tcpw_hist_brief(&brief, &h);
	exact = brief.count == MANY && brief.mean == sum / MANY &&
		brief.min == all[0] && brief.max == all[MANY - 1] &&
		brief.p50 == quantile(&h, 500) &&
		brief.p90 == quantile(&h, 900) &&
		brief.p99 == quantile(&h, 990);
	tap_result(exact, "hist.count_mean_and_ends_are_exact", "they are not");
}

/* The share is met, not passed: of four, the second is the half. */
static void test_ranks(void)
{
	struct tcpw_hist h = {};
	bool met;
	u64 ns;

	for (ns = 1000000; ns <= 1000000000; ns *= 10)
		tcpw_hist_add(&h, ns);
	met = is_near(quantile(&h, 500), 10000000) &&
	      is_near(quantile(&h, 501), 100000000) &&
	      is_near(quantile(&h, 250), 1000000) &&
	      is_near(quantile(&h, 1000), 1000000000);
	tap_result(met, "hist.the_share_is_met", "it is not");
}

/* Parts of several CPUs; one CPU takes back what another has counted. */
static void test_merge(void)
{
	struct tcpw_hist parts[3] = {}, whole = {}, merged = {};
	static u64 all[MANY];
	struct rng rng = { 0x9a7 };
	int i;

	fill(&whole, all, &rng, MANY);
	for (i = 0; i < MANY; i++) {
		tcpw_hist_add(&parts[i % 3], all[i]);
		if (i % 7)
			continue;
		tcpw_hist_add(&parts[i % 3], all[i]);
		tcpw_hist_take(&parts[(i + 1) % 3], all[i]);
	}
	for (i = 0; i < 3; i++)
		tcpw_hist_merge(&merged, &parts[i]);
	tap_result(!memcmp(&merged, &whole, sizeof(whole)),
		   "hist.parts_make_the_whole", "they do not");
}

static void test_empty(void)
{
	struct tcpw_hist h = {};
	struct tcpw_brief brief;
	bool zero;

	tcpw_hist_brief(&brief, &h);
	zero = !brief.count && !brief.mean && !brief.min && !brief.max &&
	       !quantile(&h, 500);
	tap_result(zero, "hist.nothing_is_zero", "it is not");
	tcpw_hist_add(&h, 1ULL << 60);
	tap_result(quantile(&h, 500) == 1ULL << 60,
		   "hist.beyond_the_top_the_greatest_counts", "it does not");
}

void test_hist(void)
{
	test_borders();
	test_quantiles();
	test_merge();
	test_ranks();
	test_empty();
}
