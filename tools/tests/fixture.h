/* SPDX-License-Identifier: GPL-2.0 */
/* Files that tests read, from the directory TESTDATA or "tests/data". */
#ifndef TCPWATCH_TESTS_FIXTURE_H
#define TCPWATCH_TESTS_FIXTURE_H

#include <jansson.h>

/* As JSON; ends the program without it. */
json_t *fixture(const char *name);
/* As text, to be freed; NULL where there is no such file. */
char *fixture_text(const char *name);

#endif /* TCPWATCH_TESTS_FIXTURE_H */
