/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Per-CPU counters of one network namespace.  Written with this_cpu_inc()
 * wherever something happens, summed when somebody reads: the kernel's own
 * scheme for its MIBs (include/net/snmp.h), safe in every context.
 */
#ifndef _TCPWATCH_STATS_H
#define _TCPWATCH_STATS_H

#include <linux/percpu.h>

#include "fsm.h"
#include "seg.h"

/* Name and meaning of each single counter. */
#define TCPW_STATS(X)							\
	X(FLOW_CREATED, "flows created")				\
	X(FLOW_OVERFLOW, "flows not created: the table was full")	\
	X(FLOW_NOMEM, "flows not created: no memory")			\
	X(RTX_SYN, "our SYNs sent again")				\
	X(RTX_SYNACK, "our SYN,ACKs sent again")			\
	X(RTX_FIN, "our FINs sent again")				\
	X(REFUSED_OUT, "SYNs that we answered with RST")		\
	X(REFUSED_IN, "our SYNs answered with RST")			\
	X(COOKIE_OUT, "SYN,ACKs sent with no state kept (SYN cookies)")	\
	X(BAD_ACK, "handshake ACKs that were not ISN + 1")		\
	X(OOW, "control segments out of window")			\
	X(ALIEN, "control segments not sent by the flow's socket")	\
	X(MALFORMED, "segments that could not be parsed")		\
	X(BAD_CSUM, "segments with a wrong checksum")			\
	X(CONFIRMED, "transitions that wire and kernel agreed on")	\
	X(KERNEL_FIRST, "transitions that no segment explained")	\
	X(WIRE_ONLY, "segments that the kernel did not follow")

enum tcpw_stat {
#define X(name, doc) TCPW_STAT_##name,
	TCPW_STATS(X)
#undef X
	TCPW_STAT_MAX,
};

/**
 * struct tcpw_stats - what one CPU counted, or the sum over all
 * @trans: transitions by old and new state; creation is from CLOSE
 * @seg: segments by direction and control bits
 * @open: handshakes completed, by enum tcpw_open
 * @close: exchanges ended, by enum tcpw_close
 * @count: single counters, by enum tcpw_stat
 */
struct tcpw_stats {
	unsigned long trans[TCPW_ST_MAX][TCPW_ST_MAX];
	unsigned long seg[TCPW_DIRS][TCPW_FLAGS + 1];
	unsigned long open[TCPW_OPEN_MAX];
	unsigned long close[TCPW_CLOSE_MAX];
	unsigned long count[TCPW_STAT_MAX];
};

static inline void tcpw_stats_inc(struct tcpw_stats __percpu *stats,
				  enum tcpw_stat which)
{
	this_cpu_inc(stats->count[which]);
}

static inline void tcpw_stats_seg(struct tcpw_stats __percpu *stats,
				  enum tcpw_dir dir, u8 flags)
{
	this_cpu_inc(stats->seg[dir][flags & TCPW_FLAGS]);
}

void tcpw_stats_fx(struct tcpw_stats __percpu *stats, const struct tcpw_fx *fx);
void tcpw_stats_step(struct tcpw_stats __percpu *stats,
		     const struct tcpw_conn *c, const struct tcpw_step *step);
void tcpw_stats_sum(struct tcpw_stats *sum,
		    const struct tcpw_stats __percpu *stats);
unsigned long tcpw_stats_entered(const struct tcpw_stats *sum, u8 state);
unsigned long tcpw_stats_left(const struct tcpw_stats *sum, u8 state);
unsigned long tcpw_stats_segs(const struct tcpw_stats *sum, enum tcpw_dir dir,
			      u8 mask, u8 value);

#endif /* _TCPWATCH_STATS_H */
