/* SPDX-License-Identifier: GPL-2.0 */
/* Numbers and names for people. */
#ifndef TCPWATCH_FMT_H
#define TCPWATCH_FMT_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "decode.h"
#include "text.h"

struct ctx;

/* ESC sequences, or nothing where colours are not wanted. */
const char *bold(const struct ctx *ctx);
const char *plain(const struct ctx *ctx);

#define FMT_SIZE 64

/* "1.50ms", "61.02s", "2h05m" */
void text_ns(struct text *text, uint64_t ns);
/* "10.0.0.1:80", "[::1]:80"; "*:80" where there is no address. */
void text_place(struct text *text, const struct decode_table *table,
		uint16_t addr, uint16_t port);
/* A name; of one that is newer than the spec here, the number. */
void text_word(struct text *text, const struct decode_table *table,
	       uint16_t type);
/* The same of a state: "SYN-RECV" of "syn-recv". */
void text_state(struct text *text, const struct decode_table *table,
		uint16_t type);
/* A user's name, or the number. */
void text_uid(struct text *text, const struct ctx *ctx, uint64_t uid);

/* The same, into @buf, which is returned. */
const char *fmt_ns(char *buf, uint64_t ns);
const char *fmt_bytes(char *buf, uint64_t bytes);
const char *fmt_state(char *buf, const char *state);
/* "10.0.0.1:80", "[::1]:80"; keys such as "laddr" and "lport" of @from. */
const char *fmt_end(char *buf, const json_t *from, const char *addr,
		    const char *port);
const char *fmt_uid(char *buf, const struct ctx *ctx, uint64_t uid);

/* What is at @key, 0 or "" where there is nothing. */
uint64_t get_u64(const json_t *from, const char *key);
const char *get_str(const json_t *from, const char *key);

#endif /* TCPWATCH_FMT_H */
