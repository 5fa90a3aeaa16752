/* SPDX-License-Identifier: GPL-2.0 */
/* Text that grows: numbers and JSON are appended without printf. */
#ifndef TCPWATCH_TEXT_H
#define TCPWATCH_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util.h"

/**
 * struct text - a buffer of text
 * @data: what there is, not terminated
 * @len: octets of it
 * @size: octets allocated
 * @error: there was no memory; nothing was appended since
 */
struct text {
	char *data;
	size_t len;
	size_t size;
	bool error;
};

void text_free(struct text *text);
void text_mem(struct text *text, const char *data, size_t len);
void text_str(struct text *text, const char *string);
void text_char(struct text *text, char c);
void text_u64(struct text *text, uint64_t value);
void text_s64(struct text *text, int64_t value);
void text_printf(struct text *text, const char *format, ...)
	__printf(2, 3);
/* A JSON string with its quotes; @data is valid UTF-8. */
void text_json(struct text *text, const char *data, size_t len);
/* One write(); what was written is taken off. -1 with errno where it failed. */
int text_write(struct text *text, int fd);

#endif /* TCPWATCH_TEXT_H */
