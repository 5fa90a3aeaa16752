// SPDX-License-Identifier: GPL-2.0
/*
 * Compares a flow with the kernel's socket, judges whether the answer can be
 * acted upon, and corrects the mirror where the two differ.
 */
#include <linux/ktime.h>
#include <linux/netdevice.h>
#include <linux/rcupdate.h>

#include "compat.h"
#include "record/event.h"
#include "mirror/mirror.h"
#include "kernel/skkey.h"

/**
 * DOC: when the kernel's answer may be acted on
 *
 * The mirror moves when a segment passes our hook, before its socket has it;
 * the kernel reports a change before it writes it.  So a look at a socket that
 * finds it elsewhere proves nothing by itself.  What is shown before the mirror
 * is corrected, and by what:
 *
 * 1. Nothing has happened to the flow since before all of this began:
 *    %TCPW_HOW_STILL, set under the flow's lock at the beginning, cleared under
 *    it by each segment, report and hint that may matter, and still set at the
 *    end.  Only settle_work(), one at a time for each table, sets it.
 * 2. Each segment that passed our hook before that is with its socket, or in
 *    the socket's backlog, or was dropped: hook and socket (or backlog) lie in
 *    one RCU read-side section or one with bottom halves off, and a grace
 *    period has passed since.  The same holds for a timer's handler, for a
 *    socket that is being replaced in the hash table, and for a report that
 *    was made in such a section and its write.
 * 3. Nothing is in the backlog, and no process is between a report and its
 *    write: with the socket's spinlock held nobody owns it.  Who owns a socket
 *    empties its backlog before it lets go, under that lock.
 * 4. The spinlock keeps others from beginning anything before the flow is
 *    judged; what passes our hook meanwhile clears %TCPW_HOW_STILL.
 *
 * Request and timewait sockets have no owner and no backlog: 1 and 2 do.  No
 * socket at all must be found twice, before the grace period and after it,
 * since one that takes another's place can be missed for a moment.
 *
 * How long anything takes, or a CPU stands still, is no part of this.  Where
 * mirror, report and look agree, or where the kernel's last report was that the
 * socket is gone and the mirror has no step that is unconfirmed, the first look
 * will do.
 */

#define STAMP_RIPE 2   /* younger changes are often still under way, 2^20 ns */
#define STAMP_BUSY 100 /* from then on a busy socket is asked less often */

static u32 age_of(u32 touched)
{
	return (u32)(ktime_get_ns() >> TCPW_STAMP_SHIFT) - touched;
}

/* Under the lock: the mirror is wrong. */
static void flow_correct(struct tcpw_flow_table *t, struct tcpw_flow *flow,
			 u8 truth, const struct tcpw_view *view,
			 struct tcpw_todo *todo)
{
	unsigned int most = tcpw_mirror_most(flow);
	enum tcpw_cause cause;

	if (flow->conn.path)
		tcpw_mirror_take_back(flow, truth, tcpw_cause_of_refusal(view),
				      todo);
	if (flow->conn.state != truth &&
	    !tcpw_mirror_taken(flow, truth, most, todo)) {
		cause = tcpw_mirror_explain(t, flow, truth, view);
		if (cause == TCPW_CAUSE_MEMORY &&
		    tcpw_mirror_may_be_starved(flow))
			atomic_long_inc(&t->starved);
		tcpw_mirror_force(flow, truth, cause, todo);
	}
	tcpw_fsm_resync(&flow->conn, view, truth);
}

/* Under the lock: the kernel's state is known; make the mirror agree. */
static void flow_settle(struct tcpw_flow_table *t, struct tcpw_flow *flow,
			u8 truth, const struct tcpw_view *view,
			struct tcpw_todo *todo)
{
	lockdep_assert_held(&flow->lock);
	if (flow->conn.state != truth)
		flow_correct(t, flow, truth, view, todo);
	flow->how &= ~(TCPW_HOW_VERIFY | TCPW_HOW_MISSED | TCPW_HOW_SUSPECT);
	if (view->kind == TCPW_VIEW_TW && !(flow->how & TCPW_HOW_SMALL))
		tcpw_mirror_shrink(flow, &tcpw_owner_unknown);
	if (flow->how & TCPW_HOW_ENDED) {
		flow->how &= ~TCPW_HOW_ENDED; /* or it did not, after all */
		flow->open = 0;
	}
	flow->kstate = truth;
	flow->word = TCPW_CAUSE_NONE;
	tcpw_mirror_decide(t, flow, todo);
}

static bool flow_is_live(const struct tcpw_flow *flow)
{
	return !(flow->how & (TCPW_HOW_DEAD | TCPW_HOW_NEW));
}

/* Where a socket is; one that is bound otherwise is not the flow's. */
static u8 flow_truth(struct tcpw_view *view, int bound_if)
{
	if (view->bound_if != bound_if)
		view->kind = TCPW_VIEW_NONE;
	return view->kind == TCPW_VIEW_NONE ? TCPW_ST_CLOSE : view->state;
}

