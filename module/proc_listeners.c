// SPDX-License-Identifier: GPL-2.0
/*
 * /proc/net/tcpwatch_listeners: who listens, one line for each address and
 * port, and what became of the handshakes there.  Lines are for programs:
 * fields by position, single spaces.
 */
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/socket.h>

#include <net/net_namespace.h>

#include "pernet.h"

static void show_listener(struct seq_file *m, const struct tcpw_listener *rec)
{
	unsigned int i;

	if (rec->key.family == AF_INET)
		seq_printf(m, "4 %pI4", rec->key.laddr);
	else
		seq_printf(m, "6 %pI6c", rec->key.laddr);
	seq_printf(m, " %u %d %u %lu", ntohs(rec->key.lport), rec->bound_if,
		   READ_ONCE(rec->sockets), READ_ONCE(rec->drops));
	for (i = 0; i < TCPW_LISTENER_STATS; i++)
		seq_printf(m, " %ld", atomic_long_read(&rec->count[i]));
	seq_putc(m, '\n');
}

static int listeners_show(struct seq_file *m, void *v)
{
	struct tcpw_net *tn = tcpw_pernet_get(seq_file_single_net(m));
	struct tcpw_listener *rec;
	int i;

	tcpw_listeners_refresh(&tn->listeners);
	seq_puts(m,
		 "# family laddr lport if sockets drops cookies-out cookies-in refused timeout deferred\n");
	rcu_read_lock();
	hash_for_each_rcu(tn->listeners.ht, i, rec, node)
		if (READ_ONCE(rec->sockets))
			show_listener(m, rec);
	rcu_read_unlock();
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
