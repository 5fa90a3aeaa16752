// SPDX-License-Identifier: GPL-2.0
/*
 * Listens to the inet_sock_set_state tracepoint and tells flow.c where each
 * socket is now.  The tracepoint is not exported, so it is found by name;
 * where the kernel has no tracepoints the comparison in sweep.c does alone.
 */
#include <linux/ktime.h>
#include <linux/rcupdate.h>
#include <linux/string.h>
#include <linux/tracepoint.h>

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

static void observe_listener(const struct sock *sk, bool came)
{
	struct tcpw_listeners *l = tcpw_pernet_listeners(sock_net(sk));

	if (l)
		tcpw_listeners_told(l, came);
}

/*
 * Not of interest: sockets that are not TCP, no change at all, and a child's
 * first event, which carries its listener's identity before 7.2.  The event of
 * a connect may lack the port; its SYN will tell.
 */
static void probe_set_state(void *data, const struct sock *sk,
			    const int oldstate, const int newstate)
{
	if (sk->sk_protocol != IPPROTO_TCP || oldstate == newstate ||
	    newstate == TCP_SYN_SENT ||
	    (oldstate == TCP_LISTEN && newstate == TCP_SYN_RECV))
		return;
	rcu_read_lock();
	if (oldstate == TCP_LISTEN || newstate == TCP_LISTEN)
		observe_listener(sk, newstate == TCP_LISTEN);
	else
		observe(sk, oldstate, newstate);
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
 * has one that cannot be probed.
 */
int tcpw_observer_init(void)
{
	find_tracepoint();
	if (!observer_tp)
		return 0;
	return tracepoint_probe_register(observer_tp, probe_set_state, NULL);
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
