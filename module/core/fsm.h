/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The RFC 9293 state machine of one local endpoint, as seen from its own wire.
 * Pure: a step takes a connection, a segment and what the kernel's socket says,
 * changes the connection and fills an effects record.  It performs nothing.
 */
#ifndef _TCPWATCH_FSM_H
#define _TCPWATCH_FSM_H

#include "core/pure.h"
#include "core/seg.h"

/* Values of include/net/tcp_states.h; skkey.c checks that they are equal. */
enum tcpw_state {
	TCPW_ST_NONE,
	TCPW_ST_ESTABLISHED,
	TCPW_ST_SYN_SENT,
	TCPW_ST_SYN_RECV,
	TCPW_ST_FIN_WAIT1,
	TCPW_ST_FIN_WAIT2,
	TCPW_ST_TIME_WAIT,
	TCPW_ST_CLOSE,
	TCPW_ST_CLOSE_WAIT,
	TCPW_ST_LAST_ACK,
	TCPW_ST_LISTEN,
	TCPW_ST_CLOSING,
	TCPW_ST_MAX,
};

/*
 * What a segment means to the endpoint once its sequence numbers are judged.
 * One segment is one or two of these, in the order of RFC 9293 3.10.7.4:
 * RST, SYN, ACK, FIN.
 */
enum tcpw_ev {
	TCPW_EV_NONE,
	/* sent by the endpoint's own socket */
	TCPW_EV_OUT_SYN,	/* SYN with an ISN not seen before */
	TCPW_EV_OUT_SYN_RTX,	/* the same SYN again */
	TCPW_EV_OUT_SYNACK,	/* SYN,ACK with an ISN not seen before */
	TCPW_EV_OUT_SYNACK_OWN,	/* SYN,ACK with the ISN already in use */
	TCPW_EV_OUT_ACK,	/* nothing but ACK, PSH, URG, data */
	TCPW_EV_OUT_ACK_FIN,	/* acknowledges a FIN that came early */
	TCPW_EV_OUT_FIN,
	TCPW_EV_OUT_FIN_RTX,
	TCPW_EV_OUT_RST,	/* the socket aborts */
	/* sent in the endpoint's name, without its socket or by a live one */
	TCPW_EV_OUT_RST_REPLY,
	TCPW_EV_OUT_ALIEN,
	/* arrived, and acceptable */
	TCPW_EV_IN_SYN,
	TCPW_EV_IN_SYNACK,	/* acknowledges our SYN */
	TCPW_EV_IN_ACK,		/* acknowledges neither our SYN nor FIN */
	TCPW_EV_IN_ACK_SYN,
	TCPW_EV_IN_ACK_FIN,
	TCPW_EV_IN_FIN,		/* next in sequence */
	TCPW_EV_IN_FIN_RTX,	/* the FIN that was taken before */
	TCPW_EV_IN_FIN_EARLY,	/* data before it is still missing */
	TCPW_EV_IN_RST,
	TCPW_EV_IN_AFTER_CLOSE,	/* data or a SYN for a closed FIN-WAIT-2 */
	TCPW_EV_IN_SYN_RESET,	/* another SYN in the window of a request */
	/* arrived, and not acceptable */
	TCPW_EV_IN_BAD_ACK,	/* handshake ACK that is not ISN + 1 */
	TCPW_EV_IN_OOW,		/* out of window, or no ACK where one must be */
	TCPW_EV_IN_TRANSLATED,	/* conntrack translates its numbers after us */
	TCPW_EV_MAX,
};

/**
 * struct tcpw_conn - the mirror of one endpoint
 * @isn_out: initial sequence number that we sent, with %TCPW_CF_ISN_OUT
 * @isn_in: the peer's, with %TCPW_CF_ISN_IN
 * @snd_nxt: sequence number after our last SYN or FIN
 * @rcv_nxt: next one expected, as far as control segments told
 * @flags: %TCPW_CF_*
 * @state: enum tcpw_state; %TCPW_ST_CLOSE before the first step
 * @syn_rtx: our SYNs sent again, saturating
 * @synack_rtx: our SYN,ACKs sent again, saturating
 * @fin_rtx: our FINs sent again, saturating
 * @path: the states that were left by steps which the kernel has not confirmed
 *	  yet, four bits each, the last one lowest; 0 where it has confirmed all
 */
struct tcpw_conn {
	u32 isn_out;
	u32 isn_in;
	u32 snd_nxt;
	u32 rcv_nxt;
	u16 flags;
	u8 state;
	u8 syn_rtx;
	u8 synack_rtx;
	u8 fin_rtx;
	u16 path;
};

#define TCPW_PATH_MAX	4	/* states in tcpw_conn.path */

