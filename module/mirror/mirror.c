// SPDX-License-Identifier: GPL-2.0
/*
 * What happens to a flow: a segment, the kernel's word, a hint.  What follows
 * from it is mirror_act.c's.
 */
#include <linux/ktime.h>
#include <linux/minmax.h>

#include <net/sock.h>

#include "compat.h"
#include "record/event.h"
#include "mirror/mirror.h"
#include "kernel/skkey.h"

static void flow_touch(struct tcpw_flow *flow, u64 now)
{
	flow->touched = now >> TCPW_STAMP_SHIFT;
	flow->how &= ~(TCPW_HOW_MISSED | TCPW_HOW_STILL);
}

/**
 * tcpw_mirror_force - move the mirror with no segment
 * @flow: the flow, locked
 * @state: enum tcpw_state that the kernel is known to be in
 * @cause: why
 * @todo: notes it
 */
noinline void tcpw_mirror_force(struct tcpw_flow *flow, u8 state,
				enum tcpw_cause cause, struct tcpw_todo *todo)
{
	u64 now = ktime_get_ns();
	u64 at = state == TCPW_ST_CLOSE ? tcpw_laps_ended(flow, now) : now;

	lockdep_assert_held(&flow->lock);
	todo->forced.from = flow->conn.state;
	todo->forced.to = state;
	todo->forced.ev = TCPW_EV_NONE;
	todo->forced_at = at;
	todo->cause = cause;
	if (cause == TCPW_CAUSE_MEMORY && todo->back_three)
		todo->three = tcpw_close_of(&flow->conn, &todo->forced,
					    cause) == TCPW_CLOSE_ACTIVE;
	flow->how &= ~TCPW_HOW_TWIN;
	flow->conn.state = state;
	flow->conn.path = 0;
	flow->cause = cause;
	todo->forced_conn = flow->conn;
	/* no segment leads through the state that it leaves */
	tcpw_laps_moved(flow, &todo->forced, max(at, flow->since + 1),
			&todo->forced_stay, todo);
	flow_touch(flow, now);
}

static bool enters_time_wait(const struct tcpw_step *step)
{
	return step->from == TCPW_ST_FIN_WAIT2 && step->to == TCPW_ST_TIME_WAIT;
}

/* Under the lock. */
static bool takes_back_three(const struct tcpw_flow *flow,
			     const struct tcpw_todo *todo)
{
	u8 i;

	for (i = 0; i < todo->backs; i++)
		if (enters_time_wait(&todo->back[i]))
			return flow->how & TCPW_HOW_THREE;
	return false;
}

/**
 * tcpw_mirror_take_back - the kernel has not made the mirror's last steps
 * @flow: the flow, locked
 * @state: enum tcpw_state that the kernel is in; where it is not on the
 *	   mirror's way, all steps that are not confirmed are taken back
 * @cause: why, see tcpw_cause_takes_back()
 * @todo: notes it
 */
noinline void tcpw_mirror_take_back(struct tcpw_flow *flow, u8 state,
				    enum tcpw_cause cause,
				    struct tcpw_todo *todo)
{
	u64 now = ktime_get_ns();

	lockdep_assert_held(&flow->lock);
	todo->back_small = flow->how & TCPW_HOW_WAS_SMALL;
	todo->back_conn = flow->conn;
	todo->back_cause = cause;
	todo->back_at = now;
	todo->backs =
		tcpw_fsm_take_back(&flow->conn, state, flow->ev, todo->back);
	if (!todo->backs)
		return;
	todo->back_move = (struct tcpw_step){
		.from = todo->back_conn.state,
		.to = flow->conn.state,
	};
	todo->back_three = takes_back_three(flow, todo);
	tcpw_laps_back(flow, now, todo);
	flow->ev = TCPW_EV_NONE;
	flow->cause = cause;
	flow_touch(flow, now);
}

/* Under the lock: the mirror has followed a segment. */
static __always_inline void flow_stepped(struct tcpw_flow *flow,
					 struct tcpw_todo *todo)
{
	const struct tcpw_fx *fx = &todo->fx;
	u64 now = ktime_get_ns();
	u8 i;

	todo->at = now;
	for (i = 0; i < fx->n; i++)
		tcpw_laps_moved(flow, &fx->step[i], now, &todo->stay[i], todo);
	flow->how &= ~TCPW_HOW_TWIN;
	if (fx->n == 2)
		flow->how |= TCPW_HOW_TWIN;
	if (enters_time_wait(&fx->step[fx->n - 1])) {
		todo->three = fx->n == 2;
		flow->how &= ~TCPW_HOW_THREE;
		if (todo->three)
			flow->how |= TCPW_HOW_THREE;
	}
	flow->cause = tcpw_cause_of_step(&fx->step[fx->n - 1]);
	flow_touch(flow, now);
}

/* Under the lock: may it be a RST that the kernel's last word is of? */
static bool is_reset(const struct tcpw_flow *flow)
{
	return flow->word == TCPW_CAUSE_IN ||
	       (flow->word == TCPW_CAUSE_REUSE &&
		flow->conn.state == TCPW_ST_TIME_WAIT) ||
	       flow->word == TCPW_CAUSE_AFTER_CLOSE ||
	       (flow->word == TCPW_CAUSE_NETWORK &&
		tcpw_state_is_handshake(flow->conn.state));
}

