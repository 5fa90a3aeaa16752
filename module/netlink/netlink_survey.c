// SPDX-License-Identifier: GPL-2.0
/*
 * Netlink: what the last full walk found: who stays where nobody should, and
 * which destinations take the ports.
 */
#include <linux/mm.h>

#include "netlink/netlink.h"
#include "kernel/skkey.h"

static const struct tcpw_nla_tuple stuck_tuple = {
	.family = TCPWATCH_A_STUCK_FAMILY,
	.laddr = TCPWATCH_A_STUCK_LADDR,
	.raddr = TCPWATCH_A_STUCK_RADDR,
	.lport = TCPWATCH_A_STUCK_LPORT,
	.rport = TCPWATCH_A_STUCK_RPORT,
};

static const struct tcpw_nla_tuple dest_tuple = {
	.family = TCPWATCH_A_PORT_PRESSURE_FAMILY,
	.laddr = TCPWATCH_A_PORT_PRESSURE_LADDR,
	.raddr = TCPWATCH_A_PORT_PRESSURE_RADDR,
	.rport = TCPWATCH_A_PORT_PRESSURE_RPORT,
};

static_assert(TCPWATCH_STUCK_MAX == TCPW_STUCK_MAX);

/* Another walk may end while this is told: then it is not of one piece. */
static void *survey_put(struct sk_buff *skb, struct netlink_callback *cb,
			const struct tcpw_findings *f, u8 cmd)
{
	void *head = tcpw_nl_put(skb, cb, cmd);

	if (head)
		genl_dump_check_consistent(cb, head);
	return head;
}

/* The time of the walk stands for its result; 0 would mean that none is. */
static struct tcpw_findings *survey_read(struct netlink_callback *cb)
{
	struct tcpw_net *tn = tcpw_pernet_get(tcpw_nl_dump(cb)->net);
	struct tcpw_findings *f = tcpw_survey_read(&tn->flows.survey);

	if (f)
		cb->seq = (u32)(f->at >> 10) | 1;
	return f;
}

static int put_waiting(struct sk_buff *skb, struct sk_buff *request,
		       const struct tcpw_waiting *w, u8 rtx)
{
	if (nla_put_u8(skb, TCPWATCH_A_STUCK_WAIT, tcpw_wait_of(w)) ||
	    nla_put_u32(skb, TCPWATCH_A_STUCK_RTX, max_t(u32, rtx, w->rtx)) ||
	    nla_put_u32(skb, TCPWATCH_A_STUCK_UNACKED, w->unacked) ||
	    nla_put_u32(skb, TCPWATCH_A_STUCK_UNSENT, w->unsent) ||
	    nla_put_u32(skb, TCPWATCH_A_STUCK_WINDOW, w->window) ||
	    nla_put_u32(skb, TCPWATCH_A_STUCK_TIMER_MS, w->left))
		return -EMSGSIZE;
	if (w->uid == TCPW_UID_UNKNOWN)
		return 0;
	if (nla_put_u32(skb, TCPWATCH_A_STUCK_UID,
			tcpw_nl_uid(request, w->uid)) ||
	    nla_put_u64_64bit(skb, TCPWATCH_A_STUCK_INODE, w->inode,
			      TCPWATCH_A_STUCK_PAD))
		return -EMSGSIZE;
	return 0;
}

static int put_stuck(struct sk_buff *skb, struct netlink_callback *cb,
		     const struct tcpw_stuck *stuck,
		     const struct tcpw_shot *shot)
{
	struct tcpw_waiting waiting;

	tcpw_skkey_ask(&waiting, tcpw_nl_dump(cb)->net, &stuck->key,
		       stuck->bound_if);
	if (tcpw_nla_tuple(skb, &stuck->key, &stuck_tuple) ||
	    nla_put_u32(skb, TCPWATCH_A_STUCK_BOUND_IF, stuck->bound_if) ||
	    nla_put_u8(skb, TCPWATCH_A_STUCK_STATE, shot->state) ||
	    nla_put_u64_64bit(skb, TCPWATCH_A_STUCK_AGE_NS, shot->age,
			      TCPWATCH_A_STUCK_PAD))
		return -EMSGSIZE;
	return put_waiting(skb, cb->skb, &waiting, shot->rtx);
}

