// SPDX-License-Identifier: GPL-2.0
/*
 * Reads filter expressions.
 *
 *   any  = all { "or" all }
 *   all  = one { ["and"] one }
 *   one  = ("not" | "!") one | "(" any ")" | basic
 *
 *   basic = ("state" | "exclude") STATE { ("state" | "exclude") STATE }
 *        | ("old" | "new" | "cause" | "verdict" | "role") [EQ] WORD
 *        | ("src" | "dst") [EQ] [ADDRESS ["/" BITS]] [":" PORT]
 *        | ("sport" | "dport") [OP] [":"] PORT
 *        | "age" OP TIME | "uid" [OP] NUMBER
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "filter.h"
#include "spec.h"
#include "util.h"

#define DEEPEST 32

/**
 * struct parser - where reading is
 * @filter: what is being made
 * @word: what comes next, "" at the end
 * @at: where it is
 * @next: where that after it is
 * @depth: of parentheses and "not"
 */
struct parser {
	struct filter *filter;
	char word[80];
	size_t at;
	size_t next;
	unsigned int depth;
};

__printf(2, 3) static uint8_t wrong(struct parser *p, const char *format, ...)
{
	va_list args;

	/* The first error is the one to be told. */
	if (p->filter->error[0])
		return 0;
	p->filter->at = p->at;
	va_start(args, format);
	vsnprintf(p->filter->error, sizeof(p->filter->error), format, args);
	va_end(args);
	p->word[0] = '\0';
	return 0;
}

static size_t word_len(const char *text)
{
	static const char signs[] = "()<>=!&|";

	if (strchr("<>=!", *text) && text[1] == '=')
		return 2;
	if (strchr("&|", *text) && text[1] == *text)
		return 2;
	if (strchr(signs, *text))
		return 1;
	return strcspn(text, " \t\n()<>=!&|");
}

static void advance(struct parser *p)
{
	const char *text = p->filter->text;
	size_t len;

	if (p->filter->error[0])
		return;
	p->at = p->next + strspn(text + p->next, " \t\n");
	if (!text[p->at]) {
		p->next = p->at;
		p->word[0] = '\0';
		return;
	}
	len = word_len(text + p->at);
	if (len >= sizeof(p->word)) {
		wrong(p, "this is too long");
		return;
	}
	memcpy(p->word, text + p->at, len);
	p->word[len] = '\0';
	p->next = p->at + len;
}

static bool is(const struct parser *p, const char *word)
{
	return !strcasecmp(p->word, word);
}

static bool took(struct parser *p, const char *word)
{
	if (!is(p, word))
		return false;
	advance(p);
	return true;
}

static uint8_t node(struct parser *p, const struct filter_node *from)
{
	if (p->filter->used == FILTER_NODES)
		return wrong(p, "the expression is too long");
	p->filter->nodes[p->filter->used] = *from;
	return p->filter->used++;
}

static uint8_t both(struct parser *p, enum filter_op op, uint8_t a, uint8_t b)
{
	return node(p, &(struct filter_node){ .op = op, .a = a, .b = b });
}

/* --- words --- */

/* Groups of states, as ss has them, and its names for two of them. */
static bool state_group(const char *word, uint64_t *states)
{
	static const struct {
		const char *name;
		const char *has[4];
		bool others;
	} groups[] = {
		{ "all", { NULL }, true },
		{ "connected", { "listen", "unconn" }, true },
		{ "synchronized", { "listen", "unconn", "syn-sent" }, true },
		{ "bucket", { "syn-recv", "time-wait" }, false },
		{ "big", { "syn-recv", "time-wait" }, true },
		{ "established", { "estab" }, false },
		{ "closed", { "unconn" }, false },
	};
	const struct spec_enum *names = spec_enum("state");
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(groups); i++) {
		if (strcasecmp(word, groups[i].name))
			continue;
		*states = 0;
		for (j = 0; j < 4 && groups[i].has[j]; j++)
			*states |= 1ULL << spec_value(names, groups[i].has[j]);
		if (groups[i].others)
			*states ^= (1ULL << names->n) - 2;
		return true;
	}
	return false;
}

