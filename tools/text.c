// SPDX-License-Identifier: GPL-2.0
/* Text that grows; does not know what is in it. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "text.h"

bool text_grow(struct text *text, size_t more)
{
	size_t size = text->size ? text->size : 4096;
	char *data;

	if (text->error)
		return false;
	while (size - text->len < more)
		size *= 2;
	data = realloc(text->data, size);
	if (!data) {
		text->error = true;
		return false;
	}
	text->data = data;
	text->size = size;
	return true;
}

void text_free(struct text *text)
{
	free(text->data);
	memset(text, 0, sizeof(*text));
}

void text_u64(struct text *text, uint64_t value)
{
	char digits[20];
	size_t at = sizeof(digits);
	unsigned int pair;

	/* Two at a time: half the divisions */
	while (value >= 10) {
		pair = value % 100;
		value /= 100;
		digits[--at] = '0' + pair % 10;
		digits[--at] = '0' + pair / 10;
	}
	if (value || at == sizeof(digits))
		digits[--at] = '0' + value;
	text_mem(text, digits + at, sizeof(digits) - at);
}

void text_s64(struct text *text, int64_t value)
{
	if (value < 0)
		text_char(text, '-');
	text_u64(text, value < 0 ? -(uint64_t)value : (uint64_t)value);
}

void text_printf(struct text *text, const char *format, ...)
{
	va_list args;
	char line[1024];
	int len;

	va_start(args, format);
	len = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (len < 0)
		return;
	text_mem(text, line,
		 (size_t)len < sizeof(line) ? (size_t)len : sizeof(line) - 1);
}

static void text_escaped(struct text *text, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";

	text_char(text, '\\');
	if (c == '"' || c == '\\') {
		text_char(text, c);
		return;
	}
	text_mem(text, "u00", 3);
	text_char(text, hex[c >> 4]);
	text_char(text, hex[c & 15]);
}

void text_json(struct text *text, const char *data, size_t len)
{
	size_t i, from = 0;
	unsigned char c;

	text_char(text, '"');
	for (i = 0; i < len; i++) {
		c = data[i];
		if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7f)
			continue;
		text_mem(text, data + from, i - from);
		text_escaped(text, c);
		from = i + 1;
	}
	text_mem(text, data + from, len - from);
	text_char(text, '"');
}

void text_safe(struct text *text, const char *string)
{
	for (; *string; string++)
		text_char(text, (unsigned char)*string < 0x20 || *string == 0x7f
					? '?'
					: *string);
}

int text_write(struct text *text, int fd)
{
	ssize_t n;

	if (!text->len)
		return 0;
	n = write(fd, text->data, text->len);
	if (n < 0)
		return -1;
	memmove(text->data, text->data + n, text->len - n);
	text->len -= n;
	return 0;
}
