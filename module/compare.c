// SPDX-License-Identifier: GPL-2.0
/*
 * Compares a flow with the kernel's socket, judges whether the answer can be
 * acted upon, and corrects the mirror where the two differ.
 */
#include <linux/ktime.h>

#include "compat.h"
#include "event.h"
#include "mirror.h"
#include "skkey.h"

/* In units of tcpw_flow_stamp(), about a millisecond. */
#define TOUCHED_RIPE 2	 /* younger changes may still be under way */
#define TOUCHED_BUSY 100 /* for how long a busy socket is waited for */

/**
 * tcpw_compare_explain - why the mirror is not where the kernel's socket is
 * @flow: the flow, locked
 * @truth: enum tcpw_state that the socket is in, %TCPW_ST_CLOSE where none is
 * @view: the socket
 * @ahead: the mirror moved after the kernel last spoke
 *
 * Return: the cause.
 */
enum tcpw_cause tcpw_compare_explain(const struct tcpw_flow *flow, u8 truth,
				     const struct tcpw_view *view, bool ahead)
{
	const struct tcpw_finding finding = {
		.conn = &flow->conn,
		.view = view,
		.truth = truth,
		.kstate = flow->kstate,
		.word = flow->word,
		.ev = flow->ev,
		.ahead = ahead,
		.verify = flow->how & TCPW_HOW_VERIFY,
		.age = div_u64(ktime_get_ns() - flow->since, NSEC_PER_MSEC),
	};

	return tcpw_cause_of_finding(&finding);
}

/* The mirror expects a change that the kernel has not reported yet. */
static bool flow_ahead(const struct tcpw_flow *flow)
{
	return flow->how & TCPW_HOW_WIRE && flow->conn.state != flow->kstate;
}

/* Under the lock: the kernel's state is known; make the mirror agree. */
static void flow_settle(struct tcpw_flow_table *t, struct tcpw_flow *flow,
			u8 truth, const struct tcpw_view *view,
			struct tcpw_todo *todo)
{
	bool ahead = flow_ahead(flow);

	lockdep_assert_held(&flow->lock);
	if (flow->conn.state != truth) {
		tcpw_stats_inc(t->stats, ahead ? TCPW_STAT_WIRE_ONLY
					       : TCPW_STAT_KERNEL_FIRST);
		todo->ahead = ahead;
		todo->undo = ahead && truth == flow->kstate;
		todo->undo_small = view->kind == TCPW_VIEW_TW;
		todo->promised = (struct tcpw_step){
			.from = truth,
			.to = flow->conn.state,
			.ev = flow->ev,
		};
		tcpw_mirror_force(flow, truth,
				  tcpw_compare_explain(flow, truth, view,
						       ahead),
				  todo);
		tcpw_fsm_resync(&flow->conn, view, truth);
	}
	flow->how &= ~(TCPW_HOW_VERIFY | TCPW_HOW_MISSED);
	if (view->kind == TCPW_VIEW_TW && !(flow->how & TCPW_HOW_SMALL))
		tcpw_mirror_shrink(flow, &tcpw_owner_unknown);
	if (flow->how & TCPW_HOW_ENDED) {
		flow->how &= ~TCPW_HOW_ENDED; /* or it did not, after all */
		flow->open = 0;
	}
	flow->kstate = truth;
	flow->word = TCPW_CAUSE_NONE;
}

/**
 * tcpw_flow_stamp - the clock of tcpw_flow.touched
 *
 * Return: ktime_get() in units of 2^20 ns, wrapping after 52 days.
 */
u32 tcpw_flow_stamp(void)
{
	return ktime_get_ns() >> TCPW_STAMP_SHIFT;
}

static u32 age_of(u32 touched)
{
	return tcpw_flow_stamp() - touched;
}

/* What the kernel's tables hold for a flow now. */
static u8 flow_ask(struct tcpw_flow_table *t, const struct tcpw_flow *flow,
		   struct tcpw_view *view)
{
	struct tcpw_ifs ifs = { .dif = flow->bound_if };
	struct tcpw_key key;

	tcpw_flow_key(flow, &key);
	return tcpw_skkey_lookup(view, t->net, &key, &ifs) ? view->state
							   : TCPW_ST_CLOSE;
}

enum flow_answer {
	FLOW_ANSWERED,
	FLOW_ASK_AGAIN,
	FLOW_WAIT, /* for a grace period */
};

