/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Captured packets through a rule set, made byte by byte. */
#include <check.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/flowrec.h"
#include "../../lib/opening.h"
#include "../../lib/replay.h"
#include "fromtext.h"
#include "suite.h"

#define HEAD                                                                                       \
	"site = { name = \"town\"; time_zone = \"Asia/Tokyo\"; };\n"                               \
	"zones = (\n"                                                                              \
	" { name = \"core\"; kind = \"lgwan\"; segments = (\n"                                     \
	"  { name = \"servers\"; interface = \"c1\"; networks = [\"10.1.0.0/24\", "                \
	"\"fd00:1::/64\"]; } ); },\n"                                                              \
	" { name = \"office\"; kind = \"lgwan\"; segments = (\n"                                   \
	"  { name = \"desks\"; interface = \"o1\"; networks = [\"10.2.0.0/24\", "                  \
	"\"fd00:2::/64\"]; remote = [\"10.20.0.0/16\"]; } ); } );\n"                               \
	"hosts = ( { name = \"a\"; address = \"10.1.0.10\"; mac = \"00:00:5e:00:53:10\"; } );\n"   \
	"services = ( { name = \"https\"; tcp = 443; }, { name = \"dns\"; udp = 53; },\n"          \
	" { name = \"ping\"; icmp = \"echo-request\"; icmpv6 = \"echo-request\"; } );\n"
#define PATHS                                                                                      \
	"paths = ( { name = \"P1\"; from = \"a\"; to = \"10.2.0.10\"; service = [ \"https\", "     \
	"\"dns\", \"ping\" ]; reason = \"r\"; } );\n"
#define TEXT HEAD PATHS

#define SECOND INT64_C(1000000000)
#define START  (INT64_C(1795219200) * SECOND) /* 2026-11-21 09:00 in Tokyo */
#define SYN    0x02
#define ACK    0x10
#define RST    0x04
#define SYNACK 0x12

static struct replay *replay;
static struct zonetime *zone;
static struct replay_options options;
static uint8_t bytes[256];
static struct replay_frame frame;
static const struct replay_flow *flows;
static size_t flow_count;

static void tear_down(void)
{
	replay_free(replay);
	replay = NULL;
	zonetime_free(zone);
	zone = NULL;
	from_text_tear_down();
}

static void begin(const char *text)
{
	static struct addr own;

	compile(text);
	ck_assert_int_eq(addr_parse("10.1.0.1", &own), 0);
	options = (struct replay_options){ .own = &own, .own_count = 1 };
	ck_assert_int_eq(openings_load_zone(policy, &zone), 0);
	ck_assert_int_eq(replay_new(policy, ruleset, zone, &options, &replay), 0);
	frame.time = START;
}

static void put_addr(uint8_t *to, const char *text)
{
	struct addr addr;

	ck_assert_int_eq(addr_parse(text, &addr), 0);
	memcpy(to, addr.bytes, addr_length(addr.family));
}

/* An IPv4 header and the first bytes of what is in it. */
static void ip(const char *from, const char *to, uint8_t protocol, size_t length)
{
	static uint8_t id;

	memset(bytes, 0, sizeof(bytes));
	bytes[0] = 0x45;
	bytes[3] = (uint8_t)(20 + length);
	bytes[5] = ++id;
	bytes[8] = 64;
	bytes[9] = protocol;
	put_addr(bytes + 12, from);
	put_addr(bytes + 16, to);
	frame = (struct replay_frame){ .time = frame.time + SECOND / 1000,
		.bytes = bytes,
		.length = 20 + length,
		.whole = 20 + length };
}

static void put16(uint8_t *to, unsigned int value)
{
	to[0] = (uint8_t)(value >> 8);
	to[1] = (uint8_t)value;
}

static void tcp(const char *from, unsigned int sport, const char *to, unsigned int dport, int flags)
{
	ip(from, to, IPPROTO_TCP, 20);
	put16(bytes + 20, sport);
	put16(bytes + 22, dport);
	bytes[32] = 0x50;
	bytes[33] = (uint8_t)flags;
}

