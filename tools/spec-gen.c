// SPDX-License-Identifier: GPL-2.0
/* The spec as tables.  Made by gen.py, do not edit. */
#include "spec.h"

static const char words_state[][SPEC_NAME_SIZE] = {
	[1] = "estab",
	[2] = "syn-sent",
	[3] = "syn-recv",
	[4] = "fin-wait-1",
	[5] = "fin-wait-2",
	[6] = "time-wait",
	[7] = "unconn",
	[8] = "close-wait",
	[9] = "last-ack",
	[10] = "listen",
	[11] = "closing",
};

static const char *const names_state[] = {
	[1] = words_state[1],
	[2] = words_state[2],
	[3] = words_state[3],
	[4] = words_state[4],
	[5] = words_state[5],
	[6] = words_state[6],
	[7] = words_state[7],
	[8] = words_state[8],
	[9] = words_state[9],
	[10] = words_state[10],
	[11] = words_state[11],
};

static const uint8_t lens_state[] = {
	[1] = 5,
	[2] = 8,
	[3] = 8,
	[4] = 10,
	[5] = 10,
	[6] = 9,
	[7] = 6,
	[8] = 10,
	[9] = 8,
	[10] = 6,
	[11] = 7,
};

static const char *const docs_state[] = {
	[1] = "ESTABLISHED",
	[2] = "SYN-SENT",
	[3] = "SYN-RECEIVED",
	[4] = "FIN-WAIT-1",
	[5] = "FIN-WAIT-2",
	[6] = "TIME-WAIT",
	[7] = "CLOSED",
	[8] = "CLOSE-WAIT",
	[9] = "LAST-ACK",
	[10] = "LISTEN",
	[11] = "CLOSING",
};

static const struct spec_enum enum_state = {
	.name = "state",
	.names = names_state,
	.lens = lens_state,
	.docs = docs_state,
	.n = 12,
};

static const char words_cause[][SPEC_NAME_SIZE] = {
	[0] = "none",
	[1] = "in",
	[2] = "out",
	[3] = "reuse",
	[4] = "app",
	[5] = "timer",
	[6] = "network",
	[7] = "destroy",
	[8] = "memory",
	[9] = "netns",
	[10] = "seed",
	[11] = "adopt",
	[12] = "defer",
	[13] = "refuse",
	[14] = "reserved",
	[15] = "unknown",
	[16] = "data-after-close",
	[17] = "translated",
};

static const char *const names_cause[] = {
	[0] = words_cause[0],
	[1] = words_cause[1],
	[2] = words_cause[2],
	[3] = words_cause[3],
	[4] = words_cause[4],
	[5] = words_cause[5],
	[6] = words_cause[6],
	[7] = words_cause[7],
	[8] = words_cause[8],
	[9] = words_cause[9],
	[10] = words_cause[10],
	[11] = words_cause[11],
	[12] = words_cause[12],
	[13] = words_cause[13],
	[14] = words_cause[14],
	[15] = words_cause[15],
	[16] = words_cause[16],
	[17] = words_cause[17],
};

static const uint8_t lens_cause[] = {
	[0] = 4,
	[1] = 2,
	[2] = 3,
	[3] = 5,
	[4] = 3,
	[5] = 5,
	[6] = 7,
	[7] = 7,
	[8] = 6,
	[9] = 5,
	[10] = 4,
	[11] = 5,
	[12] = 5,
	[13] = 6,
	[14] = 8,
	[15] = 7,
	[16] = 16,
	[17] = 10,
};

static const char *const docs_cause[] = {
	[0] = "nothing yet",
	[1] = "a segment that arrived",
	[2] = "a segment that was sent",
	[3] = "a new connection took the tuple of one in TIME-WAIT",
	[4] = "connect(), shutdown() or close() of the application",
	[5] = "a timer of the kernel",
	[6] = "the network said so (ICMP), or there is no way to send",
	[7] = "SOCK_DESTROY, as ss -K sends it",
	[8] = "no memory, or no timewait socket left to take",
	[9] = "the network namespace ends",
	[10] = "it was there before us (module loaded later, no room at first)",
	[11] = "the kernel had it first (SYN cookie, Fast Open)",
	[12] = "handshake ACK held back (accept queue full, TCP_DEFER_ACCEPT)",
	[13] = "the socket has not taken the segment: it refused it, or acted before it came to it",
	[14] = "no longer used",
	[15] = "none of these can be shown",
	[16] = "the peer sent data, or a SYN, after this end had closed, and the kernel answered with a RST (RFC 1122 4.2.2.13)",
	[17] = "a segment whose sequence numbers conntrack changes behind the hook",
};

static const struct spec_enum enum_cause = {
	.name = "cause",
	.names = names_cause,
	.lens = lens_cause,
	.docs = docs_cause,
	.n = 18,
};

static const char words_verdict[][SPEC_NAME_SIZE] = {
	[0] = "expected",
	[1] = "confirmed",
	[2] = "kernel-first",
	[3] = "wire-only",
	[4] = "found",
};

static const char *const names_verdict[] = {
	[0] = words_verdict[0],
	[1] = words_verdict[1],
	[2] = words_verdict[2],
	[3] = words_verdict[3],
	[4] = words_verdict[4],
};

static const uint8_t lens_verdict[] = {
	[0] = 8,
	[1] = 9,
	[2] = 12,
	[3] = 9,
	[4] = 5,
};

static const char *const docs_verdict[] = {
	[0] = "a segment made it, and the kernel has not spoken yet",
	[1] = "wire and kernel agree",
	[2] = "the kernel moved, and no segment explains it",
	[3] = "a segment promised it, and the kernel did not follow; of an event, it takes such a promise back",
	[4] = "the endpoint became known in this state",
};

static const struct spec_enum enum_verdict = {
	.name = "verdict",
	.names = names_verdict,
	.lens = lens_verdict,
	.docs = docs_verdict,
	.n = 5,
};

static const char words_direction[][SPEC_NAME_SIZE] = {
	[0] = "in",
	[1] = "out",
};

static const char *const names_direction[] = {
	[0] = words_direction[0],
	[1] = words_direction[1],
};

static const uint8_t lens_direction[] = {
	[0] = 2,
	[1] = 3,
};

static const char *const docs_direction[] = {
	[0] = "it arrived",
	[1] = "it was sent",
};

static const struct spec_enum enum_direction = {
	.name = "direction",
	.names = names_direction,
	.lens = lens_direction,
	.docs = docs_direction,
	.n = 2,
};

static const char words_role[][SPEC_NAME_SIZE] = {
	[0] = "unknown",
	[1] = "active",
	[2] = "passive",
	[3] = "simultaneous",
};

static const char *const names_role[] = {
	[0] = words_role[0],
	[1] = words_role[1],
	[2] = words_role[2],
	[3] = words_role[3],
};

static const uint8_t lens_role[] = {
	[0] = 7,
	[1] = 6,
	[2] = 7,
	[3] = 12,
};

static const char *const docs_role[] = {
	[0] = "it was there when the module was loaded",
	[1] = "the local one",
	[2] = "the remote one",
	[3] = "both, the SYNs crossed",
};

static const struct spec_enum enum_role = {
	.name = "role",
	.names = names_role,
	.lens = lens_role,
	.docs = docs_role,
	.n = 4,
};

static const char words_ends[][SPEC_NAME_SIZE] = {
	[0] = "polled",
	[1] = "reported",
};

static const char *const names_ends[] = {
	[0] = words_ends[0],
	[1] = words_ends[1],
};

static const uint8_t lens_ends[] = {
	[0] = 6,
	[1] = 8,
};

static const char *const docs_ends[] = {
	[0] = "by looking four times a second, everything else every 10 s",
	[1] = "the kernel reports them (kprobes), exact",
};

static const struct spec_enum enum_ends = {
	.name = "ends",
	.names = names_ends,
	.lens = lens_ends,
	.docs = docs_ends,
	.n = 2,
};

static const char words_span[][SPEC_NAME_SIZE] = {
	[1] = "estab",
	[2] = "syn-sent",
	[3] = "syn-recv",
	[4] = "fin-wait-1",
	[5] = "fin-wait-2",
	[6] = "time-wait",
	[7] = "unconn",
	[8] = "close-wait",
	[9] = "last-ack",
	[10] = "listen",
	[11] = "closing",
	[12] = "open-active",
	[13] = "open-passive",
	[14] = "fin-to-ack",
	[15] = "fin-to-fin",
	[16] = "fin-to-end",
	[17] = "last-restart",
};

static const char *const names_span[] = {
	[1] = words_span[1],
	[2] = words_span[2],
	[3] = words_span[3],
	[4] = words_span[4],
	[5] = words_span[5],
	[6] = words_span[6],
	[7] = words_span[7],
	[8] = words_span[8],
	[9] = words_span[9],
	[10] = words_span[10],
	[11] = words_span[11],
	[12] = words_span[12],
	[13] = words_span[13],
	[14] = words_span[14],
	[15] = words_span[15],
	[16] = words_span[16],
	[17] = words_span[17],
};

static const uint8_t lens_span[] = {
	[1] = 5,
	[2] = 8,
	[3] = 8,
	[4] = 10,
	[5] = 10,
	[6] = 9,
	[7] = 6,
	[8] = 10,
	[9] = 8,
	[10] = 6,
	[11] = 7,
	[12] = 11,
	[13] = 12,
	[14] = 10,
	[15] = 10,
	[16] = 10,
	[17] = 12,
};

static const char *const docs_span[] = {
	[1] = "time in ESTABLISHED",
	[2] = "time in SYN-SENT",
	[3] = "time in SYN-RECEIVED",
	[4] = "time in FIN-WAIT-1",
	[5] = "time in FIN-WAIT-2",
	[6] = "time in TIME-WAIT",
	[7] = "not measured",
	[8] = "time in CLOSE-WAIT",
	[9] = "time in LAST-ACK",
	[10] = "not measured",
	[11] = "time in CLOSING",
	[12] = "SYN out to SYN,ACK in; of a simultaneous open to the ACK of our SYN",
	[13] = "SYN,ACK out, right after the SYN came, to the ACK of it",
	[14] = "our FIN to the ACK of it",
	[15] = "our FIN to that of the peer, where ours was first",
	[16] = "our FIN to TIME-WAIT, or to the end where there is none",
	[17] = "the last time that TIME-WAIT began anew to its end",
};