/**
 * tcpw_mirror_taken - has the socket taken segments that waited?
 * @flow: the flow, locked
 * @state: enum tcpw_state that the kernel is in
 * @most: how many; its reports come one by one
 * @todo: notes the transitions
 *
 * Return: true where that is how it came to @state; the mirror has followed.
 */
bool tcpw_mirror_taken(struct tcpw_flow *flow, u8 state, unsigned int most,
		       struct tcpw_todo *todo)
{
	lockdep_assert_held(&flow->lock);
	if (flow->conn.state == state ||
	    !tcpw_fsm_taken(&flow->conn, state, is_reset(flow), most,
			    &todo->fx))
		return false;
	flow->ev = todo->fx.ev;
	todo->seg = NULL;
	flow_stepped(flow, todo);
	return true;
}

/**
 * tcpw_mirror_most - how many segments can have led to where the kernel is?
 * @flow: the flow, locked
 *
 * To be asked before steps are taken back, which forgets the hint.
 *
 * Return: for tcpw_mirror_taken(): where a kprobe told in which state a request
 * or timewait socket ends, a single segment can have ended it; else
 * %TCPW_STEPS.
 */
unsigned int tcpw_mirror_most(const struct tcpw_flow *flow)
{
	return flow->how & TCPW_HOW_ENDED ? 1 : TCPW_STEPS;
}

/* A segment for a timewait socket, judged as the kernel will judge it. */
static noinline void flow_late(struct tcpw_flow *flow,
			       const struct tcpw_seg *seg,
			       const struct tcpw_view *view, bool listens,
			       struct tcpw_todo *todo)
{
	struct tcpw_late_seg late = tcpw_late_of(seg, view, listens);

	todo->late = late.what;
	todo->small = view->state == TCPW_ST_TIME_WAIT ? TCPW_SMALL_TIME_WAIT
						       : TCPW_SMALL_FIN_WAIT2;
	if (!late.restarts || flow->conn.state != TCPW_ST_TIME_WAIT ||
	    flow->how & TCPW_HOW_ENDED)
		return;
	todo->restarted = true;
	tcpw_laps_confirmed(flow);
	flow->mark = ktime_get_ns();
	if (flow->restarts != U8_MAX)
		flow->restarts++;
}

/*
 * Under the lock: segments that the socket has not taken yet may be on their
 * way to it, so that it judges the next one otherwise than it would now.
 */
static bool flow_may_lead(const struct tcpw_flow *flow)
{
	return flow->conn.path || flow->conn.flags & TCPW_CF_WAITS;
}

static noinline __flatten void flow_step(struct tcpw_flow *flow,
					 const struct tcpw_seg *seg,
					 const struct tcpw_view *view,
					 struct tcpw_todo *todo)
{
	struct tcpw_fx *fx = &todo->fx;

	lockdep_assert_held(&flow->lock);
	tcpw_fsm_step(&flow->conn, seg, view, fx);
	if (fx->n || fx->ev == TCPW_EV_IN_RST)
		flow->ev = fx->ev;
	if (unlikely(fx->bits & TCPW_FX_VERIFY)) {
		/* that of the last step is needed should it be taken back */
		if (!flow->conn.path)
			flow->ev = fx->ev;
		flow->how |= TCPW_HOW_VERIFY;
		flow->how &= ~TCPW_HOW_STILL;
	}
	if (!fx->n) {
		/* another connection may begin */
		if (seg->flags & TCPW_SYN)
			flow->how &= ~TCPW_HOW_STILL;
		if (unlikely(flow_may_lead(flow)) && seg->dir == TCPW_IN) {
			flow->how &= ~TCPW_HOW_STILL;
			tcpw_fsm_passed(&flow->conn, seg, view);
		}
		return;
	}
	todo->seg = seg;
	flow_stepped(flow, todo);
}

/*
 * Under the lock: the application has closed, and the FIN waits behind data or
 * is about to leave.
 */
static bool flow_lags(const struct tcpw_flow *flow)
{
	return unlikely(flow->conn.state != flow->kstate) && !flow->conn.path &&
	       flow->word == TCPW_CAUSE_APP &&
	       (flow->kstate == TCPW_ST_FIN_WAIT1 ||
		flow->kstate == TCPW_ST_LAST_ACK);
}

/* The next event meets the state that the kernel said. */
static void flow_catch_up(struct tcpw_flow *flow, struct tcpw_todo *todo)
{
	if (flow_lags(flow))
		tcpw_mirror_force(flow, flow->kstate, TCPW_CAUSE_APP, todo);
}

/* A SYN or SYN,ACK that the kernel has a socket or request socket behind. */
static bool is_backed_syn(const struct tcpw_seg *seg,
			  const struct tcpw_view *sender)
{
	return (seg->flags & (TCPW_SYN | TCPW_RST)) == TCPW_SYN &&
	       (sender->state == TCPW_ST_SYN_SENT ||
		sender->state == TCPW_ST_SYN_RECV);
}

