// SPDX-License-Identifier: GPL-2.0
/*
 * Begin and end of what is kept for each network namespace.
 */
#include <linux/ktime.h>
#include <linux/percpu.h>
#include <linux/slab.h>

#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "pernet.h"

static struct kmem_cache *net_cache;

static int net_make(struct net *net, struct tcpw_net **slot)
{
	struct tcpw_net *tn;
	int i, err;

	*slot = NULL;
	tn = kmem_cache_zalloc(net_cache, GFP_KERNEL_ACCOUNT);
	if (!tn)
		return -ENOMEM;
	tn->net = net;
	tn->since = ktime_get_ns();
	tn->memcg = tcpw_current_memcg();
	err = tcpw_nets_reserve(tn);
	if (err)
		goto err_free;
	err = -ENOMEM;
	tn->cpu = alloc_percpu_gfp(struct tcpw_net_cpu, GFP_KERNEL_ACCOUNT);
	if (!tn->cpu)
		goto err_release;
	for_each_possible_cpu(i)
		per_cpu_ptr(tn->cpu, i)->tn = tn;
	tcpw_counts_init(&tn->counts, &tn->cpu->counts, tn->memcg);
	err = tcpw_listeners_init(&tn->listeners, net, &tn->counts);
	if (err)
		goto err_exit_counts;
	tcpw_events_init(&tn->events, net, tn->memcg);
	err = tcpw_flow_table_init(&tn->flows, net, &tn->counts, &tn->listeners,
				   &tn->events);
	if (err)
		goto err_exit_events;
	tcpw_sweep_table_init(&tn->flows);
	tcpw_missing_table_init(&tn->flows);
	tcpw_look_init(&tn->listeners);
	*slot = tn;
	tcpw_nets_add(tn);
	return 0;

err_exit_events:
	tcpw_events_exit(&tn->events);
	tcpw_listeners_exit(&tn->listeners);
err_exit_counts:
	tcpw_counts_exit(&tn->counts);
	free_percpu(tn->cpu);
err_release:
	tcpw_nets_release(tn);
err_free:
	mem_cgroup_put(tn->memcg);
	kmem_cache_free(net_cache, tn);
	return err;
}

/* A namespace does not fail to be made because of us: it is not watched. */
static int __net_init pernet_init(struct net *net)
{
	int err = net_make(net, net_generic(net, tcpw_nets_id));

	return net_eq(net, &init_net) ? err : 0;
}

/*
 * Found by no probe from here on; the core lets a grace period pass before it
 * calls pernet_exit().
 */
static void __net_exit pernet_pre_exit(struct net *net)
{
	struct tcpw_net *tn = tcpw_pernet_get(net);

	if (!tn)
		return;
	tcpw_nets_remove(tn);
}

static void __net_exit pernet_exit(struct net *net)
{
	struct tcpw_net *tn = tcpw_pernet_get(net);

	if (!tn)
		return;
	/* ORDER: flows and their works log, so they go first */
	tcpw_sweep_table_exit(&tn->flows);
	tcpw_flow_table_exit(&tn->flows);
	tcpw_missing_table_exit(&tn->flows);
	tcpw_look_exit(&tn->listeners);
	tcpw_events_exit(&tn->events);
	tcpw_listeners_exit(&tn->listeners);
	tcpw_counts_exit(&tn->counts);
	free_percpu(tn->cpu);
	mem_cgroup_put(tn->memcg);
	kmem_cache_free(net_cache, tn);
}

static struct pernet_operations pernet_ops = {
	.init = pernet_init,
	.pre_exit = pernet_pre_exit,
	.exit = pernet_exit,
	.id = &tcpw_nets_id,
	.size = sizeof(struct tcpw_net *),
};

/**
 * tcpw_pernet_init - state for every namespace, existing and future
 *
 * Return: 0 or a negative error.
 */
int tcpw_pernet_init(void)
{
	int err;

	net_cache = KMEM_CACHE(tcpw_net, SLAB_ACCOUNT);
	if (!net_cache)
		return -ENOMEM;
	err = register_pernet_subsys(&pernet_ops);
	if (err)
		kmem_cache_destroy(net_cache);
	return err;
}

/**
 * tcpw_pernet_exit - the reverse
 */
void tcpw_pernet_exit(void)
{
	unregister_pernet_subsys(&pernet_ops);
	kmem_cache_destroy(net_cache);
}
