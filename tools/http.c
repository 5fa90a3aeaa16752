// SPDX-License-Identifier: GPL-2.0
/*
 * Routes of "serve".  A request of HTTP makes one request of netlink; nothing
 * is kept between them but the socket.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/tcpwatch.h>

#include "decode.h"
#include "host.h"
#include "http.h"
#include "metrics.h"
#include "spec.h"
#include "text.h"
#include "util.h"

/* Its name in the library has changed. */
#define HTTP_TOO_LARGE 413

#define JSON_TYPE "application/json"
#define EVENTS_TYPE "text/event-stream"
#define KEEP MHD_RESPMEM_PERSISTENT
#define API "/api/v1/"
#define HISTOGRAMS "histograms" /* an argument that needs no value */

/* A table of a million endpoints is for the command line. */
#define DEFAULT_LIMIT 10000
#define MOST_LIMIT 100000

/* The page needs nothing from elsewhere, and tells nobody where it is. */
#define PAGE_POLICY                                                       \
	"default-src 'none'; style-src 'unsafe-inline'; "                 \
	"script-src 'unsafe-inline'; connect-src 'self'; img-src data:; " \
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/**
 * struct resource - what is below /api/v1/
 * @name: its last part
 * @cmd: TCPWATCH_CMD_*
 * @dump: an array of all answers
 * @details: about single connections: needs -e, and CAP_NET_ADMIN
 */
struct resource {
	const char *name;
	uint8_t cmd;
	bool dump;
	bool details;
};

static const struct resource resources[] = {
	{ "stats", TCPWATCH_CMD_STATS_GET, false, false },
	{ "hist", TCPWATCH_CMD_HIST_GET, false, false },
	{ "matrix", TCPWATCH_CMD_MATRIX_GET, true, false },
	{ "timewait", TCPWATCH_CMD_TIMEWAIT_GET, false, false },
	{ "config", TCPWATCH_CMD_CONFIG_GET, false, false },
	{ "flows", TCPWATCH_CMD_FLOW_DUMP, true, true },
	{ "listeners", TCPWATCH_CMD_LISTENER_GET, true, true },
	{ "stuck", TCPWATCH_CMD_STUCK_GET, true, true },
	{ "ports", TCPWATCH_CMD_PORT_PRESSURE_GET, true, true },
};

/* --- netlink --- */

static void note(struct server *server, bool up, const char *why)
{
	if (server->known && server->up == up)
		return;
	if (!up)
		fprintf(stderr, "tcpwatch: no answers: %s\n", why);
	else if (server->known)
		fputs("tcpwatch: the module answers again\n", stderr);
	server->known = true;
	server->up = up;
}

static bool connected(struct server *server, struct nl_error *error)
{
	if (!server->nl)
		server->nl = nl_open(error);
	if (!server->nl)
		note(server, false, error->text);
	return server->nl;
}

/* What a request came to; a socket that failed is not used again. */
static void settle(struct server *server, const struct nl_error *error, bool ok)
{
	/* a refusal is an answer */
	if (ok || error->err == EPERM || error->err == EACCES) {
		note(server, true, NULL);
		return;
	}
	if (error->code == EXIT_ABSENT)
		note(server, false, error->text);
	nl_close(server->nl);
	server->nl = NULL;
}

static json_t *ask(struct server *server, const struct nl_req *req,
		   struct nl_error *error)
{
	json_t *answer;

	if (!connected(server, error))
		return NULL;
	answer = nl_do(server->nl, req, error);
	settle(server, error, answer);
	return answer;
}

/**
 * struct dump - answers that become a document
 * @set: what is in them
 * @text: the document
 * @n: how many there were
 * @limit: no more are taken
 * @cut: there were more
 */
struct dump {
	const struct spec_set *set;
	struct text *text;
	unsigned long n;
	unsigned long limit;
	bool cut;
};

static int take_answer(const void *attrs, size_t len, void *arg)
{
	struct dump *dump = arg;

	if (dump->n == dump->limit) {
		dump->cut = true;
		return EXIT_REFUSED;
	}
	text_str(dump->text, dump->n++ ? ",\n{" : "[{");
	if (!decode_text(dump->text, dump->set, attrs, len))
		return EXIT_REFUSED;
	text_char(dump->text, '}');
	return 0;
}

static int ask_all(struct server *server, const struct nl_req *req,
		   struct dump *dump, struct nl_error *error)
{
	int code;

	if (!connected(server, error))
		return error->code;
	dump->set = spec_by_cmd[req->cmd];
	code = nl_dump_raw(server->nl, req, take_answer, dump, NULL, error);
	if (code && dump->cut)
		code = 0;
	text_str(dump->text, dump->n ? "]\n" : "[]\n");
	settle(server, error, !code);
	return code;
}

