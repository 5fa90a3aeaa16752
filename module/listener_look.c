// SPDX-License-Identifier: GPL-2.0
/*
 * Looks the kernel's table of listening sockets through.  All namespaces share
 * that table, which has up to 65,536 buckets on a large machine, so they share
 * a look, too: whoever wants one waits for the next, and the pause after each
 * is a multiple of what it took.  However many ask, and whoever they are, it
 * takes at most 1 / LOOK_SHARE of a CPU.
 *
 * Locks: tcpw_listeners.lock, then look_lock.
 */
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>

#include <net/net_namespace.h>
#include <net/sock.h>

#include "observer.h"
#include "pernet.h"

#define LOOK_TICKS 1	     /* jiffies from the kernel's word to a look */
#define LOOK_PAUSE (HZ / 10) /* between two for the same namespace at least */
#define LOOK_AGAIN 4	     /* looks before one that differs is believed */
#define LOOK_UNTOLD (HZ)     /* between two where the kernel tells nothing */
#define LOOK_READ (HZ / 50)  /* for how long one is good enough to be read */
#define LOOK_SHARE 100	     /* of a CPU's time for looks, one part */

static DEFINE_MUTEX(look_lock); /* one look at a time; what they found */
static atomic_t looks_begun;
static u64 look_not_before; /* ktime_get() ns, under look_lock */

static void look_at(struct sock *sk, void *arg)
{
	const unsigned int *look = arg;
	struct tcpw_listeners *l;

	rcu_read_lock();
	l = tcpw_pernet_listeners(sock_net(sk));
	if (l)
		tcpw_listeners_met(l, sk, *look);
	rcu_read_unlock();
}

/* Under look_lock: wait until a look may begin. */
static void look_pause(void)
{
	u64 now = ktime_get_ns();
	u64 us;

	if (now >= look_not_before)
		return;
	us = div_u64(look_not_before - now, NSEC_PER_USEC) + 1;
	usleep_range(us, us + us / 8);
}

static void look_begin(void)
{
	unsigned int look;
	u64 began;

	lockdep_assert_held(&look_lock);
	look_pause();
	began = ktime_get_ns();
	/* ORDER: counted before it looks; look() the other way round */
	look = atomic_inc_return(&looks_begun);
	tcpw_skkey_each_listener(&init_net, look_at, &look);
	look_not_before =
		ktime_get_ns() + (ktime_get_ns() - began) * LOOK_SHARE;
}

/* How many listen, by a look that begins after this is called. */
static unsigned long look(struct tcpw_listeners *l)
{
	unsigned int before;
	unsigned long n;

	lockdep_assert_held(&l->lock);
	WRITE_ONCE(l->dirty, false);
	/* ORDER: from here on what is told asks for another look */
	smp_mb();
	before = atomic_read(&looks_begun);
	mutex_lock(&look_lock);
	/* one that another wanted has come and gone while we waited */
	if (atomic_read(&looks_begun) == (int)before)
		look_begin();
	n = tcpw_listeners_settle(l, atomic_read(&looks_begun));
	mutex_unlock(&look_lock);
	l->looked_at = jiffies;
	return n;
}

static unsigned long told(const struct tcpw_listeners *l)
{
	return atomic_long_read(&l->came) - atomic_long_read(&l->gone);
}

/* Under the lock: make the told number equal to the one that was found. */
static void adjust(struct tcpw_listeners *l, unsigned long found,
		   enum tcpw_cause cause)
{
	long more = found - told(l);

	if (more)
		tcpw_counts_arm(l->counts);
	for (; more > 0; more--) {
		atomic_long_inc(&l->came);
		tcpw_audit_inc(&l->counts->audit, TCPW_ST_CLOSE, TCPW_ST_LISTEN, cause);
	}
	for (; more < 0; more++) {
		atomic_long_inc(&l->gone);
		tcpw_audit_inc(&l->counts->audit, TCPW_ST_LISTEN, TCPW_ST_CLOSE, cause);
	}
	l->differs = 0;
	l->seeding = false;
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
		adjust(l, found,
		       l->seeding ? TCPW_CAUSE_SEED : TCPW_CAUSE_UNKNOWN);
	if (!again)
		l->seeding = false;
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
	atomic_long_inc(came ? &l->came : &l->gone);
	/* ORDER: counted before asked; look() asks the other way round */
	smp_mb__after_atomic();
	WRITE_ONCE(l->dirty, true);
	/* at once: a look comes too late for the first handshakes */
	if (came && !TCPW_PROBE_IS_RAW)
		tcpw_listeners_came(l, sk);
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
 * tcpw_look_for_all - before tcpw_listeners_seed(), once for all namespaces
 *
 * Context: process, may sleep.
 */
void tcpw_look_for_all(void)
{
	mutex_lock(&look_lock);
	look_begin();
	mutex_unlock(&look_lock);
}

/**
 * tcpw_listeners_seed - who listens already when the module is loaded
 * @l: the namespace's listeners
 *
 * What came or went since the look began is told of, and asks for another.
 *
 * Context: process, may sleep.
 */
void tcpw_listeners_seed(struct tcpw_listeners *l)
{
	unsigned long found;
	bool later;

	mutex_lock(&l->lock);
	mutex_lock(&look_lock);
	found = tcpw_listeners_settle(l, atomic_read(&looks_begun));
	mutex_unlock(&look_lock);
	later = READ_ONCE(l->dirty);
	l->seeding = later;
	if (!later)
		adjust(l, found, TCPW_CAUSE_SEED);
	mutex_unlock(&l->lock);
	if (later)
		look_soon(l);
	else if (!tcpw_observer_active())
		queue_delayed_work(system_unbound_wq, &l->work, LOOK_UNTOLD);
}

/**
 * tcpw_look_init - the looks of one network namespace
 * @l: its listeners
 */
void tcpw_look_init(struct tcpw_listeners *l)
{
	INIT_DELAYED_WORK(&l->work, look_work);
	l->looked_at = jiffies - LOOK_PAUSE;
}

/**
 * tcpw_look_exit - end them
 * @l: the listeners; nothing tells of them any more
 */
void tcpw_look_exit(struct tcpw_listeners *l)
{
	cancel_delayed_work_sync(&l->work);
}
