// SPDX-License-Identifier: GPL-2.0
/*
 * Generic netlink over libmnl: the family, requests, dumps, the group.  Knows
 * how to ask, not what the answers mean; decode.c does.
 */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/tcpwatch.h>

#include "decode.h"
#include "nl.h"
#include "spec.h"
#include "util.h"

/* A message may have 64 KiB, and a dump fills what it is given. */
#define BUFFER_SIZE (256 * 1024)

/**
 * struct nl - a socket
 * @mnl: libmnl's
 * @seq: of the last request
 * @family: number of the family
 * @group: number of its group "transitions", 0 for none
 * @buf: what was received last
 */
struct nl {
	struct mnl_socket *mnl;
	uint32_t seq;
	uint16_t family;
	uint32_t group;
	uint8_t buf[BUFFER_SIZE] __aligned(8);
};

/**
 * struct ask - a request under way
 * @nl: its socket
 * @set: names of its attributes
 * @message: as it was sent
 * @answer: called for each message that is an answer; not 0 ends it
 * @arg: for @answer
 * @error: why it failed
 * @interrupted: the kernel said so of the dump
 * @done: nothing more will come
 */
struct ask {
	struct nl *nl;
	const struct spec_set *set;
	const struct nlmsghdr *message;
	int (*answer)(const struct nlmsghdr *nlh, void *arg);
	void *arg;
	struct nl_error *error;
	bool interrupted;
	bool done;
};

/* --- what goes wrong --- */

__printf(4, 5) static int failed(struct nl_error *error, int code, int err,
				 const char *format, ...)
{
	va_list args;

	error->code = code;
	error->err = err;
	va_start(args, format);
	vsnprintf(error->text, sizeof(error->text), format, args);
	va_end(args);
	return code;
}

static int absent(struct nl_error *error, int err)
{
	return failed(error, EXIT_ABSENT, err,
		      "is the module loaded? (no netlink family \"%s\")",
		      TCPWATCH_FAMILY_NAME);
}

static int failed_errno(struct nl_error *error, const char *what)
{
	return failed(error, EXIT_REFUSED, errno, "%s: %s", what,
		      strerror(errno));
}

/* --- errors of the kernel --- */

static const char *attr_name(const struct spec_set *set, uint16_t type)
{
	if (!set || type >= set->n || !set->attrs[type].name)
		return NULL;
	return set->attrs[type].name;
}

/* The attribute of the request that begins at @offset. */
static const char *attr_name_at(const struct ask *ask, uint32_t offset)
{
	const struct nlattr *attr;

	mnl_attr_for_each(attr, ask->message, sizeof(struct genlmsghdr))
		if ((const uint8_t *)attr - (const uint8_t *)ask->message ==
		    offset)
			return attr_name(ask->set, mnl_attr_get_type(attr));
	return NULL;
}

/* "operation: what the kernel said (attribute x)", as far as it said so. */
static int refused(const struct ask *ask, int err, const uint8_t *tlvs,
		   size_t len)
{
	const char *said = "", *name = NULL, *missing = "";
	struct decode_attr attr;
	int said_len = 0;

	while (decode_next(&tlvs, &len, &attr)) {
		if (attr.type == NLMSGERR_ATTR_MSG) {
			said = (const char *)attr.data;
			said_len = strnlen(said, attr.len);
		} else if (attr.type == NLMSGERR_ATTR_OFFS) {
			name = attr_name_at(ask, decode_number(&attr));
		} else if (attr.type == NLMSGERR_ATTR_MISS_TYPE) {
			name = attr_name(ask->set, decode_number(&attr));
			missing = "missing ";
		}
	}
	if (!said_len) {
		said = err == EPERM || err == EACCES
			       ? "this needs CAP_NET_ADMIN over the namespace"
			       : "the kernel said no";
		said_len = strlen(said);
	}
	return failed(ask->error, EXIT_REFUSED, err, "%.*s%s%s%s%s: %s",
		      said_len, said, name ? " (" : "", name ? missing : "",
		      name ? name : "", name ? ")" : "", strerror(err));
}

/*
 * NLMSG_ERROR and NLMSG_DONE: a number, 0 or a negative error, then what
 * NETLINK_EXT_ACK adds.  The request is not repeated (NETLINK_CAP_ACK).
 */
