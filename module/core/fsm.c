// SPDX-License-Identifier: GPL-2.0
/*
 * One step of the state machine: judge the segment's sequence numbers, name
 * what it means to this endpoint (enum tcpw_ev), look the transition up in
 * fsm_table.c, write down what the caller should do.  Pure.
 */
#include "core/fsm.h"
#include "core/seq.h"

/**
 * tcpw_fsm_init - make a connection that has seen nothing
 * @c: the connection
 */
void tcpw_fsm_init(struct tcpw_conn *c)
{
	memset(c, 0, sizeof(*c));
	c->state = TCPW_ST_CLOSE;
}

static void saturating_inc(u8 *n)
{
	if (*n != 0xff)
		(*n)++;
}

static void set_rcv_nxt(struct tcpw_conn *c, u32 rcv_nxt)
{
	c->rcv_nxt = rcv_nxt;
	c->flags |= TCPW_CF_RCV_NXT;
}

/* A connect() that waits for data has sent no SYN yet (Fast Open). */
static bool is_before_syn(const struct tcpw_conn *c)
{
	return c->state == TCPW_ST_SYN_SENT && !(c->flags & TCPW_CF_ISN_OUT);
}

/**
 * tcpw_fsm_is_own - is a SYN or SYN,ACK that is sent the connection's own?
 * @c: the connection
 * @seg: the segment
 *
 * Return: false where another connection begins with it.
 */
bool tcpw_fsm_is_own(const struct tcpw_conn *c, const struct tcpw_seg *seg)
{
	if ((c->state == TCPW_ST_TIME_WAIT || c->state == TCPW_ST_CLOSE) &&
	    !c->path)
		return false;
	if (is_before_syn(c))
		return !(seg->flags & TCPW_ACK);
	return c->flags & TCPW_CF_ISN_OUT && seg->seq == c->isn_out;
}

/**
 * tcpw_fsm_takes_over - is the ISN one that follows on a timewait socket?
 * @c: the connection
 * @seg: the SYN or SYN,ACK of another one
 *
 * Sources: tcp_twsk_unique() for connect(), tcp_timewait_state_process() for a
 * peer's SYN.  Where the socket was gone before, the ISN is a random one.
 *
 * Return: true where a timewait socket gave way to it; false also where it is
 * not known what our FIN's number was.
 */
bool tcpw_fsm_takes_over(const struct tcpw_conn *c, const struct tcpw_seg *seg)
{
	u32 isn = c->snd_nxt + 65535 + 2;

	return c->flags & TCPW_CF_FIN_OUT && seg->seq == (isn ? isn : 1);
}

/*
 * Counts during the handshake only.  If the kernel did not follow us, what was
 * counted is taken back, so it must not change after that.
 */
static void count_rtx(const struct tcpw_conn *c, u8 *n)
{
	if (c->state == TCPW_ST_SYN_SENT || c->state == TCPW_ST_SYN_RECV)
		saturating_inc(n);
}

/* --- segments that this endpoint sends --- */

static void out_syn(struct tcpw_conn *c, const struct tcpw_seg *seg,
		    struct tcpw_fx *fx)
{
	if (tcpw_fsm_is_own(c, seg) && !is_before_syn(c)) {
		count_rtx(c, &c->syn_rtx);
		fx->bits |= TCPW_FX_RTX_SYN;
		tcpw_fsm_take(c, TCPW_EV_OUT_SYN_RTX, fx);
		return;
	}
	tcpw_fsm_take(c, TCPW_EV_OUT_SYN, fx);
	c->isn_out = seg->seq;
	c->snd_nxt = tcpw_seg_end(seg);
	c->flags = TCPW_CF_ISN_OUT | TCPW_CF_ACTIVE;
	c->syn_rtx = 0;
	c->synack_rtx = 0;
	c->fin_rtx = 0;
}

