// SPDX-License-Identifier: GPL-2.0
/*
 * The summary: what /proc/tcpwatch says, for people, or the answer to
 * stats-get as it is.
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <linux/tcpwatch.h>

#include "cmd.h"
#include "hist.h"
#include "util.h"

static const char *observers(const json_t *stats)
{
	bool kernel = json_object_get(stats, "kernel-observer");

	if (!json_object_get(stats, "wire-observer"))
		return kernel ? "kernel" : "none";
	return kernel ? "wire,kernel" : "wire";
}

static void show_header(const struct ctx *ctx, const json_t *stats)
{
	const json_t *memory = json_object_get(stats, "memory");
	const json_t *audit = json_object_get(stats, "audit");
	char age[FMT_SIZE], bytes[FMT_SIZE];

	printf("%stcpwatch %s%s  netns %" PRIu64
	       "  watching for %s  observers %s  ends %s\n",
	       bold(ctx), get_str(stats, "version"), plain(ctx),
	       get_u64(stats, "netns"),
	       fmt_ns(age, get_u64(stats, "watching-ns")), observers(stats),
	       get_str(stats, "ends"));
	printf("%-11s %" PRIu64 " of at most %" PRIu64 ", %s%s\n\n",
	       "endpoints", get_u64(memory, "flows"),
	       get_u64(memory, "max-flows"),
	       fmt_bytes(bytes, get_u64(memory, "flow-bytes")),
	       get_u64(audit, "missing") ? ", incomplete" : "");
}

static void show_times(const struct brief *brief)
{
	const uint64_t shown[] = { brief->min, brief->mean, brief->p50,
				   brief->p90, brief->p99,  brief->max };
	char buf[FMT_SIZE];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(shown); i++)
		printf(" %8s", brief->count ? fmt_ns(buf, shown[i]) : "-");
	putchar('\n');
}

static void show_state(const struct ctx *ctx, const json_t *state)
{
	const struct brief brief = {
		.count = get_u64(state, "count"),
		.min = get_u64(state, "min-ns"),
		.mean = get_u64(state, "mean-ns"),
		.p50 = get_u64(state, "p50-ns"),
		.p90 = get_u64(state, "p90-ns"),
		.p99 = get_u64(state, "p99-ns"),
		.max = get_u64(state, "max-ns"),
	};
	uint64_t now = get_u64(state, "now");
	char name[FMT_SIZE], oldest[FMT_SIZE];

	printf("%s%-12s %10" PRIu64 "%s %12" PRIu64 " %12" PRIu64 " %8s",
	       now ? bold(ctx) : "", fmt_state(name, get_str(state, "state")),
	       now, now ? plain(ctx) : "", get_u64(state, "entered"),
	       get_u64(state, "left"),
	       get_u64(state, "oldest-ns")
		       ? fmt_ns(oldest, get_u64(state, "oldest-ns"))
		       : "-");
	show_times(&brief);
}

/* In the order of a connection's life; what is new to us comes last. */
static void show_states(const struct ctx *ctx, const json_t *states)
{
	static const char *const order[] = {
		"listen",     "syn-sent",   "syn-recv", "estab",
		"fin-wait-1", "fin-wait-2", "closing",	"time-wait",
		"close-wait", "last-ack",   "unconn",
	};
	const json_t *state;
	size_t i, j;

	printf("%-12s %10s %12s %12s %8s %8s %8s %8s %8s %8s %8s\n", "state",
	       "now", "entered", "left", "oldest", "min", "mean", "p50", "p90",
	       "p99", "max");
	for (i = 0; i < ARRAY_SIZE(order); i++) {
		json_array_foreach(states, j, state)
			if (!strcmp(get_str(state, "state"), order[i]))
				show_state(ctx, state);
	}
	json_array_foreach(states, j, state)
		if (!json_is_string(json_object_get(state, "state")))
			show_state(ctx, state);
}

static void show_spans(const json_t *stats)
{
	static const char *const spans[] = {
		"open-active", "open-passive", "fin-to-ack",
		"fin-to-fin",  "fin-to-end",   "last-restart",
	};
	const json_t *floors = json_object_get(stats, "bucket-floor");
	struct brief brief;
	size_t i;

	printf("\n%-12s %10s %43s %8s %8s %8s %8s %8s\n", "span", "count",
	       "min", "mean", "p50", "p90", "p99", "max");
	for (i = 0; i < ARRAY_SIZE(spans); i++) {
		hist_brief(&brief, hist_of_span(stats, spans[i]), floors);
		printf("%-12s %10" PRIu64 " %34s", spans[i], brief.count, "");
		show_times(&brief);
	}
}

static void show_value(const char *key, const json_t *value)
{
	size_t len = strlen(key);
	char buf[FMT_SIZE];
	const json_t *one;
	size_t i;

	if (json_is_integer(value) && len > 3 && !strcmp(key + len - 3, "-ns"))
		printf(" %.*s %s", (int)len - 3, key,
		       fmt_ns(buf, json_integer_value(value)));
	else if (json_is_integer(value))
		printf(" %s %" JSON_INTEGER_FORMAT, key,
		       json_integer_value(value));
	if (!json_is_array(value))
		return;
	printf(" %s", key);
	json_array_foreach(value, i, one)
		printf("%c%" JSON_INTEGER_FORMAT, i ? '/' : ' ',
		       json_integer_value(one));
}

