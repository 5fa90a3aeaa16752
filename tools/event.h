/* SPDX-License-Identifier: GPL-2.0 */
/* Prints transitions, and what was lost, into a buffer. */
#ifndef TCPWATCH_EVENT_H
#define TCPWATCH_EVENT_H

#include <stdint.h>
#include <time.h>

#include "cmd.h"
#include "decode.h"
#include "filter.h"
#include "text.h"

/**
 * struct event_printer - how transitions are printed
 * @ctx: common options
 * @filter: which ones
 * @out: what is to be written
 * @netns: whose they are
 * @printed: how many were printed
 * @second: that @day is about
 * @day: of the last one, as text, "" before the first
 * @event: the last one
 * @segment: the segment that made it
 * @flow: the last of a snapshot
 *
 * To be zeroed before it is filled.
 */
struct event_printer {
	const struct ctx *ctx;
	struct filter filter;
	struct text out;
	uint64_t netns;
	uint64_t printed;
	time_t second;
	char day[32];
	struct decode_table event;
	struct decode_table segment;
	struct decode_table flow;
};

/* @attrs are those of the set "event". */
void event_print(struct event_printer *printer, uint64_t seq, const void *attrs,
		 size_t len);
void event_print_lost(struct event_printer *printer, uint64_t count,
		      uint64_t first);
void event_print_resync(struct event_printer *printer, uint64_t seq);
/* @attrs are those of the set "flow". */
void event_print_snapshot(struct event_printer *printer, const void *attrs,
			  size_t len);

#endif /* TCPWATCH_EVENT_H */