static noinline void count_unbacked(struct tcpw_flow_table *t,
				    const struct tcpw_pkt *pkt)
{
	const struct tcpw_seg *seg = &pkt->seg;
	const u8 synack = TCPW_SYN | TCPW_ACK;

	/* RFC 9293 3.10.7.1: the RST for a SYN has sequence number 0 */
	if (seg->flags & TCPW_RST && seg->flags & TCPW_ACK && !seg->seq)
		tcpw_count(t->counts, TCPW_STAT_REFUSED_OUT);
	if ((seg->flags & (synack | TCPW_RST)) != synack)
		return;
	tcpw_count(t->counts, TCPW_STAT_COOKIE_OUT);
	tcpw_listeners_count(t->listeners, &pkt->key, pkt->ifs.dif,
			     TCPW_LISTENER_COOKIE_OUT);
}

/**
 * tcpw_mirror_shrink - there is only a timewait socket left
 * @flow: the flow, locked
 * @owner: whose it is
 *
 * Such a socket does not know whose it was, and nobody asks for the ISNs.
 */
void tcpw_mirror_shrink(struct tcpw_flow *flow, const struct tcpw_owner *owner)
{
	lockdep_assert_held(&flow->lock);
	flow->conn.flags &= ~(TCPW_CF_ISN_OUT | TCPW_CF_ISN_IN);
	flow->uid = owner->uid;
	flow->cgroup = owner->cgroup;
	flow->how |= TCPW_HOW_SMALL;
}

/* Is there a timewait socket now? */
static bool leaves_small(const struct tcpw_flow *flow,
			 const struct tcpw_told *told)
{
	return tcpw_state_is_small(flow->conn.state) &&
	       tcpw_state_is_small(told->state);
}

/* Under the lock: the connection is over, as the kernel said. */
static void flow_over(const struct tcpw_flow_table *t, struct tcpw_flow *flow,
		      struct tcpw_todo *todo)
{
	unsigned int most = tcpw_mirror_most(flow);
	const struct tcpw_view none = {};

	if (flow->conn.path && flow->conn.state != TCPW_ST_CLOSE)
		tcpw_mirror_take_back(flow, TCPW_ST_CLOSE, TCPW_CAUSE_REFUSE,
				      todo);
	if (flow->conn.state != TCPW_ST_CLOSE &&
	    !tcpw_mirror_taken(flow, TCPW_ST_CLOSE, most, todo))
		tcpw_mirror_force(flow, TCPW_ST_CLOSE,
				  tcpw_mirror_explain(t, flow, TCPW_ST_CLOSE,
						      &none),
				  todo);
}

/* Under the lock: what happens now is a connection of its own. */
static bool flow_is_free(const struct tcpw_flow *flow)
{
	return flow->kstate == TCPW_ST_CLOSE &&
	       flow->conn.state == TCPW_ST_CLOSE;
}

/* Under the lock: a connection begins, perhaps in the flow of the one before.
 */
static void flow_count(const struct tcpw_flow_table *t,
		       const struct tcpw_flow *flow)
{
	if (flow->since)
		tcpw_count(t->counts, TCPW_STAT_FLOW_CREATED);
}

/*
 * Under the lock: another connection's SYN or SYN,ACK leaves.  Did a timewait
 * socket give way to it?  The ISN tells.  Where nothing is known of our FIN, or
 * where no hint came and TPROXY may have made it give way to a SYN, it did if
 * there was one.
 */
static bool flow_gives_way(const struct tcpw_flow_table *t,
			   struct tcpw_flow *flow, const struct tcpw_seg *seg,
			   struct tcpw_todo *todo)
{
	const struct tcpw_view none = {};

	if (tcpw_fsm_takes_over(&flow->conn, seg)) {
		if (flow->conn.path)
			tcpw_mirror_take_back(flow, TCPW_ST_TIME_WAIT,
					      TCPW_CAUSE_REFUSE, todo);
		/* only timewait sockets give way, whatever the mirror has */
		if (flow->conn.state == TCPW_ST_FIN_WAIT2 &&
		    !(flow->how & TCPW_HOW_SMALL))
			tcpw_mirror_shrink(flow, &tcpw_owner_unknown);
		flow->word = TCPW_CAUSE_REUSE;
		/* no FIN-WAIT-2 gives way to a SYN: it has taken a FIN */
		if (seg->flags & TCPW_ACK)
			tcpw_mirror_taken(flow, TCPW_ST_TIME_WAIT, 1, todo);
		return true;
	}
	flow->how &= ~TCPW_HOW_VERIFY; /* no SYN before this one ended it */
	if (flow->conn.state != TCPW_ST_TIME_WAIT ||
	    flow->kstate == TCPW_ST_CLOSE)
		return false;
	if (!(flow->conn.flags & TCPW_CF_FIN_OUT))
		return true;
	return seg->flags & TCPW_ACK && !(flow->how & TCPW_HOW_ENDED) &&
	       tcpw_mirror_explain(t, flow, TCPW_ST_CLOSE, &none) !=
		       TCPW_CAUSE_TIMER;
}

/*
 * Under the lock: a SYN or SYN,ACK with a socket behind it leaves.  Is it
 * another connection's, and the mirror's is over, whether the kernel has
 * reported that or its request or timewait socket ended without a report?
 */
