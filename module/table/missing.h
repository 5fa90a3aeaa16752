/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Endpoints that the kernel has and we do not.  missing.c decides when to look
 * for them, missing_walk.c looks.
 */
#ifndef _TCPWATCH_MISSING_H
#define _TCPWATCH_MISSING_H

#include <linux/types.h>
#include <linux/workqueue.h>

struct net;
struct tcpw_flow_table;

/**
 * struct tcpw_missing_walk - the walk over one table of the kernel's sockets
 * @work: walks
 * @net: a namespace that uses the table
 * @slot: next bucket
 * @began: when the last pass began, jiffies
 * @busy: CPU time of the pass, ns; the work's own
 * @pause: from the beginning of one pass to that of the next, jiffies
 * @walking: a pass is under way
 * @again: something happened that asks for a pass soon
 * @now: and that one is to begin as early as is allowed
 *
 * @slot is the work's own; the others are read by those who ask for a pass.
 */
struct tcpw_missing_walk {
	struct delayed_work work;
	struct net *net;
	unsigned int slot;
	unsigned long began;
	u64 busy;
	unsigned long pause;
	bool walking;
	bool again;
	bool now;
};

/**
 * struct tcpw_missing - what one network namespace is missing
 * @walk: the walk over the table that has its sockets
 * @count: endpoints that the last pass found missing and could not adopt
 * @found: the same of the pass that is under way; the walk's own
 * @own: @walk, where the namespace has a table of its own
 */
struct tcpw_missing {
	struct tcpw_missing_walk *walk;
	unsigned int count;
	unsigned int found;
	struct tcpw_missing_walk own;
};

#define TCPW_MISSING_WAIT (5 * HZ) /* from a failure to a pass */

/* missing.c */
void tcpw_missing_lost(struct tcpw_flow_table *t);
void tcpw_missing_now(struct tcpw_flow_table *t);
void tcpw_missing_room(struct tcpw_flow_table *t);
void tcpw_missing_pace(struct tcpw_missing_walk *w, u64 busy);
void tcpw_missing_audit(struct tcpw_flow_table *t);
void tcpw_missing_ended(struct tcpw_missing_walk *w, bool incomplete);

/* missing_walk.c */
void tcpw_missing_table_init(struct tcpw_flow_table *t);
void tcpw_missing_table_exit(struct tcpw_flow_table *t);
void tcpw_missing_init(void);
void tcpw_missing_exit(void);

#endif /* _TCPWATCH_MISSING_H */
