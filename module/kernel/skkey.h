/* SPDX-License-Identifier: GPL-2.0 */
/*
 * struct sock (full, request, timewait) to plain structs, and the look-up of
 * a 4-tuple among the kernel's sockets.
 */
#ifndef _TCPWATCH_SKKEY_H
#define _TCPWATCH_SKKEY_H

#include "core/fsm.h"
#include "kernel/key.h"
#include "core/outcome.h"
#include "core/verdict.h"

struct net;
struct sock;

bool tcpw_skkey_is(const struct tcpw_key *key, const struct sock *sk);
bool tcpw_skkey_read(struct tcpw_key *key, const struct sock *sk);
void tcpw_skkey_view(struct tcpw_view *view, const struct sock *sk);
/**
 * struct tcpw_owner - whose a socket is
 * @uid: user, as the initial user namespace numbers them; %TCPW_UID_UNKNOWN
 * @cgroup: id of its cgroup (v2), 0 where there is none
 */
struct tcpw_owner {
	u32 uid;
	u64 cgroup;
};

#define TCPW_UID_UNKNOWN (~0U)

extern const struct tcpw_owner tcpw_owner_unknown;

void tcpw_skkey_owner(struct tcpw_owner *owner, const struct sock *sk);
void tcpw_skkey_ask_owner(struct tcpw_owner *owner, struct net *net,
			  const struct tcpw_key *key, int bound_if);
u32 tcpw_skkey_ports(struct net *net);
bool tcpw_skkey_defers_syn(const struct sock *sk);
void tcpw_skkey_word(struct tcpw_word *word, const struct sock *sk, int old,
		     int now);
struct sock *tcpw_skkey_get(struct net *net, const struct tcpw_key *key,
			    int bound_if);
bool tcpw_skkey_lookup(struct tcpw_view *view, struct net *net,
		       const struct tcpw_key *key, const struct tcpw_ifs *ifs);
u8 tcpw_skkey_heir(const struct sock *sk, const struct tcpw_key *key);
struct sock *tcpw_skkey_hold(struct tcpw_view *view, struct net *net,
			     const struct tcpw_key *key,
			     const struct tcpw_ifs *ifs) __acquires(slock);
void tcpw_skkey_release(struct sock *sk) __releases(slock);
u32 tcpw_skkey_unread(const struct sock *sk);
long tcpw_skkey_denied(const struct net *net);
long tcpw_skkey_starved(const struct net *net);

bool tcpw_skkey_ask(struct tcpw_waiting *w, struct net *net,
		    const struct tcpw_key *key, int bound_if);

/* Called for each socket; it must not sleep. */
typedef void (*tcpw_skkey_fn)(struct sock *sk, void *arg);

bool tcpw_skkey_read_listener(struct tcpw_key *key, const struct sock *sk);
u64 tcpw_skkey_since(const struct sock *sk, u64 now);
bool tcpw_skkey_shares_hash(const struct net *net);
bool tcpw_skkey_is_owned(struct sock *sk);
unsigned int tcpw_skkey_slots(const struct net *net);
void tcpw_skkey_slot(struct net *net, unsigned int slot, tcpw_skkey_fn fn,
		     void *arg);
void tcpw_skkey_each(struct net *net, tcpw_skkey_fn fn, void *arg);
void tcpw_skkey_each_listener(struct net *net, tcpw_skkey_fn fn, void *arg);

#endif /* _TCPWATCH_SKKEY_H */
