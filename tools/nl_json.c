// SPDX-License-Identifier: GPL-2.0
/*
 * Answers as objects, and dumps that are made again when they were
 * interrupted.  nl.c does what concerns the socket.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/tcpwatch.h>

#include "decode.h"
#include "nl.h"
#include "spec.h"
#include "text.h"

/* A dump longer than this is told as it comes, and not made again. */
#define KEEP_MOST (16 * 1024 * 1024)

/**
 * struct kept - answers kept back until their dump is known to be consistent
 * @answers: each with its length before it
 * @passing: no more are kept
 * @each: told of each
 * @arg: for @each
 */
struct kept {
	struct text answers;
	bool passing;
	int (*each)(const void *attrs, size_t len, void *arg);
	void *arg;
};

static int tell_kept(struct kept *kept)
{
	size_t at = 0, len;
	int code = 0;

	kept->passing = true;
	while (!code && at < kept->answers.len) {
		memcpy(&len, kept->answers.data + at, sizeof(len));
		at += sizeof(len);
		code = kept->each(kept->answers.data + at, len, kept->arg);
		at += len;
	}
	text_free(&kept->answers);
	return code;
}

static int keep(const void *attrs, size_t len, void *arg)
{
	struct kept *kept = arg;

	if (kept->passing)
		return kept->each(attrs, len, kept->arg);
	text_mem(&kept->answers, (const char *)&len, sizeof(len));
	text_mem(&kept->answers, attrs, len);
	if (kept->answers.error)
		return EXIT_REFUSED;
	return kept->answers.len < KEEP_MOST ? 0 : tell_kept(kept);
}

int nl_dump_raw(struct nl *nl, const struct nl_req *req,
		int (*each)(const void *attrs, size_t len, void *arg),
		void *arg, bool *interrupted, struct nl_error *error)
{
	struct kept kept = { .each = each, .arg = arg };
	bool again = false;
	int code;

	code = nl_ask(nl, req, true, keep, &kept, &again, error);
	if (!code && again && !kept.passing) {
		text_free(&kept.answers);
		kept.passing = true;
		code = nl_ask(nl, req, true, keep, &kept, &again, error);
	}
	if (!code && !kept.passing)
		code = tell_kept(&kept);
	text_free(&kept.answers);
	if (interrupted)
		*interrupted = again;
	return code;
}

/**
 * struct decoding - attributes on their way to objects
 * @set: what is in them
 * @each: told of each
 * @arg: for @each
 * @error: why there is none
 */
struct decoding {
	const struct spec_set *set;
	int (*each)(json_t *object, void *arg);
	void *arg;
	struct nl_error *error;
};

static int decode_each(const void *attrs, size_t len, void *arg)
{
	struct decoding *to = arg;
	json_t *object = NULL;
	int code;

	if (to->set)
		object = decode_object(to->set, attrs, len);
	if (!object) {
		to->error->code = EXIT_REFUSED;
		to->error->err = EBADMSG;
		snprintf(to->error->text, sizeof(to->error->text),
			 "a message of the kernel cannot be read");
		return EXIT_REFUSED;
	}
	code = to->each(object, to->arg);
	json_decref(object);
	return code;
}

static const struct spec_set *set_of(uint8_t cmd)
{
	return cmd < spec_cmds ? spec_by_cmd[cmd] : NULL;
}

int nl_dump(struct nl *nl, const struct nl_req *req,
	    int (*each)(json_t *answer, void *arg), void *arg,
	    bool *interrupted, struct nl_error *error)
{
	struct decoding to = {
		.set = set_of(req->cmd),
		.each = each,
		.arg = arg,
		.error = error,
	};

	return nl_dump_raw(nl, req, decode_each, &to, interrupted, error);
}

static int take_one(json_t *answer, void *arg)
{
	json_t **one = arg;

	json_decref(*one);
	*one = json_incref(answer);
	return 0;
}

json_t *nl_do(struct nl *nl, const struct nl_req *req, struct nl_error *error)
{
	json_t *one = NULL;
	struct decoding to = {
		.set = set_of(req->cmd),
		.each = take_one,
		.arg = &one,
		.error = error,
	};
	bool interrupted;

	if (nl_ask(nl, req, false, decode_each, &to, &interrupted, error)) {
		json_decref(one);
		return NULL;
	}
	return one ? one : json_object();
}

static int append(json_t *answer, void *arg)
{
	return json_array_append(arg, answer) ? EXIT_REFUSED : 0;
}

json_t *nl_dump_all(struct nl *nl, const struct nl_req *req,
		    struct nl_error *error)
{
	json_t *all = json_array();

	if (nl_dump(nl, req, append, all, NULL, error)) {
		json_decref(all);
		return NULL;
	}
	return all;
}

enum nl_got nl_receive(struct nl *nl, int timeout_ms,
		       int (*each)(json_t *message, void *arg), void *arg,
		       struct nl_error *error)
{
	struct decoding to = {
		.set = set_of(TCPWATCH_CMD_TRANSITIONS_NTF),
		.each = each,
		.arg = arg,
		.error = error,
	};

	return nl_receive_raw(nl, timeout_ms, decode_each, &to, error);
}
