// SPDX-License-Identifier: GPL-2.0
/*
 * Keeps a record for each address and port that somebody listens at, and what
 * became of the handshakes there.
 */
#include <linux/jhash.h>
#include <linux/random.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>

#include <net/net_namespace.h>
#include <net/sock.h>

#include "compat.h"
#include "table/listener.h"
#include "kernel/skkey.h"

static u32 listener_hash_key(const void *data, u32 len, u32 seed)
{
	const struct tcpw_place *place = data;

	/* a tenant chooses the interface: it must not choose the bucket */
	return jhash_2words(tcpw_scan_hash(&place->key, place->key.salt),
			    place->bound_if, place->key.salt);
}

static u32 listener_hash(const void *entry)
{
	const struct tcpw_listener *rec = entry;

	return listener_hash_key(&rec->place, 0, 0);
}

static const struct rhashtable_params listener_params = {
	.hashfn = listener_hash_key,
	.head_offset = offsetof(struct tcpw_listener, node),
	.key_offset = offsetof(struct tcpw_listener, place),
	.key_len = sizeof(struct tcpw_place),
	.nelem_hint = 3,
	.automatic_shrinking = true,
};

static struct tcpw_listener *find_exact(struct tcpw_listeners *l,
					const struct tcpw_place *place)
{
	return rhashtable_lookup(&l->ht, place, listener_params);
}

static struct tcpw_listener *find_bound(struct tcpw_listeners *l,
					const struct tcpw_key *key, int dif)
{
	struct tcpw_place place = { .key = *key, .bound_if = dif };
	struct tcpw_listener *rec = dif ? find_exact(l, &place) : NULL;

	place.bound_if = 0;
	return rec ?: find_exact(l, &place);
}

/* Who listens for a connection: as the kernel scores them, best match first. */
static struct tcpw_listener *find_for(struct tcpw_listeners *l,
				      const struct tcpw_key *conn, int dif)
{
	struct tcpw_key key = {
		.lport = conn->lport,
		.family = conn->family,
		.salt = l->salt,
	};
	struct tcpw_listener *rec;

	memcpy(key.laddr, conn->laddr, sizeof(key.laddr));
	rec = find_bound(l, &key, dif);
	if (rec)
		return rec;
	memset(key.laddr, 0, sizeof(key.laddr));
	rec = find_bound(l, &key, dif);
	if (rec || key.family == AF_INET6)
		return rec;
	key.family = AF_INET6; /* a socket for both families */
	return find_bound(l, &key, dif);
}

/**
 * tcpw_listeners_any - does somebody listen for a connection?
 * @l: the namespace's listeners
 * @key: the connection
 * @dif: interface that it comes by
 *
 * Context: under rcu_read_lock().
 * Return: true where one is known of.
 */
bool tcpw_listeners_any(struct tcpw_listeners *l, const struct tcpw_key *key,
			int dif)
{
	return find_for(l, key, dif);
}

/**
 * tcpw_listeners_count - something happened to a handshake
 * @l: the namespace's listeners
 * @key: the connection
 * @dif: interface that it came by, or its socket is bound to
 * @which: what happened
 *
 * Context: under rcu_read_lock().
 */
void tcpw_listeners_count(struct tcpw_listeners *l, const struct tcpw_key *key,
			  int dif, enum tcpw_listener_stat which)
{
	struct tcpw_listener *rec = find_for(l, key, dif);

	if (rec)
		atomic_long_inc(&rec->count[which]);
}

/* The namespace pays for it. */
static struct tcpw_listener *listener_alloc(const struct tcpw_listeners *l)
{
	struct tcpw_listener *rec;
	struct mem_cgroup *old;

	if (atomic_read(&l->ht.nelems) >= TCPW_LISTENERS_MAX)
		return NULL;
	old = tcpw_set_active_memcg(l->counts->memcg);
	rec = kzalloc(sizeof(*rec), GFP_NOWAIT | __GFP_ACCOUNT | __GFP_NOWARN);
	tcpw_set_active_memcg(old);
	return rec;
}

/* Context: under rcu_read_lock(). */
static struct tcpw_listener *make(struct tcpw_listeners *l,
				  const struct tcpw_place *place)
{
	struct tcpw_listener *rec, *old;

	rec = listener_alloc(l);
	if (!rec)
		goto lost; /* the next look tries again */
	rec->place = *place;
	rec->fresh = true;
	old = rhashtable_lookup_get_insert_fast(&l->ht, &rec->node,
						listener_params);
	if (!old)
		return rec;
	kfree(rec);
	if (!IS_ERR(old)) {
		WRITE_ONCE(old->fresh, true);
		return old;
	}
lost:
	atomic_long_inc(&l->lost);
	return NULL;
}

static bool read_place(const struct tcpw_listeners *l, struct tcpw_place *place,
		       const struct sock *sk)
{
	if (!tcpw_skkey_read_listener(&place->key, sk))
		return false;
	place->key.salt = l->salt;
	place->bound_if = sk->sk_bound_dev_if;
	return true;
}

