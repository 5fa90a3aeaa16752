// SPDX-License-Identifier: GPL-2.0
/*
 * Adds to the histograms of a network namespace; what is measured is laps.c's
 * to say.
 */
#include <linux/cpumask.h>
#include <linux/string.h>

#include "record/counts.h"
#include "record/timing.h"
#include "core/verdict.h"

/**
 * tcpw_span_is_measured - is there a histogram of it?
 * @span: enum tcpw_span, or enum tcpw_state
 */
bool tcpw_span_is_measured(unsigned int span)
{
	return span != TCPW_ST_NONE && span != TCPW_ST_CLOSE &&
	       span != TCPW_ST_LISTEN;
}

static void hist_note(struct tcpw_hist *hist, const struct tcpw_lap *lap)
{
	if (lap->undo)
		tcpw_hist_take(hist, lap->ns);
	else
		tcpw_hist_add(hist, lap->ns);
}

/**
 * tcpw_timing_add - note measurements
 * @block: where, from tcpw_count_begin()
 * @lap: the measurements
 * @n: how many, 32 at most
 *
 * Return: a bit for each that the block has no histogram for; they are for
 * tcpw_timing_late().
 */
unsigned int tcpw_timing_add(struct tcpw_block *block,
			     const struct tcpw_lap *lap, unsigned int n)
{
	unsigned int i, missed = 0;
	struct tcpw_hist *hist;

	for (i = 0; i < n; i++) {
		hist = block->hist[lap[i].span];
		if (likely(hist))
			hist_note(hist, &lap[i]);
		else
			missed |= 1U << i;
	}
	return missed;
}

/* One that is the first of its kind on this CPU. */
static void lap_late(struct tcpw_counts *c, const struct tcpw_lap *lap,
		     bool raw)
{
	struct tcpw_hist *fresh = raw ? NULL : tcpw_hist_alloc(c);
	struct tcpw_block *block;
	struct tcpw_hist *hist;
	unsigned long irq;

	block = tcpw_count_begin(c, false, &irq);
	hist = block->hist[lap->span];
	if (!hist && fresh && tcpw_block_is_real(block)) {
		hist = fresh;
		fresh = NULL;
		/* ORDER: zeroed before readers find it */
		smp_store_release(&block->hist[lap->span], hist);
	}
	if (hist)
		hist_note(hist, lap);
	else
		atomic_long_inc(&c->unmeasured);
	tcpw_count_end(c, block, irq);
	tcpw_hist_free(fresh);
}

/**
 * tcpw_timing_late - note those that there was no histogram for
 * @c: the namespace's counts
 * @lap: the measurements
 * @missed: what tcpw_timing_add() returned
 * @raw: nothing may be allocated here
 */
noinline void tcpw_timing_late(struct tcpw_counts *c,
			       const struct tcpw_lap *lap, unsigned int missed,
			       bool raw)
{
	for (; missed; missed >>= 1, lap++)
		if (missed & 1 && tcpw_span_is_measured(lap->span))
			lap_late(c, lap, raw);
}

static void sum_hist(struct tcpw_hist *sum, const struct tcpw_block *block,
		     u8 span)
{
	const struct tcpw_hist *hist;

	if (!block)
		return;
	hist = READ_ONCE(block->hist[span]);
	if (hist)
		tcpw_hist_merge(sum, hist);
}

/**
 * tcpw_timing_sum - one histogram over all CPUs
 * @sum: filled; empty where nothing is measured
 * @c: the namespace's counts
 * @span: enum tcpw_span, or enum tcpw_state
 */
void tcpw_timing_sum(struct tcpw_hist *sum, const struct tcpw_counts *c,
		     u8 span)
{
	int cpu;

	memset(sum, 0, sizeof(*sum));
	for_each_possible_cpu(cpu)
		sum_hist(sum, READ_ONCE(per_cpu_ptr(c->cpu, cpu)->own), span);
	sum_hist(sum, READ_ONCE(c->spare), span);
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
