// SPDX-License-Identifier: ((GPL-2.0 WITH Linux-syscall-note) OR BSD-3-Clause)
/* Do not edit directly, auto-generated from: */
/*	netlink/specs/tcpwatch.yaml */
/* YNL-GEN kernel source */
/* To regenerate run: make genl */

#include <net/netlink.h>
#include <net/genetlink.h>

#include "genl-gen.h"

#include <uapi/linux/tcpwatch.h>

/* Integer value ranges */
static const struct netlink_range_validation tcpwatch_a_config_max_flows_range = {
	.max	= TCPWATCH_MAX_FLOWS_MAX,
};

static const struct netlink_range_validation tcpwatch_a_config_event_queue_range = {
	.min	= TCPWATCH_EVENT_QUEUE_MIN,
	.max	= TCPWATCH_EVENT_QUEUE_MAX,
};

static const struct netlink_range_validation tcpwatch_a_config_sweep_ms_range = {
	.min	= TCPWATCH_SWEEP_MS_MIN,
	.max	= TCPWATCH_SWEEP_MS_MAX,
};

/* TCPWATCH_CMD_STATS_GET - do */
static const struct nla_policy tcpwatch_stats_get_nl_policy[TCPWATCH_A_STATS_HISTOGRAMS + 1] = {
	[TCPWATCH_A_STATS_NETNS_FD] = { .type = NLA_U32, },
	[TCPWATCH_A_STATS_NETNS_ID] = { .type = NLA_S32, },
	[TCPWATCH_A_STATS_HISTOGRAMS] = { .type = NLA_FLAG, },
};

/* TCPWATCH_CMD_STATS_DUMP - dump */
static const struct nla_policy tcpwatch_stats_dump_nl_policy[TCPWATCH_A_STATS_HISTOGRAMS + 1] = {
	[TCPWATCH_A_STATS_HISTOGRAMS] = { .type = NLA_FLAG, },
};

/* TCPWATCH_CMD_HIST_GET - do */
static const struct nla_policy tcpwatch_hist_get_nl_policy[TCPWATCH_A_HIST_NETNS_ID + 1] = {
	[TCPWATCH_A_HIST_NETNS_FD] = { .type = NLA_U32, },
	[TCPWATCH_A_HIST_NETNS_ID] = { .type = NLA_S32, },
};

/* TCPWATCH_CMD_MATRIX_GET - dump */
static const struct nla_policy tcpwatch_matrix_get_nl_policy[TCPWATCH_A_MATRIX_NETNS_ID + 1] = {
	[TCPWATCH_A_MATRIX_NETNS_FD] = { .type = NLA_U32, },
	[TCPWATCH_A_MATRIX_NETNS_ID] = { .type = NLA_S32, },
};

/* TCPWATCH_CMD_FLOW_GET - do */
static const struct nla_policy tcpwatch_flow_get_nl_policy[TCPWATCH_A_FLOW_BOUND_IF + 1] = {
	[TCPWATCH_A_FLOW_NETNS_FD] = { .type = NLA_U32, },
	[TCPWATCH_A_FLOW_NETNS_ID] = { .type = NLA_S32, },
	[TCPWATCH_A_FLOW_FAMILY] = { .type = NLA_U8, },
	[TCPWATCH_A_FLOW_LADDR] = NLA_POLICY_MAX_LEN(16),
	[TCPWATCH_A_FLOW_RADDR] = NLA_POLICY_MAX_LEN(16),
	[TCPWATCH_A_FLOW_LPORT] = { .type = NLA_BE16, },
	[TCPWATCH_A_FLOW_RPORT] = { .type = NLA_BE16, },
	[TCPWATCH_A_FLOW_BOUND_IF] = { .type = NLA_U32, },
};

