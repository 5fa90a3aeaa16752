/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The spec, module/netlink/specs/tcpwatch.yaml, as tables: what each attribute
 * is called, what is in it, what it means.  gen.py makes spec-gen.c from it.
 */
#ifndef TCPWATCH_SPEC_H
#define TCPWATCH_SPEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum spec_type {
	SPEC_NONE, /* no such attribute, or a pad */
	SPEC_FLAG,
	SPEC_U8,
	SPEC_U16,
	SPEC_U32,
	SPEC_S32,
	SPEC_U64,
	SPEC_STRING,
	SPEC_ADDR, /* 4 or 16 octets */
	SPEC_U32S, /* array of u32 */
	SPEC_U64S, /* array of u64 */
	SPEC_NEST,
};

/* So that a name is copied with some moves, whatever its length. */
#define SPEC_NAME_SIZE 32

/**
 * struct spec_enum - names of numbers
 * @name: of the enumeration
 * @names: by number, NULL where a number has none; SPEC_NAME_SIZE octets can
 *	   be read at each
 * @lens: how long they are
 * @docs: what each of them means, likewise
 * @n: how many there are
 */
struct spec_enum {
	const char *name;
	const char *const *names;
	const uint8_t *lens;
	const char *const *docs;
	size_t n;
};

/* So that a key is copied with some moves, whatever its length. */
#define SPEC_KEY_SIZE 32

/**
 * struct spec_attr - an attribute
 * @name: its name, and its key in JSON
 * @doc: what it means, in one line
 * @type: enum spec_type
 * @multi: there may be many: an array in JSON
 * @big_endian: network byte order
 * @bits: with @names, a bit mask of 1 << number
 * @names: of its values, or NULL
 * @nest: what a SPEC_NEST holds
 * @key: ,"name": as it is in JSON
 * @key_len: octets of that
 */
struct spec_attr {
	const char *name;
	const char *doc;
	enum spec_type type;
	bool multi;
	bool big_endian;
	bool bits;
	const struct spec_enum *names;
	const struct spec_set *nest;
	char key[SPEC_KEY_SIZE];
	uint8_t key_len;
};

/**
 * struct spec_set - a set of attributes
 * @name: its name
 * @attrs: by number; number 0 is none
 * @n: how many there are, 0 included
 */
struct spec_set {
	const char *name;
	const struct spec_attr *attrs;
	size_t n;
};

/* spec-gen.c */
extern const struct spec_set *const spec_by_cmd[]; /* by TCPWATCH_CMD_* */
extern const size_t spec_cmds;
extern const struct spec_set *const spec_sets[];   /* all, NULL at the end */
extern const struct spec_enum *const spec_enums[]; /* all, NULL at the end */

/* spec.c */
const struct spec_set *spec_set(const char *name);
const struct spec_attr *spec_attr(const char *set, const char *name);
const struct spec_enum *spec_enum(const char *name);
/* What a number is called; NULL for none, as when the module is newer. */
static inline const char *spec_name(const struct spec_enum *names,
				    uint64_t value)
{
	return value < names->n ? names->names[value] : NULL;
}

int spec_value(const struct spec_enum *names, const char *name);

#endif /* TCPWATCH_SPEC_H */
