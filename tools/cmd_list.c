// SPDX-License-Identifier: GPL-2.0
/*
 * Connections, as ss lists them, with what ss cannot know.  The kernel leaves
 * out what it can; the rest of a filter is evaluated here.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/tcpwatch.h>

#include "cmd.h"
#include "match.h"
#include "spec.h"
#include "util.h"

#define COLUMNS_MOST 32

/**
 * struct list - what is listed, and how
 * @ctx: common options
 * @flows: connections
 * @listeners: and, or, listeners
 * @all_netns: of all namespaces
 * @family: AF_INET, AF_INET6, or 0 for both
 * @filter: which ones
 * @columns: names of attributes, "local" or "peer"
 * @n_columns: how many
 * @chosen: the user chose them
 * @any: one was printed
 * @err: why one could not be printed
 */
struct list {
	struct ctx *ctx;
	bool flows;
	bool listeners;
	bool all_netns;
	uint8_t family;
	struct filter filter;
	const char *columns[COLUMNS_MOST];
	size_t n_columns;
	bool chosen;
	bool any;
	int err;
};

static int column_width(const char *name)
{
	if (!strcmp(name, "local") || !strcmp(name, "peer"))
		return 24;
	if (!strcmp(name, "laddr") || !strcmp(name, "raddr"))
		return 16;
	if (!strcmp(name, "state") || !strcmp(name, "kernel-state"))
		return 12;
	return 10;
}

static const char *cell(char *buf, const struct list *list, const json_t *flow,
			const char *name)
{
	const json_t *value = json_object_get(flow, name);
	size_t len = strlen(name);

	if (!strcmp(name, "local"))
		return fmt_end(buf, flow, "laddr", "lport");
	if (!strcmp(name, "peer"))
		return json_object_get(flow, "raddr")
			       ? fmt_end(buf, flow, "raddr", "rport")
			       : "*:*";
	if (!strcmp(name, "state") && !value)
		return "LISTEN";
	if (!value)
		return "-";
	if (json_is_true(value))
		return "yes";
	if (json_is_string(value) && len >= 5 &&
	    !strcmp(name + len - 5, "state"))
		return fmt_state(buf, json_string_value(value));
	if (json_is_string(value))
		return json_string_value(value);
	if (!strcmp(name, "uid"))
		return fmt_uid(buf, list->ctx, json_integer_value(value));
	if (len > 3 && !strcmp(name + len - 3, "-ns")) {
		fmt_ns(buf, json_integer_value(value));
		/* It was there before the module was: it is older. */
		if (json_object_get(flow, "age-is-least") && name[0] == 'a')
			strcat(buf, "+");
		return buf;
	}
	snprintf(buf, FMT_SIZE, "%" JSON_INTEGER_FORMAT,
		 json_integer_value(value));
	return buf;
}

static void print_row(const struct list *list, const json_t *flow)
{
	char buf[FMT_SIZE];
	const char *name;
	size_t i;

	for (i = 0; i < list->n_columns; i++) {
		name = list->columns[i];
		if (i + 1 < list->n_columns)
			printf("%-*s ", column_width(name),
			       cell(buf, list, flow, name));
		else
			puts(cell(buf, list, flow, name));
	}
}

static void print_titles(const struct list *list)
{
	size_t i, len;
	const char *name;
	int width;

	fputs(bold(list->ctx), stdout);
	for (i = 0; i < list->n_columns; i++) {
		name = list->columns[i];
		len = strlen(name);
		if (len > 3 && !strcmp(name + len - 3, "-ns"))
			len -= 3;
		width = i + 1 < list->n_columns ? column_width(name) + 1 : 0;
		printf("%-*.*s", width, (int)len, name);
	}
	puts(plain(list->ctx));
}

/* Of JSON, only what was chosen. */
static json_t *chosen_of(const struct list *list, const json_t *flow)
{
	json_t *chosen = json_object();
	size_t i;

	for (i = 0; i < list->n_columns; i++)
		if (json_object_get(flow, list->columns[i]))
			json_object_set(chosen, list->columns[i],
					json_object_get(flow,
							list->columns[i]));
	return chosen;
}

static int list_each(json_t *flow, void *arg)
{
	struct list *list = arg;
	json_t *chosen;

	if (!match_object(&list->filter, flow))
		return 0;
	if (!list->ctx->json) {
		if (!list->any)
			print_titles(list);
		list->any = true;
		print_row(list, flow);
		return 0;
	}
	fputs(list->any ? ",\n" : "[", stdout);
	list->any = true;
	chosen = list->chosen ? chosen_of(list, flow) : json_incref(flow);
	json_dumpf(chosen, stdout,
		   list->ctx->pretty ? JSON_INDENT(2) : JSON_COMPACT);
	json_decref(chosen);
	if (!ferror(stdout))
		return 0;
	list->err = errno;
	return EXIT_REFUSED;
}

