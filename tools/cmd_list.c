// SPDX-License-Identifier: GPL-2.0
/*
 * Connections, as ss lists them, with what ss cannot know.  The kernel leaves
 * out what it can; the rest of a filter is evaluated here.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/tcpwatch.h>

#include "cmd.h"
#include "match.h"
#include "row.h"
#include "spec.h"
#include "util.h"

/**
 * struct list - what is listed, and how
 * @ctx: common options
 * @flows: connections
 * @listeners: and, or, listeners
 * @all_netns: of all namespaces
 * @family: AF_INET, AF_INET6, or 0 for both
 * @filter: which ones
 * @row: columns
 * @chosen: the user chose them
 * @out: what is to be written
 * @any: one was printed
 * @err: why it could not be written
 */
struct list {
	struct ctx *ctx;
	bool flows;
	bool listeners;
	bool all_netns;
	uint8_t family;
	struct filter filter;
	struct row row;
	bool chosen;
	struct decode_table table;
	struct text out;
	bool any;
	int err;
};

/* Of JSON, only what was chosen. */
static json_t *chosen_of(const struct list *list, const json_t *flow)
{
	json_t *chosen = json_object();
	const char *name;
	size_t i;

	for (i = 0; i < list->row.n; i++) {
		name = list->row.columns[i].name;
		if (json_object_get(flow, name))
			json_object_set(chosen, name,
					json_object_get(flow, name));
	}
	return chosen;
}

static void print_object(struct list *list, const struct spec_set *set,
			 const void *attrs, size_t len)
{
	json_t *flow = decode_object(set, attrs, len), *chosen;
	char *text;

	chosen = list->chosen ? chosen_of(list, flow) : json_incref(flow);
	text = json_dumps(chosen,
			  list->ctx->pretty ? JSON_INDENT(2) : JSON_COMPACT);
	text_str(&list->out, text ? text : "{}");
	free(text);
	json_decref(chosen);
	json_decref(flow);
}

static void print_json_flow(struct list *list, const struct spec_set *set,
			    const void *attrs, size_t len)
{
	text_str(&list->out, list->any ? ",\n" : "[");
	if (list->chosen || list->ctx->pretty) {
		print_object(list, set, attrs, len);
		return;
	}
	text_char(&list->out, '{');
	decode_text(&list->out, set, attrs, len);
	text_char(&list->out, '}');
}

static int write_out(struct list *list)
{
	list->err = text_write_all(&list->out, STDOUT_FILENO);
	return list->err ? EXIT_REFUSED : 0;
}

static int list_each(struct list *list, const void *attrs, size_t len)
{
	const struct decode_table *table = &list->table;

	if (!match_table(&list->filter, table))
		return 0;
	if (list->ctx->json)
		print_json_flow(list, table->set, attrs, len);
	else if (!list->any)
		row_titles(&list->row, list->ctx, &list->out);
	if (!list->ctx->json)
		row_print(&list->row, list->ctx, &list->out, table);
	list->any = true;
	return list->out.len > 65536 ? write_out(list) : 0;
}

static int list_flow(const void *attrs, size_t len, void *arg)
{
	struct list *list = arg;

	if (!decode_table(&list->table, spec_by_cmd[TCPWATCH_CMD_FLOW_DUMP],
			  attrs, len))
		return EXIT_REFUSED;
	return list_each(list, attrs, len);
}

static int list_listener(const void *attrs, size_t len, void *arg)
{
	struct list *list = arg;

	if (!decode_table(&list->table, spec_by_cmd[TCPWATCH_CMD_LISTENER_GET],
			  attrs, len))
		return EXIT_REFUSED;
	if (list->family &&
	    list->family !=
		    table_number(&list->table, TCPWATCH_A_LISTENER_FAMILY))
		return 0;
	return list_each(list, attrs, len);
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

static int list_both(struct list *list, struct nl *nl, struct nl_error *error)
{
	bool interrupted = false, also = false;
	struct nl_req req;
	int code = 0;

	if (list->flows && match_flows(&list->filter)) {
		flow_request(&req, list);
		code = nl_dump_raw(nl, &req, list_flow, list, &interrupted,
				   error);
	}
	if (!code && list->listeners) {
		nl_req(&req, TCPWATCH_CMD_LISTENER_GET);
		code = nl_dump_raw(nl, &req, list_listener, list, &also, error);
	}
	if (!code)
		warn_interrupted(interrupted || also);
	return code;
}

static int list_end(struct list *list)
{
	if (list->ctx->json)
		text_str(&list->out, list->any ? "]\n" : "[]\n");
	else if (!list->any)
		row_titles(&list->row, list->ctx, &list->out);
	return write_out(list);
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
	nl_close(nl);
	if (!code)
		code = list_end(list);
	if (code)
		output_failed(&error, list->err);
	text_free(&list->out);
	return code ? fail(&error) : 0;
}

static int add_column(struct list *list, const char *name)
{
	if (list->row.n == ROW_MOST)
		return usage("list: -o: too many");
	if (!row_add(&list->row, name))
		return usage("list: -o: no \"%s\"; \"list -jp\" shows all",
			     name);
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
	if (!list->row.n)
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
	if (!list.row.n)
		usual_columns(&list);
	return list_run(&list);
}