static int ended(struct ask *ask, const struct nlmsghdr *nlh)
{
	size_t len = mnl_nlmsg_get_payload_len(nlh);
	const uint8_t *data = mnl_nlmsg_get_payload(nlh);
	size_t head = sizeof(int);
	int err = 0;

	ask->done = true;
	if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
		ask->interrupted = true;
	if (len >= sizeof(err))
		memcpy(&err, data, sizeof(err));
	if (err >= 0)
		return 0;
	if (nlh->nlmsg_type == NLMSG_ERROR)
		head = sizeof(struct nlmsgerr);
	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS) || len < head)
		head = len;
	return refused(ask, -err, data + head, len - head);
}

/* --- a request and its answers --- */

static int take_messages(struct ask *ask, size_t len)
{
	const struct nlmsghdr *nlh = (const void *)ask->nl->buf;
	int left = len;
	int code;

	for (; !ask->done && mnl_nlmsg_ok(nlh, left);
	     nlh = mnl_nlmsg_next(nlh, &left)) {
		if (nlh->nlmsg_seq != ask->nl->seq)
			continue;
		if (nlh->nlmsg_type == NLMSG_ERROR ||
		    nlh->nlmsg_type == NLMSG_DONE) {
			code = ended(ask, nlh);
		} else if (nlh->nlmsg_type < NLMSG_MIN_TYPE ||
			   mnl_nlmsg_get_payload_len(nlh) <
				   sizeof(struct genlmsghdr)) {
			code = 0;
		} else {
			if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
				ask->interrupted = true;
			code = ask->answer(nlh, ask->arg);
		}
		if (code)
			return code;
	}
	return 0;
}

/* Sends @ask->message and takes what comes until it is answered. */
static int exchange(struct ask *ask)
{
	struct nl *nl = ask->nl;
	ssize_t len;
	int code;

	if (mnl_socket_sendto(nl->mnl, ask->message, ask->message->nlmsg_len) <
	    0)
		return failed_errno(ask->error, "netlink: send");
	while (!ask->done) {
		len = mnl_socket_recvfrom(nl->mnl, nl->buf, sizeof(nl->buf));
		if (len < 0 && errno == EINTR)
			continue;
		if (len < 0)
			return failed_errno(ask->error, "netlink: receive");
		code = take_messages(ask, len);
		if (code)
			return code;
	}
	return 0;
}

/* --- the family --- */

static uint32_t group_id(const uint8_t *data, size_t len, const char *group)
{
	struct decode_attr attr;
	bool named = false;
	uint32_t id = 0;

	while (decode_next(&data, &len, &attr)) {
		if (attr.type == CTRL_ATTR_MCAST_GRP_NAME)
			named = attr.len == strlen(group) + 1 &&
				!memcmp(attr.data, group, attr.len);
		else if (attr.type == CTRL_ATTR_MCAST_GRP_ID)
			id = decode_number(&attr);
	}
	return named ? id : 0;
}

/**
 * struct family - what nlctrl says of one
 * @id: its number
 * @name: wanted of its groups
 * @group: the number of that
 */
struct family {
	uint16_t id;
	const char *name;
	uint32_t group;
};

static int take_family(const struct nlmsghdr *nlh, void *arg)
{
	const uint8_t *data, *groups;
	struct decode_attr attr, group;
	struct family *family = arg;
	size_t len, groups_len;
	uint32_t id;

	data = mnl_nlmsg_get_payload_offset(nlh, sizeof(struct genlmsghdr));
	len = mnl_nlmsg_get_payload_len(nlh) - sizeof(struct genlmsghdr);
	while (decode_next(&data, &len, &attr)) {
		if (attr.type == CTRL_ATTR_FAMILY_ID)
			family->id = decode_number(&attr);
		if (attr.type != CTRL_ATTR_MCAST_GROUPS)
			continue;
		groups = attr.data;
		groups_len = attr.len;
		while (decode_next(&groups, &groups_len, &group)) {
			id = group_id(group.data, group.len, family->name);
			if (id)
				family->group = id;
		}
	}
	return 0;
}

static struct nlmsghdr *put_header(struct nl *nl, void *buf, uint16_t family,
				   uint16_t flags, uint8_t cmd, uint8_t version)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct genlmsghdr *head;

	nlh->nlmsg_type = family;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	nlh->nlmsg_seq = ++nl->seq;
	head = mnl_nlmsg_put_extra_header(nlh, sizeof(*head));
	head->cmd = cmd;
	head->version = version;
	return nlh;
}

static int ask_family(struct nl *nl, const char *name, struct family *family,
		      struct nl_error *error)
{
	uint8_t buf[256] __aligned(8);
	struct nlmsghdr *nlh = put_header(nl, buf, GENL_ID_CTRL, NLM_F_ACK,
					  CTRL_CMD_GETFAMILY, 1);
	struct ask ask = {
		.nl = nl,
		.message = nlh,
		.answer = take_family,
		.arg = family,
		.error = error,
	};

	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, name);
	return exchange(&ask);
}

