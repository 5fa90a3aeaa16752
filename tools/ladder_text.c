// SPDX-License-Identifier: GPL-2.0
/*
 * Draws a ladder: a column of times, the left end's states, the arrows, the
 * right end's states.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "js.h"
#include "ladder.h"

#define NSEC 1000000000LL

#define INNER 42	  /* between the two lines */
#define STATE 12	  /* a state and a space */
#define HALF (INNER - 12) /* where an arrow that crosses another is cut */

#define DIM "\033[2m"
#define BOLD "\033[1m"
#define NORMAL "\033[0m"

static void fill(struct text *out, char c, int n)
{
	while (n-- > 0)
		text_char(out, c);
}

static int time_width(const struct ladder_style *style)
{
	switch (style->times) {
	case LADDER_SINCE_START:
		return 12;
	case LADDER_CLOCK:
		return 18;
	default:
		return 0;
	}
}

/* A time with its column's width; none where @row is the start. */
static void put_time(struct text *out, const json_t *ladder, const json_t *row,
		     const struct ladder_style *style)
{
	json_int_t at = js_int(row, "time-ns");
	char text[64] = "", clock[32];
	time_t seconds;
	struct tm tm;

	if (!strcmp(js_str(row, "kind"), "start") ||
	    !json_object_get(row, "time-ns")) {
		;
	} else if (style->times == LADDER_SINCE_START) {
		at -= js_int(ladder, "start-ns");
		snprintf(text, sizeof(text), "%lld.%03lld",
			 (long long)at / 1000000, (long long)at / 1000 % 1000);
	} else if (style->offset_ns) {
		at += style->offset_ns;
		seconds = at / NSEC;
		localtime_r(&seconds, &tm);
		strftime(clock, sizeof(clock), "%H:%M:%S", &tm);
		snprintf(text, sizeof(text), "%s.%06lld", clock,
			 (long long)(at % NSEC / 1000));
	} else {
		snprintf(text, sizeof(text), "%lld.%06lld",
			 (long long)(at / NSEC), (long long)(at % NSEC / 1000));
	}
	if (time_width(style))
		text_printf(out, "%*s  ", time_width(style) - 2, text);
}

/* As ss prints states. */
static void put_state(struct text *out, const json_t *change, int width,
		      bool colour)
{
	const char *state = js_str(change, "new"), *p;

	if (colour && *state)
		text_str(out, BOLD);
	for (p = state; *p; p++)
		text_char(out, toupper((unsigned char)*p));
	if (colour && *state)
		text_str(out, NORMAL);
	fill(out, ' ', width - (int)strlen(state));
}

/* A verdict that is not what one expects of a segment. */
static const char *odd_verdict(const json_t *row)
{
	const char *verdict = js_str(json_object_get(row, "left"), "verdict");

	if (strcmp(verdict, "wire-only"))
		verdict = js_str(json_object_get(row, "right"), "verdict");
	return strcmp(verdict, "wire-only") ? "" : " (wire-only)";
}

static int segment_label(char *label, size_t size, const json_t *row)
{
	const json_t *segment = json_object_get(row, "segment");
	int n;

	n = snprintf(label, size, " %s seq=%lld", js_str(segment, "flags"),
		     (long long)js_int(segment, "seq"));
	if (json_object_get(segment, "ack"))
		n += snprintf(label + n, size - n, " ack=%lld",
			      (long long)js_int(segment, "ack"));
	if (js_int(segment, "payload"))
		n += snprintf(label + n, size - n, " len=%lld",
			      (long long)js_int(segment, "payload"));
	n += snprintf(label + n, size - n, "%s ", odd_verdict(row));
	return n;
}

/* An arrow of @width, its label near where it begins. */
static void put_whole(struct text *out, const char *label, int len,
		      bool rightward, int width)
{
	int dashes = width - len - 3;

	text_str(out, rightward ? "--" : "<-");
	text_mem(out, label, len);
	fill(out, '-', dashes);
	text_str(out, rightward ? ">" : "-");
}

/* The half of an arrow that leaves, or the one that arrives. */
static void put_half(struct text *out, const char *label, int len,
		     bool rightward, bool arrives)
{
	bool left_end = rightward != arrives;
	int dashes = HALF - len - 3;
	char tip = arrives ? '\'' : '.';

	if (!left_end) {
		fill(out, ' ', INNER - (len + 3 > HALF ? len + 3 : HALF));
		text_char(out, tip);
	} else {
		text_str(out, arrives ? "<-" : "--");
	}
	text_mem(out, label, len);
	fill(out, '-', dashes);
	if (!left_end) {
		text_str(out, arrives ? "->" : "--");
		return;
	}
	text_char(out, tip);
	fill(out, ' ', INNER - (len + 3 > HALF ? len + 3 : HALF));
}

