/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/addrset.h"
#include "../../lib/compile.h"
#include "../../lib/flowrec.h"
#include "suite.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

START_TEST(test_prefix)
{
	struct flow_prefix prefix;
	ck_assert_int_eq(
		flow_prefix_parse("hedate no-path internet mynumber 0123456789ab", &prefix), 0);
	ck_assert_str_eq(prefix.reason, "no-path");
	ck_assert_str_eq(prefix.from, "internet");
	ck_assert_str_eq(prefix.to, "mynumber");
	ck_assert_str_eq(prefix.revision, "0123456789ab");
	ck_assert_int_eq(flow_prefix_parse("hedate spoof internet.terminals unknown ", &prefix), 0);
	ck_assert_str_eq(prefix.from, "internet.terminals");
	ck_assert_str_eq(prefix.revision, "");
	ck_assert_int_eq(flow_prefix_parse("hedate spoof a b", &prefix), 0);
	ck_assert_str_eq(prefix.to, "b");
}
END_TEST

static const char *const bad_prefixes[] = {
	"",
	"hedate",
	"hedate ",
	"hedate spoof",
	"hedate spoof a",
	"hedate spoof a ",
	"hedate  spoof a b c",
	"hedate spoof a b c d",
	"hedate spoof a b c  ",
	"hedate2 spoof a b c",
	" hedate spoof a b c",
	"hedate spoof a\nb c d",
	"hedate spoof a b \"",
	"hedate spoof-but-much-too-long a b c",
	"hedate spoof a b 0123456789abcdef",
	"hedate spoof a b0123456789012345678901234567890123456789012345678901234567890123456789 c",
};

START_TEST(test_bad_prefix)
{
	struct flow_prefix prefix;
	ck_assert_int_eq(flow_prefix_parse(bad_prefixes[_i], &prefix), -EINVAL);
}
END_TEST

/* Packets: an IPv4 header without options, 10.30.17.5 → 10.10.0.10. */
#define IPV4(length, fragment, protocol)                                                           \
	0x45, 0, (length) >> 8, (length)&0xff, 0, 1, (fragment) >> 8, (fragment)&0xff, 64,         \
		protocol, 0, 0, 10, 30, 17, 5, 10, 10, 0, 10
#define IPV6(length, next)                                                                         \
	0x60, 0, 0, 0, (length) >> 8, (length)&0xff, next, 64, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, \
		0, 0, 0, 0, 1, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2
#define TCP(flags)                                                                                 \
	0x9c, 0x40, 0x05, 0x99, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, flags, 0xff, 0xff, 0, 0, 0, 0

struct packet_case {
	const char *what;
	uint8_t bytes[128];
	size_t length;
	uint8_t family, class, protocol;
	uint16_t sport, dport; /* of the key */
	uint32_t total;
	bool has_ports, has_tcp_flags, has_icmp, fragment;
	uint8_t flags;
};

