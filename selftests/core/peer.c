// SPDX-License-Identifier: GPL-2.0
/*
 * The other end of the tuple: it sends what a TCP might send at any time, next
 * in sequence or not, again or too early, before and after its end.  A strange
 * one also sends what no TCP would.
 */
#include "drive.h"
#include "core/seq.h"

static struct peer *the_peer(void)
{
	return &drive.peer;
}

static bool chance(u32 percent)
{
	return rng_chance(&drive.rng, percent);
}

static u32 below(u32 n)
{
	return rng_below(&drive.rng, n);
}

/* A new connection of the peer's. */
void peer_anew(void)
{
	struct peer *p = the_peer();
	u32 isn = chance(50) ? rng_u32(&drive.rng) : p->nxt + 5000;

	*p = (struct peer){
		.isn = isn,
		.nxt = isn,
		.top = isn,
		.last = isn,
		.got = p->got,
	};
}

/* Mostly the next, else somewhere near. */
static u32 some_seq(void)
{
	const struct peer *p = the_peer();

	switch (below(12)) {
	case 0:
		return p->last;
	case 1:
		return p->nxt - 1 - below(3);
	case 2:
		return p->nxt + 1 + below(3);
	case 3:
		return p->nxt + MODEL_WND - 3 + below(6);
	default:
		return p->nxt;
	}
}

static u32 some_ack(void)
{
	u32 got = the_peer()->got;

	switch (below(14)) {
	case 0:
		return got + (drive.rules.strange ? 1 + below(2) : 0);
	case 1:
		return drive.m.snd_una;
	case 2:
		return got - 1 - below(3);
	case 3:
		return got - 100;
	default:
		return got;
	}
}

/* More often what is more likely, once there is a connection. */
static const u8 flags_open[] = {
	TCPW_ACK,
	TCPW_ACK,
	TCPW_ACK,
	TCPW_ACK,
	TCPW_FIN | TCPW_ACK,
	TCPW_FIN | TCPW_ACK,
	TCPW_FIN | TCPW_ACK,
	TCPW_FIN | TCPW_ACK,
	TCPW_RST,
	TCPW_RST | TCPW_ACK,
	TCPW_SYN,
	TCPW_SYN | TCPW_ACK,
};

static const u8 flags_syn_sent[] = {
	TCPW_SYN | TCPW_ACK,
	TCPW_SYN | TCPW_ACK,
	TCPW_SYN | TCPW_ACK,
	TCPW_SYN | TCPW_ACK,
	TCPW_SYN,
	TCPW_RST | TCPW_ACK,
	TCPW_RST,
	TCPW_ACK,
	TCPW_FIN | TCPW_ACK,
};

static u8 some_flags(u8 state)
{
	if (state == TCPW_ST_SYN_SENT)
		return flags_syn_sent[below(ARRAY_SIZE(flags_syn_sent))];
	if (state == TCPW_ST_CLOSE && chance(60))
		return TCPW_SYN;
	return flags_open[below(ARRAY_SIZE(flags_open))];
}

/*
 * There is nothing but the SYN before it is answered, and it has one number.
 */
static void keep_to_syn(struct tcpw_seg *seg, u8 state)
{
	struct peer *p = the_peer();

	if (p->syn_sent && !p->answered)
		seg->flags = TCPW_SYN;
	if (seg->flags & TCPW_RST)
		return;
	if (!p->syn_sent)
		seg->flags = state == TCPW_ST_SYN_SENT && chance(80)
				     ? TCPW_SYN | TCPW_ACK
				     : TCPW_SYN;
	if (!(seg->flags & TCPW_SYN))
		return;
	seg->seq = p->isn;
	p->syn_sent = true;
}

/* Octets and FIN have one place each, and nothing comes behind the FIN. */
static void keep_to_fin(struct tcpw_seg *seg)
{
	struct peer *p = the_peer();
	u32 end = seg->seq + seg->len;

	if (seg->flags & TCPW_SYN && p->fin)
		seg->len = 0;
	if (seg->flags & (TCPW_SYN | TCPW_RST))
		return;
	if (seg->flags & TCPW_FIN && !p->fin) {
		if (tcpw_seq_before(end, p->top) ||
		    tcpw_seq_after(end, p->top + 10))
			seg->flags &= ~TCPW_FIN; /* there are octets */
		else
			p->fin_at = end;
		p->fin = seg->flags & TCPW_FIN;
	}
	if (!p->fin)
		return;
	if (tcpw_seq_after(seg->seq, p->fin_at)) {
		seg->len = 0;
		seg->flags &= ~TCPW_FIN;
	} else if (seg->flags & TCPW_FIN || tcpw_seq_after(end, p->fin_at)) {
		seg->len = p->fin_at - seg->seq;
	}
}

static void note_sent(const struct tcpw_seg *seg)
{
	struct peer *p = the_peer();

	if (seg->flags & TCPW_RST || !tcpw_seg_space(seg))
		return;
	if (tcpw_seq_after(tcpw_seg_end(seg), p->top))
		p->top = tcpw_seg_end(seg);
	if (seg->seq != p->nxt)
		return;
	p->last = seg->seq;
	p->nxt = tcpw_seg_end(seg);
}

/* What has left our end. */
void peer_gets(const struct tcpw_seg *seg)
{
	struct peer *p = the_peer();

	p->answered = true;
	if (seg->flags & TCPW_RST)
		return;
	if (seg->flags & TCPW_SYN || tcpw_seq_after(tcpw_seg_end(seg), p->got))
		p->got = tcpw_seg_end(seg);
}

/* The next segment that it sends. */
void peer_sends(struct tcpw_seg *seg)
{
	u8 state = model_state(&drive.m);

	memset(seg, 0, sizeof(*seg));
	seg->dir = TCPW_IN;
	seg->win = 100;
	seg->hdrlen = TCPW_HDR_MIN;
	seg->flags = some_flags(state);
	if (seg->flags & TCPW_SYN && chance(60) &&
	    (state == TCPW_ST_CLOSE || state == TCPW_ST_TIME_WAIT))
		peer_anew();
	seg->seq = some_seq();
	if (!drive.rules.strange)
		keep_to_syn(seg, state);
	if (!(seg->flags & TCPW_RST) && chance(seg->flags & TCPW_SYN ? 10 : 25))
		seg->len = 1 + below(3);
	if (!drive.rules.lies)
		keep_to_fin(seg);
	if (seg->flags & TCPW_ACK)
		seg->ack = some_ack();
	note_sent(seg);
}
