// SPDX-License-Identifier: GPL-2.0
/*
 * Looks through the kernel's socket tables for sockets without a flow, creates
 * the flows where there is room, and counts the sockets where there is none.
 *
 * A socket without a flow is not missing yet.  It may have been made this
 * moment: whoever made it has put it into the table and will send its SYN or
 * SYN,ACK, by which the flow is made, in a moment.  So such a socket is kept
 * as a candidate, by a reference, and looked at again when its maker must have
 * finished:
 *
 * - What segments and timers make (request sockets, their children, timewait
 *   sockets) is put into the table inside an RCU read-side section that also
 *   makes the flow: the SYN,ACK is sent, the child reports its state, before
 *   the section ends.  The candidate was in the table before the grace period
 *   began, so the section was over when the grace period was.
 * - What connect() makes is put into the table by the socket's owner, who
 *   sends the SYN before giving the socket back, and may sleep in between.  A
 *   backlog is worked off before the socket is given back, too.  The
 *   candidate was in the table when it was found, so once nobody owns it its
 *   owner of that time has given it back.  Under the socket's spinlock, which
 *   the owner took to do so, what the owner did before is seen.
 *
 * After that: no flow, and then still the same socket under its tuple.  In
 * this order, since a flow goes only when its socket is out of the table: it
 * was in the table while there was no flow.  Then it is missing.  One that is
 * owned, or was replaced, is left for another pass.  None of this is bounded
 * by a time.
 */
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include <net/inet_hashtables.h>
#include <net/net_namespace.h>
#include <net/sock.h>

#include "table/flow.h"
#include "table/missing.h"
#include "table/nets.h"
#include "kernel/skkey.h"
#include "kernel/work.h"

/* What is looked at in one go. */
#define WALK_BUCKETS 16384
#define WALK_SOCKETS 16384
#define WALK_CANDIDATES 1000
#define WALK_TICK (HZ / 50) /* between two goes */

/* For the table of all namespaces that have none of their own. */
static struct tcpw_missing_walk common;

/**
 * struct slice - one go
 * @met: sockets that were met
 * @n: how many of @candidate there are
 * @first: those from here on are of the bucket that is being looked at
 * @full: there was one more, of that bucket
 * @candidate: sockets without a flow, each with a reference
 */
struct slice {
	unsigned int met;
	unsigned int n;
	unsigned int first;
	bool full;
	struct sock *candidate[WALK_CANDIDATES];
};

/* The table in which a socket has no flow; under rcu_read_lock(). */
static struct tcpw_flow_table *lacks_flow(const struct sock *sk,
					  struct tcpw_key *key)
{
	struct tcpw_flow_table *t = tcpw_pernet_flows(sock_net(sk));
	struct tcpw_view view;

	if (!t || !tcpw_skkey_read(key, sk) ||
	    tcpw_flow_of_socket(t, key, READ_ONCE(sk->sk_bound_dev_if)))
		return NULL;
	tcpw_skkey_view(&view, sk);
	if (view.kind == TCPW_VIEW_NONE || view.state == TCPW_ST_CLOSE)
		return NULL;
	return t;
}

/* A chain that changes is gone through again. */
static bool is_candidate(const struct slice *s, const struct sock *sk)
{
	unsigned int i;

	for (i = s->first; i < s->n; i++)
		if (s->candidate[i] == sk)
			return true;
	return false;
}

static void meet(struct sock *sk, void *arg)
{
	struct tcpw_key key;
	struct slice *s = arg;

	s->met++;
	if (!lacks_flow(sk, &key) || is_candidate(s, sk))
		return;
	if (s->n == WALK_CANDIDATES)
		s->full = true;
	else if (refcount_inc_not_zero(&sk->sk_refcnt))
		s->candidate[s->n++] = sk;
}

static void drop_candidates(struct slice *s, unsigned int from)
{
	while (s->n > from)
		sock_gen_put(s->candidate[--s->n]);
}

/*
 * Looks at some buckets.  One whose candidates have no room is the first of
 * the next go; where it fills one alone, the rest is for another pass.
 */
static void look(struct tcpw_missing_walk *w, struct slice *s,
		 unsigned int slots)
{
	u64 began = ktime_get_ns();
	unsigned int i;

	for (i = 0; i < WALK_BUCKETS && w->slot < slots; i++) {
		s->first = s->n;
		tcpw_skkey_slot(w->net, w->slot, meet, s);
		if (s->full && s->first) {
			drop_candidates(s, s->first);
			break;
		}
		if (s->full)
			WRITE_ONCE(w->again, true);
		w->slot++;
		if (s->full || s->met >= WALK_SOCKETS)
			break;
		cond_resched();
	}
	w->busy += ktime_get_ns() - began;
}

