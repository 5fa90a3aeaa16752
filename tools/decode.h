/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Attributes to JSON, as objects or directly as text, or by their numbers, by
 * the tables of the spec.  Takes a pointer and a length and needs no socket.
 */
#ifndef TCPWATCH_DECODE_H
#define TCPWATCH_DECODE_H

#include <jansson.h>
#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "spec.h"
#include "text.h"

/**
 * struct decode_attr - an attribute, in place
 * @type: its number
 * @data: what is in it
 * @len: octets of that
 */
struct decode_attr {
	unsigned int type;
	const uint8_t *data;
	size_t len;
};

/*
 * Takes the next attribute off [*@data, *@data + *@len); false at the end,
 * and where what is left is none; then *@len is not 0.
 */
static inline bool decode_next(const uint8_t **data, size_t *len,
			       struct decode_attr *attr)
{
	struct nlattr head;
	size_t step;

	if (*len < sizeof(head))
		return false;
	memcpy(&head, *data, sizeof(head));
	if (head.nla_len < sizeof(head) || head.nla_len > *len)
		return false;
	attr->type = head.nla_type & NLA_TYPE_MASK;
	attr->data = *data + sizeof(head);
	attr->len = head.nla_len - sizeof(head);
	/* The last one may come without its padding. */
	step = NLA_ALIGN(head.nla_len);
	if (step > *len)
		step = *len;
	*data += step;
	*len -= step;
	return true;
}

/* A number of 1, 2, 4 or 8 octets; 0 for another length. */
uint64_t decode_number(const struct decode_attr *attr);

/* As an object; NULL where the attributes are malformed, or for no memory. */
json_t *decode_object(const struct spec_set *set, const void *data, size_t len);

/*
 * The same as text, without braces: "a":1,"b":2.  False where the attributes
 * are malformed; what was appended to @text is taken back.
 */
bool decode_text(struct text *text, const struct spec_set *set,
		 const void *data, size_t len);

/*
 * A string as UTF-8 at @clean, which has room for DECODE_STRING; its length.
 * A process may call itself anything: what is not UTF-8 becomes '?'.  Longer
 * ones are cut; the longest that the module sends is 40.
 */
#define DECODE_STRING 256
size_t decode_string(char *clean, const struct decode_attr *attr);

/* gen.py sees to it that sets have no more. */
#define DECODE_MOST 64

/**
 * struct decode_table - attributes of a message by number, in place
 * @set: what they are
 * @has: bits of 1 << number of those that are there and have a value
 * @at: where they are
 */
struct decode_table {
	const struct spec_set *set;
	uint64_t has;
	struct decode_attr at[DECODE_MOST];
};

/* False where the attributes are malformed; nests are not looked into. */
bool decode_table(struct decode_table *table, const struct spec_set *set,
		  const void *data, size_t len);

static inline bool table_has(const struct decode_table *table, uint16_t type)
{
	return table->has >> type & 1;
}

/* Of one that is there; table_number() is 0 where it is not. */
uint64_t table_wide(const struct decode_table *table, uint16_t type);

static inline uint64_t table_number(const struct decode_table *table,
				    uint16_t type)
{
	const struct decode_attr *attr = &table->at[type];

	if (!table_has(table, type))
		return 0;
	return attr->len == 1 ? *attr->data : table_wide(table, type);
}

/* What the number is called; NULL for none, as when the module is newer. */
const char *table_name(const struct decode_table *table, uint16_t type);

#endif /* TCPWATCH_DECODE_H */
