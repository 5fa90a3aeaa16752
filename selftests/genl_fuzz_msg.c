// SPDX-License-Identifier: GPL-2.0
/*
 * Messages for genl_fuzz: valid requests of every command, with any of their
 * attributes, and what makes nonsense of them.
 */
#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/tcpwatch.h>

#include "genl_fuzz.h"

#define FIRST (NLMSG_HDRLEN + GENL_HDRLEN) /* where attributes begin */

enum kind {
	END,
	NETNS_FD,
	NETNS_ID,
	FLAG,
	FAMILY,
	LOCAL,
	REMOTE,
	BITS,
	LOCAL_PORT,
	REMOTE_PORT,
	DEVICE,
	STATES,
	AGE,
	CAUSE,
	FLOWS,
	QUEUE,
	SWEEP,
};

struct attr {
	uint16_t type;
	enum kind kind;
};

/* Each set begins with the same two attributes, whose namespace it is about. */
struct request {
	bool netns;
	bool dump;
	bool whole; /* all of the tuple has to be there */
	struct attr attr[12];
};

static const struct request requests[] = {
	[TCPWATCH_CMD_STATS_GET] = {
		.netns = true,
		.attr = { { TCPWATCH_A_STATS_HISTOGRAMS, FLAG } },
	},
	[TCPWATCH_CMD_STATS_DUMP] = {
		.dump = true,
		.attr = { { TCPWATCH_A_STATS_HISTOGRAMS, FLAG } },
	},
	[TCPWATCH_CMD_HIST_GET] = { .netns = true },
	[TCPWATCH_CMD_MATRIX_GET] = { .netns = true, .dump = true },
	[TCPWATCH_CMD_FLOW_GET] = {
		.netns = true,
		.whole = true,
		.attr = {
			{ TCPWATCH_A_FLOW_FAMILY, FAMILY },
			{ TCPWATCH_A_FLOW_LADDR, LOCAL },
			{ TCPWATCH_A_FLOW_RADDR, REMOTE },
			{ TCPWATCH_A_FLOW_LPORT, LOCAL_PORT },
			{ TCPWATCH_A_FLOW_RPORT, REMOTE_PORT },
			{ TCPWATCH_A_FLOW_BOUND_IF, DEVICE },
		},
	},
	[TCPWATCH_CMD_FLOW_DUMP] = {
		.netns = true,
		.dump = true,
		.attr = {
			{ TCPWATCH_A_FLOW_FAMILY, FAMILY },
			{ TCPWATCH_A_FLOW_LADDR, LOCAL },
			{ TCPWATCH_A_FLOW_LADDR_LEN, BITS },
			{ TCPWATCH_A_FLOW_RADDR, REMOTE },
			{ TCPWATCH_A_FLOW_RADDR_LEN, BITS },
			{ TCPWATCH_A_FLOW_LPORT, LOCAL_PORT },
			{ TCPWATCH_A_FLOW_RPORT, REMOTE_PORT },
			{ TCPWATCH_A_FLOW_STATES, STATES },
			{ TCPWATCH_A_FLOW_MIN_AGE_NS, AGE },
			{ TCPWATCH_A_FLOW_CAUSE, CAUSE },
			{ TCPWATCH_A_FLOW_ALL_NETNS, FLAG },
		},
	},
	[TCPWATCH_CMD_LISTENER_GET] = { .netns = true, .dump = true },
	[TCPWATCH_CMD_STUCK_GET] = { .netns = true, .dump = true },
	[TCPWATCH_CMD_PORT_PRESSURE_GET] = { .netns = true, .dump = true },
	[TCPWATCH_CMD_TIMEWAIT_GET] = { .netns = true },
	[TCPWATCH_CMD_CONFIG_GET] = { .netns = true },
	[TCPWATCH_CMD_CONFIG_SET] = {
		.netns = true,
		.attr = {
			{ TCPWATCH_A_CONFIG_MAX_FLOWS, FLOWS },
			{ TCPWATCH_A_CONFIG_EVENT_QUEUE, QUEUE },
			{ TCPWATCH_A_CONFIG_SWEEP_MS, SWEEP },
		},
	},
};

/* --- valid requests --- */