static const struct spec_enum enum_span = {
	.name = "span",
	.names = names_span,
	.lens = lens_span,
	.docs = docs_span,
	.n = 18,
};

static const char words_wait[][SPEC_NAME_SIZE] = {
	[0] = "none",
	[1] = "no-answer-to-syn",
	[2] = "no-answer-to-syn-ack",
	[3] = "not-accepted",
	[4] = "application-has-not-closed",
	[5] = "fin-not-acknowledged",
	[6] = "fin-behind-data",
	[7] = "fin-behind-zero-window",
	[8] = "peer-has-not-closed",
	[9] = "orphan-waits-for-fin",
};

static const char *const names_wait[] = {
	[0] = words_wait[0],
	[1] = words_wait[1],
	[2] = words_wait[2],
	[3] = words_wait[3],
	[4] = words_wait[4],
	[5] = words_wait[5],
	[6] = words_wait[6],
	[7] = words_wait[7],
	[8] = words_wait[8],
	[9] = words_wait[9],
};

static const uint8_t lens_wait[] = {
	[0] = 4,
	[1] = 16,
	[2] = 20,
	[3] = 12,
	[4] = 26,
	[5] = 20,
	[6] = 15,
	[7] = 22,
	[8] = 19,
	[9] = 20,
};

static const char *const docs_wait[] = {
	[0] = "it does not, or its socket is gone",
	[1] = "nobody answers our SYN",
	[2] = "nobody answers our SYN,ACK",
	[3] = "the accept queue is full, or TCP_DEFER_ACCEPT waits for data",
	[4] = "the peer has sent its FIN, the application has not closed",
	[5] = "nobody acknowledges our FIN",
	[6] = "our FIN waits behind data that are not acknowledged",
	[7] = "the same, and the peer has no room for them",
	[8] = "our FIN is acknowledged, the peer has not sent its own",
	[9] = "the same, and nobody owns the socket any more",
};

static const struct spec_enum enum_wait = {
	.name = "wait",
	.names = names_wait,
	.lens = lens_wait,
	.docs = docs_wait,
	.n = 10,
};

static const struct spec_set set_stats;
static const struct spec_set set_state_stats;
static const struct spec_set set_open;
static const struct spec_set set_fail;
static const struct spec_set set_close;
static const struct spec_set set_time_wait;
static const struct spec_set set_tw_end;
static const struct spec_set set_late;
static const struct spec_set set_segment;
static const struct spec_set set_handshake;
static const struct spec_set set_rst_reason;
static const struct spec_set set_anomaly;
static const struct spec_set set_audit;
static const struct spec_set set_events;
static const struct spec_set set_memory;
static const struct spec_set set_ended_netns;
static const struct spec_set set_hist;
static const struct spec_set set_hist_data;
static const struct spec_set set_age;
static const struct spec_set set_matrix;
static const struct spec_set set_flow;
static const struct spec_set set_listener;
static const struct spec_set set_stuck;
static const struct spec_set set_port_pressure;
static const struct spec_set set_timewait;
static const struct spec_set set_config;
static const struct spec_set set_transitions;
static const struct spec_set set_event;
static const struct spec_set set_event_segment;

static const struct spec_attr attrs_stats[] = {
	[1] = {
		.name = "netns-fd",
		.doc = "Request. A file descriptor of another network namespace; the caller needs CAP_NET_ADMIN and CAP_SYS_ADMIN over its owner.",
		.key = ",\"netns-fd\":",
		.key_len = 12,
		.type = SPEC_U32,
	},
	[2] = {
		.name = "netns-id",
		.doc = "Request. The same by the id that the caller's namespace has for it (ip netns list-id).",
		.key = ",\"netns-id\":",
		.key_len = 12,
		.type = SPEC_S32,
	},
	[3] = {
		.name = "netns",
		.doc = "Network namespace, by inode number, as lsns prints it.",
		.key = ",\"netns\":",
		.key_len = 9,
		.type = SPEC_U32,
	},
	[4] = {
		.name = "pad",
		.key = ",\"pad\":",
		.key_len = 7,
		.type = SPEC_NONE,
	},
	[5] = {
		.name = "histograms",
		.doc = "Request. Tell the histograms, too, as hist-get does.",
		.key = ",\"histograms\":",
		.key_len = 14,
		.type = SPEC_FLAG,
	},
	[6] = {
		.name = "version",
		.doc = "Version of the module.",
		.key = ",\"version\":",
		.key_len = 11,
		.type = SPEC_STRING,
	},
	[7] = {
		.name = "watching-ns",
		.doc = "For how long the namespace has been watched, ns.",
		.key = ",\"watching-ns\":",
		.key_len = 15,
		.type = SPEC_U64,
	},
	[8] = {
		.name = "kernel-observer",
		.doc = "The kernel's own state changes are observed, not only segments.",
		.key = ",\"kernel-observer\":",
		.key_len = 19,
		.type = SPEC_FLAG,
	},
	[9] = {
		.name = "ends",
		.doc = "How the ends of TIME-WAIT and SYN-RECV are found.",
		.key = ",\"ends\":",
		.key_len = 8,
		.type = SPEC_U8,
		.names = &enum_ends,
	},
	[10] = {
		.name = "state",
		.doc = "Each of the eleven states.",
		.key = ",\"state\":",
		.key_len = 9,
		.type = SPEC_NEST,
		.multi = true,
		.nest = &set_state_stats,
	},
	[11] = {
		.name = "open",
		.doc = "Connections that were opened.",
		.key = ",\"open\":",
		.key_len = 8,
		.type = SPEC_NEST,
		.nest = &set_open,
	},
	[12] = {
		.name = "fail-active",
		.doc = "Handshakes that we began and that came to nothing.",
		.key = ",\"fail-active\":",
		.key_len = 15,
		.type = SPEC_NEST,
		.nest = &set_fail,
	},
	[13] = {
		.name = "fail-passive",
		.doc = "Handshakes that a peer began and that came to nothing.",
		.key = ",\"fail-passive\":",
		.key_len = 16,
		.type = SPEC_NEST,
		.nest = &set_fail,
	},
	[14] = {
		.name = "close",
		.doc = "Connections that ended.",
		.key = ",\"close\":",
		.key_len = 9,
		.type = SPEC_NEST,
		.nest = &set_close,
	},
	[15] = {
		.name = "time-wait",
		.doc = "TIME-WAIT, and what came for it.",
		.key = ",\"time-wait\":",
		.key_len = 13,
		.type = SPEC_NEST,
		.nest = &set_time_wait,
	},
	[16] = {
		.name = "fin-wait-2",
		.doc = "FIN-WAIT-2 of sockets that only a timewait socket is left of.",
		.key = ",\"fin-wait-2\":",
		.key_len = 14,
		.type = SPEC_NEST,
		.nest = &set_time_wait,
	},
	[17] = {
		.name = "segment",
		.doc = "Segments of each direction.",
		.key = ",\"segment\":",
		.key_len = 11,
		.type = SPEC_NEST,
		.multi = true,
		.nest = &set_segment,
	},
	[18] = {
		.name = "handshake",
		.doc = "What happened to SYNs and FINs.",
		.key = ",\"handshake\":",
		.key_len = 13,
		.type = SPEC_NEST,
		.nest = &set_handshake,
	},
	[19] = {
		.name = "rst-reason",
		.doc = "RSTs that the kernel sent, by its own reason (6.12 and later).",
		.key = ",\"rst-reason\":",
		.key_len = 14,
		.type = SPEC_NEST,
		.multi = true,
		.nest = &set_rst_reason,
	},
	[20] = {
		.name = "anomaly",
		.doc = "Segments that were not as they should be.",
		.key = ",\"anomaly\":",
		.key_len = 11,
		.type = SPEC_NEST,
		.nest = &set_anomaly,
	},
	[21] = {
		.name = "audit",
		.doc = "How the mirror compares with the kernel's sockets.",
		.key = ",\"audit\":",
		.key_len = 9,
		.type = SPEC_NEST,
		.nest = &set_audit,
	},
	[22] = {
		.name = "events",
		.doc = "The stream of transitions.",
		.key = ",\"events\":",
		.key_len = 10,
		.type = SPEC_NEST,
		.nest = &set_events,
	},
	[23] = {
		.name = "memory",
		.doc = "What is held, and what there was no room for.",
		.key = ",\"memory\":",
		.key_len = 10,
		.type = SPEC_NEST,
		.nest = &set_memory,
	},
	[24] = {
		.name = "ended-netns",
		.doc = "What ended with network namespaces; told of the initial one only.",
		.key = ",\"ended-netns\":",
		.key_len = 15,
		.type = SPEC_NEST,
		.nest = &set_ended_netns,
	},
	[25] = {
		.name = "bucket-floor",
		.doc = "Lower bounds of all buckets of a histogram, ns; the first is 0.",
		.key = ",\"bucket-floor\":",
		.key_len = 16,
		.type = SPEC_U64S,
	},
	[26] = {
		.name = "hist",
		.doc = "A histogram.",
		.key = ",\"hist\":",
		.key_len = 8,
		.type = SPEC_NEST,
		.multi = true,
		.nest = &set_hist_data,
	},
	[27] = {
		.name = "wire-observer",
		.doc = "Segments are observed. Not so only where there was no memory for the hooks when the namespace was made.",
		.key = ",\"wire-observer\":",
		.key_len = 17,
		.type = SPEC_FLAG,
	},
};

static const struct spec_set set_stats = {
	.name = "stats",
	.attrs = attrs_stats,
	.n = 28,
};

