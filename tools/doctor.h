/* SPDX-License-Identifier: GPL-2.0 */
/* What is wrong with the connections of this machine.  Pure. */
#ifndef TCPWATCH_DOCTOR_H
#define TCPWATCH_DOCTOR_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "text.h"

/**
 * struct doctor_in - what is known; any but @after may be NULL
 * @before: answer of stats-get
 * @after: the same, later
 * @interval_ns: by how much
 * @stuck: answers of stuck-get
 * @ports: answers of port-pressure-get
 * @listeners_before: answers of listener-get
 * @listeners: the same, when @after was asked for
 * @owners: {"inode": {pid, comm}} of what doctor_inodes() asks for
 */
struct doctor_in {
	const json_t *before;
	const json_t *after;
	uint64_t interval_ns;
	const json_t *stuck;
	const json_t *ports;
	const json_t *listeners_before;
	const json_t *listeners;
	const json_t *owners;
};

/* The inodes of sockets whose owners ought to be found. */
json_t *doctor_inodes(const json_t *stuck);

/*
 * Findings, the gravest first, each {severity, id, what, why, advice} and,
 * where it is known, {since-ns, who, sockets}: how long ago it began; {pid,
 * comm, uid, inode}; the endpoints as stuck-get told them.
 */
json_t *doctor(const struct doctor_in *in);

/* Is there any that is more than a notice? */
bool doctor_found(const json_t *findings);

/* doctor_text.c */
void doctor_text(struct text *out, const json_t *findings, bool colour);

#endif /* TCPWATCH_DOCTOR_H */
