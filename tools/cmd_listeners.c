// SPDX-License-Identifier: GPL-2.0
/* Where somebody listens, and what the kernel turned away there. */
#include <inttypes.h>
#include <stdio.h>

#include <linux/tcpwatch.h>

#include "cmd.h"

static void print_listener(const json_t *listener)
{
	char local[FMT_SIZE];

	printf("%-28s %7" PRIu64 " %8" PRIu64 " %11" PRIu64 " %10" PRIu64
	       " %8" PRIu64 " %8" PRIu64 " %8" PRIu64 "\n",
	       fmt_end(local, listener, "laddr", "lport"),
	       get_u64(listener, "sockets"), get_u64(listener, "drops"),
	       get_u64(listener, "cookies-out"),
	       get_u64(listener, "cookies-in"), get_u64(listener, "refused"),
	       get_u64(listener, "timeout"), get_u64(listener, "deferred"));
}

static void print_title(void)
{
	printf("%-28s %7s %8s %11s %10s %8s %8s %8s", "local", "sockets",
	       "drops", "cookies-out", "cookies-in", "refused", "timeout",
	       "deferred");
}

int cmd_listeners(struct ctx *ctx, int argc, char **argv)
{
	struct nl_req req;
	int code = only_common(ctx, argc, argv);

	if (code)
		return code;
	nl_req(&req, TCPWATCH_CMD_LISTENER_GET);
	return print_table(ctx, &req, print_title, print_listener);
}
