// SPDX-License-Identifier: GPL-2.0
/*
 * How to get from a network namespace to what is kept for it: by net_generic()
 * where its life is certain, by a list of our own for the probe, because
 * timewait sockets of a namespace outlive our exit.
 */
#include <linux/hash.h>
#include <linux/rculist.h>
#include <linux/spinlock.h>
#include <linux/xarray.h>

#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "table/nets.h"

#define NETS_BITS 12 /* a user can make some ten thousand */

unsigned int tcpw_nets_id;
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
	struct tcpw_net **slot = net_generic(net, tcpw_nets_id);

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

/**
 * tcpw_nets_reserve - take a number for what is kept for a namespace
 * @tn: it
 *
 * Return: 0 or a negative error.
 */
int tcpw_nets_reserve(struct tcpw_net *tn)
{
	return xa_alloc(&nets_by_id, &tn->id, NULL, xa_limit_31b,
			GFP_KERNEL_ACCOUNT);
}

/**
 * tcpw_nets_release - give it back, where nothing came of it
 * @tn: it
 */
void tcpw_nets_release(struct tcpw_net *tn)
{
	xa_release(&nets_by_id, tn->id);
}

/**
 * tcpw_nets_add - let it be found
 * @tn: all of it is made
 */
void tcpw_nets_add(struct tcpw_net *tn)
{
	/* it has its place already, and needs no memory */
	xa_store(&nets_by_id, tn->id, tn, GFP_KERNEL);
	spin_lock(&nets_lock);
	hlist_add_head_rcu(&tn->node, nets_head(tn->net));
	spin_unlock(&nets_lock);
}

/**
 * tcpw_nets_remove - it is found by nobody from a grace period on
 * @tn: it ends
 */
void tcpw_nets_remove(struct tcpw_net *tn)
{
	spin_lock(&nets_lock);
	hlist_del_rcu(&tn->node);
	spin_unlock(&nets_lock);
	xa_erase(&nets_by_id, tn->id);
}
