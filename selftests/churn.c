// SPDX-License-Identifier: GPL-2.0
/*
 * Makes connections as fast as it can and ends each in a way that the dice
 * choose.  A pair of threads does one connection after the other, one thread
 * for each end, so that both ends really act at the same time.  It prints what
 * it did, which is for a script to compare with what others say of it:
 *
 *	churn KIND begun N opened N failed N
 *	churn all begun N opened N failed N
 *
 * The same seed makes the same connections.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* How a connection ends; "we" are the client. */
enum kind {
	CLIENT_FIRST,  /* we close first */
	SERVER_FIRST,  /* the server closes first */
	BOTH,	       /* both close at once */
	BOTH_SHUTDOWN, /* both shut down at once, and close later */
	HALF_CLOSE,    /* we shut down, data come all the same */
	RST_CLIENT,    /* we close with SO_LINGER 0 */
	RST_SERVER,    /* the server does */
	UNREAD,	       /* we close with data unread */
	AFTER_CLOSE,   /* data come for us when we have closed */
	QUICK,	       /* we close at once, with not a word said */
	RST_DROPPED,   /* our RST never reaches the server's socket */
	REFUSED,       /* nobody listens there */
	LOST,	       /* nobody answers, and we do not wait for long */
	KINDS,
};

static const char *const kind_names[KINDS] = {
	[CLIENT_FIRST] = "client-first",
	[SERVER_FIRST] = "server-first",
	[BOTH] = "both",
	[BOTH_SHUTDOWN] = "both-shutdown",
	[HALF_CLOSE] = "half-close",
	[RST_CLIENT] = "rst-client",
	[RST_SERVER] = "rst-server",
	[UNREAD] = "unread",
	[AFTER_CLOSE] = "after-close",
	[QUICK] = "quick",
	[RST_DROPPED] = "rst-dropped",
	[REFUSED] = "refused",
	[LOST] = "lost",
};

/* Nothing takes longer, or something is wrong with the network. */
#define PATIENCE_MS 30000

/* For how long one waits for a RST, which is sent once and may be lost. */
#define RST_MS 2000

/* For how long a server's socket takes nothing. */
#define DEAF_MS 20

/* Given up connect()s that a pair may have at a time. */
#define LOST_MAX 64

/* For how long we wait for one: mostly hardly at all, sometimes until our SYN
 * has been sent again.
 */
#define LOST_MS 20
#define LOST_RETRIED_MS 1200

#define ADDRS_MAX 64

/* What a client says first; the server does its part by it. */
struct hello {
	uint32_t kind;
	uint32_t number;
};

struct addrs {
	struct sockaddr_in6 addr[ADDRS_MAX];
	unsigned int count;
};

/* A connect() that nobody answers. */
struct lost {
	int fd;
	uint64_t until;
};

struct count {
	unsigned long begun;
	unsigned long opened;
	unsigned long failed;
};

struct pair {
	pthread_t client;
	pthread_t server;
	unsigned int index;
	unsigned long connections;
	uint64_t dice;
	int listener[2];
	/* The connection at whose end each of them has arrived. */
	pthread_mutex_t lock;
	pthread_cond_t came;
	uint32_t client_at;
	uint32_t server_at;
	atomic_bool done;
	struct lost lost[LOST_MAX];
	unsigned int losts;
	struct count count[KINDS];
};

static struct {
	unsigned long connections;
	unsigned int threads;
	uint64_t seed;
	unsigned int port;
	unsigned int quiet_ms;
	const char *client_netns;
	const char *server_netns;
	struct addrs near;
	struct addrs hole;
	unsigned int kinds[KINDS];
	unsigned int kind_count;
} opt = {
	.connections = 1000,
	.threads = 4,
	.seed = 1,
	.port = 20000,
	.quiet_ms = 200,
};

static void die(const char *what)
{
	fprintf(stderr, "churn: %s: %s\n", what, strerror(errno));
	exit(1);
}

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000ULL + now.tv_nsec / 1000000;
}

