/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Flows: one per local endpoint, held in a hash table per network namespace.
 * This file owns their locks and lifetime; what a segment means is fsm.c's,
 * when to ask the kernel again is sweep.c's.
 */
#ifndef _TCPWATCH_FLOW_H
#define _TCPWATCH_FLOW_H

#include <linux/llist.h>
#include <linux/ratelimit_types.h>
#include <linux/refcount.h>
#include <linux/rhashtable-types.h>
#include <linux/siphash.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#include "record/counts.h"
#include "kernel/key.h"
#include "table/listener.h"
#include "table/missing.h"
#include "table/scan.h"
#include "kernel/segment.h"
#include "kernel/skkey.h"
#include "table/survey.h"
#include "core/verdict.h"

struct sock;
struct tcpw_events;

/**
 * DOC: tcpwatch locking and lifetime
 *
 * Contexts: netfilter hooks (softirq, or process with BH on), the tracepoint
 * probe (softirq or process, preemption off before 7.2), kprobes (the same,
 * preemption off), the workqueue, and at load the seeding (process).
 *
 * tcpw_flow.lock, raw, taken with interrupts off, nests inside every lock of
 * the network stack (socket locks are held in hooks and probe, and one socket's
 * spinlock by the comparison, see compare.c) and has nothing nested inside: no
 * look-up, no allocation, no free, no wake-up.  Each flow
 * has its own; no two are ever held.  It protects what follows it, but for
 * pending, refs and the tuple's family and rest.
 *
 * References: the table holds one, the pending list one while the flow is on
 * it.  Whoever sets TCPW_HOW_DEAD (under the lock, once) takes the flow out of
 * the table and drops the table's reference.  The last reference frees by
 * call_rcu(), so a reader under rcu_read_lock() may follow a pointer to a dead
 * flow, take its lock and find TCPW_HOW_DEAD; conn is not valid then, it
 * shares its place with the rcu_head.
 *
 * The hash table's bucket locks are taken only with no flow locked.
 *
 * Listeners: tcpw_listeners.lock, a mutex, is for those who want a look at the
 * kernel's table of one namespace, and records are taken out of their hash
 * table under it; look_lock (listener_look.c), a mutex inside that, lets one
 * look at a time go, which takes the kernel's bucket locks and serves all
 * namespaces.  Records are made by looks, inside those locks, and by the probe.
 *
 * Events: each CPU writes to its own queue, with interrupts off and a flow
 * locked, so that those of one flow are in order; tcpw_events.lock, a mutex, is
 * for the one who reads them and replaces queues, which it does under RCU.
 * Messages are sent under enabled_sem (event_msg.c), so that none goes to the
 * groups of a family that is no longer registered; it nests inside that mutex.
 *
 * Survey: the walk alone writes what it is collecting; tcpw_survey.lock, a
 * mutex, is for the last result and its readers, who may look flows up and lock
 * them inside it.
 *
 * Counts: each CPU writes to its own block, with interrupts off and no flow
 * locked.  One that has none shares the namespace's spare block under
 * tcpw_counts.lock, raw, the innermost lock of all.
 *
 * A network namespace ends in this order: hooks off, RCU grace period (the
 * core's, between pre_exit and exit), hidden from the probe, grace period,
 * work cancelled, table freed.
 */

/**
 * struct tcpw_flow_rest - what the addresses of IPv6 have more than a word
 * @laddr: of the local one
 * @raddr: of the remote one
 */
struct tcpw_flow_rest {
	__be32 laddr[3];
	__be32 raddr[3];
};

/**
 * struct tcpw_flow - one local endpoint
 * @node: in tcpw_flow_table.ht
 * @laddr: local address, its first word; constant, as all of the tuple
 * @raddr: remote address, likewise
 * @lport: local port
 * @rport: remote port
 * @ports: both
 * @hash: of the tuple in its table; constant
 * @bound_if: interface that the socket is bound to, or 0; changed under @lock,
 *	      READ_ONCE outside
 * @lock: see the DOC block above
 * @how: %TCPW_HOW_*
 * @family: of the tuple
 * @restarts: how often TIME-WAIT was restarted, saturating
 * @kstate: enum tcpw_state that the kernel was last seen in
 * @cause: enum tcpw_cause by which @conn.state was entered
 * @word: enum tcpw_cause of what the kernel last said
 * @ev: enum tcpw_ev that the mirror saw last
 * @pending: in tcpw_pending.list with %TCPW_HOW_PENDING
 * @since: when @conn.state was entered, ktime_get() ns
 * @mark: when the handshake began; when our first FIN left; in TIME-WAIT, once
 *	  the kernel has confirmed it, when its 60 s last began; ktime_get() ns,
 *	  0 where it was before us
 * @conn: the mirror; its ISNs are no longer of use once there is only a
 *	  timewait socket
 * @cgroup: the owner's, with %TCPW_HOW_SMALL
 * @rcu: for the last reference
 * @open: how long the handshake took, us, 0 where it was before us
 * @ended: when the kernel said that a request or timewait socket ends, in
 *	   units of 32 ns after @mark, with %TCPW_HOW_ENDED
 * @uid: the owner's, or %TCPW_UID_UNKNOWN, with %TCPW_HOW_SMALL
 * @held: without it, the stay before the last segment that moved us, as laps.c
 *	  writes it, or %TCPW_HELD_UNKNOWN
 * @refs: table and pending list
 * @touched: when @conn.state or @kstate last changed, ktime_get() / 2^20
 * @rest: of the addresses; there is one with IPv6, and none with IPv4
 *
 * What a look-up reads comes first.
 */
