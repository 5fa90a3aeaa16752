/* SPDX-License-Identifier: GPL-2.0 */
/* What tcpwatch keeps for each network namespace. */
#ifndef _TCPWATCH_PERNET_H
#define _TCPWATCH_PERNET_H

#include <linux/list.h>

#include "record/counts.h"
#include "record/event.h"
#include "table/flow.h"
#include "table/listener.h"

struct ctl_table;
struct ctl_table_header;
struct mem_cgroup;
struct nf_hook_ops;

struct seq_file;

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

/* nets.c */
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
int tcpw_pernet_init(void);
void tcpw_pernet_exit(void);

/* tap.c */
int tcpw_tap_init(void);
void tcpw_tap_exit(void);

/* netlink.c */
int tcpw_netlink_init(void);
void tcpw_netlink_exit(void);

/* files.c */
int tcpw_files_init(void);
void tcpw_files_exit(void);

/* proc.c */
int tcpw_proc_init(void);
void tcpw_proc_exit(void);
void tcpw_proc_add(struct tcpw_net *tn);
void tcpw_proc_remove(struct tcpw_net *tn);

/* proc_text.c */
bool tcpw_proc_has_room(struct seq_file *m);
bool tcpw_proc_may_read(struct seq_file *m, const struct tcpw_net *tn);

/* proc_flows.c */
int tcpw_proc_flows_add(struct tcpw_net *tn);
void tcpw_proc_flows_remove(struct tcpw_net *tn);
void tcpw_proc_tuple(struct seq_file *m, const struct tcpw_key *key, u8 state);

/* resets.c */
void tcpw_resets_init(void);
void tcpw_resets_exit(void);

/* proc_hist.c */
int tcpw_proc_hist_add(struct tcpw_net *tn);
void tcpw_proc_hist_remove(struct tcpw_net *tn);

/* proc_listeners.c */
int tcpw_proc_listeners_add(struct tcpw_net *tn);
void tcpw_proc_listeners_remove(struct tcpw_net *tn);

/* proc_survey.c */
int tcpw_proc_survey_add(struct tcpw_net *tn);
void tcpw_proc_survey_remove(struct tcpw_net *tn);
void tcpw_proc_oldest(struct seq_file *m, struct tcpw_net *tn);

/* seed.c */
int tcpw_seed_init(void);
void tcpw_seed_exit(void);

/* sysctl.c */
#ifdef CONFIG_SYSCTL
void tcpw_sysctl_add(struct tcpw_net *tn);
void tcpw_sysctl_remove(struct tcpw_net *tn);
#else
static inline void tcpw_sysctl_add(struct tcpw_net *tn)
{
}

static inline void tcpw_sysctl_remove(struct tcpw_net *tn)
{
}
#endif

#endif /* _TCPWATCH_PERNET_H */
