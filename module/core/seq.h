/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sequence number arithmetic modulo 2^32 (RFC 9293, 3.4).
 * "a is before b" holds when b is ahead of a by less than 2^31.
 */
#ifndef _TCPWATCH_SEQ_H
#define _TCPWATCH_SEQ_H

#include "core/pure.h"

static inline bool tcpw_seq_before(u32 a, u32 b)
{
	return (s32)(a - b) < 0;
}

static inline bool tcpw_seq_after(u32 a, u32 b)
{
	return tcpw_seq_before(b, a);
}

/* lo < x <= hi, the rule for an acknowledgment that covers something new */
static inline bool tcpw_seq_acks(u32 x, u32 lo, u32 hi)
{
	return tcpw_seq_after(x, lo) && !tcpw_seq_after(x, hi);
}

#endif /* _TCPWATCH_SEQ_H */
