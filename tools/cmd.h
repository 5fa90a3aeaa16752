/* SPDX-License-Identifier: GPL-2.0 */
/* The commands of the client, one file each, and what they share. */
#ifndef TCPWATCH_CMD_H
#define TCPWATCH_CMD_H

#include <stdbool.h>

#include "nl.h"

/**
 * struct ctx - what the common options say
 * @json: -j: JSON
 * @pretty: -p: with line breaks
 * @stamps: -t: with times
 * @colour: on a terminal, and NO_COLOR is not set
 */
struct ctx {
	bool json;
	bool pretty;
	bool stamps;
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

/* Prints "tcpwatch: " and the error; returns its code. */
int fail(const struct nl_error *error);
/* The same with a text of our own, and EXIT_USAGE. */
int usage(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Prints a document as JSON, a line or (with @ctx->pretty) many. */
void print_json(const struct ctx *ctx, const json_t *doc);

#endif /* TCPWATCH_CMD_H */
