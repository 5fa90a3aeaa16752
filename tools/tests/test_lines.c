// SPDX-License-Identifier: GPL-2.0
/*
 * Lines of list and of monitor, as people read them, of messages made by hand:
 * of whole ones, and of such as a newer or a broken kernel would send.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/tcpwatch.h>

#include "addr.h"
#include "event.h"
#include "match.h"
#include "row.h"
#include "test.h"
#include "util.h"

static const struct ctx numeric = { .numeric = true };
static const uint8_t v4[] = { 10, 0, 200, 255 };
static const uint8_t v6[16] = { 0x20, 1, 0x0d, 0xb8, [15] = 1 };
static const uint8_t mapped[16] = { [10] = 0xff, 0xff, 192, 0, 2, 1 };

static void expect(const char *name, struct text *said, const char *expected)
{
	char why[1024];

	text_char(said, '\0');
	snprintf(why, sizeof(why), "\"%s\", expected \"%s\"", said->data,
		 expected);
	tap_result(!strcmp(said->data, expected), name, why);
	text_free(said);
}

/* --- addresses and times --- */

static void address(const uint8_t *addr)
{
	char ours[ADDR_SIZE], theirs[ADDR_SIZE], why[128];

	*addr_text(ours, addr, 16) = '\0';
	inet_ntop(AF_INET6, addr, theirs, sizeof(theirs));
	if (!strcmp(ours, theirs))
		return;
	snprintf(why, sizeof(why), "%s, not %s", ours, theirs);
	tap_result(false, "lines_addresses", why);
}

/* Each pattern of words that are zero, and what is in the others. */
static void addresses(void)
{
	static const uint16_t words[] = { 1, 0x20, 0x300, 0x4000, 0xffff };
	uint8_t addr[16];
	unsigned int zero, word, i;

	for (zero = 0; zero < 256; zero++)
		for (word = 0; word < ARRAY_SIZE(words); word++) {
			for (i = 0; i < 16; i++)
				addr[i] = zero >> i / 2 & 1 ? 0
					  : i % 2	    ? words[word]
							    : words[word] >> 8;
			address(addr);
		}
	tap_result(true, "lines_addresses_as_inet_ntop", "");
}

static void octets(void)
{
	char ours[ADDR_SIZE], theirs[ADDR_SIZE];
	uint8_t addr[4];
	bool same = true;
	unsigned int i;

	for (i = 0; i < 256; i++) {
		memset(addr, i, sizeof(addr));
		*addr_text(ours, addr, sizeof(addr)) = '\0';
		inet_ntop(AF_INET, addr, theirs, sizeof(theirs));
		same = same && !strcmp(ours, theirs);
	}
	tap_result(same, "lines_octets_as_inet_ntop", "one is not");
}

static void numbers(void)
{
	uint64_t number, nine;
	char theirs[32];
	struct text said = { 0 };
	bool same = true;
	int i;

	for (i = 0, number = 1, nine = 9; i < 20; i++) {
		said.len = 0;
		text_u64(&said, number);
		text_char(&said, ' ');
		text_u64(&said, nine);
		text_char(&said, '\0');
		snprintf(theirs, sizeof(theirs), "%llu %llu",
			 (unsigned long long)number, (unsigned long long)nine);
		same = same && !strncmp(said.data, theirs, sizeof(theirs) - 1);
		number *= 10;
		nine = i < 18 ? 10 * nine + 9 : UINT64_MAX;
	}
	tap_result(same, "lines_numbers_as_printf", said.data);
	text_free(&said);
}

static void times(void)
{
	static const uint64_t ns[] = {
		0,
		999,
		1000,
		9994,
		9996,
		45600,
		999600,
		1615000,
		61020000000ULL,
		599990000000ULL,
		600000000000ULL,
		3599000000000ULL,
		7500000000000ULL,
		93600000000000ULL,
		UINT64_MAX,
	};
	struct text said = { 0 };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ns); i++) {
		text_ns(&said, ns[i]);
		text_char(&said, ' ');
	}
	expect("lines_times", &said,
	       "0ns 999ns 1.00us 9.99us 10.00us 45.6us 1000us 1.62ms 61.02s 599.99s 10m00s 59m59s 2h05m 1d02h 213503d23h ");
}

/* --- list --- */

static void put_tuple(struct message *m, const uint8_t *laddr,
		      const uint8_t *raddr, size_t len)
{
	put(m, TCPWATCH_A_FLOW_LADDR, laddr, len);
	put(m, TCPWATCH_A_FLOW_RADDR, raddr, len);
	put_u16(m, TCPWATCH_A_FLOW_LPORT, htons(443));
	put_u16(m, TCPWATCH_A_FLOW_RPORT, htons(50000));
}

