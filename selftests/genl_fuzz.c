// SPDX-License-Identifier: GPL-2.0
/*
 * Sends the netlink family mutated requests from a seed, as root of the machine
 * in the initial network namespace and in another, as nobody, and as root of a
 * user namespace, and checks what comes back: only errors
 * that are meant for that, nothing that the sender may not know, answers of
 * proper form, and right ones to right requests afterwards.
 *
 * Usage: genl_fuzz [-s SEED] [MESSAGES]
 * Environment: GENL_FUZZ_MESSAGES (1000000; not all is tried with less than
 * 10000)
 *
 * Nothing here waits for anything but by sleeping: where the clock stands
 * still while anything runs, that is the only time that passes.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/tcpwatch.h>

#include "genl_fuzz.h"

#ifndef SOL_NETLINK
#define SOL_NETLINK 270
#endif

#define SEED 0x7c9a7c4ULL
#define MESSAGES 1000000
#define NOBODY 65534
#define SOCKETS 8
#define OLD_SOCKETS 2	/* from before the process became what it is */
#define SENT_MOST 65536 /* a power of two */
#define ERRNOS 134
#define BETWEEN 256 /* messages from one nap to the next */
#define NAP_NS 5000000
#define RENEW 4096 /* messages for which the other namespace stays */
#define CMDS (TCPWATCH_CMD_MAX + 1)
#define ALL ((1u << TCPWATCH_CMD_TRANSITIONS_NTF) - 2)
#define ALL_OF_ONE                                  \
	((ALL & ~(1u << TCPWATCH_CMD_STATS_DUMP)) | \
	 1u << TCPWATCH_CMD_TRANSITIONS_NTF)

static const char *const cmd_names[CMDS] = {
	[TCPWATCH_CMD_STATS_GET] = "stats-get",
	[TCPWATCH_CMD_STATS_DUMP] = "stats-dump",
	[TCPWATCH_CMD_HIST_GET] = "hist-get",
	[TCPWATCH_CMD_MATRIX_GET] = "matrix-get",
	[TCPWATCH_CMD_FLOW_GET] = "flow-get",
	[TCPWATCH_CMD_FLOW_DUMP] = "flow-dump",
	[TCPWATCH_CMD_LISTENER_GET] = "listener-get",
	[TCPWATCH_CMD_STUCK_GET] = "stuck-get",
	[TCPWATCH_CMD_PORT_PRESSURE_GET] = "port-pressure-get",
	[TCPWATCH_CMD_TIMEWAIT_GET] = "timewait-get",
	[TCPWATCH_CMD_CONFIG_GET] = "config-get",
	[TCPWATCH_CMD_CONFIG_SET] = "config-set",
	[TCPWATCH_CMD_TRANSITIONS_NTF] = "transitions-ntf",
};

/*
 * What a request may be refused with; the last two where there is no room in
 * the socket, for a dump or for an answer.
 */
static const int refusals[] = { EINVAL, ERANGE, EPERM,	    ENOENT,  EBADF,
				ENONET, EBUSY,	EOPNOTSUPP, ENOBUFS, EAGAIN };

/* What everybody may ask for. */
#define PUBLIC                                                             \
	(1u << TCPWATCH_CMD_STATS_GET | 1u << TCPWATCH_CMD_HIST_GET |      \
	 1u << TCPWATCH_CMD_MATRIX_GET | 1u << TCPWATCH_CMD_TIMEWAIT_GET | \
	 1u << TCPWATCH_CMD_CONFIG_GET)

/**
 * struct outcome - what a share of the messages led to
 * @sent: messages
 * @hash: of all that was sent
 * @done: those that were answered, by command
 * @errors: what others were refused with
 * @malformed: answers whose lengths are wrong
 * @foreign: answers about a namespace that is none of the sender's business
 * @not_sent: datagrams that the kernel did not take
 * @overruns: how often a socket had no room for an answer
 * @netns: namespaces that came and went
 * @right: a right request is answered rightly afterwards
 * @skipped: this cannot be tried here
 */
