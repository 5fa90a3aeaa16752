// SPDX-License-Identifier: GPL-2.0
/* Text that grows; does not know what is in it. */
#include <errno.h>
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

/* How many digits a number has, by its bits and one comparison. */
static size_t digits_of(uint64_t value)
{
	static const uint64_t powers[] = {
		0ULL,
		10ULL,
		100ULL,
		1000ULL,
		10000ULL,
		100000ULL,
		1000000ULL,
		10000000ULL,
		100000000ULL,
		1000000000ULL,
		10000000000ULL,
		100000000000ULL,
		1000000000000ULL,
		10000000000000ULL,
		100000000000000ULL,
		1000000000000000ULL,
		10000000000000000ULL,
		100000000000000000ULL,
		1000000000000000000ULL,
		10000000000000000000ULL,
	};
	/* 1233 / 4096 is the decimal logarithm of 2 */
	size_t n = (64 - __builtin_clzll(value | 1)) * 1233 >> 12;

	return n + (value >= powers[n]);
}

char *text_many_digits(char *to, uint64_t value)
{
	static const char pairs[] = {
		"00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445464748495051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899"
	};
	char *end = to + digits_of(value);
	unsigned int four, rest;
	char *at = end;

	/* Four at a time: a quarter of the long divisions */
	while (value >= 10000) {
		four = value % 10000;
		value /= 10000;
		at -= 4;
		memcpy(at, pairs + 2 * (four / 100), 2);
		memcpy(at + 2, pairs + 2 * (four % 100), 2);
	}
	rest = value;
	if (rest >= 100) {
		memcpy(at - 2, pairs + 2 * (rest % 100), 2);
		rest /= 100;
	}
	if (rest >= 10)
		memcpy(to, pairs + 2 * rest, 2);
	else
		*to = '0' + rest;
	return end;
}

void text_u64(struct text *text, uint64_t value)
{
	char *to = text_begin(text, TEXT_DIGITS);

	if (to)
		text_end(text, text_digits(to, value));
}

void text_pad_left(struct text *text, size_t from, size_t width)
{
	size_t len = text->len - from;

	if (len >= width || !text_room(text, width - len))
		return;
	memmove(text->data + from + width - len, text->data + from, len);
	memset(text->data + from, ' ', width - len);
	text->len = from + width;
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

void text_safe_mem(struct text *text, const char *data, size_t len)
{
	char *to = text_begin(text, len);
	size_t i;

	if (!to)
		return;
	for (i = 0; i < len; i++)
		to[i] = (unsigned char)data[i] < 0x20 || data[i] == 0x7f
				? '?'
				: data[i];
	text_end(text, to + len);
}

void text_safe(struct text *text, const char *string)
{
	text_safe_mem(text, string, strlen(string));
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

int text_write_all(struct text *text, int fd)
{
	while (text->len)
		if (text_write(text, fd) && errno != EINTR)
			return errno;
	return text->error ? ENOMEM : 0;
}
