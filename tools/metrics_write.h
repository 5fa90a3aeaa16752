/* SPDX-License-Identifier: GPL-2.0 */
/* How metrics are written, in either format; metrics.c says which. */
#ifndef TCPWATCH_METRICS_WRITE_H
#define TCPWATCH_METRICS_WRITE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "text.h"

enum metric_kind {
	METRIC_COUNTER,
	METRIC_GAUGE,
	METRIC_SECONDS, /* a gauge; its attribute is in ns */
	METRIC_BYTES,	/* a gauge */
	METRIC_INFO,
	METRIC_HISTOGRAM, /* of seconds */
};

/**
 * struct metrics - what is being written
 * @out: to where
 * @stats: the answer of stats-get, or NULL
 * @openmetrics: in that format, else in Prometheus'
 * @labels: the sample that is being written has that many labels
 */
struct metrics {
	struct text *out;
	const json_t *stats;
	bool openmetrics;
	unsigned int labels;
};

/* The lines before the samples of a metric; @name without "tcpwatch_". */
void metric_head(struct metrics *m, const char *name, enum metric_kind kind,
		 const char *help);

/* A sample: its name, its labels, its value, which ends it. */
void metric_begin(struct metrics *m, const char *name, const char *suffix);
void metric_label(struct metrics *m, const char *name, const char *value);
void metric_labels(struct metrics *m, const char *text); /* as they are */
void metric_value(struct metrics *m, uint64_t value);
void metric_number(struct metrics *m, const json_t *value);
void metric_seconds(struct metrics *m, const json_t *ns);

/* Both metrics that are histograms, where @m->stats has any. */
void metric_histograms(struct metrics *m);

#endif /* TCPWATCH_METRICS_WRITE_H */
