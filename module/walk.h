/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Walking a hash table of any size without holding up the CPU or RCU.
 */
#ifndef _TCPWATCH_WALK_H
#define _TCPWATCH_WALK_H

#include <linux/rhashtable.h>
#include <linux/sched.h>

#define TCPW_WALK_BREATH 1024 /* entries */

/**
 * tcpw_walk_next - the next entry of a table
 * @iter: between rhashtable_walk_start() and rhashtable_walk_stop()
 * @n: how many there were; to be 0 at first
 * @again: set where a resize let the walk begin again, so that entries come
 *	   twice; or NULL
 *
 * Context: process, may sleep; ends and begins the RCU read-side section now
 * and then, so an earlier entry is not to be used.
 * Return: the entry, NULL at the end.
 */
static inline void *tcpw_walk_next(struct rhashtable_iter *iter,
				   unsigned int *n, bool *again)
{
	bool resized = false;
	void *entry;

	if (++*n % TCPW_WALK_BREATH == 0) {
		rhashtable_walk_stop(iter);
		cond_resched();
		resized = rhashtable_walk_start_check(iter);
	}
	entry = rhashtable_walk_next(iter);
	while (IS_ERR(entry)) {
		resized = true;
		entry = rhashtable_walk_next(iter);
	}
	if (resized && again)
		*again = true;
	return entry;
}

#endif /* _TCPWATCH_WALK_H */
