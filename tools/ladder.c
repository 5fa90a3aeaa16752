// SPDX-License-Identifier: GPL-2.0
/*
 * From the transitions of a connection's ends to the rows of its ladder: which
 * segments that both ends tell of are one, which end is left, what sequence
 * numbers are relative to.  Draws nothing.
 */
#include <stdlib.h>
#include <string.h>

#include "js.h"
#include "ladder.h"
#include "util.h"

#define FIN 0x01
#define SYN 0x02
#define ACK 0x10

enum row_kind {
	ROW_SEGMENT,
	ROW_DEPARTS,
	ROW_ARRIVES,
	ROW_SAME,
	ROW_EVENT,
	ROW_START,
	ROW_GAP,
};

static const char *const row_kinds[] = {
	[ROW_SEGMENT] = "segment", [ROW_DEPARTS] = "departs",
	[ROW_ARRIVES] = "arrives", [ROW_SAME] = "same",
	[ROW_EVENT] = "event",	   [ROW_START] = "start",
	[ROW_GAP] = "gap",
};

/**
 * struct row - a row that is being made
 * @kind: of it
 * @time: when, ns
 * @from: the side that sent the segment
 * @flags: of the segment
 * @seq: likewise
 * @ack: likewise, 0 without ACK
 * @payload: likewise
 * @event: what changed, by side, or NULL
 * @state: of ROW_START and ROW_GAP, by side, or NULL
 */
struct row {
	enum row_kind kind;
	json_int_t time;
	int from;
	unsigned int flags;
	uint32_t seq;
	uint32_t ack;
	json_int_t payload;
	const json_t *event[2];
	const char *state[2];
};

/**
 * struct side - an end of the connection
 * @addr: its address
 * @port: its port
 * @first: its first event, NULL where none is there
 * @state: the state it is in
 * @last: index of the last row that changed it, -1 for none
 * @base: what its sequence numbers are relative to
 * @based: that is known
 */
struct side {
	const char *addr;
	json_int_t port;
	const json_t *first;
	const char *state;
	int last;
	uint32_t base;
	bool based;
};

struct ladder {
	struct side side[2];
	struct row *rows;
	int n;
	int left;
};

/* "?" is what no name is. */
static const char *str(const json_t *object, const char *key)
{
	const char *value = json_string_value(json_object_get(object, key));

	return value ? value : "?";
}

/* Which side tells of it. */
static int side_of(const struct ladder *l, const json_t *event)
{
	return strcmp(l->side[0].addr, str(event, "laddr")) ||
	       l->side[0].port != js_int(event, "lport");
}

static int by_time(const void *a, const void *b)
{
	const json_t *x = *(const json_t *const *)a;
	const json_t *y = *(const json_t *const *)b;
	json_int_t s = js_int(x, "time-ns"), t = js_int(y, "time-ns");

	if (s != t)
		return s < t ? -1 : 1;
	/* numbers of one stream tell, then what came first here */
	s = js_int(x, "seq");
	t = js_int(y, "seq");
	if (s == t || js_int(x, "netns") != js_int(y, "netns")) {
		s = js_int(x, "#");
		t = js_int(y, "#");
	}
	return (s > t) - (s < t);
}

/* The events as an array that can be sorted; they are numbered copies. */
static json_t *sorted(const json_t *events)
{
	size_t n = json_array_size(events), i;
	json_t **order = calloc(n, sizeof(*order));
	json_t *result = json_array();

	if (!order || !result) {
		free(order);
		return result;
	}
	for (i = 0; i < n; i++) {
		order[i] = json_copy(json_array_get(events, i));
		json_object_set_new(order[i], "#", json_integer(i));
	}
	qsort(order, n, sizeof(*order), by_time);
	for (i = 0; i < n; i++)
		json_array_append_new(result, order[i]);
	free(order);
	return result;
}

static struct row *add_row(struct ladder *l, enum row_kind kind,
			   json_int_t time)
{
	struct row *row = &l->rows[l->n++];

	memset(row, 0, sizeof(*row));
	row->kind = kind;
	row->time = time;
	return row;
}

static void read_segment(struct row *row, const json_t *event, int side)
{
	const json_t *segment = json_object_get(event, "segment");

	row->from = strcmp(str(segment, "direction"), "out") ? !side : side;
	row->flags = js_int(segment, "flags");
	row->seq = js_int(segment, "seq");
	row->ack = row->flags & ACK ? js_int(segment, "ack") : 0;
	row->payload = js_int(segment, "payload");
}

static bool same_segment(const struct row *a, const struct row *b)
{
	return a->from == b->from && a->flags == b->flags && a->seq == b->seq &&
	       a->ack == b->ack && a->payload == b->payload &&
	       (a->kind == ROW_SEGMENT || a->kind == ROW_DEPARTS);
}

