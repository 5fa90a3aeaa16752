// SPDX-License-Identifier: GPL-2.0
/*
 * Netlink: the summaries, at a cost that does not depend on the number of
 * connections.
 */
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/slab.h>

#include <net/net_namespace.h>

#include "netlink/netlink.h"
#include "record/sources.h"

/*
 * 3.3 KiB and every reason for a RST, 52 octets each; with the socket buffer's
 * own end no more than a slab of 8 KiB, since beyond come whole pages.
 */
#define STATS_BYTES 7168

/* The spec numbers kinds as we do; open begins with 0 here. */
#define NL_SAME_NUMBER(theirs, ours) static_assert((int)(theirs) == (int)(ours))

NL_SAME_NUMBER(TCPWATCH_A_OPEN_ACTIVE, TCPW_OPEN_ACTIVE + 1);
NL_SAME_NUMBER(TCPWATCH_A_OPEN_COOKIE, TCPW_OPEN_COOKIE + 1);
NL_SAME_NUMBER(TCPWATCH_A_FAIL_REFUSED, TCPW_FAIL_REFUSED);
NL_SAME_NUMBER(TCPWATCH_A_FAIL_OTHER, TCPW_FAIL_OTHER);
NL_SAME_NUMBER(TCPWATCH_A_CLOSE_ACTIVE, TCPW_CLOSE_ACTIVE);
NL_SAME_NUMBER(TCPWATCH_A_CLOSE_OTHER, TCPW_CLOSE_OTHER);
NL_SAME_NUMBER(TCPWATCH_A_TW_END_EXPIRED, TCPW_TW_EXPIRED);
NL_SAME_NUMBER(TCPWATCH_A_TW_END_OTHER, TCPW_TW_OTHER);
NL_SAME_NUMBER(TCPWATCH_A_LATE_FIN, TCPW_LATE_FIN);
NL_SAME_NUMBER(TCPWATCH_A_LATE_RST, TCPW_LATE_RST);
NL_SAME_NUMBER(TCPWATCH_SPAN_OPEN_ACTIVE, TCPW_SPAN_OPEN_ACTIVE);
NL_SAME_NUMBER(TCPWATCH_SPAN_LAST_RESTART, TCPW_SPAN_LAST_RESTART);
NL_SAME_NUMBER(TCPWATCH_CAUSE_UNKNOWN, TCPW_CAUSE_UNKNOWN);
NL_SAME_NUMBER(TCPWATCH_STATE_ESTAB, TCPW_ST_ESTABLISHED);
NL_SAME_NUMBER(TCPWATCH_STATE_CLOSING, TCPW_ST_CLOSING);
NL_SAME_NUMBER(TCPWATCH_WAIT_ORPHAN_WAITS_FOR_FIN, TCPW_WAIT_ORPHAN);
NL_SAME_NUMBER(TCPWATCH_CAUSE_TRANSLATED, TCPW_CAUSE_TRANSLATED);
NL_SAME_NUMBER(TCPWATCH_VERDICT_FOUND, TCPW_VERDICT_FOUND);
NL_SAME_NUMBER(TCPWATCH_ROLE_SIMULTANEOUS, TCPW_ROLE_SIMULTANEOUS);
NL_SAME_NUMBER(TCPWATCH_DIRECTION_OUT, TCPW_OUT);

static int put_times(struct sk_buff *skb, const struct tcpw_brief *brief)
{
	const struct tcpw_nl_count times[] = {
		{ TCPWATCH_A_STATE_STATS_COUNT, brief->count },
		{ TCPWATCH_A_STATE_STATS_MIN_NS, brief->min },
		{ TCPWATCH_A_STATE_STATS_MEAN_NS, brief->mean },
		{ TCPWATCH_A_STATE_STATS_P50_NS, brief->p50 },
		{ TCPWATCH_A_STATE_STATS_P90_NS, brief->p90 },
		{ TCPWATCH_A_STATE_STATS_P99_NS, brief->p99 },
		{ TCPWATCH_A_STATE_STATS_MAX_NS, brief->max },
	};

	return tcpw_nl_counts(skb, 0, TCPWATCH_A_STATE_STATS_PAD, times,
			      ARRAY_SIZE(times));
}

static int put_state(struct sk_buff *skb, struct tcpw_net *tn,
		     struct tcpw_nl_sums *sums, u8 st, u64 oldest)
{
	unsigned long entered = tcpw_stats_entered(&sums->stats, st);
	unsigned long left = tcpw_stats_left(&sums->stats, st);
	struct nlattr *nest = nla_nest_start(skb, TCPWATCH_A_STATS_STATE);
	struct tcpw_brief brief;