struct outcome {
	uint64_t sent;
	uint64_t hash;
	uint64_t done[CMDS];
	uint64_t errors[ERRNOS];
	uint64_t malformed;
	uint64_t foreign;
	uint64_t not_sent;
	uint64_t overruns;
	uint64_t netns;
	bool right;
	bool skipped;
};

/**
 * struct share - some of the messages
 * @name: who sends them
 * @part: how many, per cent
 * @may: 1 << command for those that have to be answered; the others must not
 * @become: makes the process the one that sends them
 * @moving: it may make network namespaces
 */
struct share {
	const char *name;
	unsigned int part;
	uint32_t may;
	int (*become)(struct gf_place *place);
	bool moving;
};

/* A message that was sent, if it can be told from others. */
struct sent {
	uint32_t seq;
	uint8_t cmd;
};

/*
 * What is sent depends on the seed only: for what is received there are other
 * dice.
 */
struct fuzz {
	struct gf_dice dice;
	struct gf_dice ear;
	struct gf_place place;
	ino_t closed[2]; /* namespaces of which nothing may be told */
	ino_t half;	 /* and of which only what is for everybody */
	struct outcome *out;
	int sock[SOCKETS];
	int traffic;
	uint32_t seq;
	struct sent log[SENT_MOST];
	struct gf_msg msg;
	unsigned char datagram[2 * GF_BYTES];
	unsigned char answer[4 * GF_BYTES];
};

/* --- what comes back --- */

/* Are the attributes of an answer one behind the other, and nothing else? */
static bool attrs_fit(const unsigned char *at, size_t len)
{
	struct nlattr nla;

	while (len) {
		if (len < NLA_HDRLEN)
			return false;
		memcpy(&nla, at, sizeof(nla));
		if (nla.nla_len < NLA_HDRLEN || nla.nla_len > len)
			return false;
		if ((size_t)NLA_ALIGN(nla.nla_len) >= len)
			return true;
		at += NLA_ALIGN(nla.nla_len);
		len -= NLA_ALIGN(nla.nla_len);
	}
	return true;
}

static void count_error(struct fuzz *f, uint32_t seq, int error)
{
	const struct sent *sent = &f->log[seq % SENT_MOST];

	if (error < 0) {
		f->out->errors[-error < ERRNOS ? -error : ERRNOS - 1]++;
		return;
	}
	if (sent->seq == seq && sent->cmd < CMDS)
		f->out->done[sent->cmd]++;
}

/* The first attribute of an answer says whom it is about. */
static bool is_foreign(const struct fuzz *f, int cmd, const unsigned char *at,
		       size_t len)
{
	struct {
		struct nlattr nla;
		uint32_t netns;
	} first;

	if (len < sizeof(first))
		return true;
	memcpy(&first, at, sizeof(first));
	if (first.nla.nla_type != TCPWATCH_A_STATS_NETNS)
		return true;
	return first.netns == f->closed[0] || first.netns == f->closed[1] ||
	       (first.netns == f->half && !(PUBLIC & 1u << cmd));
}

static void take_message(struct fuzz *f, const struct nlmsghdr *nlh,
			 const unsigned char *data, size_t len)
{
	struct genlmsghdr genl;
	int error;

	if (nlh->nlmsg_type == NLMSG_ERROR || nlh->nlmsg_type == NLMSG_DONE) {
		if (len < sizeof(error)) {
			f->out->malformed++;
			return;
		}
		memcpy(&error, data, sizeof(error));
		count_error(f, nlh->nlmsg_seq, error);
		return;
	}
	if (nlh->nlmsg_type != f->place.family)
		return;
	if (len < GENL_HDRLEN ||
	    !attrs_fit(data + GENL_HDRLEN, len - GENL_HDRLEN)) {
		f->out->malformed++;
		return;
	}
	memcpy(&genl, data, sizeof(genl));
	if (genl.cmd >= CMDS) {
		f->out->malformed++;
		return;
	}
	f->out->done[genl.cmd]++;
	if (is_foreign(f, genl.cmd, data + GENL_HDRLEN, len - GENL_HDRLEN))
		f->out->foreign++;
}

