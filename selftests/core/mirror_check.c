// SPDX-License-Identifier: GPL-2.0
/*
 * What must hold of the mirror, whatever happens: between two events every
 * number adds up; no correction takes a right mirror to a wrong state; and
 * where nothing is on its way, mirror and kernel are in one state.
 */
#include <stdio.h>

#include "drive.h"
#include "record/event.h"
#include "mirror/mirror.h"

/* Transitions as they were told, one after the other. */
static unsigned long told[TCPW_ST_MAX][TCPW_ST_MAX];

/* --- each transition --- */

static bool is_forced(const struct tcpw_step *step)
{
	return step->ev == TCPW_EV_NONE;
}

/*
 * The last correction, until it is known whether a new connection of the tuple
 * follows it at once.
 */
static struct {
	struct tcpw_step step;
	u8 cause;
	bool known; /* where the kernel will be, see drive_predict() */
	u8 then;
} forced;

/*
 * The mirror was taken to another state than a segment led to.  Where will the
 * kernel be once it has had all that is on its way?
 */
void check_forced(void)
{
	const struct tcpw_step step = forced.step;

	if (step.from == step.to)
		return;
	forced.step.to = step.from;
	if (!drive.rules.loses && forced.known && step.from == forced.then)
		violated("a right mirror was made wrong: %s -> %s, cause %s",
			 tcpw_state_name(step.from), tcpw_state_name(step.to),
			 tcpw_cause_name(forced.cause));
	if (!drive.rules.loses && tcpw_cause_is_drift(forced.cause))
		violated("drift: %s -> %s, cause %s",
			 tcpw_state_name(step.from), tcpw_state_name(step.to),
			 tcpw_cause_name(forced.cause));
}

static bool is_anew(const struct tcpw_step *step)
{
	return step->from == TCPW_ST_CLOSE && forced.step.to == TCPW_ST_CLOSE;
}

/* What was told last, that it may be taken back. */
#define RECENT 8
static struct tcpw_step recent[RECENT];
static unsigned int recents;

/* Three segments in a row were refused: what one measured stays counted. */
static long excused;

/*
 * What a reader of the event stream knows: the last transitions, and how many
 * stays the events reported for each state, without those taken back.
 */
static struct tcpw_event events[RECENT];
static unsigned int heard;
static long stays[TCPW_ST_MAX];

static bool tells_stay(const struct tcpw_event *event)
{
	return event->stay && event->stay != TCPW_STAY_UNKNOWN;
}

/*
 * The steps up to where @event leads did not happen.  Where it tells a stay,
 * that is the last that they told, and goes on.
 */
static void hear_back(const struct tcpw_event *event)
{
	bool goes_on = event->stay != TCPW_STAY_UNKNOWN;
	const struct tcpw_event *last;

	do {
		last = &events[--heard % RECENT];
		if (goes_on && tells_stay(last)) {
			stays[last->from]--;
			goes_on = false;
		}
	} while (heard && last->from != event->to);
	if (goes_on)
		violated("a stay of %llu ns goes on that no event told",
			 (unsigned long long)event->stay);
}

void check_event(const struct tcpw_event *event)
{
	if (event->verdict == TCPW_VERDICT_WIRE_ONLY) {
		hear_back(event);
		return;
	}
	events[heard++ % RECENT] = *event;
	stays[event->from] += tells_stay(event);
}

void check_reset(void)
{
	memset(stays, 0, sizeof(stays));
	heard = 0;
	memset(told, 0, sizeof(told));
	recents = 0;
	excused = 0;
	memset(&forced, 0, sizeof(forced));
}

static void tell(const struct tcpw_step *step, u8 cause)
{
	const struct tcpw_step *last;
	unsigned int n = 0;

	if (!tcpw_cause_takes_back(cause)) {
		told[step->from][step->to]++;
		recent[recents++ % RECENT] = *step;
		return;
	}
	do {
		last = &recent[--recents % RECENT];
		told[last->from][last->to]--;
		n++;
	} while (recents && last->from != step->to);
	if (n > 2)
		excused++;
}

void check_moved(const struct tcpw_flow *flow, const struct tcpw_step *step,
		 u8 cause, u64 ns)
{
	note("mirror %s -> %s, %s", tcpw_state_name(step->from),
	     tcpw_state_name(step->to), tcpw_cause_name(cause));
	tell(step, cause);
	drive.cause = cause;
	drive.moved = true;
	if (is_anew(step))
		forced.step.to = forced.step.from;
	if (!is_forced(step) || !tcpw_cause_is_correction(cause))
		return;
	forced.step = *step;
	forced.cause = cause;
	forced.known = drive.reporting != drive.depth + 1 &&
		       !(drive.reporting && step->to == drive.reported) &&
		       drive_predict(&forced.then);
}

void check_laps(unsigned int n)
{
	drive.moved = true;
	if (n >= TCPW_LAPS)
		violated("%u measurements: more than there is room for", n);
}

/* --- the numbers --- */

static void check_counts(const char *what, const unsigned long *n,
			 unsigned int count)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		if ((long)n[i] < 0)
			violated("%s[%u] is %ld", what, i, (long)n[i]);
}

