/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How full the flow sets are: when an epoch is closed early, and when to look again. */
#include <check.h>

#include "../../daemon/clock.h"
#include "../../daemon/fillwatch.h"
#include "suite.h"

#define FULL 196608

START_TEST(full_when_there_are_so_many)
{
	struct fillwatch watch = { 0 };

	ck_assert(!fillwatch_full(&watch));
	fillwatch_see(&watch, FULL - 1, CLOCK_SECOND, FULL);
	ck_assert(!fillwatch_full(&watch));
	fillwatch_see(&watch, FULL, CLOCK_SECOND, FULL);
	ck_assert(fillwatch_full(&watch));
	fillwatch_see(&watch, 0, CLOCK_SECOND, FULL);
	ck_assert(!fillwatch_full(&watch));
}
END_TEST

START_TEST(looks_sooner_the_faster_it_fills)
{
	struct fillwatch watch = { 0 };

	ck_assert_uint_eq(fillwatch_see(&watch, 0, CLOCK_SECOND, FULL), FILLWATCH_MS_MAX);
	/* 100,000 a second, 146,608 to go: in 1.4 s; but never later than the longest pause. */
	ck_assert_uint_eq(
		fillwatch_see(&watch, 50000, CLOCK_SECOND * 3 / 2, FULL), FILLWATCH_MS_MAX);
	/* 96,608 to go at 200,000 a second: half of 483 ms. */
	ck_assert_uint_eq(fillwatch_see(&watch, 100000, CLOCK_SECOND * 7 / 4, FULL), 241);
	ck_assert_uint_eq(fillwatch_see(&watch, 196000, CLOCK_SECOND * 2, FULL), FILLWATCH_MS_MIN);
	/* Past it: as often as may be, until it can be closed. */
	ck_assert_uint_eq(
		fillwatch_see(&watch, 262144, CLOCK_SECOND * 9 / 4, FULL), FILLWATCH_MS_MIN);
}
END_TEST

/* Another epoch: what it has came since the last look. */
START_TEST(begins_anew)
{
	struct fillwatch watch = { 0 };

	fillwatch_see(&watch, 200000, CLOCK_SECOND, FULL);
	ck_assert_uint_eq(fillwatch_see(&watch, 100000, CLOCK_SECOND * 3 / 2, FULL), 241);
	/* The clock stands: nothing is known of the rate. */
	ck_assert_uint_eq(
		fillwatch_see(&watch, 110000, CLOCK_SECOND * 3 / 2, FULL), FILLWATCH_MS_MAX);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("fillwatch");
	TCase *tests = tcase_create("looks");

	tcase_add_test(tests, full_when_there_are_so_many);
	tcase_add_test(tests, looks_sooner_the_faster_it_fills);
	tcase_add_test(tests, begins_anew);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
