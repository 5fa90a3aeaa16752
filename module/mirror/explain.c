// SPDX-License-Identifier: GPL-2.0
/*
 * Why the kernel's socket is not where the mirror is: the evidence that a flow
 * and its namespace have, for verdict.c to judge.
 */
#include <linux/ktime.h>
#include <linux/math64.h>

#include "mirror/mirror.h"
#include "kernel/skkey.h"
#include "core/verdict.h"

/**
 * tcpw_mirror_may_be_starved - may an abort have been for lack of memory?
 * @flow: the flow, locked, whose socket is over
 *
 * Return: true where it was closed without an error, and with no ACK of our
 * FIN.
 */
bool tcpw_mirror_may_be_starved(const struct tcpw_flow *flow)
{
	return flow->word == TCPW_CAUSE_UNKNOWN ||
	       (flow->word == TCPW_CAUSE_IN &&
		flow->conn.state == TCPW_ST_LAST_ACK);
}

/**
 * tcpw_mirror_explain - why the kernel's socket is not where the mirror is
 * @t: the flow's table
 * @flow: the flow, locked, with no step that is unconfirmed
 * @truth: enum tcpw_state that the socket is in, %TCPW_ST_CLOSE where none is
 * @view: the socket
 *
 * Return: the cause.
 */
enum tcpw_cause tcpw_mirror_explain(const struct tcpw_flow_table *t,
				    const struct tcpw_flow *flow, u8 truth,
				    const struct tcpw_view *view)
{
	const struct tcpw_finding finding = {
		.conn = &flow->conn,
		.view = view,
		.truth = truth,
		.kstate = flow->kstate,
		.word = flow->word,
		.ev = flow->ev,
		.verify = flow->how & TCPW_HOW_VERIFY,
		.starved = truth == TCPW_ST_CLOSE &&
			   tcpw_mirror_may_be_starved(flow) &&
			   tcpw_skkey_starved(t->net) >
				   atomic_long_read(&t->starved),
		.unreachable = flow->how & TCPW_HOW_UNREACHABLE,
		.age = div_u64(ktime_get_ns() - flow->since, NSEC_PER_MSEC),
	};

	return tcpw_cause_of_finding(&finding);
}