/* TCPWATCH_CMD_FLOW_DUMP - dump */
static const struct nla_policy tcpwatch_flow_dump_nl_policy[TCPWATCH_A_FLOW_ALL_NETNS + 1] = {
	[TCPWATCH_A_FLOW_NETNS_FD] = { .type = NLA_U32, },
	[TCPWATCH_A_FLOW_NETNS_ID] = { .type = NLA_S32, },
	[TCPWATCH_A_FLOW_FAMILY] = { .type = NLA_U8, },
	[TCPWATCH_A_FLOW_LADDR] = NLA_POLICY_MAX_LEN(16),
	[TCPWATCH_A_FLOW_LADDR_LEN] = NLA_POLICY_MAX(NLA_U8, 128),
	[TCPWATCH_A_FLOW_RADDR] = NLA_POLICY_MAX_LEN(16),
	[TCPWATCH_A_FLOW_RADDR_LEN] = NLA_POLICY_MAX(NLA_U8, 128),
	[TCPWATCH_A_FLOW_LPORT] = { .type = NLA_BE16, },
	[TCPWATCH_A_FLOW_RPORT] = { .type = NLA_BE16, },
	[TCPWATCH_A_FLOW_STATES] = NLA_POLICY_MASK(NLA_U32, 0xffe),
	[TCPWATCH_A_FLOW_MIN_AGE_NS] = { .type = NLA_U64, },
	[TCPWATCH_A_FLOW_CAUSE] = NLA_POLICY_MAX(NLA_U8, 17),
	[TCPWATCH_A_FLOW_ALL_NETNS] = { .type = NLA_FLAG, },
};

/* TCPWATCH_CMD_LISTENER_GET - dump */
static const struct nla_policy tcpwatch_listener_get_nl_policy[TCPWATCH_A_LISTENER_NETNS_ID + 1] = {
	[TCPWATCH_A_LISTENER_NETNS_FD] = { .type = NLA_U32, },
	[TCPWATCH_A_LISTENER_NETNS_ID] = { .type = NLA_S32, },
};

/* TCPWATCH_CMD_STUCK_GET - dump */
static const struct nla_policy tcpwatch_stuck_get_nl_policy[TCPWATCH_A_STUCK_NETNS_ID + 1] = {
	[TCPWATCH_A_STUCK_NETNS_FD] = { .type = NLA_U32, },
	[TCPWATCH_A_STUCK_NETNS_ID] = { .type = NLA_S32, },
};

/* TCPWATCH_CMD_PORT_PRESSURE_GET - dump */
static const struct nla_policy tcpwatch_port_pressure_get_nl_policy[TCPWATCH_A_PORT_PRESSURE_NETNS_ID + 1] = {
	[TCPWATCH_A_PORT_PRESSURE_NETNS_FD] = { .type = NLA_U32, },
	[TCPWATCH_A_PORT_PRESSURE_NETNS_ID] = { .type = NLA_S32, },
};

/* TCPWATCH_CMD_TIMEWAIT_GET - do */
static const struct nla_policy tcpwatch_timewait_get_nl_policy[TCPWATCH_A_TIMEWAIT_NETNS_ID + 1] = {
	[TCPWATCH_A_TIMEWAIT_NETNS_FD] = { .type = NLA_U32, },
	[TCPWATCH_A_TIMEWAIT_NETNS_ID] = { .type = NLA_S32, },
};

/* TCPWATCH_CMD_CONFIG_GET - do */
static const struct nla_policy tcpwatch_config_get_nl_policy[TCPWATCH_A_CONFIG_NETNS_ID + 1] = {
	[TCPWATCH_A_CONFIG_NETNS_FD] = { .type = NLA_U32, },
	[TCPWATCH_A_CONFIG_NETNS_ID] = { .type = NLA_S32, },
};

/* TCPWATCH_CMD_CONFIG_SET - do */
static const struct nla_policy tcpwatch_config_set_nl_policy[TCPWATCH_A_CONFIG_SWEEP_MS + 1] = {
	[TCPWATCH_A_CONFIG_NETNS_FD] = { .type = NLA_U32, },
	[TCPWATCH_A_CONFIG_NETNS_ID] = { .type = NLA_S32, },
	[TCPWATCH_A_CONFIG_MAX_FLOWS] = NLA_POLICY_FULL_RANGE(NLA_U32, &tcpwatch_a_config_max_flows_range),
	[TCPWATCH_A_CONFIG_EVENT_QUEUE] = NLA_POLICY_FULL_RANGE(NLA_U32, &tcpwatch_a_config_event_queue_range),
	[TCPWATCH_A_CONFIG_SWEEP_MS] = NLA_POLICY_FULL_RANGE(NLA_U32, &tcpwatch_a_config_sweep_ms_range),
};