static int resolve(struct nl *nl, struct nl_error *error)
{
	struct family family = { .name = TCPWATCH_MCGRP_TRANSITIONS };
	int code = ask_family(nl, TCPWATCH_FAMILY_NAME, &family, error);

	if (code && error->err == ENOENT)
		return absent(error, ENOENT);
	if (code)
		return code;
	nl->family = family.id;
	nl->group = family.group;
	return 0;
}

static void set_option(const struct nl *nl, int option)
{
	int one = 1;

	/* Kernels without it do as well; they say less. */
	mnl_socket_setsockopt(nl->mnl, option, &one, sizeof(one));
}

struct nl *nl_open(struct nl_error *error)
{
	struct nl *nl = malloc(sizeof(*nl));

	memset(error, 0, sizeof(*error));
	if (!nl) {
		failed(error, EXIT_REFUSED, ENOMEM, "no memory");
		return NULL;
	}
	memset(nl, 0, offsetof(struct nl, buf));
	nl->mnl = mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC);
	if (!nl->mnl || mnl_socket_bind(nl->mnl, 0, MNL_SOCKET_AUTOPID) < 0) {
		failed_errno(error, "netlink: open");
		nl_close(nl);
		return NULL;
	}
	set_option(nl, NETLINK_EXT_ACK);
	set_option(nl, NETLINK_CAP_ACK);
	set_option(nl, NETLINK_GET_STRICT_CHK);
	if (resolve(nl, error)) {
		nl_close(nl);
		return NULL;
	}
	return nl;
}

void nl_close(struct nl *nl)
{
	if (!nl)
		return;
	if (nl->mnl)
		mnl_socket_close(nl->mnl);
	free(nl);
}

int nl_fd(const struct nl *nl)
{
	return mnl_socket_get_fd(nl->mnl);
}

/* --- requests to the module --- */

static int request_once(struct ask *ask, const struct nl_req *req,
			uint16_t flags)
{
	uint8_t buf[sizeof(req->buf) + 64] __aligned(8);
	struct nlmsghdr *nlh;

	memset(ask->error, 0, sizeof(*ask->error));
	if (req->error)
		return failed(ask->error, EXIT_REFUSED, EMSGSIZE,
			      "the request is too long");
	nlh = put_header(ask->nl, buf, ask->nl->family, flags, req->cmd,
			 TCPWATCH_FAMILY_VERSION);
	memcpy(mnl_nlmsg_get_payload_tail(nlh), req->buf, req->len);
	nlh->nlmsg_len += req->len;
	ask->message = nlh;
	ask->set = req->cmd < spec_cmds ? spec_by_cmd[req->cmd] : NULL;
	ask->done = false;
	return exchange(ask);
}

/*
 * The module may have gone, and come back with another number, since the
 * family was looked up.
 */
static int request(struct ask *ask, const struct nl_req *req, uint16_t flags)
{
	uint16_t family = ask->nl->family;
	struct nl_error error = { 0 };
	int code = request_once(ask, req, flags);
	int err = ask->error->err;

	if (!code || (err != ENOENT && err != EOPNOTSUPP && err != ENODEV))
		return code;
	if (resolve(ask->nl, &error)) {
		*ask->error = error;
		return error.code;
	}
	return ask->nl->family == family ? code : request_once(ask, req, flags);
}

static const void *attrs_of(const struct nlmsghdr *nlh, size_t *len)
{
	*len = mnl_nlmsg_get_payload_len(nlh) - sizeof(struct genlmsghdr);
	return mnl_nlmsg_get_payload_offset(nlh, sizeof(struct genlmsghdr));
}

/**
 * struct many - who is told of answers
 * @each: told of each
 * @arg: for @each
 */
struct many {
	int (*each)(const void *attrs, size_t len, void *arg);
	void *arg;
};

static int take_many(const struct nlmsghdr *nlh, void *arg)
{
	struct many *many = arg;
	const void *attrs;
	size_t len;

	attrs = attrs_of(nlh, &len);
	return many->each(attrs, len, many->arg);
}

/* What is left of a dump that was ended would be taken for answers. */
static void drain(struct nl *nl)
{
	nl->seq++;
	while (recv(nl_fd(nl), nl->buf, sizeof(nl->buf), MSG_DONTWAIT) > 0)
		;
}