/* One of an enumeration, as a bit; names are not case sensitive. */
static uint64_t take_name(struct parser *p, const char *of)
{
	const struct spec_enum *names = spec_enum(of);
	uint64_t bits = 0;
	size_t i;

	for (i = 0; i < names->n; i++)
		if (names->names[i] && is(p, names->names[i]))
			bits = 1ULL << i;
	if (!bits && (strcmp(of, "state") || !state_group(p->word, &bits)))
		wrong(p, p->word[0] ? "this is no %s" : "a %s is missing", of);
	advance(p);
	return bits;
}

static uint64_t take_number(struct parser *p, const char *from, uint64_t most,
			    const char *what)
{
	unsigned long long number;
	char *end;

	errno = 0;
	number = strtoull(from, &end, 10);
	if (errno || *from < '0' || *from > '9' || *end || number > most)
		wrong(p, *from ? "this is no %s" : "a %s is missing", what);
	return number;
}

static uint64_t take_time(struct parser *p)
{
	static const struct {
		const char *name;
		double ns;
	} units[] = {
		{ "", 1e9 },	 { "s", 1e9 },	  { "ms", 1e6 },
		{ "us", 1e3 },	 { "ns", 1 },	  { "m", 60e9 },
		{ "min", 60e9 }, { "h", 3600e9 }, { "d", 86400e9 },
	};
	char *end = p->word;
	double value = 0;
	size_t i;

	if (strchr("0123456789.", p->word[0]) && p->word[0])
		value = strtod(p->word, &end);
	for (i = 0; i < ARRAY_SIZE(units); i++) {
		if (end == p->word || strcasecmp(end, units[i].name))
			continue;
		value *= units[i].ns;
		if (!(value >= 0 && value < 9e18))
			break;
		advance(p);
		return value;
	}
	return wrong(p, p->word[0] ? "this is no time, such as 10s or 5ms"
				   : "a time is missing");
}

static enum filter_op take_op(struct parser *p, bool *negate)
{
	static const struct {
		const char *name;
		enum filter_op op;
		bool negate;
	} ops[] = {
		{ "=", FILTER_EQ, false },  { "==", FILTER_EQ, false },
		{ "eq", FILTER_EQ, false }, { "!=", FILTER_EQ, true },
		{ "ne", FILTER_EQ, true },  { "neq", FILTER_EQ, true },
		{ "<", FILTER_LT, false },  { "lt", FILTER_LT, false },
		{ ">", FILTER_GT, false },  { "gt", FILTER_GT, false },
		{ "<=", FILTER_LE, false }, { "le", FILTER_LE, false },
		{ ">=", FILTER_GE, false }, { "ge", FILTER_GE, false },
	};
	size_t i;

	*negate = false;
	for (i = 0; i < ARRAY_SIZE(ops); i++) {
		if (!took(p, ops[i].name))
			continue;
		*negate = ops[i].negate;
		return ops[i].op;
	}
	return FILTER_EQ;
}

/* --- tests --- */

static uint8_t test(struct parser *p, const struct filter_node *from,
		    bool negate)
{
	uint8_t made = node(p, from);

	return negate ? both(p, FILTER_NOT, made, 0) : made;
}

/* Several states one after the other are alternatives, as in ss. */
static uint8_t test_states(struct parser *p)
{
	struct filter_node one_of = { .op = FILTER_ONE_OF };
	bool first = true;

	one_of.field = FILTER_STATE;
	while (is(p, "state") || is(p, "exclude")) {
		if (took(p, "state")) {
			one_of.value |= take_name(p, "state");
		} else {
			advance(p);
			if (first)
				state_group("all", &one_of.value);
			one_of.value &= ~take_name(p, "state");
		}
		first = false;
	}
	return node(p, &one_of);
}

