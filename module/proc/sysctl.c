// SPDX-License-Identifier: GPL-2.0
/*
 * net.tcpwatch.max_flows: how many flows one network namespace may hold.
 */
#include <linux/capability.h>
#include <linux/slab.h>
#include <linux/sysctl.h>

#include <net/net_namespace.h>

#include "pernet.h"

static unsigned int flows_max = TCPW_FLOWS_MAX;
static unsigned int flows_tenant = TCPW_FLOWS_DEFAULT;

/* The root of a network namespace may be a tenant's. */
static bool is_host_root(void)
{
	return capable(CAP_NET_ADMIN) && capable(CAP_SYS_ADMIN);
}

/* A new limit, or the same again: see what there is room for. */
static int set_max_flows(TCPW_CTL_CONST struct ctl_table *table, int write,
			 void *buffer, size_t *lenp, loff_t *ppos)
{
	struct ctl_table bounds = *table;
	int err;

	if (write && !is_host_root())
		bounds.extra2 = &flows_tenant;
	err = proc_douintvec_minmax(&bounds, write, buffer, lenp, ppos);

	if (write && !err)
		tcpw_missing_now(container_of(table->data,
					      struct tcpw_flow_table, max));
	return err;
}

/* The empty last entry ends the table before 6.6, see compat.h. */
static const struct ctl_table sysctl_template[] = {
	{
		.procname = "max_flows",
		.maxlen = sizeof(unsigned int),
		.mode = 0644,
		.proc_handler = set_max_flows,
		.extra1 = SYSCTL_ZERO,
		.extra2 = &flows_max,
	},
	{}
};

#define SYSCTL_ENTRIES (ARRAY_SIZE(sysctl_template) - 1)

/**
 * tcpw_sysctl_add - the settings of one network namespace
 * @tn: the namespace's state; without memory there are none
 */
void tcpw_sysctl_add(struct tcpw_net *tn)
{
	tn->sysctl_table = kmemdup(sysctl_template, sizeof(sysctl_template),
				   GFP_KERNEL_ACCOUNT);
	if (!tn->sysctl_table)
		return;
	tn->sysctl_table[0].data = &tn->flows.max;
	tn->sysctl = tcpw_register_net_sysctl(tn->net, "net/tcpwatch",
					      tn->sysctl_table, SYSCTL_ENTRIES);
	if (tn->sysctl)
		return;
	kfree(tn->sysctl_table);
	tn->sysctl_table = NULL;
}

/**
 * tcpw_sysctl_remove - the reverse; waits for those who read or write
 * @tn: the namespace's state
 */
void tcpw_sysctl_remove(struct tcpw_net *tn)
{
	if (!tn->sysctl)
		return;
	unregister_net_sysctl_table(tn->sysctl);
	kfree(tn->sysctl_table);
	tn->sysctl = NULL;
}
