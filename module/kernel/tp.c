// SPDX-License-Identifier: GPL-2.0
/*
 * Looks through the kernel's tracepoints.
 */
#include <linux/string.h>
#include <linux/tracepoint.h>

#include "kernel/tp.h"

#ifdef CONFIG_TRACEPOINTS
struct tp_search {
	const char *name;
	struct tracepoint *found;
};

static void match(struct tracepoint *tp, void *priv)
{
	struct tp_search *search = priv;

	if (!strcmp(tp->name, search->name))
		search->found = tp;
}

/**
 * tcpw_tp_find - a tracepoint of the kernel's own, not of a module
 * @name: its name
 *
 * Context: process.
 * Return: the tracepoint, NULL where this kernel has none of that name.
 */
struct tracepoint *tcpw_tp_find(const char *name)
{
	struct tp_search search = { .name = name };

	for_each_kernel_tracepoint(match, &search);
	return search.found;
}
#endif
