// SPDX-License-Identifier: GPL-2.0
/*
 * doctor: asks for all that doctor.c wants to know, twice for what grows, and
 * prints what it finds.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <linux/tcpwatch.h>

#include "cmd.h"
#include "doctor.h"
#include "owner.h"

#define EXIT_FOUND 4

#define LONGEST_S 3600

static void print_help(void)
{
	puts("Usage: tcpwatch doctor [-jp] [-i SECONDS]\n"
	     "\n"
	     "Looks for connections that hang, for ports and queues that run out, and says\n"
	     "why and what to do. Counters are looked at twice.\n"
	     "\n"
	     "  -i SECONDS  time between the two looks (2); 0 for one look only\n"
	     "  -j, -p      JSON, in a line or with line breaks\n"
	     "\n"
	     "Without CAP_NET_ADMIN it sees counters only, and no single connections.\n"
	     "\n"
	     "Exit status: 0 for nothing or only notices, 1 for wrong arguments, 2 where\n"
	     "the kernel refused, 3 where the module is not loaded, 4 where there are\n"
	     "warnings or worse.");
}

static json_t *ask_stats(struct nl *nl, struct nl_error *error)
{
	struct nl_req req;

	nl_req(&req, TCPWATCH_CMD_STATS_GET);
	return nl_do(nl, &req, error);
}

/* NULL where that is not permitted, which is no error. */
static json_t *ask_dump(struct nl *nl, uint8_t cmd, struct nl_error *error)
{
	struct nl_req req;
	json_t *all;

	nl_req(&req, cmd);
	all = nl_dump_all(nl, &req, error);
	if (!all && (error->err == EPERM || error->err == EACCES))
		error->code = 0;
	return all;
}

static void wait_between(double seconds)
{
	struct timespec time = {
		.tv_sec = (time_t)seconds,
		.tv_nsec = (long)((seconds - (time_t)seconds) * 1e9),
	};
	bool tell = isatty(STDERR_FILENO);

	if (tell)
		fprintf(stderr, "looking for %g s ...", seconds);
	while (nanosleep(&time, &time) && errno == EINTR)
		;
	if (tell)
		fputs("\r\033[K", stderr);
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

/**
 * struct looked - all that was asked for; see struct doctor_in
 */
struct looked {
	json_t *before;
	json_t *after;
	uint64_t interval_ns;
	json_t *stuck;
	json_t *ports;
	json_t *listeners_before;
	json_t *listeners;
};

static void look_free(struct looked *l)
{
	json_decref(l->before);
	json_decref(l->after);
	json_decref(l->stuck);
	json_decref(l->ports);
	json_decref(l->listeners_before);
	json_decref(l->listeners);
}

static int look(struct nl *nl, struct looked *l, double seconds,
		struct nl_error *error)
{
	uint64_t since;

	if (seconds > 0) {
		l->before = ask_stats(nl, error);
		if (!l->before)
			return error->code;
		l->listeners_before =
			ask_dump(nl, TCPWATCH_CMD_LISTENER_GET, error);
		if (error->code)
			return error->code;
		since = now_ns();
		wait_between(seconds);
		l->interval_ns = now_ns() - since;
	}
	l->after = ask_stats(nl, error);
	if (!l->after)
		return error->code;
	l->stuck = ask_dump(nl, TCPWATCH_CMD_STUCK_GET, error);
	if (!error->code)
		l->ports = ask_dump(nl, TCPWATCH_CMD_PORT_PRESSURE_GET, error);
	if (!error->code)
		l->listeners = ask_dump(nl, TCPWATCH_CMD_LISTENER_GET, error);
	return error->code;
}

static int diagnose(struct ctx *ctx, const struct looked *l)
{
	json_t *inodes = doctor_inodes(l->stuck);
	json_t *owners = owner_find(inodes);
	struct doctor_in in = {
		.before = l->before,
		.after = l->after,
		.interval_ns = l->interval_ns,
		.stuck = l->stuck,
		.ports = l->ports,
		.listeners_before = l->listeners_before,
		.listeners = l->listeners,
		.owners = owners,
	};
	json_t *findings = doctor(&in);
	struct text text = { 0 };
	bool found = doctor_found(findings);

	if (ctx->json) {
		print_json(ctx, findings);
	} else {
		doctor_text(&text, findings, ctx->colour);
		fwrite(text.data, 1, text.len, stdout);
		text_free(&text);
	}
	json_decref(findings);
	json_decref(owners);
	json_decref(inodes);
	return found ? EXIT_FOUND : 0;
}

static int parse_options(struct ctx *ctx, double *seconds, int argc,
			 char **argv)
{
	char *rest;
	int option;

	while ((option = getopt(argc, argv, COMMON_OPTIONS "hi:")) != -1) {
		if (common_option(ctx, option))
			continue;
		switch (option) {
		case 'h':
			print_help();
			return -1;
		case 'i':
			*seconds = strtod(optarg, &rest);
			if (rest == optarg || *rest ||
			    !(*seconds >= 0 && *seconds <= LONGEST_S))
				return usage("-i takes 0..%d s, not \"%s\"",
					     LONGEST_S, optarg);
			break;
		default:
			return usage("try \"tcpwatch doctor -h\"");
		}
	}
	if (optind < argc)
		return usage("%s: what is \"%s\"? It takes no arguments",
			     argv[0], argv[optind]);
	return 0;
}

static void note_blind(void)
{
	fputs("tcpwatch: counters only; the rest needs CAP_NET_ADMIN\n",
	      stderr);
}

int cmd_doctor(struct ctx *ctx, int argc, char **argv)
{
	struct looked l = { 0 };
	struct nl_error error;
	double seconds = 2;
	struct nl *nl;
	int code = parse_options(ctx, &seconds, argc, argv);

	if (code)
		return code < 0 ? 0 : code;
	nl = nl_open(&error);
	if (!nl)
		return fail(&error);
	code = look(nl, &l, seconds, &error);
	nl_close(nl);
	if (code) {
		fail(&error);
	} else {
		if (!l.stuck || !l.ports || !l.listeners)
			note_blind();
		code = diagnose(ctx, &l);
	}
	look_free(&l);
	return code;
}
