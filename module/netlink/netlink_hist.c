// SPDX-License-Identifier: GPL-2.0
/*
 * Netlink: the histograms, and what is told of TIME-WAIT; and what they share
 * with the summary.
 */
#include <linux/sched.h>
#include <linux/slab.h>

#include "netlink/netlink.h"

/**
 * tcpw_nl_kinds - put a nest of counters that are numbered as its attributes
 * @skb: the message
 * @attr: attribute of the nest
 * @pad: its set's attribute for padding
 * @n: the counters
 * @first: the first of them, 0 where attribute 1 is number 0
 * @count: where they end
 *
 * Return: 0 or -EMSGSIZE.
 */
int tcpw_nl_kinds(struct sk_buff *skb, int attr, int pad,
		  const unsigned long *n, int first, int count)
{
	struct nlattr *nest = nla_nest_start(skb, attr);
	int i;

	if (!nest)
		return -EMSGSIZE;
	for (i = first; i < count; i++)
		if (nla_put_u64_64bit(skb, first ? i : i + 1, n[i], pad))
			return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/**
 * tcpw_nl_small - put what is told of timewait sockets
 * @skb: the message
 * @attr: attribute of the nest
 * @sum: the counters
 * @small: of which of their states
 *
 * TCP_TIMEWAIT_LEN, and 2 MSL of RFC 9293 3.4.2, are TIME-WAIT's alone.
 *
 * Return: 0 or -EMSGSIZE.
 */
int tcpw_nl_small(struct sk_buff *skb, int attr, const struct tcpw_stats *sum,
		  enum tcpw_small small)
{
	const struct tcpw_nl_count counts[] = {
		{ TCPWATCH_A_TIME_WAIT_KERNEL_NS, TCPW_TIME_WAIT_NS },
		{ TCPWATCH_A_TIME_WAIT_RFC9293_NS, 4 * TCPW_TIME_WAIT_NS },
	};
	struct nlattr *nest = nla_nest_start(skb, attr);

	if (!nest ||
	    tcpw_nl_kinds(skb, TCPWATCH_A_TIME_WAIT_END, TCPWATCH_A_TW_END_PAD,
			  sum->tw_end[small], TCPW_TW_EXPIRED, TCPW_TW_MAX) ||
	    tcpw_nl_kinds(skb, TCPWATCH_A_TIME_WAIT_LATE, TCPWATCH_A_LATE_PAD,
			  sum->late[small], TCPW_LATE_FIN, TCPW_LATE_MAX) ||
	    (small == TCPW_SMALL_TIME_WAIT &&
	     (tcpw_nl_counters(skb, TCPWATCH_A_TIME_WAIT_PAD, TCPW_AT_TIME_WAIT,
			       sum) ||
	      tcpw_nl_counts(skb, 0, TCPWATCH_A_TIME_WAIT_PAD, counts,
			     ARRAY_SIZE(counts)))))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_floors(struct sk_buff *skb, int attr, struct tcpw_nl_sums *sums)
{
	unsigned int i;

	for (i = 0; i < TCPW_HIST_BUCKETS; i++)
		sums->buckets[i] = tcpw_hist_floor(i);
	return nla_put(skb, attr, sizeof(sums->buckets), sums->buckets);
}

/* The buckets from the first to the last that is not empty. */
static int put_buckets(struct sk_buff *skb, struct tcpw_nl_sums *sums)
{
	unsigned int first = 0, last, i;

	for (last = TCPW_HIST_BUCKETS; last && !sums->hist.n[last - 1]; last--)
		;
	while (first < last && !sums->hist.n[first])
		first++;
	for (i = first; i < last; i++)
		sums->buckets[i - first] = sums->hist.n[i];
	return nla_put_u32(skb, TCPWATCH_A_HIST_DATA_FIRST, first)
		       ?: nla_put(skb, TCPWATCH_A_HIST_DATA_BUCKETS,
				  (last - first) * sizeof(u64), sums->buckets);
}

static int put_hist(struct sk_buff *skb, int attr, const struct tcpw_net *tn,
		    struct tcpw_nl_sums *sums, u8 span)
{
	struct tcpw_hist *h = &sums->hist;
	struct nlattr *nest = nla_nest_start(skb, attr);

	tcpw_timing_sum(h, &tn->counts, span);
	if (!nest || nla_put_u8(skb, TCPWATCH_A_HIST_DATA_SPAN, span) ||
	    tcpw_nl_counts(skb, 0, TCPWATCH_A_HIST_DATA_PAD,
			   (const struct tcpw_nl_count[]){
				   { TCPWATCH_A_HIST_DATA_COUNT,
				     tcpw_hist_count(h) },
				   { TCPWATCH_A_HIST_DATA_SUM_NS, h->sum },
				   { TCPWATCH_A_HIST_DATA_MIN_NS,
				     tcpw_hist_min(h) },
				   { TCPWATCH_A_HIST_DATA_MAX_NS, h->max },
			   },
			   4) ||
	    put_buckets(skb, sums))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/**
 * tcpw_nl_hists - put all histograms
 * @skb: the message
 * @floors: attribute of the buckets' bounds
 * @attr: attribute of a histogram
 * @tn: whose they are
 * @sums: to work in
 *
 * Return: 0 or -EMSGSIZE.
 */
int tcpw_nl_hists(struct sk_buff *skb, int floors, int attr,
		  const struct tcpw_net *tn, struct tcpw_nl_sums *sums)
{
	int err = put_floors(skb, floors, sums);
	u8 span;

	for (span = 1; span < TCPW_SPAN_MAX && !err; span++) {
		if (tcpw_span_is_measured(span))
			err = put_hist(skb, attr, tn, sums, span);
		cond_resched();
	}
	return err;
}

/**
 * tcpw_nl_with_sums - put what needs room to be summed up
 * @skb: the message
 * @tn: whose it is
 * @hists: for @put
 * @put: puts it
 *
 * Return: 0 or a negative error.
 */
int tcpw_nl_with_sums(struct sk_buff *skb, struct tcpw_net *tn, bool hists,
		      int (*put)(struct sk_buff *skb, struct tcpw_net *tn,
				 struct tcpw_nl_sums *sums, bool hists))
{
	struct tcpw_nl_sums *sums = kmalloc(sizeof(*sums), GFP_KERNEL);
	int err;

	if (!sums)
		return -ENOMEM;
	err = put(skb, tn, sums, hists);
	kfree(sums);
	return err;
}

static int put_ages(struct sk_buff *skb, struct tcpw_net *tn)
{
	struct tcpw_findings *f = tcpw_survey_read(&tn->flows.survey);
	struct nlattr *nest;
	unsigned int i;
	int err = 0;

	if (!f)
		return -ENOMEM;
	for (i = 0; i < TCPW_STUCK_STATES && !err; i++) {
		nest = nla_nest_start(skb, TCPWATCH_A_HIST_AGE);
		err = !nest ||
		      nla_put_u8(skb, TCPWATCH_A_AGE_STATE,
				 tcpw_stuck_states[i]) ||
		      nla_put(skb, TCPWATCH_A_AGE_COUNTS, sizeof(f->age[i]),
			      f->age[i]);
		if (!err)
			nla_nest_end(skb, nest);
	}
	kvfree(f);
	return err ? -EMSGSIZE : 0;
}

static int put_all_hists(struct sk_buff *skb, struct tcpw_net *tn,
			 struct tcpw_nl_sums *sums, bool hists)
{
	return tcpw_nl_hists(skb, TCPWATCH_A_HIST_BUCKET_FLOOR,
			     TCPWATCH_A_HIST_HIST, tn, sums)
		       ?: put_ages(skb, tn);
}

static int hist_fill(struct sk_buff *skb, struct tcpw_net *tn,
		     struct sk_buff *request, struct genl_info *info)
{
	return tcpw_nl_with_sums(skb, tn, true, put_all_hists);
}

int tcpwatch_nl_hist_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return tcpw_nl_reply(skb, info, TCPWATCH_CMD_HIST_GET,
			     TCPW_NL_HIST_BYTES, hist_fill);
}

static int put_timewait(struct sk_buff *skb, struct tcpw_net *tn,
			struct tcpw_nl_sums *sums, bool hists)
{
	struct tcpw_stats *sum = &sums->stats;
	unsigned long entered, left;

	tcpw_counts_sum(sum, &tn->counts);
	entered = tcpw_stats_entered(sum, TCPW_ST_TIME_WAIT);
	left = tcpw_stats_left(sum, TCPW_ST_TIME_WAIT);
	if (nla_put_u64_64bit(skb, TCPWATCH_A_TIMEWAIT_NOW,
			      tcpw_stats_now(TCPW_ST_TIME_WAIT, entered, left),
			      TCPWATCH_A_TIMEWAIT_PAD) ||
	    nla_put_u64_64bit(skb, TCPWATCH_A_TIMEWAIT_ENTERED, entered,
			      TCPWATCH_A_TIMEWAIT_PAD) ||
	    tcpw_nl_small(skb, TCPWATCH_A_TIMEWAIT_TIME_WAIT, sum,
			  TCPW_SMALL_TIME_WAIT) ||
	    tcpw_nl_small(skb, TCPWATCH_A_TIMEWAIT_FIN_WAIT_2, sum,
			  TCPW_SMALL_FIN_WAIT2) ||
	    put_floors(skb, TCPWATCH_A_TIMEWAIT_BUCKET_FLOOR, sums) ||
	    put_hist(skb, TCPWATCH_A_TIMEWAIT_HIST, tn, sums,
		     TCPW_ST_TIME_WAIT) ||
	    put_hist(skb, TCPWATCH_A_TIMEWAIT_HIST, tn, sums,
		     TCPW_SPAN_LAST_RESTART))
		return -EMSGSIZE;
	return 0;
}

static int timewait_fill(struct sk_buff *skb, struct tcpw_net *tn,
			 struct sk_buff *request, struct genl_info *info)
{
	return tcpw_nl_with_sums(skb, tn, true, put_timewait);
}

int tcpwatch_nl_timewait_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return tcpw_nl_reply(skb, info, TCPWATCH_CMD_TIMEWAIT_GET, 16384,
			     timewait_fill);
}
