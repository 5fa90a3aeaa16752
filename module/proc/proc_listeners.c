// SPDX-License-Identifier: GPL-2.0
/*
 * /proc/net/tcpwatch_listeners: who listens, one line for each address and
 * port, and what became of the handshakes there, for those who may administer
 * the namespace's network.  Lines are for programs: fields by position, single
 * spaces.
 */
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/socket.h>

#include <net/net_namespace.h>

#include "pernet.h"
#include "table/scan.h"

static bool show_listener(const struct tcpw_listener *rec, void *m)
{
	const struct tcpw_key *key = &rec->place.key;
	unsigned int i;

	if (key->family == AF_INET)
		seq_printf(m, "4 %pI4", key->laddr);
	else
		seq_printf(m, "6 %pI6c", key->laddr);
	seq_printf(m, " %u %d %u %lu", ntohs(key->lport), rec->place.bound_if,
		   READ_ONCE(rec->sockets), READ_ONCE(rec->drops));
	for (i = 0; i < TCPW_LISTENER_STATS; i++)
		seq_printf(m, " %ld", atomic_long_read(&rec->count[i]));
	seq_putc(m, '\n');
	return true;
}

static int listeners_show(struct seq_file *m, void *v)
{
	struct tcpw_net *tn = tcpw_pernet_get(seq_file_single_net(m));
	struct tcpw_scan scan = {};

	if (!tcpw_proc_may_read(m, tn))
		return -EPERM;
	tcpw_listeners_refresh(&tn->listeners);
	seq_puts(m,
		 "# family laddr lport if sockets drops cookies-out cookies-in refused timeout deferred\n");
	tcpw_listeners_scan(&tn->listeners, &scan, show_listener, m);
	return 0;
}

/**
 * tcpw_proc_listeners_add - the file of one network namespace
 * @tn: the namespace's state
 *
 * Return: 0 or -ENOMEM.
 */
int tcpw_proc_listeners_add(struct tcpw_net *tn)
{
	return proc_create_net_single("tcpwatch_listeners", 0444,
				      tn->net->proc_net, listeners_show, NULL)
		       ? 0
		       : -ENOMEM;
}

/**
 * tcpw_proc_listeners_remove - the reverse; waits for readers
 * @tn: the namespace's state
 */
void tcpw_proc_listeners_remove(struct tcpw_net *tn)
{
	remove_proc_entry("tcpwatch_listeners", tn->net->proc_net);
}
