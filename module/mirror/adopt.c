// SPDX-License-Identifier: GPL-2.0
/*
 * Makes a flow for a socket that existed before its flow: when the module is
 * loaded, or when a search finds that the flow is missing.
 */
#include <linux/ktime.h>

#include <net/sock.h>

#include "table/flow.h"
#include "kernel/skkey.h"

/**
 * tcpw_flow_seed - make the flow of a socket that was there before it
 * @t: the table of the socket's namespace
 * @sk: the socket
 *
 * Context: under rcu_read_lock(); the caller keeps @sk alive.
 * Return: false where it should have a flow, and there is none.
 */
bool tcpw_flow_seed(struct tcpw_flow_table *t, const struct sock *sk)
{
	struct tcpw_told told = {
		.sk = sk,
		.bound_if = sk->sk_bound_dev_if,
		.cause = TCPW_CAUSE_SEED,
		.stale = true,
	};
	struct tcpw_view view;
	struct tcpw_key key;

	if (!tcpw_skkey_read(&key, sk))
		return true;
	tcpw_skkey_view(&view, sk);
	if (view.kind == TCPW_VIEW_NONE || view.state == TCPW_ST_CLOSE)
		return true;
	told.state = view.state;
	told.since = tcpw_skkey_since(sk, ktime_get_ns());
	return tcpw_flow_kernel(t, &key, &told);
}
