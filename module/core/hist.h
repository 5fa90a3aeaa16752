/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Log-linear histograms of durations: a fixed number of buckets, a bounded
 * relative error, exact count, sum, least and greatest.  Pure.
 */
#ifndef _TCPWATCH_HIST_H
#define _TCPWATCH_HIST_H

#include "core/pure.h"

/*
 * Eight buckets for each power of two: the middle of one is at most 1/16
 * (6.25 %) off any value in it.  Below 1024 ns they are 128 ns wide, 2^47 ns
 * (39 hours) and all above share the last one.
 */
#define TCPW_HIST_UNIT_BITS	7
#define TCPW_HIST_SUB_BITS	3
#define TCPW_HIST_TOP_BITS	47
#define TCPW_HIST_SUB		8U /* 2^TCPW_HIST_SUB_BITS */
#define TCPW_HIST_BUCKETS                                                      \
	((TCPW_HIST_TOP_BITS - TCPW_HIST_UNIT_BITS - TCPW_HIST_SUB_BITS + 1) * \
	 TCPW_HIST_SUB)

/**
 * struct tcpw_hist - durations, all in ns; zeroed it is empty
 * @n: how many there were, by bucket
 * @sum: of them
 * @max: the greatest
 * @inv_min: the least, its bits inverted
 */
struct tcpw_hist {
	unsigned long n[TCPW_HIST_BUCKETS];
	u64 sum;
	u64 max;
	u64 inv_min;
};

/**
 * struct tcpw_brief - what is shown of a histogram, all but @count in ns
 * @count: how many durations there were; without any all is 0
 * @min: the least
 * @mean: their mean
 * @p50: the median; this and the others as tcpw_hist_quantile() says
 * @p90: what 90 % do not exceed
 * @p99: what 99 % do not exceed
 * @max: the greatest
 */
struct tcpw_brief {
	u64 count;
	u64 min;
	u64 mean;
	u64 p50;
	u64 p90;
	u64 p99;
	u64 max;
};

unsigned int tcpw_hist_bucket(u64 ns);
u64 tcpw_hist_floor(unsigned int bucket);
void tcpw_hist_add(struct tcpw_hist *h, u64 ns);
void tcpw_hist_take(struct tcpw_hist *h, u64 ns);
void tcpw_hist_merge(struct tcpw_hist *into, const struct tcpw_hist *from);
u64 tcpw_hist_count(const struct tcpw_hist *h);
u64 tcpw_hist_min(const struct tcpw_hist *h);
u64 tcpw_hist_quantile(const struct tcpw_hist *h, u64 count,
		       unsigned int permille);
void tcpw_hist_brief(struct tcpw_brief *brief, const struct tcpw_hist *h);

#endif /* _TCPWATCH_HIST_H */
