// SPDX-License-Identifier: GPL-2.0
/*
 * Every connection that the case table leads to, and every state without any
 * knowledge, meets every combination of flags in both directions, at every
 * place around the window, with every kind of socket behind it.  What must
 * hold then is written from RFC 9293, RFC 5961 and the kernel's own checks.
 */
#include <stdlib.h>

#include "core.h"
#include "core/seq.h"
#include "tests/fsm_run.h"

#define CONNS_MAX 2000
#define WALK_OUT 0x10000000 /* our ISN */
#define WALK_IN 0x20000000  /* the peer's */

static struct tcpw_conn conns[CONNS_MAX];
static size_t nconns;

static struct always always;
static struct prop refused;
static struct prop shifted;
static struct prop asked;
static struct rng rng = { 0x7c0ffee1 };

/* --- connections to start from --- */

static bool same_conn(const struct tcpw_conn *a, const struct tcpw_conn *b)
{
	return a->isn_out == b->isn_out && a->isn_in == b->isn_in &&
	       a->snd_nxt == b->snd_nxt && a->rcv_nxt == b->rcv_nxt &&
	       a->flags == b->flags && a->state == b->state;
}

static void add_conn(const struct tcpw_conn *c, const struct tcpw_fx *fx)
{
	size_t i;

	(void)fx;
	for (i = 0; i < nconns; i++)
		if (same_conn(&conns[i], c))
			return;
	if (nconns == CONNS_MAX)
		abort();
	conns[nconns++] = *c;
}

static void collect_conns(void)
{
	struct fsm_run run = {
		.base_out = WALK_OUT,
		.base_in = WALK_IN,
		.seen = add_conn,
	};
	struct fsm_fault fault;
	struct tcpw_conn c;
	size_t i;
	u8 state;

	for (state = TCPW_ST_ESTABLISHED; state < TCPW_ST_MAX; state++) {
		tcpw_fsm_init(&c);
		c.state = state;
		add_conn(&c, NULL);
	}
	for (i = 0; i < ARRAY_SIZE(fsm_cases); i++)
		fsm_run_case(&fsm_cases[i], &run, &fault);
}

/* --- what may move the state, by the documents and the kernel --- */

static bool known(const struct shot *s, u16 flag)
{
	return s->before.flags & flag;
}

/* tcp_reset_check(): a RST at the number of the FIN that was taken */
static bool after_peers_fin(const struct shot *s)
{
	return s->before.state == TCPW_ST_CLOSE_WAIT ||
	       s->before.state == TCPW_ST_LAST_ACK ||
	       s->before.state == TCPW_ST_CLOSING;
}

/* RFC 9293 3.10.7.3 */
static bool may_move_syn_sent(const struct shot *s)
{
	bool good_ack =
		s->seg.flags & TCPW_ACK &&
		tcpw_seq_acks(s->seg.ack, s->before.isn_out, s->before.snd_nxt);

	if (s->seg.flags & TCPW_RST)
		return good_ack;
	if (!(s->seg.flags & TCPW_SYN))
		return false;
	return good_ack || !(s->seg.flags & TCPW_ACK);
}

/* RFC 5961 3.2 with what tcp_validate_incoming() and a timewait socket add */
static bool may_reset(const struct shot *s)
{
	const struct tcpw_view *v = &s->view;
	u32 seq = s->seg.seq;
	u32 nxt = v->kind == TCPW_VIEW_NONE ? s->before.rcv_nxt : v->rcv_nxt;

	if (v->kind == TCPW_VIEW_NONE && !known(s, TCPW_CF_RCV_NXT))
		return false;
	if (v->kind == TCPW_VIEW_TW && v->state == TCPW_ST_FIN_WAIT2)
		return seq == nxt || (tcpw_seq_after(seq, nxt) &&
				      !tcpw_seq_after(seq, v->rcv_end));
	if (v->kind == TCPW_VIEW_TW)
		return seq == nxt && !v->rfc1337;
	return seq == nxt || (seq == nxt - 1 && after_peers_fin(s));
}

