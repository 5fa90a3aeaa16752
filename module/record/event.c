// SPDX-License-Identifier: GPL-2.0
/*
 * Queues of transitions, one per CPU, and the work that takes them out in
 * order and numbers them.
 *
 * A queue is a kfifo with one writer, its CPU with interrupts off and a flow
 * locked, and one reader, whoever holds tcpw_events.lock.  Each transition has
 * a ticket.  Those of one endpoint are queued under its lock, so one that has
 * a ticket is never found without the endpoint's earlier ones: the work notes
 * the last ticket before it looks, and takes out only those up to it.
 *
 * The kernel tells that somebody listens somewhere, not in which namespace.
 * Where nobody heard what was told, what comes is only counted as lost for a
 * moment, and the queues stay small.  A reader that asks for a summary ends
 * that moment: after joining it has to ask for the last number anyway.
 */
#include <linux/jiffies.h>
#include <linux/kfifo.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/workqueue.h>

#include "record/event.h"
#include "kernel/work.h"

#define FLUSH_TICKS (HZ / 200) /* 5 ms, so that they are told within 10 */
#define QUEUE_FIRST 256	       /* transitions, until somebody hears */
#define QUEUE_JOINED 2048      /* for each CPU, once somebody may hear */
#define QUEUES_HOST SZ_256M    /* bytes, of the initial namespace */
#define QUEUES_TENANT SZ_32M   /* of any other */
#define DEAF_TICKS (HZ / 10)   /* until it is tried again */
#define HEARD_TICKS HZ	       /* a reader may just be slow */
#define FIT_TICKS (HZ / 4)     /* until a tenant's work asks for memory again */

/**
 * struct tcpw_event_queue - transitions of one CPU
 * @fifo: the transitions
 * @buf: where they are
 * @bytes: that they take
 */
struct tcpw_event_queue {
	DECLARE_KFIFO_PTR(fifo, struct tcpw_event);
	struct tcpw_event *buf;
	size_t bytes;
};

static bool is_host(const struct tcpw_events *ev)
{
	return net_eq(ev->net, &init_net);
}

/*
 * Each namespace has its own share, and pays for it: what one takes is not
 * missing for another.
 */
static size_t queues_most(const struct tcpw_events *ev)
{
	return is_host(ev) ? QUEUES_HOST : QUEUES_TENANT;
}

/* Counts, and refuses what is too much. */
static bool bytes_take(struct tcpw_events *ev, size_t bytes)
{
	if (atomic_long_add_return(bytes, &ev->bytes) <= queues_most(ev))
		return true;
	atomic_long_sub(bytes, &ev->bytes);
	return false;
}

static struct tcpw_event_queue *queue_alloc(size_t bytes, bool may_wait)
{
	/* no OOM killer, no reserves: a transition without room is counted */
	gfp_t gfp = __GFP_ACCOUNT | __GFP_NOWARN |
		    (may_wait ? GFP_KERNEL | __GFP_NORETRY : GFP_NOWAIT);
	struct tcpw_event_queue *queue = kzalloc(sizeof(*queue), gfp);

	if (!queue)
		return NULL;
	queue->bytes = bytes;
	queue->buf = may_wait ? kvmalloc(bytes, gfp) : kmalloc(bytes, gfp);
	if (queue->buf)
		return queue;
	kfree(queue);
	return NULL;
}

static struct tcpw_event_queue *queue_make(struct tcpw_events *ev,
					   unsigned int size, bool may_wait)
{
	struct tcpw_event_queue *queue;
	size_t bytes = size * sizeof(*queue->buf);
	struct mem_cgroup *old;

	if (!bytes_take(ev, bytes))
		return NULL;
	old = tcpw_set_active_memcg(ev->memcg);
	queue = queue_alloc(bytes, may_wait);
	tcpw_set_active_memcg(old);
	if (queue)
		kfifo_init(&queue->fifo, queue->buf, bytes);
	else
		atomic_long_sub(bytes, &ev->bytes);
	return queue;
}

/* No writer may know it any more. */
static void queue_free(struct tcpw_events *ev, struct tcpw_event_queue *queue)
{
	if (!queue)
		return;
	atomic_long_sub(queue->bytes, &ev->bytes);
	kvfree(queue->buf);
	kfree(queue);
}