/* False where there is no room. */
static bool dump_stuck(struct sk_buff *skb, struct netlink_callback *cb,
		       const struct tcpw_findings *f, unsigned int index)
{
	struct tcpw_net *tn = tcpw_pernet_get(tcpw_nl_dump(cb)->net);
	unsigned int state = index / TCPW_STUCK_MAX;
	unsigned int n = index % TCPW_STUCK_MAX;
	const struct tcpw_stuck *stuck = &f->stuck[state][n];
	struct tcpw_shot shot;
	void *head;

	if (n >= f->stucks[state] ||
	    !tcpw_survey_shoot(&tn->flows, stuck, tcpw_stuck_states[state],
			       &shot))
		return true;
	head = survey_put(skb, cb, f, TCPWATCH_CMD_STUCK_GET);
	if (!head)
		return false;
	if (put_stuck(skb, cb, stuck, &shot)) {
		genlmsg_cancel(skb, head);
		return false;
	}
	genlmsg_end(skb, head);
	return true;
}

static int
survey_dump(struct sk_buff *skb, struct netlink_callback *cb, unsigned int n,
	    bool (*tell)(struct sk_buff *skb, struct netlink_callback *cb,
			 const struct tcpw_findings *f, unsigned int index))
{
	struct tcpw_nl_dump *dump = tcpw_nl_dump(cb);
	int err = tcpw_nl_begin(cb);
	struct tcpw_findings *f;

	if (err || !dump->net)
		return err;
	f = survey_read(cb);
	if (!f)
		return -ENOMEM;
	tcpw_survey_rank(f);
	while (dump->index < n && tell(skb, cb, f, dump->index))
		dump->index++;
	kvfree(f);
	if (dump->index == n)
		tcpw_nl_next(dump);
	return skb->len;
}

int tcpwatch_nl_stuck_get_dumpit(struct sk_buff *skb,
				 struct netlink_callback *cb)
{
	return survey_dump(skb, cb, TCPW_STUCK_STATES * TCPW_STUCK_MAX,
			   dump_stuck);
}

static int put_dest(struct sk_buff *skb, const struct tcpw_findings *f,
		    const struct tcpw_dest *dest, u32 ports)
{
	struct tcpw_growth growth;

	tcpw_survey_growth(&growth, f, dest, ports);
	if (tcpw_nla_tuple(skb, &dest->key, &dest_tuple) ||
	    nla_put_u32(skb, TCPWATCH_A_PORT_PRESSURE_LIVE, dest->live) ||
	    nla_put_u32(skb, TCPWATCH_A_PORT_PRESSURE_TIME_WAIT,
			dest->time_wait) ||
	    nla_put_u32(skb, TCPWATCH_A_PORT_PRESSURE_PORTS, ports))
		return -EMSGSIZE;
	if (!growth.per_1000s)
		return 0;
	if (nla_put_u64_64bit(skb, TCPWATCH_A_PORT_PRESSURE_PER_1000S,
			      growth.per_1000s, TCPWATCH_A_PORT_PRESSURE_PAD) ||
	    nla_put_u64_64bit(skb, TCPWATCH_A_PORT_PRESSURE_LEFT_MS,
			      growth.left_ms, TCPWATCH_A_PORT_PRESSURE_PAD))
		return -EMSGSIZE;
	return 0;
}

/* The last one tells of those that are not told of. */
static bool dump_dest(struct sk_buff *skb, struct netlink_callback *cb,
		      const struct tcpw_findings *f, unsigned int index)
{
	u32 ports = tcpw_skkey_ports(tcpw_nl_dump(cb)->net);
	bool last = index == TCPW_DESTS_SHOWN;
	void *head;
	int err;

	if (!last && !tcpw_dest_total(&f->dest[index]))
		return true;
	head = survey_put(skb, cb, f, TCPWATCH_CMD_PORT_PRESSURE_GET);
	if (!head)
		return false;
	err = last ? nla_put_u32(skb, TCPWATCH_A_PORT_PRESSURE_OTHERS,
				 f->others)
		   : put_dest(skb, f, &f->dest[index], ports);
	if (err) {
		genlmsg_cancel(skb, head);
		return false;
	}
	genlmsg_end(skb, head);
	return true;
}

int tcpwatch_nl_port_pressure_get_dumpit(struct sk_buff *skb,
					 struct netlink_callback *cb)
{
	return survey_dump(skb, cb, TCPW_DESTS_SHOWN + 1, dump_dest);
}