static unsigned long sum_of(const unsigned long *n, unsigned int count)
{
	unsigned long sum = 0;

	while (count)
		sum += n[--count];
	return sum;
}

static bool in_state(u8 state)
{
	const struct tcpw_flow *flow = mirror_flow();

	return flow && !(flow->how & TCPW_HOW_DEAD) &&
	       flow->conn.state == state;
}

static void check_states(const struct tcpw_stats *s)
{
	long now;
	u8 st;

	for (st = TCPW_ST_ESTABLISHED; st < TCPW_ST_MAX; st++) {
		if (st == TCPW_ST_CLOSE)
			continue;
		now = tcpw_stats_entered(s, st) - tcpw_stats_left(s, st);
		if (now != in_state(st))
			violated("now of %s is %ld, not %d",
				 tcpw_state_name(st), now, in_state(st));
	}
}

/* The sum over all causes. */
static unsigned long audited(const struct tcpw_audit *audit, u8 from, u8 to)
{
	struct tcpw_move move = { .from = from, .to = to };
	unsigned long sum = 0;

	for (; move.cause < TCPW_CAUSE_MAX; move.cause++)
		if (!tcpw_cause_takes_back(move.cause))
			sum += tcpw_audit_read(audit, &move);
	return sum;
}

static unsigned long found_in(const struct tcpw_audit *audit, u8 state,
			      u8 cause)
{
	const struct tcpw_move move = { TCPW_ST_CLOSE, state, cause };

	return tcpw_audit_read(audit, &move);
}

#define UNEQUAL "%s -> %s: %lu counted, %lu in the matrix, %lu told"

/* Each transition is a segment's or in the audit, and was told. */
static void check_matrix(const struct tcpw_stats *s,
			 const struct tcpw_audit *audit)
{
	unsigned long sum;
	u8 from, to, wire;

	for (from = 0; from < TCPW_ST_MAX; from++) {
		for (to = 0; to < TCPW_ST_MAX; to++) {
			sum = audited(audit, from, to);
			for (wire = 0; wire < TCPW_WIRES; wire++)
				sum += s->wire[wire][from][to];
			if (sum != s->trans[from][to] ||
			    told[from][to] != s->trans[from][to])
				violated(UNEQUAL, tcpw_state_name(from),
					 tcpw_state_name(to),
					 s->trans[from][to], sum,
					 told[from][to]);
		}
	}
}

/* Endpoints that were found open: no handshake of theirs was counted. */
static unsigned long found_open(const struct tcpw_audit *audit)
{
	unsigned long sum = 0;
	u8 st;

	for (st = TCPW_ST_ESTABLISHED; st < TCPW_ST_MAX; st++) {
		if (!tcpw_state_is_open(st))
			continue;
		sum += found_in(audit, st, TCPW_CAUSE_SEED);
		if (st != TCPW_ST_ESTABLISHED) /* else it is a cookie */
			sum += found_in(audit, st, TCPW_CAUSE_ADOPT);
	}
	return sum;
}

static void check_opens(const struct tcpw_stats *s,
			const struct tcpw_audit *audit)
{
	const struct tcpw_flow *flow = mirror_flow();
	unsigned long opens =
		sum_of(s->open, TCPW_OPEN_MAX) + found_open(audit);
	unsigned long closes = sum_of(s->close, TCPW_CLOSE_MAX);
	bool open = flow && !(flow->how & TCPW_HOW_DEAD) &&
		    tcpw_state_is_open(flow->conn.state);
	unsigned long rtx = sum_of(s->open_rtx[0], 2 * TCPW_RTX_MAX);
	unsigned long got =
		sum_of(s->open, TCPW_OPEN_MAX) - s->open[TCPW_OPEN_COOKIE];

	if (opens != closes + open)
		violated("%lu opens, but %lu closes and %d open", opens, closes,
			 open);
	if (rtx != got)
		violated("%lu handshakes, %lu by retransmissions", got, rtx);
}

static void check_closes(const struct tcpw_stats *s)
{
	if ((long)tcpw_stats_four_way(s) < 0)
		violated("three-way %lu, but %lu active closes",
			 s->count[TCPW_STAT_THREE_WAY],
			 s->close[TCPW_CLOSE_ACTIVE]);
}

/* Each endpoint begins once, also in a flow that is there already. */
static void check_created(const struct tcpw_stats *s)
{
	unsigned long begun = sum_of(s->trans[TCPW_ST_CLOSE], TCPW_ST_MAX);

	if (s->count[TCPW_STAT_FLOW_CREATED] != begun)
		violated("%lu endpoints were created and %lu began",
			 s->count[TCPW_STAT_FLOW_CREATED], begun);
}

/* One that was not made was never entered. */
static void check_time_wait(const struct tcpw_stats *s)
{
	const unsigned long *end = s->tw_end[TCPW_SMALL_TIME_WAIT];
	unsigned long left = tcpw_stats_left(s, TCPW_ST_TIME_WAIT);
	unsigned long ends =
		sum_of(end, TCPW_TW_MAX) - end[TCPW_TW_NOT_CREATED];

	if (left != ends)
		violated("TIME-WAIT was left %lu times and ended %lu times",
			 left, ends);
}