/* False where there is no room, which only mutations take. */
static bool put(struct gf_msg *msg, uint16_t type, const void *data, size_t len)
{
	struct nlattr nla = { .nla_len = NLA_HDRLEN + len, .nla_type = type };

	if (msg->len + NLA_ALIGN(nla.nla_len) > sizeof(msg->buf))
		return false;
	if (msg->attrs < GF_ATTRS)
		msg->at[msg->attrs++] = msg->len;
	memset(msg->buf + msg->len, 0, NLA_ALIGN(nla.nla_len));
	memcpy(msg->buf + msg->len, &nla, sizeof(nla));
	memcpy(msg->buf + msg->len + NLA_HDRLEN, data, len);
	msg->len += NLA_ALIGN(nla.nla_len);
	return true;
}

static void put_addr(struct gf_msg *msg, uint16_t type, bool six)
{
	static const uint8_t loopback[2][16] = {
		{ 127, 0, 0, 1 },
		{ [15] = 1 },
	};

	put(msg, type, loopback[six], six ? 16 : 4);
}

static void put_port(struct gf_msg *msg, uint16_t type, bool listener,
		     struct gf_dice *dice)
{
	uint16_t port;

	if (listener)
		port = htons(GF_PORT);
	else if (gf_one_in(dice, 2))
		port = htons(GF_STANDING + gf_below(dice, GF_STANDINGS));
	else
		port = htons(GF_PASSING + gf_below(dice, GF_PASSINGS));
	put(msg, type, &port, sizeof(port));
}

static uint32_t number(enum kind kind, struct gf_dice *dice,
		       const struct gf_place *place)
{
	static const uint32_t flows[] = { 4, 64, 4096, 1 << 20,
					  TCPWATCH_MAX_FLOWS_MAX };
	static const uint32_t sweep[] = { TCPWATCH_SWEEP_MS_MIN, 1000, 10000,
					  TCPWATCH_SWEEP_MS_MAX };

	switch (kind) {
	case NETNS_FD:
		if (gf_one_in(dice, 16))
			return gf_below(dice, 64);
		return GF_PICK(dice, place->netns);
	case NETNS_ID:
		if (gf_one_in(dice, 16))
			return gf_below(dice, 16) - 2;
		return GF_PICK(dice, place->nsid);
	case STATES:
		return gf_roll(dice) & 0xffe & ~(1u << TCPWATCH_STATE_LISTEN) &
		       ~(1u << TCPWATCH_STATE_UNCONN);
	case FLOWS:
		return GF_PICK(dice, flows);
	case QUEUE:
		return TCPWATCH_EVENT_QUEUE_MIN << gf_below(dice, 11);
	case SWEEP:
		return GF_PICK(dice, sweep);
	default:
		return gf_one_in(dice, 8); /* a device: none, or loopback */
	}
}

/* The shape of a request: which of two families, which end is whose. */
struct shape {
	bool six;
	bool server;
};

static void put_valid(struct gf_msg *msg, const struct attr *attr,
		      struct shape shape, struct gf_dice *dice,
		      const struct gf_place *place)
{
	uint64_t age = gf_roll(dice);
	uint32_t value;
	uint8_t octet;

	switch (attr->kind) {
	case FLAG:
		put(msg, attr->type, "", 0);
		break;
	case FAMILY:
		octet = shape.six ? AF_INET6 : AF_INET;
		put(msg, attr->type, &octet, 1);
		break;
	case LOCAL:
	case REMOTE:
		put_addr(msg, attr->type, shape.six);
		break;
	case BITS:
		octet = gf_below(dice, shape.six ? 129 : 33);
		put(msg, attr->type, &octet, 1);
		break;
	case LOCAL_PORT:
	case REMOTE_PORT:
		put_port(msg, attr->type,
			 shape.server == (attr->kind == LOCAL_PORT), dice);
		break;
	case AGE:
		put(msg, attr->type, &age, sizeof(age));
		break;
	case CAUSE:
		octet = gf_below(dice, TCPWATCH_CAUSE_UNKNOWN + 1);
		put(msg, attr->type, &octet, 1);
		break;
	default:
		value = number(attr->kind, dice, place);
		put(msg, attr->type, &value, sizeof(value));
	}
}

