// SPDX-License-Identifier: GPL-2.0
/*
 * Transitions to HTTP clients.  All in one thread: a client without anything
 * to send is suspended, and resumed when there is something.  A client that
 * does not read loses what its buffer does not take, and is told how much.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <linux/tcpwatch.h>

#include "decode.h"
#include "sse.h"
#include "js.h"
#include "spec.h"
#include "stream.h"
#include "text.h"

#define MOST_CLIENTS 16
#define MOST_BYTES (256 * 1024) /* kept for one client */
#define RCVBUF (4 * 1024 * 1024)

/* A comment that often finds clients that are gone. */
#define BEAT_MS 15000

/* Nothing for so long after an overrun: what has not come was lost. */
#define QUIET_MS 200

/**
 * struct client - who listens
 * @sse: all of them
 * @connection: to it
 * @out: what it has not taken yet
 * @lost: transitions that did not fit in there, not told yet
 * @suspended: its connection is
 * @ended: nothing more comes
 * @next: another one
 */
struct client {
	struct sse *sse;
	struct MHD_Connection *connection;
	struct text out;
	uint64_t lost;
	bool suspended;
	bool ended;
	struct client *next;
};

/**
 * struct sse - all who listen
 * @nl: the subscription; NULL while nobody listens
 * @requests: a socket for requests
 * @clients: who listens
 * @n: how many
 * @stream: what came and what was lost
 * @netns: whose transitions these are
 * @line: an event that is being written
 * @beat_at: when the next comment is due, ms
 * @quiet_at: when to look for what an overrun lost, ms; 0 for not
 * @told: all up to this number had been told when it was asked for
 */
struct sse {
	struct nl *nl;
	struct nl *requests;
	struct client *clients;
	unsigned int n;
	struct stream stream;
	uint64_t netns;
	struct text line;
	uint64_t beat_at;
	uint64_t quiet_at;
	uint64_t told;
};

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ULL + now.tv_nsec / 1000000;
}

struct sse *sse_new(void)
{
	return calloc(1, sizeof(struct sse));
}

bool sse_has_room(const struct sse *sse)
{
	return sse->n < MOST_CLIENTS;
}

bool sse_idle(const struct sse *sse)
{
	return !sse->n;
}

static void unsubscribe(struct sse *sse)
{
	nl_close(sse->nl);
	nl_close(sse->requests);
	sse->nl = NULL;
	sse->requests = NULL;
	sse->quiet_at = 0;
	sse->told = 0;
}

void sse_free(struct sse *sse)
{
	if (!sse)
		return;
	unsubscribe(sse);
	text_free(&sse->line);
	free(sse);
}

/* --- clients --- */

static void wake(struct client *client)
{
	if (!client->suspended)
		return;
	client->suspended = false;
	mhd.resume_connection(client->connection);
}

static void put_lost(struct text *out, uint64_t lost, const char *reason)
{
	text_printf(out,
		    "event: lost\ndata: {\"lost\":%llu,\"reason\":\"%s\"}\n\n",
		    (unsigned long long)lost, reason);
}

/* @counts: transitions in @data, for those who cannot take them. */
static void send_to(struct client *client, const struct text *data,
		    unsigned int counts)
{
	struct text *out = &client->out;

	if (client->ended)
		return;
	/* the line about what was lost needs room, too */
	if (out->len + data->len + 128 > MOST_BYTES) {
		client->lost += counts;
		return;
	}
	if (client->lost)
		put_lost(out, client->lost, "slow-client");
	client->lost = 0;
	text_mem(out, data->data, data->len);
	wake(client);
}

static void send_to_all(struct sse *sse, unsigned int counts)
{
	struct client *client;

	for (client = sse->clients; client; client = client->next)
		send_to(client, &sse->line, counts);
	sse->line.len = 0;
}

static void end_all(struct sse *sse)
{
	struct client *client;

	for (client = sse->clients; client; client = client->next) {
		client->ended = true;
		wake(client);
	}
}

void sse_shutdown(struct sse *sse)
{
	end_all(sse);
}

/* Called by the daemon when the connection can take @max octets. */
static ssize_t give(void *arg, uint64_t pos, char *buf, size_t max)
{
	struct client *client = arg;
	struct text *out = &client->out;
	size_t n = out->len < max ? out->len : max;

	(void)pos;
	if (!n && (client->ended || out->error))
		return MHD_CONTENT_READER_END_OF_STREAM;
	if (!n) {
		client->suspended = true;
		mhd.suspend_connection(client->connection);
		return 0;
	}
	memcpy(buf, out->data, n);
	memmove(out->data, out->data + n, out->len - n);
	out->len -= n;
	return n;
}

static void leave(void *arg)
{
	struct client *client = arg, **p = &client->sse->clients;

	while (*p != client)
		p = &(*p)->next;
	*p = client->next;
	client->sse->n--;
	text_free(&client->out);
	free(client);
}

/* --- the subscription --- */

/* The number of the last transition that was told to anybody. */
static uint64_t last_told(struct sse *sse)
{
	struct nl_error error;
	struct nl_req req;
	json_t *stats;
	uint64_t seq;

	nl_req(&req, TCPWATCH_CMD_STATS_GET);
	stats = nl_do(sse->requests, &req, &error);
	seq = js_u64(json_object_get(stats, "events"), "seq");
	if (stats)
		sse->netns = js_u64(stats, "netns");
	json_decref(stats);
	return seq;
}

