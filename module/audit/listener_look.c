// SPDX-License-Identifier: GPL-2.0
/*
 * Looks the kernel's table of listening sockets through.  All namespaces share
 * that table, which has up to 65,536 buckets on a large machine, so they share
 * a look, too: whoever wants one waits for the next, and the pause after each
 * is a multiple of what it took, but LOOK_LATEST at the most.  However many
 * ask, and whoever they are, looks take 1 / LOOK_SHARE of a CPU.  What a
 * namespace takes over from a look is work for its own listeners, and its own
 * pause is a multiple of that.
 *
 * Only works look.  Whoever reads waits for one without a lock, and not for
 * long: a process may be stopped at any moment, by its owner or for lack of
 * CPU time, and the locks here are everybody's.
 *
 * Locks: tcpw_listeners.lock, then look_lock.
 */
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/wait.h>

#include <net/net_namespace.h>
#include <net/sock.h>

#include "table/nets.h"
#include "record/sources.h"
#include "kernel/work.h"

#define LOOK_TICKS 1	      /* jiffies from the kernel's word to a look */
#define LOOK_PAUSE (HZ / 10)  /* between two for the same namespace at least */
#define LOOK_TENANT (HZ / 2)  /* for one that is a tenant's */
#define LOOK_AGAIN 4	      /* looks before one that differs is believed */
#define LOOK_UNTOLD (HZ)      /* between two where the kernel tells nothing */
#define LOOK_READ (HZ / 50)   /* for how long one is good enough to be read */
#define LOOK_WAIT (HZ / 4)    /* for one that is to be read, at the most */
#define LOOK_SHARE 100	      /* of a CPU's time for looks, one part */
#define LOOK_LATEST (10 * HZ) /* after the one before: a pause at the most */

static DEFINE_MUTEX(look_lock); /* one look at a time; what they found */
static atomic_t looks_begun;
static unsigned long look_not_before; /* jiffies, under look_lock */

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

/* The pause after what began then, jiffies. */
static unsigned long pause_after(u64 began)
{
	u64 pause = (ktime_get_ns() - began) * LOOK_SHARE;

	return min_t(u64, nsecs_to_jiffies(pause), LOOK_LATEST);
}

static void look_begin(void)
{
	unsigned int look;
	u64 began;

	lockdep_assert_held(&look_lock);
	began = ktime_get_ns();
	/* ORDER: counted before it looks; look_ask() the other way round */
	look = atomic_inc_return(&looks_begun);
	tcpw_skkey_each_listener(&init_net, look_at, &look);
	look_not_before = jiffies + pause_after(began);
}

static unsigned long least_pause(const struct tcpw_listeners *l)
{
	return net_eq(l->net, &init_net) ? LOOK_PAUSE : LOOK_TENANT;
}

/* What is told from here on asks for another look. */
static void look_ask(struct tcpw_listeners *l)
{
	lockdep_assert_held(&l->lock);
	if (l->asked)
		return;
	l->asked = true;
	l->serves = atomic_read(&l->wanted);
	WRITE_ONCE(l->dirty, false);
	/* ORDER: asked before counted; tcpw_listeners_told() and readers */
	smp_mb();
	l->before = atomic_read(&looks_begun);
}

static void take_over(struct tcpw_listeners *l, unsigned long *found)
{
	u64 began = ktime_get_ns();

	*found = tcpw_listeners_settle(l, atomic_read(&looks_begun));
	WRITE_ONCE(l->pause, max(least_pause(l), pause_after(began)));
	WRITE_ONCE(l->looked_at, jiffies);
	l->asked = false;
	WRITE_ONCE(l->served, l->serves);
	wake_up_all(&l->readers);
}

/*
 * How many listen, by a look that began after this was called first.
 * Return: 0, or how long to wait before it is called once more, jiffies.
 */
static unsigned long look(struct tcpw_listeners *l, unsigned long *found)
{
	unsigned long left = 0;

	look_ask(l);
	mutex_lock(&look_lock);
	/* one that another wanted may have come and gone meanwhile */
	if (atomic_read(&looks_begun) == (int)l->before) {
		if (time_before(jiffies, look_not_before))
			left = look_not_before - jiffies;
		else
			look_begin();
	}
	if (!left)
		take_over(l, found);
	mutex_unlock(&look_lock);
	return left;
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
		tcpw_audit_inc(&l->counts->audit, TCPW_ST_CLOSE, TCPW_ST_LISTEN,
			       cause);
	}
	for (; more < 0; more++) {
		atomic_long_inc(&l->gone);
		tcpw_audit_inc(&l->counts->audit, TCPW_ST_LISTEN, TCPW_ST_CLOSE,
			       cause);
	}
	l->differs = 0;
	l->seeding = false;
}

