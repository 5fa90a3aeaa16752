// SPDX-License-Identifier: GPL-2.0
/*
 * Why the kernel sends a RST, where it says so: its tcp_send_reset tracepoint
 * tells a reason in later kernels.
 */
#include <linux/skbuff.h>
#include <linux/tracepoint.h>

#include <net/dst.h>
#include <net/sock.h>

#include "pernet.h"
#include "record/sources.h"
#include "kernel/tp.h"

#ifdef TCPW_RST_REASON
#include <net/rstreason.h>

static struct tracepoint *resets_tp;

/* Without a socket the segment that is answered tells where it was. */
static const struct net *net_of(const struct sock *sk,
				const struct sk_buff *skb)
{
	if (sk)
		return sock_net(sk);
	return skb && skb_dst(skb) ? dev_net(skb_dst(skb)->dev) : NULL;
}

static void probe_send_reset(void *data, const struct sock *sk,
			     const struct sk_buff *skb,
			     const enum sk_rst_reason reason)
{
	struct tcpw_block *block;
	const struct net *net;
	struct tcpw_net *tn;
	unsigned long irq;

	rcu_read_lock();
	net = net_of(sk, skb);
	tn = net ? tcpw_pernet_find(net) : NULL;
	if (tn && reason < SK_RST_REASON_MAX) {
		block = tcpw_count_begin(&tn->counts, !TCPW_PROBE_IS_RAW, &irq);
		block->stats.reset[reason]++;
		tcpw_count_end(&tn->counts, block, irq);
	}
	rcu_read_unlock();
}

/**
 * tcpw_resets_init - begin to listen, where the kernel tells
 */
void tcpw_resets_init(void)
{
	resets_tp = tcpw_tp_find("tcp_send_reset");
	if (resets_tp &&
	    tracepoint_probe_register(resets_tp, probe_send_reset, NULL))
		resets_tp = NULL;
	tcpw_source_set(TCPW_SOURCE_RESETS, resets_tp);
}

/**
 * tcpw_resets_exit - stop, and wait until no probe runs
 */
void tcpw_resets_exit(void)
{
	if (!resets_tp)
		return;
	tracepoint_probe_unregister(resets_tp, probe_send_reset, NULL);
	tracepoint_synchronize_unregister();
}
#else
void tcpw_resets_init(void)
{
}

void tcpw_resets_exit(void)
{
}
#endif