/* Only the SYN,ACK that answers a crossing SYN; any other is challenged. */
/* tcp_in_window() */
static bool in_window(u32 seq, u32 end_seq, u32 s_win, u32 e_win)
{
	if (seq == s_win)
		return true;
	if (tcpw_seq_after(end_seq, s_win) && tcpw_seq_before(seq, e_win))
		return true;
	return seq == e_win && seq == end_seq;
}

static bool may_move_by_syn(const struct shot *s)
{
	const struct tcpw_view *v = &s->view;

	if (s->before.state != TCPW_ST_SYN_RECV)
		return false;
	/* another SYN in the window ends a request, see tcp_check_req() */
	if (v->kind == TCPW_VIEW_REQ && s->seg.seq != v->irs)
		return in_window(s->seg.seq, tcpw_seg_end(&s->seg), v->rcv_nxt,
				 v->rcv_end);
	return known(s, TCPW_CF_SIMOPEN) && s->seg.flags & TCPW_ACK &&
	       s->seg.seq == s->before.isn_in &&
	       tcpw_seq_acks(s->seg.ack, s->before.isn_out, s->before.snd_nxt);
}

static bool seq_ok(const struct shot *s)
{
	const struct tcpw_view *v = &s->view;
	u32 end_seq = tcpw_seg_end(&s->seg);

	switch (v->kind) {
	case TCPW_VIEW_NONE:
		return true; /* nobody can tell */
	case TCPW_VIEW_FULL: /* tcp_sequence() */
		return !tcpw_seq_before(end_seq, v->rcv_wup) &&
		       !tcpw_seq_after(s->seg.seq, v->rcv_end);
	default:
		return in_window(s->seg.seq, end_seq, v->rcv_nxt, v->rcv_end);
	}
}

static bool ack_ok(const struct shot *s)
{
	const struct tcpw_conn *c = &s->before;
	u32 hi = c->snd_nxt;

	if (c->state == TCPW_ST_SYN_RECV) {
		/* tcp_ack() takes what acknowledges nothing new, too */
		if (s->view.kind == TCPW_VIEW_FULL)
			return !tcpw_seq_before(s->seg.ack, s->view.snd_una) &&
			       !tcpw_seq_after(s->seg.ack, s->view.snd_end);
		return tcpw_seq_acks(s->seg.ack, c->isn_out, hi);
	}
	/* RFC 5961 5.2 */
	if (s->view.kind == TCPW_VIEW_FULL &&
	    tcpw_seq_before(s->seg.ack, s->view.snd_old))
		return false;
	if (known(s, TCPW_CF_FIN_OUT))
		return !tcpw_seq_after(s->seg.ack, c->snd_nxt);
	return s->view.kind != TCPW_VIEW_FULL ||
	       !tcpw_seq_after(s->seg.ack, s->view.snd_end);
}

static bool may_move(const struct shot *s)
{
	switch (s->before.state) {
	case TCPW_ST_CLOSE:
	case TCPW_ST_LISTEN:
		return false;
	case TCPW_ST_SYN_SENT:
		return may_move_syn_sent(s);
	}
	if (s->seg.flags & TCPW_RST)
		return may_reset(s);
	/* tcp_timewait_state_process() looks at no ACK there */
	if (s->before.state == TCPW_ST_FIN_WAIT2 &&
	    s->view.kind == TCPW_VIEW_TW && s->view.state == s->before.state)
		return seq_ok(s);
	if (s->seg.flags & TCPW_SYN)
		return may_move_by_syn(s);
	return s->seg.flags & TCPW_ACK && seq_ok(s) && ack_ok(s);
}

/* --- properties of one step --- */

static bool same_moves(const struct shot *a, const struct shot *b)
{
	return a->fx.n == b->fx.n && a->after.state == b->after.state &&
	       !memcmp(a->fx.step, b->fx.step, a->fx.n * sizeof(*a->fx.step));
}

