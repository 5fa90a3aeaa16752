// SPDX-License-Identifier: GPL-2.0
/*
 * Endpoints that stay where they should not, grouped so that one fault is one
 * finding; and the order of all findings.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "findings.h"
#include "js.h"
#include "util.h"

#define NSEC 1000000000ULL

/* What endpoints with the same fault have in common. */
enum group_by {
	BY_OWNER,    /* the process, or the user */
	BY_PEER,     /* remote address and port */
	BY_LISTENER, /* local address and port */
	BY_NOTHING,
};

/**
 * struct rule - when an endpoint that waits is a fault
 * @id: of the finding
 * @wait: why it waits
 * @state: only in this state; NULL for any
 * @why: what that means
 * @advice: what to do
 * @severity: of the finding
 * @age_s: how long it must have been there
 * @rtx: how often what is due must have been sent again
 * @grave_s: from that age on it is one more than @severity; 0 for never
 * @many: from so many on likewise; stuck-get tells 16 of a state
 * @by: which are one finding
 */
struct rule {
	const char *id;
	const char *wait;
	const char *state;
	const char *why;
	const char *advice;
	enum severity severity;
	unsigned int age_s;
	unsigned int rtx;
	unsigned int grave_s;
	unsigned int many;
	enum group_by by;
};

static const struct rule rules[] = {
	/*
	 * Who reads the end of input closes within its own idle timeout, and
	 * those are a minute or less; after an hour it is a leak.
	 */
	{ "close-wait", "application-has-not-closed", NULL,
	  "The peer has closed, the application has not: it does not read the end of its input, or it leaks descriptors. No timer of the kernel ends CLOSE-WAIT.",
	  "Find where the application forgets close(); restart it before it runs out of descriptors. \"ss -K\" ends single ones.",
	  SEVERITY_WARNING, 60, 0, 3600, 16, BY_OWNER },
	/* A RTO begins at 0.2 s and doubles: 10 s are five tries. */
	{ "half-open-last-ack", "fin-not-acknowledged", "last-ack",
	  "The peer closed and then vanished: nobody acknowledges our FIN. It crashed, or a firewall or NAT forgot the connection.",
	  "The kernel gives up by itself (tcp_orphan_retries, about 100 s). If it is the same peer again, look for a device with short timeouts in between.",
	  SEVERITY_WARNING, 10, 3, 0, 0, BY_PEER },
	{ "fin-not-acknowledged", "fin-not-acknowledged", NULL,
	  "Nobody acknowledges our FIN: the peer is dead, or a firewall drops what belongs to this connection.",
	  "See whether the peer is up and whether a firewall or NAT in between forgets idle connections; shorter keepalives help there.",
	  SEVERITY_WARNING, 10, 3, 0, 0, BY_PEER },
	/* Readers pause; nobody who still reads does so for half a minute. */
	{ "fin-behind-zero-window", "fin-behind-zero-window", NULL,
	  "We have closed, but the peer takes no more data (its window is 0), so that our FIN cannot be sent: it is stopped, or it does not read.",
	  "Look at the peer's application. TCP_USER_TIMEOUT limits how long data may wait; \"ss -K\" ends single ones.",
	  SEVERITY_WARNING, 30, 0, 0, 0, BY_PEER },
	/* With progress it is a slow transfer; without there are retries. */
	{ "fin-behind-data", "fin-behind-data", NULL,
	  "We have closed, but nobody acknowledges the data before our FIN: the peer is dead, or large segments are lost on the way.",
	  "See whether the peer is up; if it answers to small segments, look for a wrong MTU.",
	  SEVERITY_WARNING, 30, 3, 0, 0, BY_PEER },
	/* An answer to the end of our output may take its time. */
	{ "fin-wait-2", "peer-has-not-closed", NULL,
	  "We have shut down our side, the peer does not close its own. The socket is still owned, so no timer of the kernel ends it.",
	  "Use close() instead of shutdown(), or a timeout after shutdown(); look at why the peer does not close.",
	  SEVERITY_WARNING, 120, 0, 0, 0, BY_PEER },
	/* The kernel ends it after tcp_fin_timeout, 60 s; most take none. */
	{ "fin-wait-2-orphan", "orphan-waits-for-fin", NULL,
	  "We have closed, the peer does not close its own side. Nobody owns the socket any more; the kernel ends it (tcp_fin_timeout).",
	  "Usual with clients that keep connections; where they are many, lower net.ipv4.tcp_fin_timeout.",
	  SEVERITY_NOTICE, 30, 0, 0, 0, BY_NOTHING },
	/* SYNs are sent again after 1 s and 3 s. */
	{ "syn-sent", "no-answer-to-syn", NULL,
	  "Nobody answers our SYN, neither with SYN,ACK nor with RST: a firewall drops it, the host is down, its accept queue is full, or the answer takes another way.",
	  "Test the way to that port (tcptraceroute); look at firewalls and security groups at both ends.",
	  SEVERITY_WARNING, 3, 2, 0, 16, BY_PEER },
	/* Clients vanish all the time; many at once is a flood or a firewall.
	 */
	{ "syn-recv", "no-answer-to-syn-ack", NULL,
	  "Nobody answers our SYN,ACK: the client is gone, its address is forged, or our answer does not reach it.",
	  "If they are many: a SYN flood (see that tcp_syncookies is 1), or the way back is asymmetric and filtered.",
	  SEVERITY_NOTICE, 5, 2, 0, 16, BY_LISTENER },
	/* Deferred accept waits for some seconds at most. */
	{ "not-accepted", "not-accepted", NULL,
	  "The client has finished its handshake, the kernel does not let it in: the accept queue is full, or TCP_DEFER_ACCEPT waits for data.",
	  "See \"ss -ltn\": with Recv-Q above Send-Q the application accepts too slowly, or its backlog (listen(), net.core.somaxconn) is too small.",
	  SEVERITY_WARNING, 5, 0, 0, 16, BY_LISTENER },
};

