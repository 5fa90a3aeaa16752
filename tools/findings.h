/* SPDX-License-Identifier: GPL-2.0 */
/* How the parts of doctor make findings. */
#ifndef TCPWATCH_FINDINGS_H
#define TCPWATCH_FINDINGS_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "doctor.h"

enum severity {
	SEVERITY_NONE,
	SEVERITY_NOTICE,
	SEVERITY_WARNING,
	SEVERITY_CRITICAL,
};

/* Appended to @findings; the caller may add to what is returned. */
json_t *finding_add(json_t *findings, enum severity severity, const char *id,
		    const char *what, const char *why, const char *advice);

/* "3h12m"; returns @buf. */
#define AGO_SIZE 32
const char *ago(char *buf, uint64_t ns);

/* "10.0.0.1:80", "[::1]:80"; returns @buf. */
#define END_SIZE 64
const char *end_text(char *buf, const json_t *from, const char *addr,
		     const char *port);

/* The parts: each appends its findings. */
void doctor_stuck(json_t *findings, const struct doctor_in *in);
void doctor_ports(json_t *findings, const struct doctor_in *in);
void doctor_listeners(json_t *findings, const struct doctor_in *in);
void doctor_stats(json_t *findings, const struct doctor_in *in);

/* Does a listener of this port drop now? */
bool doctor_port_drops(const struct doctor_in *in, uint64_t port);

#endif /* TCPWATCH_FINDINGS_H */
