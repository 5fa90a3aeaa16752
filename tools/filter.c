// SPDX-License-Identifier: GPL-2.0
/*
 * Filter expressions, evaluated.  filter_parse.c reads them.
 */
#include <string.h>

#include "filter.h"

static bool in_prefix(const struct filter_node *node, const uint8_t *addr,
		      uint8_t addr_len)
{
	unsigned int whole = node->bits / 8, rest = node->bits % 8;

	if (node->addr_len != addr_len)
		return false;
	if (memcmp(node->addr, addr, whole))
		return false;
	return !rest || !((node->addr[whole] ^ addr[whole]) >> (8 - rest));
}

static bool pass_test(const struct filter_node *node,
		      const struct filter_subject *subject)
{
	uint64_t number = subject->number[node->field];

	if (!(subject->known >> node->field & 1))
		return false;
	switch (node->op) {
	case FILTER_ONE_OF:
		return number < 64 && node->value >> number & 1;
	case FILTER_IN:
		return in_prefix(node,
				 node->field == FILTER_SRC ? subject->src
							   : subject->dst,
				 subject->addr_len);
	case FILTER_EQ:
		return number == node->value;
	case FILTER_LT:
		return number < node->value;
	case FILTER_GT:
		return number > node->value;
	case FILTER_LE:
		return number <= node->value;
	case FILTER_GE:
		return number >= node->value;
	default:
		return false;
	}
}

/* As deep as the parser allows. */
static bool pass(const struct filter *filter, uint8_t at,
		 const struct filter_subject *subject)
{
	const struct filter_node *node = &filter->nodes[at];

	switch (node->op) {
	case FILTER_AND:
		return pass(filter, node->a, subject) &&
		       pass(filter, node->b, subject);
	case FILTER_OR:
		return pass(filter, node->a, subject) ||
		       pass(filter, node->b, subject);
	case FILTER_NOT:
		return !pass(filter, node->a, subject);
	default:
		return pass_test(node, subject);
	}
}

bool filter_pass(const struct filter *filter,
		 const struct filter_subject *subject)
{
	return !filter->used || pass(filter, filter->root, subject);
}

/* --- what the kernel can do --- */

static bool give_states(struct filter_kernel *kernel, uint64_t states)
{
	uint32_t both = kernel->states ? kernel->states & states : states;

	/* None at all cannot be asked for: 0 means any. */
	if (!both)
		return false;
	kernel->states = both;
	return true;
}

static bool give_cause(struct filter_kernel *kernel, uint64_t causes)
{
	int cause = 0;

	while (cause < 63 && causes >> cause != 1)
		cause++;
	if (kernel->cause >= 0 || causes != 1ULL << cause)
		return false;
	kernel->cause = cause;
	return true;
}

static bool give_prefix(const struct filter_node **prefix,
			const struct filter_node *node)
{
	if (*prefix || node->op != FILTER_IN)
		return false;
	*prefix = node;
	return true;
}

static bool give_port(int32_t *port, const struct filter_node *node)
{
	if (*port >= 0 || node->op != FILTER_EQ)
		return false;
	*port = node->value;
	return true;
}

static bool give_age(struct filter_kernel *kernel,
		     const struct filter_node *node)
{
	uint64_t least = node->value;

	if (node->op == FILTER_GT && least < UINT64_MAX)
		least++;
	else if (node->op != FILTER_GE)
		return false;
	if (least > kernel->min_age)
		kernel->min_age = least;
	return true;
}

static bool give(struct filter_kernel *kernel, const struct filter_node *node)
{
	switch (node->field) {
	case FILTER_STATE:
		return give_states(kernel, node->value);
	case FILTER_CAUSE:
		return give_cause(kernel, node->value);
	case FILTER_SRC:
		return give_prefix(&kernel->src, node);
	case FILTER_DST:
		return give_prefix(&kernel->dst, node);
	case FILTER_SPORT:
		return give_port(&kernel->sport, node);
	case FILTER_DPORT:
		return give_port(&kernel->dport, node);
	case FILTER_AGE:
		return give_age(kernel, node);
	default:
		return false;
	}
}

/* Tests that all must pass are the kernel's; it has no "or" and no "not". */
static void give_all(struct filter_kernel *kernel, const struct filter *filter,
		     uint8_t at)
{
	const struct filter_node *node = &filter->nodes[at];

	if (node->op == FILTER_AND) {
		give_all(kernel, filter, node->a);
		give_all(kernel, filter, node->b);
	} else if (node->op == FILTER_OR || node->op == FILTER_NOT ||
		   !give(kernel, node)) {
		kernel->complete = false;
	}
}

void filter_for_kernel(const struct filter *filter,
		       struct filter_kernel *kernel)
{
	memset(kernel, 0, sizeof(*kernel));
	kernel->cause = -1;
	kernel->sport = -1;
	kernel->dport = -1;
	kernel->complete = true;
	if (filter->used)
		give_all(kernel, filter, filter->root);
}
