// SPDX-License-Identifier: GPL-2.0
/*
 * The metrics of a fixture: well-formed in both formats, with buckets that
 * are cumulative and never vary; and in the eyes of promtool, where it is.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "metrics.h"
#include "test.h"
#include "util.h"

static char *render(const json_t *stats, bool openmetrics)
{
	struct text text = { 0 };

	metrics_text(&text, stats, openmetrics);
	text_char(&text, '\0');
	return text.data;
}

static bool has_line(const char *text, const char *line)
{
	size_t len = strlen(line);
	const char *p = text;

	while ((p = strstr(p, line))) {
		if ((p == text || p[-1] == '\n') && p[len] == '\n')
			return true;
		p++;
	}
	return false;
}

static void check_lines(const char *text, const char *const *lines,
			const char *name)
{
	for (; *lines; lines++)
		if (!has_line(text, *lines)) {
			tap_result(false, name, *lines);
			return;
		}
	tap_result(true, name, "");
}

/*
 * Each sample is one of the metric of the last TYPE line, no sample and no
 * metric is there twice, nothing follows the end.
 */
static const char *malformed(char *text)
{
	json_t *seen = json_object();
	const char *why = NULL;
	char family[128] = "", *line, *end, *save = NULL;

	for (line = strtok_r(text, "\n", &save); line && !why;
	     line = strtok_r(NULL, "\n", &save)) {
		if (!strcmp(line, "# EOF"))
			continue;
		end = strrchr(line, ' ');
		if (!end || !end[1])
			why = line;
		else if (sscanf(line, "# TYPE %127s", family) == 1)
			end = line;
		else if (*line != '#' && strncmp(line, family, strlen(family)))
			why = line;
		else if (*line != '#')
			*end = '\0';
		if (!why && (*line != '#' || end == line) &&
		    json_object_get(seen, line))
			why = line;
		json_object_set_new(seen, line, json_true());
	}
	json_decref(seen);
	return why;
}

static void test_form(const json_t *stats)
{
	char *text = render(stats, false);
	const char *why = malformed(text), *end;

	tap_result(!why, "metrics.prometheus_is_well_formed", why);
	free(text);
	text = render(stats, true);
	end = strstr(text, "# EOF");
	tap_result(end && !strcmp(end, "# EOF\n"),
		   "metrics.openmetrics_ends_with_eof", "it does not");
	why = malformed(text);
	tap_result(!why, "metrics.openmetrics_is_well_formed", why);
	free(text);
}

static void test_values(const json_t *stats)
{
	static const char *const plain[] = {
		"# TYPE tcpwatch_opens_total counter",
		"# HELP tcpwatch_opens_total Connections that were opened.",
		"tcpwatch_up 1",
		"tcpwatch_info{version=\"1.0.0\",ends=\"reported\"} 1",
		"tcpwatch_state_endpoints{state=\"time-wait\"} 310",
		"tcpwatch_state_endpoints{state=\"closing\"} 0",
		"tcpwatch_state_entered_total{state=\"estab\"} 540",
		"tcpwatch_state_oldest_seconds{state=\"fin-wait-2\"} 2.1",
		"tcpwatch_opens_total{kind=\"active\"} 40",
		"tcpwatch_open_failures_total{role=\"active\",reason=\"refused\"} 3",
		"tcpwatch_open_failures_total{role=\"passive\",reason=\"timeout\"} 1",
		"tcpwatch_closes_total{kind=\"rst-in\"} 5",
		"tcpwatch_active_closes_total{handshake=\"three-way\"} 290",
		"tcpwatch_time_wait_ends_total{cause=\"reused\"} 3",
		"tcpwatch_time_wait_late_segments_total{kind=\"fin\"} 1",
		"tcpwatch_segments_total{direction=\"out\",flag=\"syn-ack\"} 361",
		"tcpwatch_opens_by_retransmissions_total{role=\"active\",retransmissions=\"1\"} 2",
		"tcpwatch_rst_reasons_total{reason=\"NO_SOCKET\"} 2",
		"tcpwatch_watching_seconds 86400.123456789",
		"tcpwatch_kernel_observer 1",
		"tcpwatch_flow_memory_bytes 59648",
		"tcpwatch_ended_netns_flows_total 7",
		"tcpwatch_time_wait_kernel_seconds 60",
		/* TIME-WAIT is to be seen to end after 60 s, not before */
		"tcpwatch_state_duration_seconds_bucket{state=\"time-wait\",le=\"55.834574848\"} 0",
		"tcpwatch_state_duration_seconds_bucket{state=\"time-wait\",le=\"64.42450944\"} 200",
		/* two opens: 1024 ns, which is a floor, and 100.139 ms */
		"tcpwatch_span_duration_seconds_bucket{span=\"open-active\",le=\"0.000001024\"} 0",
		"tcpwatch_span_duration_seconds_bucket{span=\"open-active\",le=\"0.000002048\"} 1",
		"tcpwatch_span_duration_seconds_bucket{span=\"open-active\",le=\"+Inf\"} 2",
		"tcpwatch_span_duration_seconds_sum{span=\"open-active\"} 0.100140024",
		"tcpwatch_state_duration_seconds_count{state=\"closing\"} 0",
		NULL,
	};
	static const char *const open[] = {
		"# TYPE tcpwatch_opens counter",
		"# TYPE tcpwatch info",
		"# UNIT tcpwatch_state_duration_seconds seconds",
		"tcpwatch_opens_total{kind=\"active\"} 40",
		NULL,
	};
	char *text = render(stats, false);

	check_lines(text, plain, "metrics.values");
	free(text);
	text = render(stats, true);
	check_lines(text, open, "metrics.openmetrics_names");
	free(text);
}

