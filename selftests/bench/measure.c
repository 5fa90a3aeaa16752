// SPDX-License-Identifier: GPL-2.0
/*
 * Does things over and over and prints how long each took, in ns of a clock
 * that stands for instructions: benchmarks run in virtual time, on one CPU.
 *
 * Usage: measure cycle COUNT [PID]	connect, request, close; both ends, and
 *					what PID uses meanwhile and afterwards
 *	  measure far COUNT FD		the same, but that FD listens elsewhere
 *	  measure bulk WRITES		of 64 KiB through one connection
 *	  measure read FILE COUNT	whole
 *	  measure stats COUNT		the family's stats-get
 *	  measure scrape PORT COUNT	an exporter's metrics, by one connection
 *	  measure run ROOT COUNT COMMAND...
 *					its output thrown away
 *					(of all but the one with PID the median,
 *					of stats the least)
 *	  measure work ROOT COMMAND...	once, with what goes on for 2 s after it
 *	  measure hold COUNT		so many ESTAB sockets, until input ends
 *	  measure hook in|out|fin 4|6 SK COUNT ROUNDS CPUS
 *					of tcpwatch_bench.c, in ps: the least
 *					and the mean of as many CPUs at a time
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/tcpwatch.h>

static void die(const char *what)
{
	fprintf(stderr, "measure: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int must(int result, const char *what)
{
	if (result < 0)
		die(what);
	return result;
}

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

/* Ticks take time, too: whatever is measured has as many each time. */
static uint64_t after_tick(void)
{
	struct timespec before, ts;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &before);
	do {
		clock_gettime(CLOCK_MONOTONIC_COARSE, &ts);
	} while (ts.tv_nsec == before.tv_nsec);
	return now();
}

static unsigned int count_of(const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (*end || !*text || n > UINT32_MAX) {
		fprintf(stderr, "measure: %s: a number is expected\n", text);
		exit(2);
	}
	return n;
}

/* --- many measurements --- */

#define TIMES_MAX 1000

/*
 * The median of them: whoever else is at work in between takes part in some,
 * and the kernel's stocks of memory are filled up in some.
 */
struct times {
	unsigned int n;
	uint64_t began;
	uint64_t idle;
	uint64_t ns[TIMES_MAX];
};

/* For how long the CPU had nothing to do so far, ns. */
static uint64_t idle_so_far(void)
{
	FILE *f = fopen("/proc/timer_list", "r");
	unsigned long long ns, idle = 0;
	char line[256];

	if (!f)
		die("/proc/timer_list");
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, " .idle_sleeptime : %llu nsecs", &ns) == 1)
			idle += ns;
	fclose(f);
	if (!idle) {
		fprintf(stderr, "measure: no idle_sleeptime is told of\n");
		exit(1);
	}
	return idle;
}

static void times_begin(struct times *times)
{
	times->began = now();
}

static void times_add(struct times *times, uint64_t ns)
{
	if (times->n < TIMES_MAX)
		times->ns[times->n++] = ns;
}

static void times_end(struct times *times)
{
	times_add(times, now() - times->began);
}

/* The same, after a rest, and without what is waited for. */
static void work_begin(struct times *times)
{
	usleep(20000);
	times->idle = idle_so_far();
	times->began = after_tick();
}

static void work_end(struct times *times)
{
	uint64_t ns = now() - times->began;

	times_add(times, ns - (idle_so_far() - times->idle));
}

static int by_value(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static void times_sort(struct times *times)
{
	qsort(times->ns, times->n, sizeof(times->ns[0]), by_value);
}

/* What one of @parts took, that were measured together. */
static void times_print(struct times *times, unsigned int parts)
{
	times_sort(times);
	printf("%.1f\n", (double)times->ns[times->n / 2] / parts);
}

/* --- connections --- */

#define FEW_CYCLES 100

struct address {
	struct sockaddr_storage ss;
	socklen_t len;
};

static struct address loopback(int family)
{
	struct address a = {};
	struct sockaddr_in *in = (struct sockaddr_in *)&a.ss;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&a.ss;

	a.ss.ss_family = family;
	a.len = family == AF_INET ? sizeof(*in) : sizeof(*in6);
	if (family == AF_INET)
		in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	else
		in6->sin6_addr = in6addr_loopback;
	return a;
}

static int listener(struct address *a)
{
	int fd = must(socket(a->ss.ss_family, SOCK_STREAM, 0), "socket");

	must(bind(fd, (struct sockaddr *)&a->ss, a->len), "bind");
	must(listen(fd, 128), "listen");
	must(getsockname(fd, (struct sockaddr *)&a->ss, &a->len),
	     "getsockname");
	return fd;
}

/* On the loopback device all is done when connect() returns. */
static void connect_pair(int lfd, const struct address *a, int pair[2])
{
	pair[0] = must(socket(a->ss.ss_family, SOCK_STREAM, 0), "socket");
	must(connect(pair[0], (const struct sockaddr *)&a->ss, a->len),
	     "connect");
	pair[1] = must(accept(lfd, NULL, NULL), "accept");
}

/*
 * Ends with a RST: a socket in TIME-WAIT is a row more for everybody who is
 * measured behind it, and its timer ends within what somebody does a minute
 * later.
 */
static void no_time_wait(int fd)
{
	static const struct linger at_once = { .l_onoff = 1 };

	must(setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)),
	     "SO_LINGER");
}

