// SPDX-License-Identifier: GPL-2.0
/*
 * The surroundings of genl_fuzz: the family's numbers, namespaces to ask
 * about, and connections to be told of.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/genetlink.h>
#include <linux/net_namespace.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/tcpwatch.h>

#include "genl_fuzz.h"

#define HELD 16 /* connections that one end has closed */

/* --- the family --- */

/* Calls fn for each of the attributes. */
static void each_attr(const unsigned char *at, size_t len, void *arg,
		      void (*fn)(uint16_t type, const unsigned char *data,
				 size_t len, void *arg))
{
	struct nlattr nla;

	while (len >= NLA_HDRLEN) {
		memcpy(&nla, at, sizeof(nla));
		if (nla.nla_len < NLA_HDRLEN || nla.nla_len > len)
			return;
		fn(nla.nla_type & NLA_TYPE_MASK, at + NLA_HDRLEN,
		   nla.nla_len - NLA_HDRLEN, arg);
		if ((size_t)NLA_ALIGN(nla.nla_len) >= len)
			return;
		at += NLA_ALIGN(nla.nla_len);
		len -= NLA_ALIGN(nla.nla_len);
	}
}

static void group_attr(uint16_t type, const unsigned char *data, size_t len,
		       void *arg)
{
	struct gf_place *place = arg;

	if (type == CTRL_ATTR_MCAST_GRP_ID && len == sizeof(place->group))
		memcpy(&place->group, data, len);
}

static void each_group(uint16_t type, const unsigned char *data, size_t len,
		       void *arg)
{
	(void)type;
	each_attr(data, len, arg, group_attr);
}

static void family_attr(uint16_t type, const unsigned char *data, size_t len,
			void *arg)
{
	struct gf_place *place = arg;

	if (type == CTRL_ATTR_FAMILY_ID && len == sizeof(place->family))
		memcpy(&place->family, data, len);
	if (type == CTRL_ATTR_MCAST_GROUPS)
		each_attr(data, len, arg, each_group);
}

/**
 * gf_ask_family - what are the numbers of the family and of its group?
 * @place: gets them
 *
 * Return: 0 or -1.
 */
int gf_ask_family(struct gf_place *place)
{
	struct {
		struct nlmsghdr nlh;
		struct genlmsghdr genl;
		struct nlattr nla;
		char name[12];
	} ask = {
		.nlh = { sizeof(ask), GENL_ID_CTRL, NLM_F_REQUEST, 1, 0 },
		.genl = { .cmd = CTRL_CMD_GETFAMILY, .version = 1 },
		.nla = { NLA_HDRLEN + sizeof("tcpwatch"),
			 CTRL_ATTR_FAMILY_NAME },
		.name = "tcpwatch",
	};
	unsigned char answer[8192];
	ssize_t len;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);

	place->family = 0;
	len = send(fd, &ask, sizeof(ask), 0);
	if (len > 0)
		len = recv(fd, answer, sizeof(answer), 0);
	close(fd);
	if (len > (ssize_t)NLMSG_HDRLEN + (ssize_t)GENL_HDRLEN)
		each_attr(answer + NLMSG_HDRLEN + GENL_HDRLEN,
			  len - NLMSG_HDRLEN - GENL_HDRLEN, place, family_attr);
	return place->family && place->group ? 0 : -1;
}

/* --- namespaces --- */

static int own_netns(void)
{
	return open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
}

static void loopback_up(void)
{
	struct ifreq req = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (ioctl(fd, SIOCSIFFLAGS, &req))
		perror("# loopback");
	close(fd);
}

/* Gives a namespace an id here. */
static void name_netns(int netns, int id)
{
	struct {
		struct nlmsghdr nlh;
		struct rtgenmsg gen;
		char pad[NLMSG_ALIGNTO - sizeof(struct rtgenmsg)];
		struct nlattr fd_attr;
		int fd;
		struct nlattr id_attr;
		int id;
	} ask = {
		.nlh = { sizeof(ask), RTM_NEWNSID, NLM_F_REQUEST | NLM_F_ACK, 1,
			 0 },
		.fd_attr = { NLA_HDRLEN + sizeof(int), NETNSA_FD },
		.fd = netns,
		.id_attr = { NLA_HDRLEN + sizeof(int), NETNSA_NSID },
		.id = id,
	};
	struct {
		struct nlmsghdr nlh;
		struct nlmsgerr err;
	} answer = { .err.error = -1 };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (send(fd, &ask, sizeof(ask), 0) > 0)
		recv(fd, &answer, sizeof(answer), 0);
	close(fd);
	if (answer.err.error)
		printf("# no id for a namespace: %s\n",
		       strerror(-answer.err.error));
}

/**
 * gf_another_netns - put a new one in the place of the one that comes and goes
 * @place: where; what asks for the old one may still be under way
 */
