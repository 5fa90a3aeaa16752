/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Attributes that several netlink messages have.
 */
#ifndef _TCPWATCH_NLA_H
#define _TCPWATCH_NLA_H

#include <linux/skbuff.h>
#include <linux/socket.h>
#include <linux/types.h>

#include <net/netlink.h>

#include "kernel/key.h"

/**
 * struct tcpw_nla_tuple - the numbers of the attributes of a tuple in a set
 * @family: address family
 * @laddr: local address
 * @raddr: remote address, 0 where there is none
 * @lport: local port, likewise
 * @rport: remote port, likewise
 */
struct tcpw_nla_tuple {
	u8 family;
	u8 laddr;
	u8 raddr;
	u8 lport;
	u8 rport;
};

int tcpw_nla_tuple(struct sk_buff *skb, const struct tcpw_key *key,
		   const struct tcpw_nla_tuple *attrs);

/*
 * Connections are told by the hundred thousand, transitions as fast as they
 * come: there nla_put(), which asks for room, clears what pads and copies by
 * a call each, took half of the instructions.  Such a row asks for room once,
 * and has its attributes written where they will be.
 */

/**
 * tcpw_row_begin - begin a row
 * @skb: the message
 * @most: bytes that it can take
 *
 * Return: where its first attribute goes, NULL where there is no room.
 */
static inline u8 *tcpw_row_begin(struct sk_buff *skb, unsigned int most)
{
	return skb_tailroom(skb) < most ? NULL : skb_tail_pointer(skb);
}

/**
 * tcpw_row_end - a row is whole
 * @skb: the message
 * @at: behind its last attribute
 */
static inline void tcpw_row_end(struct sk_buff *skb, const u8 *at)
{
	__skb_put(skb, at - skb_tail_pointer(skb));
}

/* The head of an attribute, and where its @len bytes go. */
static inline void *tcpw_row_attr(u8 **at, u16 attr, unsigned int len)
{
	struct nlattr *nla = (struct nlattr *)*at;

	nla->nla_type = attr;
	nla->nla_len = nla_attr_size(len);
	*at += nla_total_size(len);
	return nla_data(nla);
}

static inline void tcpw_row_u8(u8 **at, u16 attr, u8 value)
{
	u8 *to = tcpw_row_attr(at, attr, sizeof(value));

	*(u32 *)to = 0;
	*to = value;
}

static inline void tcpw_row_be16(u8 **at, u16 attr, __be16 value)
{
	void *to = tcpw_row_attr(at, attr, sizeof(value));

	*(u32 *)to = 0;
	*(__be16 *)to = value;
}

static inline void tcpw_row_u32(u8 **at, u16 attr, u32 value)
{
	*(u32 *)tcpw_row_attr(at, attr, sizeof(value)) = value;
}

/* As nla_put_u64_64bit(), which pads where that has to be aligned. */
static inline void tcpw_row_u64(u8 **at, u16 attr, u64 value, u16 pad)
{
	if (!IS_ENABLED(CONFIG_HAVE_EFFICIENT_UNALIGNED_ACCESS) &&
	    IS_ALIGNED((unsigned long)*at, 8))
		tcpw_row_attr(at, pad, 0);
	memcpy(tcpw_row_attr(at, attr, sizeof(value)), &value, sizeof(value));
}

static inline void tcpw_row_flag(u8 **at, u16 attr)
{
	tcpw_row_attr(at, attr, 0);
}

static inline struct nlattr *tcpw_row_nest(u8 **at, u16 attr)
{
	return tcpw_row_attr(at, attr | NLA_F_NESTED, 0) - NLA_HDRLEN;
}

static inline void tcpw_row_nest_end(const u8 *at, struct nlattr *nest)
{
	nest->nla_len = at - (u8 *)nest;
}

static inline void tcpw_row_addr(u8 **at, u16 attr, const __be32 *addr,
				 u16 family)
{
	if (likely(family == AF_INET))
		*(__be32 *)tcpw_row_attr(at, attr, 4) = *addr;
	else
		memcpy(tcpw_row_attr(at, attr, 16), addr, 16);
}

/* All five of a tuple. */
static inline void tcpw_row_tuple(u8 **at, const struct tcpw_key *key,
				  const struct tcpw_nla_tuple *attrs)
{
	tcpw_row_u8(at, attrs->family, key->family);
	tcpw_row_addr(at, attrs->laddr, key->laddr, key->family);
	tcpw_row_addr(at, attrs->raddr, key->raddr, key->family);
	tcpw_row_be16(at, attrs->lport, key->lport);
	tcpw_row_be16(at, attrs->rport, key->rport);
}

#endif /* _TCPWATCH_NLA_H */
