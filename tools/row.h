/* SPDX-License-Identifier: GPL-2.0 */
/* A line of list: its columns, written from the attributes. */
#ifndef TCPWATCH_ROW_H
#define TCPWATCH_ROW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "decode.h"
#include "text.h"

struct ctx;

#define ROW_MOST 32

/**
 * struct column - one of a row
 * @name: of an attribute, "local" or "peer"
 * @width: of what is in it, if it is not the last one
 * @absent: what is there where the attribute is not
 * @print: writes what is in it; there is something
 * @flow: number of the attribute in the set "flow", 0 for none
 * @listener: the same in the set "listener"
 */
struct column {
	const char *name;
	size_t width;
	const char *absent;
	void (*print)(struct text *out, const struct ctx *ctx,
		      const struct decode_table *table, uint16_t type);
	uint8_t flow;
	uint8_t listener;
};

/**
 * struct row - what a line is made of
 * @columns: from left to right
 * @n: how many
 */
struct row {
	struct column columns[ROW_MOST];
	size_t n;
};

/* False where there is no such column; there is room for it. */
bool row_add(struct row *row, const char *name);
void row_titles(const struct row *row, const struct ctx *ctx, struct text *out);
/* Of a flow or a listener. */
void row_print(const struct row *row, const struct ctx *ctx, struct text *out,
	       const struct decode_table *table);

#endif /* TCPWATCH_ROW_H */
