/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Days of the Gregorian calendar. */
#ifndef HEDATE_CALENDAR_H
#define HEDATE_CALENDAR_H

#include <stdbool.h>
#include <stdint.h>

struct calendar_date {
	int year;  /* 1..9999 */
	int month; /* 1..12 */
	int day;   /* 1..31 */
};

/* The number of days of a month, 1..12. */
int calendar_month_days(int year, int month);
/* Is there such a day, in the years 1 to 9999? */
bool calendar_is_date(const struct calendar_date *date);
/* Days from 1970-01-01 to a day; before it they are negative. */
int64_t calendar_days(const struct calendar_date *date);
/* The reverse; for the years 1 to 9999. */
void calendar_date_of(int64_t days, struct calendar_date *ret_date);
/* The same day some months later; the month's last one where it has no such day. */
struct calendar_date calendar_add_months(const struct calendar_date *date, unsigned int months);

#define CALENDAR_TEXT_MAX 11 /* "2026-03-01" and NUL */
void calendar_format(const struct calendar_date *date, char text[CALENDAR_TEXT_MAX]);
/* "2026-03-01", the whole text, a day that there is. 0; -EINVAL: it is not written so; -ERANGE:
 * there is no such day. */
int calendar_parse(const char *text, struct calendar_date *ret_date);

#endif
