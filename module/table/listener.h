/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Listening sockets of one network namespace.  They move no segment, so only
 * the kernel can tell of them: a tracepoint when one comes or goes, upon which
 * its table of listeners is looked through.
 */
#ifndef _TCPWATCH_LISTENER_H
#define _TCPWATCH_LISTENER_H

#include <linux/atomic.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/rhashtable-types.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "record/counts.h"
#include "kernel/key.h"
#include "table/scan.h"

struct net;
struct sock;

/* What is counted for each listener. */
enum tcpw_listener_stat {
	/* SYN,ACKs sent with no state kept (SYN cookies) */
	TCPW_LISTENER_COOKIE_OUT,
	/* connections that came back with a cookie */
	TCPW_LISTENER_COOKIE_IN,
	/* handshakes that a RST ended */
	TCPW_LISTENER_REFUSED,
	/* handshakes that nobody finished in time */
	TCPW_LISTENER_TIMEOUT,
	/* handshake ACKs held back: accept queue full, TCP_DEFER_ACCEPT */
	TCPW_LISTENER_DEFERRED,
	TCPW_LISTENER_STATS,
};

/**
 * struct tcpw_place - where somebody listens; compared as a whole
 * @key: the local half; the remote half is 0
 * @bound_if: interface that the sockets are bound to, or 0
 */
struct tcpw_place {
	struct tcpw_key key;
	int bound_if;
};

/**
 * struct tcpw_listener - all sockets that listen at one place
 * @node: in tcpw_listeners.ht
 * @place: where
 * @sockets: how many they are (SO_REUSEPORT), as of the last look
 * @drops: SYNs and ACKs that the kernel dropped there (sk_drops), likewise
 * @fresh: told of, and not looked for yet
 * @met: number of the look that last met a socket; all looks under look_lock
 * @found: sockets that it met
 * @dropped: their drops
 * @count: by enum tcpw_listener_stat
 * @rcu: for its end
 */
struct tcpw_listener {
	struct rhash_head node;
	struct tcpw_place place;
	unsigned int sockets;
	unsigned long drops;
	bool fresh;
	unsigned int met;
	unsigned int found;
	unsigned long dropped;
	atomic_long_t count[TCPW_LISTENER_STATS];
	struct rcu_head rcu;
};

#define TCPW_LISTENERS_MAX BIT(16) /* records in a namespace */

/**
 * struct tcpw_listeners - those of one network namespace
 * @ht: of tcpw_listener, by place; read under RCU
 * @lock: for the works; records are taken out of @ht under it
 * @work: looks the kernel's table through
 * @read: the same for those who read, see tcpw_listeners_refresh()
 * @readers: where they wait
 * @wanted: how often a look was asked for to be read
 * @served: the number of the last that was answered; READ_ONCE/WRITE_ONCE
 * @serves: with @asked, the number that the look will answer; under @lock
 * @dirty: told of something since the last look
 * @looked_at: when that was, jiffies
 * @pause: from a look to the next, jiffies
 * @asked: a look is wanted; under @lock
 * @before: with @asked, looks that had begun before
 * @lost: listeners without a record: too many, or no memory
 * @salt: of the hashes of @ht
 * @net: the namespace; not referenced, this ends before it
 * @counts: where it counts what nobody told of
 * @came: how many came, as far as was told or seen at load
 * @gone: and went
 * @differs: looks in a row that found other than @came less @gone
 * @seeding: not counted yet since the module was loaded
 */
struct tcpw_listeners {
	struct rhashtable ht;
	struct mutex lock; /* see above */
	struct delayed_work work;
	struct delayed_work read;
	wait_queue_head_t readers;
	atomic_t wanted;
	int served;
	int serves;
	bool dirty;
	unsigned long looked_at;
	unsigned long pause;
	bool asked;
	unsigned int before;
	atomic_long_t lost;
	u16 salt;
	struct net *net;
	struct tcpw_counts *counts;
	atomic_long_t came;
	atomic_long_t gone;
	unsigned int differs;
	bool seeding;
};

/* listener.c */
int tcpw_listeners_init(struct tcpw_listeners *l, struct net *net,
			struct tcpw_counts *counts);
void tcpw_listeners_exit(struct tcpw_listeners *l);
void tcpw_listeners_met(struct tcpw_listeners *l, const struct sock *sk,
			unsigned int look);
void tcpw_listeners_came(struct tcpw_listeners *l, const struct sock *sk);
unsigned long tcpw_listeners_settle(struct tcpw_listeners *l,
				    unsigned int look);
void tcpw_listeners_scan(struct tcpw_listeners *l, struct tcpw_scan *scan,
			 bool (*meet)(const struct tcpw_listener *rec,
				      void *arg),
			 void *arg);
bool tcpw_listeners_any(struct tcpw_listeners *l, const struct tcpw_key *key,
			int dif);
void tcpw_listeners_count(struct tcpw_listeners *l, const struct tcpw_key *key,
			  int dif, enum tcpw_listener_stat which);

/* listener_look.c */
void tcpw_look_init(struct tcpw_listeners *l);
void tcpw_look_exit(struct tcpw_listeners *l);
void tcpw_look_for_all(void);
void tcpw_listeners_seed(struct tcpw_listeners *l);
void tcpw_listeners_refresh(struct tcpw_listeners *l);
void tcpw_listeners_told(struct tcpw_listeners *l, const struct sock *sk,
			 bool came);

#endif /* _TCPWATCH_LISTENER_H */