/* Is it the socket of its tuple?  Under rcu_read_lock(). */
static bool is_in_table(const struct sock *sk, const struct tcpw_key *key)
{
	struct sock *now = tcpw_skkey_get(sock_net(sk), key,
					  READ_ONCE(sk->sk_bound_dev_if));

	if (now)
		sock_gen_put(now);
	return now == sk;
}

/* A candidate, once a grace period has passed; false: look once more. */
static bool judge(struct sock *sk)
{
	struct tcpw_flow_table *t;
	struct tcpw_key key;
	bool judged = true;

	if (tcpw_skkey_is_owned(sk))
		return false;
	rcu_read_lock();
	t = lacks_flow(sk, &key);
	if (!t)
		goto out;
	judged = is_in_table(sk, &key);
	if (!judged)
		goto out;
	/* a table that is full refuses, and counts as if it were new */
	if (tcpw_flow_count(t) >= READ_ONCE(t->max) || !tcpw_flow_seed(t, sk))
		t->missing.found++;
out:
	rcu_read_unlock();
	return judged;
}

static void judge_candidates(struct tcpw_missing_walk *w, struct slice *s)
{
	unsigned int i;
	u64 began;

	synchronize_rcu();
	began = ktime_get_ns();
	for (i = 0; i < s->n; i++) {
		if (!judge(s->candidate[i]))
			WRITE_ONCE(w->again, true);
		cond_resched();
	}
	drop_candidates(s, 0);
	w->busy += ktime_get_ns() - began;
}

struct publishing {
	const struct tcpw_missing_walk *walk;
	bool incomplete;
};

static void publish(struct tcpw_flow_table *t, void *arg)
{
	struct publishing *p = arg;

	if (t->missing.walk != p->walk)
		return;
	WRITE_ONCE(t->missing.count, t->missing.found);
	if (t->missing.found)
		p->incomplete = true;
	t->missing.found = 0;
}

static void walk_begin(struct tcpw_missing_walk *w)
{
	WRITE_ONCE(w->walking, true);
	WRITE_ONCE(w->began, jiffies);
	WRITE_ONCE(w->again, false);
	WRITE_ONCE(w->now, false);
	/* ORDER: what is said from here on asks for another pass */
	smp_mb();
	w->slot = 0;
	w->busy = 0;
}

static void walk_end(struct tcpw_missing_walk *w)
{
	struct publishing p = { .walk = w };
	struct tcpw_flow_table *t;

	rcu_read_lock();
	if (w == &common) {
		tcpw_pernet_each(publish, &p);
	} else {
		t = tcpw_pernet_flows(w->net);
		if (t)
			publish(t, &p);
	}
	rcu_read_unlock();
	tcpw_missing_pace(w, w->busy);
	tcpw_missing_ended(w, p.incomplete);
}

static void walk_work(struct work_struct *work)
{
	struct tcpw_missing_walk *w;
	unsigned long delay = WALK_TICK;
	unsigned int slots;
	struct slice *s;

	w = container_of(to_delayed_work(work), struct tcpw_missing_walk, work);
	slots = tcpw_skkey_slots(w->net);
	if (!w->walking)
		walk_begin(w);
	s = kmalloc(sizeof(*s), GFP_KERNEL | __GFP_NOWARN);
	if (s) {
		s->met = 0;
		s->n = 0;
		s->full = false;
		look(w, s, slots);
		if (s->n)
			judge_candidates(w, s);
		kfree(s);
	} else {
		delay = TCPW_MISSING_WAIT;
	}
	if (w->slot >= slots)
		walk_end(w);
	else
		/* one who asks for a pass may have queued us for later */
		mod_delayed_work(tcpw_work_queue(w->net), &w->work, delay);
}

static void walk_init(struct tcpw_missing_walk *w, struct net *net)
{
	INIT_DELAYED_WORK(&w->work, walk_work);
	w->net = net;
	w->began = jiffies;
	tcpw_missing_pace(w, 0);
}

/**
 * tcpw_missing_table_init - which walk looks after a table
 * @t: the table
 */
void tcpw_missing_table_init(struct tcpw_flow_table *t)
{
	t->missing.walk = &common;
	if (tcpw_skkey_shares_hash(t->net))
		return;
	t->missing.walk = &t->missing.own;
	walk_init(&t->missing.own, t->net);
}

/**
 * tcpw_missing_table_exit - end the walk that is for one table only
 * @t: the table; nobody asks for a pass any more, and no walk finds it
 */
void tcpw_missing_table_exit(struct tcpw_flow_table *t)
{
	if (t->missing.walk == &t->missing.own)
		cancel_delayed_work_sync(&t->missing.own.work);
}

/**
 * tcpw_missing_init - the walk that most tables share
 */
void tcpw_missing_init(void)
{
	walk_init(&common, &init_net);
}

/**
 * tcpw_missing_exit - end it, when no table is left
 */
void tcpw_missing_exit(void)
{
	cancel_delayed_work_sync(&common.work);
}