static int subscribe(struct sse *sse, struct nl_error *error)
{
	sse->nl = nl_open(error);
	if (sse->nl)
		sse->requests = nl_open(error);
	if (!sse->requests || nl_subscribe(sse->nl, RCVBUF, error)) {
		unsubscribe(sse);
		return error->code;
	}
	stream_begin(&sse->stream, last_told(sse));
	sse->beat_at = now_ms() + BEAT_MS;
	return 0;
}

struct MHD_Response *sse_join(struct sse *sse,
			      struct MHD_Connection *connection,
			      struct nl_error *error)
{
	struct MHD_Response *response = NULL;
	struct client *client;

	if (!sse->nl && subscribe(sse, error))
		return NULL;
	client = calloc(1, sizeof(*client));
	if (client)
		response = mhd.response_from_callback(MHD_SIZE_UNKNOWN, 16384,
						      give, client, leave);
	if (!response) {
		free(client);
		snprintf(error->text, sizeof(error->text), "no memory");
		error->code = EXIT_REFUSED;
		return NULL;
	}
	client->sse = sse;
	client->connection = connection;
	client->next = sse->clients;
	sse->clients = client;
	sse->n++;
	/* sends the headers, so that the client knows that it listens */
	text_str(&client->out, "retry: 2000\n\n");
	return response;
}

static void lose(struct sse *sse, struct stream_loss loss)
{
	if (!loss.count)
		return;
	put_lost(&sse->line, loss.count, "kernel");
	send_to_all(sse, 0);
}

static void take_event(struct sse *sse, const struct decode_attr *event)
{
	text_printf(&sse->line, "data: {\"netns\":%llu,\"seq\":%llu",
		    (unsigned long long)sse->netns,
		    (unsigned long long)sse->stream.next++);
	if (decode_text(&sse->line, spec_set("event"), event->data,
			event->len)) {
		text_str(&sse->line, "}\n\n");
		send_to_all(sse, 1);
	}
	sse->line.len = 0;
}

static int take_message(const void *attrs, size_t len, void *arg)
{
	uint64_t seq = 0, lost = 0;
	const uint8_t *data = attrs;
	struct decode_attr attr;
	struct sse *sse = arg;
	size_t left = len;

	while (decode_next(&data, &left, &attr)) {
		if (attr.type == TCPWATCH_A_TRANSITIONS_SEQ)
			seq = decode_number(&attr);
		else if (attr.type == TCPWATCH_A_TRANSITIONS_LOST)
			lost = decode_number(&attr);
		else if (attr.type == TCPWATCH_A_TRANSITIONS_NETNS)
			sse->netns = decode_number(&attr);
	}
	lose(sse, stream_message(&sse->stream, seq, lost));
	data = attrs;
	left = len;
	while (decode_next(&data, &left, &attr))
		if (attr.type == TCPWATCH_A_TRANSITIONS_EVENT)
			take_event(sse, &attr);
	if (sse->quiet_at)
		sse->quiet_at = now_ms() + QUIET_MS;
	return 0;
}

static void end_stream(struct sse *sse, const struct nl_error *error)
{
	text_str(&sse->line, "event: end\ndata: {\"error\":");
	text_json(&sse->line, error->text, strlen(error->text));
	text_str(&sse->line, "}\n\n");
	send_to_all(sse, 0);
	end_all(sse);
	unsubscribe(sse);
}

/* Messages that are waiting; a bound, so that the daemon gets its turn. */
static void receive(struct sse *sse)
{
	struct nl_error error;
	int i;

	for (i = 0; i < 64; i++)
		switch (nl_receive_raw(sse->nl, 0, take_message, sse, &error)) {
		case NL_GOT_MESSAGE:
			break;
		case NL_GOT_OVERRUN:
			sse->quiet_at = now_ms() + QUIET_MS;
			sse->told = 0;
			break;
		case NL_GOT_END:
			end_stream(sse, &error);
			return;
		default:
			return;
		}
}

/*
 * After an overrun the last messages may be missing, and no later one tells
 * of the gap.  What had been told when it was asked for has come after a
 * while, or never will.
 */
static void look_for_lost_tail(struct sse *sse)
{
	if (!sse->told) {
		sse->told = last_told(sse);
		sse->quiet_at = now_ms() + QUIET_MS;
		return;
	}
	lose(sse, stream_end(&sse->stream, sse->told));
	sse->quiet_at = 0;
	sse->told = 0;
}

int sse_fd(const struct sse *sse)
{
	return sse->nl ? nl_fd(sse->nl) : -1;
}

int sse_timeout(const struct sse *sse)
{
	uint64_t now = now_ms(), at = sse->beat_at;

	if (!sse->nl)
		return -1;
	if (sse->quiet_at && sse->quiet_at < at)
		at = sse->quiet_at;
	return at > now ? (int)(at - now) : 0;
}

void sse_run(struct sse *sse)
{
	if (sse->nl && !sse->n)
		unsubscribe(sse);
	if (sse->nl)
		receive(sse);
	if (sse->nl && sse->quiet_at && now_ms() >= sse->quiet_at)
		look_for_lost_tail(sse);
	if (sse->nl && now_ms() >= sse->beat_at) {
		text_str(&sse->line, ":\n\n");
		send_to_all(sse, 0);
		sse->beat_at = now_ms() + BEAT_MS;
	}
}