static void take_datagram(struct fuzz *f, size_t len)
{
	const unsigned char *at = f->answer;
	struct nlmsghdr nlh;

	while (len) {
		if (len < NLMSG_HDRLEN) {
			f->out->malformed++;
			return;
		}
		memcpy(&nlh, at, sizeof(nlh));
		if (nlh.nlmsg_len < NLMSG_HDRLEN || nlh.nlmsg_len > len) {
			f->out->malformed++;
			return;
		}
		take_message(f, &nlh, at + NLMSG_HDRLEN,
			     nlh.nlmsg_len - NLMSG_HDRLEN);
		if (NLMSG_ALIGN(nlh.nlmsg_len) >= len)
			return;
		at += NLMSG_ALIGN(nlh.nlmsg_len);
		len -= NLMSG_ALIGN(nlh.nlmsg_len);
	}
}

/* Takes up to n datagrams; some into too little room, some not out of it. */
static void drain(struct fuzz *f, int sock, unsigned int n)
{
	struct iovec iov = { .iov_base = f->answer };
	struct msghdr hdr = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t len;
	int flags;

	while (n--) {
		flags = MSG_DONTWAIT;
		iov.iov_len = sizeof(f->answer);
		if (gf_one_in(&f->ear, 256))
			iov.iov_len = gf_below(&f->ear, 8192);
		else if (gf_one_in(&f->ear, 256))
			flags |= MSG_PEEK;
		len = recvmsg(sock, &hdr, flags);
		if (len < 0 && errno == ENOBUFS)
			f->out->overruns++;
		else if (len < 0)
			return;
		else if (!(hdr.msg_flags & MSG_TRUNC) && !(flags & MSG_PEEK))
			take_datagram(f, len);
	}
}

/* --- what is sent --- */

/* Two requests with one number cannot be told from each other. */
static void note(struct fuzz *f, const struct nlmsghdr *nlh, uint8_t cmd)
{
	struct sent *sent = &f->log[nlh->nlmsg_seq % SENT_MOST];

	if (nlh->nlmsg_type != f->place.family ||
	    !(nlh->nlmsg_flags & NLM_F_REQUEST))
		cmd = CMDS;
	if (sent->seq == nlh->nlmsg_seq)
		cmd = CMDS;
	*sent = (struct sent){ nlh->nlmsg_seq, cmd };
}

/*
 * Looks at a datagram as the kernel will.  This is about one family: others
 * are not to be asked.
 */
static void look(struct fuzz *f, unsigned char *at, size_t len)
{
	struct genlmsghdr genl = { .cmd = CMDS };
	struct nlmsghdr nlh;

	while (len >= NLMSG_HDRLEN) {
		memcpy(&nlh, at, sizeof(nlh));
		if (nlh.nlmsg_len < NLMSG_HDRLEN || nlh.nlmsg_len > len)
			return;
		if (nlh.nlmsg_type >= GENL_MIN_ID &&
		    nlh.nlmsg_type <= GENL_MAX_ID &&
		    nlh.nlmsg_type != f->place.family) {
			nlh.nlmsg_type |= 0x8000;
			memcpy(at, &nlh, sizeof(nlh));
		}
		if (nlh.nlmsg_len >= NLMSG_HDRLEN + GENL_HDRLEN)
			memcpy(&genl, at + NLMSG_HDRLEN, sizeof(genl));
		note(f, &nlh, genl.cmd);
		if (NLMSG_ALIGN(nlh.nlmsg_len) >= len)
			return;
		at += NLMSG_ALIGN(nlh.nlmsg_len);
		len -= NLMSG_ALIGN(nlh.nlmsg_len);
	}
}

