/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The mirror of one endpoint, driven: what its driver, its checks and its
 * surroundings share.  mirror_calls.c alone calls into the module's files,
 * mirror_stubs.c alone is called by them.
 */
#ifndef _TCPWATCH_DRIVE_H
#define _TCPWATCH_DRIVE_H

#include "core.h"
#include "table/flow.h"
#include "model.h"

#define DRIVE_CPUS 3	 /* at the most, see struct rules */
#define DRIVE_READERS 32 /* RCU read-side sections within one another */
#define DRIVE_QUEUE 64	 /* flows that wait to be compared */
#define DRIVE_NOTES 256	 /* lines that are kept */
#define DRIVE_LINE 120

/**
 * struct slot - a CPU that serves a segment
 * @seg: the segment
 * @section: number of the RCU read-side section that it is in
 * @lost: the socket will not get it
 * @seen: our hook is through with it
 * @life: the connection that the tuple had when it passed our hook
 * @unmet: it found no flow there
 * @served: the socket is at it
 */
struct slot {
	struct tcpw_seg seg;
	u64 section;
	bool lost;
	bool seen;
	unsigned int life;
	bool unmet;
	bool served;
};

/**
 * struct rules - what may happen in a run
 * @name: of such runs
 * @loses: segments get lost behind our hook, and nothing tells
 * @overtakes: segments overtake each other behind our hook
 * @cpus: how many can stand between our hook and the socket
 * @holds: processes hold the socket for longer than a system call
 * @strange: the peer also sends what no TCP sends
 * @lies: and its FIN may be here and there
 * @nests: how deep elsewhere() goes
 */
struct rules {
	const char *name;
	bool loses;
	bool overtakes;
	bool holds;
	bool strange;
	bool lies;
	unsigned int cpus;
	unsigned int nests;
};

/**
 * struct peer - the other end
 * @isn: its ISN
 * @nxt: what it sends next
 * @top: where the last octet ended that it ever sent
 * @last: where its last segment that took room began
 * @got: what comes next of ours, as far as that has left
 * @syn_sent: it has sent its SYN
 * @answered: something came from us since
 * @fin: it has sent its FIN, which is at @fin_at
 * @fin_at: where that is
 */
struct peer {
	u32 isn;
	u32 nxt;
	u32 top;
	u32 last;
	u32 got;
	bool syn_sent;
	bool answered;
	bool fin;
	u32 fin_at;
};

/**
 * struct drive - one run
 * @m: the kernel
 * @rules: of this run
 * @rng: what decides
 * @now: ktime_get_ns()
 * @told_life: the connection that the mirror was last told of
 * @slots: CPUs that serve a segment, in the order of our hook
 * @busy: how many
 * @sections: RCU read-side sections that ever began
 * @readers: those that are open and serve no segment
 * @reading: how many
 * @depth: of elsewhere()
 * @closed: nothing comes in between now
 * @between: comes in between instead of what is random, where a story has it
 * @peer: the other end
 * @reporting: depth, and one, at which the kernel says where its socket is:
 *	       to go there is no mistake
 * @reported: with @reporting, that state
 * @settling: the work that compares is under way
 * @sweeping: the walk is at the flow
 * @loaded: the module is: the mirror sees what happens
 * @tw_before: TIME-WAITs that were made before that and are over
 * @resets_before: model.resets when the module was loaded
 * @reused_before: model.tw_reused at that time
 * @reopened_before: model.tw_reopened at that time
 * @cause: enum tcpw_cause of the mirror's last transition
 * @moved: a number may have changed since all were checked
 * @notes: what happens is written down
 * @events: that happened
 * @why: what was violated, empty as long as nothing is
 */
struct drive {
	struct model m;
	struct rules rules;
	struct rng rng;
	u64 now;
	unsigned int told_life;
	struct slot slots[DRIVE_CPUS];
	unsigned int busy;
	u64 sections;
	u64 readers[DRIVE_READERS];
	unsigned int reading;
	unsigned int depth;
	bool closed;
	void (*between)(void);
	struct peer peer;
	unsigned int reporting;
	u8 reported;
	bool settling;
	bool sweeping;
	bool loaded;
	unsigned long tw_before;
	unsigned long resets_before;
	unsigned long reused_before;
	unsigned long reopened_before;
	u8 cause;
	bool moved;
	bool notes;
	unsigned long events;
	char why[200];
};

extern struct drive drive;

/* --- mirror.c --- */
#define DRIVE_RULES 5
#define DRIVE_RULES_TESTED 4 /* the others are for runs by hand */
extern const struct rules drive_rules[DRIVE_RULES];

bool drive_run(u64 seed, unsigned long events, const struct rules *rules);
bool drive_story(void (*tells)(void));
void drive_show(void);

/* What a story is made of. */
void drive_hook(const struct tcpw_seg *seg, bool lost);
void drive_socket(void);
void drive_pass(unsigned int ms);
void drive_look(void);
void drive_walk(void);
void drive_rest(void);
void __printf(1, 2) note(const char *fmt, ...);
void note_seg(const char *what, const struct tcpw_seg *seg);
void __printf(1, 2) violated(const char *fmt, ...);
bool drive_predict(u8 *state);

/* --- mirror_ops.c --- */
void drive_deliver(void);
void drive_release(void);
void drive_settle(void);
void drive_settled(void);
void drive_settle_reset(void);
void drive_sweep(void);
bool drive_in_turn(void);
void drive_any(void);

/* --- peer.c --- */
void peer_anew(void);
void peer_gets(const struct tcpw_seg *seg);
void peer_sends(struct tcpw_seg *seg);

/* --- mirror_calls.c --- */
void mirror_arrives(const struct tcpw_seg *seg);
void mirror_sends(const struct tcpw_seg *seg, const struct tcpw_view *sender);
void mirror_load(void);
enum tcpw_answer mirror_compare_first(struct tcpw_flow *flow);
enum tcpw_answer mirror_compare_second(struct tcpw_flow *flow);
void mirror_compare_sweep(struct tcpw_flow *flow);

/* --- mirror_stubs.c --- */
void mirror_reset(void);
void mirror_collect(void);
u8 mirror_state(void);
struct tcpw_flow *mirror_flow(void);
struct tcpw_flow *mirror_pending(void);
bool mirror_has_pending(void);
void mirror_put(struct tcpw_flow *flow);
void mirror_again(struct tcpw_flow *flow);
struct tcpw_flow_table *mirror_table(void);
long mirror_span(u8 span);
const struct tcpw_stats *mirror_stats(void);

/* --- mirror_check.c --- */
void check_reset(void);
void check_moved(const struct tcpw_flow *flow, const struct tcpw_step *step,
		 u8 cause, u64 ns);
struct tcpw_event;
void check_event(const struct tcpw_event *event);
void check_forced(void);
void check_laps(unsigned int n);
void check_all(void);
void check_quiet(void);

#endif /* _TCPWATCH_DRIVE_H */
