// SPDX-License-Identifier: GPL-2.0
/* Destinations that take many local ports, and when none will be left. */
#include <inttypes.h>
#include <stdio.h>

#include <linux/tcpwatch.h>

#include "cmd.h"

static void print_growth(const json_t *to)
{
	char left[FMT_SIZE];

	if (json_object_get(to, "per-1000s"))
		printf(" %9.1f", get_u64(to, "per-1000s") / 1e3);
	else
		printf(" %9s", "-");
	if (json_object_get(to, "left-ms"))
		printf(" %s", fmt_ns(left, get_u64(to, "left-ms") * 1000000));
	else
		printf(" -");
	putchar('\n');
}

static void print_port(const json_t *to)
{
	uint64_t ports = get_u64(to, "ports");
	uint64_t used = get_u64(to, "live") + get_u64(to, "time-wait");
	char local[FMT_SIZE], peer[FMT_SIZE];

	/* The last message may be of nothing but the others. */
	if (json_object_get(to, "raddr")) {
		snprintf(local, sizeof(local), "%s", get_str(to, "laddr"));
		printf("%-24s %-28s %7" PRIu64 " %9" PRIu64 " %7" PRIu64
		       " %5.1f",
		       local, fmt_end(peer, to, "raddr", "rport"),
		       get_u64(to, "live"), get_u64(to, "time-wait"), ports,
		       ports ? 100.0 * used / ports : 0.0);
		print_growth(to);
	}
	if (get_u64(to, "others"))
		printf("%" PRIu64
		       " more connections to destinations not shown\n",
		       get_u64(to, "others"));
}

static void print_title(void)
{
	printf("%-24s %-28s %7s %9s %7s %5s %9s %s", "local", "destination",
	       "live", "time-wait", "ports", "used%", "more/s", "none-left-in");
}

int cmd_ports(struct ctx *ctx, int argc, char **argv)
{
	struct nl_req req;
	int code = only_common(ctx, argc, argv);

	if (code)
		return code;
	nl_req(&req, TCPWATCH_CMD_PORT_PRESSURE_GET);
	return print_table(ctx, &req, print_title, print_port);
}
