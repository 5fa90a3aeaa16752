// SPDX-License-Identifier: GPL-2.0
/*
 * Attributes that several netlink messages have.
 */
#include <linux/socket.h>

#include <net/netlink.h>

#include "kernel/nla.h"

static int put_addr(struct sk_buff *skb, int attr, const __be32 *addr,
		    u32 family)
{
	return nla_put(skb, attr, family == AF_INET ? 4 : 16, addr);
}

/**
 * tcpw_nla_tuple - put a tuple
 * @skb: the message
 * @key: the tuple
 * @attrs: its attributes
 *
 * Return: 0 or -EMSGSIZE.
 */
int tcpw_nla_tuple(struct sk_buff *skb, const struct tcpw_key *key,
		   const struct tcpw_nla_tuple *attrs)
{
	if (nla_put_u8(skb, attrs->family, key->family) ||
	    put_addr(skb, attrs->laddr, key->laddr, key->family) ||
	    (attrs->raddr &&
	     put_addr(skb, attrs->raddr, key->raddr, key->family)) ||
	    (attrs->lport && nla_put_be16(skb, attrs->lport, key->lport)) ||
	    (attrs->rport && nla_put_be16(skb, attrs->rport, key->rport)))
		return -EMSGSIZE;
	return 0;
}
