/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is measured: the stay in each state, and each stretch of a handshake or
 * a teardown.
 */
#ifndef _TCPWATCH_TIMING_H
#define _TCPWATCH_TIMING_H

#include "core/fsm.h"
#include "core/hist.h"

/* What is measured; below %TCPW_ST_MAX the stay in that state. */
enum tcpw_span {
	/* SYN out to SYN,ACK in */
	TCPW_SPAN_OPEN_ACTIVE = TCPW_ST_MAX,
	/* SYN,ACK out, right after the SYN came, to the ACK of it */
	TCPW_SPAN_OPEN_PASSIVE,
	/* our FIN out to the ACK of it */
	TCPW_SPAN_FIN_ACK,
	/* our FIN out to the peer's FIN, where ours was first */
	TCPW_SPAN_FIN_FIN,
	/* our FIN out to TIME-WAIT, or to the end where there is none */
	TCPW_SPAN_FIN_END,
	/* the last time that TIME-WAIT began anew to its end */
	TCPW_SPAN_LAST_RESTART,
	TCPW_SPAN_MAX,
};

/**
 * struct tcpw_lap - one measurement
 * @span: enum tcpw_span, or enum tcpw_state
 * @undo: it was none: take back the same measurement
 * @ns: duration
 */
struct tcpw_lap {
	u8 span;
	bool undo;
	u64 ns;
};

bool tcpw_span_is_measured(unsigned int span);
const char *tcpw_span_name(u8 span);

#endif /* _TCPWATCH_TIMING_H */
