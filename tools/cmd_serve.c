// SPDX-License-Identifier: GPL-2.0
/*
 * serve: metrics, JSON and a page over HTTP.  Options, the listening socket,
 * and the loop, in which one thread does it all; http.c answers.
 */
#include <dlfcn.h>
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "cmd.h"
#include "host.h"
#include "http.h"

#define DEFAULT_PORT 9789

#define MOST_CONNECTIONS 64
#define TIMEOUT_S 30	   /* without anything from a client */
#define MEMORY (32 * 1024) /* of a request; more is refused */
#define BYE_ROUNDS 20	   /* of 10 ms, to tell clients */

static void print_help(void)
{
	puts("Usage: tcpwatch serve [-e] [-l ADDR:PORT]\n"
	     "\n"
	     "Serves over HTTP:\n"
	     "  /metrics        for Prometheus, also as OpenMetrics\n"
	     "  /api/v1/NAME    JSON: stats (?histograms), hist, matrix, timewait, config;\n"
	     "                  with -e also flows (?limit=N), listeners, stuck, ports\n"
	     "  /events         with -e: each transition (server-sent events)\n"
	     "  /               a page that shows what happens\n"
	     "  /healthz        ok\n"
	     "\n"
	     "  -l ADDR:PORT    where to listen (127.0.0.1:9789); brackets around IPv6\n"
	     "  -e              tell of single connections, too. They need CAP_NET_ADMIN,\n"
	     "                  which everybody who can connect then needs no more");
}

static int listen_at(const char *text, union host_addr *addr)
{
	socklen_t size = sizeof(addr->v6);
	int fd, one = 1;

	if (addr->any.sa_family == AF_INET)
		size = sizeof(addr->v4);
	fd = socket(addr->any.sa_family,
		    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return usage("socket: %s", strerror(errno)), -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (addr->any.sa_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
	if (bind(fd, &addr->any, size) || listen(fd, 64) ||
	    getsockname(fd, &addr->any, &size)) {
		usage("%s: %s", text, strerror(errno));
		close(fd);
		return -1;
	}
	return fd;
}

/* SIGTERM and SIGINT as input; -1 where that fails. */
static int catch_signals(void)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		return -1;
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int shorter(int a, int b)
{
	if (a < 0 || b < 0)
		return a < 0 ? b : a;
	return a < b ? a : b;
}

static int daemon_timeout(struct MHD_Daemon *daemon)
{
	MHD_UNSIGNED_LONG_LONG ms;

	if (mhd.get_timeout(daemon, &ms) != MHD_YES)
		return -1;
	return ms < 60000 ? (int)ms : 60000;
}

static void loop(struct MHD_Daemon *daemon, struct sse *sse, int signals)
{
	const union MHD_DaemonInfo *info =
		mhd.get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD);
	struct pollfd fds[3] = {
		{ .fd = signals, .events = POLLIN },
		{ .fd = info->epoll_fd, .events = POLLIN },
		{ .events = POLLIN },
	};

	do {
		fds[2].fd = sse_fd(sse);
		poll(fds, 3, shorter(daemon_timeout(daemon), sse_timeout(sse)));
		sse_run(sse);
		mhd.run(daemon);
	} while (!fds[0].revents);
}

/* Streams do not end by themselves; their clients are told. */
static void say_goodbye(struct MHD_Daemon *daemon, struct sse *sse)
{
	int i;

	sse_shutdown(sse);
	for (i = 0; i < BYE_ROUNDS && !sse_idle(sse); i++) {
		mhd.run(daemon);
		poll(NULL, 0, i ? 10 : 0);
	}
}

/*
 * Nothing that is served has a name that needs escapes; and what "%00" stands
 * for would end a name before its end.
 */
static size_t keep_escapes(void *arg, struct MHD_Connection *connection,
			   char *text)
{
	(void)arg;
	(void)connection;
	return strlen(text);
}

static int serve(struct server *server, int listener, int signals)
{
	struct MHD_Daemon *daemon;

	daemon = mhd.start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0,
				  NULL, NULL, http_handle, server,
				  MHD_OPTION_LISTEN_SOCKET, listener,
				  MHD_OPTION_CONNECTION_LIMIT,
				  (unsigned int)MOST_CONNECTIONS,
				  MHD_OPTION_CONNECTION_TIMEOUT,
				  (unsigned int)TIMEOUT_S,
				  MHD_OPTION_CONNECTION_MEMORY_LIMIT,
				  (size_t)MEMORY, MHD_OPTION_UNESCAPE_CALLBACK,
				  keep_escapes, NULL, MHD_OPTION_END);
	if (!daemon) {
		close(listener);
		return usage("HTTP: %s", strerror(errno)), EXIT_REFUSED;
	}
	loop(daemon, server->sse, signals);
	say_goodbye(daemon, server->sse);
	/* closes the listening socket, too */
	mhd.stop_daemon(daemon);
	return 0;
}

static int parse_options(struct ctx *ctx, const char **where, bool *details,
			 int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, COMMON_OPTIONS "ehl:")) != -1) {
		if (common_option(ctx, option))
			continue;
		switch (option) {
		case 'e':
			*details = true;
			break;
		case 'h':
			print_help();
			return -1;
		case 'l':
			*where = optarg;
			break;
		default:
			return usage("try \"tcpwatch serve -h\"");
		}
	}
	if (optind < argc)
		return usage("%s: what is \"%s\"? It takes no arguments",
			     argv[0], argv[optind]);
	return 0;
}

int cmd_serve(struct ctx *ctx, int argc, char **argv)
{
	const char *where = "127.0.0.1:9789";
	struct server server = { 0 };
	union host_addr addr;
	char name[HOST_SIZE];
	int listener, signals, code;

	code = parse_options(ctx, &where, &server.details, argc, argv);
	if (code)
		return code < 0 ? 0 : code;
	if (!host_parse(&addr, where, DEFAULT_PORT))
		return usage("\"%s\" is no ADDR:PORT", where);
	if (!mhd_load())
		return usage("HTTP: %s", dlerror()), EXIT_REFUSED;
	listener = listen_at(where, &addr);
	if (listener < 0)
		return EXIT_REFUSED;
	signals = catch_signals();
	server.local = host_is_loopback(&addr);
	server.sse = sse_new();
	if (signals < 0 || !server.sse) {
		close(listener);
		return usage("HTTP: %s", strerror(errno)), EXIT_REFUSED;
	}
	fprintf(stderr, "tcpwatch: http://%s/\n", host_text(name, &addr));
	http_probe(&server);
	code = serve(&server, listener, signals);
	sse_free(server.sse);
	nl_close(server.nl);
	close(signals);
	return code;
}