/* Ops table for tcpwatch */
static const struct genl_split_ops tcpwatch_nl_ops[] = {
	{
		.cmd		= TCPWATCH_CMD_STATS_GET,
		.doit		= tcpwatch_nl_stats_get_doit,
		.policy		= tcpwatch_stats_get_nl_policy,
		.maxattr	= TCPWATCH_A_STATS_HISTOGRAMS,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd		= TCPWATCH_CMD_STATS_DUMP,
		.start		= tcpwatch_nl_dump_start,
		.dumpit		= tcpwatch_nl_stats_dump_dumpit,
		.done		= tcpwatch_nl_dump_done,
		.policy		= tcpwatch_stats_dump_nl_policy,
		.maxattr	= TCPWATCH_A_STATS_HISTOGRAMS,
		.flags		= GENL_ADMIN_PERM | GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= TCPWATCH_CMD_HIST_GET,
		.doit		= tcpwatch_nl_hist_get_doit,
		.policy		= tcpwatch_hist_get_nl_policy,
		.maxattr	= TCPWATCH_A_HIST_NETNS_ID,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd		= TCPWATCH_CMD_MATRIX_GET,
		.start		= tcpwatch_nl_dump_start,
		.dumpit		= tcpwatch_nl_matrix_get_dumpit,
		.done		= tcpwatch_nl_dump_done,
		.policy		= tcpwatch_matrix_get_nl_policy,
		.maxattr	= TCPWATCH_A_MATRIX_NETNS_ID,
		.flags		= GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= TCPWATCH_CMD_FLOW_GET,
		.doit		= tcpwatch_nl_flow_get_doit,
		.policy		= tcpwatch_flow_get_nl_policy,
		.maxattr	= TCPWATCH_A_FLOW_BOUND_IF,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= TCPWATCH_CMD_FLOW_DUMP,
		.start		= tcpwatch_nl_dump_start,
		.dumpit		= tcpwatch_nl_flow_dump_dumpit,
		.done		= tcpwatch_nl_dump_done,
		.policy		= tcpwatch_flow_dump_nl_policy,
		.maxattr	= TCPWATCH_A_FLOW_ALL_NETNS,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= TCPWATCH_CMD_LISTENER_GET,
		.start		= tcpwatch_nl_dump_start,
		.dumpit		= tcpwatch_nl_listener_get_dumpit,
		.done		= tcpwatch_nl_dump_done,
		.policy		= tcpwatch_listener_get_nl_policy,
		.maxattr	= TCPWATCH_A_LISTENER_NETNS_ID,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= TCPWATCH_CMD_STUCK_GET,
		.start		= tcpwatch_nl_dump_start,
		.dumpit		= tcpwatch_nl_stuck_get_dumpit,
		.done		= tcpwatch_nl_dump_done,
		.policy		= tcpwatch_stuck_get_nl_policy,
		.maxattr	= TCPWATCH_A_STUCK_NETNS_ID,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= TCPWATCH_CMD_PORT_PRESSURE_GET,
		.start		= tcpwatch_nl_dump_start,
		.dumpit		= tcpwatch_nl_port_pressure_get_dumpit,
		.done		= tcpwatch_nl_dump_done,
		.policy		= tcpwatch_port_pressure_get_nl_policy,
		.maxattr	= TCPWATCH_A_PORT_PRESSURE_NETNS_ID,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= TCPWATCH_CMD_TIMEWAIT_GET,
		.doit		= tcpwatch_nl_timewait_get_doit,
		.policy		= tcpwatch_timewait_get_nl_policy,
		.maxattr	= TCPWATCH_A_TIMEWAIT_NETNS_ID,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd		= TCPWATCH_CMD_CONFIG_GET,
		.doit		= tcpwatch_nl_config_get_doit,
		.policy		= tcpwatch_config_get_nl_policy,
		.maxattr	= TCPWATCH_A_CONFIG_NETNS_ID,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd		= TCPWATCH_CMD_CONFIG_SET,
		.doit		= tcpwatch_nl_config_set_doit,
		.policy		= tcpwatch_config_set_nl_policy,
		.maxattr	= TCPWATCH_A_CONFIG_SWEEP_MS,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
};

static const struct genl_multicast_group tcpwatch_nl_mcgrps[] = {
	[TCPWATCH_NLGRP_TRANSITIONS] = { "transitions", },
};

struct genl_family tcpwatch_nl_family __ro_after_init = {
	.name		= TCPWATCH_FAMILY_NAME,
	.version	= TCPWATCH_FAMILY_VERSION,
	.netnsok	= true,
	.parallel_ops	= true,
	.module		= THIS_MODULE,
	.split_ops	= tcpwatch_nl_ops,
	.n_split_ops	= ARRAY_SIZE(tcpwatch_nl_ops),
	.mcgrps		= tcpwatch_nl_mcgrps,
	.n_mcgrps	= ARRAY_SIZE(tcpwatch_nl_mcgrps),
};