static void hand_over(int from, int to, size_t len)
{
	static char buf[1 << 16];
	ssize_t n;

	if (write(from, buf, len) != (ssize_t)len)
		die("write");
	for (; len; len -= n) {
		n = read(to, buf, len);
		if (n <= 0)
			die("read");
	}
}

static void cycle(int lfd, const struct address *a)
{
	int pair[2];

	connect_pair(lfd, a, pair);
	hand_over(pair[0], pair[1], 100);
	hand_over(pair[1], pair[0], 1000);
	close(pair[0]);
	close(pair[1]);
}

/* What a process has used of the CPU, ns. */
static uint64_t used_by(unsigned int pid)
{
	unsigned long long used = 0;
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%u/schedstat", pid);
	f = fopen(path, "r");
	if (!f || fscanf(f, "%llu", &used) != 1)
		die(path);
	fclose(f);
	return used;
}

/*
 * Until a reader has nothing to do any more, but for looking whether there is
 * something: what it used for that.
 */
static uint64_t wait_for(unsigned int pid)
{
	uint64_t before = used_by(pid), last, used = before;

	do {
		last = used;
		usleep(300000);
		used = used_by(pid);
	} while (used - last > 3000000);
	return used - before;
}

static void cycles(int lfd, const struct address *a, unsigned int count)
{
	while (count--)
		cycle(lfd, a);
}

/* Where nobody else has to do with them. */
static void lonely_cycles(int lfd, const struct address *a, unsigned int count)
{
	struct times times = {};
	unsigned int i;

	for (i = 0; i < count; i += FEW_CYCLES) {
		times_begin(&times);
		cycles(lfd, a, FEW_CYCLES);
		times_end(&times);
	}
	times_print(&times, FEW_CYCLES);
}

static void do_far(unsigned int count, int lfd)
{
	struct address a = { .len = sizeof(a.ss) };

	must(getsockname(lfd, (struct sockaddr *)&a.ss, &a.len), "listener");
	cycles(lfd, &a, FEW_CYCLES);
	lonely_cycles(lfd, &a, count);
}

static void do_cycle(unsigned int count, unsigned int pid)
{
	struct address a = loopback(AF_INET);
	int lfd = listener(&a);
	uint64_t began, took;

	cycles(lfd, &a, FEW_CYCLES);
	if (!pid) {
		lonely_cycles(lfd, &a, count);
		return;
	}
	wait_for(pid);
	began = after_tick();
	cycles(lfd, &a, count);
	took = now() - began + wait_for(pid);
	printf("%.1f\n", (double)took / count);
}

/* Of 64 KiB each, that most do not see a tick: the median. */
static void do_bulk(unsigned int writes)
{
	struct address a = loopback(AF_INET);
	int lfd = listener(&a), pair[2];
	struct times times = {};
	unsigned int i;

	connect_pair(lfd, &a, pair);
	for (i = 0; i < 100; i++)
		hand_over(pair[0], pair[1], 1 << 16);
	for (i = 0; i < writes; i++) {
		times_begin(&times);
		hand_over(pair[0], pair[1], 1 << 16);
		times_end(&times);
	}
	times_print(&times, 1);
}

/* --- readers --- */

static void read_whole(const char *path)
{
	static char buf[1 << 16];
	int fd = must(open(path, O_RDONLY), path);

	while (must(read(fd, buf, sizeof(buf)), path) > 0)
		;
	close(fd);
}

static void do_read(const char *path, unsigned int count)
{
	struct times times = {};
	unsigned int i;

	for (i = 0; i < count; i++) {
		work_begin(&times);
		read_whole(path);
		work_end(&times);
	}
	times_print(&times, 1);
}

/*
 * Is that all of an answer?  What ends it is its length, or an empty chunk.
 * An HTTP library's own work would be part of what is measured.
 */
static bool is_whole(const char *buf, size_t len)
{
	static const char last[] = "\r\n0\r\n\r\n";
	const char *body = memmem(buf, len, "\r\n\r\n", 4), *length;

	if (!body)
		return false;
	body += 4;
	length = memmem(buf, body - buf, "\r\nContent-Length: ", 18);
	if (length)
		return buf + len - body >= atol(length + 18);
	return len >= strlen(last) &&
	       !memcmp(buf + len - strlen(last), last, strlen(last));
}

