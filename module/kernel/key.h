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

/**
 * tcpw_ifs_of - interfaces by which only sockets with one binding are found
 * @bound_if: interface that they are bound to, or 0
 *
 * A socket that is bound to none is found by any interface, but not by an
 * enslaved one (while net.ipv4.tcp_l3mdev_accept is 0).
 */
static inline struct tcpw_ifs tcpw_ifs_of(int bound_if)
{
	return (struct tcpw_ifs){ .dif = bound_if, .sdif = bound_if };
}

#endif /* _TCPWATCH_KEY_H */
