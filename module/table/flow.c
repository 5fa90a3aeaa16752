// SPDX-License-Identifier: GPL-2.0
/*
 * The flow table: how flows come, are found and go.
 */
#include <linux/jhash.h>
#include <linux/ktime.h>
#include <linux/random.h>
#include <linux/rhashtable.h>
#include <linux/siphash.h>
#include <linux/slab.h>
#include <linux/socket.h>

#include "kernel/skkey.h"
#include "table/flow.h"

/* Those of IPv4 are the smaller ones. */
static struct kmem_cache *flow_cache;
static struct kmem_cache *flow_cache6;

/* What is hashed with IPv6: the addresses and the ports. */
#define FLOW_KEY6_BYTES offsetof(struct tcpw_key, family)

/*
 * What a look-up compares; @exact for creation, where two bindings differ, @any
 * where the interface does not matter.
 */
struct flow_cmp {
	const struct tcpw_key *key;
	struct tcpw_ifs ifs;
	u32 hash;
	bool exact;
	bool any;
	unsigned int *twins; /* with @exact: flows that differ in binding alone
			      */
};

/*
 * They have one hash, so they make a chain that no resize of the table spreads.
 */
#define FLOW_TWINS 8

/*
 * A scan tells the order of hashes to those who may read a table: so they must
 * not follow from it, nor be the same in another table.  IPv4 is hashed as the
 * kernel's own table of the same tuples does it, whose order can be read, too;
 * but by a secret that is as long as the tuple, and of one table.
 */
static __always_inline u32 key_hash(const struct tcpw_flow_table *t,
				    const struct tcpw_key *key)
{
	const u32 *secret = t->secret.v4;

	if (unlikely(key->family != AF_INET))
		return hsiphash(key, FLOW_KEY6_BYTES, &t->secret.v6);
	return jhash_3words((__force u32)key->laddr[0] ^ secret[0],
			    (__force u32)key->raddr[0] ^ secret[1],
			    (__force u32)key->ports ^ secret[2], secret[3]);
}

static __always_inline u32 flow_hash_cmp(const void *data, u32 len, u32 seed)
{
	const struct flow_cmp *cmp = data;

	return cmp->hash;
}

static u32 flow_hash_obj(const void *data, u32 len, u32 seed)
{
	const struct tcpw_flow *flow = data;

	return flow->hash;
}

static u32 flow_hash(const void *entry)
{
	return flow_hash_obj(entry, 0, 0);
}

/* Not inlined into each look-up. */
static noinline bool rest_differs(const struct tcpw_flow_rest *rest,
				  const struct tcpw_key *key)
{
	return (rest->laddr[0] ^ key->laddr[1]) |
	       (rest->laddr[1] ^ key->laddr[2]) |
	       (rest->laddr[2] ^ key->laddr[3]) |
	       (rest->raddr[0] ^ key->raddr[1]) |
	       (rest->raddr[1] ^ key->raddr[2]) |
	       (rest->raddr[2] ^ key->raddr[3]);
}

static __always_inline bool tuple_differs(const struct tcpw_flow *flow,
					  const struct tcpw_key *key)
{
	if (flow->ports != key->ports || flow->laddr != key->laddr[0] ||
	    flow->raddr != key->raddr[0] || flow->family != key->family)
		return true;
	return unlikely(key->family == AF_INET6) &&
	       rest_differs(flow->rest, key);
}

/* As the kernel matches sockets: a bound one only by its own interface. */
static __always_inline int flow_cmp_obj(struct rhashtable_compare_arg *arg,
					const void *obj)
{
	const struct flow_cmp *cmp = arg->key;
	const struct tcpw_flow *flow = obj;
	int bound_if;

	if (tuple_differs(flow, cmp->key))
		return 1;
	bound_if = READ_ONCE(flow->bound_if);
	if (cmp->exact && bound_if == cmp->ifs.dif)
		return 0;
	if (cmp->exact) {
		if (cmp->twins)
			++*cmp->twins;
		return 1;
	}
	return bound_if && bound_if != cmp->ifs.dif &&
	       bound_if != cmp->ifs.sdif && !cmp->any;
}