/* Does a request have this attribute? */
static bool wanted(const struct request *req, enum kind kind,
		   struct gf_dice *dice)
{
	switch (kind) {
	case LOCAL:
	case REMOTE:
	case LOCAL_PORT:
	case REMOTE_PORT:
		return req->whole || gf_one_in(dice, 3);
	case FLOWS:
	case QUEUE:
	case SWEEP:
		return gf_one_in(dice, 2);
	case AGE:
	case CAUSE:
		return gf_one_in(dice, 8);
	default:
		return gf_one_in(dice, 3);
	}
}

/* What a message begins with; its length is that of all there is. */
static void put_head(struct gf_msg *msg, int cmd, uint32_t seq, uint16_t flags,
		     const struct gf_place *place)
{
	struct nlmsghdr nlh = {
		.nlmsg_len = msg->len,
		.nlmsg_type = place->family,
		.nlmsg_flags = NLM_F_REQUEST | flags,
		.nlmsg_seq = seq,
	};
	struct genlmsghdr genl = { .cmd = cmd, .version = 1 };

	memcpy(msg->buf, &nlh, sizeof(nlh));
	memcpy(msg->buf + NLMSG_HDRLEN, &genl, sizeof(genl));
}

/**
 * gf_valid - make a request that has nothing wrong with it
 * @msg: the message
 * @cmd: its command
 * @seq: its number
 * @dice: say what else it has
 * @place: what there is to ask for
 */
void gf_valid(struct gf_msg *msg, int cmd, uint32_t seq, struct gf_dice *dice,
	      const struct gf_place *place)
{
	static const struct attr netns[] = {
		{ TCPWATCH_A_STATS_NETNS_FD, NETNS_FD },
		{ TCPWATCH_A_STATS_NETNS_ID, NETNS_ID },
	};
	const struct request *req = &requests[cmd];
	struct shape shape = { gf_one_in(dice, 2), gf_one_in(dice, 2) };
	const struct attr *attr;
	uint16_t flags = 0;

	msg->attrs = 0;
	msg->len = FIRST;
	if (req->netns && gf_one_in(dice, 3))
		put_valid(msg, &GF_PICK(dice, netns), shape, dice, place);
	for (attr = req->attr; attr->kind != END; attr++)
		if (wanted(req, attr->kind, dice))
			put_valid(msg, attr, shape, dice, place);
	if (req->dump)
		flags |= NLM_F_DUMP;
	else if (cmd == TCPWATCH_CMD_CONFIG_SET || gf_one_in(dice, 4))
		flags |= NLM_F_ACK;
	put_head(msg, cmd, seq, flags, place);
}

/* --- mutations: each takes a message that may be nonsense already --- */

static const uint16_t lengths[] = { 0, 1, 2,  3,      4,      5,
				    7, 8, 20, 0x7fff, 0x8000, 0xffff };

static void *random_attr(struct gf_msg *msg, struct gf_dice *dice)
{
	uint32_t at;

	if (!msg->attrs)
		return NULL;
	at = msg->at[gf_below(dice, msg->attrs)];
	return at + NLA_HDRLEN <= msg->len ? msg->buf + at : NULL;
}

static void fix_length(struct gf_msg *msg)
{
	uint32_t len = msg->len;

	memcpy(msg->buf, &len, sizeof(len));
}

static void mutate_attr_len(struct gf_msg *msg, struct gf_dice *dice)
{
	void *attr = random_attr(msg, dice);
	struct nlattr nla;

	if (!attr)
		return;
	memcpy(&nla, attr, sizeof(nla));
	switch (gf_below(dice, 3)) {
	case 0:
		nla.nla_len += gf_below(dice, 9) - 4;
		break;
	case 1:
		nla.nla_len = gf_roll(dice);
		break;
	default:
		nla.nla_len = GF_PICK(dice, lengths);
	}
	memcpy(attr, &nla, sizeof(nla));
}

static void mutate_attr_type(struct gf_msg *msg, struct gf_dice *dice)
{
	void *attr = random_attr(msg, dice);
	struct nlattr nla;

	if (!attr)
		return;
	memcpy(&nla, attr, sizeof(nla));
	switch (gf_below(dice, 5)) {
	case 0: /* what is only in replies, the padding, what follows them */
		nla.nla_type = gf_below(dice, TCPWATCH_A_FLOW_MAX + 4);
		break;
	case 1:
		nla.nla_type |= NLA_F_NESTED;
		break;
	case 2:
		nla.nla_type |= NLA_F_NET_BYTEORDER;
		break;
	case 3:
		nla.nla_type = gf_roll(dice);
		break;
	default:
		nla.nla_type = (uint16_t)NLA_TYPE_MASK;
	}
	memcpy(attr, &nla, sizeof(nla));
}