static const struct packet_case cases[] = {
	{ "tcp4", { IPV4(60, 0, 6), TCP(0x02) }, 40, ADDR_IPV4, FLOW_TCP, 6, 40000, 1433, 60, true,
		true, false, false, 0x02 },
	{ "tcp4 cut before its flags", { IPV4(60, 0, 6), TCP(0x02) }, 33, ADDR_IPV4, FLOW_TCP, 6,
		40000, 1433, 60, true, false, false, false, 0 },
	{ "tcp4 cut in its ports", { IPV4(23, 0, 6), TCP(0x02) }, 23, ADDR_IPV4, FLOW_OTHER, 6, 0,
		0, 23, false, false, false, false, 0 },
	{ "tcp4, header only", { IPV4(20, 0, 6) }, 20, ADDR_IPV4, FLOW_OTHER, 6, 0, 0, 20, false,
		false, false, false, 0 },
	{ "udp4, first fragment", { IPV4(28, 0x2000, 17), 0, 53, 0x10, 0 }, 28, ADDR_IPV4,
		FLOW_OTHER, 17, 0, 0, 28, true, false, false, true, 0 },
	{ "udp4, later fragment", { IPV4(28, 0x00b9, 17), 0, 53, 0x10, 0 }, 28, ADDR_IPV4,
		FLOW_OTHER, 17, 0, 0, 28, false, false, false, true, 0 },
	{ "do not fragment", { IPV4(28, 0x4000, 17), 0, 53, 0x10, 0 }, 28, ADDR_IPV4, FLOW_UDP, 17,
		53, 4096, 28, true, false, false, false, 0 },
	{ "icmp4", { IPV4(84, 0, 1), 8, 0 }, 84, ADDR_IPV4, FLOW_ICMP, 1, 8, 0, 84, false, false,
		true, false, 0 },
	{ "icmp4 cut", { IPV4(21, 0, 1), 8 }, 21, ADDR_IPV4, FLOW_OTHER, 1, 0, 0, 21, false, false,
		false, false, 0 },
	{ "icmpv6 in ipv4", { IPV4(28, 0, 58), 128, 0 }, 28, ADDR_IPV4, FLOW_OTHER, 58, 0, 0, 28,
		false, false, false, false, 0 },
	{ "gre4", { IPV4(28, 0, 47), 1, 2, 3, 4 }, 28, ADDR_IPV4, FLOW_OTHER, 47, 0, 0, 28, false,
		false, false, false, 0 },
	{ "sctp4 has ports, its key has not", { IPV4(32, 0, 132), 0, 53, 0x10, 0 }, 32, ADDR_IPV4,
		FLOW_OTHER, 132, 0, 0, 32, true, false, false, false, 0 },
	{ "length 0", { IPV4(0, 0, 17), 0, 53, 0x10, 0 }, 100, ADDR_IPV4, FLOW_UDP, 17, 53, 4096,
		100, true, false, false, false, 0 },
	{ "ipv4 with options",
		{ 0x46, 0, 0, 44, 0, 1, 0, 0, 64, 17, 0, 0, 10, 30, 17, 5, 10, 10, 0, 10, 1, 1, 1,
			1, 0, 53, 0x10, 0 },
		44, ADDR_IPV4, FLOW_UDP, 17, 53, 4096, 44, true, false, false, false, 0 },
	{ "ipv4 with a header longer than the packet",
		{ 0x4f, 0, 0, 28, 0, 1, 0, 0, 64, 17, 0, 0, 10, 30, 17, 5, 10, 10, 0, 10 }, 28,
		ADDR_IPV4, FLOW_OTHER, 17, 0, 0, 28, false, false, false, false, 0 },
	{ "ipv4 with a header shorter than a header",
		{ 0x44, 0, 0, 28, 0, 1, 0, 0, 64, 17, 0, 0, 10, 30, 17, 5, 10, 10, 0, 10 }, 28,
		ADDR_IPV4, FLOW_OTHER, 17, 0, 0, 28, false, false, false, false, 0 },
	{ "tcp6", { IPV6(20, 6), TCP(0x10) }, 60, ADDR_IPV6, FLOW_TCP, 6, 40000, 1433, 60, true,
		true, false, false, 0x10 },
	{ "icmp6", { IPV6(8, 58), 128, 3 }, 48, ADDR_IPV6, FLOW_ICMP, 58, 128, 3, 48, false, false,
		true, false, 0 },
	{ "icmp in ipv6", { IPV6(8, 1), 8, 0 }, 48, ADDR_IPV6, FLOW_OTHER, 1, 0, 0, 48, false,
		false, false, false, 0 },
	{ "hop by hop, destination options, udp6",
		{ IPV6(24, 0), 60, 0, 1, 4, 0, 0, 0, 0, 17, 0, 1, 4, 0, 0, 0, 0, 0, 53, 0x10, 0 },
		64, ADDR_IPV6, FLOW_OTHER, 17, 0, 0, 64, true, false, false, false, 0 },
	{ "routing header, tcp6", { IPV6(28, 43), 6, 0, 0, 0, 0, 0, 0, 0, TCP(0x02) }, 68,
		ADDR_IPV6, FLOW_OTHER, 6, 0, 0, 68, true, true, false, false, 0x02 },
	{ "first fragment, udp6", { IPV6(16, 44), 17, 0, 0, 1, 0, 0, 0, 9, 0, 53, 0x10, 0 }, 56,
		ADDR_IPV6, FLOW_OTHER, 17, 0, 0, 56, true, false, false, true, 0 },
	{ "later fragment, udp6", { IPV6(16, 44), 17, 0, 0, 8, 0, 0, 0, 9, 0, 53, 0x10, 0 }, 56,
		ADDR_IPV6, FLOW_OTHER, 17, 0, 0, 56, false, false, false, true, 0 },
	{ "AH is where the kernel stops", { IPV6(32, 51), 6, 4 }, 72, ADDR_IPV6, FLOW_OTHER, 51, 0,
		0, 72, false, false, false, false, 0 },
	{ "no next header", { IPV6(0, 59) }, 40, ADDR_IPV6, FLOW_OTHER, 59, 0, 0, 40, false, false,
		false, false, 0 },
	{ "options longer than the packet", { IPV6(8, 60), 17, 200 }, 48, ADDR_IPV6, FLOW_OTHER, 17,
		0, 0, 48, false, false, false, false, 0 },
	{ "options cut", { IPV6(1, 60), 17 }, 41, ADDR_IPV6, FLOW_OTHER, 60, 0, 0, 41, false, false,
		false, false, 0 },
	{ "fragment header cut", { IPV6(3, 44), 17, 0, 0 }, 43, ADDR_IPV6, FLOW_OTHER, 44, 0, 0, 43,
		false, false, false, false, 0 },
};

