// SPDX-License-Identifier: GPL-2.0
/*
 * Numbers and names for people.  What is printed for each of many connections
 * is written into text, without printf.
 */
#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

#include "addr.h"
#include "cmd.h"
#include "fmt.h"
#include "util.h"

const char *bold(const struct ctx *ctx)
{
	return ctx->colour ? "\033[1m" : "";
}

const char *plain(const struct ctx *ctx)
{
	return ctx->colour ? "\033[0m" : "";
}

/* --- into text --- */

static char *digits_2(char *to, unsigned int value)
{
	*to++ = '0' + value / 10;
	*to++ = '0' + value % 10;
	return to;
}

/* Hundredths as "1.23". */
static char *hundredths(char *to, uint64_t value)
{
	to = text_digits(to, value / 100);
	*to++ = '.';
	return digits_2(to, value % 100);
}

/* Three digits, or a few more, of less than a second. */
static char *three_digits(char *to, uint64_t ns, uint64_t unit)
{
	uint64_t tenths;

	if (ns < 10 * unit)
		return hundredths(to, (ns * 100 + unit / 2) / unit);
	if (ns >= 100 * unit)
		return text_digits(to, (ns + unit / 2) / unit);
	tenths = (ns * 10 + unit / 2) / unit;
	to = text_digits(to, tenths / 10);
	*to++ = '.';
	*to++ = '0' + tenths % 10;
	return to;
}

static char *two_units(char *to, uint64_t more, char unit, unsigned int rest,
		       char of_rest)
{
	to = text_digits(to, more);
	*to++ = unit;
	to = digits_2(to, rest);
	*to++ = of_rest;
	return to;
}

/*
 * Up to some minutes in seconds: what matters of TIME-WAIT are the fractions
 * that it is longer than 60 s.
 */
static char *time_text(char *to, uint64_t ns)
{
	uint64_t s = ns / 1000000000;

	if (s >= 86400)
		return two_units(to, s / 86400, 'd', s / 3600 % 24, 'h');
	if (s >= 3600)
		return two_units(to, s / 3600, 'h', s / 60 % 60, 'm');
	if (s >= 600)
		return two_units(to, s / 60, 'm', s % 60, 's');
	if (s)
		to = hundredths(to, (ns + 5000000) / 10000000);
	else if (ns >= 1000000)
		to = three_digits(to, ns, 1000000);
	else if (ns >= 1000)
		to = three_digits(to, ns, 1000);
	else
		to = text_digits(to, ns);
	if (!s)
		*to++ = ns >= 1000000 ? 'm' : ns >= 1000 ? 'u' : 'n';
	*to++ = 's';
	return to;
}

void text_ns(struct text *text, uint64_t ns)
{
	char *to = text_begin(text, FMT_SIZE);

	if (to)
		text_end(text, time_text(to, ns));
}

void text_place(struct text *text, const struct decode_table *table,
		uint16_t addr, uint16_t port)
{
	char *to = text_begin(text, FMT_SIZE);
	size_t len = table_has(table, addr) ? table->at[addr].len : 0;

	if (!to)
		return;
	if (len == 16)
		*to++ = '[';
	if (len)
		to = addr_text(to, table->at[addr].data, len);
	else
		*to++ = '*';
	if (len == 16)
		*to++ = ']';
	*to++ = ':';
	text_end(text, text_digits(to, table_number(table, port)));
}

static char upper(char c)
{
	return c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c;
}

/* A name and what more can be read; NULL where there is none, or no memory. */
static inline char *word_begin(struct text *text,
			       const struct decode_table *table, uint16_t type,
			       size_t *len)
{
	const char *name = table_name(table, type, len);
	char *to;

	if (!name) {
		text_u64(text, table_number(table, type));
		return NULL;
	}
	to = text_begin(text, SPEC_NAME_SIZE);
	if (to)
		memcpy(to, name, SPEC_NAME_SIZE);
	return to;
}

void text_word(struct text *text, const struct decode_table *table,
	       uint16_t type)
{
	size_t len;
	char *to = word_begin(text, table, type, &len);

	if (to)
		text_end(text, to + len);
}

/* There are letters, digits and '-' in a name; letters alone have this bit. */
#define LETTERS 0x4040404040404040ULL

void text_state(struct text *text, const struct decode_table *table,
		uint16_t type)
{
	uint64_t eight;
	size_t len, i;
	char *to = word_begin(text, table, type, &len);

	if (!to)
		return;
	for (i = 0; i < SPEC_NAME_SIZE; i += sizeof(eight)) {
		memcpy(&eight, to + i, sizeof(eight));
		eight &= ~((eight & LETTERS) >> 1);
		memcpy(to + i, &eight, sizeof(eight));
	}
	text_end(text, to + len);
}

/* Looking up a user reads files, and most sockets belong to a few. */
static const char *user_name(uint64_t uid)
{
	static struct {
		uint64_t uid;
		char name[FMT_SIZE];
	} known[16], *at;
	const struct passwd *user;

	at = &known[uid % ARRAY_SIZE(known)];
	if (at->uid == uid && at->name[0])
		return at->name;
	user = getpwuid(uid);
	if (user)
		snprintf(at->name, sizeof(at->name), "%s", user->pw_name);
	else
		snprintf(at->name, sizeof(at->name), "%" PRIu64, uid);
	at->uid = uid;
	return at->name;
}

void text_uid(struct text *text, const struct ctx *ctx, uint64_t uid)
{
	if (ctx->numeric)
		text_u64(text, uid);
	else
		text_str(text, user_name(uid));
}

/* --- into a buffer --- */

const char *fmt_ns(char *buf, uint64_t ns)
{
	*time_text(buf, ns) = '\0';
	return buf;
}

const char *fmt_bytes(char *buf, uint64_t bytes)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	double value = bytes;
	size_t i = 0;

	while (value >= 1024 && i + 1 < ARRAY_SIZE(units)) {
		value /= 1024;
		i++;
	}
	snprintf(buf, FMT_SIZE, i ? "%.1f %s" : "%.0f %s", value, units[i]);
	return buf;
}

const char *fmt_state(char *buf, const char *state)
{
	size_t i;

	for (i = 0; state[i] && i < FMT_SIZE - 1; i++)
		buf[i] = upper(state[i]);
	buf[i] = '\0';
	return buf;
}

const char *fmt_end(char *buf, const json_t *from, const char *addr,
		    const char *port)
{
	const char *said = get_str(from, addr);

	snprintf(buf, FMT_SIZE, strchr(said, ':') ? "[%.46s]:%u" : "%.46s:%u",
		 *said ? said : "*",
		 (unsigned int)get_u64(from, port) & 0xffff);
	return buf;
}

const char *fmt_uid(char *buf, const struct ctx *ctx, uint64_t uid)
{
	if (ctx->numeric)
		snprintf(buf, FMT_SIZE, "%" PRIu64, uid);
	else
		snprintf(buf, FMT_SIZE, "%s", user_name(uid));
	return buf;
}

uint64_t get_u64(const json_t *from, const char *key)
{
	const json_t *value = json_object_get(from, key);

	if (json_is_real(value))
		return json_real_value(value);
	return json_integer_value(value);
}

const char *get_str(const json_t *from, const char *key)
{
	const char *said = json_string_value(json_object_get(from, key));

	return said ? said : "";
}
