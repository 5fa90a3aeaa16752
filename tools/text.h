/* SPDX-License-Identifier: GPL-2.0 */
/* Text that grows: numbers and JSON are appended without printf. */
#ifndef TCPWATCH_TEXT_H
#define TCPWATCH_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

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
/* Room for @more octets; false where there is no memory. */
bool text_grow(struct text *text, size_t more);

/* Inline, for they are most of what it costs to print a transition. */
static inline bool text_room(struct text *text, size_t more)
{
	return more <= text->size - text->len || text_grow(text, more);
}

static inline void text_mem(struct text *text, const char *data, size_t len)
{
	if (!len || !text_room(text, len))
		return;
	memcpy(text->data + text->len, data, len);
	text->len += len;
}

static inline void text_str(struct text *text, const char *string)
{
	text_mem(text, string, strlen(string));
}

static inline void text_char(struct text *text, char c)
{
	if (text_room(text, 1))
		text->data[text->len++] = c;
}

void text_u64(struct text *text, uint64_t value);
void text_s64(struct text *text, int64_t value);
void text_printf(struct text *text, const char *format, ...)
	__printf(2, 3);
/* A JSON string with its quotes; @data is valid UTF-8. */
void text_json(struct text *text, const char *data, size_t len);
/* Of what anybody may have chosen: control characters become '?'. */
void text_safe(struct text *text, const char *string);
/* One write(); what was written is taken off. -1 with errno where it failed. */
int text_write(struct text *text, int fd);

#endif /* TCPWATCH_TEXT_H */
