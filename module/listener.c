// SPDX-License-Identifier: GPL-2.0
/*
 * Keeps a record for each address and port that somebody listens at, and what
 * became of the handshakes there.
 */
#include <linux/jiffies.h>
#include <linux/random.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>

#include <net/net_namespace.h>
#include <net/sock.h>

#include "listener.h"
#include "observer.h"
#include "skkey.h"
#include "walk.h"

#define LOOK_TICKS 1	     /* jiffies from the kernel's word to a look */
#define LOOK_PAUSE (HZ / 10) /* between two of them at least */
#define LOOK_AGAIN 4	     /* looks before one that differs is believed */
#define LOOK_UNTOLD (HZ)     /* between two where the kernel tells nothing */
#define LOOK_READ (HZ / 50)  /* for how long one is good enough to be read */

static u32 listener_hash_key(const void *data, u32 len, u32 seed)
{
	const struct tcpw_place *place = data;

	return tcpw_scan_hash(&place->key, place->key.salt) + place->bound_if;
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

/* Context: under rcu_read_lock(). */
static struct tcpw_listener *make(struct tcpw_listeners *l,
				  const struct tcpw_place *place)
{
	struct tcpw_listener *rec = NULL, *old;

	if (atomic_read(&l->ht.nelems) < TCPW_LISTENERS_MAX)
		rec = kzalloc(sizeof(*rec), GFP_ATOMIC | __GFP_NOWARN);
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

/* A socket of the kernel's table. */
static void look_at(struct sock *sk, void *arg)
{
	struct tcpw_listeners *l = arg;
	struct tcpw_listener *rec;
	struct tcpw_place place;

	if (!net_eq(sock_net(sk), l->net) || !read_place(l, &place, sk))
		return;
	rcu_read_lock();
	rec = find_exact(l, &place) ?: make(l, &place);
	if (rec) {
		rec->found++;
		rec->dropped += atomic_read(&sk->sk_drops);
	}
	rcu_read_unlock();
}

static unsigned long told(const struct tcpw_listeners *l)
{
	return atomic_long_read(&l->came) - atomic_long_read(&l->gone);
}

/* Takes over what a look has found of a record. */
static unsigned int settle(struct tcpw_listeners *l, struct tcpw_listener *rec)
{
	unsigned int found = rec->found;

	if (rec->settled == l->looks)
		return 0; /* a resize let the walk begin again */
	rec->settled = l->looks;
	WRITE_ONCE(rec->sockets, found);
	WRITE_ONCE(rec->drops, rec->dropped);
	rec->found = 0;
	rec->dropped = 0;
	if (found || READ_ONCE(rec->fresh)) {
		WRITE_ONCE(rec->fresh, false); /* it may not be there yet */
		return found;
	}
	if (!rhashtable_remove_fast(&l->ht, &rec->node, listener_params))
		kfree_rcu(rec, rcu);
	return 0;
}

/* Looks the kernel's table through; how many listen. */
static unsigned long look(struct tcpw_listeners *l)
{
	struct rhashtable_iter iter;
	struct tcpw_listener *rec;
	unsigned int walked = 0;
	unsigned long n = 0;

	lockdep_assert_held(&l->lock);
	WRITE_ONCE(l->dirty, false);
	l->looks++;
	tcpw_skkey_each_listener(l->net, look_at, l);
	rhashtable_walk_enter(&l->ht, &iter);
	rhashtable_walk_start(&iter);
	while ((rec = tcpw_walk_next(&iter, &walked, NULL)))
		n += settle(l, rec);
	rhashtable_walk_stop(&iter);
	rhashtable_walk_exit(&iter);
	l->looked_at = jiffies;
	return n;
}

/* Under the lock: make the told number equal to the one that was found. */
static void adjust(struct tcpw_listeners *l, unsigned long found,
		   enum tcpw_cause cause)
{
	long more = found - told(l);

	for (; more > 0; more--) {
		atomic_long_inc(&l->came);
		tcpw_audit_inc(l->audit, TCPW_ST_CLOSE, TCPW_ST_LISTEN, cause);
	}
	for (; more < 0; more++) {
		atomic_long_inc(&l->gone);
		tcpw_audit_inc(l->audit, TCPW_ST_LISTEN, TCPW_ST_CLOSE, cause);
	}
	l->differs = 0;
}

/*
 * A listener is in the table a moment after, and out of it a moment before the
 * word of it: a difference has to last.
 */
static void look_work(struct work_struct *work)
{
	bool untold = !tcpw_observer_active();
	struct tcpw_listeners *l;
	unsigned long found, again = 0;

	l = container_of(to_delayed_work(work), struct tcpw_listeners, work);
	mutex_lock(&l->lock);
	found = look(l);
	if (untold)
		adjust(l, found, TCPW_CAUSE_APP);
	else if (found == told(l))
		l->differs = 0;
	else if (++l->differs < LOOK_AGAIN)
		again = l->differs * LOOK_PAUSE;
	else
		adjust(l, found, TCPW_CAUSE_UNKNOWN);
	mutex_unlock(&l->lock);
	if (untold)
		again = LOOK_UNTOLD;
	if (again)
		queue_delayed_work(system_unbound_wq, &l->work, again);
}

/* Soon after the first word, but not at the pace of a loop of them. */
static void look_soon(struct tcpw_listeners *l)
{
	unsigned long since = jiffies - READ_ONCE(l->looked_at);

	queue_delayed_work(system_unbound_wq, &l->work,
			   since < LOOK_PAUSE ? LOOK_PAUSE - since
					      : LOOK_TICKS);
}

/**
 * tcpw_listeners_told - the kernel says that one came or went
 * @l: the namespace's listeners
 * @sk: it; one that comes may lack its port yet
 * @came: it came
 *
 * Context: tracepoint probe, under rcu_read_lock().
 */
void tcpw_listeners_told(struct tcpw_listeners *l, const struct sock *sk,
			 bool came)
{
	struct tcpw_place place;

	atomic_long_inc(came ? &l->came : &l->gone);
	WRITE_ONCE(l->dirty, true);
	/* at once: a look comes too late for the first handshakes */
	if (came && !TCPW_PROBE_IS_RAW && read_place(l, &place, sk) &&
	    place.key.lport)
		make(l, &place);
	look_soon(l);
}

/**
 * tcpw_listeners_refresh - look now, if the last look is too old to be read
 * @l: the namespace's listeners
 *
 * Context: process, may sleep.
 */
void tcpw_listeners_refresh(struct tcpw_listeners *l)
{
	mutex_lock(&l->lock);
	if (READ_ONCE(l->dirty) || jiffies - l->looked_at >= LOOK_READ)
		look(l);
	mutex_unlock(&l->lock);
}

/**
 * tcpw_listeners_seed - who listens already when the module is loaded
 * @l: the namespace's listeners
 *
 * Context: process, may sleep.
 */
void tcpw_listeners_seed(struct tcpw_listeners *l)
{
	mutex_lock(&l->lock);
	adjust(l, look(l), TCPW_CAUSE_SEED);
	mutex_unlock(&l->lock);
	if (!tcpw_observer_active())
		queue_delayed_work(system_unbound_wq, &l->work, LOOK_UNTOLD);
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
 * @audit: where it counts what nobody told of
 *
 * Return: 0 or a negative error.
 */
int tcpw_listeners_init(struct tcpw_listeners *l, struct net *net,
			struct tcpw_audit *audit)
{
	mutex_init(&l->lock);
	INIT_DELAYED_WORK(&l->work, look_work);
	l->net = net;
	l->audit = audit;
	l->salt = get_random_u32();
	l->looked_at = jiffies - LOOK_PAUSE;
	return rhashtable_init(&l->ht, &listener_params);
}

static void free_listener(void *ptr, void *arg)
{
	kfree(ptr);
}

/**
 * tcpw_listeners_exit - forget them all
 * @l: the listeners; nothing tells of them any more
 */
void tcpw_listeners_exit(struct tcpw_listeners *l)
{
	cancel_delayed_work_sync(&l->work);
	rhashtable_free_and_destroy(&l->ht, free_listener, NULL);
}
