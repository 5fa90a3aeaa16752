// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's side of one tuple: request and timewait sockets,
 * tcp_minisocks.c, and listeners.
 */
#include "model_parts.h"
#include "core/seq.h"

/* --- a request socket --- */

/* inet_csk_reqsk_queue_drop() */
void model_drop_req(struct model *m, bool due)
{
	if (!m->dry)
		model_hints(m, due);
	model_pause(m);
	m->kind = TCPW_VIEW_NONE;
	model_pause(m);
}

/* tcp_v4_syn_recv_sock(), tcp_child_process() */
static void become_full(struct model *m, const struct tcpw_seg *seg)
{
	m->state = TCPW_ST_SYN_RECV;
	m->dead = false;
	m->owned = false;
	m->orphan = false;
	m->armed = false;
	m->child_waits = false;
	m->child = true;
	m->err = 0;
	m->snd_una = m->iss + 1;
	m->snd_nxt = m->snd_una;
	m->snd_end = m->snd_una;
	m->rcv_wup = m->rcv_nxt;
	model_replace(m, TCPW_VIEW_FULL);
	model_rcv_full(m, seg);
}

/* tcp_check_req() */
void model_rcv_req(struct model *m, const struct tcpw_seg *seg)
{
	bool rst = seg->flags & TCPW_RST, syn = seg->flags & TCPW_SYN;
	bool ack = seg->flags & TCPW_ACK;

	if (seg->seq == m->irs && syn && !ack && !rst) {
		model_send_synack(m);
		return;
	}
	if (ack && seg->ack != m->iss + 1) {
		model_reply_rst(m, seg);
		return;
	}
	if (!model_in_window(m, seg)) {
		if (!rst)
			model_reply_ack(m);
		return;
	}
	if (rst && seg->seq != m->rcv_nxt) {
		model_reply_ack(m);
		return;
	}
	if (rst || (syn && seg->seq != m->irs)) {
		model_reply_rst(m, seg);
		model_drop_req(m, false);
		return;
	}
	if (!ack)
		return;
	if (m->full)
		return;
	become_full(m, seg);
}

/* --- a timewait socket --- */

void model_unhash_tw(struct model *m)
{
	m->kind = TCPW_VIEW_NONE;
	m->tw_dying = false;
	model_pause(m);
}

/*
 * inet_twsk_kill(): the CPU of a full socket that is not over yet may be faster
 * than this one; what is left is done after it then.
 */
void model_kill_tw(struct model *m, bool due)
{
	unsigned int life = m->life;

	m->tw_dying = true;
	if (!m->dry)
		model_hints(m, due);
	model_pause(m);
	if (m->life != life) /* connect() has taken it out */
		return;
	if (m->dry || !m->replaced || model_chooses(50))
		model_unhash_tw(m);
}

static void restart_tw(struct model *m)
{
	m->tw_until = model_now() + TIME_WAIT_NS;
}

/* tcp_timewait_state_process(), with substate FIN-WAIT-2 */
static void rcv_tw_fin_wait2(struct model *m, const struct tcpw_seg *seg)
{
	u32 end = tcpw_seg_end(seg);

	if (!model_in_window(m, seg)) {
		model_reply_ack(m);
		return;
	}
	if (seg->flags & TCPW_RST) {
		model_kill_tw(m, false);
		return;
	}
	if (seg->flags & TCPW_SYN && !tcpw_seq_before(seg->seq, m->rcv_nxt)) {
		model_reply_rst(m, seg);
		model_kill_tw(m, false);
		return;
	}
	if (!(seg->flags & TCPW_ACK) || !tcpw_seq_after(end, m->rcv_nxt) ||
	    end == seg->seq)
		return;
	if (!(seg->flags & TCPW_FIN) || end != m->rcv_nxt + 1) {
		model_reply_rst(m, seg);
		model_kill_tw(m, false);
		return;
	}
	m->tw_made++;
	m->tw_state = TCPW_ST_TIME_WAIT;
	m->rcv_nxt = end;
	restart_tw(m);
	model_reply_ack(m);
}

/* The ISN of a connection that a timewait socket gives way to. */
u32 model_tw_isn(const struct model *m)
{
	u32 isn = m->snd_nxt + 65535 + 2;

	return isn ? isn : 1;
}

