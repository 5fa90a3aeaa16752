/* SPDX-License-Identifier: GPL-2.0 */
/* What the kernel has and C has not. */
#ifndef TCPWATCH_UTIL_H
#define TCPWATCH_UTIL_H

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#ifndef __printf
#define __printf(a, b) __attribute__((format(printf, a, b)))
#endif

#ifndef __aligned
#define __aligned(n) __attribute__((aligned(n)))
#endif

#endif /* TCPWATCH_UTIL_H */
