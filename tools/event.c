// SPDX-License-Identifier: GPL-2.0
/*
 * Prints transitions, from the attributes to text with nothing between: a busy
 * machine has tens of thousands a second.
 */
#include <inttypes.h>
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

/* For most it is the second that it was for the last one. */
static void print_second(struct event_printer *printer, time_t second)
{
	struct tm tm;

	if (second != printer->second || !printer->day[0]) {
		localtime_r(&second, &tm);
		strftime(printer->day, sizeof(printer->day),
			 "%Y-%m-%d %H:%M:%S.", &tm);
		printer->second = second;
	}
	text_str(&printer->out, printer->day);
}

/* Of the monotonic clock, as the time of day here. */
static void print_time(struct event_printer *printer, uint64_t ns)
{
	struct text *out = &printer->out;
	struct timespec mono, real;
	unsigned int us;
	size_t from;
	int64_t at;

	clock_gettime(CLOCK_MONOTONIC, &mono);
	clock_gettime(CLOCK_REALTIME, &real);
	at = (real.tv_sec - mono.tv_sec) * 1000000000LL +
	     (real.tv_nsec - mono.tv_nsec) + (int64_t)ns;
	print_second(printer, at / 1000000000);
	us = at % 1000000000 / 1000;
	for (from = 100000; from > 1 && us < from; from /= 10)
		text_char(out, '0');
	text_u64(out, us);
	text_char(out, ' ');
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

static void print_segment(struct text *out, const struct decode_table *segment)
{
	bool in = table_has(segment, TCPWATCH_A_EVENT_SEGMENT_DIRECTION) &&
		  table_number(segment, TCPWATCH_A_EVENT_SEGMENT_DIRECTION) ==
			  TCPWATCH_DIRECTION_IN;
	char flags[FMT_SIZE];

	text_mem(out, in ? " < " : " > ", 3);
	text_str(out, flags_text(flags,
				 table_number(segment,
					      TCPWATCH_A_EVENT_SEGMENT_FLAGS)));
	text_str(out, " seq ");
	text_u64(out, table_number(segment, TCPWATCH_A_EVENT_SEGMENT_SEQ));
	if (table_has(segment, TCPWATCH_A_EVENT_SEGMENT_ACK)) {
		text_str(out, " ack ");
		text_u64(out,
			 table_number(segment, TCPWATCH_A_EVENT_SEGMENT_ACK));
	}
	text_str(out, " len ");
	text_u64(out, table_number(segment, TCPWATCH_A_EVENT_SEGMENT_PAYLOAD));
}

static void print_comm(struct text *out, const struct decode_table *event)
{
	const struct decode_value *comm;
	char said[DECODE_STRING];
	size_t len;

	if (!table_has(event, TCPWATCH_A_EVENT_COMM))
		return;
	comm = &event->at[TCPWATCH_A_EVENT_COMM];
	len = decode_string(said, comm->data, comm->len);
	text_safe_mem(out, said, len);
}

static void print_owner(struct event_printer *printer,
			const struct decode_table *event)
{
	struct text *out = &printer->out;

	if (table_has(event, TCPWATCH_A_EVENT_PID)) {
		text_char(out, ' ');
		text_u64(out, table_number(event, TCPWATCH_A_EVENT_PID));
		text_char(out, '/');
		print_comm(out, event);
	}
	if (table_has(event, TCPWATCH_A_EVENT_UID)) {
		text_str(out, " uid ");
		text_uid(out, printer->ctx,
			 table_number(event, TCPWATCH_A_EVENT_UID));
	}
}

static void print_place(struct text *out, const struct decode_table *table,
			uint16_t addr, uint16_t port)
{
	size_t from;

	text_char(out, ' ');
	from = out->len;
	text_place(out, table, addr, port);
	text_pad(out, from, 21);
}

static void print_ns(struct text *out, const struct decode_table *table,
		     uint16_t type)
{
	size_t from;

	text_char(out, ' ');
	from = out->len;
	if (table_has(table, type))
		text_ns(out, table_number(table, type));
	else
		text_char(out, '-');
	text_pad_left(out, from, 8);
}

static void print_states(struct event_printer *printer,
			 const struct decode_table *event)
{
	struct text *out = &printer->out;
	size_t from = out->len;

	text_state(out, event, TCPWATCH_A_EVENT_OLD);
	text_pad(out, from, 10);
	text_str(out, " -> ");
	text_str(out, bold(printer->ctx));
	from = out->len;
	text_state(out, event, TCPWATCH_A_EVENT_NEW);
	text_pad(out, from, 10);
	text_str(out, plain(printer->ctx));
}

static void print_event_text(struct event_printer *printer,
			     const struct decode_table *event,
			     const struct decode_table *segment)
{
	struct text *out = &printer->out;
	size_t from;

	if (printer->ctx->stamps)
		print_time(printer,
			   table_number(event, TCPWATCH_A_EVENT_TIME_NS));
	print_states(printer, event);
	print_place(out, event, TCPWATCH_A_EVENT_LADDR, TCPWATCH_A_EVENT_LPORT);
	print_place(out, event, TCPWATCH_A_EVENT_RADDR, TCPWATCH_A_EVENT_RPORT);
	print_ns(out, event, TCPWATCH_A_EVENT_DURATION_NS);
	text_char(out, ' ');
	from = out->len;
	text_word(out, event, TCPWATCH_A_EVENT_CAUSE);
	text_pad(out, from, 7);
	text_char(out, ' ');
	text_word(out, event, TCPWATCH_A_EVENT_VERDICT);
	if (table_has(event, TCPWATCH_A_EVENT_SEGMENT))
		print_segment(out, segment);
	print_owner(printer, event);
	text_char(out, '\n');
}

/* --- one of them --- */

/* False where the attributes are malformed. */
static bool read_event(struct event_printer *printer, const void *attrs,
		       size_t len)
{
	struct decode_table *event = &printer->event;
	const struct decode_value *nest = &event->at[TCPWATCH_A_EVENT_SEGMENT];
	const struct spec_set *set = event_set();

	if (!decode_table(event, set, attrs, len))
		return false;
	return !table_has(event, TCPWATCH_A_EVENT_SEGMENT) ||
	       decode_table(&printer->segment,
			    set->attrs[TCPWATCH_A_EVENT_SEGMENT].nest,
			    nest->data, nest->len);
}

void event_print(struct event_printer *printer, uint64_t seq, const void *attrs,
		 size_t len)
{
	bool json = printer->ctx->json;

	if ((!json || printer->filter.used) &&
	    (!read_event(printer, attrs, len) ||
	     !match_table(&printer->filter, &printer->event)))
		return;
	if (json)
		print_json_event(printer, seq, attrs, len);
	else
		print_event_text(printer, &printer->event, &printer->segment);
	printer->printed++;
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
	struct text *out = &printer->out;
	struct decode_table *flow = &printer->flow;
	size_t from;

	if (!decode_table(flow, set, attrs, len) ||
	    !match_table(&printer->filter, flow))
		return;
	if (printer->ctx->json) {
		text_str(out, "{\"snapshot\":true");
		decode_text(out, set, attrs, len);
		text_str(out, "}\n");
		return;
	}
	text_str(out, "              "); /* for no old state */
	from = out->len;
	text_state(out, flow, TCPWATCH_A_FLOW_STATE);
	text_pad(out, from, 10);
	print_place(out, flow, TCPWATCH_A_FLOW_LADDR, TCPWATCH_A_FLOW_LPORT);
	print_place(out, flow, TCPWATCH_A_FLOW_RADDR, TCPWATCH_A_FLOW_RPORT);
	print_ns(out, flow, TCPWATCH_A_FLOW_AGE_NS);
	text_char(out, '\n');
}
