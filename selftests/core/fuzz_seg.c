// SPDX-License-Identifier: GPL-2.0
/*
 * The two parsers for libFuzzer: "make fuzz", then run what it built.  The
 * input is a TCP segment, its options are read as the module reads them.
 */
#include <stdlib.h>

#include "core/seg.h"

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct tcpw_opts opts;
	struct tcpw_seg seg;

	if (tcpw_seg_parse(&seg, data, size, size))
		return 0;
	if (seg.hdrlen + seg.len != size)
		abort();
	tcpw_seg_parse_opts(&opts, data + TCPW_HDR_MIN,
			    seg.hdrlen - TCPW_HDR_MIN);
	if (opts.wscale > 14)
		abort();
	return 0;
}
