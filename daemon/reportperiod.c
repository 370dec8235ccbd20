/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reportperiod.h"

#include <errno.h>
#include <string.h>
#include <time.h>

static const struct {
	const char *word;
	int months; /* how long it is */
	int first;  /* a month in which one begins, 0: January */
} periods[] = {
	{ "month", 1, 0 },
	{ "quarter", 3, 0 },
	{ "year", 12, 0 },
	{ "fiscal-year", 12, 3 },
};

/* The beginning of a month; months may be outside of the year. */
static int64_t month_begin(int year, int month)
{
	struct tm tm = { .tm_year = year, .tm_mon = month, .tm_mday = 1, .tm_isdst = -1 };

	return mktime(&tm);
}

int reportperiod(const char *word, int64_t now, int64_t *ret_since, int64_t *ret_until)
{
	time_t seconds = (time_t)now;
	struct tm tm;

	if (!localtime_r(&seconds, &tm))
		return -EINVAL;
	for (size_t i = 0; i < sizeof(periods) / sizeof(periods[0]); i++) {
		int months = periods[i].months;
		/* Months since the one in which the present one begins. */
		int into = (tm.tm_mon - periods[i].first + 12) % months;

		if (strcmp(periods[i].word, word) != 0)
			continue;
		*ret_until = month_begin(tm.tm_year, tm.tm_mon - into);
		*ret_since = month_begin(tm.tm_year, tm.tm_mon - into - months);
		return 0;
	}
	return -EINVAL;
}
