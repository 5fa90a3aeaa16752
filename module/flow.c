// SPDX-License-Identifier: GPL-2.0
/*
 * The flow table: creation when the kernel has state for a connection, steps
 * of the mirror, comparison with the kernel's state, and the end.
 */
#include <linux/jhash.h>
#include <linux/ktime.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>
#include <linux/socket.h>

#include "flow.h"
#include "skkey.h"

static struct kmem_cache *flow_cache;

/* What a look-up compares; @exact for creation, where two bindings differ. */
struct flow_cmp {
	const struct tcpw_key *key;
	struct tcpw_ifs ifs;
	bool exact;
};

static u32 hash_key(const struct tcpw_key *key, u32 seed)
{
	u32 ports = (__force u32)key->lport << 16 | (__force u32)key->rport;

	if (key->family == AF_INET)
		return jhash_3words((__force u32)key->laddr[0],
				    (__force u32)key->raddr[0], ports, seed);
	return jhash2((const u32 *)key, sizeof(*key) / sizeof(u32), seed);
}

static u32 flow_hash_cmp(const void *data, u32 len, u32 seed)
{
	const struct flow_cmp *cmp = data;

	return hash_key(cmp->key, seed);
}

static u32 flow_hash_obj(const void *data, u32 len, u32 seed)
{
	const struct tcpw_flow *flow = data;

	return hash_key(&flow->key, seed);
}

/* As the kernel matches sockets: a bound one only by its own interface. */
static int flow_cmp_obj(struct rhashtable_compare_arg *arg, const void *obj)
{
	const struct flow_cmp *cmp = arg->key;
	const struct tcpw_flow *flow = obj;

	if (memcmp(&flow->key, cmp->key, sizeof(flow->key)))
		return 1;
	if (cmp->exact)
		return flow->bound_if != cmp->ifs.dif;
	return flow->bound_if && flow->bound_if != cmp->ifs.dif &&
	       flow->bound_if != cmp->ifs.sdif;
}

static const struct rhashtable_params flow_params = {
	.head_offset = offsetof(struct tcpw_flow, node),
	.hashfn = flow_hash_cmp,
	.obj_hashfn = flow_hash_obj,
	.obj_cmpfn = flow_cmp_obj,
	.automatic_shrinking = true,
};

/**
 * tcpw_flow_find - the flow of a 4-tuple
 * @t: table
 * @key: oriented 4-tuple
 * @ifs: interfaces to match bound sockets against
 *
 * Context: under rcu_read_lock(), which also bounds the result's life.
 * Return: the flow or NULL; it may be dead, its lock tells.
 */
struct tcpw_flow *tcpw_flow_find(struct tcpw_flow_table *t,
				 const struct tcpw_key *key,
				 const struct tcpw_ifs *ifs)
{
	struct flow_cmp cmp = { .key = key, .ifs = *ifs };

	return rhashtable_lookup(&t->ht, &cmp, flow_params);
}

static void flow_free_rcu(struct rcu_head *head)
{
	kmem_cache_free(flow_cache, container_of(head, struct tcpw_flow, rcu));
}

/**
 * tcpw_flow_put - drop one reference
 * @flow: the flow
 *
 * Context: any but NMI.
 */
void tcpw_flow_put(struct tcpw_flow *flow)
{
	if (refcount_dec_and_test(&flow->refs))
		call_rcu(&flow->rcu, flow_free_rcu);
}

/* The setter of TCPW_HOW_DEAD calls this once it has dropped the lock. */
static void flow_unlink(struct tcpw_flow_table *t, struct tcpw_flow *flow)
{
	if (!rhashtable_remove_fast(&t->ht, &flow->node, flow_params))
		tcpw_flow_put(flow);
}

static struct tcpw_flow *flow_alloc(const struct tcpw_key *key, int bound_if)
{
	struct tcpw_flow *flow;

