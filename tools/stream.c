// SPDX-License-Identifier: GPL-2.0
/* What came and what was lost of the stream of transitions. */
#include "stream.h"

void stream_begin(struct stream *stream, uint64_t told)
{
	stream->next = told + 1;
	stream->begun = false;
}

struct stream_loss stream_message(struct stream *stream, uint64_t seq,
				  uint64_t lost)
{
	struct stream_loss loss = { .first = seq };

	if (lost >= seq)
		lost = seq ? seq - 1 : 0;
	/*
	 * Between joining and asking for the number some may have been told
	 * already: the first message may be older than the number.
	 */
	if (!stream->begun && seq - lost < stream->next)
		stream->next = seq - lost;
	if (stream->next < seq) {
		loss.first = stream->next;
		loss.count = seq - stream->next;
	}
	stream->begun = true;
	stream->next = seq;
	return loss;
}

struct stream_loss stream_end(struct stream *stream, uint64_t told)
{
	struct stream_loss loss = { .first = stream->next };

	if (told < stream->next)
		return loss;
	loss.count = told + 1 - stream->next;
	stream->next = told + 1;
	stream->begun = true;
	return loss;
}
