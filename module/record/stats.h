/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Counters of one network namespace.  Each CPU has its own, see counts.h, and
 * they are summed when somebody reads.
 */
#ifndef _TCPWATCH_STATS_H
#define _TCPWATCH_STATS_H

#include <linux/atomic.h>
#include <linux/bitmap.h>

#include "core/fsm.h"
#include "core/outcome.h"
#include "core/seg.h"
#include "core/verdict.h"

/* Single counters; what each of them counts stands in counters.h. */
enum tcpw_stat {
#define COUNTER(name, ...) TCPW_STAT_##name,
#include "record/counters.h"
#undef COUNTER
	TCPW_STAT_MAX,
};

/* Where a counter is shown: a row in /proc/tcpwatch, a nest of stats-get. */
enum tcpw_stat_place {
	TCPW_AT_TABLE,
	TCPW_AT_RETRANSMIT,
	TCPW_AT_REFUSED,
	TCPW_AT_ANOMALY,
	TCPW_AT_OPEN,
	TCPW_AT_CLOSE,
	TCPW_AT_TIME_WAIT,
};

/**
 * struct tcpw_counter - how a counter is shown
 * @text: its name in /proc/tcpwatch
 * @place: enum tcpw_stat_place
 * @attr: its attribute in the nest there
 */
struct tcpw_counter {
	const char *text;
	u8 place;
	u8 attr;
};

/* Handshakes by retransmissions: 0..6, and more. */
#define TCPW_RTX_MAX 8

/* Reasons of a RST that the kernel may tell, enum sk_rst_reason. */
#define TCPW_RST_REASONS 32

/* Causes of a transition that a segment made, enum tcpw_cause less one. */
enum tcpw_wire {
	TCPW_WIRE_IN,
	TCPW_WIRE_OUT,
	TCPW_WIRE_REUSE,
	TCPW_WIRES,
};

static_assert((int)TCPW_CAUSE_IN - 1 == (int)TCPW_WIRE_IN &&
	      (int)TCPW_CAUSE_OUT - 1 == (int)TCPW_WIRE_OUT &&
	      (int)TCPW_CAUSE_REUSE - 1 == (int)TCPW_WIRE_REUSE);

/* The two states that a timewait socket has. */
enum tcpw_small {
	TCPW_SMALL_TIME_WAIT,
	TCPW_SMALL_FIN_WAIT2,
	TCPW_SMALLS,
};

/**
 * struct tcpw_stats - what one CPU counted, or the sum over all
 * @trans: transitions by old and new state; creation is from CLOSE.  One that
 *	   is taken back is not among them, nor what takes it back
 * @wire: those of them that a segment made, by enum tcpw_wire
 * @seg: segments by direction and control bits
 * @open: handshakes completed, by enum tcpw_open
 * @open_rtx: the same, by who sent the first SYN (0: the peer) and by how
 *	      often our SYN or SYN,ACK was sent again
 * @fail: handshakes that came to nothing, by who sent the first SYN and by
 *	  enum tcpw_fail
 * @close: connections closed, by enum tcpw_close
 * @tw_end: ends of timewait sockets, by enum tcpw_small and enum tcpw_tw_end;
 *	    a FIN-WAIT-2 that becomes a TIME-WAIT does not end
 * @late: segments for timewait sockets, by enum tcpw_small and enum tcpw_late
 * @reset: RSTs sent, by the kernel's reason where it tells one
 * @count: single counters, by enum tcpw_stat
 */
struct tcpw_stats {
	unsigned long trans[TCPW_ST_MAX][TCPW_ST_MAX];
	unsigned long wire[TCPW_WIRES][TCPW_ST_MAX][TCPW_ST_MAX];
	unsigned long seg[TCPW_DIRS][TCPW_FLAGS + 1];
	unsigned long open[TCPW_OPEN_MAX];
	unsigned long open_rtx[2][TCPW_RTX_MAX];
	unsigned long fail[2][TCPW_FAIL_MAX];
	unsigned long close[TCPW_CLOSE_MAX];
	unsigned long tw_end[TCPW_SMALLS][TCPW_TW_MAX];
	unsigned long late[TCPW_SMALLS][TCPW_LATE_MAX];
	unsigned long reset[TCPW_RST_REASONS];
	unsigned long count[TCPW_STAT_MAX];
};

/* One kind of transition: old state, new state, cause. */
#define TCPW_MOVES (TCPW_ST_MAX * TCPW_ST_MAX * TCPW_CAUSE_MAX)

/**
 * struct tcpw_audit_row - transitions out of one state that no segment made
 * @n: how many, by new state and cause
 */
struct tcpw_audit_row {
	atomic_long_t n[TCPW_ST_MAX][TCPW_CAUSE_MAX];
};

