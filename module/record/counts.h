/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Everything that is counted and measured in one network namespace.  Most
 * namespaces see no TCP at all, and machines have many CPUs: what a CPU counts
 * is made when something happens there, and is paid for by the namespace.
 */
#ifndef _TCPWATCH_COUNTS_H
#define _TCPWATCH_COUNTS_H

#include <linux/irqflags.h>
#include <linux/percpu.h>
#include <linux/spinlock.h>

#include "record/stats.h"
#include "record/timing.h"

struct mem_cgroup;

/* Segments that data consists of: ACK, without and with PSH. */
#define TCPW_DATA_KINDS 2

/**
 * struct tcpw_block - what one CPU has counted and measured
 * @stats: counters
 * @hist: histograms by span, NULL where nothing was measured yet
 */
struct tcpw_block {
	struct tcpw_stats stats;
	struct tcpw_hist *hist[TCPW_SPAN_MAX];
};

/**
 * struct tcpw_block_cpu - what each CPU has from the beginning
 * @own: its block, NULL until something happens there
 * @data: segments of established data, by direction and PSH: their path looks
 *	  for no block
 */
struct tcpw_block_cpu {
	struct tcpw_block *own;
	unsigned long data[TCPW_DIRS][TCPW_DATA_KINDS];
};

/**
 * struct tcpw_counts - what is counted in one network namespace
 * @cpu: per CPU
 * @spare: for a CPU that has no block, NULL until something happens
 * @spare_used: it has been counted in; READ_ONCE/WRITE_ONCE
 * @lock: for whoever writes to @spare; the innermost lock
 * @audit: transitions that no segment made
 * @unmeasured: what could be counted nowhere: there was no memory
 * @memcg: who pays; constant, the namespace's reference
 */
struct tcpw_counts {
	struct tcpw_block_cpu __percpu *cpu;
	struct tcpw_block *spare;
	bool spare_used;
	raw_spinlock_t lock; /* see above */
	struct tcpw_audit audit;
	atomic_long_t unmeasured;
	struct mem_cgroup *memcg;
};

int tcpw_counts_module_init(void);
void tcpw_counts_module_exit(void);
void tcpw_counts_init(struct tcpw_counts *c,
		      struct tcpw_block_cpu __percpu *cpu,
		      struct mem_cgroup *memcg);
void tcpw_counts_exit(struct tcpw_counts *c);
void tcpw_counts_make(struct tcpw_counts *c);
struct tcpw_block *tcpw_count_first(struct tcpw_counts *c, bool can_make,
				    unsigned long *irq);
bool tcpw_block_is_real(const struct tcpw_block *block);
struct tcpw_hist *tcpw_hist_alloc(const struct tcpw_counts *c);
void tcpw_hist_free(struct tcpw_hist *hist);
void tcpw_counts_sum(struct tcpw_stats *sum, const struct tcpw_counts *c);

/* timing.c */
unsigned int tcpw_timing_add(struct tcpw_block *block,
			     const struct tcpw_lap *lap, unsigned int n);
void tcpw_timing_late(struct tcpw_counts *c, const struct tcpw_lap *lap,
		      unsigned int missed, bool raw);
void tcpw_timing_sum(struct tcpw_hist *sum, const struct tcpw_counts *c,
		     u8 span);

/**
 * tcpw_counts_arm - have a block for this CPU
 * @c: the namespace's counts
 *
 * Context: where something is about to be counted and may be allocated.
 */
static __always_inline void tcpw_counts_arm(struct tcpw_counts *c)
{
	if (unlikely(!raw_cpu_read(c->cpu->own)))
		tcpw_counts_make(c);
}

/**
 * tcpw_count_begin - begin to count
 * @c: the namespace's counts
 * @can_make: what the CPU lacks may be allocated here
 * @irq: for tcpw_count_end()
 *
 * Context: any but NMI.
 * Return: the block to count in; nobody else writes to it until
 * tcpw_count_end().
 */
static __always_inline struct tcpw_block *
tcpw_count_begin(struct tcpw_counts *c, bool can_make, unsigned long *irq)
{
	struct tcpw_block *own;

	local_irq_save(*irq);
	own = this_cpu_read(c->cpu->own);
	return likely(own) ? own : tcpw_count_first(c, can_make, irq);
}

/**
 * tcpw_count_end - it is counted
 * @c: the namespace's counts
 * @block: what tcpw_count_begin() returned
 * @irq: what it filled
 */
static __always_inline void tcpw_count_end(struct tcpw_counts *c,
					   const struct tcpw_block *block,
					   unsigned long irq)
{
	if (unlikely(block == READ_ONCE(c->spare))) {
		__acquire(&c->lock); /* for sparse: tcpw_count_first() did */
		raw_spin_unlock(&c->lock);
	}
	local_irq_restore(irq);
}

/**
 * tcpw_count - count something that there is a single counter for
 * @c: the namespace's counts
 * @which: the counter
 *
 * Context: any but NMI.
 */
static inline void tcpw_count(struct tcpw_counts *c, enum tcpw_stat which)
{
	unsigned long irq;
	struct tcpw_block *block = tcpw_count_begin(c, false, &irq);

	tcpw_stats_inc(&block->stats, which);
	tcpw_count_end(c, block, irq);
}

/**
 * tcpw_counts_lost - what could be counted nowhere
 * @c: the namespace's counts
 *
 * Return: how often.
 */
static inline unsigned long tcpw_counts_lost(const struct tcpw_counts *c)
{
	return atomic_long_read(&c->unmeasured) +
	       atomic_long_read(&c->audit.lost);
}

#endif /* _TCPWATCH_COUNTS_H */