static bool is_over(const struct tcpw_flow_table *t, struct tcpw_flow *flow,
		    const struct tcpw_seg *seg, struct tcpw_todo *todo)
{
	if (flow_is_free(flow) ? !flow->conn.path
			       : flow->kstate != TCPW_ST_CLOSE &&
					 tcpw_fsm_is_own(&flow->conn, seg))
		return false;
	return !flow_gives_way(t, flow, seg, todo) ||
	       flow->conn.state != TCPW_ST_TIME_WAIT;
}

/* Under the lock: that SYN or SYN,ACK, where no other connection is over. */
static void flow_begin(const struct tcpw_flow_table *t, struct tcpw_flow *flow,
		       const struct tcpw_seg *seg, u8 kstate)
{
	if (flow_is_free(flow)) {
		flow_count(t, flow);
		tcpw_fsm_init(&flow->conn);
	} else if (!tcpw_fsm_is_own(&flow->conn, seg)) {
		tcpw_laps_confirmed(flow); /* TIME-WAIT gives way */
	} else {
		return;
	}
	flow->kstate = kstate;
	flow->word = TCPW_CAUSE_NONE;
}

/* States that begin with what is measured from there on. */
static bool is_beginning(u8 state)
{
	return tcpw_state_is_handshake(state) || state == TCPW_ST_FIN_WAIT1 ||
	       state == TCPW_ST_LAST_ACK || state == TCPW_ST_TIME_WAIT;
}

/* Nothing else tells who opened a connection that no segment began. */
static bool was_accepted(const struct tcpw_flow_table *t,
			 const struct tcpw_flow *flow)
{
	struct tcpw_key key;

	tcpw_flow_key(flow, &key);
	return tcpw_listeners_any(t->listeners, &key, flow->bound_if);
}

/* Under the lock: a connection that no segment began. */
static noinline void flow_adopt(struct tcpw_flow_table *t,
				struct tcpw_flow *flow,
				const struct tcpw_told *told,
				struct tcpw_todo *todo)
{
	struct tcpw_view view;

	if (told->state != TCPW_ST_CLOSE)
		flow_count(t, flow);
	flow->how &= ~TCPW_HOW_ACCEPTED;
	if (was_accepted(t, flow))
		flow->how |= TCPW_HOW_ACCEPTED;
	tcpw_skkey_view(&view, told->sk);
	tcpw_mirror_force(flow, told->state,
			  told->cause == TCPW_CAUSE_SEED ? TCPW_CAUSE_SEED
							 : TCPW_CAUSE_ADOPT,
			  todo);
	tcpw_fsm_seed(&flow->conn, &view, told->state);
	/* what passed our hook before may still be on its way to the socket */
	tcpw_fsm_unmet(&flow->conn, &view);
	flow->how |= TCPW_HOW_VERIFY;
	flow->since = told->since;
	if (told->stale)
		flow->how |= TCPW_HOW_SINCE;
	if (told->stale || !is_beginning(told->state))
		flow->mark = 0;
	if (view.kind == TCPW_VIEW_TW)
		tcpw_mirror_shrink(flow, &tcpw_owner_unknown);
}

/* Under the lock. */
static bool flow_is_live(const struct tcpw_flow *flow)
{
	return !(flow->how & (TCPW_HOW_DEAD | TCPW_HOW_NEW));
}

/* Under the lock. */
static void flow_heard(struct tcpw_flow *flow, const struct tcpw_told *told)
{
	flow->kstate = told->state;
	/* what ended the timewait socket is known better, and came later */
	if (!(told->gone && flow->how & TCPW_HOW_ENDED))
		flow->word = told->cause;
}

/*
 * Under the lock: the mirror has followed segments that the kernel has not.
 * Where the kernel goes another way now, it has not taken them; they may wait
 * in its backlog, and it takes one of them later.
 */
static void flow_follow(struct tcpw_flow *flow, const struct tcpw_told *told,
			struct tcpw_todo *todo)
{
	if (flow->conn.state == told->state)
		tcpw_laps_confirmed(flow);
	else if (tcpw_fsm_confirm(&flow->conn, told->state) == TCPW_WHERE_ASIDE)
		tcpw_mirror_take_back(flow, told->state, TCPW_CAUSE_REFUSE,
				      todo);
	if (!flow->conn.path)
		tcpw_mirror_taken(flow, told->state, 1, todo);
}

/* Under the lock: the full socket is over. */
static void flow_gone(struct tcpw_flow *flow, const struct tcpw_told *told)
{
	struct tcpw_owner owner;

	if (leaves_small(flow, told)) {
		tcpw_skkey_owner(&owner, told->sk);
		tcpw_mirror_shrink(flow, &owner);
	} else if (told->state == TCPW_ST_CLOSE) {
		tcpw_laps_ends(flow);
	}
	if (told->cause == TCPW_CAUSE_APP &&
	    told->unread > !!(flow->conn.flags & TCPW_CF_FIN_IN))
		flow->conn.flags |= TCPW_CF_UNREAD;
}

