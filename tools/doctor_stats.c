// SPDX-License-Identifier: GPL-2.0
/*
 * What counters and tables show: ports that run out, listeners that drop,
 * counts that ought not to grow.  Counters began when the module was loaded;
 * what is wrong now is what they grew by between two samples.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "findings.h"
#include "js.h"
#include "util.h"

#define NSEC 1000000000ULL

/**
 * struct saying - what is said of a finding besides what was seen
 * @why: what that means
 * @advice: what to do
 */
struct saying {
	const char *why;
	const char *advice;
};

/* --- ports --- */

/*
 * Above 80 % connect() begins to search long and soon fails; 10 minutes are
 * what somebody needs to do something.  Below 5 % a trend is noise.
 */
#define PORTS_WARN_PERCENT 80
#define PORTS_GRAVE_PERCENT 95
#define PORTS_LEAST_PERCENT 5
#define PORTS_WARN_MS (600 * 1000)
#define PORTS_GRAVE_MS (60 * 1000)
#define TIME_WAIT_S 60

/*
 * TIME-WAIT ends after 60 s, so that what grows by it does not grow beyond
 * what is opened in that time: no port will be missing although the trend
 * says so.
 */
static bool levels_off(const json_t *to)
{
	uint64_t live = js_u64(to, "live"), tw = js_u64(to, "time-wait");
	uint64_t opened = js_u64(to, "per-1000s") * TIME_WAIT_S / 1000;

	if (live > tw)
		return false;
	if (tw > opened)
		opened = tw;
	return (live + opened) * 100 < js_u64(to, "ports") * PORTS_WARN_PERCENT;
}

static enum severity port_severity(const json_t *to)
{
	uint64_t used = js_u64(to, "live") + js_u64(to, "time-wait");
	uint64_t ports = js_u64(to, "ports"), left = js_u64(to, "left-ms");
	bool grows = json_object_get(to, "left-ms") && !levels_off(to) &&
		     used * 100 >= ports * PORTS_LEAST_PERCENT;

	if (!ports)
		return SEVERITY_NONE;
	if (used * 100 >= ports * PORTS_GRAVE_PERCENT ||
	    (grows && left < PORTS_GRAVE_MS))
		return SEVERITY_CRITICAL;
	if (used * 100 > ports * PORTS_WARN_PERCENT ||
	    (grows && left < PORTS_WARN_MS))
		return SEVERITY_WARNING;
	return SEVERITY_NONE;
}

static const struct saying ports_saying = {
	"Each connection to one address and port takes a local port, for 60 s more in TIME-WAIT; when none is left connect() fails with EADDRNOTAVAIL.",
	"Keep connections open and use them again; widen net.ipv4.ip_local_port_range; use more addresses at either end; see that tcp_tw_reuse is 1.",
};

void doctor_ports(json_t *findings, const struct doctor_in *in)
{
	char what[256], end[END_SIZE], left[AGO_SIZE];
	enum severity severity;
	json_t *to;
	size_t i;
	int n;

	json_array_foreach(in->ports, i, to) {
		severity = port_severity(to);
		if (severity == SEVERITY_NONE)
			continue;
		n = snprintf(what, sizeof(what),
			     "%" PRIu64 " of %" PRIu64
			     " local ports taken from %.46s to %s (%" PRIu64
			     " in TIME-WAIT)",
			     js_u64(to, "live") + js_u64(to, "time-wait"),
			     js_u64(to, "ports"), js_str(to, "laddr"),
			     end_text(end, to, "raddr", "rport"),
			     js_u64(to, "time-wait"));
		if (json_object_get(to, "left-ms"))
			snprintf(what + n, sizeof(what) - n,
				 ", none left in %s",
				 ago(left, js_u64(to, "left-ms") * 1000000));
		finding_add(findings, severity, "port-exhaustion", what,
			    ports_saying.why, ports_saying.advice);
	}
}

/* --- listeners --- */

