// SPDX-License-Identifier: GPL-2.0
/*
 * The mirror driven for as long as one likes:
 *
 *	mirror EVENTS SEED [SEED]	with each seed from the first to the last
 */
#include <stdio.h>
#include <stdlib.h>

#include "drive.h"

int main(int argc, char **argv)
{
	unsigned long events, seed, last;
	unsigned int i, failed = 0;

	if (argc < 3) {
		fprintf(stderr, "usage: mirror EVENTS SEED [SEED]\n");
		return 2;
	}
	events = strtoul(argv[1], NULL, 0);
	seed = strtoul(argv[2], NULL, 0);
	last = argc > 3 ? strtoul(argv[3], NULL, 0) : seed;
	for (; seed <= last; seed++) {
		for (i = 0; i < DRIVE_RULES; i++) {
			if (drive_run(seed, events, &drive_rules[i]))
				continue;
			failed++;
			printf("# seed %lu, %s:\n", seed, drive_rules[i].name);
			drive_show();
		}
	}
	mirror_reset();
	printf("# %u runs failed\n", failed);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