/* xorshift64*; never 0. */
static uint32_t dice(struct pair *p, uint32_t sides)
{
	p->dice ^= p->dice >> 12;
	p->dice ^= p->dice << 25;
	p->dice ^= p->dice >> 27;
	return ((p->dice * 0x2545f4914f6cdd1dULL) >> 33) % sides;
}

/* --- sockets --- */

static void enter(const char *netns)
{
	int fd;

	if (!netns)
		return;
	fd = open(netns, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		die(netns);
	close(fd);
}

static void set(int fd, int level, int name, int value)
{
	if (setsockopt(fd, level, name, &value, sizeof(value)))
		die("setsockopt");
}

static void patience(int fd, unsigned int ms)
{
	struct timeval time = { .tv_sec = ms / 1000 };

	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof(time)) ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &time, sizeof(time)))
		die("setsockopt");
}

static void linger0(int fd)
{
	struct linger linger = { .l_onoff = 1 };

	if (setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)))
		die("SO_LINGER");
}

/* The socket takes no segment, or takes them again. */
static void deaf(int fd, bool on)
{
	struct sock_filter nothing = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog filter = { .len = 1, .filter = &nothing };

	if (setsockopt(fd, SOL_SOCKET, on ? SO_ATTACH_FILTER : SO_DETACH_FILTER,
		       &filter, sizeof(filter)))
		die("SO_ATTACH_FILTER");
}

/* All addresses are kept as IPv6; a mapped one is connected to as IPv4. */
static int open_to(const struct sockaddr_in6 *to, unsigned int port, bool wait)
{
	struct sockaddr_in6 six = *to;
	struct sockaddr_in four = { .sin_family = AF_INET };
	bool mapped = IN6_IS_ADDR_V4MAPPED(&to->sin6_addr);
	int fd, err;

	fd = socket(mapped ? AF_INET : AF_INET6,
		    SOCK_STREAM | SOCK_CLOEXEC | (wait ? 0 : SOCK_NONBLOCK), 0);
	if (fd < 0)
		die("socket");
	patience(fd, PATIENCE_MS);
	six.sin6_port = htons(port);
	four.sin_port = htons(port);
	memcpy(&four.sin_addr, &six.sin6_addr.s6_addr[12], 4);
	if (mapped)
		err = connect(fd, (struct sockaddr *)&four, sizeof(four));
	else
		err = connect(fd, (struct sockaddr *)&six, sizeof(six));
	if (!err || (!wait && errno == EINPROGRESS))
		return fd;
	err = errno;
	close(fd);
	errno = err;
	return -1;
}

static int listen_at(int family, unsigned int port, bool both)
{
	struct sockaddr_in6 six = { .sin6_family = AF_INET6 };
	struct sockaddr_in four = { .sin_family = AF_INET };
	int fd, err;

	fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		die("socket");
	set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	six.sin6_port = htons(port);
	four.sin_port = htons(port);
	if (family == AF_INET6) {
		set(fd, IPPROTO_IPV6, IPV6_V6ONLY, !both);
		err = bind(fd, (struct sockaddr *)&six, sizeof(six));
	} else {
		err = bind(fd, (struct sockaddr *)&four, sizeof(four));
	}
	if (err || listen(fd, 1024))
		die("listen");
	return fd;
}

static const struct sockaddr_in6 *one_of(struct pair *p, struct addrs *addrs)
{
	return &addrs->addr[dice(p, addrs->count)];
}

/* Read until the peer's FIN, or a RST. */
static void drain(int fd)
{
	char buf[16384];

	while (recv(fd, buf, sizeof(buf), 0) > 0)
		;
}

static bool readable(int fd)
{
	struct pollfd in = { .fd = fd, .events = POLLIN };

	return poll(&in, 1, PATIENCE_MS) > 0;
}

