// SPDX-License-Identifier: GPL-2.0
/*
 * /proc/net/tcpwatch_flows: every endpoint, one line each, for those who may
 * administer the namespace's network.  Lines are for programs: fields by
 * position, single spaces.
 *
 *	family state local-address port remote-address port interface
 *	kernel-state milliseconds-in-state cause
 *	handshake-microseconds (0: not known)
 *	restarts milliseconds-left uid cgroup (of timewait sockets; "-": not
 *	known)
 */
#include <linux/capability.h>
#include <linux/ktime.h>
#include <linux/proc_fs.h>
#include <linux/refcount.h>
#include <linux/seq_file.h>
#include <linux/socket.h>
#include <linux/string.h>

#include <net/net_namespace.h>

#include "pernet.h"
#include "table/scan.h"

/**
 * struct flows_reader - somebody who has the file open
 * @tn: the namespace
 * @scan: where the reader stands, in front of @flow's successor
 * @flow: what is to be shown, with a reference; NULL at the end
 */
struct flows_reader {
	struct tcpw_net *tn;
	struct tcpw_scan scan;
	struct tcpw_flow *flow;
};

static bool take_flow(struct tcpw_flow *flow, void *arg)
{
	struct flows_reader *reader = arg;

	if (reader->flow)
		return false;
	if (refcount_inc_not_zero(&flow->refs))
		reader->flow = flow;
	return true;
}

static void drop_flow(struct flows_reader *reader)
{
	if (reader->flow)
		tcpw_flow_put(reader->flow);
	reader->flow = NULL;
}

static void *flows_start(struct seq_file *m, loff_t *pos)
{
	struct flows_reader *reader = m->private;

	if (*pos)
		return reader->flow;
	drop_flow(reader);
	memset(&reader->scan, 0, sizeof(reader->scan));
	return SEQ_START_TOKEN;
}

static void *flows_next(struct seq_file *m, void *v, loff_t *pos)
{
	struct flows_reader *reader = m->private;

	++*pos;
	drop_flow(reader);
	tcpw_flow_scan(&reader->tn->flows, &reader->scan, take_flow, reader);
	return reader->flow;
}

static void flows_stop(struct seq_file *m, void *v)
{
}

/**
 * tcpw_proc_tuple - family, state, and both ends of an endpoint
 * @m: where to show it
 * @key: its 4-tuple
 * @state: enum tcpw_state
 */
void tcpw_proc_tuple(struct seq_file *m, const struct tcpw_key *key, u8 state)
{
	seq_printf(m, "%c %s ", key->family == AF_INET ? '4' : '6',
		   tcpw_state_name(state));
	if (key->family == AF_INET)
		seq_printf(m, "%pI4 %u %pI4 %u", key->laddr, ntohs(key->lport),
			   key->raddr, ntohs(key->rport));
	else
		seq_printf(m, "%pI6c %u %pI6c %u", key->laddr,
			   ntohs(key->lport), key->raddr, ntohs(key->rport));
}

static void show_owner(struct seq_file *m, const struct tcpw_owner *owner)
{
	if (owner->uid == TCPW_UID_UNKNOWN)
		seq_puts(m, " - -\n");
	else
		seq_printf(m, " %u %llu\n",
			   from_kuid_munged(seq_user_ns(m),
					    KUIDT_INIT(owner->uid)),
			   owner->cgroup);
}

static int flows_show(struct seq_file *m, void *v)
{
	struct tcpw_flow *flow = v;
	struct tcpw_shot shot;
	struct tcpw_key key;

	if (v == SEQ_START_TOKEN) {
		seq_puts(m,
			 "# family state laddr lport raddr rport if kernel ms cause open-us restarts left-ms uid cgroup\n");
		return 0;
	}
	if (!tcpw_flow_shoot(flow, &shot))
		return 0;
	tcpw_flow_key(flow, &key);
	tcpw_proc_tuple(m, &key, shot.state);
	seq_printf(m, " %d %s %llu %s %u", READ_ONCE(flow->bound_if),
		   tcpw_state_name(shot.kstate),
		   div_u64(shot.age, NSEC_PER_MSEC),
		   tcpw_cause_name(shot.cause), shot.open);
	seq_printf(m, " %u %llu", shot.restarts,
		   div_u64(shot.left, NSEC_PER_MSEC));
	show_owner(m, &shot.owner);
	return 0;
}

static const struct seq_operations flows_seq_ops = {
	.start = flows_start,
	.next = flows_next,
	.stop = flows_stop,
	.show = flows_show,
};

/* The end of a namespace would wait for a reader that sleeps in its read(). */
static int flows_open(struct inode *inode, struct file *file)
{
	struct tcpw_net *tn = tcpw_pde_data(inode);
	struct flows_reader *reader;

	if (!ns_capable(tn->net->user_ns, CAP_NET_ADMIN))
		return -EPERM;
	if (!maybe_get_net(tn->net))
		return -ENXIO;
	reader = __seq_open_private(file, &flows_seq_ops, sizeof(*reader));
	if (!reader) {
		put_net(tn->net);
		return -ENOMEM;
	}
	reader->tn = tn;
	return 0;
}

static int flows_release(struct inode *inode, struct file *file)
{
	struct seq_file *m = file->private_data;
	struct flows_reader *reader = m->private;
	struct net *net = reader->tn->net;
	int err;

	drop_flow(reader);
	err = seq_release_private(inode, file);
	put_net(net);
	return err;
}

static const struct proc_ops flows_proc_ops = {
	.proc_open = flows_open,
	.proc_read = seq_read,
	.proc_lseek = seq_lseek,
	.proc_release = flows_release,
};

/**
 * tcpw_proc_flows_add - the file of one network namespace
 * @tn: the namespace's state
 *
 * Return: 0 or -ENOMEM.
 */
int tcpw_proc_flows_add(struct tcpw_net *tn)
{
	return proc_create_data("tcpwatch_flows", 0444, tn->net->proc_net,
				&flows_proc_ops, tn)
		       ? 0
		       : -ENOMEM;
}

/**
 * tcpw_proc_flows_remove - the reverse; waits for readers
 * @tn: the namespace's state
 */
void tcpw_proc_flows_remove(struct tcpw_net *tn)
{
	remove_proc_entry("tcpwatch_flows", tn->net->proc_net);
}
