// SPDX-License-Identifier: GPL-2.0
/*
 * Random input with a fixed seed: steps of the machine from connections that
 * may make no sense, and bytes for the parsers.  The sanitizers watch.
 */
#include <stdlib.h>

#include "core.h"

#define FUZZ_STEPS 2000000
#define FUZZ_BUFFERS 1000000

static struct rng rng = { 0x5eed5eed };

/* --- the machine --- */

/* Mostly near one of the numbers of the connection: far ones are refused. */
static u32 random_seq(const struct tcpw_conn *c)
{
	const u32 near[] = { c->isn_out, c->isn_in, c->snd_nxt, c->rcv_nxt };

	if (rng_chance(&rng, 20))
		return rng_u32(&rng);
	return near[rng_below(&rng, ARRAY_SIZE(near))] + rng_below(&rng, 5) - 2;
}

static void random_conn(struct tcpw_conn *c)
{
	tcpw_fsm_init(c);
	c->isn_out = rng_u32(&rng);
	c->isn_in = rng_u32(&rng);
	c->snd_nxt = c->isn_out + rng_below(&rng, 4);
	c->rcv_nxt = c->isn_in + rng_below(&rng, 4);
	c->flags = rng_below(&rng, 0x800);
	c->state = 1 + rng_below(&rng, TCPW_ST_MAX - 1);
	c->syn_rtx = rng_u32(&rng);
	c->synack_rtx = rng_u32(&rng);
	c->fin_rtx = rng_u32(&rng);
}

static void random_view(struct tcpw_view *v, const struct tcpw_conn *c)
{
	v->kind = rng_below(&rng, TCPW_VIEW_TW + 1);
	v->state = rng_chance(&rng, 50) ? c->state
					: rng_below(&rng, TCPW_ST_MAX);
	v->rfc1337 = rng_below(&rng, 2);
	v->fastopen = rng_below(&rng, 2);
	v->irs = random_seq(c);
	v->rcv_nxt = random_seq(c);
	v->rcv_wup = v->rcv_nxt - rng_below(&rng, 3);
	v->rcv_end = v->rcv_nxt + rng_below(&rng, 3);
	v->snd_una = random_seq(c);
	v->snd_old = v->snd_una - rng_below(&rng, 3);
	v->snd_nxt = random_seq(c);
	v->snd_end = v->snd_nxt + rng_below(&rng, 3);
}

static void random_seg(struct tcpw_seg *seg, const struct tcpw_conn *c)
{
	seg->dir = rng_below(&rng, TCPW_DIRS);
	seg->flags = rng_u32(&rng) & TCPW_FLAGS;
	seg->seq = random_seq(c);
	seg->ack = random_seq(c);
	seg->len = rng_chance(&rng, 50) ? 0 : rng_below(&rng, 200000);
}

static void fuzz_steps(void)
{
	static struct always always;
	static struct prop wants;
	struct shot s = { .before = { 0 } };
	struct tcpw_conn copy;
	int i;

	for (i = 0; i < FUZZ_STEPS; i++) {
		if (i % 8 == 0)
			random_conn(&s.before);
		random_seg(&s.seg, &s.before);
		random_view(&s.view, &s.before);
		copy = s.before;
		tcpw_fsm_wants_view(&s.before, &s.seg);
		prop_check(&wants, !memcmp(&copy, &s.before, sizeof(copy)), &s);
		shoot(&s);
		always_check(&always, &s);
		s.before = s.after;
	}
	always_report(&always, "fuzz");
	prop_report(&wants, "fuzz.asking_changes_nothing");
}

/* --- the parsers --- */

static bool parsed_seg_ok(const struct tcpw_seg *seg, int ret, size_t have,
			  size_t total)
{
	if (ret)
		return ret == -EINVAL;
	return have >= TCPW_HDR_MIN && seg->hdrlen >= TCPW_HDR_MIN &&
	       seg->hdrlen <= 60 && seg->hdrlen % 4 == 0 &&
	       seg->len + seg->hdrlen == total && seg->flags <= TCPW_FLAGS &&
	       seg->dir == 77;
}

static void fuzz_seg_parse(void)
{
	struct tcpw_seg seg;
	unsigned long bad = 0, good = 0;
	size_t have, total, i;
	int n, ret;
	u8 *p;

	for (n = 0; n < FUZZ_BUFFERS; n++) {
		have = rng_below(&rng, 64);
		total = rng_chance(&rng, 70) ? have : rng_below(&rng, 70000);
		p = malloc(have ? have : 1);
		if (!p)
			abort();
		for (i = 0; i < have; i++)
			p[i] = rng_u32(&rng);
		seg = (struct tcpw_seg){ .dir = 77 };
		ret = tcpw_seg_parse(&seg, have ? p : p + 1, have, total);
		bad += !parsed_seg_ok(&seg, ret, have, total);
		good += !ret;
		free(p);
	}
	tap_result(!bad && good, "fuzz.seg_parse", "impossible result");
}

/* Options that are almost right reach further than mere noise. */
static size_t random_opts(u8 *p, size_t len)
{
	static const u8 kinds[] = { 0, 1, 2, 3, 4, 5, 8, 30, 34, 253 };
	static const u8 sizes[] = { 0, 1, 2, 3, 4, 10, 18, 40, 255 };
	size_t i;

	for (i = 0; i < len; i++)
		p[i] = rng_u32(&rng);
	if (rng_chance(&rng, 20))
		return len;
	for (i = 0; i + 1 < len; i += 2 + rng_below(&rng, 9)) {
		p[i] = kinds[rng_below(&rng, ARRAY_SIZE(kinds))];
		p[i + 1] = sizes[rng_below(&rng, ARRAY_SIZE(sizes))];
	}
	return len;
}

static bool parsed_opts_ok(const struct tcpw_opts *o, int ret)
{
	const u8 all = TCPW_OPT_MSS | TCPW_OPT_WSCALE | TCPW_OPT_SACK_PERM |
		       TCPW_OPT_TS | TCPW_OPT_FASTOPEN | TCPW_OPT_MPTCP;

	return (!ret || ret == -EINVAL) && !(o->have & ~all) &&
	       o->wscale <= 14 && (o->have & TCPW_OPT_MSS || !o->mss) &&
	       (o->have & TCPW_OPT_WSCALE || !o->wscale) &&
	       (o->have & TCPW_OPT_TS || (!o->tsval && !o->tsecr));
}

static void fuzz_seg_parse_opts(void)
{
	unsigned long bad = 0, good = 0;
	struct tcpw_opts opts;
	size_t len;
	int n, ret;
	u8 *p;

	for (n = 0; n < FUZZ_BUFFERS; n++) {
		len = rng_below(&rng, 41);
		p = malloc(len ? len : 1);
		if (!p)
			abort();
		random_opts(p, len);
		ret = tcpw_seg_parse_opts(&opts, len ? p : p + 1, len);
		bad += !parsed_opts_ok(&opts, ret);
		good += !ret;
		free(p);
	}
	tap_result(!bad && good, "fuzz.seg_parse_opts", "impossible result");
}

void test_fuzz(void)
{
	fuzz_steps();
	fuzz_seg_parse();
	fuzz_seg_parse_opts();
}