/* The first who is told of something makes the place for all CPUs. */
static struct tcpw_event_cpu __percpu *cpus_make(struct tcpw_events *ev)
{
	struct tcpw_event_cpu __percpu *cpu, *old;
	struct mem_cgroup *memcg = tcpw_set_active_memcg(ev->memcg);

	cpu = alloc_percpu_gfp(struct tcpw_event_cpu,
			       GFP_NOWAIT | __GFP_ACCOUNT | __GFP_NOWARN);
	tcpw_set_active_memcg(memcg);
	if (!cpu)
		return NULL;
	old = cmpxchg(&ev->cpu, NULL, cpu);
	if (!old)
		return cpu;
	free_percpu(cpu);
	return old;
}

static struct tcpw_event_cpu __percpu *cpus_of(struct tcpw_events *ev)
{
	return READ_ONCE(ev->cpu) ?: cpus_make(ev);
}

/* The first queue of a CPU, unless it has got one meanwhile. */
static void cpu_give(struct tcpw_events *ev, struct tcpw_event_cpu *cpu,
		     struct tcpw_event_queue *queue)
{
	if (queue && cmpxchg((__force struct tcpw_event_queue **)&cpu->queue,
			     NULL, queue))
		queue_free(ev, queue);
}

/* A small queue for this CPU, now; without one what comes is lost. */
static void cpu_arm(struct tcpw_events *ev)
{
	struct tcpw_event_cpu __percpu *cpus = cpus_of(ev);
	struct tcpw_event_cpu *cpu;

	if (!cpus)
		return;
	cpu = raw_cpu_ptr(cpus);
	if (!rcu_access_pointer(cpu->queue))
		cpu_give(ev, cpu, queue_make(ev, QUEUE_FIRST, false));
}

static bool is_deaf(const struct tcpw_events *ev)
{
	return READ_ONCE(ev->deaf) &&
	       time_before(jiffies, READ_ONCE(ev->deaf_until));
}

/**
 * tcpw_events_listen - somebody listens, or may have begun to
 * @ev: the stream
 */
void tcpw_events_listen(struct tcpw_events *ev)
{
	WRITE_ONCE(ev->deaf, false);
}

/**
 * tcpw_events_arm - somebody listens: have a queue for this CPU
 * @ev: the stream
 * @raw: nothing may be allocated here
 *
 * Context: any but NMI, no flow locked.
 */
void tcpw_events_arm(struct tcpw_events *ev, bool raw)
{
	struct tcpw_event_cpu __percpu *cpus = READ_ONCE(ev->cpu);

	if (!raw && !is_deaf(ev) &&
	    (!cpus || !rcu_access_pointer(raw_cpu_ptr(cpus)->queue)))
		cpu_arm(ev);
}

/* Interrupts are off: one that found no room. */
static void cpu_lose(struct tcpw_events *ev, unsigned int n)
{
	struct tcpw_event_cpu __percpu *cpus = READ_ONCE(ev->cpu);
	struct tcpw_event_cpu *cpu;

	if (!cpus) {
		atomic_long_add(n, &ev->early);
		return;
	}
	cpu = this_cpu_ptr(cpus);
	WRITE_ONCE(cpu->lost, cpu->lost + n);
}

/**
 * tcpw_events_skip - is nobody there to be told?
 * @ev: the stream
 * @n: transitions that are to be logged; counted as lost if so
 *
 * Context: interrupts off, the flow locked.
 * Return: true where they are not to be logged.
 */
bool tcpw_events_skip(struct tcpw_events *ev, unsigned int n)
{
	if (likely(!is_deaf(ev)))
		return false;
	cpu_lose(ev, n);
	return true;
}

/**
 * tcpw_events_log - queue a transition
 * @ev: the stream
 * @event: the transition; its ticket is filled
 *
 * Context: interrupts off, its flow locked; tcpw_events_kick() is to follow.
 */
void tcpw_events_log(struct tcpw_events *ev, struct tcpw_event *event)
{
	struct tcpw_event_cpu __percpu *cpus = READ_ONCE(ev->cpu);
	struct tcpw_event_queue *queue = NULL;

	event->ticket = atomic64_inc_return(&ev->ticket);
	if (likely(cpus))
		queue = rcu_dereference_check(this_cpu_ptr(cpus)->queue,
					      irqs_disabled());
	if (!queue || !kfifo_put(&queue->fifo, *event))
		cpu_lose(ev, 1);
}

