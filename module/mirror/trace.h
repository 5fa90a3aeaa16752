/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tracepoints: every transition, for perf, bpftrace and trace-cmd.  They cost
 * nothing as long as nobody asks.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM tcpwatch

#if !defined(_TCPWATCH_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TCPWATCH_TRACE_H

#include <linux/tracepoint.h>

#include "table/flow.h"

/*
 * One endpoint went from one state to another.  ns: how long it was in the
 * former; 0 where that began before we looked.
 */
TRACE_EVENT(tcpwatch_transition,

	TP_PROTO(const struct tcpw_flow *flow, u32 netns,
		 const struct tcpw_step *step, u8 cause, u64 ns),

	TP_ARGS(flow, netns, step, cause, ns),

	TP_STRUCT__entry(
		__field(u64, ns)
		__field(u32, netns)
		__field(u16, family)
		__field(u16, lport)
		__field(u16, rport)
		__field(u8, oldstate)
		__field(u8, newstate)
		__field(u8, cause)
		__array(u8, laddr, 16)
		__array(u8, raddr, 16)
	),

	TP_fast_assign(
		struct tcpw_key key;

		tcpw_flow_key(flow, &key);
		__entry->ns = ns;
		__entry->netns = netns;
		__entry->family = key.family;
		__entry->lport = ntohs(key.lport);
		__entry->rport = ntohs(key.rport);
		__entry->oldstate = step->from;
		__entry->newstate = step->to;
		__entry->cause = cause;
		memcpy(__entry->laddr, key.laddr, 16);
		memcpy(__entry->raddr, key.raddr, 16);
	),

	TP_printk("netns=%u family=%u lport=%u rport=%u laddr=%16phN raddr=%16phN oldstate=%s newstate=%s cause=%s ns=%llu",
		  __entry->netns, __entry->family, __entry->lport,
		  __entry->rport, __entry->laddr, __entry->raddr,
		  tcpw_state_name(__entry->oldstate),
		  tcpw_state_name(__entry->newstate),
		  tcpw_cause_name(__entry->cause), __entry->ns)
);

#endif /* _TCPWATCH_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH mirror
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
