// SPDX-License-Identifier: GPL-2.0
/*
 * All calls into the module's files, as tap.c, observer.c, ends.c and sweep.c
 * make them.
 */
#include "drive.h"
#include "mirror/mirror.h"

static struct sock the_sock;

static const struct tcpw_key the_key = {
	.laddr = { 1 },
	.raddr = { 2 },
	.lport = 1,
	.rport = 2,
	.family = AF_INET,
};

static bool is_control(const struct tcpw_seg *seg)
{
	return seg->flags & (TCPW_SYN | TCPW_FIN | TCPW_RST);
}

static bool ignores_data(u8 state)
{
	return state == TCPW_ST_ESTABLISHED || state == TCPW_ST_CLOSE_WAIT ||
	       state == TCPW_ST_FIN_WAIT2;
}

/* LOCAL_IN: tap_in() */
void mirror_arrives(const struct tcpw_seg *seg)
{
	struct tcpw_pkt pkt = { .key = the_key, .seg = *seg };
	struct tcpw_flow *flow;

	if (!drive.loaded)
		return;
	flow = tcpw_flow_find(mirror_table(), &pkt.key, &pkt.ifs);
	if (!flow)
		return;
	if (!is_control(seg) && ignores_data(flow->conn.state) &&
	    !flow->conn.path && !(flow->how & TCPW_HOW_SMALL))
		return;
	tcpw_flow_arrived(mirror_table(), flow, &pkt);
	check_forced();
}

/* LOCAL_OUT: tap() and tap_out() */
void mirror_sends(const struct tcpw_seg *seg, const struct tcpw_view *sender)
{
	const struct tcpw_pkt pkt = { .key = the_key, .seg = *seg };
	bool full = sender->kind == TCPW_VIEW_FULL;

	if (!drive.loaded ||
	    (full && sender->state == TCPW_ST_ESTABLISHED && !is_control(seg)))
		return;
	tcpw_flow_sent(mirror_table(), &pkt, sender, full ? &the_sock : NULL);
	check_forced();
}

/* claim_denied() */
static bool claims_denied(void)
{
	atomic_long_t *known = &mirror_table()->denied;

	if (atomic_long_read(known) >= (long)drive.m.tw_denied)
		return false;
	atomic_long_inc(known);
	return true;
}

/* observe_close() */
static void close_is_told(const struct model *m, struct tcpw_word *word,
			  struct tcpw_told *told)
{
	told->unread = m->unread;
	if (!word->err &&
	    (word->old == TCPW_ST_FIN_WAIT1 || word->old == TCPW_ST_FIN_WAIT2 ||
	     word->old == TCPW_ST_CLOSING))
		word->overflow = claims_denied();
}

/* The tracepoint: observe() */
void model_reports(const struct model *m, u8 now)
{
	struct tcpw_told told = {
		.sk = &the_sock,
		.state = now,
		.since = ktime_get_ns(),
		.gone = now == TCPW_ST_CLOSE,
	};
	struct tcpw_word word = {
		.old = m->state,
		.err = m->err,
		.timer = m->state == TCPW_ST_FIN_WAIT2 && m->softirq &&
			 !m->owned && !m->armed,
		.owned = m->owned,
		.backlog = m->serving,
		.closed = m->orphan,
	};
	struct tcpw_ifs ifs = {};
	struct tcpw_view view;

	if (now == TCPW_ST_SYN_SENT || !drive.loaded)
		return;
	model_reads(true);
	if (now == TCPW_ST_CLOSE && m->state != TCPW_ST_LAST_ACK) {
		tcpw_skkey_lookup(&view, NULL, &the_key, &ifs);
		told.state = view.kind ? view.state : TCPW_ST_CLOSE;
	}
	word.now = told.state;
	if (told.state == TCPW_ST_CLOSE)
		close_is_told(m, &word, &told);
	told.cause = tcpw_cause_of_word(&word);
	note("report %s -> %s, cause %s", tcpw_state_name(m->state),
	     tcpw_state_name(told.state), tcpw_cause_name(told.cause));
	drive.reporting = drive.depth + 1;
	drive.reported = told.state;
	tcpw_flow_kernel(mirror_table(), &the_key, &told);
	drive.reporting = 0;
	drive.told_life = m->life;
	check_forced();
	model_reads(false);
}

/* The kprobes: tw_kill() and req_drop() */
void model_hints(const struct model *m, bool due)
{
	enum tcpw_cause cause = TCPW_CAUSE_DESTROY;

	if (!drive.loaded)
		return;
	if (m->kind == TCPW_VIEW_TW)
		cause = tcpw_cause_of_kill(m->tw_state, due, m->softirq);
	else if (due)
		cause = TCPW_CAUSE_TIMER;
	else if (m->softirq)
		cause = TCPW_CAUSE_NETWORK;
	note("hint, cause %s", tcpw_cause_name(cause));
	model_reads(true);
	tcpw_flow_hint(mirror_table(), &the_key, 0,
		       m->kind == TCPW_VIEW_REQ ? TCPW_ST_SYN_RECV
						: m->tw_state,
		       cause);
	model_reads(false);
}

/* The walk at load: seed.c.  The hooks and probes are there before it. */
void mirror_load(void)
{
	struct tcpw_told told = {
		.sk = &the_sock,
		.state = model_state(&drive.m),
		.cause = TCPW_CAUSE_SEED,
		.since = ktime_get_ns(),
		.stale = true,
	};

	drive.loaded = true;
	drive.tw_before = drive.m.tw_made - (told.state == TCPW_ST_TIME_WAIT);
	drive.resets_before = drive.m.resets;
	drive.reused_before = drive.m.tw_reused;
	drive.reopened_before = drive.m.tw_reopened;
	drive.told_life = drive.m.life;
	if (told.state == TCPW_ST_CLOSE)
		return;
	note("seeded in %s", tcpw_state_name(told.state));
	tcpw_flow_kernel(mirror_table(), &the_key, &told);
}

/* The work: settle_list() */
enum tcpw_answer mirror_compare_first(struct tcpw_flow *flow)
{
	enum tcpw_answer answer = tcpw_flow_look(mirror_table(), flow);

	check_forced();
	return answer;
}

/* The same: settle_late() */
enum tcpw_answer mirror_compare_second(struct tcpw_flow *flow)
{
	enum tcpw_answer answer = tcpw_flow_settle(mirror_table(), flow);

	check_forced();
	return answer;
}

/* The walk: sweep_batch() */
void mirror_compare_sweep(struct tcpw_flow *flow)
{
	tcpw_flow_suspect(mirror_table(), flow);
	check_forced();
}
