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

/*
 * What is written without a look at each character: at most @most of them
 * from where text_begin() says, NULL for no memory; text_end() counts them.
 */
static inline char *text_begin(struct text *text, size_t most)
{
	return text_room(text, most) ? text->data + text->len : NULL;
}

static inline void text_end(struct text *text, const char *end)
{
	text->len = end - text->data;
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

/*
 * Spaces, so that what began at @from is @width wide.  More is written than
 * counts: its length is known to the compiler.
 */
#define TEXT_WIDEST 32
static inline void text_pad(struct text *text, size_t from, size_t width)
{
	char *to;

	if (text->len - from >= width)
		return;
	to = text_begin(text, TEXT_WIDEST);
	if (!to)
		return;
	memset(to, ' ', TEXT_WIDEST);
	text->len = from + width;
}

/* The same with the spaces before it. */
void text_pad_left(struct text *text, size_t from, size_t width);
/* Digits of a number at @to, which has room for all; where they end. */
#define TEXT_DIGITS 20
char *text_many_digits(char *to, uint64_t value);

static inline char *text_digits(char *to, uint64_t value)
{
	if (value >= 10)
		return text_many_digits(to, value);
	*to = '0' + value;
	return to + 1;
}

void text_u64(struct text *text, uint64_t value);
void text_s64(struct text *text, int64_t value);
void text_printf(struct text *text, const char *format, ...) __printf(2, 3);
/* A JSON string with its quotes; @data is valid UTF-8. */
void text_json(struct text *text, const char *data, size_t len);
/* Of what anybody may have chosen: control characters become '?'. */
void text_safe(struct text *text, const char *string);
void text_safe_mem(struct text *text, const char *data, size_t len);
/* One write(); what was written is taken off. -1 with errno where it failed. */
int text_write(struct text *text, int fd);
/* All of it; 0 or errno, ENOMEM where some of it was never there. */
int text_write_all(struct text *text, int fd);

#endif /* TCPWATCH_TEXT_H */