/* A change logs up to three: once is enough to say so. */
static bool half_full(const struct tcpw_event_queue *queue)
{
	unsigned int over = queue->fifo.kfifo.in - queue->fifo.kfifo.out -
			    (queue->fifo.kfifo.mask + 1) / 2;

	return over < 4;
}

/**
 * tcpw_events_kick - have what was logged told soon
 * @ev: the stream
 *
 * Context: any but NMI, no flow locked.
 */
void tcpw_events_kick(struct tcpw_events *ev)
{
	struct tcpw_event_cpu __percpu *cpus = READ_ONCE(ev->cpu);
	struct tcpw_event_queue *queue = NULL;
	bool full;

	rcu_read_lock();
	if (likely(cpus))
		queue = rcu_dereference(raw_cpu_ptr(cpus)->queue);
	full = !queue || half_full(queue);
	rcu_read_unlock();
	/* ORDER: queued before asked; the work asks the other way round */
	smp_mb();
	if (full)
		mod_delayed_work(tcpw_work_tell_queue(ev->net), &ev->flush, 0);
	else if (!delayed_work_pending(&ev->flush))
		queue_delayed_work(tcpw_work_tell_queue(ev->net), &ev->flush,
				   FLUSH_TICKS);
}

/* The queue that a CPU's next transition is in. */
static struct tcpw_event_queue *cpu_reading(struct tcpw_events *ev,
					    struct tcpw_event_cpu *cpu)
{
	if (cpu->rest && kfifo_is_empty(&cpu->rest->fifo)) {
		queue_free(ev, cpu->rest);
		cpu->rest = NULL;
	}
	return cpu->rest
		       ?: rcu_dereference_protected(cpu->queue,
						    lockdep_is_held(&ev->lock));
}

/* The next transition of a CPU, if its ticket is not after that. */
static struct tcpw_event *cpu_peek(struct tcpw_events *ev, int cpu, u64 until)
{
	struct tcpw_event_queue *queue;
	struct tcpw_event *event;

	queue = cpu_reading(ev, per_cpu_ptr(ev->cpu, cpu));
	if (!queue || kfifo_is_empty(&queue->fifo))
		return NULL;
	smp_rmb(); /* with kfifo_put(): there before counted */
	event = &queue->buf[queue->fifo.kfifo.out & queue->fifo.kfifo.mask];
	return event->ticket <= until ? event : NULL;
}

static void cpu_skip(struct tcpw_events *ev, int cpu)
{
	smp_mb(); /* read before its place may be taken */
	kfifo_skip(&cpu_reading(ev, per_cpu_ptr(ev->cpu, cpu))->fifo);
}

/* What found no room since the last time. */
static void count_lost(struct tcpw_events *ev)
{
	struct tcpw_event_cpu *cpu;
	unsigned long lost;
	int i;

	ev->untold += atomic_long_xchg(&ev->early, 0);
	for_each_possible_cpu(i) {
		cpu = per_cpu_ptr(ev->cpu, i);
		lost = READ_ONCE(cpu->lost);
		ev->untold += lost - cpu->told;
		cpu->told = lost;
	}
}

/*
 * The CPU with the oldest transition, -1 where there is none; and up to which
 * ticket its next ones are the oldest, too.
 */
static int events_oldest(struct tcpw_events *ev, u64 until, u64 *up_to)
{
	struct tcpw_event *event;
	u64 least = U64_MAX;
	int i, cpu = -1;

	*up_to = until;
	for_each_possible_cpu(i) {
		event = cpu_peek(ev, i, until);
		if (!event)
			continue;
		if (event->ticket > least) {
			*up_to = min(*up_to, event->ticket);
			continue;
		}
		if (cpu >= 0)
			*up_to = min(*up_to, least);
		least = event->ticket;
		cpu = i;
	}
	return cpu;
}

/*
 * How large a queue is to be: as asked for, or as its CPU's part of the share
 * allows.  While one takes the place of another there are two.
 */
static unsigned int queue_size(const struct tcpw_events *ev)
{
	size_t most = queues_most(ev) / 2 / num_online_cpus() /
		      sizeof(struct tcpw_event);

	return min_t(size_t, READ_ONCE(ev->size), rounddown_pow_of_two(most));
}

/*
 * Memory of a tenant may be slow to come, or not come: a work takes what is
 * there at once, as much as there is of it.
 */
