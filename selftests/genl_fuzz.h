/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of genl_fuzz share: dice, messages, and the surroundings
 * that the messages are about.
 */
#ifndef _GENL_FUZZ_H
#define _GENL_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GF_BYTES 65536	  /* of the largest datagram */
#define GF_ATTRS 32	  /* of a message whose places are known */
#define GF_NETNS 3	  /* namespaces that are known by descriptor */
#define GF_NSIDS 2	  /* and by id */
#define GF_PORT 7000	  /* of the listeners */
#define GF_STANDING 21000 /* ports of connections that stay */
#define GF_STANDINGS 8
#define GF_PASSING 20000 /* ports of those that come and go */
#define GF_PASSINGS 256

/* --- dice (xorshift64*), the same on every machine --- */

struct gf_dice {
	uint64_t state;
};

static inline uint32_t gf_roll(struct gf_dice *dice)
{
	uint64_t x = dice->state;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	dice->state = x;
	return (x * 0x2545f4914f6cdd1dULL) >> 32;
}

static inline uint32_t gf_below(struct gf_dice *dice, uint32_t n)
{
	return gf_roll(dice) % n;
}

static inline bool gf_one_in(struct gf_dice *dice, uint32_t n)
{
	return !gf_below(dice, n);
}

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define GF_PICK(dice, array) ((array)[gf_below(dice, ARRAY_SIZE(array))])

/**
 * struct gf_place - what there is to ask for
 * @family: number of the family
 * @group: of its transitions
 * @netns: descriptors of namespaces: its own and two others
 * @host: descriptor of the initial one
 * @nsid: ids of others
 * @other: the namespace that comes and goes, @netns[1]; its next id
 * @moving: it may make another one
 */
struct gf_place {
	uint16_t family;
	uint32_t group;
	int netns[GF_NETNS];
	int host;
	int nsid[GF_NSIDS];
	int other;
	bool moving;
};

/**
 * struct gf_msg - a message
 * @len: octets of it, and of others after it
 * @attrs: how many attributes are known
 * @at: where they begin
 * @buf: it
 */
struct gf_msg {
	size_t len;
	unsigned int attrs;
	uint32_t at[GF_ATTRS];
	unsigned char buf[GF_BYTES];
};

/* genl_fuzz_msg.c */
void gf_valid(struct gf_msg *msg, int cmd, uint32_t seq, struct gf_dice *dice,
	      const struct gf_place *place);
void gf_mutate(struct gf_msg *msg, struct gf_dice *dice);

/* genl_fuzz_place.c */
int gf_ask_family(struct gf_place *place);
int gf_enter_netns(struct gf_place *place);
int gf_own_user_ns(struct gf_place *place);
void gf_another_netns(struct gf_place *place);
int gf_traffic(void);

#endif /* _GENL_FUZZ_H */
