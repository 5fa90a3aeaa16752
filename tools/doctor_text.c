// SPDX-License-Identifier: GPL-2.0
/* Findings for people. */
#include <stdio.h>
#include <string.h>

#include "findings.h"
#include "js.h"

#define MOST_SOCKETS 3
#define WIDTH 78
#define INDENT 10

static const char *colour_of(const char *severity)
{
	if (!strcmp(severity, "critical"))
		return "\033[1;31m";
	if (!strcmp(severity, "warning"))
		return "\033[1;33m";
	return "\033[1m";
}

/* @label, then the words of @words in lines of @WIDTH, indented. */
static void put_words(struct text *out, const char *label, const char *words)
{
	int column = INDENT, n;

	text_printf(out, "  %-*s", INDENT - 2, label);
	while (*words) {
		n = strcspn(words, " ");
		if (column > INDENT && column + 1 + n > WIDTH) {
			text_printf(out, "\n%*s", INDENT, "");
			column = INDENT;
		} else if (column > INDENT) {
			text_char(out, ' ');
			column++;
		}
		text_mem(out, words, n);
		column += n;
		words += n;
		words += strspn(words, " ");
	}
	text_char(out, '\n');
}

static void put_who(struct text *out, const json_t *who)
{
	if (!json_object_size(who))
		return;
	text_printf(out, "  %-*s", INDENT - 2, "who");
	if (*js_str(who, "comm")) {
		text_safe(out, js_str(who, "comm"));
		text_printf(out, " (pid %lld) ", (long long)js_int(who, "pid"));
	}
	if (json_object_get(who, "uid"))
		text_printf(out, "uid %lld ", (long long)js_int(who, "uid"));
	if (json_object_get(who, "inode"))
		text_printf(out, "inode %lld", (long long)js_int(who, "inode"));
	while (out->len && out->data[out->len - 1] == ' ')
		out->len--;
	text_char(out, '\n');
}

static void put_sockets(struct text *out, const json_t *sockets)
{
	char local[END_SIZE], peer[END_SIZE], age[AGO_SIZE];
	json_t *one;
	size_t i;

	json_array_foreach(sockets, i, one) {
		text_printf(out, "  %-*s", INDENT - 2, i ? "" : "which");
		if (i == MOST_SOCKETS) {
			text_printf(out, "and %zu more\n",
				    json_array_size(sockets) - i);
			break;
		}
		text_printf(out, "%s - %s for %s",
			    end_text(local, one, "laddr", "lport"),
			    end_text(peer, one, "raddr", "rport"),
			    ago(age, js_u64(one, "age-ns")));
		if (js_u64(one, "rtx"))
			text_printf(out, ", sent again %llu times",
				    (unsigned long long)js_u64(one, "rtx"));
		text_char(out, '\n');
	}
}

void doctor_text(struct text *out, const json_t *findings, bool colour)
{
	const char *severity;
	json_t *finding;
	size_t i;

	if (!json_array_size(findings))
		text_str(out, "nothing found\n");
	json_array_foreach(findings, i, finding) {
		severity = js_str(finding, "severity");
		text_printf(out, "%s%s%s%s %s\n", i ? "\n" : "",
			    colour ? colour_of(severity) : "", severity,
			    colour ? "\033[0m:" : ":", js_str(finding, "what"));
		put_who(out, json_object_get(finding, "who"));
		put_sockets(out, json_object_get(finding, "sockets"));
		put_words(out, "why", js_str(finding, "why"));
		put_words(out, "do", js_str(finding, "advice"));
	}
}
