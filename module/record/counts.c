// SPDX-License-Identifier: GPL-2.0
/*
 * Makes what is counted in when it is first needed, and adds it up.
 *
 * A block belongs to its CPU, which writes to it with interrupts off.  Where
 * there is no memory for one, the namespace's spare block is shared under a
 * lock; where there is none for that either, what happens goes to a block that
 * nobody reads, and is counted as not measured.
 */
#include <linux/cpumask.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "compat.h"
#include "record/counts.h"

/* No reserves: what cannot be paid for is not measured. */
#define COUNT_GFP (GFP_NOWAIT | __GFP_ACCOUNT | __GFP_NOWARN | __GFP_ZERO)

static struct kmem_cache *hist_cache;
static struct tcpw_block __percpu *nowhere;

/**
 * tcpw_hist_alloc - an empty histogram
 * @c: the counts of the namespace that pays for it
 *
 * Context: where something may be allocated.
 * Return: the histogram, NULL without memory.
 */
struct tcpw_hist *tcpw_hist_alloc(const struct tcpw_counts *c)
{
	struct mem_cgroup *old = tcpw_set_active_memcg(c->memcg);
	struct tcpw_hist *hist = kmem_cache_alloc(hist_cache, COUNT_GFP);

	tcpw_set_active_memcg(old);
	return hist;
}

/**
 * tcpw_hist_free - the reverse
 * @hist: the histogram, or NULL
 */
void tcpw_hist_free(struct tcpw_hist *hist)
{
	if (hist)
		kmem_cache_free(hist_cache, hist);
}

static void block_free(struct tcpw_block *block)
{
	unsigned int span;

	if (!block)
		return;
	for (span = 0; span < TCPW_SPAN_MAX; span++)
		tcpw_hist_free(block->hist[span]);
	kfree(block);
}

/* A raw probe cannot make what it lacks. */
static void block_fill(const struct tcpw_counts *c, struct tcpw_block *block)
{
	unsigned int span;

	for (span = 0; span < TCPW_SPAN_MAX; span++)
		if (tcpw_span_is_measured(span))
			block->hist[span] = tcpw_hist_alloc(c);
}

static void block_make(const struct tcpw_counts *c, struct tcpw_block **place)
{
	struct tcpw_block *block = kmalloc(sizeof(*block), COUNT_GFP);

	if (block && TCPW_PROBE_IS_RAW)
		block_fill(c, block);
	if (block && cmpxchg(place, NULL, block))
		block_free(block);
}

/* Where there is no memory for one, the others are for the next time. */
static void audit_make(struct tcpw_audit *audit)
{
	struct tcpw_audit_row *row;
	struct tcpw_audit_rest *rest;
	u8 from;

	for (from = 0; from < TCPW_ST_MAX; from++) {
		if (READ_ONCE(audit->row[from]))
			continue;
		row = kmalloc(sizeof(*row), COUNT_GFP);
		if (!row)
			return;
		if (cmpxchg(&audit->row[from], NULL, row))
			kfree(row);
	}
	if (READ_ONCE(audit->rest))
		return;
	rest = kmalloc(sizeof(*rest), COUNT_GFP);
	if (rest && cmpxchg(&audit->rest, NULL, rest))
		kfree(rest);
}

/**
 * tcpw_counts_make - make what this CPU lacks
 * @c: the namespace's counts
 *
 * Context: where something may be allocated.
 */
noinline void tcpw_counts_make(struct tcpw_counts *c)
{
	struct mem_cgroup *old = tcpw_set_active_memcg(c->memcg);

	audit_make(&c->audit);
	if (!READ_ONCE(c->spare))
		block_make(c, &c->spare);
	block_make(c, &raw_cpu_ptr(c->cpu)->own);
	tcpw_set_active_memcg(old);
}

/**
 * tcpw_count_first - where a CPU that has no block counts
 * @c: the namespace's counts
 * @can_make: it may be given one
 * @irq: what local_irq_save() filled
 *
 * Context: interrupts off; with @can_make they are on for a moment, and the CPU
 * may be another one afterwards.
 * Return: its block; or the spare one, locked; or one that nobody reads.
 */