static void scrape(int fd)
{
	static const char get[] =
		"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n";
	static char buf[1 << 20];
	size_t len = 0;
	ssize_t n;

	must(write(fd, get, sizeof(get) - 1), "write");
	do {
		n = must(read(fd, buf + len, sizeof(buf) - len), "read");
		len += n;
	} while (n && !is_whole(buf, len));
	if (!n || strncmp(buf, "HTTP/1.1 200 ", 13)) {
		fprintf(stderr, "measure: no answer: %.20s\n", buf);
		exit(1);
	}
}

/*
 * Scrapes as Prometheus does them, through one connection: each of its own
 * would be told of in the next scrape.
 */
static void do_scrape(unsigned int port, unsigned int count)
{
	struct address a = loopback(AF_INET);
	struct times times = {};
	unsigned int i;
	int fd;

	((struct sockaddr_in *)&a.ss)->sin_port = htons(port);
	fd = must(socket(AF_INET, SOCK_STREAM, 0), "socket");
	must(connect(fd, (struct sockaddr *)&a.ss, a.len), "connect");
	for (i = 0; i < count; i++) {
		work_begin(&times);
		scrape(fd);
		work_end(&times);
	}
	no_time_wait(fd);
	close(fd);
	times_print(&times, 1);
}

static int family_id(const struct nlattr *attr, void *id)
{
	if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID)
		*(uint16_t *)id = mnl_attr_get_u16(attr);
	return MNL_CB_OK;
}

static int family_cb(const struct nlmsghdr *nlh, void *id)
{
	return mnl_attr_parse(nlh, sizeof(struct genlmsghdr), family_id, id);
}

static struct mnl_socket *genl_socket(void)
{
	struct mnl_socket *nl = mnl_socket_open(NETLINK_GENERIC);

	if (!nl || mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID))
		die("netlink");
	return nl;
}

static void request(struct mnl_socket *nl, uint16_t type, uint8_t cmd,
		    const char *name)
{
	static char buf[1 << 10];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct genlmsghdr *genl;

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	*genl = (struct genlmsghdr){ .cmd = cmd, .version = 1 };
	if (name)
		mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, name);
	must(mnl_socket_sendto(nl, nlh, nlh->nlmsg_len), "sendto");
}

/* All of it. */
static void answer(struct mnl_socket *nl, mnl_cb_t cb, void *arg)
{
	static char buf[1 << 17];
	int n;

	do {
		n = must(mnl_socket_recvfrom(nl, buf, sizeof(buf)), "recvfrom");
		n = must(mnl_cb_run(buf, n, 0, 0, cb, arg), "netlink");
	} while (n > 0);
}

/*
 * Where a slab of the kernel has a single place left, each answer crosses to
 * another slab and back, 282 instructions more, until something else comes in
 * between.  Answers that nobody reads do: of as many states of the slabs the
 * least is printed.
 */
static void do_stats(unsigned int count)
{
	struct mnl_socket *nl = genl_socket(), *unread = genl_socket();
	struct times times = {};
	uint16_t id = 0;
	unsigned int i;

	request(nl, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, TCPWATCH_FAMILY_NAME);
	answer(nl, family_cb, &id);
	for (i = 0; i < count; i++) {
		request(unread, id, TCPWATCH_CMD_STATS_GET, NULL);
		work_begin(&times);
		request(nl, id, TCPWATCH_CMD_STATS_GET, NULL);
		answer(nl, NULL, NULL);
		work_end(&times);
	}
	times_sort(&times);
	printf("%.1f\n", (double)times.ns[0]);
}

static void run(const char *root, char **argv)
{
	int status;
	pid_t pid = must(fork(), "fork");

	if (!pid) {
		must(dup2(must(open("/dev/null", O_WRONLY), "null"), 1),
		     "dup2");
		must(chroot(root), root);
		must(chdir("/"), root);
		execvp(argv[0], argv);
		die(argv[0]);
	}
	must(waitpid(pid, &status, 0), "waitpid");
	if (status) {
		fprintf(stderr, "measure: %s: status %#x\n", argv[0], status);
		exit(1);
	}
}

/* With what goes on for so many seconds afterwards. */
static void do_run(const char *root, unsigned int count, unsigned int seconds,
		   char **argv)
{
	struct times times = {};
	unsigned int i;

	for (i = 0; i < count; i++) {
		work_begin(&times);
		run(root, argv);
		sleep(seconds);
		work_end(&times);
	}
	times_print(&times, 1);
}

/* --- many sockets, and segments that nobody sent --- */

static void many_files(unsigned int count)
{
	struct rlimit limit = { count + 100, count + 100 };

	must(setrlimit(RLIMIT_NOFILE, &limit), "setrlimit");
}

