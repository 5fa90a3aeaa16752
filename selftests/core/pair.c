// SPDX-License-Identifier: GPL-2.0
/*
 * Two endpoints of a small TCP written from RFC 9293 alone talk over a wire
 * that loses nothing, while their applications open, send, half-close, close
 * and abort at random.  A mirror on each endpoint's wire must say at every
 * step what its endpoint says.
 */
#include "core.h"
#include "core/seq.h"

#define PAIR_CONNECTIONS 20000
#define PAIR_ACTIONS 60 /* of the applications, per connection */
#define PAIR_WND 1000000
#define WIRE_MAX 64

/* What is on its way to one end; nothing is sent where it is almost full. */
struct wire {
	struct tcpw_seg seg[WIRE_MAX];
	unsigned int first;
	unsigned int n;
};

/**
 * struct end - one endpoint: its TCP, and the mirror that watches it
 * @peer: the other end
 * @arriving: segments on their way here
 * @mirror: what is tested
 * @state: enum tcpw_state
 * @listens: in CLOSED and TIME-WAIT a SYN is answered
 * @passive: in SYN-RECV: out of LISTEN
 * @fin_sent: our FIN is sent
 * @ack_due: what arrived last is not acknowledged yet
 * @iss: our ISN
 * @snd_una: RFC 9293 3.3.1, as the following
 * @snd_nxt: next to send
 * @rcv_nxt: next to receive
 * @rcv_wup: last acknowledgment sent
 * @irs: the peer's ISN
 */
struct end {
	struct end *peer;
	struct wire arriving;
	struct tcpw_conn mirror;
	u8 state;
	bool listens;
	bool passive;
	bool fin_sent;
	bool ack_due;
	u32 iss;
	u32 snd_una;
	u32 snd_nxt;
	u32 rcv_nxt;
	u32 rcv_wup;
	u32 irs;
};

static struct prop agree;
static struct prop roles;
static bool reached[TCPW_ST_MAX];
static struct rng rng = { 0x9293 };

/* --- the mirror --- */

static void look(const struct end *e, struct tcpw_view *v)
{
	memset(v, 0, sizeof(*v));
	if (e->state == TCPW_ST_CLOSE)
		return;
	v->kind = TCPW_VIEW_FULL;
	if (e->state == TCPW_ST_SYN_RECV && e->passive)
		v->kind = TCPW_VIEW_REQ;
	if (e->state == TCPW_ST_TIME_WAIT)
		v->kind = TCPW_VIEW_TW;
	v->state = e->state;
	v->irs = e->irs;
	v->rcv_nxt = e->rcv_nxt;
	v->rcv_wup = e->rcv_wup;
	v->rcv_end = e->rcv_nxt + PAIR_WND;
	v->snd_una = e->snd_una;
	v->snd_old = e->iss;
	v->snd_nxt = e->snd_nxt;
	v->snd_end = e->snd_nxt;
}

static void compare(const struct end *e, const struct shot *s)
{
	enum tcpw_open role = tcpw_open_of(&e->mirror);

	reached[e->state] = true;
	prop_check(&agree, e->mirror.state == e->state, s);
	if (e->state == TCPW_ST_ESTABLISHED)
		prop_check(&roles, e->passive == (role == TCPW_OPEN_PASSIVE),
			   s);
}

static void show_mirror(struct end *e, const struct tcpw_seg *seg,
			const struct tcpw_view *view, struct shot *s)
{
	s->before = e->mirror;
	s->seg = *seg;
	s->view = *view;
	shoot(s);
	e->mirror = s->after;
}

/* --- sending --- */

static void put_on_wire(struct end *e, struct tcpw_seg *seg,
			const struct tcpw_view *sender)
{
	struct wire *w = &e->peer->arriving;
	struct shot s;

	seg->dir = TCPW_OUT;
	show_mirror(e, seg, sender, &s);
	compare(e, &s);
	w->seg[(w->first + w->n++) % WIRE_MAX] = *seg;
}

/* RFC 9293 3.10.7.1: a reset that no connection stands behind */
static void reply_reset(struct end *e, const struct tcpw_seg *seg)
{
	const struct tcpw_view nobody = { .kind = TCPW_VIEW_NONE };
	struct tcpw_seg rst = { .flags = TCPW_RST };

	if (seg->flags & TCPW_RST)
		return;
	if (seg->flags & TCPW_ACK) {
		rst.seq = seg->ack;
	} else {
		rst.flags |= TCPW_ACK;
		rst.ack = tcpw_seg_end(seg);
	}
	put_on_wire(e, &rst, &nobody);
}

