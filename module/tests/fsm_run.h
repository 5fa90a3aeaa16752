/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Runs the cases of fsm_cases.h, in the kernel and in userspace: moves their
 * relative numbers to any pair of ISNs, asks for the socket when the module
 * would, and tells the first event that went otherwise than it must.
 */
#ifndef _TCPWATCH_FSM_RUN_H
#define _TCPWATCH_FSM_RUN_H

#include "core/outcome.h"
#include "fsm_cases.h"

/**
 * struct fsm_fault - where a case went wrong
 * @what: what was wrong, NULL where nothing was
 * @at: number of the event, from 1 and over all scripts of the case
 * @conn: the connection after it
 * @fx: what it did
 */
struct fsm_fault {
	const char *what;
	unsigned int at;
	struct tcpw_conn conn;
	struct tcpw_fx fx;
};

/**
 * struct fsm_run - how to run a case
 * @base_out: added to every sequence number of ours
 * @base_in: added to every sequence number of the peer's
 * @ask: show the socket to every segment, also where it is not wanted: the
 *	 transitions must be the same, the effects are not compared
 * @seen: called after each event, or NULL
 */
struct fsm_run {
	u32 base_out;
	u32 base_in;
	bool ask;
	void (*seen)(const struct tcpw_conn *c, const struct tcpw_fx *fx);
};

static inline void fsm_make_seg(const struct fsm_run *run,
				const struct tcpw_seg *relative,
				struct tcpw_seg *seg)
{
	bool out = relative->dir == TCPW_OUT;

	*seg = *relative;
	seg->seq += out ? run->base_out : run->base_in;
	seg->ack += out ? run->base_in : run->base_out;
}

static inline void fsm_make_view(const struct fsm_run *run,
				 const struct fsm_sock *sock,
				 struct tcpw_view *view)
{
	memset(view, 0, sizeof(*view));
	if (sock->kind == TCPW_VIEW_NONE)
		return;
	view->kind = sock->kind;
	view->state = sock->state;
	view->fastopen = sock->fastopen;
	view->rfc1337 = sock->rfc1337;
	if (sock->kind == TCPW_VIEW_REQ)
		view->irs = run->base_in + sock->irs;
	view->rcv_nxt = run->base_in + sock->rcv_nxt;
	view->rcv_wup = view->rcv_nxt - sock->unacked;
	view->rcv_end = view->rcv_nxt + WND;
	view->snd_una = run->base_out;
	view->snd_old = run->base_out;
	view->snd_nxt = run->base_out + sock->snd_nxt;
	view->snd_end = view->snd_nxt + sock->unsent;
}

/* As mirror.c does it: the socket is looked up where the step wants that. */
static inline void fsm_do_event(const struct fsm_run *run,
				const struct fsm_event *ev, struct tcpw_conn *c,
				struct tcpw_fx *fx)
{
	const struct fsm_sock nobody = GONE;
	const struct fsm_sock *sock = &ev->sock;
	struct tcpw_view view;
	struct tcpw_seg seg;

	/* a step must not rely on what was there */
	memset(fx, 0xff, sizeof(*fx));
	if (ev->kind == FSM_FORCE) {
		fx->n = 1;
		fx->bits = 0;
		fx->step[0].ev = TCPW_EV_NONE;
		fx->step[0].from = c->state;
		fx->step[0].to = ev->moves.state[1];
		c->state = ev->moves.state[1];
		return;
	}
	fsm_make_seg(run, &ev->seg, &seg);
	if (seg.dir == TCPW_IN && !run->ask && !tcpw_fsm_wants_view(c, &seg))
		sock = &nobody;
	fsm_make_view(run, sock, &view);
	tcpw_fsm_step(c, &seg, &view, fx);
	c->path = 0; /* the kernel follows */
}

/*
 * A segment sent again counts to the handshake as long as that goes on, and to
 * no other; a new one begins at 0.
 */
static inline bool fsm_rtx_ok(const struct fsm_event *ev, u32 bit, u8 state,
			      u8 before, u8 now)
{
	bool counts = state == st_SS || state == st_SR;

	if (ev->moves.n && ev->seg.dir == TCPW_OUT &&
	    ev->seg.flags & TCPW_SYN && !now)
		return true;
	return now == before + (ev->bits & bit && counts);
}

