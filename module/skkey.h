/* SPDX-License-Identifier: GPL-2.0 */
/*
 * struct sock (full, request, timewait) to plain structs, and the look-up of
 * a 4-tuple among the kernel's sockets.
 */
#ifndef _TCPWATCH_SKKEY_H
#define _TCPWATCH_SKKEY_H

#include "fsm.h"
#include "key.h"
#include "verdict.h"

struct net;
struct sock;

bool tcpw_skkey_read(struct tcpw_key *key, const struct sock *sk);
void tcpw_skkey_view(struct tcpw_view *view, const struct sock *sk);
void tcpw_skkey_word(struct tcpw_word *word, const struct sock *sk, int old,
		     int now);
bool tcpw_skkey_lookup(struct tcpw_view *view, struct net *net,
		       const struct tcpw_key *key, const struct tcpw_ifs *ifs);

#endif /* _TCPWATCH_SKKEY_H */
