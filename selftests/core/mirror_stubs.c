// SPDX-License-Identifier: GPL-2.0
/*
 * What the module's files call: the flow table, which has room for one tuple,
 * the list of those to compare, the kernel's sockets; the rest does nothing.
 */
#include <stdlib.h>

#include "drive.h"
#include "record/event.h"
#include "mirror/mirror.h"

const struct tcpw_owner tcpw_owner_unknown = { .uid = TCPW_UID_UNKNOWN };
unsigned int tcpw_event_group = 1; /* somebody listens */
struct shim_task shim_task;
struct user_namespace shim_user_ns;

static struct tcpw_block block;
static struct tcpw_block_cpu block_cpu;
static struct tcpw_audit_row audit_rows[TCPW_ST_MAX];
static struct tcpw_audit_rest audit_rest;
static struct tcpw_counts counts;
static struct tcpw_pending pending;
static struct tcpw_listeners listeners;
static struct tcpw_events events;
static struct net net;
static struct tcpw_flow_table table;

static long spans[TCPW_SPAN_MAX];

/* The table's one place, those to compare, and all that there are. */
static struct tcpw_flow *linked;
static struct tcpw_flow *queue[DRIVE_QUEUE];
static unsigned int queued;
static struct tcpw_flow *flows[DRIVE_QUEUE];
static unsigned int made;

/* --- for the driver --- */

static bool is_over(const struct tcpw_flow *flow)
{
	return !flow->refs.n;
}

/* A grace period for those without references: nobody can have a pointer. */
void mirror_collect(void)
{
	unsigned int i = 0;

	while (i < made) {
		if (is_over(flows[i])) {
			free(flows[i]);
			flows[i] = flows[--made];
		} else {
			i++;
		}
	}
}

static void counts_reset(void)
{
	u8 from;

	memset(&block, 0, sizeof(block));
	memset(audit_rows, 0, sizeof(audit_rows));
	memset(&audit_rest, 0, sizeof(audit_rest));
	block_cpu.own = &block;
	counts = (struct tcpw_counts){
		.cpu = &block_cpu,
		.audit.rest = &audit_rest,
	};
	for (from = 0; from < TCPW_ST_MAX; from++)
		counts.audit.row[from] = &audit_rows[from];
}

/* A run may end anywhere: whoever held a flow is gone. */
void mirror_reset(void)
{
	while (made)
		free(flows[--made]);
	linked = NULL;
	queued = 0;
	counts_reset();
	memset(spans, 0, sizeof(spans));
	events.net = &net;
	table = (struct tcpw_flow_table){
		.net = &net,
		.counts = &counts,
		.listeners = &listeners,
		.events = &events,
		.pending = &pending,
	};
}

struct tcpw_flow_table *mirror_table(void)
{
	return &table;
}

/* The flow in the table, or NULL. */
struct tcpw_flow *mirror_flow(void)
{
	return linked;
}

u8 mirror_state(void)
{
	return linked ? linked->conn.state : TCPW_ST_CLOSE;
}

bool mirror_has_pending(void)
{
	return queued;
}

/* The oldest of those to compare, its reference with it; or NULL. */
struct tcpw_flow *mirror_pending(void)
{
	struct tcpw_flow *flow = queue[0];

	if (!queued)
		return NULL;
	queued--;
	memmove(queue, queue + 1, queued * sizeof(queue[0]));
	return flow;
}

void mirror_put(struct tcpw_flow *flow)
{
	tcpw_flow_put(flow);
}

void mirror_again(struct tcpw_flow *flow)
{
	tcpw_sweep_queue(&table, flow);
}

const struct tcpw_stats *mirror_stats(void)
{
	return &mirror_table()->counts->cpu->own->stats;
}

long mirror_span(u8 span)
{
	return spans[span];
}

/* --- flow.c --- */

struct tcpw_flow *tcpw_flow_find(struct tcpw_flow_table *t,
				 const struct tcpw_key *key,
				 const struct tcpw_ifs *ifs)
{
	return linked;
}

struct tcpw_flow *tcpw_flow_of_socket(struct tcpw_flow_table *t,
				      const struct tcpw_key *key, int bound_if)
{
	return linked;
}

bool tcpw_flow_is_known(struct tcpw_flow_table *t, const struct tcpw_key *key,
			int bound_if)
{
	return true;
}

void tcpw_flow_bind(struct tcpw_flow_table *t, struct tcpw_flow *flow,
		    int bound_if)
{
}

struct tcpw_flow *tcpw_flow_create(struct tcpw_flow_table *t,
				   const struct tcpw_key *key, int bound_if)
{
	struct tcpw_flow *flow;

	elsewhere(); /* somebody else may come first */
	if (linked)
		return linked;
	flow = calloc(1, sizeof(*flow));
	if (!flow)
		abort();
	flow->laddr = key->laddr[0];
	flow->raddr = key->raddr[0];
	flow->ports = key->ports;
	flow->family = key->family;
	flow->bound_if = bound_if;
	refcount_set(&flow->refs, 1);
	tcpw_fsm_init(&flow->conn);
	flow->kstate = TCPW_ST_CLOSE;
	flow->how = TCPW_HOW_NEW;
	linked = flow;
	block.stats.count[TCPW_STAT_FLOW_CREATED]++;
	assert(made < DRIVE_QUEUE);
	flows[made++] = flow;
	return flow;
}

