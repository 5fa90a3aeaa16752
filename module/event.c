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
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/smp.h>

#include "event.h"

#define FLUSH_TICKS (HZ / 200) /* 5 ms, so that they are told within 10 */
#define QUEUE_FIRST 256	       /* transitions, until somebody hears */
#define QUEUE_JOINED 2048      /* for each CPU, once somebody may hear */
#define QUEUES_MOST SZ_256M    /* bytes, of all namespaces */
#define DEAF_TICKS (HZ / 10)   /* until it is tried again */
#define HEARD_TICKS HZ	       /* a reader may just be slow */

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

static struct workqueue_struct *event_wq;
static atomic_long_t event_bytes;

/* Counts, and refuses what is too much. */
static bool bytes_take(struct tcpw_events *ev, size_t bytes)
{
	if (atomic_long_add_return(bytes, &event_bytes) > QUEUES_MOST) {
		atomic_long_sub(bytes, &event_bytes);
		return false;
	}
	atomic_long_add(bytes, &ev->bytes);
	return true;
}

static void bytes_give(struct tcpw_events *ev, size_t bytes)
{
	atomic_long_sub(bytes, &event_bytes);
	atomic_long_sub(bytes, &ev->bytes);
}

static struct tcpw_event_queue *queue_make(struct tcpw_events *ev,
					   unsigned int size, bool atomic)
{
	struct tcpw_event_queue *queue;
	size_t bytes = size * sizeof(*queue->buf);

	if (!bytes_take(ev, bytes))
		return NULL;
	queue = kzalloc(sizeof(*queue), atomic ? GFP_ATOMIC : GFP_KERNEL);
	if (!queue)
		goto err_give;
	queue->bytes = bytes;
	queue->buf = atomic ? kmalloc(bytes, GFP_ATOMIC | __GFP_NOWARN)
			    : kvmalloc(bytes, GFP_KERNEL);
	if (!queue->buf)
		goto err_free;
	kfifo_init(&queue->fifo, queue->buf, bytes);
	return queue;

err_free:
	kfree(queue);
err_give:
	bytes_give(ev, bytes);
	return NULL;
}

/* No writer may know it any more. */
static void queue_free(struct tcpw_events *ev, struct tcpw_event_queue *queue)
{
	if (!queue)
		return;
	bytes_give(ev, queue->bytes);
	kvfree(queue->buf);
	kfree(queue);
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
	cpu_give(ev, raw_cpu_ptr(ev->cpu), queue_make(ev, QUEUE_FIRST, true));
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
	if (!raw && !is_deaf(ev) &&
	    !rcu_access_pointer(raw_cpu_ptr(ev->cpu)->queue))
		cpu_arm(ev);
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
	struct tcpw_event_cpu *cpu;

	if (likely(!is_deaf(ev)))
		return false;
	cpu = this_cpu_ptr(ev->cpu);
	WRITE_ONCE(cpu->lost, cpu->lost + n);
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
	struct tcpw_event_cpu *cpu = this_cpu_ptr(ev->cpu);
	struct tcpw_event_queue *queue;

	event->ticket = atomic64_inc_return(&ev->ticket);
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
	/* ORDER: queued before asked; the work asks the other way round */
	smp_mb();
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

/* Queues of the size that they are to have. */
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
		if (cpu->rest || (old ? kfifo_size(&old->fifo) == size
				      : READ_ONCE(cpu->lost) == 0))
			continue;
		queue = queue_make(ev, size, false);
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

	return events_oldest(ev, U64_MAX, &up_to) >= 0;
}

/* No word from anybody also where the only reader's buffer is full. */
static void events_tell(struct tcpw_events *ev)
{
	bool heard;

	if (!events_flush(ev, &heard))
		return;
	if (heard) {
		ev->heard = true;
		ev->heard_at = jiffies;
		tcpw_events_listen(ev);
		events_fit(ev);
		return;
	}
	if (ev->heard && time_before(jiffies, ev->heard_at + HEARD_TICKS))
		return;
	ev->heard = false;
	WRITE_ONCE(ev->deaf_until, jiffies + DEAF_TICKS);
	WRITE_ONCE(ev->deaf, true);
}

static void event_work(struct work_struct *work)
{
	struct tcpw_events *ev;
	bool left;

	ev = container_of(to_delayed_work(work), struct tcpw_events, flush);
	mutex_lock(&ev->lock);
	events_tell(ev);
	left = events_left(ev);
	mutex_unlock(&ev->lock);
	if (left)
		queue_delayed_work(event_wq, &ev->flush, FLUSH_TICKS);
}

/**
 * tcpw_events_expect - somebody may have joined: have a queue for each CPU
 * @ev: the stream
 *
 * The small queue that a CPU makes for itself may be full before the work has
 * told anything, where that has to wait for its CPU.
 *
 * Context: process, may sleep.
 */
void tcpw_events_expect(struct tcpw_events *ev)
{
	unsigned int size =
		min_t(unsigned int, READ_ONCE(ev->size), QUEUE_JOINED);
	struct tcpw_event_cpu *cpu;
	int i;

	tcpw_events_listen(ev);
	if (!tcpw_event_listened(ev->net))
		return;
	mutex_lock(&ev->lock);
	for_each_online_cpu(i) {
		cpu = per_cpu_ptr(ev->cpu, i);
		if (!cpu->rest && !rcu_access_pointer(cpu->queue))
			cpu_give(ev, cpu, queue_make(ev, size, false));
	}
	mutex_unlock(&ev->lock);
}

/**
 * tcpw_events_resize - how much the queues are to take from now on
 * @ev: the stream
 * @size: transitions per CPU, a power of two
 */
void tcpw_events_resize(struct tcpw_events *ev, unsigned int size)
{
	WRITE_ONCE(ev->size, size);
	/* those that there are change when they are read next */
	queue_delayed_work(event_wq, &ev->flush, 0);
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
