/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Attributes to JSON, as objects or directly as text, by the tables of the
 * spec.  Takes a pointer and a length and needs no socket.
 */
#ifndef TCPWATCH_DECODE_H
#define TCPWATCH_DECODE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "spec.h"
#include "text.h"

/**
 * struct decode_attr - an attribute, in place
 * @type: its number
 * @data: what is in it
 * @len: octets of that
 */
struct decode_attr {
	uint16_t type;
	const uint8_t *data;
	size_t len;
};

/*
 * Takes the next attribute off [*@data, *@data + *@len); false at the end,
 * and where what is left is none; then *@len is not 0.
 */
bool decode_next(const uint8_t **data, size_t *len, struct decode_attr *attr);

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

/* 4 or 16 octets; "?" for another length. */
#define DECODE_ADDR_SIZE 48
const char *decode_addr(char *buf, const uint8_t *addr, size_t len);

#endif /* TCPWATCH_DECODE_H */