static void make_message(struct fuzz *f)
{
	int cmd = 1 + gf_below(&f->dice, TCPWATCH_CMD_CONFIG_SET);

	gf_valid(&f->msg, cmd, f->seq++, &f->dice, &f->place);
	if (!gf_one_in(&f->dice, 4))
		gf_mutate(&f->msg, &f->dice);
}

/* Does the kernel find the next message behind this one? */
static bool is_framed(const struct gf_msg *msg)
{
	uint32_t len;

	if (msg->len < NLMSG_HDRLEN)
		return false;
	memcpy(&len, msg->buf, sizeof(len));
	return NLMSG_ALIGN(len) == NLMSG_ALIGN(msg->len);
}

/* Sends one datagram of one message, or of some; returns how many. */
static unsigned int send_some(struct fuzz *f, int sock)
{
	unsigned int n = gf_one_in(&f->dice, 2) ? 1
						: 2 + gf_below(&f->dice, 15);
	size_t len = 0, at;
	unsigned int i;

	for (i = 0; i < n && len < GF_BYTES; i++) {
		make_message(f);
		memcpy(f->datagram + len, f->msg.buf, f->msg.len);
		len = NLMSG_ALIGN(len + f->msg.len);
		if (!is_framed(&f->msg))
			n = 0;
	}
	/* the last one's end need not be aligned */
	if (f->msg.len % NLMSG_ALIGNTO)
		len -= NLMSG_ALIGNTO - f->msg.len % NLMSG_ALIGNTO;
	look(f, f->datagram, len);
	for (at = 0; at < len; at++) /* FNV-1a */
		f->out->hash =
			(f->out->hash ^ f->datagram[at]) * 0x100000001b3ULL;
	if (send(sock, f->datagram, len, MSG_DONTWAIT) < 0)
		f->out->not_sent++;
	f->out->sent += i;
	return i;
}

/* --- sockets --- */

static void set_option(struct fuzz *f, int sock)
{
	static const int options[] = {
		NETLINK_PKTINFO,	NETLINK_NO_ENOBUFS,
		NETLINK_CAP_ACK,	NETLINK_EXT_ACK,
		NETLINK_GET_STRICT_CHK, NETLINK_BROADCAST_ERROR,
		NETLINK_LISTEN_ALL_NSID
	};
	int on = gf_below(&f->dice, 2);

	setsockopt(sock, SOL_NETLINK, GF_PICK(&f->dice, options), &on,
		   sizeof(on));
}

/* Joins or leaves the group, one beside it, or none that there can be. */
static void set_group(struct fuzz *f, int sock)
{
	static const uint32_t wild[] = { 0,	     1,		 31,
					 32,	     33,	 63,
					 64,	     0x10000,	 0x7fffffff,
					 0x80000000, 0xffffffff, 0xfffffffe };
	uint32_t group = f->place.group;

	if (gf_one_in(&f->dice, 2))
		group += gf_below(&f->dice, 7) - 3;
	else if (gf_one_in(&f->dice, 4))
		group = GF_PICK(&f->dice, wild);
	setsockopt(sock, SOL_NETLINK,
		   gf_one_in(&f->dice, 3) ? NETLINK_DROP_MEMBERSHIP
					  : NETLINK_ADD_MEMBERSHIP,
		   &group, sizeof(group));
}

static int netlink_socket(void)
{
	return socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
}

