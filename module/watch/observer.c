// SPDX-License-Identifier: GPL-2.0
/*
 * Listens to the inet_sock_set_state tracepoint and tells mirror.c where each
 * socket is now.  The tracepoint is not exported, so it is found by name;
 * where the kernel has no tracepoints the comparison in sweep.c does alone.
 */
#include <linux/delay.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/tracepoint.h>
#include <linux/workqueue.h>

#include <net/inet_hashtables.h>
#include <net/sock.h>
#include <net/tcp_states.h>

#include "compat.h"
#include "table/flow.h"
#include "watch/observer.h"
#include "pernet.h"
#include "kernel/skkey.h"
#include "record/sources.h"
#include "kernel/work.h"
#include "kernel/tp.h"

static struct tracepoint *observer_tp;

/*
 * Sockets that are looked at a moment later.  One that enters SYN-SENT and
 * sends no SYN: nobody else will tell of it, and its port is chosen after the
 * tracepoint.  And where the probe may make no flow: one that has none.
 */
struct later {
	struct delayed_work work;
	struct list_head free;
	struct sock *sk;
	struct tcpw_key key; /* its port is 0 as long as it is not known */
	int tries;
};

#define LATER_TICKS 1
#define LATER_TRIES 10
#define LATER_MAX 1024	 /* at a time */
#define LATER_TENANT 128 /* of one namespace that is not the initial one */
#define LATER_TENANTS (LATER_MAX / 2) /* of all of them */

static atomic_t later_tenants;
static struct later *later_pool;
static LIST_HEAD(later_free);
static DEFINE_RAW_SPINLOCK(later_lock); /* later_free, later_busy */
static unsigned int later_busy;

/*
 * What the tuple has now: the socket itself, or what it left behind.  False
 * where it has no 4-tuple yet.
 */
static bool later_adopt(struct later *later)
{
	struct net *net = sock_net(later->sk);
	struct tcpw_told told = {
		.bound_if = READ_ONCE(later->sk->sk_bound_dev_if),
		.cause = TCPW_CAUSE_APP,
		.since = ktime_get_ns(),
		.stale = true,
	};
	struct tcpw_flow_table *t = tcpw_pernet_flows(net);
	struct tcpw_view view;
	struct sock *sk;

	if (!t)
		return true;
	if (!later->key.lport && !tcpw_skkey_read(&later->key, later->sk))
		return READ_ONCE(later->sk->sk_state) == TCP_CLOSE;
	sk = tcpw_skkey_get(net, &later->key, told.bound_if);
	if (!sk)
		return READ_ONCE(later->sk->sk_state) == TCP_CLOSE;
	tcpw_skkey_view(&view, sk);
	told.sk = sk;
	told.state = view.state;
	if (view.kind != TCPW_VIEW_NONE && view.state != TCPW_ST_CLOSE)
		tcpw_flow_kernel(t, &later->key, &told);
	sock_gen_put(sk);
	return true;
}

/*
 * What one tenant has waiting is not to be in the way of others, nor what all
 * of them have in the way of the host.
 */
static bool later_has_share(struct tcpw_flow_table *t)
{
	if (net_eq(t->net, &init_net))
		return true;
	if (atomic_inc_return(&t->later) > LATER_TENANT)
		goto err_later;
	if (atomic_inc_return(&later_tenants) <= LATER_TENANTS)
		return true;
	atomic_dec(&later_tenants);
err_later:
	atomic_dec(&t->later);
	return false;
}

static void later_end_share(struct net *net)
{
	struct tcpw_flow_table *t;

	if (net_eq(net, &init_net))
		return;
	atomic_dec(&later_tenants);
	rcu_read_lock();
	t = tcpw_pernet_flows(net);
	if (t)
		atomic_dec(&t->later);
	rcu_read_unlock();
}

static struct later *later_take(struct tcpw_flow_table *t)
{
	struct later *later;
	unsigned long irq;

	if (!later_has_share(t))
		return NULL;
	raw_spin_lock_irqsave(&later_lock, irq);
	later = list_first_entry_or_null(&later_free, struct later, free);
	if (later) {
		list_del(&later->free);
		later_busy++;
	}
	raw_spin_unlock_irqrestore(&later_lock, irq);
	if (!later)
		later_end_share(t->net);
	return later;
}

static void later_give(struct later *later)
{
	unsigned long irq;

	later_end_share(sock_net(later->sk));
	sock_put(later->sk);
	raw_spin_lock_irqsave(&later_lock, irq);
	list_add(&later->free, &later_free);
	later_busy--;
	raw_spin_unlock_irqrestore(&later_lock, irq);
}

static void later_queue(struct later *later)
{
	queue_delayed_work(tcpw_work_queue(sock_net(later->sk)), &later->work,
			   LATER_TICKS);
}

static void later_work(struct work_struct *work)
{
	struct later *later =
		container_of(to_delayed_work(work), struct later, work);
	bool done;

	rcu_read_lock();
	done = later_adopt(later);
	rcu_read_unlock();
	if (!done && ++later->tries < LATER_TRIES) {
		later_queue(later);
		return;
	}
	later_give(later);
}

static noinline void observe_later(struct tcpw_flow_table *t,
				   const struct sock *sk)
{
	struct later *later = later_take(t);

	if (!later) {
		tcpw_count(t->counts, TCPW_STAT_FLOW_NOMEM);
		tcpw_missing_lost(t);
		return;
	}
	later->sk = (struct sock *)sk;
	if (!tcpw_skkey_read(&later->key, sk))
		later->key.lport = 0;
	later->tries = 0;
	sock_hold(later->sk);
	later_queue(later);
}

