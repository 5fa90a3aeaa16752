/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Going through a hash table with pauses of any length, so that whatever is in
 * it all the time is met exactly once.
 */
#ifndef _TCPWATCH_SCAN_H
#define _TCPWATCH_SCAN_H

#include <linux/types.h>

struct rhashtable;
struct tcpw_key;

/**
 * struct tcpw_scan - where somebody stands; zeroed, at the beginning
 * @at: the hash, its bits in reverse order
 * @after: of entries of that hash the last one that was met; only compared
 * @over: there is nothing left
 */
struct tcpw_scan {
	u32 at;
	bool over;
	unsigned long after;
};

/**
 * struct tcpw_scan_ops - what is done with the entries
 * @hash: the hash of an entry, which must not depend on the table's seed
 * @meet: does something with an entry; false where there is no room for it, so
 *	  that it has to be met once more
 */
struct tcpw_scan_ops {
	u32 (*hash)(const void *entry);
	bool (*meet)(void *entry, void *arg);
};

void tcpw_scan_init(void);
u32 tcpw_scan_hash(const struct tcpw_key *key, u16 salt);
void tcpw_scan(struct rhashtable *ht, const struct tcpw_scan_ops *ops,
	       size_t head_offset, struct tcpw_scan *scan, void *arg);

#endif /* _TCPWATCH_SCAN_H */