static void udp(const char *from, unsigned int sport, const char *to, unsigned int dport)
{
	ip(from, to, IPPROTO_UDP, 8);
	put16(bytes + 20, sport);
	put16(bytes + 22, dport);
}

static void icmp(const char *from, const char *to, int type, int code, unsigned int id)
{
	ip(from, to, IPPROTO_ICMP, 8);
	bytes[20] = (uint8_t)type;
	bytes[21] = (uint8_t)code;
	put16(bytes + 24, id);
}

static void go(void)
{
	ck_assert_int_eq(replay_packet(replay, &frame), 0);
	flow_count = replay_flows(replay, &flows);
}

/* The last flow, or one by its index. */
static void expect(size_t index, uint64_t permitted, uint64_t blocked, const char *reason)
{
	struct flow_prefix prefix = { .reason = "" };

	ck_assert_uint_eq(flow_count, index + 1);
	ck_assert_uint_eq(flows[index].permitted, permitted);
	ck_assert_uint_eq(flows[index].blocked, blocked);
	if (flows[index].prefix != NULL)
		ck_assert_int_eq(flow_prefix_parse(flows[index].prefix, &prefix), 0);
	ck_assert_str_eq(prefix.reason, reason);
}

static void expect_skipped(enum replay_skip why, uint64_t number)
{
	ck_assert_uint_eq(replay_totals(replay).skipped[why], number);
}

START_TEST(test_connection)
{
	begin(TEXT);
	tcp("10.1.0.10", 1000, "10.2.0.10", 443, SYN);
	go();
	tcp("10.2.0.10", 443, "10.1.0.10", 1000, SYNACK);
	go();
	tcp("10.1.0.10", 1000, "10.2.0.10", 443, ACK);
	go();
	expect(0, 3, 0, "");
	ck_assert_str_eq(flows[0].path->name, "P1");
	ck_assert_uint_eq(flows[0].bytes, 120);
	/* The same between the same hosts from the other side is another one. */
	tcp("10.2.0.10", 443, "10.1.0.10", 1001, SYNACK);
	go();
	expect(1, 0, 1, "invalid");
	tcp("10.2.0.10", 1000, "10.1.0.10", 443, SYN);
	go();
	expect(2, 0, 1, "no-path");
	ck_assert_uint_eq(replay_totals(replay).permitted, 3);
	ck_assert_uint_eq(replay_totals(replay).blocked, 2);
}
END_TEST

/* An answer to what was blocked belongs to nothing. */
START_TEST(test_blocked)
{
	begin(TEXT);
	tcp("10.1.0.10", 1000, "10.2.0.10", 444, SYN);
	go();
	go();
	expect(0, 0, 2, "no-path");
	ck_assert_ptr_null(flows[0].path);
	tcp("10.2.0.10", 444, "10.1.0.10", 1000, SYNACK);
	go();
	expect(1, 0, 1, "invalid");
	tcp("10.1.0.10", 1000, "10.2.0.10", 443, ACK);
	go();
	expect(2, 0, 1, "invalid");
}
END_TEST

START_TEST(test_timeouts)
{
	begin(TEXT);
	udp("10.1.0.10", 1000, "10.2.0.10", 53);
	go();
	frame.time += 20 * SECOND;
	udp("10.2.0.10", 53, "10.1.0.10", 1000);
	go();
	expect(0, 2, 0, "");
	frame.time += 119 * SECOND;
	udp("10.2.0.10", 53, "10.1.0.10", 1000);
	go();
	expect(0, 3, 0, "");
	frame.time += 121 * SECOND;
	udp("10.2.0.10", 53, "10.1.0.10", 1000);
	go();
	expect(1, 0, 1, "no-path");
	tcp("10.1.0.10", 1000, "10.2.0.10", 443, SYN);
	go();
	tcp("10.2.0.10", 443, "10.1.0.10", 1000, RST | ACK);
	go();
	expect(2, 2, 0, "");
	frame.time += 121 * SECOND;
	tcp("10.2.0.10", 443, "10.1.0.10", 1000, ACK);
	go();
	expect(3, 0, 1, "invalid");
}
END_TEST

