// SPDX-License-Identifier: GPL-2.0
/*
 * Folding of effects into counters, and their sums.  What can be derived is
 * not counted: a state's entered and left come from the transition matrix,
 * and the number in it now is their difference.
 */
#include <linux/string.h>

#include "record/stats.h"

/**
 * tcpw_stats_fx - count what a step asked for, its transitions aside
 * @stats: the network namespace's counters
 * @fx: effects of the step
 */
void tcpw_stats_fx(struct tcpw_stats *stats, const struct tcpw_fx *fx)
{
	if (likely(!fx->bits))
		return;
	if (fx->bits & TCPW_FX_RTX_SYN)
		tcpw_stats_inc(stats, TCPW_STAT_RTX_SYN);
	if (fx->bits & TCPW_FX_RTX_SYNACK)
		tcpw_stats_inc(stats, TCPW_STAT_RTX_SYNACK);
	if (fx->bits & TCPW_FX_RTX_FIN)
		tcpw_stats_inc(stats, TCPW_STAT_RTX_FIN);
	if (fx->bits & TCPW_FX_BAD_ACK)
		tcpw_stats_inc(stats, TCPW_STAT_BAD_ACK);
	if (fx->bits & TCPW_FX_OOW)
		tcpw_stats_inc(stats, TCPW_STAT_OOW);
	if (fx->bits & TCPW_FX_ALIEN)
		tcpw_stats_inc(stats, TCPW_STAT_ALIEN);
}

static bool is_active(const struct tcpw_conn *c)
{
	return c->flags & TCPW_CF_ACTIVE;
}

/* A handshake is done, or was not. */
static noinline void count_open(struct tcpw_stats *stats,
				const struct tcpw_conn *c, long by)
{
	bool active = is_active(c);
	u8 rtx = min_t(u8, active ? c->syn_rtx : c->synack_rtx,
		       TCPW_RTX_MAX - 1);

	stats->open[tcpw_open_of(c)] += by;
	stats->open_rtx[active][rtx] += by;
	if (c->flags & TCPW_CF_FASTOPEN)
		stats->count[active ? TCPW_STAT_FASTOPEN_OUT
				    : TCPW_STAT_FASTOPEN_IN] += by;
}

static bool opens(const struct tcpw_step *step)
{
	return tcpw_state_is_handshake(step->from) &&
	       tcpw_state_is_open(step->to);
}

/* What a transition is to a handshake, a connection, a TIME-WAIT. */
static void count_outcome(struct tcpw_stats *stats, const struct tcpw_conn *c,
			  const struct tcpw_step *step, u8 cause, long by)
{
	enum tcpw_fail fail = tcpw_fail_of(step, cause);
	enum tcpw_close close = tcpw_close_of(c, step, cause);
	enum tcpw_tw_end end = tcpw_tw_end_of(c, step, cause);

	if (opens(step))
		count_open(stats, c, by);
	if (fail != TCPW_FAIL_NONE)
		stats->fail[is_active(c)][fail] += by;
	if (close != TCPW_CLOSE_NONE)
		stats->close[close] += by;
	if (end != TCPW_TW_NONE)
		stats->tw_end[TCPW_SMALL_TIME_WAIT][end] += by;
	if (unlikely(tcpw_fin2_denied(c, step, cause)))
		stats->tw_end[TCPW_SMALL_FIN_WAIT2][TCPW_TW_NOT_CREATED] += by;
}

/**
 * tcpw_stats_step - count one transition
 * @stats: the network namespace's counters
 * @c: the connection after it
 * @step: the transition
 * @cause: enum tcpw_cause of it
 */
void tcpw_stats_step(struct tcpw_stats *stats, const struct tcpw_conn *c,
		     const struct tcpw_step *step, u8 cause)
{
	stats->trans[step->from][step->to]++;
	count_outcome(stats, c, step, cause, 1);
	if (cause == TCPW_CAUSE_ADOPT && step->to == TCPW_ST_ESTABLISHED &&
	    !opens(step))
		stats->open[TCPW_OPEN_COOKIE]++;
}

/**
 * tcpw_stats_small - count a transition of an endpoint without a full socket
 * @stats: the network namespace's counters
 * @step: the transition
 * @cause: enum tcpw_cause of it
 * @by: 1, or -1 where it did not happen
 */
