/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "../../lib/addrset.h"
#include "../../lib/compile.h"
#include "../../lib/flowkey.h"
#include "suite.h"

START_TEST(test_no_padding)
{
	/* Keys are compared as bytes: nothing in them may be left unset. */
	ck_assert_uint_eq(sizeof(struct flow_key), 16 + 16 + 4 + 2 + 2 + 4);
}
END_TEST

START_TEST(test_set_names)
{
	ck_assert_str_eq(flow_set_name(0, FLOW_TCP, ADDR_IPV4), "flow-tcp4-a");
	ck_assert_str_eq(flow_set_name(1, FLOW_UDP, ADDR_IPV6), "flow-udp6-b");
	ck_assert_str_eq(flow_set_name(1, FLOW_ICMP, ADDR_IPV4), "flow-icmp4-b");
	ck_assert_str_eq(flow_set_name(0, FLOW_OTHER, ADDR_IPV6), "flow-other6-a");
	ck_assert_str_eq(flow_spare_name(1, FLOW_UDP, ADDR_IPV4), "flow-udp4-spare-b");
	ck_assert_ptr_null(flow_spare_name(0, FLOW_OTHER, ADDR_IPV4));
}
END_TEST

/* An element as the kernel keeps it: fields padded to four bytes. */
static unsigned int put(uint8_t *element, unsigned int at, const void *field, unsigned int length)
{
	memcpy(element + at, field, length);
	return at + (length + 3) / 4 * 4;
}

static unsigned int make(uint8_t *element, unsigned int address, const char *first,
	const char *second, unsigned int each)
{
	static const uint8_t bytes[32] = { 10, 0, 0, 1, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,
		192, 0, 2, 9, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32 };
	uint32_t mark = 0x12345678u | DENY_MARK_B;
	unsigned int at = 0;
	memset(element, 0, 64);
	at = put(element, at, &mark, 4);
	at = put(element, at, bytes, address);
	at = put(element, at, bytes + 16, address);
	at = put(element, at, first, each);
	return second ? put(element, at, second, each) : at;
}

START_TEST(test_tcp4)
{
	uint8_t element[64];
	struct flow_key key, expected = { .saddr = { 10, 0, 0, 1 },
		.daddr = { 192, 0, 2, 9 },
		.code = 0x12345678u,
		.sport = 40000,
		.dport = 443,
		.family = ADDR_IPV4,
		.class = FLOW_TCP,
		.protocol = IPPROTO_TCP,
		.generation = 1 };
	unsigned int length = make(element, 4, "\x9c\x40", "\x01\xbb", 2);
	ck_assert_uint_eq(length, 20);
	ck_assert_int_eq(flow_key_from_element(1, FLOW_TCP, ADDR_IPV4, element, length, &key), 0);
	ck_assert_mem_eq(&key, &expected, sizeof(key));
	expected.class = FLOW_OTHER;
	expected.sport = expected.dport = 0;
	struct flow_key other = flow_key_other(&key);
	ck_assert_mem_eq(&other, &expected, sizeof(other));
}
END_TEST

START_TEST(test_udp6_and_icmp)
{
	uint8_t element[64];
	struct flow_key key;
	unsigned int length = make(element, 16, "\x00\x35", "\x10\x00", 2);
	ck_assert_uint_eq(length, 44);
	ck_assert_int_eq(flow_key_from_element(0, FLOW_UDP, ADDR_IPV6, element, length, &key), 0);
	ck_assert_uint_eq(key.protocol, IPPROTO_UDP);
	ck_assert_uint_eq(key.sport, 53);
	ck_assert_uint_eq(key.dport, 4096);
	ck_assert_uint_eq(key.saddr[15], 16);
	ck_assert_uint_eq(key.daddr[0], 192);
	ck_assert_uint_eq(key.generation, 0);
	length = make(element, 16, "\x80", "\x07", 1);
	ck_assert_int_eq(flow_key_from_element(0, FLOW_ICMP, ADDR_IPV6, element, length, &key), 0);
	ck_assert_uint_eq(key.protocol, IPPROTO_ICMPV6);
	ck_assert_uint_eq(key.sport, 128);
	ck_assert_uint_eq(key.dport, 7);
	length = make(element, 4, "\x08", "\x00", 1);
	ck_assert_int_eq(flow_key_from_element(0, FLOW_ICMP, ADDR_IPV4, element, length, &key), 0);
	ck_assert_uint_eq(key.protocol, IPPROTO_ICMP);
	length = make(element, 4, "\x2f", NULL, 1);
	ck_assert_uint_eq(length, 16);
	ck_assert_int_eq(flow_key_from_element(0, FLOW_OTHER, ADDR_IPV4, element, length, &key), 0);
	ck_assert_uint_eq(key.protocol, 47);
	ck_assert_uint_eq(key.sport, 0);
}
END_TEST

START_TEST(test_refused)
{
	uint8_t element[64] = { 0 };
	struct flow_key key;
	for (unsigned int length = 0; length <= 64; length++) {
		int r = flow_key_from_element(0, FLOW_TCP, ADDR_IPV4, element, length, &key);
		ck_assert_int_eq(r, length == 20 ? 0 : -EINVAL);
		r = flow_key_from_element(0, FLOW_OTHER, ADDR_IPV6, element, length, &key);
		ck_assert_int_eq(r, length == 40 ? 0 : -EINVAL);
	}
	ck_assert_int_eq(flow_key_from_element(2, FLOW_TCP, ADDR_IPV4, element, 20, &key), -EINVAL);
	ck_assert_int_eq(
		flow_key_from_element(0, FLOW_CLASS_COUNT, ADDR_IPV4, element, 20, &key), -EINVAL);
	ck_assert_int_eq(flow_key_from_element(0, FLOW_TCP, 2, element, 20, &key), -EINVAL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("flowkey");
	TCase *tests = tcase_create("flowkey");
	tcase_add_test(tests, test_no_padding);
	tcase_add_test(tests, test_set_names);
	tcase_add_test(tests, test_tcp4);
	tcase_add_test(tests, test_udp6_and_icmp);
	tcase_add_test(tests, test_refused);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
