/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The stream of transitions for HTTP clients (server-sent events): one
 * subscription for all of them, a bounded buffer for each.
 */
#ifndef TCPWATCH_SSE_H
#define TCPWATCH_SSE_H

#include "mhd.h"
#include <stdbool.h>

#include "nl.h"

struct sse;

struct sse *sse_new(void);
/* Ends all streams; then the daemon must run until sse_idle(). */
void sse_shutdown(struct sse *sse);
bool sse_idle(const struct sse *sse);
void sse_free(struct sse *sse);

/* Can one more client be served? */
bool sse_has_room(const struct sse *sse);
/* A response with the stream for @connection; NULL with @error on failure. */
struct MHD_Response *sse_join(struct sse *sse,
			      struct MHD_Connection *connection,
			      struct nl_error *error);

/* To be polled for input; -1 for none. */
int sse_fd(const struct sse *sse);
/* Milliseconds to the next sse_run(); -1 for never. */
int sse_timeout(const struct sse *sse);
/* Takes what has come, and does what is due. */
void sse_run(struct sse *sse);

#endif /* TCPWATCH_SSE_H */
