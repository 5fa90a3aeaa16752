// SPDX-License-Identifier: GPL-2.0
/*
 * ladder: draws each connection when it is over, live or from what monitor
 * wrote.  What is drawn and how is ladder.c's.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cmd.h"
#include "conns.h"
#include "ladder.h"

#define RCVBUF (8 * 1024 * 1024)

/* Ends a loop that is not over by itself; not an exit code. */
#define DRAWN_ALL 100

/**
 * struct end - an end that is asked for
 * @addr: as inet_ntop() prints it; "" for any
 * @port: 0 for any
 */
struct end {
	char addr[INET6_ADDRSTRLEN];
	unsigned int port;
};

/**
 * struct drawer - what is drawn, and how
 * @ctx: the common options
 * @file: of events, or NULL for live ones
 * @wanted: how many ladders; 0 for all
 * @drawn: how many there were
 * @no_times: -T
 * @early: -w
 * @ends: one or two ends that are asked for
 * @n_ends: how many
 * @style: of the drawings
 * @conns: the connections under way
 * @next_seq: of the next message; 0 where that is not known
 */
struct drawer {
	struct ctx *ctx;
	const char *file;
	unsigned long wanted;
	unsigned long drawn;
	bool no_times;
	bool early;
	struct end ends[2];
	int n_ends;
	struct ladder_style style;
	struct conns *conns;
	json_int_t next_seq;
};

static int stopped; /* set by a signal: atomic */

static void stop(int signal)
{
	(void)signal;
	__atomic_store_n(&stopped, 1, __ATOMIC_RELAXED);
}

static bool is_stopped(void)
{
	return __atomic_load_n(&stopped, __ATOMIC_RELAXED);
}

static void print_help(void)
{
	puts("Usage: tcpwatch ladder [-jptTw] [-c N] [-i FILE] [END [END]]\n"
	     "\n"
	     "Draws each connection when it is over: its ends, the segments that changed\n"
	     "their states, and those states. Only such segments are drawn. With one END,\n"
	     "connections that have it; with two, those between them. An END is ADDR:PORT,\n"
	     "ADDR or :PORT; brackets around IPv6.\n"
	     "\n"
	     "  -c N     end after N connections\n"
	     "  -w       do not wait for the end of TIME-WAIT\n"
	     "  -i FILE  events as \"tcpwatch monitor -j\" writes them, - for stdin\n"
	     "  -t       times of the clock; with -i of CLOCK_MONOTONIC, in seconds\n"
	     "  -T       no times\n"
	     "  -j, -p   JSON, a line each or with line breaks");
}

/* --- which connections --- */

static bool parse_addr(struct end *end, const char *text)
{
	unsigned char addr[16];
	int family = strchr(text, ':') ? AF_INET6 : AF_INET;

	if (!*text || !strcmp(text, "*"))
		return true;
	return inet_pton(family, text, addr) == 1 &&
	       inet_ntop(family, addr, end->addr, sizeof(end->addr));
}

/* ADDR, ADDR:PORT, :PORT, [ADDR], [ADDR]:PORT */
static bool parse_end(struct end *end, const char *arg)
{
	char text[80], *addr = text, *port, *rest;

	memset(end, 0, sizeof(*end));
	if (snprintf(text, sizeof(text), "%s", arg) >= (int)sizeof(text))
		return false;
	if (*text == '[') {
		rest = strchr(text, ']');
		if (!rest)
			return false;
		*rest++ = '\0';
		if (*rest && *rest != ':')
			return false;
		port = *rest ? rest : NULL;
		addr = text + 1;
	} else {
		port = strrchr(text, ':');
		/* an address of IPv6 without brackets has no port */
		if (port && strchr(text, ':') != port)
			port = NULL;
	}
	if (port) {
		*port++ = '\0';
		end->port = strtoul(port, &rest, 10);
		if (!*port || *rest || !end->port || end->port > 65535)
			return false;
	}
	return parse_addr(end, addr);
}

static bool is_end(const struct end *end, const json_t *event, const char *addr,
		   const char *port)
{
	return (!*end->addr || !strcmp(end->addr, get_str(event, addr))) &&
	       (!end->port || end->port == get_u64(event, port));
}

static bool is_wanted(const struct drawer *d, const json_t *event)
{
	const struct end *a = &d->ends[0], *b = &d->ends[1];

	/* an end that is not asked for is any */
	return (is_end(a, event, "laddr", "lport") &&
		is_end(b, event, "raddr", "rport")) ||
	       (is_end(b, event, "laddr", "lport") &&
		is_end(a, event, "raddr", "rport"));
}

/* --- what comes in, what goes out --- */

static int draw(json_t *ladder, void *arg)
{
	struct text text = { 0 };
	struct drawer *d = arg;

	if (d->no_times)
		ladder_strip_times(ladder);
	if (d->ctx->json) {
		print_json(d->ctx, ladder);
	} else {
		if (d->drawn)
			text_char(&text, '\n');
		ladder_text(&text, ladder, &d->style);
		fwrite(text.data, 1, text.len, stdout);
		text_free(&text);
	}
	d->drawn++;
	if (fflush(stdout))
		return EXIT_REFUSED;
	return d->wanted && d->drawn >= d->wanted ? DRAWN_ALL : 0;
}

static int take_event(struct drawer *d, json_t *event)
{
	return is_wanted(d, event) ? conns_event(d->conns, event) : 0;
}