static inline const char *fsm_check_event(const struct fsm_run *run,
					  const struct fsm_event *ev,
					  const struct tcpw_conn *was,
					  const struct tcpw_conn *c,
					  const struct tcpw_fx *fx)
{
	const u8 before = was->state;
	u8 i;

	if (fx->n != ev->moves.n)
		return "number of transitions";
	if (fx->n && before != ev->moves.state[0])
		return "state before";
	for (i = 0; i < fx->n; i++)
		if (fx->step[i].from != ev->moves.state[i] ||
		    fx->step[i].to != ev->moves.state[i + 1])
			return "transition";
	if (c->state != (fx->n ? ev->moves.state[fx->n] : before))
		return "state after";
	if (!run->ask && fx->bits != ev->bits)
		return "effects";
	if (!fsm_rtx_ok(ev, FX_RTX_SYN, before, was->syn_rtx, c->syn_rtx) ||
	    !fsm_rtx_ok(ev, FX_RTX_SYNACK, before, was->synack_rtx,
			c->synack_rtx))
		return "retransmissions";
	return NULL;
}

static inline const char *fsm_check_end(const struct fsm_run *run,
					const struct fsm_case *cs,
					const struct tcpw_conn *c,
					enum tcpw_close close)
{
	if (tcpw_open_of(c) != cs->open)
		return "open role";
	if (close != cs->close)
		return "close kind";
	if (c->flags & TCPW_CF_ISN_OUT &&
	    c->isn_out != run->base_out + cs->isn_out)
		return "our ISN";
	if (c->flags & TCPW_CF_ISN_IN && c->isn_in != run->base_in + cs->isn_in)
		return "the peer's ISN";
	return NULL;
}

static inline void fsm_run_script(const struct fsm_run *run,
				  const struct fsm_script *script,
				  struct fsm_fault *fault,
				  enum tcpw_close *close)
{
	struct tcpw_conn *c = &fault->conn;
	struct tcpw_fx *fx = &fault->fx;
	const struct fsm_event *ev;
	struct tcpw_conn was;
	enum tcpw_close kind;
	u8 n;

	for (ev = script->ev; ev->kind != FSM_END && !fault->what; ev++) {
		fault->at++;
		was = *c;
		fsm_do_event(run, ev, c, fx);
		fault->what = fsm_check_event(run, ev, &was, c, fx);
		for (n = 0; n < fx->n; n++) {
			kind = tcpw_close_of(c, &fx->step[n],
					     TCPW_CAUSE_NONE);
			if (kind != TCPW_CLOSE_NONE)
				*close = kind;
		}
		if (run->seen)
			run->seen(c, fx);
	}
}

/* From the first script on: each one only knows the one before. */
static inline enum tcpw_close fsm_run_scripts(const struct fsm_run *run,
					      const struct fsm_script *last,
					      struct fsm_fault *fault)
{
	enum tcpw_close close = TCPW_CLOSE_NONE;
	const struct fsm_script *script;
	int depth = 0, i;

	memset(fault, 0, sizeof(*fault));
	tcpw_fsm_init(&fault->conn);
	for (script = last; script->after; script = script->after)
		depth++;
	for (; depth >= 0 && !fault->what; depth--) {
		script = last;
		for (i = 0; i < depth; i++)
			script = script->after;
		fsm_run_script(run, script, fault, &close);
	}
	return close;
}

/* Run a case; fault->what tells whether it went as it must. */
static inline void fsm_run_case(const struct fsm_case *cs,
				const struct fsm_run *run,
				struct fsm_fault *fault)
{
	enum tcpw_close close = fsm_run_scripts(run, &cs->script, fault);

	if (!fault->what)
		fault->what = fsm_check_end(run, cs, &fault->conn, close);
}

static inline bool fsm_ask_ok(const struct fsm_ask *ask)
{
	const struct fsm_run run = { .base_out = 0x1000, .base_in = 0x2000 };
	struct fsm_fault fault;
	struct tcpw_seg seg;

	fsm_run_scripts(&run, ask->after, &fault);
	fsm_make_seg(&run, &ask->seg, &seg);
	return !fault.what &&
	       tcpw_fsm_wants_view(&fault.conn, &seg) == ask->asks;
}

#endif /* _TCPWATCH_FSM_RUN_H */
