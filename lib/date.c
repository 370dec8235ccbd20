/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "date.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static unsigned int days_of(int year, unsigned int month)
{
	static const unsigned int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

/* Exactly so many digits. */
static bool read_digits(const char *text, unsigned int count, unsigned int *ret_number)
{
	*ret_number = 0;
	for (unsigned int i = 0; i < count; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		*ret_number = *ret_number * 10 + (unsigned int)(text[i] - '0');
	}
	return true;
}

int date_parse(const char *text, struct date *ret_date)
{
	unsigned int year, month, day;

	if (strlen(text) != DATE_TEXT_MAX - 1 || text[4] != '-' || text[7] != '-' ||
		!read_digits(text, 4, &year) || !read_digits(text + 5, 2, &month) ||
		!read_digits(text + 8, 2, &day))
		return -EINVAL;
	if (year == 0 || month == 0 || month > 12 || day == 0 || day > days_of((int)year, month))
		return -EINVAL;
	*ret_date = (struct date){ (int)year, month, day };
	return 0;
}

void date_format(const struct date *date, char text[DATE_TEXT_MAX])
{
	snprintf(text, DATE_TEXT_MAX, "%04u-%02u-%02u", (unsigned int)date->year % 10000,
		date->month % 100, date->day % 100);
}

int date_compare(const struct date *a, const struct date *b)
{
	if (a->year != b->year)
		return a->year < b->year ? -1 : 1;
	if (a->month != b->month)
		return a->month < b->month ? -1 : 1;
	return (a->day > b->day) - (a->day < b->day);
}

struct date date_add_months(const struct date *date, unsigned int months)
{
	unsigned int month = date->month - 1 + months;
	struct date later = { date->year + (int)(month / 12), month % 12 + 1, date->day };

	if (later.day > days_of(later.year, later.month))
		later.day = days_of(later.year, later.month);
	return later;
}