static void shift_conn(struct tcpw_conn *c, u32 out, u32 in)
{
	c->isn_out += out;
	c->snd_nxt += out;
	c->isn_in += in;
	c->rcv_nxt += in;
}

static void check_shifted(const struct shot *s)
{
	u32 out = rng_u32(&rng), in = rng_u32(&rng);
	bool sent = s->seg.dir == TCPW_OUT;
	struct shot t = *s;

	shift_conn(&t.before, out, in);
	t.seg.seq += sent ? out : in;
	t.seg.ack += sent ? in : out;
	t.view.irs += in;
	t.view.rcv_nxt += in;
	t.view.rcv_wup += in;
	t.view.rcv_end += in;
	t.view.snd_una += out;
	t.view.snd_old += out;
	t.view.snd_nxt += out;
	t.view.snd_end += out;
	shoot(&t);
	shift_conn(&t.after, -out, -in);
	prop_check(&shifted,
		   same_moves(s, &t) && s->fx.bits == t.fx.bits &&
			   same_conn(&s->after, &t.after),
		   s);
}

/*
 * Where the view is not wanted, nothing moves otherwise without it: provided
 * that the socket expects what the mirror knows, as is then the case.
 */
static void check_asked(const struct shot *s)
{
	struct shot t = *s;

	if (s->seg.dir == TCPW_OUT || s->view.kind == TCPW_VIEW_NONE ||
	    tcpw_fsm_wants_view(&s->before, &s->seg))
		return;
	if (!known(s, TCPW_CF_RCV_NXT) ||
	    s->view.rcv_nxt != s->before.rcv_nxt ||
	    s->view.rcv_wup != s->before.rcv_nxt)
		return;
	memset(&t.view, 0, sizeof(t.view));
	shoot(&t);
	prop_check(&asked, same_moves(s, &t), s);
}

static void judge(struct shot *s)
{
	memset(&s->fx, 0x5a, sizeof(s->fx));
	shoot(s);
	always_check(&always, s);
	if (s->seg.dir == TCPW_IN)
		prop_check(&refused, !s->fx.n || may_move(s), s);
	check_shifted(s);
	check_asked(s);
}

/* --- the walk --- */

static void walk_flags(struct shot *s)
{
	unsigned int flags;

	for (flags = 0; flags <= TCPW_FLAGS; flags++) {
		s->seg.flags = flags;
		judge(s);
	}
}

static const u32 lens[] = { 0, 1, 500, 70000 };

static void walk_in(struct shot *s)
{
	const struct tcpw_view *v = &s->view;
	const u32 seqs[] = {
		v->rcv_wup - 1000, v->rcv_wup - 2,   v->rcv_wup - 1,
		v->rcv_wup,	   v->rcv_nxt - 1,   v->rcv_nxt,
		v->rcv_nxt + 1,	   v->rcv_nxt + 500, v->rcv_end - 1,
		v->rcv_end,	   v->rcv_end + 1,   v->rcv_nxt + 0x80000000,
		s->before.rcv_nxt, s->before.isn_in,
	};
	const u32 acks[] = {
		s->before.isn_out - 1,
		s->before.isn_out,
		s->before.isn_out + 1,
		s->before.snd_nxt - 1,
		s->before.snd_nxt,
		s->before.snd_nxt + 1,
		v->snd_end,
		v->snd_end + 1,
		s->before.snd_nxt + 0x80000000,
	};
	size_t i, j, k;

	s->seg.dir = TCPW_IN;
	for (i = 0; i < ARRAY_SIZE(seqs); i++) {
		s->seg.seq = seqs[i];
		for (j = 0; j < ARRAY_SIZE(acks); j++) {
			s->seg.ack = acks[j];
			for (k = 0; k < ARRAY_SIZE(lens); k++) {
				s->seg.len = lens[k];
				walk_flags(s);
			}
		}
	}
}

