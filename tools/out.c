// SPDX-License-Identifier: GPL-2.0
/* What the commands print: errors, JSON, numbers and names for people. */
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "decode.h"
#include "spec.h"
#include "util.h"

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
	while (to->text.len)
		if (text_write(&to->text, STDOUT_FILENO) && errno != EINTR) {
			to->err = errno;
			return EXIT_REFUSED;
		}
	to->err = to->text.error ? ENOMEM : 0;
	return to->err ? EXIT_REFUSED : 0;
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
	if (code && !error->text[0] && to.err)
		snprintf(error->text, sizeof(error->text), "output: %s",
			 strerror(to.err));
	else if (code && !error->text[0])
		snprintf(error->text, sizeof(error->text),
			 "a message of the kernel cannot be read");
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

const char *bold(const struct ctx *ctx)
{
	return ctx->colour ? "\033[1m" : "";
}

const char *plain(const struct ctx *ctx)
{
	return ctx->colour ? "\033[0m" : "";
}

/* Three digits, or a few more. */
static void fmt_unit(char *buf, double value, const char *unit)
{
	snprintf(buf, FMT_SIZE, "%.*f%s",
		 value < 10    ? 2
		 : value < 100 ? 1
			       : 0,
		 value, unit);
}

/*
 * Up to some minutes in seconds: what matters of TIME-WAIT are the fractions
 * that it is longer than 60 s.
 */
const char *fmt_ns(char *buf, uint64_t ns)
{
	uint64_t s = ns / 1000000000;

	if (ns < 1000)
		snprintf(buf, FMT_SIZE, "%" PRIu64 "ns", ns);
	else if (ns < 1000000)
		fmt_unit(buf, ns / 1e3, "us");
	else if (ns < 1000000000)
		fmt_unit(buf, ns / 1e6, "ms");
	else if (s < 600)
		snprintf(buf, FMT_SIZE, "%.2fs", ns / 1e9);
	else if (s < 3600)
		snprintf(buf, FMT_SIZE, "%um%02us", (unsigned int)s / 60,
			 (unsigned int)s % 60);
	else if (s < 86400)
		snprintf(buf, FMT_SIZE, "%uh%02um", (unsigned int)s / 3600,
			 (unsigned int)s / 60 % 60);
	else
		snprintf(buf, FMT_SIZE, "%" PRIu64 "d%02" PRIu64 "h", s / 86400,
			 s / 3600 % 24);
	return buf;
}

const char *fmt_bytes(char *buf, uint64_t bytes)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	double value = bytes;
	size_t i = 0;

	while (value >= 1024 && i + 1 < ARRAY_SIZE(units)) {
		value /= 1024;
		i++;
	}
	snprintf(buf, FMT_SIZE, i ? "%.1f %s" : "%.0f %s", value, units[i]);
	return buf;
}

const char *fmt_state(char *buf, const char *state)
{
	size_t i;

	for (i = 0; state[i] && i < FMT_SIZE - 1; i++)
		buf[i] = toupper((unsigned char)state[i]);
	buf[i] = '\0';
	return buf;
}

const char *fmt_end(char *buf, const json_t *from, const char *addr,
		    const char *port)
{
	const char *said = get_str(from, addr);

	snprintf(buf, FMT_SIZE, strchr(said, ':') ? "[%.46s]:%u" : "%.46s:%u",
		 *said ? said : "*",
		 (unsigned int)get_u64(from, port) & 0xffff);
	return buf;
}

/* The same user mostly comes again at once. */
const char *fmt_uid(char *buf, const struct ctx *ctx, uint64_t uid)
{
	static char last_name[FMT_SIZE];
	static uint64_t last = UINT64_MAX;
	const struct passwd *user;

	if (ctx->numeric) {
		snprintf(buf, FMT_SIZE, "%" PRIu64, uid);
		return buf;
	}
	if (uid != last) {
		user = getpwuid(uid);
		if (user)
			snprintf(last_name, sizeof(last_name), "%s",
				 user->pw_name);
		else
			snprintf(last_name, sizeof(last_name), "%" PRIu64, uid);
		last = uid;
	}
	memcpy(buf, last_name, FMT_SIZE);
	return buf;
}

uint64_t get_u64(const json_t *from, const char *key)
{
	const json_t *value = json_object_get(from, key);

	if (json_is_real(value))
		return json_real_value(value);
	return json_integer_value(value);
}

const char *get_str(const json_t *from, const char *key)
{
	const char *said = json_string_value(json_object_get(from, key));

	return said ? said : "";
}
