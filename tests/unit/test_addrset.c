/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/addrset.h"
#include "suite.h"

#define CHECK(condition) ck_assert_msg(condition, "%s", #condition)

START_TEST(test_addr_parse)
{
	struct addr addr;

	CHECK(addr_parse("10.1.2.3", &addr) == 0);
	CHECK(addr.family == ADDR_IPV4 && memcmp(addr.bytes, "\x0a\x01\x02\x03", 4) == 0);
	CHECK(addr_parse("fd00::1", &addr) == 0);
	CHECK(addr.family == ADDR_IPV6 && addr.bytes[0] == 0xfd && addr.bytes[15] == 1);
	for (const char **bad = (const char *[]){ "", "10.1.2", "010.1.2.3", "10.1.2.256",
		     "1.2.3.4 ", "fd00::1%eth0", "fd00:::1", "0x0a010203", "10.1.2.3/24", NULL };
		*bad; bad++)
		ck_assert_msg(addr_parse(*bad, &addr) == -EINVAL, "\"%s\"", *bad);
}
END_TEST

START_TEST(test_compare)
{
	static const char *const ascending[] = { "0.0.0.0", "10.0.0.1", "10.0.1.0",
		"255.255.255.255", "::", "::1", "a00:1::", "fd00::1" };
	struct addr_prefix a, b;
	for (size_t i = 0; i < 8; i++)
		for (size_t j = 0; j < 8; j++) {
			ck_assert_int_eq(addr_prefix_parse(ascending[i], &a), 0);
			ck_assert_int_eq(addr_prefix_parse(ascending[j], &b), 0);
			int order = addr_compare(&a.addr, &b.addr);
			ck_assert_int_eq((order > 0) - (order < 0), (i > j) - (i < j));
			ck_assert_int_eq(addr_prefix_same(&a, &b), i == j);
			b.length--;
			ck_assert(!addr_prefix_same(&a, &b));
		}
}
END_TEST

START_TEST(test_prefix_parse)
{
	struct addr_prefix prefix;
	char text[ADDR_TEXT_MAX];

	CHECK(addr_prefix_parse("10.1.0.0/16", &prefix) == 0 && prefix.length == 16);
	CHECK(addr_prefix_parse("10.1.2.3", &prefix) == 0 && prefix.length == 32);
	CHECK(addr_prefix_parse("::/0", &prefix) == 0 && prefix.length == 0);
	CHECK(addr_prefix_parse("fd00::/127", &prefix) == 0 && prefix.length == 127);
	CHECK(addr_prefix_parse("10.1.2.3/22", &prefix) == -EDOM);
	addr_prefix_format(&prefix, text);
	ck_assert_str_eq(text, "10.1.0.0/22");
	CHECK(addr_prefix_parse("fd00::1:1/112", &prefix) == -EDOM);
	addr_prefix_format(&prefix, text);
	ck_assert_str_eq(text, "fd00::1:0/112");
	for (const char **bad = (const char *[]){ "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/08",
		     "::/129", "10.0.0.0/-1", "10.0.0.0/8/8", "/8", "10.0.0.0/ 8", NULL };
		*bad; bad++)
		ck_assert_msg(addr_prefix_parse(*bad, &prefix) == -EINVAL, "\"%s\"", *bad);
}
END_TEST

START_TEST(test_prefix_length_of_range)
{
	struct addr_prefix prefix;

	for (unsigned int length = 0; length <= 32; length++) {
		char text[ADDR_TEXT_MAX];

		snprintf(text, sizeof(text), "203.0.113.77/%u", length);
		addr_prefix_parse(text, &prefix);
		struct addr_range range = addr_prefix_range(&prefix);

		ck_assert_int_eq(addr_range_prefix_length(ADDR_IPV4, &range), (int)length);
	}
	struct addr_range odd = { { 10, 0, 0, 1 }, { 10, 0, 0, 2 } };

	ck_assert_int_eq(addr_range_prefix_length(ADDR_IPV4, &odd), -1);
	struct addr_range almost = { { 10, 0, 0, 0 }, { 10, 0, 2, 255 } };

	ck_assert_int_eq(addr_range_prefix_length(ADDR_IPV4, &almost), -1);
	struct addr_range shifted = { { 10, 0, 1, 0 }, { 10, 0, 2, 255 } };

	ck_assert_int_eq(addr_range_prefix_length(ADDR_IPV4, &shifted), -1);
}
END_TEST

