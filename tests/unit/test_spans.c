/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hours, days and weeks of local time. */
#include <check.h>
#include <errno.h>

#include "../../lib/spans.h"
#include "suite.h"

#define TOKYO_MIDNIGHT INT64_C(1795100400) /* 2026-11-20T00:00:00+09:00 */

static struct spans spans;

static void cut(const char *name, int64_t since, int64_t until)
{
	struct zonetime *zone = NULL;

	if (name)
		ck_assert_int_eq(zonetime_load(name, &zone), 0);
	ck_assert_int_eq(spans_cut(zone, since, until, &spans), 0);
	zonetime_free(zone);
	/* Without a gap, the period within. */
	for (size_t i = 0; i < spans.number; i++)
		ck_assert_int_lt(spans.bounds[i], spans.bounds[i + 1]);
	if (spans.number > 0) {
		ck_assert_int_le(spans.bounds[0], since);
		ck_assert_int_gt(spans.bounds[1], since);
		ck_assert_int_lt(spans.bounds[spans.number - 1], until);
		ck_assert_int_ge(spans.bounds[spans.number], until);
	}
}

START_TEST(test_days)
{
	cut("Asia/Tokyo", TOKYO_MIDNIGHT, TOKYO_MIDNIGHT + 30 * SPANS_DAY);
	ck_assert_int_eq(spans.unit, SPANS_DAY);
	ck_assert_uint_eq(spans.number, 30);
	ck_assert_int_eq(spans.bounds[0], TOKYO_MIDNIGHT);
	ck_assert_int_eq(spans.bounds[30], TOKYO_MIDNIGHT + 30 * SPANS_DAY);
	spans_clear(&spans);
	cut("Asia/Tokyo", TOKYO_MIDNIGHT - 1, TOKYO_MIDNIGHT + 30 * SPANS_DAY + 1);
	ck_assert_uint_eq(spans.number, 32);
	ck_assert_int_eq(spans.bounds[0], TOKYO_MIDNIGHT - SPANS_DAY);
	spans_clear(&spans);
	cut("Asia/Tokyo", TOKYO_MIDNIGHT, TOKYO_MIDNIGHT + 365 * SPANS_DAY);
	ck_assert_uint_eq(spans.number, 365);
	spans_clear(&spans);
}
END_TEST

START_TEST(test_hours)
{
	cut("Asia/Kolkata", TOKYO_MIDNIGHT, TOKYO_MIDNIGHT + SPANS_DAY); /* +05:30 */
	ck_assert_int_eq(spans.unit, SPANS_HOUR);
	ck_assert_uint_eq(spans.number, 25);
	ck_assert_int_eq(spans.bounds[0], TOKYO_MIDNIGHT - 1800);
	spans_clear(&spans);
	cut(NULL, TOKYO_MIDNIGHT, TOKYO_MIDNIGHT + 3 * SPANS_DAY);
	ck_assert_uint_eq(spans.number, 72);
	spans_clear(&spans);
}
END_TEST

START_TEST(test_weeks)
{
	cut(NULL, 0, 401 * SPANS_DAY); /* a Thursday */
	ck_assert_int_eq(spans.unit, SPANS_WEEK);
	ck_assert_int_eq(spans.bounds[0], -3 * SPANS_DAY);
	ck_assert_int_eq(spans.bounds[1], 4 * SPANS_DAY);
	spans_clear(&spans);
}
END_TEST

/* 2026-03-29 has 23 hours in Berlin, 2026-10-25 has 25. */
START_TEST(test_clock_is_set)
{
	cut("Europe/Berlin", INT64_C(1774652400), INT64_C(1774652400) + 9 * SPANS_DAY);
	ck_assert_int_eq(spans.bounds[1] - spans.bounds[0], SPANS_DAY);
	ck_assert_int_eq(spans.bounds[2] - spans.bounds[1], 23 * 3600);
	ck_assert_int_eq(spans.bounds[3] - spans.bounds[2], SPANS_DAY);
	spans_clear(&spans);
	cut("Europe/Berlin", INT64_C(1792792800), INT64_C(1792792800) + 9 * SPANS_DAY);
	ck_assert_int_eq(spans.bounds[2] - spans.bounds[1], 25 * 3600);
	ck_assert_int_eq(spans.bounds[3] - spans.bounds[2], SPANS_DAY);
	spans_clear(&spans);
	cut("Europe/Berlin", INT64_C(1774652400), INT64_C(1774652400) + 800 * SPANS_DAY);
	ck_assert_uint_ge(spans.number, 114);
	ck_assert_uint_le(spans.number, 116);
	spans_clear(&spans);
}
END_TEST

START_TEST(test_limits)
{
	cut(NULL, 1000, 1000);
	ck_assert_uint_eq(spans.number, 1); /* of the hour that it is in */
	spans_clear(&spans);
	ck_assert_int_eq(spans_cut(NULL, 1000, 999, &spans), -EINVAL);
	ck_assert_int_eq(spans_cut(NULL, 0, INT64_C(4000000000), &spans), -EINVAL);
	spans_clear(&spans);
	cut(NULL, -86400, 86400);
	ck_assert_uint_eq(spans.number, 48);
	spans_clear(&spans);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("spans");
	TCase *tests = tcase_create("spans");

	tcase_add_test(tests, test_days);
	tcase_add_test(tests, test_hours);
	tcase_add_test(tests, test_weeks);
	tcase_add_test(tests, test_clock_is_set);
	tcase_add_test(tests, test_limits);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