static void row(const char *name, const char *const *columns, uint8_t cmd,
		const struct message *m, const char *expected)
{
	struct decode_table table = { 0 };
	struct text said = { 0 };
	struct row row = { 0 };
	bool ok = true;

	for (; *columns; columns++)
		ok = row_add(&row, *columns) && ok;
	ok = decode_table(&table, spec_by_cmd[cmd], m->data, m->len) && ok;
	if (ok)
		row_print(&row, &numeric, &said, &table);
	expect(name, &said, expected);
}

static const char *const usual[] = { "state", "local",	 "peer", "age-ns",
				     "cause", "left-ns", "uid",	 NULL };

static void flow(void)
{
	struct message m = { 0 };

	put_tuple(&m, v4, v4, sizeof(v4));
	put_u8(&m, TCPWATCH_A_FLOW_STATE, TCPWATCH_STATE_TIME_WAIT);
	put_u8(&m, TCPWATCH_A_FLOW_CAUSE, TCPWATCH_CAUSE_IN);
	put_u64(&m, TCPWATCH_A_FLOW_AGE_NS, 1500000);
	put(&m, TCPWATCH_A_FLOW_AGE_IS_LEAST, NULL, 0);
	put_u64(&m, TCPWATCH_A_FLOW_LEFT_NS, 58500000000ULL);
	put_u32(&m, TCPWATCH_A_FLOW_UID, 1000);
	row("lines_flow", usual, TCPWATCH_CMD_FLOW_DUMP, &m,
	    "TIME-WAIT    10.0.200.255:443         10.0.200.255:50000       1.50ms+    in         58.50s     1000\n");
}

static void flow_ipv6(void)
{
	struct message m = { 0 };

	put_tuple(&m, v6, mapped, sizeof(v6));
	put_u8(&m, TCPWATCH_A_FLOW_STATE, TCPWATCH_STATE_ESTAB);
	row("lines_flow_ipv6", usual, TCPWATCH_CMD_FLOW_DUMP, &m,
	    "ESTAB        [2001:db8::1]:443        [::ffff:192.0.2.1]:50000 -          -          -          -\n");
}

static void flow_long(void)
{
	static const char *const columns[] = { "local", "laddr", "raddr",
					       NULL };
	struct message m = { 0 };
	uint8_t addr[16];

	memset(addr, 0xfe, sizeof(addr));
	put_tuple(&m, addr, addr, sizeof(addr));
	row("lines_flow_wider_than_its_column", columns, TCPWATCH_CMD_FLOW_DUMP,
	    &m,
	    "[fefe:fefe:fefe:fefe:fefe:fefe:fefe:fefe]:443 fefe:fefe:fefe:fefe:fefe:fefe:fefe:fefe fefe:fefe:fefe:fefe:fefe:fefe:fefe:fefe\n");
}

static void flow_newer(void)
{
	static const char *const columns[] = {
		"state", "cause", "role", "netns-id", "timewait-socket", NULL
	};
	struct message m = { 0 };

	put_u8(&m, TCPWATCH_A_FLOW_STATE, 77);
	put_u8(&m, TCPWATCH_A_FLOW_CAUSE, 200);
	put_u16(&m, TCPWATCH_A_FLOW_ROLE, 1);
	put_u32(&m, TCPWATCH_A_FLOW_NETNS_ID, -5);
	put(&m, TCPWATCH_A_FLOW_TIMEWAIT_SOCKET, NULL, 0);
	put_u32(&m, 60, 1);
	put_u32(&m, 4000, 1);
	row("lines_flow_of_a_newer_module", columns, TCPWATCH_CMD_FLOW_DUMP, &m,
	    "77           200        -          -5         yes\n");
}

static void listener(void)
{
	static const char *const columns[] = { "state",	  "local",  "peer",
					       "sockets", "age-ns", NULL };
	struct message m = { 0 };

	put(&m, TCPWATCH_A_LISTENER_LADDR, v6, sizeof(v6));
	put_u16(&m, TCPWATCH_A_LISTENER_LPORT, htons(22));
	put_u32(&m, TCPWATCH_A_LISTENER_SOCKETS, 4);
	row("lines_listener", columns, TCPWATCH_CMD_LISTENER_GET, &m,
	    "LISTEN       [2001:db8::1]:22         *:*                      4          -\n");
}

static void titles(void)
{
	struct text said = { 0 };
	struct row row = { 0 };
	size_t i;

	for (i = 0; usual[i]; i++)
		row_add(&row, usual[i]);
	tap_result(!row_add(&row, "no-such"), "lines_no_such_column", "one");
	row_titles(&row, &numeric, &said);
	expect("lines_titles", &said,
	       "state        local                    peer                     age        cause      left       uid\n");
}

/* --- monitor --- */

