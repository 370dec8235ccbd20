/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "calendar.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

int calendar_month_days(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

bool calendar_is_date(const struct calendar_date *date)
{
	return date->year >= 1 && date->year <= 9999 && date->month >= 1 && date->month <= 12 &&
	       date->day >= 1 && date->day <= calendar_month_days(date->year, date->month);
}

int64_t calendar_days(const struct calendar_date *date)
{
	int64_t y = date->month <= 2 ? date->year - 1 : date->year;
	int64_t m = (date->month + 9) % 12; /* March is 0: February with its leap day is last */

	return 365 * y + y / 4 - y / 100 + y / 400 + (m * 306 + 5) / 10 + date->day - 1 - 719468;
}

/* Years from March to February, so that a leap day is the last one; eras of 400 years. */
void calendar_date_of(int64_t days, struct calendar_date *ret_date)
{
	int64_t since = days + 719468, era = since / 146097, day = since % 146097;
	int64_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
	int64_t of_year = day - (365 * year + year / 4 - year / 100);
	int64_t month = (5 * of_year + 2) / 153;

	ret_date->day = (int)(of_year - (153 * month + 2) / 5 + 1);
	ret_date->month = (int)(month < 10 ? month + 3 : month - 9);
	ret_date->year = (int)(era * 400 + year + (month >= 10));
}

struct calendar_date calendar_add_months(const struct calendar_date *date, unsigned int months)
{
	int month = date->month - 1 + (int)months;
	struct calendar_date later = { date->year + month / 12, month % 12 + 1, date->day };
	int last = calendar_month_days(later.year, later.month);

	if (later.day > last)
		later.day = last;
	return later;
}

void calendar_format(const struct calendar_date *date, char text[CALENDAR_TEXT_MAX])
{
	snprintf(text, CALENDAR_TEXT_MAX, "%04u-%02u-%02u", (unsigned int)date->year % 10000,
		(unsigned int)date->month % 100, (unsigned int)date->day % 100);
}

/* The number that count digits at text make, or -1. */
static int digits(const char *text, unsigned int count)
{
	int value = 0;

	for (unsigned int i = 0; i < count; i++) {
		if (!isdigit((unsigned char)text[i]))
			return -1;
		value = value * 10 + (text[i] - '0');
	}
	return value;
}

int calendar_parse(const char *text, struct calendar_date *ret_date)
{
	if (strlen(text) != strlen("2026-03-01") || text[4] != '-' || text[7] != '-')
		return -EINVAL;
	*ret_date =
		(struct calendar_date){ digits(text, 4), digits(text + 5, 2), digits(text + 8, 2) };
	if (ret_date->year < 0 || ret_date->month < 0 || ret_date->day < 0)
		return -EINVAL;
	return calendar_is_date(ret_date) ? 0 : -ERANGE;
}
