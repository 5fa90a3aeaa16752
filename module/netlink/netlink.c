// SPDX-License-Identifier: GPL-2.0
/*
 * The netlink family: whose namespace a request is about, how answers begin,
 * the settings.  What is told is in netlink_*.c, how it is checked and who may
 * ask for it in genl-gen.c, made from the spec.
 */
#include <linux/log2.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/user_namespace.h>

#include <net/net_namespace.h>
#include <net/sock.h>

#include "netlink/netlink.h"

/* Each top-level set begins with these. */
#define NL_NETNS_FD TCPWATCH_A_STATS_NETNS_FD
#define NL_NETNS_ID TCPWATCH_A_STATS_NETNS_ID
#define NL_NETNS TCPWATCH_A_STATS_NETNS

#define NL_SAME(set)                                      \
	static_assert(TCPWATCH_A_##set##_NETNS_FD == 1 && \
		      TCPWATCH_A_##set##_NETNS_ID == 2 && \
		      TCPWATCH_A_##set##_NETNS == 3 &&    \
		      TCPWATCH_A_##set##_PAD == 4)

NL_SAME(STATS);
NL_SAME(HIST);
NL_SAME(MATRIX);
NL_SAME(FLOW);
NL_SAME(LISTENER);
NL_SAME(STUCK);
NL_SAME(PORT_PRESSURE);
NL_SAME(TIMEWAIT);
NL_SAME(CONFIG);
NL_SAME(TRANSITIONS);

/* The generator leaves out the flags that the spec gives the group. */
static const struct genl_multicast_group groups[] = {
	[TCPWATCH_NLGRP_TRANSITIONS] = { .name = "transitions",
					 TCPW_MCAST_FLAGS },
};

#define NO_NETNS_FD "no file descriptor of a network namespace"
#define NEEDS_ADMIN                                          \
	"another network namespace needs CAP_NET_ADMIN and " \
	"CAP_SYS_ADMIN over its owner, as entering it does"
#define NOT_WATCHED \
	"not watched: there was no memory when this namespace was made"
#define NEEDS_HOST \
	"all network namespaces are seen from the initial one only: run it there"
#define NEEDS_ROOT                                       \
	"all network namespaces need CAP_NET_ADMIN and " \
	"CAP_SYS_ADMIN in the initial user namespace"

#define NEEDS_HOST_ROOT                                    \
	"more than the default costs needs CAP_NET_ADMIN " \
	"and CAP_SYS_ADMIN in the initial user namespace"

/* The namespace that a request names; NULL where it names none. */
static struct net *named_net(struct net *own, struct nlattr **attrs,
			     struct netlink_ext_ack *extack)
{
	const struct nlattr *fd = attrs[NL_NETNS_FD];
	const struct nlattr *id = attrs[NL_NETNS_ID];
	struct net *net;

	if (fd && id) {
		NL_SET_ERR_MSG_ATTR(extack, id,
				    "give netns-fd or netns-id, not both");
		return ERR_PTR(-EINVAL);
	}
	if (fd) {
		net = get_net_ns_by_fd(nla_get_u32(fd));
		if (IS_ERR(net))
			NL_SET_ERR_MSG_ATTR(extack, fd, NO_NETNS_FD);
		return net;
	}
	if (!id)
		return NULL;
	net = tcpw_net_by_id(own, nla_get_s32(id));
	if (net)
		return net;
	NL_SET_ERR_MSG_ATTR(extack, id,
			    "no network namespace has this id here");
	return ERR_PTR(-ENONET);
}

/*
 * May the sender see what is of another network namespace?  Who could enter
 * it and administer it there: CAP_NET_ADMIN alone is what a container has, and
 * the other end of its veth gives it an id of the host's namespace.
 */
static bool may_enter(const struct sk_buff *skb, struct user_namespace *owner)
{
	return netlink_ns_capable(skb, owner, CAP_NET_ADMIN) &&
	       netlink_ns_capable(skb, owner, CAP_SYS_ADMIN);
}

/**
 * tcpw_nl_net - the namespace that a request is about
 * @skb: the request
 * @attrs: its attributes
 * @extack: told what is wrong with them
 *
 * Return: for the caller to put_net(), or an ERR_PTR().
 */
struct net *tcpw_nl_net(struct sk_buff *skb, struct nlattr **attrs,
			struct netlink_ext_ack *extack)
{
	struct net *own = sock_net(skb->sk);
	struct net *net = named_net(own, attrs, extack);
	int err = -EPERM;

	if (IS_ERR(net))
		return net;
	net = net ?: get_net(own);
	if (!net_eq(net, own) && !may_enter(skb, net->user_ns)) {
		NL_SET_ERR_MSG(extack, NEEDS_ADMIN);
		goto err_put;
	}
	if (tcpw_pernet_get(net))
		return net;
	NL_SET_ERR_MSG(extack, NOT_WATCHED);
	err = -ENOMEM;
err_put:
	put_net(net);
	return ERR_PTR(err);
}

static bool dumps_all(struct netlink_callback *cb, struct nlattr **attrs)
{
	const struct genlmsghdr *hdr = nlmsg_data(cb->nlh);

	return hdr->cmd == TCPWATCH_CMD_STATS_DUMP ||
	       (hdr->cmd == TCPWATCH_CMD_FLOW_DUMP &&
		attrs[TCPWATCH_A_FLOW_ALL_NETNS]);
}

/*
 * Who may see all network namespaces: whoever could enter each of them, as
 * setns() has it, and is not confined to one himself.  A container may have
 * capabilities in the initial user namespace, but not its network.
 */
static int may_see_all(struct netlink_callback *cb)
{
	if (!net_eq(sock_net(cb->skb->sk), &init_net)) {
		NL_SET_ERR_MSG(cb->extack, NEEDS_HOST);
		return -EPERM;
	}
	if (may_enter(cb->skb, &init_user_ns))
		return 0;
	NL_SET_ERR_MSG(cb->extack, NEEDS_ROOT);
	return -EPERM;
}

/* Begins with the namespaces; the next ones come with tcpw_nl_next(). */
static int start_all(struct netlink_callback *cb, struct nlattr **attrs)
{
	const struct genlmsghdr *hdr = nlmsg_data(cb->nlh);
	struct tcpw_nl_dump *dump = tcpw_nl_dump(cb);
	int err;

	if (attrs[NL_NETNS_FD] || attrs[NL_NETNS_ID]) {
		NL_SET_ERR_MSG(cb->extack,
			       "all-netns, or one of them: not both");
		return -EINVAL;
	}
	err = may_see_all(cb);
	if (err)
		return err;
	dump->all = true;
	dump->used = hdr->cmd == TCPWATCH_CMD_FLOW_DUMP;
	dump->net = tcpw_pernet_next(NULL, dump->used);
	return 0;
}

/**
 * tcpwatch_nl_dump_start - what each dump begins with
 * @cb: the dump
 *
 * What is wrong with the request can be told from the first message on only,
 * see tcpw_nl_begin().
 *
 * Return: 0.
 */
int tcpwatch_nl_dump_start(struct netlink_callback *cb)
{
	const struct genlmsghdr *hdr = nlmsg_data(cb->nlh);

	memset(tcpw_nl_dump(cb), 0, sizeof(struct tcpw_nl_dump));
	/* one namespace's numbers, with all histograms at their largest */
	cb->min_dump_alloc = hdr->cmd == TCPWATCH_CMD_STATS_DUMP
				     ? 61440
				     : SKB_WITH_OVERHEAD(SZ_16K);
	return 0;
}

/**
 * tcpw_nl_begin - whose namespace is a dump about?
 * @cb: the dump, at each of its messages
 *
 * Return: 0, also at the end of the dump; or a negative error.
 */
int tcpw_nl_begin(struct netlink_callback *cb)
{
	struct tcpw_nl_dump *dump = tcpw_nl_dump(cb);
	struct nlattr **attrs = tcpw_dump_attrs(cb);
	struct net *net;

	if (dump->begun)
		return 0;
	dump->begun = true;
	if (dumps_all(cb, attrs))
		return start_all(cb, attrs);
	net = tcpw_nl_net(cb->skb, attrs, cb->extack);
	if (IS_ERR(net))
		return PTR_ERR(net);
	dump->net = net;
	return 0;
}

/**
 * tcpwatch_nl_dump_done - what each dump ends with
 * @cb: the dump
 *
 * Return: 0.
 */
int tcpwatch_nl_dump_done(struct netlink_callback *cb)
{
	struct tcpw_nl_dump *dump = tcpw_nl_dump(cb);

	if (dump->net)
		put_net(dump->net);
	dump->net = NULL;
	return 0;
}

/**
 * tcpw_nl_next - a dump has come to the end of a namespace
 * @dump: goes on with the next one, if there is one
 */
void tcpw_nl_next(struct tcpw_nl_dump *dump)
{
	struct net *net = dump->net;

	dump->net = dump->all ? tcpw_pernet_next(net, dump->used) : NULL;
	memset(&dump->scan, 0, sizeof(dump->scan));
	dump->index = 0;
	put_net(net);
}

/**
 * tcpw_nl_put - begin a message of a dump
 * @skb: where
 * @cb: the dump
 * @cmd: its command
 *
 * Return: what genlmsg_end() and genlmsg_cancel() take; NULL without room.
 */
void *tcpw_nl_put(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd)
{
	void *head;

	head = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			   &tcpwatch_nl_family, NLM_F_MULTI, cmd);
	if (!head)
		return NULL;
	if (!nla_put_u32(skb, NL_NETNS, tcpw_nl_dump(cb)->net->ns.inum))
		return head;
	genlmsg_cancel(skb, head);
	return NULL;
}

