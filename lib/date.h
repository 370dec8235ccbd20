/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Days of the Gregorian calendar, as they are written in a configuration: "2026-03-01". */
#ifndef HEDATE_DATE_H
#define HEDATE_DATE_H

struct date {
	int year; /* 1..9999; 0: no date */
	unsigned int month, day;
};

#define DATE_TEXT_MAX 11 /* "2026-03-01" and NUL */

/* 0; -EINVAL when it is not written so, or there is no such day. */
int date_parse(const char *text, struct date *ret_date);
void date_format(const struct date *date, char text[DATE_TEXT_MAX]);
/* Below, equal to or above 0, as strcmp(). */
int date_compare(const struct date *a, const struct date *b);
/* The same day some months later; the month's last one where it has no such day. */
struct date date_add_months(const struct date *date, unsigned int months);

#endif
