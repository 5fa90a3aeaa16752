// SPDX-License-Identifier: GPL-2.0
/*
 * How the single counters are shown.
 */
#include <uapi/linux/tcpwatch.h>

#include "record/stats.h"

#define COUNTER(name, place, text, attr) \
	[TCPW_STAT_##name] = { text, TCPW_AT_##place, TCPWATCH_A_##attr },

const struct tcpw_counter tcpw_counters[TCPW_STAT_MAX] = {
#include "record/counters.h"
};