/* Under the lock: the kernel says where its socket is now. */
static void flow_told(struct tcpw_flow_table *t, struct tcpw_flow *flow,
		      const struct tcpw_told *told, struct tcpw_todo *todo)
{
	bool adopt = flow_is_free(flow);

	if (adopt ? told->gone : told->stale)
		return; /* known, and better */
	if (told->state != flow->kstate)
		flow_catch_up(flow, todo);
	flow_heard(flow, told);
	if (adopt) {
		flow_adopt(t, flow, told, todo);
		return;
	}
	flow_follow(flow, told, todo);
	if (told->gone)
		flow_gone(flow, told);
	flow_touch(flow, told->since);
}

/* Under the lock: the kernel's last word is that the socket is gone. */
static bool said_gone(const struct tcpw_flow *flow)
{
	return flow->kstate == TCPW_ST_CLOSE && flow->word != TCPW_CAUSE_NONE;
}

/* Under the lock: all that the kernel had was a timewait socket. */
static bool was_small(const struct tcpw_flow *flow)
{
	return tcpw_fsm_base(&flow->conn) == TCPW_ST_TIME_WAIT ||
	       flow->how & TCPW_HOW_SMALL ||
	       (flow->how & TCPW_HOW_WAS_SMALL &&
		flow->conn.state == TCPW_ST_CLOSE);
}

/*
 * Under the lock: the kernel speaks of another socket than before, which has
 * ended: it said so, or a kprobe of its request or timewait socket; or it was a
 * timewait socket, which never becomes a full one.  A socket that reports its
 * end has reported before; its timewait socket may have ended already.
 */
static bool is_successor(const struct tcpw_flow *flow,
			 const struct tcpw_told *told)
{
	if (!told || told->raw || told->stale || told->gone)
		return false;
	if (was_small(flow))
		return true;
	return (said_gone(flow) || flow->how & TCPW_HOW_ENDED) &&
	       flow->conn.state != TCPW_ST_CLOSE;
}

/* Under the lock: what the kernel says may move the mirror at once. */
static bool flow_may_follow(const struct tcpw_flow *flow,
			    const struct tcpw_told *told)
{
	return flow_is_free(flow) || flow->conn.path || flow_lags(flow) ||
	       flow->conn.flags & TCPW_CF_WAITS || is_successor(flow, told);
}

/* A segment that a socket sends, or the kernel's word where the socket is. */
struct flow_event {
	const struct tcpw_seg *seg; /* or NULL: */
	const struct tcpw_told *told;
	const struct tcpw_view *sender; /* with @seg */
	const struct sock *sk;		/* full socket, where it is at hand */
	bool begins; /* @seg is a SYN or SYN,ACK with a socket behind it */
};

static void flow_apply(struct tcpw_flow_table *t, struct tcpw_flow *flow,
		       const struct flow_event *event, struct tcpw_todo *todo)
{
	if (!event->seg) {
		todo->raw = event->told->raw;
		flow_told(t, flow, event->told, todo);
	} else {
		if (event->begins)
			flow_begin(t, flow, event->seg, event->sender->state);
		if (!(event->seg->flags & TCPW_FIN))
			flow_catch_up(flow, todo);
		flow_step(flow, event->seg, event->sender, todo);
	}
	tcpw_mirror_decide(t, flow, todo);
}

/* Returns true where it has asked whether somebody reads the events. */
static bool event_begins(struct tcpw_flow_table *t,
			 const struct flow_event *event, struct tcpw_todo *todo)
{
	tcpw_todo_begin(todo);
	todo->sk = event->sk;
	if (!event->seg)
		return false;
	todo->log = tcpw_events_wanted(t->events, false);
	return true;
}

/* What an event did to the flow that it found. */
enum flow_turn {
	TURN_LAST,    /* it was applied: nothing is left to do */
	TURN_AGAIN,   /* the flow caught up first: apply it now */
	TURN_ANOTHER, /* the flow is over: the event gets another one */
	TURN_DEAD,    /* the flow was over before: the same */
};

/* Under the lock. */
static __always_inline enum flow_turn
flow_turn(struct tcpw_flow_table *t, struct tcpw_flow *flow, bool create,
	  const struct flow_event *event, struct tcpw_todo *todo)
{
	if (create)
		flow->how &= ~TCPW_HOW_NEW;
	if (!flow_is_live(flow))
		return TURN_DEAD;
	if (create && (event->seg ? is_over(t, flow, event->seg, todo)
				  : is_successor(flow, event->told))) {
		flow_over(t, flow, todo);
		flow->kstate = TCPW_ST_CLOSE;
		tcpw_mirror_decide(t, flow, todo);
		return TURN_ANOTHER;
	}
	if (unlikely(todo->fx.n)) {
		tcpw_mirror_decide(t, flow, todo);
		return TURN_AGAIN;
	}
	flow_apply(t, flow, event, todo);
	return TURN_LAST;
}

/* A flow, and the walk that looks after it. */
static struct tcpw_flow *flow_make(struct tcpw_flow_table *t,
				   const struct tcpw_key *key, int bound_if)
{
	struct tcpw_flow *flow = tcpw_flow_create(t, key, bound_if);

	if (flow)
		tcpw_sweep_start(t);
	return flow;
}

/*
 * Let an event happen to the flow of a key, @flow if there is one.  With
 * @create it is made where there is none; one that is dead but still in the
 * table gives way to it.  False where there is no flow.
 */