noinline struct tcpw_block *tcpw_count_first(struct tcpw_counts *c,
					     bool can_make, unsigned long *irq)
{
	struct tcpw_block *block;

	if (can_make) {
		local_irq_restore(*irq);
		tcpw_counts_make(c);
		local_irq_save(*irq);
		block = this_cpu_read(c->cpu->own);
		if (block)
			return block;
	}
	block = READ_ONCE(c->spare);
	if (!block) {
		atomic_long_inc(&c->unmeasured);
		return this_cpu_ptr(nowhere);
	}
	raw_spin_lock(&c->lock);
	WRITE_ONCE(c->spare_used, true);
	__release(&c->lock); /* for sparse: tcpw_count_end() will do so */
	return block;
}

/**
 * tcpw_block_is_real - is it one that somebody reads?
 * @block: from tcpw_count_begin()
 *
 * Context: as that.
 */
bool tcpw_block_is_real(const struct tcpw_block *block)
{
	return block != this_cpu_ptr(nowhere);
}

static void sum_block(struct tcpw_stats *sum, const struct tcpw_block *block)
{
	const unsigned long *from = (const unsigned long *)&block->stats;
	unsigned long *to = (unsigned long *)sum;
	size_t i;

	BUILD_BUG_ON(sizeof(*sum) % sizeof(unsigned long));
	for (i = 0; i < sizeof(*sum) / sizeof(*to); i++)
		to[i] += READ_ONCE(from[i]);
}

/**
 * tcpw_counts_sum - add all CPUs up
 * @sum: filled
 * @c: the namespace's counts
 *
 * Each counter is exact; two of them may differ by what happened in between.
 */
void tcpw_counts_sum(struct tcpw_stats *sum, const struct tcpw_counts *c)
{
	const struct tcpw_block_cpu *p;
	const struct tcpw_block *block;
	u8 dir;
	int cpu;

	memset(sum, 0, sizeof(*sum));
	for_each_possible_cpu(cpu) {
		p = per_cpu_ptr(c->cpu, cpu);
		for (dir = 0; dir < TCPW_DIRS; dir++) {
			sum->seg[dir][TCPW_ACK] += READ_ONCE(p->data[dir][0]);
			sum->seg[dir][TCPW_ACK | TCPW_PSH] +=
				READ_ONCE(p->data[dir][1]);
		}
		block = READ_ONCE(p->own);
		if (block)
			sum_block(sum, block);
	}
	if (READ_ONCE(c->spare_used))
		sum_block(sum, READ_ONCE(c->spare));
}

/**
 * tcpw_counts_init - nothing has happened yet
 * @c: filled
 * @cpu: of each CPU, zeroed; freed by the caller
 * @memcg: who pays for what happens, NULL for whoever makes it happen
 */
void tcpw_counts_init(struct tcpw_counts *c,
		      struct tcpw_block_cpu __percpu *cpu,
		      struct mem_cgroup *memcg)
{
	c->cpu = cpu;
	c->memcg = memcg;
	raw_spin_lock_init(&c->lock);
}

/**
 * tcpw_counts_exit - free all that was made
 * @c: the counts; nothing is counted any more
 */
void tcpw_counts_exit(struct tcpw_counts *c)
{
	int i;

	for_each_possible_cpu(i)
		block_free(per_cpu_ptr(c->cpu, i)->own);
	block_free(c->spare);
	for (i = 0; i < TCPW_ST_MAX; i++)
		kfree(c->audit.row[i]);
	kfree(c->audit.rest);
}

/**
 * tcpw_counts_module_init - what all namespaces share
 *
 * Return: 0 or -ENOMEM.
 */
int tcpw_counts_module_init(void)
{
	hist_cache = KMEM_CACHE(tcpw_hist, SLAB_NO_MERGE);
	if (!hist_cache)
		return -ENOMEM;
	nowhere = alloc_percpu(struct tcpw_block);
	if (nowhere)
		return 0;
	kmem_cache_destroy(hist_cache);
	return -ENOMEM;
}

/**
 * tcpw_counts_module_exit - the reverse, when no namespace is left
 */
void tcpw_counts_module_exit(void)
{
	free_percpu(nowhere);
	kmem_cache_destroy(hist_cache);
}