/* What else can happen to a socket; a dump may be under way. */
static void disturb(struct fuzz *f, int sock)
{
	bool old = sock == f->sock[0] || sock == f->sock[1];
	int fd;

	switch (gf_below(&f->dice, 64)) {
	case 0:
		if (old)
			break;
		/* the same number, so that no other descriptor gets it */
		fd = netlink_socket();
		dup3(fd, sock, O_CLOEXEC);
		close(fd);
		break;
	case 1:
	case 2:
		/* old kernels tell whoever opened it, not whoever joins */
		if (!old)
			set_group(f, sock);
		break;
	case 3:
		set_option(f, sock);
		break;
	}
}

/* --- who sends --- */

static int stay_root(struct gf_place *place)
{
	(void)place;
	return 0;
}

static int become_host(struct gf_place *place)
{
	return setns(place->host, CLONE_NEWNET);
}

static int become_nobody(struct gf_place *place)
{
	(void)place;
	return setgroups(0, NULL) || setgid(NOBODY) || setuid(NOBODY);
}

static int become_other_root(struct gf_place *place)
{
	return become_nobody(place) || gf_own_user_ns(place);
}

/* --- one share --- */

static void nap(struct fuzz *f)
{
	static const struct timespec time = { .tv_nsec = NAP_NS };

	if (write(f->traffic, "", 1) < 0)
		perror("# traffic");
	nanosleep(&time, NULL);
}

static void fuzz(struct fuzz *f, uint64_t messages)
{
	uint64_t rest = messages, nap_at = rest, renew_at = rest;
	unsigned int n;
	int sock;

	while (rest) {
		if (rest <= nap_at) {
			nap(f);
			nap_at = rest > BETWEEN ? rest - BETWEEN : 0;
		}
		if (f->place.moving && rest <= renew_at) {
			gf_another_netns(&f->place);
			f->out->netns++;
			renew_at = rest > RENEW ? rest - RENEW : 0;
		}
		sock = GF_PICK(&f->dice, f->sock);
		disturb(f, sock);
		n = send_some(f, sock);
		rest -= n < rest ? n : rest;
		if (gf_one_in(&f->dice, 2))
			drain(f, sock, 64);
		else if (gf_one_in(&f->dice, 2))
			drain(f, sock, 1);
	}
	for (n = 0; n < SOCKETS; n++)
		drain(f, f->sock[n], 1024);
}

/* How many states does an answer to stats-get tell of? */
static unsigned int states_of(const unsigned char *at, size_t len)
{
	unsigned int states = 0;
	struct nlattr nla;

	while (len >= NLA_HDRLEN) {
		memcpy(&nla, at, sizeof(nla));
		if (nla.nla_len < NLA_HDRLEN || nla.nla_len > len)
			break;
		if ((nla.nla_type & NLA_TYPE_MASK) == TCPWATCH_A_STATS_STATE)
			states++;
		if ((size_t)NLA_ALIGN(nla.nla_len) >= len)
			break;
		at += NLA_ALIGN(nla.nla_len);
		len -= NLA_ALIGN(nla.nla_len);
	}
	return states;
}

/* stats-get as anybody may ask for it, with an answer and its end. */
static bool answers_rightly(const struct gf_place *place)
{
	static struct outcome out;
	static struct fuzz f;
	struct {
		struct nlmsghdr nlh;
		struct genlmsghdr genl;
		struct nlattr nla;
		uint32_t netns;
	} ask = {
		.nlh = { NLMSG_HDRLEN + GENL_HDRLEN, place->family,
			 NLM_F_REQUEST | NLM_F_ACK, 77, 0 },
		.genl = { .cmd = TCPWATCH_CMD_STATS_GET, .version = 1 },
	};
	int sock = netlink_socket();
	struct stat netns = { 0 };
	unsigned int states = 0;
	ssize_t len;

	f.out = &out;
	f.place = *place;
	f.log[77] = (struct sent){ 77, 0 }; /* the end counts as command 0 */
	stat("/proc/self/ns/net", &netns);
	send(sock, &ask, ask.nlh.nlmsg_len, 0);
	ask.netns = 0;
	while ((len = recv(sock, f.answer, sizeof(f.answer), MSG_DONTWAIT)) >
	       0) {
		if (!ask.netns && len > (ssize_t)sizeof(ask)) {
			memcpy(&ask, f.answer, sizeof(ask));
			states =
				states_of(f.answer + NLMSG_HDRLEN + GENL_HDRLEN,
					  len - NLMSG_HDRLEN - GENL_HDRLEN);
		}
		take_datagram(&f, len);
	}
	close(sock);
	return ask.nla.nla_type == TCPWATCH_A_STATS_NETNS &&
	       ask.netns == netns.st_ino && states == 11 && !out.malformed &&
	       out.done[TCPWATCH_CMD_STATS_GET] == 1 && out.done[0] == 1;
}

