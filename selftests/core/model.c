// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's side of one tuple; each function names the one of the kernel
 * that it stands for.  Where the kernel lets go of a lock, or has told half of
 * what it does, elsewhere() lets the other CPUs look.
 */
#include "model.h"
#include "seq.h"

#define TIME_WAIT_NS 60000000000ULL

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

static void tell_elsewhere(const struct model *m)
{
	if (!m->dry)
		elsewhere();
}

/* tcp_set_state(): a socket in CLOSE leaves the hash, is told of, is in it */
static void set_state(struct model *m, u8 state)
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
	tell_elsewhere(m);
	m->entering = TCPW_ST_NONE;
	m->state = state;
	tell_elsewhere(m);
}

/* bh_lock_sock(): no grace period ends before it is let go of */
static void lock_bh(struct model *m)
{
	m->locked = true;
	if (!m->dry)
		model_reads(true);
}

static void unlock_bh(struct model *m)
{
	if (!m->dry)
		model_reads(false);
	m->locked = false;
}

static void serve_softirq(struct model *m)
{
	lock_bh(m);
	m->softirq = true;
}

static void end_softirq(struct model *m)
{
	m->softirq = false;
	unlock_bh(m);
}

/* The moment in which a look-up finds neither the old socket nor the new */
static void replace(struct model *m, u8 kind)
{
	if (!m->dry)
		model_reads(true);
	m->hidden = true;
	tell_elsewhere(m);
	m->hidden = false;
	m->kind = kind;
	tell_elsewhere(m);
	if (!m->dry)
		model_reads(false);
}

static void send_seg(const struct model *m, u8 flags, u32 seq, u32 ack,
		     u32 len, const struct tcpw_view *sender)
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
static void send_octets(struct model *m, u8 flags, u32 seq, u32 len)
{
	struct tcpw_view view = {};

	view_full(m, &view);
	if (flags & TCPW_ACK)
		m->rcv_wup = m->rcv_nxt;
	send_seg(m, flags, seq, m->rcv_nxt, len, &view);
}

static void send_full(struct model *m, u8 flags, u32 seq)
{
	send_octets(m, flags, seq, 0);
}

/* tcp_send_ack(), tcp_send_challenge_ack(), tcp_send_dupack() */
static void send_ack(struct model *m)
{
	send_full(m, TCPW_ACK, m->snd_nxt);
}

/* tcp_v4_send_reset(), and the ACKs of those that have no full socket */
static void reply(const struct model *m, u8 flags, u32 seq, u32 ack)
{
	static const struct tcpw_view none;

	send_seg(m, flags, seq, ack, 0, &none);
}

static void reply_rst(const struct model *m, const struct tcpw_seg *to)
{
	if (to->flags & TCPW_RST)
		return;
	if (to->flags & TCPW_ACK)
		reply(m, TCPW_RST, to->ack, 0);
	else
		reply(m, TCPW_RST | TCPW_ACK, 0, tcpw_seg_end(to));
}

static void reply_ack(const struct model *m)
{
	reply(m, TCPW_ACK, m->snd_nxt, m->rcv_nxt);
}

/* --- ends --- */

/* tcp_done() */
static void done(struct model *m)
{
	set_state(m, TCPW_ST_CLOSE);
}

/* tcp_time_wait(): the timewait socket is there when the full one is done */
static void time_wait(struct model *m, u8 substate)
{
	if (m->tw_none) {
		done(m);
		return;
	}
	m->tw_made += substate == TCPW_ST_TIME_WAIT;
	m->tw_state = substate;
	m->tw_dying = false;
	m->tw_until = model_now() + TIME_WAIT_NS;
	replace(m, TCPW_VIEW_TW);
	done(m);
}

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
	done(m);
}

/* --- a full socket --- */

