/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Filter expressions as ss has them: parsed, evaluated, and what of one the
 * kernel can do itself.  Pure: knows no netlink and no JSON.
 *
 *   state time-wait dport = :443 and not src 10.0.0.0/8
 */
#ifndef TCPWATCH_FILTER_H
#define TCPWATCH_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum filter_field {
	FILTER_STATE,
	FILTER_OLD,
	FILTER_NEW,
	FILTER_CAUSE,
	FILTER_VERDICT,
	FILTER_ROLE,
	FILTER_SRC,
	FILTER_DST,
	FILTER_SPORT,
	FILTER_DPORT,
	FILTER_AGE,
	FILTER_UID,
	FILTER_FIELDS,
};

/**
 * struct filter_subject - what is tested
 * @known: bits of 1 << enum filter_field; what is not known passes no test
 * @number: of each field but addresses
 * @addr_len: octets of addresses, 4 or 16
 * @src: local address
 * @dst: remote address
 */
struct filter_subject {
	uint32_t known;
	uint64_t number[FILTER_FIELDS];
	uint8_t addr_len;
	uint8_t src[16];
	uint8_t dst[16];
};

enum filter_op {
	FILTER_AND,
	FILTER_OR,
	FILTER_NOT,
	FILTER_ONE_OF, /* bits of 1 << number in @value */
	FILTER_IN, /* an address in a prefix */
	FILTER_EQ,
	FILTER_LT,
	FILTER_GT,
	FILTER_LE,
	FILTER_GE,
};

#define FILTER_NODES 64
#define FILTER_TEXT 1024

/**
 * struct filter_node - a test, or what combines tests
 * @op: what is done
 * @field: what is tested
 * @a: node that is combined
 * @b: the other one
 * @value: that it is compared with
 * @addr_len: octets of @addr
 * @bits: of @addr that count
 * @addr: a prefix
 */
struct filter_node {
	enum filter_op op;
	enum filter_field field;
	uint8_t a;
	uint8_t b;
	uint64_t value;
	uint8_t addr_len;
	uint8_t bits;
	uint8_t addr[16];
};

/**
 * struct filter - an expression
 * @text: as it was given
 * @error: what is wrong with it, or ""
 * @at: where in @text
 * @nodes: its parts
 * @used: how many there are
 * @root: the outermost of them; without any, everything passes
 */
struct filter {
	char text[FILTER_TEXT];
	char error[128];
	size_t at;
	struct filter_node nodes[FILTER_NODES];
	uint8_t used;
	uint8_t root;
};

/**
 * struct filter_kernel - what flow-dump can do of a filter
 * @states: bits of 1 << state, 0 for any
 * @cause: -1 for any
 * @src: prefix of local addresses, or NULL
 * @dst: prefix of remote addresses, or NULL
 * @sport: -1 for any
 * @dport: -1 for any
 * @min_age: ns
 * @complete: that is all of it; nothing is left to be tested
 */
struct filter_kernel {
	uint32_t states;
	int cause;
	const struct filter_node *src;
	const struct filter_node *dst;
	int32_t sport;
	int32_t dport;
	uint64_t min_age;
	bool complete;
};

/* False where it is wrong: filter->error and filter->at say what and where. */
bool filter_parse(struct filter *filter, int argc, char *const *argv);
bool filter_pass(const struct filter *filter,
		 const struct filter_subject *subject);
void filter_for_kernel(const struct filter *filter,
		       struct filter_kernel *kernel);

#endif /* TCPWATCH_FILTER_H */
