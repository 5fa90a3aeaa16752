// SPDX-License-Identifier: GPL-2.0
/* The client: common options, and which command is meant. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "util.h"

/**
 * struct command - what can be done
 * @name: what it is called by
 * @run: does it
 * @about: what it does, in a line
 * @helps: it has help of its own
 */
struct command {
	const char *name;
	int (*run)(struct ctx *ctx, int argc, char **argv);
	const char *about;
	bool helps;
};

static const struct command commands[] = {
	{ "show", cmd_show, "a summary of all states (what is done by default)",
	  false },
	{ "list", cmd_list, "connections, those that a filter lets pass",
	  false },
	{ "listeners", cmd_listeners,
	  "where somebody listens, and what happened there", false },
	{ "monitor", cmd_monitor, "each transition as it happens", false },
	{ "matrix", cmd_matrix, "how often each transition happened, and why",
	  false },
	{ "timewait", cmd_timewait,
	  "how long TIME-WAIT really lasts, and who is in it", false },
	{ "ports", cmd_ports, "destinations that take many local ports",
	  false },
	{ "ladder", cmd_ladder,
	  "draws each connection as a ladder when it is over", true },
	{ "doctor", cmd_doctor, "what is wrong, why, and what to do", true },
	{ "serve", cmd_serve, "metrics, JSON and a page over HTTP", true },
	{ "config", cmd_config, "settings: config [KEY [VALUE [KEY VALUE]...]]",
	  false },
};

static void print_help(void)
{
	size_t i;

	puts("Usage: tcpwatch [-jptn] [-N NETNS] [COMMAND] [ARGUMENTS]\n"
	     "\nWhat is happening to the TCP connections of this machine.\n"
	     "\nCommands:");
	for (i = 0; i < ARRAY_SIZE(commands); i++)
		printf("  %-10s %s\n", commands[i].name, commands[i].about);
	puts("  help       this text\n"
	     "\nOptions:\n"
	     "  -j         JSON; keys are the names of the netlink attributes\n"
	     "  -p         with line breaks\n"
	     "  -t         with times\n"
	     "  -n         users by number\n"
	     "  -N NETNS   of a network namespace: a name, a path or a pid\n"
	     "  -V         the version\n"
	     "  -h         this text\n"
	     "\nExit status: 0, 1 for wrong arguments, 2 where the kernel refused,\n"
	     "3 where the module is not loaded, 4 where doctor found something.");
}

/* As "ip netns" keeps them, any file of one, or that of a process. */
static int open_netns(const char *name)
{
	char path[256];
	int fd;

	if (strchr(name, '/'))
		return open(name, O_RDONLY | O_CLOEXEC);
	snprintf(path, sizeof(path), "/run/netns/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0 || errno != ENOENT || !*name ||
	    name[strspn(name, "0123456789")])
		return fd;
	snprintf(path, sizeof(path), "/proc/%s/ns/net", name);
	return open(path, O_RDONLY | O_CLOEXEC);
}

static int enter_netns(const char *name)
{
	int fd = open_netns(name);
	int code = 0;

	if (fd < 0) {
		usage("network namespace \"%s\": %s", name, strerror(errno));
		return errno == EACCES ? EXIT_REFUSED : EXIT_USAGE;
	}
	if (setns(fd, CLONE_NEWNET)) {
		usage("network namespace \"%s\": %s", name, strerror(errno));
		code = errno == EINVAL ? EXIT_USAGE : EXIT_REFUSED;
	}
	close(fd);
	return code;
}

static const struct command *find_command(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(commands); i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

static int run(struct ctx *ctx, int argc, char **argv)
{
	char *show[2] = { "show" };
	const struct command *command;

	if (!argc) {
		argc = 1;
		argv = show;
	}
	if (!strcmp(argv[0], "help")) {
		print_help();
		return 0;
	}
	command = find_command(argv[0]);
	if (!command)
		return usage("no command \"%s\"; \"tcpwatch help\" lists them",
			     argv[0]);
	if (argc == 2 && !strcmp(argv[1], "-h") && !command->helps) {
		printf("tcpwatch %s: %s; see tcpwatch(8)\n", command->name,
		       command->about);
		return 0;
	}
	optind = 0; /* glibc: begin anew */
	return command->run(ctx, argc, argv);
}

/* What could not be written was not done. */
static int finish(int code)
{
	if ((fflush(stdout) || ferror(stdout)) && !code) {
		usage("output: %s", strerror(errno));
		return EXIT_REFUSED;
	}
	return code;
}

int main(int argc, char **argv)
{
	const char *no_colour = getenv("NO_COLOR");
	struct ctx ctx = {
		.colour = isatty(STDOUT_FILENO) && !(no_colour && *no_colour),
	};
	const char *netns = NULL;
	int option, code;

	while ((option = getopt(argc, argv, "+" COMMON_OPTIONS "N:Vh")) != -1) {
		if (common_option(&ctx, option))
			continue;
		switch (option) {
		case 'N':
			netns = optarg;
			break;
		case 'V':
			puts("tcpwatch " TCPWATCH_VERSION);
			return finish(0);
		case 'h':
			print_help();
			return finish(0);
		default:
			return usage("try \"tcpwatch help\"");
		}
	}
	code = netns ? enter_netns(netns) : 0;
	return code ? code : finish(run(&ctx, argc - optind, argv + optind));
}