void tcpw_stats_small(struct tcpw_stats *stats, const struct tcpw_step *step,
		      u8 cause, long by)
{
	enum tcpw_tw_end end = tcpw_fin2_end_of(step, cause);

	if (end != TCPW_TW_NONE)
		stats->tw_end[TCPW_SMALL_FIN_WAIT2][end] += by;
}

/**
 * tcpw_stats_undo - a transition that a segment promised did not happen
 * @stats: the network namespace's counters
 * @audit: the network namespace's audit
 * @c: the connection after it
 * @step: the transition
 * @small: it was that of a timewait socket
 *
 * All that it was counted as is taken back.
 */
void tcpw_stats_undo(struct tcpw_stats *stats, struct tcpw_audit *audit,
		     const struct tcpw_conn *c, const struct tcpw_step *step,
		     bool small)
{
	struct tcpw_audit_rest *rest = READ_ONCE(audit->rest);
	u8 cause = tcpw_cause_of_step(step), wire = cause - 1;

	stats->wire[wire][step->from][step->to]--;
	stats->trans[step->from][step->to]--;
	count_outcome(stats, c, step, cause, -1);
	if (small)
		tcpw_stats_small(stats, step, cause, -1);
	if (rest)
		atomic_long_inc(&rest->undone[wire][step->from][step->to]);
	else
		atomic_long_inc(&audit->lost);
}

/**
 * tcpw_stats_four_way - active closes with a segment for each FIN and its ACK
 * @sum: what tcpw_stats_sum() filled
 *
 * Return: all of them but those in which the ACK of our FIN came with the
 * peer's.
 */
unsigned long tcpw_stats_four_way(const struct tcpw_stats *sum)
{
	return sum->close[TCPW_CLOSE_ACTIVE] - sum->count[TCPW_STAT_THREE_WAY];
}

/**
 * tcpw_stats_moved - count a transition that no segment made
 * @stats: the network namespace's counters
 * @audit: the network namespace's audit
 * @c: the connection after it
 * @step: the transition, @step->ev being %TCPW_EV_NONE
 * @cause: why it happened
 */
void tcpw_stats_moved(struct tcpw_stats *stats, struct tcpw_audit *audit,
		      const struct tcpw_conn *c, const struct tcpw_step *step,
		      enum tcpw_cause cause)
{
	tcpw_audit_inc(audit, step->from, step->to, cause);
	if (tcpw_cause_takes_back(cause))
		return;
	if (cause == TCPW_CAUSE_SEED)
		stats->trans[step->from][step->to]++;
	else
		tcpw_stats_step(stats, c, step, cause);
}

/**
 * tcpw_audit_inc - count a transition that no segment made
 * @audit: the network namespace's audit
 * @from: enum tcpw_state
 * @to: enum tcpw_state
 * @cause: enum tcpw_cause
 */
void tcpw_audit_inc(struct tcpw_audit *audit, u8 from, u8 to, u8 cause)
{
	struct tcpw_audit_row *row = READ_ONCE(audit->row[from]);
	struct tcpw_audit_rest *rest = READ_ONCE(audit->rest);
	unsigned int kind = tcpw_move_pack(from, to, cause);

	if (!row || !rest) {
		atomic_long_inc(&audit->lost);
		return;
	}
	atomic_long_inc(&row->n[to][cause]);
	if (!test_bit(kind, rest->seen))
		set_bit(kind, rest->seen);
}

/**
 * tcpw_audit_read - how often a transition came that no segment made
 * @audit: the network namespace's audit
 * @move: its kind
 */
unsigned long tcpw_audit_read(const struct tcpw_audit *audit,
			      const struct tcpw_move *move)
{
	const struct tcpw_audit_row *row = READ_ONCE(audit->row[move->from]);

	return row ? atomic_long_read(&row->n[move->to][move->cause]) : 0;
}

/**
 * tcpw_audit_undone - how often one that a segment promised was not made
 * @audit: the network namespace's audit
 * @move: its kind, by a cause that is enum tcpw_wire plus one
 */
unsigned long tcpw_audit_undone(const struct tcpw_audit *audit,
				const struct tcpw_move *move)
{
	const struct tcpw_audit_rest *rest = READ_ONCE(audit->rest);
	u8 wire = move->cause - 1;

	if (!rest)
		return 0;
	return atomic_long_read(&rest->undone[wire][move->from][move->to]);
}