static void mutate_value(struct gf_msg *msg, struct gf_dice *dice)
{
	static const uint8_t fills[] = { 0, 1, 0x7f, 0x80, 0xff };
	unsigned char *attr = random_attr(msg, dice);
	struct nlattr nla;
	size_t len, i;

	if (!attr)
		return;
	memcpy(&nla, attr, sizeof(nla));
	len = msg->buf + msg->len - attr;
	if (nla.nla_len < len)
		len = nla.nla_len;
	if (gf_one_in(dice, 2)) {
		for (i = NLA_HDRLEN; i < len; i++)
			attr[i] = gf_roll(dice);
		return;
	}
	for (i = NLA_HDRLEN; i < len; i++)
		attr[i] = GF_PICK(dice, fills);
}

static void mutate_truncate(struct gf_msg *msg, struct gf_dice *dice)
{
	msg->len = gf_below(dice, msg->len + 1);
	if (msg->len >= sizeof(uint32_t) && gf_one_in(dice, 2))
		fix_length(msg);
}

static void mutate_duplicate(struct gf_msg *msg, struct gf_dice *dice)
{
	const unsigned char *attr = random_attr(msg, dice);
	struct nlattr nla;

	if (!attr)
		return;
	memcpy(&nla, attr, sizeof(nla));
	if (nla.nla_len < NLA_HDRLEN ||
	    attr + nla.nla_len > msg->buf + msg->len)
		return;
	if (put(msg, nla.nla_type, attr + NLA_HDRLEN, nla.nla_len - NLA_HDRLEN))
		fix_length(msg);
}

/* The first attributes go to the end. */
static void mutate_reorder(struct gf_msg *msg, struct gf_dice *dice)
{
	unsigned char first[1024];
	size_t head;

	if (msg->attrs < 2)
		return;
	head = msg->at[1 + gf_below(dice, msg->attrs - 1)];
	if (head > msg->len || head - FIRST > sizeof(first))
		return;
	memcpy(first, msg->buf + FIRST, head - FIRST);
	memmove(msg->buf + FIRST, msg->buf + head, msg->len - head);
	memcpy(msg->buf + msg->len - (head - FIRST), first, head - FIRST);
	msg->attrs = 0;
}

/* Attributes in one another, the lengths of some too large. */
static void mutate_nest(struct gf_msg *msg, struct gf_dice *dice)
{
	unsigned char nest[512];
	size_t depth = 1 + gf_below(dice, sizeof(nest) / NLA_HDRLEN);
	struct nlattr nla;
	size_t i;

	for (i = 0; i < depth; i++) {
		nla.nla_len = (depth - i) * NLA_HDRLEN;
		if (gf_one_in(dice, 16))
			nla.nla_len += gf_below(dice, 64);
		nla.nla_type = gf_below(dice, 32) | NLA_F_NESTED;
		memcpy(nest + i * NLA_HDRLEN, &nla, sizeof(nla));
	}
	if (put(msg, gf_below(dice, TCPWATCH_A_FLOW_MAX + 1) | NLA_F_NESTED,
		nest, depth * NLA_HDRLEN))
		fix_length(msg);
}

static void mutate_oversize(struct gf_msg *msg, struct gf_dice *dice)
{
	static const unsigned char zero[GF_BYTES];
	size_t room = sizeof(msg->buf) - msg->len;
	size_t len = gf_one_in(dice, 8) ? gf_below(dice, room + 1)
					: gf_below(dice, 2048);

	if (len > room)
		return;
	if (gf_one_in(dice, 2) && len >= 2 * NLA_HDRLEN) {
		len -= 2 * NLA_HDRLEN;
		put(msg, gf_below(dice, TCPWATCH_A_FLOW_MAX + 1), zero, len);
	} else {
		memset(msg->buf + msg->len, gf_roll(dice), len);
		msg->len += len;
	}
	fix_length(msg);
}

