/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the walk over all flows brings home: the endpoints that have been
 * longest in a state that ought to be short, and how many ports each
 * destination takes.  As of the last full walk.
 */
#ifndef _TCPWATCH_SURVEY_H
#define _TCPWATCH_SURVEY_H

#include <linux/bitmap.h>
#include <linux/mutex.h>
#include <linux/types.h>

#include "core/fsm.h"
#include "kernel/key.h"

struct mem_cgroup;
struct tcpw_flow;
struct tcpw_flow_table;
struct tcpw_shot;

#define TCPW_STUCK_STATES	7
#define TCPW_STUCK_MAX		16	/* endpoints per state */
#define TCPW_AGES		24	/* up to 97 days */
#define TCPW_DESTS		128	/* destinations */
#define TCPW_DESTS_SHOWN	16	/* those that are told of */

/**
 * struct tcpw_stuck - an endpoint that has been in a state for long
 * @key: its 4-tuple
 * @bound_if: interface that its socket is bound to, or 0
 * @since: when it entered the state, ktime_get() ns
 */
struct tcpw_stuck {
	struct tcpw_key key;
	int bound_if;
	u64 since;
};

/**
 * struct tcpw_dest - connections that we opened from one address to one port
 * @key: the addresses, the remote port; the local port is 0
 * @live: how many there are that are not in TIME-WAIT
 * @time_wait: and how many that are
 * @before: the sum of both one walk ago
 * @known: it was there one walk ago
 */
struct tcpw_dest {
	struct tcpw_key key;
	u32 live;
	u32 time_wait;
	u32 before;
	bool known;
};

/**
 * struct tcpw_findings - the result of one walk
 * @at: when it ended, ktime_get() ns; 0 where there was none yet
 * @took: since the one before, ns; 0 where there was none
 * @stuck: the oldest endpoints by state, the oldest first
 * @stucks: how many of them there are
 * @age: endpoints by state and by age: below 1 s, below 2 s, below 4 s, ...
 * @used: places of @dest that are in use
 * @dest: destinations, in no order; unused ones count nothing
 * @others: connections that we opened to destinations that did not fit
 */
struct tcpw_findings {
	u64 at;
	u64 took;
	struct tcpw_stuck stuck[TCPW_STUCK_STATES][TCPW_STUCK_MAX];
	u8 stucks[TCPW_STUCK_STATES];
	u32 age[TCPW_STUCK_STATES][TCPW_AGES];
	DECLARE_BITMAP(used, TCPW_DESTS);
	struct tcpw_dest dest[TCPW_DESTS];
	u32 others;
};

/**
 * struct tcpw_survey - the walks of one namespace
 * @done: the last result, NULL before the first; under @lock
 * @work: the one that is being made, by the walk alone; NULL for none
 * @secret: that the places of destinations depend on
 * @memcg: who pays for both; constant, the namespace's reference
 * @lock: for readers of @done
 */
struct tcpw_survey {
	struct tcpw_findings *done;
	struct tcpw_findings *work;
	u32 secret;
	struct mem_cgroup *memcg;
	struct mutex lock; /* readers of @done */
};

/**
 * struct tcpw_growth - how a destination takes more and more ports
 * @per_1000s: how many more in 1000 s; 0 where they do not grow, or where that
 *	       is not known
 * @left_ms: time until there is none left, ms, with @per_1000s
 */
struct tcpw_growth {
	u64 per_1000s;
	u64 left_ms;
};

static inline u32 tcpw_dest_total(const struct tcpw_dest *dest)
{
	return dest->live + dest->time_wait;
}

extern const u8 tcpw_stuck_states[TCPW_STUCK_STATES];

void tcpw_survey_init(struct tcpw_survey *survey, struct mem_cgroup *memcg);
void tcpw_survey_exit(struct tcpw_survey *survey);
void tcpw_survey_begin(struct tcpw_survey *survey);
void tcpw_survey_flow(struct tcpw_survey *survey, const struct tcpw_flow *flow,
		      bool opened, u64 now);
void tcpw_survey_end(struct tcpw_survey *survey);
void tcpw_survey_clear(struct tcpw_survey *survey);
void tcpw_survey_rank(struct tcpw_findings *f);
void tcpw_survey_growth(struct tcpw_growth *growth,
			const struct tcpw_findings *f,
			const struct tcpw_dest *dest, u32 ports);
const struct tcpw_findings *tcpw_survey_borrow(struct tcpw_survey *survey);
void tcpw_survey_return(struct tcpw_survey *survey);
struct tcpw_findings *tcpw_survey_read(struct tcpw_survey *survey);

bool tcpw_survey_shoot(struct tcpw_flow_table *t,
		       const struct tcpw_stuck *stuck, u8 state,
		       struct tcpw_shot *shot);
void tcpw_survey_oldest(struct tcpw_flow_table *t,
			u64 oldest[TCPW_STUCK_STATES]);

#endif /* _TCPWATCH_SURVEY_H */
