// SPDX-License-Identifier: GPL-2.0
/* Addresses as text; does not resolve names. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "host.h"

/* Digits only, 0..65535; 0 lets the kernel choose. */
static bool parse_port(const char *text, unsigned int *port)
{
	size_t n = strspn(text, "0123456789");

	if (!n || n > 5 || text[n])
		return false;
	*port = atoi(text);
	return *port <= 65535;
}

static bool parse_v6(union host_addr *addr, char *text, unsigned int port)
{
	char *end = strchr(text, ']');

	if (!end)
		return false;
	*end++ = '\0';
	if (*end && (*end != ':' || !parse_port(end + 1, &port)))
		return false;
	addr->v6.sin6_family = AF_INET6;
	addr->v6.sin6_port = htons(port);
	return inet_pton(AF_INET6, text + 1, &addr->v6.sin6_addr) == 1;
}

bool host_parse(union host_addr *addr, const char *text, unsigned int port)
{
	char copy[HOST_SIZE], *colon;

	memset(addr, 0, sizeof(*addr));
	if (snprintf(copy, sizeof(copy), "%s", text) >= (int)sizeof(copy))
		return false;
	if (*copy == '[')
		return parse_v6(addr, copy, port);
	colon = strchr(copy, ':');
	if (colon)
		*colon++ = '\0';
	if (colon && !parse_port(colon, &port))
		return false;
	if (!colon && parse_port(copy, &port))
		*copy = '\0';
	addr->v4.sin_family = AF_INET;
	addr->v4.sin_port = htons(port);
	addr->v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return !*copy || inet_pton(AF_INET, copy, &addr->v4.sin_addr) == 1;
}

bool host_is_loopback(const union host_addr *addr)
{
	if (addr->any.sa_family == AF_INET6)
		return IN6_IS_ADDR_LOOPBACK(&addr->v6.sin6_addr);
	return ntohl(addr->v4.sin_addr.s_addr) >> 24 == 127;
}

const char *host_text(char *buf, const union host_addr *addr)
{
	char text[INET6_ADDRSTRLEN] = "?";

	if (addr->any.sa_family == AF_INET6) {
		inet_ntop(AF_INET6, &addr->v6.sin6_addr, text, sizeof(text));
		snprintf(buf, HOST_SIZE, "[%s]:%u", text,
			 ntohs(addr->v6.sin6_port));
	} else {
		inet_ntop(AF_INET, &addr->v4.sin_addr, text, sizeof(text));
		snprintf(buf, HOST_SIZE, "%s:%u", text,
			 ntohs(addr->v4.sin_port));
	}
	return buf;
}

bool host_is_local(const char *host)
{
	union host_addr addr;
	char name[HOST_SIZE];
	unsigned int port;
	size_t n;

	n = strcspn(host, ":");
	if (n == strlen("localhost") && !strncasecmp(host, "localhost", n))
		return !host[n] || parse_port(host + n + 1, &port);
	/* a port alone is an address to listen at, but no name of a host */
	snprintf(name, sizeof(name), "%s", host);
	if (*name != '[' && !memchr(name, '.', n < sizeof(name) ? n : 0))
		return false;
	return host_parse(&addr, host, 80) && host_is_loopback(&addr);
}
