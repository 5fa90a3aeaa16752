/* SPDX-License-Identifier: GPL-2.0 */
/* Sorts a stream of transitions by connection, and tells each that is over. */
#ifndef TCPWATCH_CONNS_H
#define TCPWATCH_CONNS_H

#include <jansson.h>
#include <stdbool.h>

struct conns;

/*
 * @done borrows the ladder of each connection that is over; a code other than
 * 0 is what conns_event() and conns_flush() then return.  With @early a
 * connection counts as over when TIME-WAIT begins.  NULL for no memory.
 */
struct conns *conns_new(bool early, int (*done)(json_t *ladder, void *arg),
			void *arg);
void conns_free(struct conns *conns);

int conns_event(struct conns *conns, json_t *event);
/* All that are not over, in the order in which they began. */
int conns_flush(struct conns *conns);
/* How many were forgotten because there were too many at a time. */
unsigned long conns_forgotten(const struct conns *conns);

#endif /* TCPWATCH_CONNS_H */
