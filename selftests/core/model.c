// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's side of one tuple: what its parts share, and what reaches it.
 * Each function names the one of the kernel that it stands for.  Where the
 * kernel lets go of a lock, or has told half of what it does, model_pause()
 * lets the other CPUs look.
 */
#include "model_parts.h"
#include "core/seq.h"

void model_init(struct model *m)
{
	memset(m, 0, sizeof(*m));
	m->state = TCPW_ST_CLOSE;
}

/* What ss would print. */
u8 model_state(const struct model *m)
{
	switch (m->kind) {
	case TCPW_VIEW_FULL:
		return m->state;
	case TCPW_VIEW_REQ:
		return TCPW_ST_SYN_RECV;
	case TCPW_VIEW_TW:
		return m->tw_state;
	default:
		return TCPW_ST_CLOSE;
	}
}

static void view_full(const struct model *m, struct tcpw_view *view)
{
	view->kind = TCPW_VIEW_FULL;
	view->state = m->state;
	view->rcv_nxt = m->rcv_nxt;
	view->rcv_wup = m->rcv_wup;
	view->rcv_end = m->rcv_wup + MODEL_WND;
	view->snd_una = m->snd_una;
	view->snd_old = m->snd_una - m->acked;
	view->snd_nxt = m->snd_nxt;
	view->snd_end = m->snd_end;
	view->unread = m->unread;
	view->busy = m->owned;
}

/* tcpw_skkey_view() of what a look-up finds */
void model_view(const struct model *m, struct tcpw_view *view)
{
	memset(view, 0, sizeof(*view));
	if (m->kind == TCPW_VIEW_NONE || m->hidden)
		return;
	view_full(m, view);
	view->kind = m->kind;
	view->state = model_state(m);
	if (m->kind == TCPW_VIEW_FULL)
		return;
	view->snd_old = 0;
	view->unread = 0;
	view->busy = false;
	view->rcv_wup = m->rcv_nxt;
	view->rcv_end = m->rcv_nxt + MODEL_WND;
	view->snd_end = m->snd_nxt;
	if (m->kind == TCPW_VIEW_REQ)
		view->irs = m->irs;
	else
		view->snd_una = m->snd_nxt;
}

/* --- telling --- */

void model_pause(const struct model *m)
{
	if (!m->dry)
		elsewhere();
}

/* tcp_set_state(): a socket in CLOSE leaves the hash, is told of, is in it */
void model_set_state(struct model *m, u8 state)
{
	if (state == TCPW_ST_CLOSE) {
		if (m->kind == TCPW_VIEW_FULL)
			m->kind = TCPW_VIEW_NONE;
		m->dead = true;
		m->early.have = false;
	}
	m->entering = state;
	if (!m->dry)
		model_reports(m, state);
	model_pause(m);
	if (state == TCPW_ST_CLOSE &&
	    (m->state == TCPW_ST_ESTABLISHED || m->state == TCPW_ST_CLOSE_WAIT))
		m->resets++;
	m->entering = TCPW_ST_NONE;
	m->state = state;
	model_pause(m);
}

/* bh_lock_sock(): no grace period ends before it is let go of */
void model_lock_bh(struct model *m)
{
	m->locked = true;
	if (!m->dry)
		model_reads(true);
}

void model_unlock_bh(struct model *m)
{
	if (!m->dry)
		model_reads(false);
	m->locked = false;
}

void model_begin_softirq(struct model *m)
{
	model_lock_bh(m);
	m->softirq = true;
}

void model_end_softirq(struct model *m)
{
	m->softirq = false;
	model_unlock_bh(m);
}

/* The moment in which a look-up finds neither the old socket nor the new */
void model_replace(struct model *m, u8 kind)
{
	if (!m->dry)
		model_reads(true);
	m->hidden = true;
	model_pause(m);
	m->hidden = false;
	m->kind = kind;
	model_pause(m);
	if (!m->dry)
		model_reads(false);
}

static void send_seg(const struct model *m, u8 flags, u32 seq, u32 ack, u32 len,
		     const struct tcpw_view *sender)
{
	const struct tcpw_seg seg = {
		.dir = TCPW_OUT,
		.flags = flags,
		.seq = seq,
		.ack = flags & TCPW_ACK ? ack : 0,
		.len = len,
		.win = 100,
		.hdrlen = TCPW_HDR_MIN,
	};

	if (m->dry)
		return;
	model_sends(&seg, sender);
	elsewhere();
}

/* By the full socket itself. */
void model_send_octets(struct model *m, u8 flags, u32 seq, u32 len)
{
	struct tcpw_view view = {};

	view_full(m, &view);
	if (flags & TCPW_ACK)
		m->rcv_wup = m->rcv_nxt;
	send_seg(m, flags, seq, m->rcv_nxt, len, &view);
}

void model_send_full(struct model *m, u8 flags, u32 seq)
{
	model_send_octets(m, flags, seq, 0);
}

/* By a request: tcp_v4_send_synack() */
void model_send_synack(const struct model *m)
{
	struct tcpw_view view;

	model_view(m, &view);
	send_seg(m, TCPW_SYN | TCPW_ACK, m->iss, m->rcv_nxt, 0, &view);
}

/* tcp_send_ack(), tcp_send_challenge_ack(), tcp_send_dupack() */
void model_full_acks(struct model *m)
{
	model_send_full(m, TCPW_ACK, m->snd_nxt);
}

/* tcp_v4_send_reset(), and the ACKs of those that have no full socket */
void model_reply(const struct model *m, u8 flags, u32 seq, u32 ack)
{
	static const struct tcpw_view none;

	send_seg(m, flags, seq, ack, 0, &none);
}