/* One dropped SYN costs its client a second; 100 a second is an outage. */
#define DROPS_GRAVE_PER_S 100

static const json_t *same_listener(const json_t *all, const json_t *listener)
{
	static const char *const keys[] = { "netns", "laddr", "lport", "family",
					    "bound-if" };
	json_t *one;
	size_t i, j;

	json_array_foreach(all, i, one) {
		for (j = 0; j < ARRAY_SIZE(keys); j++)
			if (json_object_get(listener, keys[j]) &&
			    !json_equal(json_object_get(one, keys[j]),
					json_object_get(listener, keys[j])))
				break;
		if (j == ARRAY_SIZE(keys))
			return one;
	}
	return NULL;
}

/* By how much a counter has grown; 0 where there was none before. */
static uint64_t grown(const json_t *before, const json_t *after,
		      const char *key)
{
	uint64_t was = js_u64(before, key), is = js_u64(after, key);

	return before && is > was ? is - was : 0;
}

static uint64_t per_s(const struct doctor_in *in, uint64_t n)
{
	uint64_t s = in->interval_ns / NSEC;

	return n / (s ? s : 1);
}

bool doctor_port_drops(const struct doctor_in *in, uint64_t port)
{
	json_t *listener;
	size_t i;

	json_array_foreach(in->listeners, i, listener)
		if (js_u64(listener, "lport") == port &&
		    grown(same_listener(in->listeners_before, listener),
			  listener, "drops"))
			return true;
	return false;
}

static const struct saying queue_saying = {
	"The accept queue is full: the application accepts too slowly, or its backlog is too small. Clients see a delay of a second and more.",
	"See \"ss -ltn\": Recv-Q waits, Send-Q is the backlog. Raise the backlog of listen() and net.core.somaxconn, or accept in more threads.",
};

void doctor_listeners(json_t *findings, const struct doctor_in *in)
{
	uint64_t drops, deferred, cookies;
	enum severity severity;
	char what[256], end[END_SIZE];
	const json_t *before;
	json_t *listener;
	size_t i;

	json_array_foreach(in->listeners, i, listener) {
		before = same_listener(in->listeners_before, listener);
		drops = grown(before, listener, "drops");
		deferred = grown(before, listener, "deferred");
		cookies = grown(before, listener, "cookies-out");
		if (!drops)
			continue;
		severity = SEVERITY_WARNING;
		if (per_s(in, drops) >= DROPS_GRAVE_PER_S)
			severity = SEVERITY_CRITICAL;
		snprintf(what, sizeof(what),
			 "listener %s dropped %" PRIu64
			 " SYNs and ACKs just now, held back %" PRIu64
			 ", sent %" PRIu64 " cookies",
			 end_text(end, listener, "laddr", "lport"), drops,
			 deferred, cookies);
		finding_add(findings, severity, "accept-queue-full", what,
			    queue_saying.why, queue_saying.advice);
	}
}

/* --- counters --- */

/**
 * struct count - a counter that ought not to grow, or not fast
 * @id: of the finding
 * @nest: where it is in stats-get
 * @inner: and in there, or NULL
 * @key: its name
 * @what: what is counted
 * @why: what that means
 * @advice: what to do
 * @severity: of its growing
 * @per_s: how fast it must grow; 0: at all
 * @grave_per_s: from there on it is one more than @severity; 0 for never
 * @ever: it is worth a notice that it ever grew
 */
struct count {
	const char *id;
	const char *nest;
	const char *inner;
	const char *key;
	const char *what;
	const char *why;
	const char *advice;
	enum severity severity;
	unsigned int per_s;
	unsigned int grave_per_s;
	bool ever;
	const char *also;
};

