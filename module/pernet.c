// SPDX-License-Identifier: GPL-2.0
/*
 * The state of each network namespace, and how to get from the one to the
 * other: by net_generic() where its life is certain, by a list of our own for
 * the probe, because timewait sockets of a namespace outlive our exit.
 */
#include <linux/hash.h>
#include <linux/ktime.h>
#include <linux/percpu.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/xarray.h>

#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "pernet.h"

#define NETS_BITS 12 /* a user can make some ten thousand */

static unsigned int pernet_id;
static struct kmem_cache *net_cache;
static struct hlist_head nets[1 << NETS_BITS];
static DEFINE_SPINLOCK(nets_lock); /* writers of nets[] */
/* Inode numbers lie so far apart that each would take a node of its own. */
static DEFINE_XARRAY_ALLOC(nets_by_id);

static struct hlist_head *nets_head(const struct net *net)
{
	return &nets[hash_ptr(net, NETS_BITS)];
}

/**
 * tcpw_pernet_find - what is kept for a network namespace
 * @net: the namespace
 *
 * Context: under rcu_read_lock(), which also bounds the result's life; or in
 * process context of a task inside the namespace.
 * Return: NULL where it is not watched (not yet, or no longer).
 */
struct tcpw_net *tcpw_pernet_find(const struct net *net)
{
	struct tcpw_net *tn;

	hlist_for_each_entry_rcu(tn, nets_head(net), node)
		if (tn->net == net)
			return tn;
	return NULL;
}

/**
 * tcpw_pernet_flows - the flow table of a network namespace
 * @net: the namespace
 *
 * Context: as tcpw_pernet_find().
 * Return: the table or NULL.
 */
struct tcpw_flow_table *tcpw_pernet_flows(const struct net *net)
{
	struct tcpw_net *tn = tcpw_pernet_find(net);

	return tn ? &tn->flows : NULL;
}

/**
 * tcpw_pernet_listeners - the listeners of a network namespace
 * @net: the namespace
 *
 * Context: as tcpw_pernet_find().
 * Return: the listeners or NULL.
 */
struct tcpw_listeners *tcpw_pernet_listeners(const struct net *net)
{
	struct tcpw_net *tn = tcpw_pernet_find(net);

	return tn ? &tn->listeners : NULL;
}

/**
 * tcpw_pernet_get - the same, for code whose life lies inside the state's
 * @net: the namespace
 *
 * Context: pernet operations registered after tcpw_pernet_init(), and what
 * they have put up (proc files, sysctls).
 * Return: NULL where there was no memory for it; never so for files and hooks.
 */
struct tcpw_net *tcpw_pernet_get(const struct net *net)
{
	struct tcpw_net **slot = net_generic(net, pernet_id);

	return *slot;
}

/*
 * The kernel's list gets a namespace when all of it is made.  Before, it may
 * still come to nothing, whoever holds a reference.
 */
static bool is_made(const struct net *net)
{
	return READ_ONCE(net->list.next);
}

/**
 * tcpw_pernet_next - the network namespaces one after the other
 * @after: the one before, which the caller holds; NULL for the first
 * @used: only those that have endpoints
 *
 * Return: the next, for the caller to put_net(); NULL where there is none.
 */
struct net *tcpw_pernet_next(const struct net *after, bool used)
{
	XA_STATE(xas, &nets_by_id, after ? tcpw_pernet_get(after)->id + 1 : 0);
	struct net *net = NULL;
	struct tcpw_net *tn;

	rcu_read_lock();
	xas_for_each(&xas, tn, U32_MAX)
	{
		if (xas_retry(&xas, tn) ||
		    (used && !tcpw_flow_count(&tn->flows)))
			continue;
		if (is_made(tn->net) && maybe_get_net(tn->net)) {
			net = tn->net;
			break;
		}
	}
	rcu_read_unlock();
	return net;
}

/**
 * tcpw_pernet_each - the flow tables of all network namespaces
 * @fn: called with each
 * @arg: for @fn
 *
 * Context: under rcu_read_lock().
 */
void tcpw_pernet_each(void (*fn)(struct tcpw_flow_table *t, void *arg),
		      void *arg)
{
	struct tcpw_net *tn;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(nets); i++)
		hlist_for_each_entry_rcu(tn, &nets[i], node)
			fn(&tn->flows, arg);
}

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
	err = xa_alloc(&nets_by_id, &tn->id, NULL, xa_limit_31b,
		       GFP_KERNEL_ACCOUNT);
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
	tcpw_missing_table_init(&tn->flows);
	tcpw_look_init(&tn->listeners);
	*slot = tn;
	/* it has its place already, and needs no memory */
	xa_store(&nets_by_id, tn->id, tn, GFP_KERNEL);

	spin_lock(&nets_lock);
	hlist_add_head_rcu(&tn->node, nets_head(net));
	spin_unlock(&nets_lock);
	return 0;

err_exit_events:
	tcpw_events_exit(&tn->events);
	tcpw_listeners_exit(&tn->listeners);
err_exit_counts:
	tcpw_counts_exit(&tn->counts);
	free_percpu(tn->cpu);
err_release:
	xa_release(&nets_by_id, tn->id);
err_free:
	mem_cgroup_put(tn->memcg);
	kmem_cache_free(net_cache, tn);
	return err;
}

/* A namespace does not fail to be made because of us: it is not watched. */
static int __net_init pernet_init(struct net *net)
{
	int err = net_make(net, net_generic(net, pernet_id));

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
	spin_lock(&nets_lock);
	hlist_del_rcu(&tn->node);
	spin_unlock(&nets_lock);
	xa_erase(&nets_by_id, tn->id);
}

static void __net_exit pernet_exit(struct net *net)
{
	struct tcpw_net *tn = tcpw_pernet_get(net);

	if (!tn)
		return;
	/* ORDER: flows and their works log, so they go first */
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
	.id = &pernet_id,
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
