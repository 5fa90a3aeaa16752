/* SPDX-License-Identifier: GPL-2.0 */
/*
 * sk_buff to plain structs: where the TCP header is, what it says, whose flow
 * it belongs to.
 */
#ifndef _TCPWATCH_SEGMENT_H
#define _TCPWATCH_SEGMENT_H

#include <linux/skbuff.h>

#include "kernel/key.h"
#include "core/seg.h"

/**
 * struct tcpw_pkt - a TCP segment found in an sk_buff
 * @key: the flow of the local endpoint
 * @ifs: interfaces, for segments that arrived
 * @seg: the segment
 * @skb: where it was found
 * @thoff: offset of the TCP header from skb->data
 */
struct tcpw_pkt {
	struct tcpw_key key;
	struct tcpw_ifs ifs;
	struct tcpw_seg seg;
	const struct sk_buff *skb;
	unsigned int thoff;
};

/* What became of the attempt to find a TCP segment. */
enum tcpw_found {
	TCPW_FOUND,
	TCPW_FOUND_OTHER,	/* not TCP, or a fragment that hides it */
	TCPW_FOUND_BAD,		/* TCP that cannot be parsed */
};

enum tcpw_found tcpw_segment_read(struct tcpw_pkt *pkt, struct sk_buff *skb,
				  u8 pf, enum tcpw_dir dir);
void tcpw_segment_ifs(struct tcpw_ifs *ifs, const struct sk_buff *skb, u8 pf);
void tcpw_segment_read_ts(struct tcpw_pkt *pkt);
bool tcpw_segment_csum_ok(const struct tcpw_pkt *pkt, struct sk_buff *skb);
bool tcpw_segment_is_translated(const struct sk_buff *skb);

/**
 * tcpw_segment_by_ipvs - does IPVS send this packet on?
 * @skb: packet in LOCAL_OUT
 *
 * It lets what it has redirected to a real server pass that hook: what came
 * for others, and once more, with another address, what is our own.
 *
 * Return: true where the packet leaves no local socket now.
 */
static inline bool tcpw_segment_by_ipvs(const struct sk_buff *skb)
{
#if IS_ENABLED(CONFIG_IP_VS)
	return skb->ipvs_property;
#else
	return false;
#endif
}

/* icmp.c */
bool tcpw_icmp_read(struct tcpw_pkt *pkt, const struct sk_buff *skb, u8 pf);

#endif /* _TCPWATCH_SEGMENT_H */
