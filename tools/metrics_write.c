// SPDX-License-Identifier: GPL-2.0
/*
 * The grammar of both formats of metrics, and the histograms, whose many
 * buckets become few that never vary.
 */
#include <stdlib.h>
#include <string.h>

#include "metrics_write.h"
#include "spec.h"
#include "util.h"

#define PREFIX "tcpwatch_"
#define NSEC 1000000000ULL

/* Spans that are not the stay in a state come after the eleven states. */
#define LAST_STATE 11

static void help_text(struct metrics *m, const char *help)
{
	for (; *help; help++) {
		if (*help == '\\' || (*help == '"' && m->openmetrics))
			text_char(m->out, '\\');
		text_char(m->out, *help);
	}
	text_char(m->out, '\n');
}

static void head_line(struct metrics *m, const char *what, const char *name,
		      enum metric_kind kind)
{
	text_str(m->out, what);
	/* the suffix _info is not part of the name there, nor is _total */
	if (m->openmetrics && kind == METRIC_INFO) {
		text_str(m->out, " tcpwatch ");
		return;
	}
	text_str(m->out, " " PREFIX);
	text_str(m->out, name);
	if (!m->openmetrics && kind == METRIC_COUNTER)
		text_str(m->out, "_total");
	text_char(m->out, ' ');
}

static const char *type_name(const struct metrics *m, enum metric_kind kind)
{
	switch (kind) {
	case METRIC_COUNTER:
		return "counter\n";
	case METRIC_INFO:
		return m->openmetrics ? "info\n" : "gauge\n";
	case METRIC_HISTOGRAM:
		return "histogram\n";
	default:
		return "gauge\n";
	}
}

void metric_head(struct metrics *m, const char *name, enum metric_kind kind,
		 const char *help)
{
	head_line(m, "# HELP", name, kind);
	help_text(m, help);
	head_line(m, "# TYPE", name, kind);
	text_str(m->out, type_name(m, kind));
	if (!m->openmetrics)
		return;
	if (kind == METRIC_SECONDS || kind == METRIC_HISTOGRAM) {
		head_line(m, "# UNIT", name, kind);
		text_str(m->out, "seconds\n");
	} else if (kind == METRIC_BYTES) {
		head_line(m, "# UNIT", name, kind);
		text_str(m->out, "bytes\n");
	}
}

void metric_begin(struct metrics *m, const char *name, const char *suffix)
{
	text_str(m->out, PREFIX);
	text_str(m->out, name);
	text_str(m->out, suffix);
	m->labels = 0;
}

void metric_labels(struct metrics *m, const char *text)
{
	text_char(m->out, m->labels++ ? ',' : '{');
	text_str(m->out, text);
}

void metric_label(struct metrics *m, const char *name, const char *value)
{
	text_char(m->out, m->labels++ ? ',' : '{');
	text_str(m->out, name);
	text_str(m->out, "=\"");
	for (; *value; value++) {
		if (*value == '\n') {
			text_str(m->out, "\\n");
			continue;
		}
		if (*value == '\\' || *value == '"')
			text_char(m->out, '\\');
		text_char(m->out, *value);
	}
	text_char(m->out, '"');
}

static void before_value(struct metrics *m)
{
	text_str(m->out, m->labels ? "} " : " ");
}

void metric_value(struct metrics *m, uint64_t value)
{
	before_value(m);
	text_u64(m->out, value);
	text_char(m->out, '\n');
}

/* A flag is 1; what is not there is 0. */
void metric_number(struct metrics *m, const json_t *value)
{
	if (json_is_real(value)) {
		before_value(m);
		text_printf(m->out, "%.17g\n", json_real_value(value));
		return;
	}
	metric_value(m, json_is_true(value) ? 1 : json_integer_value(value));
}

/* Seconds with no more digits than needed, and no rounding. */
static void seconds_text(struct text *out, uint64_t ns)
{
	char digits[16];
	uint64_t part = ns % NSEC;
	int i;

	text_u64(out, ns / NSEC);
	if (!part)
		return;
	for (i = 8; i >= 0; i--, part /= 10)
		digits[i] = '0' + part % 10;
	for (i = 9; digits[i - 1] == '0'; i--)
		;
	text_char(out, '.');
	text_mem(out, digits, i);
}

void metric_seconds(struct metrics *m, const json_t *ns)
{
	before_value(m);
	if (json_is_real(ns))
		text_printf(m->out, "%.17g", json_real_value(ns) / NSEC);
	else
		seconds_text(m->out, json_integer_value(ns));
	text_char(m->out, '\n');
}

/* --- histograms --- */

/*
 * The bounds that are shown are the floors of buckets nearest to 1, 2 and 5
 * times the powers of ten from 1 us to 100,000 s, and some more around 60 s,
 * where TIME-WAIT ends: the question is by how much later.  Being floors they
 * need no interpolation; being chosen from all floors and not from those that
 * count something they are the same on every scrape.  A duration of exactly a
 * floor is counted above it, which a resolution of 1 ns cannot show better.
 */
