// SPDX-License-Identifier: GPL-2.0
/*
 * Netlink: single endpoints, one by its tuple or all that a filter lets pass,
 * and who listens.
 */
#include <linux/in6.h>
#include <linux/socket.h>

#include <net/ipv6.h>

#include "netlink/netlink.h"

static const struct tcpw_nla_tuple flow_tuple = {
	.family = TCPWATCH_A_FLOW_FAMILY,
	.laddr = TCPWATCH_A_FLOW_LADDR,
	.raddr = TCPWATCH_A_FLOW_RADDR,
	.lport = TCPWATCH_A_FLOW_LPORT,
	.rport = TCPWATCH_A_FLOW_RPORT,
};

static const struct tcpw_nla_tuple listener_tuple = {
	.family = TCPWATCH_A_LISTENER_FAMILY,
	.laddr = TCPWATCH_A_LISTENER_LADDR,
	.lport = TCPWATCH_A_LISTENER_LPORT,
};

/**
 * struct flow_prefix - addresses that a filter lets pass
 * @addr: the bits that they begin with
 * @bits: how many there are; 0 lets all pass
 */
struct flow_prefix {
	__be32 addr[4];
	u8 bits;
};

/**
 * struct flow_filter - endpoints that a dump tells of
 * @family: address family, 0 for both
 * @local: local addresses
 * @remote: remote addresses
 * @lport: local port, with @ports & 1
 * @rport: remote port, with @ports & 2
 * @ports: which of them matter
 * @states: 1 << enum tcpw_state
 * @cause: enum tcpw_cause, or -1 for all
 * @min_age: least time in its state, ns
 */
struct flow_filter {
	u8 family;
	struct flow_prefix local;
	struct flow_prefix remote;
	__be16 lport;
	__be16 rport;
	u8 ports;
	u32 states;
	int cause;
	u64 min_age;
};

#define MAPPED "an IPv4-mapped address is one of IPv4: give 4 bytes"
#define NO_ENDPOINT "no endpoint is in listen or unconn; see listener-get"
#define NO_TUPLE "an endpoint is named by laddr, lport, raddr and rport"

static int refuse(struct netlink_ext_ack *extack, const struct nlattr *attr,
		  const char *why)
{
	NL_SET_BAD_ATTR(extack, attr);
	if (extack)
		extack->_msg = why;
	return -EINVAL;
}

static u8 addr_family(const struct nlattr *addr)
{
	switch (nla_len(addr)) {
	case 4:
		return AF_INET;
	case 16:
		return AF_INET6;
	default:
		return 0;
	}
}

/* An address agrees with the family, or says what it is. */
static int read_addr(__be32 *to, u8 *family, const struct nlattr *addr,
		     struct netlink_ext_ack *extack)
{
	u8 its = addr_family(addr);

	if (!its)
		return refuse(extack, addr, "an address has 4 or 16 bytes");
	if (*family && *family != its)
		return refuse(extack, addr,
			      "addresses and family do not belong together");
	memset(to, 0, 16);
	memcpy(to, nla_data(addr), nla_len(addr));
	if (its == AF_INET6 && ipv6_addr_v4mapped((struct in6_addr *)to))
		return refuse(extack, addr, MAPPED);
	*family = its;
	return 0;
}

static int read_family(u8 *family, const struct nlattr *attr,
		       struct netlink_ext_ack *extack)
{
	*family = attr ? nla_get_u8(attr) : 0;
	if (!*family || *family == AF_INET || *family == AF_INET6)
		return 0;
	return refuse(extack, attr, "the family is 2 (IPv4) or 10 (IPv6)");
}

static int read_prefix(struct flow_prefix *prefix, u8 *family,
		       const struct nlattr *addr, const struct nlattr *len,
		       struct netlink_ext_ack *extack)
{
	int err;

	if (!addr)
		return len ? refuse(extack, len,
				    "a prefix length needs its address")
			   : 0;
	err = read_addr(prefix->addr, family, addr, extack);
	if (err)
		return err;
	prefix->bits = len ? nla_get_u8(len) : nla_len(addr) * 8;
	if (prefix->bits > nla_len(addr) * 8)
		return refuse(extack, len,
			      "the prefix is longer than the address");
	return 0;
}

