/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bytes of packets that are kept: how many, where, within which bounds. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "../../daemon/packets.h"
#include "suite.h"

static const uint8_t bytes[2000] = { 0x45, 1, 2, 3, [1499] = 0xee, [1500] = 0xff };

START_TEST(test_keep)
{
	struct packets packets = { 0 };
	size_t length = 7;

	ck_assert_uint_eq(packets_add(&packets, bytes, 100), 0);
	ck_assert_ptr_null(packets_get(&packets, 0, &length));
	ck_assert_uint_eq(packets.dropped, 0);
	packets.keep = 1500;
	uint32_t whole = packets_add(&packets, bytes, sizeof(bytes));
	uint32_t small = packets_add(&packets, bytes, 3);
	const uint8_t *found = packets_get(&packets, whole, &length);
	ck_assert_uint_eq(length, 1500);
	ck_assert_mem_eq(found, bytes, 1500);
	found = packets_get(&packets, small, &length);
	ck_assert_uint_eq(length, 3);
	ck_assert_mem_eq(found, bytes, 3);
	ck_assert_uint_eq(packets_add(&packets, bytes, 0), 0);
	packets_clear(&packets);
	ck_assert_uint_eq(packets.keep, 1500);
	ck_assert_ptr_null(packets_get(&packets, whole, &length));
	packets_clear(&packets);
}
END_TEST

/* Places that a damaged file may name. */
START_TEST(test_places)
{
	struct packets packets = { .keep = 16 };
	size_t length;

	packets_add(&packets, bytes, 16);
	for (uint32_t place = 0; place < 64; place++) {
		const uint8_t *found = packets_get(&packets, place, &length);

		if (found)
			ck_assert_uint_le((size_t)(found - packets.bytes) + length, packets.used);
	}
	ck_assert_ptr_null(packets_get(&packets, (uint32_t)packets.used, &length));
	ck_assert_ptr_null(packets_get(&packets, (uint32_t)packets.used + 1, &length));
	ck_assert_ptr_null(packets_get(&packets, UINT32_MAX, &length));
	packets_clear(&packets);
}
END_TEST

START_TEST(test_bound)
{
	struct packets packets = { .keep = 1500 };
	uint32_t place, last = 0;
	size_t length, kept = 0;

	while ((place = packets_add(&packets, bytes, 1500)) != 0) {
		last = place;
		kept++;
	}
	ck_assert_uint_eq(kept, PACKETS_BYTES_MAX / 1502);
	ck_assert_uint_le(packets.room, PACKETS_BYTES_MAX);
	ck_assert_uint_eq(packets.dropped, 1);
	ck_assert_ptr_nonnull(packets_get(&packets, last, &length));
	/* What does not fit as a whole is of no use in parts. */
	packets_append(&packets, bytes, 2000);
	ck_assert(packets.broken);
	ck_assert_ptr_null(packets_get(&packets, last, &length));
	ck_assert_uint_eq(packets_add(&packets, bytes, 1), 0);
	packets_clear(&packets);
	ck_assert(!packets.broken);
}
END_TEST

START_TEST(test_read_back)
{
	struct packets packets = { .keep = 400 }, copy = { 0 };
	uint32_t places[100];
	size_t length;

	for (size_t i = 0; i < 100; i++)
		places[i] = packets_add(&packets, bytes + i, 300 + i);
	for (size_t at = 0; at < packets.used; at += 1000) {
		size_t left = packets.used - at;

		packets_append(&copy, packets.bytes + at, left < 1000 ? left : 1000);
	}
	for (size_t i = 0; i < 100; i++) {
		const uint8_t *found = packets_get(&copy, places[i], &length);

		ck_assert_uint_eq(length, 300 + i);
		ck_assert_mem_eq(found, bytes + i, length);
	}
	packets_clear(&packets);
	packets_clear(&copy);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("packets");
	TCase *tests = tcase_create("packets");

	tcase_add_test(tests, test_keep);
	tcase_add_test(tests, test_places);
	tcase_add_test(tests, test_bound);
	tcase_add_test(tests, test_read_back);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