bool http_probe(struct server *server)
{
	struct nl_error error;
	struct nl_req req;
	json_t *stats;

	nl_req(&req, TCPWATCH_CMD_STATS_GET);
	stats = ask(server, &req, &error);
	json_decref(stats);
	return stats;
}

/* --- answers --- */

static enum MHD_Result finish(struct MHD_Connection *connection,
			      unsigned int status, const char *type,
			      struct MHD_Response *response)
{
	enum MHD_Result result;

	if (!response)
		return MHD_NO;
	mhd.add_response_header(response, "Content-Type", type);
	mhd.add_response_header(response, "Cache-Control", "no-store");
	mhd.add_response_header(response, "X-Content-Type-Options", "nosniff");
	result = mhd.queue_response(connection, status, response);
	mhd.destroy_response(response);
	return result;
}

/* The daemon frees the text. */
static struct MHD_Response *take_text(struct text *text)
{
	struct MHD_Response *response = NULL;

	if (!text->error)
		response = mhd.response_from_buffer(text->len, text->data,
						    MHD_RESPMEM_MUST_FREE);
	if (!response)
		text_free(text);
	return response;
}

static enum MHD_Result answer_text(struct MHD_Connection *connection,
				   unsigned int status, const char *type,
				   struct text *text)
{
	return finish(connection, status, type, take_text(text));
}

static enum MHD_Result refuse(struct MHD_Connection *connection,
			      unsigned int status, const char *why)
{
	struct MHD_Response *response;
	struct text text = { 0 };

	text_str(&text, "{\"error\":");
	text_json(&text, why, strlen(why));
	text_str(&text, "}\n");
	response = take_text(&text);
	if (response && status == MHD_HTTP_METHOD_NOT_ALLOWED)
		mhd.add_response_header(response, "Allow", "GET, HEAD");
	return finish(connection, status, JSON_TYPE, response);
}

static enum MHD_Result failed(struct MHD_Connection *connection,
			      const struct nl_error *error)
{
	unsigned int status = MHD_HTTP_INTERNAL_SERVER_ERROR;

	if (error->code == EXIT_ABSENT)
		status = MHD_HTTP_SERVICE_UNAVAILABLE;
	else if (error->err == EPERM || error->err == EACCES)
		status = MHD_HTTP_FORBIDDEN;
	return refuse(connection, status, error->text);
}

static enum MHD_Result answer_page(struct MHD_Connection *connection)
{
	struct MHD_Response *response =
		mhd.response_from_buffer(page_size, (void *)page,
					 MHD_RESPMEM_PERSISTENT);

	if (response)
		mhd.add_response_header(response, "Content-Security-Policy",
					PAGE_POLICY);
	return finish(connection, MHD_HTTP_OK, "text/html; charset=utf-8",
		      response);
}

static enum MHD_Result answer_metrics(struct server *server,
				      struct MHD_Connection *connection)
{
	const char *accept = mhd.lookup_connection_value(connection,
							 MHD_HEADER_KIND,
							 "Accept");
	bool openmetrics = metrics_accept(accept);
	struct text text = { 0 };
	struct nl_error error;
	struct nl_req req;
	json_t *stats;

	nl_req(&req, TCPWATCH_CMD_STATS_GET);
	nl_req_flag(&req, TCPWATCH_A_STATS_HISTOGRAMS);
	stats = ask(server, &req, &error);
	metrics_text(&text, stats, openmetrics);
	json_decref(stats);
	return answer_text(connection, MHD_HTTP_OK,
			   openmetrics ? METRICS_OPENMETRICS
				       : METRICS_PROMETHEUS,
			   &text);
}

static unsigned long limit_of(struct MHD_Connection *connection)
{
	const char *text = mhd.lookup_connection_value(connection,
						       MHD_GET_ARGUMENT_KIND,
						       "limit");
	unsigned long limit = text ? strtoul(text, NULL, 10) : 0;

	if (!limit)
		return DEFAULT_LIMIT;
	return limit < MOST_LIMIT ? limit : MOST_LIMIT;
}

static enum MHD_Result answer_dump(struct server *server,
				   struct MHD_Connection *connection,
				   const struct nl_req *req)
{
	struct text text = { 0 };
	struct dump dump = { .text = &text, .limit = limit_of(connection) };
	struct MHD_Response *response;
	struct nl_error error;

	if (ask_all(server, req, &dump, &error)) {
		text_free(&text);
		return failed(connection, &error);
	}
	response = take_text(&text);
	if (response && dump.cut)
		mhd.add_response_header(response, "Tcpwatch-Truncated", "true");
	return finish(connection, MHD_HTTP_OK, JSON_TYPE, response);
}

static int append(const char *data, size_t len, void *arg)
{
	text_mem(arg, data, len);
	return 0;
}

