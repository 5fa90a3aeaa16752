// SPDX-License-Identifier: GPL-2.0
/* Files that tests read. */
#include <stdio.h>
#include <stdlib.h>

#include "fixture.h"

static void fixture_path(char *path, size_t size, const char *name)
{
	const char *dir = getenv("TESTDATA");

	snprintf(path, size, "%s/%s", dir ? dir : "tests/data", name);
}

json_t *fixture(const char *name)
{
	json_error_t error;
	char path[512];
	json_t *json;

	fixture_path(path, sizeof(path), name);
	json = json_load_file(path, 0, &error);
	if (!json) {
		printf("Bail out! %s: %s\n", path, error.text);
		exit(1);
	}
	return json;
}

char *fixture_text(const char *name)
{
	char path[512], *text = NULL;
	size_t size = 0;
	ssize_t len;
	FILE *file;

	fixture_path(path, sizeof(path), name);
	file = fopen(path, "r");
	if (!file)
		return NULL;
	len = getdelim(&text, &size, '\0', file);
	fclose(file);
	if (len < 0) {
		free(text);
		return NULL;
	}
	return text;
}