void gf_another_netns(struct gf_place *place)
{
	int old = place->netns[1];

	if (unshare(CLONE_NEWNET)) {
		perror("# unshare");
		return;
	}
	/* the same number, so that the messages are the same in every run */
	place->netns[1] = own_netns();
	if (old >= 0 && place->netns[1] >= 0) {
		dup3(place->netns[1], old, O_CLOEXEC);
		close(place->netns[1]);
		place->netns[1] = old;
	}
	if (setns(place->netns[0], CLONE_NEWNET))
		perror("# setns");
	place->nsid[1] = place->nsid[0];
	place->nsid[0] = 7 + place->other++ % 64;
	name_netns(place->netns[1], place->nsid[0]);
}

/**
 * gf_enter_netns - go into a new network namespace, and make others
 * @place: gets them
 *
 * Return: 0 or -1.
 */
int gf_enter_netns(struct gf_place *place)
{
	place->host = open("/proc/1/ns/net", O_RDONLY | O_CLOEXEC);
	if (place->host < 0)
		return -1;
	/* what only the initial user namespace's root may ask about */
	if (unshare(CLONE_NEWNET))
		return -1;
	place->netns[2] = own_netns();
	if (unshare(CLONE_NEWNET))
		return -1;
	place->netns[0] = own_netns();
	place->netns[1] = -1;
	loopback_up();
	gf_another_netns(place);
	gf_another_netns(place);
	return place->netns[1] < 0 ? -1 : 0;
}

static int write_to(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t len = write(fd, text, strlen(text));

	close(fd);
	return len < 0 ? -1 : 0;
}

/**
 * gf_own_user_ns - become root of a user namespace and of its network
 * @place: gets the namespaces; the last stays one that is not its own
 *
 * Return: 0 or -1.
 */
int gf_own_user_ns(struct gf_place *place)
{
	char map[32];

	snprintf(map, sizeof(map), "0 %u 1", geteuid());
	prctl(PR_SET_DUMPABLE, 1); /* or /proc/self is another's */
	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) ||
	    write_to("/proc/self/uid_map", map))
		return -1;
	close(place->netns[0]);
	place->netns[0] = own_netns();
	loopback_up();
	gf_another_netns(place);
	gf_another_netns(place);
	return 0;
}

/* --- connections --- */

static int bound(int family, uint16_t port)
{
	struct sockaddr_in6 six = {
		.sin6_family = AF_INET6,
		.sin6_port = htons(port),
		.sin6_addr = IN6ADDR_LOOPBACK_INIT,
	};
	struct sockaddr_in four = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr = { htonl(INADDR_LOOPBACK) },
	};
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (!bind(fd, family == AF_INET ? (void *)&four : (void *)&six,
		  family == AF_INET ? sizeof(four) : sizeof(six)))
		return fd;
	close(fd);
	return -1;
}

/* A connection from this port; the listener's end in *server. */
static int connected(int listener, uint16_t port, int *server)
{
	struct sockaddr_storage addr;
	socklen_t len = sizeof(addr);
	int client;

	if (getsockname(listener, (void *)&addr, &len))
		return -1;
	client = bound(addr.ss_family, port);
	if (client < 0)
		return -1;
	*server = -1;
	if (!connect(client, (void *)&addr, len))
		*server = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (*server >= 0)
		return client;
	close(client);
	return -1;
}

/* What there is of connections: those that one end has closed. */
struct crowd {
	int listener[2];
	int held[HELD];
	unsigned int step;
};

static void begin(struct crowd *crowd)
{
	int i, server;

	crowd->step = 0;
	crowd->listener[0] = bound(AF_INET, GF_PORT);
	crowd->listener[1] = bound(AF_INET6, GF_PORT);
	for (i = 0; i < HELD; i++)
		crowd->held[i] = -1;
	for (i = 0; i < 2; i++)
		listen(crowd->listener[i], 64);
	for (i = 0; i < 2 * GF_STANDINGS; i++)
		connected(crowd->listener[i % 2], GF_STANDING + i / 2, &server);
}

/* Opens a connection and closes it, in one way or another. */
static void step(struct crowd *crowd)
{
	static const struct linger now = { .l_onoff = 1 };
	unsigned int n = crowd->step++;
	int client, server;
	int *held = &crowd->held[n % HELD];

	client = connected(crowd->listener[n & 1],
			   GF_PASSING + n / 2 % GF_PASSINGS, &server);
	if (client < 0)
		return;
	if (n & 2)
		setsockopt(client, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	if (n & 4) {
		close(client);
		client = server;
	} else {
		close(server);
	}
	if (!(n & 8)) {
		close(client);
		return;
	}
	close(*held);
	*held = client;
}

/**
 * gf_traffic - begin a process that makes connections
 *
 * It makes some for each octet that it is sent, so that it takes no time of
 * its own, and ends with its parent.
 *
 * Return: where to send them, or -1.
 */
int gf_traffic(void)
{
	struct crowd crowd;
	int pipes[2];
	char octet;

	if (pipe2(pipes, O_CLOEXEC))
		return -1;
	switch (fork()) {
	case -1:
		return -1;
	case 0:
		break;
	default:
		close(pipes[0]);
		return pipes[1];
	}
	close(pipes[1]);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	begin(&crowd);
	while (read(pipes[0], &octet, 1) == 1) {
		step(&crowd);
		step(&crowd);
	}
	_exit(0);
}
