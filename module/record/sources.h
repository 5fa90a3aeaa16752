/* SPDX-License-Identifier: GPL-2.0 */
/* What the running kernel reports, and what has to be polled for. */
#ifndef _TCPWATCH_SOURCES_H
#define _TCPWATCH_SOURCES_H

#include <linux/types.h>

#include "core/fsm.h"

/**
 * enum tcpw_source - what can report
 * @TCPW_SOURCE_STATES: the tracepoint of state changes, observer.c
 * @TCPW_SOURCE_TW_ENDS: a probe of the ends of timewait sockets, ends.c
 * @TCPW_SOURCE_REQ_ENDS: a probe of all ends of request sockets, ends.c
 * @TCPW_SOURCE_RESETS: the tracepoint of RSTs with their reasons, resets.c
 * @TCPW_SOURCES: the number of them
 */
enum tcpw_source {
	TCPW_SOURCE_STATES,
	TCPW_SOURCE_TW_ENDS,
	TCPW_SOURCE_REQ_ENDS,
	TCPW_SOURCE_RESETS,
	TCPW_SOURCES,
};

void tcpw_source_set(enum tcpw_source source, bool reports);
bool tcpw_source_reports(enum tcpw_source source);
bool tcpw_source_ends(u8 state);
void tcpw_source_set_check(bool (*check)(unsigned long *missed));
bool tcpw_source_heard(unsigned long *missed);
const char *tcpw_reset_name(unsigned int reason);

/* Is there nothing left to poll for? */
static inline bool tcpw_source_all_ends(void)
{
	return tcpw_source_ends(TCPW_ST_TIME_WAIT) &&
	       tcpw_source_ends(TCPW_ST_SYN_RECV);
}

#endif /* _TCPWATCH_SOURCES_H */
