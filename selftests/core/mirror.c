// SPDX-License-Identifier: GPL-2.0
/*
 * Drives the mirror of one endpoint at random: a peer that sends what it
 * likes, an application, timers, and the comparison, each able to come in the
 * middle of the others as far as the kernel's locks allow it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "drive.h"

#define MSEC 1000000ULL
#define SEC 1000000000ULL

struct drive drive;

const struct rules drive_rules[DRIVE_RULES] = {
	{ .name = "in_turn", .cpus = 1, .strange = true },
	{ .name = "on_their_way", .cpus = 3, .holds = true },
	{ .name = "at_the_same_time", .cpus = 3, .holds = true, .nests = 2 },
	{ .name = "lost_and_overtaken", .cpus = 3, .holds = true, .nests = 2,
	  .loses = true, .overtakes = true },
	{ .name = "by_a_liar", .cpus = 3, .holds = true, .nests = 2,
	  .lies = true, .strange = true },
};

static char notes[DRIVE_NOTES][DRIVE_LINE];
static unsigned int noted;
static jmp_buf out; /* of a run, by its first violation */

/* What waits for a grace period, and when that begins. */
static struct tcpw_flow *late[DRIVE_QUEUE];
static unsigned int lates;
static u64 late_section;

/* --- what happened --- */

void note(const char *fmt, ...)
{
	char *line = notes[noted % DRIVE_NOTES];
	int indent = 2 * drive.depth;
	va_list args;

	if (!drive.notes)
		return;
	noted++;
	va_start(args, fmt);
	snprintf(line, DRIVE_LINE, "%*s", indent, "");
	vsnprintf(line + indent, DRIVE_LINE - indent, fmt, args);
	va_end(args);
}

void violated(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(drive.why, sizeof(drive.why), fmt, args);
	va_end(args);
	longjmp(out, 1);
}

/* The last @n lines, as comments of TAP. */
static void show_notes(unsigned int n)
{
	unsigned int i = noted > n ? noted - n : 0;

	for (; i < noted; i++)
		printf("#   %s\n", notes[i % DRIVE_NOTES]);
}

/* --- the model's surroundings --- */

u64 ktime_get_ns(void)
{
	return ++drive.now;
}

u64 model_now(void)
{
	return drive.now;
}

bool model_chooses(u32 percent)
{
	return rng_chance(&drive.rng, percent);
}

void model_reads(bool begins)
{
	if (!begins) {
		drive.reading--;
		return;
	}
	if (drive.reading == DRIVE_READERS)
		abort();
	drive.readers[drive.reading++] = ++drive.sections;
}

static const char *flags_name(u8 flags)
{
	static char name[16];
	unsigned int i, n = 0;

	for (i = 0; i < 5; i++)
		if (flags & 1 << i)
			name[n++] = "FSRPA"[i];
	name[n] = '\0';
	return name;
}

static void note_seg(const char *what, const struct tcpw_seg *seg)
{
	const struct model *m = &drive.m;
	bool in = seg->dir == TCPW_IN;
	u32 seq, ack;

	if (!drive.notes)
		return;
	seq = seg->seq - (in ? m->irs : m->iss);
	ack = seg->ack - (in ? m->iss : m->irs);

	if (seg->flags & TCPW_ACK)
		note("%s %s seq %d ack %d len %u", what,
		     flags_name(seg->flags), (int)seq, (int)ack, seg->len);
	else
		note("%s %s seq %d len %u", what, flags_name(seg->flags),
		     (int)seq, seg->len);
}

void model_sends(const struct tcpw_seg *seg, const struct tcpw_view *sender)
{
	static const char *const kinds[] = { "nobody", "socket", "request",
					     "timewait" };

	note_seg(kinds[sender->kind], seg);
	model_reads(true);
	mirror_sends(seg, sender);
	drive.told_life = drive.m.life;
	model_reads(false);
}

/*
 * Where the kernel gets to by what is on its way, in the hook's order.  False
 * where that is another connection than the mirror's.
 */
bool drive_predict(u8 *state)
{
	struct model then;
	unsigned int i;

	model_predict(&drive.m, &then);
	for (i = 0; i < drive.busy; i++)
		if (!drive.slots[i].served && !drive.slots[i].lost)
			model_arrives(&then, &drive.slots[i].seg);
	*state = model_state(&then);
	return then.life == drive.told_life;
}