#define TCPW_CF_ISN_OUT		0x0001	/* @isn_out is known */
#define TCPW_CF_ISN_IN		0x0002	/* @isn_in is known */
#define TCPW_CF_ACTIVE		0x0004	/* we sent the first SYN */
#define TCPW_CF_SIMOPEN		0x0008	/* the SYNs crossed */
#define TCPW_CF_SYNACK_OUT	0x0010	/* our SYN,ACK has been sent */
#define TCPW_CF_FIN_OUT		0x0020	/* our FIN has been sent */
#define TCPW_CF_FIN_IN		0x0040	/* the peer's FIN has been taken */
#define TCPW_CF_FIN_EARLY	0x0080	/* the peer's FIN is not taken yet */
#define TCPW_CF_RCV_NXT		0x0100	/* @rcv_nxt is known */
#define TCPW_CF_RST_WAITS	0x0200	/* a RST that the socket may take yet */
#define TCPW_CF_RST_OUT		0x0400	/* a RST has been sent */
#define TCPW_CF_UNREAD		0x0800	/* because data had not been read */
#define TCPW_CF_FASTOPEN	0x1000	/* data of the SYN were taken */
#define TCPW_CF_ACK_FIN_WAITS	0x2000	/* the same of the ACK of our FIN, */
#define TCPW_CF_SYNACK_WAITS	0x4000	/* of a SYN,ACK, */
#define TCPW_CF_ACK_SYN_WAITS	0x8000	/* of the ACK of our SYN,ACK */

/* What has come and the socket may take yet. */
#define TCPW_CF_WAITS                                                          \
	(TCPW_CF_FIN_EARLY | TCPW_CF_RST_WAITS | TCPW_CF_ACK_FIN_WAITS |      \
	 TCPW_CF_SYNACK_WAITS | TCPW_CF_ACK_SYN_WAITS)

enum tcpw_view_kind {
	TCPW_VIEW_NONE,		/* no socket, or none was asked */
	TCPW_VIEW_FULL,
	TCPW_VIEW_REQ,		/* request socket: SYN-RECV */
	TCPW_VIEW_TW,		/* timewait socket: TIME-WAIT or FIN-WAIT-2 */
};

/**
 * struct tcpw_view - what the kernel's socket says at the moment of a step
 * @rcv_nxt: next sequence number that it expects
 * @rcv_wup: @rcv_nxt as of the last window update sent
 * @rcv_end: right edge of its receive window
 * @snd_una: oldest sequence number that the peer has not acknowledged
 * @snd_old: oldest acknowledgment that it still reads (RFC 5961 5.2), with
 *	     %TCPW_VIEW_FULL only
 * @snd_nxt: next sequence number that it will send
 * @snd_end: sequence number after all that it has queued, its FIN included
 * @irs: the peer's ISN, with %TCPW_VIEW_REQ only
 * @unread: octets that came and its owner has not read, the peer's FIN
 *	    included, with %TCPW_VIEW_FULL only
 * @ts_recent: the peer's last timestamp (RFC 7323), with @ts
 * @ts_age: how old that is, s
 * @bound_if: interface that it is bound to, or 0
 * @kind: enum tcpw_view_kind
 * @state: its state, a timewait socket's substate
 * @ts: it compares timestamps
 * @acked: the handshake's last ACK came and is held back, with %TCPW_VIEW_REQ
 *	   only (accept queue full, TCP_DEFER_ACCEPT)
 * @fastopen: it sent its SYN for Fast Open, so it reads what comes with the
 *	      SYN,ACK, with %TCPW_VIEW_FULL only
 * @rfc1337: net.ipv4.tcp_rfc1337: TIME-WAIT ignores RST
 * @busy: a process holds the socket; segments wait in its backlog
 */
struct tcpw_view {
	u32 rcv_nxt;
	u32 rcv_wup;
	u32 rcv_end;
	u32 snd_una;
	u32 snd_old;
	u32 snd_nxt;
	u32 snd_end;
	u32 irs;
	u32 unread;
	u32 ts_recent;
	u32 ts_age;
	int bound_if;
	u8 kind;
	u8 state;
	bool ts;
	bool acked;
	bool fastopen;
	bool rfc1337;
	bool busy;
};

#define TCPW_STEPS	2

/**
 * struct tcpw_step - one transition
 * @from: enum tcpw_state
 * @to: enum tcpw_state, never equal to @from
 * @ev: enum tcpw_ev that caused it
 */
struct tcpw_step {
	u8 from;
	u8 to;
	u8 ev;
};

