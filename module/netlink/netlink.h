/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the netlink_*.c files share.
 */
#ifndef _TCPWATCH_NETLINK_H
#define _TCPWATCH_NETLINK_H

#include <net/genetlink.h>

#include "netlink/genl-gen.h"
#include "kernel/nla.h"
#include "pernet.h"

/**
 * struct tcpw_nl_dump - where a dump stands, in netlink_callback.ctx
 * @net: the network namespace, referenced; NULL at the end of all of them
 * @scan: where in its table
 * @index: where in what has no table
 * @all: go on with the next namespace
 * @used: with @all, those without endpoints are left out
 * @begun: @net is that of the request, or what it asks for is refused
 */
struct tcpw_nl_dump {
	struct net *net;
	struct tcpw_scan scan;
	u32 index;
	bool all;
	bool used;
	bool begun;
};

static inline struct tcpw_nl_dump *tcpw_nl_dump(struct netlink_callback *cb)
{
	BUILD_BUG_ON(sizeof(struct tcpw_nl_dump) > sizeof(cb->ctx));
	return (struct tcpw_nl_dump *)cb->ctx;
}

/* A counter, and the attribute that it is told by. */
struct tcpw_nl_count {
	int attr;
	u64 value;
};

/* Puts what an answer says of a namespace; 0 or a negative error. */
typedef int (*tcpw_nl_fill)(struct sk_buff *skb, struct tcpw_net *tn,
			    struct sk_buff *request, struct genl_info *info);

/* netlink.c */
struct net *tcpw_nl_net(struct sk_buff *skb, struct nlattr **attrs,
			struct netlink_ext_ack *extack);
int tcpw_nl_begin(struct netlink_callback *cb);
void tcpw_nl_next(struct tcpw_nl_dump *dump);
void *tcpw_nl_put(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd);
int tcpw_nl_reply(struct sk_buff *request, struct genl_info *info, u8 cmd,
		  size_t size, tcpw_nl_fill fill);
int tcpw_nl_counts(struct sk_buff *skb, int nest, int pad,
		   const struct tcpw_nl_count *counts, size_t n);
u32 tcpw_nl_uid(struct sk_buff *request, u32 uid);

/**
 * struct tcpw_nl_sums - what is summed up for an answer
 * @stats: counters
 * @hist: one histogram after the other
 * @buckets: what of it is told
 */
struct tcpw_nl_sums {
	struct tcpw_stats stats;
	struct tcpw_hist hist;
	u64 buckets[TCPW_HIST_BUCKETS];
};

/* All histograms at their largest, and the bounds. */
#define TCPW_NL_HIST_BYTES 49152

/* netlink_hist.c */
int tcpw_nl_kinds(struct sk_buff *skb, int attr, int pad,
		  const unsigned long *n, int first, int count);
int tcpw_nl_counters(struct sk_buff *skb, int pad, enum tcpw_stat_place place,
		     const struct tcpw_stats *sum);
int tcpw_nl_small(struct sk_buff *skb, int attr, const struct tcpw_stats *sum,
		  enum tcpw_small small);
int tcpw_nl_hists(struct sk_buff *skb, int floors, int attr,
		  const struct tcpw_net *tn, struct tcpw_nl_sums *sums);
int tcpw_nl_with_sums(struct sk_buff *skb, struct tcpw_net *tn, bool hists,
		      int (*put)(struct sk_buff *skb, struct tcpw_net *tn,
				 struct tcpw_nl_sums *sums, bool hists));

#endif /* _TCPWATCH_NETLINK_H */
