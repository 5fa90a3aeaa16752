/* SPDX-License-Identifier: GPL-2.0 */
/* Addresses to listen at, and the header Host.  Pure. */
#ifndef TCPWATCH_HOST_H
#define TCPWATCH_HOST_H

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

/**
 * union host_addr - where to listen
 */
union host_addr {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* "127.0.0.1:80", "[::1]:80", ":80" (loopback), "127.0.0.1", "80". */
bool host_parse(union host_addr *addr, const char *text, unsigned int port);
bool host_is_loopback(const union host_addr *addr);
/* As a URL has it, with the port; returns @buf. */
#define HOST_SIZE 64
const char *host_text(char *buf, const union host_addr *addr);

/*
 * Does the header Host name this machine's loopback?  A page elsewhere whose
 * name was made to resolve to 127.0.0.1 sends its own name.
 */
bool host_is_local(const char *host);

#endif /* TCPWATCH_HOST_H */
