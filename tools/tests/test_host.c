// SPDX-License-Identifier: GPL-2.0
/* Addresses to listen at, and whose name Host says. */
#include <stddef.h>
#include <string.h>

#include "host.h"
#include "test.h"
#include "util.h"

static void test_parse(void)
{
	static const struct {
		const char *text;
		const char *is; /* NULL where it is none */
	} cases[] = {
		{ "127.0.0.1:80", "127.0.0.1:80" },
		{ "127.0.0.1", "127.0.0.1:9789" },
		{ ":81", "127.0.0.1:81" },
		{ "81", "127.0.0.1:81" },
		{ "0.0.0.0:0", "0.0.0.0:0" },
		{ "[::1]:80", "[::1]:80" },
		{ "[::1]", "[::1]:9789" },
		{ "[2001:DB8::1]:1", "[2001:db8::1]:1" },
		{ "::1", NULL },
		{ "[::1", NULL },
		{ "[::1]80", NULL },
		{ "127.0.0.1:", NULL },
		{ "127.0.0.1:65536", NULL },
		{ "127.0.0.1:-1", NULL },
		{ "127.0.0.1:+1", NULL },
		{ "localhost:80", NULL },
		{ "1.2.3", NULL },
		{ "127.0.0.1:80:80", NULL },
	};
	union host_addr addr;
	char text[HOST_SIZE];
	size_t i;
	bool is, ok;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		is = host_parse(&addr, cases[i].text, 9789);
		ok = is == !!cases[i].is;
		if (ok && is)
			ok = !strcmp(host_text(text, &addr), cases[i].is);
		tap_result(ok, "host.parse", cases[i].text);
	}
}

static void test_local(void)
{
	static const char *const local[] = {
		"localhost",	"localhost:9789", "LocalHost", "127.0.0.1",
		"127.0.0.1:80", "127.1.2.3",	  "[::1]",     "[::1]:9789",
	};
	static const char *const others[] = {
		"",
		"example.org",
		"localhost.example.org",
		"localhost:x",
		"127.0.0.1.example.org",
		"10.0.0.1",
		"[::2]",
		"80",
		":80",
		"127.0.0.1:80:80",
		"[::1",
		"[::1]x",
		"local",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(local); i++)
		tap_result(host_is_local(local[i]), "host.local", local[i]);
	for (i = 0; i < ARRAY_SIZE(others); i++)
		tap_result(!host_is_local(others[i]), "host.not_local",
			   others[i]);
}

void test_host(void)
{
	test_parse();
	test_local();
}
