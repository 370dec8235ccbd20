/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <check.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/keyorder.h"
#include "suite.h"

#define KEYS   2000
#define STRIDE 12

static uint8_t keys[KEYS][STRIDE];
static uint32_t order[KEYS];

/* Bytes of few values, so that keys repeat and have beginnings in common. */
static void make_keys(unsigned int seed, unsigned int values)
{
	uint32_t state = seed;

	for (size_t i = 0; i < KEYS; i++) {
		for (size_t byte = 0; byte < STRIDE; byte++) {
			state = state * 1664525 + 1013904223;
			keys[i][byte] = (uint8_t)((state >> 24) % values * (255 / values));
		}
		order[i] = (uint32_t)i;
	}
}

static void ck_sorted(size_t count, size_t length)
{
	static bool seen[KEYS];

	memset(seen, 0, sizeof(seen));
	for (size_t i = 0; i < count; i++) {
		ck_assert_uint_lt(order[i], KEYS);
		ck_assert(!seen[order[i]]);
		seen[order[i]] = true;
		if (i == 0)
			continue;
		int compared = memcmp(keys[order[i - 1]], keys[order[i]], length);

		/* Equal ones as they were given. */
		ck_assert(compared < 0 || (compared == 0 && order[i - 1] < order[i]));
	}
}

START_TEST(as_memcmp_has_it)
{
	static const unsigned int values[] = { 2, 3, 17, 255 };
	static const size_t lengths[] = { 1, 2, 4, 5, STRIDE };

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		for (size_t j = 0; j < sizeof(lengths) / sizeof(lengths[0]); j++) {
			struct keyorder by = { keys[0], STRIDE, lengths[j] };

			make_keys((unsigned int)(i * 10 + j + 1), values[i]);
			ck_assert_int_eq(keyorder_sort(&by, order, KEYS), 0);
			ck_sorted(KEYS, lengths[j]);
		}
	}
}
END_TEST

START_TEST(only_some_of_them)
{
	struct keyorder by = { keys[0], STRIDE, STRIDE };

	make_keys(7, 5);
	for (size_t i = 0; i < KEYS / 2; i++)
		order[i] = (uint32_t)(2 * i);
	ck_assert_int_eq(keyorder_sort(&by, order, KEYS / 2), 0);
	ck_sorted(KEYS / 2, STRIDE);
	for (size_t i = 0; i < KEYS / 2; i++)
		ck_assert_uint_eq(order[i] % 2, 0);
}
END_TEST

START_TEST(few_or_all_the_same)
{
	struct keyorder by = { keys[0], STRIDE, STRIDE };

	make_keys(9, 1);
	ck_assert_int_eq(keyorder_sort(&by, order, KEYS), 0);
	for (size_t i = 0; i < KEYS; i++)
		ck_assert_uint_eq(order[i], i);
	by.length = 0; /* nothing to tell them apart by */
	make_keys(9, 200);
	ck_assert_int_eq(keyorder_sort(&by, order, KEYS), 0);
	for (size_t i = 0; i < KEYS; i++)
		ck_assert_uint_eq(order[i], i);
	ck_assert_int_eq(keyorder_sort(&by, NULL, 0), 0);
	order[0] = 5;
	ck_assert_int_eq(keyorder_sort(&by, order, 1), 0);
	ck_assert_uint_eq(order[0], 5);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("keyorder");
	TCase *tcase = tcase_create("keyorder");

	tcase_add_test(tcase, as_memcmp_has_it);
	tcase_add_test(tcase, only_some_of_them);
	tcase_add_test(tcase, few_or_all_the_same);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
