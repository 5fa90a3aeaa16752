// SPDX-License-Identifier: GPL-2.0
/*
 * Reads the kernel's sockets and never changes one.  Knows the three kinds
 * that the established hash holds (full, request, timewait) and what each can
 * say; knows nothing of flows.
 */
#include <linux/bitmap.h>
#include <linux/build_bug.h>
#include <linux/cgroup.h>
#include <linux/ktime.h>
#include <linux/preempt.h>
#include <linux/rculist_nulls.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/uidgid.h>

#include <net/inet_sock.h>
#include <net/inet_timewait_sock.h>
#include <net/ipv6.h>
#include <net/request_sock.h>
#include <net/tcp.h>
#include <net/tcp_states.h>

#include "kernel/skkey.h"

static_assert((int)TCPW_ST_ESTABLISHED == (int)TCP_ESTABLISHED);
static_assert((int)TCPW_ST_SYN_SENT == (int)TCP_SYN_SENT);
static_assert((int)TCPW_ST_SYN_RECV == (int)TCP_SYN_RECV);
static_assert((int)TCPW_ST_FIN_WAIT1 == (int)TCP_FIN_WAIT1);
static_assert((int)TCPW_ST_FIN_WAIT2 == (int)TCP_FIN_WAIT2);
static_assert((int)TCPW_ST_TIME_WAIT == (int)TCP_TIME_WAIT);
static_assert((int)TCPW_ST_CLOSE == (int)TCP_CLOSE);
static_assert((int)TCPW_ST_CLOSE_WAIT == (int)TCP_CLOSE_WAIT);
static_assert((int)TCPW_ST_LAST_ACK == (int)TCP_LAST_ACK);
static_assert((int)TCPW_ST_LISTEN == (int)TCP_LISTEN);
static_assert((int)TCPW_ST_CLOSING == (int)TCP_CLOSING);

/* A TCP socket with all its fields, not a control or raw socket. */
static bool is_full_tcp(const struct sock *sk)
{
	return sk_fullsock(sk) && sk->sk_type == SOCK_STREAM &&
	       sk->sk_protocol == IPPROTO_TCP;
}

static void read_v4(struct tcpw_key *key, const struct sock *sk)
{
	key->family = AF_INET;
	key->laddr[0] = sk->sk_rcv_saddr;
	key->raddr[0] = sk->sk_daddr;
}

static void read_addrs(struct tcpw_key *key, const struct sock *sk)
{
#if IS_ENABLED(CONFIG_IPV6)
	if (sk->sk_family == AF_INET6 &&
	    !ipv6_addr_v4mapped(&sk->sk_v6_daddr)) {
		key->family = AF_INET6;
		memcpy(key->laddr, &sk->sk_v6_rcv_saddr, sizeof(key->laddr));
		memcpy(key->raddr, &sk->sk_v6_daddr, sizeof(key->raddr));
		return;
	}
#endif
	read_v4(key, sk);
}

/**
 * tcpw_skkey_read - the key of a socket
 * @key: filled
 * @sk: full, request or timewait socket
 *
 * A full socket's own port number (inet_num) is gone when it reaches CLOSE,
 * its source port is not; the other kinds have only the former.
 *
 * Context: any; the caller keeps @sk alive.
 * Return: false where the socket has no 4-tuple yet, or is no TCP socket.
 */
bool tcpw_skkey_read(struct tcpw_key *key, const struct sock *sk)
{
	memset(key, 0, sizeof(*key));
	if (sk_fullsock(sk)) {
		if (!is_full_tcp(sk))
			return false;
		key->lport = inet_sk(sk)->inet_sport;
	} else {
		key->lport = htons(sk->sk_num);
	}
	key->rport = sk->sk_dport;
	read_addrs(key, sk);
	return key->lport && key->rport;
}

/**
 * tcpw_skkey_is - is this the key of a socket?
 * @key: the key
 * @sk: full, request or timewait socket
 *
 * For less than reading the socket's own takes; of one that is closing it may
 * be false all the same.
 *
 * Context: any; the caller keeps @sk alive.
 */
