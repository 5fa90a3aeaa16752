// SPDX-License-Identifier: GPL-2.0
/*
 * Keeps a record for each address and port that somebody listens at, and what
 * became of the handshakes there.
 */
#include <linux/jiffies.h>
#include <linux/rculist.h>
#include <linux/slab.h>

#include <net/net_namespace.h>
#include <net/sock.h>

#include "listener.h"
#include "observer.h"
#include "skkey.h"

#define LOOK_TICKS 1	 /* jiffies from the kernel's word to a look */
#define LOOK_AGAIN 4	 /* looks before one that differs is believed */
#define LOOK_UNTOLD (HZ) /* between two where the kernel tells nothing */

static struct tcpw_listener *find_exact(struct tcpw_listeners *l,
					const struct tcpw_key *key, int bound)
{
	struct tcpw_listener *rec;

	hash_for_each_possible_rcu(l->ht, rec, node, (__force u16)key->lport,
				   lockdep_is_held(&l->lock) ||
					   lockdep_is_held(&l->ht_lock))
		if (rec->bound_if == bound &&
		    !memcmp(&rec->key, key, sizeof(*key)))
			return rec;
	return NULL;
}

static struct tcpw_listener *find_bound(struct tcpw_listeners *l,
					const struct tcpw_key *key, int dif)
{
	struct tcpw_listener *rec = dif ? find_exact(l, key, dif) : NULL;

	return rec ?: find_exact(l, key, 0);
}

/* Who listens for a connection: as the kernel scores them, best match first. */
static struct tcpw_listener *find_for(struct tcpw_listeners *l,
				      const struct tcpw_key *conn, int dif)
{
	struct tcpw_key key = { .lport = conn->lport, .family = conn->family };
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

static struct tcpw_listener *make(struct tcpw_listeners *l,
				  const struct tcpw_key *key, int bound)
{
	struct tcpw_listener *rec, *old;
	unsigned long irq;

	rec = kzalloc(sizeof(*rec), GFP_ATOMIC | __GFP_NOWARN);
	if (!rec)
		return NULL; /* the next look tries again */
	rec->key = *key;
	rec->bound_if = bound;
	rec->fresh = true;
	raw_spin_lock_irqsave(&l->ht_lock, irq);
	old = find_exact(l, key, bound);
	if (!old)
		hash_add_rcu(l->ht, &rec->node, (__force u16)key->lport);
	raw_spin_unlock_irqrestore(&l->ht_lock, irq);
	if (!old)
		return rec;
	kfree(rec);
	return old;
}

/* A socket of the kernel's table; with @known only where it has a record. */
static void count_socket(struct tcpw_listeners *l, const struct sock *sk,
			 bool known)
{
	struct tcpw_listener *rec;
	struct tcpw_key key;

	if (!net_eq(sock_net(sk), l->net) ||
	    !tcpw_skkey_read_listener(&key, sk))
		return;
	rec = find_exact(l, &key, sk->sk_bound_dev_if);
	if (!rec && !known)
		rec = make(l, &key, sk->sk_bound_dev_if);
	if (!rec)
		return;
	rec->found++;
	rec->dropped += atomic_read(&sk->sk_drops);
}

static void look_at(struct sock *sk, void *arg)
{
	count_socket(arg, sk, false);
}

static unsigned long told(const struct tcpw_listeners *l)
{
	return atomic_long_read(&l->came) - atomic_long_read(&l->gone);
}

static void forget(struct tcpw_listeners *l, struct tcpw_listener *rec)
{
	unsigned long irq;

	raw_spin_lock_irqsave(&l->ht_lock, irq);
	hash_del_rcu(&rec->node);
	raw_spin_unlock_irqrestore(&l->ht_lock, irq);
	kfree_rcu(rec, rcu);
}

/* Takes over what a look has found, and says how many; forgets the others. */
static unsigned long look(struct tcpw_listeners *l)
{
	struct tcpw_listener *rec;
	struct hlist_node *next;
	unsigned long n = 0;
	int i;

	lockdep_assert_held(&l->lock);
	tcpw_skkey_each_listener(l->net, look_at, l);
	hash_for_each_safe(l->ht, i, next, rec, node) {
		n += rec->found;
		WRITE_ONCE(rec->sockets, rec->found);
		WRITE_ONCE(rec->drops, rec->dropped);
		rec->found = 0;
		rec->dropped = 0;
		if (!rec->sockets && !rec->fresh)
			forget(l, rec);
		else
			rec->fresh = false; /* it may not be there yet */
	}
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
		again = l->differs * LOOK_TICKS;
	else
		adjust(l, found, TCPW_CAUSE_UNKNOWN);
	mutex_unlock(&l->lock);
	if (untold)
		again = LOOK_UNTOLD;
	if (again)
		queue_delayed_work(system_unbound_wq, &l->work, again);
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
	struct tcpw_key key;

	atomic_long_inc(came ? &l->came : &l->gone);
	/* at once: a look comes too late for the first handshakes */
	if (came && !TCPW_PROBE_IS_RAW && tcpw_skkey_read_listener(&key, sk) &&
	    key.lport)
		make(l, &key, sk->sk_bound_dev_if);
	queue_delayed_work(system_unbound_wq, &l->work, LOOK_TICKS);
}

static void drops_at(struct sock *sk, void *arg)
{
	count_socket(arg, sk, true);
}

/**
 * tcpw_listeners_refresh - read what the kernel counts for each listener
 * @l: the namespace's listeners
 *
 * Who listens is left as the last look has found it.
 *
 * Context: process, may sleep.
 */
void tcpw_listeners_refresh(struct tcpw_listeners *l)
{
	struct tcpw_listener *rec;
	int i;

	mutex_lock(&l->lock);
	tcpw_skkey_each_listener(l->net, drops_at, l);
	hash_for_each(l->ht, i, rec, node) {
		WRITE_ONCE(rec->drops, rec->dropped);
		rec->found = 0;
		rec->dropped = 0;
	}
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

/**
 * tcpw_listeners_init - nobody listens yet
 * @l: filled
 * @net: its network namespace
 * @audit: where it counts what nobody told of
 */
void tcpw_listeners_init(struct tcpw_listeners *l, struct net *net,
			 struct tcpw_audit *audit)
{
	hash_init(l->ht);
	raw_spin_lock_init(&l->ht_lock);
	mutex_init(&l->lock);
	INIT_DELAYED_WORK(&l->work, look_work);
	l->net = net;
	l->audit = audit;
	atomic_long_set(&l->came, 0);
	atomic_long_set(&l->gone, 0);
}

/**
 * tcpw_listeners_exit - forget them all
 * @l: the listeners; nothing tells of them any more
 */
void tcpw_listeners_exit(struct tcpw_listeners *l)
{
	struct tcpw_listener *rec;
	struct hlist_node *next;
	int i;

	cancel_delayed_work_sync(&l->work);
	hash_for_each_safe(l->ht, i, next, rec, node)
		forget(l, rec);
}