static const struct rhashtable_params flow_params = {
	.head_offset = offsetof(struct tcpw_flow, node),
	.hashfn = flow_hash_cmp,
	.obj_hashfn = flow_hash_obj,
	.obj_cmpfn = flow_cmp_obj,
	.nelem_hint = 3, /* most namespaces have none */
	.automatic_shrinking = true,
};

/**
 * tcpw_flow_find - the flow of a 4-tuple
 * @t: table
 * @key: oriented 4-tuple
 * @ifs: interfaces to match bound sockets against
 *
 * Context: under rcu_read_lock(), which also bounds the result's life.
 * Return: the flow or NULL; it may be dead, its lock tells.
 */
__flatten struct tcpw_flow *tcpw_flow_find(struct tcpw_flow_table *t,
					   const struct tcpw_key *key,
					   const struct tcpw_ifs *ifs)
{
	struct flow_cmp cmp = {
		.key = key,
		.ifs = *ifs,
		.hash = key_hash(t, key),
	};

	return rhashtable_lookup(&t->ht, &cmp, flow_params);
}

/* Finds the flow with just this binding. */
static struct flow_cmp cmp_exact(const struct tcpw_flow_table *t,
				 const struct tcpw_key *key, int bound_if)
{
	return (struct flow_cmp){
		.key = key,
		.ifs = { .dif = bound_if },
		.hash = key_hash(t, key),
		.exact = true,
	};
}

/* From now on two flows may differ in their interface alone. */
static void table_is_bound(struct tcpw_flow_table *t)
{
	if (!READ_ONCE(t->bound))
		WRITE_ONCE(t->bound, true);
}

/**
 * tcpw_flow_bind - a flow's socket is bound to an interface
 * @t: table
 * @flow: the flow, locked
 * @bound_if: the interface, or 0
 */
void tcpw_flow_bind(struct tcpw_flow_table *t, struct tcpw_flow *flow,
		    int bound_if)
{
	WRITE_ONCE(flow->bound_if, bound_if);
	table_is_bound(t);
}

/* The binding of a flow's socket has changed: the flow follows. */
static void flow_rebind(struct tcpw_flow_table *t, struct tcpw_flow *flow,
			int bound_if)
{
	unsigned long irq;

	raw_spin_lock_irqsave(&flow->lock, irq);
	tcpw_flow_bind(t, flow, bound_if);
	raw_spin_unlock_irqrestore(&flow->lock, irq);
}

/* A flow with this tuple whose socket is no longer bound as it was. */
static noinline struct tcpw_flow *flow_find_moved(struct tcpw_flow_table *t,
						  struct flow_cmp *cmp)
{
	struct tcpw_flow *flow;
	struct tcpw_view view;
	struct tcpw_ifs ifs;

	cmp->exact = false;
	cmp->any = true;
	flow = rhashtable_lookup(&t->ht, cmp, flow_params);
	if (!flow)
		return NULL;
	ifs = tcpw_ifs_of(READ_ONCE(flow->bound_if));
	if (tcpw_skkey_lookup(&view, t->net, cmp->key, &ifs))
		return NULL;
	flow_rebind(t, flow, cmp->ifs.dif);
	return flow;
}

/**
 * tcpw_flow_of_socket - the flow of a socket
 * @t: table
 * @key: oriented 4-tuple
 * @bound_if: interface that the socket is bound to, or 0
 *
 * Two sockets that are bound to different interfaces may have one tuple.  But
 * a socket can also be bound to another interface while it is connected
 * (SO_BINDTODEVICE): where nobody has the place any more that a flow was made
 * for, it follows.
 *
 * Context: under rcu_read_lock(), which also bounds the result's life; where
 * the last reference to a socket may be dropped.
 * Return: the flow or NULL; it may be dead, its lock tells.
 */
