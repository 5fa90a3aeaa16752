/* SPDX-License-Identifier: GPL-2.0 */
/* What the unit tests share: results in TAP, messages built by hand. */
#ifndef TCPWATCH_TEST_H
#define TCPWATCH_TEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One line of TAP; @why is printed below it where @ok is false. */
void tap_result(bool ok, const char *name, const char *why);

/**
 * struct message - attributes that a test makes
 * @len: octets of @data
 * @data: attributes
 */
struct message {
	size_t len;
	uint8_t data[4096];
};

void put(struct message *m, uint16_t type, const void *data, size_t len);
void put_u8(struct message *m, uint16_t type, uint8_t value);
void put_u16(struct message *m, uint16_t type, uint16_t value);
void put_u32(struct message *m, uint16_t type, uint32_t value);
void put_u64(struct message *m, uint16_t type, uint64_t value);

void test_decode(void); /* test_decode.c */
void test_malformed(void); /* test_decode.c */
void test_doctor(void); /* test_doctor.c */
void test_filter(void); /* test_filter.c */
void test_host(void); /* test_host.c */
void test_ladder(void); /* test_ladder.c */
void test_lines(void); /* test_lines.c */
void test_metrics(void); /* test_metrics.c */
void test_stream(void); /* test_stream.c */

#endif /* TCPWATCH_TEST_H */
