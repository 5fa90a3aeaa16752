/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel observer: what the sockets themselves report. */
#ifndef _TCPWATCH_OBSERVER_H
#define _TCPWATCH_OBSERVER_H

int tcpw_observer_init(void);
void tcpw_observer_exit(void);

#endif /* _TCPWATCH_OBSERVER_H */
