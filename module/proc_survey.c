// SPDX-License-Identifier: GPL-2.0
/*
 * What the last full walk found, for those who may administer the namespace's
 * network.  Lines are for programs: fields by position, single spaces.
 *
 * /proc/net/tcpwatch_stuck, up to 16 endpoints for each state that ought to be
 * short, the oldest first, asked of their sockets now:
 *
 *	family state local-address port remote-address port interface
 *	milliseconds-in-state reason retransmissions
 *	octets-not-acknowledged octets-not-sent peer's-window
 *	milliseconds-to-the-next-timer uid inode
 *
 * /proc/net/tcpwatch_ports, up to 16 destinations of connections opened here,
 * the largest first:
 *
 *	family local-address remote-address port
 *	connections time-waits ports-there-are new-ones-per-1000-seconds
 *	milliseconds-until-none-is-left ("-": they do not grow)
 */
#include <linux/bitmap.h>
#include <linux/capability.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/socket.h>
#include <linux/sort.h>

#include <net/ip.h>
#include <net/net_namespace.h>

#include "pernet.h"
#include "skkey.h"

#define PORTS_SHOWN 16

static bool may_read(struct seq_file *m, const struct net *net)
{
	return file_ns_capable(m->file, net->user_ns, CAP_NET_ADMIN);
}

static void show_addr(struct seq_file *m, const struct tcpw_key *key,
		      const __be32 *addr)
{
	if (key->family == AF_INET)
		seq_printf(m, " %pI4", addr);
	else
		seq_printf(m, " %pI6c", addr);
}

/* Is it still there, and still in the state that it was found in? */
static bool shoot_stuck(struct tcpw_net *tn, const struct tcpw_stuck *stuck,
			u8 state, struct tcpw_shot *shot)
{
	struct tcpw_ifs ifs = { .dif = stuck->bound_if };
	struct tcpw_flow *flow;
	bool same;

	rcu_read_lock();
	flow = tcpw_flow_find(&tn->flows, &stuck->key, &ifs);
	same = flow && tcpw_flow_shoot(flow, shot) && shot->state == state &&
	       shot->since == stuck->since;
	rcu_read_unlock();
	return same;
}

static void show_waiting(struct seq_file *m, const struct tcpw_waiting *w,
			 u8 rtx)
{
	seq_printf(m, " %s %u %u %u %u %u", tcpw_wait_names[tcpw_wait_of(w)],
		   max_t(u32, rtx, w->rtx), w->unacked, w->unsent, w->window,
		   w->left);
	if (w->uid == TCPW_UID_UNKNOWN)
		seq_puts(m, " - 0\n");
	else
		seq_printf(m, " %u %llu\n",
			   from_kuid_munged(seq_user_ns(m), KUIDT_INIT(w->uid)),
			   w->inode);
}

static void show_stuck(struct seq_file *m, struct tcpw_net *tn,
		       const struct tcpw_stuck *stuck, u8 state)
{
	const struct tcpw_key *key = &stuck->key;
	struct tcpw_waiting waiting;
	struct tcpw_shot shot;

	if (!shoot_stuck(tn, stuck, state, &shot))
		return;
	tcpw_skkey_ask(&waiting, tn->net, key, stuck->bound_if);
	tcpw_proc_tuple(m, key, state);
	seq_printf(m, " %d %llu", stuck->bound_if,
		   div_u64(shot.age, NSEC_PER_MSEC));
	show_waiting(m, &waiting, shot.rtx);
}

static int stuck_show(struct seq_file *m, void *v)
{
	struct tcpw_net *tn = tcpw_pernet_get(seq_file_single_net(m));
	struct tcpw_findings *f;
	unsigned int i, n;

	if (!may_read(m, tn->net))
		return -EPERM;
	f = tcpw_survey_read(&tn->flows.survey);
	if (!f)
		return -ENOMEM;
	seq_puts(m,
		 "# family state laddr lport raddr rport if ms why rtx unacked unsent window timer-ms uid inode\n");
	for (i = 0; i < TCPW_STUCK_STATES; i++)
		for (n = 0; n < f->stucks[i]; n++)
			show_stuck(m, tn, &f->stuck[i][n],
				   tcpw_stuck_states[i]);
	kvfree(f);
	return 0;
}

/**
 * tcpw_proc_oldest - how long the oldest endpoint of each state has been there
 * @m: where to show it
 * @tn: the namespace's state
 */
void tcpw_proc_oldest(struct seq_file *m, struct tcpw_net *tn)
{
	struct tcpw_findings *f = tcpw_survey_read(&tn->flows.survey);
	struct tcpw_shot shot;
	unsigned int i, n;
	u8 state;

	if (!f)
		return;
	seq_puts(m, "oldest-ms  ");
	for (i = 0; i < TCPW_STUCK_STATES; i++) {
		state = tcpw_stuck_states[i];
		shot.age = 0;
		for (n = 0; n < f->stucks[i]; n++)
			if (shoot_stuck(tn, &f->stuck[i][n], state, &shot))
				break;
		if (n == f->stucks[i])
			shot.age = 0;
		seq_printf(m, " %s %llu", tcpw_state_name(state),
			   div_u64(shot.age, NSEC_PER_MSEC));
	}
	seq_putc(m, '\n');
	kvfree(f);
}

