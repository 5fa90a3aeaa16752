// SPDX-License-Identifier: GPL-2.0
/*
 * The metrics that are counters and gauges, by tables: which attribute of the
 * answer is which metric.  Names and labels are here, the help is the spec's.
 * All series that the spec knows of are there on every scrape, zero or not,
 * so that the first count of anything is seen as an increase.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "metrics.h"
#include "metrics_write.h"
#include "spec.h"
#include "util.h"

/**
 * struct group - counters that are one metric, told apart by a label
 * @name: of the metric, without prefix and suffix; rows of the same name
 *	follow each other
 * @path: where the counters are in the answer, levels parted by '/'
 * @help: where the spec has no text that says it
 * @fixed: labels that all of the row have, or NULL
 * @label: the label whose value is the counter's name
 * @keys: names of the counters; after '!' those that are not among them;
 *	NULL for all
 */
struct group {
	const char *name;
	const char *path;
	const char *help;
	const char *fixed;
	const char *label;
	const char *keys;
};

static const struct group groups[] = {
	{ "opens", "open", NULL, NULL, "kind", "active passive simultaneous" },
	{ "fast_opens", "open",
	  "Connections whose SYN carried data that were taken (RFC 7413).",
	  NULL, "role", "fast-open-active fast-open-passive" },
	{ "open_failures", "fail-active", "Handshakes that came to nothing.",
	  "role=\"active\"", "reason", NULL },
	{ "open_failures", "fail-passive", NULL, "role=\"passive\"", "reason",
	  NULL },
	{ "closes", "close", NULL, NULL, "kind", "!three-way four-way" },
	{ "active_closes", "close",
	  "Active closes by the segments that they took: three-way where the ACK of our FIN came with the peer's FIN.",
	  NULL, "handshake", "three-way four-way" },
	{ "time_wait_ends", "time-wait/end", NULL, NULL, "cause", "!data" },
	{ "time_wait_late_segments", "time-wait/late", NULL, NULL, "kind",
	  NULL },
	{ "fin_wait_2_ends", "fin-wait-2/end", NULL, NULL, "cause", NULL },
	{ "fin_wait_2_late_segments", "fin-wait-2/late", NULL, NULL, "kind",
	  NULL },
	{ "retransmissions", "handshake",
	  "SYNs, SYN,ACKs and FINs that were sent again.", NULL, "segment",
	  "rtx-syn rtx-syn-ack rtx-fin" },
	{ "anomalies", "anomaly", NULL, NULL, "kind", NULL },
	{ "audit_transitions", "audit", NULL, NULL, "verdict",
	  "confirmed kernel-first wire-only found" },
	{ "audit_corrections", "audit",
	  "How often the mirror was corrected; drift is our own mistakes.",
	  NULL, "kind", "explained drift unknown" },
	{ "flows_refused", "memory", "Endpoints not created for want of room.",
	  NULL, "reason", "overflow no-memory" },
};

/**
 * struct single - an attribute that is a metric
 * @name: of the metric, without prefix and suffix
 * @path: of the nest that it is in; "" for the answer itself
 * @attr: its name
 * @kind: what it is
 * @optional: left out where the answer does not have it
 */
struct single {
	const char *name;
	const char *path;
	const char *attr;
	enum metric_kind kind;
	bool optional;
};

