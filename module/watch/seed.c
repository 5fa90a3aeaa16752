// SPDX-License-Identifier: GPL-2.0
/*
 * What was there before us: when the module is loaded, every socket that the
 * kernel has gets its flow.  Hooks and probes are on by then, so that what
 * changes meanwhile is seen; a flow that they made first is left alone.
 */
#include <linux/ktime.h>

#include <net/net_namespace.h>
#include <net/sock.h>

#include "pernet.h"
#include "kernel/skkey.h"

/* Set while existing namespaces are gone through; a new one is empty. */
static bool loading;

static void seed_socket(struct sock *sk, void *arg)
{
	const struct net *only = arg;
	struct tcpw_flow_table *t;

	if (only && !net_eq(sock_net(sk), only))
		return;
	t = tcpw_pernet_flows(sock_net(sk));
	if (t)
		tcpw_flow_seed(t, sk);
}

/* First, in all namespaces: they tell who accepted a connection. */
static int __net_init seed_listeners_init(struct net *net)
{
	struct tcpw_net *tn = tcpw_pernet_get(net);

	if (loading && tn)
		tcpw_listeners_seed(&tn->listeners);
	return 0;
}

/* The common table is walked once, for all that share it. */
static int __net_init seed_net_init(struct net *net)
{
	if (!loading)
		return 0;
	if (net_eq(net, &init_net))
		tcpw_skkey_each(net, seed_socket, NULL);
	else if (!tcpw_skkey_shares_hash(net))
		tcpw_skkey_each(net, seed_socket, net);
	return 0;
}

/* The core runs .init in every namespace and lets none come or go meanwhile. */
static struct pernet_operations seed_listeners_ops = {
	.init = seed_listeners_init,
};

static struct pernet_operations seed_ops = {
	.init = seed_net_init,
};

/**
 * tcpw_seed_init - make flows of the sockets that there are
 *
 * Return: 0 or a negative error.
 */
int tcpw_seed_init(void)
{
	int err;

	tcpw_look_for_all();
	loading = true;
	err = register_pernet_subsys(&seed_listeners_ops);
	if (err)
		goto out;
	err = register_pernet_subsys(&seed_ops);
	if (err)
		unregister_pernet_subsys(&seed_listeners_ops);
out:
	loading = false;
	return err;
}

/**
 * tcpw_seed_exit - the reverse
 */
void tcpw_seed_exit(void)
{
	unregister_pernet_subsys(&seed_ops);
	unregister_pernet_subsys(&seed_listeners_ops);
}
