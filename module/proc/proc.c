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

#include "pernet.h"
#include "record/sources.h"

static struct proc_dir_entry *proc_link;

/* In the order of a connection's life. */
static const u8 shown_states[] = {
	TCPW_ST_SYN_SENT,  TCPW_ST_SYN_RECV,   TCPW_ST_ESTABLISHED,
	TCPW_ST_FIN_WAIT1, TCPW_ST_FIN_WAIT2,  TCPW_ST_CLOSING,
	TCPW_ST_TIME_WAIT, TCPW_ST_CLOSE_WAIT, TCPW_ST_LAST_ACK,
	TCPW_ST_CLOSE,
};

/* How it is noticed that a socket is gone that does not say so. */
static void show_ends(struct seq_file *m, const struct tcpw_flow_table *t)
{
	u32 ms = div_u64(READ_ONCE(t->full_every), NSEC_PER_MSEC);

	if (!tcpw_sweep_polls(t))
		seq_puts(m, "reported");
	else if (ms % MSEC_PER_SEC)
		seq_printf(m, "polled/%ums/%ums", tcpw_sweep_poll_ms(t), ms);
	else
		seq_printf(m, "polled/%ums/%lus", tcpw_sweep_poll_ms(t),
			   ms / MSEC_PER_SEC);
}

static const char *observers(const struct tcpw_net *tn)
{
	if (!tn->hooks)
		return tcpw_source_reports(TCPW_SOURCE_STATES) ? "kernel"
							       : "none";
	return tcpw_source_reports(TCPW_SOURCE_STATES) ? "wire,kernel" : "wire";
}

static void show_header(struct seq_file *m, const struct tcpw_net *tn)
{
	u64 ms = div_u64(ktime_get_ns() - tn->since, NSEC_PER_MSEC);
	unsigned int flows = tcpw_flow_count(&tn->flows);
	u32 rest;
	u64 s = div_u64_rem(ms, MSEC_PER_SEC, &rest);

	seq_printf(m,
		   "tcpwatch    %s netns %u watching %llu.%03u s observers %s ends ",
		   THIS_MODULE->version, tn->net->ns.inum, s, rest,
		   observers(tn));
	show_ends(m, &tn->flows);
	seq_printf(m, "\nflows       now %u limit %u bytes %llu%s\n\n", flows,
		   READ_ONCE(tn->flows.max), tcpw_flow_bytes(&tn->flows),
		   READ_ONCE(tn->flows.missing.count) ? " incomplete" : "");
}

static void show_ms(struct seq_file *m, u64 ns)
{
	u32 us = 0;
	u64 ms = div_u64_rem(div_u64(ns, NSEC_PER_USEC), USEC_PER_MSEC, &us);

	seq_printf(m, " %8llu.%03u", ms, us);
}

static void show_times(struct seq_file *m, const struct tcpw_brief *brief)
{
	const u64 shown[] = { brief->min, brief->mean, brief->p50,
			      brief->p90, brief->p99,  brief->max };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(shown); i++)
		if (brief->count)
			show_ms(m, shown[i]);
		else
			seq_printf(m, " %12s", "-");
	seq_putc(m, '\n');
}

static void sum_up(struct tcpw_brief *brief, struct tcpw_hist *hist,
		   const struct tcpw_net *tn, u8 span)
{
	tcpw_timing_sum(hist, &tn->counts, span);
	tcpw_hist_brief(brief, hist);
}

static void show_state(struct seq_file *m, u8 st, unsigned long entered,
		       unsigned long left, const struct tcpw_brief *brief)
{
	seq_printf(m, "%-12s %10lu %12lu %12lu", tcpw_state_name(st),
		   tcpw_stats_now(st, entered, left), entered, left);
	show_times(m, brief);
}