bool tcpw_skkey_is(const struct tcpw_key *key, const struct sock *sk)
{
	if (key->rport != sk->sk_dport || ntohs(key->lport) != sk->sk_num)
		return false;
	if (key->family == AF_INET)
		return key->laddr[0] == sk->sk_rcv_saddr &&
		       key->raddr[0] == sk->sk_daddr;
#if IS_ENABLED(CONFIG_IPV6)
	return !memcmp(key->laddr, &sk->sk_v6_rcv_saddr, sizeof(key->laddr)) &&
	       !memcmp(key->raddr, &sk->sk_v6_daddr, sizeof(key->raddr));
#else
	return false;
#endif
}

static void view_full(struct tcpw_view *view, const struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);
	u32 end;

	view->kind = TCPW_VIEW_FULL;
	view->state = READ_ONCE(sk->sk_state);
	view->rcv_nxt = READ_ONCE(tp->rcv_nxt);
	view->rcv_wup = READ_ONCE(tp->rcv_wup);
	end = view->rcv_wup + READ_ONCE(tp->rcv_wnd);
	view->rcv_end = before(end, view->rcv_nxt) ? view->rcv_nxt : end;
	view->snd_una = READ_ONCE(tp->snd_una);
	view->snd_old = view->snd_una - min_t(u64, READ_ONCE(tp->max_window),
					      READ_ONCE(tp->bytes_acked));
	view->snd_nxt = READ_ONCE(tp->snd_nxt);
	view->snd_end = READ_ONCE(tp->write_seq);
	view->unread = view->rcv_nxt - READ_ONCE(tp->copied_seq);
	view->ts = tp->rx_opt.tstamp_ok;
	view->ts_recent = READ_ONCE(tp->rx_opt.ts_recent);
	view->ts_age =
		ktime_get_seconds() - READ_ONCE(tp->rx_opt.ts_recent_stamp);
	/* bits next to others that change: these do not in SYN-SENT */
	view->fastopen = data_race(tp->syn_fastopen || tp->syn_data);
	view->busy = READ_ONCE(sk->sk_lock.owned);
}

static void view_req(struct tcpw_view *view, const struct sock *sk)
{
	const struct request_sock *req = inet_reqsk((struct sock *)sk);
	const struct tcp_request_sock *treq = tcp_rsk(req);

	view->kind = TCPW_VIEW_REQ;
	view->state = TCPW_ST_SYN_RECV;
	view->irs = treq->rcv_isn;
	view->rcv_nxt = treq->rcv_nxt;
	view->rcv_wup = view->rcv_nxt;
	view->rcv_end = view->rcv_nxt + req->rsk_rcv_wnd;
	view->snd_una = treq->snt_isn;
	view->snd_nxt = treq->snt_isn + 1;
	view->snd_end = view->snd_nxt;
	view->acked = inet_rsk(req)->acked;
	view->ts = inet_rsk(req)->tstamp_ok;
	view->ts_recent = READ_ONCE(req->ts_recent);
}

static void view_tw(struct tcpw_view *view, const struct sock *sk)
{
	const struct tcp_timewait_sock *tw = tcp_twsk(sk);

	view->kind = TCPW_VIEW_TW;
	view->state = READ_ONCE(tw->tw_sk.tw_substate);
	view->rcv_nxt = READ_ONCE(tw->tw_rcv_nxt);
	view->rcv_wup = view->rcv_nxt;
	view->rcv_end = view->rcv_nxt + READ_ONCE(tw->tw_rcv_wnd);
	view->snd_nxt = READ_ONCE(tw->tw_snd_nxt);
	view->snd_una = view->snd_nxt;
	view->snd_end = view->snd_nxt;
	view->ts = tw->tw_ts_recent_stamp;
	view->ts_recent = READ_ONCE(tw->tw_ts_recent);
	view->ts_age = ktime_get_seconds() - READ_ONCE(tw->tw_ts_recent_stamp);
	view->rfc1337 =
		READ_ONCE(twsk_net(&tw->tw_sk)->ipv4.sysctl_tcp_rfc1337);
}