static void mutate_genl(struct gf_msg *msg, struct gf_dice *dice)
{
	struct genlmsghdr genl;

	if (msg->len < FIRST)
		return;
	memcpy(&genl, msg->buf + NLMSG_HDRLEN, sizeof(genl));
	switch (gf_below(dice, 4)) {
	case 0:
		genl.cmd = gf_below(dice, TCPWATCH_CMD_MAX + 3);
		break;
	case 1:
		genl.cmd = gf_roll(dice);
		break;
	case 2:
		genl.version = gf_roll(dice);
		break;
	default:
		genl.reserved = gf_roll(dice);
	}
	memcpy(msg->buf + NLMSG_HDRLEN, &genl, sizeof(genl));
}

static void mutate_flags(struct gf_msg *msg, struct gf_dice *dice)
{
	static const uint16_t bits[] = {
		NLM_F_REQUEST, NLM_F_MULTI,	      NLM_F_ACK,
		NLM_F_ECHO,    NLM_F_DUMP_INTR,	      NLM_F_DUMP_FILTERED,
		NLM_F_ROOT,    NLM_F_MATCH,	      NLM_F_ATOMIC,
		NLM_F_DUMP,    NLM_F_DUMP | NLM_F_ACK
	};
	struct nlmsghdr nlh;

	if (msg->len < NLMSG_HDRLEN)
		return;
	memcpy(&nlh, msg->buf, sizeof(nlh));
	if (gf_one_in(dice, 8))
		nlh.nlmsg_flags = gf_roll(dice);
	else
		nlh.nlmsg_flags ^= GF_PICK(dice, bits);
	memcpy(msg->buf, &nlh, sizeof(nlh));
}

static void mutate_length(struct gf_msg *msg, struct gf_dice *dice)
{
	static const uint32_t lens[] = { 0,	     1,		 15,	    16,
					 17,	     19,	 20,	    21,
					 0x7fffffff, 0x80000000, 0xffffffff };
	uint32_t len = msg->len;

	if (msg->len < sizeof(len))
		return;
	switch (gf_below(dice, 3)) {
	case 0:
		len += gf_below(dice, 17) - 8;
		break;
	case 1:
		len = GF_PICK(dice, lens);
		break;
	default:
		len = gf_roll(dice);
	}
	memcpy(msg->buf, &len, sizeof(len));
}

static void mutate_type(struct gf_msg *msg, struct gf_dice *dice)
{
	uint16_t type = gf_one_in(dice, 2) ? gf_below(dice, NLMSG_MIN_TYPE)
					   : gf_roll(dice);

	if (msg->len >= NLMSG_HDRLEN)
		memcpy(msg->buf + offsetof(struct nlmsghdr, nlmsg_type), &type,
		       sizeof(type));
}

static void mutate_bits(struct gf_msg *msg, struct gf_dice *dice)
{
	unsigned int n = 1 + gf_below(dice, 8);

	while (n-- && msg->len)
		msg->buf[gf_below(dice, msg->len)] ^= 1 << gf_below(dice, 8);
}

/* Octets at the end that are no attribute. */
static void mutate_tail(struct gf_msg *msg, struct gf_dice *dice)
{
	size_t len = 1 + gf_below(dice, 7);

	if (msg->len + len > sizeof(msg->buf))
		return;
	memset(msg->buf + msg->len, gf_roll(dice), len);
	msg->len += len;
	fix_length(msg);
}

/**
 * gf_mutate - make nonsense of a message
 * @msg: the message
 * @dice: say how
 */
void gf_mutate(struct gf_msg *msg, struct gf_dice *dice)
{
	static void (*const ways[])(struct gf_msg *, struct gf_dice *) = {
		mutate_attr_len,  mutate_attr_len, mutate_attr_type,
		mutate_value,	  mutate_value,	   mutate_truncate,
		mutate_duplicate, mutate_reorder,  mutate_nest,
		mutate_genl,	  mutate_flags,	   mutate_length,
		mutate_bits,	  mutate_bits,	   mutate_tail,
		mutate_attr_type,
	};
	unsigned int n = 1 + gf_below(dice, 3);

	while (n--) {
		if (gf_one_in(dice, 32))
			mutate_oversize(msg, dice);
		else if (gf_one_in(dice, 32))
			mutate_type(msg, dice);
		else
			GF_PICK(dice, ways)(msg, dice);
	}
}
