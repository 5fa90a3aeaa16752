/* SPDX-License-Identifier: GPL-2.0 */
/* Whose a socket is. */
#ifndef TCPWATCH_OWNER_H
#define TCPWATCH_OWNER_H

#include <jansson.h>

/*
 * The processes that have the sockets of @inodes, an array of numbers, open:
 * {"inode": {"pid", "comm"}}; those that cannot be found or seen are left
 * out.  Where many have it, the one with the least pid.
 */
json_t *owner_find(const json_t *inodes);

#endif /* TCPWATCH_OWNER_H */
