/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Accounts for the numbers of transitions: what came, and what was lost, each
 * of them once.  Pure.
 */
#ifndef TCPWATCH_STREAM_H
#define TCPWATCH_STREAM_H

#include <stdbool.h>
#include <stdint.h>

/**
 * struct stream - where a reader is
 * @next: the number that comes next
 * @begun: something came, or was lost
 */
struct stream {
	uint64_t next;
	bool begun;
};

/**
 * struct stream_loss - transitions that were lost
 * @first: number of the first
 * @count: how many, 0 for none
 */
struct stream_loss {
	uint64_t first;
	uint64_t count;
};

/* A reader that has just begun to listen; @told is what others were told. */
void stream_begin(struct stream *stream, uint64_t told);

/*
 * A message whose first transition has the number @seq, and the @lost ones
 * before it are lost.  What is returned includes them.  After this, @next is
 * @seq, and the reader counts it up with each transition of the message.
 */
struct stream_loss stream_message(struct stream *stream, uint64_t seq,
				  uint64_t lost);

/* No message is under way, and all up to @told have been told. */
struct stream_loss stream_end(struct stream *stream, uint64_t told);

#endif /* TCPWATCH_STREAM_H */