/**
 * tcpw_nl_reply - answer a request with one message
 * @request: the request
 * @info: what it says
 * @cmd: its command
 * @size: octets that the answer may take
 * @fill: puts what it says
 *
 * Return: 0 or a negative error.
 */
int tcpw_nl_reply(struct sk_buff *request, struct genl_info *info, u8 cmd,
		  size_t size, tcpw_nl_fill fill)
{
	struct tcpw_net *tn;
	struct sk_buff *skb;
	struct net *net;
	void *head;
	int err = -ENOMEM;

	net = tcpw_nl_net(request, info->attrs, info->extack);
	if (IS_ERR(net))
		return PTR_ERR(net);
	tn = tcpw_pernet_get(net);
	skb = genlmsg_new(size, GFP_KERNEL);
	if (!skb)
		goto err_put;
	head = genlmsg_put_reply(skb, info, &tcpwatch_nl_family, 0, cmd);
	err = -EMSGSIZE;
	if (!head || nla_put_u32(skb, NL_NETNS, net->ns.inum))
		goto err_free;
	err = fill(skb, tn, request, info);
	if (err)
		goto err_free;
	genlmsg_end(skb, head);
	put_net(net);
	return genlmsg_reply(skb, info);

err_free:
	nlmsg_free(skb);
err_put:
	put_net(net);
	return err;
}

