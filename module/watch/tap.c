// SPDX-License-Identifier: GPL-2.0
/*
 * The wire observer: netfilter hooks where segments are delivered to local
 * sockets and where local sockets send them.  Always accepts.  The only code
 * on the path of established data: one load and a few tests let it pass.
 */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/slab.h>
#include <linux/tcp.h>

#include <net/net_namespace.h>
#include <net/sock.h>
#include <net/tcp.h>
#include <net/tcp_states.h>

#include "compat.h"
#include "pernet.h"
#include "kernel/segment.h"
#include "kernel/skkey.h"

#define TAP_HEADER ((u32)sizeof(struct tcphdr))

/* The control bits, where the stack says that the header is. */
/*
 * The flags in which a segment differs from a plain ACK: data, with which PSH
 * may come, has no others.
 */
static __always_inline u32 tap_flags(const struct sk_buff *skb)
{
	return skb_transport_header(skb)[13] ^ TCPW_ACK;
}

/*
 * Segments that can move no state: plain ones of an established socket.  The
 * stack has set the transport header in both hooks; a raw socket may send
 * what is shorter than a header.
 */
static __always_inline bool tap_is_data(const struct sk_buff *skb, u8 pf)
{
	const struct sock *sk = skb->sk;

	return sk && READ_ONCE(sk->sk_state) == TCP_ESTABLISHED &&
	       (pf == NFPROTO_IPV4 ? ip_hdr(skb)->protocol
				   : ipv6_hdr(skb)->nexthdr) == IPPROTO_TCP &&
	       (u32)(skb_transport_header(skb) - skb->head) + TAP_HEADER <=
		       (u32)(skb_tail_pointer(skb) - skb->head) &&
	       !(tap_flags(skb) & TCPW_FLAGS & ~TCPW_PSH);
}

/* Count a segment of data: in data[dir][1] with PSH, else in data[dir][0]. */
static __always_inline void count_data(struct tcpw_net_cpu __percpu *cpu,
				       enum tcpw_dir dir, u32 flags)
{
	unsigned long __percpu *data = cpu->counts.data[dir];

	/* as an offset: the compiler does not find that out */
	data = (void __percpu *)data +
	       (flags & TCPW_PSH) / (TCPW_PSH / sizeof(*data));
	this_cpu_inc(*data);
}

static bool seg_is_control(const struct tcpw_seg *seg)
{
	return seg->flags & (TCPW_SYN | TCPW_FIN | TCPW_RST);
}

/* States that no segment without SYN, FIN or RST can end. */
static bool state_ignores_data(u8 state)
{
	return state == TCPW_ST_ESTABLISHED || state == TCPW_ST_CLOSE_WAIT ||
	       state == TCPW_ST_FIN_WAIT2;
}

/* All that established data needs: what counts it. */
static void *tap_priv(const struct tcpw_net *tn)
{
	return (__force void *)tn->cpu;
}

/*
 * Conntrack translates numbers at our own priority, and of equals the one
 * that was registered last goes first: it is behind us where the namespace
 * had it when the module was loaded.
 */
static bool tap_is_last(const struct tcpw_net *tn,
			const struct nf_hook_state *state)
{
	struct netns_nf *nf = &state->net->nf;
	const struct nf_hook_entries *entries;

	if (state->pf == NFPROTO_IPV4)
		entries = rcu_dereference(nf->hooks_ipv4[NF_INET_LOCAL_IN]);
	else
		entries = rcu_dereference(nf->hooks_ipv6[NF_INET_LOCAL_IN]);
	return !entries || entries->hooks[entries->num_hook_entries - 1].priv ==
				   tap_priv(tn);
}

/* Is there a socket that was bound to an interface since it connected? */
static noinline struct tcpw_flow *find_moved(struct tcpw_net *tn,
					     const struct tcpw_pkt *pkt)
{
	struct tcpw_view view;

	if (!tcpw_skkey_lookup(&view, tn->flows.net, &pkt->key, &pkt->ifs))
		return NULL;
	return tcpw_flow_of_socket(&tn->flows, &pkt->key, view.bound_if);
}

