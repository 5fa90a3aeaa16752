// SPDX-License-Identifier: GPL-2.0
/*
 * What the running kernel reports.  observer.c, ends.c and resets.c set it when
 * they begin to listen.  The sweep, which polls for the rest, and the files and
 * messages that show it read it here.
 */
#include "record/sources.h"
#include "record/stats.h"

#ifdef TCPW_RST_REASON
#include <net/rstreason.h>
#endif

static bool source_reports[TCPW_SOURCES];
static bool (*source_check)(unsigned long *missed);

/**
 * tcpw_source_set - a source begins to report, or ends
 * @source: which
 * @reports: whether it does
 *
 * Context: while the module begins, or ends.
 */
void tcpw_source_set(enum tcpw_source source, bool reports)
{
	WRITE_ONCE(source_reports[source], reports);
}

/**
 * tcpw_source_reports - does it report?
 * @source: which
 */
bool tcpw_source_reports(enum tcpw_source source)
{
	return READ_ONCE(source_reports[source]);
}

/**
 * tcpw_source_ends - is each end of sockets in a state reported?
 * @state: %TCPW_ST_TIME_WAIT, %TCPW_ST_FIN_WAIT2 or %TCPW_ST_SYN_RECV
 *
 * Return: false where it has to be polled for.
 */
bool tcpw_source_ends(u8 state)
{
	return tcpw_source_reports(state == TCPW_ST_SYN_RECV
					   ? TCPW_SOURCE_REQ_ENDS
					   : TCPW_SOURCE_TW_ENDS);
}

/**
 * tcpw_source_set_check - how to find out that probes report no more
 * @check: see tcpw_source_heard(); NULL where there are none
 *
 * Context: as tcpw_source_set(), while nobody asks.
 */
void tcpw_source_set_check(bool (*check)(unsigned long *missed))
{
	WRITE_ONCE(source_check, check);
}

/**
 * tcpw_source_heard - have the probes reported all ends since the last call?
 * @missed: how many of their reports were lost by then; brought up to date
 *
 * Return: false where an end may not have been reported, or where reports do
 * not come at the moment.
 */
bool tcpw_source_heard(unsigned long *missed)
{
	bool (*check)(unsigned long *missed) = READ_ONCE(source_check);

	return check && check(missed);
}

#ifdef TCPW_RST_REASON
#define RST_NAME(reason) .of[SK_RST_REASON_##reason] = #reason,
#define RST_NAME_LAST(reason) /* the number of them has no name */

static const struct {
	const char *of[SK_RST_REASON_MAX];
} reset_names = { DEFINE_RST_REASON(RST_NAME, RST_NAME_LAST) };

static_assert(SK_RST_REASON_MAX <= TCPW_RST_REASONS);

/**
 * tcpw_reset_name - why a RST was sent, in a word
 * @reason: enum sk_rst_reason
 *
 * Return: a constant string.
 */
const char *tcpw_reset_name(unsigned int reason)
{
	return reason < SK_RST_REASON_MAX ? reset_names.of[reason] : "?";
}
#else
const char *tcpw_reset_name(unsigned int reason)
{
	return "?";
}
#endif
