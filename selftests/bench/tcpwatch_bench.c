// SPDX-License-Identifier: GPL-2.0
/*
 * Passes segments that nobody sent through the netfilter hooks of the first
 * network namespace, and tells how long that takes: of whoever has registered
 * there, or of an empty hook of its own.  For benchmarks in a test VM only.
 *
 * A command is written to /proc/tcpwatch_bench, the answer is read from it:
 *
 *	in SK ROUNDS FIRST STRIDE COUNT		data from the peer
 *	out SK ROUNDS FIRST STRIDE COUNT	data to the peer
 *	fin SK ROUNDS FIRST STRIDE COUNT	the peer's FIN
 *	syn COUNT				so many peers' SYN
 *	empty 0|1				an empty hook, off or on
 *
 * COUNT sockets, FIRST being the file descriptor of the first of them and
 * STRIDE the way to the next; SK is 1 where the segments know theirs, as early
 * demux finds it.  The answer is the least and the mean time of a segment, ps;
 * segments go in batches, and one into which a tick fell is not told of.
 */
#include <linux/etherdevice.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/proc_fs.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <linux/tcp.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#include <net/ip.h>
#include <net/ipv6.h>
#include <net/net_namespace.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/tcp.h>

#define BATCH 100
#define PAYLOAD 100

/* What a command asks for. */
struct bench_job {
	bool out;
	bool fin;
	bool knows_sk;
	unsigned int rounds;
	unsigned int first;
	unsigned int stride;
	unsigned int count;
};

/* What it took, ps. */
struct bench_result {
	u64 least;
	u64 mean;
};

static DEFINE_MUTEX(bench_lock); /* bench_empty */
static bool bench_empty;

static unsigned int empty_hook(void *priv, struct sk_buff *skb,
			       const struct nf_hook_state *state)
{
	return NF_ACCEPT;
}

static const struct nf_hook_ops empty_ops[] = {
	{ .hook = empty_hook,
	  .pf = NFPROTO_IPV4,
	  .hooknum = NF_INET_LOCAL_IN,
	  .priority = NF_IP_PRI_LAST },
	{ .hook = empty_hook,
	  .pf = NFPROTO_IPV4,
	  .hooknum = NF_INET_LOCAL_OUT,
	  .priority = NF_IP_PRI_FIRST },
	{ .hook = empty_hook,
	  .pf = NFPROTO_IPV6,
	  .hooknum = NF_INET_LOCAL_IN,
	  .priority = NF_IP6_PRI_LAST },
	{ .hook = empty_hook,
	  .pf = NFPROTO_IPV6,
	  .hooknum = NF_INET_LOCAL_OUT,
	  .priority = NF_IP6_PRI_FIRST },
};

static int bench_set_empty(bool on)
{
	int err = 0;

	if (on == bench_empty)
		return 0;
	if (on)
		err = nf_register_net_hooks(&init_net, empty_ops,
					    ARRAY_SIZE(empty_ops));
	else
		nf_unregister_net_hooks(&init_net, empty_ops,
					ARRAY_SIZE(empty_ops));
	if (!err)
		bench_empty = on;
	return err;
}

static int bench_okfn(struct net *net, struct sock *sk, struct sk_buff *skb)
{
	return 0;
}

/* As the stack calls a hook: a branch that is patched where nobody is there. */
#define PASS(pf, hook, sk, skb, in, out) \
	(nf_hook(pf, hook, &init_net, sk, skb, in, out, bench_okfn) == 1)

static bool pass_in(struct sk_buff *skb, struct sock *sk)
{
	struct net_device *lo = init_net.loopback_dev;

	if (skb->protocol == htons(ETH_P_IP)) {
		if (!PASS(NFPROTO_IPV4, NF_INET_PRE_ROUTING, NULL, skb, lo,
			  NULL))
			return false;
		skb->sk = sk;
		return PASS(NFPROTO_IPV4, NF_INET_LOCAL_IN, NULL, skb, lo,
			    NULL);
	}
	if (!PASS(NFPROTO_IPV6, NF_INET_PRE_ROUTING, NULL, skb, lo, NULL))
		return false;
	skb->sk = sk;
	return PASS(NFPROTO_IPV6, NF_INET_LOCAL_IN, NULL, skb, lo, NULL);
}

static bool pass_out(struct sk_buff *skb, struct sock *sk)
{
	struct net_device *lo = init_net.loopback_dev;

	skb->sk = sk;
	if (skb->protocol == htons(ETH_P_IP))
		return PASS(NFPROTO_IPV4, NF_INET_LOCAL_OUT, sk, skb, NULL,
			    lo) &&
		       PASS(NFPROTO_IPV4, NF_INET_POST_ROUTING, sk, skb, NULL,
			    lo);
	return PASS(NFPROTO_IPV6, NF_INET_LOCAL_OUT, sk, skb, NULL, lo) &&
	       PASS(NFPROTO_IPV6, NF_INET_POST_ROUTING, sk, skb, NULL, lo);
}

