// SPDX-License-Identifier: GPL-2.0
/*
 * When flows are compared with the kernel: soon after the two observers
 * differ, and in a slow walk over the table for what neither of them reports
 * (the end of request and timewait sockets, and our own mistakes).
 */
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/ratelimit.h>
#include <linux/rcupdate.h>
#include <linux/string.h>

#include "record/event.h"
#include "table/flow.h"
#include "table/scan.h"
#include "record/sources.h"
#include "kernel/work.h"

#define SETTLE_BUSY (HZ / 10) /* to that of a socket that a process holds */
#define GRACE_EACH 20	      /* expedited grace periods in a second */
#define GRACE_TENANTS 60      /* those of all but the initial namespace */
#define SWEEP_BATCH 256	      /* flows looked at in one go, at least */
#define SWEEP_BATCHES 250     /* in one pass, at the most */
#define SWEEP_TICK (HZ / 50)  /* between two batches */
#define SWEEP_QUIET_NS (100 * NSEC_PER_MSEC)

static struct ratelimit_state grace_tenants;

/* What comes of a comparison, but for those that wait for a grace period. */
static void settle_answer(struct tcpw_flow_table *t, struct tcpw_flow *flow,
			  enum tcpw_answer answer)
{
	switch (answer) {
	case TCPW_SETTLED:
		tcpw_flow_put(flow);
		break;
	case TCPW_BUSY:
		if (llist_add(&flow->pending, &t->busy))
			t->busy_at = jiffies + SETTLE_BUSY;
		break;
	default:
		tcpw_sweep_queue(t, flow);
	}
}

/*
 * Looks at the flows of a list.  Those that take a grace period are put before
 * @late, still pending.
 */
static struct llist_node *settle_list(struct tcpw_flow_table *t,
				      struct llist_node *list,
				      struct llist_node *late)
{
	struct tcpw_flow *flow, *next;
	enum tcpw_answer answer;

	llist_for_each_entry_safe(flow, next, list, pending) {
		answer = tcpw_flow_look(t, flow);
		if (answer == TCPW_GRACE) {
			flow->pending.next = late;
			late = &flow->pending;
		} else {
			settle_answer(t, flow, answer);
		}
		cond_resched();
	}
	return late;
}

/*
 * Peers can make us want one at any time, so those that disturb all CPUs are
 * limited, in each namespace and in all of them that may be tenants'; the
 * others take longer.
 */
static bool may_expedite(struct tcpw_flow_table *t)
{
	return __ratelimit(&t->grace) &&
	       (net_eq(t->net, &init_net) || __ratelimit(&grace_tenants));
}

static void settle_grace_period(struct tcpw_flow_table *t)
{
	if (may_expedite(t))
		synchronize_rcu_expedited();
	else
		synchronize_rcu();
}

/* Nothing is to be printed about those that are put off. */
static void limit_init(struct ratelimit_state *limit, int burst)
{
	ratelimit_state_init(limit, HZ, burst);
	ratelimit_set_flags(limit, RATELIMIT_MSG_ON_RELEASE);
}

static void settle_late(struct tcpw_flow_table *t, struct llist_node *late)
{
	struct tcpw_flow *flow, *next;

	if (!late)
		return;
	settle_grace_period(t);
	llist_for_each_entry_safe(flow, next, late, pending) {
		settle_answer(t, flow, tcpw_flow_settle(t, flow));
		cond_resched();
	}
}

static bool settle_has_more(const struct tcpw_flow_table *t)
{
	int cpu;

	for_each_possible_cpu(cpu)
		if (!llist_empty(&per_cpu_ptr(t->pending, cpu)->list))
			return true;
	return false;
}

/* Busy sockets are asked again after a while, but nobody waits with them. */
static void settle_again(struct tcpw_flow_table *t)
{
	if (llist_empty(&t->busy)) {
		WRITE_ONCE(t->slow, false);
		return;
	}
	WRITE_ONCE(t->slow, true);
	queue_delayed_work(tcpw_work_queue(t->net), &t->settle, SETTLE_BUSY);
	/* ORDER: slow before asked; tcpw_sweep_queue() the other way round */
	smp_mb();
	if (settle_has_more(t))
		mod_delayed_work(tcpw_work_queue(t->net), &t->settle,
				 TCPW_SETTLE_TICKS);
}

static void settle_work(struct work_struct *work)
{
	struct llist_node *late = NULL;
	struct tcpw_flow_table *t;
	struct llist_head *head;
	int cpu;

	t = container_of(to_delayed_work(work), struct tcpw_flow_table, settle);
	for_each_possible_cpu(cpu) {
		head = &per_cpu_ptr(t->pending, cpu)->list;
		late = settle_list(t, llist_del_all(head), late);
	}
	if (!llist_empty(&t->busy) && time_after_eq(jiffies, t->busy_at))
		late = settle_list(t, llist_del_all(&t->busy), late);
	settle_late(t, late);
	settle_again(t);
}

/* Is it time to ask the kernel about a flow that nothing happens to? */
static bool sweep_due(const struct tcpw_flow_table *t,
		      const struct tcpw_flow *flow, u64 now)
{
	bool full = t->full;
	s64 age = now - READ_ONCE(flow->since); /* negative: it is later */
	u8 state = READ_ONCE(flow->conn.state);

	if (age < SWEEP_QUIET_NS)
		return false;
	switch (state) {
	case TCPW_ST_TIME_WAIT:
		if (age < TCPW_TIME_WAIT_NS)
			return full;
		fallthrough;
	case TCPW_ST_SYN_RECV:
	case TCPW_ST_FIN_WAIT2:
		return full || t->unheard || !tcpw_source_ends(state);
	default:
		return full;
	}
}