static void put_event(struct message *m, const uint8_t *addr, size_t len)
{
	put(m, TCPWATCH_A_EVENT_LADDR, addr, len);
	put(m, TCPWATCH_A_EVENT_RADDR, addr, len);
	put_u16(m, TCPWATCH_A_EVENT_LPORT, htons(443));
	put_u16(m, TCPWATCH_A_EVENT_RPORT, htons(50000));
	put_u8(m, TCPWATCH_A_EVENT_OLD, TCPWATCH_STATE_SYN_RECV);
	put_u8(m, TCPWATCH_A_EVENT_NEW, TCPWATCH_STATE_ESTAB);
	put_u8(m, TCPWATCH_A_EVENT_CAUSE, TCPWATCH_CAUSE_IN);
	put_u8(m, TCPWATCH_A_EVENT_VERDICT, TCPWATCH_VERDICT_CONFIRMED);
}

static void put_segment(struct message *m)
{
	struct message segment = { 0 };

	put_u8(&segment, TCPWATCH_A_EVENT_SEGMENT_DIRECTION,
	       TCPWATCH_DIRECTION_OUT);
	put_u8(&segment, TCPWATCH_A_EVENT_SEGMENT_FLAGS, 0x12);
	put_u32(&segment, TCPWATCH_A_EVENT_SEGMENT_SEQ, UINT32_MAX);
	put_u32(&segment, TCPWATCH_A_EVENT_SEGMENT_ACK, 7);
	put_u32(&segment, TCPWATCH_A_EVENT_SEGMENT_PAYLOAD, 0);
	put(m, TCPWATCH_A_EVENT_SEGMENT, segment.data, segment.len);
}

static void event(const char *name, const char *filter, const struct message *m,
		  const char *expected)
{
	struct event_printer printer = { .ctx = &numeric };
	char *words = strdup(filter);

	match_parse(&printer.filter, !!*words, &words);
	event_print(&printer, 1, m->data, m->len);
	expect(name, &printer.out, expected);
	free(words);
}

static void event_whole(void)
{
	static const char line[] = {
		"SYN-RECV   -> ESTAB      10.0.200.255:443      10.0.200.255:50000      45.6us in      confirmed > S. seq 4294967295 ack 7 len 0 4321/ng?nx uid 1000\n"
	};
	struct message m = { 0 };

	put_event(&m, v4, sizeof(v4));
	put_u64(&m, TCPWATCH_A_EVENT_DURATION_NS, 45600);
	put_segment(&m);
	put_u32(&m, TCPWATCH_A_EVENT_PID, 4321);
	put(&m, TCPWATCH_A_EVENT_COMM, "ng\033nx", 6);
	put_u32(&m, TCPWATCH_A_EVENT_UID, 1000);
	event("lines_event", "", &m, line);
	event("lines_event_that_passes", "new estab and sport = 443", &m, line);
	event("lines_event_that_does_not", "dst 10.0.0.0/24", &m, "");
}

static void event_ipv6(void)
{
	struct message m = { 0 };

	put_event(&m, mapped, sizeof(mapped));
	event("lines_event_ipv6", "", &m,
	      "SYN-RECV   -> ESTAB      [::ffff:192.0.2.1]:443 [::ffff:192.0.2.1]:50000        - in      confirmed\n");
}

static void event_newer(void)
{
	struct message m = { 0 };

	put_u8(&m, TCPWATCH_A_EVENT_NEW, 12);
	put_u8(&m, TCPWATCH_A_EVENT_CAUSE, 99);
	put_u32(&m, 62, 1);
	put_u32(&m, TCPWATCH_A_EVENT_PID, 1);
	event("lines_event_of_a_newer_module", "", &m,
	      "0          -> 12         *:0                   *:0                          - 99      0 1/\n");
}

static void event_broken(void)
{
	static const uint8_t lies[] = { 0xff, 0xff, 1, 0 };
	struct message m = { 0 };

	put_event(&m, v4, sizeof(v4));
	put(&m, TCPWATCH_A_EVENT_SEGMENT, lies, sizeof(lies));
	event("lines_event_with_a_broken_nest", "", &m, "");
}

static void snapshot(void)
{
	struct event_printer printer = { .ctx = &numeric };
	struct message m = { 0 };

	put_tuple(&m, v4, v4, sizeof(v4));
	put_u8(&m, TCPWATCH_A_FLOW_STATE, TCPWATCH_STATE_CLOSE_WAIT);
	put_u64(&m, TCPWATCH_A_FLOW_AGE_NS, 7500000000000ULL);
	event_print_snapshot(&printer, m.data, m.len);
	expect("lines_snapshot", &printer.out,
	       "              CLOSE-WAIT 10.0.200.255:443      10.0.200.255:50000       2h05m\n");
}

void test_lines(void)
{
	addresses();
	octets();
	numbers();
	times();
	flow();
	flow_ipv6();
	flow_long();
	flow_newer();
	listener();
	titles();
	event_whole();
	event_ipv6();
	event_newer();
	event_broken();
	snapshot();
}
