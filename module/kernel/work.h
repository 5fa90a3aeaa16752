/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who works for whom.  The initial namespace has workers of its own: however
 * many works other namespaces have, and whatever these wait for, its works do
 * not queue behind them.
 */
#ifndef _TCPWATCH_WORK_H
#define _TCPWATCH_WORK_H

#include <linux/workqueue.h>

struct net;

int tcpw_work_init(void);
void tcpw_work_exit(void);
struct workqueue_struct *tcpw_work_queue(const struct net *net);
struct workqueue_struct *tcpw_work_tell_queue(const struct net *net);

#endif /* _TCPWATCH_WORK_H */
