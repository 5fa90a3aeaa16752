// SPDX-License-Identifier: GPL-2.0
/* Where somebody listens, and what the kernel turned away there. */
#include <inttypes.h>
#include <stdio.h>

#include <linux/tcpwatch.h>

#include "cmd.h"

static int print_listener(json_t *listener, void *arg)
{
	char local[FMT_SIZE];

	(void)arg;
	printf("%-28s %7" PRIu64 " %8" PRIu64 " %11" PRIu64 " %10" PRIu64
	       " %8" PRIu64 " %8" PRIu64 " %8" PRIu64 "\n",
	       fmt_end(local, listener, "laddr", "lport"),
	       get_u64(listener, "sockets"), get_u64(listener, "drops"),
	       get_u64(listener, "cookies-out"),
	       get_u64(listener, "cookies-in"), get_u64(listener, "refused"),
	       get_u64(listener, "timeout"), get_u64(listener, "deferred"));
	return 0;
}

int cmd_listeners(struct ctx *ctx, int argc, char **argv)
{
	struct nl_error error;
	bool interrupted;
	struct nl_req req;
	struct nl *nl;
	int code = only_common(ctx, argc, argv);

	if (code)
		return code;
	nl_req(&req, TCPWATCH_CMD_LISTENER_GET);
	if (ctx->json)
		return print_dump(ctx, &req);
	nl = nl_open(&error);
	if (!nl)
		return fail(&error);
	printf("%s%-28s %7s %8s %11s %10s %8s %8s %8s%s\n", bold(ctx), "local",
	       "sockets", "drops", "cookies-out", "cookies-in", "refused",
	       "timeout", "deferred", plain(ctx));
	code = nl_dump(nl, &req, print_listener, NULL, &interrupted, &error);
	nl_close(nl);
	if (code)
		return fail(&error);
	warn_interrupted(interrupted);
	return 0;
}