	if (st == TCPW_ST_LISTEN) {
		entered = atomic_long_read(&tn->listeners.came);
		left = atomic_long_read(&tn->listeners.gone);
	}
	tcpw_timing_sum(&sums->hist, &tn->counts, st);
	tcpw_hist_brief(&brief, &sums->hist);
	if (!nest || nla_put_u8(skb, TCPWATCH_A_STATE_STATS_STATE, st) ||
	    tcpw_nl_counts(skb, 0, TCPWATCH_A_STATE_STATS_PAD,
			   (const struct tcpw_nl_count[]){
				   { TCPWATCH_A_STATE_STATS_NOW,
				     tcpw_stats_now(st, entered, left) },
				   { TCPWATCH_A_STATE_STATS_ENTERED, entered },
				   { TCPWATCH_A_STATE_STATS_LEFT, left },
				   { TCPWATCH_A_STATE_STATS_OLDEST_NS, oldest },
			   },
			   4) ||
	    put_times(skb, &brief))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_states(struct sk_buff *skb, struct tcpw_net *tn,
		      struct tcpw_nl_sums *sums)
{
	u64 stuck[TCPW_STUCK_STATES], oldest[TCPW_ST_MAX] = {};
	unsigned int i;
	int err = 0;
	u8 st;

	tcpw_survey_oldest(&tn->flows, stuck);
	for (i = 0; i < TCPW_STUCK_STATES; i++)
		oldest[tcpw_stuck_states[i]] = stuck[i];
	for (st = TCPW_ST_ESTABLISHED; st < TCPW_ST_MAX && !err; st++)
		err = put_state(skb, tn, sums, st, oldest[st]);
	return err;
}

static int put_rtx(struct sk_buff *skb, int attr, const unsigned long *rtx)
{
	int i;

	for (i = 0; i < TCPW_RTX_MAX; i++)
		if (nla_put_u64_64bit(skb, attr, rtx[i], TCPWATCH_A_OPEN_PAD))
			return -EMSGSIZE;
	return 0;
}

static int put_open(struct sk_buff *skb, const struct tcpw_stats *sum)
{
	struct nlattr *nest = nla_nest_start(skb, TCPWATCH_A_STATS_OPEN);
	const struct tcpw_nl_count counts[] = {
		{ TCPWATCH_A_OPEN_ACTIVE, sum->open[TCPW_OPEN_ACTIVE] },
		{ TCPWATCH_A_OPEN_PASSIVE, sum->open[TCPW_OPEN_PASSIVE] },
		{ TCPWATCH_A_OPEN_SIMULTANEOUS,
		  sum->open[TCPW_OPEN_SIMULTANEOUS] },
		{ TCPWATCH_A_OPEN_COOKIE, sum->open[TCPW_OPEN_COOKIE] },
	};

	if (!nest ||
	    tcpw_nl_counts(skb, 0, TCPWATCH_A_OPEN_PAD, counts,
			   ARRAY_SIZE(counts)) ||
	    tcpw_nl_counters(skb, TCPWATCH_A_OPEN_PAD, TCPW_AT_OPEN, sum) ||
	    put_rtx(skb, TCPWATCH_A_OPEN_RTX_ACTIVE, sum->open_rtx[1]) ||
	    put_rtx(skb, TCPWATCH_A_OPEN_RTX_PASSIVE, sum->open_rtx[0]))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_close(struct sk_buff *skb, const struct tcpw_stats *sum)
{
	struct nlattr *nest = nla_nest_start(skb, TCPWATCH_A_STATS_CLOSE);
	int i;

	if (!nest)
		return -EMSGSIZE;
	for (i = TCPW_CLOSE_ACTIVE; i < TCPW_CLOSE_MAX; i++)
		if (nla_put_u64_64bit(skb, i, sum->close[i],
				      TCPWATCH_A_CLOSE_PAD))
			return -EMSGSIZE;
	if (tcpw_nl_counters(skb, TCPWATCH_A_CLOSE_PAD, TCPW_AT_CLOSE, sum) ||
	    nla_put_u64_64bit(skb, TCPWATCH_A_CLOSE_FOUR_WAY,
			      tcpw_stats_four_way(sum), TCPWATCH_A_CLOSE_PAD))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_segments(struct sk_buff *skb, const struct tcpw_stats *sum,
			enum tcpw_dir dir)
{
	const u8 synack = TCPW_SYN | TCPW_ACK;
	const struct tcpw_nl_count counts[] = {
		{ TCPWATCH_A_SEGMENT_SYN,
		  tcpw_stats_segs(sum, dir, synack, TCPW_SYN) },
		{ TCPWATCH_A_SEGMENT_SYN_ACK,
		  tcpw_stats_segs(sum, dir, synack, synack) },
		{ TCPWATCH_A_SEGMENT_ACK,
		  tcpw_stats_segs(sum, dir, TCPW_ACK, TCPW_ACK) },
		{ TCPWATCH_A_SEGMENT_FIN,
		  tcpw_stats_segs(sum, dir, TCPW_FIN, TCPW_FIN) },
		{ TCPWATCH_A_SEGMENT_RST,
		  tcpw_stats_segs(sum, dir, TCPW_RST, TCPW_RST) },
		{ TCPWATCH_A_SEGMENT_PSH,
		  tcpw_stats_segs(sum, dir, TCPW_PSH, TCPW_PSH) },
		{ TCPWATCH_A_SEGMENT_URG,
		  tcpw_stats_segs(sum, dir, TCPW_URG, TCPW_URG) },
	};
	struct nlattr *nest = nla_nest_start(skb, TCPWATCH_A_STATS_SEGMENT);

	if (!nest || nla_put_u8(skb, TCPWATCH_A_SEGMENT_DIRECTION, dir) ||
	    tcpw_nl_counts(skb, 0, TCPWATCH_A_SEGMENT_PAD, counts,
			   ARRAY_SIZE(counts)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_handshake(struct sk_buff *skb, const struct tcpw_stats *sum)
{
	const int pad = TCPWATCH_A_HANDSHAKE_PAD;
	struct nlattr *nest = nla_nest_start(skb, TCPWATCH_A_STATS_HANDSHAKE);

	if (!nest || tcpw_nl_counters(skb, pad, TCPW_AT_RETRANSMIT, sum) ||
	    tcpw_nl_counters(skb, pad, TCPW_AT_REFUSED, sum))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_anomaly(struct sk_buff *skb, const struct tcpw_stats *sum)
{
	const int pad = TCPWATCH_A_ANOMALY_PAD;
	struct nlattr *nest = nla_nest_start(skb, TCPWATCH_A_STATS_ANOMALY);

	if (!nest || tcpw_nl_counters(skb, pad, TCPW_AT_ANOMALY, sum))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_reasons(struct sk_buff *skb, const struct tcpw_stats *sum)
{
	struct nlattr *nest;
	unsigned int i;

	for (i = 0; i < TCPW_RST_REASONS; i++) {
		if (!sum->reset[i])
			continue;
		nest = nla_nest_start(skb, TCPWATCH_A_STATS_RST_REASON);
		if (!nest ||
		    nla_put_string(skb, TCPWATCH_A_RST_REASON_REASON,
				   tcpw_reset_name(i)) ||
		    nla_put_u64_64bit(skb, TCPWATCH_A_RST_REASON_COUNT,
				      sum->reset[i], TCPWATCH_A_RST_REASON_PAD))
			return -EMSGSIZE;
		nla_nest_end(skb, nest);
	}
	return 0;
}

static int put_audit_sum(struct sk_buff *skb, const struct tcpw_flow_table *t,
			 const struct tcpw_audit_sum *a)
{
	u64 age = ktime_get_ns() - READ_ONCE(t->passed_at);
	const struct tcpw_nl_count counts[] = {
		{ TCPWATCH_A_AUDIT_CONFIRMED, a->confirmed },
		{ TCPWATCH_A_AUDIT_KERNEL_FIRST, a->kernel_first },
		{ TCPWATCH_A_AUDIT_WIRE_ONLY, a->wire_only },
		{ TCPWATCH_A_AUDIT_FOUND, a->found },
		{ TCPWATCH_A_AUDIT_EXPLAINED, a->explained },
		{ TCPWATCH_A_AUDIT_DRIFT, a->drift },
		{ TCPWATCH_A_AUDIT_UNKNOWN, a->unknown },
		{ TCPWATCH_A_AUDIT_PASSES, READ_ONCE(t->passes) },
		{ TCPWATCH_A_AUDIT_PASS_AGE_NS, age },
		{ TCPWATCH_A_AUDIT_PASS_NS, READ_ONCE(t->pass_ns) },
		{ TCPWATCH_A_AUDIT_MISSING, READ_ONCE(t->missing.count) },
	};

	return tcpw_nl_counts(skb, TCPWATCH_A_STATS_AUDIT, TCPWATCH_A_AUDIT_PAD,
			      counts, ARRAY_SIZE(counts));
}

static int put_audit(struct sk_buff *skb, const struct tcpw_net *tn,
		     const struct tcpw_stats *sum)
{
	struct tcpw_audit_sum audit;

	tcpw_audit_sum(&audit, sum, &tn->counts.audit);
	return put_audit_sum(skb, &tn->flows, &audit);
}

static int put_events(struct sk_buff *skb, const struct tcpw_events *ev)
{
	struct nlattr *nest = nla_nest_start(skb, TCPWATCH_A_STATS_EVENTS);
	const struct tcpw_nl_count counts[] = {
		{ TCPWATCH_A_EVENTS_SEQ, READ_ONCE(ev->seq) },
		{ TCPWATCH_A_EVENTS_SENT, READ_ONCE(ev->sent) },
		{ TCPWATCH_A_EVENTS_LOST, READ_ONCE(ev->dropped) },
	};

	if (!nest ||
	    tcpw_nl_counts(skb, 0, TCPWATCH_A_EVENTS_PAD, counts,
			   ARRAY_SIZE(counts)) ||
	    nla_put_u32(skb, TCPWATCH_A_EVENTS_QUEUE, READ_ONCE(ev->size)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_memory(struct sk_buff *skb, const struct tcpw_net *tn,
		      const struct tcpw_stats *sum)
{
	struct nlattr *nest = nla_nest_start(skb, TCPWATCH_A_STATS_MEMORY);
	u32 flows = tcpw_flow_count(&tn->flows);
	const struct tcpw_nl_count counts[] = {
		{ TCPWATCH_A_MEMORY_FLOW_BYTES, tcpw_flow_bytes(&tn->flows) },
		{ TCPWATCH_A_MEMORY_EVENT_BYTES,
		  atomic_long_read(&tn->events.bytes) },
		{ TCPWATCH_A_MEMORY_LISTENERS_LOST,
		  atomic_long_read(&tn->listeners.lost) },
		{ TCPWATCH_A_MEMORY_NOT_MEASURED,
		  tcpw_counts_lost(&tn->counts) },
	};

	if (!nest || nla_put_u32(skb, TCPWATCH_A_MEMORY_FLOWS, flows) ||
	    nla_put_u32(skb, TCPWATCH_A_MEMORY_MAX_FLOWS,
			READ_ONCE(tn->flows.max)) ||
	    tcpw_nl_counters(skb, TCPWATCH_A_MEMORY_PAD, TCPW_AT_TABLE, sum) ||
	    tcpw_nl_counts(skb, 0, TCPWATCH_A_MEMORY_PAD, counts,
			   ARRAY_SIZE(counts)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* Their own tables went with them; only the first namespace outlives all. */
static int put_ended(struct sk_buff *skb, const struct tcpw_net *tn)
{
	const struct tcpw_ended *e = &tcpw_flow_ended;
	const struct tcpw_nl_count counts[] = {
		{ TCPWATCH_A_ENDED_NETNS_NAMESPACES,
		  atomic_long_read(&e->netns) },
		{ TCPWATCH_A_ENDED_NETNS_FLOWS, atomic_long_read(&e->flows) },
		{ TCPWATCH_A_ENDED_NETNS_TIME_WAIT,
		  atomic_long_read(&e->time_wait) },
	};

	if (!net_eq(tn->net, &init_net))
		return 0;
	return tcpw_nl_counts(skb, TCPWATCH_A_STATS_ENDED_NETNS,
			      TCPWATCH_A_ENDED_NETNS_PAD, counts,
			      ARRAY_SIZE(counts));
}

static int put_header(struct sk_buff *skb, const struct tcpw_net *tn)
{
	if (nla_put_string(skb, TCPWATCH_A_STATS_VERSION,
			   THIS_MODULE->version) ||
	    nla_put_u64_64bit(skb, TCPWATCH_A_STATS_WATCHING_NS,
			      ktime_get_ns() - tn->since,
			      TCPWATCH_A_STATS_PAD) ||
	    (tcpw_source_reports(TCPW_SOURCE_STATES) &&
	     nla_put_flag(skb, TCPWATCH_A_STATS_KERNEL_OBSERVER)) ||
	    (tn->hooks && nla_put_flag(skb, TCPWATCH_A_STATS_WIRE_OBSERVER)) ||
	    nla_put_u8(skb, TCPWATCH_A_STATS_ENDS,
		       tcpw_sweep_polls(&tn->flows) ? TCPWATCH_ENDS_POLLED
						    : TCPWATCH_ENDS_REPORTED))
		return -EMSGSIZE;
	return 0;
}

/* How connections began and ended. */
static int put_outcomes(struct sk_buff *skb, const struct tcpw_stats *sum)
{
	static const int fails[] = {
		TCPWATCH_A_STATS_FAIL_PASSIVE,
		TCPWATCH_A_STATS_FAIL_ACTIVE,
	};
	static const int smalls[TCPW_SMALLS] = {
		[TCPW_SMALL_TIME_WAIT] = TCPWATCH_A_STATS_TIME_WAIT,
		[TCPW_SMALL_FIN_WAIT2] = TCPWATCH_A_STATS_FIN_WAIT_2,
	};
	int err = put_open(skb, sum) ?: put_close(skb, sum);
	int i;

	for (i = 0; i < 2 && !err; i++)
		err = tcpw_nl_kinds(skb, fails[i], TCPWATCH_A_FAIL_PAD,
				    sum->fail[i], TCPW_FAIL_REFUSED,
				    TCPW_FAIL_MAX);
	for (i = 0; i < TCPW_SMALLS && !err; i++)
		err = tcpw_nl_small(skb, smalls[i], sum, i);
	return err;
}

static int put_stats_hists(struct sk_buff *skb, struct tcpw_net *tn,
			   struct tcpw_nl_sums *sums, bool hists)
{
	if (!hists)
		return 0;
	return tcpw_nl_hists(skb, TCPWATCH_A_STATS_BUCKET_FLOOR,
			     TCPWATCH_A_STATS_HIST, tn, sums);
}

static int put_stats(struct sk_buff *skb, struct tcpw_net *tn,
		     struct tcpw_nl_sums *sums, bool hists)
{
	struct tcpw_stats *sum = &sums->stats;

	tcpw_counts_sum(sum, &tn->counts);
	return put_header(skb, tn) ?: put_states(skb, tn, sums) ?:
	       put_outcomes(skb, sum) ?: put_segments(skb, sum, TCPW_IN) ?:
	       put_segments(skb, sum, TCPW_OUT) ?:
	       put_handshake(skb, sum) ?: put_anomaly(skb, sum) ?:
	       put_reasons(skb, sum) ?: put_audit(skb, tn, sum) ?:
	       put_events(skb, &tn->events) ?: put_memory(skb, tn, sum) ?:
	       put_ended(skb, tn) ?: put_stats_hists(skb, tn, sums, hists);
}

static int stats_fill(struct sk_buff *skb, struct tcpw_net *tn,
		      struct sk_buff *request, struct genl_info *info)
{
	/* who has joined the group asks for the last number next */
	if (netlink_ns_capable(request, tn->net->user_ns, CAP_NET_ADMIN))
		tcpw_events_expect(&tn->events);
	return tcpw_nl_with_sums(skb, tn,
				 info->attrs[TCPWATCH_A_STATS_HISTOGRAMS],
				 put_stats);
}

int tcpwatch_nl_stats_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	size_t size = STATS_BYTES;

	if (info->attrs[TCPWATCH_A_STATS_HISTOGRAMS])
		size += TCPW_NL_HIST_BYTES;
	return tcpw_nl_reply(skb, info, TCPWATCH_CMD_STATS_GET, size,
			     stats_fill);
}

int tcpwatch_nl_stats_dump_dumpit(struct sk_buff *skb,
				  struct netlink_callback *cb)
{
	struct nlattr **attrs = tcpw_dump_attrs(cb);
	struct tcpw_nl_dump *dump = tcpw_nl_dump(cb);
	int err = tcpw_nl_begin(cb);
	void *head;

	if (err)
		return err;
	while (dump->net) {
		head = tcpw_nl_put(skb, cb, TCPWATCH_CMD_STATS_DUMP);
		if (!head)
			break;
		err = tcpw_nl_with_sums(skb, tcpw_pernet_get(dump->net),
					attrs[TCPWATCH_A_STATS_HISTOGRAMS],
					put_stats);
		if (err) {
			genlmsg_cancel(skb, head);
			return skb->len ? skb->len : err;
		}
		genlmsg_end(skb, head);
		tcpw_nl_next(dump);
	}
	return skb->len;
}