/* What the kernel's tables hold for a flow now. */
static u8 flow_ask(struct tcpw_flow_table *t, const struct tcpw_flow *flow,
		   struct tcpw_view *view)
{
	struct tcpw_ifs ifs = tcpw_ifs_of(READ_ONCE(flow->bound_if));
	struct tcpw_key key;

	tcpw_flow_key(flow, &key);
	tcpw_skkey_lookup(view, t->net, &key, &ifs);
	return flow_truth(view, ifs.dif);
}

/*
 * Most that were ahead of the kernel are not by now: its own word has come,
 * and the look-up can be saved.
 */
static bool flow_agrees(const struct tcpw_flow *flow)
{
	return flow->conn.state == flow->kstate &&
	       flow->conn.state != TCPW_ST_CLOSE &&
	       !(flow->how & (TCPW_HOW_VERIFY | TCPW_HOW_SUSPECT));
}

/* Under the lock: will the first look do? */
static bool is_plain(const struct tcpw_flow *flow, u8 truth)
{
	/* a report comes before its write, a kprobe's hint before the end */
	if (truth != TCPW_ST_CLOSE)
		return flow->conn.state == truth && flow->kstate == truth &&
		       !(flow->how & (TCPW_HOW_VERIFY | TCPW_HOW_ENDED));
	return flow->kstate == TCPW_ST_CLOSE && flow->word != TCPW_CAUSE_NONE &&
	       flow->word != TCPW_CAUSE_UNKNOWN && !flow->conn.path;
}

/* Under the lock: that is all.  The flow may be queued again from here on. */
static enum tcpw_answer flow_done(struct tcpw_flow *flow)
{
	flow->how &= ~TCPW_HOW_PENDING;
	return TCPW_SETTLED;
}

/* Under the lock, before the look. */
static enum tcpw_answer flow_prepare(struct tcpw_flow *flow)
{
	if (!flow_is_live(flow) || flow_agrees(flow))
		return flow_done(flow);
	if (age_of(flow->touched) < STAMP_RIPE)
		return TCPW_AGAIN;
	flow->how |= TCPW_HOW_STILL;
	return TCPW_GRACE;
}

/**
 * tcpw_flow_look - compare a flow with the kernel's socket: the first look
 * @t: table of the network namespace
 * @flow: the flow, with %TCPW_HOW_PENDING, kept alive by the caller
 *
 * Context: process, BH on, one at a time for each table.
 * Return: %TCPW_GRACE where the next is tcpw_flow_settle(), a grace period
 * later; %TCPW_AGAIN; or %TCPW_SETTLED, the flow is no longer pending then.
 */
enum tcpw_answer tcpw_flow_look(struct tcpw_flow_table *t,
				struct tcpw_flow *flow)
{
	struct tcpw_todo todo __uninitialized;
	struct tcpw_view view __uninitialized;
	enum tcpw_answer answer;
	unsigned long irq;
	u8 truth;

	raw_spin_lock_irqsave(&flow->lock, irq);
	answer = flow_prepare(flow);
	raw_spin_unlock_irqrestore(&flow->lock, irq);
	if (answer != TCPW_GRACE)
		return answer;

	tcpw_todo_begin(&todo);
	truth = flow_ask(t, flow, &view);
	if (truth != READ_ONCE(flow->conn.state))
		todo.log = tcpw_events_wanted(t->events, false);
	raw_spin_lock_irqsave(&flow->lock, irq);
	if (!(flow->how & TCPW_HOW_STILL)) {
		answer = TCPW_AGAIN;
	} else if (is_plain(flow, truth)) {
		answer = flow_done(flow);
		flow_settle(t, flow, truth, &view, &todo);
	} else if (truth == TCPW_ST_CLOSE) {
		flow->how |= TCPW_HOW_MISSED;
	}
	raw_spin_unlock_irqrestore(&flow->lock, irq);
	if (answer == TCPW_SETTLED)
		tcpw_mirror_act(t, flow, &todo);
	return answer;
}

/* Under the lock and the socket's: has all been shown? */
static enum tcpw_answer flow_judge(const struct tcpw_flow *flow, u8 truth,
				   const struct tcpw_view *view)
{
	if (!(flow->how & TCPW_HOW_STILL))
		return TCPW_AGAIN;
	if (view->busy)
		return age_of(flow->touched) < STAMP_BUSY ? TCPW_AGAIN
							  : TCPW_BUSY;
	if (truth == TCPW_ST_CLOSE && !(flow->how & TCPW_HOW_MISSED))
		return TCPW_AGAIN;
	return TCPW_SETTLED;
}

