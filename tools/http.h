/* SPDX-License-Identifier: GPL-2.0 */
/* What "serve" answers to which request. */
#ifndef TCPWATCH_HTTP_H
#define TCPWATCH_HTTP_H

#include "mhd.h"
#include <stdbool.h>

#include "nl.h"
#include "sse.h"

/**
 * struct server - what answers need
 * @details: single connections may be told (-e)
 * @local: it listens at loopback, where Host must be local
 * @nl: socket for requests; NULL where there is none yet
 * @known: whether the module answers was told
 * @up: the module answered last time
 * @sse: the streams of transitions
 */
struct server {
	bool details;
	bool local;
	struct nl *nl;
	bool known;
	bool up;
	struct sse *sse;
};

/* The handler of the daemon; its argument is a struct server. */
enum MHD_Result http_handle(void *arg, struct MHD_Connection *connection,
			    const char *url, const char *method,
			    const char *version, const char *upload,
			    size_t *upload_size, void **request);

/* Is the module there?  Says so on stderr where that changed. */
bool http_probe(struct server *server);

/* page.c */
extern const char page[];
extern const size_t page_size;

#endif /* TCPWATCH_HTTP_H */
