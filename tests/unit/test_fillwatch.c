/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How full the flow sets are: when an epoch is closed early, and when to look again. */
#include <check.h>

#include "../../daemon/clock.h"
#include "../../daemon/fillwatch.h"
#include "suite.h"

#define LIMIT 262144

START_TEST(full_at_three_quarters)
{
	struct fillwatch watch = { 0 };

	ck_assert(!fillwatch_full(&watch));
	fillwatch_see(&watch, LIMIT / 4 * 3 - 1, CLOCK_SECOND, LIMIT);
	ck_assert(!fillwatch_full(&watch));
	fillwatch_see(&watch, LIMIT / 4 * 3, CLOCK_SECOND, LIMIT);
	ck_assert(fillwatch_full(&watch));
	fillwatch_see(&watch, 0, CLOCK_SECOND, LIMIT);
	ck_assert(!fillwatch_full(&watch));
}
END_TEST

START_TEST(looks_sooner_the_faster_it_fills)
{
	struct fillwatch watch = { 0 };

	ck_assert_uint_eq(fillwatch_see(&watch, 0, CLOCK_SECOND, LIMIT), FILLWATCH_MS_MAX);
	/* 100,000 a second, 146,608 to go: in 1.4 s; but never later than the longest pause. */
	ck_assert_uint_eq(
		fillwatch_see(&watch, 50000, CLOCK_SECOND * 3 / 2, LIMIT), FILLWATCH_MS_MAX);
	/* 96,608 to go at 200,000 a second: half of 483 ms. */
	ck_assert_uint_eq(fillwatch_see(&watch, 100000, CLOCK_SECOND * 7 / 4, LIMIT), 241);
	ck_assert_uint_eq(fillwatch_see(&watch, 196000, CLOCK_SECOND * 2, LIMIT), FILLWATCH_MS_MIN);
	/* Past it: as often as may be, until it can be closed. */
	ck_assert_uint_eq(
		fillwatch_see(&watch, 262144, CLOCK_SECOND * 9 / 4, LIMIT), FILLWATCH_MS_MIN);
}
END_TEST

/* Another epoch: what it has came since the last look. */
START_TEST(begins_anew)
{
	struct fillwatch watch = { 0 };

	fillwatch_see(&watch, 200000, CLOCK_SECOND, LIMIT);
	ck_assert_uint_eq(fillwatch_see(&watch, 100000, CLOCK_SECOND * 3 / 2, LIMIT), 241);
	/* The clock stands: nothing is known of the rate. */
	ck_assert_uint_eq(
		fillwatch_see(&watch, 110000, CLOCK_SECOND * 3 / 2, LIMIT), FILLWATCH_MS_MAX);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("fillwatch");
	TCase *tests = tcase_create("looks");

	tcase_add_test(tests, full_at_three_quarters);
	tcase_add_test(tests, looks_sooner_the_faster_it_fills);
	tcase_add_test(tests, begins_anew);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