static void out_synack(struct tcpw_conn *c, const struct tcpw_seg *seg,
		       const struct tcpw_view *view, struct tcpw_fx *fx)
{
	if (tcpw_fsm_is_own(c, seg)) {
		if (c->flags & TCPW_CF_SYNACK_OUT) {
			count_rtx(c, &c->synack_rtx);
			fx->bits |= TCPW_FX_RTX_SYNACK;
		}
		/* from a Fast Open child, which the mirror is ahead of */
		if (c->state == TCPW_ST_TIME_WAIT)
			return;
		if (c->state == TCPW_ST_SYN_SENT) {
			/* the crossing SYN was not seen, this tells its ISN */
			c->flags |= TCPW_CF_SIMOPEN | TCPW_CF_ISN_IN;
			c->isn_in = seg->ack - 1;
			set_rcv_nxt(c, seg->ack);
		}
		c->flags |= TCPW_CF_SYNACK_OUT;
		tcpw_fsm_take(c, TCPW_EV_OUT_SYNACK_OWN, fx);
		return;
	}
	tcpw_fsm_take(c, TCPW_EV_OUT_SYNACK, fx);
	c->isn_out = seg->seq;
	c->snd_nxt = tcpw_seg_end(seg);
	c->flags = TCPW_CF_ISN_OUT | TCPW_CF_SYNACK_OUT;
	/* a Fast Open child acknowledges data too: its ack tells no ISN */
	if (view->kind == TCPW_VIEW_REQ) {
		c->isn_in = view->irs;
		c->flags |= TCPW_CF_ISN_IN;
	} else {
		c->flags |= TCPW_CF_FASTOPEN;
	}
	c->syn_rtx = 0;
	c->synack_rtx = 0;
	c->fin_rtx = 0;
	set_rcv_nxt(c, seg->ack);
}

static void out_fin(struct tcpw_conn *c, const struct tcpw_seg *seg,
		    struct tcpw_fx *fx)
{
	u32 end = tcpw_seg_end(seg);

	if ((c->flags & TCPW_CF_FIN_OUT) && end == c->snd_nxt) {
		saturating_inc(&c->fin_rtx);
		fx->bits |= TCPW_FX_RTX_FIN;
		tcpw_fsm_take(c, TCPW_EV_OUT_FIN_RTX, fx);
		return;
	}
	c->snd_nxt = end;
	c->flags |= TCPW_CF_FIN_OUT;
	/* rcv_nxt is the end of the peer's FIN as soon as that has come */
	if ((seg->flags & TCPW_ACK) &&
	    !(c->flags & (TCPW_CF_FIN_IN | TCPW_CF_FIN_EARLY)))
		set_rcv_nxt(c, seg->ack);
	tcpw_fsm_take(c, TCPW_EV_OUT_FIN, fx);
}

/* Our ACK tells when a FIN that came before its time has been taken. */
static void out_ack(struct tcpw_conn *c, const struct tcpw_seg *seg,
		    struct tcpw_fx *fx)
{
	/* a mirror that is astray keeps the FIN for when it is back */
	if ((c->flags & TCPW_CF_FIN_EARLY) && (seg->flags & TCPW_ACK) &&
	    seg->ack == c->rcv_nxt &&
	    tcpw_fsm_next[TCPW_EV_OUT_ACK_FIN][c->state] != c->state) {
		c->flags &= ~TCPW_CF_FIN_EARLY;
		c->flags |= TCPW_CF_FIN_IN | TCPW_CF_RCV_NXT;
		tcpw_fsm_take(c, TCPW_EV_OUT_ACK_FIN, fx);
	} else {
		tcpw_fsm_take(c, TCPW_EV_OUT_ACK, fx);
	}
}

static void step_out(struct tcpw_conn *c, const struct tcpw_seg *seg,
		     const struct tcpw_view *view, struct tcpw_fx *fx)
{
	if (seg->flags & TCPW_RST) {
		c->flags |= TCPW_CF_RST_OUT;
		if (view->unread > !!(c->flags & TCPW_CF_FIN_IN))
			c->flags |= TCPW_CF_UNREAD;
		fx->bits |= TCPW_FX_RST_OUT;
		if (view->kind == TCPW_VIEW_FULL &&
		    view->state == TCPW_ST_CLOSE) {
			tcpw_fsm_take(c, TCPW_EV_OUT_RST, fx);
		} else {
			fx->bits |= TCPW_FX_VERIFY;
			tcpw_fsm_take(c, TCPW_EV_OUT_RST_REPLY, fx);
		}
	} else if (view->kind != TCPW_VIEW_FULL &&
		   (seg->flags & TCPW_FIN ||
		    (seg->flags & TCPW_SYN && view->kind != TCPW_VIEW_REQ))) {
		fx->bits |= TCPW_FX_ALIEN;
		tcpw_fsm_take(c, TCPW_EV_OUT_ALIEN, fx);
	} else if (seg->flags & TCPW_SYN) {
		if (seg->flags & TCPW_ACK)
			out_synack(c, seg, view, fx);
		else
			out_syn(c, seg, fx);
	} else {
		out_ack(c, seg, fx);
		if (seg->flags & TCPW_FIN)
			out_fin(c, seg, fx);
	}
}

