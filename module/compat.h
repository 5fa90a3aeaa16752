/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Every difference between the supported kernels, 5.10 to 7.2, and nothing
 * else.  Force-included before each file.  Each block says what changed, in
 * which release, and how it is told apart.
 */
#ifndef _TCPWATCH_COMPAT_H
#define _TCPWATCH_COMPAT_H

#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 10, 0)
#error "tcpwatch needs Linux 5.10 or later"
#endif

#include <linux/memcontrol.h>
#include <linux/proc_fs.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/sysctl.h>
#include <net/inet6_hashtables.h>
#include <net/genetlink.h>
#include <net/inet_connection_sock.h>
#include <net/inet_hashtables.h>
#include <net/ip.h>
#include <net/net_namespace.h>

/*
 * Until the tracepoints moved to SRCU (in 7.2 they have) a probe runs with
 * preemption off.  On PREEMPT_RT it may then neither allocate nor free nor
 * take the hash table's locks: raw locks only, the rest is put off.
 */
#if defined(CONFIG_PREEMPT_RT) && LINUX_VERSION_CODE < KERNEL_VERSION(7, 2, 0)
#define TCPW_PROBE_IS_RAW 1
#else
#define TCPW_PROBE_IS_RAW 0
#endif

/*
 * For what is written before it is read, where the compiler is told to clear
 * all that is on the stack: it would cost more than the work itself.
 */
#ifndef __uninitialized
#if __has_attribute(__uninitialized__)
#define __uninitialized __attribute__((__uninitialized__))
#else
#define __uninitialized
#endif
#endif

/* tcp_death_row is part of struct netns_ipv4, but a pointer in 5.17 to 6.0. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 17, 0) && \
	LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0)
#define tcpw_hashinfo(net) ((net)->ipv4.tcp_death_row->hashinfo)
#else
#define tcpw_hashinfo(net) ((net)->ipv4.tcp_death_row.hashinfo)
#endif

/*
 * __inet_lookup_established(): 6.18 dropped the hashinfo argument, the
 * network namespace has it.  No macro tells; Debian's 7.2 is without it, 6.12
 * is with it.
 */
static inline struct sock *
tcpw_lookup4(struct net *net, __be32 saddr, __be16 sport, __be32 daddr,
	     u16 hnum, int dif, int sdif)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 18, 0)
	return __inet_lookup_established(net, saddr, sport, daddr, hnum, dif,
					 sdif);
#else
	return __inet_lookup_established(net, tcpw_hashinfo(net),
					 saddr, sport, daddr, hnum, dif, sdif);
#endif
}

#if IS_ENABLED(CONFIG_IPV6)
static inline struct sock *
tcpw_lookup6(struct net *net, const struct in6_addr *saddr, __be16 sport,
	     const struct in6_addr *daddr, u16 hnum, int dif, int sdif)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 18, 0)
	return __inet6_lookup_established(net, saddr, sport, daddr, hnum, dif,
					  sdif);
#else
	return __inet6_lookup_established(net,
					  tcpw_hashinfo(net),
					  saddr, sport, daddr, hnum, dif, sdif);
#endif
}
#endif

/*
 * SLAB_NO_MERGE came with 6.5.  Before, a flag that keeps caches apart is the
 * one for caches that kmemleak shall not follow.  Ours is to be alone so that
 * slabinfo shows it, and so that nothing of it stays in sysfs.
 */
#ifndef SLAB_NO_MERGE
#define SLAB_NO_MERGE SLAB_NOLEAKTRACE
#endif

/*
 * register_net_sysctl_sz(): since 6.6 the size of a table is given, since
 * 6.11 an empty last entry is refused.  Before, the empty last entry ends it.
 */
static inline struct ctl_table_header *
tcpw_register_net_sysctl(struct net *net, const char *path,
			 struct ctl_table *table, size_t entries)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
	return register_net_sysctl_sz(net, path, table, entries);
#else
	return register_net_sysctl(net, path, table);
#endif
}

/* What handlers of sysctls get is const since 6.11. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 11, 0)
#define TCPW_CTL_CONST const
#else
#define TCPW_CTL_CONST
#endif

/* The tcp_send_reset tracepoint has a third argument: verified in 6.12. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
#define TCPW_RST_REASON
#endif

/* PDE_DATA() is pde_data() since 5.17. */
static inline void *tcpw_pde_data(const struct inode *inode)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 17, 0)
	return pde_data(inode);
#else
	return PDE_DATA(inode);
#endif
}

/* inet_sdif(): in 5.10 its argument is not const, though it reads only. */
static inline int tcpw_sdif4(const struct sk_buff *skb)
{
	return inet_sdif((struct sk_buff *)skb);
}

/*
 * The keepalive timer: icsk_keepalive_timer since 6.19 and in later releases
 * of the stable kernels (6.1.192), before that sk_timer.  Kbuild looks.
 */
static inline bool tcpw_keepalive_pending(const struct sock *sk)
{
#ifdef TCPW_ICSK_KEEPALIVE
	return timer_pending(&inet_csk(sk)->icsk_keepalive_timer);
#else
	return timer_pending(&sk->sk_timer);
#endif
}

/* When it goes off, jiffies. */
static inline unsigned long tcpw_keepalive_expires(const struct sock *sk)
{
#ifdef TCPW_ICSK_KEEPALIVE
	return READ_ONCE(inet_csk(sk)->icsk_keepalive_timer.expires);
#else
	return READ_ONCE(sk->sk_timer.expires);
#endif
}

