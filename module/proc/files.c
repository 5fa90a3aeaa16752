// SPDX-License-Identifier: GPL-2.0
/*
 * The files of each network namespace, below /proc/net and /proc/sys.
 *
 * Taking a file away waits for its readers, and a reader can make that last:
 * it may copy into memory that a FUSE server of its own provides.  Inside the
 * kernel's pernet operations everybody who makes a namespace or a device would
 * wait with us.  So at unload the files of all namespaces go before that, one
 * namespace after the other, and only rmmod waits.
 *
 * When a namespace ends by itself, nobody has one of its files in /proc/net
 * open: an open one holds a reference to the namespace.  Its settings in
 * /proc/sys can be open, and a reader of them is waited for, as it is for those
 * of the kernel's own that end with the namespace.
 */
#include <linux/list.h>
#include <linux/mutex.h>

#include <net/net_namespace.h>

#include "pernet.h"

static DEFINE_MUTEX(files_lock); /* the lists */
static LIST_HEAD(files_there);	 /* namespaces that have their files */
static LIST_HEAD(files_ending);	 /* those of them that end by themselves */
static bool files_closed;

static void files_remove(struct tcpw_net *tn)
{
	tcpw_proc_remove(tn);
	tcpw_sysctl_remove(tn);
}

/* A namespace without memory for its files is made all the same. */
static int __net_init files_net_init(struct net *net)
{
	struct tcpw_net *tn = tcpw_pernet_get(net);

	if (!tn)
		return 0;
	INIT_LIST_HEAD(&tn->files);
	if (READ_ONCE(files_closed))
		return 0;
	/* without the lock: a tenant's memory may be slow to come */
	tcpw_sysctl_add(tn);
	tcpw_proc_add(tn);
	mutex_lock(&files_lock);
	list_add(&tn->files, &files_there);
	mutex_unlock(&files_lock);
	return 0;
}

static void __net_exit files_net_exit(struct net *net)
{
	struct tcpw_net *tn = tcpw_pernet_get(net);
	bool there;

	if (!tn)
		return;
	mutex_lock(&files_lock);
	there = !list_empty(&tn->files);
	list_del_init(&tn->files);
	mutex_unlock(&files_lock);
	if (there)
		files_remove(tn);
}

/*
 * No namespace gets files from here on, and each that has them is made or
 * ends: a reference to one that may still come to nothing would protect
 * nothing.  To register operations waits for all that are being made.
 */
static void files_close(void)
{
	static struct pernet_operations none;

	WRITE_ONCE(files_closed, true);
	if (!register_pernet_subsys(&none))
		unregister_pernet_subsys(&none);
}

/*
 * The next namespace whose files are to be removed, for the caller to
 * put_net(); NULL when all are done.
 */
static struct tcpw_net *files_next(void)
{
	struct tcpw_net *tn;

	mutex_lock(&files_lock);
	while ((tn = list_first_entry_or_null(&files_there, struct tcpw_net,
					      files))) {
		if (maybe_get_net(tn->net)) {
			list_del_init(&tn->files);
			break;
		}
		list_move(&tn->files, &files_ending);
	}
	mutex_unlock(&files_lock);
	return tn;
}

static struct pernet_operations files_ops = {
	.init = files_net_init,
	.exit = files_net_exit,
};

/**
 * tcpw_files_init - files in all network namespaces, existing and future
 *
 * Return: 0 or a negative error.
 */
int tcpw_files_init(void)
{
	return register_pernet_subsys(&files_ops);
}

/**
 * tcpw_files_exit - the reverse; waits for readers
 */
void tcpw_files_exit(void)
{
	struct tcpw_net *tn;

	files_close();
	while ((tn = files_next())) {
		files_remove(tn);
		put_net(tn->net);
	}
	unregister_pernet_subsys(&files_ops);
}