static uint8_t test_name(struct parser *p, enum filter_field field,
			 const char *of)
{
	struct filter_node one_of = { .op = FILTER_ONE_OF, .field = field };
	size_t at = p->at;
	bool negate;

	if (take_op(p, &negate) != FILTER_EQ) {
		p->at = at;
		return wrong(p, "a %s is compared with = or !=", of);
	}
	one_of.value = take_name(p, of);
	return test(p, &one_of, negate);
}

static uint8_t test_number(struct parser *p, enum filter_field field,
			   uint64_t most, const char *what)
{
	struct filter_node compare = { .field = field };
	const char *from;
	bool negate;

	compare.op = take_op(p, &negate);
	from = p->word;
	if (*from == ':' && most == UINT16_MAX)
		from++;
	compare.value = take_number(p, from, most, what);
	advance(p);
	return test(p, &compare, negate);
}

static uint8_t test_age(struct parser *p)
{
	struct filter_node compare = { .field = FILTER_AGE };
	size_t before = p->at;
	bool negate;

	compare.op = take_op(p, &negate);
	if (p->at == before)
		return wrong(p, "age is compared with <, >, <= or >=");
	compare.value = take_time(p);
	return test(p, &compare, negate);
}

/* --- addresses --- */

/* Splits "[::1]/64:80" in place; what is not there is NULL. */
static char *split_end(char *word, char **bits, char **port)
{
	unsigned char addr[16];
	char *host = word, *close = strchr(word, ']');

	*port = NULL;
	*bits = NULL;
	if (*word == '[' && close) {
		host++;
		*close++ = '\0';
		*port = strchr(close, ':');
		*bits = strchr(close, '/');
	} else {
		*bits = strchr(word, '/');
		if (*bits)
			*port = strchr(*bits, ':');
		else if (inet_pton(AF_INET6, word, addr) != 1)
			*port = strrchr(word, ':');
	}
	if (*port)
		*(*port)++ = '\0';
	if (*bits)
		*(*bits)++ = '\0';
	return host;
}

/* An IPv4 connection of an IPv6 socket is an IPv4 one. */
static void unmap(struct filter_node *in)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (in->addr_len != 16 || in->bits < 96 ||
	    memcmp(in->addr, mapped, sizeof(mapped)))
		return;
	memmove(in->addr, in->addr + 12, 4);
	memset(in->addr + 4, 0, 12);
	in->addr_len = 4;
	in->bits -= 96;
}

static bool take_prefix(struct parser *p, struct filter_node *in,
			const char *host, const char *bits)
{
	if (inet_pton(AF_INET, host, in->addr) == 1)
		in->addr_len = 4;
	else if (inet_pton(AF_INET6, host, in->addr) == 1)
		in->addr_len = 16;
	else
		wrong(p,
		      *host ? "this is no address" : "an address is missing");
	in->bits = in->addr_len * 8;
	if (bits)
		in->bits = take_number(p, bits, in->bits, "prefix length");
	unmap(in);
	return !p->filter->error[0];
}

static uint8_t test_end(struct parser *p, enum filter_field addr_field,
			enum filter_field port_field)
{
	struct filter_node in = { .op = FILTER_IN, .field = addr_field };
	struct filter_node at = { .op = FILTER_EQ, .field = port_field };
	char word[sizeof(p->word)], *host, *bits, *port;
	uint8_t made = 0;
	bool negate, any;

	if (take_op(p, &negate) != FILTER_EQ)
		return wrong(p, "an address is compared with = or !=");
	memcpy(word, p->word, sizeof(word));
	host = split_end(word, &bits, &port);
	any = (!*host && port) || !strcmp(host, "*");
	if (port && (!*port || !strcmp(port, "*")))
		port = NULL;
	if (port)
		at.value = take_number(p, port, UINT16_MAX, "port");
	if (!any && take_prefix(p, &in, host, bits))
		made = node(p, &in);
	else if (any && !port)
		return wrong(p, "this names neither address nor port");
	if (port)
		made = any ? node(p, &at)
			   : both(p, FILTER_AND, made, node(p, &at));
	advance(p);
	return negate ? both(p, FILTER_NOT, made, 0) : made;
}