/* --- findings --- */

static const char *const severities[] = {
	[SEVERITY_NONE] = "none",
	[SEVERITY_NOTICE] = "notice",
	[SEVERITY_WARNING] = "warning",
	[SEVERITY_CRITICAL] = "critical",
};

json_t *finding_add(json_t *findings, enum severity severity, const char *id,
		    const char *what, const char *why, const char *advice)
{
	json_t *finding = json_object();

	json_object_set_new(finding, "severity",
			    json_string(severities[severity]));
	json_object_set_new(finding, "id", json_string(id));
	json_object_set_new(finding, "what", json_string(what));
	json_object_set_new(finding, "why", json_string(why));
	json_object_set_new(finding, "advice", json_string(advice));
	json_array_append_new(findings, finding);
	return finding;
}

const char *ago(char *buf, uint64_t ns)
{
	unsigned long long s = ns / NSEC;

	if (s < 60)
		snprintf(buf, AGO_SIZE, "%llu s", s);
	else if (s < 3600)
		snprintf(buf, AGO_SIZE, "%llum%02llus", s / 60, s % 60);
	else if (s < 86400)
		snprintf(buf, AGO_SIZE, "%lluh%02llum", s / 3600, s / 60 % 60);
	else
		snprintf(buf, AGO_SIZE, "%llud%02lluh", s / 86400,
			 s / 3600 % 24);
	return buf;
}

const char *end_text(char *buf, const json_t *from, const char *addr,
		     const char *port)
{
	const char *said = js_str(from, addr);

	snprintf(buf, END_SIZE, strchr(said, ':') ? "[%.46s]:%u" : "%.46s:%u",
		 *said ? said : "*", (unsigned int)js_int(from, port) & 0xffff);
	return buf;
}

/* --- endpoints that stay --- */

/* Half-closed on purpose: it has got all input and still sends. */
static bool still_sends(const json_t *stuck)
{
	return !strcmp(js_str(stuck, "state"), "close-wait") &&
	       js_u64(stuck, "unacked") + js_u64(stuck, "unsent") > 0 &&
	       js_u64(stuck, "age-ns") < 3600 * NSEC;
}

static const struct rule *find_rule(const json_t *stuck)
{
	const struct rule *rule;

	for (rule = rules; rule < rules + ARRAY_SIZE(rules); rule++) {
		if (strcmp(rule->wait, js_str(stuck, "wait")))
			continue;
		if (rule->state && strcmp(rule->state, js_str(stuck, "state")))
			continue;
		if (js_u64(stuck, "age-ns") < rule->age_s * NSEC ||
		    js_u64(stuck, "rtx") < rule->rtx || still_sends(stuck))
			return NULL;
		return rule;
	}
	return NULL;
}

static const json_t *owner_of(const struct doctor_in *in, const json_t *stuck)
{
	char inode[32];

	snprintf(inode, sizeof(inode), "%lld",
		 (long long)js_int(stuck, "inode"));
	return json_object_get(in->owners, inode);
}

static const char *common(char *buf, size_t size, const struct doctor_in *in,
			  const struct rule *rule, const json_t *stuck)
{
	char end[END_SIZE];

	switch (rule->by) {
	case BY_PEER:
		snprintf(buf, size, "%s",
			 end_text(end, stuck, "raddr", "rport"));
		break;
	case BY_LISTENER:
		snprintf(buf, size, "%s",
			 end_text(end, stuck, "laddr", "lport"));
		break;
	case BY_OWNER:
		snprintf(buf, size, "%lld %lld",
			 (long long)js_int(owner_of(in, stuck), "pid"),
			 (long long)js_int(stuck, "uid"));
		break;
	default:
		*buf = '\0';
	}
	return buf;
}

