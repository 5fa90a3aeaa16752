// SPDX-License-Identifier: GPL-2.0
/*
 * Transitions as netlink messages: many in one, in the order in which they
 * are given, each with its number.
 */
#include <linux/rwsem.h>
#include <linux/socket.h>

#include <net/genetlink.h>
#include <net/net_namespace.h>
#include <net/sock.h>

#include "event.h"
#include "genl-gen.h"
#include "nla.h"

/* Its buffer is just one of 16 KiB, and is cut before it is sent. */
#define MESSAGE_BYTES (SKB_WITH_OVERHEAD(16384) - GENL_HDRLEN - NLMSG_HDRLEN)

static DECLARE_RWSEM(enabled_sem); /* held while sending */

/* The group's number; 0 while nothing is to be sent. */
unsigned int tcpw_event_group __read_mostly;

/**
 * tcpw_event_enable - begin or end to send
 * @on: the netlink family is there
 *
 * Nothing is being sent any more when this returns after false.
 */
void tcpw_event_enable(bool on)
{
	down_write(&enabled_sem);
	WRITE_ONCE(tcpw_event_group, on ? tcpwatch_nl_family.mcgrp_offset +
						     TCPWATCH_NLGRP_TRANSITIONS
					: 0);
	up_write(&enabled_sem);
}

static int put_segment(struct sk_buff *skb, const struct tcpw_event *e)
{
	struct nlattr *nest;

	if (!e->segment)
		return 0;
	nest = nla_nest_start(skb, TCPWATCH_A_EVENT_SEGMENT);
	if (!nest ||
	    nla_put_u8(skb, TCPWATCH_A_EVENT_SEGMENT_DIRECTION, e->dir) ||
	    nla_put_u8(skb, TCPWATCH_A_EVENT_SEGMENT_FLAGS, e->flags) ||
	    nla_put_u32(skb, TCPWATCH_A_EVENT_SEGMENT_SEQ, e->seq) ||
	    (e->flags & TCPW_ACK &&
	     nla_put_u32(skb, TCPWATCH_A_EVENT_SEGMENT_ACK, e->ack)) ||
	    nla_put_u32(skb, TCPWATCH_A_EVENT_SEGMENT_PAYLOAD, e->payload))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_owner(struct sk_buff *skb, struct net *net,
		     const struct tcpw_event *e)
{
	if (e->pid && (nla_put_u32(skb, TCPWATCH_A_EVENT_PID, e->pid) ||
		       nla_put_string(skb, TCPWATCH_A_EVENT_COMM, e->comm)))
		return -EMSGSIZE;
	if (e->owner.uid == TCPW_UID_UNKNOWN)
		return 0;
	if (nla_put_u32(skb, TCPWATCH_A_EVENT_UID,
			from_kuid_munged(net->user_ns,
					 KUIDT_INIT(e->owner.uid))))
		return -EMSGSIZE;
	return e->owner.cgroup ? nla_put_u64_64bit(skb, TCPWATCH_A_EVENT_CGROUP,
						   e->owner.cgroup,
						   TCPWATCH_A_EVENT_PAD)
			       : 0;
}

static int put_transition(struct sk_buff *skb, const struct tcpw_event *e)
{
	if (nla_put_u64_64bit(skb, TCPWATCH_A_EVENT_TIME_NS, e->at,
			      TCPWATCH_A_EVENT_PAD) ||
	    nla_put_u8(skb, TCPWATCH_A_EVENT_OLD, e->from) ||
	    nla_put_u8(skb, TCPWATCH_A_EVENT_NEW, e->to) ||
	    nla_put_u8(skb, TCPWATCH_A_EVENT_CAUSE, e->cause) ||
	    nla_put_u8(skb, TCPWATCH_A_EVENT_VERDICT, e->verdict))
		return -EMSGSIZE;
	return e->stay ? nla_put_u64_64bit(skb, TCPWATCH_A_EVENT_DURATION_NS,
					   e->stay, TCPWATCH_A_EVENT_PAD)
		       : 0;
}

static int put_event(struct sk_buff *skb, struct net *net,
		     const struct tcpw_event *e)
{
	struct nlattr *nest = nla_nest_start(skb, TCPWATCH_A_TRANSITIONS_EVENT);

	if (!nest)
		return -EMSGSIZE;
	if (tcpw_nla_tuple(skb, &e->key, &tcpw_event_tuple) ||
	    (e->bound_if &&
	     nla_put_u32(skb, TCPWATCH_A_EVENT_BOUND_IF, e->bound_if)) ||
	    put_transition(skb, e) || put_segment(skb, e) ||
	    put_owner(skb, net, e)) {
		nla_nest_cancel(skb, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
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
		err = tcpw_genl_multicast(&tcpwatch_nl_family, ev->net, b->skb,
					  TCPWATCH_NLGRP_TRANSITIONS);
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
	b->head = genlmsg_put(b->skb, 0, 0, &tcpwatch_nl_family, 0,
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