static void test_absent(void)
{
	char *text = render(NULL, false);
	bool up = has_line(text, "tcpwatch_up 0");

	tap_result(up && !strstr(text, "tcpwatch_flows"),
		   "metrics.absent_is_up_0_only", text);
	free(text);
}

/* All series of the fixture, their values cut off, as one text. */
static char *series(const json_t *stats)
{
	char *text = render(stats, false), *line, *save = NULL;
	struct text names = { 0 };

	for (line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		*strrchr(line, ' ') = '\0';
		text_str(&names, line);
		text_char(&names, '\n');
	}
	text_char(&names, '\0');
	free(text);
	return names.data;
}

static void test_series_stay(const json_t *stats)
{
	json_t *quiet = json_copy((json_t *)stats);
	char *before = series(stats), *after;

	json_object_set_new(quiet, "hist", json_array());
	json_object_set_new(quiet, "state", json_array());
	json_object_del(quiet, "close");
	after = series(quiet);
	tap_result(!strcmp(before, after), "metrics.series_never_vary",
		   "without counts there are others");
	free(before);
	free(after);
	json_decref(quiet);
}

/* Each run of buckets grows and ends with +Inf, which is the count. */
static void test_cumulative(const json_t *stats)
{
	char *text = render(stats, false), *line, *save = NULL;
	unsigned long long last = 0, value, inf = 0;
	bool ok = true;
	char *end;

	for (line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		end = strrchr(line, ' ');
		value = strtoull(end, NULL, 10);
		if (strstr(line, "_bucket{")) {
			ok = ok && value >= last;
			last = value;
			if (strstr(line, "+Inf")) {
				inf = value;
				last = 0;
			}
		} else if (strstr(line, "seconds_count{")) {
			ok = ok && value == inf;
		}
	}
	tap_result(ok, "metrics.buckets_are_cumulative", "they are not");
	free(text);
}

static void test_accept(void)
{
	static const struct {
		const char *accept;
		bool openmetrics;
	} cases[] = {
		{ NULL, false },
		{ "*/*", false },
		{ "text/plain", false },
		{ "application/openmetrics-text", true },
		{ "application/openmetrics-text;q=0.8,text/plain;q=0.5,*/*",
		  true },
		{ "text/plain;q=0.9, application/openmetrics-text;q=0.1",
		  false },
		{ "application/openmetrics-text;q=0", false },
		{ "text/html,;q=,,;;", false },
	};
	bool ok = true;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		ok = ok &&
		     metrics_accept(cases[i].accept) == cases[i].openmetrics;
	tap_result(ok, "metrics.accept", "a case");
}

static void test_promtool(const json_t *stats, const char *name)
{
	char *text, skip[128];
	FILE *pipe;

	if (system("command -v promtool >/dev/null 2>&1")) {
		snprintf(skip, sizeof(skip), "%s # SKIP no promtool", name);
		tap_result(true, skip, "");
		return;
	}
	text = render(stats, false);
	pipe = popen("promtool check metrics >&2", "w");
	if (!pipe) {
		tap_result(false, name, "popen");
	} else {
		fputs(text, pipe);
		tap_result(!pclose(pipe), name, "see above");
	}
	free(text);
}

void test_metrics(void)
{
	json_t *stats = fixture("stats.json");

	test_form(stats);
	test_values(stats);
	test_absent();
	test_series_stay(stats);
	test_cumulative(stats);
	test_accept();
	test_promtool(stats, "metrics.promtool");
	test_promtool(NULL, "metrics.promtool_absent");
	json_decref(stats);
}