static const struct count counts[] = {
	/* There is no harmless reason for any. */
	{ "time-wait-not-created", "time-wait", "end", "not-created",
	  "connections ended without TIME-WAIT",
	  "There are more than net.ipv4.tcp_max_tw_buckets: connections end at once, and late segments may hit new ones of the same tuple.",
	  "Raise net.ipv4.tcp_max_tw_buckets (a timewait socket takes about 250 bytes), or close fewer connections first.",
	  SEVERITY_WARNING, 0, 0, true, "fin-wait-2" },
	/* A service that restarts refuses a few. */
	{ "refused", "fail-active", NULL, "refused",
	  "of our connections were refused",
	  "Something here connects where nobody listens, again and again.",
	  "See who: \"tcpwatch monitor\"; is the service that it wants down?",
	  SEVERITY_WARNING, 10, 0, false, NULL },
	{ "unreachable", "fail-active", NULL, "unreachable",
	  "of our connections had no way to their destination",
	  "The network says that it cannot be reached (ICMP), or there is no route.",
	  "Look at routes and at firewalls that reject.", SEVERITY_WARNING, 10,
	  0, false, NULL },
	{ "no-answer", "fail-active", NULL, "timeout",
	  "of our connections were given up without any answer",
	  "Nobody answers our SYNs: a firewall drops them, or hosts are down.",
	  "See \"tcpwatch ports\" and \"tcpwatch list\" in SYN-SENT for which.",
	  SEVERITY_WARNING, 5, 0, false, NULL },
	/* A scan or a client of a service that is down. */
	{ "refused-out", "handshake", NULL, "refused-out",
	  "SYNs came for ports where nobody listens",
	  "A service here is down while its clients still try, or somebody scans ports.",
	  "Is a service missing? Else a firewall may drop them.",
	  SEVERITY_WARNING, 10, 0, false, NULL },
	/* The kernel sends cookies only when its queue is full. */
	{ "syn-cookies", "handshake", NULL, "cookie-out",
	  "SYN cookies were sent",
	  "A queue of half-open connections is full: a SYN flood, or a backlog too small for how fast clients come.",
	  "\"tcpwatch listeners\" shows where. Raise the backlog and net.ipv4.tcp_max_syn_backlog; against floods cookies are the cure.",
	  SEVERITY_WARNING, 0, 1000, false, NULL },
	/* From here on it is tcpwatch itself that does not see everything. */
	{ "table-full", "memory", NULL, "overflow",
	  "endpoints were not watched, the table is full",
	  "There are more endpoints than max-flows; what is shown is not all.",
	  "tcpwatch config max-flows N", SEVERITY_CRITICAL, 0, 0, true, NULL },
	{ "no-memory", "memory", NULL, "no-memory",
	  "endpoints were not watched for want of memory",
	  "The kernel had none to give at that moment.",
	  "Look at what takes the memory of this machine.", SEVERITY_CRITICAL,
	  0, 0, true, NULL },
	{ "listeners-lost", "memory", NULL, "listeners-lost",
	  "listeners were not kept",
	  "The table was full, or there was no memory.",
	  "tcpwatch config max-flows N", SEVERITY_WARNING, 0, 0, true, NULL },
	{ "not-measured", "memory", NULL, "not-measured",
	  "counters and histograms lack what happened",
	  "There was no memory for them at that moment.",
	  "Raise the memory limit of the control group, or of the machine.",
	  SEVERITY_WARNING, 0, 0, true, NULL },
	{ "drift", "audit", NULL, "drift",
	  "states of the mirror were wrong and were corrected",
	  "A mistake of tcpwatch: states are right, transitions may be missing or doubtful.",
	  "Please report it, with \"tcpwatch matrix -j\".", SEVERITY_WARNING, 0,
	  0, true, NULL },
	{ "events-lost", "events", NULL, "lost",
	  "transitions were lost, their queue was full",
	  "They came faster than they could be told; readers miss some.",
	  "tcpwatch config event-queue N", SEVERITY_WARNING, 0, 0, true, NULL },
};

