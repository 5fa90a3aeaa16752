// SPDX-License-Identifier: GPL-2.0
/*
 * Netlink: how often each transition happened, by cause and verdict.
 */
#include <linux/slab.h>

#include "netlink/netlink.h"

/* Three rows for each kind of transition, by verdict. */
#define ROWS (3 * TCPW_MOVES)

/**
 * struct matrix_row - a kind of transition and what is said of it
 * @move: the kind
 * @verdict: enum tcpw_verdict
 * @count: how many there were
 */
struct matrix_row {
	struct tcpw_move move;
	u8 verdict;
	u64 count;
};

static void matrix_read(struct matrix_row *row, unsigned int index,
			const struct tcpw_stats *sum,
			const struct tcpw_audit *audit)
{
	static const u8 verdicts[] = {
		TCPW_VERDICT_CONFIRMED,
		TCPW_VERDICT_WIRE_ONLY,
		TCPW_VERDICT_KERNEL_FIRST,
	};
	unsigned int kind = index % TCPW_MOVES;
	const struct tcpw_move *m = &row->move;
	u8 wire;

	row->move = tcpw_move_unpack(kind);
	row->verdict = verdicts[index / TCPW_MOVES];
	row->count = 0;
	wire = m->cause - 1;
	if (row->verdict == TCPW_VERDICT_KERNEL_FIRST) {
		/* what takes a promise back is no transition of its own */
		if (tcpw_cause_takes_back(m->cause))
			return;
		if (!tcpw_cause_is_correction(m->cause))
			row->verdict = TCPW_VERDICT_FOUND;
		row->count = tcpw_audit_read(audit, m);
	} else if (wire >= TCPW_WIRES) {
		return;
	} else if (row->verdict == TCPW_VERDICT_CONFIRMED) {
		row->count = sum->wire[wire][m->from][m->to];
	} else {
		row->count = tcpw_audit_undone(audit, m);
	}
}

static bool put_row(struct sk_buff *skb, struct netlink_callback *cb,
		    const struct matrix_row *row)
{
	void *head;

	if (!row->count)
		return true;
	head = tcpw_nl_put(skb, cb, TCPWATCH_CMD_MATRIX_GET);
	if (!head)
		return false;
	if (nla_put_u8(skb, TCPWATCH_A_MATRIX_OLD, row->move.from) ||
	    nla_put_u8(skb, TCPWATCH_A_MATRIX_NEW, row->move.to) ||
	    nla_put_u8(skb, TCPWATCH_A_MATRIX_CAUSE, row->move.cause) ||
	    nla_put_u8(skb, TCPWATCH_A_MATRIX_VERDICT, row->verdict) ||
	    nla_put_u64_64bit(skb, TCPWATCH_A_MATRIX_COUNT, row->count,
			      TCPWATCH_A_MATRIX_PAD)) {
		genlmsg_cancel(skb, head);
		return false;
	}
	genlmsg_end(skb, head);
	return true;
}

int tcpwatch_nl_matrix_get_dumpit(struct sk_buff *skb,
				  struct netlink_callback *cb)
{
	struct tcpw_nl_dump *dump = tcpw_nl_dump(cb);
	struct matrix_row row;
	int err = tcpw_nl_begin(cb);
	struct tcpw_stats *sum;
	struct tcpw_net *tn;

	if (err || !dump->net)
		return err;
	sum = kmalloc(sizeof(*sum), GFP_KERNEL);
	if (!sum)
		return -ENOMEM;
	tn = tcpw_pernet_get(dump->net);
	tcpw_counts_sum(sum, &tn->counts);
	for (; dump->index < ROWS; dump->index++) {
		matrix_read(&row, dump->index, sum, &tn->counts.audit);
		if (!put_row(skb, cb, &row))
			break;
	}
	kfree(sum);
	if (dump->index == ROWS)
		tcpw_nl_next(dump);
	return skb->len;
}