START_TEST(test_mac)
{
	uint8_t mac[MAC_LENGTH];
	char text[MAC_TEXT_MAX];

	CHECK(mac_parse("00-00-5E-00-53-0a", mac) == 0);
	mac_format(mac, text);
	ck_assert_str_eq(text, "00:00:5e:00:53:0a");
	for (const char **bad = (const char *[]){ "00:00:00:00:00:00", "01:00:5e:00:00:01",
		     "ff:ff:ff:ff:ff:ff", "00:00:5e:00:53", "00:00:5e:00:53:1", "00:00:5e-00:53:01",
		     "00:00:5e:00:53:0g", "00:00:5e:00:53:011", "", NULL };
		*bad; bad++)
		ck_assert_msg(mac_parse(*bad, mac) == -EINVAL, "\"%s\"", *bad);
}
END_TEST

START_TEST(test_ports)
{
	struct port_range range;

	CHECK(port_range_parse("443", &range) == 0 && range.first == 443 && range.last == 443);
	CHECK(port_range_parse("0-65535", &range) == 0 && range.first == 0 && range.last == 65535);
	for (const char **bad = (const char *[]){ "", "-", "1-", "-1", "2-1", "65536", "1-65536",
		     "080", "1 - 2", "+1", "1-2-3", "https", NULL };
		*bad; bad++)
		ck_assert_msg(port_range_parse(*bad, &range) == -EINVAL, "\"%s\"", *bad);
}
END_TEST

/* Sets against bitmaps over a window of WINDOW addresses, at either end of the address space or in
 * the middle of it, where carries happen. */
#define WINDOW 48

static const uint8_t bases[][16] = {
	{ 0, 0, 0, 0 },
	{ 10, 0, 0, 0xe0 },
	{ 255, 255, 255, 256 - WINDOW },
};

static void put_address(uint8_t bytes[16], const uint8_t *base, unsigned int offset)
{
	unsigned int sum = (unsigned int)base[2] * 256 + base[3] + offset;

	memcpy(bytes, base, 16);
	bytes[2] = (uint8_t)(sum >> 8);
	bytes[3] = (uint8_t)sum;
}

struct model {
	struct addrset set;
	bool bits[WINDOW];
};

static void add_random(struct model *model, const uint8_t *base, unsigned int count)
{
	for (; count > 0; count--) {
		unsigned int first = (unsigned int)rand() % WINDOW;
		unsigned int last = first + (unsigned int)rand() % (WINDOW - first) % 7;
		struct addr_range range;

		put_address(range.first, base, first);
		put_address(range.last, base, last);
		ck_assert_int_eq(addrset_add(&model->set, &range), 0);
		memset(model->bits + first, true, last - first + 1);
	}
}

/* The same at once. */
static void add_many(struct model *model, const uint8_t *base)
{
	struct addr_range ranges[12];
	size_t count = (size_t)rand() % 13;

	for (size_t i = 0; i < count; i++) {
		unsigned int first = (unsigned int)rand() % WINDOW;
		unsigned int last = first + (unsigned int)rand() % (WINDOW - first) % 7;

		put_address(ranges[i].first, base, first);
		put_address(ranges[i].last, base, last);
		memset(model->bits + first, true, last - first + 1);
	}
	ck_assert_int_eq(addrset_add_ranges(&model->set, ranges, count), 0);
}

