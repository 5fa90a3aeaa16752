// SPDX-License-Identifier: GPL-2.0
/*
 * Queues of transitions, one per CPU, and the work that takes them out in
 * order and numbers them.
 *
 * A queue is a kfifo with one writer, its CPU with interrupts off and a flow
 * locked, and one reader, whoever holds tcpw_events.lock.  Transitions of one
 * endpoint are queued under its lock, so a later one is never found without
 * the earlier ones: the work reads the clock before it looks, and takes out
 * only what was queued until then.
 */
#include <linux/jiffies.h>
#include <linux/kfifo.h>
#include <linux/ktime.h>
#include <linux/slab.h>
#include <linux/smp.h>

#include "event.h"

#define FLUSH_TICKS (HZ / 200) /* 5 ms, so that they are told within 10 */
#define QUEUE_FIRST 128	       /* until the work gives a larger one */

/**
 * struct tcpw_event_queue - transitions of one CPU
 * @rcu: for its end
 * @bytes: that it takes
 * @fifo: the transitions
 * @buf: where they are
 */
struct tcpw_event_queue {
	struct rcu_head rcu;
	size_t bytes;
	DECLARE_KFIFO_PTR(fifo, struct tcpw_event);
	struct tcpw_event buf[];
};

static struct workqueue_struct *event_wq;

static struct tcpw_event_queue *queue_make(struct tcpw_events *ev,
					   unsigned int size, gfp_t gfp)
{
	struct tcpw_event_queue *queue;
	size_t bytes = struct_size(queue, buf, size);

	queue = gfp == GFP_KERNEL ? kvmalloc(bytes, gfp)
				  : kmalloc(bytes, gfp | __GFP_NOWARN);
	if (!queue)
		return NULL;
	queue->bytes = bytes;
	kfifo_init(&queue->fifo, queue->buf, size * sizeof(queue->buf[0]));
	atomic_long_add(bytes, &ev->bytes);
	return queue;
}

/* No writer may know it any more. */
static void queue_free(struct tcpw_events *ev, struct tcpw_event_queue *queue)
{
	if (!queue)
		return;
	atomic_long_sub(queue->bytes, &ev->bytes);
	kvfree(queue);
}

/* A small queue for this CPU, now; without one what comes is lost. */
static void cpu_arm(struct tcpw_events *ev)
{
	struct tcpw_event_cpu *cpu = raw_cpu_ptr(ev->cpu);
	struct tcpw_event_queue *queue;

	queue = queue_make(ev, QUEUE_FIRST, GFP_ATOMIC);
	if (queue && cmpxchg((__force struct tcpw_event_queue **)&cpu->queue,
			     NULL, queue))
		queue_free(ev, queue);
}

/**
 * tcpw_events_wanted - does anybody listen?
 * @ev: the stream
 * @raw: nothing may be allocated here
 *
 * To be asked before a flow is locked, so that there is a queue then.
 *
 * Context: any but NMI.
 * Return: true where transitions are to be logged.
 */
bool tcpw_events_wanted(struct tcpw_events *ev, bool raw)
{
	if (likely(!tcpw_event_listened(ev->net)))
		return false;
	if (!raw && !rcu_access_pointer(raw_cpu_ptr(ev->cpu)->queue))
		cpu_arm(ev);
	return true;
}

/**
 * tcpw_events_log - queue a transition
 * @ev: the stream
 * @event: the transition; @event->logged is filled
 *
 * Context: interrupts off, its flow locked; tcpw_events_kick() is to follow.
 */