/**
 * tcpw_skkey_view - what a socket says of its connection
 * @view: filled; %TCPW_VIEW_NONE where @sk is NULL or no TCP socket (control
 *	  sockets and raw sockets send TCP segments too)
 * @sk: full, request or timewait socket, or NULL
 *
 * Context: any; the caller keeps @sk alive.  Unlocked: each field is the
 * socket's at some moment during the call.
 */
void tcpw_skkey_view(struct tcpw_view *view, const struct sock *sk)
{
	memset(view, 0, sizeof(*view));
	if (!sk)
		return;
	if (sk->sk_state == TCP_TIME_WAIT)
		view_tw(view, sk);
	else if (sk->sk_state == TCP_NEW_SYN_RECV)
		view_req(view, sk);
	else if (is_full_tcp(sk) && sk->sk_state != TCP_LISTEN)
		view_full(view, sk);
	view->bound_if = READ_ONCE(sk->sk_bound_dev_if);
}

const struct tcpw_owner tcpw_owner_unknown = { .uid = TCPW_UID_UNKNOWN };

/**
 * tcpw_skkey_owner - whose a socket is
 * @owner: filled
 * @sk: full TCP socket
 */
void tcpw_skkey_owner(struct tcpw_owner *owner, const struct sock *sk)
{
	owner->uid = __kuid_val(READ_ONCE(sk->sk_uid));
	owner->cgroup = 0;
#ifdef CONFIG_SOCK_CGROUP_DATA
	owner->cgroup = cgroup_id(sock_cgroup_ptr((struct sock_cgroup_data *)&sk
							  ->sk_cgrp_data));
#endif
}

/**
 * tcpw_skkey_defers_syn - will connect() send no SYN?
 * @sk: full TCP socket that enters SYN-SENT
 *
 * With TCP_FASTOPEN_CONNECT and a cookie at hand the SYN waits for data.
 *
 * Return: true where it may be so.
 */
bool tcpw_skkey_defers_syn(const struct sock *sk)
{
	return tcp_sk(sk)->fastopen_connect;
}

/**
 * tcpw_skkey_word - what is known about a socket's change of state
 * @word: filled
 * @sk: full TCP socket, in the tracepoint
 * @old: state that it leaves
 * @now: state that it enters
 *
 * Context: inet_sock_set_state tracepoint.
 */
void tcpw_skkey_word(struct tcpw_word *word, const struct sock *sk, int old,
		     int now)
{
	word->old = old;
	word->now = now;
	word->err = abs(READ_ONCE(sk->sk_err));
	word->timer = old == TCP_FIN_WAIT2 && in_serving_softirq() &&
		      !READ_ONCE(sk->sk_lock.owned) &&
		      !tcpw_keepalive_pending(sk);
	word->owned = READ_ONCE(sk->sk_lock.owned) ||
		      (old == TCP_FIN_WAIT2 && tcp_sk(sk)->linger2 < 0);
	word->backlog = READ_ONCE(sk->sk_backlog.len);
	word->closed = READ_ONCE(sk->sk_shutdown) & RCV_SHUTDOWN;
	word->overflow = false;
	word->dying = !check_net(sock_net(sk));
}

/* The socket of a 4-tuple, with a reference; under rcu_read_lock(). */
static struct sock *find(struct net *net, const struct tcpw_key *key,
			 const struct tcpw_ifs *ifs)
{
	if (key->family == AF_INET)
		return tcpw_lookup4(net, key->raddr[0], key->rport,
				    key->laddr[0], ntohs(key->lport), ifs->dif,
				    ifs->sdif);
#if IS_ENABLED(CONFIG_IPV6)
	return tcpw_lookup6(net, (const struct in6_addr *)key->raddr,
			    key->rport, (const struct in6_addr *)key->laddr,
			    ntohs(key->lport), ifs->dif, ifs->sdif);
#else
	return NULL;
#endif
}

/**
 * tcpw_skkey_get - the socket of a 4-tuple
 * @net: network namespace
 * @key: the 4-tuple
 * @bound_if: interface that it is bound to, or 0
 *
 * Context: under rcu_read_lock().
 * Return: full, request or timewait socket, for the caller to sock_gen_put();
 * or NULL.
 */
