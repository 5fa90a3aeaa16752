// SPDX-License-Identifier: GPL-2.0
/*
 * net.tcpwatch.max_flows: how many flows one network namespace may hold.
 */
#include <linux/slab.h>
#include <linux/sysctl.h>

#include <net/net_namespace.h>

#include "pernet.h"

static unsigned int flows_max = TCPW_FLOWS_MAX;

/* A new limit, or the same again: see what there is room for. */
static int set_max_flows(TCPW_CTL_CONST struct ctl_table *table, int write,
			 void *buffer, size_t *lenp, loff_t *ppos)
{
	int err = proc_douintvec_minmax(table, write, buffer, lenp, ppos);

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

static int __net_init sysctl_net_init(struct net *net)
{
	struct tcpw_net *tn = tcpw_pernet_get(net);

	tn->sysctl_table =
		kmemdup(sysctl_template, sizeof(sysctl_template), GFP_KERNEL);
	if (!tn->sysctl_table)
		return -ENOMEM;
	tn->sysctl_table[0].data = &tn->flows.max;
	tn->sysctl = tcpw_register_net_sysctl(net, "net/tcpwatch",
					      tn->sysctl_table, SYSCTL_ENTRIES);
	if (tn->sysctl)
		return 0;
	kfree(tn->sysctl_table);
	return -ENOMEM;
}

static void __net_exit sysctl_net_exit(struct net *net)
{
	struct tcpw_net *tn = tcpw_pernet_get(net);

	unregister_net_sysctl_table(tn->sysctl);
	kfree(tn->sysctl_table);
}

static struct pernet_operations sysctl_ops = {
	.init = sysctl_net_init,
	.exit = sysctl_net_exit,
};

/**
 * tcpw_sysctl_init - settings of every network namespace
 *
 * Return: 0 or a negative error.
 */
int tcpw_sysctl_init(void)
{
	return register_pernet_subsys(&sysctl_ops);
}

/**
 * tcpw_sysctl_exit - the reverse
 */
void tcpw_sysctl_exit(void)
{
	unregister_pernet_subsys(&sysctl_ops);
}
