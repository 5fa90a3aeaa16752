// SPDX-License-Identifier: GPL-2.0
/* How often each transition happened, by what made it happen. */
#include <inttypes.h>
#include <stdio.h>

#include <linux/tcpwatch.h>

#include "cmd.h"

/* A name the spec does not know comes as a number. */
static const char *word(char *buf, const json_t *from, const char *key)
{
	const json_t *value = json_object_get(from, key);

	if (json_is_string(value))
		return json_string_value(value);
	snprintf(buf, FMT_SIZE, "%" JSON_INTEGER_FORMAT,
		 json_integer_value(value));
	return buf;
}

static void print_move(const json_t *move)
{
	char from[FMT_SIZE], to[FMT_SIZE], buf[FMT_SIZE];

	printf("%-12s", fmt_state(from, word(buf, move, "old")));
	printf(" %-12s", fmt_state(to, word(buf, move, "new")));
	printf(" %-10s", word(buf, move, "cause"));
	printf(" %-13s %12" PRIu64 "\n", word(buf, move, "verdict"),
	       get_u64(move, "count"));
}

static void print_title(void)
{
	printf("%-12s %-12s %-10s %-13s %12s", "old", "new", "cause", "verdict",
	       "count");
}

int cmd_matrix(struct ctx *ctx, int argc, char **argv)
{
	struct nl_req req;
	int code = only_common(ctx, argc, argv);

	if (code)
		return code;
	nl_req(&req, TCPWATCH_CMD_MATRIX_GET);
	return print_table(ctx, &req, print_title, print_move);
}
