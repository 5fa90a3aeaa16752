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

/**
 * struct decode_value - what is in an attribute, in place
 * @data: where it begins
 * @len: octets of it
 */
struct decode_value {
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
size_t decode_string(char *clean, const uint8_t *data, size_t len);

/* gen.py sees to it that sets have no more. */
#define DECODE_MOST 64

/* How many layouts a table knows, by the length of the message. */
#define DECODE_LAYOUTS 16

/**
 * struct decode_place - an attribute of a layout
 * @head: its length and type, as they stand there
 * @at: where that is in the message
 * @len: octets behind it
 * @to: its number, DECODE_MOST where it is not told of
 */
struct decode_place {
	uint32_t head;
	uint16_t at;
	uint16_t len;
	uint8_t to;
};

/**
 * struct decode_layout - where the attributes of a message were
 * @set: what they are
 * @len: of the message
 * @has: those that are there and have a value
 * @n: how many @places there are; 0: nothing is known
 * @places: of all, in their order
 */
struct decode_layout {
	const struct spec_set *set;
	size_t len;
	uint64_t has;
	unsigned int n;
	struct decode_place places[DECODE_MOST];
};

/**
 * struct decode_table - attributes of a message by number, in place
 * @set: what they are
 * @has: bits of 1 << number of those that are there and have a value
 * @at: where they are; the last takes what is not told of
 * @layouts: of messages before this one
 *
 * To be zeroed before the first message, and kept for the next.
 */
struct decode_table {
	const struct spec_set *set;
	uint64_t has;
	struct decode_value at[DECODE_MOST + 1];
	struct decode_layout layouts[DECODE_LAYOUTS];
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
	const struct decode_value *value = &table->at[type];

	if (!table_has(table, type))
		return 0;
	return value->len == 1 ? *value->data : table_wide(table, type);
}

/* What the number is called; NULL for none, as when the module is newer. */
static inline const char *table_name(const struct decode_table *table,
				     uint16_t type, size_t *len)
{
	const struct spec_enum *names = table->set->attrs[type].names;
	uint64_t value = table_number(table, type);
	const char *name;

	if (!names || !table_has(table, type))
		return NULL;
	name = spec_name(names, value);
	if (name)
		*len = names->lens[value];
	return name;
}

#endif /* TCPWATCH_DECODE_H */