static bool pass(struct sk_buff *skb, struct sock *sk, bool out)
{
	bool ok = out ? pass_out(skb, sk) : pass_in(skb, sk);

	skb->sk = NULL;
	nf_reset_ct(skb);
	return ok;
}

static void put_ip4(struct sk_buff *skb, __be32 saddr, __be32 daddr)
{
	struct iphdr *ip = skb_push(skb, sizeof(*ip));

	*ip = (struct iphdr){
		.version = 4,
		.ihl = 5,
		.tot_len = htons(skb->len),
		.ttl = 64,
		.protocol = IPPROTO_TCP,
		.saddr = saddr,
		.daddr = daddr,
	};
	ip_send_check(ip);
	skb->protocol = htons(ETH_P_IP);
}

static void put_ip6(struct sk_buff *skb, const struct in6_addr *saddr,
		    const struct in6_addr *daddr)
{
	struct ipv6hdr *ip = skb_push(skb, sizeof(*ip));

	*ip = (struct ipv6hdr){
		.version = 6,
		.payload_len = htons(skb->len - sizeof(*ip)),
		.nexthdr = IPPROTO_TCP,
		.hop_limit = 64,
		.saddr = *saddr,
		.daddr = *daddr,
	};
	skb->protocol = htons(ETH_P_IPV6);
}

static struct sk_buff *segment_alloc(const struct tcphdr *th, unsigned int len)
{
	struct sk_buff *skb = alloc_skb(256, GFP_KERNEL);

	if (!skb)
		return NULL;
	skb_reserve(skb, sizeof(struct ipv6hdr) + sizeof(*th));
	memset(skb_put(skb, len), 'x', len);
	memcpy(skb_push(skb, sizeof(*th)), th, sizeof(*th));
	skb_reset_transport_header(skb);
	skb->ip_summed = CHECKSUM_UNNECESSARY;
	skb->dev = init_net.loopback_dev;
	return skb;
}

/* A segment of a socket that has nothing under way. */
static struct sk_buff *segment_make(const struct bench_job *job,
				    const struct sock *sk)
{
	const struct inet_sock *inet = inet_sk(sk);
	const struct tcp_sock *tp = tcp_sk(sk);
	struct tcphdr th = {
		.source = job->out ? inet->inet_sport : inet->inet_dport,
		.dest = job->out ? inet->inet_dport : inet->inet_sport,
		.seq = htonl(job->out ? tp->snd_nxt : tp->rcv_nxt),
		.ack_seq = htonl(job->out ? tp->rcv_nxt : tp->snd_nxt),
		.doff = sizeof(th) / 4,
		.ack = 1,
		.psh = !job->fin,
		.fin = job->fin,
		.window = htons(1000),
	};
	struct sk_buff *skb = segment_alloc(&th, job->fin ? 0 : PAYLOAD);

	if (!skb)
		return NULL;
	if (sk->sk_family == AF_INET6)
		put_ip6(skb, job->out ? &sk->sk_v6_rcv_saddr : &sk->sk_v6_daddr,
			job->out ? &sk->sk_v6_daddr : &sk->sk_v6_rcv_saddr);
	else
		put_ip4(skb, job->out ? sk->sk_rcv_saddr : sk->sk_daddr,
			job->out ? sk->sk_daddr : sk->sk_rcv_saddr);
	skb_reset_network_header(skb);
	return skb;
}

/*
 * All segments, round after round, in batches, of which those without a tick
 * are told of: there are some where a batch takes less than a tick's time.
 */
static int segments_pass(const struct bench_job *job, struct sk_buff **skbs,
			 struct sock **sks, struct bench_result *result)
{
	unsigned long total = (unsigned long)job->rounds * job->count;
	unsigned int batch = min_t(unsigned long, BATCH, total);
	u64 sum = 0, least = U64_MAX, took;
	unsigned long done, told = 0, i = 0, ticks;
	bool ok = true;
	unsigned int n;

	for (done = 0; done + batch <= total && ok; done += batch) {
		local_bh_disable();
		ticks = jiffies;
		took = ktime_get_ns();
		for (n = 0; n < batch && ok; n++) {
			ok = pass(skbs[i], job->knows_sk ? sks[i] : NULL,
				  job->out);
			i = i + 1 < job->count ? i + 1 : 0;
		}
		took = ktime_get_ns() - took;
		if (!time_after(jiffies, ticks)) {
			least = min(least, took);
			sum += took;
			told += batch;
		}
		local_bh_enable();
		cond_resched();
	}
	if (!ok || !told)
		return -EIO;
	result->least = div_u64(least * 1000, batch);
	result->mean = div64_u64(sum * 1000, told);
	return 0;
}