static struct tcpw_event_queue *queue_grow(struct tcpw_events *ev,
					   const struct tcpw_event_queue *old,
					   unsigned int size, bool may_wait)
{
	unsigned int least = old ? kfifo_size(&old->fifo) : QUEUE_FIRST - 1;
	struct tcpw_event_queue *queue;

	queue = queue_make(ev, size, may_wait);
	while (!queue && !may_wait && (size /= 2) > least)
		queue = queue_make(ev, size, false);
	return queue;
}

/* Queues of the size that they are to have. */
static void events_fit(struct tcpw_events *ev, bool may_wait)
{
	unsigned int size = queue_size(ev);
	struct tcpw_event_queue *queue, *old;
	struct tcpw_event_cpu *cpu;
	bool any = false;
	int i;

	for_each_possible_cpu(i) {
		cpu = per_cpu_ptr(ev->cpu, i);
		old = rcu_dereference_protected(cpu->queue,
						lockdep_is_held(&ev->lock));
		if (cpu->rest || (old ? kfifo_size(&old->fifo) == size
				      : READ_ONCE(cpu->lost) == 0))
			continue;
		queue = queue_grow(ev, old, size, may_wait);
		if (!queue)
			continue;
		/* its CPU may have got itself a small one meanwhile */
		cpu->rest =
			xchg((__force struct tcpw_event_queue **)&cpu->queue,
			     queue);
		any = true;
	}
	if (any)
		synchronize_rcu();
}

/* By the work, which is not to ask in vain all the time. */
static void events_try_fit(struct tcpw_events *ev)
{
	bool host = is_host(ev);

	if (!host && time_before(jiffies, ev->fit_at))
		return;
	ev->fit_at = jiffies + FIT_TICKS;
	events_fit(ev, host);
}

/* False where there was nothing to tell; @heard: did somebody hear it? */
static bool events_flush(struct tcpw_events *ev, bool *heard)
{
	/* ORDER: the ticket before the queues, see above */
	u64 up_to, until = atomic64_read(&ev->ticket);
	struct tcpw_event_batch batch;
	struct tcpw_event *event;
	unsigned int n = 0;
	int cpu;

	lockdep_assert_held(&ev->lock);
	smp_rmb(); /* the same */
	if (!cpus_of(ev))
		return false; /* what comes is counted */
	count_lost(ev);
	cpu = events_oldest(ev, until, &up_to);
	if (cpu < 0 && !ev->untold)
		return false;
	tcpw_event_batch_begin(&batch, ev);
	for (; cpu >= 0; cpu = events_oldest(ev, until, &up_to)) {
		while ((event = cpu_peek(ev, cpu, up_to))) {
			tcpw_event_batch_add(&batch, event);
			cpu_skip(ev, cpu);
			if (++n % 64 == 0)
				cond_resched();
		}
	}
	tcpw_event_batch_end(&batch);
	*heard = batch.heard;
	return true;
}

static bool events_left(struct tcpw_events *ev)
{
	u64 up_to;

	return READ_ONCE(ev->cpu) && events_oldest(ev, U64_MAX, &up_to) >= 0;
}

/* No word from anybody also where the only reader's buffer is full. */
static void events_tell(struct tcpw_events *ev)
{
	bool heard;

	if (!events_flush(ev, &heard))
		return;
	if (heard) {
		WRITE_ONCE(ev->heard, true);
		ev->heard_at = jiffies;
		tcpw_events_listen(ev);
		events_try_fit(ev);
		return;
	}
	if (ev->heard && time_before(jiffies, ev->heard_at + HEARD_TICKS))
		return;
	WRITE_ONCE(ev->heard, false);
	WRITE_ONCE(ev->deaf_until, jiffies + DEAF_TICKS);
	WRITE_ONCE(ev->deaf, true);
}

static void event_work(struct work_struct *work)
{
	struct tcpw_events *ev;
	bool left;

	ev = container_of(to_delayed_work(work), struct tcpw_events, flush);
	/* who holds it may be slow, and other tenants' works are waiting */
	if (!mutex_trylock(&ev->lock)) {
		queue_delayed_work(tcpw_work_tell_queue(ev->net), &ev->flush,
				   FLUSH_TICKS);
		return;
	}
	events_tell(ev);
	left = events_left(ev);
	mutex_unlock(&ev->lock);
	if (left)
		queue_delayed_work(tcpw_work_tell_queue(ev->net), &ev->flush,
				   FLUSH_TICKS);
}

