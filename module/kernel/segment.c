// SPDX-License-Identifier: GPL-2.0
/*
 * Finds the TCP segment in an sk_buff and turns it into plain structs.  Never
 * writes to the sk_buff, not even to its checksum fields.
 */
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>

#include <net/checksum.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/ipv6.h>
#if IS_ENABLED(CONFIG_NF_CONNTRACK)
#include <net/netfilter/nf_conntrack.h>
#endif
#include <net/route.h>

#include "kernel/segment.h"

/* IPv4: the hooks see whole packets, but a raw socket may send fragments. */
static enum tcpw_found find_v4(struct tcpw_pkt *pkt, const struct sk_buff *skb)
{
	const struct iphdr *iph = ip_hdr(skb);

	if (iph->protocol != IPPROTO_TCP || ip_is_fragment(iph))
		return TCPW_FOUND_OTHER;
	pkt->thoff = skb_network_offset(skb) + iph->ihl * 4;
	return TCPW_FOUND;
}

/*
 * IPv6 at LOCAL_IN is not reassembled yet.  Of a fragmented segment neither
 * the end nor the checksum is known: it is left to the kernel observer.
 */
static enum tcpw_found find_v6(struct tcpw_pkt *pkt, const struct sk_buff *skb)
{
	u8 nexthdr = ipv6_hdr(skb)->nexthdr;
	__be16 frag = 0;
	int off;

	off = ipv6_skip_exthdr(skb,
			       skb_network_offset(skb) + sizeof(struct ipv6hdr),
			       &nexthdr, &frag);
	if (off < 0)
		return TCPW_FOUND_BAD;
	if (nexthdr != IPPROTO_TCP || frag & htons(IP6_OFFSET | IP6_MF))
		return TCPW_FOUND_OTHER;
	pkt->thoff = off;
	return TCPW_FOUND;
}

static void key_v4(struct tcpw_key *key, const struct sk_buff *skb,
		   const struct tcphdr *th, enum tcpw_dir dir)
{
	const struct iphdr *iph = ip_hdr(skb);

	memset(key, 0, sizeof(*key));
	key->family = AF_INET;
	key->laddr[0] = dir == TCPW_OUT ? iph->saddr : iph->daddr;
	key->raddr[0] = dir == TCPW_OUT ? iph->daddr : iph->saddr;
	key->lport = dir == TCPW_OUT ? th->source : th->dest;
	key->rport = dir == TCPW_OUT ? th->dest : th->source;
}

static void key_v6(struct tcpw_key *key, const struct sk_buff *skb,
		   const struct tcphdr *th, enum tcpw_dir dir)
{
	const struct ipv6hdr *ip6h = ipv6_hdr(skb);
	const struct in6_addr *l, *r;

	l = dir == TCPW_OUT ? &ip6h->saddr : &ip6h->daddr;
	r = dir == TCPW_OUT ? &ip6h->daddr : &ip6h->saddr;
	key->family = AF_INET6;
	key->salt = 0;
	memcpy(key->laddr, l, sizeof(key->laddr));
	memcpy(key->raddr, r, sizeof(key->raddr));
	key->lport = dir == TCPW_OUT ? th->source : th->dest;
	key->rport = dir == TCPW_OUT ? th->dest : th->source;
}

/**
 * tcpw_segment_ifs - which interfaces a packet came by
 * @ifs: filled
 * @skb: packet in LOCAL_IN
 * @pf: NFPROTO_IPV4 or NFPROTO_IPV6
 */
void tcpw_segment_ifs(struct tcpw_ifs *ifs, const struct sk_buff *skb, u8 pf)
{
	if (pf == NFPROTO_IPV4) {
		ifs->dif = inet_iif(skb);
		ifs->sdif = tcpw_sdif4(skb);
	} else {
		ifs->dif = inet6_iif(skb);
		ifs->sdif = inet6_sdif(skb);
	}
}

/**
 * tcpw_segment_read - find and read the TCP segment of a packet
 * @pkt: filled with %TCPW_FOUND
 * @skb: packet in a LOCAL_IN or LOCAL_OUT hook
 * @pf: NFPROTO_IPV4 or NFPROTO_IPV6
 * @dir: which of the two hooks
 *
 * The payload is counted by skb->len, since a super-segment's IP length may
 * be zero (BIG TCP).
 *
 * Context: any, netfilter hook.
 * Return: whether there was one.
 */
