// SPDX-License-Identifier: GPL-2.0
/*
 * The workqueues of all namespaces.
 */
#include <net/net_namespace.h>

#include "kernel/work.h"

static struct workqueue_struct *host_wq;
static struct workqueue_struct *host_tell_wq;
static struct workqueue_struct *tenants_wq;

/**
 * tcpw_work_queue - the workqueue of a network namespace
 * @net: the namespace
 *
 * Context: any.
 * Return: the workqueue.
 */
struct workqueue_struct *tcpw_work_queue(const struct net *net)
{
	return net_eq(net, &init_net) ? host_wq : tenants_wq;
}

/**
 * tcpw_work_tell_queue - the same, for the work that tells readers
 * @net: the namespace
 *
 * Only the host's readers go before the work of others.
 *
 * Context: any.
 * Return: the workqueue.
 */
struct workqueue_struct *tcpw_work_tell_queue(const struct net *net)
{
	return net_eq(net, &init_net) ? host_tell_wq : tenants_wq;
}

/**
 * tcpw_work_init - make the workqueues
 *
 * Return: 0 or -ENOMEM.
 */
int tcpw_work_init(void)
{
	host_wq = alloc_workqueue("tcpwatch", WQ_UNBOUND, 0);
	if (!host_wq)
		return -ENOMEM;
	host_tell_wq =
		alloc_workqueue("tcpwatch_events", WQ_UNBOUND | WQ_HIGHPRI, 0);
	if (!host_tell_wq)
		goto err_host;
	tenants_wq = alloc_workqueue("tcpwatch_tenants", WQ_UNBOUND, 0);
	if (!tenants_wq)
		goto err_tell;
	return 0;

err_tell:
	destroy_workqueue(host_tell_wq);
err_host:
	destroy_workqueue(host_wq);
	return -ENOMEM;
}

/**
 * tcpw_work_exit - the reverse, when no work is left
 */
void tcpw_work_exit(void)
{
	destroy_workqueue(tenants_wq);
	destroy_workqueue(host_tell_wq);
	destroy_workqueue(host_wq);
}