static bool has_counters(const json_t *counters)
{
	const json_t *value;
	const char *key;

	/* jansson's loop takes no const object */
	json_object_foreach((json_t *)counters, key, value)
		if (json_is_integer(value) || json_is_array(value))
			return true;
	return false;
}

/* A row of counters, each with its name: new ones show up by themselves. */
static void show_row(const struct ctx *ctx, const char *row,
		     const json_t *counters)
{
	const json_t *value;
	const char *key;

	if (!has_counters(counters))
		return;
	printf("%s%-11s%s", bold(ctx), row, plain(ctx));
	json_object_foreach((json_t *)counters, key, value)
		show_value(key, value);
	putchar('\n');
}

static void show_segments(const struct ctx *ctx, const json_t *segments)
{
	const json_t *segment;
	size_t i;

	json_array_foreach(segments, i, segment)
		show_row(ctx,
			 !strcmp(get_str(segment, "direction"), "in")
				 ? "seg-in"
				 : "seg-out",
			 segment);
}

static void show_reasons(const struct ctx *ctx, const json_t *reasons)
{
	const json_t *reason;
	size_t i;

	if (!json_array_size(reasons))
		return;
	printf("%s%-11s%s", bold(ctx), "rst-reason", plain(ctx));
	json_array_foreach(reasons, i, reason)
		printf(" %s %" PRIu64, get_str(reason, "reason"),
		       get_u64(reason, "count"));
	putchar('\n');
}

static void show_small(const struct ctx *ctx, const char *end_row,
		       const char *late_row, const json_t *small)
{
	show_row(ctx, end_row, json_object_get(small, "end"));
	show_row(ctx, late_row, json_object_get(small, "late"));
	show_row(ctx, "", small);
}

static void show_stats(const struct ctx *ctx, const json_t *stats)
{
	static const char *const rows[] = {
		"handshake", "anomaly", "audit", "events", "memory",
	};
	size_t i;

	show_header(ctx, stats);
	show_states(ctx, json_object_get(stats, "state"));
	show_spans(stats);
	putchar('\n');
	show_row(ctx, "open", json_object_get(stats, "open"));
	show_row(ctx, "failed-in", json_object_get(stats, "fail-passive"));
	show_row(ctx, "failed-out", json_object_get(stats, "fail-active"));
	show_row(ctx, "close", json_object_get(stats, "close"));
	show_small(ctx, "time-wait", "late",
		   json_object_get(stats, "time-wait"));
	show_small(ctx, "small-fin2", "late-fin2",
		   json_object_get(stats, "fin-wait-2"));
	show_segments(ctx, json_object_get(stats, "segment"));
	show_reasons(ctx, json_object_get(stats, "rst-reason"));
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		show_row(ctx, rows[i], json_object_get(stats, rows[i]));
	show_row(ctx, "ended-netns", json_object_get(stats, "ended-netns"));
}

static int show_each(json_t *stats, void *arg)
{
	show_stats(arg, stats);
	putchar('\n');
	return 0;
}

static int show_one(const struct ctx *ctx, struct nl *nl,
		    const struct nl_req *req, struct nl_error *error)
{
	json_t *stats = nl_do(nl, req, error);

	if (!stats)
		return error->code;
	show_stats(ctx, stats);
	json_decref(stats);
	return 0;
}

static int show(struct ctx *ctx, const struct nl_req *req, bool all)
{
	struct nl_error error;
	struct nl *nl = nl_open(&error);
	int code;

	if (!nl)
		return fail(&error);
	code = all ? nl_dump(nl, req, show_each, ctx, NULL, &error)
		   : show_one(ctx, nl, req, &error);
	nl_close(nl);
	return code ? fail(&error) : 0;
}

static const char options[] =
	"show [-a] [-H]: -a of all network namespaces, -H histograms in JSON";

int cmd_show(struct ctx *ctx, int argc, char **argv)
{
	bool all = false, histograms = false;
	struct nl_req req;
	int option;

	while ((option = getopt(argc, argv, "+aH" COMMON_OPTIONS)) != -1) {
		if (option == 'a')
			all = true;
		else if (option == 'H')
			histograms = true;
		else if (!common_option(ctx, option))
			return usage("%s", options);
	}
	if (optind < argc)
		return usage("show: what is \"%s\"? It takes no arguments",
			     argv[optind]);
	nl_req(&req, all ? TCPWATCH_CMD_STATS_DUMP : TCPWATCH_CMD_STATS_GET);
	if (histograms || !ctx->json)
		nl_req_flag(&req, TCPWATCH_A_STATS_HISTOGRAMS);
	if (ctx->json)
		return all ? print_dump(ctx, &req) : print_answer(ctx, &req);
	return show(ctx, &req, all);
}
