// SPDX-License-Identifier: GPL-2.0
/* Filters: what they let pass, what is wrong with them, what the kernel does.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include <linux/tcpwatch.h>

#include "filter.h"
#include "test.h"
#include "util.h"

static bool parse(struct filter *filter, const char *text)
{
	char *argv[1] = { (char *)text };

	return filter_parse(filter, 1, argv);
}

/* 10.1.2.3:40000 -> 192.0.2.1:443, in TIME-WAIT for 12 s */
static void subject(struct filter_subject *s)
{
	memset(s, 0, sizeof(*s));
	s->known = (1U << FILTER_FIELDS) - 1;
	s->known &= ~(1U << FILTER_UID);
	s->number[FILTER_STATE] = TCPWATCH_STATE_TIME_WAIT;
	s->number[FILTER_NEW] = TCPWATCH_STATE_TIME_WAIT;
	s->number[FILTER_OLD] = TCPWATCH_STATE_FIN_WAIT_2;
	s->number[FILTER_CAUSE] = TCPWATCH_CAUSE_IN;
	s->number[FILTER_VERDICT] = TCPWATCH_VERDICT_CONFIRMED;
	s->number[FILTER_ROLE] = TCPWATCH_ROLE_ACTIVE;
	s->number[FILTER_SPORT] = 40000;
	s->number[FILTER_DPORT] = 443;
	s->number[FILTER_AGE] = 12000000000ULL;
	s->addr_len = 4;
	inet_pton(AF_INET, "10.1.2.3", s->src);
	inet_pton(AF_INET, "192.0.2.1", s->dst);
}

static const struct {
	const char *text;
	bool passes;
} cases[] = {
	{ "", true },
	{ "state time-wait", true },
	{ "state TIME-WAIT", true },
	{ "state estab", false },
	{ "state estab state time-wait", true },
	{ "state connected exclude time-wait", false },
	{ "exclude listen", true },
	{ "state bucket", true },
	{ "state big", false },
	{ "state synchronized", true },
	{ "not state estab", true },
	{ "! state time-wait", false },
	{ "dport = :443", true },
	{ "dport :443", true },
	{ "dport 443", true },
	{ "dport=443", true },
	{ "dport != 443", false },
	{ "sport > 1024", true },
	{ "sport <= 1024", false },
	{ "sport ge 40000 and sport lt 40001", true },
	{ "src 10.0.0.0/8", true },
	{ "src 10.1.2.2/31", true },
	{ "src 10.1.2.4/31", false },
	{ "src 11.0.0.0/8", false },
	{ "src = 10.1.2.3:40000", true },
	{ "src 10.1.2.3:40001", false },
	{ "src != 10.1.2.3:40001", true },
	{ "src 10.0.0.0/8:40000", true },
	{ "src :40000", true },
	{ "src *:40000", true },
	{ "src ::ffff:10.1.2.3", true },
	{ "src ::ffff:10.0.0.0/104", true },
	{ "dst [2001:db8::1]:443", false },
	{ "dst ::1", false },
	{ "dst 0.0.0.0/0", true },
	{ "age > 10s", true },
	{ "age > 12", false },
	{ "age >= 12", true },
	{ "age < 1.5m", true },
	{ "age > 11999ms", true },
	{ "cause in", true },
	{ "cause != timer", true },
	{ "cause = timer", false },
	{ "new time-wait old fin-wait-2", true },
	{ "verdict confirmed and role active", true },
	{ "uid 0", false },
	{ "not uid 0", true },
	{ "state estab or dport 443", true },
	{ "state estab and dport 443 or cause in", true },
	{ "state estab and (dport 443 or cause in)", false },
	{ "((state time-wait))&&(dport=443)", true },
	{ "state estab || dport 443", true },
	{ "not (state estab or dport 80)", true },
};

static void passing(void)
{
	struct filter_subject s;
	struct filter filter;
	char why[256];
	size_t i;
	bool ok;

	subject(&s);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		ok = parse(&filter, cases[i].text);
		snprintf(why, sizeof(why), "%s at %zu", filter.error,
			 filter.at);
		ok = ok && filter_pass(&filter, &s) == cases[i].passes;
		snprintf(why + strlen(why), sizeof(why) - strlen(why),
			 " \"%s\"", cases[i].text);
		tap_result(ok, cases[i].text, why);
	}
}

