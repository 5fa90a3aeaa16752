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
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/socket.h>

#include <net/net_namespace.h>

#include "pernet.h"
#include "kernel/skkey.h"

static void show_addr(struct seq_file *m, const struct tcpw_key *key,
		      const __be32 *addr)
{
	if (key->family == AF_INET)
		seq_printf(m, " %pI4", addr);
	else
		seq_printf(m, " %pI6c", addr);
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

	if (!tcpw_survey_shoot(&tn->flows, stuck, state, &shot))
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

	if (!tcpw_proc_may_read(m, tn))
		return -EPERM;
	if (!tcpw_proc_has_room(m))
		return 0; /* each row asks a socket: not twice */
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
	u64 oldest[TCPW_STUCK_STATES];
	unsigned int i;

	tcpw_survey_oldest(&tn->flows, oldest);
	seq_puts(m, "oldest-ms  ");
	for (i = 0; i < TCPW_STUCK_STATES; i++)
		seq_printf(m, " %s %llu", tcpw_state_name(tcpw_stuck_states[i]),
			   div_u64(oldest[i], NSEC_PER_MSEC));
	seq_putc(m, '\n');
}

static void show_growth(struct seq_file *m, const struct tcpw_growth *growth)
{
	if (growth->per_1000s)
		seq_printf(m, " %llu %llu\n", growth->per_1000s,
			   growth->left_ms);
	else
		seq_puts(m, " 0 -\n");
}

static void show_dest(struct seq_file *m, const struct tcpw_findings *f,
		      const struct tcpw_dest *dest, u32 ports)
{
	const struct tcpw_key *key = &dest->key;
	struct tcpw_growth growth;

	seq_putc(m, key->family == AF_INET ? '4' : '6');
	show_addr(m, key, key->laddr);
	show_addr(m, key, key->raddr);
	seq_printf(m, " %u %u %u %u", ntohs(key->rport), dest->live,
		   dest->time_wait, ports);
	tcpw_survey_growth(&growth, f, dest, ports);
	show_growth(m, &growth);
}

static int ports_show(struct seq_file *m, void *v)
{
	struct tcpw_net *tn = tcpw_pernet_get(seq_file_single_net(m));
	u32 ports = tcpw_skkey_ports(tn->net);
	struct tcpw_findings *f;
	unsigned int i;

	if (!tcpw_proc_may_read(m, tn))
		return -EPERM;
	f = tcpw_survey_read(&tn->flows.survey);
	if (!f)
		return -ENOMEM;
	tcpw_survey_rank(f);
	seq_puts(m,
		 "# family laddr raddr rport live time-wait ports per-1000s left-ms\n");
	for (i = 0; i < TCPW_DESTS_SHOWN; i++)
		if (tcpw_dest_total(&f->dest[i]))
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