int nl_ask(struct nl *nl, const struct nl_req *req, bool dump,
	   int (*each)(const void *attrs, size_t len, void *arg), void *arg,
	   bool *interrupted, struct nl_error *error)
{
	struct many many = { .each = each, .arg = arg };
	struct ask ask = {
		.nl = nl,
		.answer = take_many,
		.arg = &many,
		.error = error,
	};
	int code = request(&ask, req, dump ? NLM_F_DUMP : NLM_F_ACK);

	if (!ask.done)
		drain(nl);
	*interrupted = ask.interrupted;
	return code;
}

/* --- the group --- */

static void set_rcvbuf(const struct nl *nl, int size)
{
	if (!size)
		return;
	/* The first needs CAP_NET_ADMIN and has no limit. */
	if (setsockopt(nl_fd(nl), SOL_SOCKET, SO_RCVBUFFORCE, &size,
		       sizeof(size)))
		setsockopt(nl_fd(nl), SOL_SOCKET, SO_RCVBUF, &size,
			   sizeof(size));
}

static int join(const struct nl *nl, uint32_t group)
{
	return mnl_socket_setsockopt(nl->mnl, NETLINK_ADD_MEMBERSHIP, &group,
				     sizeof(group));
}

int nl_subscribe(struct nl *nl, int rcvbuf, struct nl_error *error)
{
	struct family control = { .name = "notify" };

	memset(error, 0, sizeof(*error));
	/* Says when the family goes; without it nobody would. */
	if (!ask_family(nl, "nlctrl", &control, error) && control.group)
		join(nl, control.group);
	if (!nl->group)
		return failed(error, EXIT_REFUSED, ENOENT,
			      "the module has no group \"%s\"",
			      TCPWATCH_MCGRP_TRANSITIONS);
	set_rcvbuf(nl, rcvbuf);
	if (!join(nl, nl->group))
		return 0;
	if (errno == EPERM)
		return failed(error, EXIT_REFUSED, EPERM,
			      "this needs CAP_NET_ADMIN over the namespace");
	return failed_errno(error, "netlink: join the group");
}

/* nlctrl told of a family that went; was it ours? */
static bool family_gone(const struct nl *nl, const struct nlmsghdr *nlh)
{
	const struct genlmsghdr *head = mnl_nlmsg_get_payload(nlh);
	struct decode_attr attr;
	const void *attrs;
	const uint8_t *data;
	size_t len;

	attrs = attrs_of(nlh, &len);
	data = attrs;
	if (head->cmd != CTRL_CMD_DELFAMILY)
		return false;
	while (decode_next(&data, &len, &attr))
		if (attr.type == CTRL_ATTR_FAMILY_ID)
			return decode_number(&attr) == nl->family;
	return false;
}

static enum nl_got take_group(struct nl *nl, size_t len,
			      int (*each)(const void *attrs, size_t len,
					  void *arg),
			      void *arg, struct nl_error *error)
{
	const struct nlmsghdr *nlh = (const void *)nl->buf;
	int left = len;
	const void *attrs;
	size_t attrs_len;

	for (; mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left)) {
		if (mnl_nlmsg_get_payload_len(nlh) < sizeof(struct genlmsghdr))
			continue;
		if (nlh->nlmsg_type == GENL_ID_CTRL && family_gone(nl, nlh)) {
			absent(error, 0);
			return NL_GOT_END;
		}
		if (nlh->nlmsg_type != nl->family)
			continue;
		attrs = attrs_of(nlh, &attrs_len);
		if (each(attrs, attrs_len, arg))
			return NL_GOT_END;
	}
	return NL_GOT_MESSAGE;
}

enum nl_got nl_receive_raw(struct nl *nl, int timeout_ms,
			   int (*each)(const void *attrs, size_t len,
				       void *arg),
			   void *arg, struct nl_error *error)
{
	struct pollfd poll_fd = { .fd = nl_fd(nl), .events = POLLIN };
	ssize_t len;

	memset(error, 0, sizeof(*error));
	len = recv(nl_fd(nl), nl->buf, sizeof(nl->buf), MSG_DONTWAIT);
	if (len < 0 && errno == EAGAIN && timeout_ms) {
		if (poll(&poll_fd, 1, timeout_ms) <= 0)
			return NL_GOT_NOTHING;
		len = recv(nl_fd(nl), nl->buf, sizeof(nl->buf), MSG_DONTWAIT);
	}
	if (len >= 0)
		return take_group(nl, len, each, arg, error);
	if (errno == EAGAIN || errno == EINTR)
		return NL_GOT_NOTHING;
	if (errno == ENOBUFS)
		return NL_GOT_OVERRUN;
	failed_errno(error, "netlink: receive");
	return NL_GOT_END;
}