/**
 * tcpw_nl_counts - put counters
 * @skb: the message
 * @nest: attribute of the nest for them, 0 for none
 * @pad: the set's attribute for padding
 * @counts: the counters
 * @n: how many there are
 *
 * Return: 0 or -EMSGSIZE.
 */
int tcpw_nl_counts(struct sk_buff *skb, int nest, int pad,
		   const struct tcpw_nl_count *counts, size_t n)
{
	struct nlattr *start = nest ? nla_nest_start(skb, nest) : NULL;
	size_t i;

	if (nest && !start)
		return -EMSGSIZE;
	for (i = 0; i < n; i++)
		if (nla_put_u64_64bit(skb, counts[i].attr, counts[i].value,
				      pad))
			return -EMSGSIZE;
	if (start)
		nla_nest_end(skb, start);
	return 0;
}

/**
 * tcpw_nl_counters - put the single counters of a place
 * @skb: the message, in the nest that they belong to
 * @pad: the set's attribute for padding
 * @place: the place
 * @sum: the counters
 *
 * Return: 0 or -EMSGSIZE.
 */
int tcpw_nl_counters(struct sk_buff *skb, int pad, enum tcpw_stat_place place,
		     const struct tcpw_stats *sum)
{
	unsigned int i;

	for (i = 0; i < TCPW_STAT_MAX; i++)
		if (tcpw_counters[i].place == place &&
		    nla_put_u64_64bit(skb, tcpw_counters[i].attr, sum->count[i],
				      pad))
			return -EMSGSIZE;
	return 0;
}

/**
 * tcpw_nl_uid - a user, as the reader numbers them
 * @request: the reader's request
 * @uid: the user, as the initial user namespace does
 *
 * Return: the number.
 */
u32 tcpw_nl_uid(struct sk_buff *request, u32 uid)
{
	return from_kuid_munged(sk_user_ns(NETLINK_CB(request).sk),
				KUIDT_INIT(uid));
}