static const struct spec_attr attrs_state_stats[] = {
	[1] = {
		.name = "pad",
		.key = ",\"pad\":",
		.key_len = 7,
		.type = SPEC_NONE,
	},
	[2] = {
		.name = "state",
		.doc = "The state.",
		.key = ",\"state\":",
		.key_len = 9,
		.type = SPEC_U8,
		.names = &enum_state,
	},
	[3] = {
		.name = "now",
		.doc = "Endpoints in it now.",
		.key = ",\"now\":",
		.key_len = 7,
		.type = SPEC_U64,
	},
	[4] = {
		.name = "entered",
		.doc = "How often it was entered; of unconn, connections that ended.",
		.key = ",\"entered\":",
		.key_len = 11,
		.type = SPEC_U64,
	},
	[5] = {
		.name = "left",
		.doc = "How often it was left; of unconn, connections that began.",
		.key = ",\"left\":",
		.key_len = 8,
		.type = SPEC_U64,
	},
	[6] = {
		.name = "oldest-ns",
		.doc = "How long the oldest endpoint has been in it, ns, where it ought to be left soon; found by the last comparison of everything.",
		.key = ",\"oldest-ns\":",
		.key_len = 13,
		.type = SPEC_U64,
	},
	[7] = {
		.name = "count",
		.doc = "Stays that were measured.",
		.key = ",\"count\":",
		.key_len = 9,
		.type = SPEC_U64,
	},
	[8] = {
		.name = "min-ns",
		.doc = "The shortest of them, ns.",
		.key = ",\"min-ns\":",
		.key_len = 10,
		.type = SPEC_U64,
	},
	[9] = {
		.name = "mean-ns",
		.doc = "Their mean, ns.",
		.key = ",\"mean-ns\":",
		.key_len = 11,
		.type = SPEC_U64,
	},
	[10] = {
		.name = "p50-ns",
		.doc = "Their median, ns, at most 6.25 % off; so are the next two.",
		.key = ",\"p50-ns\":",
		.key_len = 10,
		.type = SPEC_U64,
	},
	[11] = {
		.name = "p90-ns",
		.doc = "What 90 % of them do not exceed, ns.",
		.key = ",\"p90-ns\":",
		.key_len = 10,
		.type = SPEC_U64,
	},
	[12] = {
		.name = "p99-ns",
		.doc = "What 99 % of them do not exceed, ns.",
		.key = ",\"p99-ns\":",
		.key_len = 10,
		.type = SPEC_U64,
	},
	[13] = {
		.name = "max-ns",
		.doc = "The longest of them, ns.",
		.key = ",\"max-ns\":",
		.key_len = 10,
		.type = SPEC_U64,
	},
};

static const struct spec_set set_state_stats = {
	.name = "state-stats",
	.attrs = attrs_state_stats,
	.n = 14,
};

static const struct spec_attr attrs_open[] = {
	[1] = {
		.name = "active",
		.doc = "We sent the first SYN.",
		.key = ",\"active\":",
		.key_len = 10,
		.type = SPEC_U64,
	},
	[2] = {
		.name = "passive",
		.doc = "The peer sent the first SYN.",
		.key = ",\"passive\":",
		.key_len = 11,
		.type = SPEC_U64,
	},
	[3] = {
		.name = "simultaneous",
		.doc = "The SYNs crossed.",
		.key = ",\"simultaneous\":",
		.key_len = 16,
		.type = SPEC_U64,
	},
	[4] = {
		.name = "cookie",
		.doc = "By a SYN cookie that came back; not among the passive ones.",
		.key = ",\"cookie\":",
		.key_len = 10,
		.type = SPEC_U64,
	},
	[5] = {
		.name = "pad",
		.key = ",\"pad\":",
		.key_len = 7,
		.type = SPEC_NONE,
	},
	[6] = {
		.name = "fast-open-active",
		.doc = "Our SYN carried data that the peer took (RFC 7413).",
		.key = ",\"fast-open-active\":",
		.key_len = 20,
		.type = SPEC_U64,
	},
	[7] = {
		.name = "fast-open-passive",
		.doc = "The peer's SYN carried data that we took (RFC 7413).",
		.key = ",\"fast-open-passive\":",
		.key_len = 21,
		.type = SPEC_U64,
	},
	[8] = {
		.name = "rtx-active",
		.doc = "Active and simultaneous ones by how often the SYN was sent again; eight values, 0 to 6 times and more.",
		.key = ",\"rtx-active\":",
		.key_len = 14,
		.type = SPEC_U64,
		.multi = true,
	},
	[9] = {
		.name = "rtx-passive",
		.doc = "Passive ones by how often the SYN,ACK was sent again, likewise.",
		.key = ",\"rtx-passive\":",
		.key_len = 15,
		.type = SPEC_U64,
		.multi = true,
	},
};

static const struct spec_set set_open = {
	.name = "open",
	.attrs = attrs_open,
	.n = 10,
};

static const struct spec_attr attrs_fail[] = {
	[1] = {
		.name = "refused",
		.doc = "The SYN was answered with RST.",
		.key = ",\"refused\":",
		.key_len = 11,
		.type = SPEC_U64,
	},
	[2] = {
		.name = "reset",
		.doc = "A RST came later.",
		.key = ",\"reset\":",
		.key_len = 9,
		.type = SPEC_U64,
	},
	[3] = {
		.name = "timeout",
		.doc = "Nobody answered.",
		.key = ",\"timeout\":",
		.key_len = 11,
		.type = SPEC_U64,
	},
	[4] = {
		.name = "unreachable",
		.doc = "The network said so (ICMP). A connect() for which there is no route is no attempt: the socket does not leave CLOSE, and the kernel does not count it as ActiveOpens either.",
		.key = ",\"unreachable\":",
		.key_len = 15,
		.type = SPEC_U64,
	},
	[5] = {
		.name = "cancelled",
		.doc = "The application did not wait.",
		.key = ",\"cancelled\":",
		.key_len = 13,
		.type = SPEC_U64,
	},
	[6] = {
		.name = "destroyed",
		.doc = "SOCK_DESTROY.",
		.key = ",\"destroyed\":",
		.key_len = 13,
		.type = SPEC_U64,
	},
	[7] = {
		.name = "netns",
		.doc = "The network namespace ended.",
		.key = ",\"netns\":",
		.key_len = 9,
		.type = SPEC_U64,
	},
	[8] = {
		.name = "other",
		.doc = "None of these.",
		.key = ",\"other\":",
		.key_len = 9,
		.type = SPEC_U64,
	},
	[9] = {
		.name = "pad",
		.key = ",\"pad\":",
		.key_len = 7,
		.type = SPEC_NONE,
	},
};

static const struct spec_set set_fail = {
	.name = "fail",
	.attrs = attrs_fail,
	.n = 10,
};

static const struct spec_attr attrs_close[] = {
	[1] = {
		.name = "active",
		.doc = "Our FIN was first.",
		.key = ",\"active\":",
		.key_len = 10,
		.type = SPEC_U64,
	},
	[2] = {
		.name = "passive",
		.doc = "The peer's FIN was first.",
		.key = ",\"passive\":",
		.key_len = 11,
		.type = SPEC_U64,
	},
	[3] = {
		.name = "simultaneous",
		.doc = "The FINs crossed.",
		.key = ",\"simultaneous\":",
		.key_len = 16,
		.type = SPEC_U64,
	},
	[4] = {
		.name = "rst-in",
		.doc = "By a RST that came.",
		.key = ",\"rst-in\":",
		.key_len = 10,
		.type = SPEC_U64,
	},
	[5] = {
		.name = "rst-out",
		.doc = "By a RST that was sent.",
		.key = ",\"rst-out\":",
		.key_len = 11,
		.type = SPEC_U64,
	},
	[6] = {
		.name = "unread",
		.doc = "Closed with data unread, so that a RST was sent (RFC 2525 2.17).",
		.key = ",\"unread\":",
		.key_len = 10,
		.type = SPEC_U64,
	},
	[7] = {
		.name = "timeout",
		.doc = "The peer did not answer, or sent no FIN.",
		.key = ",\"timeout\":",
		.key_len = 11,
		.type = SPEC_U64,
	},
	[8] = {
		.name = "destroyed",
		.doc = "SOCK_DESTROY.",
		.key = ",\"destroyed\":",
		.key_len = 13,
		.type = SPEC_U64,
	},
	[9] = {
		.name = "netns",
		.doc = "The network namespace ended.",
		.key = ",\"netns\":",
		.key_len = 9,
		.type = SPEC_U64,
	},
	[10] = {
		.name = "other",
		.doc = "None of these.",
		.key = ",\"other\":",
		.key_len = 9,
		.type = SPEC_U64,
	},
	[11] = {
		.name = "pad",
		.key = ",\"pad\":",
		.key_len = 7,
		.type = SPEC_NONE,
	},
	[12] = {
		.name = "three-way",
		.doc = "Active, and the ACK of our FIN came with the peer's FIN.",
		.key = ",\"three-way\":",
		.key_len = 13,
		.type = SPEC_U64,
	},
	[13] = {
		.name = "four-way",
		.doc = "Active, with a segment for each.",
		.key = ",\"four-way\":",
		.key_len = 12,
		.type = SPEC_U64,
	},
};

static const struct spec_set set_close = {
	.name = "close",
	.attrs = attrs_close,
	.n = 14,
};

static const struct spec_attr attrs_time_wait[] = {
	[1] = {
		.name = "end",
		.doc = "How it ended.",
		.key = ",\"end\":",
		.key_len = 7,
		.type = SPEC_NEST,
		.nest = &set_tw_end,
	},
	[2] = {
		.name = "late",
		.doc = "Segments that came for it.",
		.key = ",\"late\":",
		.key_len = 8,
		.type = SPEC_NEST,
		.nest = &set_late,
	},
	[3] = {
		.name = "pad",
		.key = ",\"pad\":",
		.key_len = 7,
		.type = SPEC_NONE,
	},
	[4] = {
		.name = "restarts",
		.doc = "How often its 60 s began anew for a late segment.",
		.key = ",\"restarts\":",
		.key_len = 12,
		.type = SPEC_U64,
	},
	[5] = {
		.name = "kernel-ns",
		.doc = "How long it nominally is here (TCP_TIMEWAIT_LEN), ns.",
		.key = ",\"kernel-ns\":",
		.key_len = 13,
		.type = SPEC_U64,
	},
	[6] = {
		.name = "rfc9293-ns",
		.doc = "How long RFC 9293 asks it to be (2 MSL), ns.",
		.key = ",\"rfc9293-ns\":",
		.key_len = 14,
		.type = SPEC_U64,
	},
};

static const struct spec_set set_time_wait = {
	.name = "time-wait",
	.attrs = attrs_time_wait,
	.n = 7,
};