static int bench_segments(const struct bench_job *job,
			  struct bench_result *result)
{
	struct sk_buff **skbs;
	struct socket *sock;
	struct sock **sks;
	unsigned int i;
	int err = -ENOMEM;

	if (!job->count || job->count > 65536 || !job->rounds)
		return -EINVAL;
	skbs = kvcalloc(job->count, sizeof(*skbs), GFP_KERNEL);
	sks = kvcalloc(job->count, sizeof(*sks), GFP_KERNEL);
	if (!skbs || !sks)
		goto out;
	for (i = 0; i < job->count; i++) {
		sock = sockfd_lookup(job->first + i * job->stride, &err);
		if (!sock)
			goto out;
		sks[i] = sock->sk;
		sock_hold(sks[i]);
		sockfd_put(sock);
		err = -ENOTCONN;
		if (sks[i]->sk_protocol != IPPROTO_TCP ||
		    sks[i]->sk_state != TCP_ESTABLISHED)
			goto out;
		err = -ENOMEM;
		skbs[i] = segment_make(job, sks[i]);
		if (!skbs[i])
			goto out;
	}
	err = segments_pass(job, skbs, sks, result);
out:
	for (i = 0; i < job->count && skbs && sks; i++) {
		kfree_skb(skbs[i]);
		if (sks[i])
			sock_put(sks[i]);
	}
	kvfree(skbs);
	kvfree(sks);
	return err;
}

/* Connections that only a firewall knows of. */
static int bench_syns(unsigned int count)
{
	struct tcphdr th = {
		.dest = htons(80),
		.doff = sizeof(th) / 4,
		.syn = 1,
		.window = htons(1000),
	};
	struct sk_buff *skb;
	unsigned int i;
	bool ok = true;

	for (i = 0; i < count && ok; i++) {
		th.source = htons(1024 + i % 60000);
		skb = segment_alloc(&th, 0);
		if (!skb)
			return -ENOMEM;
		put_ip4(skb, htonl(0x0a000001 + i / 60000),
			htonl(INADDR_LOOPBACK));
		skb_reset_network_header(skb);
		local_bh_disable();
		ok = pass(skb, NULL, false);
		local_bh_enable();
		kfree_skb(skb);
		cond_resched();
	}
	return ok ? 0 : -EIO;
}

static int bench_command(const char *text, struct bench_result *result)
{
	struct bench_job job = {};
	unsigned int count, sk;
	char what[4];
	int err;

	if (sscanf(text, "syn %u", &count) == 1)
		return bench_syns(count);
	if (sscanf(text, "empty %u", &count) == 1) {
		mutex_lock(&bench_lock);
		err = bench_set_empty(count);
		mutex_unlock(&bench_lock);
		return err;
	}
	if (sscanf(text, "%3s %u %u %u %u %u", what, &sk, &job.rounds,
		   &job.first, &job.stride, &job.count) != 6)
		return -EINVAL;
	job.knows_sk = sk;
	job.out = !strcmp(what, "out");
	job.fin = !strcmp(what, "fin");
	if (!job.out && !job.fin && strcmp(what, "in"))
		return -EINVAL;
	return bench_segments(&job, result);
}

static ssize_t bench_write(struct file *file, const char __user *from,
			   size_t len, loff_t *pos)
{
	char text[100];
	int err;

	if (len >= sizeof(text))
		return -EINVAL;
	if (copy_from_user(text, from, len))
		return -EFAULT;
	text[len] = 0;
	err = bench_command(text, file->private_data);
	return err ?: len;
}

static ssize_t bench_read(struct file *file, char __user *to, size_t len,
			  loff_t *pos)
{
	const struct bench_result *result = file->private_data;
	char text[100];
	int n;

	n = scnprintf(text, sizeof(text), "%llu %llu\n", result->least,
		      result->mean);
	return simple_read_from_buffer(to, len, pos, text, n);
}

/* Each who opens it has results of their own: two CPUs can work at a time. */
static int bench_open(struct inode *inode, struct file *file)
{
	file->private_data = kzalloc(sizeof(struct bench_result), GFP_KERNEL);
	return file->private_data ? 0 : -ENOMEM;
}

static int bench_release(struct inode *inode, struct file *file)
{
	kfree(file->private_data);
	return 0;
}

static const struct proc_ops bench_ops = {
	.proc_open = bench_open,
	.proc_release = bench_release,
	.proc_write = bench_write,
	.proc_read = bench_read,
};

static int __init bench_init(void)
{
	return proc_create("tcpwatch_bench", 0600, NULL, &bench_ops) ? 0
								     : -ENOMEM;
}

static void __exit bench_exit(void)
{
	remove_proc_entry("tcpwatch_bench", NULL);
	bench_set_empty(false);
}

module_init(bench_init);
module_exit(bench_exit);

MODULE_DESCRIPTION("Benchmarks of netfilter hooks");
MODULE_LICENSE("GPL");