/* --- segments between our hook and the socket --- */

void drive_hook(const struct tcpw_seg *seg, bool lost)
{
	struct slot *slot = &drive.slots[drive.busy++];

	*slot = (struct slot){
		.seg = *seg,
		.section = ++drive.sections,
		.lost = lost,
		.unmet = !mirror_flow(),
	};
	note_seg(lost ? "hook (lost)" : "hook", seg);
	mirror_arrives(seg);
}

static void op_arrive(void)
{
	struct tcpw_seg seg;

	if (drive.busy == drive.rules.cpus)
		return;
	peer_sends(&seg);
	drive_hook(&seg, drive.rules.loses && rng_chance(&drive.rng, 10));
}

static void slot_ends(u64 section)
{
	unsigned int i;

	for (i = 0; i < drive.busy; i++)
		if (drive.slots[i].section == section)
			break;
	drive.busy--;
	memmove(&drive.slots[i], &drive.slots[i + 1],
		(drive.busy - i) * sizeof(drive.slots[0]));
}

/* The first segment that nobody serves yet; another where they overtake. */
static struct slot *next_slot(void)
{
	unsigned int i;

	for (i = 0; i < drive.busy; i++)
		if (!drive.slots[i].served &&
		    !(drive.rules.overtakes && rng_chance(&drive.rng, 15)))
			return &drive.slots[i];
	return NULL;
}

/* The socket, or its backlog, gets a segment. */
static void op_deliver(void)
{
	struct slot *slot = next_slot();
	struct tcpw_seg seg;
	u64 section;

	if (!slot || !model_can_take(&drive.m))
		return;
	seg = slot->seg;
	section = slot->section;
	slot->served = true;
	/* what came for no connection is not served for one made meanwhile */
	if (slot->lost || (slot->unmet && mirror_flow())) {
		note_seg("lost", &seg);
	} else {
		note_seg(drive.m.owned ? "backlog" : "socket gets", &seg);
		model_arrives(&drive.m, &seg);
		note("kernel in %s", tcpw_state_name(model_state(&drive.m)));
	}
	slot_ends(section);
}

/* --- the application --- */

static bool is_idle(void)
{
	return !drive.m.owned && !drive.m.locked;
}

static void op_connect(void)
{
	struct model *m = &drive.m;

	/* what arrives for one connection is not served for the next */
	if (drive.busy || !is_idle() || (m->kind != TCPW_VIEW_NONE &&
			   (m->kind != TCPW_VIEW_TW || m->tw_dying ||
			    m->tw_state != TCPW_ST_TIME_WAIT)))
		return;
	peer_anew();
	note("connect");
	model_connect(m, rng_u32(&drive.rng));
	if (!drive.rules.holds || rng_chance(&drive.rng, 80))
		model_release(m);
}

static void app_acts(struct model *m)
{
	switch (rng_below(&drive.rng, 8)) {
	case 0:
	case 1:
		note("close");
		model_close(m);
		break;
	case 2:
		note("shutdown");
		model_shutdown(m,
			       rng_chance(&drive.rng, 70) ? 0 : 2,
			       rng_chance(&drive.rng, 80));
		break;
	case 3:
		if (rng_chance(&drive.rng, 40)) {
			note("abort");
			model_abort(m, rng_chance(&drive.rng, 50));
		}
		break;
	case 4:
		note("write");
		model_send_data(m, 1 + rng_below(&drive.rng, 3));
		break;
	case 5:
		note("read");
		m->unread = 0;
		model_send_ack(m);
		break;
	default:
		note("holds the socket");
	}
}

static void op_app(void)
{
	struct model *m = &drive.m;

	if (!model_has_process(m))
		return;
	model_lock(m);
	app_acts(m);
	if (!drive.rules.holds || rng_chance(&drive.rng, 75))
		model_release(m);
}

static void op_release(void)
{
	if (!drive.m.owned || drive.depth)
		return;
	note("release");
	model_release(&drive.m);
	note("kernel in %s", tcpw_state_name(model_state(&drive.m)));
}

