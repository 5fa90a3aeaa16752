/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What came of a handshake, a connection, a TIME-WAIT, a late segment.  Pure:
 * names what transitions and segments mean, moves nothing.
 */
#ifndef _TCPWATCH_OUTCOME_H
#define _TCPWATCH_OUTCOME_H

#include "core/fsm.h"
#include "core/verdict.h"

/* How an endpoint's connection began. */
enum tcpw_open {
	TCPW_OPEN_ACTIVE,
	TCPW_OPEN_PASSIVE,
	TCPW_OPEN_SIMULTANEOUS,
	/* passive, with no state before the last ACK (SYN cookie) */
	TCPW_OPEN_COOKIE,
	TCPW_OPEN_MAX,
};

/* Why a handshake came to nothing. */
enum tcpw_fail {
	TCPW_FAIL_NONE,
	/* the peer answered our SYN with RST */
	TCPW_FAIL_REFUSED,
	/* a RST came later */
	TCPW_FAIL_RESET,
	/* nobody answered */
	TCPW_FAIL_TIMEOUT,
	/* the network said so, or there is no way to send */
	TCPW_FAIL_UNREACHABLE,
	/* the application did not wait */
	TCPW_FAIL_CANCELLED,
	/* SOCK_DESTROY */
	TCPW_FAIL_DESTROYED,
	/* its network namespace ended */
	TCPW_FAIL_NETNS,
	TCPW_FAIL_OTHER,
	TCPW_FAIL_MAX,
};

/* How an established connection ended. */
enum tcpw_close {
	TCPW_CLOSE_NONE,	/* this transition ends nothing */
	TCPW_CLOSE_ACTIVE,	/* our FIN first */
	TCPW_CLOSE_PASSIVE,	/* the peer's FIN first */
	TCPW_CLOSE_SIMULTANEOUS, /* the FINs crossed */
	TCPW_CLOSE_RST_IN,
	TCPW_CLOSE_RST_OUT,
	TCPW_CLOSE_UNREAD,	/* closed with unread data, so a RST was sent */
	TCPW_CLOSE_TIMEOUT,	/* the peer did not answer, or sent no FIN */
	TCPW_CLOSE_DESTROYED,	/* SOCK_DESTROY */
	TCPW_CLOSE_NETNS,	/* its network namespace ended */
	TCPW_CLOSE_OTHER,
	TCPW_CLOSE_MAX,
};

/* Why TIME-WAIT ended, or a FIN-WAIT-2 without its full socket. */
enum tcpw_tw_end {
	TCPW_TW_NONE,		/* this transition ends none */
	TCPW_TW_EXPIRED,
	TCPW_TW_REUSED,		/* by connect() */
	TCPW_TW_REOPENED,	/* by a SYN to a listener */
	TCPW_TW_RST,		/* RFC 1337 */
	TCPW_TW_DESTROYED,	/* SOCK_DESTROY */
	TCPW_TW_NETNS,		/* its network namespace ended */
	TCPW_TW_NOT_CREATED,	/* tcp_max_tw_buckets, or no memory */
	TCPW_TW_DATA,		/* FIN-WAIT-2 only: data for a closed socket */
	TCPW_TW_OTHER,
	TCPW_TW_MAX,
};

/* What came for a timewait socket. */
enum tcpw_late {
	TCPW_LATE_NONE,
	TCPW_LATE_FIN,		/* the peer's FIN again: our ACK was lost */
	TCPW_LATE_DATA,		/* octets that have been acknowledged */
	TCPW_LATE_ACK,		/* nothing but an acknowledgment */
	TCPW_LATE_OOW,		/* not what is expected next */
	TCPW_LATE_PAWS,		/* its timestamp is too old (RFC 7323) */
	TCPW_LATE_SYN,		/* a SYN that opens nothing */
	TCPW_LATE_RST,		/* a RST that ends nothing */
	TCPW_LATE_MAX,
};

/**
 * struct tcpw_late_seg - a segment for a timewait socket
 * @what: enum tcpw_late
 * @restarts: the kernel begins its 60 s anew
 */
struct tcpw_late_seg {
	u8 what;
	bool restarts;
};

/* Why an endpoint stays in a state that it ought to leave soon. */
enum tcpw_wait {
	TCPW_WAIT_NONE,		/* it does not, or its socket is gone */
	TCPW_WAIT_SYN,		/* nobody answers our SYN */
	TCPW_WAIT_SYNACK,	/* nobody answers our SYN,ACK */
	TCPW_WAIT_ACCEPT,	/* answered, and the accept queue is full, or */
				/* TCP_DEFER_ACCEPT waits for data */
	TCPW_WAIT_APP,		/* the application has not closed */
	TCPW_WAIT_FIN_ACK,	/* nobody acknowledges our FIN */
	TCPW_WAIT_DATA_ACK,	/* our FIN waits behind data not acknowledged */
	TCPW_WAIT_WINDOW,	/* the same, the peer has no room for them */
	TCPW_WAIT_PEER_FIN,	/* the peer has not sent its FIN */
	TCPW_WAIT_ORPHAN,	/* the same, and nobody owns the socket */
	TCPW_WAIT_MAX,
};

/**
 * struct tcpw_waiting - what the socket of such an endpoint says
 * @kind: enum tcpw_view_kind
 * @state: enum tcpw_state
 * @orphan: nobody owns it any more
 * @acked: a request socket: the ACK of the handshake has come
 * @uid: its owner, as the initial user namespace numbers them
 * @rtx: how often what is due was sent again since the last progress, probes
 *	 of a closed window included
 * @unacked: octets sent that are not acknowledged, a FIN included
 * @unsent: octets that wait to be sent, a FIN included
 * @window: octets that the peer has room for
 * @left: time to the next retransmission or to the end, ms
 * @inode: of the owner's socket, 0 for none
 */
struct tcpw_waiting {
	u8 kind;
	u8 state;
	bool orphan;
	bool acked;
	u32 uid;
	u32 rtx;
	u32 unacked;
	u32 unsent;
	u32 window;
	u32 left;
	u64 inode;
};

extern const char *const tcpw_wait_names[TCPW_WAIT_MAX];
enum tcpw_wait tcpw_wait_of(const struct tcpw_waiting *w);

enum tcpw_open tcpw_open_of(const struct tcpw_conn *c);
enum tcpw_fail tcpw_fail_of(const struct tcpw_step *step, u8 cause);
enum tcpw_close tcpw_close_of(const struct tcpw_conn *c,
			      const struct tcpw_step *step, u8 cause);
enum tcpw_tw_end tcpw_tw_end_of(const struct tcpw_conn *c,
				const struct tcpw_step *step, u8 cause);
bool tcpw_fin2_denied(const struct tcpw_conn *c, const struct tcpw_step *step,
		      u8 cause);
enum tcpw_tw_end tcpw_fin2_end_of(const struct tcpw_step *step, u8 cause);
struct tcpw_late_seg tcpw_late_of(const struct tcpw_seg *seg,
				  const struct tcpw_view *view, bool listens);

extern const char *const tcpw_open_names[TCPW_OPEN_MAX];
extern const char *const tcpw_fail_names[TCPW_FAIL_MAX];
extern const char *const tcpw_close_names[TCPW_CLOSE_MAX];
extern const char *const tcpw_tw_names[TCPW_TW_MAX];
extern const char *const tcpw_late_names[TCPW_LATE_MAX];

bool tcpw_state_is_handshake(u8 state);
bool tcpw_state_is_open(u8 state);
bool tcpw_state_is_small(u8 state);

#endif /* _TCPWATCH_OUTCOME_H */
