// SPDX-License-Identifier: GPL-2.0
/*
 * How long TIME-WAIT really lasts: the histogram, drawn, beside what the
 * kernel and RFC 9293 say; how it ended; whose endpoints are in it now.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/tcpwatch.h>

#include "cmd.h"
#include "hist.h"
#include "util.h"

#define BAR_WIDTH 50
#define ROWS_MOST 24

/* --- the histogram --- */

/**
 * struct bars - a histogram on the screen
 * @floors: lower bounds of its buckets, ns
 * @hist: the histogram
 * @first: the first bucket that is not empty
 * @last: the last one
 * @per_row: buckets of a row
 * @marks: durations that are marked, ns
 */
struct bars {
	const json_t *floors;
	const json_t *hist;
	uint64_t first;
	uint64_t last;
	uint64_t per_row;
	struct {
		const char *name;
		uint64_t ns;
	} marks[5];
};

static uint64_t floor_of(const struct bars *bars, uint64_t bucket)
{
	size_t n = json_array_size(bars->floors);

	if (bucket >= n)
		return UINT64_MAX;
	return json_integer_value(json_array_get(bars->floors, bucket));
}

static uint64_t row_count(const struct bars *bars, uint64_t bucket)
{
	const json_t *buckets = json_object_get(bars->hist, "buckets");
	uint64_t first = get_u64(bars->hist, "first"), n = 0, i;

	for (i = bucket; i < bucket + bars->per_row; i++)
		if (i >= first)
			n += json_integer_value(json_array_get(buckets,
							       i - first));
	return n;
}

/* From the first to the last measurement, in rows that fit a screen. */
static bool plan_bars(struct bars *bars)
{
	size_t n = json_array_size(json_object_get(bars->hist, "buckets"));
	size_t all = json_array_size(bars->floors);

	bars->first = get_u64(bars->hist, "first");
	if (!n || bars->first >= all)
		return false;
	bars->last = bars->first + n - 1;
	if (bars->last >= all)
		bars->last = all - 1;
	bars->per_row = (bars->last - bars->first) / ROWS_MOST + 1;
	return true;
}

static void draw_marks(const struct bars *bars, uint64_t from, uint64_t to)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bars->marks); i++)
		if (bars->marks[i].name && bars->marks[i].ns >= from &&
		    bars->marks[i].ns < to)
			printf(" <- %s", bars->marks[i].name);
}

static void draw_row(const struct ctx *ctx, const struct bars *bars,
		     uint64_t bucket, uint64_t most)
{
	uint64_t n = row_count(bars, bucket);
	unsigned int width = most ? (double)n * BAR_WIDTH / most + 0.5 : 0;
	char from[FMT_SIZE];

	if (n && !width)
		width = 1;
	printf("%10s %12" PRIu64 " %s", fmt_ns(from, floor_of(bars, bucket)), n,
	       bold(ctx));
	while (width--)
		putchar('#');
	fputs(plain(ctx), stdout);
	draw_marks(bars, floor_of(bars, bucket),
		   floor_of(bars, bucket + bars->per_row));
	putchar('\n');
}

/* What is marked and lies outside of all that was measured. */
static void draw_outside(const struct bars *bars, uint64_t from, uint64_t to)
{
	char buf[FMT_SIZE];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bars->marks); i++)
		if (bars->marks[i].name && bars->marks[i].ns >= from &&
		    bars->marks[i].ns < to)
			printf("%10s %12s <- %s\n",
			       fmt_ns(buf, bars->marks[i].ns), "",
			       bars->marks[i].name);
}

static void draw_bars(const struct ctx *ctx, struct bars *bars)
{
	uint64_t most = 0, bucket, n;

	if (!plan_bars(bars)) {
		draw_outside(bars, 0, UINT64_MAX);
		return;
	}
	for (bucket = bars->first; bucket <= bars->last;
	     bucket += bars->per_row) {
		n = row_count(bars, bucket);
		most = n > most ? n : most;
	}
	draw_outside(bars, 0, floor_of(bars, bars->first));
	for (bucket = bars->first; bucket <= bars->last;
	     bucket += bars->per_row)
		draw_row(ctx, bars, bucket, most);
	draw_outside(bars, floor_of(bars, bucket), UINT64_MAX);
}

static void show_span(const struct ctx *ctx, const json_t *answer,
		      const char *span, const char *title)
{
	const json_t *small = json_object_get(answer, "time-wait");
	struct bars bars = {
		.floors = json_object_get(answer, "bucket-floor"),
		.hist = hist_of_span(answer, span),
	};
	const char *const names[] = {
		"min", "mean", "p50", "p90", "p99", "max"
	};
	char buf[FMT_SIZE];
	struct brief brief;
	uint64_t values[6];
	size_t i;

	hist_brief(&brief, bars.hist, bars.floors);
	values[0] = brief.min;
	values[1] = brief.mean;
	values[2] = brief.p50;
	values[3] = brief.p90;
	values[4] = brief.p99;
	values[5] = brief.max;
	printf("\n%s%s%s: %" PRIu64 " measured", bold(ctx), title, plain(ctx),
	       brief.count);
	for (i = 0; brief.count && i < 6; i++)
		printf("  %s %s", names[i], fmt_ns(buf, values[i]));
	putchar('\n');
	for (i = 0; brief.count && i < 3; i++) {
		bars.marks[i].name = names[i + 2];
		bars.marks[i].ns = values[i + 2];
	}
	bars.marks[3].name = "the kernel's TCP_TIMEWAIT_LEN";
	bars.marks[3].ns = get_u64(small, "kernel-ns");
	bars.marks[4].name = "RFC 9293: 2 MSL";
	bars.marks[4].ns = get_u64(small, "rfc9293-ns");
	draw_bars(ctx, &bars);
}