/* TCP_REPAIR makes ESTAB sockets without a peer. */
static void do_hold(unsigned int count)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(80) };
	struct sockaddr_in from = { .sin_family = AF_INET };
	unsigned int i;
	int fd, on = 1;

	many_files(count);
	for (i = 0; i < count; i++) {
		fd = must(socket(AF_INET, SOCK_STREAM, 0), "socket");
		must(setsockopt(fd, IPPROTO_TCP, TCP_REPAIR, &on, sizeof(on)),
		     "TCP_REPAIR");
		must(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)),
		     "SO_REUSEADDR");
		from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + 1 + i / 50000);
		from.sin_port = htons(2000 + i % 50000);
		to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		must(bind(fd, (struct sockaddr *)&from, sizeof(from)), "bind");
		must(connect(fd, (struct sockaddr *)&to, sizeof(to)),
		     "connect");
	}
	printf("ready\n");
	fflush(stdout);
	while (read(0, &on, sizeof(on)) > 0)
		;
	_exit(0);
}

/* What one CPU does; the answer is for the parent. */
static void hook_on(int cpu, const char *command, int answer)
{
	cpu_set_t cpus;
	char text[100];
	ssize_t n;
	int fd;

	CPU_ZERO(&cpus);
	CPU_SET(cpu, &cpus);
	must(sched_setaffinity(0, sizeof(cpus), &cpus), "affinity");
	fd = must(open("/proc/tcpwatch_bench", O_RDWR), "/proc/tcpwatch_bench");
	n = strlen(command);
	if (write(fd, command, n) != n)
		die("tcpwatch_bench");
	n = must(pread(fd, text, sizeof(text), 0), "tcpwatch_bench");
	if (write(answer, text, n) != n)
		die("answer");
	_exit(0);
}

/* Of all CPUs the least, and the mean. */
static void hook_answers(int answers, unsigned int cpus)
{
	double least, mean, all_least = 0, all_mean = 0;
	FILE *in = fdopen(answers, "r");
	unsigned int i;

	for (i = 0; in && i < cpus; i++) {
		if (fscanf(in, "%lf %lf", &least, &mean) != 2)
			exit(1); /* which has said why */
		all_least = i && all_least < least ? all_least : least;
		all_mean += mean / cpus;
	}
	printf("%.0f %.0f\n", all_least, all_mean);
}

static void do_hook(const char *what, int family, unsigned int knows_sk,
		    unsigned int count, unsigned int rounds, unsigned int cpus)
{
	struct address a = loopback(family);
	int lfd, pair[2], answers[2], first = 0;
	char command[100];
	unsigned int i;

	many_files(2 * count);
	lfd = listener(&a);
	must(pipe(answers), "pipe");
	for (i = 0; i < count; i++) {
		connect_pair(lfd, &a, pair);
		no_time_wait(pair[0]);
		if (!i)
			first = pair[0];
	}
	usleep(100000);
	snprintf(command, sizeof(command), "%s %u %u %d 2 %u", what, knows_sk,
		 rounds, first, count);
	for (i = 0; i < cpus; i++)
		if (!must(fork(), "fork"))
			hook_on(i, command, answers[1]);
	close(answers[1]);
	hook_answers(answers[0], cpus);
}

static void usage(void)
{
	fprintf(stderr, "Usage: see the beginning of measure.c\n");
	exit(2);
}

int main(int argc, char **argv)
{
	const char *what = argc > 2 ? argv[1] : "";

	if (!strcmp(what, "cycle") && argc <= 4)
		do_cycle(count_of(argv[2]), argc == 4 ? count_of(argv[3]) : 0);
	else if (!strcmp(what, "far") && argc == 4)
		do_far(count_of(argv[2]), count_of(argv[3]));
	else if (!strcmp(what, "bulk") && argc == 3)
		do_bulk(count_of(argv[2]));
	else if (!strcmp(what, "read") && argc == 4)
		do_read(argv[2], count_of(argv[3]));
	else if (!strcmp(what, "stats") && argc == 3)
		do_stats(count_of(argv[2]));
	else if (!strcmp(what, "scrape") && argc == 4)
		do_scrape(count_of(argv[2]), count_of(argv[3]));
	else if (!strcmp(what, "run") && argc >= 5)
		do_run(argv[2], count_of(argv[3]), 0, argv + 4);
	else if (!strcmp(what, "work") && argc >= 4)
		do_run(argv[2], 1, 2, argv + 3);
	else if (!strcmp(what, "hold") && argc == 3)
		do_hold(count_of(argv[2]));
	else if (!strcmp(what, "hook") && argc == 8)
		do_hook(argv[2], *argv[3] == '6' ? AF_INET6 : AF_INET,
			count_of(argv[4]), count_of(argv[5]), count_of(argv[6]),
			count_of(argv[7]));
	else
		usage();
	return 0;
}