/* The last row of a segment that changes @side or, with @other, may do so. */
static int find_segment(const struct ladder *l, const struct row *row, int side,
			bool other)
{
	int i;

	for (i = l->n - 1; i >= 0; i--)
		if (same_segment(&l->rows[i], row) &&
		    !l->rows[i].event[side] == other)
			return i;
	return -1;
}

/*
 * An event with a segment: the other side may have told of that segment, and
 * then they share a row, unless anything happened since: what came in between
 * would be drawn after it.
 */
static int add_segment(struct ladder *l, const json_t *event, int side)
{
	struct row wanted = { 0 }, *row;
	int at;

	read_segment(&wanted, event, side);
	wanted.time = js_int(event, "time-ns");
	at = find_segment(l, &wanted, side, false);
	if (at >= 0 && at == l->side[side].last) {
		wanted.kind = ROW_SAME;
	} else {
		at = find_segment(l, &wanted, side, true);
		if (at >= 0 && at == l->n - 1) {
			l->rows[at].event[side] = event;
			return at;
		}
		if (at >= 0) {
			l->rows[at].kind = ROW_DEPARTS;
			wanted.kind = ROW_ARRIVES;
		}
	}
	row = add_row(l, ROW_SEGMENT, 0);
	*row = wanted;
	row->event[side] = event;
	return l->n - 1;
}

static bool is_new(const char *state)
{
	return !strcmp(state, "unconn") || !strcmp(state, "listen");
}

static void add_event(struct ladder *l, const json_t *event)
{
	int side = side_of(l, event);
	struct side *s = &l->side[side];

	if (s->state && strcmp(s->state, str(event, "old")))
		add_row(l, ROW_GAP, js_int(event, "time-ns"))->state[side] =
			str(event, "old");
	if (json_is_object(json_object_get(event, "segment"))) {
		s->last = add_segment(l, event, side);
	} else {
		add_row(l, ROW_EVENT, js_int(event, "time-ns"))->event[side] =
			event;
		s->last = l->n - 1;
	}
	s->state = str(event, "new");
}

/* Where it was before the first event, if anywhere. */
static void add_start(struct ladder *l, const json_t *events)
{
	struct row *row = NULL;
	const json_t *first;
	int side;

	for (side = 0; side < 2; side++) {
		first = l->side[side].first;
		if (!first || is_new(str(first, "old")))
			continue;
		if (!row)
			row = add_row(l, ROW_START,
				      js_int(json_array_get(events, 0),
					     "time-ns"));
		row->state[side] = str(first, "old");
	}
}

static void set_base(struct side *side, uint32_t base)
{
	if (!side->based)
		side->base = base;
	side->based = true;
}

/* SYNs say what to be relative to; without them the first that was seen. */
static void find_bases(struct ladder *l)
{
	const struct row *row;
	int i, syns;

	for (syns = 1; syns >= 0; syns--)
		for (i = 0; i < l->n; i++) {
			row = &l->rows[i];
			if (row->kind >= ROW_EVENT ||
			    !!(row->flags & SYN) != syns)
				continue;
			set_base(&l->side[row->from], row->seq);
			if (row->flags & ACK)
				set_base(&l->side[!row->from], row->ack - syns);
		}
}

/* The side that sent the first SYN, -1 where that cannot be told. */
static int find_opener(const struct ladder *l)
{
	const struct row *row;
	int i, side;

	for (i = 0; i < l->n; i++) {
		row = &l->rows[i];
		if (row->kind < ROW_EVENT && row->flags & SYN)
			return row->flags & ACK ? !row->from : row->from;
		for (side = 0; side < 2; side++)
			if (row->event[side] &&
			    !strcmp(str(row->event[side], "new"), "syn-sent"))
				return side;
	}
	return -1;
}

/* --- to JSON --- */

static json_t *side_json(const struct ladder *l, int side, int opener)
{
	const struct side *s = &l->side[side];
	const json_t *netns = json_object_get(s->first, "netns");
	json_t *json = json_object();

	json_object_set_new(json, "address", json_string(s->addr));
	json_object_set_new(json, "port", json_integer(s->port));
	if (netns)
		json_object_set(json, "netns", (json_t *)netns);
	json_object_set_new(json, "seen", json_boolean(s->first));
	if (opener >= 0)
		json_object_set_new(json, "role",
				    json_string(side == opener ? "active"
							       : "passive"));
	return json;
}