static ino_t inode_of(int fd)
{
	struct stat info = { 0 };

	fstat(fd, &info);
	return info.st_ino;
}

/* In a process of its own. */
static void send_share(const struct share *share, uint64_t seed,
		       uint64_t messages, struct outcome *out)
{
	struct fuzz *f = calloc(1, sizeof(*f));
	unsigned int i;

	if (!f || gf_enter_netns(&f->place) || gf_ask_family(&f->place)) {
		perror("# cannot begin");
		_exit(1);
	}
	f->out = out;
	f->dice.state = seed;
	f->ear.state = seed;
	f->seq = 1;
	for (i = 0; i < OLD_SOCKETS; i++)
		f->sock[i] = netlink_socket();
	if (share->become != stay_root && share->become != become_host) {
		f->half = inode_of(f->place.netns[0]);
		f->closed[0] = inode_of(f->place.netns[2]);
		/* that of one that comes and goes would be another's */
		if (!share->moving)
			f->closed[1] = inode_of(f->place.netns[1]);
	}
	if (share->become(&f->place)) {
		perror("# cannot become the sender");
		out->skipped = true;
		_exit(0);
	}
	for (; i < SOCKETS; i++)
		f->sock[i] = netlink_socket();
	f->place.moving = share->moving;
	f->traffic = gf_traffic();
	fuzz(f, messages);
	out->right = answers_rightly(&f->place);
	fflush(stdout);
	_exit(0);
}

/* --- all of them --- */

static const struct share shares[] = {
	{ "root", 30, ALL_OF_ONE, stay_root, true },
	{ "host", 20, ALL_OF_ONE | 1u << TCPWATCH_CMD_STATS_DUMP, become_host,
	  true },
	{ "nobody", 30, PUBLIC, become_nobody, false },
	{ "root-of-user-namespace", 20, ALL_OF_ONE, become_other_root, true },
};

/* --- the report --- */

static bool is_refusal(int error)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(refusals); i++)
		if (refusals[i] == error)
			return true;
	return false;
}

static bool check(bool good, const char *share, const char *what,
		  const char *which)
{
	if (!good)
		printf("# %s: %s %s\n", share, what, which);
	return good;
}

static void show(const struct share *share, const struct outcome *out)
{
	int i;

	printf("# %s: hash of what is sent %#" PRIx64 "\n", share->name,
	       out->hash);
	printf("# %s: %" PRIu64 " messages, %" PRIu64
	       " datagrams not sent, %" PRIu64 " overruns, %" PRIu64
	       " other namespaces\n",
	       share->name, out->sent, out->not_sent, out->overruns,
	       out->netns);
	for (i = 0; i < ERRNOS; i++)
		if (out->errors[i])
			printf("# %s: %s %" PRIu64 "\n", share->name,
			       strerrorname_np(i) ?: "?", out->errors[i]);
	for (i = 1; i < CMDS; i++)
		printf("# %s: answers to %s %" PRIu64 "\n", share->name,
		       cmd_names[i], out->done[i]);
}