static const json_t *nest(const json_t *stats, const struct count *count,
			  const char *name)
{
	const json_t *outer = json_object_get(stats, name);

	return count->inner ? json_object_get(outer, count->inner) : outer;
}

static void judge(json_t *findings, const struct doctor_in *in,
		  const struct count *count)
{
	const json_t *after = nest(in->after, count, count->nest);
	const json_t *before = nest(in->before, count, count->nest);
	uint64_t now = grown(before, after, count->key);
	uint64_t total = js_u64(after, count->key);
	enum severity severity = SEVERITY_NONE;
	char what[256];

	if (count->also) {
		after = nest(in->after, count, count->also);
		before = nest(in->before, count, count->also);
		now += grown(before, after, count->key);
		total += js_u64(after, count->key);
	}
	if (now && per_s(in, now) >= count->per_s)
		severity = count->severity;
	if (severity && count->grave_per_s &&
	    per_s(in, now) >= count->grave_per_s)
		severity++;
	if (severity)
		snprintf(what, sizeof(what), "%" PRIu64 " %s in %.1f s", now,
			 count->what, (double)in->interval_ns / NSEC);
	else if (count->ever && total)
		snprintf(what, sizeof(what),
			 "%" PRIu64 " %s since the module was loaded", total,
			 count->what);
	else
		return;
	finding_add(findings, severity ? severity : SEVERITY_NOTICE, count->id,
		    what, count->why, count->advice);
}

/*
 * Some corrections have no cause that can be shown, on any machine; one in a
 * thousand transitions is more than that.
 */
#define UNKNOWN_LEAST 10
#define UNKNOWN_PER_MILLE 1

static void judge_unknown(json_t *findings, const json_t *stats)
{
	const json_t *audit = json_object_get(stats, "audit");
	uint64_t unknown = js_u64(audit, "unknown"), all;
	char what[256];

	all = js_u64(audit, "confirmed") + js_u64(audit, "kernel-first");
	if (unknown < UNKNOWN_LEAST || unknown * 1000 < all * UNKNOWN_PER_MILLE)
		return;
	snprintf(what, sizeof(what),
		 "%" PRIu64 " corrections of the mirror have no known cause",
		 unknown);
	finding_add(findings, SEVERITY_NOTICE, "unknown-corrections", what,
		    "States are right, but not why they changed.",
		    "Please report it, with \"tcpwatch matrix -j\".");
}

static void judge_missing(json_t *findings, const json_t *stats)
{
	const json_t *audit = json_object_get(stats, "audit");
	uint64_t missing = js_u64(audit, "missing");
	const char *why =
		"No room or no memory was left: what is shown is not all.";
	const char *advice =
		"Raise max-flows: they are picked up once there is room.";
	char what[256];

	if (!missing)
		return;
	snprintf(what, sizeof(what),
		 "%" PRIu64 " endpoints of the kernel are not watched now",
		 missing);
	finding_add(findings, SEVERITY_CRITICAL, "missing", what, why, advice);
}

/* A table that is nearly full will be so at the next peak. */
#define FLOWS_PERCENT 90

static void judge_room(json_t *findings, const json_t *stats)
{
	const json_t *memory = json_object_get(stats, "memory");
	uint64_t flows = js_u64(memory, "flows");
	uint64_t most = js_u64(memory, "max-flows");
	char what[256];

	if (!most || flows * 100 < most * FLOWS_PERCENT)
		return;
	snprintf(what, sizeof(what),
		 "%" PRIu64 " of at most %" PRIu64 " endpoints are watched",
		 flows, most);
	finding_add(findings, SEVERITY_NOTICE, "table-nearly-full", what,
		    "Beyond that new connections are not seen.",
		    "tcpwatch config max-flows N");
}

void doctor_stats(json_t *findings, const struct doctor_in *in)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(counts); i++)
		judge(findings, in, &counts[i]);
	judge_unknown(findings, in->after);
	judge_missing(findings, in->after);
	judge_room(findings, in->after);
}