static int later_init(void)
{
	int i;

	later_pool = kvcalloc(LATER_MAX, sizeof(*later_pool), GFP_KERNEL);
	if (!later_pool)
		return -ENOMEM;
	for (i = 0; i < LATER_MAX; i++) {
		INIT_DELAYED_WORK(&later_pool[i].work, later_work);
		list_add(&later_pool[i].free, &later_free);
	}
	return 0;
}

/* Nobody takes any more. */
static void later_exit(void)
{
	/* a delayed work is not on the queue yet: none may be left over */
	while (READ_ONCE(later_busy))
		msleep(20);
	kvfree(later_pool);
}

/*
 * Has the kernel counted a timewait socket that it could not make, and that no
 * other endpoint explains?
 */
static bool claim_denied(struct tcpw_flow_table *t)
{
	long known = atomic_long_read(&t->denied);

	while (known < tcpw_skkey_denied(t->net)) {
		if (atomic_long_try_cmpxchg(&t->denied, &known, known + 1))
			return true;
	}
	return false;
}

/* A socket is gone, and nothing has taken its place as far as is known. */
static noinline void observe_close(struct tcpw_flow_table *t,
				   const struct sock *sk,
				   struct tcpw_word *word,
				   struct tcpw_told *told)
{
	told->unread = tcpw_skkey_unread(sk);
	if (word->err ||
	    (word->old != TCP_FIN_WAIT1 && word->old != TCP_FIN_WAIT2 &&
	     word->old != TCP_CLOSING))
		return;
	word->overflow = claim_denied(t);
}

static void observe(const struct sock *sk, int oldstate, int newstate)
{
	struct net *net = sock_net(sk);
	struct tcpw_told told = {
		.sk = sk,
		.bound_if = sk->sk_bound_dev_if,
		.state = newstate,
		.since = ktime_get_ns(),
		.raw = TCPW_PROBE_IS_RAW,
		.gone = newstate == TCP_CLOSE,
	};
	struct tcpw_flow_table *t;
	struct tcpw_word word;
	struct tcpw_key key __uninitialized;

	t = tcpw_pernet_flows(net);
	if (!t || !tcpw_skkey_read(&key, sk))
		return;
	/*
	 * The tracepoint never says TIME_WAIT: a socket that leaves a timewait
	 * socket behind, or loses against a twin with the same tuple, just
	 * reports CLOSE.  Nothing comes after LAST-ACK.
	 */
	if (newstate == TCP_CLOSE && oldstate != TCP_LAST_ACK)
		told.state = tcpw_skkey_heir(sk, &key);
	tcpw_skkey_word(&word, sk, oldstate, told.state);
	if (told.state == TCP_CLOSE)
		observe_close(t, sk, &word, &told);
	told.cause = tcpw_cause_of_word(&word);
	if (!tcpw_flow_kernel(t, &key, &told) && told.raw &&
	    newstate != TCP_CLOSE)
		observe_later(t, sk);
}

/* A connect: its port may be missing, its SYN will tell if it sends one. */
static noinline void observe_connect(const struct sock *sk)
{
	struct tcpw_flow_table *t;

	if (!tcpw_skkey_defers_syn(sk))
		return;
	t = tcpw_pernet_flows(sock_net(sk));
	if (t)
		observe_later(t, sk);
}

static noinline void observe_listener(const struct sock *sk, bool came)
{
	struct tcpw_listeners *l = tcpw_pernet_listeners(sock_net(sk));

	if (l)
		tcpw_listeners_told(l, sk, came);
}

/*
 * Not of interest: sockets that are not TCP, no change at all, and a child's
 * first event, which carries its listener's identity before 7.2.
 */
static __flatten void probe_set_state(void *data, const struct sock *sk,
				      const int oldstate, const int newstate)
{
	if (sk->sk_protocol != IPPROTO_TCP || oldstate == newstate ||
	    (oldstate == TCP_LISTEN && newstate == TCP_SYN_RECV))
		return;
	rcu_read_lock();
	if (oldstate == TCP_LISTEN || newstate == TCP_LISTEN)
		observe_listener(sk, newstate == TCP_LISTEN);
	else if (newstate == TCP_SYN_SENT)
		observe_connect(sk);
	else
		observe(sk, oldstate, newstate);
	rcu_read_unlock();
}

/**
 * tcpw_observer_init - begin to listen
 *
 * Return: 0, also where the kernel has no such tracepoint; negative where it
 * has one that cannot be probed, or where there is no memory.
 */
int tcpw_observer_init(void)
{
	int err;

	observer_tp = tcpw_tp_find("inet_sock_set_state");
	if (!observer_tp)
		return 0;
	err = later_init();
	if (err)
		return err;
	err = tracepoint_probe_register(observer_tp, probe_set_state, NULL);
	if (err)
		later_exit();
	else
		tcpw_source_set(TCPW_SOURCE_STATES, true);
	return err;
}

/**
 * tcpw_observer_exit - stop, and wait until no probe runs
 */
void tcpw_observer_exit(void)
{
	if (!observer_tp)
		return;
	tracepoint_probe_unregister(observer_tp, probe_set_state, NULL);
	tracepoint_synchronize_unregister();
	later_exit();
}
