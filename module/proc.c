// SPDX-License-Identifier: GPL-2.0
/*
 * /proc/tcpwatch: a summary for eyes, one screen, fixed columns, the first
 * word of a row names it.  Sums per-CPU counters and never walks a table, so
 * that reading costs the same whatever the number of connections.
 */
#include <linux/ktime.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include <net/net_namespace.h>

#include "ends.h"
#include "observer.h"
#include "pernet.h"

static struct proc_dir_entry *proc_link;

/* In the order of a connection's life. */
static const u8 shown_states[] = {
	TCPW_ST_SYN_SENT,  TCPW_ST_SYN_RECV,   TCPW_ST_ESTABLISHED,
	TCPW_ST_FIN_WAIT1, TCPW_ST_FIN_WAIT2,  TCPW_ST_CLOSING,
	TCPW_ST_TIME_WAIT, TCPW_ST_CLOSE_WAIT, TCPW_ST_LAST_ACK,
	TCPW_ST_CLOSE,
};

static void show_header(struct seq_file *m, const struct tcpw_net *tn)
{
	u64 ms = div_u64(ktime_get_ns() - tn->since, NSEC_PER_MSEC);
	unsigned int flows = tcpw_flow_count(&tn->flows);
	u32 rest;
	u64 s = div_u64_rem(ms, MSEC_PER_SEC, &rest);

	seq_printf(m,
		   "tcpwatch    %s netns %u watching %llu.%03u s observers %s ends %s\n",
		   THIS_MODULE->version, tn->net->ns.inum, s, rest,
		   tcpw_observer_active() ? "wire,kernel" : "wire",
		   tcpw_ends_all_reported() ? "reported" : "polled/250ms/10s");
	seq_printf(m, "flows       now %u limit %u bytes %zu\n\n", flows,
		   READ_ONCE(tn->flows.max),
		   (size_t)flows * sizeof(struct tcpw_flow));
}

/* A reader may see a state left before it sees it entered. */
static unsigned long now_in(u8 st, unsigned long entered, unsigned long left)
{
	if (st == TCPW_ST_CLOSE || (long)(entered - left) < 0)
		return 0;
	return entered - left;
}

static void show_state(struct seq_file *m, u8 st, unsigned long entered,
		       unsigned long left)
{
	seq_printf(m, "%-11s %10lu %12lu %12lu\n", tcpw_state_name(st),
		   now_in(st, entered, left), entered, left);
}

/* CLOSE holds no flow: entered counts the ends, left the beginnings. */
static void show_states(struct seq_file *m, const struct tcpw_net *tn,
			const struct tcpw_stats *sum)
{
	size_t i;
	u8 st;

	seq_printf(m, "%-11s %10s %12s %12s\n", "state", "now", "entered",
		   "left");
	show_state(m, TCPW_ST_LISTEN, atomic_long_read(&tn->listeners.came),
		   atomic_long_read(&tn->listeners.gone));
	for (i = 0; i < ARRAY_SIZE(shown_states); i++) {
		st = shown_states[i];
		show_state(m, st, tcpw_stats_entered(sum, st),
			   tcpw_stats_left(sum, st));
	}
}

static void show_segments(struct seq_file *m, const struct tcpw_stats *sum)
{
	static const char *const names[] = { "seg-in", "seg-out" };
	const u8 synack = TCPW_SYN | TCPW_ACK;
	enum tcpw_dir dir;

	seq_printf(m, "\n%-11s %10s %12s %12s %10s %10s %10s %6s\n", "segment",
		   "syn", "syn,ack", "ack", "fin", "rst", "psh", "urg");
	for (dir = TCPW_IN; dir < TCPW_DIRS; dir++)
		seq_printf(m,
			   "%-11s %10lu %12lu %12lu %10lu %10lu %10lu %6lu\n",
			   names[dir],
			   tcpw_stats_segs(sum, dir, synack, TCPW_SYN),
			   tcpw_stats_segs(sum, dir, synack, synack),
			   tcpw_stats_segs(sum, dir, TCPW_ACK, TCPW_ACK),
			   tcpw_stats_segs(sum, dir, TCPW_FIN, TCPW_FIN),
			   tcpw_stats_segs(sum, dir, TCPW_RST, TCPW_RST),
			   tcpw_stats_segs(sum, dir, TCPW_PSH, TCPW_PSH),
			   tcpw_stats_segs(sum, dir, TCPW_URG, TCPW_URG));
}