static void say(int fd, size_t len)
{
	static const char words[16384];

	while (len) {
		size_t part = len < sizeof(words) ? len : sizeof(words);
		ssize_t sent = send(fd, words, part, MSG_NOSIGNAL);

		if (sent <= 0)
			return;
		len -= sent;
	}
}

/* One octet, the answer to our hello. */
static bool hear(int fd)
{
	char octet;

	return recv(fd, &octet, 1, 0) == 1;
}

/* Wait until the other end of this connection has come here, too. */
static void meet(struct pair *p, uint32_t *self, uint32_t *other,
		 uint32_t number)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec++;
	pthread_mutex_lock(&p->lock);
	*self = number;
	pthread_cond_broadcast(&p->came);
	while (*other != number)
		if (pthread_cond_timedwait(&p->came, &p->lock, &until))
			break; /* it does not come */
	pthread_mutex_unlock(&p->lock);
}

/* --- the server --- */

static void serve(struct pair *p, int fd)
{
	struct hello hello;

	patience(fd, PATIENCE_MS);
	if (recv(fd, &hello, sizeof(hello), MSG_WAITALL) != sizeof(hello)) {
		close(fd);
		return;
	}
	switch (hello.kind) {
	case UNREAD:
		say(fd, 1000);
		patience(fd, RST_MS);
		drain(fd);
		break;
	case RST_CLIENT:
		say(fd, 1);
		patience(fd, RST_MS);
		drain(fd);
		break;
	case RST_DROPPED:
		drain(fd);
		deaf(fd, true);
		say(fd, 1);
		usleep(DEAF_MS * 1000);
		deaf(fd, false);
		break;
	case HALF_CLOSE:
		drain(fd);
		say(fd, 1 + hello.number % 40000);
		break;
	case AFTER_CLOSE:
		say(fd, 1);
		drain(fd);
		say(fd, 100);
		break;
	case SERVER_FIRST:
		say(fd, 1);
		break;
	case RST_SERVER:
		say(fd, 1);
		linger0(fd);
		break;
	case BOTH:
	case BOTH_SHUTDOWN:
		say(fd, 1);
		meet(p, &p->server_at, &p->client_at, hello.number);
		if (hello.kind == BOTH_SHUTDOWN) {
			shutdown(fd, SHUT_WR);
			drain(fd);
		}
		break;
	default:
		say(fd, 1);
		drain(fd);
	}
	close(fd);
}

static void *server(void *arg)
{
	struct pair *p = arg;
	struct pollfd in[2] = {
		{ .fd = p->listener[0], .events = POLLIN },
		{ .fd = p->listener[1], .events = POLLIN },
	};

	while (true) {
		/* Before the poll, so that what came before is still seen. */
		bool done = atomic_load(&p->done);
		int ready = poll(in, 2, opt.quiet_ms);
		unsigned int i;

		if (!ready && done)
			break;
		for (i = 0; i < ARRAY_SIZE(in); i++) {
			int fd;

			if (!(in[i].revents & POLLIN))
				continue;
			fd = accept4(in[i].fd, NULL, NULL, SOCK_CLOEXEC);
			if (fd >= 0)
				serve(p, fd);
		}
	}
	return NULL;
}

/* --- the client --- */

/* Give up what has waited for long enough, or all. */
static void give_up(struct pair *p, uint64_t now)
{
	unsigned int i = 0;

	while (i < p->losts) {
		if (now < p->lost[i].until) {
			i++;
			continue;
		}
		close(p->lost[i].fd);
		p->lost[i] = p->lost[--p->losts];
	}
}

static void give_up_all(struct pair *p)
{
	while (p->losts) {
		usleep(1000);
		give_up(p, now_ms());
	}
}

static void lose(struct pair *p, struct count *count)
{
	bool retried = dice(p, 16) == 0;
	int fd = open_to(one_of(p, &opt.hole), opt.port, false);

	if (fd < 0) {
		count->failed++;
		return;
	}
	while (p->losts == LOST_MAX) {
		usleep(1000);
		give_up(p, now_ms());
	}
	p->lost[p->losts++] = (struct lost){
		.fd = fd,
		.until = now_ms() +
			 (retried ? LOST_RETRIED_MS : dice(p, LOST_MS)),
	};
}