static noinline __flatten bool
flow_happens(struct tcpw_flow_table *t, struct tcpw_flow *flow,
	     const struct tcpw_key *key, const struct tcpw_ifs *ifs,
	     bool create, const struct flow_event *event)
{
	struct tcpw_todo todo __uninitialized;
	enum flow_turn turn;
	unsigned long irq;
	bool asked;
	int turns;

	asked = event_begins(t, event, &todo);
	for (turns = 0; turns < 3; turns++) {
		if (!flow && create)
			flow = flow_make(t, key, ifs->dif);
		if (!flow)
			return false;

		raw_spin_lock_irqsave(&flow->lock, irq);
		if (unlikely(!asked && !(flow->how & TCPW_HOW_DEAD) &&
			     flow_may_follow(flow, event->told))) {
			raw_spin_unlock_irqrestore(&flow->lock, irq);
			todo.log =
				tcpw_events_wanted(t->events, event->told->raw);
			asked = true;
			raw_spin_lock_irqsave(&flow->lock, irq);
		}
		turn = flow_turn(t, flow, create, event, &todo);
		raw_spin_unlock_irqrestore(&flow->lock, irq);

		if (turn != TURN_DEAD) {
			tcpw_mirror_act(t, flow, &todo);
			if (turn == TURN_LAST)
				return true;
			asked = event_begins(t, event, &todo);
		} else if (create) {
			tcpw_flow_unlink(t, flow);
		} else {
			return false;
		}
		if (turn != TURN_AGAIN)
			flow = NULL;
	}
	return false;
}

/**
 * tcpw_flow_sent - a segment leaves in the name of a local endpoint
 * @t: table of the network namespace
 * @pkt: the segment; @pkt->ifs.dif is what its socket is bound to
 * @sender: the socket that sends it
 * @sk: the same, where it is a full socket, else NULL
 *
 * Creates the flow where it is a SYN or SYN,ACK with a socket behind it.
 *
 * Context: LOCAL_OUT hook, under rcu_read_lock().
 */
void tcpw_flow_sent(struct tcpw_flow_table *t, const struct tcpw_pkt *pkt,
		    const struct tcpw_view *sender, const struct sock *sk)
{
	bool begins = is_backed_syn(&pkt->seg, sender);
	struct flow_event event = {
		.seg = &pkt->seg,
		.sender = sender,
		.sk = sk,
		.begins = begins,
	};
	struct tcpw_flow *flow;

	if (sender->kind != TCPW_VIEW_NONE)
		flow = tcpw_flow_of_socket(t, &pkt->key, sender->bound_if);
	else
		flow = tcpw_flow_find(t, &pkt->key, &pkt->ifs);
	if (!flow_happens(t, flow, &pkt->key, &pkt->ifs, begins, &event) &&
	    !begins)
		count_unbacked(t, pkt);
}

/* Under the lock. */
static bool flow_wants_view(const struct tcpw_flow *flow,
			    const struct tcpw_seg *seg)
{
	return flow_is_live(flow) && (flow->how & TCPW_HOW_SMALL ||
				      tcpw_fsm_wants_view(&flow->conn, seg));
}

/* Not under the lock: the socket, and whether a SYN would find a listener. */
static noinline bool ask_socket(struct tcpw_flow_table *t, struct tcpw_pkt *pkt,
				struct tcpw_view *view)
{
	tcpw_segment_read_ts(pkt);
	tcpw_skkey_lookup(view, t->net, &pkt->key, &pkt->ifs);
	return view->kind == TCPW_VIEW_TW && pkt->seg.flags & TCPW_SYN &&
	       tcpw_listeners_any(t->listeners, &pkt->key, pkt->ifs.dif);
}

/*
 * Under the lock: the socket is gone and nothing is in its place: what arrives
 * reaches nobody, or another connection.  A kprobe's hint comes before the end,
 * which is under way where a timewait socket is found.
 */
static bool is_gone(const struct tcpw_flow *flow, const struct tcpw_view *asked)
{
	if (said_gone(flow))
		return true;
	return flow->how & TCPW_HOW_ENDED && asked &&
	       asked->kind != TCPW_VIEW_TW && asked->kind != TCPW_VIEW_REQ;
}

/*
 * Under the lock: can either a waiting RST or a SYN have ended the timewait
 * socket?  The comparison or the SYN,ACK decides.
 */
static bool may_have_reopened(const struct tcpw_flow *flow)
{
	return flow->word == TCPW_CAUSE_REUSE &&
	       flow->conn.state == TCPW_ST_TIME_WAIT &&
	       flow->conn.flags & TCPW_CF_RST_WAITS &&
	       flow->how & TCPW_HOW_VERIFY && flow->ev == TCPW_EV_IN_SYN;
}

/**
 * tcpw_flow_arrived - a segment arrives for a local endpoint
 * @t: table of the network namespace
 * @flow: its flow, from tcpw_flow_find() in the same read-side section
 * @pkt: the segment, its checksum good
 *
 * Context: LOCAL_IN hook, under rcu_read_lock().
 */
