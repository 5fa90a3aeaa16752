/* SPDX-License-Identifier: GPL-2.0 */
/* The commands of the client, one file each, and what they share. */
#ifndef TCPWATCH_CMD_H
#define TCPWATCH_CMD_H

#include <stdbool.h>

#include "fmt.h"
#include "nl.h"
#include "util.h"

/**
 * struct ctx - what the common options say
 * @json: -j: JSON
 * @pretty: -p: with line breaks
 * @stamps: -t: with times
 * @numeric: -n: users by number
 * @colour: on a terminal, and NO_COLOR is not set
 */
struct ctx {
	bool json;
	bool pretty;
	bool stamps;
	bool numeric;
	bool colour;
};

/* Each returns an exit code; argv[0] is the command's name. */
int cmd_config(struct ctx *ctx, int argc, char **argv);
int cmd_doctor(struct ctx *ctx, int argc, char **argv);
int cmd_ladder(struct ctx *ctx, int argc, char **argv);
int cmd_list(struct ctx *ctx, int argc, char **argv);
int cmd_listeners(struct ctx *ctx, int argc, char **argv);
int cmd_matrix(struct ctx *ctx, int argc, char **argv);
int cmd_monitor(struct ctx *ctx, int argc, char **argv);
int cmd_ports(struct ctx *ctx, int argc, char **argv);
int cmd_serve(struct ctx *ctx, int argc, char **argv);
int cmd_show(struct ctx *ctx, int argc, char **argv);
int cmd_timewait(struct ctx *ctx, int argc, char **argv);

/* out.c */

/* Common options, which commands take after their name, too. */
#define COMMON_OPTIONS "jptn"

/* Is @option, as getopt() has it, one of them?  Then it is set. */
bool common_option(struct ctx *ctx, int option);
/* For commands with no other options and no arguments. */
int only_common(struct ctx *ctx, int argc, char **argv);

/* Prints "tcpwatch: " and the error; returns its code. */
int fail(const struct nl_error *error);
/* The same with a text of our own, and EXIT_USAGE. */
int usage(const char *format, ...) __printf(1, 2);
/*
 * Says why a dump was ended where the kernel did not end it: @err is that of
 * the output, 0 where a message could not be read.
 */
void output_failed(struct nl_error *error, int err);
/* Prints a document as JSON, a line or (with @ctx->pretty) many. */
void print_json(const struct ctx *ctx, const json_t *doc);

/* Says so on stderr where a dump was not consistent. */
void warn_interrupted(bool interrupted);
/* An answer, or all those of a dump, as JSON on stdout. */
int print_answer(const struct ctx *ctx, const struct nl_req *req);
int print_dump(const struct ctx *ctx, const struct nl_req *req);
/* The same, or a table for people; of dumps that are not long. */
int print_table(struct ctx *ctx, const struct nl_req *req, void (*title)(void),
		void (*row)(const json_t *answer));

#endif /* TCPWATCH_CMD_H */