/* When a socket's retransmission timer goes off; 6.19 renamed it. */
static inline unsigned long tcpw_timer_expires(const struct sock *sk)
{
#ifdef TCPW_SK_RETRANSMIT
	return READ_ONCE(sk->tcp_retransmit_timer.expires);
#else
	return READ_ONCE(inet_csk(sk)->icsk_timeout);
#endif
}

/*
 * The listening sockets of one bucket; since 5.19 they are in a nulls list of
 * sockets, before in a list of their own.  Under the bucket's lock.
 */
static inline void tcpw_each_listener(struct inet_listen_hashbucket *bucket,
				      void (*fn)(struct sock *sk, void *arg),
				      void *arg)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 19, 0)
	struct hlist_nulls_node *node;
	struct sock *sk;

	sk_nulls_for_each(sk, node, &bucket->nulls_head)
		fn(sk, arg);
#else
	struct inet_connection_sock *icsk;

	hlist_for_each_entry(icsk, &bucket->head, icsk_listen_portaddr_node)
		fn((struct sock *)icsk, arg);
#endif
}

/* The same without the lock: is there none? */
static inline bool tcpw_no_listener(const struct inet_listen_hashbucket *bucket)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(5, 19, 0)
	return hlist_nulls_empty(&bucket->nulls_head);
#else
	return hlist_empty(&bucket->head);
#endif
}

/*
 * Split operations came with 6.2.  Before, an entry of the plain kind does for
 * a command that either acts or dumps, not both, and so do all of ours.
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
#define genl_split_ops genl_ops
#define split_ops ops
#define n_split_ops n_ops
#endif

/* Big endian numbers in policies: since 6.1; the width is all we need. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0)
#define NLA_BE16 NLA_U16
#endif

/* All that a function calls is inlined into it: the name came with 5.16. */
#ifndef __flatten
#define __flatten __attribute__((__flatten__))
#endif

/* A policy for octets up to a length: a macro of its own since 6.11. */
#ifndef NLA_POLICY_MAX_LEN
#define NLA_POLICY_MAX_LEN(_len) { .type = NLA_BINARY, .len = (_len) }
#endif

/* Ranges in policies are const since 6.7. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 7, 0)
#undef NLA_POLICY_FULL_RANGE
#define NLA_POLICY_FULL_RANGE(tp, _range)				\
	{								\
		.type = (tp),						\
		.validation_type = NLA_VALIDATE_RANGE_PTR,		\
		.range = (struct netlink_range_validation *)(_range),	\
	}
#endif

/*
 * Who may join a multicast group.  The flags are of 6.7, and of later releases
 * of the stable kernels; without them everybody may, but not all are told.
 */
#ifdef GENL_MCAST_CAP_NET_ADMIN
#define TCPW_MCAST_FLAGS .flags = GENL_MCAST_CAP_NET_ADMIN,
#else
#define TCPW_MCAST_FLAGS
#endif

#ifndef GENL_MCAST_CAP_NET_ADMIN
/* Not to those who may not administer the namespace's network. */
static inline int tcpw_mcast_skip(struct sock *dsk, struct sk_buff *skb,
				  void *data)
{
	const struct net *net = data;

	return !dsk->sk_socket || !dsk->sk_socket->file ||
	       !file_ns_capable(dsk->sk_socket->file, net->user_ns,
				CAP_NET_ADMIN);
}
#endif

/* -ESRCH where nobody is there. */
static inline int tcpw_genl_multicast(struct genl_family *family,
				      struct net *net, struct sk_buff *skb,
				      unsigned int group)
{
#ifdef GENL_MCAST_CAP_NET_ADMIN
	return genlmsg_multicast_netns(family, net, skb, 0, group, GFP_KERNEL);
#else
	return netlink_broadcast_filtered(net->genl_sock, skb, 0,
					  family->mcgrp_offset + group,
					  GFP_KERNEL, tcpw_mcast_skip, net);
#endif
}

/* The attributes of a dump's request; 6.6 put them into struct genl_info. */
static inline struct nlattr **tcpw_dump_attrs(struct netlink_callback *cb)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
	return genl_info_dump(cb)->attrs;
#else
	return genl_dumpit_info(cb)->attrs;
#endif
}

/* get_net_ns_by_id() is not exported in 5.10, but is in 6.1. */
static inline struct net *tcpw_net_by_id(const struct net *net, int id)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 1, 0)
	return get_net_ns_by_id(net, id);
#else
	struct net *peer;

	if (id < 0)
		return NULL;
	rcu_read_lock();
	peer = idr_find(&net->netns_ids, id);
	if (peer)
		peer = maybe_get_net(peer);
	rcu_read_unlock();
	return peer;
#endif
}

/*
 * set_active_memcg(): before 5.14 the kernel does not export what it needs in
 * interrupts; what is allocated there is charged to nobody.
 */
static inline struct mem_cgroup *
tcpw_set_active_memcg(struct mem_cgroup *memcg)
{
#if defined(CONFIG_MEMCG) && LINUX_VERSION_CODE < KERNEL_VERSION(5, 14, 0)
	struct mem_cgroup *old;

	if (in_interrupt())
		return NULL;
	old = current->active_memcg;
	current->active_memcg = memcg;
	return old;
#else
	return set_active_memcg(memcg);
#endif
}

/* get_mem_cgroup_from_mm() is not declared without memory cgroups. */
static inline struct mem_cgroup *tcpw_current_memcg(void)
{
#ifdef CONFIG_MEMCG
	return get_mem_cgroup_from_mm(current->mm);
#else
	return NULL;
#endif
}

#endif /* _TCPWATCH_COMPAT_H */
