/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One tuple in a kernel: the socket that the established hash holds for it,
 * what arrives for that socket, and who holds it.  Written from Linux 6.1
 * (tcp_input.c, tcp_minisocks.c, tcp.c), not from the module.
 */
#ifndef _TCPWATCH_MODEL_H
#define _TCPWATCH_MODEL_H

#include "core/fsm.h"

#define MODEL_WND 1000	   /* octets that it receives at a time */
#define MODEL_BACKLOG 8	   /* segments that wait for the owner */
#define MODEL_ACKED_MAX 60 /* how far back an ACK may lie, at the most */

/* A segment that came before its time (one is kept). */
struct model_early {
	u32 seq;
	u32 end;
	bool fin;
	bool have;
};

/**
 * struct model - the tuple
 * @life: number of the connection, of those that the tuple has had
 * @kind: enum tcpw_view_kind of the socket that a look-up finds
 * @state: enum tcpw_state of the full socket; what a look-up finds of it
 * @entering: the one that it was told to enter, and that is not written yet
 * @tw_state: the same of the timewait socket
 * @dead: the full socket is over; what its backlog holds is dropped
 * @owned: a process holds it: what arrives waits in the backlog
 * @locked: its spinlock is held: what arrives waits on its CPU
 * @softirq: a segment or a timer is being served, not a system call
 * @orphan: no process has it any more
 * @armed: its keepalive timer runs
 * @hidden: it is being replaced by another kind, and a look-up finds none
 * @tw_dying: the timewait socket is being taken out of the hash
 * @replaced: a timewait socket took the place, the full one is not over yet
 * @tw_serves: with @replaced: the timewait socket serves a segment
 * @dry: a copy that is asked what would happen: it tells nobody
 * @listens: a SYN finds a listener
 * @full: its accept queue is full: ACKs of requests are dropped
 * @cookies: it answers with SYN cookies and keeps no request
 * @spent: it has taken a cookie, that of @spent_irs
 * @spent_irs: the peer's ISN of the last cookie that it took
 * @fastopens: it takes data with a SYN (RFC 7413)
 * @tw_none: there are too many timewait sockets: none is made
 * @tw_made: how often TIME-WAIT was entered
 * @tw_denied: timewait sockets that were not made
 * @resets: how often it went to CLOSE from ESTABLISHED or CLOSE-WAIT
 * @tw_reused: timewait sockets that connect() took over
 * @tw_reopened: timewait sockets that gave way to a SYN
 * @tw_isn: the ISN for the next connection where a timewait socket gave way to
 *	    its SYN, else 0
 * @child: nobody has accepted the full socket yet
 * @child_waits: Fast Open: the full socket's SYN is not acknowledged yet
 * @serving: a segment is being processed
 * @err: the error that its owner will find, positive errno
 * @iss: RFC 9293 3.3.1, as the following
 * @irs: the peer's ISN
 * @snd_una: oldest octet that is not acknowledged
 * @snd_nxt: next one to send
 * @snd_end: and the one after all that is queued
 * @acked: octets that were ever acknowledged, up to %MODEL_ACKED_MAX
 * @rcv_nxt: next one expected
 * @rcv_wup: the last acknowledgment sent
 * @unread: octets that the owner has not read
 * @fin_queued: our FIN is queued
 * @fin_sent: and was sent
 * @fin_len: octets that leave with it
 * @early: what came before its time
 * @tw_until: when the timewait socket ends, ns
 * @backlog: segments that wait for the owner, oldest first
 * @waiting: how many
 */
struct model {
	unsigned int life;
	u8 kind;
	u8 state;
	u8 entering;
	u8 tw_state;
	bool dead;
	bool owned;
	bool locked;
	bool softirq;
	bool orphan;
	bool armed;
	bool hidden;
	bool tw_dying;
	bool replaced;
	bool tw_serves;
	bool dry;
	bool listens;
	bool full;
	bool cookies;
	bool spent;
	u32 spent_irs;
	bool fastopens;
	bool tw_none;
	bool child;
	bool child_waits;
	unsigned long tw_made;
	unsigned long tw_denied;
	unsigned long resets;
	unsigned long tw_reused;
	unsigned long tw_reopened;
	u32 tw_isn;
	bool serving;
	u16 err;
	u32 iss;
	u32 irs;
	u32 snd_una;
	u32 snd_nxt;
	u32 snd_end;
	u32 acked;
	u32 rcv_nxt;
	u32 rcv_wup;
	u32 unread;
	bool fin_queued;
	bool fin_sent;
	u32 fin_len;
	struct model_early early;
	u64 tw_until;
	struct tcpw_seg backlog[MODEL_BACKLOG];
	unsigned int waiting;
};

/* --- what may happen --- */
void model_init(struct model *m);
u8 model_state(const struct model *m);
void model_view(const struct model *m, struct tcpw_view *view);
bool model_can_take(const struct model *m);
bool model_has_process(const struct model *m);
void model_arrives(struct model *m, const struct tcpw_seg *seg);
void model_predict(const struct model *m, struct model *then);
void model_connect(struct model *m, u32 iss);
void model_lock(struct model *m);
void model_release(struct model *m);
void model_shutdown(struct model *m, u32 len, bool send);
void model_close(struct model *m);
void model_abort(struct model *m, bool unread);
void model_send_fin(struct model *m);
void model_send_ack(struct model *m);
void model_send_data(struct model *m, u32 len);
void model_retransmit(struct model *m);
void model_transmit(struct model *m);
void model_gives_up(struct model *m, u16 err);
void model_destroy(struct model *m);
void model_timer(struct model *m);

/* --- what the tuple's surroundings do: mirror_calls.c and mirror.c --- */

/* A segment leaves; @sender is the socket's view, %TCPW_VIEW_NONE without. */
void model_sends(const struct tcpw_seg *seg, const struct tcpw_view *sender);
/* The tracepoint: the full socket goes to @now, and is in its old state. */
void model_reports(const struct model *m, u8 now);
/* A kprobe: a request or timewait socket is about to leave the hash. */
void model_hints(const struct model *m, bool due);
/* A part begins, or ends, that no grace period ends in */
void model_reads(bool begins);
/* Other CPUs get on for a while, as far as no lock keeps them. */
void elsewhere(void);
/* A choice that the model leaves open: true in @percent of all cases. */
bool model_chooses(u32 percent);
u64 model_now(void);

#endif /* _TCPWATCH_MODEL_H */