static const struct spec_attr attrs_tw_end[] = {
	[1] = {
		.name = "expired",
		.doc = "Its time was over.",
		.key = ",\"expired\":",
		.key_len = 11,
		.type = SPEC_U64,
	},
	[2] = {
		.name = "reused",
		.doc = "A connect() took its tuple (tcp_tw_reuse).",
		.key = ",\"reused\":",
		.key_len = 10,
		.type = SPEC_U64,
	},
	[3] = {
		.name = "reopened",
		.doc = "A SYN to a listener took its tuple (RFC 9293 3.6.1).",
		.key = ",\"reopened\":",
		.key_len = 12,
		.type = SPEC_U64,
	},
	[4] = {
		.name = "rst",
		.doc = "A RST came (RFC 1337).",
		.key = ",\"rst\":",
		.key_len = 7,
		.type = SPEC_U64,
	},
	[5] = {
		.name = "destroyed",
		.doc = "SOCK_DESTROY.",
		.key = ",\"destroyed\":",
		.key_len = 13,
		.type = SPEC_U64,
	},
	[6] = {
		.name = "netns",
		.doc = "The network namespace ended.",
		.key = ",\"netns\":",
		.key_len = 9,
		.type = SPEC_U64,
	},
	[7] = {
		.name = "not-created",
		.doc = "There were too many (tcp_max_tw_buckets), or no memory.",
		.key = ",\"not-created\":",
		.key_len = 15,
		.type = SPEC_U64,
	},
	[8] = {
		.name = "data",
		.doc = "FIN-WAIT-2 only, data came for a socket that nobody owns.",
		.key = ",\"data\":",
		.key_len = 8,
		.type = SPEC_U64,
	},
	[9] = {
		.name = "other",
		.doc = "None of these.",
		.key = ",\"other\":",
		.key_len = 9,
		.type = SPEC_U64,
	},
	[10] = {
		.name = "pad",
		.key = ",\"pad\":",
		.key_len = 7,
		.type = SPEC_NONE,
	},
};

static const struct spec_set set_tw_end = {
	.name = "tw-end",
	.attrs = attrs_tw_end,
	.n = 11,
};

static const struct spec_attr attrs_late[] = {
	[1] = {
		.name = "fin",
		.doc = "The peer's FIN again; our ACK of it was lost.",
		.key = ",\"fin\":",
		.key_len = 7,
		.type = SPEC_U64,
	},
	[2] = {
		.name = "data",
		.doc = "Octets that had been acknowledged.",
		.key = ",\"data\":",
		.key_len = 8,
		.type = SPEC_U64,
	},
	[3] = {
		.name = "ack",
		.doc = "Nothing but an acknowledgment.",
		.key = ",\"ack\":",
		.key_len = 7,
		.type = SPEC_U64,
	},
	[4] = {
		.name = "out-of-window",
		.doc = "Not what was expected next.",
		.key = ",\"out-of-window\":",
		.key_len = 17,
		.type = SPEC_U64,
	},
	[5] = {
		.name = "paws",
		.doc = "Its timestamp was too old (RFC 7323).",
		.key = ",\"paws\":",
		.key_len = 8,
		.type = SPEC_U64,
	},
	[6] = {
		.name = "syn",
		.doc = "A SYN that opens nothing.",
		.key = ",\"syn\":",
		.key_len = 7,
		.type = SPEC_U64,
	},
	[7] = {
		.name = "rst",
		.doc = "A RST that ends nothing.",
		.key = ",\"rst\":",
		.key_len = 7,
		.type = SPEC_U64,
	},
	[8] = {
		.name = "pad",
		.key = ",\"pad\":",
		.key_len = 7,
		.type = SPEC_NONE,
	},
};

static const struct spec_set set_late = {
	.name = "late",
	.attrs = attrs_late,
	.n = 9,
};

static const struct spec_attr attrs_segment[] = {
	[1] = {
		.name = "pad",
		.key = ",\"pad\":",
		.key_len = 7,
		.type = SPEC_NONE,
	},
	[2] = {
		.name = "direction",
		.doc = "As the local endpoint sees it.",
		.key = ",\"direction\":",
		.key_len = 13,
		.type = SPEC_U8,
		.names = &enum_direction,
	},
	[3] = {
		.name = "syn",
		.doc = "SYN without ACK.",
		.key = ",\"syn\":",
		.key_len = 7,
		.type = SPEC_U64,
	},
	[4] = {
		.name = "syn-ack",
		.doc = "SYN with ACK.",
		.key = ",\"syn-ack\":",
		.key_len = 11,
		.type = SPEC_U64,
	},
	[5] = {
		.name = "ack",
		.doc = "With ACK.",
		.key = ",\"ack\":",
		.key_len = 7,
		.type = SPEC_U64,
	},
	[6] = {
		.name = "fin",
		.doc = "With FIN.",
		.key = ",\"fin\":",
		.key_len = 7,
		.type = SPEC_U64,
	},
	[7] = {
		.name = "rst",
		.doc = "With RST.",
		.key = ",\"rst\":",
		.key_len = 7,
		.type = SPEC_U64,
	},
	[8] = {
		.name = "psh",
		.doc = "With PSH.",
		.key = ",\"psh\":",
		.key_len = 7,
		.type = SPEC_U64,
	},
	[9] = {
		.name = "urg",
		.doc = "With URG.",
		.key = ",\"urg\":",
		.key_len = 7,
		.type = SPEC_U64,
	},
};

static const struct spec_set set_segment = {
	.name = "segment",
	.attrs = attrs_segment,
	.n = 10,
};

static const struct spec_attr attrs_handshake[] = {
	[1] = {
		.name = "pad",
		.key = ",\"pad\":",
		.key_len = 7,
		.type = SPEC_NONE,
	},
	[2] = {
		.name = "rtx-syn",
		.doc = "Our SYNs sent again.",
		.key = ",\"rtx-syn\":",
		.key_len = 11,
		.type = SPEC_U64,
	},
	[3] = {
		.name = "rtx-syn-ack",
		.doc = "Our SYN,ACKs sent again.",
		.key = ",\"rtx-syn-ack\":",
		.key_len = 15,
		.type = SPEC_U64,
	},
	[4] = {
		.name = "rtx-fin",
		.doc = "Our FINs sent again.",
		.key = ",\"rtx-fin\":",
		.key_len = 11,
		.type = SPEC_U64,
	},
	[5] = {
		.name = "refused-out",
		.doc = "SYNs that we answered with RST.",
		.key = ",\"refused-out\":",
		.key_len = 15,
		.type = SPEC_U64,
	},
	[6] = {
		.name = "cookie-out",
		.doc = "SYN cookies sent.",
		.key = ",\"cookie-out\":",
		.key_len = 14,
		.type = SPEC_U64,
	},
};

static const struct spec_set set_handshake = {
	.name = "handshake",
	.attrs = attrs_handshake,
	.n = 7,
};

static const struct spec_attr attrs_rst_reason[] = {
	[1] = {
		.name = "pad",
		.key = ",\"pad\":",
		.key_len = 7,
		.type = SPEC_NONE,
	},
	[2] = {
		.name = "reason",
		.doc = "Name in enum sk_rst_reason of the kernel.",
		.key = ",\"reason\":",
		.key_len = 10,
		.type = SPEC_STRING,
	},
	[3] = {
		.name = "count",
		.doc = "How many RSTs.",
		.key = ",\"count\":",
		.key_len = 9,
		.type = SPEC_U64,
	},
};

static const struct spec_set set_rst_reason = {
	.name = "rst-reason",
	.attrs = attrs_rst_reason,
	.n = 4,
};

static const struct spec_attr attrs_anomaly[] = {
	[1] = {
		.name = "pad",
		.key = ",\"pad\":",
		.key_len = 7,
		.type = SPEC_NONE,
	},
	[2] = {
		.name = "bad-ack",
		.doc = "Handshake ACKs that were not ISN + 1.",
		.key = ",\"bad-ack\":",
		.key_len = 11,
		.type = SPEC_U64,
	},
	[3] = {
		.name = "out-of-window",
		.doc = "Control segments that were not acceptable (RFC 9293 3.10.7.4).",
		.key = ",\"out-of-window\":",
		.key_len = 17,
		.type = SPEC_U64,
	},
	[4] = {
		.name = "alien",
		.doc = "Control segments not sent by the socket of their tuple.",
		.key = ",\"alien\":",
		.key_len = 9,
		.type = SPEC_U64,
	},
	[5] = {
		.name = "malformed",
		.doc = "Segments that could not be parsed.",
		.key = ",\"malformed\":",
		.key_len = 13,
		.type = SPEC_U64,
	},
	[6] = {
		.name = "bad-checksum",
		.doc = "Segments with a wrong checksum.",
		.key = ",\"bad-checksum\":",
		.key_len = 16,
		.type = SPEC_U64,
	},
};

static const struct spec_set set_anomaly = {
	.name = "anomaly",
	.attrs = attrs_anomaly,
	.n = 7,
};

static const struct spec_attr attrs_audit[] = {
	[1] = {
		.name = "pad",
		.key = ",\"pad\":",
		.key_len = 7,
		.type = SPEC_NONE,
	},
	[2] = {
		.name = "confirmed",
		.doc = "Transitions that wire and kernel agreed on at once.",
		.key = ",\"confirmed\":",
		.key_len = 13,
		.type = SPEC_U64,
	},
	[3] = {
		.name = "kernel-first",
		.doc = "Transitions of the kernel that no segment explained.",
		.key = ",\"kernel-first\":",
		.key_len = 16,
		.type = SPEC_U64,
	},
	[4] = {
		.name = "wire-only",
		.doc = "Segments that the kernel did not follow.",
		.key = ",\"wire-only\":",
		.key_len = 13,
		.type = SPEC_U64,
	},
	[5] = {
		.name = "explained",
		.doc = "Corrections of what the wire cannot show.",
		.key = ",\"explained\":",
		.key_len = 13,
		.type = SPEC_U64,
	},
	[6] = {
		.name = "drift",
		.doc = "Corrections of our own mistakes.",
		.key = ",\"drift\":",
		.key_len = 9,
		.type = SPEC_U64,
	},
	[7] = {
		.name = "unknown",
		.doc = "Corrections whose cause could not be told.",
		.key = ",\"unknown\":",
		.key_len = 11,
		.type = SPEC_U64,
	},
	[8] = {
		.name = "passes",
		.doc = "Comparisons of everything with the kernel's sockets.",
		.key = ",\"passes\":",
		.key_len = 10,
		.type = SPEC_U64,
	},
	[9] = {
		.name = "pass-age-ns",
		.doc = "How long ago the last of them ended, ns.",
		.key = ",\"pass-age-ns\":",
		.key_len = 15,
		.type = SPEC_U64,
	},
	[10] = {
		.name = "pass-ns",
		.doc = "How long it took, ns.",
		.key = ",\"pass-ns\":",
		.key_len = 11,
		.type = SPEC_U64,
	},
	[11] = {
		.name = "found",
		.doc = "Endpoints that became known in the state that they had.",
		.key = ",\"found\":",
		.key_len = 9,
		.type = SPEC_U64,
	},
	[12] = {
		.name = "missing",
		.doc = "Endpoints that the kernel has and we do not, for want of room or memory, as the last walk over the kernel's sockets found them; each is adopted as soon as there is room.",
		.key = ",\"missing\":",
		.key_len = 11,
		.type = SPEC_U64,
	},
};

