// SPDX-License-Identifier: GPL-2.0
/* Every number comes or is lost, once. */
#include <stdio.h>

#include "stream.h"
#include "test.h"

/**
 * struct heard - a message, or the end of the stream
 * @seq: of its first transition; 0 for the end
 * @lost: what the kernel says was lost before; of the end, what was told
 * @events: how many transitions
 * @loss: how many are to be found lost
 * @first: the first of them
 */
struct heard {
	uint64_t seq;
	uint64_t lost;
	uint64_t events;
	uint64_t loss;
	uint64_t first;
};

static void hear(const char *name, uint64_t told, const struct heard *heard,
		 size_t n)
{
	struct stream_loss loss;
	struct stream stream;
	char why[128] = "";
	bool ok = true;
	size_t i;

	stream_begin(&stream, told);
	for (i = 0; i < n; i++) {
		if (heard[i].seq)
			loss = stream_message(&stream, heard[i].seq,
					      heard[i].lost);
		else
			loss = stream_end(&stream, heard[i].lost);
		stream.next += heard[i].events;
		if (loss.count == heard[i].loss &&
		    (!loss.count || loss.first == heard[i].first))
			continue;
		ok = false;
		snprintf(why, sizeof(why), "step %zu: %llu lost from %llu", i,
			 (unsigned long long)loss.count,
			 (unsigned long long)loss.first);
	}
	tap_result(ok, name, why);
}

#define HEAR(name, told, ...)                                            \
	do {                                                             \
		static const struct heard heard[] = { __VA_ARGS__ };     \
		hear(name, told, heard, sizeof(heard) / sizeof(*heard)); \
	} while (0)

void test_stream(void)
{
	HEAR("stream_all_came", 0, { 1, 0, 3, 0, 0 }, { 4, 0, 1, 0, 0 },
	     { 0, 4, 0, 0, 0 });
	HEAR("stream_kernel_lost", 0, { 1, 0, 3, 0, 0 }, { 9, 5, 1, 5, 4 });
	HEAR("stream_socket_lost", 0, { 1, 0, 3, 0, 0 }, { 9, 0, 1, 5, 4 });
	HEAR("stream_both_lost", 0, { 1, 0, 3, 0, 0 }, { 9, 2, 1, 5, 4 });
	HEAR("stream_lost_alone", 0, { 1, 0, 3, 0, 0 }, { 6, 2, 0, 2, 4 },
	     { 6, 0, 1, 0, 0 });
	HEAR("stream_first_lost", 10, { 13, 0, 1, 2, 11 });
	HEAR("stream_older_than_asked", 10, { 9, 0, 4, 0, 0 },
	     { 13, 0, 1, 0, 0 });
	HEAR("stream_older_and_lost", 10, { 9, 3, 1, 3, 6 });
	HEAR("stream_tail_lost", 0, { 1, 0, 3, 0, 0 }, { 0, 8, 0, 5, 4 },
	     { 9, 0, 1, 0, 0 }, { 0, 9, 0, 0, 0 });
	HEAR("stream_nothing_came", 10, { 0, 12, 0, 2, 11 },
	     { 0, 12, 0, 0, 0 });
}