struct tcpw_flow *tcpw_flow_of_socket(struct tcpw_flow_table *t,
				      const struct tcpw_key *key, int bound_if)
{
	struct flow_cmp cmp = cmp_exact(t, key, bound_if);
	struct tcpw_flow *flow;

	flow = rhashtable_lookup(&t->ht, &cmp, flow_params);
	if (likely(flow) || (!bound_if && !READ_ONCE(t->bound)))
		return flow;
	return flow_find_moved(t, &cmp);
}

/**
 * tcpw_flow_is_known - is there a flow with just this binding?
 * @t: table
 * @key: oriented 4-tuple
 * @bound_if: interface, or 0
 *
 * Context: under rcu_read_lock().
 */
bool tcpw_flow_is_known(struct tcpw_flow_table *t, const struct tcpw_key *key,
			int bound_if)
{
	struct flow_cmp cmp = cmp_exact(t, key, bound_if);

	return rhashtable_lookup(&t->ht, &cmp, flow_params);
}

/**
 * tcpw_flow_key - the whole key of a flow
 * @flow: the flow
 * @key: filled
 *
 * Context: any.
 */
void tcpw_flow_key(const struct tcpw_flow *flow, struct tcpw_key *key)
{
	memset(key, 0, sizeof(*key));
	key->laddr[0] = flow->laddr;
	key->raddr[0] = flow->raddr;
	key->ports = flow->ports;
	key->family = flow->family;
	if (flow->family != AF_INET6)
		return;
	memcpy(&key->laddr[1], flow->rest->laddr, sizeof(flow->rest->laddr));
	memcpy(&key->raddr[1], flow->rest->raddr, sizeof(flow->rest->raddr));
}

static struct kmem_cache *cache_of(u16 family)
{
	return family == AF_INET6 ? flow_cache6 : flow_cache;
}

static void flow_free(struct tcpw_flow *flow)
{
	kmem_cache_free(cache_of(flow->family), flow);
}

static void flow_free_rcu(struct rcu_head *head)
{
	flow_free(container_of(head, struct tcpw_flow, rcu));
}

/**
 * tcpw_flow_put - drop one reference
 * @flow: the flow
 *
 * Context: any but NMI.
 */
void tcpw_flow_put(struct tcpw_flow *flow)
{
	if (refcount_dec_and_test(&flow->refs))
		call_rcu(&flow->rcu, flow_free_rcu);
}

/**
 * tcpw_flow_unlink - take a flow out of the table
 * @t: its table
 * @flow: the flow
 *
 * The setter of %TCPW_HOW_DEAD calls this once it has dropped the lock.
 */
noinline void tcpw_flow_unlink(struct tcpw_flow_table *t,
			       struct tcpw_flow *flow)
{
	if (rhashtable_remove_fast(&t->ht, &flow->node, flow_params))
		return;
	if (flow->family == AF_INET6)
		atomic_dec(&t->large);
	tcpw_flow_put(flow);
	if (unlikely(READ_ONCE(t->missing.count)))
		tcpw_missing_room(t);
}

static struct tcpw_flow *flow_alloc(const struct flow_cmp *cmp)
{
	const struct tcpw_key *key = cmp->key;
	struct tcpw_flow *flow;

	flow = kmem_cache_zalloc(cache_of(key->family),
				 GFP_ATOMIC | __GFP_NOWARN);
	if (!flow)
		return NULL;
	flow->laddr = key->laddr[0];
	flow->raddr = key->raddr[0];
	flow->ports = key->ports;
	flow->family = key->family;
	if (key->family == AF_INET6) {
		memcpy(flow->rest->laddr, &key->laddr[1],
		       sizeof(flow->rest->laddr));
		memcpy(flow->rest->raddr, &key->raddr[1],
		       sizeof(flow->rest->raddr));
	}
	flow->hash = cmp->hash;
	flow->bound_if = cmp->ifs.dif;
	raw_spin_lock_init(&flow->lock);
	refcount_set(&flow->refs, 1);
	tcpw_fsm_init(&flow->conn);
	flow->kstate = TCPW_ST_CLOSE;
	flow->how = TCPW_HOW_NEW;
	return flow;
}