/* tcp_in_window() */
static bool in_window(const struct model *m, const struct tcpw_seg *seg)
{
	u32 end = tcpw_seg_end(seg), right = m->rcv_nxt + MODEL_WND;

	return seg->seq == m->rcv_nxt ||
	       (tcpw_seq_after(end, m->rcv_nxt) &&
		tcpw_seq_before(seg->seq, right)) ||
	       (seg->seq == right && seg->seq == end);
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
			send_ack(m);
		else if (is_late_rst(m, seg))
			reset(m);
		return false;
	}
	if (rst) {
		if (seg->seq == m->rcv_nxt || is_late_rst(m, seg))
			reset(m);
		else
			send_ack(m);
		return false;
	}
	if (!syn)
		return true;
	if (m->state == TCPW_ST_SYN_RECV && !m->child && seg->flags & TCPW_ACK &&
	    seg->seq + 1 == tcpw_seg_end(seg) && seg->seq + 1 == m->rcv_nxt &&
	    seg->ack == m->snd_nxt)
		return true; /* simultaneous open */
	send_ack(m);
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
			reply_rst(m, seg);
		else if (m->state != TCPW_ST_ESTABLISHED)
			send_ack(m);
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
		set_state(m, TCPW_ST_CLOSE_WAIT);
		break;
	case TCPW_ST_FIN_WAIT1:
		send_ack(m);
		set_state(m, TCPW_ST_CLOSING);
		break;
	case TCPW_ST_FIN_WAIT2:
		send_ack(m);
		time_wait(m, TCPW_ST_TIME_WAIT);
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
		send_ack(m);
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
	set_state(m, TCPW_ST_FIN_WAIT2);
	if (!m->orphan)
		return true;
	if (brings_data(m, seg)) {
		done(m);
		reply_rst(m, seg);
		return false;
	}
	if (seg->flags & TCPW_FIN || m->owned) {
		m->armed = true;
		return true;
	}
	time_wait(m, TCPW_ST_FIN_WAIT2);
	return false;
}

/* The ACK is taken: false where the socket is over */
static bool move_by_ack(struct model *m, const struct tcpw_seg *seg)
{
	bool all = m->snd_una == m->snd_end;

	switch (m->state) {
	case TCPW_ST_SYN_RECV:
		set_state(m, TCPW_ST_ESTABLISHED);
		return true;
	case TCPW_ST_FIN_WAIT1:
		return !all || our_fin_acked(m, seg);
	case TCPW_ST_CLOSING:
		if (all)
			time_wait(m, TCPW_ST_TIME_WAIT);
		return !all;
	case TCPW_ST_LAST_ACK:
		if (all)
			done(m);
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
		reply_rst(m, seg);
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
		set_state(m, TCPW_ST_ESTABLISHED);
		send_ack(m);
	} else {
		set_state(m, TCPW_ST_SYN_RECV);
		send_full(m, TCPW_SYN | TCPW_ACK, m->iss);
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
		send_full(m, TCPW_SYN | TCPW_ACK, m->iss);
		return false;
	}
	if (!in_window(m, seg)) {
		if (!(bits & TCPW_RST))
			reply_ack(m);
		return false;
	}
	if (bits & TCPW_RST) {
		if (seg->seq == m->rcv_nxt)
			reset(m);
		else
			reply_ack(m);
		return false;
	}
	if (bits & TCPW_SYN && seg->seq != m->irs) {
		reply_rst(m, seg);
		return false;
	}
	return bits & TCPW_ACK;
}

/* tcp_v4_do_rcv(), tcp_rcv_state_process() */
static void rcv_full(struct model *m, const struct tcpw_seg *seg)
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
	if (m->orphan && (m->state == TCPW_ST_FIN_WAIT1 ||
			  m->state == TCPW_ST_FIN_WAIT2) &&
	    brings_data(m, seg)) {
		reset(m);
		reply_rst(m, seg);
		return;
	}
	if (m->state == TCPW_ST_CLOSE_WAIT || m->state == TCPW_ST_CLOSING ||
	    m->state == TCPW_ST_LAST_ACK)
		return; /* nothing comes after the peer's FIN */
	take_data(m, seg);
}

/* --- a request socket --- */

static void send_synack(const struct model *m)
{
	struct tcpw_view view;

	model_view(m, &view);
	send_seg(m, TCPW_SYN | TCPW_ACK, m->iss, m->rcv_nxt, 0, &view);
}

/* inet_csk_reqsk_queue_drop() */
static void drop_req(struct model *m)
{
	if (!m->dry)
		model_hints(m, false);
	tell_elsewhere(m);
	m->kind = TCPW_VIEW_NONE;
	tell_elsewhere(m);
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
	replace(m, TCPW_VIEW_FULL);
	rcv_full(m, seg);
}

