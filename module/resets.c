// SPDX-License-Identifier: GPL-2.0
/*
 * Why the kernel sends a RST, where it says so: its tcp_send_reset tracepoint
 * tells a reason in later kernels.
 */
#include <linux/seq_file.h>
#include <linux/skbuff.h>
#include <linux/tracepoint.h>

#include <net/dst.h>
#include <net/sock.h>

#include "pernet.h"
#include "tp.h"

#ifdef TCPW_RST_REASON
#include <net/rstreason.h>

#define RST_NAME(reason) .of[SK_RST_REASON_##reason] = #reason,
#define RST_NAME_LAST(reason) /* the number of them has no name */

static const struct {
	const char *of[SK_RST_REASON_MAX];
} reset_names = { DEFINE_RST_REASON(RST_NAME, RST_NAME_LAST) };

static_assert(SK_RST_REASON_MAX <= TCPW_RST_REASONS);

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

/**
 * tcpw_resets_name - a reason in a word
 * @reason: enum sk_rst_reason
 *
 * Return: a constant string.
 */
const char *tcpw_resets_name(unsigned int reason)
{
	return reason < SK_RST_REASON_MAX ? reset_names.of[reason] : "?";
}

/**
 * tcpw_resets_show - a row with the reasons that there were
 * @m: where to show it
 * @sum: the counters
 */
void tcpw_resets_show(struct seq_file *m, const struct tcpw_stats *sum)
{
	unsigned int i;

	if (!resets_tp)
		return;
	seq_puts(m, "rst-reason ");
	for (i = 0; i < SK_RST_REASON_MAX; i++)
		if (sum->reset[i])
			seq_printf(m, " %s %lu", reset_names.of[i],
				   sum->reset[i]);
	seq_putc(m, '\n');
}
#else
void tcpw_resets_init(void)
{
}

void tcpw_resets_exit(void)
{
}

void tcpw_resets_show(struct seq_file *m, const struct tcpw_stats *sum)
{
}

const char *tcpw_resets_name(unsigned int reason)
{
	return "?";
}
#endif
