/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was there before, and what was not. */
#include <check.h>
#include <stdbool.h>
#include <stdlib.h>

#include "../../daemon/seenset.h"
#include "suite.h"

START_TEST(each_once)
{
	struct seenset set;

	seenset_init(&set);
	for (int round = 0; round < 2; round++)
		for (uint32_t i = 0; i < 20000; i++)
			ck_assert_int_eq(seenset_add(&set, &i, sizeof(i)), round);
	ck_assert_uint_eq(set.count, 20000);
	seenset_clear(&set);
	ck_assert_uint_eq(set.count, 0);
	const uint32_t one = 1;

	ck_assert_int_eq(seenset_add(&set, &one, sizeof(one)), 0);
	ck_assert_int_eq(seenset_add(&set, &one, sizeof(one)), 1);
	seenset_clear(&set);
}
END_TEST

/* Against a plain array. */
START_TEST(any_order)
{
	static bool present[3000];
	struct seenset set;

	srand(random_seed("seenset"));
	seenset_init(&set);
	for (int i = 0; i < 20000; i++) {
		unsigned int number = (unsigned int)rand() % 3000;

		ck_assert_int_eq(seenset_add(&set, &number, sizeof(number)), present[number]);
		present[number] = true;
	}
	seenset_clear(&set);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("seenset");
	TCase *tests = tcase_create("seenset");

	tcase_add_test(tests, each_once);
	tcase_add_test(tests, any_order);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