static u32 dest_total(const struct tcpw_dest *dest)
{
	return dest->live + dest->time_wait;
}

static int by_total(const void *a, const void *b)
{
	u32 x = dest_total(a), y = dest_total(b);

	return x < y ? 1 : x > y ? -1 : 0;
}

/* Ports that connect() may choose from. */
static u32 ports_there_are(struct net *net)
{
	u32 reserved = 0;
	int low, high;

	inet_get_local_port_range(net, &low, &high);
#ifdef CONFIG_SYSCTL
	if (net->ipv4.sysctl_local_reserved_ports)
		reserved = bitmap_weight(net->ipv4.sysctl_local_reserved_ports,
					 high + 1) -
			   bitmap_weight(net->ipv4.sysctl_local_reserved_ports,
					 low);
#endif
	return high - low + 1 - reserved;
}

/* One that is new may only have found no place before. */
static bool is_known(const struct tcpw_findings *f,
		     const struct tcpw_dest *dest)
{
	return f->took && (dest->known || !f->others);
}

/* How they will grow is how they have grown from the last walk but one on. */
static void show_growth(struct seq_file *m, const struct tcpw_findings *f,
			const struct tcpw_dest *dest, u32 ports)
{
	u64 age = ktime_get_ns() - f->at;
	s64 grown = (s64)dest_total(dest) - dest->before;
	u64 left = ports > dest_total(dest) ? ports - dest_total(dest) : 0;
	u64 took_ms = div_u64(f->took, NSEC_PER_MSEC);

	if (!is_known(f, dest) || !took_ms || grown <= 0) {
		seq_puts(m, " 0 -\n");
		return;
	}
	left = div64_u64(left * took_ms, grown);
	age = div_u64(age, NSEC_PER_MSEC);
	seq_printf(m, " %llu %llu\n", div64_u64(grown * 1000000, took_ms),
		   left > age ? left - age : 0);
}

static void show_dest(struct seq_file *m, const struct tcpw_findings *f,
		      const struct tcpw_dest *dest, u32 ports)
{
	const struct tcpw_key *key = &dest->key;

	seq_putc(m, key->family == AF_INET ? '4' : '6');
	show_addr(m, key, key->laddr);
	show_addr(m, key, key->raddr);
	seq_printf(m, " %u %u %u %u", ntohs(key->rport), dest->live,
		   dest->time_wait, ports);
	show_growth(m, f, dest, ports);
}

static int ports_show(struct seq_file *m, void *v)
{
	struct tcpw_net *tn = tcpw_pernet_get(seq_file_single_net(m));
	u32 ports = ports_there_are(tn->net);
	struct tcpw_findings *f;
	unsigned int i;

	if (!may_read(m, tn->net))
		return -EPERM;
	f = tcpw_survey_read(&tn->flows.survey);
	if (!f)
		return -ENOMEM;
	sort(f->dest, TCPW_DESTS, sizeof(f->dest[0]), by_total, NULL);
	seq_puts(m,
		 "# family laddr raddr rport live time-wait ports per-1000s left-ms\n");
	for (i = 0; i < TCPW_DESTS; i++)
		if (i >= PORTS_SHOWN)
			f->others += dest_total(&f->dest[i]);
		else if (dest_total(&f->dest[i]))
			show_dest(m, f, &f->dest[i], ports);
	seq_printf(m, "others %u\n", f->others);
	kvfree(f);
	return 0;
}

/**
 * tcpw_proc_survey_add - the files of one network namespace
 * @tn: the namespace's state
 *
 * Return: 0 or -ENOMEM.
 */
int tcpw_proc_survey_add(struct tcpw_net *tn)
{
	struct proc_dir_entry *dir = tn->net->proc_net;

	if (!proc_create_net_single("tcpwatch_stuck", 0444, dir, stuck_show,
				    NULL))
		return -ENOMEM;
	if (proc_create_net_single("tcpwatch_ports", 0444, dir, ports_show,
				   NULL))
		return 0;
	remove_proc_entry("tcpwatch_stuck", dir);
	return -ENOMEM;
}

/**
 * tcpw_proc_survey_remove - the reverse; waits for readers
 * @tn: the namespace's state
 */
void tcpw_proc_survey_remove(struct tcpw_net *tn)
{
	remove_proc_entry("tcpwatch_ports", tn->net->proc_net);
	remove_proc_entry("tcpwatch_stuck", tn->net->proc_net);
}