static bool judge(const struct share *share, const struct outcome *out)
{
	const char *name = share->name;
	bool good = true;
	size_t i;

	for (i = 0; i < ERRNOS; i++)
		good &= check(!out->errors[i] || is_refusal(i), name,
			      "unexpected error", strerrorname_np(i) ?: "?");
	good &= check(out->errors[EINVAL], name, "never refused with",
		      "EINVAL");
	if (share->may & 1u << TCPWATCH_CMD_CONFIG_SET)
		good &= check(out->errors[ERANGE], name, "never refused with",
			      "ERANGE");
	if (share->become != become_host)
		good &= check(out->errors[EPERM], name, "never refused with",
			      "EPERM");
	for (i = 1; i < CMDS; i++)
		if (share->may & 1u << i)
			good &= check(out->done[i], name, "never answered",
				      cmd_names[i]);
		else
			good &= check(!out->done[i], name, "may not be told",
				      cmd_names[i]);
	good &= check(!out->malformed, name, "answers of a wrong form", "");
	good &= check(!out->foreign, name, "answers that are not for it", "");
	good &= check(out->right, name, "a right request gets a wrong answer",
		      "");
	return good;
}

/* --- the kernel's log --- */

static bool log_is_clean(int kmsg)
{
	static const char *const reports[] = { "WARNING",    "BUG",   "KASAN",
					       "Call Trace", "UBSAN", "ODEBUG",
					       "INFO: " };
	char line[8192];
	bool clean = true;
	ssize_t len;
	size_t i;

	while ((len = read(kmsg, line, sizeof(line) - 1)) >= 0 ||
	       errno == EPIPE) {
		line[len > 0 ? len : 0] = '\0';
		for (i = 0; i < ARRAY_SIZE(reports); i++) {
			if (!strstr(line, reports[i]))
				continue;
			clean = false;
			printf("# %s\n", strtok(line, "\n"));
			break;
		}
	}
	return clean;
}

/* --- the whole --- */

static int tests;

static bool tap(bool good, const char *name, const char *more)
{
	printf("%sok %d - %s%s\n", good ? "" : "not ", ++tests, name, more);
	fflush(stdout);
	return good;
}

static bool run_share(const struct share *share, uint64_t seed,
		      uint64_t messages)
{
	struct outcome *out = mmap(NULL, sizeof(*out), PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status = -1;
	bool good;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid)
		send_share(share, seed, messages * share->part / 100, out);
	waitpid(pid, &status, 0);
	if (!status && out->skipped)
		return tap(true, share->name, " # SKIP not possible here");
	show(share, out);
	good = check(!status, share->name, "did not come to its end", "");
	good &= judge(share, out);
	munmap(out, sizeof(*out));
	return tap(good, share->name, "");
}

int main(int argc, char **argv)
{
	const char *count = getenv("GENL_FUZZ_MESSAGES");
	uint64_t seed = SEED, messages;
	struct gf_place place;
	bool good = true;
	int kmsg, opt;
	size_t i;

	while ((opt = getopt(argc, argv, "s:")) != -1) {
		if (opt != 's') {
			fprintf(stderr, "Usage: %s [-s SEED] [MESSAGES]\n",
				argv[0]);
			return 2;
		}
		seed = strtoull(optarg, NULL, 0);
	}
	if (optind < argc)
		count = argv[optind];
	messages = count ? strtoull(count, NULL, 0) : MESSAGES;
	kmsg = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	lseek(kmsg, 0, SEEK_END);
	printf("TAP version 13\n1..%zu\n# seed %#" PRIx64 ", %" PRIu64
	       " messages\n",
	       ARRAY_SIZE(shares) + 2, seed, messages);
	for (i = 0; i < ARRAY_SIZE(shares); i++)
		good &= run_share(&shares[i], seed * 31 + i + 1, messages);
	good &= tap(!gf_ask_family(&place) && answers_rightly(&place),
		    "still-answers", "");
	good &= tap(kmsg >= 0 && log_is_clean(kmsg), "kernel-log", "");
	return !good;
}
