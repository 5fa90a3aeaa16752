/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tracepoints of the kernel's, found by name since they are not exported.
 */
#ifndef _TCPWATCH_TP_H
#define _TCPWATCH_TP_H

struct tracepoint;

struct tracepoint *tcpw_tp_find(const char *name);

#endif /* _TCPWATCH_TP_H */
