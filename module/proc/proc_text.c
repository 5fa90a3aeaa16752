// SPDX-License-Identifier: GPL-2.0
/*
 * What the files in /proc share: who may read them, and room for their text.
 */
#include <linux/capability.h>
#include <linux/seq_file.h>

#include <net/net_namespace.h>

#include "pernet.h"

/* Bytes; longer texts are whole, too, but are made twice. */
#define PROC_TEXT_SIZE 16384

/**
 * tcpw_proc_may_read - may a reader see more than sums?
 * @m: whoever has opened it
 * @tn: the namespace's state
 *
 * Return: true where he may administer the namespace's network.
 */
bool tcpw_proc_may_read(struct seq_file *m, const struct tcpw_net *tn)
{
	return file_ns_capable(m->file, tn->net->user_ns, CAP_NET_ADMIN);
}

/**
 * tcpw_proc_has_room - is the buffer for a text of some pages?
 * @m: where nothing was shown yet
 *
 * The first buffer has one page, and a text that does not fit is made once
 * more: ask for a larger one before the work is done.
 *
 * Return: false where one comes with the next call; show nothing now.
 */
bool tcpw_proc_has_room(struct seq_file *m)
{
	char *buf;

	if (seq_get_buf(m, &buf) >= PROC_TEXT_SIZE)
		return true;
	seq_commit(m, -1);
	return false;
}
