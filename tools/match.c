// SPDX-License-Identifier: GPL-2.0
/* Between filters, which are pure, and arguments, objects and requests. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include <linux/tcpwatch.h>

#include "cmd.h"
#include "match.h"
#include "spec.h"

int match_parse(struct filter *filter, int argc, char **argv)
{
	if (filter_parse(filter, argc, argv))
		return 0;
	fprintf(stderr, "tcpwatch: %s\n", filter->error);
	if (filter->text[0])
		fprintf(stderr, "  %s\n  %*s^\n", filter->text, (int)filter->at,
			"");
	return EXIT_USAGE;
}

static void know(struct filter_subject *subject, enum filter_field field,
		 uint64_t number)
{
	subject->known |= 1U << field;
	subject->number[field] = number;
}

/* Names are numbers again; a number that has no name is one already. */
static bool know_name(struct filter_subject *subject, enum filter_field field,
		      const json_t *object, const char *key, const char *of)
{
	const json_t *value = json_object_get(object, key);
	int number;

	if (!value)
		return false;
	number = json_is_string(value)
			 ? spec_value(spec_enum(of), json_string_value(value))
			 : (int)json_integer_value(value);
	if (number < 0)
		return false;
	know(subject, field, number);
	return true;
}

static void know_number(struct filter_subject *subject, enum filter_field field,
			const json_t *object, const char *key)
{
	if (json_object_get(object, key))
		know(subject, field, get_u64(object, key));
}

static void know_addr(struct filter_subject *subject, enum filter_field field,
		      const json_t *object, const char *key, uint8_t *addr)
{
	const char *said = get_str(object, key);

	if (inet_pton(AF_INET, said, addr) == 1)
		subject->addr_len = 4;
	else if (inet_pton(AF_INET6, said, addr) == 1)
		subject->addr_len = 16;
	else
		return;
	subject->known |= 1U << field;
}

bool match_object(const struct filter *filter, const json_t *object)
{
	struct filter_subject s = { 0 };

	if (!filter->used)
		return true;
	/* Of an event the state is the new one, the age that of the old one */
	if (!know_name(&s, FILTER_STATE, object, "state", "state") &&
	    !know_name(&s, FILTER_STATE, object, "new", "state"))
		know(&s, FILTER_STATE, TCPWATCH_STATE_LISTEN);
	know_name(&s, FILTER_OLD, object, "old", "state");
	know_name(&s, FILTER_NEW, object, "new", "state");
	know_name(&s, FILTER_CAUSE, object, "cause", "cause");
	know_name(&s, FILTER_VERDICT, object, "verdict", "verdict");
	know_name(&s, FILTER_ROLE, object, "role", "role");
	know_addr(&s, FILTER_SRC, object, "laddr", s.src);
	know_addr(&s, FILTER_DST, object, "raddr", s.dst);
	know_number(&s, FILTER_SPORT, object, "lport");
	know_number(&s, FILTER_DPORT, object, "rport");
	know_number(&s, FILTER_UID, object, "uid");
	know_number(&s, FILTER_AGE, object, "age-ns");
	know_number(&s, FILTER_AGE, object, "duration-ns");
	return filter_pass(filter, &s);
}

static void put_prefix(struct nl_req *req, const struct filter_node *prefix,
		       uint16_t addr, uint16_t bits)
{
	if (!prefix)
		return;
	nl_req_bytes(req, addr, prefix->addr, prefix->addr_len);
	nl_req_u8(req, bits, prefix->bits);
}

static void put_port(struct nl_req *req, uint16_t attr, int32_t port)
{
	if (port >= 0)
		nl_req_u16(req, attr, htons(port));
}

/* States that no flow has, and that the kernel refuses to look for. */
#define BIT(n) (1U << (n))
#define NO_FLOW (BIT(TCPWATCH_STATE_LISTEN) | BIT(TCPWATCH_STATE_UNCONN))

bool match_flows(const struct filter *filter)
{
	struct filter_kernel kernel;

	filter_for_kernel(filter, &kernel);
	return !kernel.states || kernel.states & ~NO_FLOW;
}

bool match_request(struct nl_req *req, const struct filter *filter)
{
	struct filter_kernel kernel;

	filter_for_kernel(filter, &kernel);
	/* No endpoint has addresses of two families. */
	if (kernel.src && kernel.dst &&
	    kernel.src->addr_len != kernel.dst->addr_len) {
		kernel.dst = NULL;
		kernel.complete = false;
	}
	if (kernel.states)
		nl_req_u32(req, TCPWATCH_A_FLOW_STATES,
			   kernel.states & ~NO_FLOW);
	put_prefix(req, kernel.src, TCPWATCH_A_FLOW_LADDR,
		   TCPWATCH_A_FLOW_LADDR_LEN);
	put_prefix(req, kernel.dst, TCPWATCH_A_FLOW_RADDR,
		   TCPWATCH_A_FLOW_RADDR_LEN);
	put_port(req, TCPWATCH_A_FLOW_LPORT, kernel.sport);
	put_port(req, TCPWATCH_A_FLOW_RPORT, kernel.dport);
	if (kernel.min_age)
		nl_req_u64(req, TCPWATCH_A_FLOW_MIN_AGE_NS, kernel.min_age);
	if (kernel.cause >= 0)
		nl_req_u8(req, TCPWATCH_A_FLOW_CAUSE, kernel.cause);
	return kernel.complete;
}