enum tcpw_found tcpw_segment_read(struct tcpw_pkt *pkt, struct sk_buff *skb,
				  u8 pf, enum tcpw_dir dir)
{
	const struct tcphdr *th;
	enum tcpw_found found;
	struct tcphdr copy;

	found = pf == NFPROTO_IPV4 ? find_v4(pkt, skb) : find_v6(pkt, skb);
	if (found != TCPW_FOUND)
		return found;
	if (skb->len < pkt->thoff)
		return TCPW_FOUND_BAD;
	th = skb_header_pointer(skb, pkt->thoff, sizeof(copy), &copy);
	if (!th || tcpw_seg_parse(&pkt->seg, (const u8 *)th, sizeof(*th),
				  skb->len - pkt->thoff))
		return TCPW_FOUND_BAD;
	pkt->seg.dir = dir;
	pkt->skb = skb;
	if (pf == NFPROTO_IPV4)
		key_v4(&pkt->key, skb, th, dir);
	else
		key_v6(&pkt->key, skb, th, dir);
	pkt->ifs = (struct tcpw_ifs){ 0 };
	if (dir == TCPW_IN)
		tcpw_segment_ifs(&pkt->ifs, skb, pf);
	return TCPW_FOUND;
}

/**
 * tcpw_segment_read_ts - read a segment's timestamp
 * @pkt: what tcpw_segment_read() found; filled with it
 */
void tcpw_segment_read_ts(struct tcpw_pkt *pkt)
{
	unsigned int len = pkt->seg.hdrlen - TCPW_HDR_MIN;
	struct tcpw_opts opts;
	const u8 *bytes;
	u8 copy[40];

	bytes = skb_header_pointer(pkt->skb, pkt->thoff + TCPW_HDR_MIN, len,
				   copy);
	if (!bytes)
		return;
	/* what comes before a malformed option counts, as for the kernel */
	tcpw_seg_parse_opts(&opts, bytes, len);
	pkt->seg.ts = opts.have & TCPW_OPT_TS;
	pkt->seg.tsval = opts.tsval;
}

static bool csum_matches(const struct tcpw_key *key, unsigned int len,
			 __wsum sum)
{
	if (key->family == AF_INET)
		return !csum_tcpudp_magic(key->raddr[0], key->laddr[0], len,
					  IPPROTO_TCP, sum);
	return !csum_ipv6_magic((const struct in6_addr *)key->raddr,
				(const struct in6_addr *)key->laddr, len,
				IPPROTO_TCP, sum);
}

/**
 * tcpw_segment_csum_ok - would the kernel accept the TCP checksum?
 * @pkt: what tcpw_segment_read() found
 * @skb: the same packet, in LOCAL_IN
 *
 * Computed afresh where neither the device nor the sender's kernel vouches
 * for it, because the kernel's own helpers write to the sk_buff.
 *
 * Return: false where tcp_v4_rcv() or tcp_v6_rcv() will drop the segment.
 */
bool tcpw_segment_csum_ok(const struct tcpw_pkt *pkt, struct sk_buff *skb)
{
	unsigned int len = skb->len - pkt->thoff;
	__wsum sum;

	if (skb_csum_unnecessary(skb))
		return true;
	if (skb->ip_summed == CHECKSUM_COMPLETE) {
		/* what the device summed, without the IP header */
		sum = csum_sub(skb->csum, skb_checksum(skb, 0, pkt->thoff, 0));
		if (csum_matches(&pkt->key, len, sum))
			return true;
	}
	return csum_matches(&pkt->key, len,
			    skb_checksum(skb, pkt->thoff, len, 0));
}

/**
 * tcpw_segment_is_translated - does conntrack change the segment's numbers?
 * @skb: packet in LOCAL_IN; perhaps it has done so already
 *
 * SYNPROXY has it done, and helpers of protocols that mention addresses.
 *
 * Return: true where what the socket will see may be something else.
 */
bool tcpw_segment_is_translated(const struct sk_buff *skb)
{
#if IS_ENABLED(CONFIG_NF_CONNTRACK)
	enum ip_conntrack_info info;
	const struct nf_conn *ct = nf_ct_get(skb, &info);

	return ct && test_bit(IPS_SEQ_ADJUST_BIT, &ct->status);
#else
	return false;
#endif
}
