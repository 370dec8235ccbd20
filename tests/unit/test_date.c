/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../lib/date.h"

static struct date date(const char *text)
{
	struct date date = { 0 };
	ck_assert_msg(date_parse(text, &date) == 0, "%s", text);
	return date;
}

START_TEST(test_parse)
{
	static const char *const good[] = { "2026-03-01", "2024-02-29", "2000-02-29", "0001-01-01",
		"9999-12-31" };
	static const char *const bad[] = { "", "2026", "2026-3-01", "2026-03-1", "2026/03/01",
		"2026-00-01", "2026-13-01", "2026-02-29", "1900-02-29", "2026-04-31", "2026-01-00",
		"2026-01-32", "0000-01-01", "2026-03-01 ", " 2026-03-01", "2026-03-0x",
		"+026-03-01", "２０２６-03-01", "2026-03-011" };
	char text[DATE_TEXT_MAX];
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct date parsed = date(good[i]);
		date_format(&parsed, text);
		ck_assert_str_eq(text, good[i]);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct date kept = { 1, 2, 3 };
		ck_assert_msg(date_parse(bad[i], &kept) == -EINVAL, "%s", bad[i]);
		ck_assert_int_eq(kept.year, 1);
	}
}
END_TEST

START_TEST(test_compare)
{
	static const char *const order[] = { "1999-12-31", "2000-01-01", "2000-01-02", "2000-02-01",
		"2001-01-01" };
	for (int i = 0; i < 5; i++)
		for (int j = 0; j < 5; j++) {
			struct date a = date(order[i]), b = date(order[j]);
			int result = date_compare(&a, &b);
			ck_assert_int_eq((result > 0) - (result < 0), (i > j) - (i < j));
		}
}
END_TEST

START_TEST(test_add_months)
{
	static const struct {
		const char *from, *wanted;
		unsigned int months;
	} cases[] = {
		{ "2026-03-15", "2026-03-15", 0 },
		{ "2026-03-15", "2027-03-15", 12 },
		{ "2026-12-15", "2027-01-15", 1 },
		{ "2026-01-31", "2026-02-28", 1 },
		{ "2023-03-31", "2024-02-29", 11 },
		{ "2024-02-29", "2025-02-28", 12 },
		{ "2024-02-29", "2028-02-29", 48 },
		{ "2026-08-31", "2028-06-30", 22 },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct date from = date(cases[i].from);
		struct date later = date_add_months(&from, cases[i].months);
		char text[DATE_TEXT_MAX];
		date_format(&later, text);
		ck_assert_str_eq(text, cases[i].wanted);
	}
}
END_TEST

/* Every day that the C library knows is one, and no other. */
START_TEST(test_against_timegm)
{
	for (int year = 1896; year <= 2104; year++)
		for (int month = 1; month <= 12; month++)
			for (int day = 1; day <= 31; day++) {
				struct tm parts = {
					.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day
				};
				struct date written = { year, (unsigned int)month,
					(unsigned int)day };
				struct date parsed;
				char text[DATE_TEXT_MAX];
				(void)timegm(&parts);
				date_format(&written, text);
				ck_assert_int_eq(
					date_parse(text, &parsed) == 0, parts.tm_mon == month - 1);
			}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("date");
	TCase *tests = tcase_create("date");
	tcase_add_test(tests, test_parse);
	tcase_add_test(tests, test_compare);
	tcase_add_test(tests, test_add_months);
	tcase_add_test(tests, test_against_timegm);
	suite_add_tcase(suite, tests);
	SRunner *runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	int failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