static void tap_in(struct tcpw_net *tn, struct tcpw_pkt *pkt,
		   struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct tcpw_flow *flow;

	flow = tcpw_flow_find(&tn->flows, &pkt->key, &pkt->ifs);
	if (!flow && unlikely(READ_ONCE(tn->flows.bound)))
		flow = find_moved(tn, pkt);
	if (!flow)
		return;
	/* no early demux, as on loopback: the mirror knows as well */
	if (!seg_is_control(&pkt->seg) &&
	    state_ignores_data(READ_ONCE(flow->conn.state)) &&
	    !READ_ONCE(flow->conn.path) &&
	    !(READ_ONCE(flow->how) & TCPW_HOW_SMALL))
		return;
	if (!tcpw_segment_csum_ok(pkt, skb)) {
		tcpw_count(&tn->counts, TCPW_STAT_BAD_CSUM);
		return;
	}
	if (tcpw_segment_is_translated(skb) && !tap_is_last(tn, state))
		tcpw_flow_translated(&tn->flows, flow);
	else
		tcpw_flow_arrived(&tn->flows, flow, pkt);
}

static void tap_out(struct tcpw_net *tn, struct tcpw_pkt *pkt,
		    const struct sk_buff *skb,
		    const struct nf_hook_state *state)
{
	struct tcpw_view sender __uninitialized;
	struct tcpw_key key __uninitialized;

	tcpw_skkey_view(&sender, skb->sk);
	if (sender.kind != TCPW_VIEW_NONE) {
		/* a source route sends it to the next hop first */
		if (unlikely(!tcpw_skkey_is(&pkt->key, skb->sk)) &&
		    tcpw_skkey_read(&key, skb->sk))
			pkt->key = key;
		pkt->ifs.dif = READ_ONCE(skb->sk->sk_bound_dev_if);
	} else if (state->out) {
		pkt->ifs.dif = state->out->ifindex;
	}
	tcpw_flow_sent(&tn->flows, pkt, &sender,
		       sender.kind == TCPW_VIEW_FULL ? skb->sk : NULL);
}

/* Not TCP: is it an ICMP error about a segment of ours? */
static noinline void tap_other(struct tcpw_net *tn, struct tcpw_pkt *pkt,
			       const struct sk_buff *skb, u8 pf)
{
	struct tcpw_flow *flow;

	if (!tcpw_icmp_read(pkt, skb, pf))
		return;
	flow = tcpw_flow_find(&tn->flows, &pkt->key, &pkt->ifs);
	if (flow)
		tcpw_flow_unreachable(flow, pkt->seg.seq);
}

static __always_inline void count_seg(struct tcpw_net_cpu __percpu *cpu,
				      struct tcpw_counts *c, enum tcpw_dir dir,
				      u8 flags)
{
	struct tcpw_block *block;
	unsigned long irq;

	if (likely((flags & TCPW_FLAGS & ~TCPW_PSH) == TCPW_ACK)) {
		count_data(cpu, dir, flags);
		return;
	}
	block = tcpw_count_begin(c, true, &irq);
	block->stats.seg[dir][flags & TCPW_FLAGS]++;
	tcpw_count_end(c, block, irq);
}

/* Everything that is not obviously data. */
static noinline __flatten void tap_slow(struct tcpw_net_cpu __percpu *cpu,
					struct sk_buff *skb,
					const struct nf_hook_state *state,
					enum tcpw_dir dir)
{
	struct tcpw_net *tn = this_cpu_read(cpu->tn);
	struct tcpw_pkt pkt __uninitialized;

	if (dir == TCPW_OUT && tcpw_segment_by_ipvs(skb))
		return;
	switch (tcpw_segment_read(&pkt, skb, state->pf, dir)) {
	case TCPW_FOUND:
		count_seg(cpu, &tn->counts, dir, pkt.seg.flags);
		if (dir == TCPW_IN)
			tap_in(tn, &pkt, skb, state);
		else
			tap_out(tn, &pkt, skb, state);
		break;
	case TCPW_FOUND_BAD:
		tcpw_count(&tn->counts, TCPW_STAT_MALFORMED);
		break;
	case TCPW_FOUND_OTHER:
		if (dir == TCPW_IN)
			tap_other(tn, &pkt, skb, state->pf);
		break;
	}
}