static int read_filter(struct flow_filter *f, struct nlattr **attrs,
		       struct netlink_ext_ack *extack)
{
	const struct nlattr *lport = attrs[TCPWATCH_A_FLOW_LPORT];
	const struct nlattr *rport = attrs[TCPWATCH_A_FLOW_RPORT];
	const struct nlattr *states = attrs[TCPWATCH_A_FLOW_STATES];
	const struct nlattr *cause = attrs[TCPWATCH_A_FLOW_CAUSE];
	const struct nlattr *age = attrs[TCPWATCH_A_FLOW_MIN_AGE_NS];
	int err;

	memset(f, 0, sizeof(*f));
	err = read_family(&f->family, attrs[TCPWATCH_A_FLOW_FAMILY], extack) ?:
	      read_prefix(&f->local, &f->family, attrs[TCPWATCH_A_FLOW_LADDR],
			  attrs[TCPWATCH_A_FLOW_LADDR_LEN], extack) ?:
	      read_prefix(&f->remote, &f->family, attrs[TCPWATCH_A_FLOW_RADDR],
			  attrs[TCPWATCH_A_FLOW_RADDR_LEN], extack);
	if (err)
		return err;
	if (states && !(nla_get_u32(states) &
			~(BIT(TCPW_ST_LISTEN) | BIT(TCPW_ST_CLOSE))))
		return refuse(extack, states, NO_ENDPOINT);
	f->lport = lport ? nla_get_be16(lport) : 0;
	f->rport = rport ? nla_get_be16(rport) : 0;
	f->ports = (lport ? 1 : 0) | (rport ? 2 : 0);
	f->states = states ? nla_get_u32(states) : ~0U;
	f->cause = cause ? nla_get_u8(cause) : -1;
	f->min_age = age ? nla_get_u64(age) : 0;
	return 0;
}

static bool prefix_passes(const struct flow_prefix *prefix, const __be32 *addr)
{
	return ipv6_prefix_equal((const struct in6_addr *)addr,
				 (const struct in6_addr *)prefix->addr,
				 prefix->bits);
}

static bool addrs_pass(const struct flow_filter *f,
		       const struct tcpw_flow *flow)
{
	struct tcpw_key key;

	if (!f->local.bits && !f->remote.bits)
		return true;
	tcpw_flow_key(flow, &key);
	return prefix_passes(&f->local, key.laddr) &&
	       prefix_passes(&f->remote, key.raddr);
}

/* What is constant, and a look at the state, before the flow is locked. */
static bool may_pass(const struct flow_filter *f, const struct tcpw_flow *flow)
{
	return f->states & BIT(READ_ONCE(flow->conn.state)) &&
	       (!f->family || f->family == flow->family) &&
	       (!(f->ports & 1) || f->lport == flow->lport) &&
	       (!(f->ports & 2) || f->rport == flow->rport) &&
	       addrs_pass(f, flow);
}

static bool passes(const struct flow_filter *f, const struct tcpw_shot *shot)
{
	return f->states & BIT(shot->state) && shot->age >= f->min_age &&
	       (f->cause < 0 || f->cause == shot->cause);
}

static void put_shot_times(u8 **at, const struct tcpw_shot *shot)
{
	tcpw_row_u64(at, TCPWATCH_A_FLOW_AGE_NS, shot->age,
		     TCPWATCH_A_FLOW_PAD);
	if (shot->open)
		tcpw_row_u64(at, TCPWATCH_A_FLOW_HANDSHAKE_NS,
			     shot->open * (u64)NSEC_PER_USEC,
			     TCPWATCH_A_FLOW_PAD);
	if (shot->left)
		tcpw_row_u64(at, TCPWATCH_A_FLOW_LEFT_NS, shot->left,
			     TCPWATCH_A_FLOW_PAD);
}

static void put_shot_owner(u8 **at, struct sk_buff *request,
			   const struct tcpw_shot *shot)
{
	if (shot->owner.uid == TCPW_UID_UNKNOWN)
		return;
	tcpw_row_u32(at, TCPWATCH_A_FLOW_UID,
		     tcpw_nl_uid(request, shot->owner.uid));
	tcpw_row_u64(at, TCPWATCH_A_FLOW_CGROUP, shot->owner.cgroup,
		     TCPWATCH_A_FLOW_PAD);
}

