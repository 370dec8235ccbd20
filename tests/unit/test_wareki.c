/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Days by the era. */
#include <check.h>
#include <errno.h>
#include <string.h>

#include "../../lib/wareki.h"
#include "../../lib/width.h"
#include "suite.h"

/* What each Gregorian day is; NULL: it has no such form. The days on both sides of each era. */
static const struct known {
	struct calendar_date date;
	const char *text;
	int error;
} known[] = {
	{ { 2026, 11, 21 }, "令和8年11月21日", 0 },
	{ { 2019, 5, 1 }, "令和元年5月1日", 0 },
	{ { 2019, 12, 31 }, "令和元年12月31日", 0 },
	{ { 2020, 1, 1 }, "令和2年1月1日", 0 },
	{ { 2019, 4, 30 }, "平成31年4月30日", 0 },
	{ { 1989, 1, 8 }, "平成元年1月8日", 0 },
	{ { 1989, 1, 7 }, "昭和64年1月7日", 0 },
	{ { 1926, 12, 25 }, "昭和元年12月25日", 0 },
	{ { 1926, 12, 24 }, "大正15年12月24日", 0 },
	{ { 1912, 7, 30 }, "大正元年7月30日", 0 },
	{ { 1912, 7, 29 }, "明治45年7月29日", 0 },
	{ { 1873, 1, 1 }, "明治6年1月1日", 0 },
	{ { 9999, 12, 31 }, "令和7981年12月31日", 0 },
	{ { 2024, 2, 29 }, "令和6年2月29日", 0 },
	{ { 1872, 12, 31 }, NULL, -ERANGE },
	{ { 1868, 10, 23 }, NULL, -ERANGE },
	{ { 1, 1, 1 }, NULL, -ERANGE },
	{ { 2026, 2, 29 }, NULL, -EINVAL },
	{ { 2026, 13, 1 }, NULL, -EINVAL },
	{ { 2026, 1, 0 }, NULL, -EINVAL },
	{ { 0, 1, 1 }, NULL, -EINVAL },
	{ { 10000, 1, 1 }, NULL, -EINVAL },
	{ { -5, 1, 1 }, NULL, -EINVAL },
	{ { 0, 0, 0 }, NULL, -EINVAL },
};

START_TEST(test_known_days)
{
	const struct known *day = &known[_i];
	char text[WAREKI_TEXT_MAX];
	struct wareki wareki;

	ck_assert_int_eq(wareki_of(&day->date, &wareki), day->error);
	wareki_format(&day->date, text);
	ck_assert_str_eq(text, day->text ? day->text : "");
}
END_TEST

/* Every day that has a form: the year of the era is counted on, and no era begins but with 1. */
START_TEST(test_every_day)
{
	int64_t day = calendar_days(&(struct calendar_date){ 1873, 1, 1 });
	int64_t last = calendar_days(&(struct calendar_date){ 2400, 12, 31 });
	struct wareki before = { "明治", 5, 12, 31 }, now;
	int eras = 1;

	for (; day <= last; day++) {
		struct calendar_date date;
		calendar_date_of(day, &date);
		ck_assert_int_eq(wareki_of(&date, &now), 0);
		ck_assert(now.month == date.month && now.day == date.day);
		if (strcmp(now.era, before.era) != 0) {
			ck_assert_int_eq(now.year, 1);
			eras++;
		} else {
			ck_assert_int_eq(
				now.year, before.year + (date.month == 1 && date.day == 1));
		}
		before = now;
	}
	ck_assert_int_eq(eras, 5);
	ck_assert_int_eq(now.year, 2400 - 2018);
}
END_TEST

START_TEST(test_months_and_years)
{
	char text[WAREKI_TEXT_MAX];

	wareki_format_month(2026, 11, text);
	ck_assert_str_eq(text, "令和8年11月");
	wareki_format_month(2019, 4, text);
	ck_assert_str_eq(text, "平成31年4月");
	wareki_format_month(2019, 5, text);
	ck_assert_str_eq(text, "令和元年5月");
	/* In the month in which an era began, by the month's first day. */
	wareki_format_month(1989, 1, text);
	ck_assert_str_eq(text, "昭和64年1月");
	wareki_format_month(2026, 13, text);
	ck_assert_str_eq(text, "");
	wareki_format_month(1872, 12, text);
	ck_assert_str_eq(text, "");
	wareki_format_fiscal_year(2026, text);
	ck_assert_str_eq(text, "令和8年度");
	wareki_format_fiscal_year(2019, text);
	ck_assert_str_eq(text, "平成31年度");
	wareki_format_fiscal_year(1989, text);
	ck_assert_str_eq(text, "平成元年度");
	wareki_format_fiscal_year(10000, text);
	ck_assert_str_eq(text, "");
}
END_TEST

/* The names are two full-width characters each, and the longest text fits. */
START_TEST(test_text_is_japanese)
{
	char text[WAREKI_TEXT_MAX];

	wareki_format(&(struct calendar_date){ 9999, 12, 31 }, text);
	ck_assert_uint_lt(strlen(text), WAREKI_TEXT_MAX - 1);
	ck_assert_uint_eq(width_of_text(text), 4 + 4 + 2 + 2 + 2 + 2 + 2);
	ck_assert(width_printable_text(text));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("wareki");
	TCase *tcase = tcase_create("wareki");

	tcase_set_timeout(tcase, 120);
	tcase_add_loop_test(tcase, test_known_days, 0, sizeof(known) / sizeof(known[0]));
	tcase_add_test(tcase, test_every_day);
	tcase_add_test(tcase, test_months_and_years);
	tcase_add_test(tcase, test_text_is_japanese);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