noinline __flatten void tcpw_flow_arrived(struct tcpw_flow_table *t,
					  struct tcpw_flow *flow,
					  struct tcpw_pkt *pkt)
{
	static const struct tcpw_view not_asked;
	struct tcpw_view asked __uninitialized;
	const struct tcpw_view *view = &not_asked;
	struct tcpw_todo todo __uninitialized;
	bool listens = false;
	unsigned long irq;

	tcpw_todo_begin(&todo);
	todo.log = tcpw_events_wanted(t->events, false);
	raw_spin_lock_irqsave(&flow->lock, irq);
	if (flow_wants_view(flow, &pkt->seg)) {
		raw_spin_unlock_irqrestore(&flow->lock, irq);
		listens = ask_socket(t, pkt, &asked);
		view = &asked;
		raw_spin_lock_irqsave(&flow->lock, irq);
	}
	if (flow_is_live(flow)) {
		if (view->kind == TCPW_VIEW_TW)
			flow_late(flow, &pkt->seg, view, listens, &todo);
		flow_catch_up(flow, &todo);
		if (!is_gone(flow, view == &asked ? view : NULL)) {
			flow_step(flow, &pkt->seg, view, &todo);
		} else if (!may_have_reopened(flow)) {
			flow_over(t, flow, &todo);
			flow->kstate = TCPW_ST_CLOSE;
		}
		tcpw_mirror_decide(t, flow, &todo);
	}
	raw_spin_unlock_irqrestore(&flow->lock, irq);
	tcpw_mirror_act(t, flow, &todo);
}

/**
 * tcpw_flow_translated - a segment arrives whose numbers change after us
 * @t: table of the network namespace
 * @flow: its flow, from tcpw_flow_find() in the same read-side section
 *
 * The mirror does not move; the flow is compared once the socket has had it.
 *
 * Context: LOCAL_IN hook, under rcu_read_lock().
 */
void tcpw_flow_translated(struct tcpw_flow_table *t, struct tcpw_flow *flow)
{
	struct tcpw_todo todo __uninitialized;
	unsigned long irq;

	tcpw_todo_begin(&todo);
	raw_spin_lock_irqsave(&flow->lock, irq);
	if (flow_is_live(flow)) {
		flow->ev = TCPW_EV_IN_TRANSLATED;
		flow->how |= TCPW_HOW_VERIFY;
		flow_touch(flow, ktime_get_ns());
		tcpw_mirror_pend(flow, &todo);
	}
	raw_spin_unlock_irqrestore(&flow->lock, irq);
	if (todo.queue)
		tcpw_sweep_queue(t, flow);
}

/**
 * tcpw_flow_unreachable - an ICMP error comes for a segment that a flow has
 * sent
 * @flow: the flow, from tcpw_flow_find() in the same read-side section
 * @seq: sequence number of that segment
 *
 * Source: tcp_v4_err() ends a connect by it at once, or, while the process is
 * inside of connect(), leaves it to that.
 *
 * Context: LOCAL_IN hook, under rcu_read_lock().
 */
void tcpw_flow_unreachable(struct tcpw_flow *flow, u32 seq)
{
	unsigned long irq;

	raw_spin_lock_irqsave(&flow->lock, irq);
	if (flow_is_live(flow) && flow->conn.state == TCPW_ST_SYN_SENT &&
	    flow->conn.flags & TCPW_CF_ISN_OUT && seq == flow->conn.isn_out)
		flow->how |= TCPW_HOW_UNREACHABLE;
	raw_spin_unlock_irqrestore(&flow->lock, irq);
}

/*
 * The kernel's word, where nothing begins or ends by it: no more is to be done
 * than to note it.  False where flow_happens() has to see to it.
 */
static bool flow_hears(struct tcpw_flow_table *t, struct tcpw_flow *flow,
		       const struct tcpw_told *told)
{
	struct tcpw_todo todo __uninitialized;
	unsigned long irq;
	bool agreed, hears;

	if (told->gone || told->stale || told->state == TCPW_ST_CLOSE)
		return false;
	todo.queue = false;
	raw_spin_lock_irqsave(&flow->lock, irq);
	agreed = flow->conn.state == told->state;
	hears = flow_is_live(flow) && !is_successor(flow, told) &&
		(agreed || !flow_may_follow(flow, told));
	if (hears) {
		flow_heard(flow, told);
		flow_touch(flow, told->since);
		if (agreed)
			tcpw_laps_confirmed(flow);
		if (!agreed || flow->how & TCPW_HOW_VERIFY)
			tcpw_mirror_pend(flow, &todo);
	}
	raw_spin_unlock_irqrestore(&flow->lock, irq);
	if (todo.queue)
		tcpw_sweep_queue(t, flow);
	return hears;
}

/**
 * tcpw_flow_kernel - the kernel's socket changed state
 * @t: table of the network namespace
 * @key: oriented 4-tuple of the socket
 * @told: what the kernel says of it
 *
 * The mirror does not move: a segment may explain the change before the flow
 * is compared.  A connection that no segment began is adopted, but not with
 * @told->raw, where no flow can be made or freed, nor where it is over.
 *
 * Context: tracepoint probe or seeding, under rcu_read_lock().
 * Return: false where there is no flow.
 */
