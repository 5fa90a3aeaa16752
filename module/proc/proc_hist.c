// SPDX-License-Identifier: GPL-2.0
/*
 * /proc/net/tcpwatch_hist: every histogram, a line for each bucket that holds
 * any.  Lines are for programs: fields by position, single spaces.
 *
 *	state or span, least ns of the bucket, durations in it
 *
 * Names that begin with "age-" tell of the endpoints that are in that state
 * now, as of the last full walk.
 */
#include <linux/mm.h>
#include <linux/proc_fs.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include <net/net_namespace.h>

#include "pernet.h"

static void show_hist(struct seq_file *m, const char *name,
		      const struct tcpw_hist *hist)
{
	unsigned int i;

	for (i = 0; i < TCPW_HIST_BUCKETS; i++)
		if (hist->n[i])
			seq_printf(m, "%s %llu %lu\n", name, tcpw_hist_floor(i),
				   hist->n[i]);
}

/* The least age that a slot counts, ns. */
static u64 age_floor(unsigned int slot)
{
	return slot ? (u64)NSEC_PER_SEC << (slot - 1) : 0;
}

static void show_ages(struct seq_file *m, const struct tcpw_findings *f)
{
	unsigned int i, slot;
	const char *name;

	for (i = 0; i < TCPW_STUCK_STATES; i++) {
		name = tcpw_state_name(tcpw_stuck_states[i]);
		for (slot = 0; slot < TCPW_AGES; slot++)
			if (f->age[i][slot])
				seq_printf(m, "age-%s %llu %u\n", name,
					   age_floor(slot), f->age[i][slot]);
	}
}

static int hist_show(struct seq_file *m, void *v)
{
	struct tcpw_net *tn = tcpw_pernet_get(seq_file_single_net(m));
	struct tcpw_findings *findings;
	struct tcpw_hist *hist;
	u8 span;

	if (!tcpw_proc_has_room(m))
		return 0;
	hist = kmalloc(sizeof(*hist), GFP_KERNEL);
	if (!hist)
		return -ENOMEM;
	for (span = 0; span < TCPW_SPAN_MAX; span++) {
		tcpw_timing_sum(hist, &tn->counts, span);
		show_hist(m, tcpw_span_name(span), hist);
		cond_resched();
	}
	kfree(hist);
	findings = tcpw_survey_read(&tn->flows.survey);
	if (!findings)
		return -ENOMEM;
	show_ages(m, findings);
	kvfree(findings);
	return 0;
}

/**
 * tcpw_proc_hist_add - the file of one network namespace
 * @tn: the namespace's state
 *
 * Return: 0 or -ENOMEM.
 */
int tcpw_proc_hist_add(struct tcpw_net *tn)
{
	return proc_create_net_single("tcpwatch_hist", 0444, tn->net->proc_net,
				      hist_show, NULL)
		       ? 0
		       : -ENOMEM;
}

/**
 * tcpw_proc_hist_remove - the reverse; waits for readers
 * @tn: the namespace's state
 */
void tcpw_proc_hist_remove(struct tcpw_net *tn)
{
	remove_proc_entry("tcpwatch_hist", tn->net->proc_net);
}