struct sock *tcpw_skkey_get(struct net *net, const struct tcpw_key *key,
			    int bound_if)
{
	struct tcpw_ifs ifs = tcpw_ifs_of(bound_if);

	return find(net, key, &ifs);
}

/**
 * tcpw_skkey_ask_owner - whose the socket of a 4-tuple is
 * @owner: filled; left alone where that is not known
 * @net: network namespace
 * @key: the 4-tuple
 * @bound_if: interface that it is bound to, or 0
 *
 * Context: where the last reference to a socket may be dropped.
 */
void tcpw_skkey_ask_owner(struct tcpw_owner *owner, struct net *net,
			  const struct tcpw_key *key, int bound_if)
{
	struct sock *sk;

	rcu_read_lock();
	sk = tcpw_skkey_get(net, key, bound_if);
	if (sk && sk_fullsock(sk))
		tcpw_skkey_owner(owner, sk);
	if (sk)
		sock_gen_put(sk);
	rcu_read_unlock();
}

/**
 * tcpw_skkey_ports - local ports that connect() may choose from
 * @net: network namespace
 *
 * Return: the range's size less what is reserved in it.
 */
u32 tcpw_skkey_ports(struct net *net)
{
	u32 reserved = 0;
	int low, high;

	inet_get_local_port_range(net, &low, &high);
#ifdef CONFIG_SYSCTL
	if (net->ipv4.sysctl_local_reserved_ports)
		reserved = bitmap_weight(net->ipv4.sysctl_local_reserved_ports,
					 high + 1) -
			   bitmap_weight(net->ipv4.sysctl_local_reserved_ports,
					 low);
#endif
	return high - low + 1 - reserved;
}

/**
 * tcpw_skkey_lookup - ask the kernel for the socket of a 4-tuple
 * @view: filled; %TCPW_VIEW_NONE where there is none
 * @net: network namespace
 * @key: the 4-tuple
 * @ifs: the interfaces to match bound sockets against
 *
 * A socket that is being replaced (full by timewait, request by full) can be
 * missed for microseconds: a miss is to be confirmed by a second one.
 *
 * Context: takes rcu_read_lock() itself; the last reference to a socket may
 * be dropped here, so not from where freeing is forbidden.
 * Return: true where a socket was found.
 */
bool tcpw_skkey_lookup(struct tcpw_view *view, struct net *net,
		       const struct tcpw_key *key, const struct tcpw_ifs *ifs)
{
	struct sock *sk;

	rcu_read_lock();
	sk = find(net, key, ifs);
	tcpw_skkey_view(view, sk);
	if (sk)
		sock_gen_put(sk);
	rcu_read_unlock();
	return view->kind != TCPW_VIEW_NONE;
}

/* Has it the same tuple and binding?  It may be freed while it is read. */
static bool is_alike(const struct sock *other, const struct sock *sk,
		     const struct tcpw_key *key)
{
	return READ_ONCE(other->sk_hash) == sk->sk_hash &&
	       net_eq(sock_net(other), sock_net(sk)) &&
	       READ_ONCE(other->sk_bound_dev_if) == sk->sk_bound_dev_if &&
	       tcpw_skkey_is(key, other);
}

/**
 * tcpw_skkey_heir - what has taken the place of a socket that is over
 * @sk: a full socket that reports so, out of the kernel's table already
 * @key: its 4-tuple
 *
 * Takes no lock and no reference, so nothing can be freed here.  A timewait
 * socket is in the table before its predecessor reports, and has its hash.
 *
 * Context: any, under rcu_read_lock().
 * Return: enum tcpw_state of it, %TCPW_ST_CLOSE where there is none.
 */
u8 tcpw_skkey_heir(const struct sock *sk, const struct tcpw_key *key)
{
	struct inet_hashinfo *info = tcpw_hashinfo(sock_net(sk));
	unsigned int slot = sk->sk_hash & info->ehash_mask;
	const struct hlist_nulls_node *node;
	const struct sock *other;
	u8 state;

again:
	sk_nulls_for_each_rcu(other, node, &info->ehash[slot].chain) {
		if (other == sk || !is_alike(other, sk, key))
			continue;
		state = READ_ONCE(other->sk_state);
		if (state == TCP_NEW_SYN_RECV)
			return TCPW_ST_SYN_RECV;
		if (state != TCP_TIME_WAIT)
			return state;
		return READ_ONCE(inet_twsk(other)->tw_substate);
	}
	/* one that was freed and used again led to another chain */
	if (get_nulls_value(node) != slot)
		goto again;
	return TCPW_ST_CLOSE;
}