static void transmit(struct end *e, u8 flags, u32 len)
{
	struct tcpw_seg seg = { .seq = e->snd_nxt, .len = len };
	struct tcpw_view view;

	seg.flags = flags;
	if (flags & TCPW_SYN)
		seg.seq = e->iss;
	if (flags & TCPW_ACK) {
		seg.ack = e->rcv_nxt;
		e->rcv_wup = e->rcv_nxt;
		e->ack_due = false;
	}
	e->snd_nxt = tcpw_seg_end(&seg);
	look(e, &view);
	put_on_wire(e, &seg, &view);
}

/* --- the applications' calls, RFC 9293 3.10.1 to 3.10.5 --- */

static void open_active(struct end *e)
{
	e->iss = e->snd_nxt + 1000 + rng_below(&rng, 1U << 28);
	e->snd_una = e->iss;
	e->fin_sent = false;
	e->ack_due = false;
	e->passive = false;
	e->state = TCPW_ST_SYN_SENT;
	transmit(e, TCPW_SYN, 0);
}

static void close_now(struct end *e)
{
	if (e->state == TCPW_ST_CLOSE_WAIT)
		e->state = TCPW_ST_LAST_ACK;
	else
		e->state = TCPW_ST_FIN_WAIT1;
	e->fin_sent = true;
	transmit(e, TCPW_FIN | TCPW_ACK,
		 rng_chance(&rng, 30) ? rng_below(&rng, 100000) : 0);
}

static void abort_now(struct end *e)
{
	struct tcpw_seg rst = { .flags = TCPW_RST | TCPW_ACK };
	struct tcpw_view view;

	rst.seq = e->snd_nxt;
	rst.ack = e->rcv_nxt;
	look(e, &view);
	view.state = TCPW_ST_CLOSE;
	e->state = TCPW_ST_CLOSE;
	put_on_wire(e, &rst, &view);
}

static bool can_send(const struct end *e)
{
	return e->state == TCPW_ST_ESTABLISHED ||
	       e->state == TCPW_ST_CLOSE_WAIT;
}

static bool can_close(const struct end *e)
{
	return can_send(e) || (e->state == TCPW_ST_SYN_RECV && !e->passive);
}

static bool can_abort(const struct end *e)
{
	return e->state != TCPW_ST_CLOSE && e->state != TCPW_ST_SYN_SENT &&
	       e->state != TCPW_ST_TIME_WAIT &&
	       !(e->state == TCPW_ST_SYN_RECV && e->passive);
}

static bool is_quiet(const struct end *e)
{
	return !e->arriving.n && !e->peer->arriving.n;
}

/* The socket goes away without a segment: the mirror cannot know. */
static void vanish(struct end *e)
{
	e->state = TCPW_ST_CLOSE;
	e->mirror.state = TCPW_ST_CLOSE;
}

static void application(struct end *e)
{
	if (e->peer->arriving.n > WIRE_MAX / 2)
		return;
	switch (rng_below(&rng, 10)) {
	case 0:
	case 1:
		/* no old segments may be left over for the new connection */
		if (e->state == TCPW_ST_CLOSE &&
		    (is_quiet(e) || e->peer->state == TCPW_ST_SYN_SENT))
			open_active(e);
		else if (e->state == TCPW_ST_TIME_WAIT && is_quiet(e) &&
			 e->peer->state == TCPW_ST_CLOSE)
			open_active(e);
		break;
	case 2:
	case 3:
	case 4:
		if (can_send(e))
			transmit(e, TCPW_ACK | TCPW_PSH,
				 1 + rng_below(&rng, 3000));
		break;
	case 5:
		if (can_close(e))
			close_now(e);
		break;
	case 6:
		if (can_abort(e) && rng_chance(&rng, 20))
			abort_now(e);
		else if (e->state == TCPW_ST_SYN_SENT && rng_chance(&rng, 10))
			vanish(e);
		break;
	default:
		if (e->ack_due)
			transmit(e, TCPW_ACK, 0);
	}
}