/* --- timers --- */

static void op_retransmit(void)
{
	if (!is_idle())
		return;
	drive.now += 200 * MSEC;
	note("retransmission timer");
	model_retransmit(&drive.m);
	model_transmit(&drive.m);
}

static void op_give_up(void)
{
	static const u16 errs[] = { ETIMEDOUT, ECONNABORTED, EHOSTUNREACH };
	struct model *m = &drive.m;

	if (!is_idle() || m->kind != TCPW_VIEW_FULL ||
	    rng_chance(&drive.rng, 70))
		return;
	note("gives up");
	model_gives_up(m, errs[rng_below(&drive.rng, ARRAY_SIZE(errs))]);
}

static void op_destroy(void)
{
	if (!is_idle() || rng_chance(&drive.rng, 70))
		return;
	note("SOCK_DESTROY");
	model_destroy(&drive.m);
}

static void op_timer(void)
{
	struct model *m = &drive.m;

	if (!is_idle() || rng_chance(&drive.rng, 50))
		return;
	if (m->kind == TCPW_VIEW_TW && (lates || mirror_has_pending()))
		return; /* no work waits for a minute */
	note("timer");
	if (m->kind == TCPW_VIEW_TW && drive.now < m->tw_until)
		drive.now = m->tw_until + MSEC;
	else
		drive.now += SEC;
	model_timer(m);
}

static void op_time(void)
{
	switch (rng_below(&drive.rng, 10)) {
	case 0:
		drive.now += rng_below(&drive.rng, 300) * MSEC;
		break;
	case 1:
	case 2:
	case 3:
		drive.now += rng_below(&drive.rng, 20) * MSEC;
		break;
	default:
		drive.now += rng_below(&drive.rng, 3000000);
	}
}

static void op_listen(void)
{
	drive.m.listens = rng_chance(&drive.rng, 75);
	drive.m.full = rng_chance(&drive.rng, 10);
	drive.m.cookies = rng_chance(&drive.rng, 10);
	drive.m.fastopens = rng_chance(&drive.rng, 30);
	drive.m.tw_none = rng_chance(&drive.rng, 5);
}

/* --- the comparison --- */

static bool grace_is_over(void)
{
	unsigned int i;

	for (i = 0; i < drive.busy; i++)
		if (drive.slots[i].section <= late_section)
			return false;
	for (i = 0; i < drive.reading; i++)
		if (drive.readers[i] <= late_section)
			return false;
	return true;
}

/* settle_answer(); a busy socket is asked as often as any other here. */
static void answered(struct tcpw_flow *flow, enum tcpw_answer answer)
{
	if (answer == TCPW_SETTLED)
		mirror_put(flow);
	else
		mirror_again(flow);
}

/* The work runs once at a time; its second half waits for a grace period. */
static void op_settle(void)
{
	enum tcpw_answer answer;
	struct tcpw_flow *flow;
	unsigned int n;

	if (drive.settling || lates || !mirror_has_pending())
		return;
	drive.settling = true;
	for (n = 4; n && (flow = mirror_pending()); n--) {
		note("first look: kernel in %s",
		     tcpw_state_name(model_state(&drive.m)));
		answer = mirror_compare_first(flow);
		if (answer == TCPW_GRACE)
			late[lates++] = flow;
		else
			answered(flow, answer);
	}
	drive.settling = false;
	late_section = drive.sections;
}

static void op_settled(void)
{
	struct tcpw_flow *flow;

	if (drive.settling || !lates || !grace_is_over())
		return;
	drive.settling = true;
	while (lates) {
		flow = late[--lates];
		note("second look: kernel in %s",
		     tcpw_state_name(model_state(&drive.m)));
		answered(flow, mirror_compare_second(flow));
	}
	drive.settling = false;
}

static void op_sweep(void)
{
	struct tcpw_flow *flow = mirror_flow();

	if (!flow || drive.sweeping)
		return;
	drive.sweeping = true;
	note("walk: kernel in %s", tcpw_state_name(model_state(&drive.m)));
	mirror_compare_sweep(flow);
	drive.sweeping = false;
}

/* --- all of them --- */

struct op {
	void (*does)(void);
	unsigned int weight;
};

