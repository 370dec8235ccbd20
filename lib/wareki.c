/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wareki.h"

#include <errno.h>
#include <stdio.h>

#define FIRST_YEAR 1873 /* Japan's first of the Gregorian calendar */

/* The newest first: the first that has begun is the one. */
static const struct era {
	const char *name;
	struct calendar_date begins;
} eras[] = {
	{ "令和", { 2019, 5, 1 } },
	{ "平成", { 1989, 1, 8 } },
	{ "昭和", { 1926, 12, 25 } },
	{ "大正", { 1912, 7, 30 } },
	/* Began in another calendar; only its year counts. */
	{ "明治", { 1868, 1, 25 } },
};

int wareki_of(const struct calendar_date *date, struct wareki *ret_wareki)
{
	const struct era *era = eras;

	if (!calendar_is_date(date))
		return -EINVAL;
	if (date->year < FIRST_YEAR)
		return -ERANGE;
	while (calendar_days(date) < calendar_days(&era->begins))
		era++;
	*ret_wareki = (struct wareki){ era->name, date->year - era->begins.year + 1, date->month,
		date->day };
	return 0;
}

/* The era and "元" or the number, without what the year is called. False, and "", without one. */
static bool format_year(const struct calendar_date *date, char text[WAREKI_TEXT_MAX])
{
	struct wareki wareki;

	text[0] = '\0';
	if (wareki_of(date, &wareki) < 0)
		return false;
	if (wareki.year == 1)
		snprintf(text, WAREKI_TEXT_MAX, "%s元", wareki.era);
	else
		snprintf(text, WAREKI_TEXT_MAX, "%s%d", wareki.era, wareki.year);
	return true;
}

void wareki_format(const struct calendar_date *date, char text[WAREKI_TEXT_MAX])
{
	char year[WAREKI_TEXT_MAX];

	text[0] = '\0';
	if (format_year(date, year))
		snprintf(text, WAREKI_TEXT_MAX, "%.16s年%d月%d日", year, date->month, date->day);
}

void wareki_format_month(int year, int month, char text[WAREKI_TEXT_MAX])
{
	char of_era[WAREKI_TEXT_MAX];

	text[0] = '\0';
	if (format_year(&(struct calendar_date){ year, month, 1 }, of_era))
		snprintf(text, WAREKI_TEXT_MAX, "%.16s年%d月", of_era, month);
}

void wareki_format_fiscal_year(int year, char text[WAREKI_TEXT_MAX])
{
	char of_era[WAREKI_TEXT_MAX];

	text[0] = '\0';
	if (format_year(&(struct calendar_date){ year, 4, 1 }, of_era))
		snprintf(text, WAREKI_TEXT_MAX, "%.16s年度", of_era);
}