	flow = kmem_cache_zalloc(flow_cache, GFP_ATOMIC | __GFP_NOWARN);
	if (!flow)
		return NULL;
	flow->key = *key;
	flow->bound_if = bound_if;
	raw_spin_lock_init(&flow->lock);
	refcount_set(&flow->refs, 1);
	tcpw_fsm_init(&flow->conn);
	flow->kstate = TCPW_ST_CLOSE;
	flow->how = TCPW_HOW_NEW;
	return flow;
}

/* A new flow in the table, in CLOSE; or the one that is there already. */
static struct tcpw_flow *flow_create(struct tcpw_flow_table *t,
				     const struct tcpw_key *key, int bound_if)
{
	struct flow_cmp cmp = {
		.key = key,
		.ifs = { .dif = bound_if },
		.exact = true,
	};
	struct tcpw_flow *flow, *old;

	if (tcpw_flow_count(t) >= READ_ONCE(t->max)) {
		tcpw_stats_inc(t->stats, TCPW_STAT_FLOW_OVERFLOW);
		return NULL;
	}
	flow = flow_alloc(key, bound_if);
	if (!flow) {
		tcpw_stats_inc(t->stats, TCPW_STAT_FLOW_NOMEM);
		return NULL;
	}
	old = rhashtable_lookup_get_insert_key(&t->ht, &cmp, &flow->node,
					       flow_params);
	if (!old) {
		tcpw_stats_inc(t->stats, TCPW_STAT_FLOW_CREATED);
		tcpw_sweep_start(t);
		return flow;
	}
	kmem_cache_free(flow_cache, flow);
	if (!IS_ERR(old))
		return old;
	tcpw_stats_inc(t->stats, TCPW_STAT_FLOW_NOMEM);
	return NULL;
}

/* tcpw_flow.touched is in units of 2^20 ns, about a millisecond */
#define TOUCHED_SHIFT 20
#define TOUCHED_RIPE 2	 /* younger changes may still be under way */
#define TOUCHED_BUSY 100 /* for how long a busy socket is waited for */

/* What a change of a flow leaves to do once its lock is dropped. */
struct flow_todo {
	struct tcpw_fx fx;
	struct tcpw_step forced; /* before @fx, with TCPW_EV_NONE */
	enum tcpw_cause cause;	 /* of @forced */
	struct tcpw_conn conn;	 /* as it was after the change */
	bool confirmed;
	bool unlink;
	bool queue;
};

static void flow_touch(struct tcpw_flow *flow, u64 now)
{
	flow->touched = now >> TOUCHED_SHIFT;
	flow->how &= ~TCPW_HOW_MISSED;
}

/* Under the lock: have the flow compared soon. */
static void flow_pend(struct tcpw_flow *flow, struct flow_todo *todo)
{
	lockdep_assert_held(&flow->lock);
	if (flow->how & TCPW_HOW_PENDING)
		return;
	flow->how |= TCPW_HOW_PENDING;
	refcount_inc(&flow->refs);
	todo->queue = true;
}

/*
 * Under the lock, after each change: note whether both observers agree now,
 * whether the flow is over, whether it has to be looked at soon.
 */
static void flow_decide(struct tcpw_flow *flow, struct flow_todo *todo)
{
	bool agreed = flow->conn.state == flow->kstate;

	lockdep_assert_held(&flow->lock);
	todo->conn = flow->conn;
	if (agreed && flow->conn.state == TCPW_ST_CLOSE) {
		flow->how |= TCPW_HOW_DEAD;
		todo->unlink = true;
	} else if (!agreed || flow->how & TCPW_HOW_VERIFY) {
		flow_pend(flow, todo);
	}
}