/* Counted before it is there, so that never more go than came. */
static struct tcpw_flow *flow_insert(struct tcpw_flow_table *t,
				     const struct flow_cmp *cmp,
				     struct tcpw_flow *flow)
{
	bool large = flow->family == AF_INET6;
	struct tcpw_flow *old;

	if (large)
		atomic_inc(&t->large);
	old = rhashtable_lookup_get_insert_key(&t->ht, cmp, &flow->node,
					       flow_params);
	if (old && large)
		atomic_dec(&t->large);
	return old;
}

/* The kernel has an endpoint that we have not: it is to be looked for. */
static void flow_lost(struct tcpw_flow_table *t, enum tcpw_stat why)
{
	tcpw_count(t->counts, why);
	tcpw_missing_lost(t);
}

/* Any number of sockets can have a tuple, each bound to another interface. */
static noinline bool has_twins(struct tcpw_flow_table *t,
			       const struct tcpw_key *key, int bound_if)
{
	struct flow_cmp cmp = cmp_exact(t, key, bound_if);
	unsigned int twins = 0;

	cmp.twins = &twins;
	return !rhashtable_lookup(&t->ht, &cmp, flow_params) &&
	       twins >= FLOW_TWINS;
}

/**
 * tcpw_flow_create - a new flow in the table, in CLOSE
 * @t: table
 * @key: oriented 4-tuple
 * @bound_if: interface that its socket is bound to, or 0
 *
 * Context: under rcu_read_lock(), which also bounds the result's life.
 * Return: the flow, or the one that was there already; NULL where there is no
 * room or no memory, which is counted.
 */
noinline struct tcpw_flow *tcpw_flow_create(struct tcpw_flow_table *t,
					    const struct tcpw_key *key,
					    int bound_if)
{
	struct flow_cmp cmp = cmp_exact(t, key, bound_if);
	struct tcpw_flow *flow, *old;

	if (tcpw_flow_count(t) >= READ_ONCE(t->max) ||
	    (unlikely(bound_if) && has_twins(t, key, bound_if))) {
		flow_lost(t, TCPW_STAT_FLOW_OVERFLOW);
		return NULL;
	}
	flow = flow_alloc(&cmp);
	if (bound_if)
		table_is_bound(t);
	if (!flow) {
		flow_lost(t, TCPW_STAT_FLOW_NOMEM);
		return NULL;
	}
	old = flow_insert(t, &cmp, flow);
	if (!old) {
		tcpw_count(t->counts, TCPW_STAT_FLOW_CREATED);
		return flow;
	}
	flow_free(flow);
	if (!IS_ERR(old))
		return old;
	flow_lost(t, TCPW_STAT_FLOW_NOMEM);
	return NULL;
}

/* Nominal time to the end of TIME-WAIT. */
static u64 time_left(const struct tcpw_flow *flow)
{
	u64 age = ktime_get_ns() - max(flow->mark, flow->since);

	if (flow->conn.state != TCPW_ST_TIME_WAIT || age >= TCPW_TIME_WAIT_NS)
		return 0;
	return TCPW_TIME_WAIT_NS - age;
}

static u8 rtx_of(const struct tcpw_conn *c)
{
	switch (c->state) {
	case TCPW_ST_SYN_SENT:
		return c->syn_rtx;
	case TCPW_ST_SYN_RECV:
		return c->synack_rtx;
	default:
		return c->fin_rtx;
	}
}

