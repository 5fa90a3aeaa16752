/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the header and option parsers must make of bytes, case by case, for
 * KUnit and the userspace program.  Expectations come from RFC 9293 3.1, from
 * the RFCs of the options and from what Linux does (tcp_parse_options()).
 */
#ifndef _TCPWATCH_SEG_CASES_H
#define _TCPWATCH_SEG_CASES_H

#include "core/seg.h"

/**
 * struct seg_case - one TCP header
 * @name: an identifier
 * @hdr: its first octets
 * @have: how many of them are there
 * @total: octets of header and payload together
 * @ret: what tcpw_seg_parse() must return
 * @want: what it must fill in, where it returns 0
 */
struct seg_case {
	const char *name;
	u8 hdr[TCPW_HDR_MIN];
	size_t have;
	size_t total;
	int ret;
	struct tcpw_seg want;
};

/**
 * struct opts_case - one block of options
 * @name: an identifier
 * @bytes: the options
 * @len: how many octets
 * @ret: what tcpw_seg_parse_opts() must return
 * @want: what it must fill in, whatever it returns
 */
struct opts_case {
	const char *name;
	u8 bytes[40];
	size_t len;
	int ret;
	struct tcpw_opts want;
};

/* Ports 12345 and 80, seq 0x01020304, ack 0xf0e0d0c0, window 0xfedc. */
#define HDR(off_res, flags)						\
	{								\
		0x30, 0x39, 0x00, 0x50, 0x01, 0x02, 0x03, 0x04,		\
		0xf0, 0xe0, 0xd0, 0xc0, off_res, flags, 0xfe, 0xdc,	\
		0xaa, 0xbb, 0xcc, 0xdd,					\
	}
#define WANT(_flags, _len, _hdrlen)					\
	{								\
		.seq = 0x01020304, .ack = 0xf0e0d0c0, .win = 0xfedc,	\
		.flags = (_flags), .len = (_len), .hdrlen = (_hdrlen),	\
	}

static const struct seg_case seg_cases[] = {
	{ "bare_syn", HDR(0x50, 0x02), 20, 20, 0, WANT(TCPW_SYN, 0, 20) },
	{ "payload", HDR(0x50, 0x18), 20, 1480, 0,
	  WANT(TCPW_PSH | TCPW_ACK, 1460, 20) },
	{ "options", HDR(0xa0, 0x12), 20, 40, 0,
	  WANT(TCPW_SYN | TCPW_ACK, 0, 40) },
	{ "options_and_payload", HDR(0x80, 0x10), 20, 1480, 0,
	  WANT(TCPW_ACK, 1448, 32) },
	{ "longest_header", HDR(0xf0, 0x10), 20, 60, 0,
	  WANT(TCPW_ACK, 0, 60) },
	{ "more_than_64k", HDR(0x50, 0x11), 20, 200020, 0,
	  WANT(TCPW_FIN | TCPW_ACK, 200000, 20) },
	{ "all_flags", HDR(0x50, 0x3f), 20, 20, 0,
	  WANT(TCPW_FIN | TCPW_SYN | TCPW_RST | TCPW_PSH | TCPW_ACK |
	       TCPW_URG, 0, 20) },
	{ "no_flags", HDR(0x50, 0x00), 20, 20, 0, WANT(0, 0, 20) },
	/* RFC 3168, RFC 7560: CWR, ECE and AE are no business of ours */
	{ "ecn_bits", HDR(0x51, 0xc2), 20, 20, 0, WANT(TCPW_SYN, 0, 20) },
	{ "reserved_bits", HDR(0x5f, 0x04), 20, 20, 0,
	  WANT(TCPW_RST, 0, 20) },
	{ "only_the_header_is_here", HDR(0x80, 0x10), 20, 32, 0,
	  WANT(TCPW_ACK, 0, 32) },
	{ "nothing_here", HDR(0x50, 0x02), 0, 20, -EINVAL, { 0 } },
	{ "one_octet_short", HDR(0x50, 0x02), 19, 20, -EINVAL, { 0 } },
	{ "empty_payload", HDR(0x50, 0x02), 20, 0, -EINVAL, { 0 } },
	{ "payload_one_octet_short", HDR(0x50, 0x02), 20, 19, -EINVAL, { 0 } },
	{ "offset_0", HDR(0x00, 0x02), 20, 60, -EINVAL, { 0 } },
	{ "offset_4", HDR(0x40, 0x02), 20, 60, -EINVAL, { 0 } },
	{ "offset_beyond_end", HDR(0x60, 0x02), 20, 23, -EINVAL, { 0 } },
	{ "offset_far_beyond_end", HDR(0xf0, 0x02), 20, 59, -EINVAL, { 0 } },
};

