/* SPDX-License-Identifier: GPL-2.0 */
/* What is kept for each network namespace, and how it is found. */
#ifndef _TCPWATCH_NETS_H
#define _TCPWATCH_NETS_H

#include <linux/list.h>

#include "record/counts.h"
#include "record/event.h"
#include "table/flow.h"
#include "table/listener.h"

struct ctl_table;
struct ctl_table_header;
struct mem_cgroup;
struct nf_hook_ops;

struct tcpw_net;

/**
 * struct tcpw_net_cpu - what one CPU has of a network namespace
 * @counts: what it counted
 * @tn: the namespace; constant.  Here, since the hooks know only where to
 *	count: established data touches nothing else of it
 */
struct tcpw_net_cpu {
	struct tcpw_block_cpu counts;
	struct tcpw_net *tn;
};

/**
 * struct tcpw_net - one network namespace
 * @node: in the list that tcpw_pernet_find() reads, RCU
 * @id: its number, by which all of them are gone through
 * @net: the namespace; not referenced, this ends before it
 * @memcg: the memory cgroup of whoever made it, which pays for what happens in
 *	   it; a reference, NULL without memory cgroups
 * @flows: its endpoints
 * @listeners: its listening sockets
 * @cpu: per CPU
 * @counts: what is counted, and how long everything lasted
 * @events: who listens to its transitions
 * @since: when watching began, ktime_get() ns
 * @hooks: netfilter hooks, tap.c
 * @files: in the lists of files.c
 * @has_proc: it has its files below /proc/net
 * @sysctl: registered table, NULL for none, sysctl.c
 * @sysctl_table: its entries
 */
struct tcpw_net {
	struct hlist_node node;
	u32 id;
	struct net *net;
	struct mem_cgroup *memcg;
	struct tcpw_flow_table flows;
	struct tcpw_listeners listeners;
	struct tcpw_net_cpu __percpu *cpu;
	struct tcpw_counts counts;
	struct tcpw_events events;
	u64 since;
	struct nf_hook_ops *hooks;
	struct list_head files;
	bool has_proc;
	struct ctl_table_header *sysctl;
	struct ctl_table *sysctl_table;
};

extern unsigned int tcpw_nets_id;
int tcpw_nets_reserve(struct tcpw_net *tn);
void tcpw_nets_release(struct tcpw_net *tn);
void tcpw_nets_add(struct tcpw_net *tn);
void tcpw_nets_remove(struct tcpw_net *tn);
struct tcpw_net *tcpw_pernet_find(const struct net *net);
struct tcpw_net *tcpw_pernet_get(const struct net *net);
struct tcpw_flow_table *tcpw_pernet_flows(const struct net *net);
struct net *tcpw_pernet_next(const struct net *after, bool used);
void tcpw_pernet_each(void (*fn)(struct tcpw_flow_table *t, void *arg),
		      void *arg);
struct tcpw_listeners *tcpw_pernet_listeners(const struct net *net);

#endif /* _TCPWATCH_NETS_H */