static u8 role_of(u16 flags)
{
	if (flags & TCPW_CF_SIMOPEN)
		return TCPW_ROLE_SIMULTANEOUS;
	if (flags & TCPW_CF_ACTIVE)
		return TCPW_ROLE_ACTIVE;
	return flags & TCPW_CF_SYNACK_OUT ? TCPW_ROLE_PASSIVE
					  : TCPW_ROLE_UNKNOWN;
}

/**
 * tcpw_flow_opened - did this end open the connection?
 * @flow: the flow
 *
 * Of one that was adopted, that depends on who listened at its port then.
 *
 * Context: under rcu_read_lock().
 * Return: true where its local port was chosen for it.
 */
bool tcpw_flow_opened(const struct tcpw_flow *flow)
{
	u16 flags = READ_ONCE(flow->conn.flags);

	if (flags & (TCPW_CF_ACTIVE | TCPW_CF_SYNACK_OUT))
		return flags & TCPW_CF_ACTIVE;
	return !(READ_ONCE(flow->how) & TCPW_HOW_ACCEPTED);
}

/**
 * tcpw_flow_shoot - what a flow is like now
 * @flow: the flow, kept alive by the caller
 * @shot: filled
 *
 * Return: false where it is none: not begun, or over.
 */
bool tcpw_flow_shoot(struct tcpw_flow *flow, struct tcpw_shot *shot)
{
	unsigned long irq;
	bool live;

	raw_spin_lock_irqsave(&flow->lock, irq);
	live = !(flow->how & (TCPW_HOW_DEAD | TCPW_HOW_NEW));
	if (live) {
		shot->age = ktime_get_ns() - flow->since;
		shot->state = flow->conn.state;
		shot->kstate = flow->kstate;
		shot->cause = flow->cause;
		shot->restarts = flow->restarts;
		shot->rtx = rtx_of(&flow->conn);
		shot->fin_out = flow->conn.flags & TCPW_CF_FIN_OUT;
		shot->role = role_of(flow->conn.flags);
		shot->least = flow->how & TCPW_HOW_SINCE;
		shot->small = flow->how & TCPW_HOW_SMALL;
		shot->since = flow->since;
		shot->open = flow->how & TCPW_HOW_ENDED ? 0 : flow->open;
		shot->left = time_left(flow);
		shot->owner.uid = TCPW_UID_UNKNOWN;
		shot->owner.cgroup = 0;
		if (flow->how & TCPW_HOW_SMALL) {
			shot->owner.uid = flow->uid;
			shot->owner.cgroup = flow->cgroup;
		}
	}
	raw_spin_unlock_irqrestore(&flow->lock, irq);
	return live && shot->state != TCPW_ST_CLOSE;
}

struct flow_reader {
	bool (*meet)(struct tcpw_flow *flow, void *arg);
	void *arg;
};

static bool flow_meet(void *entry, void *arg)
{
	const struct flow_reader *reader = arg;

	return reader->meet(entry, reader->arg);
}

/**
 * tcpw_flow_scan - meet the flows of a table
 * @t: the table
 * @scan: where one stands, see tcpw_scan()
 * @meet: false where it has no more room; called under rcu_read_lock()
 * @arg: for @meet
 *
 * Context: process, may sleep.
 */
void tcpw_flow_scan(struct tcpw_flow_table *t, struct tcpw_scan *scan,
		    bool (*meet)(struct tcpw_flow *flow, void *arg), void *arg)
{
	static const struct tcpw_scan_ops ops = {
		.hash = flow_hash,
		.meet = flow_meet,
	};
	struct flow_reader reader = { meet, arg };

	tcpw_scan(&t->ht, &ops, offsetof(struct tcpw_flow, node), scan,
		  &reader);
}

/**
 * tcpw_flow_bytes - memory of a table's flows
 * @t: table
 *
 * Return: bytes, exact when nothing happens.
 */
u64 tcpw_flow_bytes(const struct tcpw_flow_table *t)
{
	return (u64)tcpw_flow_count(t) * sizeof(struct tcpw_flow) +
	       (u64)atomic_read(&t->large) * sizeof(struct tcpw_flow_rest);
}