/* --- counters --- */

static void show_counters(const struct ctx *ctx, const char *row,
			  const json_t *counters)
{
	uint64_t all = 0, n;
	const json_t *value;
	const char *key;

	json_object_foreach((json_t *)counters, key, value)
		all += json_integer_value(value);
	printf("%s%-12s%s", bold(ctx), row, plain(ctx));
	json_object_foreach((json_t *)counters, key, value) {
		n = json_integer_value(value);
		if (n)
			printf(" %s %" PRIu64 " (%.1f%%)", key, n,
			       100.0 * n / all);
	}
	puts(all ? "" : " none");
}

/* --- whose they are --- */

/**
 * struct owner - who has endpoints in TIME-WAIT
 * @known: the user is known
 * @uid: the user
 * @cgroup: the control group, 0 where it is not known
 * @count: how many endpoints
 */
struct owner {
	bool known;
	uint64_t uid;
	uint64_t cgroup;
	uint64_t count;
};

struct owners {
	struct owner *all;
	size_t n;
};

static int count_owner(json_t *flow, void *arg)
{
	struct owner owner = {
		.known = json_object_get(flow, "uid"),
		.uid = get_u64(flow, "uid"),
		.cgroup = get_u64(flow, "cgroup"),
		.count = 1,
	};
	struct owners *owners = arg;
	struct owner *more;
	size_t i;

	for (i = 0; i < owners->n; i++) {
		more = &owners->all[i];
		if (more->known == owner.known && more->uid == owner.uid &&
		    more->cgroup == owner.cgroup) {
			more->count++;
			return 0;
		}
	}
	/* There are few: users and services, not connections. */
	more = realloc(owners->all, (owners->n + 1) * sizeof(*more));
	if (!more)
		return EXIT_REFUSED;
	owners->all = more;
	owners->all[owners->n++] = owner;
	return 0;
}

static int compare_owners(const void *a, const void *b)
{
	const struct owner *left = a, *right = b;

	return (left->count < right->count) - (left->count > right->count);
}

static void print_owners(const struct ctx *ctx, struct owners *owners)
{
	const struct owner *owner;
	char uid[FMT_SIZE];
	size_t i;

	qsort(owners->all, owners->n, sizeof(*owners->all), compare_owners);
	printf("\n%sIn it now%s\n", bold(ctx), plain(ctx));
	for (i = 0; i < owners->n; i++) {
		owner = &owners->all[i];
		printf("%10" PRIu64 "  user %s", owner->count,
		       owner->known ? fmt_uid(uid, ctx, owner->uid)
				    : "unknown");
		if (owner->cgroup)
			printf("  cgroup %" PRIu64, owner->cgroup);
		putchar('\n');
	}
}

/* Single connections are not for everyone; the rest of the page is. */
static int show_owners(const struct ctx *ctx, struct nl *nl)
{
	struct owners owners = { 0 };
	struct nl_error error = { 0 };
	bool interrupted = false;
	struct nl_req req;
	int code;

	nl_req(&req, TCPWATCH_CMD_FLOW_DUMP);
	nl_req_u32(&req, TCPWATCH_A_FLOW_STATES,
		   1U << TCPWATCH_STATE_TIME_WAIT);
	code = nl_dump(nl, &req, count_owner, &owners, &interrupted, &error);
	if (!code && owners.n)
		print_owners(ctx, &owners);
	free(owners.all);
	if (code && error.err != EPERM)
		return fail(&error);
	warn_interrupted(interrupted);
	return 0;
}

static void show_timewait(const struct ctx *ctx, const json_t *answer)
{
	const json_t *small = json_object_get(answer, "time-wait");
	const json_t *fin = json_object_get(answer, "fin-wait-2");

	printf("%sTIME-WAIT%s    now %" PRIu64 "  entered %" PRIu64
	       "  begun anew %" PRIu64 "\n",
	       bold(ctx), plain(ctx), get_u64(answer, "now"),
	       get_u64(answer, "entered"), get_u64(small, "restarts"));
	show_counters(ctx, "ended", json_object_get(small, "end"));
	show_counters(ctx, "came late", json_object_get(small, "late"));
	printf("FIN-WAIT-2 with only a timewait socket left:\n");
	show_counters(ctx, "  ended", json_object_get(fin, "end"));
	show_counters(ctx, "  came late", json_object_get(fin, "late"));
	show_span(ctx, answer, "time-wait", "How long it lasted");
	if (get_u64(hist_of_span(answer, "last-restart"), "count"))
		show_span(ctx, answer, "last-restart",
			  "From the last time that it began anew");
}

int cmd_timewait(struct ctx *ctx, int argc, char **argv)
{
	struct nl_error error;
	struct nl_req req;
	json_t *answer;
	struct nl *nl;
	int code = only_common(ctx, argc, argv);

	if (code)
		return code;
	nl_req(&req, TCPWATCH_CMD_TIMEWAIT_GET);
	if (ctx->json)
		return print_answer(ctx, &req);
	nl = nl_open(&error);
	if (!nl)
		return fail(&error);
	answer = nl_do(nl, &req, &error);
	if (answer) {
		show_timewait(ctx, answer);
		code = show_owners(ctx, nl);
	} else {
		code = fail(&error);
	}
	json_decref(answer);
	nl_close(nl);
	return code;
}
