// SPDX-License-Identifier: GPL-2.0
/*
 * Messages and the JSON that they are: as objects and as text, which must say
 * the same.  Then messages that no kernel sends.
 */
#include <arpa/inet.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/tcpwatch.h>

#include "decode.h"
#include "test.h"
#include "util.h"

/* In memory of exactly its size, so that reading beyond it is found. */
static char *as_text(const char *set, const uint8_t *data, size_t len)
{
	uint8_t *exact = malloc(len ? len : 1);
	struct text text = { 0 };
	char *said = NULL;

	if (len)
		memcpy(exact, data, len);
	text_char(&text, '{');
	if (decode_text(&text, spec_set(set), exact, len)) {
		text_mem(&text, "}", 2);
		said = strdup(text.data);
	}
	text_free(&text);
	free(exact);
	return said;
}

static char *as_object(const char *set, const uint8_t *data, size_t len)
{
	uint8_t *exact = malloc(len ? len : 1);
	json_t *object;
	char *said;

	if (len)
		memcpy(exact, data, len);
	object = decode_object(spec_set(set), exact, len);
	said = object ? json_dumps(object, JSON_COMPACT) : NULL;
	json_decref(object);
	free(exact);
	return said;
}

static bool same(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

/* @expected is NULL where the message is malformed. */
static void expect(const char *name, const char *set, const uint8_t *data,
		   size_t len, const char *expected)
{
	char *text = as_text(set, data, len);
	char *object = as_object(set, data, len);
	char why[1024];

	snprintf(why, sizeof(why), "text %s, object %s, expected %s",
		 text ? text : "none", object ? object : "none",
		 expected ? expected : "none");
	tap_result(same(text, expected) && same(object, expected), name, why);
	free(text);
	free(object);
}

static void flow(void)
{
	static const uint8_t v4[] = { 10, 0, 200, 255 };
	struct message m = { 0 };

	put_u32(&m, TCPWATCH_A_FLOW_NETNS, 4026531840U);
	put_u8(&m, TCPWATCH_A_FLOW_FAMILY, 2);
	put(&m, TCPWATCH_A_FLOW_LADDR, v4, sizeof(v4));
	put_u16(&m, TCPWATCH_A_FLOW_LPORT, htons(443));
	put_u8(&m, TCPWATCH_A_FLOW_STATE, TCPWATCH_STATE_TIME_WAIT);
	put(&m, TCPWATCH_A_FLOW_PAD, NULL, 0);
	put_u64(&m, TCPWATCH_A_FLOW_AGE_NS, 1234567890123ULL);
	put(&m, TCPWATCH_A_FLOW_AGE_IS_LEAST, NULL, 0);
	expect("decode_flow", "flow", m.data, m.len,
	       "{\"netns\":4026531840,\"family\":2,\"laddr\":\"10.0.200.255\",\"lport\":443,\"state\":\"time-wait\",\"age-ns\":1234567890123,\"age-is-least\":true}");
}

static void ipv6(void)
{
	static const uint8_t v6[16] = { 0x20, 1, 0x0d, 0xb8, [15] = 1 };
	struct message m = { 0 };

	put(&m, TCPWATCH_A_FLOW_RADDR, v6, sizeof(v6));
	expect("decode_ipv6", "flow", m.data, m.len,
	       "{\"raddr\":\"2001:db8::1\"}");
}

static void nests(void)
{
	struct message segment = { 0 }, event = { 0 }, m = { 0 };

	put_u8(&segment, TCPWATCH_A_EVENT_SEGMENT_DIRECTION, 1);
	put_u32(&segment, TCPWATCH_A_EVENT_SEGMENT_SEQ, UINT32_MAX);
	put_u8(&event, TCPWATCH_A_EVENT_OLD, 2);
	put(&event, TCPWATCH_A_EVENT_SEGMENT | NLA_F_NESTED, segment.data,
	    segment.len);
	put_u64(&m, TCPWATCH_A_TRANSITIONS_SEQ, 7);
	put(&m, TCPWATCH_A_TRANSITIONS_EVENT, event.data, event.len);
	put_u64(&m, TCPWATCH_A_TRANSITIONS_LOST, 2);
	put(&m, TCPWATCH_A_TRANSITIONS_EVENT, NULL, 0);
	expect("decode_nests_and_many", "transitions", m.data, m.len,
	       "{\"seq\":7,\"event\":[{\"old\":\"syn-sent\",\"segment\":{\"direction\":\"out\",\"seq\":4294967295}},{}],\"lost\":2}");
}

static void arrays(void)
{
	static const uint64_t floors[] = { 0, 64, 128 };
	static const uint32_t counts[] = { 5, 0 };
	struct message age = { 0 }, m = { 0 };

	put_u8(&age, TCPWATCH_A_AGE_STATE, 8);
	put(&age, TCPWATCH_A_AGE_COUNTS, counts, sizeof(counts));
	put(&m, TCPWATCH_A_HIST_BUCKET_FLOOR, floors, sizeof(floors));
	put(&m, TCPWATCH_A_HIST_AGE, age.data, age.len);
	expect("decode_arrays", "hist", m.data, m.len,
	       "{\"bucket-floor\":[0,64,128],\"age\":[{\"state\":\"close-wait\",\"counts\":[5,0]}]}");
}

static void numbers(void)
{
	struct message m = { 0 };

	put_u32(&m, TCPWATCH_A_FLOW_NETNS_ID, -5);
	put_u8(&m, TCPWATCH_A_FLOW_STATE, 77);
	put_u8(&m, TCPWATCH_A_FLOW_CAUSE, 0);
	put_u32(&m, TCPWATCH_A_FLOW_STATES, 1U << 1 | 1U << 6 | 1U << 30);
	expect("decode_numbers_without_name", "flow", m.data, m.len,
	       "{\"netns-id\":-5,\"state\":77,\"cause\":\"none\",\"states\":[\"estab\",\"time-wait\",30]}");
}

static void strings(void)
{
	static const char odd[] = "a\"\\\n\033\xff\xc3\xa9\xe2\x82";
	struct message m = { 0 };

	put(&m, TCPWATCH_A_EVENT_COMM, odd, sizeof(odd));
	/* jansson writes \n, we write \u000a: compare what they mean */
	char *text = as_text("event", m.data, m.len);
	json_t *a = json_loads(text ? text : "", 0, NULL);
	json_t *b = decode_object(spec_set("event"), m.data, m.len);
	const char *said;
	bool same;

	said = json_string_value(json_object_get(a, "comm"));
	same = said && !strcmp(said, "a\"\\\n\033?\xc3\xa9??");
	tap_result(same && json_equal(a, b), "decode_strings_of_any_octets",
		   text ? text : "none");
	json_decref(a);
	json_decref(b);
	free(text);
}

static void unended_string(void)
{
	struct message m = { 0 };

	put(&m, TCPWATCH_A_EVENT_COMM, "nginx", 5);
	expect("decode_string_without_end", "event", m.data, m.len,
	       "{\"comm\":\"nginx\"}");
}

static void unknown(void)
{
	struct message m = { 0 };

	put_u32(&m, 4000, 1);
	put_u32(&m, 0, 1);
	put_u32(&m, 63, 1);
	put_u32(&m, 64, 1);
	put_u32(&m, TCPWATCH_A_CONFIG_MAX_FLOWS, 9);
	put_u32(&m, TCPWATCH_A_CONFIG_MAX_FLOWS, 10);
	expect("decode_unknown_and_twice", "config", m.data, m.len,
	       "{\"max-flows\":9}");
}

void test_decode(void)
{
	expect("decode_nothing", "stats", NULL, 0, "{}");
	flow();
	ipv6();
	nests();
	arrays();
	numbers();
	strings();
	unended_string();
	unknown();
}

/* --- malformed --- */

static void wrong_lengths(void)
{
	static const uint8_t seven[7] = { 1 };
	struct message m = { 0 };

	put(&m, TCPWATCH_A_FLOW_LADDR, seven, 7);
	put(&m, TCPWATCH_A_FLOW_LPORT, seven, 1);
	put(&m, TCPWATCH_A_FLOW_STATE, seven, 4);
	put(&m, TCPWATCH_A_FLOW_AGE_NS, seven, 7);
	put(&m, TCPWATCH_A_FLOW_RTX, NULL, 0);
	put_u8(&m, TCPWATCH_A_FLOW_RESTARTS, 3);
	expect("malformed_values_are_left_out", "flow", m.data, m.len,
	       "{\"restarts\":3}");
}

static void short_array(void)
{
	static const uint8_t seven[7] = { 1 };
	struct message m = { 0 };

	put(&m, TCPWATCH_A_HIST_BUCKET_FLOOR, seven, sizeof(seven));
	expect("malformed_array_is_left_out", "hist", m.data, m.len, "{}");
}

static void cut(void)
{
	struct message m = { 0 };
	bool all_ok = true;
	char *text;
	size_t len;

	put_u64(&m, TCPWATCH_A_TIMEWAIT_NOW, 1);
	put_u64(&m, TCPWATCH_A_TIMEWAIT_ENTERED, 2);
	for (len = 1; len < m.len; len++) {
		text = as_text("timewait", m.data, len);
		/* Whole attributes only. */
		if (!text != (len % 12 != 0))
			all_ok = false;
		free(text);
	}
	tap_result(all_ok, "malformed_cut_anywhere", "one was taken");
}

static void lying_lengths(void)
{
	static const uint16_t lies[] = { 0, 1, 3, 13, 100, 65535 };
	struct message m = { 0 };
	size_t i;

	put_u64(&m, TCPWATCH_A_TIMEWAIT_NOW, 1);
	for (i = 0; i < ARRAY_SIZE(lies); i++) {
		memcpy(m.data, &lies[i], sizeof(lies[i]));
		expect("malformed_length", "timewait", m.data, m.len, NULL);
	}
}

static void inner(void)
{
	struct message m = { 0 };

	put_u32(&m, TCPWATCH_A_TIMEWAIT_TIME_WAIT, 0xffffffff);
	expect("malformed_nest", "timewait", m.data, m.len, NULL);
}

static void unpadded(void)
{
	struct message m = { 0 };

	put_u8(&m, TCPWATCH_A_FLOW_RTX, 5);
	expect("malformed_without_padding", "flow", m.data, 5, "{\"rtx\":5}");
}

static bool reads_alike(struct decode_table *known, const struct spec_set *set,
			const uint8_t *data, size_t len)
{
	struct decode_table fresh = { 0 };
	bool ok = decode_table(&fresh, set, data, len);
	size_t i;

	if (decode_table(known, set, data, len) != ok)
		return false;
	if (!ok)
		return true;
	for (i = 0; i < set->n; i++)
		if (table_has(&fresh, i) &&
		    (known->at[i].data != fresh.at[i].data ||
		     known->at[i].len != fresh.at[i].len))
			return false;
	return known->has == fresh.has && known->set == set;
}

/*
 * A table that knows the layout of the message reads each that differs from it
 * in one bit, in its length or in its set as one does that knows nothing.
 */
static void known_layouts(void)
{
	static const uint8_t v4[] = { 10, 0, 200, 255 };
	const struct spec_set *set = spec_set("flow");
	struct decode_table known = { 0 };
	struct message m = { 0 };
	bool right = true;
	size_t bit;

	put_u32(&m, TCPWATCH_A_FLOW_NETNS, 4026531840U);
	put(&m, TCPWATCH_A_FLOW_LADDR, v4, sizeof(v4));
	put_u8(&m, TCPWATCH_A_FLOW_STATE, TCPWATCH_STATE_TIME_WAIT);
	put(&m, 200, NULL, 0);
	put_u8(&m, TCPWATCH_A_FLOW_STATE, TCPWATCH_STATE_ESTAB);
	put_u64(&m, TCPWATCH_A_FLOW_AGE_NS, 1234567890123ULL);
	for (bit = 0; bit < 8 * m.len; bit++) {
		right = right && decode_table(&known, set, m.data, m.len);
		m.data[bit / 8] ^= 1U << bit % 8;
		right = right &&
			reads_alike(&known, set, m.data, m.len + bit % 4 - 1);
		right = right && reads_alike(&known, set, m.data, m.len);
		m.data[bit / 8] ^= 1U << bit % 8;
	}
	right = right && decode_table(&known, set, m.data, m.len) &&
		reads_alike(&known, spec_set("listener"), m.data, m.len);
	tap_result(right, "decode_known_layouts",
		   "not as with a table of its own");
}

void test_malformed(void)
{
	known_layouts();
	wrong_lengths();
	short_array();
	cut();
	lying_lengths();
	inner();
	unpadded();
}
