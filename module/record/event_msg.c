// SPDX-License-Identifier: GPL-2.0
/*
 * Transitions as netlink messages: many in one, in the order in which they
 * are given, each with its number.
 */
#include <linux/rwsem.h>
#include <linux/socket.h>
#include <uapi/linux/tcpwatch.h>

#include <net/genetlink.h>
#include <net/net_namespace.h>
#include <net/sock.h>

#include "kernel/nla.h"
#include "record/event.h"

/* Its buffer is just one of 16 KiB, and is cut before it is sent. */
#define MESSAGE_BYTES (SKB_WITH_OVERHEAD(16384) - GENL_HDRLEN - NLMSG_HDRLEN)

static DECLARE_RWSEM(enabled_sem);	 /* held while sending */
static struct genl_family *event_family; /* the messages are of it */
static unsigned int event_index;	 /* their group in it */

/* The group's number; 0 while nothing is to be sent. */
unsigned int tcpw_event_group __read_mostly;

/**
 * tcpw_event_enable - begin or end to send
 * @family: the netlink family, registered; NULL to end
 * @group: the transitions' among its groups
 *
 * Nothing is being sent any more when this returns after NULL.
 */
void tcpw_event_enable(struct genl_family *family, unsigned int group)
{
	down_write(&enabled_sem);
	if (family) {
		event_family = family;
		event_index = group;
	}
	WRITE_ONCE(tcpw_event_group, family ? family->mcgrp_offset + group : 0);
	up_write(&enabled_sem);
}

static const struct tcpw_nla_tuple event_tuple = {
	.family = TCPWATCH_A_EVENT_FAMILY,
	.laddr = TCPWATCH_A_EVENT_LADDR,
	.raddr = TCPWATCH_A_EVENT_RADDR,
	.lport = TCPWATCH_A_EVENT_LPORT,
	.rport = TCPWATCH_A_EVENT_RPORT,
};

/* Of one transition: 2 nests, 2 addresses, 3 of 64 bits, a name, 15 others. */
#define EVENT_BYTES (2 * 4 + 2 * 20 + 3 * 16 + 20 + 15 * 8)

static void put_segment(u8 **at, const struct tcpw_event *e)
{
	struct nlattr *nest = tcpw_row_nest(at, TCPWATCH_A_EVENT_SEGMENT);

	tcpw_row_u8(at, TCPWATCH_A_EVENT_SEGMENT_DIRECTION, e->dir);
	tcpw_row_u8(at, TCPWATCH_A_EVENT_SEGMENT_FLAGS, e->flags);
	tcpw_row_u32(at, TCPWATCH_A_EVENT_SEGMENT_SEQ, e->seq);
	if (e->flags & TCPW_ACK)
		tcpw_row_u32(at, TCPWATCH_A_EVENT_SEGMENT_ACK, e->ack);
	tcpw_row_u32(at, TCPWATCH_A_EVENT_SEGMENT_PAYLOAD, e->payload);
	tcpw_row_nest_end(*at, nest);
}

static void put_process(u8 **at, const struct tcpw_event *e)
{
	unsigned int len = strnlen(e->comm, sizeof(e->comm) - 1) + 1;

	tcpw_row_u32(at, TCPWATCH_A_EVENT_PID, e->pid);
	/* zeros behind the name are what pads it */
	memcpy(tcpw_row_attr(at, TCPWATCH_A_EVENT_COMM, len), e->comm,
	       NLA_ALIGN(len));
}

static void put_owner(u8 **at, const struct net *net,
		      const struct tcpw_event *e)
{
	if (e->pid)
		put_process(at, e);
	if (e->owner.uid == TCPW_UID_UNKNOWN)
		return;
	tcpw_row_u32(at, TCPWATCH_A_EVENT_UID,
		     from_kuid_munged(net->user_ns, KUIDT_INIT(e->owner.uid)));
	if (e->owner.cgroup)
		tcpw_row_u64(at, TCPWATCH_A_EVENT_CGROUP, e->owner.cgroup,
			     TCPWATCH_A_EVENT_PAD);
}

static void put_transition(u8 **at, const struct tcpw_event *e)
{
	tcpw_row_u64(at, TCPWATCH_A_EVENT_TIME_NS, e->at, TCPWATCH_A_EVENT_PAD);
	tcpw_row_u8(at, TCPWATCH_A_EVENT_OLD, e->from);
	tcpw_row_u8(at, TCPWATCH_A_EVENT_NEW, e->to);
	tcpw_row_u8(at, TCPWATCH_A_EVENT_CAUSE, e->cause);
	tcpw_row_u8(at, TCPWATCH_A_EVENT_VERDICT, e->verdict);
	if (e->stay != TCPW_STAY_UNKNOWN)
		tcpw_row_u64(at, TCPWATCH_A_EVENT_DURATION_NS, e->stay,
			     TCPWATCH_A_EVENT_PAD);
}

