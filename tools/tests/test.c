// SPDX-License-Identifier: GPL-2.0
/* Runs the unit tests and reports in TAP. */
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "test.h"

static unsigned int results, failures;

void tap_result(bool ok, const char *name, const char *why)
{
	printf("%sok %u - %s\n", ok ? "" : "not ", ++results, name);
	if (ok)
		return;
	failures++;
	printf("# %s\n", why);
}

void put(struct message *m, uint16_t type, const void *data, size_t len)
{
	struct nlattr head = { .nla_len = NLA_HDRLEN + len, .nla_type = type };

	if (m->len + NLA_HDRLEN + NLA_ALIGN(len) > sizeof(m->data))
		abort();
	memset(m->data + m->len, 0, NLA_HDRLEN + NLA_ALIGN(len));
	memcpy(m->data + m->len, &head, sizeof(head));
	if (len)
		memcpy(m->data + m->len + NLA_HDRLEN, data, len);
	m->len += NLA_HDRLEN + NLA_ALIGN(len);
}

void put_u8(struct message *m, uint16_t type, uint8_t value)
{
	put(m, type, &value, sizeof(value));
}

void put_u16(struct message *m, uint16_t type, uint16_t value)
{
	put(m, type, &value, sizeof(value));
}

void put_u32(struct message *m, uint16_t type, uint32_t value)
{
	put(m, type, &value, sizeof(value));
}

void put_u64(struct message *m, uint16_t type, uint64_t value)
{
	put(m, type, &value, sizeof(value));
}

int main(void)
{
	puts("TAP version 13");
	test_decode();
	test_malformed();
	test_filter();
	test_stream();
	test_ladder();
	test_doctor();
	test_lines();
	test_metrics();
	test_host();
	printf("1..%u\n", results);
	return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