void tcpw_flow_unlink(struct tcpw_flow_table *t, struct tcpw_flow *flow)
{
	if (linked != flow)
		return;
	linked = NULL;
	tcpw_flow_put(flow);
}

void tcpw_flow_put(struct tcpw_flow *flow)
{
	assert(flow->refs.n > 0);
	flow->refs.n--;
}

void tcpw_flow_key(const struct tcpw_flow *flow, struct tcpw_key *key)
{
	memset(key, 0, sizeof(*key));
	key->laddr[0] = flow->laddr;
	key->raddr[0] = flow->raddr;
	key->ports = flow->ports;
	key->family = flow->family;
}

/* --- recheck.c --- */

void tcpw_sweep_queue(struct tcpw_flow_table *t, struct tcpw_flow *flow)
{
	assert(queued < DRIVE_QUEUE);
	queue[queued++] = flow;
}

void tcpw_sweep_start(struct tcpw_flow_table *t)
{
}

/* --- skkey.c --- */

void tcpw_skkey_view(struct tcpw_view *view, const struct sock *sk)
{
	model_view(&drive.m, view);
}

/* What was found may be old by the time that it is looked at. */
bool tcpw_skkey_lookup(struct tcpw_view *view, struct net *in,
		       const struct tcpw_key *key, const struct tcpw_ifs *ifs)
{
	model_view(&drive.m, view);
	if (view->kind == TCPW_VIEW_FULL && view->state == TCPW_ST_CLOSE)
		memset(view, 0, sizeof(*view));
	elsewhere();
	return view->kind != TCPW_VIEW_NONE;
}

/*
 * With the socket's spinlock held nothing happens to it, but segments pass our
 * hook.  A lock that another CPU holds is waited for: looked at again, here.
 */
struct sock *tcpw_skkey_hold(struct tcpw_view *view, struct net *in,
			     const struct tcpw_key *key,
			     const struct tcpw_ifs *ifs)
{
	static struct sock held;

	model_view(&drive.m, view);
	if (view->kind == TCPW_VIEW_FULL &&
	    (view->state == TCPW_ST_CLOSE || drive.m.locked)) {
		memset(view, 0, sizeof(*view));
		view->busy = true;
		return NULL;
	}
	if (view->kind != TCPW_VIEW_FULL) {
		elsewhere();
		return NULL;
	}
	drive.m.locked = true;
	elsewhere();
	return &held;
}

void tcpw_skkey_release(struct sock *sk)
{
	if (sk)
		drive.m.locked = false;
}

long tcpw_skkey_denied(const struct net *in)
{
	return drive.m.tw_denied;
}

long tcpw_skkey_starved(const struct net *in)
{
	return 0;
}

void tcpw_segment_read_ts(struct tcpw_pkt *pkt)
{
}

void tcpw_skkey_owner(struct tcpw_owner *owner, const struct sock *sk)
{
	owner->uid = 7;
	owner->cgroup = 9;
}

/* --- listener.c, event.c, counts.c, timing.c, trace.h --- */

bool tcpw_listeners_any(struct tcpw_listeners *l, const struct tcpw_key *key,
			int dif)
{
	return drive.m.listens;
}

void tcpw_listeners_count(struct tcpw_listeners *l, const struct tcpw_key *key,
			  int dif, enum tcpw_listener_stat what)
{
}

void tcpw_events_arm(struct tcpw_events *ev, bool raw)
{
}

void tcpw_events_kick(struct tcpw_events *ev)
{
}

bool tcpw_events_skip(struct tcpw_events *ev, unsigned int n)
{
	return false;
}

void tcpw_events_log(struct tcpw_events *ev, struct tcpw_event *event)
{
	check_event(event);
}

unsigned int tcpw_timing_add(struct tcpw_block *in, const struct tcpw_lap *lap,
			     unsigned int n)
{
	check_laps(n);
	for (; n; n--, lap++)
		spans[lap->span] += lap->undo ? -1 : 1;
	return 0;
}

void tcpw_timing_late(struct tcpw_counts *c, const struct tcpw_lap *lap,
		      unsigned int missed, bool raw)
{
}

struct tcpw_block *tcpw_count_first(struct tcpw_counts *c, bool can_make,
				    unsigned long *irq)
{
	return NULL;
}

void tcpw_counts_make(struct tcpw_counts *c)
{
}

void trace_tcpwatch_transition(const struct tcpw_flow *flow, u32 netns,
			       const struct tcpw_step *step, u8 cause, u64 ns)
{
	check_moved(flow, step, cause, ns);
}