static const struct opts_case opts_cases[] = {
	{ "none", { 0 }, 0, 0, { 0 } },
	{ "mss", { 2, 4, 0x05, 0xb4 }, 4, 0,
	  { .mss = 1460, .have = TCPW_OPT_MSS } },
	{ "mss_largest", { 2, 4, 0xff, 0xff }, 4, 0,
	  { .mss = 65535, .have = TCPW_OPT_MSS } },
	{ "wscale", { 3, 3, 7 }, 3, 0,
	  { .wscale = 7, .have = TCPW_OPT_WSCALE } },
	{ "wscale_0", { 3, 3, 0 }, 3, 0, { .have = TCPW_OPT_WSCALE } },
	{ "wscale_14", { 3, 3, 14 }, 3, 0,
	  { .wscale = 14, .have = TCPW_OPT_WSCALE } },
	/* RFC 7323 2.3: to be taken as 14 */
	{ "wscale_15", { 3, 3, 15 }, 3, 0,
	  { .wscale = 14, .have = TCPW_OPT_WSCALE } },
	{ "wscale_255", { 3, 3, 255 }, 3, 0,
	  { .wscale = 14, .have = TCPW_OPT_WSCALE } },
	{ "sack_permitted", { 4, 2 }, 2, 0, { .have = TCPW_OPT_SACK_PERM } },
	{ "timestamps", { 8, 10, 1, 2, 3, 4, 0xf5, 6, 7, 8 }, 10, 0,
	  { .tsval = 0x01020304, .tsecr = 0xf5060708,
	    .have = TCPW_OPT_TS } },
	{ "fast_open_request", { 34, 2 }, 2, 0,
	  { .have = TCPW_OPT_FASTOPEN } },
	{ "fast_open_cookie", { 34, 10, 1, 2, 3, 4, 5, 6, 7, 8 }, 10, 0,
	  { .have = TCPW_OPT_FASTOPEN } },
	{ "mptcp", { 30, 4, 1, 0x81 }, 4, 0, { .have = TCPW_OPT_MPTCP } },
	/* what Linux puts on a SYN */
	{ "linux_syn", { 2, 4, 0x05, 0xb4, 4, 2, 8, 10, 0, 0, 0, 9, 0, 0, 0,
			 0, 1, 3, 3, 7 }, 20, 0,
	  { .mss = 1460, .wscale = 7, .tsval = 9,
	    .have = TCPW_OPT_MSS | TCPW_OPT_SACK_PERM | TCPW_OPT_TS |
		    TCPW_OPT_WSCALE } },
	{ "linux_ack", { 1, 1, 8, 10, 0, 0, 1, 0, 0, 0, 2, 0 }, 12, 0,
	  { .tsval = 256, .tsecr = 512, .have = TCPW_OPT_TS } },
	{ "full_40_octets", { 2, 4, 0x05, 0xb4, 4, 2, 8, 10, 0, 0, 0, 1, 0,
			      0, 0, 2, 1, 3, 3, 9, 34, 18, 1, 2, 3, 4, 5, 6,
			      7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 4, 2 },
	  40, 0,
	  { .mss = 1460, .wscale = 9, .tsval = 1, .tsecr = 2,
	    .have = TCPW_OPT_MSS | TCPW_OPT_SACK_PERM | TCPW_OPT_TS |
		    TCPW_OPT_WSCALE | TCPW_OPT_FASTOPEN } },
	{ "only_padding", { 1, 1, 1, 1 }, 4, 0, { 0 } },
	{ "padding_at_the_end", { 4, 2, 1, 1 }, 4, 0,
	  { .have = TCPW_OPT_SACK_PERM } },
	{ "end_of_list", { 0, 4, 2, 0 }, 4, 0, { 0 } },
	{ "end_of_list_after_mss", { 2, 4, 2, 0, 0, 4, 2, 0 }, 8, 0,
	  { .mss = 512, .have = TCPW_OPT_MSS } },
	{ "unknown_kind", { 253, 4, 9, 9, 4, 2, 0, 0 }, 8, 0,
	  { .have = TCPW_OPT_SACK_PERM } },
	{ "sack_blocks", { 1, 1, 5, 10, 0, 0, 0, 1, 0, 0, 0, 2, 4, 2, 0, 0 },
	  16, 0, { .have = TCPW_OPT_SACK_PERM } },
	{ "the_last_mss_counts", { 2, 4, 0, 1, 2, 4, 0, 2 }, 8, 0,
	  { .mss = 2, .have = TCPW_OPT_MSS } },
	/* a known kind of another length says nothing, the rest is read */
	{ "mss_too_short", { 2, 3, 5, 4, 2, 0 }, 6, 0,
	  { .have = TCPW_OPT_SACK_PERM } },
	{ "mss_too_long", { 2, 5, 5, 5, 5, 4, 2, 0 }, 8, 0,
	  { .have = TCPW_OPT_SACK_PERM } },
	{ "wscale_too_short", { 3, 2, 4, 2 }, 4, 0,
	  { .have = TCPW_OPT_SACK_PERM } },
	{ "wscale_too_long", { 3, 4, 7, 7, 4, 2, 0, 0 }, 8, 0,
	  { .have = TCPW_OPT_SACK_PERM } },
	{ "sack_permitted_too_long", { 4, 3, 0, 0 }, 4, 0, { 0 } },
	{ "timestamps_too_short", { 8, 9, 1, 2, 3, 4, 5, 6, 7, 4, 2, 0 },
	  12, 0, { .have = TCPW_OPT_SACK_PERM } },
	{ "timestamps_too_long", { 8, 11, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0 },
	  12, 0, { 0 } },
	/* impossible lengths: what came before is kept, the rest is not read */
	{ "kind_without_length", { 4, 2, 2 }, 3, -EINVAL,
	  { .have = TCPW_OPT_SACK_PERM } },
	{ "length_0", { 4, 2, 2, 0, 4, 2 }, 6, -EINVAL,
	  { .have = TCPW_OPT_SACK_PERM } },
	{ "length_1", { 3, 3, 5, 2, 1, 4, 2, 0 }, 8, -EINVAL,
	  { .wscale = 5, .have = TCPW_OPT_WSCALE } },
	{ "mss_beyond_end", { 4, 2, 2, 4, 5 }, 5, -EINVAL,
	  { .have = TCPW_OPT_SACK_PERM } },
	{ "timestamps_beyond_end", { 8, 10, 1, 2, 3, 4, 5, 6 }, 8, -EINVAL,
	  { 0 } },
	{ "unknown_beyond_end", { 253, 255, 0, 0 }, 4, -EINVAL, { 0 } },
};

/* Compare by field: structs may have padding. */
static inline bool seg_equal(const struct tcpw_seg *a,
			     const struct tcpw_seg *b)
{
	return a->seq == b->seq && a->ack == b->ack && a->len == b->len &&
	       a->win == b->win && a->flags == b->flags &&
	       a->hdrlen == b->hdrlen;
}

static inline bool opts_equal(const struct tcpw_opts *a,
			      const struct tcpw_opts *b)
{
	return a->have == b->have && a->mss == b->mss &&
	       a->wscale == b->wscale && a->tsval == b->tsval &&
	       a->tsecr == b->tsecr;
}

#endif /* _TCPWATCH_SEG_CASES_H */
