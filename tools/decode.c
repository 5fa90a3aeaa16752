// SPDX-License-Identifier: GPL-2.0
/*
 * Attributes to JSON: one walk over them, told to a sink that makes objects
 * or to one that writes text, and compiled once for each.  What it reads is not
 * trusted: each length is checked, what the spec does not know is skipped,
 * numbers without a name are told as numbers.  Of an attribute that ought to be
 * there once the first counts.
 */
#include <arpa/inet.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <string.h>

#include "addr.h"
#include "decode.h"

/* Sets do not nest deeper than that; the spec is a tree. */
#define DEEPEST 8

/**
 * struct sink - where values go
 * @open: an object ('{') or an array ('[') begins
 * @close: it ends
 * @number: a number without sign
 * @negative: one with a sign
 * @string: valid UTF-8
 * @plain: nothing of which JSON escapes
 * @name: one of the spec, of which SPEC_NAME_SIZE octets can be read
 * @yes: true
 * @set: what is in a nest; false where that is malformed
 *
 * @as says how a value is called, and is NULL in an array.
 */
struct sink {
	void (*open)(void *to, const struct spec_attr *as, char bracket);
	void (*close)(void *to, char bracket);
	void (*number)(void *to, const struct spec_attr *as, uint64_t value);
	void (*negative)(void *to, const struct spec_attr *as, int64_t value);
	void (*string)(void *to, const struct spec_attr *as, const char *s,
		       size_t len);
	void (*plain)(void *to, const struct spec_attr *as, const char *s,
		      size_t len);
	void (*name)(void *to, const struct spec_attr *as, const char *s,
		     size_t len);
	void (*yes)(void *to, const struct spec_attr *as);
	bool (*set)(void *to, const struct spec_set *set, const uint8_t *data,
		    size_t len, unsigned int depth);
};

static uint64_t number_at(const uint8_t *data, size_t size)
{
	uint64_t u64;
	uint32_t u32;
	uint16_t u16;

	switch (size) {
	case 1:
		return *data;
	case 2:
		memcpy(&u16, data, sizeof(u16));
		return u16;
	case 4:
		memcpy(&u32, data, sizeof(u32));
		return u32;
	case 8:
		memcpy(&u64, data, sizeof(u64));
		return u64;
	default:
		return 0;
	}
}

uint64_t decode_number(const struct decode_attr *attr)
{
	return number_at(attr->data, attr->len);
}

/* Octets of the UTF-8 character at @s, 0 where there is none. */
static size_t utf8_char(const uint8_t *s, size_t len)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n = *s < 0x80   ? 1
		   : *s < 0xc2 ? 0
		   : *s < 0xe0 ? 2
		   : *s < 0xf0 ? 3
		   : *s < 0xf5 ? 4
			       : 0;
	uint32_t code;
	size_t i;

	if (n < 2 || n > len)
		return n == 1;
	code = *s & (0x7f >> n);
	for (i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (s[i] & 0x3f);
	}
	if (code < least[n] || code > 0x10ffff ||
	    (code >= 0xd800 && code <= 0xdfff))
		return 0;
	return n;
}

size_t decode_string(char *clean, const uint8_t *data, size_t len)
{
	size_t i, n;

	len = strnlen((const char *)data,
		      len < DECODE_STRING ? len : DECODE_STRING);
	for (i = 0; i < len; i += n ? n : 1) {
		n = data[i] < 0x80 ? 1 : utf8_char(data + i, len - i);
		if (n == 1)
			clean[i] = (char)data[i];
		else if (n)
			memcpy(clean + i, data + i, n);
		else
			clean[i] = '?';
	}
	return len;
}

static __always_inline void walk_named(const struct sink *sink, void *to,
				       const struct spec_attr *as,
				       const struct spec_enum *names,
				       uint64_t value)
{
	const char *said = spec_name(names, value);

	if (said)
		sink->name(to, as, said, names->lens[value]);
	else
		sink->number(to, as, value);
}

static __always_inline void walk_bits(const struct sink *sink, void *to,
				      const struct spec_attr *as,
				      const struct spec_enum *names,
				      uint64_t bits)
{
	unsigned int i;

	sink->open(to, as, '[');
	for (i = 0; i < 64; i++)
		if (bits >> i & 1)
			walk_named(sink, to, NULL, names, i);
	sink->close(to, ']');
}