/* True where a listener is to have the SYN, the timewait socket being gone */
bool model_rcv_tw(struct model *m, const struct tcpw_seg *seg)
{
	const u8 bits = seg->flags & (TCPW_SYN | TCPW_RST | TCPW_ACK);
	unsigned int life;
	u32 isn;

	if (m->tw_dying)
		return false;
	if (m->tw_state == TCPW_ST_FIN_WAIT2) {
		rcv_tw_fin_wait2(m, seg);
		return false;
	}
	if (seg->seq == m->rcv_nxt &&
	    (seg->flags & TCPW_RST || !tcpw_seg_space(seg))) {
		if (seg->flags & TCPW_RST)
			model_kill_tw(m, false);
		else
			restart_tw(m);
		return false;
	}
	if (bits == TCPW_SYN && tcpw_seq_after(seg->seq, m->rcv_nxt) &&
	    m->listens && !m->owned && !m->replaced) {
		isn = model_tw_isn(m);
		life = m->life;
		model_kill_tw(m, false);
		if (m->life != life)
			return false;
		m->tw_isn = isn;
		return true;
	}
	if (seg->flags & TCPW_RST)
		return false;
	if (seg->flags & TCPW_ACK)
		restart_tw(m);
	model_reply_ack(m);
	return false;
}

/* --- no socket --- */

/* Another connection of the tuple. */
void model_anew(struct model *m)
{
	const struct model old = *m;

	model_init(m);
	m->life = old.life + 1;
	m->dry = old.dry;
	m->listens = old.listens;
	m->full = old.full;
	m->cookies = old.cookies;
	m->spent = old.spent;
	m->spent_irs = old.spent_irs;
	m->fastopens = old.fastopens;
	m->tw_none = old.tw_none;
	m->tw_made = old.tw_made;
	m->tw_denied = old.tw_denied;
	m->resets = old.resets;
	m->tw_reused = old.tw_reused;
	m->tw_reopened = old.tw_reopened;
	m->locked = old.locked;
	m->softirq = old.softirq;
	m->serving = old.serving;
}

/* A cookie: what comes tells it again */
static u32 cookie_of(u32 irs)
{
	return irs * 2654435761U + 12345;
}

static void begin_passive(struct model *m, u32 irs, u32 taken)
{
	u32 isn = m->tw_isn;

	model_anew(m);
	m->tw_reopened += isn != 0;
	m->irs = irs;
	m->rcv_nxt = irs + 1 + taken;
	m->rcv_wup = m->rcv_nxt;
	m->iss = isn ? isn : cookie_of(irs);
	if (!isn && !m->cookies)
		m->iss += model_now();
	m->snd_una = m->iss;
	m->snd_nxt = m->iss + 1;
	m->snd_end = m->snd_nxt;
}

/* tcp_try_fastopen(): a child with data, before its SYN,ACK has left */
static void open_fast(struct model *m, const struct tcpw_seg *seg)
{
	begin_passive(m, seg->seq, seg->len);
	m->kind = TCPW_VIEW_FULL;
	m->state = TCPW_ST_SYN_RECV;
	m->snd_una = m->iss + 1;
	m->child_waits = true;
	m->unread = seg->len;
	model_pause(m);
	model_send_full(m, TCPW_SYN | TCPW_ACK, m->iss);
}

/* tcp_conn_request(): the request is in the hash before its SYN,ACK leaves */
void model_rcv_listen(struct model *m, const struct tcpw_seg *seg)
{
	bool cookie;

	if (seg->len && m->fastopens) {
		open_fast(m, seg);
		return;
	}
	cookie = m->cookies && !m->tw_isn;
	begin_passive(m, seg->seq, 0);
	if (cookie) {
		model_reply(m, TCPW_SYN | TCPW_ACK, m->iss, m->rcv_nxt);
		return;
	}
	m->kind = TCPW_VIEW_REQ;
	model_pause(m);
	model_send_synack(m);
}

/*
 * cookie_v4_check(), but that it would take the same cookie again, for minutes.
 * The second connection has the numbers of the first then, and an old ACK of
 * the first one's FIN, which our hook lets pass, acknowledges the second's.
 */
static bool is_cookie(const struct model *m, const struct tcpw_seg *seg)
{
	return m->listens && m->cookies && !m->owned &&
	       (seg->flags & (TCPW_SYN | TCPW_RST | TCPW_ACK)) == TCPW_ACK &&
	       seg->ack == cookie_of(seg->seq - 1) + 1 &&
	       !(m->spent && seg->seq - 1 == m->spent_irs);
}

void model_rcv_none(struct model *m, const struct tcpw_seg *seg)
{
	const u8 bits = seg->flags & (TCPW_SYN | TCPW_RST | TCPW_ACK);

	if (bits == TCPW_SYN && m->listens && !m->owned) {
		model_rcv_listen(m, seg);
	} else if (is_cookie(m, seg)) {
		begin_passive(m, seg->seq - 1, 0);
		m->spent = true;
		m->spent_irs = m->irs;
		become_full(m, seg);
	} else {
		model_reply_rst(m, seg);
	}
}
