/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel as far as the mirror's decisions know it, so that their files
 * compile as they are into a userspace program: names and the least that they
 * mean.  One CPU: what others do at the same time is called from within, see
 * elsewhere().  Force-included; the headers that the files ask for are empty
 * and made by the Makefile.
 */
#ifndef _TCPWATCH_SHIM_KERNEL_H
#define _TCPWATCH_SHIM_KERNEL_H

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>

/* What pure.h defines where there is no kernel. */
#include "core/pure.h"

#define U64_MAX (~(u64)0)

typedef int64_t s64;
typedef u32 __be32;
typedef u16 __be16;

/* Neither is of use here. */
#define _TCPWATCH_COMPAT_H
#define _TCPWATCH_TRACE_H

/* --- the compiler --- */

#undef __always_inline
#define __always_inline inline
#define __flatten
#define __force
#define __percpu
#define __rcu
#define __uninitialized
#define noinline
#define fallthrough __attribute__((__fallthrough__))
#define __printf(f, a) __attribute((__format__(__printf__, f, a)))
#define likely(x) (x)
#define unlikely(x) (x)
#define IS_ENABLED(CONFIG_x) 0
#define BUILD_BUG_ON(x) ((void)sizeof(char[1 - 2 * !!(x)]))
#define WRITE_ONCE(x, v) ((x) = (v))
#define container_of(ptr, type, member) \
	((type *)((char *)(ptr) - offsetof(type, member)))

/* --- numbers --- */

#define U8_MAX 0xffU
#define U16_MAX 0xffffU
#define U32_MAX 0xffffffffU
#define NSEC_PER_SEC 1000000000ULL
#define NSEC_PER_MSEC 1000000ULL
#define NSEC_PER_USEC 1000ULL
#define TASK_COMM_LEN 16

#define min(a, b) ((a) < (b) ? (a) : (b))
#define max(a, b) ((a) > (b) ? (a) : (b))
#define min_t(t, a, b) min((t)(a), (t)(b))
#define max_t(t, a, b) max((t)(a), (t)(b))
#define clamp_t(t, v, lo, hi) min_t(t, max_t(t, v, lo), hi)
#define div_u64(a, b) ((a) / (b))

/* --- objects that are only held, or only counted --- */

struct shim_count {
	long n;
};

struct shim_lock {
	bool held;
};

struct rhash_head {
	void *next;
};

struct rhashtable {
	struct shim_count nelems;
};

struct rhashtable_iter {
	int none;
};

struct llist_node {
	struct llist_node *next;
};

struct llist_head {
	struct llist_node *first;
};

struct rcu_head {
	void *next[2];
};

struct mutex {
	int none;
};

struct work_struct {
	int none;
};

struct ratelimit_state {
	int unused;
};

#define wait_queue_head_t struct mutex

struct delayed_work {
	int none;
};

struct shim_key {
	u64 key[2];
};

struct user_namespace;

struct net {
	const struct user_namespace *user_ns;
	struct {
		unsigned int inum;
	} ns;
	struct sock *genl_sock;
};

struct sock {
	int none;
};

struct sk_buff {
	int none;
};

#define atomic_t struct shim_count
#define atomic64_t struct shim_count
#define atomic_long_t struct shim_count
#define refcount_t struct shim_count
#define raw_spinlock_t struct shim_lock
#define spinlock_t struct shim_lock
#define hsiphash_key_t struct shim_key

#define atomic_inc(a) ((a)->n++)
#define atomic_dec(a) ((a)->n--)
#define atomic_read(a) ((a)->n)
#define atomic_long_inc(a) ((a)->n++)
#define atomic_long_dec(a) ((a)->n--)
#define atomic_long_add(i, a) ((a)->n += (i))
#define atomic_long_read(a) ((a)->n)
#define refcount_set(r, v) ((r)->n = (v))
#define refcount_inc(r) ((r)->n++)
#define this_cpu_read(x) (x)
#define raw_cpu_read(x) (x)
#define local_irq_save(irq) ((irq) = 0)
#define local_irq_restore(irq) ((void)(irq))
#define raw_spin_unlock(lock) ((void)(lock))
#define __acquires(lock)
#define __acquire(lock) ((void)(lock))
#define __releases(lock)
#define raw_cpu_ptr(ptr) (ptr)
#define for_each_possible_cpu(cpu) for ((cpu) = 0; (cpu) < 1; (cpu)++)
#define per_cpu_ptr(ptr, cpu) ((void)(cpu), (ptr))

/* --- bitmaps --- */

#define BITS_PER_LONG 64
#define DECLARE_BITMAP(name, bits) \
	unsigned long name[((bits) + BITS_PER_LONG - 1) / BITS_PER_LONG]

static inline bool test_bit(unsigned int bit, const unsigned long *map)
{
	return map[bit / BITS_PER_LONG] >> bit % BITS_PER_LONG & 1;
}

static inline void set_bit(unsigned int bit, unsigned long *map)
{
	map[bit / BITS_PER_LONG] |= 1UL << bit % BITS_PER_LONG;
}

/* The first bit that is set, from @bit on; @bits where none is. */
static inline unsigned int find_bit(const unsigned long *map, unsigned int bits,
				    unsigned int bit)
{
	while (bit < bits && !test_bit(bit, map))
		bit++;
	return bit;
}

#define find_next_bit(map, bits, bit) find_bit(map, bits, bit)

/* --- locks --- */

/* Taken twice, the CPU would wait for itself: a window in the wrong place. */
static inline void shim_lock(struct shim_lock *lock)
{
	assert(!lock->held);
	lock->held = true;
}

static inline void shim_unlock(struct shim_lock *lock)
{
	assert(lock->held);
	lock->held = false;
}

#define raw_spin_lock_irqsave(lock, irq) \
	do {                             \
		(irq) = 0;               \
		shim_lock(lock);         \
	} while (0)
#define raw_spin_unlock_irqrestore(lock, irq) \
	do {                                  \
		(void)(irq);                  \
		shim_unlock(lock);            \
	} while (0)
#define raw_spin_lock_init(lock) ((lock)->held = false)
#define lockdep_assert_held(lock) assert((lock)->held)
#define rcu_read_lock() ((void)0)
#define rcu_read_unlock() ((void)0)

/* --- what the files call --- */

#define TCPW_PROBE_IS_RAW 0

u64 ktime_get_ns(void);

static inline bool sk_fullsock(const struct sock *sk)
{
	return sk;
}

static inline bool netlink_has_listeners(struct sock *sk, unsigned int group)
{
	(void)sk;
	return group;
}

/* No socket is bound to an interface. */
struct net_device {
	int ifindex;
};

static inline struct net_device *first_netdev(const struct net *net)
{
	(void)net;
	return NULL;
}

#define for_each_netdev_rcu(net, dev) for ((dev) = first_netdev(net); (dev);)

/* --- log.c: no process acts here --- */

#define PF_KTHREAD 0
#define in_task() false
#define current (&shim_task)
#define task_tgid_nr(task) ((task)->pid)
#define init_user_ns shim_user_ns

struct shim_task {
	int pid;
	unsigned int flags;
	char comm[16];
};

struct user_namespace {
	int none;
};

extern struct shim_task shim_task;
extern struct user_namespace shim_user_ns;

static inline void strscpy(char *to, const char *from, size_t size)
{
	snprintf(to, size, "%s", from);
}

struct tcpw_flow;
struct tcpw_step;
void trace_tcpwatch_transition(const struct tcpw_flow *flow, u32 netns,
			       const struct tcpw_step *step, u8 cause, u64 ns);

#endif /* _TCPWATCH_SHIM_KERNEL_H */
