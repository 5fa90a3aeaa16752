// SPDX-License-Identifier: GPL-2.0
/*
 * Each transition as it happens: options, signals, and when to look for what
 * was lost.  stream.c accounts for losses, event.c prints.
 */
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <linux/tcpwatch.h>

#include "cmd.h"
#include "decode.h"
#include "event.h"
#include "match.h"
#include "stream.h"

#define DEFAULT_RCVBUF (4 * 1024 * 1024)

/* Nothing for so long: what has not come by now was lost. */
#define QUIET_MS 200

/* Much is written at once, where there is much. */
#define FLUSH_SIZE 65536

/* A reader that cannot keep up is brought up to date this often. */
#define RESYNC_MS 1000

/**
 * struct monitor - what is under way
 * @ctx: common options
 * @events: the socket of the group
 * @requests: one for requests
 * @stream: what came and what was lost
 * @printer: how it is printed
 * @rcvbuf: octets of the socket's buffer
 * @count: end after so many; 0 for never
 * @resync: tell all flows at the beginning and after losses
 * @resync_at: when to, ms; 0 for not
 * @overrun: the socket was overrun; its end may be missing
 * @told: all up to this number had been told when it was asked for
 * @error: why it ended
 */
struct monitor {
	struct ctx *ctx;
	struct nl *events;
	struct nl *requests;
	struct stream stream;
	struct event_printer printer;
	int rcvbuf;
	uint64_t count;
	bool resync;
	uint64_t resync_at;
	bool overrun;
	uint64_t told;
	struct nl_error error;
};

static volatile sig_atomic_t stopped;
static int wake_fd = -1;

static void on_signal(int number)
{
	const uint64_t one = 1;
	int err = errno;

	(void)number;
	stopped = 1;
	/* Where it fails, it had been written before. */
	if (write(wake_fd, &one, sizeof(one)) < 0)
		errno = err;
}

/* Without SA_RESTART: a write to a reader that is stuck ends, too. */
static int catch_signals(void)
{
	struct sigaction action = { .sa_handler = on_signal };

	wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (wake_fd < 0 || sigaction(SIGINT, &action, NULL) ||
	    sigaction(SIGTERM, &action, NULL))
		return usage("signals: %s", strerror(errno)), EXIT_REFUSED;
	return 0;
}

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ULL + now.tv_nsec / 1000000;
}

/* A reader that is stuck must not keep us from ending. */
static bool can_write(void)
{
	struct pollfd out = { .fd = STDOUT_FILENO, .events = POLLOUT };

	return !stopped || poll(&out, 1, 1000) > 0;
}

static int flush(struct monitor *m)
{
	struct text *out = &m->printer.out;

	while (out->len)
		if (!can_write() ||
		    (text_write(out, STDOUT_FILENO) && errno != EINTR))
			return EXIT_REFUSED;
	return out->error ? EXIT_REFUSED : 0;
}

/* What more there is to be read, is read before; but not without end. */
static int flush_much(struct monitor *m)
{
	return m->printer.out.len > FLUSH_SIZE ? flush(m) : 0;
}

/* --- losses --- */

static void lose(struct monitor *m, struct stream_loss loss)
{
	if (!loss.count)
		return;
	event_print_lost(&m->printer, loss.count, loss.first);
	if (m->resync && !m->resync_at)
		m->resync_at = now_ms() + RESYNC_MS;
}

/* The number of the last transition that was told to anybody. */
static int last_told(struct monitor *m, uint64_t *seq)
{
	struct nl_req req;
	json_t *stats;

	nl_req(&req, TCPWATCH_CMD_STATS_GET);
	stats = nl_do(m->requests, &req, &m->error);
	if (!stats)
		return m->error.code;
	*seq = get_u64(json_object_get(stats, "events"), "seq");
	if (!m->printer.netns)
		m->printer.netns = get_u64(stats, "netns");
	json_decref(stats);
	return 0;
}

static int snapshot_each(const void *attrs, size_t len, void *arg)
{
	struct monitor *m = arg;

	event_print_snapshot(&m->printer, attrs, len);
	return flush_much(m);
}

/*
 * The number is read before the dump: what comes after it may be in the dump
 * or not, and to apply it once more is no mistake; what comes before is.
 */
static int resync(struct monitor *m)
{
	struct nl_req req;
	uint64_t seq;
	int code = last_told(m, &seq);

	m->resync_at = 0;
	if (code)
		return code;
	event_print_resync(&m->printer, seq);
	nl_req(&req, TCPWATCH_CMD_FLOW_DUMP);
	code = nl_dump_raw(m->requests, &req, snapshot_each, m, NULL,
			   &m->error);
	return code ? code : flush(m);
}

/* --- messages --- */

static int take_event(struct monitor *m, const struct decode_attr *event)
{
	uint64_t seq = m->stream.next++;

	if (m->count && m->printer.printed >= m->count)
		return EXIT_REFUSED;
	event_print(&m->printer, seq, event->data, event->len);
	return 0;
}

static int take_message(const void *attrs, size_t len, void *arg)
{
	uint64_t seq = 0, lost = 0;
	struct monitor *m = arg;
	const uint8_t *data = attrs;
	size_t left = len;
	struct decode_attr attr;
	bool numbered = false;

	while (decode_next(&data, &left, &attr)) {
		if (attr.type == TCPWATCH_A_TRANSITIONS_SEQ) {
			seq = decode_number(&attr);
			numbered = true;
		} else if (attr.type == TCPWATCH_A_TRANSITIONS_LOST) {
			lost = decode_number(&attr);
		} else if (attr.type == TCPWATCH_A_TRANSITIONS_NETNS) {
			m->printer.netns = decode_number(&attr);
		}
	}
	if (numbered)
		lose(m, stream_message(&m->stream, seq, lost));
	data = attrs;
	left = len;
	while (decode_next(&data, &left, &attr))
		if (attr.type == TCPWATCH_A_TRANSITIONS_EVENT &&
		    take_event(m, &attr))
			break;
	return flush_much(m);
}