/**
 * tcpw_listeners_met - a look comes to a listening socket
 * @l: the listeners of its namespace
 * @sk: the socket
 * @look: number of the look
 *
 * Context: under rcu_read_lock(), one look at a time.
 */
void tcpw_listeners_met(struct tcpw_listeners *l, const struct sock *sk,
			unsigned int look)
{
	struct tcpw_listener *rec;
	struct tcpw_place place;

	if (!read_place(l, &place, sk))
		return;
	rec = find_exact(l, &place) ?: make(l, &place);
	if (!rec)
		return;
	if (rec->met != look) {
		rec->met = look;
		rec->found = 0;
		rec->dropped = 0;
	}
	rec->found++;
	rec->dropped += atomic_read(&sk->sk_drops);
}

/**
 * tcpw_listeners_came - the kernel says that somebody listens
 * @l: the namespace's listeners
 * @sk: who; it may lack its port yet
 *
 * Context: under rcu_read_lock(), may take the hash table's locks.
 */
void tcpw_listeners_came(struct tcpw_listeners *l, const struct sock *sk)
{
	struct tcpw_place place;

	if (read_place(l, &place, sk) && place.key.lport)
		make(l, &place);
}

/* What a look has found in a namespace, taken over record by record. */
struct settling {
	struct tcpw_listeners *l;
	unsigned int look;
	unsigned long sockets;
};

static bool settle(void *entry, void *arg)
{
	struct settling *settling = arg;
	struct tcpw_listeners *l = settling->l;
	struct tcpw_listener *rec = entry;
	bool met = rec->met == settling->look;
	unsigned int found = met ? rec->found : 0;

	WRITE_ONCE(rec->sockets, found);
	WRITE_ONCE(rec->drops, met ? rec->dropped : 0);
	settling->sockets += found;
	if (found || READ_ONCE(rec->fresh))
		WRITE_ONCE(rec->fresh, false); /* it may not be there yet */
	else if (!rhashtable_remove_fast(&l->ht, &rec->node, listener_params))
		kfree_rcu(rec, rcu);
	return true;
}

/**
 * tcpw_listeners_settle - take over what a look has found in a namespace
 * @l: its listeners, locked
 * @look: number of the look; none is under way
 *
 * Return: how many sockets listen.
 */
unsigned long tcpw_listeners_settle(struct tcpw_listeners *l, unsigned int look)
{
	static const struct tcpw_scan_ops ops = {
		.hash = listener_hash,
		.meet = settle,
	};
	struct settling settling = { .l = l, .look = look };
	struct tcpw_scan scan = {};

	lockdep_assert_held(&l->lock);
	tcpw_scan(&l->ht, &ops, offsetof(struct tcpw_listener, node), &scan,
		  &settling);
	return settling.sockets;
}

struct listener_reader {
	bool (*meet)(const struct tcpw_listener *rec, void *arg);
	void *arg;
};

static bool listener_meet(void *entry, void *arg)
{
	const struct listener_reader *reader = arg;
	const struct tcpw_listener *rec = entry;

	return !READ_ONCE(rec->sockets) || reader->meet(rec, reader->arg);
}

/**
 * tcpw_listeners_scan - meet those who listen
 * @l: the listeners
 * @scan: where one stands, see tcpw_scan()
 * @meet: false where it has no more room; called under rcu_read_lock()
 * @arg: for @meet
 *
 * Context: process, may sleep.
 */
void tcpw_listeners_scan(struct tcpw_listeners *l, struct tcpw_scan *scan,
			 bool (*meet)(const struct tcpw_listener *rec,
				      void *arg),
			 void *arg)
{
	static const struct tcpw_scan_ops ops = {
		.hash = listener_hash,
		.meet = listener_meet,
	};
	struct listener_reader reader = { meet, arg };

	tcpw_scan(&l->ht, &ops, offsetof(struct tcpw_listener, node), scan,
		  &reader);
}

/**
 * tcpw_listeners_init - nobody listens yet
 * @l: filled
 * @net: its network namespace
 * @counts: where it counts what nobody told of
 *
 * Return: 0 or a negative error.
 */
int tcpw_listeners_init(struct tcpw_listeners *l, struct net *net,
			struct tcpw_counts *counts)
{
	mutex_init(&l->lock);
	l->net = net;
	l->counts = counts;
	l->salt = get_random_u32();
	return rhashtable_init(&l->ht, &listener_params);
}

static void free_listener(void *ptr, void *arg)
{
	kfree(ptr);
}

/**
 * tcpw_listeners_exit - forget them all
 * @l: the listeners; nothing tells of them any more, no look finds them
 */
void tcpw_listeners_exit(struct tcpw_listeners *l)
{
	rhashtable_free_and_destroy(&l->ht, free_listener, NULL);
}