START_TEST(test_icmp)
{
	begin(TEXT);
	icmp("10.1.0.10", "10.2.0.10", 8, 0, 7);
	go();
	icmp("10.2.0.10", "10.1.0.10", 0, 0, 7);
	go();
	expect(0, 2, 0, "");
	icmp("10.2.0.10", "10.1.0.10", 0, 0, 8);
	go();
	expect(1, 0, 1, "invalid");
}
END_TEST

/* An error that quotes a connection is related to it. */
START_TEST(test_error)
{
	uint8_t quoted[28];

	begin(TEXT);
	udp("10.1.0.10", 1000, "10.2.0.10", 53);
	memcpy(quoted, bytes, sizeof(quoted));
	go();
	icmp("10.2.0.10", "10.1.0.10", 3, 3, 0);
	memcpy(bytes + 28, quoted, sizeof(quoted));
	frame.length = frame.whole = 56;
	go();
	expect(0, 2, 0, "");
	put16(bytes + 28 + 20, 1001);
	go();
	expect(1, 0, 1, "invalid");
	/* So does one that quotes nothing that can be read. */
	icmp("10.2.0.11", "10.1.0.10", 3, 3, 0);
	go();
	expect(2, 0, 1, "invalid");
}
END_TEST

START_TEST(test_device)
{
	static const uint8_t right[] = { 0, 0, 0x5e, 0, 0x53, 0x10 };

	begin(TEXT);
	tcp("10.1.0.10", 1000, "10.2.0.10", 443, SYN);
	frame.has_mac = true;
	go();
	expect(0, 0, 1, "device");
	memcpy(frame.mac, right, sizeof(right));
	go();
	expect(0, 1, 1, "device");
	options.no_mac = true;
	tcp("10.1.0.10", 1001, "10.2.0.10", 443, SYN);
	frame.has_mac = true;
	go();
	expect(1, 1, 0, "");
}
END_TEST

START_TEST(test_interface)
{
	begin(TEXT);
	options.iif = "o1";
	tcp("10.1.0.10", 1000, "10.2.0.10", 443, SYN);
	go();
	expect(0, 0, 1, "spoof");
	/* Nobody's interface: nothing is known of it. */
	options.iif = "x1";
	tcp("10.1.0.10", 1001, "10.2.0.10", 443, SYN);
	go();
	expect(1, 0, 1, "interface");
	/* What comes back comes from where it belongs. */
	options.iif = "c1";
	tcp("10.1.0.10", 1002, "10.2.0.10", 443, SYN);
	go();
	tcp("10.2.0.10", 443, "10.1.0.10", 1002, SYNACK);
	go();
	expect(2, 2, 0, "");
}
END_TEST

START_TEST(test_gateway)
{
	begin(TEXT);
	tcp("10.1.0.10", 1000, "10.1.0.1", 22, SYN);
	go();
	expect(0, 0, 1, "input");
	ck_assert_uint_eq(flows[0].out, policy->segment_count);
	tcp("10.1.0.1", 1000, "10.1.0.10", 22, SYN);
	frame.leaving = true;
	go();
	expect(1, 0, 1, "output");
}
END_TEST

START_TEST(test_fragments)
{
	begin(TEXT);
	tcp("10.1.0.10", 1000, "10.2.0.10", 443, SYN);
	put16(bytes + 6, 0x2000);
	go();
	expect(0, 0, 1, "fragment");
	replay_free(replay);
	replay = NULL;
	forget();
	begin(HEAD PATHS "gateway = { fragments = \"reassemble\"; };");
	tcp("10.1.0.10", 1000, "10.2.0.10", 443, SYN);
	put16(bytes + 6, 0x2000);
	go();
	expect(0, 1, 0, "");
	put16(bytes + 6, 0x0010);
	go();
	expect(0, 1, 0, "");
	expect_skipped(REPLAY_CUT, 1);
}
END_TEST