static void refuse(struct pair *p, struct count *count)
{
	int fd = open_to(one_of(p, &opt.near), opt.port - 1, true);

	if (fd < 0 && errno == ECONNREFUSED)
		return;
	count->failed++;
	if (fd >= 0)
		close(fd);
}

/* A connection that opens; true where all went as it should. */
static bool talk(struct pair *p, int fd, struct hello *hello)
{
	if (hello->kind == QUICK)
		return true;
	if (send(fd, hello, sizeof(*hello), MSG_NOSIGNAL) != sizeof(*hello))
		return false;
	switch (hello->kind) {
	case UNREAD:
		return readable(fd);
	case HALF_CLOSE:
		shutdown(fd, SHUT_WR);
		drain(fd);
		return true;
	}
	if (hello->kind == RST_SERVER)
		patience(fd, RST_MS);
	if (hello->kind == RST_DROPPED)
		shutdown(fd, SHUT_WR);
	if (!hear(fd))
		return hello->kind == RST_SERVER;
	switch (hello->kind) {
	case RST_CLIENT:
	case RST_DROPPED:
		linger0(fd);
		break;
	case SERVER_FIRST:
	case RST_SERVER:
		drain(fd);
		break;
	case BOTH:
	case BOTH_SHUTDOWN:
		meet(p, &p->client_at, &p->server_at, hello->number);
		if (hello->kind == BOTH_SHUTDOWN) {
			shutdown(fd, SHUT_WR);
			drain(fd);
		}
		break;
	}
	return true;
}

static void connection(struct pair *p, struct hello *hello)
{
	struct count *count = &p->count[hello->kind];
	int fd;

	count->begun++;
	if (hello->kind == LOST) {
		lose(p, count);
		return;
	}
	if (hello->kind == REFUSED) {
		refuse(p, count);
		return;
	}
	fd = open_to(one_of(p, &opt.near), opt.port + p->index, true);
	if (fd < 0) {
		count->failed++;
		return;
	}
	count->opened++;
	if (!talk(p, fd, hello))
		count->failed++;
	close(fd);
}

static void *client(void *arg)
{
	struct pair *p = arg;
	unsigned long i;

	enter(opt.client_netns);
	for (i = 0; i < p->connections; i++) {
		struct hello hello = {
			.kind = opt.kinds[dice(p, opt.kind_count)],
			.number = i + 1,
		};

		connection(p, &hello);
		if (p->losts)
			give_up(p, now_ms());
	}
	give_up_all(p);
	atomic_store(&p->done, true);
	return NULL;
}

/* --- options --- */

static void usage(void)
{
	unsigned int i;

	fprintf(stderr,
		"Usage: churn [OPTION]...\n"
		"  -n COUNT    connections (1000)\n"
		"  -t COUNT    pairs of threads (4)\n"
		"  -s SEED     of the dice (1)\n"
		"  -a ADDR     to connect to; each -a adds one\n"
		"  -l ADDR     where nobody answers, likewise\n"
		"  -p PORT     the first that is listened at (20000)\n"
		"  -C NETNS    file of the namespace that the clients are in\n"
		"  -S NETNS    the same of the servers\n"
		"  -q MS       servers end when nobody has come for so long (200)\n"
		"  -k KIND     kinds, all unless told; each -k adds one:\n"
		"             ");
	for (i = 0; i < KINDS; i++)
		fprintf(stderr, " %s", kind_names[i]);
	fprintf(stderr, "\n");
	exit(2);
}

static void add_addr(struct addrs *addrs, const char *text)
{
	struct sockaddr_in6 *addr = &addrs->addr[addrs->count];
	char mapped[INET6_ADDRSTRLEN + 8];

	if (addrs->count == ADDRS_MAX)
		usage();
	snprintf(mapped, sizeof(mapped), "%s%s",
		 strchr(text, ':') ? "" : "::ffff:", text);
	addr->sin6_family = AF_INET6;
	if (inet_pton(AF_INET6, mapped, &addr->sin6_addr) != 1)
		usage();
	addrs->count++;
}