/* Of one that is as long as its type says; in the order of the spec. */
static inline uint64_t number_of(const struct spec_attr *spec,
				 const uint8_t *data)
{
	uint64_t eight;
	uint32_t four;
	uint16_t two;

	switch (spec->type) {
	case SPEC_U8:
		return *data;
	case SPEC_U16:
		memcpy(&two, data, sizeof(two));
		return spec->big_endian ? ntohs(two) : two;
	case SPEC_U64:
		memcpy(&eight, data, sizeof(eight));
		return eight;
	case SPEC_U32:
	case SPEC_S32:
		memcpy(&four, data, sizeof(four));
		return spec->big_endian ? ntohl(four) : four;
	default:
		return 0;
	}
}

static __always_inline void walk_number(const struct sink *sink, void *to,
					const struct spec_attr *as,
					const struct spec_attr *spec,
					const struct decode_attr *attr)
{
	uint64_t value = number_of(spec, attr->data);

	if (spec->names && spec->bits)
		walk_bits(sink, to, as, spec->names, value);
	else if (spec->names)
		walk_named(sink, to, as, spec->names, value);
	else if (spec->type == SPEC_S32)
		sink->negative(to, as, (int32_t)value);
	else
		sink->number(to, as, value);
}

static __always_inline void walk_array(const struct sink *sink, void *to,
				       const struct spec_attr *as,
				       const struct decode_attr *attr,
				       size_t size)
{
	size_t i;

	sink->open(to, as, '[');
	for (i = 0; i + size <= attr->len; i += size)
		sink->number(to, NULL, number_at(attr->data + i, size));
	sink->close(to, ']');
}

/* The same of what has not the length that its type says. */
static bool has_other_value(enum spec_type type, size_t len)
{
	switch (type) {
	case SPEC_ADDR:
		return len == 4 || len == 16;
	case SPEC_U32S:
		return len % 4 == 0;
	case SPEC_U64S:
		return len % 8 == 0;
	case SPEC_FLAG:
	case SPEC_STRING:
	case SPEC_NEST:
		return true;
	default:
		return false;
	}
}

/* Is there a value in it that can be told? */
static inline bool has_value(const struct spec_attr *spec,
			     const struct decode_attr *attr)
{
	/* None is as long as the first says: it has no value. */
	static const uint16_t lens[SPEC_NEST + 1] = {
		[SPEC_NONE] = UINT16_MAX, [SPEC_U8] = 1,  [SPEC_U16] = 2,
		[SPEC_U32] = 4,		  [SPEC_S32] = 4, [SPEC_U64] = 8,
		[SPEC_ADDR] = 4,
	};

	return attr->len == lens[spec->type] ||
	       has_other_value(spec->type, attr->len);
}

static __always_inline bool walk_value(const struct sink *sink, void *to,
				       const struct spec_attr *as,
				       const struct spec_attr *spec,
				       const struct decode_attr *attr,
				       unsigned int depth)
{
	char said[DECODE_STRING];
	const char *end;
	bool ok = true;

	switch (spec->type) {
	case SPEC_FLAG:
		sink->yes(to, as);
		break;
	case SPEC_STRING:
		sink->string(to, as, said,
			     decode_string(said, attr->data, attr->len));
		break;
	case SPEC_ADDR:
		end = addr_text(said, attr->data, attr->len);
		sink->plain(to, as, said, end - said);
		break;
	case SPEC_U32S:
		walk_array(sink, to, as, attr, 4);
		break;
	case SPEC_U64S:
		walk_array(sink, to, as, attr, 8);
		break;
	case SPEC_NEST:
		sink->open(to, as, '{');
		ok = sink->set(to, spec->nest, attr->data, attr->len,
			       depth + 1);
		sink->close(to, '}');
		break;
	default:
		walk_number(sink, to, as, spec, attr);
	}
	return ok;
}

/* @attr and all like it up to the end of their set. */
static __always_inline bool walk_multi(const struct sink *sink, void *to,
				       const struct spec_attr *spec,
				       struct decode_attr attr,
				       const uint8_t *data, size_t len,
				       unsigned int depth)
{
	unsigned int type = attr.type;
	bool ok = true;

	sink->open(to, spec, '[');
	do {
		if (attr.type == type && has_value(spec, &attr))
			ok = walk_value(sink, to, NULL, spec, &attr, depth);
	} while (ok && decode_next(&data, &len, &attr));
	sink->close(to, ']');
	return ok;
}

static __always_inline bool walk_set(const struct sink *sink, void *to,
				     const struct spec_set *set,
				     const uint8_t *data, size_t len,
				     unsigned int depth)
{
	const struct spec_attr *spec;
	struct decode_attr attr;
	uint64_t seen = 0;
	bool ok = depth < DEEPEST;

	while (ok && decode_next(&data, &len, &attr)) {
		/* gen.py sees to it that sets have at most 64 */
		if (attr.type >= set->n || seen >> attr.type & 1)
			continue;
		spec = &set->attrs[attr.type];
		if (!has_value(spec, &attr))
			continue;
		seen |= 1ULL << attr.type;
		if (spec->multi)
			ok = walk_multi(sink, to, spec, attr, data, len, depth);
		else
			ok = walk_value(sink, to, spec, spec, &attr, depth);
	}
	return ok && !len;
}