struct tcpw_flow {
	struct rhash_head node;
	__be32 laddr;
	__be32 raddr;
	union {
		struct {
			__be16 lport;
			__be16 rport;
		};
		__be32 ports;
	};
	u32 hash;
	int bound_if;
	raw_spinlock_t lock;
	u16 how;
	u8 family;
	u8 restarts;
	u8 kstate;
	u8 cause;
	u8 word;
	u8 ev;
	struct llist_node pending;
	u64 since;
	u64 mark;
	union {
		struct tcpw_conn conn;
		u64 cgroup;
		struct rcu_head rcu;
	};
	union {
		u32 open;
		u32 ended;
	};
	union {
		u32 uid;
		u32 held;
	};
	refcount_t refs;
	u32 touched;
	struct tcpw_flow_rest rest[];
};

static_assert(offsetof(struct tcpw_conn, isn_out) == 0 &&
	      offsetof(struct tcpw_conn, isn_in) == 4);

#define TCPW_HOW_DEAD		0x01	/* on its way out of the table */
#define TCPW_HOW_PENDING	0x02	/* on the pending list */
#define TCPW_HOW_STILL		0x04	/* nothing happened since it was set */
#define TCPW_HOW_MISSED		0x08	/* the first look found no socket */
#define TCPW_HOW_VERIFY		0x10	/* look the socket up in any case */
#define TCPW_HOW_NEW		0x20	/* its creator has not begun yet */
#define TCPW_HOW_SINCE		0x40	/* @since is not when the state began */
#define TCPW_HOW_ENDED		0x80	/* @ended is set, not @open */
#define TCPW_HOW_SMALL		0x100	/* only a timewait socket is left */
#define TCPW_HOW_ACCEPTED	0x200	/* adopted, from a listener's port */
#define TCPW_HOW_SUSPECT	0x400	/* sweep or kprobe saw it change */
#define TCPW_HOW_TWIN		0x800	/* the last segment made two steps */
#define TCPW_HOW_WAS_SMALL	0x1000	/* the last step left a timewait one */
#define TCPW_HOW_UNREACHABLE	0x2000	/* an ICMP error came for our SYN */
#define TCPW_HOW_THREE		0x4000	/* the last close took three segments */

#define TCPW_HELD_UNKNOWN	(~0U)

/* Which end sent the first SYN. */
enum tcpw_role {
	TCPW_ROLE_UNKNOWN,	/* it was there when the module was loaded */
	TCPW_ROLE_ACTIVE,
	TCPW_ROLE_PASSIVE,
	TCPW_ROLE_SIMULTANEOUS,
};

/**
 * struct tcpw_shot - a flow at one moment
 * @age: for how long it has been in @state, ns
 * @state: enum tcpw_state of the mirror
 * @kstate: enum tcpw_state that the kernel was last seen in
 * @cause: enum tcpw_cause by which @state was entered
 * @restarts: how often TIME-WAIT began anew
 * @rtx: how often the SYN, the SYN,ACK or the FIN was sent again that waits
 *	 for its ACK, saturating
 * @fin_out: our FIN has been sent
 * @role: enum tcpw_role
 * @least: it has been in @state for longer than @age
 * @small: there is only a timewait socket
 * @since: when @state was entered, ktime_get() ns
 * @open: how long the handshake took, us, 0 where that is not known
 * @left: nominal time to the end of TIME-WAIT, ns; the kernel's timer may
 *	  take up to 2.05 s longer (HZ=250)
 * @owner: whose it was, where there is only a timewait socket
 */
struct tcpw_shot {
	u64 age;
	u8 state;
	u8 kstate;
	u8 cause;
	u8 restarts;
	u8 rtx;
	bool fin_out;
	u8 role;
	bool least;
	bool small;
	u32 open;
	u64 since;
	u64 left;
	struct tcpw_owner owner;
};

