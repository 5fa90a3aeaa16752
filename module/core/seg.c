// SPDX-License-Identifier: GPL-2.0
/*
 * Header bytes to struct tcpw_seg and struct tcpw_opts.  The only place that
 * reads untrusted TCP bytes; pure, so that it can be fuzzed in userspace.
 */
#include "core/seg.h"

static u32 get_be32(const u8 *p)
{
	return (u32)p[0] << 24 | (u32)p[1] << 16 | (u32)p[2] << 8 | p[3];
}

static u16 get_be16(const u8 *p)
{
	return (u16)(p[0] << 8 | p[1]);
}

/**
 * tcpw_seg_parse - read the fixed part of a TCP header
 * @seg: filled on success, except @seg->dir which is left alone; without a
 *	 timestamp
 * @hdr: the header's first octets
 * @have: how many octets @hdr holds, at least %TCPW_HDR_MIN to succeed
 * @total: octets from the header's start to the end of the IP payload
 *
 * Return: 0, or -EINVAL where the header is cut short or its data offset is
 * below 5 or points behind the end (RFC 9293 3.1).
 */
int tcpw_seg_parse(struct tcpw_seg *seg, const u8 *hdr, size_t have,
		   size_t total)
{
	size_t hdrlen;

	if (have < TCPW_HDR_MIN || total < TCPW_HDR_MIN)
		return -EINVAL;
	hdrlen = (hdr[12] >> 4) * 4;
	if (hdrlen < TCPW_HDR_MIN || hdrlen > total)
		return -EINVAL;

	seg->seq = get_be32(hdr + 4);
	seg->ack = get_be32(hdr + 8);
	seg->len = total - hdrlen;
	seg->win = get_be16(hdr + 14);
	seg->flags = hdr[13] & TCPW_FLAGS;
	seg->hdrlen = hdrlen;
	seg->tsval = 0;
	seg->ts = false;
	return 0;
}

static void parse_one(struct tcpw_opts *opts, u8 kind, const u8 *val, u8 len)
{
	switch (kind) {
	case 2:
		if (len == 2) {
			opts->mss = get_be16(val);
			opts->have |= TCPW_OPT_MSS;
		}
		break;
	case 3:
		if (len == 1) {
			/* RFC 7323 2.3: a larger shift counts as 14 */
			opts->wscale = val[0] > 14 ? 14 : val[0];
			opts->have |= TCPW_OPT_WSCALE;
		}
		break;
	case 4:
		if (len == 0)
			opts->have |= TCPW_OPT_SACK_PERM;
		break;
	case 8:
		if (len == 8) {
			opts->tsval = get_be32(val);
			opts->tsecr = get_be32(val + 4);
			opts->have |= TCPW_OPT_TS;
		}
		break;
	case 30:
		opts->have |= TCPW_OPT_MPTCP;
		break;
	case 34:
		opts->have |= TCPW_OPT_FASTOPEN;
		break;
	}
}

/**
 * tcpw_seg_parse_opts - read the options that follow the fixed header
 * @opts: filled; zero where nothing was found
 * @p: the first option octet
 * @len: option octets, 0..40
 *
 * Options before a malformed one are kept, as the kernel keeps them.
 *
 * Return: 0, or -EINVAL where an option's length is impossible.
 */
int tcpw_seg_parse_opts(struct tcpw_opts *opts, const u8 *p, size_t len)
{
	memset(opts, 0, sizeof(*opts));
	while (len) {
		u8 kind = p[0];
		u8 optlen;

		if (kind == 0) /* end of list */
			return 0;
		if (kind == 1) { /* padding */
			p++;
			len--;
			continue;
		}
		if (len < 2)
			return -EINVAL;
		optlen = p[1];
		if (optlen < 2 || optlen > len)
			return -EINVAL;
		parse_one(opts, kind, p + 2, optlen - 2);
		p += optlen;
		len -= optlen;
	}
	return 0;
}