/* --- expressions --- */

static const char expected[] =
	"expected state old new cause verdict role src dst sport dport age uid";

static uint8_t take_test(struct parser *p)
{
	if (is(p, "state") || is(p, "exclude"))
		return test_states(p);
	if (took(p, "old"))
		return test_name(p, FILTER_OLD, "state");
	if (took(p, "new"))
		return test_name(p, FILTER_NEW, "state");
	if (took(p, "cause"))
		return test_name(p, FILTER_CAUSE, "cause");
	if (took(p, "verdict"))
		return test_name(p, FILTER_VERDICT, "verdict");
	if (took(p, "role"))
		return test_name(p, FILTER_ROLE, "role");
	if (took(p, "src"))
		return test_end(p, FILTER_SRC, FILTER_SPORT);
	if (took(p, "dst"))
		return test_end(p, FILTER_DST, FILTER_DPORT);
	if (took(p, "sport"))
		return test_number(p, FILTER_SPORT, UINT16_MAX, "port");
	if (took(p, "dport"))
		return test_number(p, FILTER_DPORT, UINT16_MAX, "port");
	if (took(p, "uid"))
		return test_number(p, FILTER_UID, UINT32_MAX, "user number");
	if (took(p, "age"))
		return test_age(p);
	return wrong(p, "%s", expected);
}

static uint8_t take_any(struct parser *p);

static uint8_t take_one(struct parser *p)
{
	uint8_t made;

	if (p->depth == DEEPEST)
		return wrong(p, "this nests too deeply");
	p->depth++;
	if (took(p, "not") || took(p, "!")) {
		made = both(p, FILTER_NOT, take_one(p), 0);
	} else if (took(p, "(")) {
		made = take_any(p);
		if (!took(p, ")"))
			wrong(p, "a ) is missing");
	} else {
		made = take_test(p);
	}
	p->depth--;
	return made;
}

static bool took_and(struct parser *p)
{
	return took(p, "and") || took(p, "&&") || took(p, "&");
}

static bool took_or(struct parser *p)
{
	return took(p, "or") || took(p, "||") || took(p, "|");
}

static uint8_t take_all(struct parser *p)
{
	uint8_t made = take_one(p);

	while (p->word[0] && !is(p, ")") && !is(p, "or") && !is(p, "||") &&
	       !is(p, "|")) {
		took_and(p);
		made = both(p, FILTER_AND, made, take_one(p));
	}
	return made;
}

static uint8_t take_any(struct parser *p)
{
	uint8_t made = take_all(p);

	while (took_or(p))
		made = both(p, FILTER_OR, made, take_all(p));
	return made;
}

static bool join_words(struct filter *filter, int argc, char *const *argv)
{
	size_t len = 0, add;
	int i;

	for (i = 0; i < argc; i++) {
		add = strlen(argv[i]);
		if (len + add + 2 > sizeof(filter->text))
			return false;
		if (i)
			filter->text[len++] = ' ';
		memcpy(filter->text + len, argv[i], add + 1);
		len += add;
	}
	return true;
}

bool filter_parse(struct filter *filter, int argc, char *const *argv)
{
	struct parser p = { .filter = filter };

	memset(filter, 0, sizeof(*filter));
	if (!join_words(filter, argc, argv)) {
		filter->text[0] = '\0';
		return wrong(&p, "the expression is too long");
	}
	advance(&p);
	if (!p.word[0])
		return !filter->error[0];
	filter->root = take_any(&p);
	if (p.word[0])
		wrong(&p, "there is no ( for this");
	return !filter->error[0];
}
