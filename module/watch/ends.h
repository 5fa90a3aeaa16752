/* SPDX-License-Identifier: GPL-2.0 */
/* The ends of sockets that no tracepoint reports. */
#ifndef _TCPWATCH_ENDS_H
#define _TCPWATCH_ENDS_H

void tcpw_ends_init(void);
void tcpw_ends_exit(void);

#endif /* _TCPWATCH_ENDS_H */