/* --- a segment arrives, RFC 9293 3.10.7 --- */

static void answer_syn(struct end *e, const struct tcpw_seg *seg)
{
	e->irs = seg->seq;
	e->rcv_nxt = seg->seq + 1;
	e->state = TCPW_ST_SYN_RECV;
	transmit(e, TCPW_SYN | TCPW_ACK, 0);
}

static void accept_syn(struct end *e, const struct tcpw_seg *seg)
{
	e->iss = e->snd_nxt + 1000 + rng_below(&rng, 1U << 28);
	e->snd_una = e->iss;
	e->fin_sent = false;
	e->passive = true;
	answer_syn(e, seg);
}

static void arrive_closed(struct end *e, const struct tcpw_seg *seg)
{
	if (e->listens && seg->flags == TCPW_SYN)
		accept_syn(e, seg);
	else
		reply_reset(e, seg);
}

static void arrive_syn_sent(struct end *e, const struct tcpw_seg *seg)
{
	if (seg->flags & TCPW_ACK &&
	    !tcpw_seq_acks(seg->ack, e->iss, e->snd_nxt)) {
		reply_reset(e, seg);
		return;
	}
	if (seg->flags & TCPW_RST) {
		if (seg->flags & TCPW_ACK)
			e->state = TCPW_ST_CLOSE;
		return;
	}
	if (!(seg->flags & TCPW_SYN))
		return;
	if (!(seg->flags & TCPW_ACK)) {
		answer_syn(e, seg);
		return;
	}
	e->irs = seg->seq;
	e->rcv_nxt = seg->seq + 1;
	e->rcv_wup = e->rcv_nxt;
	e->snd_una = seg->ack;
	e->state = TCPW_ST_ESTABLISHED;
	transmit(e, TCPW_ACK, 0);
}

/*
 * "Fifth, check the ACK field", false where the segment is dropped.  Nothing
 * is sent here: what the segment does is one step.
 */
static bool take_ack(struct end *e, const struct tcpw_seg *seg)
{
	bool all;

	if (!(seg->flags & TCPW_ACK) || tcpw_seq_after(seg->ack, e->snd_nxt))
		return false;
	if (e->state == TCPW_ST_SYN_RECV) {
		if (!tcpw_seq_acks(seg->ack, e->snd_una, e->snd_nxt))
			return false;
		e->state = TCPW_ST_ESTABLISHED;
	}
	if (tcpw_seq_after(seg->ack, e->snd_una))
		e->snd_una = seg->ack;
	all = e->fin_sent && e->snd_una == e->snd_nxt;
	if (all && e->state == TCPW_ST_FIN_WAIT1)
		e->state = TCPW_ST_FIN_WAIT2;
	else if (all && e->state == TCPW_ST_CLOSING)
		e->state = TCPW_ST_TIME_WAIT;
	else if (all && e->state == TCPW_ST_LAST_ACK)
		e->state = TCPW_ST_CLOSE;
	return e->state != TCPW_ST_CLOSE;
}

/* "Eighth, check the FIN bit" */
static void take_fin(struct end *e)
{
	switch (e->state) {
	case TCPW_ST_SYN_RECV:
	case TCPW_ST_ESTABLISHED:
		e->state = TCPW_ST_CLOSE_WAIT;
		break;
	case TCPW_ST_FIN_WAIT1:
		e->state = TCPW_ST_CLOSING;
		break;
	case TCPW_ST_FIN_WAIT2:
		e->state = TCPW_ST_TIME_WAIT;
		break;
	}
}

static void arrive_otherwise(struct end *e, const struct tcpw_seg *seg)
{
	bool is_next = seg->seq == e->rcv_nxt;

	/* figure 7: the SYN of a SYN,ACK that answers ours is old */
	if (e->state == TCPW_ST_SYN_RECV && seg->seq == e->irs &&
	    seg->flags == (TCPW_SYN | TCPW_ACK)) {
		take_ack(e, seg);
		return;
	}
	if (seg->flags & TCPW_RST) {
		/* Linux has no connection yet, and reads the ACK first */
		if (is_next &&
		    !(e->state == TCPW_ST_SYN_RECV && e->passive &&
		      seg->flags & TCPW_ACK && seg->ack != e->iss + 1))
			e->state = TCPW_ST_CLOSE;
		return;
	}
	if (seg->flags & TCPW_SYN || !is_next) {
		e->ack_due = true;
		return;
	}
	if (!take_ack(e, seg))
		return;
	if (!tcpw_seg_space(seg))
		return;
	e->rcv_nxt = tcpw_seg_end(seg);
	e->ack_due = true;
	if (seg->flags & TCPW_FIN)
		take_fin(e);
}

