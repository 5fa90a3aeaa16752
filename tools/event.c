// SPDX-License-Identifier: GPL-2.0
/*
 * Prints transitions.  JSON without a filter goes from the attributes to text
 * with nothing between: a busy machine has tens of thousands a second.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <linux/tcpwatch.h>

#include "decode.h"
#include "event.h"
#include "match.h"
#include "spec.h"
#include "util.h"

static const struct spec_set *event_set(void)
{
	return spec_by_cmd[TCPWATCH_CMD_TRANSITIONS_NTF]
		->attrs[TCPWATCH_A_TRANSITIONS_EVENT]
		.nest;
}

static void print_json_event(struct event_printer *printer, uint64_t seq,
			     const void *attrs, size_t len)
{
	struct text *out = &printer->out;

	text_str(out, "{\"seq\":");
	text_u64(out, seq);
	text_str(out, ",\"netns\":");
	text_u64(out, printer->netns);
	decode_text(out, event_set(), attrs, len);
	text_mem(out, "}\n", 2);
}

/* --- for people --- */

/* Of the monotonic clock, as the time of day here. */
static void print_time(struct text *out, uint64_t ns)
{
	struct timespec mono, real;
	time_t seconds;
	struct tm tm;
	char day[32];
	int64_t at;

	clock_gettime(CLOCK_MONOTONIC, &mono);
	clock_gettime(CLOCK_REALTIME, &real);
	at = (real.tv_sec - mono.tv_sec) * 1000000000LL +
	     (real.tv_nsec - mono.tv_nsec) + (int64_t)ns;
	seconds = at / 1000000000;
	localtime_r(&seconds, &tm);
	strftime(day, sizeof(day), "%Y-%m-%d %H:%M:%S", &tm);
	text_printf(out, "%s.%06" PRId64 " ", day, at % 1000000000 / 1000);
}

/* As tcpdump has them: "S.", "F.", "." for ACK alone. */
static const char *flags_text(char *buf, uint64_t flags)
{
	static const struct {
		uint8_t bit;
		char sign;
	} signs[] = {
		{ 0x02, 'S' }, { 0x01, 'F' }, { 0x04, 'R' }, { 0x08, 'P' },
		{ 0x20, 'U' }, { 0x40, 'E' }, { 0x80, 'W' }, { 0x10, '.' },
	};
	char *p = buf;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(signs); i++)
		if (flags & signs[i].bit)
			*p++ = signs[i].sign;
	*p = '\0';
	return p == buf ? "none" : buf;
}

static void print_segment(struct text *out, const json_t *segment)
{
	char flags[FMT_SIZE];

	text_printf(out, " %s %s seq %" PRIu64,
		    !strcmp(get_str(segment, "direction"), "in") ? "<" : ">",
		    flags_text(flags, get_u64(segment, "flags")),
		    get_u64(segment, "seq"));
	if (json_object_get(segment, "ack"))
		text_printf(out, " ack %" PRIu64, get_u64(segment, "ack"));
	text_printf(out, " len %" PRIu64, get_u64(segment, "payload"));
}

static void print_owner(const struct event_printer *printer, struct text *out,
			const json_t *event)
{
	char uid[FMT_SIZE];

	if (json_object_get(event, "pid")) {
		text_printf(out, " %" PRIu64 "/", get_u64(event, "pid"));
		text_safe(out, get_str(event, "comm"));
	}
	if (json_object_get(event, "uid"))
		text_printf(out, " uid %s",
			    fmt_uid(uid, printer->ctx, get_u64(event, "uid")));
}

/* A name that is newer than the spec here comes as a number. */
static const char *word(char *buf, const json_t *from, const char *key)
{
	const json_t *value = json_object_get(from, key);

	if (json_is_string(value))
		return json_string_value(value);
	snprintf(buf, FMT_SIZE, "%" JSON_INTEGER_FORMAT,
		 json_integer_value(value));
	return buf;
}

static void print_tuple(struct text *out, const json_t *from)
{
	char local[FMT_SIZE], peer[FMT_SIZE];

	text_printf(out, " %-21s %-21s", fmt_end(local, from, "laddr", "lport"),
		    fmt_end(peer, from, "raddr", "rport"));
}

static void print_event_text(struct event_printer *printer, const json_t *event)
{
	const json_t *segment = json_object_get(event, "segment");
	char from[FMT_SIZE], to[FMT_SIZE], buf[FMT_SIZE], name[FMT_SIZE];
	struct text *out = &printer->out;

	if (printer->ctx->stamps)
		print_time(out, get_u64(event, "time-ns"));
	text_printf(out, "%-10s -> ", fmt_state(from, word(buf, event, "old")));
	text_printf(out, "%s%-10s%s", bold(printer->ctx),
		    fmt_state(to, word(buf, event, "new")),
		    plain(printer->ctx));
	print_tuple(out, event);
	text_printf(out, " %8s",
		    json_object_get(event, "duration-ns")
			    ? fmt_ns(buf, get_u64(event, "duration-ns"))
			    : "-");
	text_printf(out, " %-7s", word(name, event, "cause"));
	text_printf(out, " %s", word(name, event, "verdict"));
	if (segment)
		print_segment(out, segment);
	print_owner(printer, out, event);
	text_char(out, '\n');
}

void event_print(struct event_printer *printer, uint64_t seq, const void *attrs,
		 size_t len)
{
	bool json = printer->ctx->json;
	json_t *event;

	if (json && !printer->filter.used) {
		print_json_event(printer, seq, attrs, len);
		printer->printed++;
		return;
	}
	event = decode_object(event_set(), attrs, len);
	if (event && match_object(&printer->filter, event)) {
		if (json)
			print_json_event(printer, seq, attrs, len);
		else
			print_event_text(printer, event);
		printer->printed++;
	}
	json_decref(event);
}

void event_print_lost(struct event_printer *printer, uint64_t count,
		      uint64_t first)
{
	if (printer->ctx->json)
		text_printf(&printer->out,
			    "{\"netns\":%" PRIu64 ",\"lost\":%" PRIu64
			    ",\"seq\":%" PRIu64 "}\n",
			    printer->netns, count, first);
	else
		text_printf(&printer->out, "lost %" PRIu64 " transitions\n",
			    count);
}

void event_print_resync(struct event_printer *printer, uint64_t seq)
{
	if (printer->ctx->json)
		text_printf(&printer->out,
			    "{\"resync\":true,\"seq\":%" PRIu64 "}\n", seq);
	else
		text_printf(&printer->out,
			    "all connections after transition %" PRIu64 ":\n",
			    seq);
}

void event_print_snapshot(struct event_printer *printer, const void *attrs,
			  size_t len)
{
	const struct spec_set *set = spec_by_cmd[TCPWATCH_CMD_FLOW_DUMP];
	char state[FMT_SIZE], age[FMT_SIZE], buf[FMT_SIZE];
	struct text *out = &printer->out;
	json_t *flow = NULL;

	if (!printer->ctx->json || printer->filter.used) {
		flow = decode_object(set, attrs, len);
		if (!flow || !match_object(&printer->filter, flow)) {
			json_decref(flow);
			return;
		}
	}
	if (printer->ctx->json) {
		text_str(out, "{\"snapshot\":true");
		decode_text(out, set, attrs, len);
		text_mem(out, "}\n", 2);
	} else {
		text_printf(out, "%-10s    %-10s", "",
			    fmt_state(state, word(buf, flow, "state")));
		print_tuple(out, flow);
		text_printf(out, " %8s\n",
			    fmt_ns(age, get_u64(flow, "age-ns")));
	}
	json_decref(flow);
}