/* --- segments that arrive --- */

static void refuse(struct tcpw_conn *c, struct tcpw_fx *fx)
{
	fx->bits |= TCPW_FX_OOW;
	tcpw_fsm_take(c, TCPW_EV_IN_OOW, fx);
}

static void bad_ack(struct tcpw_conn *c, struct tcpw_fx *fx)
{
	fx->bits |= TCPW_FX_BAD_ACK;
	tcpw_fsm_take(c, TCPW_EV_IN_BAD_ACK, fx);
}

/* The receive window to judge by: the socket's, else what was seen. */
static bool window(const struct tcpw_conn *c, const struct tcpw_view *view,
		   u32 *nxt, u32 *end)
{
	if (view->kind != TCPW_VIEW_NONE) {
		*nxt = view->rcv_nxt;
		*end = view->rcv_end;
		return true;
	}
	*nxt = c->rcv_nxt;
	*end = c->rcv_nxt;
	return c->flags & TCPW_CF_RCV_NXT;
}

/**
 * tcpw_fsm_paws - does a socket refuse a segment as too old?
 * @seg: the segment, its timestamp read
 * @view: the socket
 *
 * Sources: tcp_paws_reject() of request and timewait sockets; of full ones
 * tcp_paws_discard(), which forgives one tick, and tcp_validate_incoming(),
 * which takes a RST all the same.  RFC 7323 5.
 *
 * Return: true where its timestamp is older than the last, which still holds.
 */
bool tcpw_fsm_paws(const struct tcpw_seg *seg, const struct tcpw_view *view)
{
	const u32 days24 = 60 * 60 * 24 * 24;
	const u32 msl = 60;
	bool full = view->kind == TCPW_VIEW_FULL;

	if (!view->ts || !seg->ts || !view->ts_recent ||
	    !tcpw_seq_before(seg->tsval, view->ts_recent - full) ||
	    view->ts_age >= days24)
		return false;
	return !(seg->flags & TCPW_RST) || (!full && view->ts_age < msl);
}

/*
 * RFC 5961 3.2, with the kernel's one liberty: after the peer's FIN a RST may
 * also stand at the FIN's own sequence number.  A FIN-WAIT-2 that lives in a
 * timewait socket takes any RST in its window.
 */
static bool rst_acceptable(const struct tcpw_conn *c,
			   const struct tcpw_seg *seg,
			   const struct tcpw_view *view)
{
	u32 nxt, end;

	if (c->state == TCPW_ST_SYN_SENT)
		return (seg->flags & TCPW_ACK) &&
		       tcpw_seq_acks(seg->ack, c->isn_out, c->snd_nxt);
	/* tcp_check_req() reads the ACK first, and hands it to the listener */
	if (view->kind == TCPW_VIEW_REQ && seg->flags & TCPW_ACK &&
	    seg->ack != view->snd_nxt)
		return false;
	if (!window(c, view, &nxt, &end) || tcpw_fsm_paws(seg, view))
		return false;
	if (c->state == TCPW_ST_TIME_WAIT)
		return seg->seq == nxt && !view->rfc1337;
	if (view->kind == TCPW_VIEW_TW)
		return !tcpw_seq_before(seg->seq, nxt) &&
		       !tcpw_seq_after(seg->seq, end);
	if (seg->seq == nxt)
		return true;
	return seg->seq == nxt - 1 &&
	       (c->state == TCPW_ST_CLOSE_WAIT ||
		c->state == TCPW_ST_LAST_ACK || c->state == TCPW_ST_CLOSING);
}