bool tcpw_flow_kernel(struct tcpw_flow_table *t, const struct tcpw_key *key,
		      const struct tcpw_told *told)
{
	struct tcpw_ifs ifs = { .dif = told->bound_if };
	struct flow_event event = { .told = told };
	struct tcpw_flow *flow;

	/* a raw probe cannot ask the kernel who is bound to what */
	if (told->raw)
		flow = tcpw_flow_find(t, key, &ifs);
	else
		flow = tcpw_flow_of_socket(t, key, told->bound_if);
	if (flow && flow_hears(t, flow, told))
		return true;
	if (told->sk && sk_fullsock(told->sk))
		event.sk = told->sk;
	return flow_happens(t, flow, key, &ifs, !told->gone && !told->raw,
			    &event);
}

/*
 * Under the lock: a timewait socket in @state ends whose full socket has not
 * said yet that it is over: its CPU stands still.
 */
static void flow_gave_way(struct tcpw_flow *flow, u8 state,
			  struct tcpw_todo *todo)
{
	const struct tcpw_told told = { .state = state };

	if (flow->kstate != TCPW_ST_CLOSING ||
	    flow->conn.state == TCPW_ST_CLOSE)
		return;
	flow->kstate = state;
	flow_follow(flow, &told, todo);
}

/* Under the lock: can what the kernel last said be of such a socket? */
static bool may_end(const struct tcpw_flow *flow)
{
	return flow->kstate == TCPW_ST_TIME_WAIT ||
	       flow->kstate == TCPW_ST_FIN_WAIT2 ||
	       flow->kstate == TCPW_ST_CLOSING ||
	       flow->kstate == TCPW_ST_SYN_RECV;
}

/*
 * Under the lock: a request or timewait socket in @state ends.  A mirror that
 * has seen the segment that ends it is right; what comes now is another's.
 */
static void flow_ends(struct tcpw_flow *flow, u8 state, enum tcpw_cause cause)
{
	flow->word = cause;
	flow->how &= ~TCPW_HOW_STILL;
	flow->how |= TCPW_HOW_SUSPECT;
	if (flow->conn.state == TCPW_ST_CLOSE) {
		flow->kstate = TCPW_ST_CLOSE;
		/* by a segment: that or a SYN, see tcpw_cause_of_kill() */
		if (cause != TCPW_CAUSE_REUSE)
			flow->conn.path = 0;
		return;
	}
	flow->kstate = state;
	if (flow->conn.state == state)
		tcpw_laps_confirmed(flow);
	tcpw_laps_ends(flow);
}

/**
 * tcpw_flow_hint - a socket that says nothing when it ends is about to
 * @t: table of the network namespace
 * @key: oriented 4-tuple
 * @bound_if: interface that it is bound to, or 0
 * @state: enum tcpw_state that it is in
 * @cause: why
 *
 * Only a hint to compare the flow now: another socket may be in its place
 * already, and what the look-up finds decides.
 *
 * Context: kprobes, under rcu_read_lock(); takes raw locks only.
 */
void tcpw_flow_hint(struct tcpw_flow_table *t, const struct tcpw_key *key,
		    int bound_if, u8 state, enum tcpw_cause cause)
{
	struct tcpw_ifs ifs = { .dif = bound_if };
	struct tcpw_flow *flow;
	struct tcpw_todo todo __uninitialized;
	unsigned long irq;

	flow = tcpw_flow_find(t, key, &ifs);
	if (!flow)
		return;
	tcpw_todo_begin(&todo);
	todo.raw = true;
	if (unlikely(READ_ONCE(flow->kstate) == TCPW_ST_CLOSING))
		todo.log = tcpw_events_wanted(t->events, true);
	raw_spin_lock_irqsave(&flow->lock, irq);
	if (flow_is_live(flow) && may_end(flow)) {
		flow_gave_way(flow, state, &todo);
		tcpw_mirror_decide(t, flow, &todo);
		flow_ends(flow, state, cause);
		tcpw_mirror_pend(flow, &todo);
	}
	raw_spin_unlock_irqrestore(&flow->lock, irq);
	tcpw_mirror_act(t, flow, &todo);
}

/**
 * tcpw_flow_binds - a socket is about to be bound to another interface
 * @t: table of the network namespace
 * @key: oriented 4-tuple
 * @bound_if: interface that it is bound to, or 0
 *
 * Only a hint, as the last one.
 *
 * Context: kprobes, under rcu_read_lock(); takes raw locks only.
 */
void tcpw_flow_binds(struct tcpw_flow_table *t, const struct tcpw_key *key,
		     int bound_if)
{
	struct tcpw_ifs ifs = { .dif = bound_if };
	struct tcpw_flow *flow;
	struct tcpw_todo todo __uninitialized;
	unsigned long irq;

	flow = tcpw_flow_find(t, key, &ifs);
	if (!flow)
		return;
	todo.queue = false;
	raw_spin_lock_irqsave(&flow->lock, irq);
	if (flow_is_live(flow)) {
		flow->how &= ~TCPW_HOW_STILL;
		flow->how |= TCPW_HOW_SUSPECT;
		tcpw_mirror_pend(flow, &todo);
	}
	raw_spin_unlock_irqrestore(&flow->lock, irq);
	if (todo.queue)
		tcpw_sweep_queue(t, flow);
}