/* Parse a copy of exactly that length, so that AddressSanitizer sees a read past it. */
static int parse(const uint8_t *bytes, size_t length, uint32_t mark, struct flow_packet *packet)
{
	uint8_t *copy = malloc(length ? length : 1);
	ck_assert_ptr_nonnull(copy);
	memcpy(copy, bytes, length);
	int r = flow_packet_parse(copy, length, mark, packet);
	free(copy);
	return r;
}

START_TEST(test_packets)
{
	const struct packet_case *want = &cases[_i];
	struct flow_packet got;
	ck_assert_msg(parse(want->bytes, want->length, 7, &got) == 0, "%s", want->what);
	ck_assert_msg(got.key.family == want->family && got.key.class == want->class &&
			      got.key.protocol == want->protocol && got.key.sport == want->sport &&
			      got.key.dport == want->dport && got.length == want->total &&
			      got.has_ports == want->has_ports &&
			      got.has_tcp_flags == want->has_tcp_flags &&
			      got.has_icmp == want->has_icmp && got.fragment == want->fragment &&
			      got.tcp_flags == want->flags,
		"%s: family %u class %u protocol %u ports %u %u length %u", want->what,
		got.key.family, got.key.class, got.key.protocol, got.key.sport, got.key.dport,
		got.length);
	if (want->family == ADDR_IPV4) {
		ck_assert_mem_eq(got.key.saddr, "\x0a\x1e\x11\x05\0\0\0\0\0\0\0\0\0\0\0\0", 16);
		ck_assert_mem_eq(got.key.daddr, "\x0a\x0a\x00\x0a\0\0\0\0\0\0\0\0\0\0\0\0", 16);
	} else {
		ck_assert_mem_eq(got.key.saddr, "\xfd\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01", 16);
		ck_assert_mem_eq(got.key.daddr, "\xfd\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x02", 16);
	}
}
END_TEST

/* Cut anywhere: no read past the end, and the addresses known or refused. */
START_TEST(test_cut)
{
	const struct packet_case *want = &cases[_i];
	struct flow_packet got;
	size_t least = want->family == ADDR_IPV4 ? 20 : 40;
	for (size_t length = 0; length <= want->length; length++)
		ck_assert_int_eq(parse(want->bytes, length, 7, &got), length < least ? -EINVAL : 0);
}
END_TEST

START_TEST(test_mark)
{
	struct flow_packet got;
	ck_assert_int_eq(parse(cases[0].bytes, 40, 0x12345678, &got), 0);
	ck_assert_uint_eq(got.key.code, 0x12345678);
	ck_assert_uint_eq(got.key.generation, 0);
	ck_assert(!got.overflow);
	uint32_t mark = 0x12345678 | DENY_MARK_B | DENY_MARK_OVERFLOW;
	ck_assert_int_eq(parse(cases[0].bytes, 40, mark, &got), 0);
	ck_assert_uint_eq(got.key.code, 0x12345678);
	ck_assert_uint_eq(got.key.generation, 1);
	ck_assert(got.overflow);
}
END_TEST

START_TEST(test_refused)
{
	uint8_t bytes[64] = { 0 };
	struct flow_packet got;
	for (unsigned int version = 0; version < 16; version++) {
		bytes[0] = (uint8_t)(version << 4);
		ck_assert_int_eq(parse(bytes, sizeof(bytes), 0, &got),
			version == 4 || version == 6 ? 0 : -EINVAL);
	}
}
END_TEST

/* The enforcer's key of an element and ours of its packet are the same bytes. */
START_TEST(test_same_key_as_the_element)
{
	static const uint8_t element[20] = { 0x78, 0x56, 0x34, 0x12, 10, 30, 17, 5, 10, 10, 0, 10,
		0x9c, 0x40, 0, 0, 0x05, 0x99, 0, 0 };
	struct flow_packet packet;
	struct flow_key key;
	uint8_t copy[20];
	uint32_t mark = 0x12345678;
	memcpy(copy, element, sizeof(copy));
	memcpy(copy, &mark, sizeof(mark));
	ck_assert_int_eq(flow_key_from_element(0, FLOW_TCP, ADDR_IPV4, copy, 20, &key), 0);
	ck_assert_int_eq(parse(cases[0].bytes, 40, mark, &packet), 0);
	ck_assert_mem_eq(&key, &packet.key, sizeof(key));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("flowrec");
	TCase *tests = tcase_create("flowrec");
	tcase_add_test(tests, test_prefix);
	tcase_add_loop_test(tests, test_bad_prefix, 0, COUNT(bad_prefixes));
	tcase_add_loop_test(tests, test_packets, 0, COUNT(cases));
	tcase_add_loop_test(tests, test_cut, 0, COUNT(cases));
	tcase_add_test(tests, test_mark);
	tcase_add_test(tests, test_refused);
	tcase_add_test(tests, test_same_key_as_the_element);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
