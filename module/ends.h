/* SPDX-License-Identifier: GPL-2.0 */
/* The ends of sockets that no tracepoint reports. */
#ifndef _TCPWATCH_ENDS_H
#define _TCPWATCH_ENDS_H

#include "fsm.h"

void tcpw_ends_init(void);
void tcpw_ends_exit(void);
bool tcpw_ends_reported(u8 state);
bool tcpw_ends_heard(unsigned long *missed);

/* Is there nothing left to poll for? */
static inline bool tcpw_ends_all_reported(void)
{
	return tcpw_ends_reported(TCPW_ST_TIME_WAIT) &&
	       tcpw_ends_reported(TCPW_ST_SYN_RECV);
}

#endif /* _TCPWATCH_ENDS_H */