static void add_kind(const char *name)
{
	unsigned int i;

	for (i = 0; i < KINDS; i++)
		if (!strcmp(name, kind_names[i]))
			break;
	if (i == KINDS || opt.kind_count == KINDS)
		usage();
	opt.kinds[opt.kind_count++] = i;
}

static void options(int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "n:t:s:a:l:p:C:S:q:k:h")) != -1) {
		switch (option) {
		case 'n':
			opt.connections = strtoul(optarg, NULL, 0);
			break;
		case 't':
			opt.threads = strtoul(optarg, NULL, 0);
			break;
		case 's':
			opt.seed = strtoull(optarg, NULL, 0);
			break;
		case 'a':
			add_addr(&opt.near, optarg);
			break;
		case 'l':
			add_addr(&opt.hole, optarg);
			break;
		case 'p':
			opt.port = strtoul(optarg, NULL, 0);
			break;
		case 'C':
			opt.client_netns = optarg;
			break;
		case 'S':
			opt.server_netns = optarg;
			break;
		case 'q':
			opt.quiet_ms = strtoul(optarg, NULL, 0);
			break;
		case 'k':
			add_kind(optarg);
			break;
		default:
			usage();
		}
	}
	if (optind < argc || !opt.threads || opt.threads > 10000)
		usage();
	if (!opt.near.count)
		add_addr(&opt.near, "127.0.0.1");
	if (!opt.kind_count)
		for (option = 0; option < KINDS; option++)
			if (option != LOST || opt.hole.count)
				add_kind(kind_names[option]);
}

/* Every other pair has one listener for both families. */
static void begin(struct pair *p, unsigned int index)
{
	bool both = index % 2;

	p->index = index;
	p->connections = opt.connections / opt.threads +
			 (index < opt.connections % opt.threads);
	p->dice = (opt.seed << 20) + index + 1;
	dice(p, 1);
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->came, NULL);
	p->listener[0] = listen_at(AF_INET6, opt.port + index, both);
	p->listener[1] = both ? -1
			      : listen_at(AF_INET, opt.port + index, false);
}

static void print(const char *name, const struct count *count)
{
	printf("churn %s begun %lu opened %lu failed %lu\n", name, count->begun,
	       count->opened, count->failed);
}

static void report(const struct pair *pairs)
{
	struct count all = { 0 };
	unsigned int i, kind;

	for (kind = 0; kind < KINDS; kind++) {
		struct count sum = { 0 };

		for (i = 0; i < opt.threads; i++) {
			const struct count *count = &pairs[i].count[kind];

			sum.begun += count->begun;
			sum.opened += count->opened;
			sum.failed += count->failed;
		}
		all.begun += sum.begun;
		all.opened += sum.opened;
		all.failed += sum.failed;
		print(kind_names[kind], &sum);
	}
	print("all", &all);
}

int main(int argc, char **argv)
{
	struct rlimit files = { 65536, 65536 };
	struct pair *pairs;
	unsigned int i;

	options(argc, argv);
	setrlimit(RLIMIT_NOFILE, &files);
	pairs = calloc(opt.threads, sizeof(*pairs));
	if (!pairs)
		die("calloc");
	enter(opt.server_netns);
	for (i = 0; i < opt.threads; i++)
		begin(&pairs[i], i);
	for (i = 0; i < opt.threads; i++)
		if (pthread_create(&pairs[i].server, NULL, server, &pairs[i]) ||
		    pthread_create(&pairs[i].client, NULL, client, &pairs[i]))
			die("pthread_create");
	for (i = 0; i < opt.threads; i++) {
		pthread_join(pairs[i].client, NULL);
		pthread_join(pairs[i].server, NULL);
	}
	report(pairs);
	return 0;
}
