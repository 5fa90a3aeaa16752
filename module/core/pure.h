/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The few names that the pure core (L0) needs from its surroundings, for the
 * kernel and for userspace.  Whatever includes only this header and other L0
 * headers compiles into the module, into KUnit and into a plain program.
 */
#ifndef _TCPWATCH_PURE_H
#define _TCPWATCH_PURE_H

#ifdef __KERNEL__
#include <linux/bitops.h>
#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/math64.h>
#include <linux/string.h>
#include <linux/types.h>
#else
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t s32;

#define ARRAY_SIZE(x) (sizeof(x) / sizeof((x)[0]))
#define BIT(n) (1UL << (n))
#define READ_ONCE(x) (x)

static inline int fls64(u64 x)
{
	return x ? 64 - __builtin_clzll(x) : 0;
}

static inline u64 div64_u64(u64 dividend, u64 divisor)
{
	return dividend / divisor;
}
#endif

#endif /* _TCPWATCH_PURE_H */