static void in_rst(struct tcpw_conn *c, const struct tcpw_seg *seg,
		   const struct tcpw_view *view, struct tcpw_fx *fx)
{
	if (rst_acceptable(c, seg, view)) {
		tcpw_fsm_take(c, TCPW_EV_IN_RST, fx);
		return;
	}
	/* its place may be right once the socket has read what is before it */
	if (c->state != TCPW_ST_SYN_SENT)
		c->flags |= TCPW_CF_RST_WAITS;
	fx->bits |= TCPW_FX_VERIFY;
	refuse(c, fx);
}

static void take_fin(struct tcpw_conn *c, u32 end, struct tcpw_fx *fx)
{
	c->flags &= ~TCPW_CF_FIN_EARLY;
	c->flags |= TCPW_CF_FIN_IN;
	set_rcv_nxt(c, end);
	tcpw_fsm_take(c, TCPW_EV_IN_FIN, fx);
}

static void in_syn_to_syn_sent(struct tcpw_conn *c, const struct tcpw_seg *seg,
			       const struct tcpw_view *view, struct tcpw_fx *fx)
{
	if ((seg->flags & TCPW_ACK) &&
	    !tcpw_seq_acks(seg->ack, c->isn_out, c->snd_nxt)) {
		bad_ack(c, fx);
		return;
	}
	c->isn_in = seg->seq;
	c->flags |= TCPW_CF_ISN_IN;
	/* but for Fast Open Linux reads neither data nor a FIN with it */
	set_rcv_nxt(c, seg->seq + 1);
	if (seg->flags & TCPW_ACK) {
		if (seg->ack != c->isn_out + 1)
			c->flags |= TCPW_CF_FASTOPEN;
		tcpw_fsm_take(c, TCPW_EV_IN_SYNACK, fx);
		/* tcp_rcv_fastopen_synack(), where all of the SYN was taken */
		if (seg->flags & TCPW_FIN && view->fastopen &&
		    seg->ack == c->snd_nxt)
			take_fin(c, tcpw_seg_end(seg), fx);
	} else {
		c->flags |= TCPW_CF_SIMOPEN;
		tcpw_fsm_take(c, TCPW_EV_IN_SYN, fx);
	}
}

/* tcp_in_window() of the kernel. */
static bool in_window(const struct tcpw_seg *seg, const struct tcpw_view *view)
{
	u32 end = tcpw_seg_end(seg);

	if (seg->seq == view->rcv_nxt)
		return true;
	if (tcpw_seq_after(end, view->rcv_nxt) &&
	    tcpw_seq_before(seg->seq, view->rcv_end))
		return true;
	return seg->seq == view->rcv_end && seg->seq == end;
}

/* A SYN with another ISN, for a request.  Source: tcp_check_req(). */
static void in_syn_to_request(struct tcpw_conn *c, const struct tcpw_seg *seg,
			      const struct tcpw_view *view, struct tcpw_fx *fx)
{
	if (seg->flags & TCPW_ACK && seg->ack != view->snd_nxt)
		bad_ack(c, fx);
	else if (tcpw_fsm_paws(seg, view) || !in_window(seg, view))
		refuse(c, fx);
	else
		tcpw_fsm_take(c, TCPW_EV_IN_SYN_RESET, fx);
}

/* In SYN-RECV the peer's SYN may come again; crossing SYNs are acked by one. */
static void in_syn_to_syn_recv(struct tcpw_conn *c, const struct tcpw_seg *seg,
			       const struct tcpw_view *view, struct tcpw_fx *fx)
{
	if (view->kind == TCPW_VIEW_REQ && seg->seq != view->irs) {
		in_syn_to_request(c, seg, view, fx);
	} else if ((c->flags & TCPW_CF_ISN_IN) && seg->seq != c->isn_in) {
		fx->bits |= TCPW_FX_VERIFY;
		refuse(c, fx);
	} else if (!(seg->flags & TCPW_ACK)) {
		tcpw_fsm_take(c, TCPW_EV_IN_SYN, fx);
	} else if (!(c->flags & TCPW_CF_SIMOPEN)) {
		refuse(c, fx);
	} else if (tcpw_seq_acks(seg->ack, c->isn_out, c->snd_nxt)) {
		tcpw_fsm_take(c, TCPW_EV_IN_ACK_SYN, fx);
	} else {
		bad_ack(c, fx);
	}
}