/*
 * Is the answer good enough to act on?  A process that holds the socket may
 * have segments in its backlog, or be about to change it or to send; it is
 * not waited for without end.  A socket that nobody saw going may be missed
 * while another kind takes its place: it takes two looks.
 */
static enum flow_answer flow_judge(struct tcpw_flow *flow, u8 truth,
				   const struct tcpw_view *view,
				   enum tcpw_cmp mode, u32 began)
{
	if (view->busy && age_of(flow->touched) < TOUCHED_BUSY &&
	    (flow->conn.state != truth || flow->kstate != truth))
		return FLOW_ASK_AGAIN;
	if (truth == TCPW_ST_CLOSE && flow->kstate != TCPW_ST_CLOSE &&
	    !(flow->how & TCPW_HOW_MISSED)) {
		flow->how |= TCPW_HOW_MISSED;
		return FLOW_ASK_AGAIN;
	}
	if (flow->conn.state == truth)
		return FLOW_ANSWERED;
	/* the tracepoint speaks before the socket's own state is written */
	if (!flow_ahead(flow) &&
	    (truth == flow->kstate || truth == TCPW_ST_CLOSE))
		return FLOW_ANSWERED;
	if (mode == TCPW_CMP_PENDING)
		return FLOW_WAIT;
	if (mode == TCPW_CMP_SETTLED && age_of(flow->touched) > age_of(began))
		return FLOW_ANSWERED;
	return FLOW_ASK_AGAIN;
}

/*
 * Most that were ahead of the kernel are not by now: its own word has come,
 * and the look-up can be saved.
 */
static bool flow_agreed(struct tcpw_flow *flow)
{
	unsigned long irq;
	bool agreed;

	raw_spin_lock_irqsave(&flow->lock, irq);
	agreed = flow->conn.state == flow->kstate &&
		 flow->conn.state != TCPW_ST_CLOSE &&
		 !(flow->how & (TCPW_HOW_VERIFY | TCPW_HOW_MISSED |
				TCPW_HOW_DEAD | TCPW_HOW_NEW));
	if (agreed)
		flow->how &= ~TCPW_HOW_PENDING;
	raw_spin_unlock_irqrestore(&flow->lock, irq);
	return agreed;
}

/**
 * tcpw_flow_compare - compare a flow with the kernel's socket
 * @t: table of the network namespace
 * @flow: the flow, kept alive by the caller
 * @mode: on what occasion
 * @began: with %TCPW_CMP_SETTLED, when the grace period began
 *
 * Corrects the mirror where it differs, and counts that.
 *
 * Context: process, BH on.
 * Return: with %TCPW_CMP_PENDING, true where a grace period must pass before
 * the next look; the flow is still marked as pending then, and the caller
 * keeps the reference.  Else false.
 */
bool tcpw_flow_compare(struct tcpw_flow_table *t, struct tcpw_flow *flow,
		       enum tcpw_cmp mode, u32 began)
{
	enum flow_answer answer = FLOW_ASK_AGAIN;
	u32 touched = READ_ONCE(flow->touched);
	bool ripe = age_of(touched) >= TOUCHED_RIPE;
	struct tcpw_todo todo __uninitialized;
	struct tcpw_view view __uninitialized;
	unsigned long irq;
	u8 truth = 0;

	if (mode == TCPW_CMP_PENDING && flow_agreed(flow))
		return false;
	tcpw_todo_begin(&todo);
	/* ORDER: ripe before asked, so that a later change shows */
	if (ripe) {
		truth = flow_ask(t, flow, &view);
		if (truth != READ_ONCE(flow->conn.state))
			todo.log = tcpw_events_wanted(t->events, false);
	}

	raw_spin_lock_irqsave(&flow->lock, irq);
	if (ripe && touched == flow->touched)
		answer = flow_judge(flow, truth, &view, mode, began);
	if (mode != TCPW_CMP_SWEEP && answer != FLOW_WAIT)
		flow->how &= ~TCPW_HOW_PENDING;
	if (!(flow->how & (TCPW_HOW_DEAD | TCPW_HOW_NEW))) {
		if (answer == FLOW_ANSWERED) {
			flow_settle(t, flow, truth, &view, &todo);
			tcpw_mirror_decide(t, flow, &todo);
		} else if (answer == FLOW_ASK_AGAIN) {
			tcpw_mirror_pend(flow, &todo);
		}
	}
	raw_spin_unlock_irqrestore(&flow->lock, irq);
	tcpw_mirror_act(t, flow, &todo);
	return answer == FLOW_WAIT;
}