void tcpw_events_log(struct tcpw_events *ev, struct tcpw_event *event)
{
	struct tcpw_event_cpu *cpu = this_cpu_ptr(ev->cpu);
	struct tcpw_event_queue *queue;

	event->logged = ktime_get_ns();
	queue = rcu_dereference_check(cpu->queue, irqs_disabled());
	if (!queue || !kfifo_put(&queue->fifo, *event))
		WRITE_ONCE(cpu->lost, cpu->lost + 1);
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
	struct tcpw_event_queue *queue;
	bool full;

	rcu_read_lock();
	queue = rcu_dereference(raw_cpu_ptr(ev->cpu)->queue);
	full = !queue || half_full(queue);
	rcu_read_unlock();
	if (full)
		mod_delayed_work(event_wq, &ev->flush, 0);
	else if (!delayed_work_pending(&ev->flush))
		queue_delayed_work(event_wq, &ev->flush, FLUSH_TICKS);
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

/* The next transition of a CPU, if it was logged until then. */
static struct tcpw_event *cpu_peek(struct tcpw_events *ev, int cpu, u64 until)
{
	struct tcpw_event_queue *queue;
	struct tcpw_event *event;

	queue = cpu_reading(ev, per_cpu_ptr(ev->cpu, cpu));
	if (!queue || kfifo_is_empty(&queue->fifo))
		return NULL;
	smp_rmb(); /* with kfifo_put(): there before counted */
	event = &queue->buf[queue->fifo.kfifo.out & queue->fifo.kfifo.mask];
	return event->logged <= until ? event : NULL;
}

static void cpu_skip(struct tcpw_events *ev, int cpu)
{
	kfifo_skip(&cpu_reading(ev, per_cpu_ptr(ev->cpu, cpu))->fifo);
}

static u64 events_lost(struct tcpw_events *ev)
{
	struct tcpw_event_cpu *cpu;
	unsigned long lost;
	u64 n = 0;
	int i;

	for_each_possible_cpu(i) {
		cpu = per_cpu_ptr(ev->cpu, i);
		lost = READ_ONCE(cpu->lost);
		n += lost - cpu->told;
		cpu->told = lost;
	}
	return n;
}

/* The oldest transition of all CPUs; -1 where there is none. */
static int events_oldest(struct tcpw_events *ev, u64 until)
{
	struct tcpw_event *event;
	u64 least = U64_MAX;
	int i, cpu = -1;

	for_each_possible_cpu(i) {
		event = cpu_peek(ev, i, until);
		if (!event || event->logged >= least)
			continue;
		least = event->logged;
		cpu = i;
	}
	return cpu;
}

/* Queues of the size that they are to have; not while nobody listens. */
static void events_fit(struct tcpw_events *ev)
{
	unsigned int size = READ_ONCE(ev->size);
	struct tcpw_event_queue *queue, *old;
	struct tcpw_event_cpu *cpu;
	bool any = false;
	int i;

	for_each_possible_cpu(i) {
		cpu = per_cpu_ptr(ev->cpu, i);
		old = rcu_dereference_protected(cpu->queue,
						lockdep_is_held(&ev->lock));
		if (old ? cpu->rest || kfifo_size(&old->fifo) == size
			: READ_ONCE(cpu->lost) == cpu->told)
			continue;
		queue = queue_make(ev, size, GFP_KERNEL);
		if (!queue)
			continue;
		cpu->rest = old;
		rcu_assign_pointer(cpu->queue, queue);
		any = true;
	}
	if (any)
		synchronize_rcu();
}

static void events_flush(struct tcpw_events *ev, u64 until)
{
	struct tcpw_event_batch batch;
	u64 lost = events_lost(ev);
	unsigned int n = 0;
	int cpu;

	lockdep_assert_held(&ev->lock);
	cpu = events_oldest(ev, until);
	if (cpu < 0 && !lost)
		return;
	tcpw_event_batch_begin(&batch, ev, lost);
	for (; cpu >= 0; cpu = events_oldest(ev, until)) {
		tcpw_event_batch_add(&batch, cpu_peek(ev, cpu, until));
		cpu_skip(ev, cpu);
		if (++n % 64 == 0)
			cond_resched();
	}
	tcpw_event_batch_end(&batch);
}

static bool events_left(struct tcpw_events *ev)
{
	return events_oldest(ev, U64_MAX) >= 0;
}

static void event_work(struct work_struct *work)
{
	struct tcpw_events *ev;
	bool left;

	ev = container_of(to_delayed_work(work), struct tcpw_events, flush);
	mutex_lock(&ev->lock);
	events_fit(ev);
	/* ORDER: the clock before the queues, see above */
	events_flush(ev, ktime_get_ns());
	left = events_left(ev);
	mutex_unlock(&ev->lock);
	if (left)
		queue_delayed_work(event_wq, &ev->flush, FLUSH_TICKS);
}

/**
 * tcpw_events_resize - how much the queues are to take from now on
 * @ev: the stream
 * @size: transitions per CPU, a power of two
 */
void tcpw_events_resize(struct tcpw_events *ev, unsigned int size)
{
	WRITE_ONCE(ev->size, size);
	mutex_lock(&ev->lock);
	events_fit(ev);
	mutex_unlock(&ev->lock);
	queue_delayed_work(event_wq, &ev->flush, 0);
}

/**
 * tcpw_events_rest - free the queues where nobody listens
 * @ev: the stream
 *
 * Context: process, may sleep.
 */
void tcpw_events_rest(struct tcpw_events *ev)
{
	struct tcpw_event_cpu *cpu;
	bool any = false;
	int i;

	if (!atomic_long_read(&ev->bytes) || tcpw_event_listened(ev->net))
		return;
	mutex_lock(&ev->lock);
	events_flush(ev, ktime_get_ns());
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
	events_flush(ev, ktime_get_ns());
	mutex_unlock(&ev->lock);
}

/**
 * tcpw_events_init - a stream that nobody listens to yet
 * @ev: filled
 * @net: its network namespace
 *
 * Return: 0 or -ENOMEM.
 */
int tcpw_events_init(struct tcpw_events *ev, struct net *net)
{
	ev->net = net;
	ev->size = TCPW_EVENT_QUEUE_DEFAULT;
	mutex_init(&ev->lock);
	INIT_DELAYED_WORK(&ev->flush, event_work);
	ev->cpu = alloc_percpu_gfp(struct tcpw_event_cpu, GFP_KERNEL_ACCOUNT);
	return ev->cpu ? 0 : -ENOMEM;
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
	for_each_possible_cpu(i) {
		cpu = per_cpu_ptr(ev->cpu, i);
		queue_free(ev, cpu->rest);
		queue_free(ev, rcu_dereference_protected(cpu->queue, true));
	}
	free_percpu(ev->cpu);
}

/**
 * tcpw_event_init - what all streams share
 *
 * Return: 0 or -ENOMEM.
 */
int tcpw_event_init(void)
{
	event_wq =
		alloc_workqueue("tcpwatch_events", WQ_UNBOUND | WQ_HIGHPRI, 0);
	return event_wq ? 0 : -ENOMEM;
}

/**
 * tcpw_event_exit - the reverse, when no stream is left
 */
void tcpw_event_exit(void)
{
	destroy_workqueue(event_wq);
}