static json_t *who(const struct doctor_in *in, const json_t *stuck)
{
	const json_t *owner = owner_of(in, stuck);
	json_t *json = json_object();

	if (owner)
		json_object_update(json, (json_t *)owner);
	if (json_object_get(stuck, "uid"))
		json_object_set(json, "uid", json_object_get(stuck, "uid"));
	if (js_int(stuck, "inode"))
		json_object_set(json, "inode", json_object_get(stuck, "inode"));
	return json;
}

static uint64_t oldest(const json_t *sockets)
{
	uint64_t ns = 0;
	json_t *stuck;
	size_t i;

	json_array_foreach(sockets, i, stuck)
		if (js_u64(stuck, "age-ns") > ns)
			ns = js_u64(stuck, "age-ns");
	return ns;
}

/* "3 endpoints in CLOSE-WAIT for up to 1h02m, to 10.0.0.1:80" */
static void describe(char *what, size_t size, const struct rule *rule,
		     const json_t *sockets)
{
	const json_t *first = json_array_get(sockets, 0);
	size_t n = json_array_size(sockets);
	char for_[AGO_SIZE], end[END_SIZE], state[16];
	size_t i;

	snprintf(state, sizeof(state), "%.15s", js_str(first, "state"));
	for (i = 0; state[i]; i++)
		if (state[i] >= 'a' && state[i] <= 'z')
			state[i] -= 'a' - 'A';
	n = snprintf(what, size, "%zu endpoint%s in %s for %s%s", n,
		     n == 1 ? "" : "s", state, n == 1 ? "" : "up to ",
		     ago(for_, oldest(sockets)));
	if (rule->by == BY_PEER)
		snprintf(what + n, size - n, ", peer %s",
			 end_text(end, first, "raddr", "rport"));
	else if (rule->by == BY_LISTENER)
		snprintf(what + n, size - n, ", at %s",
			 end_text(end, first, "laddr", "lport"));
}

static void conclude(json_t *findings, const struct doctor_in *in,
		     const struct rule *rule, json_t *sockets)
{
	enum severity severity = rule->severity;
	uint64_t age = oldest(sockets);
	json_t *finding, *owner;
	char what[256];

	if ((rule->grave_s && age >= rule->grave_s * NSEC) ||
	    (rule->many && json_array_size(sockets) >= rule->many))
		severity++;
	describe(what, sizeof(what), rule, sockets);
	finding = finding_add(findings, severity, rule->id, what, rule->why,
			      rule->advice);
	json_object_set_new(finding, "since-ns", json_integer(age));
	owner = who(in, json_array_get(sockets, 0));
	if (json_object_size(owner) && rule->by != BY_NOTHING)
		json_object_set(finding, "who", owner);
	json_decref(owner);
	json_object_set(finding, "sockets", sockets);
}

void doctor_stuck(json_t *findings, const struct doctor_in *in)
{
	json_t *groups = json_object(), *stuck, *group;
	const struct rule *rule;
	char key[256], by[128];
	const char *name;
	size_t i;

	json_array_foreach(in->stuck, i, stuck) {
		rule = find_rule(stuck);
		if (!rule)
			continue;
		/* then it is known that the queue is full, and said so */
		if (!strcmp(rule->wait, "not-accepted") &&
		    doctor_port_drops(in, js_u64(stuck, "lport")))
			continue;
		common(by, sizeof(by), in, rule, stuck);
		snprintf(key, sizeof(key), "%02zu %s", (size_t)(rule - rules),
			 by);
		group = json_object_get(groups, key);
		if (!group) {
			group = json_array();
			json_object_set_new(groups, key, group);
		}
		json_array_append(group, stuck);
	}
	json_object_foreach(groups, name, group)
		conclude(findings, in, &rules[strtoul(name, NULL, 10)], group);
	json_decref(groups);
}

json_t *doctor_inodes(const json_t *stuck)
{
	json_t *inodes = json_array(), *one;
	size_t i;

	json_array_foreach(stuck, i, one)
		if (find_rule(one) && js_int(one, "inode"))
			json_array_append(inodes,
					  json_object_get(one, "inode"));
	return inodes;
}

/* --- all findings --- */

json_t *doctor(const struct doctor_in *in)
{
	json_t *all = json_array(), *ranked = json_array(), *finding;
	int severity;
	size_t i;

	doctor_stuck(all, in);
	doctor_ports(all, in);
	doctor_listeners(all, in);
	doctor_stats(all, in);
	for (severity = SEVERITY_CRITICAL; severity > SEVERITY_NONE; severity--)
		json_array_foreach(all, i, finding)
			if (!strcmp(js_str(finding, "severity"),
				    severities[severity]))
				json_array_append(ranked, finding);
	json_decref(all);
	return ranked;
}

bool doctor_found(const json_t *findings)
{
	const char *gravest = js_str(json_array_get(findings, 0), "severity");

	return *gravest && strcmp(gravest, severities[SEVERITY_NOTICE]);
}