static const struct single singles[] = {
	{ "watching_seconds", "", "watching-ns", METRIC_SECONDS, false },
	{ "kernel_observer", "", "kernel-observer", METRIC_GAUGE, false },
	{ "wire_observer", "", "wire-observer", METRIC_GAUGE, false },
	{ "opens_by_cookie", "open", "cookie", METRIC_COUNTER, false },
	{ "time_wait_restarts", "time-wait", "restarts", METRIC_COUNTER,
	  false },
	{ "time_wait_kernel_seconds", "time-wait", "kernel-ns", METRIC_SECONDS,
	  false },
	{ "time_wait_rfc9293_seconds", "time-wait", "rfc9293-ns",
	  METRIC_SECONDS, false },
	{ "syns_refused", "handshake", "refused-out", METRIC_COUNTER, false },
	{ "syn_cookies_sent", "handshake", "cookie-out", METRIC_COUNTER,
	  false },
	{ "audit_passes", "audit", "passes", METRIC_COUNTER, false },
	{ "audit_pass_age_seconds", "audit", "pass-age-ns", METRIC_SECONDS,
	  false },
	{ "audit_pass_duration_seconds", "audit", "pass-ns", METRIC_SECONDS,
	  false },
	{ "events_sent", "events", "sent", METRIC_COUNTER, false },
	{ "events_lost", "events", "lost", METRIC_COUNTER, false },
	{ "event_queue_limit", "events", "queue", METRIC_GAUGE, false },
	{ "flows", "memory", "flows", METRIC_GAUGE, false },
	{ "flows_limit", "memory", "max-flows", METRIC_GAUGE, false },
	{ "flows_missing", "audit", "missing", METRIC_GAUGE, false },
	{ "flows_created", "memory", "created", METRIC_COUNTER, false },
	{ "flow_memory_bytes", "memory", "flow-bytes", METRIC_BYTES, false },
	{ "event_memory_bytes", "memory", "event-bytes", METRIC_BYTES, false },
	{ "listeners_lost", "memory", "listeners-lost", METRIC_COUNTER, false },
	{ "not_measured", "memory", "not-measured", METRIC_COUNTER, false },
	{ "ended_netns", "ended-netns", "namespaces", METRIC_COUNTER, true },
	{ "ended_netns_flows", "ended-netns", "flows", METRIC_COUNTER, true },
	{ "ended_netns_time_wait", "ended-netns", "time-wait", METRIC_COUNTER,
	  true },
};

/* --- Accept --- */

/* The quality of a media range up to its comma, in thousandths. */
static int quality(const char *range)
{
	size_t len = strcspn(range, ",");
	const char *p = range;

	while ((p = memchr(p, ';', range + len - p))) {
		p += 1 + strspn(p + 1, " \t");
		if (!strncasecmp(p, "q=", 2))
			return (int)(strtod(p + 2, NULL) * 1000);
	}
	return 1000;
}

bool metrics_accept(const char *accept)
{
	static const char om[] = "application/openmetrics-text";
	static const char plain[] = "text/plain";
	int om_q = 0, plain_q = 0, *q;

	while (accept && *accept) {
		accept += strspn(accept, " \t,");
		q = !strncasecmp(accept, om, strlen(om))	 ? &om_q
		    : !strncasecmp(accept, plain, strlen(plain)) ? &plain_q
								 : NULL;
		if (q && quality(accept) > *q)
			*q = quality(accept);
		accept += strcspn(accept, ",");
	}
	return om_q && om_q >= plain_q;
}

/* --- where things are --- */

/* Cuts the first level off @path; false at its end. */
static bool next_level(const char **path, char *level, size_t size)
{
	size_t len = strcspn(*path, "/");

	if (!len || len >= size)
		return false;
	memcpy(level, *path, len);
	level[len] = '\0';
	*path += len;
	*path += strspn(*path, "/");
	return true;
}

static const json_t *nest_at(const json_t *stats, const char *path)
{
	char level[32];

	while (next_level(&path, level, sizeof(level)))
		stats = json_object_get(stats, level);
	return stats;
}

/* The set at @path; @help gets what the spec says of all levels to it. */
static const struct spec_set *set_at(const char *path, struct text *help)
{
	const struct spec_set *set = spec_set("stats");
	const struct spec_attr *attr;
	char level[32];

	while (set && next_level(&path, level, sizeof(level))) {
		attr = spec_attr(set->name, level);
		if (help->len)
			text_char(help, ' ');
		text_str(help, attr && attr->doc ? attr->doc : level);
		set = attr ? attr->nest : NULL;
	}
	return set;
}

/* Is @name one of the words of @list? */
static bool in_list(const char *list, const char *name)
{
	size_t len = strlen(name), n;

	for (; *list; list += n + strspn(list + n, " ")) {
		n = strcspn(list, " ");
		if (n == len && !strncmp(list, name, n))
			return true;
	}
	return false;
}

