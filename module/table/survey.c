// SPDX-License-Identifier: GPL-2.0
/*
 * Collects during a walk: a sorted list of the oldest endpoints in each state,
 * and a small table of destinations in which the large ones stay.
 */
#include <linux/jhash.h>
#include <linux/ktime.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/string.h>

#include "compat.h"
#include "table/flow.h"
#include "table/survey.h"

#define DEST_WAYS 8 /* places that one destination may have */

/* States that a connection is meant to leave soon. */
const u8 tcpw_stuck_states[TCPW_STUCK_STATES] = {
	TCPW_ST_SYN_SENT,  TCPW_ST_SYN_RECV, TCPW_ST_FIN_WAIT1,
	TCPW_ST_FIN_WAIT2, TCPW_ST_CLOSING,  TCPW_ST_CLOSE_WAIT,
	TCPW_ST_LAST_ACK,
};

/**
 * tcpw_survey_init - nothing is known yet
 * @survey: filled
 * @memcg: who pays for what is found, NULL for whoever runs
 */
void tcpw_survey_init(struct tcpw_survey *survey, struct mem_cgroup *memcg)
{
	survey->memcg = memcg;
	mutex_init(&survey->lock);
	get_random_bytes(&survey->secret, sizeof(survey->secret));
}

/**
 * tcpw_survey_exit - free what there is
 * @survey: nobody walks or reads any more
 */
void tcpw_survey_exit(struct tcpw_survey *survey)
{
	kfree(survey->done);
	kfree(survey->work);
}

/* Many namespaces have few connections: only what was used is cleared. */
static void findings_clear(struct tcpw_findings *f)
{
	unsigned int i;

	for_each_set_bit(i, f->used, TCPW_DESTS)
		memset(&f->dest[i], 0, sizeof(f->dest[i]));
	bitmap_zero(f->used, TCPW_DESTS);
	memset(f->stucks, 0, sizeof(f->stucks));
	memset(f->age, 0, sizeof(f->age));
	f->others = 0;
	f->took = 0;
	f->at = 0;
}

/**
 * tcpw_survey_begin - a walk begins
 * @survey: for its result; without memory there will be none, and the last one
 *	    stays
 *
 * Context: process, may sleep.
 */
void tcpw_survey_begin(struct tcpw_survey *survey)
{
	struct mem_cgroup *old;

	if (survey->work) {
		findings_clear(survey->work);
		return;
	}
	old = tcpw_set_active_memcg(survey->memcg);
	survey->work = kzalloc(sizeof(*survey->work),
			       GFP_NOWAIT | __GFP_ACCOUNT | __GFP_NOWARN);
	tcpw_set_active_memcg(old);
}

static int stuck_index(u8 state)
{
	int i;

	for (i = 0; i < TCPW_STUCK_STATES; i++)
		if (tcpw_stuck_states[i] == state)
			return i;
	return -1;
}

static bool is_twin(const struct tcpw_stuck *stuck, const struct tcpw_key *key,
		    int bound_if)
{
	return stuck->bound_if == bound_if &&
	       !memcmp(&stuck->key, key, sizeof(*key));
}

/* Keeps the list sorted.  A tuple may have another connection meanwhile. */
static void note_stuck(struct tcpw_findings *f, int state,
		       const struct tcpw_flow *flow, u64 since)
{
	struct tcpw_stuck *list = f->stuck[state];
	int n = f->stucks[state], i;
	struct tcpw_key key;

	if (n == TCPW_STUCK_MAX && since >= list[n - 1].since)
		return;
	tcpw_flow_key(flow, &key);
	for (i = 0; i < n; i++)
		if (is_twin(&list[i], &key, READ_ONCE(flow->bound_if)))
			return;
	if (n < TCPW_STUCK_MAX)
		f->stucks[state] = ++n;
	for (i = n - 1; i > 0 && list[i - 1].since > since; i--)
		list[i] = list[i - 1];
	list[i].key = key;
	list[i].bound_if = READ_ONCE(flow->bound_if);
	list[i].since = since;
}

static void note_age(struct tcpw_findings *f, int state, u64 age)
{
	u64 seconds = div_u64(age, NSEC_PER_SEC);
	unsigned int slot = seconds ? ilog2(seconds) + 1 : 0;

	f->age[state][min_t(unsigned int, slot, TCPW_AGES - 1)]++;
}

/* Nobody is told of the order, and only we choose destinations. */
static u32 dest_hash(const struct tcpw_key *key, u32 secret)
{
	if (key->family != AF_INET)
		return jhash(key, sizeof(*key), secret);
	return jhash_3words((__force u32)key->laddr[0],
			    (__force u32)key->raddr[0], (__force u32)key->rport,
			    secret);
}