static void walk_out(struct shot *s)
{
	const u32 seqs[] = {
		s->before.isn_out,	  s->before.isn_out + 1,
		s->before.snd_nxt - 1,	  s->before.snd_nxt,
		s->before.isn_out + 9000,
	};
	const u32 acks[] = {
		s->before.rcv_nxt - 1,
		s->before.rcv_nxt,
		s->before.rcv_nxt + 1,
	};
	size_t i, j, k;

	s->seg.dir = TCPW_OUT;
	for (i = 0; i < ARRAY_SIZE(seqs); i++) {
		s->seg.seq = seqs[i];
		for (j = 0; j < ARRAY_SIZE(acks); j++) {
			s->seg.ack = acks[j];
			for (k = 0; k < ARRAY_SIZE(lens); k++) {
				s->seg.len = lens[k];
				walk_flags(s);
			}
		}
	}
}

/* A socket: what it has not acknowledged, what it has left, what it queues. */
struct socket {
	u8 kind;
	u8 state; /* 0: that of the connection */
	bool rfc1337;
	u32 unacked;
	u32 window;
	u32 unsent;
};

static const struct socket sockets[] = {
	{ .kind = TCPW_VIEW_NONE },
	{ .kind = TCPW_VIEW_FULL, .window = 1000 },
	{ .kind = TCPW_VIEW_FULL, .unacked = 300, .window = 1000, .unsent = 9 },
	{ .kind = TCPW_VIEW_FULL, .window = 0 },
	{ .kind = TCPW_VIEW_FULL, .state = TCPW_ST_CLOSE, .window = 1000 },
	{ .kind = TCPW_VIEW_REQ, .state = TCPW_ST_SYN_RECV, .window = 1000 },
	{ .kind = TCPW_VIEW_TW, .state = TCPW_ST_FIN_WAIT2, .window = 1000 },
	{ .kind = TCPW_VIEW_TW, .state = TCPW_ST_TIME_WAIT, .window = 1000 },
	{ .kind = TCPW_VIEW_TW,
	  .state = TCPW_ST_TIME_WAIT,
	  .window = 1000,
	  .rfc1337 = true },
};

/* A timewait socket says FIN-WAIT-2 or TIME-WAIT, and the mirror agrees. */
static bool can_be(const struct socket *sock, const struct tcpw_conn *c)
{
	return sock->kind != TCPW_VIEW_TW || c->state == sock->state;
}

static void walk_conn(const struct tcpw_conn *c, const struct socket *sock,
		      u32 missing)
{
	struct shot s = { .before = *c };
	struct tcpw_view *v = &s.view;

	v->kind = sock->kind;
	v->state = sock->state ? sock->state : c->state;
	v->rfc1337 = sock->rfc1337;
	v->irs = c->isn_in;
	v->rcv_nxt = c->rcv_nxt - missing;
	v->rcv_wup = v->rcv_nxt - sock->unacked;
	v->rcv_end = v->rcv_nxt + sock->window;
	v->snd_una = c->isn_out;
	v->snd_old = c->isn_out;
	v->snd_nxt = c->snd_nxt;
	v->snd_end = c->snd_nxt + sock->unsent;
	walk_in(&s);
	walk_out(&s);
}

void test_walk(void)
{
	size_t i, j;

	collect_conns();
	for (i = 0; i < nconns; i++) {
		for (j = 0; j < ARRAY_SIZE(sockets); j++) {
			if (!can_be(&sockets[j], &conns[i]))
				continue;
			walk_conn(&conns[i], &sockets[j], 0);
			/* an early FIN: the socket is behind it */
			if (conns[i].flags & TCPW_CF_FIN_EARLY)
				walk_conn(&conns[i], &sockets[j], 501);
		}
	}
	always_report(&always, "walk");
	prop_report(&refused, "walk.unacceptable_moves_nothing");
	prop_report(&shifted, "walk.numbers_count_only_relatively");
	prop_report(&asked, "walk.unwanted_view_changes_no_move");
}