/* CLOSE holds no flow: entered counts the ends, left the beginnings. */
static void show_states(struct seq_file *m, const struct tcpw_net *tn,
			const struct tcpw_stats *sum, struct tcpw_hist *hist)
{
	struct tcpw_brief brief;
	size_t i;
	u8 st;

	seq_printf(m, "%-12s %10s %12s %12s %12s %12s %12s %12s %12s %12s\n",
		   "state", "now", "entered", "left", "min-ms", "mean-ms",
		   "p50-ms", "p90-ms", "p99-ms", "max-ms");
	sum_up(&brief, hist, tn, TCPW_ST_LISTEN);
	show_state(m, TCPW_ST_LISTEN, atomic_long_read(&tn->listeners.came),
		   atomic_long_read(&tn->listeners.gone), &brief);
	for (i = 0; i < ARRAY_SIZE(shown_states); i++) {
		st = shown_states[i];
		sum_up(&brief, hist, tn, st);
		show_state(m, st, tcpw_stats_entered(sum, st),
			   tcpw_stats_left(sum, st), &brief);
	}
}

static void show_spans(struct seq_file *m, const struct tcpw_net *tn,
		       struct tcpw_hist *hist)
{
	static const u8 spans[] = {
		TCPW_SPAN_OPEN_ACTIVE, TCPW_SPAN_OPEN_PASSIVE,
		TCPW_SPAN_FIN_ACK,     TCPW_SPAN_FIN_FIN,
		TCPW_SPAN_FIN_END,     TCPW_SPAN_LAST_RESTART,
	};
	struct tcpw_brief brief;
	size_t i;

