/* SPDX-License-Identifier: GPL-2.0 */
/* Histograms as the module tells them. */
#ifndef TCPWATCH_TOOLS_HIST_H
#define TCPWATCH_TOOLS_HIST_H

#include <jansson.h>
#include <stdint.h>

/**
 * struct brief - a histogram in brief
 * @count: how many measurements
 * @min: the least, ns
 * @mean: their mean, ns
 * @p50: their median, ns
 * @p90: what 90 % of them do not exceed, ns
 * @p99: what 99 % of them do not exceed, ns
 * @max: the greatest, ns
 */
struct brief {
	uint64_t count;
	uint64_t min;
	uint64_t mean;
	uint64_t p50;
	uint64_t p90;
	uint64_t p99;
	uint64_t max;
};

/* Of the set "hist-data"; @floors is the attribute bucket-floor beside it. */
void hist_brief(struct brief *brief, const json_t *hist, const json_t *floors);
/* That of a span among the attributes "hist" of an answer, or NULL. */
const json_t *hist_of_span(const json_t *answer, const char *span);

#endif /* TCPWATCH_TOOLS_HIST_H */
