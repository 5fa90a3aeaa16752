// SPDX-License-Identifier: GPL-2.0
/*
 * What those who listen are told of a change of a flow.
 */
#include <linux/preempt.h>
#include <linux/string.h>
#include <linux/user_namespace.h>

#include <net/net_namespace.h>

#include "compat.h"
#include "record/event.h"
#include "mirror/mirror.h"

/*
 * The process that acts; none where a segment or a timer is served.  Its
 * number means something to those only who see all processes.
 */
static void log_process(struct tcpw_event *event, const struct net *net)
{
	if (!in_task() || current->flags & PF_KTHREAD ||
	    net->user_ns != &init_user_ns)
		return;
	event->pid = task_tgid_nr(current);
	strscpy(event->comm, current->comm, sizeof(event->comm));
}

static void log_owner(struct tcpw_event *event, const struct tcpw_flow *flow,
		      const struct tcpw_todo *todo)
{
	event->owner = tcpw_owner_unknown;
	if (todo->sk)
		tcpw_skkey_owner(&event->owner, todo->sk);
	else if (flow->how & TCPW_HOW_SMALL)
		event->owner = (struct tcpw_owner){ flow->uid, flow->cgroup };
}

static void log_begin(struct tcpw_event *event, const struct tcpw_flow *flow)
{
	memset(event, 0, sizeof(*event));
	tcpw_flow_key(flow, &event->key);
	event->bound_if = flow->bound_if;
	event->owner = tcpw_owner_unknown;
}

static void log_step(struct tcpw_event *event, const struct tcpw_step *step,
		     u8 cause, u64 at, u64 stay)
{
	event->from = step->from;
	event->to = step->to;
	event->cause = cause;
	event->at = at;
	event->stay = stay;
}

/* What ends for a new connection of the same tuple is not its doing. */
static void log_forced(struct tcpw_flow_table *t, struct tcpw_flow *flow,
		       const struct tcpw_todo *todo, struct tcpw_event *event)
{
	if (!todo->fx.n) {
		log_owner(event, flow, todo);
		log_process(event, t->net);
	}
	event->verdict = tcpw_cause_is_correction(todo->cause)
				 ? TCPW_VERDICT_KERNEL_FIRST
				 : TCPW_VERDICT_FOUND;
	log_step(event, &todo->forced, todo->cause, todo->forced_at,
		 todo->forced_stay.ns);
	tcpw_events_log(t->events, event);
}

/* The process that acts has nothing to do with it. */
static void log_back(struct tcpw_flow_table *t, struct tcpw_flow *flow,
		     const struct tcpw_todo *todo, struct tcpw_event *event)
{
	log_owner(event, flow, todo);
	event->verdict = TCPW_VERDICT_WIRE_ONLY;
	log_step(event, &todo->back_move, todo->back_cause, todo->back_at,
		 todo->back_stay);
	tcpw_events_log(t->events, event);
	event->owner = tcpw_owner_unknown;
}

static void log_segment(struct tcpw_event *event, const struct tcpw_seg *seg)
{
	event->segment = true;
	event->dir = seg->dir;
	event->flags = seg->flags;
	event->seq = seg->seq;
	event->ack = seg->ack;
	event->payload = seg->len;
}

/**
 * tcpw_mirror_log - log the transitions that a change made
 * @t: the flow's table
 * @flow: the flow, locked
 * @todo: the change; notes that something was logged
 */
void tcpw_mirror_log(struct tcpw_flow_table *t, struct tcpw_flow *flow,
		     struct tcpw_todo *todo)
{
	bool moved = todo->forced.from != todo->forced.to;
	const struct tcpw_fx *fx = &todo->fx;
	struct tcpw_event event __uninitialized;
	u8 i;

	lockdep_assert_held(&flow->lock);
	if (!moved && !fx->n && !todo->backs)
		return;
	if (tcpw_events_skip(t->events, moved + fx->n + !!todo->backs))
		return;
	todo->logged = true;
	log_begin(&event, flow);
	if (todo->backs)
		log_back(t, flow, todo, &event);
	if (moved)
		log_forced(t, flow, todo, &event);
	if (!fx->n)
		return;
	log_owner(&event, flow, todo);
	log_process(&event, t->net);
	event.verdict = flow->conn.state == flow->kstate
				? TCPW_VERDICT_CONFIRMED
				: TCPW_VERDICT_EXPECTED;
	for (i = 0; i < fx->n; i++) {
		log_step(&event, &fx->step[i], tcpw_cause_of_step(&fx->step[i]),
			 todo->at, todo->stay[i].ns);
		if (todo->seg)
			log_segment(&event, todo->seg);
		tcpw_events_log(t->events, &event);
	}
}