static int config_fill(struct sk_buff *skb, struct tcpw_net *tn,
		       struct sk_buff *request, struct genl_info *info)
{
	u64 every = READ_ONCE(tn->flows.full_every);

	if (nla_put_u32(skb, TCPWATCH_A_CONFIG_MAX_FLOWS,
			READ_ONCE(tn->flows.max)) ||
	    nla_put_u32(skb, TCPWATCH_A_CONFIG_EVENT_QUEUE,
			READ_ONCE(tn->events.size)) ||
	    nla_put_u32(skb, TCPWATCH_A_CONFIG_SWEEP_MS,
			div_u64(every, NSEC_PER_MSEC)))
		return -EMSGSIZE;
	return 0;
}

int tcpwatch_nl_config_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	return tcpw_nl_reply(skb, info, TCPWATCH_CMD_CONFIG_GET, 256,
			     config_fill);
}

/*
 * What costs others more than the defaults do is for the host to decide: a
 * tenant is root of a network namespace, too.
 */
static int config_allow(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *max = info->attrs[TCPWATCH_A_CONFIG_MAX_FLOWS];
	const struct nlattr *queue = info->attrs[TCPWATCH_A_CONFIG_EVENT_QUEUE];
	const struct nlattr *sweep = info->attrs[TCPWATCH_A_CONFIG_SWEEP_MS];
	const struct nlattr *much = NULL;

	if (max && nla_get_u32(max) > TCPW_FLOWS_DEFAULT)
		much = max;
	else if (queue && nla_get_u32(queue) > TCPW_EVENT_QUEUE_DEFAULT)
		much = queue;
	else if (sweep && nla_get_u32(sweep) < TCPW_SWEEP_MS_DEFAULT)
		much = sweep;
	if (!much || may_enter(skb, &init_user_ns))
		return 0;
	NL_SET_ERR_MSG_ATTR(info->extack, much, NEEDS_HOST_ROOT);
	return -EPERM;
}

static void config_apply(struct tcpw_net *tn, struct nlattr **attrs)
{
	const struct nlattr *max = attrs[TCPWATCH_A_CONFIG_MAX_FLOWS];
	const struct nlattr *queue = attrs[TCPWATCH_A_CONFIG_EVENT_QUEUE];
	const struct nlattr *sweep = attrs[TCPWATCH_A_CONFIG_SWEEP_MS];

	if (max) {
		WRITE_ONCE(tn->flows.max, nla_get_u32(max));
		tcpw_missing_now(&tn->flows);
	}
	if (queue)
		tcpw_events_resize(&tn->events, nla_get_u32(queue));
	if (sweep)
		tcpw_sweep_every(&tn->flows, nla_get_u32(sweep));
}

int tcpwatch_nl_config_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *queue = info->attrs[TCPWATCH_A_CONFIG_EVENT_QUEUE];
	struct net *net;
	int err;

	if (!queue && !info->attrs[TCPWATCH_A_CONFIG_MAX_FLOWS] &&
	    !info->attrs[TCPWATCH_A_CONFIG_SWEEP_MS]) {
		NL_SET_ERR_MSG(info->extack, "no setting is given");
		return -EINVAL;
	}
	if (queue && !is_power_of_2(nla_get_u32(queue))) {
		NL_SET_ERR_MSG_ATTR(info->extack, queue,
				    "event-queue must be a power of two");
		return -EINVAL;
	}
	err = config_allow(skb, info);
	if (err)
		return err;
	net = tcpw_nl_net(skb, info->attrs, info->extack);
	if (IS_ERR(net))
		return PTR_ERR(net);
	config_apply(tcpw_pernet_get(net), info->attrs);
	put_net(net);
	return 0;
}

/**
 * tcpw_netlink_init - register the family
 *
 * Return: 0 or a negative error.
 */
int __init tcpw_netlink_init(void)
{
	int err;

	tcpwatch_nl_family.mcgrps = groups;
	err = genl_register_family(&tcpwatch_nl_family);
	if (!err)
		tcpw_event_enable(&tcpwatch_nl_family,
				  TCPWATCH_NLGRP_TRANSITIONS);
	return err;
}

/**
 * tcpw_netlink_exit - the reverse; waits for requests and for messages
 */
void tcpw_netlink_exit(void)
{
	/* ORDER: nothing may be sent to the groups of a family that is gone */
	tcpw_event_enable(NULL, 0);
	genl_unregister_family(&tcpwatch_nl_family);
}