/**
 * struct tcpw_pending - flows of one CPU that wait to be compared
 * @list: of tcpw_flow.pending
 */
struct tcpw_pending {
	struct llist_head list;
};

/**
 * struct tcpw_flow_secret - what the hashes of one table depend on
 * @v4: with the tuples of IPv4
 * @v6: with those of IPv6
 */
struct tcpw_flow_secret {
	u32 v4[4];
	hsiphash_key_t v6;
};

/**
 * struct tcpw_flow_table - the flows of one network namespace
 * @ht: by key and bound interface
 * @net: the namespace; not referenced, the table ends before it
 * @counts: what is counted, and how long everything lasts
 * @listeners: who listens there
 * @events: who listens to their transitions
 * @pending: per CPU, flows whose mirror and kernel state differ
 * @settle: compares the pending ones with the kernel
 * @grace: how many grace periods it may expedite
 * @busy: those of them whose socket a process holds for long
 * @busy_at: when to ask these again, jiffies
 * @slow: @settle may be waiting until then; READ_ONCE/WRITE_ONCE
 * @denied: timewait sockets not made, as the kernel counts them, that are
 *	    explained
 * @starved: the same of aborts for too many orphans or too little memory
 * @sweep: walks the table for what no observer reports
 * @swept: where @sweep stands
 * @walking: a pass of @sweep is under way
 * @survey: what a full walk brings home
 * @full: this walk compares every flow
 * @full_at: when such a walk last began, ktime_get() ns
 * @full_every: time between two of them, ns; READ_ONCE/WRITE_ONCE
 * @passes: such walks that came to their end
 * @passed_at: when the last of them did, ktime_get() ns
 * @pass_ns: how long it took
 * @unheard: an end may not have been reported: it is polled for
 * @heard: all probes were in order when this walk began
 * @missed: how many reports they had missed by then
 * @later: sockets that observer.c looks at a moment later
 * @max: flows allowed; READ_ONCE/WRITE_ONCE (sysctl)
 * @missing: endpoints of the kernel that are not in @ht
 * @large: flows of IPv6
 * @bound: a socket was ever bound to an interface; READ_ONCE/WRITE_ONCE
 * @secret: that the hashes of this table depend on
 */
struct tcpw_flow_table {
	struct rhashtable ht;
	struct net *net;
	struct tcpw_counts *counts;
	struct tcpw_listeners *listeners;
	struct tcpw_events *events;
	struct tcpw_pending __percpu *pending;
	struct delayed_work settle;
	struct ratelimit_state grace;
	struct llist_head busy;
	unsigned long busy_at;
	bool slow;
	atomic_long_t denied;
	atomic_long_t starved;
	struct delayed_work sweep;
	struct tcpw_scan swept;
	struct tcpw_survey survey;
	bool walking;
	bool full;
	u64 full_at;
	u64 full_every;
	unsigned long passes;
	u64 passed_at;
	u64 pass_ns;
	bool unheard;
	bool heard;
	unsigned long missed;
	bool bound;
	atomic_t later;
	unsigned int max;
	struct tcpw_missing missing;
	atomic_t large;
	struct tcpw_flow_secret secret;
};

/**
 * struct tcpw_told - what the kernel says of a socket
 * @sk: the socket, to read what it knows where it is new to us
 * @bound_if: interface that it is bound to, or 0
 * @since: when it entered @state as far as is known, ktime_get() ns
 * @state: enum tcpw_state that it is in now; %TCPW_ST_CLOSE: it is gone
 * @cause: enum tcpw_cause of that
 * @unread: octets that its owner has not read when it is closed
 * @stale: it may have moved on: for those who know nothing better
 * @raw: told where nothing may be allocated or freed
 * @gone: the full socket is over, perhaps for a timewait socket
 */
struct tcpw_told {
	const struct sock *sk;
	int bound_if;
	u64 since;
	u32 unread;
	u8 state;
	u8 cause;
	bool stale;
	bool raw;
	bool gone;
};

#define TCPW_TIME_WAIT_NS	(60 * NSEC_PER_SEC) /* TCP_TIMEWAIT_LEN */

#define TCPW_SWEEP_MS_DEFAULT 10000

#define TCPW_FLOWS_DEFAULT	BIT(20)
#define TCPW_FLOWS_MAX		BIT(24)

/* What is to be done with a flow that was compared. */
enum tcpw_answer {
	TCPW_SETTLED,	/* nothing */
	TCPW_GRACE,	/* look again after a grace period */
	TCPW_AGAIN,	/* something happened meanwhile: begin again */
	TCPW_BUSY,	/* a process has held the socket for long */
};

/**
 * struct tcpw_ended - what was cut short when network namespaces ended
 * @netns: namespaces
 * @flows: endpoints, those in TIME-WAIT included
 * @time_wait: endpoints in TIME-WAIT
 */
