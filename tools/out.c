// SPDX-License-Identifier: GPL-2.0
/* What the commands print: errors, JSON, tables.  fmt.c has what is in them. */
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "decode.h"
#include "spec.h"

int fail(const struct nl_error *error)
{
	fprintf(stderr, "tcpwatch: %s\n", error->text);
	return error->code ? error->code : EXIT_REFUSED;
}

int usage(const char *format, ...)
{
	va_list args;

	fputs("tcpwatch: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	return EXIT_USAGE;
}

bool common_option(struct ctx *ctx, int option)
{
	switch (option) {
	case 'j':
		ctx->json = true;
		return true;
	case 'p':
		ctx->pretty = true;
		return true;
	case 't':
		ctx->stamps = true;
		return true;
	case 'n':
		ctx->numeric = true;
		return true;
	default:
		return false;
	}
}

int only_common(struct ctx *ctx, int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "+" COMMON_OPTIONS)) != -1)
		if (!common_option(ctx, option))
			return usage("try \"tcpwatch help\"");
	if (optind < argc)
		return usage("%s: what is \"%s\"? It takes no arguments",
			     argv[0], argv[optind]);
	return 0;
}

void warn_interrupted(bool interrupted)
{
	if (interrupted)
		fputs("tcpwatch: some may be missing, or told twice\n", stderr);
}

void print_json(const struct ctx *ctx, const json_t *doc)
{
	size_t flags = ctx->pretty ? JSON_INDENT(2) : JSON_COMPACT;

	json_dumpf(doc, stdout, flags | JSON_ENCODE_ANY);
	fputc('\n', stdout);
}

int print_answer(const struct ctx *ctx, const struct nl_req *req)
{
	struct nl_error error;
	struct nl *nl = nl_open(&error);
	json_t *answer;

	if (!nl)
		return fail(&error);
	answer = nl_do(nl, req, &error);
	nl_close(nl);
	if (!answer)
		return fail(&error);
	print_json(ctx, answer);
	json_decref(answer);
	return 0;
}

/**
 * struct dump_text - a dump that is written as it comes
 * @set: what is in an answer
 * @text: not written yet
 * @any: there was one before
 * @err: why it could not be written
 */
struct dump_text {
	const struct spec_set *set;
	struct text text;
	bool any;
	int err;
};

static int write_all(struct dump_text *to)
{
	to->err = text_write_all(&to->text, STDOUT_FILENO);
	return to->err ? EXIT_REFUSED : 0;
}

void output_failed(struct nl_error *error, int err)
{
	if (!error->text[0])
		snprintf(error->text, sizeof(error->text), "%s%s",
			 err ? "output: " : "",
			 err ? strerror(err)
			     : "a message of the kernel cannot be read");
}

static int dump_each(const void *attrs, size_t len, void *arg)
{
	struct dump_text *to = arg;

	text_str(&to->text, to->any ? ",\n{" : "[{");
	to->any = true;
	if (!decode_text(&to->text, to->set, attrs, len))
		return EXIT_REFUSED;
	text_char(&to->text, '}');
	return to->text.len > 65536 ? write_all(to) : 0;
}

/* A million endpoints are not to be held as objects. */
static int dump_as_text(struct nl *nl, const struct nl_req *req,
			bool *interrupted, struct nl_error *error)
{
	struct dump_text to = { .set = spec_by_cmd[req->cmd] };
	int code;

	fflush(stdout);
	code = nl_dump_raw(nl, req, dump_each, &to, interrupted, error);
	if (!code) {
		text_str(&to.text, to.any ? "]\n" : "[]\n");
		code = write_all(&to);
	}
	if (code)
		output_failed(error, to.err);
	text_free(&to.text);
	return code;
}

int print_dump(const struct ctx *ctx, const struct nl_req *req)
{
	struct nl_error error;
	struct nl *nl = nl_open(&error);
	bool interrupted = false;
	json_t *all = NULL;
	int code;

	if (!nl)
		return fail(&error);
	if (ctx->pretty) {
		all = nl_dump_all(nl, req, &error);
		code = all ? 0 : error.code;
	} else {
		code = dump_as_text(nl, req, &interrupted, &error);
	}
	nl_close(nl);
	if (code)
		return fail(&error);
	if (all)
		print_json(ctx, all);
	json_decref(all);
	warn_interrupted(interrupted);
	return 0;
}

int print_table(struct ctx *ctx, const struct nl_req *req, void (*title)(void),
		void (*row)(const json_t *answer))
{
	struct nl_error error;
	struct nl *nl;
	json_t *all;
	size_t i;

	if (ctx->json)
		return print_dump(ctx, req);
	nl = nl_open(&error);
	if (!nl)
		return fail(&error);
	all = nl_dump_all(nl, req, &error);
	nl_close(nl);
	if (!all)
		return fail(&error);
	fputs(bold(ctx), stdout);
	title();
	puts(plain(ctx));
	for (i = 0; i < json_array_size(all); i++)
		row(json_array_get(all, i));
	json_decref(all);
	return 0;
}
