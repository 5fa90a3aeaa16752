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

static int print_move(json_t *move, void *arg)
{
	char from[FMT_SIZE], to[FMT_SIZE], buf[FMT_SIZE];

	(void)arg;
	printf("%-12s", fmt_state(from, word(buf, move, "old")));
	printf(" %-12s", fmt_state(to, word(buf, move, "new")));
	printf(" %-10s", word(buf, move, "cause"));
	printf(" %-13s %12" PRIu64 "\n", word(buf, move, "verdict"),
	       get_u64(move, "count"));
	return 0;
}

int cmd_matrix(struct ctx *ctx, int argc, char **argv)
{
	struct nl_error error;
	bool interrupted;
	struct nl_req req;
	struct nl *nl;
	int code = only_common(ctx, argc, argv);

	if (code)
		return code;
	nl_req(&req, TCPWATCH_CMD_MATRIX_GET);
	if (ctx->json)
		return print_dump(ctx, &req);
	nl = nl_open(&error);
	if (!nl)
		return fail(&error);
	printf("%s%-12s %-12s %-10s %-13s %12s%s\n", bold(ctx), "old", "new",
	       "cause", "verdict", "count", plain(ctx));
	code = nl_dump(nl, &req, print_move, NULL, &interrupted, &error);
	nl_close(nl);
	if (code)
		return fail(&error);
	warn_interrupted(interrupted);
	return 0;
}
