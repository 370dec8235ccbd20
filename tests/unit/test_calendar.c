/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Days of the calendar, against the C library's. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <time.h>

#include "../../lib/calendar.h"
#include "suite.h"

/* Every day from 1600 to 2400: timegm() counts the same, and its text is read back. */
START_TEST(test_every_day)
{
	struct tm tm = { .tm_year = 1600 - 1900, .tm_mon = 0, .tm_mday = 1 };
	int64_t first = timegm(&tm) / 86400, days = 0;
	for (int year = 1600; year <= 2400; year++)
		for (int month = 1; month <= 12; month++)
			for (int day = 1; day <= calendar_month_days(year, month); day++) {
				struct calendar_date date = { year, month, day }, read;
				char text[16];
				ck_assert_int_eq(calendar_days(&date), first + days++);
				ck_assert(calendar_is_date(&date));
				snprintf(text, sizeof(text), "%04d-%02d-%02d", year, month, day);
				ck_assert_int_eq(calendar_parse(text, &read), 0);
				ck_assert(read.year == year && read.month == month &&
					  read.day == day);
			}
	tm = (struct tm){ .tm_year = 2400 - 1900, .tm_mon = 11, .tm_mday = 31 };
	ck_assert_int_eq(timegm(&tm) / 86400, first + days - 1);
}
END_TEST

START_TEST(test_no_such_day)
{
	static const char *const texts[] = { "2026-02-29", "1900-02-29", "2100-02-29", "2024-02-30",
		"2026-04-31", "2026-13-01", "2026-00-10", "2026-01-00", "2026-01-32",
		"0000-01-01" };
	struct calendar_date date;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		ck_assert_msg(calendar_parse(texts[i], &date) == -ERANGE, "%s", texts[i]);
	ck_assert_int_eq(calendar_parse("2000-02-29", &date), 0);
	ck_assert_int_eq(calendar_parse("2024-02-29", &date), 0);
	ck_assert_int_eq(calendar_parse("0001-01-01", &date), 0);
	ck_assert_int_eq(calendar_parse("9999-12-31", &date), 0);
}
END_TEST

START_TEST(test_no_date)
{
	static const char *const texts[] = { "", "2026", "2026-03", "2026-3-1", "2026/03/01",
		"26-03-01", "2026-03-01 ", " 2026-03-01", "2026-03-1x", "+026-03-01", "2026-+3-01",
		"2026-03--1", "20260301", "2026-03-011", "2026-03:01", "２０２６-03-01" };
	struct calendar_date date;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		ck_assert_msg(calendar_parse(texts[i], &date) == -EINVAL, "%s", texts[i]);
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
		{ "2026-11-21", "2036-11-21", 120 },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct calendar_date from, later;
		char text[CALENDAR_TEXT_MAX];
		ck_assert_int_eq(calendar_parse(cases[i].from, &from), 0);
		calendar_format(&from, text);
		ck_assert_str_eq(text, cases[i].from);
		later = calendar_add_months(&from, cases[i].months);
		calendar_format(&later, text);
		ck_assert_str_eq(text, cases[i].wanted);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("calendar");
	TCase *tcase = tcase_create("days");
	tcase_set_timeout(tcase, 120);
	tcase_add_test(tcase, test_every_day);
	tcase_add_test(tcase, test_no_such_day);
	tcase_add_test(tcase, test_no_date);
	tcase_add_test(tcase, test_add_months);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