static void check_model(const struct model *model, const uint8_t *base)
{
	uint8_t bytes[16];

	for (unsigned int i = 0; i < WINDOW; i++) {
		put_address(bytes, base, i);
		ck_assert_msg(
			addrset_contains(&model->set, bytes) == model->bits[i], "address %u", i);
	}
	/* Sorted, disjoint, not adjacent: as many ranges as there are runs. */
	size_t runs = 0;

	for (unsigned int i = 0; i < WINDOW; i++)
		runs += model->bits[i] && (i == 0 || !model->bits[i - 1]);
	ck_assert_uint_eq(model->set.count, runs);
}

static void check_ranges(const struct model *model, const uint8_t *base)
{
	unsigned int first = (unsigned int)rand() % WINDOW;
	unsigned int last = first + (unsigned int)rand() % (WINDOW - first);
	bool covers = true, overlaps = false;
	struct addr_range range;

	put_address(range.first, base, first);
	put_address(range.last, base, last);
	for (unsigned int i = first; i <= last; i++) {
		covers = covers && model->bits[i];
		overlaps = overlaps || model->bits[i];
	}
	ck_assert(addrset_covers(&model->set, &range) == covers);
	ck_assert(addrset_overlaps(&model->set, &range) == overlaps);
}

static void random_round(const uint8_t *base)
{
	struct model a = { 0 }, b = { 0 }, result = { 0 };

	addrset_init(&a.set, ADDR_IPV4);
	addrset_init(&b.set, ADDR_IPV4);
	add_random(&a, base, (unsigned int)rand() % 10);
	add_random(&b, base, (unsigned int)rand() % 10);
	check_model(&a, base);
	add_many(&a, base);
	check_model(&a, base);
	check_ranges(&a, base);
	for (unsigned int operation = 0; operation < 3; operation++) {
		ck_assert_int_eq(addrset_copy(&result.set, &a.set), 0);
		for (unsigned int i = 0; i < WINDOW; i++)
			result.bits[i] = operation == 0	  ? a.bits[i] || b.bits[i]
					 : operation == 1 ? a.bits[i] && !b.bits[i]
							  : a.bits[i] && b.bits[i];
		int error = operation == 0   ? addrset_add_set(&result.set, &b.set)
			    : operation == 1 ? addrset_subtract(&result.set, &b.set)
					     : addrset_intersect(&result.set, &b.set);

		ck_assert_int_eq(error, 0);
		check_model(&result, base);
		addrset_clear(&result.set);
	}
	addrset_clear(&a.set);
	addrset_clear(&b.set);
}

START_TEST(test_random)
{
	for (unsigned int i = 0; i < 3000; i++)
		random_round(bases[i % 3]);
}
END_TEST

START_TEST(test_whole_space)
{
	struct addr_range all = { { 0 }, { 255, 255, 255, 255 } };
	struct addr_range end = { { 255, 255, 255, 255 }, { 255, 255, 255, 255 } };
	struct addrset set, other;

	addrset_init(&set, ADDR_IPV4);
	addrset_init(&other, ADDR_IPV4);
	CHECK(addrset_add(&set, &all) == 0 && addrset_add(&set, &end) == 0);
	ck_assert_uint_eq(set.count, 1);
	CHECK(addrset_add(&other, &end) == 0 && addrset_subtract(&set, &other) == 0);
	ck_assert_uint_eq(set.count, 1);
	CHECK(!addrset_contains(&set, end.first) && set.ranges[0].last[3] == 254);
	CHECK(addrset_add(&other, &all) == 0 && addrset_subtract(&set, &other) == 0);
	ck_assert_uint_eq(set.count, 0);
	addrset_clear(&set);
	addrset_clear(&other);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("addrset");
	TCase *tests = tcase_create("addrset");

	srand(random_seed("addrset"));
	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, test_addr_parse);
	tcase_add_test(tests, test_compare);
	tcase_add_test(tests, test_prefix_parse);
	tcase_add_test(tests, test_prefix_length_of_range);
	tcase_add_test(tests, test_mac);
	tcase_add_test(tests, test_ports);
	tcase_add_test(tests, test_random);
	tcase_add_test(tests, test_whole_space);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
