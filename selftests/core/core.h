/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the parts of the core's userspace test share: results in TAP, named
 * properties that are checked very often, and reproducible random numbers.
 */
#ifndef _TCPWATCH_CORE_H
#define _TCPWATCH_CORE_H

#include "core/fsm.h"
#include "core/outcome.h"
#include "core/seg.h"
#include "core/verdict.h"

/* --- core.c --- */

/* One line of TAP; @why is printed below it where @ok is false. */
void tap_result(bool ok, const char *name, const char *why);

/* A step of the machine with all that went into it, and what came out. */
struct shot {
	struct tcpw_conn before;
	struct tcpw_seg seg;
	struct tcpw_view view;
	struct tcpw_conn after;
	struct tcpw_fx fx;
};

void shoot(struct shot *s);

/* A property: checked many times, reported once, with its first failure. */
struct prop {
	unsigned long checked;
	unsigned long failed;
	char first[512];
};

void prop_check(struct prop *p, bool ok, const struct shot *s);
void prop_report(const struct prop *p, const char *name);

/* What holds for any step from any connection; walk.c and fuzz.c use it. */
struct always {
	struct prop reasons;
	struct prop states;
	struct prop listen;
	struct prop closed;
	struct prop chain;
	struct prop fins;
};

void always_check(struct always *a, const struct shot *s);
void always_report(const struct always *a, const char *where);

/* --- the other parts --- */
void test_walk(void); /* walk.c: every state x flags x direction */
void test_pair(void); /* pair.c: against a reference TCP */
void test_fuzz(void); /* fuzz.c */
void test_verdict(void); /* verdict.c */
void test_hist(void); /* hist.c */
void test_outcome(void); /* outcome.c */
void test_mirror(void); /* mirror_stories.c */

/* xorshift64*: the same numbers on every machine */
struct rng {
	u64 s;
};

static inline u32 rng_u32(struct rng *r)
{
	r->s ^= r->s >> 12;
	r->s ^= r->s << 25;
	r->s ^= r->s >> 27;
	return (r->s * 0x2545f4914f6cdd1dULL) >> 32;
}

static inline u32 rng_below(struct rng *r, u32 n)
{
	return (u64)rng_u32(r) * n >> 32;
}

static inline bool rng_chance(struct rng *r, u32 percent)
{
	return rng_below(r, 100) < percent;
}

#endif /* _TCPWATCH_CORE_H */
