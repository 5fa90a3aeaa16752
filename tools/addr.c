// SPDX-License-Identifier: GPL-2.0
/*
 * Addresses as text, as inet_ntop() has them (RFC 5952); that one prints each
 * number with printf, at many times the cost.
 */
#include <stdbool.h>
#include <string.h>

#include "addr.h"

#define WORDS 8

#define TEN(tens)                                                         \
	tens "0.", tens "1.", tens "2.", tens "3.", tens "4.", tens "5.", \
		tens "6.", tens "7.", tens "8.", tens "9."

/* Each octet and the dot behind it; there are some more than needed. */
static const char octets[260][5] = {
	TEN(""),   TEN("1"),  TEN("2"),	 TEN("3"),  TEN("4"),  TEN("5"),
	TEN("6"),  TEN("7"),  TEN("8"),	 TEN("9"),  TEN("10"), TEN("11"),
	TEN("12"), TEN("13"), TEN("14"), TEN("15"), TEN("16"), TEN("17"),
	TEN("18"), TEN("19"), TEN("20"), TEN("21"), TEN("22"), TEN("23"),
	TEN("24"), TEN("25"),
};

static char *ipv4_text(char *to, const uint8_t *addr)
{
	int i;

	for (i = 0; i < 4; i++) {
		memcpy(to, octets[addr[i]], 4);
		to += 2 + (addr[i] >= 10) + (addr[i] >= 100);
	}
	return to - 1;
}

static char *hex_text(char *to, unsigned int word)
{
	static const char hex[] = "0123456789abcdef";

	if (word >= 0x1000)
		*to++ = hex[word >> 12];
	if (word >= 0x100)
		*to++ = hex[word >> 8 & 15];
	if (word >= 0x10)
		*to++ = hex[word >> 4 & 15];
	*to++ = hex[word & 15];
	return to;
}

/* The longest run of zeroes, of two words or more; the first of such. */
static int longest_run(const unsigned int *words, int *len)
{
	int i, from = WORDS, run = 0;

	*len = 1;
	for (i = 0; i < WORDS; i++) {
		run = words[i] ? 0 : run + 1;
		if (run > *len) {
			*len = run;
			from = i + 1 - run;
		}
	}
	return from;
}

/* The last 4 octets are an IPv4 address: ::ffff:1.2.3.4, ::1.2.3.4 */
static bool embeds_ipv4(const unsigned int *words, int from, int len)
{
	return !from && (len == 6 || (len == 5 && words[5] == 0xffff));
}

static char *ipv6_text(char *to, const uint8_t *addr)
{
	unsigned int words[WORDS];
	int i, from, len, end = WORDS;
	bool ipv4;

	for (i = 0; i < WORDS; i++)
		words[i] = addr[2 * i] << 8 | addr[2 * i + 1];
	from = longest_run(words, &len);
	ipv4 = embeds_ipv4(words, from, len);
	if (ipv4)
		end = 6;
	for (i = 0; i < end; i++) {
		if (i == from) {
			*to++ = ':';
			i += len - 1;
			/* At the end nothing follows that would add one. */
			if (i == WORDS - 1)
				*to++ = ':';
			continue;
		}
		if (i)
			*to++ = ':';
		to = hex_text(to, words[i]);
	}
	if (!ipv4)
		return to;
	*to++ = ':';
	return ipv4_text(to, addr + 12);
}

char *addr_text(char *to, const uint8_t *addr, size_t len)
{
	if (len == 4)
		return ipv4_text(to, addr);
	if (len == 16)
		return ipv6_text(to, addr);
	*to = '?';
	return to + 1;
}