/* What a transition means to the listener behind the connection. */
static enum tcpw_listener_stat listener_stat(const struct tcpw_conn *c,
					     const struct tcpw_step *step,
					     enum tcpw_cause cause)
{
	if (c->flags & TCPW_CF_ACTIVE)
		return TCPW_LISTENER_STATS;
	if (cause == TCPW_CAUSE_ADOPT)
		return step->to == TCPW_ST_ESTABLISHED ? TCPW_LISTENER_COOKIE_IN
						       : TCPW_LISTENER_STATS;
	if (cause == TCPW_CAUSE_DEFER)
		return TCPW_LISTENER_DEFERRED;
	if (step->from != TCPW_ST_SYN_RECV || step->to != TCPW_ST_CLOSE)
		return TCPW_LISTENER_STATS;
	return cause == TCPW_CAUSE_TIMER ? TCPW_LISTENER_TIMEOUT
					 : TCPW_LISTENER_REFUSED;
}

static void flow_tell_listener(struct tcpw_flow_table *t,
			       const struct tcpw_flow *flow,
			       const struct tcpw_conn *c,
			       const struct tcpw_step *step,
			       enum tcpw_cause cause)
{
	enum tcpw_listener_stat stat = listener_stat(c, step, cause);

	if (stat == TCPW_LISTENER_STATS)
		return;
	rcu_read_lock();
	tcpw_listeners_count(t->listeners, &flow->key, flow->bound_if, stat);
	rcu_read_unlock();
}

static void flow_act(struct tcpw_flow_table *t, struct tcpw_flow *flow,
		     const struct flow_todo *todo)
{
	u8 i;

	if (todo->forced.from != todo->forced.to) {
		tcpw_stats_moved(t->stats, t->audit, &todo->conn, &todo->forced,
				 todo->cause);
		flow_tell_listener(t, flow, &todo->conn, &todo->forced,
				   todo->cause);
	}
	for (i = 0; i < todo->fx.n; i++) {
		tcpw_stats_step(t->stats, &todo->conn, &todo->fx.step[i]);
		flow_tell_listener(t, flow, &todo->conn, &todo->fx.step[i],
				   TCPW_CAUSE_IN);
	}
	tcpw_stats_fx(t->stats, &todo->fx);
	if (todo->confirmed)
		tcpw_stats_inc(t->stats, TCPW_STAT_CONFIRMED);
	if (todo->queue)
		tcpw_sweep_queue(t, flow);
	if (todo->unlink)
		flow_unlink(t, flow);
}

/* Move the mirror with no segment: the kernel is known to be elsewhere. */
static void flow_force(struct tcpw_flow *flow, u8 state, enum tcpw_cause cause,
		       struct flow_todo *todo)
{
	u64 now = ktime_get_ns();

	lockdep_assert_held(&flow->lock);
	todo->forced.from = flow->conn.state;
	todo->forced.to = state;
	todo->cause = cause;
	flow->conn.state = state;
	flow->cause = cause;
	flow->since = now;
	flow_touch(flow, now);
}

static void flow_step(struct tcpw_flow *flow, const struct tcpw_seg *seg,
		      const struct tcpw_view *view, struct flow_todo *todo)
{
	lockdep_assert_held(&flow->lock);
	tcpw_fsm_step(&flow->conn, seg, view, &todo->fx);
	if (todo->fx.n || todo->fx.ev == TCPW_EV_IN_RST)
		flow->ev = todo->fx.ev;
	if (todo->fx.bits & TCPW_FX_VERIFY)
		flow->how |= TCPW_HOW_VERIFY;
	if (todo->fx.n) {
		flow->cause =
			tcpw_cause_of_step(&todo->fx.step[todo->fx.n - 1]);
		flow->since = ktime_get_ns();
		flow->how |= TCPW_HOW_WIRE;
		flow_touch(flow, flow->since);
		todo->confirmed = flow->conn.state == flow->kstate;
	}
}

/* A SYN or SYN,ACK that the kernel has a socket or request socket behind. */
static bool is_backed_syn(const struct tcpw_seg *seg,
			  const struct tcpw_view *sender)
{
	return (seg->flags & (TCPW_SYN | TCPW_RST)) == TCPW_SYN &&
	       (sender->state == TCPW_ST_SYN_SENT ||
		sender->state == TCPW_ST_SYN_RECV);
}