/* tcp_check_req() */
static void rcv_req(struct model *m, const struct tcpw_seg *seg)
{
	bool rst = seg->flags & TCPW_RST, syn = seg->flags & TCPW_SYN;
	bool ack = seg->flags & TCPW_ACK;

	if (seg->seq == m->irs && syn && !ack && !rst) {
		send_synack(m);
		return;
	}
	if (ack && seg->ack != m->iss + 1) {
		reply_rst(m, seg);
		return;
	}
	if (!in_window(m, seg)) {
		if (!rst)
			reply_ack(m);
		return;
	}
	if (rst && seg->seq != m->rcv_nxt) {
		reply_ack(m);
		return;
	}
	if (rst || (syn && seg->seq != m->irs)) {
		reply_rst(m, seg);
		drop_req(m);
		return;
	}
	if (!ack)
		return;
	if (m->full)
		return;
	become_full(m, seg);
}

/* --- a timewait socket --- */

/* inet_twsk_kill() */
static void kill_tw(struct model *m, bool due)
{
	m->tw_dying = true;
	if (!m->dry)
		model_hints(m, due);
	tell_elsewhere(m);
	m->kind = TCPW_VIEW_NONE;
	m->tw_dying = false;
	tell_elsewhere(m);
}

static void restart_tw(struct model *m)
{
	m->tw_until = model_now() + TIME_WAIT_NS;
}

/* tcp_timewait_state_process(), with substate FIN-WAIT-2 */
static void rcv_tw_fin_wait2(struct model *m, const struct tcpw_seg *seg)
{
	u32 end = tcpw_seg_end(seg);

	if (!in_window(m, seg)) {
		reply_ack(m);
		return;
	}
	if (seg->flags & TCPW_RST) {
		kill_tw(m, false);
		return;
	}
	if (seg->flags & TCPW_SYN && !tcpw_seq_before(seg->seq, m->rcv_nxt)) {
		reply_rst(m, seg);
		kill_tw(m, false);
		return;
	}
	if (!(seg->flags & TCPW_ACK) || !tcpw_seq_after(end, m->rcv_nxt) ||
	    end == seg->seq)
		return;
	if (!(seg->flags & TCPW_FIN) || end != m->rcv_nxt + 1) {
		reply_rst(m, seg);
		kill_tw(m, false);
		return;
	}
	m->tw_made++;
	m->tw_state = TCPW_ST_TIME_WAIT;
	m->rcv_nxt = end;
	restart_tw(m);
	reply_ack(m);
}

/* True where a listener is to have the SYN, the timewait socket being gone */
static bool rcv_tw(struct model *m, const struct tcpw_seg *seg)
{
	const u8 bits = seg->flags & (TCPW_SYN | TCPW_RST | TCPW_ACK);

	if (m->tw_dying)
		return false;
	if (m->tw_state == TCPW_ST_FIN_WAIT2) {
		rcv_tw_fin_wait2(m, seg);
		return false;
	}
	if (seg->seq == m->rcv_nxt &&
	    (seg->flags & TCPW_RST || !tcpw_seg_space(seg))) {
		if (seg->flags & TCPW_RST)
			kill_tw(m, false);
		else
			restart_tw(m);
		return false;
	}
	if (bits == TCPW_SYN && tcpw_seq_after(seg->seq, m->rcv_nxt) &&
	    m->listens && !m->owned) {
		kill_tw(m, false);
		return true;
	}
	if (seg->flags & TCPW_RST)
		return false;
	if (seg->flags & TCPW_ACK)
		restart_tw(m);
	reply_ack(m);
	return false;
}

/* --- no socket --- */

/* Another connection of the tuple. */
static void anew(struct model *m)
{
	const struct model old = *m;

	model_init(m);
	m->life = old.life + 1;
	m->dry = old.dry;
	m->listens = old.listens;
	m->full = old.full;
	m->cookies = old.cookies;
	m->fastopens = old.fastopens;
	m->tw_none = old.tw_none;
	m->tw_made = old.tw_made;
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
	anew(m);
	m->irs = irs;
	m->rcv_nxt = irs + 1 + taken;
	m->rcv_wup = m->rcv_nxt;
	m->iss = cookie_of(irs);
	if (!m->cookies)
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
	tell_elsewhere(m);
	send_full(m, TCPW_SYN | TCPW_ACK, m->iss);
}

