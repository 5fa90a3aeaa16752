// SPDX-License-Identifier: GPL-2.0
/*
 * Each fault that doctor knows, planted into what a healthy machine shows:
 * found, ranked, and nothing else; and nothing on healthy ones.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "doctor.h"
#include "fixture.h"
#include "js.h"
#include "test.h"

static json_t *owners(void)
{
	return json_pack("{s:{s:i, s:s}, s:{s:i, s:s}}", "5", "pid", 812,
			 "comm", "nginx", "6", "pid", 9, "comm", "java");
}

static json_t *stats_with(const json_t *patch)
{
	json_t *stats = fixture("stats.json");

	if (patch)
		json_object_update_recursive(stats, (json_t *)patch);
	return stats;
}

static json_t *examine(const json_t *test, json_t *known)
{
	json_t *before = stats_with(json_object_get(test, "before"));
	json_t *after = stats_with(json_object_get(test, "after"));
	struct doctor_in in = {
		.before = json_object_get(test, "single") ? NULL : before,
		.after = after,
		.interval_ns = 2000000000,
		.stuck = json_object_get(test, "stuck"),
		.ports = json_object_get(test, "ports"),
		.listeners_before = json_object_get(test, "listeners_before"),
		.listeners = json_object_get(test, "listeners"),
		.owners = known,
	};
	json_t *findings = doctor(&in);

	json_decref(before);
	json_decref(after);
	return findings;
}

static bool as_expected(const json_t *findings, const json_t *expect)
{
	json_t *finding, *pair;
	size_t i;

	if (json_array_size(findings) != json_array_size(expect))
		return false;
	json_array_foreach(findings, i, finding) {
		pair = json_array_get(expect, i);
		if (!json_equal(json_object_get(finding, "severity"),
				json_array_get(pair, 0)) ||
		    !json_equal(json_object_get(finding, "id"),
				json_array_get(pair, 1)) ||
		    !*js_str(finding, "what") || !*js_str(finding, "why") ||
		    !*js_str(finding, "advice"))
			return false;
	}
	return true;
}

/* Warnings make the exit status, notices do not. */
static bool has_status(const json_t *findings, const json_t *test)
{
	bool expected = json_array_size(json_object_get(test, "expect"));

	if (json_object_get(test, "status"))
		expected = false;
	return doctor_found(findings) == expected;
}

static void test_faults(json_t *known)
{
	json_t *tests = fixture("faults.json"), *test, *findings;
	char name[128], *why;
	bool ok;
	size_t i;

	json_array_foreach(tests, i, test) {
		snprintf(name, sizeof(name), "doctor.%s", js_str(test, "name"));
		findings = examine(test, known);
		why = json_dumps(findings, JSON_COMPACT);
		ok = as_expected(findings, json_object_get(test, "expect"));
		tap_result(ok && has_status(findings, test), name, why);
		free(why);
		json_decref(findings);
	}
	json_decref(tests);
}

/* The last of the faults as text. */
static void test_text(json_t *known)
{
	json_t *tests = fixture("faults.json"), *findings;
	struct text text = { 0 };
	char *wanted = fixture_text("doctor.txt");

	findings = examine(json_array_get(tests, json_array_size(tests) - 1),
			   known);
	doctor_text(&text, findings, false);
	text_char(&text, '\0');
	tap_result(wanted && !strcmp(text.data, wanted), "doctor.text",
		   "other than doctor.txt:");
	if (!wanted || strcmp(text.data, wanted))
		fputs(text.data, stderr);
	free(wanted);
	text_free(&text);
	json_decref(findings);
	json_decref(tests);
}

static void test_inodes(void)
{
	json_t *stuck =
		json_pack("[{s:s, s:s, s:I, s:i}, {s:s, s:s, s:I, s:i}]",
			  "state", "close-wait", "wait",
			  "application-has-not-closed", "age-ns",
			  (json_int_t)100000000000, "inode", 5, "state",
			  "close-wait", "wait", "application-has-not-closed",
			  "age-ns", (json_int_t)1000, "inode", 6);
	json_t *inodes = doctor_inodes(stuck);
	json_int_t first = json_integer_value(json_array_get(inodes, 0));

	tap_result(json_array_size(inodes) == 1 && first == 5,
		   "doctor.only_owners_of_faults_are_looked_for", "others");
	json_decref(inodes);
	json_decref(stuck);
}

void test_doctor(void)
{
	json_t *known = owners();

	test_faults(known);
	test_text(known);
	test_inodes();
	json_decref(known);
}