/* MAY accept a new SYN with a larger ISN, 3.10.7.4 */
static bool reopens(const struct end *e, const struct tcpw_seg *seg)
{
	return e->state == TCPW_ST_TIME_WAIT && e->listens &&
	       seg->flags == TCPW_SYN && tcpw_seq_after(seg->seq, e->rcv_nxt);
}

static void arrive(struct end *e, const struct tcpw_seg *seg)
{
	if (e->state == TCPW_ST_CLOSE)
		arrive_closed(e, seg);
	else if (e->state == TCPW_ST_SYN_SENT)
		arrive_syn_sent(e, seg);
	else if (reopens(e, seg))
		accept_syn(e, seg);
	else
		arrive_otherwise(e, seg);
}

static void deliver(struct end *e)
{
	struct wire *w = &e->arriving;
	struct tcpw_view view;
	struct tcpw_seg seg;
	struct shot s;

	if (!w->n)
		return;
	seg = w->seg[w->first];
	seg.dir = TCPW_IN;
	w->first = (w->first + 1) % WIRE_MAX;
	w->n--;
	look(e, &view);
	if (!tcpw_fsm_wants_view(&e->mirror, &seg))
		memset(&view, 0, sizeof(view));
	/* the wire is seen before the endpoint is, its answers after */
	show_mirror(e, &seg, &view, &s);
	arrive(e, &seg);
	compare(e, &s);
}

/* --- the exchange --- */

static void one_thing(struct end *a, struct end *b)
{
	struct end *e = rng_chance(&rng, 50) ? a : b;

	if (rng_chance(&rng, 60))
		deliver(e);
	else
		application(e);
}

/* Bring both to CLOSED: what is under way arrives, what is open is closed. */
static void finish(struct end *e)
{
	while (!is_quiet(e)) {
		deliver(e);
		deliver(e->peer);
	}
	if (e->state == TCPW_ST_TIME_WAIT || e->state == TCPW_ST_SYN_RECV ||
	    e->state == TCPW_ST_SYN_SENT)
		vanish(e);
	else if (e->ack_due && e->state != TCPW_ST_CLOSE)
		transmit(e, TCPW_ACK, 0);
	else if (can_close(e))
		close_now(e);
}

static bool is_over(const struct end *a, const struct end *b)
{
	return a->state == TCPW_ST_CLOSE && b->state == TCPW_ST_CLOSE &&
	       is_quiet(a);
}

static void connection(struct end *a, struct end *b)
{
	int i;

	a->listens = rng_chance(&rng, 60);
	b->listens = rng_chance(&rng, 60);
	for (i = 0; i < PAIR_ACTIONS; i++)
		one_thing(a, b);
	for (i = 0; i < 10 && !is_over(a, b); i++) {
		finish(a);
		finish(b);
	}
	/* half-open leftovers of a connection that vanished at one end */
	if (a->state != TCPW_ST_CLOSE)
		vanish(a);
	if (b->state != TCPW_ST_CLOSE)
		vanish(b);
}

void test_pair(void)
{
	static struct end a, b;
	bool all = true;
	u8 state;
	int i;

	a.peer = &b;
	b.peer = &a;
	a.state = TCPW_ST_CLOSE;
	b.state = TCPW_ST_CLOSE;
	tcpw_fsm_init(&a.mirror);
	tcpw_fsm_init(&b.mirror);
	a.snd_nxt = 0xf0000000;
	b.snd_nxt = 0x70000000;
	for (i = 0; i < PAIR_CONNECTIONS; i++)
		connection(&a, &b);
	prop_report(&agree, "pair.mirror_agrees_at_every_step");
	prop_report(&roles, "pair.open_role_agrees");
	for (state = TCPW_ST_ESTABLISHED; state < TCPW_ST_MAX; state++)
		all &= reached[state] || state == TCPW_ST_LISTEN;
	tap_result(all, "pair.every_state_is_reached", "one was not");
}