/**
 * tcpw_audit_next - the kinds that have happened, one after the other
 * @audit: the network namespace's audit
 * @kind: where to begin
 *
 * Return: the next, as tcpw_move_pack() numbers them; %TCPW_MOVES after the
 * last.
 */
unsigned int tcpw_audit_next(const struct tcpw_audit *audit, unsigned int kind)
{
	const struct tcpw_audit_rest *rest = READ_ONCE(audit->rest);

	return rest ? find_next_bit(rest->seen, TCPW_MOVES, kind) : TCPW_MOVES;
}

/* The corrections, by what they say of us. */
static void sum_corrections(struct tcpw_audit_sum *sum,
			    const struct tcpw_audit *audit)
{
	struct tcpw_move move;
	unsigned int kind;
	unsigned long n;
	u8 cause;

	for (kind = tcpw_audit_next(audit, 0); kind < TCPW_MOVES;
	     kind = tcpw_audit_next(audit, kind + 1)) {
		move = tcpw_move_unpack(kind);
		n = tcpw_audit_read(audit, &move);
		cause = move.cause;
		if (!tcpw_cause_is_correction(cause)) {
			sum->found += n;
			continue;
		}
		if (!tcpw_cause_takes_back(cause))
			sum->kernel_first += n;
		if (tcpw_cause_is_drift(cause))
			sum->drift += n;
		else
			sum->explained += n;
		if (cause == TCPW_CAUSE_UNKNOWN)
			sum->unknown += n;
	}
}

/**
 * tcpw_audit_sum - what wire and kernel agreed on, and what they did not
 * @sum: filled
 * @stats: what tcpw_stats_sum() filled
 * @audit: the network namespace's audit
 */
void tcpw_audit_sum(struct tcpw_audit_sum *sum, const struct tcpw_stats *stats,
		    const struct tcpw_audit *audit)
{
	const struct tcpw_audit_rest *rest = READ_ONCE(audit->rest);
	const unsigned long *wire = &stats->wire[0][0][0];
	size_t i;

	memset(sum, 0, sizeof(*sum));
	for (i = 0; i < TCPW_WIRES * TCPW_ST_MAX * TCPW_ST_MAX; i++) {
		sum->confirmed += wire[i];
		if (rest)
			sum->wire_only +=
				atomic_long_read(&rest->undone[0][0][0] + i);
	}
	sum_corrections(sum, audit);
}

/**
 * tcpw_stats_entered - how often a state was entered
 * @sum: what tcpw_stats_sum() filled
 * @state: enum tcpw_state
 *
 * Return: number of transitions into it.
 */
unsigned long tcpw_stats_entered(const struct tcpw_stats *sum, u8 state)
{
	unsigned long n = 0;
	u8 from;

	for (from = 0; from < TCPW_ST_MAX; from++)
		n += sum->trans[from][state];
	return n;
}

/**
 * tcpw_stats_left - how often a state was left
 * @sum: what tcpw_stats_sum() filled
 * @state: enum tcpw_state
 *
 * Return: number of transitions out of it.
 */
unsigned long tcpw_stats_left(const struct tcpw_stats *sum, u8 state)
{
	unsigned long n = 0;
	u8 to;

	for (to = 0; to < TCPW_ST_MAX; to++)
		n += sum->trans[state][to];
	return n;
}

/**
 * tcpw_stats_now - how many are in a state
 * @state: enum tcpw_state
 * @entered: how often it was entered
 * @left: how often it was left; a reader may see that before the other
 *
 * Return: their number; 0 of CLOSE, which holds none.
 */
unsigned long tcpw_stats_now(u8 state, unsigned long entered,
			     unsigned long left)
{
	if (state == TCPW_ST_CLOSE || (long)(entered - left) < 0)
		return 0;
	return entered - left;
}

/**
 * tcpw_stats_segs - segments whose control bits match
 * @sum: what tcpw_stats_sum() filled
 * @dir: direction
 * @mask: control bits to look at
 * @value: what they must be
 *
 * Return: number of segments.
 */
unsigned long tcpw_stats_segs(const struct tcpw_stats *sum, enum tcpw_dir dir,
			      u8 mask, u8 value)
{
	unsigned long n = 0;
	u8 flags;

	for (flags = 0; flags <= TCPW_FLAGS; flags++)
		if ((flags & mask) == value)
			n += sum->seg[dir][flags];
	return n;
}