static void count_unbacked(struct tcpw_flow_table *t,
			   const struct tcpw_pkt *pkt)
{
	const struct tcpw_seg *seg = &pkt->seg;
	const u8 synack = TCPW_SYN | TCPW_ACK;

	/* RFC 9293 3.10.7.1: the RST for a SYN has sequence number 0 */
	if (seg->flags & TCPW_RST && seg->flags & TCPW_ACK && !seg->seq)
		tcpw_stats_inc(t->stats, TCPW_STAT_REFUSED_OUT);
	if ((seg->flags & (synack | TCPW_RST)) != synack)
		return;
	tcpw_stats_inc(t->stats, TCPW_STAT_COOKIE_OUT);
	tcpw_listeners_count(t->listeners, &pkt->key, pkt->ifs.dif,
			     TCPW_LISTENER_COOKIE_OUT);
}

/* Why the mirror is not where the kernel's socket is. */
static enum tcpw_cause flow_explain(const struct tcpw_flow *flow, u8 truth,
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

/* Under the lock: a SYN or SYN,ACK with a socket behind it leaves. */
static void flow_begin(struct tcpw_flow *flow, u8 kstate,
		       struct flow_todo *todo)
{
	const struct tcpw_view none = {};

	if (flow->kstate == TCPW_ST_CLOSE) {
		/* an earlier connection of this tuple is over */
		if (flow->conn.state != TCPW_ST_CLOSE)
			flow_force(flow, TCPW_ST_CLOSE,
				   flow_explain(flow, TCPW_ST_CLOSE, &none,
						false),
				   todo);
		tcpw_fsm_init(&flow->conn);
	} else if (flow->kstate != TCPW_ST_TIME_WAIT) {
		return;
	}
	flow->kstate = kstate;
	flow->word = TCPW_CAUSE_NONE;
}

/* Under the lock: a connection that no segment began. */
static void flow_adopt(struct tcpw_flow *flow, const struct tcpw_told *told,
		       struct flow_todo *todo)
{
	struct tcpw_view view;

	tcpw_skkey_view(&view, told->sk);
	flow_force(flow, told->state,
		   told->cause == TCPW_CAUSE_SEED ? TCPW_CAUSE_SEED
						  : TCPW_CAUSE_ADOPT,
		   todo);
	tcpw_fsm_seed(&flow->conn, &view, told->state);
	flow->since = told->since;
	if (told->stale)
		flow->how |= TCPW_HOW_VERIFY;
}

/* Under the lock: the kernel says where its socket is now. */
static void flow_told(struct tcpw_flow *flow, const struct tcpw_told *told,
		      struct flow_todo *todo)
{
	bool adopt = flow->kstate == TCPW_ST_CLOSE &&
		     flow->conn.state == TCPW_ST_CLOSE;

	if (told->stale && !adopt)
		return; /* known, and better */
	flow->kstate = told->state;
	flow->word = told->cause;
	flow->how &= ~TCPW_HOW_WIRE;
	if (adopt) {
		flow_adopt(flow, told, todo);
		return;
	}
	flow_touch(flow, ktime_get_ns());
	todo->confirmed = flow->conn.state == told->state;
}

/* A segment that a socket sends, or the kernel's word where the socket is. */
struct flow_event {
	const struct tcpw_seg *seg; /* or NULL: */
	const struct tcpw_told *told;
	const struct tcpw_view *sender; /* with @seg */
	bool begins; /* @seg is a SYN or SYN,ACK with a socket behind it */
};

static void flow_apply(struct tcpw_flow *flow, const struct flow_event *event,
		       struct flow_todo *todo)
{
	if (!event->seg) {
		flow_told(flow, event->told, todo);
	} else {
		if (event->begins)
			flow_begin(flow, event->sender->state, todo);
		flow_step(flow, event->seg, event->sender, todo);
	}
	flow_decide(flow, todo);
}

/*
 * Let an event happen to the flow of a key.  With @create it is made where
 * there is none; one that is dead but still in the table gives way to it.
 * False where there is no flow.
 */
static bool flow_happens(struct tcpw_flow_table *t, const struct tcpw_key *key,
			 const struct tcpw_ifs *ifs, bool create,
			 const struct flow_event *event)
{
	struct flow_todo todo = {};
	struct tcpw_flow *flow;
	unsigned long irq;
	int tries;
	bool live;

	for (tries = 0; tries < 2; tries++) {
		flow = tcpw_flow_find(t, key, ifs);
		if (!flow && create)
			flow = flow_create(t, key, ifs->dif);
		if (!flow)
			return false;

		raw_spin_lock_irqsave(&flow->lock, irq);
		if (create)
			flow->how &= ~TCPW_HOW_NEW;
		live = !(flow->how & (TCPW_HOW_DEAD | TCPW_HOW_NEW));
		if (live)
			flow_apply(flow, event, &todo);
		raw_spin_unlock_irqrestore(&flow->lock, irq);

		if (live) {
			flow_act(t, flow, &todo);
			return true;
		}
		if (!create)
			return false;
		flow_unlink(t, flow);
	}
	return false;
}

/**
 * tcpw_flow_sent - a segment leaves in the name of a local endpoint
 * @t: table of the network namespace
 * @pkt: the segment; @pkt->ifs.dif is what its socket is bound to
 * @sender: the socket that sends it
 *
 * Creates the flow where it is a SYN or SYN,ACK with a socket behind it.
 *
 * Context: LOCAL_OUT hook, under rcu_read_lock().
 */
void tcpw_flow_sent(struct tcpw_flow_table *t, const struct tcpw_pkt *pkt,
		    const struct tcpw_view *sender)
{
	bool begins = is_backed_syn(&pkt->seg, sender);
	struct flow_event event = {
		.seg = &pkt->seg,
		.sender = sender,
		.begins = begins,
	};

	if (!flow_happens(t, &pkt->key, &pkt->ifs, begins, &event) && !begins)
		count_unbacked(t, pkt);
}

static bool flow_wants_view(struct tcpw_flow *flow, const struct tcpw_seg *seg)
{
	unsigned long irq;
	bool wants;

	raw_spin_lock_irqsave(&flow->lock, irq);
	wants = !(flow->how & (TCPW_HOW_DEAD | TCPW_HOW_NEW)) &&
		tcpw_fsm_wants_view(&flow->conn, seg);
	raw_spin_unlock_irqrestore(&flow->lock, irq);
	return wants;
}

/**
 * tcpw_flow_arrived - a segment arrives for a local endpoint
 * @t: table of the network namespace
 * @flow: its flow, from tcpw_flow_find() in the same read-side section
 * @pkt: the segment, its checksum good
 *
 * Context: LOCAL_IN hook, under rcu_read_lock().
 */
void tcpw_flow_arrived(struct tcpw_flow_table *t, struct tcpw_flow *flow,
		       const struct tcpw_pkt *pkt)
{
	struct flow_todo todo = {};
	struct tcpw_view view = {};
	unsigned long irq;

	if (flow_wants_view(flow, &pkt->seg))
		tcpw_skkey_lookup(&view, t->net, &pkt->key, &pkt->ifs);

	raw_spin_lock_irqsave(&flow->lock, irq);
	if (!(flow->how & (TCPW_HOW_DEAD | TCPW_HOW_NEW))) {
		flow_step(flow, &pkt->seg, &view, &todo);
		flow_decide(flow, &todo);
	}
	raw_spin_unlock_irqrestore(&flow->lock, irq);
	flow_act(t, flow, &todo);
}

/**
 * tcpw_flow_kernel - the kernel's socket changed state
 * @t: table of the network namespace
 * @key: oriented 4-tuple of the socket
 * @told: what the kernel says of it
 *
 * The mirror does not move: a segment may explain the change before the flow
 * is compared.  A connection that no segment began is adopted.
 *
 * Context: tracepoint probe or seeding, under rcu_read_lock().
 */
void tcpw_flow_kernel(struct tcpw_flow_table *t, const struct tcpw_key *key,
		      const struct tcpw_told *told)
{
	struct tcpw_ifs ifs = { .dif = told->bound_if };
	struct flow_event event = { .told = told };

	flow_happens(t, key, &ifs, told->state != TCPW_ST_CLOSE, &event);
}

/**
 * tcpw_flow_hint - a socket that says nothing when it ends is about to
 * @t: table of the network namespace
 * @key: oriented 4-tuple
 * @bound_if: interface that it is bound to, or 0
 * @cause: why
 *
 * Only a hint to compare the flow now: another socket may be in its place
 * already, and what the look-up finds decides.
 *
 * Context: kprobes, under rcu_read_lock(); takes raw locks only.
 */
void tcpw_flow_hint(struct tcpw_flow_table *t, const struct tcpw_key *key,
		    int bound_if, enum tcpw_cause cause)
{
	struct tcpw_ifs ifs = { .dif = bound_if };
	struct flow_todo todo = {};
	struct tcpw_flow *flow;
	unsigned long irq;

	flow = tcpw_flow_find(t, key, &ifs);
	if (!flow)
		return;
	raw_spin_lock_irqsave(&flow->lock, irq);
	if (!(flow->how & (TCPW_HOW_DEAD | TCPW_HOW_NEW)) &&
	    (flow->kstate == TCPW_ST_TIME_WAIT ||
	     flow->kstate == TCPW_ST_FIN_WAIT2 ||
	     flow->kstate == TCPW_ST_SYN_RECV)) {
		flow->word = cause;
		flow->how |= TCPW_HOW_MISSED;
		flow_pend(flow, &todo);
	}
	raw_spin_unlock_irqrestore(&flow->lock, irq);
	if (todo.queue)
		tcpw_sweep_queue(t, flow);
}

/* The mirror expects a change that the kernel has not reported yet. */
static bool flow_ahead(const struct tcpw_flow *flow)
{
	return flow->how & TCPW_HOW_WIRE && flow->conn.state != flow->kstate;
}

/* Under the lock: the kernel's state is known; make the mirror agree. */
static void flow_settle(struct tcpw_flow_table *t, struct tcpw_flow *flow,
			u8 truth, const struct tcpw_view *view,
			struct flow_todo *todo)
{
	bool ahead = flow_ahead(flow);

	lockdep_assert_held(&flow->lock);
	if (flow->conn.state != truth) {
		tcpw_stats_inc(t->stats, ahead ? TCPW_STAT_WIRE_ONLY
					       : TCPW_STAT_KERNEL_FIRST);
		flow_force(flow, truth, flow_explain(flow, truth, view, ahead),
			   todo);
		tcpw_fsm_resync(&flow->conn, view, truth);
	}
	flow->how &= ~(TCPW_HOW_VERIFY | TCPW_HOW_MISSED);
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
	return ktime_get_ns() >> TOUCHED_SHIFT;
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

	return tcpw_skkey_lookup(view, t->net, &flow->key, &ifs)
		       ? view->state
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
	if (mode == TCPW_CMP_SETTLED && (s32)(flow->touched - began) < 0)
		return FLOW_ANSWERED;
	return FLOW_ASK_AGAIN;
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
	struct flow_todo todo = {};
	struct tcpw_view view;
	unsigned long irq;
	u8 truth = 0;

	/* ORDER: ripe before asked, so that a later change shows */
	if (ripe)
		truth = flow_ask(t, flow, &view);

	raw_spin_lock_irqsave(&flow->lock, irq);
	if (ripe && touched == flow->touched)
		answer = flow_judge(flow, truth, &view, mode, began);
	if (mode != TCPW_CMP_SWEEP && answer != FLOW_WAIT)
		flow->how &= ~TCPW_HOW_PENDING;
	if (!(flow->how & (TCPW_HOW_DEAD | TCPW_HOW_NEW))) {
		if (answer == FLOW_ANSWERED) {
			flow_settle(t, flow, truth, &view, &todo);
			flow_decide(flow, &todo);
		} else if (answer == FLOW_ASK_AGAIN) {
			flow_pend(flow, &todo);
		}
	}
	raw_spin_unlock_irqrestore(&flow->lock, irq);
	flow_act(t, flow, &todo);
	return answer == FLOW_WAIT;
}

/**
 * tcpw_flow_shoot - what a flow is like now
 * @flow: the flow, kept alive by the caller
 * @shot: filled
 *
 * Return: false where it is none: not begun, or over.
 */
bool tcpw_flow_shoot(struct tcpw_flow *flow, struct tcpw_shot *shot)
{
	unsigned long irq;
	bool live;

	raw_spin_lock_irqsave(&flow->lock, irq);
	live = !(flow->how & (TCPW_HOW_DEAD | TCPW_HOW_NEW));
	if (live) {
		shot->age = ktime_get_ns() - flow->since;
		shot->state = flow->conn.state;
		shot->kstate = flow->kstate;
		shot->cause = flow->cause;
	}
	raw_spin_unlock_irqrestore(&flow->lock, irq);
	return live && shot->state != TCPW_ST_CLOSE;
}

/**
 * tcpw_flow_count - flows in a table
 * @t: table
 *
 * Return: their number, exact when nothing happens.
 */
unsigned int tcpw_flow_count(const struct tcpw_flow_table *t)
{
	return atomic_read(&t->ht.nelems);
}

/**
 * tcpw_flow_table_init - make an empty table
 * @t: filled
 * @net: its network namespace
 * @stats: where its flows are counted
 * @audit: where those of their transitions are that no segment made
 * @listeners: who listens in the namespace
 *
 * Return: 0 or a negative error; nothing is left behind on error.
 */
int tcpw_flow_table_init(struct tcpw_flow_table *t, struct net *net,
			 struct tcpw_stats __percpu *stats,
			 struct tcpw_audit *audit,
			 struct tcpw_listeners *listeners)
{
	int err, cpu;

	t->net = net;
	t->stats = stats;
	t->audit = audit;
	t->listeners = listeners;
	t->max = TCPW_FLOWS_DEFAULT;
	t->pending = alloc_percpu(struct tcpw_pending);
	if (!t->pending)
		return -ENOMEM;
	for_each_possible_cpu(cpu)
		init_llist_head(&per_cpu_ptr(t->pending, cpu)->list);
	err = rhashtable_init(&t->ht, &flow_params);
	if (err)
		goto err_free_pending;
	tcpw_sweep_table_init(t);
	return 0;

err_free_pending:
	free_percpu(t->pending);
	return err;
}

static void flow_destroy(void *ptr, void *arg)
{
	tcpw_flow_put(ptr);
}

/**
 * tcpw_flow_table_exit - free a table and its flows
 * @t: the table; no hook and no probe can reach it any more
 */
void tcpw_flow_table_exit(struct tcpw_flow_table *t)
{
	tcpw_sweep_table_exit(t);
	rhashtable_free_and_destroy(&t->ht, flow_destroy, NULL);
	free_percpu(t->pending);
}

/**
 * tcpw_flow_init - what all tables share
 *
 * Return: 0 or -ENOMEM.
 */
int tcpw_flow_init(void)
{
	/* the budget of README.md, lock debugging aside */
	BUILD_BUG_ON(!IS_ENABLED(CONFIG_DEBUG_SPINLOCK) &&
		     !IS_ENABLED(CONFIG_DEBUG_LOCK_ALLOC) &&
		     sizeof(struct tcpw_flow) > 128);

	flow_cache = KMEM_CACHE(tcpw_flow, SLAB_NO_MERGE);
	return flow_cache ? 0 : -ENOMEM;
}

/**
 * tcpw_flow_exit - the reverse, when no table is left
 */
void tcpw_flow_exit(void)
{
	rcu_barrier();
	kmem_cache_destroy(flow_cache);
}