/**
 * tcpw_skkey_hold - look at the socket of a 4-tuple and keep it as it is
 * @view: filled; %TCPW_VIEW_NONE where there is none, with @view->busy where
 *	  that is just changing
 * @net: network namespace
 * @key: the 4-tuple
 * @ifs: the interfaces to match bound sockets against
 *
 * A full socket's spinlock is held afterwards: no segment is being served, and
 * where @view->busy is false nobody owns the socket and its backlog is empty.
 *
 * Context: process, under rcu_read_lock().
 * Return: what is to be given to tcpw_skkey_release().
 */
struct sock *tcpw_skkey_hold(struct tcpw_view *view, struct net *net,
			     const struct tcpw_key *key,
			     const struct tcpw_ifs *ifs) __acquires(slock)
{
	struct sock *sk = find(net, key, ifs);

	if (sk && is_full_tcp(sk))
		spin_lock_bh(&sk->sk_lock.slock);
	else
		__acquire(slock);
	tcpw_skkey_view(view, sk);
	if (view->kind == TCPW_VIEW_FULL && sk_unhashed(sk)) {
		/* it was closed since it was found */
		view->kind = TCPW_VIEW_NONE;
		view->busy = true;
	}
	return sk;
}

/**
 * tcpw_skkey_release - the reverse
 * @sk: what tcpw_skkey_hold() returned
 */
void tcpw_skkey_release(struct sock *sk) __releases(slock)
{
	if (sk && is_full_tcp(sk))
		spin_unlock_bh(&sk->sk_lock.slock);
	else
		__release(slock);
	if (sk)
		sock_gen_put(sk);
}

/**
 * tcpw_skkey_unread - octets that came and the owner has not read
 * @sk: full TCP socket
 *
 * Return: their number, the peer's FIN included.
 */
u32 tcpw_skkey_unread(const struct sock *sk)
{
	const struct tcp_sock *tp = tcp_sk(sk);

	return READ_ONCE(tp->rcv_nxt) - READ_ONCE(tp->copied_seq);
}

/* snmp_fold_field(), which not every kernel exports. */
static long count_of(const struct net *net, int item)
{
	unsigned long sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(net->mib.net_statistics, cpu)
					 ->mibs[item]);
	return sum;
}

/**
 * tcpw_skkey_denied - timewait sockets that could not be made
 * @net: network namespace
 *
 * Return: as the kernel counts them (TCPTimeWaitOverflow), before it reports
 * that the socket is closed.
 */
long tcpw_skkey_denied(const struct net *net)
{
	return count_of(net, LINUX_MIB_TCPTIMEWAITOVERFLOW);
}

/**
 * tcpw_skkey_starved - sockets aborted for too many orphans or no memory
 * @net: network namespace
 *
 * Return: as the kernel counts them (TCPAbortOnMemory), after it has reported
 * that the socket is closed.
 */
long tcpw_skkey_starved(const struct net *net)
{
	return count_of(net, LINUX_MIB_TCPABORTONMEMORY);
}

static u32 ms_left(unsigned long expires)
{
	long left = expires - jiffies;

	return left > 0 ? jiffies_to_msecs(left) : 0;
}

static void ask_full(struct tcpw_waiting *w, const struct sock *sk)
{
	const struct inet_connection_sock *icsk = inet_csk(sk);
	const struct tcp_sock *tp = tcp_sk(sk);
	u32 snd_nxt = READ_ONCE(tp->snd_nxt);

	w->kind = TCPW_VIEW_FULL;
	w->state = READ_ONCE(sk->sk_state);
	w->orphan = sock_flag(sk, SOCK_DEAD);
	w->uid = __kuid_val(READ_ONCE(sk->sk_uid));
	w->rtx = READ_ONCE(icsk->icsk_retransmits) +
		 READ_ONCE(icsk->icsk_probes_out);
	w->unacked = snd_nxt - READ_ONCE(tp->snd_una);
	w->unsent = READ_ONCE(tp->write_seq) - snd_nxt;
	w->window = READ_ONCE(tp->snd_wnd);
	/* the keepalive timer ends FIN-WAIT-2 without an owner, too */
	w->left = ms_left(w->state == TCPW_ST_FIN_WAIT2
				  ? tcpw_keepalive_expires(sk)
				  : tcpw_timer_expires(sk));
}

