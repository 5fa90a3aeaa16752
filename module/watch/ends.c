// SPDX-License-Identifier: GPL-2.0
/*
 * What no tracepoint reports: the ends of request and timewait sockets, and
 * that a socket is bound to another interface.  By kprobes, each found by its
 * name and allowed to be absent.  A probe only gives a hint to compare the flow
 * now; without it sweep.c polls.
 */
#include <linux/jiffies.h>
#include <linux/kprobes.h>
#include <linux/moduleparam.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>

#include <net/inet_timewait_sock.h>
#include <net/request_sock.h>
#include <net/tcp_states.h>

#include "watch/ends.h"
#include "table/flow.h"
#include "pernet.h"
#include "kernel/skkey.h"
#include "record/sources.h"

static bool use_kprobes = true;
module_param_named(kprobes, use_kprobes, bool, 0444);
MODULE_PARM_DESC(kprobes, "Probe the ends of timewait and request sockets");

#if defined(CONFIG_KPROBES) && defined(CONFIG_HAVE_FUNCTION_ARG_ACCESS_API)

static void hint(const struct sock *sk, u8 state, enum tcpw_cause cause)
{
	struct tcpw_flow_table *t;
	struct tcpw_key key;

	rcu_read_lock();
	t = tcpw_pernet_flows(sock_net(sk));
	if (t && tcpw_skkey_read(&key, sk))
		tcpw_flow_hint(t, &key, sk->sk_bound_dev_if, state, cause);
	rcu_read_unlock();
}

/*
 * By its timer, which is not pending then; by a segment, of which the mirror
 * knows; by an ICMP error, or by SOCK_DESTROY in a process.
 */
static enum tcpw_cause cause_of_drop(const struct request_sock *req)
{
	if (!timer_pending(&req->rsk_timer))
		return TCPW_CAUSE_TIMER;
	return in_serving_softirq() ? TCPW_CAUSE_NETWORK : TCPW_CAUSE_DESTROY;
}

/*
 * inet_twsk_kill(tw): by its timer, or before its time.  One that connect()
 * reuses is out of the hash already, a new socket in its place.
 */
static int tw_kill(struct kprobe *p, struct pt_regs *regs)
{
	const struct inet_timewait_sock *tw =
		(void *)regs_get_kernel_argument(regs, 0);
	const struct sock *sk = (const struct sock *)tw;
	u8 state = READ_ONCE(tw->tw_substate);
	bool due = !time_before(jiffies, tw->tw_timer.expires);

	if (!sk_unhashed(sk))
		hint(sk, state,
		     tcpw_cause_of_kill(state, due, in_serving_softirq()));
	return 0;
}

/*
 * inet_csk_reqsk_queue_drop(sk, req): it gives up, or was reset.  One that
 * has become a full socket is out of the hash already.
 */
static int req_drop(struct kprobe *p, struct pt_regs *regs)
{
	const struct sock *req = (void *)regs_get_kernel_argument(regs, 1);

	if (!sk_unhashed(req))
		hint(req, TCPW_ST_SYN_RECV,
		     cause_of_drop(inet_reqsk((struct sock *)req)));
	return 0;
}

/* sock_bindtoindex_locked(sk, ifindex): it may fail yet, for lack of rights. */
static int bind_to(struct kprobe *p, struct pt_regs *regs)
{
	const struct sock *sk = (void *)regs_get_kernel_argument(regs, 0);
	struct tcpw_flow_table *t;
	struct tcpw_key key;

	if (sk->sk_protocol != IPPROTO_TCP ||
	    (int)regs_get_kernel_argument(regs, 1) == sk->sk_bound_dev_if)
		return 0;
	rcu_read_lock();
	t = tcpw_pernet_flows(sock_net(sk));
	if (t && tcpw_skkey_read(&key, sk))
		tcpw_flow_binds(t, &key, sk->sk_bound_dev_if);
	rcu_read_unlock();
	return 0;
}

static struct kprobe bind_probe = {
	.symbol_name = "sock_bindtoindex_locked",
	.pre_handler = bind_to,
};

static struct kprobe tw_probe = {
	.symbol_name = "inet_twsk_kill",
	.pre_handler = tw_kill,
};

/* The static function works for its exported twin and for the timer. */
static struct kprobe req_probes[] = {
	{
		.symbol_name = "__inet_csk_reqsk_queue_drop",
		.pre_handler = req_drop,
	},
	{
		.symbol_name = "inet_csk_reqsk_queue_drop",
		.pre_handler = req_drop,
	},
};

/*
 * Probes can be disarmed behind our back (debugfs, kernel.ftrace_enabled), and
 * then say nothing.  So one of them is on a function of our own: if calling it
 * is not reported, nothing is.
 */
static noinline void canary(bool *heard)
{
	barrier_data(heard);
}

static int canary_called(struct kprobe *p, struct pt_regs *regs)
{
	bool *heard = (void *)regs_get_kernel_argument(regs, 0);

	*heard = true;
	return 0;
}

static struct kprobe canary_probe = {
	.addr = (kprobe_opcode_t *)canary,
	.pre_handler = canary_called,
};

static struct kprobe *tw_active, *req_active, *bind_active, *canary_active;

static struct kprobe *try_probe(struct kprobe *probe)
{
	return register_kprobe(probe) ? NULL : probe;
}

/*
 * tcpw_source_heard(); a report is lost where a probe's handler would interrupt
 * another.
 */
static bool ends_heard(unsigned long *missed)
{
	unsigned long before = *missed;
	bool heard = false;

	canary(&heard);
	*missed = (tw_active ? READ_ONCE(tw_active->nmissed) : 0) +
		  (req_active ? READ_ONCE(req_active->nmissed) : 0);
	return heard && *missed == before;
}

/**
 * tcpw_ends_init - begin to listen, where the kernel allows
 */
void tcpw_ends_init(void)
{
	size_t i;

	if (!use_kprobes)
		return;
	tw_active = try_probe(&tw_probe);
	for (i = 0; i < ARRAY_SIZE(req_probes) && !req_active; i++)
		req_active = try_probe(&req_probes[i]);
	bind_active = try_probe(&bind_probe);
	canary_active = try_probe(&canary_probe);
	tcpw_source_set(TCPW_SOURCE_TW_ENDS, tw_active);
	/* not on all kernels does the timer pass through the exported one */
	tcpw_source_set(TCPW_SOURCE_REQ_ENDS, req_active == &req_probes[0]);
	tcpw_source_set_check(ends_heard);
}

/**
 * tcpw_ends_exit - stop, and wait until no probe runs
 */
void tcpw_ends_exit(void)
{
	if (canary_active)
		unregister_kprobe(canary_active);
	if (bind_active)
		unregister_kprobe(bind_active);
	if (req_active)
		unregister_kprobe(req_active);
	if (tw_active)
		unregister_kprobe(tw_active);
}

#else

void tcpw_ends_init(void)
{
}

void tcpw_ends_exit(void)
{
}

#endif
