/* SPDX-License-Identifier: GPL-2.0 */
/* The answer of stats-get as Prometheus and OpenMetrics text.  Pure. */
#ifndef TCPWATCH_METRICS_H
#define TCPWATCH_METRICS_H

#include <jansson.h>
#include <stdbool.h>

#include "text.h"

#define METRICS_PROMETHEUS "text/plain; version=0.0.4; charset=utf-8"
#define METRICS_OPENMETRICS \
	"application/openmetrics-text; version=1.0.0; charset=utf-8"

/* Does a client that sends the header Accept (or NULL) prefer OpenMetrics? */
bool metrics_accept(const char *accept);

/*
 * All metrics of @stats, the answer of stats-get with histograms; with NULL
 * only that there is none.
 */
void metrics_text(struct text *out, const json_t *stats, bool openmetrics);

#endif /* TCPWATCH_METRICS_H */