static bool is_in_group(const struct group *group, const struct spec_attr *attr)
{
	if (attr->type != SPEC_U64 || attr->multi)
		return false;
	if (!group->keys)
		return true;
	if (*group->keys == '!')
		return !in_list(group->keys + 1, attr->name);
	return in_list(group->keys, attr->name);
}

/* What the label says: the name, less what the metric's name says already. */
static const char *label_value(const char *name)
{
	static const char *const said[] = { "fast-open-", "rtx-" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(said); i++)
		if (!strncmp(name, said[i], strlen(said[i])))
			return name + strlen(said[i]);
	return name;
}

static void write_group(struct metrics *m, const struct group *group,
			bool begins)
{
	const json_t *nest = nest_at(m->stats, group->path);
	const struct spec_set *set;
	struct text help = { 0 };
	const char *name;
	size_t i;

	set = set_at(group->path, &help);
	text_char(&help, '\0');
	if (begins)
		metric_head(m, group->name, METRIC_COUNTER,
			    group->help ? group->help : help.data);
	for (i = 1; set && i < set->n; i++) {
		if (!is_in_group(group, &set->attrs[i]))
			continue;
		name = set->attrs[i].name;
		metric_begin(m, group->name, "_total");
		if (group->fixed)
			metric_labels(m, group->fixed);
		metric_label(m, group->label, label_value(name));
		metric_number(m, json_object_get(nest, name));
	}
	text_free(&help);
}

/* TIME-WAIT's and FIN-WAIT-2's attributes need to be told which they are. */
static void single_help(struct text *help, const struct single *single)
{
	const struct spec_set *set = set_at(single->path, help);
	const struct spec_attr *attr = NULL;

	if (set)
		attr = spec_attr(set->name, single->attr);
	if (set && strcmp(set->name, "time-wait"))
		help->len = 0;
	if (help->len)
		text_char(help, ' ');
	text_str(help, attr && attr->doc ? attr->doc : single->attr);
	text_char(help, '\0');
}

static void write_single(struct metrics *m, const struct single *single)
{
	const json_t *value =
		json_object_get(nest_at(m->stats, single->path), single->attr);
	struct text help = { 0 };

	if (!value && single->optional)
		return;
	single_help(&help, single);
	metric_head(m, single->name, single->kind, help.data);
	metric_begin(m, single->name,
		     single->kind == METRIC_COUNTER ? "_total" : "");
	if (single->kind == METRIC_SECONDS)
		metric_seconds(m, value);
	else
		metric_number(m, value);
	text_free(&help);
}

/* --- what is an array --- */

static const json_t *find(const json_t *array, const char *key,
			  const char *value)
{
	const char *said;
	json_t *item;
	size_t i;

	json_array_foreach(array, i, item) {
		said = json_string_value(json_object_get(item, key));
		if (said && !strcmp(said, value))
			return item;
	}
	return NULL;
}

/* One attribute of state-stats, of all states. */
static void write_states(struct metrics *m, const char *name, const char *attr,
			 enum metric_kind kind)
{
	const struct spec_attr *spec = spec_attr("state-stats", attr);
	const struct spec_enum *states = spec_enum("state");
	const json_t *all = json_object_get(m->stats, "state"), *value;
	size_t i;

	metric_head(m, name, kind, spec && spec->doc ? spec->doc : attr);
	for (i = 0; states && i < states->n; i++) {
		if (!states->names[i])
			continue;
		value = json_object_get(find(all, "state", states->names[i]),
					attr);
		metric_begin(m, name, kind == METRIC_COUNTER ? "_total" : "");
		metric_label(m, "state", states->names[i]);
		if (kind == METRIC_SECONDS)
			metric_seconds(m, value);
		else
			metric_number(m, value);
	}
}

