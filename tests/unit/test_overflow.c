/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What overflowed, by denial: nothing is recorded that was not counted, and what was not logged is
 * known to the number. */
#include <check.h>
#include <errno.h>

#include "../../daemon/overflow.h"
#include "suite.h"

static struct overflow overflow;

static void tear_down(void)
{
	overflow_clear(&overflow);
}

static void add(uint32_t code, uint64_t packets)
{
	const struct rec_overflow counted = { .code = code, .packets = packets };

	ck_assert_int_eq(overflow_add(&overflow, &counted, 1), 0);
}

START_TEST(takes_what_was_counted)
{
	add(9, 3);
	add(4, 5);
	ck_assert_int_eq(overflow_total(&overflow, 8), 0);
	ck_assert_uint_eq(overflow.count, 2);
	ck_assert_uint_eq(overflow_take(&overflow, 9, 2), 2);
	ck_assert_uint_eq(overflow_take(&overflow, 9, 2), 1);
	ck_assert_uint_eq(overflow_take(&overflow, 9, 1), 0);
	ck_assert_uint_eq(overflow_take(&overflow, 4, 5), 5);
	ck_assert_uint_eq(overflow_take(&overflow, 5, 1), 0); /* it was not counted */
}
END_TEST

/* The sum has more than the codes: anybody's. */
START_TEST(the_rest)
{
	add(9, 3);
	ck_assert_int_eq(overflow_total(&overflow, 7), 0);
	ck_assert_uint_eq(overflow.count, 2);
	ck_assert_uint_eq(overflow.codes[0].code, 0);
	ck_assert_uint_eq(overflow.codes[0].packets, 4);
	ck_assert_uint_eq(overflow_take(&overflow, 9, 4), 4); /* one of them of the rest */
	ck_assert_uint_eq(overflow_take(&overflow, 5, 9), 3);
	ck_assert_uint_eq(overflow.codes[0].recorded, 4);
}
END_TEST

START_TEST(without_codes)
{
	ck_assert_int_eq(overflow_total(&overflow, 0), 0);
	ck_assert_uint_eq(overflow.count, 0);
	ck_assert_uint_eq(overflow_take(&overflow, 1, 1), 0);
	ck_assert_int_eq(overflow_total(&overflow, 2), 0);
	ck_assert_uint_eq(overflow_take(&overflow, 1, 3), 2);
}
END_TEST

START_TEST(refused)
{
	const struct rec_overflow none = { .packets = 1 };
	const struct rec_overflow code = { .code = 1, .packets = 1 };
	int r = 0;

	ck_assert_int_eq(overflow_add(&overflow, &none, 1), -EPROTO);
	for (int i = 0; i < 200000 && r == 0; i++)
		r = overflow_add(&overflow, &code, 1);
	ck_assert_int_eq(r, -EPROTO);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("overflow");
	TCase *tests = tcase_create("codes");

	tcase_add_checked_fixture(tests, NULL, tear_down);
	tcase_add_test(tests, takes_what_was_counted);
	tcase_add_test(tests, the_rest);
	tcase_add_test(tests, without_codes);
	tcase_add_test(tests, refused);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