static const struct spec_set set_audit = {
	.name = "audit",
	.attrs = attrs_audit,
	.n = 13,
};

static const struct spec_attr attrs_events[] = {
	[1] = {
		.name = "pad",
		.key = ",\"pad\":",
		.key_len = 7,
		.type = SPEC_NONE,
	},
	[2] = {
		.name = "seq",
		.doc = "Number of the last transition that was told or lost while somebody listened. A reader that has seen it all has seen this one last.",
		.key = ",\"seq\":",
		.key_len = 7,
		.type = SPEC_U64,
	},
	[3] = {
		.name = "sent",
		.doc = "Transitions told.",
		.key = ",\"sent\":",
		.key_len = 8,
		.type = SPEC_U64,
	},
	[4] = {
		.name = "lost",
		.doc = "Transitions that found the queue full, and are told as lost.",
		.key = ",\"lost\":",
		.key_len = 8,
		.type = SPEC_U64,
	},
	[5] = {
		.name = "queue",
		.doc = "Transitions that the queue of one CPU takes.",
		.key = ",\"queue\":",
		.key_len = 9,
		.type = SPEC_U32,
	},
};

static const struct spec_set set_events = {
	.name = "events",
	.attrs = attrs_events,
	.n = 6,
};

static const struct spec_attr attrs_memory[] = {
	[1] = {
		.name = "pad",
		.key = ",\"pad\":",
		.key_len = 7,
		.type = SPEC_NONE,
	},
	[2] = {
		.name = "flows",
		.doc = "Endpoints held.",
		.key = ",\"flows\":",
		.key_len = 9,
		.type = SPEC_U32,
	},
	[3] = {
		.name = "max-flows",
		.doc = "How many there may be.",
		.key = ",\"max-flows\":",
		.key_len = 13,
		.type = SPEC_U32,
	},
	[4] = {
		.name = "flow-bytes",
		.doc = "What they take without their hash table, bytes.",
		.key = ",\"flow-bytes\":",
		.key_len = 14,
		.type = SPEC_U64,
	},
	[5] = {
		.name = "event-bytes",
		.doc = "What the queues of transitions take, bytes.",
		.key = ",\"event-bytes\":",
		.key_len = 15,
		.type = SPEC_U64,
	},
	[6] = {
		.name = "created",
		.doc = "Endpoints created.",
		.key = ",\"created\":",
		.key_len = 11,
		.type = SPEC_U64,
	},
	[7] = {
		.name = "overflow",
		.doc = "Endpoints not created because there were too many.",
		.key = ",\"overflow\":",
		.key_len = 12,
		.type = SPEC_U64,
	},
	[8] = {
		.name = "no-memory",
		.doc = "Endpoints not created for want of memory.",
		.key = ",\"no-memory\":",
		.key_len = 13,
		.type = SPEC_U64,
	},
	[9] = {
		.name = "listeners-lost",
		.doc = "Listeners not kept because of either.",
		.key = ",\"listeners-lost\":",
		.key_len = 18,
		.type = SPEC_U64,
	},
	[10] = {
		.name = "not-measured",
		.doc = "What could not be counted or measured: there was no memory for its counters.",
		.key = ",\"not-measured\":",
		.key_len = 16,
		.type = SPEC_U64,
	},
};

static const struct spec_set set_memory = {
	.name = "memory",
	.attrs = attrs_memory,
	.n = 11,
};

static const struct spec_attr attrs_ended_netns[] = {
	[1] = {
		.name = "pad",
		.key = ",\"pad\":",
		.key_len = 7,
		.type = SPEC_NONE,
	},
	[2] = {
		.name = "namespaces",
		.doc = "Network namespaces that ended.",
		.key = ",\"namespaces\":",
		.key_len = 14,
		.type = SPEC_U64,
	},
	[3] = {
		.name = "flows",
		.doc = "Endpoints that ended with them.",
		.key = ",\"flows\":",
		.key_len = 9,
		.type = SPEC_U64,
	},
	[4] = {
		.name = "time-wait",
		.doc = "Those of them that were in TIME-WAIT.",
		.key = ",\"time-wait\":",
		.key_len = 13,
		.type = SPEC_U64,
	},
};

static const struct spec_set set_ended_netns = {
	.name = "ended-netns",
	.attrs = attrs_ended_netns,
	.n = 5,
};

static const struct spec_attr attrs_hist[] = {
	[1] = {
		.name = "netns-fd",
		.doc = "Request. A file descriptor of another network namespace; the caller needs CAP_NET_ADMIN and CAP_SYS_ADMIN over its owner.",
		.key = ",\"netns-fd\":",
		.key_len = 12,
		.type = SPEC_U32,
	},
	[2] = {
		.name = "netns-id",
		.doc = "Request. The same by the id that the caller's namespace has for it (ip netns list-id).",
		.key = ",\"netns-id\":",
		.key_len = 12,
		.type = SPEC_S32,
	},
	[3] = {
		.name = "netns",
		.doc = "Network namespace, by inode number, as lsns prints it.",
		.key = ",\"netns\":",
		.key_len = 9,
		.type = SPEC_U32,
	},
	[4] = {
		.name = "pad",
		.key = ",\"pad\":",
		.key_len = 7,
		.type = SPEC_NONE,
	},
	[5] = {
		.name = "bucket-floor",
		.doc = "Lower bounds of all buckets of a histogram, ns; the first is 0.",
		.key = ",\"bucket-floor\":",
		.key_len = 16,
		.type = SPEC_U64S,
	},
	[6] = {
		.name = "hist",
		.doc = "A histogram.",
		.key = ",\"hist\":",
		.key_len = 8,
		.type = SPEC_NEST,
		.multi = true,
		.nest = &set_hist_data,
	},
	[7] = {
		.name = "age",
		.doc = "How old the endpoints of a state are.",
		.key = ",\"age\":",
		.key_len = 7,
		.type = SPEC_NEST,
		.multi = true,
		.nest = &set_age,
	},
};

static const struct spec_set set_hist = {
	.name = "hist",
	.attrs = attrs_hist,
	.n = 8,
};

static const struct spec_attr attrs_hist_data[] = {
	[1] = {
		.name = "pad",
		.key = ",\"pad\":",
		.key_len = 7,
		.type = SPEC_NONE,
	},
	[2] = {
		.name = "span",
		.doc = "What was measured.",
		.key = ",\"span\":",
		.key_len = 8,
		.type = SPEC_U8,
		.names = &enum_span,
	},
	[3] = {
		.name = "count",
		.doc = "How many measurements.",
		.key = ",\"count\":",
		.key_len = 9,
		.type = SPEC_U64,
	},
	[4] = {
		.name = "sum-ns",
		.doc = "Their sum, ns.",
		.key = ",\"sum-ns\":",
		.key_len = 10,
		.type = SPEC_U64,
	},
	[5] = {
		.name = "min-ns",
		.doc = "The least, ns.",
		.key = ",\"min-ns\":",
		.key_len = 10,
		.type = SPEC_U64,
	},
	[6] = {
		.name = "max-ns",
		.doc = "The greatest, ns.",
		.key = ",\"max-ns\":",
		.key_len = 10,
		.type = SPEC_U64,
	},
	[7] = {
		.name = "first",
		.doc = "Index into bucket-floor of the first bucket that is told; those before it and after the last one told are empty.",
		.key = ",\"first\":",
		.key_len = 9,
		.type = SPEC_U32,
	},
	[8] = {
		.name = "buckets",
		.doc = "Measurements in each bucket.",
		.key = ",\"buckets\":",
		.key_len = 11,
		.type = SPEC_U64S,
	},
};

static const struct spec_set set_hist_data = {
	.name = "hist-data",
	.attrs = attrs_hist_data,
	.n = 9,
};

static const struct spec_attr attrs_age[] = {
	[1] = {
		.name = "state",
		.doc = "A state that ought to be left soon.",
		.key = ",\"state\":",
		.key_len = 9,
		.type = SPEC_U8,
		.names = &enum_state,
	},
	[2] = {
		.name = "counts",
		.doc = "Endpoints that have been in it for less than 1 s, then less than 2 s, 4 s and so on, as of the last comparison of everything.",
		.key = ",\"counts\":",
		.key_len = 10,
		.type = SPEC_U32S,
	},
};

static const struct spec_set set_age = {
	.name = "age",
	.attrs = attrs_age,
	.n = 3,
};

static const struct spec_attr attrs_matrix[] = {
	[1] = {
		.name = "netns-fd",
		.doc = "Request. A file descriptor of another network namespace; the caller needs CAP_NET_ADMIN and CAP_SYS_ADMIN over its owner.",
		.key = ",\"netns-fd\":",
		.key_len = 12,
		.type = SPEC_U32,
	},
	[2] = {
		.name = "netns-id",
		.doc = "Request. The same by the id that the caller's namespace has for it (ip netns list-id).",
		.key = ",\"netns-id\":",
		.key_len = 12,
		.type = SPEC_S32,
	},
	[3] = {
		.name = "netns",
		.doc = "Network namespace, by inode number, as lsns prints it.",
		.key = ",\"netns\":",
		.key_len = 9,
		.type = SPEC_U32,
	},
	[4] = {
		.name = "pad",
		.key = ",\"pad\":",
		.key_len = 7,
		.type = SPEC_NONE,
	},
	[5] = {
		.name = "old",
		.doc = "State before.",
		.key = ",\"old\":",
		.key_len = 7,
		.type = SPEC_U8,
		.names = &enum_state,
	},
	[6] = {
		.name = "new",
		.doc = "State after.",
		.key = ",\"new\":",
		.key_len = 7,
		.type = SPEC_U8,
		.names = &enum_state,
	},
	[7] = {
		.name = "cause",
		.doc = "What made it happen.",
		.key = ",\"cause\":",
		.key_len = 9,
		.type = SPEC_U8,
		.names = &enum_cause,
	},
	[8] = {
		.name = "verdict",
		.doc = "What wire and kernel say. A segment's transition counts as confirmed until the kernel is seen not to follow.",
		.key = ",\"verdict\":",
		.key_len = 11,
		.type = SPEC_U8,
		.names = &enum_verdict,
	},
	[9] = {
		.name = "count",
		.doc = "How many such transitions.",
		.key = ",\"count\":",
		.key_len = 9,
		.type = SPEC_U64,
	},
};