static void put_segment(struct text *out, const json_t *row)
{
	const char *kind = js_str(row, "kind");
	char label[160];
	int len = segment_label(label, sizeof(label), row);
	bool rightward =
		!strcmp(js_str(json_object_get(row, "segment"), "from"),
			"left");

	if (!strcmp(kind, "segment"))
		put_whole(out, label, len, rightward, INNER);
	else
		put_half(out, label, len, rightward, !strcmp(kind, "arrives"));
}

/* What made an end change without a segment, in brackets. */
static int note(char *text, size_t size, const json_t *row, const char *side)
{
	const json_t *change = json_object_get(row, side);
	const char *kind = js_str(row, "kind");

	*text = '\0';
	if (!change)
		return 0;
	if (!strcmp(kind, "event"))
		return snprintf(text, size, "[%s%s%.16s]",
				js_str(change, "cause"),
				*js_str(change, "comm") ? ": " : "",
				js_str(change, "comm"));
	if (!strcmp(kind, "same"))
		return snprintf(text, size, "[the same segment]");
	return snprintf(text, size, "[%s]",
			!strcmp(kind, "gap") ? "some are missing" : "before");
}

static void put_notes(struct text *out, const json_t *row)
{
	char left[64], right[64];
	int n = note(left, sizeof(left), row, "left");
	int m = note(right, sizeof(right), row, "right");

	text_safe(out, left);
	fill(out, ' ', INNER - n - m);
	text_safe(out, right);
}

static void put_row(struct text *out, const json_t *ladder, const json_t *row,
		    const struct ladder_style *style)
{
	put_time(out, ladder, row, style);
	put_state(out, json_object_get(row, "left"), STATE, style->colour);
	text_char(out, '|');
	if (json_object_get(row, "segment"))
		put_segment(out, row);
	else
		put_notes(out, row);
	text_char(out, '|');
	if (json_object_get(row, "right")) {
		text_char(out, ' ');
		put_state(out, json_object_get(row, "right"), 0, style->colour);
	}
	text_char(out, '\n');
}

static int end_name(char *name, size_t size, const json_t *ladder,
		    const char *side)
{
	const json_t *end = json_object_get(ladder, side);
	const char *address = js_str(end, "address");
	bool v6 = strchr(address, ':');

	return snprintf(name, size, "%s%s%s:%lld", v6 ? "[" : "", address,
			v6 ? "]" : "", (long long)js_int(end, "port"));
}

/* The names of both ends above their columns, in one line if they fit. */
static void put_heads(struct text *out, const json_t *ladder,
		      const struct ladder_style *style)
{
	const int width = INNER + 2 + 2 * (STATE - 1);
	char left[80], right[80];
	int n = end_name(left, sizeof(left), ladder, "left");
	int m = end_name(right, sizeof(right), ladder, "right");
	int time = time_width(style);

	if (style->colour)
		text_str(out, DIM);
	if (style->times == LADDER_NONE)
		;
	else if (style->times == LADDER_SINCE_START)
		text_printf(out, "%*s  ", time - 2, "ms");
	else
		text_printf(out, "%*s  ", time - 2,
			    style->offset_ns ? "time" : "s");
	text_mem(out, left, n);
	if (n + m + 2 > width) {
		text_char(out, '\n');
		fill(out, ' ', time);
		n = 0;
	}
	fill(out, ' ', width - n - m);
	text_mem(out, right, m);
	if (style->colour)
		text_str(out, NORMAL);
	text_char(out, '\n');
}

/* Why there is no end: TIME-WAIT need not be waited for. */
static const char *not_over(const json_t *ladder)
{
	json_t *row;
	size_t i;

	json_array_foreach(json_object_get(ladder, "rows"), i, row)
		if (!strcmp(js_str(json_object_get(row, "left"), "new"),
			    "time-wait") ||
		    !strcmp(js_str(json_object_get(row, "right"), "new"),
			    "time-wait"))
			return "(TIME-WAIT goes on)\n";
	return "(not over)\n";
}

void ladder_text(struct text *out, const json_t *ladder,
		 const struct ladder_style *style)
{
	json_t *row;
	size_t i;

	put_heads(out, ladder, style);
	json_array_foreach(json_object_get(ladder, "rows"), i, row)
		put_row(out, ladder, row, style);
	if (!json_is_true(json_object_get(ladder, "over"))) {
		fill(out, ' ', time_width(style));
		text_str(out, not_over(ladder));
	}
	if (js_int(ladder, "left-out")) {
		fill(out, ' ', time_width(style));
		text_printf(out, "(%lld transitions left out)\n",
			    (long long)js_int(ladder, "left-out"));
	}
}
