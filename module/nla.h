/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Attributes that several netlink messages have.
 */
#ifndef _TCPWATCH_NLA_H
#define _TCPWATCH_NLA_H

#include <linux/types.h>

struct sk_buff;
struct tcpw_key;

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

extern const struct tcpw_nla_tuple tcpw_event_tuple;

int tcpw_nla_tuple(struct sk_buff *skb, const struct tcpw_key *key,
		   const struct tcpw_nla_tuple *attrs);

#endif /* _TCPWATCH_NLA_H */