static const struct spec_set set_matrix = {
	.name = "matrix",
	.attrs = attrs_matrix,
	.n = 10,
};

static const struct spec_attr attrs_flow[] = {
	[1] = {
		.name = "netns-fd",
		.doc = "Request. A file descriptor of another network namespace; the caller needs CAP_NET_ADMIN and CAP_SYS_ADMIN over its owner.",
		.key = ",\"netns-fd\":",
		.key_len = 12,
		.type = SPEC_U32,
	},
	[2] = {
		.name = "netns-id",
		.doc = "Request. The same by the id that the caller's namespace has for it (ip netns list-id).",
		.key = ",\"netns-id\":",
		.key_len = 12,
		.type = SPEC_S32,
	},
	[3] = {
		.name = "netns",
		.doc = "Network namespace, by inode number, as lsns prints it.",
		.key = ",\"netns\":",
		.key_len = 9,
		.type = SPEC_U32,
	},
	[4] = {
		.name = "pad",
		.key = ",\"pad\":",
		.key_len = 7,
		.type = SPEC_NONE,
	},
	[5] = {
		.name = "family",
		.doc = "AF_INET (2) or AF_INET6 (10); IPv4-mapped IPv6 is AF_INET.",
		.key = ",\"family\":",
		.key_len = 10,
		.type = SPEC_U8,
	},
	[6] = {
		.name = "laddr",
		.doc = "Local address, network byte order, 4 or 16 bytes. As a filter, a prefix where laddr-len is given.",
		.key = ",\"laddr\":",
		.key_len = 9,
		.type = SPEC_ADDR,
	},
	[7] = {
		.name = "raddr",
		.doc = "Remote address, likewise.",
		.key = ",\"raddr\":",
		.key_len = 9,
		.type = SPEC_ADDR,
	},
	[8] = {
		.name = "lport",
		.doc = "Local port.",
		.key = ",\"lport\":",
		.key_len = 9,
		.type = SPEC_U16,
		.big_endian = true,
	},
	[9] = {
		.name = "rport",
		.doc = "Remote port.",
		.key = ",\"rport\":",
		.key_len = 9,
		.type = SPEC_U16,
		.big_endian = true,
	},
	[10] = {
		.name = "bound-if",
		.doc = "Index of the interface that the socket is bound to, 0 for none.",
		.key = ",\"bound-if\":",
		.key_len = 12,
		.type = SPEC_U32,
	},
	[11] = {
		.name = "laddr-len",
		.doc = "Request. Length of the prefix in laddr, bits.",
		.key = ",\"laddr-len\":",
		.key_len = 13,
		.type = SPEC_U8,
	},
	[12] = {
		.name = "raddr-len",
		.doc = "Request. Length of the prefix in raddr, bits.",
		.key = ",\"raddr-len\":",
		.key_len = 13,
		.type = SPEC_U8,
	},
	[13] = {
		.name = "states",
		.doc = "Request. Only endpoints in one of these.",
		.key = ",\"states\":",
		.key_len = 10,
		.type = SPEC_U32,
		.bits = true,
		.names = &enum_state,
	},
	[14] = {
		.name = "min-age-ns",
		.doc = "Request. Only endpoints that have been in their state this long.",
		.key = ",\"min-age-ns\":",
		.key_len = 14,
		.type = SPEC_U64,
	},
	[15] = {
		.name = "cause",
		.doc = "What made it enter its state; as a filter, only such endpoints.",
		.key = ",\"cause\":",
		.key_len = 9,
		.type = SPEC_U8,
		.names = &enum_cause,
	},
	[16] = {
		.name = "all-netns",
		.doc = "Request. Of all network namespaces; needs CAP_NET_ADMIN and CAP_SYS_ADMIN in the initial user namespace, and a socket in the initial network namespace.",
		.key = ",\"all-netns\":",
		.key_len = 13,
		.type = SPEC_FLAG,
	},
	[17] = {
		.name = "state",
		.doc = "State of the mirror.",
		.key = ",\"state\":",
		.key_len = 9,
		.type = SPEC_U8,
		.names = &enum_state,
	},
	[18] = {
		.name = "kernel-state",
		.doc = "State that the kernel's socket was last seen in.",
		.key = ",\"kernel-state\":",
		.key_len = 16,
		.type = SPEC_U8,
		.names = &enum_state,
	},
	[19] = {
		.name = "role",
		.doc = "Which end sent the first SYN.",
		.key = ",\"role\":",
		.key_len = 8,
		.type = SPEC_U8,
		.names = &enum_role,
	},
	[20] = {
		.name = "age-ns",
		.doc = "How long it has been in its state, ns.",
		.key = ",\"age-ns\":",
		.key_len = 10,
		.type = SPEC_U64,
	},
	[21] = {
		.name = "age-is-least",
		.doc = "It has been longer there; it was before the module was.",
		.key = ",\"age-is-least\":",
		.key_len = 16,
		.type = SPEC_FLAG,
	},
	[22] = {
		.name = "handshake-ns",
		.doc = "How long the handshake took, ns, where that is known.",
		.key = ",\"handshake-ns\":",
		.key_len = 16,
		.type = SPEC_U64,
	},
	[23] = {
		.name = "rtx",
		.doc = "How often the SYN, SYN,ACK or FIN was sent again that waits for its ACK, at most 255.",
		.key = ",\"rtx\":",
		.key_len = 7,
		.type = SPEC_U8,
	},
	[24] = {
		.name = "restarts",
		.doc = "How often its TIME-WAIT began anew, at most 255.",
		.key = ",\"restarts\":",
		.key_len = 12,
		.type = SPEC_U8,
	},
	[25] = {
		.name = "left-ns",
		.doc = "Nominal time to the end of TIME-WAIT, ns; the kernel's timer may take some seconds longer.",
		.key = ",\"left-ns\":",
		.key_len = 11,
		.type = SPEC_U64,
	},
	[26] = {
		.name = "timewait-socket",
		.doc = "Only a timewait socket is left of it.",
		.key = ",\"timewait-socket\":",
		.key_len = 19,
		.type = SPEC_FLAG,
	},
	[27] = {
		.name = "uid",
		.doc = "Who owned the socket that only a timewait socket is left of, as the reader's user namespace numbers users.",
		.key = ",\"uid\":",
		.key_len = 7,
		.type = SPEC_U32,
	},
	[28] = {
		.name = "cgroup",
		.doc = "Id of its control group (v2), likewise.",
		.key = ",\"cgroup\":",
		.key_len = 10,
		.type = SPEC_U64,
	},
};

static const struct spec_set set_flow = {
	.name = "flow",
	.attrs = attrs_flow,
	.n = 29,
};

static const struct spec_attr attrs_listener[] = {
	[1] = {
		.name = "netns-fd",
		.doc = "Request. A file descriptor of another network namespace; the caller needs CAP_NET_ADMIN and CAP_SYS_ADMIN over its owner.",
		.key = ",\"netns-fd\":",
		.key_len = 12,
		.type = SPEC_U32,
	},
	[2] = {
		.name = "netns-id",
		.doc = "Request. The same by the id that the caller's namespace has for it (ip netns list-id).",
		.key = ",\"netns-id\":",
		.key_len = 12,
		.type = SPEC_S32,
	},
	[3] = {
		.name = "netns",
		.doc = "Network namespace, by inode number, as lsns prints it.",
		.key = ",\"netns\":",
		.key_len = 9,
		.type = SPEC_U32,
	},
	[4] = {
		.name = "pad",
		.key = ",\"pad\":",
		.key_len = 7,
		.type = SPEC_NONE,
	},
	[5] = {
		.name = "family",
		.doc = "AF_INET (2) or AF_INET6 (10).",
		.key = ",\"family\":",
		.key_len = 10,
		.type = SPEC_U8,
	},
	[6] = {
		.name = "laddr",
		.doc = "Local address, network byte order, 4 or 16 bytes.",
		.key = ",\"laddr\":",
		.key_len = 9,
		.type = SPEC_ADDR,
	},
	[7] = {
		.name = "lport",
		.doc = "Local port.",
		.key = ",\"lport\":",
		.key_len = 9,
		.type = SPEC_U16,
		.big_endian = true,
	},
	[8] = {
		.name = "bound-if",
		.doc = "Index of the interface that it is bound to, 0 for none.",
		.key = ",\"bound-if\":",
		.key_len = 12,
		.type = SPEC_U32,
	},
	[9] = {
		.name = "sockets",
		.doc = "Sockets that listen there (SO_REUSEPORT).",
		.key = ",\"sockets\":",
		.key_len = 11,
		.type = SPEC_U32,
	},
	[10] = {
		.name = "drops",
		.doc = "SYNs and ACKs that the kernel dropped there.",
		.key = ",\"drops\":",
		.key_len = 9,
		.type = SPEC_U64,
	},
	[11] = {
		.name = "cookies-out",
		.doc = "SYN cookies sent.",
		.key = ",\"cookies-out\":",
		.key_len = 15,
		.type = SPEC_U64,
	},
	[12] = {
		.name = "cookies-in",
		.doc = "Connections that came back with a cookie.",
		.key = ",\"cookies-in\":",
		.key_len = 14,
		.type = SPEC_U64,
	},
	[13] = {
		.name = "refused",
		.doc = "Handshakes that a RST ended.",
		.key = ",\"refused\":",
		.key_len = 11,
		.type = SPEC_U64,
	},
	[14] = {
		.name = "timeout",
		.doc = "Handshakes that nobody finished in time.",
		.key = ",\"timeout\":",
		.key_len = 11,
		.type = SPEC_U64,
	},
	[15] = {
		.name = "deferred",
		.doc = "Handshake ACKs held back.",
		.key = ",\"deferred\":",
		.key_len = 12,
		.type = SPEC_U64,
	},
};