/* Of one flow: 2 addresses, 4 of 64 bits, 13 others. */
#define FLOW_BYTES (2 * 20 + 4 * 16 + 13 * 8)

static int put_flow(struct sk_buff *skb, struct sk_buff *request,
		    const struct tcpw_flow *flow, const struct tcpw_shot *shot)
{
	u8 *at = tcpw_row_begin(skb, FLOW_BYTES);
	struct tcpw_key key;

	if (!at)
		return -EMSGSIZE;
	tcpw_flow_key(flow, &key);
	tcpw_row_tuple(&at, &key, &flow_tuple);
	tcpw_row_u32(&at, TCPWATCH_A_FLOW_BOUND_IF, READ_ONCE(flow->bound_if));
	tcpw_row_u8(&at, TCPWATCH_A_FLOW_STATE, shot->state);
	tcpw_row_u8(&at, TCPWATCH_A_FLOW_KERNEL_STATE, shot->kstate);
	tcpw_row_u8(&at, TCPWATCH_A_FLOW_CAUSE, shot->cause);
	tcpw_row_u8(&at, TCPWATCH_A_FLOW_ROLE, shot->role);
	put_shot_times(&at, shot);
	if (shot->least)
		tcpw_row_flag(&at, TCPWATCH_A_FLOW_AGE_IS_LEAST);
	if (shot->rtx)
		tcpw_row_u8(&at, TCPWATCH_A_FLOW_RTX, shot->rtx);
	if (shot->restarts)
		tcpw_row_u8(&at, TCPWATCH_A_FLOW_RESTARTS, shot->restarts);
	if (shot->small)
		tcpw_row_flag(&at, TCPWATCH_A_FLOW_TIMEWAIT_SOCKET);
	put_shot_owner(&at, request, shot);
	tcpw_row_end(skb, at);
	return 0;
}

/* The tuple that a request names, all of it. */
static int read_tuple(struct tcpw_key *key, struct nlattr **attrs,
		      struct netlink_ext_ack *extack)
{
	const struct nlattr *laddr = attrs[TCPWATCH_A_FLOW_LADDR];
	const struct nlattr *raddr = attrs[TCPWATCH_A_FLOW_RADDR];
	const struct nlattr *lport = attrs[TCPWATCH_A_FLOW_LPORT];
	const struct nlattr *rport = attrs[TCPWATCH_A_FLOW_RPORT];
	u8 family;
	int err;

	memset(key, 0, sizeof(*key));
	if (!laddr || !raddr || !lport || !rport) {
		NL_SET_ERR_MSG(extack, NO_TUPLE);
		return -EINVAL;
	}
	err = read_family(&family, attrs[TCPWATCH_A_FLOW_FAMILY], extack) ?:
	      read_addr(key->laddr, &family, laddr, extack) ?:
	      read_addr(key->raddr, &family, raddr, extack);
	if (err)
		return err;
	key->family = family;
	key->lport = nla_get_be16(lport);
	key->rport = nla_get_be16(rport);
	return 0;
}

static int flow_fill(struct sk_buff *skb, struct tcpw_net *tn,
		     struct sk_buff *request, struct genl_info *info)
{
	const struct nlattr *bound_if = info->attrs[TCPWATCH_A_FLOW_BOUND_IF];
	struct tcpw_ifs ifs = { .dif = bound_if ? nla_get_u32(bound_if) : 0 };
	struct tcpw_flow *flow;
	struct tcpw_shot shot;
	struct tcpw_key key;
	int err;

	err = read_tuple(&key, info->attrs, info->extack);
	if (err)
		return err;
	err = -ENOENT;
	rcu_read_lock();
	flow = tcpw_flow_find(&tn->flows, &key, &ifs);
	if (flow && tcpw_flow_shoot(flow, &shot))
		err = put_flow(skb, request, flow, &shot);
	rcu_read_unlock();
	if (err == -ENOENT)
		NL_SET_ERR_MSG(info->extack, "there is no such endpoint");
	return err;
}

int tcpwatch_nl_flow_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return tcpw_nl_reply(skb, info, TCPWATCH_CMD_FLOW_GET, 1024, flow_fill);
}

struct flow_dump {
	struct sk_buff *skb;
	struct netlink_callback *cb;
	struct flow_filter filter;
};

