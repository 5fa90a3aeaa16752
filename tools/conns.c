// SPDX-License-Identifier: GPL-2.0
/*
 * The connections that are under way: their events by tuple, either way
 * round, until all ends that were seen are closed.  Bounded; the oldest is
 * forgotten.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conns.h"
#include "js.h"
#include "ladder.h"

#define MOST_CONNS 65536
#define MOST_EVENTS 64 /* of one; a dozen is usual */
#define HASH_SIZE 16384

#define KEY_SIZE 128

/**
 * struct conn - a connection that is under way
 * @key: both ends, in an order that does not depend on who tells
 * @events: what was told
 * @left_out: how many events more there were
 * @seen: events of that end are there
 * @over: that end is closed, or on its way if we do not wait
 * @netns: namespace of that end
 * @hash_next: in its bucket
 * @prev: the one that began before
 * @next: the one that began after
 */
struct conn {
	char key[KEY_SIZE];
	json_t *events;
	long left_out;
	bool seen[2];
	bool over[2];
	json_int_t netns[2];
	struct conn *hash_next;
	struct conn *prev;
	struct conn *next;
};

struct conns {
	bool early;
	int (*done)(json_t *ladder, void *arg);
	void *arg;
	struct conn *hash[HASH_SIZE];
	struct conn *first;
	struct conn *last;
	size_t n;
	unsigned long forgotten;
};

struct conns *conns_new(bool early, int (*done)(json_t *ladder, void *arg),
			void *arg)
{
	struct conns *conns = calloc(1, sizeof(*conns));

	if (conns) {
		conns->early = early;
		conns->done = done;
		conns->arg = arg;
	}
	return conns;
}

static size_t hash(const char *key)
{
	size_t h = 5381;

	while (*key)
		h = h * 33 + (unsigned char)*key++;
	return h % HASH_SIZE;
}

static void forget(struct conns *conns, struct conn *conn)
{
	struct conn **p = &conns->hash[hash(conn->key)];

	while (*p != conn)
		p = &(*p)->hash_next;
	*p = conn->hash_next;
	if (conn->prev)
		conn->prev->next = conn->next;
	else
		conns->first = conn->next;
	if (conn->next)
		conn->next->prev = conn->prev;
	else
		conns->last = conn->prev;
	conns->n--;
	json_decref(conn->events);
	free(conn);
}

void conns_free(struct conns *conns)
{
	while (conns && conns->first)
		forget(conns, conns->first);
	free(conns);
}

static int tell(struct conns *conns, struct conn *conn)
{
	json_t *ladder = ladder_make(conn->events);
	int code = 0;

	if (ladder && conn->left_out)
		json_object_set_new(ladder, "left-out",
				    json_integer(conn->left_out));
	forget(conns, conn);
	if (ladder)
		code = conns->done(ladder, conns->arg);
	json_decref(ladder);
	return code;
}

int conns_flush(struct conns *conns)
{
	int code = 0;

	while (conns->first && !code)
		code = tell(conns, conns->first);
	return code;
}

unsigned long conns_forgotten(const struct conns *conns)
{
	return conns->forgotten;
}

/* The key, and which of its two ends tells. */
static int make_key(char *key, const json_t *event)
{
	char end[2][KEY_SIZE / 2];
	int side;

	snprintf(end[0], sizeof(end[0]), "%.40s %lld", js_str(event, "laddr"),
		 (long long)js_int(event, "lport"));
	snprintf(end[1], sizeof(end[1]), "%.40s %lld", js_str(event, "raddr"),
		 (long long)js_int(event, "rport"));
	side = strcmp(end[0], end[1]) > 0;
	snprintf(key, KEY_SIZE, "%.63s %.63s", end[side], end[!side]);
	return side;
}

/* Two ends of one tuple in two namespaces are of two connections. */
static struct conn *find(const struct conns *conns, const char *key, int side,
			 json_int_t netns)
{
	struct conn *conn;

	for (conn = conns->hash[hash(key)]; conn; conn = conn->hash_next)
		if (!strcmp(conn->key, key) &&
		    (!conn->seen[side] || conn->netns[side] == netns))
			return conn;
	return NULL;
}

static struct conn *add(struct conns *conns, const char *key)
{
	struct conn *conn;

	if (conns->n >= MOST_CONNS) {
		forget(conns, conns->first);
		conns->forgotten++;
	}
	conn = calloc(1, sizeof(*conn));
	if (!conn)
		return NULL;
	snprintf(conn->key, sizeof(conn->key), "%s", key);
	conn->events = json_array();
	conn->hash_next = conns->hash[hash(key)];
	conns->hash[hash(key)] = conn;
	conn->prev = conns->last;
	if (conns->last)
		conns->last->next = conn;
	else
		conns->first = conn;
	conns->last = conn;
	conns->n++;
	return conn;
}

static bool is_over(const struct conn *conn)
{
	return (!conn->seen[0] || conn->over[0]) &&
	       (!conn->seen[1] || conn->over[1]);
}

static bool is_string(const json_t *event, const char *key, const char *value)
{
	return !strcmp(js_str(event, key), value);
}

/* Does this event begin another connection of the same tuple? */
static bool begins(const struct conn *conn, const json_t *event, int side)
{
	if (is_string(event, "cause", "reuse"))
		return true;
	return conn->over[side] && is_string(event, "old", "unconn");
}

int conns_event(struct conns *conns, json_t *event)
{
	json_int_t netns;
	struct conn *conn;
	char key[KEY_SIZE];
	int side, code = 0;

	if (!json_is_string(json_object_get(event, "new")))
		return 0;
	netns = js_int(event, "netns");
	side = make_key(key, event);
	conn = find(conns, key, side, netns);
	if (conn && begins(conn, event, side)) {
		code = tell(conns, conn);
		conn = NULL;
	}
	/* the end of one that was told already, or never seen */
	if (!conn && conns->early && is_string(event, "old", "time-wait") &&
	    !is_string(event, "cause", "reuse"))
		return code;
	if (!conn)
		conn = add(conns, key);
	if (!conn)
		return code;
	conn->seen[side] = true;
	conn->netns[side] = netns;
	conn->over[side] =
		is_string(event, "new", "unconn") ||
		(conns->early && is_string(event, "new", "time-wait"));
	if (json_array_size(conn->events) < MOST_EVENTS)
		json_array_append(conn->events, event);
	else
		conn->left_out++;
	return is_over(conn) && !code ? tell(conns, conn) : code;
}
