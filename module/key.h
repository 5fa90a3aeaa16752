/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What names a flow inside a network namespace: the oriented 4-tuple, and the
 * interfaces that a segment came by.
 */
#ifndef _TCPWATCH_KEY_H
#define _TCPWATCH_KEY_H

#include <linux/build_bug.h>
#include <linux/stddef.h>
#include <linux/types.h>

/**
 * struct tcpw_key - oriented 4-tuple
 * @laddr: local address, network byte order; IPv4 in the first word, rest 0
 * @raddr: remote address, likewise
 * @lport: local port, network byte order
 * @rport: remote port
 * @ports: both of them, to be compared and hashed
 * @family: AF_INET or AF_INET6; IPv4-mapped IPv6 is AF_INET
 * @salt: of the listeners that it is among, for its hash alone; 0 elsewhere
 */
struct tcpw_key {
	__be32 laddr[4];
	__be32 raddr[4];
	union {
		struct {
			__be16 lport;
			__be16 rport;
		};
		__be32 ports;
	};
	u16 family;
	u16 salt;
};

static_assert(sizeof(struct tcpw_key) == 40);

/**
 * struct tcpw_ifs - interfaces of a segment, as socket look-ups take them
 * @dif: interface index it came by or will leave by, 0 where not known
 * @sdif: the same of the enslaved interface where @dif is a VRF, else 0
 */
struct tcpw_ifs {
	int dif;
	int sdif;
};

#endif /* _TCPWATCH_KEY_H */