START_TEST(test_skipped)
{
	begin(TEXT);
	tcp("10.1.0.10", 1000, "10.2.0.10", 443, SYN);
	frame.length = 30;
	go();
	expect_skipped(REPLAY_CUT, 1);
	frame.length = 19;
	go();
	expect_skipped(REPLAY_NO_IP, 1);
	frame.length = 0;
	go();
	expect_skipped(REPLAY_NO_IP, 2);
	tcp("10.1.0.10", 1000, "224.0.0.1", 443, SYN);
	go();
	tcp("192.0.2.1", 1000, "10.1.0.10", 443, SYN);
	go();
	expect_skipped(REPLAY_NO_SEGMENT, 2);
	tcp("10.1.0.10", 1000, "10.1.0.11", 443, SYN);
	go();
	expect_skipped(REPLAY_INSIDE, 1);
	/* The same once more, on its way out. */
	tcp("10.1.0.10", 1000, "10.2.0.10", 443, SYN);
	go();
	bytes[8]--;
	go();
	expect_skipped(REPLAY_LEAVING, 1);
	tcp("10.1.0.10", 1001, "10.2.0.10", 443, SYN);
	frame.leaving = true;
	go();
	expect_skipped(REPLAY_LEAVING, 2);
	ck_assert_uint_eq(flow_count, 1);
	for (int i = 0; i < REPLAY_SKIPS; i++)
		ck_assert_ptr_nonnull(replay_skip_name((enum replay_skip)i));
}
END_TEST

/* A header that the packet itself has not is no cut capture. */
START_TEST(test_short)
{
	begin(TEXT);
	tcp("10.1.0.10", 1000, "10.2.0.10", 443, SYN);
	frame.length = frame.whole = 30;
	bytes[3] = 30;
	go();
	expect(0, 0, 1, "invalid");
}
END_TEST

/* Open from 08:00 to 09:00 in Tokyo. */
START_TEST(test_timed)
{
	begin(HEAD
		"paths = ( { name = \"P1\"; from = \"a\"; to = \"10.2.0.10\"; service = \"https\"; "
		"reason = \"r\"; windows = ( { days = \"mon-sun\"; from = \"08:00\"; "
		"until = \"09:00\"; } ); } );\n");
	frame.time = START - 60 * SECOND;
	tcp("10.1.0.10", 1000, "10.2.0.10", 443, SYN);
	go();
	tcp("10.2.0.10", 443, "10.1.0.10", 1000, SYNACK);
	go();
	expect(0, 2, 0, "");
	frame.time = START + 1 * SECOND;
	tcp("10.1.0.10", 1000, "10.2.0.10", 443, ACK);
	go();
	expect(0, 2, 1, "expired");
	tcp("10.1.0.10", 1001, "10.2.0.10", 443, SYN);
	go();
	expect(1, 0, 1, "expired");
}
END_TEST

START_TEST(test_observed)
{
	begin(HEAD "observe = ( { from = \"core\"; to = \"office\"; reason = \"r\"; } );\n");
	tcp("10.1.0.10", 1000, "10.2.0.10", 444, SYN);
	go();
	expect(0, 1, 0, "");
	ck_assert_ptr_null(flows[0].path);
	ck_assert_ptr_nonnull(flows[0].observe);
}
END_TEST

START_TEST(test_ipv6)
{
	static const char text[] =
		HEAD "paths = ( { name = \"P6\"; from = \"fd00:1::1\"; to = \"fd00:2::1\"; "
		     "service = \"ping\"; reason = \"r\"; } );\n";

	begin(text);
	memset(bytes, 0, sizeof(bytes));
	bytes[0] = 0x60;
	bytes[5] = 8;
	bytes[6] = IPPROTO_ICMPV6;
	bytes[7] = 64;
	put_addr(bytes + 8, "fd00:1::1");
	put_addr(bytes + 24, "fd00:2::1");
	bytes[40] = 128;
	frame = (struct replay_frame){ .time = START, .bytes = bytes, .length = 48, .whole = 48 };
	go();
	expect(0, 1, 0, "");
	put_addr(bytes + 8, "fd00:2::1");
	put_addr(bytes + 24, "fd00:1::1");
	bytes[40] = 129;
	go();
	expect(0, 2, 0, "");
	/* A solicitation of a neighbour is tracked by nobody. */
	bytes[40] = 135;
	bytes[7] = 255;
	go();
	ck_assert_uint_eq(flow_count, 2);
	ck_assert_uint_eq(flows[1].permitted + flows[1].blocked, 1);
}
END_TEST

