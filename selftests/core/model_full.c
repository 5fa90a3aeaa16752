// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's side of one tuple: a full socket and what arrives for it,
 * tcp_input.c.
 */
#include "model_parts.h"
#include "core/seq.h"

/* tcp_reset() */
static void reset(struct model *m)
{
	switch (m->state) {
	case TCPW_ST_SYN_SENT:
		m->err = ECONNREFUSED;
		break;
	case TCPW_ST_CLOSE_WAIT:
		m->err = EPIPE;
		break;
	default:
		m->err = ECONNRESET;
	}
	model_done(m);
}

static bool acceptable_seq(const struct model *m, const struct tcpw_seg *seg)
{
	return !tcpw_seq_before(tcpw_seg_end(seg), m->rcv_wup) &&
	       !tcpw_seq_after(seg->seq, m->rcv_wup + MODEL_WND);
}

/* tcp_reset_check() */
static bool is_late_rst(const struct model *m, const struct tcpw_seg *seg)
{
	return seg->seq == m->rcv_nxt - 1 &&
	       (m->state == TCPW_ST_CLOSE_WAIT ||
		m->state == TCPW_ST_LAST_ACK || m->state == TCPW_ST_CLOSING);
}

/* tcp_validate_incoming() */
static bool validate(struct model *m, const struct tcpw_seg *seg)
{
	bool rst = seg->flags & TCPW_RST, syn = seg->flags & TCPW_SYN;

	if (!acceptable_seq(m, seg)) {
		if (!rst)
			model_full_acks(m);
		else if (is_late_rst(m, seg))
			reset(m);
		return false;
	}
	if (rst) {
		if (seg->seq == m->rcv_nxt || is_late_rst(m, seg))
			reset(m);
		else
			model_full_acks(m);
		return false;
	}
	if (!syn)
		return true;
	if (m->state == TCPW_ST_SYN_RECV && !m->child &&
	    seg->flags & TCPW_ACK && seg->seq + 1 == tcpw_seg_end(seg) &&
	    seg->seq + 1 == m->rcv_nxt && seg->ack == m->snd_nxt)
		return true; /* simultaneous open */
	model_full_acks(m);
	return false;
}

static void note_acked(struct model *m, u32 ack)
{
	if (!tcpw_seq_after(ack, m->snd_una))
		return;
	m->acked += ack - m->snd_una;
	if (m->acked > MODEL_ACKED_MAX)
		m->acked = MODEL_ACKED_MAX;
	m->snd_una = ack;
}

/* tcp_ack(): false where the segment is not to be read on */
static bool take_ack(struct model *m, const struct tcpw_seg *seg)
{
	if (tcpw_seq_after(seg->ack, m->snd_nxt) ||
	    tcpw_seq_before(seg->ack, m->snd_una - m->acked)) {
		if (m->state == TCPW_ST_SYN_RECV)
			model_reply_rst(m, seg);
		else if (m->state != TCPW_ST_ESTABLISHED)
			model_full_acks(m);
		return false;
	}
	note_acked(m, seg->ack);
	return true;
}

/* tcp_fin() */
static void take_fin(struct model *m)
{
	m->unread++;
	switch (m->state) {
	case TCPW_ST_SYN_RECV:
	case TCPW_ST_ESTABLISHED:
		model_set_state(m, TCPW_ST_CLOSE_WAIT);
		break;
	case TCPW_ST_FIN_WAIT1:
		model_full_acks(m);
		model_set_state(m, TCPW_ST_CLOSING);
		break;
	case TCPW_ST_FIN_WAIT2:
		model_full_acks(m);
		model_time_wait(m, TCPW_ST_TIME_WAIT);
		break;
	}
}

static void keep_early(struct model *m, const struct tcpw_seg *seg)
{
	m->early = (struct model_early){
		.seq = seg->seq,
		.end = tcpw_seg_end(seg),
		.fin = seg->flags & TCPW_FIN,
		.have = true,
	};
}

/* tcp_data_queue() */
static void take_data(struct model *m, const struct tcpw_seg *seg)
{
	u32 end = tcpw_seg_end(seg);
	bool fin = seg->flags & TCPW_FIN;

	if (end == seg->seq || !tcpw_seq_after(end, m->rcv_nxt))
		return;
	if (tcpw_seq_after(seg->seq, m->rcv_nxt)) {
		keep_early(m, seg);
		model_full_acks(m);
		return;
	}
	m->unread += end - m->rcv_nxt - fin;
	m->rcv_nxt = end;
	if (fin)
		take_fin(m);
	if (m->dead || !m->early.have ||
	    tcpw_seq_after(m->early.seq, m->rcv_nxt))
		return;
	m->early.have = false;
	if (!tcpw_seq_after(m->early.end, m->rcv_nxt))
		return;
	m->rcv_nxt = m->early.end;
	if (m->early.fin)
		take_fin(m);
}

