/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tracepoints of the kernel's, found by name since they are not exported.
 */
#ifndef _TCPWATCH_TP_H
#define _TCPWATCH_TP_H

#include <linux/stddef.h>

struct tracepoint;

#ifdef CONFIG_TRACEPOINTS
struct tracepoint *tcpw_tp_find(const char *name);
#else
static inline struct tracepoint *tcpw_tp_find(const char *name)
{
	return NULL; /* so that nothing refers to what is not there */
}
#endif

#endif /* _TCPWATCH_TP_H */