/* Nothing comes any more: is there something that never came? */
static int look_for_lost_tail(struct monitor *m)
{
	uint64_t told = m->told;

	if (!told)
		return last_told(m, &m->told);
	/* What was under way when it was asked for has come by now. */
	m->overrun = false;
	m->told = 0;
	lose(m, stream_end(&m->stream, told));
	return flush(m);
}

static bool finished(const struct monitor *m)
{
	return stopped || (m->count && m->printer.printed >= m->count);
}

/* True where there is something to receive, or to be done. */
static bool wait_for(const struct monitor *m, int timeout)
{
	struct pollfd fds[] = {
		{ .fd = nl_fd(m->events), .events = POLLIN },
		{ .fd = wake_fd, .events = POLLIN },
	};

	return poll(fds, 2, timeout) > 0;
}

static int idle(struct monitor *m)
{
	int code = flush(m);

	if (code)
		return code;
	/* Everything that had come is printed: a good time for it. */
	if (m->resync_at)
		return resync(m);
	if (wait_for(m, m->overrun ? QUIET_MS : -1))
		return 0;
	return m->overrun && !finished(m) ? look_for_lost_tail(m) : 0;
}

static int step(struct monitor *m)
{
	switch (nl_receive_raw(m->events, 0, take_message, m, &m->error)) {
	case NL_GOT_MESSAGE:
		if (m->resync_at && now_ms() >= m->resync_at)
			return resync(m);
		return 0;
	case NL_GOT_OVERRUN:
		m->overrun = true;
		m->told = 0;
		return 0;
	case NL_GOT_NOTHING:
		return idle(m);
	default:
		return m->error.code ? m->error.code : EXIT_REFUSED;
	}
}

/* What is in the socket, and what never got there. */
static int last_check(struct monitor *m)
{
	enum nl_got got;
	uint64_t told;
	int code = last_told(m, &told);

	while (!code) {
		/* What had been told may still be under way. */
		got = nl_receive_raw(m->events,
				     m->stream.next <= told ? QUIET_MS : 0,
				     take_message, m, &m->error);
		if (got == NL_GOT_NOTHING)
			break;
		if (got == NL_GOT_END)
			code = m->error.code ? m->error.code : EXIT_REFUSED;
	}
	if (code)
		return code;
	lose(m, stream_end(&m->stream, told));
	return flush(m);
}

static int run(struct monitor *m)
{
	uint64_t seq = 0;
	int code = last_told(m, &seq);

	if (code)
		return code;
	stream_begin(&m->stream, seq);
	if (m->resync)
		code = resync(m);
	while (!code && !finished(m))
		code = step(m);
	/* After -c it is the reader who does not want more. */
	if (!code && !(m->count && m->printer.printed >= m->count))
		code = last_check(m);
	/* What came before the kernel's end is told. */
	return code && !m->error.code ? code : flush(m) ?: code;
}

static int monitor(struct monitor *m)
{
	int code = catch_signals();

	if (code)
		return code;
	m->events = nl_open(&m->error);
	m->requests = m->events ? nl_open(&m->error) : NULL;
	if (!m->requests) {
		nl_close(m->events);
		return fail(&m->error);
	}
	code = nl_subscribe(m->events, m->rcvbuf, &m->error);
	if (!code)
		code = run(m);
	if (code && !stopped && !m->error.code) {
		snprintf(m->error.text, sizeof(m->error.text), "output: %s",
			 strerror(errno));
		m->error.code = EXIT_REFUSED;
	}
	nl_close(m->requests);
	nl_close(m->events);
	text_free(&m->printer.out);
	if (code && m->error.code)
		return fail(&m->error);
	return 0;
}

static bool to_number(const char *from, uint64_t most, uint64_t *number)
{
	char *end;

	errno = 0;
	*number = strtoull(from, &end, 10);
	return !errno && *from >= '0' && *from <= '9' && !*end &&
	       *number <= most;
}

static const char options[] = "monitor [-r] [-b BYTES] [-c COUNT] [FILTER]";

static int monitor_option(struct monitor *m, int option)
{
	uint64_t number;

	switch (option) {
	case 'b':
		if (!to_number(optarg, INT32_MAX / 2, &number))
			return usage("monitor: -b takes a number of bytes");
		m->rcvbuf = number;
		return 0;
	case 'c':
		if (!to_number(optarg, UINT64_MAX, &m->count) || !m->count)
			return usage("monitor: -c takes how many");
		return 0;
	case 'r':
		m->resync = true;
		return 0;
	default:
		if (common_option(m->ctx, option))
			return 0;
		return usage("%s", options);
	}
}

int cmd_monitor(struct ctx *ctx, int argc, char **argv)
{
	static const struct option longer[] = {
		{ "resync", no_argument, NULL, 'r' },
		{ "rcvbuf", required_argument, NULL, 'b' },
		{ "count", required_argument, NULL, 'c' },
		{ NULL, 0, NULL, 0 },
	};
	static struct monitor m = { .rcvbuf = DEFAULT_RCVBUF };
	int option, code;

	m.ctx = ctx;
	while ((option = getopt_long(argc, argv, "+rb:c:" COMMON_OPTIONS,
				     longer, NULL)) != -1) {
		code = monitor_option(&m, option);
		if (code)
			return code;
	}
	code = match_parse(&m.printer.filter, argc - optind, argv + optind);
	if (code)
		return code;
	m.printer.ctx = ctx;
	return monitor(&m);
}
