// SPDX-License-Identifier: GPL-2.0
/* Between filters, which are pure, and arguments, attributes and requests. */
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

/* Which attribute a test is of; an event's state is the new one. */
static const uint8_t flow_attrs[FILTER_FIELDS] = {
	[FILTER_STATE] = TCPWATCH_A_FLOW_STATE,
	[FILTER_CAUSE] = TCPWATCH_A_FLOW_CAUSE,
	[FILTER_ROLE] = TCPWATCH_A_FLOW_ROLE,
	[FILTER_SRC] = TCPWATCH_A_FLOW_LADDR,
	[FILTER_DST] = TCPWATCH_A_FLOW_RADDR,
	[FILTER_SPORT] = TCPWATCH_A_FLOW_LPORT,
	[FILTER_DPORT] = TCPWATCH_A_FLOW_RPORT,
	[FILTER_AGE] = TCPWATCH_A_FLOW_AGE_NS,
	[FILTER_UID] = TCPWATCH_A_FLOW_UID,
};

static const uint8_t listener_attrs[FILTER_FIELDS] = {
	[FILTER_SRC] = TCPWATCH_A_LISTENER_LADDR,
	[FILTER_SPORT] = TCPWATCH_A_LISTENER_LPORT,
};

/* Its age is that of the old state. */
static const uint8_t event_attrs[FILTER_FIELDS] = {
	[FILTER_STATE] = TCPWATCH_A_EVENT_NEW,
	[FILTER_OLD] = TCPWATCH_A_EVENT_OLD,
	[FILTER_NEW] = TCPWATCH_A_EVENT_NEW,
	[FILTER_CAUSE] = TCPWATCH_A_EVENT_CAUSE,
	[FILTER_VERDICT] = TCPWATCH_A_EVENT_VERDICT,
	[FILTER_SRC] = TCPWATCH_A_EVENT_LADDR,
	[FILTER_DST] = TCPWATCH_A_EVENT_RADDR,
	[FILTER_SPORT] = TCPWATCH_A_EVENT_LPORT,
	[FILTER_DPORT] = TCPWATCH_A_EVENT_RPORT,
	[FILTER_AGE] = TCPWATCH_A_EVENT_DURATION_NS,
	[FILTER_UID] = TCPWATCH_A_EVENT_UID,
};

static const uint8_t *attrs_of(const struct spec_set *set)
{
	if (set == spec_by_cmd[TCPWATCH_CMD_FLOW_DUMP])
		return flow_attrs;
	if (set == spec_by_cmd[TCPWATCH_CMD_LISTENER_GET])
		return listener_attrs;
	return event_attrs;
}

static void know(struct filter_subject *subject, enum filter_field field,
		 const struct decode_table *table, uint8_t type)
{
	const struct decode_value *attr = &table->at[type];

	subject->known |= 1U << field;
	if (field != FILTER_SRC && field != FILTER_DST) {
		subject->number[field] = table_number(table, type);
		return;
	}
	subject->addr_len = attr->len;
	memcpy(field == FILTER_SRC ? subject->src : subject->dst, attr->data,
	       attr->len);
}

bool match_used(const struct filter *filter, const struct decode_table *table)
{
	const uint8_t *attrs = attrs_of(table->set);
	struct filter_subject s = { 0 };
	enum filter_field field;

	for (field = 0; field < FILTER_FIELDS; field++)
		if (attrs[field] && table_has(table, attrs[field]))
			know(&s, field, table, attrs[field]);
	/* What is in no state listens. */
	if (!(s.known >> FILTER_STATE & 1)) {
		s.known |= 1U << FILTER_STATE;
		s.number[FILTER_STATE] = TCPWATCH_STATE_LISTEN;
	}
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