static enum MHD_Result answer_one(struct server *server,
				  struct MHD_Connection *connection,
				  const struct nl_req *req)
{
	struct text text = { 0 };
	struct nl_error error;
	json_t *answer;

	answer = ask(server, req, &error);
	if (!answer)
		return failed(connection, &error);
	json_dump_callback(answer, append, &text, JSON_COMPACT);
	text_char(&text, '\n');
	json_decref(answer);
	return answer_text(connection, MHD_HTTP_OK, JSON_TYPE, &text);
}

static enum MHD_Result answer_api(struct server *server,
				  struct MHD_Connection *connection,
				  const char *name)
{
	const struct resource *resource = resources;
	struct nl_req req;

	while (strcmp(resource->name, name))
		if (++resource == resources + ARRAY_SIZE(resources))
			return refuse(connection, MHD_HTTP_NOT_FOUND,
				      "there is no such resource");
	if (resource->details && !server->details)
		return refuse(connection, MHD_HTTP_FORBIDDEN,
			      "single connections are told with -e only");
	nl_req(&req, resource->cmd);
	if (resource->cmd == TCPWATCH_CMD_STATS_GET &&
	    mhd.lookup_connection_value_n(connection, MHD_GET_ARGUMENT_KIND,
					  HISTOGRAMS, strlen(HISTOGRAMS), NULL,
					  NULL))
		nl_req_flag(&req, TCPWATCH_A_STATS_HISTOGRAMS);
	if (resource->dump)
		return answer_dump(server, connection, &req);
	return answer_one(server, connection, &req);
}

static enum MHD_Result answer_events(struct server *server,
				     struct MHD_Connection *connection,
				     bool head)
{
	struct MHD_Response *response;
	struct nl_error error;

	if (!server->details)
		return refuse(connection, MHD_HTTP_FORBIDDEN,
			      "transitions are told with -e only");
	if (head) {
		response = mhd.response_from_buffer(0, NULL, KEEP);
		return finish(connection, MHD_HTTP_OK, EVENTS_TYPE, response);
	}
	if (!sse_has_room(server->sse))
		return refuse(connection, MHD_HTTP_SERVICE_UNAVAILABLE,
			      "there are too many listeners");
	response = sse_join(server->sse, connection, &error);
	if (!response)
		return failed(connection, &error);
	return finish(connection, MHD_HTTP_OK, EVENTS_TYPE, response);
}

/* --- requests --- */

/* No request here has a body. */
static bool has_body(struct MHD_Connection *connection)
{
	const char *length = mhd.lookup_connection_value(connection,
							 MHD_HEADER_KIND,
							 "Content-Length");

	return (length && strcmp(length, "0")) ||
	       mhd.lookup_connection_value(connection, MHD_HEADER_KIND,
					   "Transfer-Encoding");
}

static enum MHD_Result route(struct server *server,
			     struct MHD_Connection *connection, const char *url,
			     bool head)
{
	struct text text = { 0 };

	if (!strcmp(url, "/"))
		return answer_page(connection);
	if (!strcmp(url, "/metrics"))
		return answer_metrics(server, connection);
	if (!strcmp(url, "/events"))
		return answer_events(server, connection, head);
	if (!strncmp(url, API, strlen(API)))
		return answer_api(server, connection, url + strlen(API));
	if (strcmp(url, "/healthz"))
		return refuse(connection, MHD_HTTP_NOT_FOUND,
			      "there is no such resource");
	text_str(&text, "ok\n");
	return answer_text(connection, MHD_HTTP_OK, "text/plain", &text);
}

/* What is refused whatever it asks for; 0 for nothing. */
static unsigned int check(const struct server *server,
			  struct MHD_Connection *connection, const char *method,
			  const char **why)
{
	const char *host;

	*why = "only GET and HEAD are known";
	if (strcmp(method, MHD_HTTP_METHOD_GET) &&
	    strcmp(method, MHD_HTTP_METHOD_HEAD))
		return MHD_HTTP_METHOD_NOT_ALLOWED;
	*why = "requests have no body here";
	if (has_body(connection))
		return HTTP_TOO_LARGE;
	*why = "Host is not the name of this machine's loopback";
	host = mhd.lookup_connection_value(connection, MHD_HEADER_KIND, "Host");
	if (server->local && host && !host_is_local(host))
		return MHD_HTTP_FORBIDDEN;
	return 0;
}

enum MHD_Result http_handle(void *arg, struct MHD_Connection *connection,
			    const char *url, const char *method,
			    const char *version, const char *upload,
			    size_t *upload_size, void **request)
{
	struct server *server = arg;
	unsigned int status;
	const char *why;

	(void)version;
	(void)upload;
	(void)upload_size;
	/*
	 * The first call is made with the headers only; an answer then ends
	 * the connection, which is right for refusals.
	 */
	if (*request)
		return route(server, connection, url,
			     !strcmp(method, MHD_HTTP_METHOD_HEAD));
	*request = server;
	status = check(server, connection, method, &why);
	return status ? refuse(connection, status, why) : MHD_YES;
}