static bool dump_flow(struct tcpw_flow *flow, void *arg)
{
	const struct flow_dump *d = arg;
	struct tcpw_shot shot;
	void *head;

	if (!may_pass(&d->filter, flow) || !tcpw_flow_shoot(flow, &shot) ||
	    !passes(&d->filter, &shot))
		return true;
	head = tcpw_nl_put(d->skb, d->cb, TCPWATCH_CMD_FLOW_DUMP);
	if (!head)
		return false;
	if (put_flow(d->skb, d->cb->skb, flow, &shot)) {
		genlmsg_cancel(d->skb, head);
		return false;
	}
	genlmsg_end(d->skb, head);
	return true;
}

int tcpwatch_nl_flow_dump_dumpit(struct sk_buff *skb,
				 struct netlink_callback *cb)
{
	struct tcpw_nl_dump *dump = tcpw_nl_dump(cb);
	struct flow_dump d = { .skb = skb, .cb = cb };
	struct tcpw_net *tn;
	int err;

	err = read_filter(&d.filter, tcpw_dump_attrs(cb), cb->extack)
		      ?: tcpw_nl_begin(cb);
	if (err)
		return err;
	while (dump->net) {
		tn = tcpw_pernet_get(dump->net);
		tcpw_flow_scan(&tn->flows, &dump->scan, dump_flow, &d);
		if (!dump->scan.over)
			break;
		tcpw_nl_next(dump);
	}
	return skb->len;
}

static int put_listener(struct sk_buff *skb, const struct tcpw_listener *rec)
{
	static const int attrs[TCPW_LISTENER_STATS] = {
		[TCPW_LISTENER_COOKIE_OUT] = TCPWATCH_A_LISTENER_COOKIES_OUT,
		[TCPW_LISTENER_COOKIE_IN] = TCPWATCH_A_LISTENER_COOKIES_IN,
		[TCPW_LISTENER_REFUSED] = TCPWATCH_A_LISTENER_REFUSED,
		[TCPW_LISTENER_TIMEOUT] = TCPWATCH_A_LISTENER_TIMEOUT,
		[TCPW_LISTENER_DEFERRED] = TCPWATCH_A_LISTENER_DEFERRED,
	};
	int i;

	if (tcpw_nla_tuple(skb, &rec->place.key, &listener_tuple) ||
	    nla_put_u32(skb, TCPWATCH_A_LISTENER_BOUND_IF,
			rec->place.bound_if) ||
	    nla_put_u32(skb, TCPWATCH_A_LISTENER_SOCKETS,
			READ_ONCE(rec->sockets)) ||
	    nla_put_u64_64bit(skb, TCPWATCH_A_LISTENER_DROPS,
			      READ_ONCE(rec->drops), TCPWATCH_A_LISTENER_PAD))
		return -EMSGSIZE;
	for (i = 0; i < TCPW_LISTENER_STATS; i++)
		if (nla_put_u64_64bit(skb, attrs[i],
				      atomic_long_read(&rec->count[i]),
				      TCPWATCH_A_LISTENER_PAD))
			return -EMSGSIZE;
	return 0;
}

static bool dump_listener(const struct tcpw_listener *rec, void *arg)
{
	const struct flow_dump *d = arg;
	void *head = tcpw_nl_put(d->skb, d->cb, TCPWATCH_CMD_LISTENER_GET);

	if (!head)
		return false;
	if (put_listener(d->skb, rec)) {
		genlmsg_cancel(d->skb, head);
		return false;
	}
	genlmsg_end(d->skb, head);
	return true;
}

int tcpwatch_nl_listener_get_dumpit(struct sk_buff *skb,
				    struct netlink_callback *cb)
{
	struct tcpw_nl_dump *dump = tcpw_nl_dump(cb);
	struct flow_dump d = { .skb = skb, .cb = cb };
	int err = tcpw_nl_begin(cb);
	struct tcpw_net *tn;

	if (err || !dump->net)
		return err;
	tn = tcpw_pernet_get(dump->net);
	tcpw_listeners_refresh(&tn->listeners);
	tcpw_listeners_scan(&tn->listeners, &dump->scan, dump_listener, &d);
	if (dump->scan.over)
		tcpw_nl_next(dump);
	return skb->len;
}