/* tcp_conn_request(): the request is in the hash before its SYN,ACK leaves */
static void listen_rcv(struct model *m, const struct tcpw_seg *seg)
{
	if (seg->len && m->fastopens) {
		open_fast(m, seg);
		return;
	}
	begin_passive(m, seg->seq, 0);
	if (m->cookies) {
		reply(m, TCPW_SYN | TCPW_ACK, m->iss, m->rcv_nxt);
		return;
	}
	m->kind = TCPW_VIEW_REQ;
	tell_elsewhere(m);
	send_synack(m);
}

/* cookie_v4_check() */
static bool is_cookie(const struct model *m, const struct tcpw_seg *seg)
{
	return m->listens && m->cookies && !m->owned &&
	       (seg->flags & (TCPW_SYN | TCPW_RST | TCPW_ACK)) == TCPW_ACK &&
	       seg->ack == cookie_of(seg->seq - 1) + 1;
}

static void rcv_none(struct model *m, const struct tcpw_seg *seg)
{
	const u8 bits = seg->flags & (TCPW_SYN | TCPW_RST | TCPW_ACK);

	if (bits == TCPW_SYN && m->listens && !m->owned) {
		listen_rcv(m, seg);
	} else if (is_cookie(m, seg)) {
		begin_passive(m, seg->seq - 1, 0);
		become_full(m, seg);
	} else {
		reply_rst(m, seg);
	}
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

/* Can a segment be handed over now, or does its CPU have to wait? */
bool model_can_take(const struct model *m)
{
	if (m->locked)
		return false;
	return m->kind != TCPW_VIEW_FULL || !m->owned ||
	       m->waiting < MODEL_BACKLOG;
}

static void serve(struct model *m, const struct tcpw_seg *seg)
{
	switch (m->kind) {
	case TCPW_VIEW_FULL:
		rcv_full(m, seg);
		break;
	case TCPW_VIEW_REQ:
		rcv_req(m, seg);
		break;
	case TCPW_VIEW_TW:
		if (rcv_tw(m, seg))
			listen_rcv(m, seg);
		break;
	default:
		rcv_none(m, seg);
	}
}

/* tcp_v4_rcv() */
void model_arrives(struct model *m, const struct tcpw_seg *seg)
{
	if (m->kind == TCPW_VIEW_FULL && m->owned) {
		if (m->waiting < MODEL_BACKLOG)
			m->backlog[m->waiting++] = *seg;
		return;
	}
	serve_begins(m, seg);
	serve_softirq(m);
	serve(m, seg);
	end_softirq(m);
	serve_ends(m);
}

/* A copy that can be asked where the tuple gets to; it tells nobody. */
void model_predict(const struct model *m, struct model *then)
{
	*then = m->serving ? before : *m;
	then->dry = true;
	then->locked = false;
	if (m->serving)
		serve(then, &serving);
	else if (m->entering)
		set_state(then, m->entering);
	model_release(then);
}

/* lock_sock(), of a child by who has accepted it */
void model_lock(struct model *m)
{
	m->owned = true;
	m->child = false;
}

/* __release_sock(): in order, and others get on in between */
static void serve_backlog(struct model *m)
{
	struct tcpw_seg seg;

	while (m->waiting) {
		seg = m->backlog[0];
		m->waiting--;
		memmove(m->backlog, m->backlog + 1,
			m->waiting * sizeof(m->backlog[0]));
		serve_begins(m, &seg);
		rcv_full(m, &seg);
		serve_ends(m);
		tell_elsewhere(m);
	}
}

/* release_sock() */
void model_release(struct model *m)
{
	if (!m->owned)
		return;
	serve_backlog(m);
	m->owned = false;
}

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

/* tcp_v4_connect() */
void model_connect(struct model *m, u32 iss)
{
	anew(m);
	m->owned = true;
	m->kind = TCPW_VIEW_FULL;
	m->state = TCPW_ST_SYN_SENT;
	m->iss = iss;
	m->snd_una = iss;
	m->snd_nxt = iss;
	m->snd_end = iss + 1;
	send_full(m, TCPW_SYN, iss);
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
	send_octets(m, TCPW_FIN | TCPW_ACK, m->snd_nxt, m->fin_len);
	m->snd_nxt = m->snd_end;
	m->fin_sent = true;
}

void model_send_ack(struct model *m)
{
	if (is_live(m) && m->state != TCPW_ST_SYN_SENT)
		send_ack(m);
}

void model_send_data(struct model *m, u32 len)
{
	if (!is_live(m) || m->fin_queued ||
	    (m->state != TCPW_ST_ESTABLISHED && m->state != TCPW_ST_CLOSE_WAIT))
		return;
	m->snd_end += len;
	send_octets(m, TCPW_ACK, m->snd_nxt, len);
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
		set_state(m, TCPW_ST_FIN_WAIT1);
		break;
	case TCPW_ST_ESTABLISHED:
		set_state(m, TCPW_ST_FIN_WAIT1);
		break;
	case TCPW_ST_CLOSE_WAIT:
		set_state(m, TCPW_ST_LAST_ACK);
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
	set_state(m, TCPW_ST_CLOSE);
	m->orphan = true;
	if (was == TCPW_ST_ESTABLISHED || was == TCPW_ST_CLOSE_WAIT ||
	    was == TCPW_ST_FIN_WAIT1 || was == TCPW_ST_FIN_WAIT2)
		send_full(m, TCPW_RST | TCPW_ACK, seq);
}

/* __tcp_close(), with the socket owned; the caller releases it */
void model_close(struct model *m)
{
	if (m->state == TCPW_ST_SYN_SENT)
		set_state(m, TCPW_ST_CLOSE);
	else
		model_shutdown(m, 0, model_chooses(85));
	m->orphan = true;
	serve_backlog(m);
	if (m->dead || m->state != TCPW_ST_FIN_WAIT2)
		return;
	lock_bh(m);
	if (model_chooses(80)) {
		time_wait(m, TCPW_ST_FIN_WAIT2);
	} else { /* TCP_LINGER2 < 0 */
		set_state(m, TCPW_ST_CLOSE);
		send_full(m, TCPW_RST | TCPW_ACK, m->snd_nxt);
	}
	unlock_bh(m);
}

/* tcp_retransmit_timer(), reqsk_timer_handler(), with nobody else there */
void model_retransmit(struct model *m)
{
	if (m->kind == TCPW_VIEW_REQ) {
		send_synack(m);
		return;
	}
	if (!is_live(m))
		return;
	serve_softirq(m);
	if (m->state == TCPW_ST_SYN_SENT)
		send_full(m, TCPW_SYN, m->iss);
	else if (m->state == TCPW_ST_SYN_RECV)
		send_full(m, TCPW_SYN | TCPW_ACK, m->iss);
	else if (m->fin_sent && m->snd_una != m->snd_end)
		send_octets(m, TCPW_FIN | TCPW_ACK,
			    m->snd_end - 1 - m->fin_len, m->fin_len);
	end_softirq(m);
}

/* What was queued before our FIN has left. */
void model_transmit(struct model *m)
{
	serve_softirq(m);
	model_send_fin(m);
	end_softirq(m);
}

/* tcp_write_err(), tcp_v4_err(), tcp_abort(): it ends without a segment */
void model_gives_up(struct model *m, u16 err)
{
	serve_softirq(m);
	m->err = err;
	done(m);
	end_softirq(m);
}

/* tcp_abort(), tcp_keepalive_timer() that gives up: RST, then CLOSE */
void model_destroy(struct model *m)
{
	if (!is_live(m)) {
		lock_bh(m);
		if (m->kind == TCPW_VIEW_TW)
			kill_tw(m, false);
		else if (m->kind == TCPW_VIEW_REQ)
			drop_req(m);
		unlock_bh(m);
		return;
	}
	m->owned = true;
	m->err = ECONNABORTED;
	lock_bh(m);
	if (m->state != TCPW_ST_SYN_SENT && m->state != TCPW_ST_CLOSING &&
	    m->state != TCPW_ST_LAST_ACK)
		send_full(m, TCPW_RST | TCPW_ACK, m->snd_nxt);
	done(m);
	unlock_bh(m);
	model_release(m);
}

/* tcp_keepalive_timer() of an orphan: RST in FIN-WAIT-2, then CLOSE */
static void orphan_times_out(struct model *m)
{
	m->armed = false;
	send_full(m, TCPW_RST | TCPW_ACK, m->snd_nxt);
	done(m);
}

/* What waits for a time that has come. */
void model_timer(struct model *m)
{
	serve_softirq(m);
	if (m->kind == TCPW_VIEW_REQ)
		drop_req(m);
	else if (m->kind == TCPW_VIEW_TW && !m->tw_dying)
		kill_tw(m, true);
	else if (is_live(m) && m->armed && m->orphan &&
		 m->state == TCPW_ST_FIN_WAIT2)
		orphan_times_out(m);
	end_softirq(m);
}
