/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The stream of transitions of one network namespace: queued per CPU where
 * they happen, told in order by a work.  Nothing is done as long as nobody
 * listens.
 */
#ifndef _TCPWATCH_EVENT_H
#define _TCPWATCH_EVENT_H

#include <linux/mutex.h>
#include <linux/netlink.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <linux/workqueue.h>

#include <net/net_namespace.h>

#include "core/fsm.h"
#include "kernel/key.h"
#include "kernel/skkey.h"

struct genl_family;
struct mem_cgroup;
struct sk_buff;
struct tcpw_event_queue;

#define TCPW_STAY_UNKNOWN U64_MAX /* of tcpw_event.stay */

/* What wire and kernel say of a transition. */
enum tcpw_verdict {
	TCPW_VERDICT_EXPECTED,	/* a segment's; the kernel has not spoken yet */
	TCPW_VERDICT_CONFIRMED,
	TCPW_VERDICT_KERNEL_FIRST,
	TCPW_VERDICT_WIRE_ONLY,
	TCPW_VERDICT_FOUND, /* it became known in that state */
};

/**
 * struct tcpw_event - a transition
 * @key: of its endpoint
 * @bound_if: likewise
 * @verdict: enum tcpw_verdict
 * @from: enum tcpw_state
 * @to: enum tcpw_state
 * @cause: enum tcpw_cause
 * @ticket: orders those of a stream
 * @at: when it happened, ktime_get() ns
 * @stay: how long it was in @from, ns, or %TCPW_STAY_UNKNOWN; 0 where one
 *	  segment led through it
 * @owner: whose socket it is
 * @seq: of the segment that made it happen, with @segment
 * @ack: likewise
 * @payload: likewise, octets
 * @pid: the process that acted, 0 for none
 * @comm: its name
 * @segment: a segment made it happen
 * @dir: enum tcpw_dir of it
 * @flags: its control bits
 */
struct tcpw_event {
	struct tcpw_key key;
	int bound_if;
	u8 verdict;
	u8 from;
	u8 to;
	u8 cause;
	u64 ticket;
	u64 at;
	u64 stay;
	struct tcpw_owner owner;
	u32 seq;
	u32 ack;
	u32 payload;
	pid_t pid;
	char comm[TASK_COMM_LEN];
	bool segment;
	u8 dir;
	u8 flags;
};

/**
 * struct tcpw_event_cpu - what one CPU queues
 * @queue: where to; replaced by the work alone, RCU
 * @rest: the one before it, until it is empty; the work's alone
 * @lost: transitions that found no room
 * @told: those of them that were told of; the work's alone
 */
struct tcpw_event_cpu {
	struct tcpw_event_queue __rcu *queue;
	struct tcpw_event_queue *rest;
	unsigned long lost;
	unsigned long told;
};

/**
 * struct tcpw_events - the stream of one network namespace
 * @net: the namespace; not referenced, this ends before it
 * @memcg: who pays for the queues; constant, the namespace's reference
 * @cpu: per CPU; NULL until somebody has listened, then constant
 * @early: how many were lost before
 * @flush: tells what is queued
 * @ticket: of the transition that was queued last
 * @deaf: nobody in this namespace seems to listen; READ_ONCE/WRITE_ONCE
 * @deaf_until: with @deaf, when to try again, jiffies
 * @heard: somebody received a message
 * @heard_at: with @heard, when, jiffies
 * @lock: serialises those who read and replace queues
 * @seq: number of the last one told or lost; READ_ONCE outside @lock
 * @sent: how many were told, likewise
 * @dropped: how many were lost, likewise
 * @untold: how many of these no message has told of
 * @size: entries that a queue is to have; READ_ONCE/WRITE_ONCE
 * @fit_at: not before is a tenant's work to ask for memory again, jiffies
 * @bytes: that all queues take
 */
struct tcpw_events {
	struct net *net;
	struct mem_cgroup *memcg;
	struct tcpw_event_cpu __percpu *cpu;
	atomic_long_t early;
	struct delayed_work flush;
	atomic64_t ticket;
	bool deaf;
	unsigned long deaf_until;
	bool heard;
	unsigned long heard_at;
	struct mutex lock; /* readers of the queues */
	u64 seq;
	u64 sent;
	u64 dropped;
	u64 untold;
	unsigned int size;
	unsigned long fit_at;
	atomic_long_t bytes;
};

#define TCPW_EVENT_QUEUE_DEFAULT 8192

/* event.c */
void tcpw_events_init(struct tcpw_events *ev, struct net *net,
		      struct mem_cgroup *memcg);
void tcpw_events_exit(struct tcpw_events *ev);
void tcpw_events_arm(struct tcpw_events *ev, bool raw);
bool tcpw_events_skip(struct tcpw_events *ev, unsigned int n);
void tcpw_events_log(struct tcpw_events *ev, struct tcpw_event *event);
void tcpw_events_kick(struct tcpw_events *ev);
void tcpw_events_resize(struct tcpw_events *ev, unsigned int size);
void tcpw_events_rest(struct tcpw_events *ev);
void tcpw_events_listen(struct tcpw_events *ev);
void tcpw_events_expect(struct tcpw_events *ev);

/* event_msg.c */
/**
 * struct tcpw_event_batch - messages that are being made
 * @ev: the stream, locked
 * @skb: the message, or NULL
 * @head: of it
 * @n: transitions in it
 * @lost: those before it that were lost, as it says
 * @heard: somebody received the last one
 */
struct tcpw_event_batch {
	struct tcpw_events *ev;
	struct sk_buff *skb;
	void *head;
	unsigned int n;
	u64 lost;
	bool heard;
};

extern unsigned int tcpw_event_group;

void tcpw_event_enable(struct genl_family *family, unsigned int group);
void tcpw_event_batch_begin(struct tcpw_event_batch *batch,
			    struct tcpw_events *ev);
void tcpw_event_batch_add(struct tcpw_event_batch *batch,
			  const struct tcpw_event *event);
void tcpw_event_batch_end(struct tcpw_event_batch *batch);

/**
 * tcpw_event_listened - does anybody listen to transitions?
 * @net: of this network namespace; another one's listener may count, too
 *
 * Asked for each segment that may move something: hence inline.
 *
 * Context: any but NMI.
 * Return: true where somebody may.
 */
static inline bool tcpw_event_listened(const struct net *net)
{
	unsigned int group = READ_ONCE(tcpw_event_group);

	return group && netlink_has_listeners(net->genl_sock, group);
}

/**
 * tcpw_events_wanted - does anybody listen?
 * @ev: the stream
 * @raw: nothing may be allocated here
 *
 * To be asked before a flow is locked, so that there is a queue then.
 *
 * Context: any but NMI.
 * Return: true where transitions are to be logged.
 */
static inline bool tcpw_events_wanted(struct tcpw_events *ev, bool raw)
{
	if (likely(!tcpw_event_listened(ev->net)))
		return false;
	tcpw_events_arm(ev, raw);
	return true;
}

#endif /* _TCPWATCH_EVENT_H */