void model_reply_rst(const struct model *m, const struct tcpw_seg *to)
{
	if (to->flags & TCPW_RST)
		return;
	if (to->flags & TCPW_ACK)
		model_reply(m, TCPW_RST, to->ack, 0);
	else
		model_reply(m, TCPW_RST | TCPW_ACK, 0, tcpw_seg_end(to));
}

void model_reply_ack(const struct model *m)
{
	model_reply(m, TCPW_ACK, m->snd_nxt, m->rcv_nxt);
}

/* --- ends --- */

/* tcp_done() */
void model_done(struct model *m)
{
	model_set_state(m, TCPW_ST_CLOSE);
}

/* tcp_time_wait(): the timewait socket is there when the full one is done */
void model_time_wait(struct model *m, u8 substate)
{
	if (m->tw_none) {
		m->tw_denied++;
		model_done(m);
		return;
	}
	m->tw_made += substate == TCPW_ST_TIME_WAIT;
	m->tw_state = substate;
	m->tw_dying = false;
	m->tw_until = model_now() + TIME_WAIT_NS;
	m->replaced = true;
	model_replace(m, TCPW_VIEW_TW);
	model_done(m);
	m->replaced = false;
	if (m->tw_dying)
		model_unhash_tw(m);
}

/* tcp_in_window() */
bool model_in_window(const struct model *m, const struct tcpw_seg *seg)
{
	u32 end = tcpw_seg_end(seg), right = m->rcv_nxt + MODEL_WND;

	return seg->seq == m->rcv_nxt ||
	       (tcpw_seq_after(end, m->rcv_nxt) &&
		tcpw_seq_before(seg->seq, right)) ||
	       (seg->seq == right && seg->seq == end);
}

/* --- from outside --- */

/* The tuple as it was before the segment that is being processed. */
static struct model before;
static struct tcpw_seg serving;

static void serve_begins(struct model *m, const struct tcpw_seg *seg)
{
	if (m->dry)
		return;
	before = *m;
	serving = *seg;
	m->serving = true;
}

static void serve_ends(struct model *m)
{
	if (!m->dry)
		m->serving = false;
}

/* The timewait socket serves segments before the full one is over. */
static bool is_early(const struct model *m)
{
	return m->replaced && m->kind == TCPW_VIEW_TW && !m->hidden &&
	       !m->tw_serves && !m->tw_dying;
}

/* Can a segment be handed over now, or does its CPU have to wait? */
bool model_can_take(const struct model *m)
{
	if (is_early(m))
		return true;
	if (m->locked)
		return false;
	return m->kind != TCPW_VIEW_FULL || !m->owned ||
	       m->waiting < MODEL_BACKLOG;
}

static void serve(struct model *m, const struct tcpw_seg *seg)
{
	switch (m->kind) {
	case TCPW_VIEW_FULL:
		model_rcv_full(m, seg);
		break;
	case TCPW_VIEW_REQ:
		model_rcv_req(m, seg);
		break;
	case TCPW_VIEW_TW:
		if (model_rcv_tw(m, seg))
			model_rcv_listen(m, seg);
		break;
	default:
		model_rcv_none(m, seg);
	}
}

/* On another CPU than the full socket, whose lock is not the timewait one's */
static void serve_early(struct model *m, const struct tcpw_seg *seg)
{
	const bool softirq = m->softirq;

	if (!m->dry) {
		before = *m;
		serving = *seg;
		model_reads(true);
	}
	m->tw_serves = true;
	m->softirq = true;
	model_rcv_tw(m, seg);
	m->softirq = softirq;
	m->tw_serves = false;
	if (!m->dry)
		model_reads(false);
}

/* tcp_v4_rcv() */
void model_arrives(struct model *m, const struct tcpw_seg *seg)
{
	if (is_early(m)) {
		serve_early(m, seg);
		return;
	}
	if (m->kind == TCPW_VIEW_FULL && m->owned) {
		if (m->waiting < MODEL_BACKLOG)
			m->backlog[m->waiting++] = *seg;
		return;
	}
	serve_begins(m, seg);
	model_begin_softirq(m);
	serve(m, seg);
	model_end_softirq(m);
	serve_ends(m);
}

/* A copy that can be asked where the tuple gets to; it tells nobody. */
void model_predict(const struct model *m, struct model *then)
{
	const bool served = m->replaced ? m->tw_serves : m->serving;

	*then = served ? before : *m;
	/* the limit may change while a segment is served: keep what it met */
	then->tw_none = m->tw_denied != then->tw_denied ||
			(m->tw_none && m->tw_made == then->tw_made);
	then->dry = true;
	then->locked = false;
	if (served)
		model_arrives(then, &serving);
	else if (m->entering)
		model_set_state(then, m->entering);
	model_release(then);
}

/* lock_sock(), of a child by who has accepted it */
void model_lock(struct model *m)
{
	m->owned = true;
	m->child = false;
}

/* __release_sock(): in order, and others get on in between */
void model_serve_backlog(struct model *m)
{
	struct tcpw_seg seg;

	while (m->waiting) {
		seg = m->backlog[0];
		m->waiting--;
		memmove(m->backlog, m->backlog + 1,
			m->waiting * sizeof(m->backlog[0]));
		serve_begins(m, &seg);
		model_rcv_full(m, &seg);
		serve_ends(m);
		model_pause(m);
	}
}

/* release_sock() */
void model_release(struct model *m)
{
	if (!m->owned)
		return;
	model_serve_backlog(m);
	m->owned = false;
}