/* The place of a destination; a small one gives way to a new one. */
static struct tcpw_dest *dest_place(struct tcpw_findings *f,
				    const struct tcpw_key *key, u32 secret)
{
	u32 hash = dest_hash(key, secret);
	struct tcpw_dest *dest, *least = NULL;
	u32 i;

	for (i = 0; i < DEST_WAYS; i++) {
		dest = &f->dest[(hash + i) % TCPW_DESTS];
		if (!memcmp(&dest->key, key, sizeof(*key)))
			return dest;
		if (!least || dest->live + dest->time_wait <
				      least->live + least->time_wait)
			least = dest;
	}
	f->others += least->live + least->time_wait;
	memset(least, 0, sizeof(*least));
	__set_bit(least - f->dest, f->used);
	least->key = *key;
	return least;
}

static void note_dest(struct tcpw_survey *survey, const struct tcpw_flow *flow,
		      u8 state)
{
	struct tcpw_dest *dest;
	struct tcpw_key key;

	tcpw_flow_key(flow, &key);
	key.lport = 0;
	dest = dest_place(survey->work, &key, survey->secret);
	if (state == TCPW_ST_TIME_WAIT)
		dest->time_wait++;
	else
		dest->live++;
}

/**
 * tcpw_survey_flow - the walk comes to a flow
 * @survey: of the walk
 * @flow: the flow
 * @opened: we opened the connection
 * @now: ktime_get_ns()
 */
void tcpw_survey_flow(struct tcpw_survey *survey, const struct tcpw_flow *flow,
		      bool opened, u64 now)
{
	struct tcpw_findings *f = survey->work;
	u64 since = READ_ONCE(flow->since);
	u8 state = READ_ONCE(flow->conn.state);
	int stuck = stuck_index(state);

	if (!f || READ_ONCE(flow->how) & (TCPW_HOW_DEAD | TCPW_HOW_NEW))
		return;
	if (stuck >= 0) {
		note_stuck(f, stuck, flow, since);
		note_age(f, stuck, now > since ? now - since : 0);
	}
	if (opened && state != TCPW_ST_CLOSE)
		note_dest(survey, flow, state);
}

/* The same destination one walk ago, in one of the places that it may have. */
static const struct tcpw_dest *dest_before(const struct tcpw_findings *before,
					   const struct tcpw_key *key,
					   u32 secret)
{
	u32 hash = dest_hash(key, secret);
	u32 i;

	for (i = 0; i < DEST_WAYS; i++) {
		const struct tcpw_dest *was =
			&before->dest[(hash + i) % TCPW_DESTS];

		if (!memcmp(&was->key, key, sizeof(*key)))
			return was;
	}
	return NULL;
}

/* What each destination took one walk ago. */
static void note_growth(const struct tcpw_survey *survey,
			struct tcpw_findings *f)
{
	const struct tcpw_findings *before = survey->done;
	const struct tcpw_dest *was;
	struct tcpw_dest *dest;
	unsigned int i;

	if (!before || !before->at)
		return;
	f->took = f->at - before->at;
	for_each_set_bit(i, f->used, TCPW_DESTS) {
		dest = &f->dest[i];
		was = dest_before(before, &dest->key, survey->secret);
		if (!was)
			continue;
		dest->before = tcpw_dest_total(was);
		dest->known = true;
	}
}

/**
 * tcpw_survey_end - the walk is over
 * @survey: its result is the last one now
 *
 * Context: process, may sleep.
 */
void tcpw_survey_end(struct tcpw_survey *survey)
{
	struct tcpw_findings *f = survey->work;

	if (!f)
		return;
	f->at = ktime_get_ns();
	note_growth(survey, f);
	/* whoever reads the last one may be slow: this one is not shown then */
	if (!mutex_trylock(&survey->lock))
		return;
	survey->work = survey->done;
	survey->done = f;
	mutex_unlock(&survey->lock);
}

/**
 * tcpw_survey_clear - there is nothing left to find, and no walk
 * @survey: of a namespace; its memory goes back
 *
 * Context: process, may sleep.
 */
void tcpw_survey_clear(struct tcpw_survey *survey)
{
	mutex_lock(&survey->lock);
	kfree(survey->done);
	survey->done = NULL;
	mutex_unlock(&survey->lock);
	kfree(survey->work);
	survey->work = NULL;
}

static int by_total(const void *a, const void *b)
{
	u32 x = tcpw_dest_total(a), y = tcpw_dest_total(b);

	return x < y ? 1 : x > y ? -1 : 0;
}

/**
 * tcpw_survey_rank - the destinations that take the most ports first
 * @f: a result; those that are not told of are added to the others
 */
