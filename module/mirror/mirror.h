/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files share that change a flow: flow.c, mirror.c, mirror_act.c,
 * compare.c, laps.c and log.c.
 */
#ifndef _TCPWATCH_MIRROR_H
#define _TCPWATCH_MIRROR_H

#include <linux/stddef.h>
#include <linux/string.h>

#include "record/event.h"
#include "table/flow.h"

#define TCPW_STAMP_SHIFT 20 /* of tcpw_flow_stamp(): 2^20 ns */
#define TCPW_ENDED_SHIFT 5  /* of tcpw_flow.ended: 32 ns, up to 137 s */

/*
 * Measurements that one change can end or take back: at most 6 by what is taken
 * back, 5 by a transition that was forced, 5 by those of a segment.
 */
#define TCPW_LAPS 16

/**
 * struct tcpw_stay - of the state that a transition leaves
 * @ns: how long it was, or %TCPW_STAY_UNKNOWN; 0 where one segment led through
 * @small: there was only a timewait socket
 */
struct tcpw_stay {
	u64 ns;
	bool small;
};

/**
 * struct tcpw_todo - what a change of a flow leaves to do
 * @fx: what a segment did
 * @forced: a transition that no segment made, before @fx
 * @backs: how many of @back there are: what was taken back, before @forced
 * @back_small: it was that of a timewait socket
 * @back_three: among them was a close by three segments
 * @back: the steps that the kernel did not make, the last one first
 * @back_cause: why
 * @back_move: from the mirror as it was to where it is again
 * @back_at: when, ktime_get() ns
 * @back_stay: that the last of them ended, and that is taken back, ns, or
 *	       %TCPW_STAY_UNKNOWN
 * @back_conn: the mirror as it was
 * @cause: of @forced
 * @conn: the mirror as it was after the change
 * @stay: of the state that each step of @fx left
 * @forced_stay: the same of @forced
 * @forced_conn: the mirror as it was after @forced
 * @late: enum tcpw_late of the segment
 * @small: enum tcpw_small of the timewait socket that it was for
 * @restarted: it began TIME-WAIT anew
 * @three: @fx or @forced is a close by three segments
 * @laps: how many of @lap there are
 * @lap: what was measured
 * @unlink: the flow is over
 * @queue: it has to be compared soon
 * @raw: from where nothing may be freed: @unlink is for the comparison to set
 * @log: somebody listens; what happens is to be logged
 * @logged: it was
 * @at: when @fx happened, ktime_get() ns
 * @forced_at: when @forced did
 * @sk: the full socket that acts, where it is at hand
 * @seg: the segment of @fx, NULL where it came earlier and waited
 */
struct tcpw_todo {
	struct tcpw_fx fx;
	struct tcpw_step forced;
	u8 backs;
	bool back_small;
	bool back_three;
	bool three;
	u8 late;
	u8 small;
	bool restarted;
	u8 laps;
	bool unlink;
	bool queue;
	bool raw;
	bool log;
	bool logged;
	const struct sock *sk;
	/* from here on valid only as far as what is above says */
	const struct tcpw_seg *seg;
	struct tcpw_conn conn;
	u64 at;
	u64 forced_at;
	struct tcpw_stay stay[TCPW_STEPS];
	struct tcpw_stay forced_stay;
	enum tcpw_cause cause;
	struct tcpw_conn forced_conn;
	struct tcpw_step back[TCPW_PATH_MAX];
	struct tcpw_step back_move;
	enum tcpw_cause back_cause;
	u64 back_at;
	u64 back_stay;
	struct tcpw_conn back_conn;
	struct tcpw_lap lap[TCPW_LAPS];
};

/**
 * tcpw_todo_begin - nothing to do yet
 * @todo: emptied, at the price of what tells so: most of it is rarely used
 */
static inline void tcpw_todo_begin(struct tcpw_todo *todo)
{
	memset(todo, 0, offsetof(struct tcpw_todo, seg));
}

/* mirror.c */
void tcpw_mirror_shrink(struct tcpw_flow *flow, const struct tcpw_owner *owner);
void tcpw_mirror_force(struct tcpw_flow *flow, u8 state, enum tcpw_cause cause,
		       struct tcpw_todo *todo);
void tcpw_mirror_take_back(struct tcpw_flow *flow, u8 state,
			   enum tcpw_cause cause, struct tcpw_todo *todo);
unsigned int tcpw_mirror_most(const struct tcpw_flow *flow);
bool tcpw_mirror_taken(struct tcpw_flow *flow, u8 state, unsigned int most,
		       struct tcpw_todo *todo);

/* mirror_act.c */
void tcpw_mirror_pend(struct tcpw_flow *flow, struct tcpw_todo *todo);
void tcpw_mirror_decide(struct tcpw_flow_table *t, struct tcpw_flow *flow,
			struct tcpw_todo *todo);
void tcpw_mirror_act(struct tcpw_flow_table *t, struct tcpw_flow *flow,
		     const struct tcpw_todo *todo);

/* log.c */
void tcpw_mirror_log(struct tcpw_flow_table *t, struct tcpw_flow *flow,
		     struct tcpw_todo *todo);

/* laps.c */
void tcpw_laps_moved(struct tcpw_flow *flow, const struct tcpw_step *step,
		     u64 now, struct tcpw_stay *stay, struct tcpw_todo *todo);
void tcpw_laps_confirmed(struct tcpw_flow *flow);
void tcpw_laps_back(struct tcpw_flow *flow, u64 now, struct tcpw_todo *todo);
void tcpw_laps_ends(struct tcpw_flow *flow);
u64 tcpw_laps_ended(const struct tcpw_flow *flow, u64 now);

/* explain.c */
bool tcpw_mirror_may_be_starved(const struct tcpw_flow *flow);
enum tcpw_cause tcpw_mirror_explain(const struct tcpw_flow_table *t,
				    const struct tcpw_flow *flow, u8 truth,
				    const struct tcpw_view *view);

#endif /* _TCPWATCH_MIRROR_H */