/*
 * A state is measured once at the most each time that it is left; or before
 * that, where more than one segment was taken back, and not again then.
 */
static bool was_measured(u8 state)
{
	return in_state(state) && mirror_flow()->how & TCPW_HOW_SINCE;
}

static void check_spans(const struct tcpw_stats *s)
{
	unsigned int span;

	for (span = 0; span < TCPW_SPAN_MAX; span++)
		if (mirror_span(span) < 0)
			violated("span %u was measured %ld times", span,
				 mirror_span(span));
	for (span = TCPW_ST_ESTABLISHED; span < TCPW_ST_MAX; span++)
		if (mirror_span(span) > (long)tcpw_stats_left(s, span) +
						was_measured(span) + excused)
			violated("%s was left %lu times and measured %ld times",
				 tcpw_state_name(span),
				 tcpw_stats_left(s, span), mirror_span(span));
}

/* As many stays were told as were measured. */
static void check_stays(void)
{
	u8 st;

	for (st = TCPW_ST_ESTABLISHED; st < TCPW_ST_MAX; st++)
		if (stays[st] != mirror_span(st))
			violated("%ld stays in %s were told, %ld measured",
				 stays[st], tcpw_state_name(st),
				 mirror_span(st));
}

/* Between two events. */
void check_all(void)
{
	const struct tcpw_flow_table *t = mirror_table();
	const struct tcpw_stats *s = mirror_stats();

	if (!drive.moved)
		return;
	drive.moved = false;
	check_counts("open", s->open, TCPW_OPEN_MAX);
	check_counts("open_rtx", s->open_rtx[0], 2 * TCPW_RTX_MAX);
	check_counts("fail", s->fail[0], 2 * TCPW_FAIL_MAX);
	check_counts("close", s->close, TCPW_CLOSE_MAX);
	check_counts("tw_end", s->tw_end[0], TCPW_SMALLS * TCPW_TW_MAX);
	check_counts("count", s->count, TCPW_STAT_MAX);
	check_states(s);
	check_matrix(s, &t->counts->audit);
	check_created(s);
	check_opens(s, &t->counts->audit);
	check_closes(s);
	check_time_wait(s);
	check_spans(s);
	check_stays();
}

/*
 * The kernel's own count.  Where nothing gets lost and one thing happens after
 * the other, the mirror has seen each TIME-WAIT since the module was loaded; so
 * it has in a story, but where that loses segments.
 */
static void check_made(void)
{
	unsigned long entered =
		tcpw_stats_entered(mirror_stats(), TCPW_ST_TIME_WAIT);
	unsigned long made = drive.m.tw_made - drive.tw_before;
	bool story = !drive.rules.name && !drive.rules.loses;

	if ((story || drive.rules.cpus == 1) && entered != made)
		violated("%lu TIME-WAITs were made and %lu counted", made,
			 entered);
}

/*
 * Timewait sockets that gave way.  Not where other CPUs get on in the middle of
 * what one does: late RSTs, SYNs and FINs then end one in the same moment, and
 * once in millions of events the mirror takes the wrong one for the cause.
 */
static void check_given(const char *what, enum tcpw_tw_end end,
			unsigned long given)
{
	const struct tcpw_stats *s = mirror_stats();
	unsigned long counted = s->tw_end[TCPW_SMALL_TIME_WAIT][end] +
				s->tw_end[TCPW_SMALL_FIN_WAIT2][end];

	if (!drive.rules.loses && !drive.rules.nests && counted != given)
		violated("%lu timewait sockets were %s and %lu counted", given,
			 what, counted);
}

/*
 * EstabResets, in stories.  A request whose ACK was refused, since the accept
 * queue was full, and that a RST ends before the comparison, counts as open.
 */
static void check_resets(void)
{
	const struct tcpw_stats *s = mirror_stats();
	unsigned long made = drive.m.resets - drive.resets_before;
	unsigned long counted = s->trans[TCPW_ST_ESTABLISHED][TCPW_ST_CLOSE] +
				s->trans[TCPW_ST_CLOSE_WAIT][TCPW_ST_CLOSE];

	if (!drive.rules.name && !drive.rules.loses && counted != made)
		violated("%lu resets of open connections, and %lu counted",
			 made, counted);
}

/* Nothing is on its way, and the flow was compared. */
void check_quiet(void)
{
	const struct tcpw_flow *flow = mirror_flow();
	u8 kernel = model_state(&drive.m);
	u8 mirror = flow ? flow->conn.state : TCPW_ST_CLOSE;

	if (mirror != kernel)
		violated("quiet, and the mirror is in %s%s, the kernel in %s",
			 tcpw_state_name(mirror), flow ? "" : " (no flow)",
			 tcpw_state_name(kernel));
	check_made();
	check_resets();
	check_given("reused", TCPW_TW_REUSED,
		    drive.m.tw_reused - drive.reused_before);
	check_given("reopened", TCPW_TW_REOPENED,
		    drive.m.tw_reopened - drive.reopened_before);
}