/**
 * tcpw_events_expect - somebody may have joined: have a queue for each CPU
 * @ev: the stream
 *
 * The small queue that a CPU makes for itself may be full before the work has
 * told anything, where that has to wait for its CPU.  The host's work makes
 * them larger soon; a tenant's gets all that there is at once.  It is not
 * waited for: all generic netlink may have to wait with it.
 *
 * Context: process, may sleep.
 */
void tcpw_events_expect(struct tcpw_events *ev)
{
	struct tcpw_event_cpu __percpu *cpus;
	unsigned int size = queue_size(ev);
	struct tcpw_event_cpu *cpu;
	int i;

	tcpw_events_listen(ev);
	if (!tcpw_event_listened(ev->net))
		return;
	cpus = cpus_of(ev);
	if (!cpus)
		return;
	if (is_host(ev))
		size = min_t(unsigned int, size, QUEUE_JOINED);
	for_each_online_cpu(i) {
		cpu = per_cpu_ptr(cpus, i);
		if (!rcu_access_pointer(cpu->queue))
			cpu_give(ev, cpu,
				 queue_grow(ev, NULL, size, is_host(ev)));
	}
}

/**
 * tcpw_events_resize - how much the queues are to take from now on
 * @ev: the stream
 * @size: transitions per CPU, a power of two
 *
 * Context: process, may sleep.
 */
void tcpw_events_resize(struct tcpw_events *ev, unsigned int size)
{
	WRITE_ONCE(ev->size, size);
	mutex_lock(&ev->lock);
	if (ev->cpu)
		events_fit(ev, is_host(ev));
	mutex_unlock(&ev->lock);
	/* one that is not empty yet changes when it is read next */
	queue_delayed_work(tcpw_work_tell_queue(ev->net), &ev->flush, 0);
}

static bool nobody_hears(const struct tcpw_events *ev)
{
	return READ_ONCE(ev->deaf) || !tcpw_event_listened(ev->net);
}

/* Takes the queues away, once what is in them was told. */
static void events_retire(struct tcpw_events *ev)
{
	struct tcpw_event_cpu *cpu;
	bool any = false;
	int i;

	lockdep_assert_held(&ev->lock);
	if (!READ_ONCE(ev->cpu))
		return;
	for_each_possible_cpu(i) {
		cpu = per_cpu_ptr(ev->cpu, i);
		if (cpu->rest || !rcu_access_pointer(cpu->queue))
			continue;
		cpu->rest =
			rcu_dereference_protected(cpu->queue,
						  lockdep_is_held(&ev->lock));
		RCU_INIT_POINTER(cpu->queue, NULL);
		any = true;
	}
	if (any)
		synchronize_rcu();
	events_tell(ev);
}

/**
 * tcpw_events_rest - free the queues where nobody listens
 * @ev: the stream
 *
 * Context: process, may sleep.
 */
void tcpw_events_rest(struct tcpw_events *ev)
{
	if (!atomic_long_read(&ev->bytes) || !nobody_hears(ev))
		return;
	mutex_lock(&ev->lock);
	events_tell(ev); /* somebody may have begun to listen */
	if (nobody_hears(ev))
		events_retire(ev);
	mutex_unlock(&ev->lock);
}

/**
 * tcpw_events_init - a stream that nobody listens to yet
 * @ev: filled
 * @net: its network namespace
 * @memcg: who pays for the queues, NULL for whoever runs
 */
void tcpw_events_init(struct tcpw_events *ev, struct net *net,
		      struct mem_cgroup *memcg)
{
	ev->net = net;
	ev->memcg = memcg;
	ev->size = TCPW_EVENT_QUEUE_DEFAULT;
	ev->fit_at = jiffies;
	mutex_init(&ev->lock);
	INIT_DELAYED_WORK(&ev->flush, event_work);
}

/**
 * tcpw_events_exit - end a stream
 * @ev: the stream; nothing is logged any more
 */
void tcpw_events_exit(struct tcpw_events *ev)
{
	struct tcpw_event_cpu *cpu;
	int i;

	cancel_delayed_work_sync(&ev->flush);
	if (!ev->cpu)
		return;
	for_each_possible_cpu(i) {
		cpu = per_cpu_ptr(ev->cpu, i);
		queue_free(ev, cpu->rest);
		queue_free(ev, rcu_dereference_protected(cpu->queue, true));
	}
	free_percpu(ev->cpu);
}