/* ---- link layers ---- */

static void expect_link(int link, const uint8_t *head, size_t length, bool found, bool mac)
{
	uint8_t whole[64] = { 0 };

	memcpy(whole, head, length);
	whole[length] = 0x45;
	ck_assert(replay_link_known(link));
	ck_assert(replay_link(link, whole, length + 20, length + 100, &frame) == found);
	if (found) {
		ck_assert_ptr_eq(frame.bytes, whole + length);
		ck_assert_uint_eq(frame.length, 20);
		ck_assert_uint_eq(frame.whole, 100);
		ck_assert(frame.has_mac == mac);
	}
	/* Whatever is missing of it. */
	for (size_t i = 0; i < length + 20; i++) {
		uint8_t *part = malloc(i + 1);

		memcpy(part, whole, i);
		if (replay_link(link, part, i, i, &frame))
			ck_assert_uint_le((size_t)(frame.bytes - part) + frame.length, i);
		free(part);
	}
}

START_TEST(test_links)
{
	uint8_t head[32] = { 0 };

	expect_link(12, head, 0, true, false);
	expect_link(101, head, 0, true, false);
	expect_link(0, head, 4, true, false);
	expect_link(1, head, 14, false, false);
	put16(head + 12, 0x0800);
	expect_link(1, head, 14, true, true);
	put16(head + 12, 0x8100);
	put16(head + 16, 0x86dd);
	expect_link(1, head, 18, true, true);
	memset(head, 0, sizeof(head));
	put16(head, 4);
	put16(head + 2, 1);
	put16(head + 4, 6);
	put16(head + 14, 0x0800);
	expect_link(113, head, 16, true, true);
	ck_assert(replay_link(113, (memcpy(bytes, head, 16), bytes), 36, 36, &frame));
	ck_assert(frame.leaving);
	memset(head, 0, sizeof(head));
	put16(head, 0x86dd);
	put16(head + 8, 1);
	head[11] = 6;
	expect_link(276, head, 20, true, true);
	ck_assert(!replay_link_known(147));
	ck_assert(!replay_link(147, bytes, 100, 100, &frame));
}
END_TEST

/* Any bytes: nothing but counts comes of them. */
START_TEST(test_random)
{
	uint64_t sum = 0;
	struct replay_totals totals;

	srand(random_seed("replay"));
	begin(TEXT);
	for (int i = 0; i < 20000; i++) {
		size_t length = (size_t)rand() % 80;
		uint8_t *part = malloc(length + 1);

		for (size_t j = 0; j < length; j++)
			part[j] = (uint8_t)rand();
		if (length > 20 && rand() % 2) {
			memset(part, 0, 20);
			part[0] = rand() % 2 ? 0x45 : 0x60;
			part[9] = rand() % 2 ? IPPROTO_ICMP : IPPROTO_TCP;
			put_addr(part + 12, "10.1.0.10");
			put_addr(part + 16, "10.2.0.10");
		}
		frame = (struct replay_frame){
			.time = START + i, .bytes = part, .length = length, .whole = length
		};
		ck_assert_int_eq(replay_packet(replay, &frame), 0);
		free(part);
	}
	totals = replay_totals(replay);
	for (int i = 0; i < REPLAY_SKIPS; i++)
		sum += totals.skipped[i];
	ck_assert_uint_eq(totals.packets, 20000);
	ck_assert_uint_eq(sum + totals.permitted + totals.blocked + totals.unknown, totals.packets);
	ck_assert_uint_eq(totals.unknown, 0);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { test_connection, test_blocked, test_timeouts, test_icmp,
		test_error, test_device, test_interface, test_gateway, test_fragments, test_skipped,
		test_short, test_timed, test_observed, test_ipv6, test_links, test_random };
	Suite *suite = suite_create("replay");
	TCase *tcase = tcase_create("replay");

	tcase_add_checked_fixture(tcase, from_text_set_up, tear_down);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(tcase, tests[i]);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