static void show_events(struct seq_file *m, const struct tcpw_net *tn,
			const struct tcpw_stats *sum)
{
	const unsigned long *n = sum->count;

	seq_printf(m, "\nopen        active %lu passive %lu simultaneous %lu\n",
		   sum->open[TCPW_OPEN_ACTIVE], sum->open[TCPW_OPEN_PASSIVE],
		   sum->open[TCPW_OPEN_SIMULTANEOUS]);
	seq_printf(m,
		   "close       active %lu passive %lu simultaneous %lu rst-in %lu rst-out %lu other %lu\n",
		   sum->close[TCPW_CLOSE_ACTIVE],
		   sum->close[TCPW_CLOSE_PASSIVE],
		   sum->close[TCPW_CLOSE_SIMULTANEOUS],
		   sum->close[TCPW_CLOSE_RST_IN],
		   sum->close[TCPW_CLOSE_RST_OUT],
		   sum->close[TCPW_CLOSE_OTHER]);
	seq_printf(m, "retransmit  syn %lu syn,ack %lu fin %lu\n",
		   n[TCPW_STAT_RTX_SYN], n[TCPW_STAT_RTX_SYNACK],
		   n[TCPW_STAT_RTX_FIN]);
	seq_printf(m, "refused     in %lu out %lu cookies %lu\n",
		   n[TCPW_STAT_REFUSED_IN], n[TCPW_STAT_REFUSED_OUT],
		   n[TCPW_STAT_COOKIE_OUT]);
	seq_printf(m,
		   "anomaly     bad-ack %lu out-of-window %lu alien %lu malformed %lu bad-checksum %lu\n",
		   n[TCPW_STAT_BAD_ACK], n[TCPW_STAT_OOW], n[TCPW_STAT_ALIEN],
		   n[TCPW_STAT_MALFORMED], n[TCPW_STAT_BAD_CSUM]);
	seq_printf(m,
		   "table       created %lu overflow %lu no-memory %lu listeners-lost %ld\n",
		   n[TCPW_STAT_FLOW_CREATED], n[TCPW_STAT_FLOW_OVERFLOW],
		   n[TCPW_STAT_FLOW_NOMEM],
		   atomic_long_read(&tn->listeners.lost));
}

static void show_audit(struct seq_file *m, const struct tcpw_net *tn,
		       const struct tcpw_stats *sum)
{
	struct tcpw_audit_sum audit;

	tcpw_audit_sum(&audit, tn->audit);
	seq_printf(m,
		   "audit       confirmed %lu kernel-first %lu wire-only %lu explained %lu drift %lu unknown %lu\n",
		   sum->count[TCPW_STAT_CONFIRMED],
		   sum->count[TCPW_STAT_KERNEL_FIRST],
		   sum->count[TCPW_STAT_WIRE_ONLY], audit.explained,
		   audit.drift, audit.unknown);
}

/* The walk over the whole table, which rests while the table is empty. */
static void show_sweep(struct seq_file *m, const struct tcpw_flow_table *t)
{
	u64 age = ktime_get_ns() - READ_ONCE(t->passed_at);

	seq_printf(m, "sweep       passes %lu age-ms %llu took-ms %llu\n",
		   READ_ONCE(t->passes), div_u64(age, NSEC_PER_MSEC),
		   div_u64(READ_ONCE(t->pass_ns), NSEC_PER_MSEC));
}

/* A row for each old state, new state and cause that there was. */
static void show_moves(struct seq_file *m, const struct tcpw_audit *audit)
{
	struct tcpw_move move;
	unsigned int kind;

	for_each_set_bit(kind, audit->seen, TCPW_MOVES) {
		move = tcpw_move_unpack(kind);
		seq_printf(m, "%-11s %s %s %s %ld\n",
			   tcpw_cause_is_correction(move.cause) ? "corrected"
								: "found",
			   tcpw_state_name(move.from), tcpw_state_name(move.to),
			   tcpw_cause_name(move.cause),
			   atomic_long_read(&audit->n[kind]));
	}
}

static int proc_show(struct seq_file *m, void *v)
{
	const struct tcpw_net *tn = tcpw_pernet_get(seq_file_single_net(m));
	struct tcpw_stats *sum;

	sum = kmalloc(sizeof(*sum), GFP_KERNEL);
	if (!sum)
		return -ENOMEM;
	tcpw_stats_sum(sum, tn->stats);
	show_header(m, tn);
	show_states(m, tn, sum);
	show_segments(m, sum);
	show_events(m, tn, sum);
	show_audit(m, tn, sum);
	show_sweep(m, &tn->flows);
	show_moves(m, tn->audit);
	kfree(sum);
	return 0;
}

static int __net_init proc_net_init(struct net *net)
{
	struct tcpw_net *tn = tcpw_pernet_get(net);
	int err;

	if (!proc_create_net_single("tcpwatch", 0444, net->proc_net, proc_show,
				    NULL))
		return -ENOMEM;
	err = tcpw_proc_flows_add(tn);
	if (err)
		goto err_remove;
	err = tcpw_proc_listeners_add(tn);
	if (err)
		goto err_remove_flows;
	return 0;

err_remove_flows:
	tcpw_proc_flows_remove(tn);
err_remove:
	remove_proc_entry("tcpwatch", net->proc_net);
	return err;
}

static void __net_exit proc_net_exit(struct net *net)
{
	tcpw_proc_listeners_remove(tcpw_pernet_get(net));
	tcpw_proc_flows_remove(tcpw_pernet_get(net));
	remove_proc_entry("tcpwatch", net->proc_net);
}

static struct pernet_operations proc_ops = {
	.init = proc_net_init,
	.exit = proc_net_exit,
};

/**
 * tcpw_proc_init - /proc/PID/net/tcpwatch, and /proc/tcpwatch that leads there
 *
 * Return: 0 or a negative error.
 */
int tcpw_proc_init(void)
{
	int err = register_pernet_subsys(&proc_ops);

	if (err)
		return err;
	proc_link = proc_symlink("tcpwatch", NULL, "self/net/tcpwatch");
	if (!proc_link) {
		unregister_pernet_subsys(&proc_ops);
		return -ENOMEM;
	}
	return 0;
}

/**
 * tcpw_proc_exit - the reverse; waits for readers
 */
void tcpw_proc_exit(void)
{
	proc_remove(proc_link);
	unregister_pernet_subsys(&proc_ops);
}
