// SPDX-License-Identifier: GPL-2.0
/*
 * Settings: all, one, or new values of some.  Which there are the spec says;
 * what values they take the kernel does.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/tcpwatch.h>

#include "cmd.h"
#include "spec.h"

/* The number of a setting; 0 for none of that name. */
static uint16_t setting(const char *key)
{
	const struct spec_set *config = spec_set("config");
	uint16_t i;

	for (i = TCPWATCH_A_CONFIG_PAD + 1; i < config->n; i++)
		if (!strcmp(config->attrs[i].name, key))
			return i;
	return 0;
}

static int no_such(const char *key)
{
	const struct spec_set *config = spec_set("config");
	char known[256] = "";
	size_t i, len = 0;

	for (i = TCPWATCH_A_CONFIG_PAD + 1; i < config->n; i++) {
		len += snprintf(known + len, sizeof(known) - len, " %s",
				config->attrs[i].name);
		if (len >= sizeof(known))
			break;
	}
	return usage("config: there is no \"%s\"; there is:%s", key, known);
}

static int put_setting(struct nl_req *req, const char *key, const char *value)
{
	uint16_t attr = setting(key);
	unsigned long long number;
	char *end;

	if (!attr)
		return no_such(key);
	errno = 0;
	number = strtoull(value, &end, 10);
	if (errno || *end || *value < '0' || *value > '9' ||
	    number > UINT32_MAX)
		return usage("config: %s takes a number, not \"%s\"", key,
			     value);
	nl_req_u32(req, attr, number);
	return 0;
}

static int set(int argc, char **argv)
{
	struct nl_error error;
	struct nl_req req;
	json_t *answer;
	struct nl *nl;
	int i, code;

	nl_req(&req, TCPWATCH_CMD_CONFIG_SET);
	for (i = 0; i < argc; i += 2) {
		if (i + 1 == argc)
			return usage("config: %s has no value", argv[i]);
		code = put_setting(&req, argv[i], argv[i + 1]);
		if (code)
			return code;
	}
	nl = nl_open(&error);
	if (!nl)
		return fail(&error);
	answer = nl_do(nl, &req, &error);
	nl_close(nl);
	if (!answer)
		return fail(&error);
	json_decref(answer);
	return 0;
}

static void print_settings(const json_t *config)
{
	const struct spec_set *names = spec_set("config");
	size_t i;

	for (i = TCPWATCH_A_CONFIG_PAD + 1; i < names->n; i++) {
		if (!json_object_get(config, names->attrs[i].name))
			continue;
		printf("%-12s %10" PRIu64 "  %s\n", names->attrs[i].name,
		       get_u64(config, names->attrs[i].name),
		       names->attrs[i].doc);
	}
}

static int get(const struct ctx *ctx, const char *key)
{
	struct nl_error error;
	struct nl_req req;
	json_t *config;
	struct nl *nl;

	if (key && !setting(key))
		return no_such(key);
	nl_req(&req, TCPWATCH_CMD_CONFIG_GET);
	if (ctx->json && !key)
		return print_answer(ctx, &req);
	nl = nl_open(&error);
	if (!nl)
		return fail(&error);
	config = nl_do(nl, &req, &error);
	nl_close(nl);
	if (!config)
		return fail(&error);
	if (key && ctx->json)
		print_json(ctx, json_object_get(config, key));
	else if (key)
		printf("%" PRIu64 "\n", get_u64(config, key));
	else
		print_settings(config);
	json_decref(config);
	return 0;
}

/* "config [KEY [VALUE [KEY VALUE]...]]" */
int cmd_config(struct ctx *ctx, int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "+" COMMON_OPTIONS)) != -1)
		if (!common_option(ctx, option))
			return usage("config [KEY [VALUE [KEY VALUE]...]]");
	argc -= optind;
	argv += optind;
	return argc < 2 ? get(ctx, argv[0]) : set(argc, argv);
}