/**
 * tcpw_flow_table_init - make an empty table
 * @t: filled
 * @net: its network namespace
 * @counts: where its flows are counted, and how long they take
 * @listeners: who listens in the namespace
 * @events: who listens to its transitions
 *
 * Return: 0 or a negative error; nothing is left behind on error.
 */
int tcpw_flow_table_init(struct tcpw_flow_table *t, struct net *net,
			 struct tcpw_counts *counts,
			 struct tcpw_listeners *listeners,
			 struct tcpw_events *events)
{
	int err, cpu;

	t->net = net;
	t->counts = counts;
	t->listeners = listeners;
	t->events = events;
	t->max = TCPW_FLOWS_DEFAULT;
	get_random_bytes(&t->secret, sizeof(t->secret));
	t->pending = alloc_percpu_gfp(struct tcpw_pending, GFP_KERNEL_ACCOUNT);
	if (!t->pending)
		return -ENOMEM;
	for_each_possible_cpu(cpu)
		init_llist_head(&per_cpu_ptr(t->pending, cpu)->list);
	init_llist_head(&t->busy);
	atomic_long_set(&t->denied, tcpw_skkey_denied(net));
	atomic_long_set(&t->starved, tcpw_skkey_starved(net));
	err = rhashtable_init(&t->ht, &flow_params);
	if (err)
		goto err_free_pending;
	return 0;

err_free_pending:
	free_percpu(t->pending);
	return err;
}

struct tcpw_ended tcpw_flow_ended;

static void flow_destroy(void *ptr, void *arg)
{
	struct tcpw_flow *flow = ptr;

	if (!(flow->how & TCPW_HOW_DEAD)) {
		atomic_long_inc(&tcpw_flow_ended.flows);
		if (flow->conn.state == TCPW_ST_TIME_WAIT)
			atomic_long_inc(&tcpw_flow_ended.time_wait);
	}
	/* ORDER: its readers' grace period is over, as the table's is */
	if (refcount_dec_and_test(&flow->refs))
		flow_free(flow);
}

/**
 * tcpw_flow_table_exit - free a table and its flows
 * @t: the table; no hook and no probe can reach it any more, and a grace
 *     period has passed since they could
 */
void tcpw_flow_table_exit(struct tcpw_flow_table *t)
{
	atomic_long_inc(&tcpw_flow_ended.netns);
	rhashtable_free_and_destroy(&t->ht, flow_destroy, NULL);
	free_percpu(t->pending);
}

/**
 * tcpw_flow_init - what all tables share
 *
 * Return: 0 or -ENOMEM.
 */
int tcpw_flow_init(void)
{
	/* 128 with the hash table's 21 at the most, lock debugging aside */
	BUILD_BUG_ON(!IS_ENABLED(CONFIG_DEBUG_SPINLOCK) &&
		     !IS_ENABLED(CONFIG_DEBUG_LOCK_ALLOC) &&
		     sizeof(struct tcpw_flow) > 104);

	flow_cache = KMEM_CACHE(tcpw_flow, SLAB_NO_MERGE);
	if (!flow_cache)
		return -ENOMEM;
	flow_cache6 = kmem_cache_create("tcpw_flow6",
					sizeof(struct tcpw_flow) +
						sizeof(struct tcpw_flow_rest),
					__alignof__(struct tcpw_flow),
					SLAB_NO_MERGE, NULL);
	if (!flow_cache6)
		goto err_flow_cache;
	return 0;

err_flow_cache:
	kmem_cache_destroy(flow_cache);
	return -ENOMEM;
}

/**
 * tcpw_flow_exit - the reverse, when no table is left
 */
void tcpw_flow_exit(void)
{
	rcu_barrier();
	kmem_cache_destroy(flow_cache6);
	kmem_cache_destroy(flow_cache);
}