#define MOST_BOUNDS 48

/**
 * struct bounds - the bounds that are shown
 * @n: how many
 * @bucket: index of the bucket that begins there
 * @ns: where that is
 */
struct bounds {
	size_t n;
	size_t bucket[MOST_BOUNDS];
	uint64_t ns[MOST_BOUNDS];
};

static uint64_t distance(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

static uint64_t u64_at(const json_t *array, size_t i)
{
	return json_integer_value(json_array_get(array, i));
}

static void add_bound(struct bounds *bounds, const json_t *floors,
		      uint64_t wanted)
{
	size_t i, best = 0, n = json_array_size(floors);

	for (i = 0; i < n; i++)
		if (distance(u64_at(floors, i), wanted) <
		    distance(u64_at(floors, best), wanted))
			best = i;
	/* rather none than one far off, or one that is there already */
	if (!best || bounds->n == MOST_BOUNDS ||
	    distance(u64_at(floors, best), wanted) > wanted / 4 ||
	    (bounds->n && best <= bounds->bucket[bounds->n - 1]))
		return;
	bounds->bucket[bounds->n] = best;
	bounds->ns[bounds->n++] = u64_at(floors, best);
}

static void find_bounds(struct bounds *bounds, const json_t *floors)
{
	static const unsigned int steps[] = { 1, 2, 5 };
	static const unsigned int seconds[] = { 56, 60, 64, 68 };
	const uint64_t last = 100000 * NSEC;
	uint64_t power;
	size_t i;

	bounds->n = 0;
	for (power = 1000; power <= last; power *= 10) {
		for (i = 0; i < ARRAY_SIZE(seconds) && power == 100 * NSEC; i++)
			add_bound(bounds, floors, seconds[i] * NSEC);
		for (i = 0; i < ARRAY_SIZE(steps) && steps[i] * power <= last;
		     i++)
			add_bound(bounds, floors, steps[i] * power);
	}
}

/* The histogram of a span as the answer has it, or NULL. */
static const json_t *find_hist(const struct metrics *m, const char *span)
{
	const char *said;
	json_t *item;
	size_t i;

	json_array_foreach(json_object_get(m->stats, "hist"), i, item) {
		said = json_string_value(json_object_get(item, "span"));
		if (said && !strcmp(said, span))
			return item;
	}
	return NULL;
}

static void sample(struct metrics *m, const char *name, const char *suffix,
		   const char *label, const char *span)
{
	metric_begin(m, name, suffix);
	metric_label(m, label, span);
}

static void write_hist(struct metrics *m, const char *name, const char *label,
		       const char *span, const struct bounds *bounds)
{
	const json_t *hist = find_hist(m, span);
	const json_t *buckets = json_object_get(hist, "buckets");
	size_t first, at, n = json_array_size(buckets), i;
	uint64_t count = 0;

	first = json_integer_value(json_object_get(hist, "first"));
	for (i = 0, at = 0; i < bounds->n; i++) {
		for (; at < n && first + at < bounds->bucket[i]; at++)
			count += u64_at(buckets, at);
		sample(m, name, "_bucket", label, span);
		text_str(m->out, ",le=\"");
		seconds_text(m->out, bounds->ns[i]);
		text_char(m->out, '"');
		metric_value(m, count);
	}
	/* the sum of the buckets, and not count: they must agree */
	for (; at < n; at++)
		count += u64_at(buckets, at);
	sample(m, name, "_bucket", label, span);
	text_str(m->out, ",le=\"+Inf\"");
	metric_value(m, count);
	sample(m, name, "_sum", label, span);
	metric_seconds(m, json_object_get(hist, "sum-ns"));
	sample(m, name, "_count", label, span);
	metric_value(m, count);
}

/* Of the states two are not measured: there is no end of CLOSED or LISTEN. */
static bool is_measured(const char *span)
{
	return strcmp(span, "unconn") && strcmp(span, "listen");
}

static void write_hists(struct metrics *m, const struct bounds *bounds,
			const char *name, const char *label, const char *help,
			bool states)
{
	const struct spec_enum *spans = spec_enum("span");
	size_t i = states ? 1 : LAST_STATE + 1;
	size_t end = states ? LAST_STATE + 1 : SIZE_MAX;

	metric_head(m, name, METRIC_HISTOGRAM, help);
	for (; spans && i < spans->n && i < end; i++)
		if (spans->names[i] && is_measured(spans->names[i]))
			write_hist(m, name, label, spans->names[i], bounds);
}

void metric_histograms(struct metrics *m)
{
	const json_t *floors = json_object_get(m->stats, "bucket-floor");
	struct bounds bounds;

	if (!json_array_size(floors))
		return;
	find_bounds(&bounds, floors);
	write_hists(m, &bounds, "state_duration_seconds", "state",
		    "How long endpoints stayed in a state.", true);
	write_hists(m, &bounds, "span_duration_seconds", "span",
		    "How long the steps of opening and closing took.", false);
}
