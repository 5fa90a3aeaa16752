// SPDX-License-Identifier: GPL-2.0
/*
 * The mirror driven for as long as one likes:
 *
 *	mirror [-r RULE] EVENTS SEED [SEED]
 *
 * with each seed from the first to the last; by the rules of that name, which
 * mirror.c has, else by all that the tests use.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "drive.h"

static const char *only; /* the rules of this name */

static bool is_wanted(unsigned int rule)
{
	if (only)
		return !strcmp(drive_rules[rule].name, only);
	return rule < DRIVE_RULES_TESTED;
}

static bool is_any_wanted(void)
{
	unsigned int rule;

	for (rule = 0; rule < DRIVE_RULES; rule++)
		if (is_wanted(rule))
			return true;
	return false;
}

/* How many of the runs with one seed failed. */
static unsigned int run_seed(unsigned long seed, unsigned long events)
{
	unsigned int rule, failed = 0;

	for (rule = 0; rule < DRIVE_RULES; rule++) {
		if (!is_wanted(rule) ||
		    drive_run(seed, events, &drive_rules[rule]))
			continue;
		failed++;
		printf("# seed %lu, %s:\n", seed, drive_rules[rule].name);
		drive_show();
	}
	return failed;
}

static int complain(void)
{
	fprintf(stderr, "usage: mirror [-r RULE] EVENTS SEED [SEED]\n");
	return 2;
}

int main(int argc, char **argv)
{
	unsigned long events, seed, last;
	unsigned int failed = 0;
	int opt;

	while ((opt = getopt(argc, argv, "r:")) != -1) {
		if (opt != 'r')
			return complain();
		only = optarg;
	}
	if (argc - optind < 2 || !is_any_wanted())
		return complain();
	events = strtoul(argv[optind], NULL, 0);
	seed = strtoul(argv[optind + 1], NULL, 0);
	last = argc - optind > 2 ? strtoul(argv[optind + 2], NULL, 0) : seed;
	for (; seed <= last; seed++)
		failed += run_seed(seed, events);
	mirror_reset();
	printf("# %u runs failed\n", failed);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