static const struct spec_set set_listener = {
	.name = "listener",
	.attrs = attrs_listener,
	.n = 16,
};

static const struct spec_attr attrs_stuck[] = {
	[1] = {
		.name = "netns-fd",
		.doc = "Request. A file descriptor of another network namespace; the caller needs CAP_NET_ADMIN and CAP_SYS_ADMIN over its owner.",
		.key = ",\"netns-fd\":",
		.key_len = 12,
		.type = SPEC_U32,
	},
	[2] = {
		.name = "netns-id",
		.doc = "Request. The same by the id that the caller's namespace has for it (ip netns list-id).",
		.key = ",\"netns-id\":",
		.key_len = 12,
		.type = SPEC_S32,
	},
	[3] = {
		.name = "netns",
		.doc = "Network namespace, by inode number, as lsns prints it.",
		.key = ",\"netns\":",
		.key_len = 9,
		.type = SPEC_U32,
	},
	[4] = {
		.name = "pad",
		.key = ",\"pad\":",
		.key_len = 7,
		.type = SPEC_NONE,
	},
	[5] = {
		.name = "family",
		.doc = "AF_INET (2) or AF_INET6 (10).",
		.key = ",\"family\":",
		.key_len = 10,
		.type = SPEC_U8,
	},
	[6] = {
		.name = "laddr",
		.doc = "Local address, network byte order, 4 or 16 bytes.",
		.key = ",\"laddr\":",
		.key_len = 9,
		.type = SPEC_ADDR,
	},
	[7] = {
		.name = "raddr",
		.doc = "Remote address, likewise.",
		.key = ",\"raddr\":",
		.key_len = 9,
		.type = SPEC_ADDR,
	},
	[8] = {
		.name = "lport",
		.doc = "Local port.",
		.key = ",\"lport\":",
		.key_len = 9,
		.type = SPEC_U16,
		.big_endian = true,
	},
	[9] = {
		.name = "rport",
		.doc = "Remote port.",
		.key = ",\"rport\":",
		.key_len = 9,
		.type = SPEC_U16,
		.big_endian = true,
	},
	[10] = {
		.name = "bound-if",
		.doc = "Index of the interface that the socket is bound to, 0 for none.",
		.key = ",\"bound-if\":",
		.key_len = 12,
		.type = SPEC_U32,
	},
	[11] = {
		.name = "state",
		.doc = "The state that it stays in.",
		.key = ",\"state\":",
		.key_len = 9,
		.type = SPEC_U8,
		.names = &enum_state,
	},
	[12] = {
		.name = "age-ns",
		.doc = "For how long, ns.",
		.key = ",\"age-ns\":",
		.key_len = 10,
		.type = SPEC_U64,
	},
	[13] = {
		.name = "wait",
		.doc = "Why.",
		.key = ",\"wait\":",
		.key_len = 8,
		.type = SPEC_U8,
		.names = &enum_wait,
	},
	[14] = {
		.name = "rtx",
		.doc = "How often what is due was sent again without progress.",
		.key = ",\"rtx\":",
		.key_len = 7,
		.type = SPEC_U32,
	},
	[15] = {
		.name = "unacked",
		.doc = "Octets sent that are not acknowledged, a FIN included.",
		.key = ",\"unacked\":",
		.key_len = 11,
		.type = SPEC_U32,
	},
	[16] = {
		.name = "unsent",
		.doc = "Octets that wait to be sent, a FIN included.",
		.key = ",\"unsent\":",
		.key_len = 10,
		.type = SPEC_U32,
	},
	[17] = {
		.name = "window",
		.doc = "Octets that the peer has room for.",
		.key = ",\"window\":",
		.key_len = 10,
		.type = SPEC_U32,
	},
	[18] = {
		.name = "timer-ms",
		.doc = "Time to the next retransmission or to the end, ms.",
		.key = ",\"timer-ms\":",
		.key_len = 12,
		.type = SPEC_U32,
	},
	[19] = {
		.name = "uid",
		.doc = "Owner, as the reader's user namespace numbers users.",
		.key = ",\"uid\":",
		.key_len = 7,
		.type = SPEC_U32,
	},
	[20] = {
		.name = "inode",
		.doc = "Of the owner's socket, as ss -e prints it.",
		.key = ",\"inode\":",
		.key_len = 9,
		.type = SPEC_U64,
	},
};

static const struct spec_set set_stuck = {
	.name = "stuck",
	.attrs = attrs_stuck,
	.n = 21,
};

static const struct spec_attr attrs_port_pressure[] = {
	[1] = {
		.name = "netns-fd",
		.doc = "Request. A file descriptor of another network namespace; the caller needs CAP_NET_ADMIN and CAP_SYS_ADMIN over its owner.",
		.key = ",\"netns-fd\":",
		.key_len = 12,
		.type = SPEC_U32,
	},
	[2] = {
		.name = "netns-id",
		.doc = "Request. The same by the id that the caller's namespace has for it (ip netns list-id).",
		.key = ",\"netns-id\":",
		.key_len = 12,
		.type = SPEC_S32,
	},
	[3] = {
		.name = "netns",
		.doc = "Network namespace, by inode number, as lsns prints it.",
		.key = ",\"netns\":",
		.key_len = 9,
		.type = SPEC_U32,
	},
	[4] = {
		.name = "pad",
		.key = ",\"pad\":",
		.key_len = 7,
		.type = SPEC_NONE,
	},
	[5] = {
		.name = "family",
		.doc = "AF_INET (2) or AF_INET6 (10).",
		.key = ",\"family\":",
		.key_len = 10,
		.type = SPEC_U8,
	},
	[6] = {
		.name = "laddr",
		.doc = "Local address, network byte order, 4 or 16 bytes.",
		.key = ",\"laddr\":",
		.key_len = 9,
		.type = SPEC_ADDR,
	},
	[7] = {
		.name = "raddr",
		.doc = "Remote address, likewise.",
		.key = ",\"raddr\":",
		.key_len = 9,
		.type = SPEC_ADDR,
	},
	[8] = {
		.name = "rport",
		.doc = "Remote port.",
		.key = ",\"rport\":",
		.key_len = 9,
		.type = SPEC_U16,
		.big_endian = true,
	},
	[9] = {
		.name = "live",
		.doc = "Connections that we opened to it and that are not in TIME-WAIT.",
		.key = ",\"live\":",
		.key_len = 8,
		.type = SPEC_U32,
	},
	[10] = {
		.name = "time-wait",
		.doc = "Those that are.",
		.key = ",\"time-wait\":",
		.key_len = 13,
		.type = SPEC_U32,
	},
	[11] = {
		.name = "ports",
		.doc = "Local ports that connect() may choose from (ip_local_port_range less ip_local_reserved_ports).",
		.key = ",\"ports\":",
		.key_len = 9,
		.type = SPEC_U32,
	},
	[12] = {
		.name = "per-1000s",
		.doc = "By how many both have grown lately, in 1000 s; told if they have.",
		.key = ",\"per-1000s\":",
		.key_len = 13,
		.type = SPEC_U64,
	},
	[13] = {
		.name = "left-ms",
		.doc = "When there will be no port left if it goes on so, ms; told if they grow.",
		.key = ",\"left-ms\":",
		.key_len = 11,
		.type = SPEC_U64,
	},
	[14] = {
		.name = "others",
		.doc = "In the last message: connections that we opened to destinations that are not told of.",
		.key = ",\"others\":",
		.key_len = 10,
		.type = SPEC_U32,
	},
};

static const struct spec_set set_port_pressure = {
	.name = "port-pressure",
	.attrs = attrs_port_pressure,
	.n = 15,
};

static const struct spec_attr attrs_timewait[] = {
	[1] = {
		.name = "netns-fd",
		.doc = "Request. A file descriptor of another network namespace; the caller needs CAP_NET_ADMIN and CAP_SYS_ADMIN over its owner.",
		.key = ",\"netns-fd\":",
		.key_len = 12,
		.type = SPEC_U32,
	},
	[2] = {
		.name = "netns-id",
		.doc = "Request. The same by the id that the caller's namespace has for it (ip netns list-id).",
		.key = ",\"netns-id\":",
		.key_len = 12,
		.type = SPEC_S32,
	},
	[3] = {
		.name = "netns",
		.doc = "Network namespace, by inode number, as lsns prints it.",
		.key = ",\"netns\":",
		.key_len = 9,
		.type = SPEC_U32,
	},
	[4] = {
		.name = "pad",
		.key = ",\"pad\":",
		.key_len = 7,
		.type = SPEC_NONE,
	},
	[5] = {
		.name = "now",
		.doc = "Endpoints in TIME-WAIT now.",
		.key = ",\"now\":",
		.key_len = 7,
		.type = SPEC_U64,
	},
	[6] = {
		.name = "entered",
		.doc = "How many ever were.",
		.key = ",\"entered\":",
		.key_len = 11,
		.type = SPEC_U64,
	},
	[7] = {
		.name = "time-wait",
		.doc = "How it ended, and what came for it.",
		.key = ",\"time-wait\":",
		.key_len = 13,
		.type = SPEC_NEST,
		.nest = &set_time_wait,
	},
	[8] = {
		.name = "fin-wait-2",
		.doc = "The same of FIN-WAIT-2 with only a timewait socket left.",
		.key = ",\"fin-wait-2\":",
		.key_len = 14,
		.type = SPEC_NEST,
		.nest = &set_time_wait,
	},
	[9] = {
		.name = "bucket-floor",
		.doc = "Lower bounds of all buckets of a histogram, ns; the first is 0.",
		.key = ",\"bucket-floor\":",
		.key_len = 16,
		.type = SPEC_U64S,
	},
	[10] = {
		.name = "hist",
		.doc = "Of the spans time-wait and last-restart.",
		.key = ",\"hist\":",
		.key_len = 8,
		.type = SPEC_NEST,
		.multi = true,
		.nest = &set_hist_data,
	},
};

static const struct spec_set set_timewait = {
	.name = "timewait",
	.attrs = attrs_timewait,
	.n = 11,
};