/* Data that nobody will read: tcp_rcv_state_process(), RFC 1122 4.2.2.13 */
static bool brings_data(const struct model *m, const struct tcpw_seg *seg)
{
	return tcpw_seg_space(seg) &&
	       tcpw_seq_after(tcpw_seg_end(seg) - !!(seg->flags & TCPW_FIN),
			      m->rcv_nxt);
}

/* FIN-WAIT-1 and all that we sent is acknowledged; false: it is over */
static bool our_fin_acked(struct model *m, const struct tcpw_seg *seg)
{
	model_set_state(m, TCPW_ST_FIN_WAIT2);
	if (!m->orphan)
		return true;
	if (brings_data(m, seg)) {
		model_done(m);
		model_reply_rst(m, seg);
		return false;
	}
	if (seg->flags & TCPW_FIN || m->owned) {
		m->armed = true;
		return true;
	}
	model_time_wait(m, TCPW_ST_FIN_WAIT2);
	return false;
}

/* The ACK is taken: false where the socket is over */
static bool move_by_ack(struct model *m, const struct tcpw_seg *seg)
{
	bool all = m->snd_una == m->snd_end;

	switch (m->state) {
	case TCPW_ST_SYN_RECV:
		model_set_state(m, TCPW_ST_ESTABLISHED);
		return true;
	case TCPW_ST_FIN_WAIT1:
		return !all || our_fin_acked(m, seg);
	case TCPW_ST_CLOSING:
		if (all)
			model_time_wait(m, TCPW_ST_TIME_WAIT);
		return !all;
	case TCPW_ST_LAST_ACK:
		if (all)
			model_done(m);
		return !all;
	default:
		return true;
	}
}

/* tcp_rcv_synsent_state_process() */
static void rcv_syn_sent(struct model *m, const struct tcpw_seg *seg)
{
	bool ack = seg->flags & TCPW_ACK;

	if (ack && !tcpw_seq_acks(seg->ack, m->snd_una, m->snd_nxt)) {
		model_reply_rst(m, seg);
		return;
	}
	if (seg->flags & TCPW_RST) {
		if (ack)
			reset(m);
		return;
	}
	if (!(seg->flags & TCPW_SYN))
		return;
	m->irs = seg->seq;
	m->rcv_nxt = seg->seq + 1;
	m->rcv_wup = m->rcv_nxt;
	if (ack) {
		note_acked(m, seg->ack);
		model_set_state(m, TCPW_ST_ESTABLISHED);
		model_full_acks(m);
	} else {
		model_set_state(m, TCPW_ST_SYN_RECV);
		model_send_full(m, TCPW_SYN | TCPW_ACK, m->iss);
	}
}

/*
 * tcp_check_req() for a Fast Open child, whose request is in no hash: false
 * where the segment is not to be read on
 */
static bool check_child(struct model *m, const struct tcpw_seg *seg)
{
	const u8 bits = seg->flags & (TCPW_SYN | TCPW_RST | TCPW_ACK);

	if (seg->seq == m->irs && bits == TCPW_SYN) {
		model_send_full(m, TCPW_SYN | TCPW_ACK, m->iss);
		return false;
	}
	if (!model_in_window(m, seg)) {
		if (!(bits & TCPW_RST))
			model_reply_ack(m);
		return false;
	}
	if (bits & TCPW_RST) {
		if (seg->seq == m->rcv_nxt)
			reset(m);
		else
			model_reply_ack(m);
		return false;
	}
	if (bits & TCPW_SYN && seg->seq != m->irs) {
		model_reply_rst(m, seg);
		return false;
	}
	return bits & TCPW_ACK;
}

/* tcp_v4_do_rcv(), tcp_rcv_state_process() */
void model_rcv_full(struct model *m, const struct tcpw_seg *seg)
{
	if (m->dead)
		return;
	if (m->child_waits && !check_child(m, seg))
		return;
	if (m->state == TCPW_ST_SYN_SENT) {
		rcv_syn_sent(m, seg);
		return;
	}
	if (!(seg->flags & (TCPW_ACK | TCPW_RST | TCPW_SYN)))
		return;
	if (!validate(m, seg) || !take_ack(m, seg))
		return;
	m->child_waits = false;
	if (!move_by_ack(m, seg))
		return;
	if (m->orphan &&
	    (m->state == TCPW_ST_FIN_WAIT1 || m->state == TCPW_ST_FIN_WAIT2) &&
	    brings_data(m, seg)) {
		reset(m);
		model_reply_rst(m, seg);
		return;
	}
	if (m->state == TCPW_ST_CLOSE_WAIT || m->state == TCPW_ST_CLOSING ||
	    m->state == TCPW_ST_LAST_ACK)
		return; /* nothing comes after the peer's FIN */
	take_data(m, seg);
}