/* What was lost may leave gaps in ladders, and ladders without an end. */
static void take_number(struct drawer *d, const json_t *message, size_t n)
{
	json_int_t seq = get_u64(message, "seq"), lost = 0;

	if (d->next_seq && seq > d->next_seq)
		lost = seq - d->next_seq;
	else if (!d->next_seq)
		lost = get_u64(message, "lost");
	if (lost)
		fprintf(stderr, "tcpwatch: %lld transitions were lost\n",
			(long long)lost);
	d->next_seq = seq + n;
}

static int take_message(json_t *message, void *arg)
{
	const json_t *events = json_object_get(message, "event");
	json_t *netns = json_object_get(message, "netns"), *event;
	json_int_t seq = get_u64(message, "seq");
	struct drawer *d = arg;
	size_t i;
	int code = 0;

	take_number(d, message, json_array_size(events));
	json_array_foreach(events, i, event) {
		if (netns)
			json_object_set(event, "netns", netns);
		json_object_set_new(event, "seq", json_integer(seq + i));
		code = take_event(d, event);
		if (code)
			break;
	}
	return code;
}

static int read_live(struct drawer *d)
{
	struct nl_error error;
	struct nl *nl = nl_open(&error);
	enum nl_got got;

	if (!nl)
		return fail(&error);
	if (nl_subscribe(nl, RCVBUF, &error)) {
		nl_close(nl);
		return fail(&error);
	}
	do {
		got = nl_receive(nl, 1000, take_message, d, &error);
		if (got == NL_GOT_OVERRUN)
			fputs("tcpwatch: some were lost: buffer too small\n",
			      stderr);
	} while (got != NL_GOT_END && !is_stopped());
	nl_close(nl);
	if (got == NL_GOT_END && error.code)
		return fail(&error);
	return got == NL_GOT_END ? DRAWN_ALL : 0;
}

static int read_line(struct drawer *d, const char *line, unsigned long number)
{
	json_error_t error;
	json_t *event = json_loads(line, 0, &error);
	int code = 0;

	if (!event) {
		fprintf(stderr, "tcpwatch: %s: line %lu: %s\n", d->file, number,
			error.text);
		return EXIT_REFUSED;
	}
	if (json_is_array(json_object_get(event, "event")))
		code = take_message(event, d);
	else
		code = take_event(d, event);
	json_decref(event);
	return code;
}

static int read_file(struct drawer *d)
{
	FILE *file = strcmp(d->file, "-") ? fopen(d->file, "r") : stdin;
	unsigned long number = 0;
	char *line = NULL;
	size_t size = 0;
	int code = 0;

	if (!file) {
		usage("%s: %s", d->file, strerror(errno));
		return EXIT_REFUSED;
	}
	while (!code && !is_stopped() && getline(&line, &size, file) > 0) {
		number++;
		if (line[strspn(line, " \t\r\n")])
			code = read_line(d, line, number);
	}
	free(line);
	if (file != stdin)
		fclose(file);
	return code;
}

/* --- the command --- */

static int64_t clock_offset(void)
{
	struct timespec real, mono;

	clock_gettime(CLOCK_REALTIME, &real);
	clock_gettime(CLOCK_MONOTONIC, &mono);
	return (real.tv_sec - mono.tv_sec) * 1000000000LL + real.tv_nsec -
	       mono.tv_nsec;
}

static int parse_options(struct drawer *d, int argc, char **argv)
{
	char *rest;
	int option;

	while ((option = getopt(argc, argv, COMMON_OPTIONS "c:hi:Tw")) != -1) {
		if (common_option(d->ctx, option))
			continue;
		switch (option) {
		case 'c':
			d->wanted = strtoul(optarg, &rest, 10);
			if (!d->wanted || *rest)
				return usage("-c takes a number, not \"%s\"",
					     optarg);
			break;
		case 'h':
			print_help();
			return DRAWN_ALL;
		case 'i':
			d->file = optarg;
			break;
		case 'T':
			d->no_times = true;
			break;
		case 'w':
			d->early = true;
			break;
		default:
			return usage("try \"tcpwatch ladder -h\"");
		}
	}
	if (argc - optind > 2)
		return usage("a connection has two ends, not %d",
			     argc - optind);
	for (; optind < argc; optind++, d->n_ends++)
		if (!parse_end(&d->ends[d->n_ends], argv[optind]))
			return usage("\"%s\" is no ADDR:PORT", argv[optind]);
	return 0;
}

int cmd_ladder(struct ctx *ctx, int argc, char **argv)
{
	struct sigaction action = { .sa_handler = stop };
	struct drawer d = { .ctx = ctx };
	int code = parse_options(&d, argc, argv);

	if (code)
		return code == DRAWN_ALL ? 0 : code;
	d.style.colour = ctx->colour;
	if (d.no_times)
		d.style.times = LADDER_NONE;
	else if (ctx->stamps)
		d.style.times = LADDER_CLOCK;
	d.style.offset_ns = d.file ? 0 : clock_offset();
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	d.conns = conns_new(d.early, draw, &d);
	if (!d.conns) {
		usage("no memory");
		return EXIT_REFUSED;
	}
	code = d.file ? read_file(&d) : read_live(&d);
	if (!code)
		code = conns_flush(d.conns);
	if (conns_forgotten(d.conns))
		fprintf(stderr,
			"tcpwatch: %lu connections were forgotten, there were too many at a time\n",
			conns_forgotten(d.conns));
	conns_free(d.conns);
	return code == DRAWN_ALL ? 0 : code;
}