	seq_printf(m, "\n%-12s %10s %12s %12s %12s %12s %12s %12s\n", "span",
		   "count", "min-ms", "mean-ms", "p50-ms", "p90-ms", "p99-ms",
		   "max-ms");
	for (i = 0; i < ARRAY_SIZE(spans); i++) {
		sum_up(&brief, hist, tn, spans[i]);
		seq_printf(m, "%-12s %10llu", tcpw_span_name(spans[i]),
			   brief.count);
		show_times(m, &brief);
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

/* A row of counters, those that have a name. */
static void show_named(struct seq_file *m, const char *row,
		       const char *const *names, const unsigned long *n,
		       unsigned int count)
{
	unsigned int i;

	seq_printf(m, "%-11s", row);
	for (i = 0; i < count; i++)
		if (names[i])
			seq_printf(m, " %s %lu", names[i], n[i]);
}

/* The single counters of a place. */
static void show_counters(struct seq_file *m, enum tcpw_stat_place place,
			  const struct tcpw_stats *sum)
{
	unsigned int i;

	for (i = 0; i < TCPW_STAT_MAX; i++)
		if (tcpw_counters[i].place == place)
			seq_printf(m, " %s %lu", tcpw_counters[i].text,
				   sum->count[i]);
}

static void show_open(struct seq_file *m, const struct tcpw_stats *sum)
{
	static const char *const rtx[TCPW_RTX_MAX] = { "0", "1", "2", "3",
						       "4", "5", "6", "more" };
	static const char *const rtx_rows[] = { "rtx-passive", "rtx-active" };
	static const char *const fail_rows[] = { "failed-in", "failed-out" };
	unsigned int active;

	show_named(m, "open", tcpw_open_names, sum->open, TCPW_OPEN_MAX);
	show_counters(m, TCPW_AT_OPEN, sum);
	seq_putc(m, '\n');
	for (active = 0; active < 2; active++) {
		show_named(m, fail_rows[active], tcpw_fail_names,
			   sum->fail[active], TCPW_FAIL_MAX);
		seq_putc(m, '\n');
		show_named(m, rtx_rows[active], rtx, sum->open_rtx[active],
			   TCPW_RTX_MAX);
		seq_putc(m, '\n');
	}
}

/* The reasons that there were, where the kernel tells them. */
static void show_resets(struct seq_file *m, const struct tcpw_stats *sum)
{
	unsigned int i;

	if (!tcpw_source_reports(TCPW_SOURCE_RESETS))
		return;
	seq_puts(m, "rst-reason ");
	for (i = 0; i < TCPW_RST_REASONS; i++)
		if (sum->reset[i])
			seq_printf(m, " %s %lu", tcpw_reset_name(i),
				   sum->reset[i]);
	seq_putc(m, '\n');
}

static void show_close(struct seq_file *m, const struct tcpw_stats *sum)
{
	static const char *const end_rows[TCPW_SMALLS] = {
		[TCPW_SMALL_TIME_WAIT] = "time-wait",
		[TCPW_SMALL_FIN_WAIT2] = "small-fin2",
	};
	static const char *const late_rows[TCPW_SMALLS] = {
		[TCPW_SMALL_TIME_WAIT] = "late",
		[TCPW_SMALL_FIN_WAIT2] = "late-fin2",
	};
	unsigned int small;

	show_named(m, "close", tcpw_close_names, sum->close, TCPW_CLOSE_MAX);
	show_counters(m, TCPW_AT_CLOSE, sum);
	seq_printf(m, " four-way %lu\n", tcpw_stats_four_way(sum));
	show_resets(m, sum);
	for (small = 0; small < TCPW_SMALLS; small++) {
		show_named(m, end_rows[small], tcpw_tw_names,
			   sum->tw_end[small], TCPW_TW_MAX);
		/* TCP_TIMEWAIT_LEN, and 2 MSL of RFC 9293 3.4.2 */
		if (small == TCPW_SMALL_TIME_WAIT) {
			show_counters(m, TCPW_AT_TIME_WAIT, sum);
			seq_puts(m, " kernel-ms 60000 rfc9293-ms 240000");
		}
		seq_putc(m, '\n');
		show_named(m, late_rows[small], tcpw_late_names,
			   sum->late[small], TCPW_LATE_MAX);
		seq_putc(m, '\n');
	}
}

static void show_events(struct seq_file *m, const struct tcpw_net *tn,
			const struct tcpw_stats *sum)
{
	seq_putc(m, '\n');
	show_open(m, sum);
	show_close(m, sum);
	seq_puts(m, "retransmit ");
	show_counters(m, TCPW_AT_RETRANSMIT, sum);
	seq_printf(m, "\nrefused     in %lu", sum->fail[1][TCPW_FAIL_REFUSED]);
	show_counters(m, TCPW_AT_REFUSED, sum);
	seq_puts(m, "\nanomaly    ");
	show_counters(m, TCPW_AT_ANOMALY, sum);
	seq_puts(m, "\ntable      ");
	show_counters(m, TCPW_AT_TABLE, sum);
	seq_printf(m, " listeners-lost %ld not-measured %lu\n",
		   atomic_long_read(&tn->listeners.lost),
		   tcpw_counts_lost(&tn->counts));
}

static void show_audit(struct seq_file *m, const struct tcpw_net *tn,
		       const struct tcpw_stats *sum)
{
	struct tcpw_audit_sum audit;

	tcpw_audit_sum(&audit, sum, &tn->counts.audit);
	seq_printf(m,
		   "audit       confirmed %lu kernel-first %lu wire-only %lu found %lu explained %lu drift %lu unknown %lu missing %u\n",
		   audit.confirmed, audit.kernel_first, audit.wire_only,
		   audit.found, audit.explained, audit.drift, audit.unknown,
		   READ_ONCE(tn->flows.missing.count));
}

/* The walk over the whole table, which rests while the table is empty. */
static void show_sweep(struct seq_file *m, const struct tcpw_flow_table *t)
{
	u64 age = ktime_get_ns() - READ_ONCE(t->passed_at);

	seq_printf(m, "sweep       passes %lu age-ms %llu took-ms %llu\n",
		   READ_ONCE(t->passes), div_u64(age, NSEC_PER_MSEC),
		   div_u64(READ_ONCE(t->pass_ns), NSEC_PER_MSEC));
}

/* Their own tables went with them; only the first namespace outlives all. */
static void show_ended(struct seq_file *m, const struct tcpw_net *tn)
{
	const struct tcpw_ended *ended = &tcpw_flow_ended;

	if (!net_eq(tn->net, &init_net))
		return;
	seq_printf(m, "netns       ended %ld flows %ld time-wait %ld\n",
		   atomic_long_read(&ended->netns),
		   atomic_long_read(&ended->flows),
		   atomic_long_read(&ended->time_wait));
}

/* A row for each old state, new state and cause that there was. */
static void show_moves(struct seq_file *m, const struct tcpw_audit *audit)
{
	struct tcpw_move move;
	unsigned int kind;

	for (kind = tcpw_audit_next(audit, 0); kind < TCPW_MOVES;
	     kind = tcpw_audit_next(audit, kind + 1)) {
		move = tcpw_move_unpack(kind);
		seq_printf(m, "%-11s %s %s %s %lu\n",
			   tcpw_cause_is_correction(move.cause) ? "corrected"
								: "found",
			   tcpw_state_name(move.from), tcpw_state_name(move.to),
			   tcpw_cause_name(move.cause),
			   tcpw_audit_read(audit, &move));
	}
}

struct proc_sums {
	struct tcpw_stats stats;
	struct tcpw_hist hist;
};

static int proc_show(struct seq_file *m, void *v)
{
	struct tcpw_net *tn = tcpw_pernet_get(seq_file_single_net(m));
	struct proc_sums *sums;

	if (!tcpw_proc_has_room(m))
		return 0;
	sums = kmalloc(sizeof(*sums), GFP_KERNEL);
	if (!sums)
		return -ENOMEM;
	tcpw_counts_sum(&sums->stats, &tn->counts);
	show_header(m, tn);
	show_states(m, tn, &sums->stats, &sums->hist);
	show_spans(m, tn, &sums->hist);
	show_segments(m, &sums->stats);
	show_events(m, tn, &sums->stats);
	tcpw_proc_oldest(m, tn);
	show_audit(m, tn, &sums->stats);
	show_sweep(m, &tn->flows);
	show_ended(m, tn);
	show_moves(m, &tn->counts.audit);
	kfree(sums);
	return 0;
}

/**
 * tcpw_proc_add - the files of one network namespace, all or none
 * @tn: the namespace's state
 */
void tcpw_proc_add(struct tcpw_net *tn)
{
	struct proc_dir_entry *dir = tn->net->proc_net;

	if (!proc_create_net_single("tcpwatch", 0444, dir, proc_show, NULL))
		return;
	if (tcpw_proc_flows_add(tn))
		goto err_remove;
	if (tcpw_proc_listeners_add(tn))
		goto err_remove_flows;
	if (tcpw_proc_hist_add(tn))
		goto err_remove_listeners;
	if (tcpw_proc_survey_add(tn))
		goto err_remove_hist;
	tn->has_proc = true;
	return;

err_remove_hist:
	tcpw_proc_hist_remove(tn);
err_remove_listeners:
	tcpw_proc_listeners_remove(tn);
err_remove_flows:
	tcpw_proc_flows_remove(tn);
err_remove:
	remove_proc_entry("tcpwatch", dir);
}

/**
 * tcpw_proc_remove - the reverse; waits for readers
 * @tn: the namespace's state
 */
void tcpw_proc_remove(struct tcpw_net *tn)
{
	if (!tn->has_proc)
		return;
	tn->has_proc = false;
	tcpw_proc_survey_remove(tn);
	tcpw_proc_hist_remove(tn);
	tcpw_proc_listeners_remove(tn);
	tcpw_proc_flows_remove(tn);
	remove_proc_entry("tcpwatch", tn->net->proc_net);
}

/**
 * tcpw_proc_init - /proc/tcpwatch, which leads to the reader's namespace
 *
 * Return: 0 or -ENOMEM.
 */
int tcpw_proc_init(void)
{
	proc_link = proc_symlink("tcpwatch", NULL, "self/net/tcpwatch");
	return proc_link ? 0 : -ENOMEM;
}

/**
 * tcpw_proc_exit - the reverse
 */
void tcpw_proc_exit(void)
{
	proc_remove(proc_link);
}
