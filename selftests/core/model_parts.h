/* SPDX-License-Identifier: GPL-2.0 */
/* What the parts of the model call from one another. */
#ifndef _TCPWATCH_MODEL_PARTS_H
#define _TCPWATCH_MODEL_PARTS_H

#include "model.h"

#define TIME_WAIT_NS 60000000000ULL /* TCP_TIMEWAIT_LEN */

/* --- model.c --- */
void model_pause(const struct model *m);
void model_set_state(struct model *m, u8 state);
void model_lock_bh(struct model *m);
void model_unlock_bh(struct model *m);
void model_begin_softirq(struct model *m);
void model_end_softirq(struct model *m);
void model_replace(struct model *m, u8 kind);
void model_send_octets(struct model *m, u8 flags, u32 seq, u32 len);
void model_send_full(struct model *m, u8 flags, u32 seq);
void model_send_synack(const struct model *m);
void model_full_acks(struct model *m);
void model_reply(const struct model *m, u8 flags, u32 seq, u32 ack);
void model_reply_rst(const struct model *m, const struct tcpw_seg *to);
void model_reply_ack(const struct model *m);
void model_done(struct model *m);
void model_time_wait(struct model *m, u8 substate);
bool model_in_window(const struct model *m, const struct tcpw_seg *seg);
void model_serve_backlog(struct model *m);

/* --- model_full.c --- */
void model_rcv_full(struct model *m, const struct tcpw_seg *seg);

/* --- model_small.c --- */
void model_drop_req(struct model *m, bool due);
void model_rcv_req(struct model *m, const struct tcpw_seg *seg);
void model_unhash_tw(struct model *m);
void model_kill_tw(struct model *m, bool due);
u32 model_tw_isn(const struct model *m);
bool model_rcv_tw(struct model *m, const struct tcpw_seg *seg);
void model_anew(struct model *m);
void model_rcv_listen(struct model *m, const struct tcpw_seg *seg);
void model_rcv_none(struct model *m, const struct tcpw_seg *seg);

#endif /* _TCPWATCH_MODEL_PARTS_H */