static const struct {
	const char *text;
	size_t at;
} errors[] = {
	{ "state", 5 },
	{ "state tme-wait", 6 },
	{ "dport = 70000", 8 },
	{ "dport = :", 8 },
	{ "src 10.0.0.0/33", 4 },
	{ "src 10.0.0.300", 4 },
	{ "src", 3 },
	{ "src *", 4 },
	{ "age 10s", 4 },
	{ "age > 10 parsecs", 9 },
	{ "age > 10parsecs", 6 },
	{ "age > -1", 6 },
	{ "(state estab", 12 },
	{ "state estab)", 11 },
	{ "state estab and", 15 },
	{ "or", 0 },
	{ "colour blue", 0 },
	{ "cause < in", 6 },
	{ "not", 3 },
};

static void refusing(void)
{
	struct filter filter;
	char why[256];
	size_t i;
	bool ok;

	for (i = 0; i < ARRAY_SIZE(errors); i++) {
		ok = !parse(&filter, errors[i].text) && filter.error[0] &&
		     filter.at == errors[i].at;
		snprintf(why, sizeof(why), "\"%s\" at %zu, expected at %zu",
			 filter.error, filter.at, errors[i].at);
		tap_result(ok, errors[i].text, why);
	}
}

/* Nothing that is too long or too deep may crash it. */
static void excess(void)
{
	static char text[FILTER_TEXT * 2];
	struct filter filter;
	size_t i;

	memset(text, '(', 200);
	tap_result(!parse(&filter, text), "filter_too_deep", filter.error);
	memset(text, 0, sizeof(text));
	for (i = 0; i < 100; i++)
		strcat(text, "uid 1 ");
	tap_result(!parse(&filter, text), "filter_too_many", filter.error);
	memset(text, 'x', sizeof(text) - 1);
	tap_result(!parse(&filter, text), "filter_too_long", filter.error);
	text[100] = '\0';
	tap_result(!parse(&filter, text), "filter_word_too_long", filter.error);
}

static void kernel_all(void)
{
	struct filter_kernel k;
	struct filter filter;
	bool ok;

	ok = parse(&filter,
		   "state time-wait state estab src 10.0.0.0/8 dport 443 age > 5ns cause timer");
	filter_for_kernel(&filter, &k);
	ok = ok && k.complete && k.states == (1U << 6 | 1U << 1) && k.src &&
	     k.src->bits == 8 && !k.dst && k.dport == 443 && k.sport == -1 &&
	     k.min_age == 6 && k.cause == TCPWATCH_CAUSE_TIMER;
	tap_result(ok, "kernel_does_all", filter.text);
}

static void kernel_some(void)
{
	static const char *const some[] = {
		"state estab and (dport 1 or dport 2)",
		"state estab role active",
		"state estab not dport 1",
		"state estab sport < 5",
		"state estab src 10.0.0.0/8 src 10.0.0.0/9",
		"state estab and age < 5s",
	};
	struct filter_kernel k;
	struct filter filter;
	size_t i;
	bool ok;

	for (i = 0; i < ARRAY_SIZE(some); i++) {
		ok = parse(&filter, some[i]);
		filter_for_kernel(&filter, &k);
		tap_result(ok && !k.complete && k.states == 1U << 1, some[i],
			   "kernel does something else");
	}
	ok = parse(&filter, "state estab or dport 1");
	filter_for_kernel(&filter, &k);
	tap_result(ok && !k.complete && !k.states && k.dport == -1,
		   "kernel_does_no_or", "it does");
	/* Two groups of states that have none in common. */
	ok = parse(&filter, "state estab and not uid 1 and state listen");
	filter_for_kernel(&filter, &k);
	tap_result(ok && !k.complete && k.states == 1U << 1,
		   "kernel_is_not_asked_for_no_state", "it is");
}

void test_filter(void)
{
	passing();
	refusing();
	excess();
	kernel_all();
	kernel_some();
}
