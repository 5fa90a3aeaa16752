// SPDX-License-Identifier: GPL-2.0
/*
 * What may happen next: a segment arrives at our hook, or goes on to its
 * socket; an application, a timer, the comparison does something.  Each does
 * nothing where the kernel would not let it.
 */
#include "drive.h"

#define MSEC 1000000ULL
#define SEC 1000000000ULL

/* What waits for a grace period, and when that began. */
static struct tcpw_flow *waits[DRIVE_QUEUE];
static unsigned int waiting;
static u64 late_section;

/* --- segments between our hook and the socket --- */

/* Slots move up, sections stay. */
static struct slot *find_slot(u64 section)
{
	struct slot *slot = drive.slots;

	while (slot->section != section)
		slot++;
	return slot;
}

void drive_hook(const struct tcpw_seg *seg, bool lost)
{
	struct slot *slot = &drive.slots[drive.busy++];
	u64 section;

	*slot = (struct slot){
		.seg = *seg,
		.section = ++drive.sections,
		.lost = lost,
		.life = drive.m.life,
		.unmet = !mirror_flow(),
	};
	section = slot->section;
	note_seg(lost ? "hook (lost)" : "hook", seg);
	mirror_arrives(seg);
	find_slot(section)->seen = true;
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
	struct slot *slot = find_slot(section);
	struct slot *end = &drive.slots[drive.busy--];

	memmove(slot, slot + 1, (end - slot - 1) * sizeof(*slot));
}

/* The first segment that nobody serves yet; another where they overtake. */
static struct slot *next_slot(void)
{
	struct slot *slot = drive.slots;

	for (; slot < drive.slots + drive.busy; slot++) {
		if (slot->served ||
		    (drive.rules.overtakes && rng_chance(&drive.rng, 15)))
			continue;
		return slot->seen ? slot : NULL;
	}
	return NULL;
}

/* The socket, or its backlog, gets a segment. */
void drive_deliver(void)
{
	struct slot *slot = next_slot();
	struct tcpw_seg seg;
	u64 section;

	if (!slot || !model_can_take(&drive.m))
		return;
	seg = slot->seg;
	section = slot->section;
	slot->served = true;
	/* what came for one connection is not served for the next */
	if (slot->lost || slot->life != drive.m.life ||
	    (slot->unmet && mirror_flow())) {
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

	/* what our hook saw before there was a socket is nobody's */
	if (!is_idle() || drive.busy ||
	    (m->kind != TCPW_VIEW_NONE &&
	     (m->kind != TCPW_VIEW_TW || m->replaced)))
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
		model_shutdown(m, rng_chance(&drive.rng, 70) ? 0 : 2,
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

void drive_release(void)
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
	if (m->kind == TCPW_VIEW_TW && (waiting || mirror_has_pending()))
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

void drive_settle_reset(void)
{
	waiting = 0;
}

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
void drive_settle(void)
{
	enum tcpw_answer answer;
	struct tcpw_flow *flow;
	unsigned int n;

	if (drive.settling || waiting || !mirror_has_pending())
		return;
	drive.settling = true;
	for (n = 4; n && (flow = mirror_pending()); n--) {
		note("first look: kernel in %s",
		     tcpw_state_name(model_state(&drive.m)));
		answer = mirror_compare_first(flow);
		if (answer == TCPW_GRACE)
			waits[waiting++] = flow;
		else
			answered(flow, answer);
	}
	drive.settling = false;
	late_section = drive.sections;
}

void drive_settled(void)
{
	struct tcpw_flow *flow;

	if (drive.settling || !waiting || !grace_is_over())
		return;
	drive.settling = true;
	while (waiting) {
		flow = waits[--waiting];
		note("second look: kernel in %s",
		     tcpw_state_name(model_state(&drive.m)));
		answered(flow, mirror_compare_second(flow));
	}
	drive.settling = false;
}

void drive_sweep(void)
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
	{ op_arrive, 30 },     { drive_deliver, 34 }, { drive_settle, 16 },
	{ drive_settled, 12 }, { drive_sweep, 3 },    { op_time, 12 },
	{ drive_release, 12 }, { op_app, 14 },	      { op_connect, 6 },
	{ op_retransmit, 4 },  { op_give_up, 1 },     { op_timer, 3 },
	{ op_listen, 1 },      { op_destroy, 1 },
};

/* What arrives is with the socket before anything else happens. */
bool drive_in_turn(void)
{
	return drive.rules.cpus == 1 && drive.busy;
}

void drive_any(void)
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
