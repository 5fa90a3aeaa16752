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
	{ .name = "lost_and_overtaken",
	  .cpus = 3,
	  .holds = true,
	  .nests = 2,
	  .loses = true,
	  .overtakes = true },
	{ .name = "by_a_liar",
	  .cpus = 3,
	  .holds = true,
	  .nests = 2,
	  .lies = true,
	  .strange = true },
};

static char notes[DRIVE_NOTES][DRIVE_LINE];
static unsigned int noted;
static jmp_buf out; /* of a run, by its first violation */

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

void note_seg(const char *what, const struct tcpw_seg *seg)
{
	const struct model *m = &drive.m;
	bool in = seg->dir == TCPW_IN;
	u32 seq, ack;

	if (!drive.notes)
		return;
	seq = seg->seq - (in ? m->irs : m->iss);
	ack = seg->ack - (in ? m->iss : m->irs);

	if (seg->flags & TCPW_ACK)
		note("%s %s seq %d ack %d len %u", what, flags_name(seg->flags),
		     (int)seq, (int)ack, seg->len);
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
	peer_gets(seg);
	drive.told_life = drive.m.life;
	model_reads(false);
}

/*
 * Where the kernel gets to by what is on its way behind our hook, in the hook's
 * order.  False where that is another connection than the mirror's.
 */
bool drive_predict(u8 *state)
{
	struct model then;
	unsigned int i;

	model_predict(&drive.m, &then);
	for (i = 0; i < drive.busy; i++)
		if (drive.slots[i].seen && !drive.slots[i].served &&
		    !drive.slots[i].lost)
			model_arrives(&then, &drive.slots[i].seg);
	*state = model_state(&then);
	return then.life == drive.told_life;
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
	drive_any();
	drive.depth--;
}

/* Everything that is on its way arrives, and the comparison has its time. */
static void come_to_rest(void)
{
	unsigned int i;

	note("all that is on its way arrives");
	drive.closed = true;
	for (i = 0; i < 100 && (drive.m.owned || drive.busy); i++) {
		drive_release();
		drive_deliver();
	}
	for (i = 0; i < 12; i++) {
		drive.now += 5 * MSEC;
		drive_settle();
		drive.now += 5 * MSEC;
		drive_settled();
		if (i == 4 || i == 8) {
			drive.now += 10 * SEC;
			drive_sweep();
		}
	}
	drive.closed = false;
	check_all();
	check_quiet();
}

/* --- for stories --- */

void drive_socket(void)
{
	drive_deliver();
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
	drive_settle();
	drive_pass(5);
	drive_settled();
}

void drive_walk(void)
{
	drive_pass(10000);
	drive_sweep();
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
	drive_settle_reset();
	drive.loaded = rng_chance(&drive.rng, 50);
	noted = 0;
	mirror_reset();
	check_reset();
}

/*
 * In half of the runs the tuple lives before the module is loaded.  What is
 * between hook and socket by then is awaited, as registering the hooks does.
 */
static void maybe_load(void)
{
	if (!drive.loaded && drive.events > 100 && !drive.busy &&
	    !drive.m.owned) {
		drive.closed = true;
		mirror_load();
		drive.closed = false;
	}
}

/* False where something was violated: drive.why tells what, notes how. */
static bool run(unsigned long events)
{
	if (setjmp(out)) {
		note("event %lu", drive.events);
		return false;
	}
	while (drive.events++ < events) {
		if (drive_in_turn())
			drive_deliver();
		else
			drive_any();
		check_all();
		mirror_collect();
		maybe_load();
		if (drive.loaded && rng_chance(&drive.rng, 1))
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
	drive.loaded = true;
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
	show_notes(250);
}