void tcpw_survey_rank(struct tcpw_findings *f)
{
	unsigned int i;

	sort(f->dest, TCPW_DESTS, sizeof(f->dest[0]), by_total, NULL);
	for (i = TCPW_DESTS_SHOWN; i < TCPW_DESTS; i++)
		f->others += tcpw_dest_total(&f->dest[i]);
}

/* One that is new may only have found no place before. */
static bool is_known(const struct tcpw_findings *f,
		     const struct tcpw_dest *dest)
{
	return f->took && (dest->known || !f->others);
}

/**
 * tcpw_survey_growth - when there will be no port left to a destination
 * @growth: filled
 * @f: a result
 * @dest: of its destinations
 * @ports: that there are
 *
 * How they will grow is how they have grown from the last walk but one on.
 */
void tcpw_survey_growth(struct tcpw_growth *growth,
			const struct tcpw_findings *f,
			const struct tcpw_dest *dest, u32 ports)
{
	u32 total = tcpw_dest_total(dest);
	u64 age = div_u64(ktime_get_ns() - f->at, NSEC_PER_MSEC);
	u64 left = ports > total ? ports - total : 0;
	u64 took_ms = div_u64(f->took, NSEC_PER_MSEC);
	s64 grown = (s64)total - dest->before;

	memset(growth, 0, sizeof(*growth));
	if (!is_known(f, dest) || !took_ms || grown <= 0)
		return;
	left = div64_u64(left * took_ms, grown);
	growth->per_1000s = div64_u64(grown * 1000000, took_ms);
	growth->left_ms = left > age ? left - age : 0;
}

/**
 * tcpw_survey_borrow - look at the last result where it is
 * @survey: of a namespace; tcpw_survey_return() follows soon, since a walk
 *	    that ends waits for it
 *
 * Context: process, may sleep.
 * Return: the result, NULL before the first walk.
 */
const struct tcpw_findings *tcpw_survey_borrow(struct tcpw_survey *survey)
{
	mutex_lock(&survey->lock);
	return survey->done;
}

/**
 * tcpw_survey_return - let go of what tcpw_survey_borrow() has given
 * @survey: of the same namespace
 */
void tcpw_survey_return(struct tcpw_survey *survey)
{
	mutex_unlock(&survey->lock);
}

/**
 * tcpw_survey_read - the last result, where it is looked at for longer
 * @survey: of a namespace
 *
 * Context: process, may sleep.
 * Return: a copy for the caller to kvfree(), empty before the first walk; NULL
 * without memory.
 */
struct tcpw_findings *tcpw_survey_read(struct tcpw_survey *survey)
{
	struct tcpw_findings *copy;

	copy = kvzalloc(sizeof(*copy), GFP_KERNEL);
	if (!copy)
		return NULL;
	mutex_lock(&survey->lock);
	if (survey->done)
		memcpy(copy, survey->done, sizeof(*copy));
	mutex_unlock(&survey->lock);
	return copy;
}

/**
 * tcpw_survey_shoot - an endpoint that the survey found, as it is now
 * @t: the table
 * @stuck: what was found
 * @state: enum tcpw_state that it was in
 * @shot: filled
 *
 * Return: false where it has left that state.
 */
bool tcpw_survey_shoot(struct tcpw_flow_table *t,
		       const struct tcpw_stuck *stuck, u8 state,
		       struct tcpw_shot *shot)
{
	struct tcpw_ifs ifs = { .dif = stuck->bound_if };
	struct tcpw_flow *flow;
	bool same;

	rcu_read_lock();
	flow = tcpw_flow_find(t, &stuck->key, &ifs);
	same = flow && tcpw_flow_shoot(flow, shot) && shot->state == state &&
	       shot->since == stuck->since;
	rcu_read_unlock();
	return same;
}

static u64 oldest_of(struct tcpw_flow_table *t, const struct tcpw_findings *f,
		     unsigned int index)
{
	struct tcpw_shot shot;
	unsigned int n;

	for (n = 0; n < f->stucks[index]; n++)
		if (tcpw_survey_shoot(t, &f->stuck[index][n],
				      tcpw_stuck_states[index], &shot))
			return shot.age;
	return 0;
}

/**
 * tcpw_survey_oldest - how long the oldest endpoint of each state has been
 *there
 * @t: the table
 * @oldest: ns, in the order of tcpw_stuck_states; 0 where there is none of
 *	    those that the last walk found
 *
 * Context: process, may sleep.
 */
void tcpw_survey_oldest(struct tcpw_flow_table *t,
			u64 oldest[TCPW_STUCK_STATES])
{
	const struct tcpw_findings *f = tcpw_survey_borrow(&t->survey);
	unsigned int i;

	for (i = 0; i < TCPW_STUCK_STATES; i++)
		oldest[i] = f ? oldest_of(t, f, i) : 0;
	tcpw_survey_return(&t->survey);
}