static void write_segments(struct metrics *m)
{
	const struct spec_enum *directions = spec_enum("direction");
	const struct spec_attr *spec = spec_attr("stats", "segment");
	const json_t *all = json_object_get(m->stats, "segment"), *one;
	const char *name;
	size_t i, j;

	if (!spec || !directions)
		return;
	metric_head(m, "segments", METRIC_COUNTER, spec->doc);
	for (i = 0; i < directions->n; i++) {
		one = find(all, "direction", directions->names[i]);
		for (j = 1; j < spec->nest->n; j++) {
			if (spec->nest->attrs[j].type != SPEC_U64)
				continue;
			metric_begin(m, "segments", "_total");
			metric_label(m, "direction", directions->names[i]);
			name = spec->nest->attrs[j].name;
			metric_label(m, "flag", name);
			metric_number(m, json_object_get(one, name));
		}
	}
}

/* Opens by how often the SYN or the SYN,ACK had to be sent again. */
static void write_rtx(struct metrics *m)
{
	static const char *const attrs[] = { "rtx-active", "rtx-passive" };
	static const char *const times[] = { "0", "1", "2", "3",
					     "4", "5", "6", "more" };
	const json_t *open = json_object_get(m->stats, "open"), *values;
	size_t i, j;

	metric_head(m, "opens_by_retransmissions", METRIC_COUNTER,
		    "Connections by how often the SYN or SYN,ACK was sent again.");
	for (i = 0; i < 2; i++) {
		values = json_object_get(open, attrs[i]);
		for (j = 0; j < 8; j++) {
			metric_begin(m, "opens_by_retransmissions", "_total");
			metric_label(m, "role", label_value(attrs[i]));
			metric_label(m, "retransmissions", times[j]);
			metric_number(m, json_array_get(values, j));
		}
	}
}

static void write_rst_reasons(struct metrics *m)
{
	const json_t *all = json_object_get(m->stats, "rst-reason");
	const struct spec_attr *spec = spec_attr("stats", "rst-reason");
	const char *reason;
	json_t *item;
	size_t i;

	if (!json_array_size(all) || !spec)
		return;
	metric_head(m, "rst_reasons", METRIC_COUNTER, spec->doc);
	json_array_foreach(all, i, item) {
		reason = json_string_value(json_object_get(item, "reason"));
		metric_begin(m, "rst_reasons", "_total");
		metric_label(m, "reason", reason ? reason : "?");
		metric_number(m, json_object_get(item, "count"));
	}
}

static void write_info(struct metrics *m)
{
	const json_t *version = json_object_get(m->stats, "version");
	const json_t *ends = json_object_get(m->stats, "ends");

	metric_head(m, "info", METRIC_INFO,
		    "The module, and how it finds the ends of TIME-WAIT.");
	metric_begin(m, "info", "");
	metric_label(m, "version",
		     json_is_string(version) ? json_string_value(version) : "");
	metric_label(m, "ends",
		     json_is_string(ends) ? json_string_value(ends) : "");
	metric_value(m, 1);
}

static void write_all(struct metrics *m)
{
	size_t i;

	write_info(m);
	write_states(m, "state_endpoints", "now", METRIC_GAUGE);
	write_states(m, "state_entered", "entered", METRIC_COUNTER);
	write_states(m, "state_left", "left", METRIC_COUNTER);
	write_states(m, "state_oldest_seconds", "oldest-ns", METRIC_SECONDS);
	for (i = 0; i < ARRAY_SIZE(groups); i++)
		write_group(m, &groups[i],
			    !i || strcmp(groups[i].name, groups[i - 1].name));
	for (i = 0; i < ARRAY_SIZE(singles); i++)
		write_single(m, &singles[i]);
	write_segments(m);
	write_rtx(m);
	write_rst_reasons(m);
	metric_histograms(m);
}

void metrics_text(struct text *out, const json_t *stats, bool openmetrics)
{
	struct metrics m = {
		.out = out,
		.stats = stats,
		.openmetrics = openmetrics,
	};

	metric_head(&m, "up", METRIC_GAUGE, "The module answers.");
	metric_begin(&m, "up", "");
	metric_value(&m, stats ? 1 : 0);
	if (stats)
		write_all(&m);
	if (openmetrics)
		text_str(out, "# EOF\n");
}