static void in_syn(struct tcpw_conn *c, const struct tcpw_seg *seg,
		   const struct tcpw_view *view, struct tcpw_fx *fx)
{
	switch (c->state) {
	case TCPW_ST_SYN_SENT:
		in_syn_to_syn_sent(c, seg, view, fx);
		break;
	case TCPW_ST_SYN_RECV:
		in_syn_to_syn_recv(c, seg, view, fx);
		break;
	default:
		/*
		 * RFC 5961 4.2: a challenge ACK at most.  A timewait socket
		 * may give way to it; the SYN,ACK or the socket will tell.
		 */
		if (view->kind == TCPW_VIEW_TW)
			fx->bits |= TCPW_FX_VERIFY;
		if (c->state == TCPW_ST_TIME_WAIT && !(seg->flags & TCPW_ACK))
			tcpw_fsm_take(c, TCPW_EV_IN_SYN, fx);
		else
			refuse(c, fx);
	}
}

/* RFC 9293 3.10.7.4, first check, as each kind of socket makes it. */
static bool seq_acceptable(const struct tcpw_conn *c,
			   const struct tcpw_seg *seg,
			   const struct tcpw_view *view)
{
	u32 nxt = view->rcv_nxt;
	u32 end = tcpw_seg_end(seg);

	if (view->kind == TCPW_VIEW_NONE)
		return true; /* nothing known against it */
	if (tcpw_fsm_paws(seg, view))
		return false;
	if (view->kind == TCPW_VIEW_REQ && seg->seq != nxt && seg->seq != end)
		return tcpw_seq_after(end, nxt) &&
		       tcpw_seq_before(seg->seq, view->rcv_end);
	/* Fast Open: it is measured as a request's first, tcp_check_req() */
	if (view->kind == TCPW_VIEW_FULL && c->state == TCPW_ST_SYN_RECV &&
	    c->flags & TCPW_CF_FASTOPEN && !in_window(seg, view))
		return false;
	if (view->kind == TCPW_VIEW_FULL)
		nxt = view->rcv_wup;
	return !tcpw_seq_before(end, nxt) &&
	       !tcpw_seq_after(seg->seq, view->rcv_end);
}

/* Reordering alone brings plain ACKs and data late: that is no anomaly. */
static bool is_late(const struct tcpw_seg *seg, const struct tcpw_view *view)
{
	return !(seg->flags & TCPW_FIN) && view->kind == TCPW_VIEW_FULL &&
	       tcpw_seq_before(tcpw_seg_end(seg), view->rcv_nxt);
}

/*
 * In SYN-RECV: does an ACK end the handshake?  A full socket there (the SYNs
 * crossed, or Fast Open) also takes one that does not acknowledge its SYN, as
 * tcp_rcv_state_process() does against RFC 9293 3.10.7.4.  With Fast Open more
 * than the SYN may be in flight (RFC 7413), and the socket's snd_nxt moves
 * after the segment has left: on loopback the ACK is back before.
 */
static bool acks_syn(const struct tcpw_conn *c, const struct tcpw_seg *seg,
		     const struct tcpw_view *view)
{
	if (view->kind == TCPW_VIEW_FULL)
		return !tcpw_seq_before(seg->ack, view->snd_una) &&
		       !tcpw_seq_after(seg->ack, view->snd_end);
	return tcpw_seq_acks(seg->ack, c->isn_out, c->snd_nxt);
}

