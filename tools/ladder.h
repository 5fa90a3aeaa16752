/* SPDX-License-Identifier: GPL-2.0 */
/* A connection as a ladder: both ends, and what went between.  Pure. */
#ifndef TCPWATCH_LADDER_H
#define TCPWATCH_LADDER_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "text.h"

/*
 * The ladder of a connection; @events are those of one end or of both, with
 * the keys of the set "event" and, where it is known, "netns".  Keys:
 *   left, right: {address, port, netns, seen, role}; left is the active
 *     opener where events of both ends are there, else the end that is seen
 *   start-ns: time of the first event
 *   over: all ends that are seen are closed
 *   rows: in the order of time, each {kind, time-ns, segment, left, right}
 *
 * Kinds of rows:
 *   segment: an arrow; the ends where something changed are told
 *   departs, arrives: the same, but something else happened in between
 *   same: a further change that the segment of the row before made
 *   event: a change without a segment
 *   start: states before the first event
 *   gap: changes are missing here
 *
 * A segment is {from, flags, seq, ack, payload}; seq and ack are relative to
 * the SYN, or to the first that was seen.  NULL for no events or no memory.
 */
json_t *ladder_make(const json_t *events);

/* Takes all times out of it. */
void ladder_strip_times(json_t *ladder);

enum ladder_times {
	LADDER_SINCE_START, /* ms */
	LADDER_CLOCK,
	LADDER_NONE,
};

/**
 * struct ladder_style - how a ladder is drawn
 * @times: what is in the first column
 * @offset_ns: CLOCK_REALTIME less CLOCK_MONOTONIC, for LADDER_CLOCK; with 0
 *	the latter is printed, in seconds
 * @colour: with escape sequences
 */
struct ladder_style {
	enum ladder_times times;
	int64_t offset_ns;
	bool colour;
};

/* ladder_text.c */
void ladder_text(struct text *out, const json_t *ladder,
		 const struct ladder_style *style);

#endif /* TCPWATCH_LADDER_H */