static void ask_req(struct tcpw_waiting *w, const struct sock *sk)
{
	const struct request_sock *req = inet_reqsk((struct sock *)sk);

	w->kind = TCPW_VIEW_REQ;
	w->state = TCPW_ST_SYN_RECV;
	w->acked = inet_rsk(req)->acked;
	w->rtx = req->num_retrans;
	w->left = ms_left(req->rsk_timer.expires);
}

static void ask_tw(struct tcpw_waiting *w, const struct sock *sk)
{
	const struct inet_timewait_sock *tw = inet_twsk(sk);

	w->kind = TCPW_VIEW_TW;
	w->state = READ_ONCE(tw->tw_substate);
	w->orphan = true;
	w->left = ms_left(READ_ONCE(tw->tw_timer.expires));
}

/**
 * tcpw_skkey_ask - what keeps an endpoint where it is
 * @w: filled
 * @net: network namespace
 * @key: its 4-tuple
 * @bound_if: interface that it is bound to, or 0
 *
 * Context: process.
 * Return: true where a socket was found.
 */
bool tcpw_skkey_ask(struct tcpw_waiting *w, struct net *net,
		    const struct tcpw_key *key, int bound_if)
{
	struct tcpw_ifs ifs = tcpw_ifs_of(bound_if);
	struct sock *sk;

	memset(w, 0, sizeof(*w));
	w->uid = TCPW_UID_UNKNOWN;
	rcu_read_lock();
	sk = find(net, key, &ifs);
	if (sk && sk->sk_state == TCP_TIME_WAIT)
		ask_tw(w, sk);
	else if (sk && sk->sk_state == TCP_NEW_SYN_RECV)
		ask_req(w, sk);
	else if (sk && is_full_tcp(sk))
		ask_full(w, sk);
	rcu_read_unlock();
	if (sk && w->kind == TCPW_VIEW_FULL)
		w->inode = sock_i_ino(sk);
	if (sk)
		sock_gen_put(sk);
	return w->kind != TCPW_VIEW_NONE;
}

/**
 * tcpw_skkey_read_listener - the key of a listening socket
 * @key: filled; the remote part stays 0
 * @sk: socket
 *
 * Return: false where it is no TCP socket.
 */
bool tcpw_skkey_read_listener(struct tcpw_key *key, const struct sock *sk)
{
	memset(key, 0, sizeof(*key));
	if (!is_full_tcp(sk))
		return false;
	key->lport = htons(sk->sk_num);
	key->family = AF_INET;
	key->laddr[0] = sk->sk_rcv_saddr;
#if IS_ENABLED(CONFIG_IPV6)
	if (sk->sk_family == AF_INET6 &&
	    !ipv6_addr_v4mapped(&sk->sk_v6_rcv_saddr)) {
		key->family = AF_INET6;
		memcpy(key->laddr, &sk->sk_v6_rcv_saddr, sizeof(key->laddr));
	}
#endif
	return true;
}

/**
 * tcpw_skkey_since - when a socket entered its state
 * @sk: full, request or timewait socket
 * @now: ktime_get() ns
 *
 * Return: the time as far as the socket tells, for TIME-WAIT; else @now.
 */
u64 tcpw_skkey_since(const struct sock *sk, u64 now)
{
	const struct inet_timewait_sock *tw = inet_twsk(sk);
	long left;

	if (sk->sk_state != TCP_TIME_WAIT || tw->tw_substate != TCP_TIME_WAIT)
		return now;
	left = READ_ONCE(tw->tw_timer.expires) - jiffies;
	left = clamp_t(long, left, 0, TCP_TIMEWAIT_LEN);
	return now - jiffies_to_nsecs(TCP_TIMEWAIT_LEN - left);
}