/* Those that need no more than a CPU come first: any can come in between. */
static const struct op ops[] = {
	{ op_arrive, 30 },     { op_deliver, 34 }, { op_settle, 16 },
	{ op_settled, 12 },    { op_sweep, 3 },	   { op_time, 12 },
	{ op_release, 12 },    { op_app, 14 },	   { op_connect, 6 },
	{ op_retransmit, 4 },  { op_give_up, 1 },  { op_timer, 3 },
	{ op_listen, 1 },      { op_destroy, 1 },
};

/* What arrives is with the socket before anything else happens. */
static bool is_in_turn(void)
{
	return drive.rules.cpus == 1 && drive.busy;
}

static void any_op(void)
{
	unsigned int i, all = 0;
	u32 pick;

	for (i = 0; i < ARRAY_SIZE(ops); i++)
		all += ops[i].weight;
	pick = rng_below(&drive.rng, all);
	for (i = 0; pick >= ops[i].weight; i++)
		pick -= ops[i].weight;
	ops[i].does();
}

void elsewhere(void)
{
	if (drive.between && !drive.closed) {
		drive.closed = true;
		drive.between();
		drive.closed = false;
		return;
	}
	if (drive.closed || drive.depth >= drive.rules.nests ||
	    rng_chance(&drive.rng, 60))
		return;
	drive.depth++;
	any_op();
	drive.depth--;
}

/* Everything that is on its way arrives, and the comparison has its time. */
static void come_to_rest(void)
{
	unsigned int i;

	note("all that is on its way arrives");
	drive.closed = true;
	for (i = 0; i < 100 && (drive.m.owned || drive.busy); i++) {
		op_release();
		op_deliver();
	}
	for (i = 0; i < 12; i++) {
		drive.now += 5 * MSEC;
		op_settle();
		drive.now += 5 * MSEC;
		op_settled();
		if (i == 4 || i == 8) {
			drive.now += 10 * SEC;
			op_sweep();
		}
	}
	drive.closed = false;
	check_all();
	check_quiet();
}

/* --- for stories --- */

void drive_socket(void)
{
	op_deliver();
	check_all();
}

void drive_pass(unsigned int ms)
{
	drive.now += ms * MSEC;
}

/* Both looks of the work, as far as the grace period is over. */
void drive_look(void)
{
	drive_pass(5);
	op_settle();
	drive_pass(5);
	op_settled();
}

void drive_walk(void)
{
	drive_pass(10000);
	op_sweep();
	check_all();
}

void drive_rest(void)
{
	come_to_rest();
}

/* --- runs --- */

static void begin(u64 seed, const struct rules *rules, bool notes)
{
	memset(&drive, 0, sizeof(drive));
	drive.notes = notes;
	drive.rules = *rules;
	drive.rng.s = seed * 0x9e3779b97f4a7c15ULL + 1;
	drive.now = 1000 * SEC;
	drive.m.listens = true;
	model_init(&drive.m);
	drive.m.listens = true;
	lates = 0;
	noted = 0;
	mirror_reset();
	check_reset();
}

/* False where something was violated: drive.why tells what, notes how. */
static bool run(unsigned long events)
{
	if (setjmp(out)) {
		note("event %lu", drive.events);
		return false;
	}
	while (drive.events++ < events) {
		if (is_in_turn())
			op_deliver();
		else
			any_op();
		check_all();
		mirror_collect();
		if (rng_chance(&drive.rng, 1))
			come_to_rest();
	}
	return true;
}

/* Once more with notes where something is wrong: it happens just so again. */
bool drive_run(u64 seed, unsigned long events, const struct rules *rules)
{
	begin(seed, rules, false);
	if (run(events))
		return true;
	begin(seed, rules, true);
	return run(events);
}

/* The same of what @tells happens in a row. */
bool drive_story(void (*tells)(void))
{
	static const struct rules rules = { .cpus = DRIVE_CPUS };

	begin(1, &rules, true);
	drive.peer.nxt = 1000;
	if (setjmp(out))
		return false;
	tells();
	check_all();
	return true;
}

void drive_show(void)
{
	printf("# %s\n", drive.why);
	show_notes(60);
}