static const struct spec_attr attrs_config[] = {
	[1] = {
		.name = "netns-fd",
		.doc = "Request. A file descriptor of another network namespace; the caller needs CAP_NET_ADMIN and CAP_SYS_ADMIN over its owner.",
		.key = ",\"netns-fd\":",
		.key_len = 12,
		.type = SPEC_U32,
	},
	[2] = {
		.name = "netns-id",
		.doc = "Request. The same by the id that the caller's namespace has for it (ip netns list-id).",
		.key = ",\"netns-id\":",
		.key_len = 12,
		.type = SPEC_S32,
	},
	[3] = {
		.name = "netns",
		.doc = "Network namespace, by inode number, as lsns prints it.",
		.key = ",\"netns\":",
		.key_len = 9,
		.type = SPEC_U32,
	},
	[4] = {
		.name = "pad",
		.key = ",\"pad\":",
		.key_len = 7,
		.type = SPEC_NONE,
	},
	[5] = {
		.name = "max-flows",
		.doc = "How many endpoints may be held; 0 for none. More than 1048576 needs CAP_NET_ADMIN and CAP_SYS_ADMIN in the initial user namespace.",
		.key = ",\"max-flows\":",
		.key_len = 13,
		.type = SPEC_U32,
	},
	[6] = {
		.name = "event-queue",
		.doc = "Transitions that the queue of one CPU takes; a power of two. More than 8192 needs CAP_NET_ADMIN and CAP_SYS_ADMIN in the initial user namespace. All queues of a namespace take at most 32 MiB, those of the initial one 256 MiB.",
		.key = ",\"event-queue\":",
		.key_len = 15,
		.type = SPEC_U32,
	},
	[7] = {
		.name = "sweep-ms",
		.doc = "Time from one comparison of everything with the kernel's sockets to the next, ms. Less than 10000 needs CAP_NET_ADMIN and CAP_SYS_ADMIN in the initial user namespace.",
		.key = ",\"sweep-ms\":",
		.key_len = 12,
		.type = SPEC_U32,
	},
};

static const struct spec_set set_config = {
	.name = "config",
	.attrs = attrs_config,
	.n = 8,
};

static const struct spec_attr attrs_transitions[] = {
	[1] = {
		.name = "netns-fd",
		.doc = "Request. A file descriptor of another network namespace; the caller needs CAP_NET_ADMIN and CAP_SYS_ADMIN over its owner.",
		.key = ",\"netns-fd\":",
		.key_len = 12,
		.type = SPEC_U32,
	},
	[2] = {
		.name = "netns-id",
		.doc = "Request. The same by the id that the caller's namespace has for it (ip netns list-id).",
		.key = ",\"netns-id\":",
		.key_len = 12,
		.type = SPEC_S32,
	},
	[3] = {
		.name = "netns",
		.doc = "Network namespace, by inode number, as lsns prints it.",
		.key = ",\"netns\":",
		.key_len = 9,
		.type = SPEC_U32,
	},
	[4] = {
		.name = "pad",
		.key = ",\"pad\":",
		.key_len = 7,
		.type = SPEC_NONE,
	},
	[5] = {
		.name = "seq",
		.doc = "Number of the first transition in this message; the others follow. What is missing between two messages was lost.",
		.key = ",\"seq\":",
		.key_len = 7,
		.type = SPEC_U64,
	},
	[6] = {
		.name = "lost",
		.doc = "Transitions right before seq that found the queue full; they have their numbers.",
		.key = ",\"lost\":",
		.key_len = 8,
		.type = SPEC_U64,
	},
	[7] = {
		.name = "event",
		.doc = "A transition.",
		.key = ",\"event\":",
		.key_len = 9,
		.type = SPEC_NEST,
		.multi = true,
		.nest = &set_event,
	},
};

static const struct spec_set set_transitions = {
	.name = "transitions",
	.attrs = attrs_transitions,
	.n = 8,
};

static const struct spec_attr attrs_event[] = {
	[1] = {
		.name = "pad",
		.key = ",\"pad\":",
		.key_len = 7,
		.type = SPEC_NONE,
	},
	[2] = {
		.name = "family",
		.doc = "AF_INET (2) or AF_INET6 (10).",
		.key = ",\"family\":",
		.key_len = 10,
		.type = SPEC_U8,
	},
	[3] = {
		.name = "laddr",
		.doc = "Local address, network byte order, 4 or 16 bytes.",
		.key = ",\"laddr\":",
		.key_len = 9,
		.type = SPEC_ADDR,
	},
	[4] = {
		.name = "raddr",
		.doc = "Remote address, likewise.",
		.key = ",\"raddr\":",
		.key_len = 9,
		.type = SPEC_ADDR,
	},
	[5] = {
		.name = "lport",
		.doc = "Local port.",
		.key = ",\"lport\":",
		.key_len = 9,
		.type = SPEC_U16,
		.big_endian = true,
	},
	[6] = {
		.name = "rport",
		.doc = "Remote port.",
		.key = ",\"rport\":",
		.key_len = 9,
		.type = SPEC_U16,
		.big_endian = true,
	},
	[7] = {
		.name = "bound-if",
		.doc = "Index of the interface that the socket is bound to; told if any.",
		.key = ",\"bound-if\":",
		.key_len = 12,
		.type = SPEC_U32,
	},
	[8] = {
		.name = "time-ns",
		.doc = "When it happened, CLOCK_MONOTONIC, ns.",
		.key = ",\"time-ns\":",
		.key_len = 11,
		.type = SPEC_U64,
	},
	[9] = {
		.name = "old",
		.doc = "State before; unconn where the endpoint is new.",
		.key = ",\"old\":",
		.key_len = 7,
		.type = SPEC_U8,
		.names = &enum_state,
	},
	[10] = {
		.name = "new",
		.doc = "State after; unconn where the endpoint is over.",
		.key = ",\"new\":",
		.key_len = 7,
		.type = SPEC_U8,
		.names = &enum_state,
	},
	[11] = {
		.name = "cause",
		.doc = "What made it happen.",
		.key = ",\"cause\":",
		.key_len = 9,
		.type = SPEC_U8,
		.names = &enum_cause,
	},
	[12] = {
		.name = "verdict",
		.doc = "What wire and kernel say.",
		.key = ",\"verdict\":",
		.key_len = 11,
		.type = SPEC_U8,
		.names = &enum_verdict,
	},
	[13] = {
		.name = "duration-ns",
		.doc = "How long it was in the old state, ns, if known; 0 if one segment led through that state. With the verdict wire-only: the stay that the last transition taken back had ended, and that goes on; if it is not there, what was measured stays counted.",
		.key = ",\"duration-ns\":",
		.key_len = 15,
		.type = SPEC_U64,
	},
	[14] = {
		.name = "segment",
		.doc = "The segment that made it happen; told if one did.",
		.key = ",\"segment\":",
		.key_len = 11,
		.type = SPEC_NEST,
		.nest = &set_event_segment,
	},
	[15] = {
		.name = "pid",
		.doc = "Process that acted, where one did and was not interrupted to; as the initial PID namespace numbers them, and told only where the network namespace belongs to the initial user namespace.",
		.key = ",\"pid\":",
		.key_len = 7,
		.type = SPEC_U32,
	},
	[16] = {
		.name = "comm",
		.doc = "Its name.",
		.key = ",\"comm\":",
		.key_len = 8,
		.type = SPEC_STRING,
	},
	[17] = {
		.name = "uid",
		.doc = "Owner of the socket, as the user namespace that owns the network namespace numbers users; told if known.",
		.key = ",\"uid\":",
		.key_len = 7,
		.type = SPEC_U32,
	},
	[18] = {
		.name = "cgroup",
		.doc = "Id of the socket's control group (v2), told if known.",
		.key = ",\"cgroup\":",
		.key_len = 10,
		.type = SPEC_U64,
	},
};

static const struct spec_set set_event = {
	.name = "event",
	.attrs = attrs_event,
	.n = 19,
};

static const struct spec_attr attrs_event_segment[] = {
	[1] = {
		.name = "direction",
		.doc = "As the local endpoint sees it.",
		.key = ",\"direction\":",
		.key_len = 13,
		.type = SPEC_U8,
		.names = &enum_direction,
	},
	[2] = {
		.name = "flags",
		.doc = "Control bits as in the TCP header, FIN is 1.",
		.key = ",\"flags\":",
		.key_len = 9,
		.type = SPEC_U8,
	},
	[3] = {
		.name = "seq",
		.doc = "Sequence number.",
		.key = ",\"seq\":",
		.key_len = 7,
		.type = SPEC_U32,
	},
	[4] = {
		.name = "ack",
		.doc = "Acknowledgment number, told with ACK.",
		.key = ",\"ack\":",
		.key_len = 7,
		.type = SPEC_U32,
	},
	[5] = {
		.name = "payload",
		.doc = "Octets of data.",
		.key = ",\"payload\":",
		.key_len = 11,
		.type = SPEC_U32,
	},
};

static const struct spec_set set_event_segment = {
	.name = "event-segment",
	.attrs = attrs_event_segment,
	.n = 6,
};

const struct spec_set *const spec_by_cmd[] = {
	[1] = &set_stats,
	[2] = &set_stats,
	[3] = &set_hist,
	[4] = &set_matrix,
	[5] = &set_flow,
	[6] = &set_flow,
	[7] = &set_listener,
	[8] = &set_stuck,
	[9] = &set_port_pressure,
	[10] = &set_timewait,
	[11] = &set_config,
	[12] = &set_config,
	[13] = &set_transitions,
};

const size_t spec_cmds = 14;

const struct spec_set *const spec_sets[] = {
	&set_stats,
	&set_state_stats,
	&set_open,
	&set_fail,
	&set_close,
	&set_time_wait,
	&set_tw_end,
	&set_late,
	&set_segment,
	&set_handshake,
	&set_rst_reason,
	&set_anomaly,
	&set_audit,
	&set_events,
	&set_memory,
	&set_ended_netns,
	&set_hist,
	&set_hist_data,
	&set_age,
	&set_matrix,
	&set_flow,
	&set_listener,
	&set_stuck,
	&set_port_pressure,
	&set_timewait,
	&set_config,
	&set_transitions,
	&set_event,
	&set_event_segment,
	NULL,
};

const struct spec_enum *const spec_enums[] = {
	&enum_state,
	&enum_cause,
	&enum_verdict,
	&enum_direction,
	&enum_role,
	&enum_ends,
	&enum_span,
	&enum_wait,
	NULL,
};