static __always_inline unsigned int tap(void *priv, struct sk_buff *skb,
					const struct nf_hook_state *state,
					u8 pf, enum tcpw_dir dir)
{
	struct tcpw_net_cpu __percpu *cpu = (__force void __percpu *)priv;

	if (likely(tap_is_data(skb, pf)))
		count_data(cpu, dir, tap_flags(skb));
	else
		tap_slow(cpu, skb, state, dir);
	return NF_ACCEPT;
}

static unsigned int tap_in4(void *priv, struct sk_buff *skb,
			    const struct nf_hook_state *state)
{
	return tap(priv, skb, state, NFPROTO_IPV4, TCPW_IN);
}

static unsigned int tap_out4(void *priv, struct sk_buff *skb,
			     const struct nf_hook_state *state)
{
	return tap(priv, skb, state, NFPROTO_IPV4, TCPW_OUT);
}

static unsigned int tap_in6(void *priv, struct sk_buff *skb,
			    const struct nf_hook_state *state)
{
	return tap(priv, skb, state, NFPROTO_IPV6, TCPW_IN);
}

static unsigned int tap_out6(void *priv, struct sk_buff *skb,
			     const struct nf_hook_state *state)
{
	return tap(priv, skb, state, NFPROTO_IPV6, TCPW_OUT);
}

/*
 * First on the way out: the socket's own addresses, before any translation.
 * Last on the way in: what will really be delivered.
 */
static const struct nf_hook_ops tap_hooks[] = {
	{
		.hook = tap_in4,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_LOCAL_IN,
		.priority = NF_IP_PRI_LAST,
	},
	{
		.hook = tap_out4,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_LOCAL_OUT,
		.priority = NF_IP_PRI_FIRST,
	},
	{
		.hook = tap_in6,
		.pf = NFPROTO_IPV6,
		.hooknum = NF_INET_LOCAL_IN,
		.priority = NF_IP6_PRI_LAST,
	},
	{
		.hook = tap_out6,
		.pf = NFPROTO_IPV6,
		.hooknum = NF_INET_LOCAL_OUT,
		.priority = NF_IP6_PRI_FIRST,
	},
};

/* A namespace is made all the same, and says that it lacks this observer. */
static int without_hooks(const struct net *net, int err)
{
	return net_eq(net, &init_net) ? err : 0;
}

static int __net_init tap_net_init(struct net *net)
{
	struct tcpw_net *tn = tcpw_pernet_get(net);
	size_t i;
	int err;

	if (!tn)
		return 0;
	tn->hooks = kmemdup(tap_hooks, sizeof(tap_hooks), GFP_KERNEL_ACCOUNT);
	if (!tn->hooks)
		return without_hooks(net, -ENOMEM);
	for (i = 0; i < ARRAY_SIZE(tap_hooks); i++)
		tn->hooks[i].priv = tap_priv(tn);
	err = nf_register_net_hooks(net, tn->hooks, ARRAY_SIZE(tap_hooks));
	if (err) {
		synchronize_rcu(); /* some were hooked for a moment */
		kfree(tn->hooks);
		tn->hooks = NULL;
		return without_hooks(net, err);
	}
	return 0;
}

/* ORDER: unhook here, free in exit: a grace period lies between (core). */
static void __net_exit tap_net_pre_exit(struct net *net)
{
	struct tcpw_net *tn = tcpw_pernet_get(net);

	if (tn && tn->hooks)
		nf_unregister_net_hooks(net, tn->hooks, ARRAY_SIZE(tap_hooks));
}

static void __net_exit tap_net_exit(struct net *net)
{
	struct tcpw_net *tn = tcpw_pernet_get(net);

	if (tn)
		kfree(tn->hooks);
}

static struct pernet_operations tap_ops = {
	.init = tap_net_init,
	.pre_exit = tap_net_pre_exit,
	.exit = tap_net_exit,
};

/**
 * tcpw_tap_init - hook every network namespace, existing and future
 *
 * Return: 0 or a negative error.
 */
int tcpw_tap_init(void)
{
	return register_pernet_subsys(&tap_ops);
}

/**
 * tcpw_tap_exit - unhook them all; no hook runs when this returns
 */
void tcpw_tap_exit(void)
{
	unregister_pernet_subsys(&tap_ops);
}