/**
 * struct tcpw_fx - what a step asks its caller to do
 * @step: the transitions made, oldest first
 * @n: how many of them, 0..%TCPW_STEPS
 * @ev: enum tcpw_ev that happened last, also where nothing moved
 * @bits: %TCPW_FX_*
 */
struct tcpw_fx {
	struct tcpw_step step[TCPW_STEPS];
	u8 n;
	u8 ev;
	u32 bits;
};

#define TCPW_FX_RTX_SYN		BIT(0)	/* our SYN again */
#define TCPW_FX_RTX_SYNACK	BIT(1)	/* our SYN,ACK again */
#define TCPW_FX_RTX_FIN		BIT(2)	/* our FIN again */
#define TCPW_FX_BAD_ACK		BIT(3)	/* handshake ACK is not ISN + 1 */
#define TCPW_FX_OOW		BIT(4)	/* control segment not acceptable */
#define TCPW_FX_ALIEN		BIT(5)	/* not sent by the socket */
#define TCPW_FX_VERIFY		BIT(6)	/* the socket should be asked soon */
#define TCPW_FX_RST_OUT		BIT(7)	/* a RST left in our name */

/* fsm_table.c */
extern const u8 tcpw_fsm_next[TCPW_EV_MAX][TCPW_ST_MAX];

/**
 * struct tcpw_why - the reason of one transition in the table
 * @from: enum tcpw_state
 * @ev: enum tcpw_ev
 * @text: what happened
 * @rfc: where it is written
 */
struct tcpw_why {
	u8 from;
	u8 ev;
	const char *text;
	const char *rfc;
};

extern const struct tcpw_why tcpw_fsm_whys[];
extern const size_t tcpw_fsm_nwhys;
const struct tcpw_why *tcpw_fsm_why(u8 from, u8 ev);

/**
 * enum tcpw_where - where the kernel is, seen from the mirror
 * @TCPW_WHERE_HERE: where the mirror is
 * @TCPW_WHERE_BEHIND: on the mirror's way, which may lead the kernel here yet
 * @TCPW_WHERE_ASIDE: elsewhere: it has not followed the mirror's last steps
 * @TCPW_WHERE_AHEAD: elsewhere, and the mirror has no step that is unconfirmed
 */
enum tcpw_where {
	TCPW_WHERE_HERE,
	TCPW_WHERE_BEHIND,
	TCPW_WHERE_ASIDE,
	TCPW_WHERE_AHEAD,
};

/* One event, for fsm.c and fsm_path.c: look up, move, record. */
static inline void tcpw_fsm_take(struct tcpw_conn *c, u8 ev, struct tcpw_fx *fx)
{
	u8 to = tcpw_fsm_next[ev][c->state];
	struct tcpw_step *step;

	fx->ev = ev;
	if (to == c->state)
		return;
	step = &fx->step[fx->n++];
	step->from = c->state;
	step->to = to;
	step->ev = ev;
	c->path = c->path << 4 | c->state;
	c->state = to;
}

/* fsm.c */
void tcpw_fsm_init(struct tcpw_conn *c);
bool tcpw_fsm_is_own(const struct tcpw_conn *c, const struct tcpw_seg *seg);
bool tcpw_fsm_takes_over(const struct tcpw_conn *c,
			 const struct tcpw_seg *seg);
bool tcpw_fsm_paws(const struct tcpw_seg *seg, const struct tcpw_view *view);
bool tcpw_fsm_wants_view(const struct tcpw_conn *c, const struct tcpw_seg *seg);
void tcpw_fsm_seed(struct tcpw_conn *c, const struct tcpw_view *view, u8 state);
void tcpw_fsm_resync(struct tcpw_conn *c, const struct tcpw_view *view,
		     u8 state);
void tcpw_fsm_step(struct tcpw_conn *c, const struct tcpw_seg *seg,
		   const struct tcpw_view *view, struct tcpw_fx *fx);

/* fsm_path.c */
u8 tcpw_fsm_base(const struct tcpw_conn *c);
enum tcpw_where tcpw_fsm_confirm(struct tcpw_conn *c, u8 state);
unsigned int tcpw_fsm_take_back(struct tcpw_conn *c, u8 state, u8 last,
				struct tcpw_step step[TCPW_PATH_MAX]);
void tcpw_fsm_unmet(struct tcpw_conn *c, const struct tcpw_view *view);
void tcpw_fsm_at_rest(struct tcpw_conn *c, const struct tcpw_view *view);
void tcpw_fsm_passed(struct tcpw_conn *c, const struct tcpw_seg *seg,
		     const struct tcpw_view *view);
bool tcpw_fsm_taken(struct tcpw_conn *c, u8 state, bool reset,
		    unsigned int most, struct tcpw_fx *fx);

#endif /* _TCPWATCH_FSM_H */
