/* SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause) */
/* Do not edit directly, auto-generated from: */
/*	netlink/specs/tcpwatch.yaml */
/* YNL-GEN kernel header */
/* To regenerate run: make genl */

#ifndef _LINUX_TCPWATCH_GEN_H
#define _LINUX_TCPWATCH_GEN_H

#include <net/netlink.h>
#include <net/genetlink.h>

#include <uapi/linux/tcpwatch.h>

int tcpwatch_nl_dump_start(struct netlink_callback *cb);
int tcpwatch_nl_dump_done(struct netlink_callback *cb);

int tcpwatch_nl_stats_get_doit(struct sk_buff *skb, struct genl_info *info);
int tcpwatch_nl_stats_dump_dumpit(struct sk_buff *skb,
				  struct netlink_callback *cb);
int tcpwatch_nl_hist_get_doit(struct sk_buff *skb, struct genl_info *info);
int tcpwatch_nl_matrix_get_dumpit(struct sk_buff *skb,
				  struct netlink_callback *cb);
int tcpwatch_nl_flow_get_doit(struct sk_buff *skb, struct genl_info *info);
int tcpwatch_nl_flow_dump_dumpit(struct sk_buff *skb,
				 struct netlink_callback *cb);
int tcpwatch_nl_listener_get_dumpit(struct sk_buff *skb,
				    struct netlink_callback *cb);
int tcpwatch_nl_stuck_get_dumpit(struct sk_buff *skb,
				 struct netlink_callback *cb);
int tcpwatch_nl_port_pressure_get_dumpit(struct sk_buff *skb,
					 struct netlink_callback *cb);
int tcpwatch_nl_timewait_get_doit(struct sk_buff *skb, struct genl_info *info);
int tcpwatch_nl_config_get_doit(struct sk_buff *skb, struct genl_info *info);
int tcpwatch_nl_config_set_doit(struct sk_buff *skb, struct genl_info *info);

enum {
	TCPWATCH_NLGRP_TRANSITIONS,
};

extern struct genl_family tcpwatch_nl_family;

#endif /* _LINUX_TCPWATCH_GEN_H */