/* Returns false where the segment's ACK forbids to read on. */
static bool in_ack(struct tcpw_conn *c, const struct tcpw_seg *seg,
		   const struct tcpw_view *view, struct tcpw_fx *fx)
{
	u32 hi = c->snd_nxt;

	if (c->state == TCPW_ST_SYN_RECV) {
		if (!acks_syn(c, seg, view)) {
			bad_ack(c, fx);
			return false;
		}
		tcpw_fsm_take(c, TCPW_EV_IN_ACK_SYN, fx);
		return true;
	}
	/* RFC 5961 5.2; not read on, so a FIN with it is none */
	if (view->kind == TCPW_VIEW_FULL &&
	    tcpw_seq_before(seg->ack, view->snd_old)) {
		fx->bits |= TCPW_FX_VERIFY;
		refuse(c, fx);
		return false;
	}
	if (!(c->flags & TCPW_CF_FIN_OUT)) {
		/* it left before us, if it did: the socket knows */
		bool left = view->snd_nxt == view->snd_end;

		hi = view->snd_end;
		if (view->kind != TCPW_VIEW_FULL ||
		    (!left && !tcpw_seq_after(seg->ack, hi))) {
			tcpw_fsm_take(c, TCPW_EV_IN_ACK, fx);
			return true;
		}
	}
	if (tcpw_seq_after(seg->ack, hi)) {
		refuse(c, fx);
		return false;
	}
	tcpw_fsm_take(c, seg->ack == hi ? TCPW_EV_IN_ACK_FIN : TCPW_EV_IN_ACK,
		      fx);
	return true;
}

/* In FIN-WAIT-2 there was none yet: then we are wrong, not the peer. */
static void old_fin(struct tcpw_conn *c, struct tcpw_fx *fx)
{
	if (c->state == TCPW_ST_FIN_WAIT2)
		fx->bits |= TCPW_FX_VERIFY;
	tcpw_fsm_take(c, TCPW_EV_IN_FIN_RTX, fx);
}

static void in_fin(struct tcpw_conn *c, const struct tcpw_seg *seg,
		   const struct tcpw_view *view, struct tcpw_fx *fx)
{
	u32 fin_end = tcpw_seg_end(seg);
	u32 nxt, end;

	if (c->flags & TCPW_CF_FIN_IN) {
		old_fin(c, fx);
		return;
	}
	if (!window(c, view, &nxt, &end))
		nxt = seg->seq;
	if (tcpw_seq_after(seg->seq, nxt)) {
		/* something before it is missing, or waits in a backlog */
		c->rcv_nxt = fin_end;
		c->flags &= ~TCPW_CF_RCV_NXT;
		c->flags |= TCPW_CF_FIN_EARLY;
		fx->bits |= TCPW_FX_VERIFY;
		tcpw_fsm_take(c, TCPW_EV_IN_FIN_EARLY, fx);
		return;
	}
	if (!tcpw_seq_after(fin_end, nxt)) {
		old_fin(c, fx);
		return;
	}
	take_fin(c, fin_end, fx);
}

/*
 * For a FIN-WAIT-2 that is a timewait socket by now: it looks at no ACK, and
 * all that it does not expect ends it.  Source: tcp_timewait_state_process().
 */
static void in_small_fin_wait2(struct tcpw_conn *c, const struct tcpw_seg *seg,
			       const struct tcpw_view *view, struct tcpw_fx *fx)
{
	u32 nxt = view->rcv_nxt, end = tcpw_seg_end(seg);

	if (tcpw_fsm_paws(seg, view) || !in_window(seg, view))
		refuse(c, fx);
	else if (seg->flags & TCPW_SYN && !tcpw_seq_before(seg->seq, nxt))
		tcpw_fsm_take(c, TCPW_EV_IN_AFTER_CLOSE, fx);
	else if (!(seg->flags & TCPW_ACK) || !tcpw_seq_after(end, nxt) ||
		 end == seg->seq)
		tcpw_fsm_take(c, TCPW_EV_IN_ACK, fx);
	else if (!(seg->flags & TCPW_FIN) || end != nxt + 1)
		tcpw_fsm_take(c, TCPW_EV_IN_AFTER_CLOSE, fx);
	else
		take_fin(c, end, fx);
}