static int put_event(struct sk_buff *skb, const struct net *net,
		     const struct tcpw_event *e)
{
	u8 *at = tcpw_row_begin(skb, EVENT_BYTES);
	struct nlattr *nest;

	if (!at)
		return -EMSGSIZE;
	nest = tcpw_row_nest(&at, TCPWATCH_A_TRANSITIONS_EVENT);
	tcpw_row_tuple(&at, &e->key, &event_tuple);
	if (e->bound_if)
		tcpw_row_u32(&at, TCPWATCH_A_EVENT_BOUND_IF, e->bound_if);
	put_transition(&at, e);
	if (e->segment)
		put_segment(&at, e);
	put_owner(&at, net, e);
	tcpw_row_nest_end(at, nest);
	tcpw_row_end(skb, at);
	return 0;
}

/* Its numbers are used up, whatever becomes of it. */
static void message_send(struct tcpw_event_batch *b)
{
	struct tcpw_events *ev = b->ev;
	int err = -ESRCH;

	WRITE_ONCE(ev->seq, ev->seq + b->lost + b->n);
	WRITE_ONCE(ev->sent, ev->sent + b->n);
	WRITE_ONCE(ev->dropped, ev->dropped + b->lost);
	ev->untold -= b->lost;
	genlmsg_end(b->skb, b->head);
	down_read(&enabled_sem);
	if (tcpw_event_group)
		err = tcpw_genl_multicast(event_family, ev->net, b->skb,
					  event_index);
	else
		nlmsg_free(b->skb);
	up_read(&enabled_sem);
	b->heard = err != -ESRCH;
	b->skb = NULL;
	b->lost = 0;
	b->n = 0;
}

static int message_begin(struct tcpw_event_batch *b)
{
	struct tcpw_events *ev = b->ev;

	b->skb = genlmsg_new(MESSAGE_BYTES, GFP_KERNEL);
	if (!b->skb)
		return -ENOMEM;
	b->lost = ev->untold;
	b->head = genlmsg_put(b->skb, 0, 0, event_family, 0,
			      TCPWATCH_CMD_TRANSITIONS_NTF);
	/* none of these can fail: the message is empty */
	nla_put_u32(b->skb, TCPWATCH_A_TRANSITIONS_NETNS, ev->net->ns.inum);
	nla_put_u64_64bit(b->skb, TCPWATCH_A_TRANSITIONS_SEQ,
			  ev->seq + b->lost + 1, TCPWATCH_A_TRANSITIONS_PAD);
	if (b->lost)
		nla_put_u64_64bit(b->skb, TCPWATCH_A_TRANSITIONS_LOST, b->lost,
				  TCPWATCH_A_TRANSITIONS_PAD);
	return 0;
}

/**
 * tcpw_event_batch_begin - begin to tell transitions
 * @batch: filled
 * @ev: the stream, locked; @ev->untold is told first
 */
void tcpw_event_batch_begin(struct tcpw_event_batch *batch,
			    struct tcpw_events *ev)
{
	*batch = (struct tcpw_event_batch){ .ev = ev, .heard = true };
	if (ev->untold)
		message_begin(batch);
}

/* Who owns the socket, if that was not at hand when it happened. */
static void event_complete(struct tcpw_events *ev, struct tcpw_event *event)
{
	if (event->owner.uid == TCPW_UID_UNKNOWN && event->to != TCPW_ST_CLOSE)
		tcpw_skkey_ask_owner(&event->owner, ev->net, &event->key,
				     event->bound_if);
}

/**
 * tcpw_event_batch_add - tell a transition
 * @batch: where
 * @event: the transition
 *
 * Without memory it is lost, and the next message says so.
 */
void tcpw_event_batch_add(struct tcpw_event_batch *batch,
			  const struct tcpw_event *event)
{
	struct tcpw_events *ev = batch->ev;
	struct tcpw_event e = *event;

	event_complete(ev, &e);
	if (batch->skb && put_event(batch->skb, ev->net, &e))
		message_send(batch); /* full */
	else if (batch->skb)
		goto added;
	if (!message_begin(batch) && !put_event(batch->skb, ev->net, &e))
		goto added;
	ev->untold++;
	return;

added:
	batch->n++;
}

/**
 * tcpw_event_batch_end - tell those that are left
 * @batch: ends with that; notes whether somebody heard
 */
void tcpw_event_batch_end(struct tcpw_event_batch *batch)
{
	if (batch->skb)
		message_send(batch);
}