/* One batch of the walk. */
struct sweep_batch {
	struct tcpw_flow_table *t;
	unsigned int left;
	u64 now;
};

static bool sweep_flow(struct tcpw_flow *flow, void *arg)
{
	struct sweep_batch *batch = arg;
	struct tcpw_flow_table *t = batch->t;

	if (!batch->left)
		return false;
	batch->left--;
	if (t->full)
		tcpw_survey_flow(&t->survey, flow, tcpw_flow_opened(flow),
				 batch->now);
	if (sweep_due(t, flow, batch->now))
		tcpw_flow_suspect(t, flow);
	return true;
}

/*
 * What happens while a pass lasts is younger than all that is looked for.  No
 * resize lets it begin again, so a peer that causes them cannot stop it.
 */
static void sweep_batch(struct tcpw_flow_table *t)
{
	struct sweep_batch batch = {
		.t = t,
		.left = max_t(unsigned int, SWEEP_BATCH,
			      tcpw_flow_count(t) / SWEEP_BATCHES),
		.now = ktime_get_ns(),
	};

	tcpw_flow_scan(t, &t->swept, sweep_flow, &batch);
}

/*
 * Once an end may not have been reported it is polled for, until all has been
 * compared in a walk that began when reports came again.
 */
static void sweep_listen(struct tcpw_flow_table *t)
{
	t->heard = tcpw_source_heard(&t->missed);
	if (!t->heard)
		WRITE_ONCE(t->unheard, true);
}

static void sweep_begin(struct tcpw_flow_table *t)
{
	u64 now = ktime_get_ns();

	sweep_listen(t);
	memset(&t->swept, 0, sizeof(t->swept));
	t->walking = true;
	t->full = now - t->full_at >= tcpw_sweep_half(t);
	if (!t->full)
		return;
	t->full_at = now;
	tcpw_survey_begin(&t->survey);
}

/* For readers to see that the walk goes on. */
static void sweep_passed(struct tcpw_flow_table *t)
{
	u64 now = ktime_get_ns();

	if (!t->full)
		return;
	if (t->heard)
		WRITE_ONCE(t->unheard, false);
	tcpw_survey_end(&t->survey);
	tcpw_events_rest(t->events);
	WRITE_ONCE(t->passed_at, now);
	WRITE_ONCE(t->pass_ns, now - t->full_at);
	WRITE_ONCE(t->passes, t->passes + 1);
	tcpw_missing_audit(t);
}

static void sweep_work(struct work_struct *work)
{
	struct tcpw_flow_table *t;
	unsigned long delay = SWEEP_TICK;

	t = container_of(to_delayed_work(work), struct tcpw_flow_table, sweep);
	if (!t->walking)
		sweep_begin(t);
	sweep_batch(t);
	if (t->swept.over) {
		t->walking = false;
		sweep_passed(t);
		if (!tcpw_flow_count(t)) {
			tcpw_survey_clear(&t->survey);
			return;
		}
		delay = tcpw_sweep_rest(t);
	}
	/* a flow created meanwhile has queued us, but for a rest */
	mod_delayed_work(tcpw_work_queue(t->net), &t->sweep, delay);
}

/**
 * tcpw_sweep_every - how often everything is to be compared
 * @t: the table
 * @ms: time from one comparison to the next, ms
 *
 * Context: process.
 */
void tcpw_sweep_every(struct tcpw_flow_table *t, u32 ms)
{
	WRITE_ONCE(t->full_every, (u64)ms * NSEC_PER_MSEC);
	/* what anybody may ask for costs nothing, however often it is asked */
	if (ms < TCPW_SWEEP_MS_DEFAULT && tcpw_flow_count(t))
		mod_delayed_work(tcpw_work_queue(t->net), &t->sweep, 0);
}

/**
 * tcpw_sweep_table_init - prepare the works of a table
 * @t: the table
 */
void tcpw_sweep_table_init(struct tcpw_flow_table *t)
{
	limit_init(&t->grace, GRACE_EACH);
	INIT_DELAYED_WORK(&t->settle, settle_work);
	INIT_DELAYED_WORK(&t->sweep, sweep_work);
	tcpw_survey_init(&t->survey, t->counts->memcg);
	t->full_every = TCPW_SWEEP_MS_DEFAULT * NSEC_PER_MSEC;
	t->full_at = ktime_get_ns();
	t->passed_at = t->full_at;
}

static void settle_drop(struct llist_node *list)
{
	struct tcpw_flow *flow, *next;

	llist_for_each_entry_safe(flow, next, list, pending)
		tcpw_flow_put(flow);
}

/**
 * tcpw_sweep_table_exit - end them
 * @t: the table; nothing queues from outside any more
 */
void tcpw_sweep_table_exit(struct tcpw_flow_table *t)
{
	int cpu;

	/* ORDER: the walk queues for the comparison, not the reverse */
	cancel_delayed_work_sync(&t->sweep);
	cancel_delayed_work_sync(&t->settle);
	tcpw_survey_exit(&t->survey);
	for_each_possible_cpu(cpu)
		settle_drop(llist_del_all(&per_cpu_ptr(t->pending, cpu)->list));
	settle_drop(llist_del_all(&t->busy));
}

/**
 * tcpw_sweep_init - what all tables share
 */
void tcpw_sweep_init(void)
{
	limit_init(&grace_tenants, GRACE_TENANTS);
}