static bool flow_request(struct nl_req *req, const struct list *list)
{
	bool complete;

	nl_req(req, TCPWATCH_CMD_FLOW_DUMP);
	complete = match_request(req, &list->filter);
	if (list->family)
		nl_req_u8(req, TCPWATCH_A_FLOW_FAMILY, list->family);
	if (list->all_netns)
		nl_req_flag(req, TCPWATCH_A_FLOW_ALL_NETNS);
	return complete;
}

static int list_listener(json_t *listener, void *arg)
{
	const struct list *list = arg;

	if (list->family && list->family != get_u64(listener, "family"))
		return 0;
	return list_each(listener, arg);
}

static int list_both(struct list *list, struct nl *nl, struct nl_error *error)
{
	bool interrupted = false, also = false;
	struct nl_req req;
	int code = 0;

	if (list->flows && match_flows(&list->filter)) {
		flow_request(&req, list);
		code = nl_dump(nl, &req, list_each, list, &interrupted, error);
	}
	if (!code && list->listeners) {
		nl_req(&req, TCPWATCH_CMD_LISTENER_GET);
		code = nl_dump(nl, &req, list_listener, list, &also, error);
	}
	if (!code)
		warn_interrupted(interrupted || also);
	return code;
}

static int list_run(struct list *list)
{
	struct nl_error error;
	struct nl_req req;
	struct nl *nl;
	int code;

	/* Nothing to be left out or added: straight from kernel to stdout. */
	if (flow_request(&req, list) && list->ctx->json && !list->listeners &&
	    !list->chosen && match_flows(&list->filter))
		return print_dump(list->ctx, &req);
	nl = nl_open(&error);
	if (!nl)
		return fail(&error);
	code = list_both(list, nl, &error);
	if (code && list->err)
		snprintf(error.text, sizeof(error.text), "output: %s",
			 strerror(list->err));
	nl_close(nl);
	if (code)
		return fail(&error);
	if (list->ctx->json)
		puts(list->any ? "]" : "[]");
	else if (!list->any)
		print_titles(list);
	return 0;
}

static int add_column(struct list *list, const char *name)
{
	if (strcmp(name, "local") && strcmp(name, "peer") &&
	    !spec_attr("flow", name) && !spec_attr("listener", name))
		return usage("list: -o: no \"%s\"; \"list -jp\" shows all",
			     name);
	if (list->n_columns == COLUMNS_MOST)
		return usage("list: -o: too many");
	list->columns[list->n_columns++] = name;
	return 0;
}

static int add_columns(struct list *list, char *names)
{
	char *name, *rest;
	int code = 0;

	list->chosen = true;
	for (name = strtok_r(names, ",", &rest); name && !code;
	     name = strtok_r(NULL, ",", &rest))
		code = add_column(list, name);
	if (!list->n_columns)
		return code ? code : usage("list: -o: which?");
	return code;
}

static void usual_columns(struct list *list)
{
	static const char *const usual[] = {
		"state", "local", "peer", "age-ns",  "handshake-ns",
		"cause", "role",  "rtx",  "left-ns",
	};
	size_t i;

	if (list->all_netns)
		add_column(list, "netns");
	for (i = 0; i < ARRAY_SIZE(usual); i++)
		add_column(list, usual[i]);
}

static const char options[] = "list [-alA46] [-o NAME,NAME...] [FILTER]";

static int list_option(struct list *list, int option)
{
	switch (option) {
	case 'o':
		return add_columns(list, optarg);
	case 'l':
		list->listeners = true;
		list->flows = false;
		return 0;
	case 'a':
		list->listeners = true;
		list->flows = true;
		return 0;
	case 'A':
		list->all_netns = true;
		return 0;
	case '4':
		list->family = AF_INET;
		return 0;
	case '6':
		list->family = AF_INET6;
		return 0;
	default:
		if (common_option(list->ctx, option))
			return 0;
		return usage("%s", options);
	}
}

int cmd_list(struct ctx *ctx, int argc, char **argv)
{
	static struct list list;
	int option, code;

	list.ctx = ctx;
	list.flows = true;
	while ((option = getopt(argc, argv, "+o:laA46" COMMON_OPTIONS)) != -1) {
		code = list_option(&list, option);
		if (code)
			return code;
	}
	code = match_parse(&list.filter, argc - optind, argv + optind);
	if (code)
		return code;
	if (!list.n_columns)
		usual_columns(&list);
	return list_run(&list);
}
