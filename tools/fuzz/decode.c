// SPDX-License-Identifier: GPL-2.0
/*
 * libFuzzer: any octets as the attributes of any set.  Objects and text must
 * agree on whether they can be read, and the text must be JSON.  Lines for
 * people are printed of them, too.
 */
#include <stdint.h>
#include <stdlib.h>

#include <linux/tcpwatch.h>

#include "decode.h"
#include "event.h"
#include "row.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void print_lines(const uint8_t *data, size_t size)
{
	static const struct ctx ctx = { .numeric = true };
	static struct event_printer printer = { .ctx = &ctx };
	static struct row row;
	struct decode_table table = { 0 };

	if (!row.n) {
		row_add(&row, "state");
		row_add(&row, "local");
		row_add(&row, "left-ns");
		row_add(&row, "raddr");
		row_add(&row, "age-is-least");
		row_add(&row, "cause");
	}
	printer.out.len = 0;
	event_print(&printer, 1, data, size);
	event_print_snapshot(&printer, data, size);
	if (decode_table(&table, spec_by_cmd[TCPWATCH_CMD_FLOW_DUMP], data,
			 size))
		row_print(&row, &ctx, &printer.out, &table);
}

/* A table that knows other messages' layouts must read this one no other. */
static void read_again(const struct spec_set *set, const uint8_t *data,
		       size_t size)
{
	static struct decode_table used;
	struct decode_table fresh = { 0 };
	bool ok = decode_table(&fresh, set, data, size);
	unsigned int i, times;

	for (times = 0; times < 2; times++) {
		if (decode_table(&used, set, data, size) != ok)
			abort();
		if (ok && fresh.has != used.has)
			abort();
		for (i = 0; ok && i < set->n; i++)
			if (table_has(&fresh, i) &&
			    (fresh.at[i].data != used.at[i].data ||
			     fresh.at[i].len != used.at[i].len))
				abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text text = { 0 };
	const struct spec_set *set;
	json_t *object, *parsed;
	size_t n = 0;

	if (!size)
		return 0;
	while (spec_sets[n])
		n++;
	set = spec_sets[data[0] % n];
	object = decode_object(set, data + 1, size - 1);
	text_char(&text, '{');
	if (decode_text(&text, set, data + 1, size - 1) != !!object)
		abort();
	text_char(&text, '}');
	parsed = json_loadb(text.data, text.len,
			    JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
	/* Integers above INT64_MAX are not read back. */
	if (!parsed && object && !json_object_size(object))
		abort();
	json_decref(parsed);
	json_decref(object);
	text_free(&text);
	read_again(set, data + 1, size - 1);
	print_lines(data + 1, size - 1);
	return 0;
}