static void step_in(struct tcpw_conn *c, const struct tcpw_seg *seg,
		    const struct tcpw_view *view, struct tcpw_fx *fx)
{
	static const struct tcpw_view none;
	/* the SYN or SYN,ACK that the mirror has seen is on its way to it */
	bool lags = view->state == TCPW_ST_SYN_SENT &&
		    c->state != TCPW_ST_SYN_SENT;

	if (c->state == TCPW_ST_CLOSE)
		return; /* it reaches nobody, see also tcpw_fsm_passed() */
	if (lags)
		view = &none;
	if (seg->flags & TCPW_RST) {
		in_rst(c, seg, view, fx);
	} else if (c->state == TCPW_ST_FIN_WAIT2 &&
		   view->kind == TCPW_VIEW_TW && view->state == c->state) {
		in_small_fin_wait2(c, seg, view, fx);
	} else if (seg->flags & TCPW_SYN) {
		in_syn(c, seg, view, fx);
	} else if (!(seg->flags & TCPW_ACK) || c->state == TCPW_ST_SYN_SENT) {
		if (c->state == TCPW_ST_SYN_SENT && (seg->flags & TCPW_ACK) &&
		    !tcpw_seq_acks(seg->ack, c->isn_out, c->snd_nxt))
			bad_ack(c, fx);
		else
			refuse(c, fx);
	} else if (!seq_acceptable(c, seg, view)) {
		if (is_late(seg, view))
			tcpw_fsm_take(c, TCPW_EV_IN_ACK, fx);
		else
			refuse(c, fx);
		/* a request may be a full socket, which takes more, by then */
		if (view->kind == TCPW_VIEW_REQ) {
			fx->bits |= TCPW_FX_VERIFY;
			tcpw_fsm_passed(c, seg, view);
		}
	} else if (in_ack(c, seg, view, fx)) {
		if (seg->flags & TCPW_FIN)
			in_fin(c, seg, view, fx);
	} else if (lags || fx->bits & TCPW_FX_VERIFY) {
		fx->bits |= TCPW_FX_VERIFY;
		tcpw_fsm_passed(c, seg, view);
	}
}

/**
 * tcpw_fsm_seed - make a connection that is under way
 * @c: filled
 * @view: what its socket says
 * @state: the state that it is in
 *
 * What cannot be read from the socket stays unknown: the ISNs of a connection
 * whose handshake is over.
 */
void tcpw_fsm_seed(struct tcpw_conn *c, const struct tcpw_view *view, u8 state)
{
	tcpw_fsm_init(c);
	c->state = state;
	if (view->kind == TCPW_VIEW_NONE)
		return;
	switch (state) {
	case TCPW_ST_SYN_SENT:
		c->flags = TCPW_CF_ACTIVE;
		/* it waits for data that its SYN shall carry (Fast Open) */
		if (view->snd_una == view->snd_nxt)
			return;
		c->flags |= TCPW_CF_ISN_OUT;
		c->isn_out = view->snd_una;
		c->snd_nxt = view->snd_nxt; /* data may have left with the SYN
					     */
		return;
	case TCPW_ST_SYN_RECV:
		c->flags = TCPW_CF_SYNACK_OUT | TCPW_CF_ISN_OUT;
		c->isn_out = view->snd_una;
		c->snd_nxt = view->snd_nxt;
		if (view->kind == TCPW_VIEW_REQ) {
			c->flags |= TCPW_CF_ISN_IN;
			c->isn_in = view->irs;
		}
		set_rcv_nxt(c, view->rcv_nxt);
		return;
	case TCPW_ST_FIN_WAIT1:
	case TCPW_ST_FIN_WAIT2:
	case TCPW_ST_CLOSING:
	case TCPW_ST_LAST_ACK:
	case TCPW_ST_TIME_WAIT:
		/* not where the FIN still waits behind data */
		if (view->snd_nxt == view->snd_end)
			c->flags |= TCPW_CF_FIN_OUT;
		c->snd_nxt = view->snd_nxt;
	}
	switch (state) {
	case TCPW_ST_CLOSE_WAIT:
	case TCPW_ST_LAST_ACK:
	case TCPW_ST_CLOSING:
	case TCPW_ST_TIME_WAIT:
		c->flags |= TCPW_CF_FIN_IN;
		set_rcv_nxt(c, view->rcv_nxt);
	}
}

/* What stays true of a connection whatever state it turns out to be in. */
#define LASTING                                                                \
	(TCPW_CF_ISN_OUT | TCPW_CF_ISN_IN | TCPW_CF_ACTIVE | TCPW_CF_SIMOPEN | \
	 TCPW_CF_SYNACK_OUT | TCPW_CF_RST_OUT | TCPW_CF_UNREAD |               \
	 TCPW_CF_FASTOPEN)