/*
 * A listener is in the table a moment after, and out of it a moment before the
 * word of it: a difference has to last.
 * Return: how long until the next look, 0 where none is needed.
 */
static unsigned long judge(struct tcpw_listeners *l, unsigned long found)
{
	if (!tcpw_source_reports(TCPW_SOURCE_STATES)) {
		adjust(l, found, TCPW_CAUSE_APP);
		return LOOK_UNTOLD;
	}
	if (found != told(l) && ++l->differs < LOOK_AGAIN)
		return l->differs * l->pause;
	if (found != told(l))
		adjust(l, found,
		       l->seeding ? TCPW_CAUSE_SEED : TCPW_CAUSE_UNKNOWN);
	l->differs = 0;
	l->seeding = false;
	return 0;
}

static void look_work(struct work_struct *work)
{
	struct tcpw_listeners *l;
	unsigned long found, again;

	l = container_of(to_delayed_work(work), struct tcpw_listeners, work);
	mutex_lock(&l->lock);
	again = look(l, &found);
	if (!again)
		again = judge(l, found);
	/* it may have been told of while this work was waiting for its turn */
	if (!again && READ_ONCE(l->dirty))
		again = l->pause;
	mutex_unlock(&l->lock);
	if (again)
		queue_delayed_work(tcpw_work_queue(l->net), &l->work, again);
}

/* Soon after the first word, but not at the pace of a loop of them. */
static void look_soon(struct tcpw_listeners *l)
{
	unsigned long since = jiffies - READ_ONCE(l->looked_at);
	unsigned long pause = READ_ONCE(l->pause);

	queue_delayed_work(tcpw_work_queue(l->net), &l->work,
			   since < pause ? pause - since : LOOK_TICKS);
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
	/* ORDER: counted before asked; look_ask() asks the other way round */
	smp_mb__after_atomic();
	WRITE_ONCE(l->dirty, true);
	/* at once: a look comes too late for the first handshakes */
	if (came && !TCPW_PROBE_IS_RAW)
		tcpw_listeners_came(l, sk);
	look_soon(l);
}

static void read_work(struct work_struct *work)
{
	struct tcpw_listeners *l;
	unsigned long found, left;

	l = container_of(to_delayed_work(work), struct tcpw_listeners, read);
	mutex_lock(&l->lock);
	left = look(l, &found);
	mutex_unlock(&l->lock);
	/* one that was asked for before may not do for all who wait */
	if (!left && atomic_read(&l->wanted) != READ_ONCE(l->served))
		left = LOOK_TICKS;
	if (left)
		queue_delayed_work(tcpw_work_queue(l->net), &l->read, left);
}

static bool is_served(const struct tcpw_listeners *l, int ticket)
{
	return READ_ONCE(l->served) - ticket >= 0;
}

/**
 * tcpw_listeners_refresh - have a look, if the last is too old to be read
 * @l: the namespace's listeners
 *
 * It is waited for, for a quarter of a second at the most: where looks take
 * long, what is read may be older.
 *
 * Context: process, may sleep.
 */
void tcpw_listeners_refresh(struct tcpw_listeners *l)
{
	int ticket;

	if (!READ_ONCE(l->dirty) &&
	    jiffies - READ_ONCE(l->looked_at) < LOOK_READ)
		return;
	ticket = atomic_inc_return(&l->wanted);
	queue_delayed_work(tcpw_work_queue(l->net), &l->read, 0);
	wait_event_killable_timeout(l->readers, is_served(l, ticket),
				    LOOK_WAIT);
}

/**
 * tcpw_look_for_all - before tcpw_listeners_seed(), once for all namespaces
 *
 * Once in a load: it waits for no pause.
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
	else if (!tcpw_source_reports(TCPW_SOURCE_STATES))
		queue_delayed_work(tcpw_work_queue(l->net), &l->work,
				   LOOK_UNTOLD);
}

/**
 * tcpw_look_init - the looks of one network namespace
 * @l: its listeners
 */
void tcpw_look_init(struct tcpw_listeners *l)
{
	INIT_DELAYED_WORK(&l->work, look_work);
	INIT_DELAYED_WORK(&l->read, read_work);
	init_waitqueue_head(&l->readers);
	l->pause = least_pause(l);
	l->looked_at = jiffies - l->pause;
}

/**
 * tcpw_look_exit - end them
 * @l: the listeners; nothing tells of them any more
 */
void tcpw_look_exit(struct tcpw_listeners *l)
{
	cancel_delayed_work_sync(&l->read);
	cancel_delayed_work_sync(&l->work);
}
