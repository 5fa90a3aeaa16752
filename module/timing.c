// SPDX-License-Identifier: GPL-2.0
/*
 * Keeps the histograms of a network namespace and adds to them; what is
 * measured is mirror.c's to say.
 */
#include <linux/cpumask.h>
#include <linux/gfp.h>
#include <linux/irqflags.h>
#include <linux/string.h>

#include "timing.h"
#include "verdict.h"

static bool is_measured(unsigned int span)
{
	return span != TCPW_ST_NONE && span != TCPW_ST_CLOSE &&
	       span != TCPW_ST_LISTEN;
}

/**
 * tcpw_timing_init - make empty histograms
 * @timing: filled
 *
 * One allocation each, since one of per-CPU memory cannot be larger than
 * 32 KiB; charged to whoever makes the namespace.
 *
 * Return: 0 or -ENOMEM.
 */
int tcpw_timing_init(struct tcpw_timing *timing)
{
	unsigned int span;

	for (span = 0; span < TCPW_SPAN_MAX; span++) {
		if (!is_measured(span))
			continue;
		timing->hist[span] =
			alloc_percpu_gfp(struct tcpw_hist, GFP_KERNEL_ACCOUNT);
		if (!timing->hist[span]) {
			tcpw_timing_exit(timing);
			return -ENOMEM;
		}
	}
	return 0;
}

/**
 * tcpw_timing_exit - free them
 * @timing: the histograms
 */
void tcpw_timing_exit(struct tcpw_timing *timing)
{
	unsigned int span;

	for (span = 0; span < TCPW_SPAN_MAX; span++)
		free_percpu(timing->hist[span]);
}

/**
 * tcpw_timing_add - count measurements
 * @timing: the histograms
 * @lap: the measurements
 * @n: how many
 *
 * Context: any but NMI.
 */
void tcpw_timing_add(struct tcpw_timing *timing, const struct tcpw_lap *lap,
		     unsigned int n)
{
	struct tcpw_hist __percpu *hist;
	unsigned long irq;

	local_irq_save(irq);
	for (; n; n--, lap++) {
		hist = timing->hist[lap->span];
		if (!hist)
			continue;
		if (lap->undo)
			tcpw_hist_take(this_cpu_ptr(hist), lap->ns);
		else
			tcpw_hist_add(this_cpu_ptr(hist), lap->ns);
	}
	local_irq_restore(irq);
}

/**
 * tcpw_timing_sum - one histogram over all CPUs
 * @sum: filled; empty where nothing is measured
 * @timing: the histograms
 * @span: enum tcpw_span, or enum tcpw_state
 */
void tcpw_timing_sum(struct tcpw_hist *sum, const struct tcpw_timing *timing,
		     u8 span)
{
	int cpu;

	memset(sum, 0, sizeof(*sum));
	if (!timing->hist[span])
		return;
	for_each_possible_cpu(cpu)
		tcpw_hist_merge(sum, per_cpu_ptr(timing->hist[span], cpu));
}

/**
 * tcpw_span_name - what is measured, in a word
 * @span: enum tcpw_span, or enum tcpw_state
 *
 * Return: a constant string, "?" for what is neither.
 */
const char *tcpw_span_name(u8 span)
{
	static const char *const names[TCPW_SPAN_MAX] = {
		[TCPW_SPAN_OPEN_ACTIVE] = "open-active",
		[TCPW_SPAN_OPEN_PASSIVE] = "open-passive",
		[TCPW_SPAN_FIN_ACK] = "fin-to-ack",
		[TCPW_SPAN_FIN_FIN] = "fin-to-fin",
		[TCPW_SPAN_FIN_END] = "fin-to-end",
		[TCPW_SPAN_LAST_RESTART] = "last-restart",
	};

	if (span < TCPW_ST_MAX)
		return tcpw_state_name(span);
	return span < TCPW_SPAN_MAX ? names[span] : "?";
}