struct tcpw_ended {
	atomic_long_t netns;
	atomic_long_t flows;
	atomic_long_t time_wait;
};

extern struct tcpw_ended tcpw_flow_ended;

/* flow.c */
int tcpw_flow_init(void);
void tcpw_flow_exit(void);
int tcpw_flow_table_init(struct tcpw_flow_table *t, struct net *net,
			 struct tcpw_counts *counts,
			 struct tcpw_listeners *listeners,
			 struct tcpw_events *events);
void tcpw_flow_table_exit(struct tcpw_flow_table *t);
struct tcpw_flow *tcpw_flow_of_socket(struct tcpw_flow_table *t,
				      const struct tcpw_key *key, int bound_if);
bool tcpw_flow_is_known(struct tcpw_flow_table *t, const struct tcpw_key *key,
			int bound_if);
void tcpw_flow_bind(struct tcpw_flow_table *t, struct tcpw_flow *flow,
		    int bound_if);
struct tcpw_flow *tcpw_flow_find(struct tcpw_flow_table *t,
				 const struct tcpw_key *key,
				 const struct tcpw_ifs *ifs);
void tcpw_flow_key(const struct tcpw_flow *flow, struct tcpw_key *key);
bool tcpw_flow_opened(const struct tcpw_flow *flow);
bool tcpw_flow_shoot(struct tcpw_flow *flow, struct tcpw_shot *shot);
void tcpw_flow_scan(struct tcpw_flow_table *t, struct tcpw_scan *scan,
		    bool (*meet)(struct tcpw_flow *flow, void *arg), void *arg);
void tcpw_flow_put(struct tcpw_flow *flow);
struct tcpw_flow *tcpw_flow_create(struct tcpw_flow_table *t,
				   const struct tcpw_key *key, int bound_if);
void tcpw_flow_unlink(struct tcpw_flow_table *t, struct tcpw_flow *flow);
u64 tcpw_flow_bytes(const struct tcpw_flow_table *t);

/**
 * tcpw_flow_count - flows in a table
 * @t: table
 *
 * Return: their number, exact when nothing happens.
 */
static inline unsigned int tcpw_flow_count(const struct tcpw_flow_table *t)
{
	return atomic_read(&t->ht.nelems);
}

/* mirror.c */
void tcpw_flow_sent(struct tcpw_flow_table *t, const struct tcpw_pkt *pkt,
		    const struct tcpw_view *sender, const struct sock *sk);
void tcpw_flow_arrived(struct tcpw_flow_table *t, struct tcpw_flow *flow,
		       struct tcpw_pkt *pkt);
bool tcpw_flow_kernel(struct tcpw_flow_table *t, const struct tcpw_key *key,
		      const struct tcpw_told *told);
void tcpw_flow_unreachable(struct tcpw_flow *flow, u32 seq);
void tcpw_flow_translated(struct tcpw_flow_table *t, struct tcpw_flow *flow);
void tcpw_flow_binds(struct tcpw_flow_table *t, const struct tcpw_key *key,
		     int bound_if);
void tcpw_flow_hint(struct tcpw_flow_table *t, const struct tcpw_key *key,
		    int bound_if, u8 state, enum tcpw_cause cause);

/* compare.c */
void tcpw_flow_suspect(struct tcpw_flow_table *t, struct tcpw_flow *flow);
enum tcpw_answer tcpw_flow_look(struct tcpw_flow_table *t,
				struct tcpw_flow *flow);
enum tcpw_answer tcpw_flow_settle(struct tcpw_flow_table *t,
				  struct tcpw_flow *flow);

/* sweep.c */
void tcpw_sweep_init(void);
void tcpw_sweep_table_init(struct tcpw_flow_table *t);
void tcpw_sweep_table_exit(struct tcpw_flow_table *t);
void tcpw_sweep_every(struct tcpw_flow_table *t, u32 ms);

/* adopt.c */
bool tcpw_flow_seed(struct tcpw_flow_table *t, const struct sock *sk);

/* recheck.c */
#define TCPW_SETTLE_TICKS 1 /* jiffies to the next comparison */

void tcpw_sweep_queue(struct tcpw_flow_table *t, struct tcpw_flow *flow);
void tcpw_sweep_start(struct tcpw_flow_table *t);
u64 tcpw_sweep_half(const struct tcpw_flow_table *t);
unsigned long tcpw_sweep_rest(const struct tcpw_flow_table *t);
unsigned int tcpw_sweep_poll_ms(const struct tcpw_flow_table *t);
bool tcpw_sweep_polls(const struct tcpw_flow_table *t);

#endif /* _TCPWATCH_FLOW_H */
