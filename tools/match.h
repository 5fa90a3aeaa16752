/* SPDX-License-Identifier: GPL-2.0 */
/* Filters for commands: from arguments, against attributes, to requests. */
#ifndef TCPWATCH_MATCH_H
#define TCPWATCH_MATCH_H

#include <stdbool.h>

#include "decode.h"
#include "filter.h"
#include "nl.h"

/* 0, or EXIT_USAGE after it was said what is wrong where. */
int match_parse(struct filter *filter, int argc, char **argv);
/* Of a flow, a listener or an event; the first where there is a filter. */
bool match_used(const struct filter *filter, const struct decode_table *table);

static inline bool match_table(const struct filter *filter,
			       const struct decode_table *table)
{
	return !filter->used || match_used(filter, table);
}

/* Can a flow pass at all? None is in LISTEN or CLOSED. */
bool match_flows(const struct filter *filter);
/* What the kernel can do, as attributes of flow-dump; is that all of it? */
bool match_request(struct nl_req *req, const struct filter *filter);

#endif /* TCPWATCH_MATCH_H */