/**
 * tcpw_fsm_resync - the socket is in another state than was thought
 * @c: the connection
 * @view: what its socket says
 * @state: the state that it is in
 *
 * Forgets what was concluded from segments that the socket did not follow.
 */
void tcpw_fsm_resync(struct tcpw_conn *c, const struct tcpw_view *view,
		     u8 state)
{
	u16 lasting = c->flags & LASTING;
	struct tcpw_conn now;

	tcpw_fsm_seed(&now, view, state);
	/* a FIN that waits for data goes on waiting, its place in rcv_nxt */
	if (c->flags & TCPW_CF_FIN_EARLY && !(now.flags & TCPW_CF_FIN_IN)) {
		lasting |= TCPW_CF_FIN_EARLY;
		now.flags &= ~TCPW_CF_RCV_NXT;
		now.rcv_nxt = c->rcv_nxt;
	}
	/* one that is not known is left alone: others may use its place */
	if (now.flags & ~lasting & TCPW_CF_ISN_OUT)
		c->isn_out = now.isn_out;
	if (now.flags & ~lasting & TCPW_CF_ISN_IN)
		c->isn_in = now.isn_in;
	if (now.flags & (TCPW_CF_ISN_OUT | TCPW_CF_FIN_OUT))
		c->snd_nxt = now.snd_nxt;
	c->rcv_nxt = now.rcv_nxt;
	c->flags = lasting | now.flags;
	c->state = state;
}

/**
 * tcpw_fsm_wants_view - should the kernel's socket be asked before the step?
 * @c: the connection
 * @seg: a segment that arrived for it
 *
 * The window of an established connection is not mirrored, since its data
 * pass unseen.  It decides about RST, SYN and FIN (RFC 5961), and about ACKs
 * that would move the state when they do not stand where the last control
 * segment left off.
 *
 * Return: true where the socket's view can change what the step does.
 */
bool tcpw_fsm_wants_view(const struct tcpw_conn *c, const struct tcpw_seg *seg)
{
	if (c->state == TCPW_ST_SYN_SENT)
		return seg->flags & TCPW_FIN;
	/* late segments: they are rare, and their classes are counted */
	if (c->state == TCPW_ST_TIME_WAIT)
		return true;
	if (seg->flags & TCPW_RST)
		return true;
	if (seg->flags & TCPW_SYN)
		return c->state != TCPW_ST_SYN_RECV || seg->seq != c->isn_in;
	if (c->state == TCPW_ST_ESTABLISHED || c->state == TCPW_ST_CLOSE_WAIT)
		return seg->flags & TCPW_FIN;
	if (!(c->flags & TCPW_CF_RCV_NXT) || seg->seq != c->rcv_nxt)
		return true;
	if (seg->flags & TCPW_FIN && seg->ack != c->snd_nxt)
		return true;
	if (c->state == TCPW_ST_SYN_RECV)
		return seg->ack != c->snd_nxt;
	/* data end a timewait socket, and the FIN with them is none */
	if (c->state == TCPW_ST_FIN_WAIT2 && seg->len)
		return true;
	return !(c->flags & TCPW_CF_FIN_OUT);
}

/**
 * tcpw_fsm_step - one segment happens to one endpoint
 * @c: the connection; %TCPW_ST_CLOSE with a SYN or SYN,ACK sent begins it
 * @seg: the segment, its direction set
 * @view: arriving: what the socket says where tcpw_fsm_wants_view() wants it,
 *	  else %TCPW_VIEW_NONE.  Sent: the socket that sent it
 * @fx: filled with what was done and what is to do
 */
void tcpw_fsm_step(struct tcpw_conn *c, const struct tcpw_seg *seg,
		   const struct tcpw_view *view, struct tcpw_fx *fx)
{
	fx->n = 0;
	fx->ev = TCPW_EV_NONE;
	fx->bits = 0;
	if (seg->dir == TCPW_OUT)
		step_out(c, seg, view, fx);
	else
		step_in(c, seg, view, fx);
}