/* --- by number --- */

static struct decode_layout *layout_of(struct decode_table *table, size_t len)
{
	return &table->layouts[len / NLA_ALIGNTO % DECODE_LAYOUTS];
}

/*
 * The kernel sends the same attributes again and again: where all their heads
 * are as they were in a message of the same length, so is all else but what is
 * in them.
 */
static bool table_again(struct decode_table *table, const struct spec_set *set,
			const uint8_t *data, size_t len)
{
	const struct decode_layout *layout = layout_of(table, len);
	const struct decode_place *place = layout->places;
	const struct decode_place *end = place + layout->n;
	uint32_t head;

	if (layout->len != len || layout->set != set || !layout->n)
		return false;
	for (; place < end; place++) {
		memcpy(&head, data + place->at, sizeof(head));
		if (head != place->head)
			return false;
		table->at[place->to].data = data + place->at + NLA_HDRLEN;
		table->at[place->to].len = place->len;
	}
	table->set = set;
	table->has = layout->has;
	return true;
}

/* False where it has too many attributes to be known again. */
static bool layout_add(struct decode_layout *layout, const uint8_t *message,
		       const struct decode_attr *attr, unsigned int to)
{
	struct decode_place *place = &layout->places[layout->n];

	if (layout->n == DECODE_MOST || attr->data - message > UINT16_MAX)
		return false;
	layout->n++;
	place->at = attr->data - message - NLA_HDRLEN;
	place->len = attr->len;
	place->to = to;
	memcpy(&place->head, message + place->at, sizeof(place->head));
	return true;
}

bool decode_table(struct decode_table *table, const struct spec_set *set,
		  const void *attrs, size_t len)
{
	struct decode_layout *layout = layout_of(table, len);
	const uint8_t *data = attrs;
	struct decode_attr attr;
	uint64_t has = 0, bit;
	bool known = true;
	unsigned int to;

	if (table_again(table, set, data, len))
		return true;
	layout->n = 0;
	layout->len = len;
	layout->set = set;
	while (decode_next(&data, &len, &attr)) {
		bit = attr.type < set->n ? 1ULL << attr.type : 0;
		to = DECODE_MOST;
		if (bit && !(has & bit) &&
		    has_value(&set->attrs[attr.type], &attr)) {
			to = attr.type;
			has |= bit;
			table->at[to].data = attr.data;
			table->at[to].len = attr.len;
		}
		known = known && layout_add(layout, attrs, &attr, to);
	}
	if (len || !known)
		layout->n = 0;
	layout->has = has;
	table->set = set;
	table->has = has;
	return !len;
}

uint64_t table_wide(const struct decode_table *table, uint16_t type)
{
	return number_of(&table->set->attrs[type], table->at[type].data);
}

/* --- objects --- */

/**
 * struct tree - objects that are being made
 * @open: from the outermost to the one that values are put into
 * @depth: how many there are
 * @failed: no memory
 */
struct tree {
	json_t *open[2 * DEEPEST + 2];
	unsigned int depth;
	bool failed;
};

/* Takes @value over, and frees it where it cannot be put. */
static bool tree_put(struct tree *tree, const struct spec_attr *as,
		     json_t *value)
{
	json_t *in = tree->open[tree->depth - 1];
	int err;

	if (!value)
		err = -1;
	else if (json_is_array(in))
		err = json_array_append_new(in, value);
	else
		err = json_object_set_new_nocheck(in, as ? as->name : NULL,
						  value);
	if (err)
		tree->failed = true;
	return !err;
}

static void tree_open(void *to, const struct spec_attr *as, char bracket)
{
	json_t *value = bracket == '[' ? json_array() : json_object();
	struct tree *tree = to;

	/* What could not be put is replaced, so that closing it is right. */
	if (!tree_put(tree, as, value))
		value = tree->open[tree->depth - 1];
	tree->open[tree->depth++] = value;
}

static void tree_close(void *to, char bracket)
{
	struct tree *tree = to;

	(void)bracket;
	tree->depth--;
}

/* JSON of jansson has no integers above INT64_MAX. */
static void tree_number(void *to, const struct spec_attr *as, uint64_t value)
{
	tree_put(to, as,
		 value > INT64_MAX ? json_real((double)value)
				   : json_integer((json_int_t)value));
}