/* A socket with this binding that no other flow is made for. */
static bool is_unknown_at(struct tcpw_flow_table *t, const struct tcpw_key *key,
			  int bound_if)
{
	struct tcpw_ifs ifs = tcpw_ifs_of(bound_if);
	struct tcpw_view view;

	return tcpw_skkey_lookup(&view, t->net, key, &ifs) &&
	       view.bound_if == bound_if &&
	       !tcpw_flow_is_known(t, key, bound_if);
}

/*
 * A full socket does not end without a word.  One that is not found may have
 * been bound to another interface since, or to none.  True where it is found
 * there.
 */
static bool flow_look_elsewhere(struct tcpw_flow_table *t,
				const struct tcpw_key *key, int *bound_if)
{
	struct net_device *dev;

	*bound_if = 0;
	if (is_unknown_at(t, key, 0))
		return true;
	for_each_netdev_rcu(t->net, dev) {
		*bound_if = dev->ifindex;
		if (is_unknown_at(t, key, dev->ifindex))
			return true;
	}
	return false;
}

/* Has a full socket gone without a word? */
static bool flow_is_silent(const struct tcpw_flow *flow,
			   const struct tcpw_view *view)
{
	u8 kstate = READ_ONCE(flow->kstate);

	if (view->kind != TCPW_VIEW_NONE || view->busy ||
	    READ_ONCE(flow->how) & TCPW_HOW_SMALL ||
	    READ_ONCE(flow->conn.state) == TCPW_ST_CLOSE)
		return false;
	if (kstate == TCPW_ST_SYN_RECV) /* not a request socket */
		return READ_ONCE(flow->conn.flags) &
		       (TCPW_CF_FASTOPEN | TCPW_CF_SIMOPEN);
	return kstate != TCPW_ST_CLOSE && kstate != TCPW_ST_TIME_WAIT;
}

/**
 * tcpw_flow_settle - compare a flow with the kernel's socket, and correct it
 * @t: table of the network namespace
 * @flow: the flow; a grace period has passed since tcpw_flow_look()
 *
 * Context: process, BH on, one at a time for each table.
 * Return: %TCPW_SETTLED, the flow is no longer pending then; %TCPW_AGAIN or
 * %TCPW_BUSY where tcpw_flow_look() has to look again.
 */
enum tcpw_answer tcpw_flow_settle(struct tcpw_flow_table *t,
				  struct tcpw_flow *flow)
{
	struct tcpw_ifs ifs = tcpw_ifs_of(READ_ONCE(flow->bound_if));
	struct tcpw_todo todo __uninitialized;
	struct tcpw_view view __uninitialized;
	enum tcpw_answer answer;
	struct tcpw_key key;
	unsigned long irq;
	struct sock *sk;
	int bound_if;
	bool moved;
	u8 truth;

	tcpw_flow_key(flow, &key);
	tcpw_todo_begin(&todo);
	todo.log = tcpw_events_wanted(t->events, false);
	rcu_read_lock();
	sk = tcpw_skkey_hold(&view, t->net, &key, &ifs);
	truth = flow_truth(&view, ifs.dif);
	moved = flow_is_silent(flow, &view) &&
		flow_look_elsewhere(t, &key, &bound_if);
	raw_spin_lock_irqsave(&flow->lock, irq);
	if (!flow_is_live(flow)) {
		answer = flow_done(flow);
	} else if (moved) {
		tcpw_flow_bind(t, flow, bound_if);
		flow->how &= ~TCPW_HOW_MISSED;
		answer = TCPW_AGAIN;
	} else {
		answer = flow_judge(flow, truth, &view);
	}
	if (answer == TCPW_SETTLED && flow_is_live(flow)) {
		flow_done(flow);
		flow_settle(t, flow, truth, &view, &todo);
		tcpw_fsm_at_rest(&flow->conn, &view);
	}
	raw_spin_unlock_irqrestore(&flow->lock, irq);
	tcpw_skkey_release(sk);
	rcu_read_unlock();
	if (answer == TCPW_SETTLED)
		tcpw_mirror_act(t, flow, &todo);
	return answer;
}

/**
 * tcpw_flow_suspect - have a flow compared where it seems to differ
 * @t: table of the network namespace
 * @flow: the flow, kept alive by the caller
 *
 * Context: process, BH on; under rcu_read_lock().
 */
void tcpw_flow_suspect(struct tcpw_flow_table *t, struct tcpw_flow *flow)
{
	struct tcpw_view view __uninitialized;
	struct tcpw_todo todo __uninitialized;
	unsigned long irq;
	u8 truth;

	truth = flow_ask(t, flow, &view);
	if (truth == READ_ONCE(flow->conn.state) &&
	    truth == READ_ONCE(flow->kstate))
		return;
	todo.queue = false;
	raw_spin_lock_irqsave(&flow->lock, irq);
	if (flow_is_live(flow)) {
		flow->how |= TCPW_HOW_SUSPECT;
		tcpw_mirror_pend(flow, &todo);
	}
	raw_spin_unlock_irqrestore(&flow->lock, irq);
	if (todo.queue)
		tcpw_sweep_queue(t, flow);
}