/**
 * tcpw_skkey_shares_hash - does a namespace use the common socket table?
 * @net: network namespace
 *
 * Return: false where it has one of its own (net.ipv4.tcp_child_ehash_entries).
 */
bool tcpw_skkey_shares_hash(const struct net *net)
{
	return tcpw_hashinfo(net) == tcpw_hashinfo(&init_net);
}

/* As the kernel's own lockless look-ups: begin again where the chain moved. */
static void each_in_bucket(struct inet_ehash_bucket *bucket, unsigned long slot,
			   tcpw_skkey_fn fn, void *arg)
{
	struct hlist_nulls_node *node;
	struct sock *sk;

	rcu_read_lock();
	do {
		sk_nulls_for_each_rcu(sk, node, &bucket->chain) {
			if (!refcount_inc_not_zero(&sk->sk_refcnt))
				continue;
			fn(sk, arg);
			sock_gen_put(sk);
		}
	} while (get_nulls_value(node) != slot);
	rcu_read_unlock();
}

/**
 * tcpw_skkey_is_owned - is a process or a backlog at work on a socket?
 * @sk: full, request or timewait socket; the last two are never owned
 *
 * Where it is not, what its owner has done before is seen.
 *
 * Context: process, may sleep on PREEMPT_RT; the caller keeps @sk alive.
 */
bool tcpw_skkey_is_owned(struct sock *sk)
{
	bool owned;

	if (!sk_fullsock(sk))
		return false;
	spin_lock_bh(&sk->sk_lock.slock);
	owned = sk->sk_lock.owned;
	spin_unlock_bh(&sk->sk_lock.slock);
	return owned;
}

/**
 * tcpw_skkey_slots - buckets of the table that a namespace uses
 * @net: network namespace
 *
 * Return: their number, which does not change.
 */
unsigned int tcpw_skkey_slots(const struct net *net)
{
	return tcpw_hashinfo(net)->ehash_mask + 1;
}

/**
 * tcpw_skkey_slot - every socket of one bucket
 * @net: network namespace; its table holds others' sockets, too
 * @slot: the bucket
 * @fn: called with each, perhaps twice with one, under rcu_read_lock()
 * @arg: for @fn
 */
void tcpw_skkey_slot(struct net *net, unsigned int slot, tcpw_skkey_fn fn,
		     void *arg)
{
	struct inet_ehash_bucket *bucket = &tcpw_hashinfo(net)->ehash[slot];

	if (!hlist_nulls_empty(&bucket->chain))
		each_in_bucket(bucket, slot, fn, arg);
}

/**
 * tcpw_skkey_each - every socket of the table that a namespace uses
 * @net: network namespace; its table holds others' sockets, too
 * @fn: called with each, perhaps twice with one, under rcu_read_lock()
 * @arg: for @fn
 *
 * A socket that is there from beginning to end is not missed.
 *
 * Context: process, may sleep.
 */
void tcpw_skkey_each(struct net *net, tcpw_skkey_fn fn, void *arg)
{
	unsigned int slots = tcpw_skkey_slots(net);
	unsigned int slot;

	for (slot = 0; slot < slots; slot++) {
		tcpw_skkey_slot(net, slot, fn, arg);
		cond_resched();
	}
}

/**
 * tcpw_skkey_each_listener - every listening socket of the table
 * @net: network namespace; its table holds others' sockets, too
 * @fn: called with each, once, under a spinlock
 * @arg: for @fn
 *
 * Context: process, may sleep.
 */
void tcpw_skkey_each_listener(struct net *net, tcpw_skkey_fn fn, void *arg)
{
	struct inet_hashinfo *info = tcpw_hashinfo(net);
	struct inet_listen_hashbucket *bucket;
	unsigned int slot;

	for (slot = 0; slot <= info->lhash2_mask; slot++) {
		bucket = &info->lhash2[slot];
		cond_resched();
		if (tcpw_no_listener(bucket))
			continue;
		spin_lock(&bucket->lock);
		tcpw_each_listener(bucket, fn, arg);
		spin_unlock(&bucket->lock);
	}
}
