/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * 和暦: a day as Japanese offices write it, by the era of the emperor: 令和8年11月21日. Eras are
 * named in Japanese in every language of the messages; such dates stand beside the Gregorian one.
 */
#ifndef HEDATE_WAREKI_H
#define HEDATE_WAREKI_H

#include "calendar.h"

#define WAREKI_TEXT_MAX 48 /* bytes, NUL included */

struct wareki {
	const char *era; /* "令和", UTF-8, of static storage */
	int year;	 /* of the era, 1.. */
	int month;	 /* as in the Gregorian calendar */
	int day;
};

/*
 * A Gregorian day (1..9999, see calendar_is_date) in its era. The first day of an era belongs to
 * it: 2019-04-30 is of 平成, 2019-05-01 of 令和; the present era has no end here. Before 1873 Japan
 * had another calendar, whose months are not these: the first day that can be told is 1873-01-01,
 * 明治6年1月1日. 0; -EINVAL: there is no such day; -ERANGE: before that one.
 */
int wareki_of(const struct calendar_date *date, struct wareki *ret_wareki);

/* "令和8年11月21日"; the first year of an era is 元年. "" for a day that has no such form
 * (wareki_of), so that the text can stand in parentheses or be left out. */
void wareki_format(const struct calendar_date *date, char text[WAREKI_TEXT_MAX]);
/* "令和8年11月", for reports of a month: the era is that of the month's first day. "" as above. */
void wareki_format_month(int year, int month, char text[WAREKI_TEXT_MAX]);
/* "令和8年度": the fiscal year that begins on 1 April of a Gregorian year, named by the era of that
 * day: 2019's is 平成31年度. "" as above. */
void wareki_format_fiscal_year(int year, char text[WAREKI_TEXT_MAX]);

#endif
