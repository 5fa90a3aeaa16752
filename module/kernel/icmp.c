// SPDX-License-Identifier: GPL-2.0
/*
 * Reads which segment an ICMP error is about.  The socket keeps such an error
 * only until somebody asks for it, and only while connect() runs: who closes
 * then looks like one who lost patience.
 */
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/skbuff.h>

#include <net/checksum.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/ipv6.h>

#include "kernel/segment.h"

/* What an error quotes at least of a TCP header: ports and sequence number. */
struct quoted {
	__be16 source;
	__be16 dest;
	__be32 seq;
};

/* Not: a packet is too big, which breaks no connection. */
static bool is_error_v4(const struct icmphdr *icmp)
{
	return (icmp->type == ICMP_DEST_UNREACH &&
		icmp->code != ICMP_FRAG_NEEDED) ||
	       icmp->type == ICMP_TIME_EXCEEDED ||
	       icmp->type == ICMP_PARAMETERPROB;
}

static bool is_error_v6(const struct icmp6hdr *icmp)
{
	return icmp->icmp6_type == ICMPV6_DEST_UNREACH ||
	       icmp->icmp6_type == ICMPV6_TIME_EXCEED ||
	       icmp->icmp6_type == ICMPV6_PARAMPROB;
}

static bool csum_ok_v4(const struct sk_buff *skb, int off)
{
	return skb_csum_unnecessary(skb) ||
	       !csum_fold(skb_checksum(skb, off, skb->len - off, 0));
}

static bool csum_ok_v6(const struct sk_buff *skb, int off)
{
	const struct ipv6hdr *ip6h = ipv6_hdr(skb);
	unsigned int len = skb->len - off;

	return skb_csum_unnecessary(skb) ||
	       !csum_ipv6_magic(&ip6h->saddr, &ip6h->daddr, len, IPPROTO_ICMPV6,
				skb_checksum(skb, off, len, 0));
}

/* We sent what is quoted: its source is the local end. */
static bool read_quoted(struct tcpw_pkt *pkt, const struct sk_buff *skb,
			int off)
{
	const struct quoted *quoted;
	struct quoted copy;

	quoted = skb_header_pointer(skb, off, sizeof(copy), &copy);
	if (!quoted)
		return false;
	pkt->key.lport = quoted->source;
	pkt->key.rport = quoted->dest;
	pkt->seg.seq = ntohl(quoted->seq);
	return true;
}

static bool read_v4(struct tcpw_pkt *pkt, const struct sk_buff *skb)
{
	int off = skb_network_offset(skb) + ip_hdrlen(skb);
	int inner = off + sizeof(struct icmphdr);
	const struct icmphdr *icmp;
	struct icmphdr icmp_copy;
	const struct iphdr *iph;
	struct iphdr ip_copy;

	icmp = skb_header_pointer(skb, off, sizeof(icmp_copy), &icmp_copy);
	if (!icmp || !is_error_v4(icmp))
		return false;
	iph = skb_header_pointer(skb, inner, sizeof(ip_copy), &ip_copy);
	if (!iph || iph->protocol != IPPROTO_TCP || iph->ihl < 5 ||
	    iph->frag_off & htons(IP_OFFSET) || !csum_ok_v4(skb, off))
		return false;
	memset(&pkt->key, 0, sizeof(pkt->key));
	pkt->key.family = AF_INET;
	pkt->key.laddr[0] = iph->saddr;
	pkt->key.raddr[0] = iph->daddr;
	return read_quoted(pkt, skb, inner + iph->ihl * 4);
}

static bool read_v6(struct tcpw_pkt *pkt, const struct sk_buff *skb, int off)
{
	int inner = off + sizeof(struct icmp6hdr);
	struct icmp6hdr icmp_copy;
	const struct icmp6hdr *icmp;
	const struct ipv6hdr *ip6h;
	struct ipv6hdr ip_copy;
	__be16 frag = 0;
	u8 nexthdr;

	icmp = skb_header_pointer(skb, off, sizeof(icmp_copy), &icmp_copy);
	if (!icmp || !is_error_v6(icmp))
		return false;
	ip6h = skb_header_pointer(skb, inner, sizeof(ip_copy), &ip_copy);
	if (!ip6h || !csum_ok_v6(skb, off))
		return false;
	nexthdr = ip6h->nexthdr;
	memset(&pkt->key, 0, sizeof(pkt->key));
	pkt->key.family = AF_INET6;
	memcpy(pkt->key.laddr, &ip6h->saddr, sizeof(pkt->key.laddr));
	memcpy(pkt->key.raddr, &ip6h->daddr, sizeof(pkt->key.raddr));
	inner = ipv6_skip_exthdr(skb, inner + sizeof(*ip6h), &nexthdr, &frag);
	return inner >= 0 && nexthdr == IPPROTO_TCP &&
	       !(frag & htons(IP6_OFFSET)) && read_quoted(pkt, skb, inner);
}

/**
 * tcpw_icmp_read - read which segment of ours did not arrive
 * @pkt: filled: the flow, interfaces and the sequence number
 * @skb: packet in LOCAL_IN that is not TCP
 * @pf: NFPROTO_IPV4 or NFPROTO_IPV6
 *
 * Sources: icmp_rcv(), tcp_v4_err(), icmpv6_rcv(), tcp_v6_err(); RFC 792,
 * RFC 4443.
 *
 * Context: any, netfilter hook.
 * Return: false where it is no ICMP error, or about something else.
 */
bool tcpw_icmp_read(struct tcpw_pkt *pkt, const struct sk_buff *skb, u8 pf)
{
	u8 nexthdr;
	__be16 frag;
	int off;

	if (pf == NFPROTO_IPV4) {
		if (ip_hdr(skb)->protocol != IPPROTO_ICMP || !read_v4(pkt, skb))
			return false;
	} else {
		nexthdr = ipv6_hdr(skb)->nexthdr;
		off = ipv6_skip_exthdr(skb,
				       skb_network_offset(skb) +
					       sizeof(struct ipv6hdr),
				       &nexthdr, &frag);
		if (off < 0 || nexthdr != IPPROTO_ICMPV6 ||
		    !read_v6(pkt, skb, off))
			return false;
	}
	tcpw_segment_ifs(&pkt->ifs, skb, pf);
	return true;
}