static json_t *segment_json(const struct ladder *l, const struct row *row)
{
	static const char *const names[] = { "FIN", "SYN", "RST", "PSH",
					     "ACK", "URG", "ECE", "CWR" };
	json_t *json = json_object();
	char flags[64] = "";
	int i;

	for (i = 0; i < 8; i++)
		/* PSH and the like only distract from how states change */
		if (row->flags & (FIN | SYN | ACK | 0x04) & 1U << i) {
			if (*flags)
				strcat(flags, ",");
			strcat(flags, names[i]);
		}
	json_object_set_new(json, "from",
			    json_string(row->from == l->left ? "left"
							     : "right"));
	json_object_set_new(json, "flags", json_string(flags));
	json_object_set_new(json, "seq",
			    json_integer((uint32_t)(row->seq -
						    l->side[row->from].base)));
	if (row->flags & ACK)
		json_object_set_new(json, "ack",
				    json_integer((uint32_t)(row->ack -
							    l->side[!row->from]
								    .base)));
	json_object_set_new(json, "payload", json_integer(row->payload));
	return json;
}

static json_t *change_json(const struct row *row, int side)
{
	static const char *const keys[] = { "old",     "new",	  "cause",
					    "verdict", "time-ns", "duration-ns",
					    "pid",     "comm",	  "uid" };
	const json_t *event = row->event[side];
	json_t *json = json_object(), *value;
	size_t i;

	if (row->state[side])
		json_object_set_new(json, "new", json_string(row->state[side]));
	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		value = json_object_get(event, keys[i]);
		if (value)
			json_object_set(json, keys[i], value);
	}
	return json;
}

static json_t *row_json(const struct ladder *l, const struct row *row)
{
	json_t *json = json_object();
	int side;

	json_object_set_new(json, "kind", json_string(row_kinds[row->kind]));
	json_object_set_new(json, "time-ns", json_integer(row->time));
	if (row->kind < ROW_SAME)
		json_object_set_new(json, "segment", segment_json(l, row));
	for (side = 0; side < 2; side++)
		if (row->event[side] || row->state[side])
			json_object_set_new(json,
					    side == l->left ? "left" : "right",
					    change_json(row, side));
	return json;
}

static json_t *ladder_json(struct ladder *l, const json_t *events)
{
	int opener = find_opener(l), i;
	json_t *json = json_object(), *rows = json_array();
	bool over = true;

	l->left = !l->side[0].first;
	if (opener >= 0 && l->side[0].first && l->side[1].first)
		l->left = opener;
	for (i = 0; i < 2; i++)
		over = over && (!l->side[i].first ||
				!strcmp(l->side[i].state, "unconn"));
	json_object_set_new(json, "left", side_json(l, l->left, opener));
	json_object_set_new(json, "right", side_json(l, !l->left, opener));
	json_object_set_new(json, "start-ns",
			    json_integer(js_int(json_array_get(events, 0),
						"time-ns")));
	json_object_set_new(json, "over", json_boolean(over));
	for (i = 0; i < l->n; i++)
		json_array_append_new(rows, row_json(l, &l->rows[i]));
	json_object_set_new(json, "rows", rows);
	return json;
}

json_t *ladder_make(const json_t *events)
{
	size_t n = json_array_size(events), i;
	struct ladder l = { .side = { { .last = -1 }, { .last = -1 } } };
	json_t *in_order, *event, *result = NULL;
	struct side *side;

	if (!n)
		return NULL;
	in_order = sorted(events);
	event = json_array_get(in_order, 0);
	l.side[0].addr = str(event, "laddr");
	l.side[0].port = js_int(event, "lport");
	l.side[1].addr = str(event, "raddr");
	l.side[1].port = js_int(event, "rport");
	/* an event makes at most a row and a gap */
	l.rows = calloc(2 * n + 1, sizeof(*l.rows));
	if (l.rows) {
		json_array_foreach(in_order, i, event) {
			side = &l.side[side_of(&l, event)];
			if (!side->first)
				side->first = event;
		}
		add_start(&l, in_order);
		json_array_foreach(in_order, i, event)
			add_event(&l, event);
		find_bases(&l);
		result = ladder_json(&l, in_order);
	}
	free(l.rows);
	json_decref(in_order);
	return result;
}

void ladder_strip_times(json_t *ladder)
{
	static const char *const sides[] = { "left", "right" };
	json_t *row, *change;
	size_t i, j;

	json_object_del(ladder, "start-ns");
	json_array_foreach(json_object_get(ladder, "rows"), i, row) {
		json_object_del(row, "time-ns");
		for (j = 0; j < 2; j++) {
			change = json_object_get(row, sides[j]);
			json_object_del(change, "time-ns");
			json_object_del(change, "duration-ns");
		}
	}
}
