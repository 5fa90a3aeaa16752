// SPDX-License-Identifier: GPL-2.0
/*
 * A line of list.  What a column is made of is looked up once, as there may be
 * a million lines.
 */
#include <string.h>

#include <linux/tcpwatch.h>

#include "addr.h"
#include "cmd.h"
#include "row.h"
#include "spec.h"
#include "util.h"

/* --- what is in a column --- */

static void print_state(struct text *out, const struct ctx *ctx,
			const struct decode_table *table, uint16_t type)
{
	(void)ctx;
	text_state(out, table, type);
}

static void print_user(struct text *out, const struct ctx *ctx,
		       const struct decode_table *table, uint16_t type)
{
	text_uid(out, ctx, table_number(table, type));
}

static void print_ns(struct text *out, const struct ctx *ctx,
		     const struct decode_table *table, uint16_t type)
{
	(void)ctx;
	text_ns(out, table_number(table, type));
}

/* It was there before the module was: it is older. */
static void print_age(struct text *out, const struct ctx *ctx,
		      const struct decode_table *table, uint16_t type)
{
	print_ns(out, ctx, table, type);
	if (table_has(table, TCPWATCH_A_FLOW_AGE_IS_LEAST))
		text_char(out, '+');
}

static void print_addr(struct text *out, const struct decode_value *attr)
{
	char *to = text_begin(out, ADDR_SIZE);

	if (to)
		text_end(out, addr_text(to, attr->data, attr->len));
}

static void print_any(struct text *out, const struct ctx *ctx,
		      const struct decode_table *table, uint16_t type)
{
	(void)ctx;
	switch (table->set->attrs[type].type) {
	case SPEC_FLAG:
		text_str(out, "yes");
		break;
	case SPEC_ADDR:
		print_addr(out, &table->at[type]);
		break;
	case SPEC_S32:
		text_s64(out, (int32_t)table_number(table, type));
		break;
	default:
		text_word(out, table, type);
	}
}

static bool is_flow(const struct decode_table *table)
{
	return table->set == spec_by_cmd[TCPWATCH_CMD_FLOW_DUMP];
}

static void print_local(struct text *out, const struct ctx *ctx,
			const struct decode_table *table, uint16_t type)
{
	(void)ctx;
	text_place(out, table, type,
		   is_flow(table) ? TCPWATCH_A_FLOW_LPORT
				  : TCPWATCH_A_LISTENER_LPORT);
}

static void print_peer(struct text *out, const struct ctx *ctx,
		       const struct decode_table *table, uint16_t type)
{
	(void)ctx;
	text_place(out, table, type, TCPWATCH_A_FLOW_RPORT);
}

/* --- columns --- */

static bool ends_with(const char *name, const char *end)
{
	size_t len = strlen(name), end_len = strlen(end);

	return len >= end_len && !strcmp(name + len - end_len, end);
}

/* Those that are not as their attribute's type says. */
static const struct column special[] = {
	{
		.name = "local",
		.width = 24,
		.absent = "*:*",
		.print = print_local,
		.flow = TCPWATCH_A_FLOW_LADDR,
		.listener = TCPWATCH_A_LISTENER_LADDR,
	},
	{
		.name = "peer",
		.width = 24,
		.absent = "*:*",
		.print = print_peer,
		.flow = TCPWATCH_A_FLOW_RADDR,
	},
	{
		.name = "state",
		.width = 12,
		.absent = "LISTEN",
		.print = print_state,
		.flow = TCPWATCH_A_FLOW_STATE,
	},
	{
		.name = "kernel-state",
		.width = 12,
		.absent = "-",
		.print = print_state,
		.flow = TCPWATCH_A_FLOW_KERNEL_STATE,
	},
	{
		.name = "age-ns",
		.width = 10,
		.absent = "-",
		.print = print_age,
		.flow = TCPWATCH_A_FLOW_AGE_NS,
	},
	{
		.name = "uid",
		.width = 10,
		.absent = "-",
		.print = print_user,
		.flow = TCPWATCH_A_FLOW_UID,
	},
};

/* 0 for none: that number is no attribute's. */
static uint8_t number_in(uint8_t cmd, const char *name)
{
	const struct spec_set *set = spec_by_cmd[cmd];
	const struct spec_attr *attr = spec_attr(set->name, name);

	return attr ? attr - set->attrs : 0;
}

static bool find_column(struct column *column, const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(special); i++)
		if (!strcmp(special[i].name, name)) {
			*column = special[i];
			return true;
		}
	column->name = name;
	column->absent = "-";
	column->width = ends_with(name, "addr") ? 16 : 10;
	column->print = ends_with(name, "-ns") ? print_ns : print_any;
	column->flow = number_in(TCPWATCH_CMD_FLOW_DUMP, name);
	column->listener = number_in(TCPWATCH_CMD_LISTENER_GET, name);
	return column->flow || column->listener;
}

bool row_add(struct row *row, const char *name)
{
	return find_column(&row->columns[row->n], name) && ++row->n;
}

/* --- lines --- */

void row_titles(const struct row *row, const struct ctx *ctx, struct text *out)
{
	const struct column *column;
	size_t i, from, len;

	text_str(out, bold(ctx));
	for (i = 0; i < row->n; i++) {
		column = &row->columns[i];
		len = strlen(column->name);
		if (ends_with(column->name, "-ns"))
			len -= 3;
		from = out->len;
		text_mem(out, column->name, len);
		if (i + 1 < row->n)
			text_pad(out, from, column->width + 1);
	}
	text_str(out, plain(ctx));
	text_char(out, '\n');
}

static void print_cell(const struct column *column, const struct ctx *ctx,
		       struct text *out, const struct decode_table *table)
{
	uint8_t type = is_flow(table) ? column->flow : column->listener;

	if (table_has(table, type))
		column->print(out, ctx, table, type);
	else
		text_str(out, column->absent);
}

void row_print(const struct row *row, const struct ctx *ctx, struct text *out,
	       const struct decode_table *table)
{
	size_t i, from;

	for (i = 0; i < row->n; i++) {
		from = out->len;
		print_cell(&row->columns[i], ctx, out, table);
		if (i + 1 == row->n)
			break;
		text_pad(out, from, row->columns[i].width);
		text_char(out, ' ');
	}
	text_char(out, '\n');
}
