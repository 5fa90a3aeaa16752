// SPDX-License-Identifier: GPL-2.0
/*
 * Ladders of recorded connections against drawings; of the events in another
 * order the drawing is the same.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conns.h"
#include "fixture.h"
#include "ladder.h"
#include "test.h"
#include "util.h"

/* One JSON object a line, as tcpwatch monitor prints them. */
static json_t *read_events(const char *name)
{
	char path[64], *text, *line, *save = NULL;
	json_t *events = json_array();

	snprintf(path, sizeof(path), "%s.jsonl", name);
	text = fixture_text(path);
	for (line = text ? strtok_r(text, "\n", &save) : NULL; line;
	     line = strtok_r(NULL, "\n", &save))
		json_array_append_new(events, json_loads(line, 0, NULL));
	free(text);
	return events;
}

struct drawing {
	struct text text;
	struct ladder_style style;
	int n;
};

static int draw(json_t *ladder, void *arg)
{
	struct drawing *drawing = arg;

	if (drawing->n++)
		text_char(&drawing->text, '\n');
	ladder_text(&drawing->text, ladder, &drawing->style);
	return 0;
}

static char *draw_all(const json_t *events, enum ladder_times times)
{
	struct drawing drawing = { .style = { .times = times } };
	struct conns *conns = conns_new(false, draw, &drawing);
	json_t *event;
	size_t i;

	json_array_foreach(events, i, event)
		conns_event(conns, event);
	conns_flush(conns);
	conns_free(conns);
	text_char(&drawing.text, '\0');
	return drawing.text.data;
}

static void compare(const char *name, enum ladder_times times)
{
	char path[64], title[64], *got, *wanted;
	json_t *events = read_events(name);

	snprintf(path, sizeof(path), "%s%s.txt", name,
		 times == LADDER_NONE ? "-notimes" : "");
	snprintf(title, sizeof(title), "ladder.%s%s", name,
		 times == LADDER_NONE ? "_without_times" : "");
	got = draw_all(events, times);
	wanted = fixture_text(path);
	tap_result(wanted && !strcmp(got, wanted), title, "drawn otherwise:");
	if (!wanted || strcmp(got, wanted))
		fprintf(stderr, "%s", got);
	free(got);
	free(wanted);
	json_decref(events);
}

static void test_order(const char *name)
{
	json_t *events = read_events(name), *ladder, *turned;
	struct text a = { 0 }, b = { 0 };
	struct ladder_style style = { 0 };
	size_t i;

	turned = json_array();
	for (i = json_array_size(events); i > 0; i--)
		json_array_append(turned, json_array_get(events, i - 1));
	ladder = ladder_make(events);
	ladder_text(&a, ladder, &style);
	json_decref(ladder);
	ladder = ladder_make(turned);
	ladder_text(&b, ladder, &style);
	json_decref(ladder);
	tap_result(a.len == b.len && !memcmp(a.data, b.data, a.len),
		   "ladder.order_of_arrival_does_not_matter", "it does");
	text_free(&a);
	text_free(&b);
	json_decref(events);
	json_decref(turned);
}

static void test_json(void)
{
	json_t *events = read_events("normal"), *ladder, *row, *left;
	bool has;

	ladder = ladder_make(events);
	row = json_array_get(json_object_get(ladder, "rows"), 0);
	left = json_object_get(row, "left");
	has = json_object_get(row, "time-ns") &&
	      json_object_get(left, "time-ns") &&
	      json_object_get(ladder, "start-ns");
	tap_result(has, "ladder.json_has_times", "it has none");
	ladder_strip_times(ladder);
	has = json_object_get(row, "time-ns") ||
	      json_object_get(left, "time-ns") ||
	      json_object_get(ladder, "start-ns");
	tap_result(!has, "ladder.json_without_times", "it has some");
	json_decref(ladder);
	json_decref(events);
}

/* What is no event, or lacks all that an event has, must not do harm. */
static void test_nonsense(void)
{
	static const char *const lines[] = {
		"{}",
		"{\"old\":1}",
		"[]",
		"3",
		"{\"segment\":{}}",
		"{\"old\":\"estab\",\"new\":\"closing\",\"segment\":3}",
		"{\"laddr\":7,\"lport\":\"x\",\"time-ns\":-1,\"new\":\"unconn\"}",
	};
	json_t *events = json_array();
	size_t i;

	for (i = 0; i < ARRAY_SIZE(lines); i++)
		json_array_append_new(events,
				      json_loads(lines[i], JSON_DECODE_ANY,
						 NULL));
	free(draw_all(events, LADDER_SINCE_START));
	tap_result(true, "ladder.nonsense", "");
	json_decref(events);
}

void test_ladder(void)
{
	compare("normal", LADDER_SINCE_START);
	compare("normal", LADDER_NONE);
	compare("simultaneous", LADDER_SINCE_START);
	compare("reset", LADDER_SINCE_START);
	compare("oneside", LADDER_SINCE_START);
	test_order("normal");
	test_order("simultaneous");
	test_json();
	test_nonsense();
}
