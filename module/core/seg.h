/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One TCP segment as the rest of tcpwatch sees it: plain numbers in host byte
 * order.  seg.c fills it from header bytes, segment.c from an sk_buff.
 */
#ifndef _TCPWATCH_SEG_H
#define _TCPWATCH_SEG_H

#include "core/pure.h"

/* Control bits, RFC 9293 3.1, as they stand in byte 13 of the header. */
#define TCPW_FIN	0x01
#define TCPW_SYN	0x02
#define TCPW_RST	0x04
#define TCPW_PSH	0x08
#define TCPW_ACK	0x10
#define TCPW_URG	0x20
#define TCPW_FLAGS	0x3f

#define TCPW_HDR_MIN	20	/* bytes, RFC 9293 3.1: data offset 5 */

enum tcpw_dir {
	TCPW_IN,	/* arrived for this endpoint */
	TCPW_OUT,	/* sent by this endpoint, or in its name */
	TCPW_DIRS,
};

/**
 * struct tcpw_seg - one segment, or one GSO/GRO super-segment
 * @seq: sequence number of the first octet (of the SYN if there is one)
 * @ack: acknowledgment number, meaningful with %TCPW_ACK
 * @len: payload octets, not counting SYN and FIN
 * @tsval: its timestamp (RFC 7323), with @ts
 * @win: window field as on the wire, not scaled
 * @flags: control bits, %TCPW_FLAGS
 * @dir: enum tcpw_dir
 * @hdrlen: octets of TCP header, options included
 * @ts: it has a timestamp, and somebody has looked for one
 */
struct tcpw_seg {
	u32 seq;
	u32 ack;
	u32 len;
	u32 tsval;
	u16 win;
	u8 flags;
	u8 dir;
	u8 hdrlen;
	bool ts;
};

/**
 * struct tcpw_opts - the options that tell handshakes apart
 * @tsval: timestamp value, with %TCPW_OPT_TS (RFC 7323)
 * @tsecr: timestamp echo, with %TCPW_OPT_TS
 * @mss: maximum segment size in octets, with %TCPW_OPT_MSS
 * @wscale: window shift 0..14, with %TCPW_OPT_WSCALE
 * @have: which options were there, %TCPW_OPT_*
 */
struct tcpw_opts {
	u32 tsval;
	u32 tsecr;
	u16 mss;
	u8 wscale;
	u8 have;
};

#define TCPW_OPT_MSS		0x01
#define TCPW_OPT_WSCALE		0x02
#define TCPW_OPT_SACK_PERM	0x04
#define TCPW_OPT_TS		0x08
#define TCPW_OPT_FASTOPEN	0x10	/* RFC 7413, kind 34 */
#define TCPW_OPT_MPTCP		0x20	/* RFC 8684, kind 30 */

int tcpw_seg_parse(struct tcpw_seg *seg, const u8 *hdr, size_t have,
		   size_t total);
int tcpw_seg_parse_opts(struct tcpw_opts *opts, const u8 *p, size_t len);

/* Octets of sequence space that the segment takes (RFC 9293 3.4, SEG.LEN). */
static inline u32 tcpw_seg_space(const struct tcpw_seg *seg)
{
	return seg->len + !!(seg->flags & TCPW_SYN) +
	       !!(seg->flags & TCPW_FIN);
}

/* The sequence number after the segment's last octet. */
static inline u32 tcpw_seg_end(const struct tcpw_seg *seg)
{
	return seg->seq + tcpw_seg_space(seg);
}

#endif /* _TCPWATCH_SEG_H */
