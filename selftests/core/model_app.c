// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's side of one tuple: what processes and timers do, tcp.c and
 * tcp_timer.c.
 */
#include "model_parts.h"

static bool is_live(const struct model *m)
{
	return m->kind == TCPW_VIEW_FULL && !m->dead;
}

/* Is there a socket that a process can do something with? */
bool model_has_process(const struct model *m)
{
	return is_live(m) && !m->orphan && !m->owned && !m->locked &&
	       (m->state != TCPW_ST_SYN_RECV || m->child_waits);
}

/* tcp_v4_connect(), of a port that was chosen: tcp_twsk_unique() */
void model_connect(struct model *m, u32 iss)
{
	if (m->kind == TCPW_VIEW_TW) {
		iss = model_tw_isn(m);
		m->tw_reused++;
	}
	model_anew(m);
	m->owned = true;
	m->kind = TCPW_VIEW_FULL;
	m->state = TCPW_ST_SYN_SENT;
	m->iss = iss;
	m->snd_una = iss;
	m->snd_nxt = iss;
	m->snd_end = iss + 1;
	model_send_full(m, TCPW_SYN, iss);
	m->snd_nxt = iss + 1;
}

/* tcp_send_fin(), as far as it queues, behind @len octets */
static void queue_fin(struct model *m, u32 len)
{
	m->fin_queued = true;
	m->fin_len = len;
	m->snd_end = m->snd_nxt + len + 1;
}

/* tcp_write_xmit() of the FIN: snd_nxt moves once it has left */
void model_send_fin(struct model *m)
{
	if (!is_live(m) || !m->fin_queued || m->fin_sent)
		return;
	model_send_octets(m, TCPW_FIN | TCPW_ACK, m->snd_nxt, m->fin_len);
	m->snd_nxt = m->snd_end;
	m->fin_sent = true;
}

void model_send_ack(struct model *m)
{
	if (is_live(m) && m->state != TCPW_ST_SYN_SENT)
		model_full_acks(m);
}

void model_send_data(struct model *m, u32 len)
{
	if (!is_live(m) || m->fin_queued ||
	    (m->state != TCPW_ST_ESTABLISHED && m->state != TCPW_ST_CLOSE_WAIT))
		return;
	m->snd_end += len;
	model_send_octets(m, TCPW_ACK, m->snd_nxt, len);
	m->snd_nxt = m->snd_end;
}

/*
 * tcp_close_state(), with the socket owned; the FIN is queued behind @len
 * octets and leaves with them, at once with @send.
 */
void model_shutdown(struct model *m, u32 len, bool send)
{
	switch (m->state) {
	case TCPW_ST_SYN_RECV:
		if (!m->child_waits)
			return;
		model_set_state(m, TCPW_ST_FIN_WAIT1);
		break;
	case TCPW_ST_ESTABLISHED:
		model_set_state(m, TCPW_ST_FIN_WAIT1);
		break;
	case TCPW_ST_CLOSE_WAIT:
		model_set_state(m, TCPW_ST_LAST_ACK);
		break;
	default:
		return;
	}
	queue_fin(m, len);
	if (send)
		model_send_fin(m);
}

/* tcp_disconnect(), or tcp_close() with unread data: RST from CLOSE */
void model_abort(struct model *m, bool unread)
{
	u32 seq = m->snd_nxt;
	u8 was = m->state;

	if (unread)
		m->unread += 5;
	model_set_state(m, TCPW_ST_CLOSE);
	m->orphan = true;
	if (was == TCPW_ST_ESTABLISHED || was == TCPW_ST_CLOSE_WAIT ||
	    was == TCPW_ST_FIN_WAIT1 || was == TCPW_ST_FIN_WAIT2)
		model_send_full(m, TCPW_RST | TCPW_ACK, seq);
}

/* __tcp_close(), with the socket owned; the caller releases it */
void model_close(struct model *m)
{
	if (m->state == TCPW_ST_SYN_SENT)
		model_set_state(m, TCPW_ST_CLOSE);
	else
		model_shutdown(m, 0, model_chooses(85));
	m->orphan = true;
	model_serve_backlog(m);
	if (m->dead || m->state != TCPW_ST_FIN_WAIT2)
		return;
	model_lock_bh(m);
	if (model_chooses(80)) {
		model_time_wait(m, TCPW_ST_FIN_WAIT2);
	} else { /* TCP_LINGER2 < 0 */
		model_set_state(m, TCPW_ST_CLOSE);
		model_send_full(m, TCPW_RST | TCPW_ACK, m->snd_nxt);
	}
	model_unlock_bh(m);
}

/* tcp_retransmit_timer(), reqsk_timer_handler(), with nobody else there */
void model_retransmit(struct model *m)
{
	if (m->kind == TCPW_VIEW_REQ) {
		model_send_synack(m);
		return;
	}
	if (!is_live(m))
		return;
	model_begin_softirq(m);
	if (m->state == TCPW_ST_SYN_SENT)
		model_send_full(m, TCPW_SYN, m->iss);
	else if (m->state == TCPW_ST_SYN_RECV)
		model_send_full(m, TCPW_SYN | TCPW_ACK, m->iss);
	else if (m->fin_sent && m->snd_una != m->snd_end)
		model_send_octets(m, TCPW_FIN | TCPW_ACK,
				  m->snd_end - 1 - m->fin_len, m->fin_len);
	model_end_softirq(m);
}

/* What was queued before our FIN has left. */
void model_transmit(struct model *m)
{
	model_begin_softirq(m);
	model_send_fin(m);
	model_end_softirq(m);
}

/* tcp_write_err(), tcp_v4_err(), tcp_abort(): it ends without a segment */
void model_gives_up(struct model *m, u16 err)
{
	model_begin_softirq(m);
	m->err = err;
	model_done(m);
	model_end_softirq(m);
}

/* tcp_abort(), tcp_keepalive_timer() that gives up: RST, then CLOSE */
void model_destroy(struct model *m)
{
	if (!is_live(m)) {
		model_lock_bh(m);
		if (m->kind == TCPW_VIEW_TW)
			model_kill_tw(m, false);
		else if (m->kind == TCPW_VIEW_REQ)
			model_drop_req(m, false);
		model_unlock_bh(m);
		return;
	}
	m->owned = true;
	m->err = ECONNABORTED;
	model_lock_bh(m);
	if (m->state != TCPW_ST_SYN_SENT && m->state != TCPW_ST_CLOSING &&
	    m->state != TCPW_ST_LAST_ACK)
		model_send_full(m, TCPW_RST | TCPW_ACK, m->snd_nxt);
	model_done(m);
	model_unlock_bh(m);
	model_release(m);
}

/* tcp_keepalive_timer() of an orphan: RST in FIN-WAIT-2, then CLOSE */
static void orphan_times_out(struct model *m)
{
	m->armed = false;
	model_send_full(m, TCPW_RST | TCPW_ACK, m->snd_nxt);
	model_done(m);
}

/* What waits for a time that has come. */
void model_timer(struct model *m)
{
	model_begin_softirq(m);
	if (m->kind == TCPW_VIEW_REQ)
		model_drop_req(m, true);
	else if (m->kind == TCPW_VIEW_TW && !m->tw_dying)
		model_kill_tw(m, true);
	else if (is_live(m) && m->armed && m->orphan &&
		 m->state == TCPW_ST_FIN_WAIT2)
		orphan_times_out(m);
	model_end_softirq(m);
}
