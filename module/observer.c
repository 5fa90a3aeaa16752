// SPDX-License-Identifier: GPL-2.0
/*
 * Listens to the inet_sock_set_state tracepoint and tells flow.c where each
 * socket is now.  The tracepoint is not exported, so it is found by name;
 * where the kernel has no tracepoints the comparison in sweep.c does alone.
 */
#include <linux/atomic.h>
#include <linux/delay.h>
#include <linux/ktime.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/tracepoint.h>
#include <linux/workqueue.h>

#include <net/sock.h>
#include <net/tcp_states.h>

#include "flow.h"
#include "observer.h"
#include "pernet.h"
#include "skkey.h"

static struct tracepoint *observer_tp;

/*
 * The tracepoint never says TIME_WAIT: a socket that leaves a timewait socket
 * behind (or loses against a twin with the same tuple) just reports CLOSE.
 * What the tuple has now decides.
 */
static u8 after_close(struct net *net, const struct tcpw_key *key, int bound_if)
{
	struct tcpw_ifs ifs = { .dif = bound_if };
	struct tcpw_view view;

	return tcpw_skkey_lookup(&view, net, key, &ifs) ? view.state
							: TCPW_ST_CLOSE;
}

static void observe(const struct sock *sk, int oldstate, int newstate)
{
	struct net *net = sock_net(sk);
	struct tcpw_told told = {
		.sk = sk,
		.bound_if = sk->sk_bound_dev_if,
		.state = newstate,
		.since = ktime_get_ns(),
	};
	struct tcpw_flow_table *t;
	struct tcpw_word word;
	struct tcpw_key key;

	t = tcpw_pernet_flows(net);
	if (!t || !tcpw_skkey_read(&key, sk))
		return;
	if (newstate == TCP_CLOSE)
		told.state = after_close(net, &key, told.bound_if);
	tcpw_skkey_word(&word, sk, oldstate, told.state);
	told.cause = tcpw_cause_of_word(&word);
	tcpw_flow_kernel(t, &key, &told);
}

/*
 * A socket in SYN-SENT that sends no SYN: nobody else will tell of it.  Its
 * port is chosen after the tracepoint, so it is looked at a moment later.
 */
struct deferred_syn {
	struct delayed_work work;
	struct sock *sk;
	int tries;
};

#define DEFERRED_TICKS 1
#define DEFERRED_TRIES 10
#define DEFERRED_MAX 1024 /* at a time; a SYN will tell of the others */

static struct workqueue_struct *deferred_wq;
static atomic_t deferred_now = ATOMIC_INIT(0);

static bool deferred_adopt(const struct sock *sk)
{
	struct tcpw_told told = {
		.sk = sk,
		.bound_if = READ_ONCE(sk->sk_bound_dev_if),
		.state = TCPW_ST_SYN_SENT,
		.cause = TCPW_CAUSE_APP,
		.since = ktime_get_ns(),
		.stale = true,
	};
	struct tcpw_flow_table *t;
	struct tcpw_key key;

	if (READ_ONCE(sk->sk_state) != TCP_SYN_SENT)
		return true;
	t = tcpw_pernet_flows(sock_net(sk));
	if (!t)
		return true;
	if (!tcpw_skkey_read(&key, sk))
		return false;
	tcpw_flow_kernel(t, &key, &told);
	return true;
}

static void deferred_work(struct work_struct *work)
{
	struct deferred_syn *syn =
		container_of(to_delayed_work(work), struct deferred_syn, work);
	bool done;

	rcu_read_lock();
	done = deferred_adopt(syn->sk);
	rcu_read_unlock();
	if (!done && ++syn->tries < DEFERRED_TRIES) {
		queue_delayed_work(deferred_wq, &syn->work, DEFERRED_TICKS);
		return;
	}
	sock_put(syn->sk);
	kfree(syn);
	atomic_dec(&deferred_now);
}

static void observe_deferred(const struct sock *sk)
{
	struct deferred_syn *syn;

	if (atomic_inc_return(&deferred_now) > DEFERRED_MAX)
		goto out;
	syn = kzalloc(sizeof(*syn), GFP_ATOMIC | __GFP_NOWARN);
	if (!syn)
		goto out;
	syn->sk = (struct sock *)sk;
	sock_hold(syn->sk);
	INIT_DELAYED_WORK(&syn->work, deferred_work);
	queue_delayed_work(deferred_wq, &syn->work, DEFERRED_TICKS);
	return;

out:
	atomic_dec(&deferred_now);
}

static void observe_listener(const struct sock *sk, bool came)
{
	struct tcpw_listeners *l = tcpw_pernet_listeners(sock_net(sk));

	if (l)
		tcpw_listeners_told(l, sk, came);
}

/*
 * Not of interest: sockets that are not TCP, no change at all, and a child's
 * first event, which carries its listener's identity before 7.2.  The event of
 * a connect may lack the port; its SYN will tell, if it sends one.
 */
static void probe_set_state(void *data, const struct sock *sk,
			    const int oldstate, const int newstate)
{
	if (sk->sk_protocol != IPPROTO_TCP || oldstate == newstate ||
	    (oldstate == TCP_LISTEN && newstate == TCP_SYN_RECV))
		return;
	rcu_read_lock();
	if (oldstate == TCP_LISTEN || newstate == TCP_LISTEN)
		observe_listener(sk, newstate == TCP_LISTEN);
	else if (newstate != TCP_SYN_SENT)
		observe(sk, oldstate, newstate);
	else if (tcpw_skkey_defers_syn(sk))
		observe_deferred(sk);
	rcu_read_unlock();
}

#ifdef CONFIG_TRACEPOINTS
static void match_tracepoint(struct tracepoint *tp, void *priv)
{
	if (!strcmp(tp->name, "inet_sock_set_state"))
		observer_tp = tp;
}

static void find_tracepoint(void)
{
	if (!TCPW_PROBE_MAY_LOCK)
		return;
	for_each_kernel_tracepoint(match_tracepoint, NULL);
}
#else
static void find_tracepoint(void)
{
}
#endif

/**
 * tcpw_observer_init - begin to listen
 *
 * Return: 0, also where the kernel has no such tracepoint; negative where it
 * has one that cannot be probed, or for want of memory.
 */
int tcpw_observer_init(void)
{
	int err;

	find_tracepoint();
	if (!observer_tp)
		return 0;
	deferred_wq = alloc_workqueue("tcpwatch_syn", WQ_UNBOUND, 0);
	if (!deferred_wq)
		return -ENOMEM;
	err = tracepoint_probe_register(observer_tp, probe_set_state, NULL);
	if (err)
		destroy_workqueue(deferred_wq);
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
	/* a delayed work is not on the queue yet: none may be left over */
	while (atomic_read(&deferred_now))
		msleep(20);
	destroy_workqueue(deferred_wq);
}

/**
 * tcpw_observer_active - does the kernel report state changes?
 *
 * Return: true where the tracepoint is probed.
 */
bool tcpw_observer_active(void)
{
	return observer_tp;
}
