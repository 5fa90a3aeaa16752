// SPDX-License-Identifier: GPL-2.0
/*
 * What can be said of a histogram that the module told, with its own rules:
 * a bucket's measurements are taken for the middle of where they can be.
 */
#include <string.h>

#include "cmd.h"
#include "hist.h"

static uint64_t at(const json_t *array, size_t i)
{
	return json_integer_value(json_array_get(array, i));
}

static uint64_t middle(const struct brief *brief, const json_t *floors,
		       size_t bucket)
{
	uint64_t from = at(floors, bucket), to = at(floors, bucket + 1);

	if (bucket + 1 >= json_array_size(floors))
		return brief->max;
	if (from < brief->min)
		from = brief->min;
	if (to > brief->max)
		to = brief->max;
	if (to < from) /* the greatest was still being written */
		to = from;
	return from + (to - from) / 2;
}

static uint64_t quantile(const struct brief *brief, const json_t *hist,
			 const json_t *floors, unsigned int percent)
{
	const json_t *buckets = json_object_get(hist, "buckets");
	size_t n = json_array_size(buckets), i;
	/* The buckets may have counted on since the count was taken. */
	uint64_t rank, total = 0;

	for (i = 0; i < n; i++)
		total += at(buckets, i);
	if (!total)
		return 0;
	rank = (total * percent + 99) / 100;
	for (i = 0; i + 1 < n && at(buckets, i) < rank; i++)
		rank -= at(buckets, i);
	return middle(brief, floors, get_u64(hist, "first") + i);
}

void hist_brief(struct brief *brief, const json_t *hist, const json_t *floors)
{
	memset(brief, 0, sizeof(*brief));
	brief->count = get_u64(hist, "count");
	if (!brief->count)
		return;
	brief->min = get_u64(hist, "min-ns");
	brief->max = get_u64(hist, "max-ns");
	brief->mean = get_u64(hist, "sum-ns") / brief->count;
	brief->p50 = quantile(brief, hist, floors, 50);
	brief->p90 = quantile(brief, hist, floors, 90);
	brief->p99 = quantile(brief, hist, floors, 99);
}

const json_t *hist_of_span(const json_t *answer, const char *span)
{
	const json_t *hists = json_object_get(answer, "hist");
	size_t i;

	for (i = 0; i < json_array_size(hists); i++)
		if (!strcmp(get_str(json_array_get(hists, i), "span"), span))
			return json_array_get(hists, i);
	return NULL;
}