static void tree_negative(void *to, const struct spec_attr *as, int64_t value)
{
	tree_put(to, as, json_integer(value));
}

static void tree_string(void *to, const struct spec_attr *as, const char *s,
			size_t len)
{
	tree_put(to, as, json_stringn_nocheck(s, len));
}

static void tree_yes(void *to, const struct spec_attr *as)
{
	tree_put(to, as, json_true());
}

static bool tree_set(void *to, const struct spec_set *set, const uint8_t *data,
		     size_t len, unsigned int depth)
{
	static const struct sink sink = {
		.open = tree_open,
		.close = tree_close,
		.number = tree_number,
		.negative = tree_negative,
		.string = tree_string,
		.plain = tree_string,
		.name = tree_string,
		.yes = tree_yes,
		.set = tree_set,
	};

	return walk_set(&sink, to, set, data, len, depth);
}

json_t *decode_object(const struct spec_set *set, const void *data, size_t len)
{
	struct tree tree = { .open = { json_object() }, .depth = 1 };

	if (!tree.open[0])
		return NULL;
	if (!tree_set(&tree, set, data, len, 0) || tree.failed) {
		json_decref(tree.open[0]);
		return NULL;
	}
	return tree.open[0];
}

/* --- text --- */

/* A key, and a name, an address or a number with quotes. */
#define TEXT_ROOM (SPEC_KEY_SIZE + ADDR_SIZE + 2)

/*
 * Where its value goes, NULL for no memory; there is room for it, unless it is
 * longer than TEXT_ROOM says.  The comma before it too, unless it is the first.
 */
static inline char *text_name(struct text *text, const struct spec_attr *as)
{
	char *to = text_begin(text, TEXT_ROOM);
	bool first;

	if (!to)
		return NULL;
	first = !text->len || to[-1] == '{' || to[-1] == '[' || to[-1] == '\n';
	if (!as) {
		*to = ',';
		return to + !first;
	}
	/* More is copied than counts: its length is known to the compiler. */
	memcpy(to, as->key + first, SPEC_KEY_SIZE - 1);
	return to + as->key_len - first;
}

/* More is copied than counts. */
static inline void text_named(void *text, const struct spec_attr *as,
			      const char *s, size_t len)
{
	char *to = text_name(text, as);

	if (!to)
		return;
	*to++ = '"';
	memcpy(to, s, SPEC_NAME_SIZE);
	to[len] = '"';
	text_end(text, to + len + 1);
}

/* An address: nothing in it is to be escaped. */
static inline void text_plain(void *text, const struct spec_attr *as,
			      const char *s, size_t len)
{
	char *to = text_name(text, as);

	if (!to)
		return;
	*to++ = '"';
	memcpy(to, s, len);
	to[len] = '"';
	text_end(text, to + len + 1);
}

static inline void text_open(void *text, const struct spec_attr *as,
			     char bracket)
{
	char *to = text_name(text, as);

	if (!to)
		return;
	*to = bracket;
	text_end(text, to + 1);
}

static inline void text_close(void *to, char bracket)
{
	text_char(to, bracket);
}

static inline void text_number(void *text, const struct spec_attr *as,
			       uint64_t value)
{
	char *to = text_name(text, as);

	if (to)
		text_end(text, text_digits(to, value));
}

static void text_negative(void *text, const struct spec_attr *as, int64_t value)
{
	char *to = text_name(text, as);

	if (!to)
		return;
	text_end(text, to);
	text_s64(text, value);
}

static void text_string(void *text, const struct spec_attr *as, const char *s,
			size_t len)
{
	char *to = text_name(text, as);

	if (!to)
		return;
	text_end(text, to);
	text_json(text, s, len);
}

static void text_yes(void *text, const struct spec_attr *as)
{
	char *to = text_name(text, as);

	if (!to)
		return;
	memcpy(to, "true", 4);
	text_end(text, to + 4);
}

static bool text_set(void *to, const struct spec_set *set, const uint8_t *data,
		     size_t len, unsigned int depth)
{
	static const struct sink sink = {
		.open = text_open,
		.close = text_close,
		.number = text_number,
		.negative = text_negative,
		.string = text_string,
		.plain = text_plain,
		.name = text_named,
		.yes = text_yes,
		.set = text_set,
	};

	return walk_set(&sink, to, set, data, len, depth);
}

bool decode_text(struct text *text, const struct spec_set *set,
		 const void *data, size_t len)
{
	size_t before = text->len;

	if (text_set(text, set, data, len, 0))
		return true;
	text->len = before;
	return false;
}