/**
 * struct tcpw_audit_rest - what there is beside them
 * @undone: transitions that a segment promised and the kernel did not make
 * @seen: kinds that have happened, as tcpw_move_pack() numbers them, to be read
 *	  without looking at all
 */
struct tcpw_audit_rest {
	atomic_long_t undone[TCPW_WIRES][TCPW_ST_MAX][TCPW_ST_MAX];
	DECLARE_BITMAP(seen, TCPW_MOVES);
};

/**
 * struct tcpw_audit - the transitions that no segment made
 * @row: by old state; they are rare beside the others, so one copy serves all
 *	 CPUs.  NULL, as @rest, until something happens; see counts.h
 * @rest: see there
 * @lost: what there was no memory for
 */
struct tcpw_audit {
	struct tcpw_audit_row *row[TCPW_ST_MAX];
	struct tcpw_audit_rest *rest;
	atomic_long_t lost;
};

/**
 * struct tcpw_move - a kind of transition
 * @from: enum tcpw_state
 * @to: enum tcpw_state
 * @cause: enum tcpw_cause
 */
struct tcpw_move {
	u8 from;
	u8 to;
	u8 cause;
};

/**
 * struct tcpw_audit_sum - what the audit found
 * @confirmed: transitions that segments made and that were not taken back
 * @kernel_first: those that no segment made
 * @wire_only: those that segments promised, taken back
 * @found: endpoints that became known in the state that they had
 * @explained: corrections of what the wire cannot show
 * @drift: corrections of our own mistakes, those of unknown cause included
 * @unknown: corrections whose cause could not be told
 */
struct tcpw_audit_sum {
	unsigned long confirmed;
	unsigned long kernel_first;
	unsigned long wire_only;
	unsigned long found;
	unsigned long explained;
	unsigned long drift;
	unsigned long unknown;
};

extern const struct tcpw_counter tcpw_counters[TCPW_STAT_MAX];

static inline void tcpw_stats_inc(struct tcpw_stats *stats,
				  enum tcpw_stat which)
{
	stats->count[which]++;
}

static inline unsigned int tcpw_move_pack(u8 from, u8 to, u8 cause)
{
	return (from * TCPW_ST_MAX + to) * TCPW_CAUSE_MAX + cause;
}

static inline struct tcpw_move tcpw_move_unpack(unsigned int kind)
{
	return (struct tcpw_move){
		.from = kind / TCPW_CAUSE_MAX / TCPW_ST_MAX,
		.to = kind / TCPW_CAUSE_MAX % TCPW_ST_MAX,
		.cause = kind % TCPW_CAUSE_MAX,
	};
}

static inline void tcpw_stats_wire(struct tcpw_stats *stats,
				   const struct tcpw_step *step, u8 cause)
{
	stats->wire[cause - 1][step->from][step->to]++;
}

void tcpw_audit_inc(struct tcpw_audit *audit, u8 from, u8 to, u8 cause);
unsigned long tcpw_audit_read(const struct tcpw_audit *audit,
			      const struct tcpw_move *move);
unsigned long tcpw_audit_undone(const struct tcpw_audit *audit,
				const struct tcpw_move *move);
unsigned int tcpw_audit_next(const struct tcpw_audit *audit, unsigned int kind);
void tcpw_stats_fx(struct tcpw_stats *stats, const struct tcpw_fx *fx);
void tcpw_stats_step(struct tcpw_stats *stats,
		     const struct tcpw_conn *c, const struct tcpw_step *step,
		     u8 cause);
void tcpw_stats_small(struct tcpw_stats *stats,
		      const struct tcpw_step *step, u8 cause, long by);
void tcpw_stats_undo(struct tcpw_stats *stats,
		     struct tcpw_audit *audit, const struct tcpw_conn *c,
		     const struct tcpw_step *step, bool small);
unsigned long tcpw_stats_four_way(const struct tcpw_stats *sum);
void tcpw_stats_moved(struct tcpw_stats *stats,
		      struct tcpw_audit *audit, const struct tcpw_conn *c,
		      const struct tcpw_step *step, enum tcpw_cause cause);
void tcpw_audit_sum(struct tcpw_audit_sum *sum, const struct tcpw_stats *stats,
		    const struct tcpw_audit *audit);
unsigned long tcpw_stats_entered(const struct tcpw_stats *sum, u8 state);
unsigned long tcpw_stats_left(const struct tcpw_stats *sum, u8 state);
unsigned long tcpw_stats_now(u8 state, unsigned long entered,
			     unsigned long left);
unsigned long tcpw_stats_segs(const struct tcpw_stats *sum, enum tcpw_dir dir,
			      u8 mask, u8 value);

#endif /* _TCPWATCH_STATS_H */
