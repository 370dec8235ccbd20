/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "logtime.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "calendar.h"

#define SECOND	    INT64_C(1000000000)
#define DAY_SECONDS 86400

/* Exactly count digits at *text as a number; moves *text past them. */
static bool take_digits(const char **text, unsigned int count, int *ret_value)
{
	int value = 0;

	for (unsigned int i = 0; i < count; i++) {
		if (!isdigit((unsigned char)(*text)[i]))
			return false;
		value = value * 10 + ((*text)[i] - '0');
	}
	*text += count;
	*ret_value = value;
	return true;
}

static bool take(const char **text, char character)
{
	if (**text != character)
		return false;
	(*text)++;
	return true;
}

/* "2026-11-20" */
static bool take_date(const char **text, struct tm *ret_date)
{
	struct calendar_date date;

	if (!take_digits(text, 4, &date.year) || !take(text, '-') ||
		!take_digits(text, 2, &date.month) || !take(text, '-') ||
		!take_digits(text, 2, &date.day))
		return false;
	/* Outside of these years nanoseconds do not fit in 64 bits. */
	if (date.year < 1970 || date.year > 2261 || !calendar_is_date(&date))
		return false;
	ret_date->tm_year = date.year - 1900;
	ret_date->tm_mon = date.month - 1;
	ret_date->tm_mday = date.day;
	return true;
}

/* "10:30" or "10:30:15"; with_seconds: only the latter. A leap second counts as the one before. */
static bool take_clock(const char **text, bool with_seconds, struct tm *ret_clock)
{
	int hour, minute, second = 0;

	if (!take_digits(text, 2, &hour) || !take(text, ':') || !take_digits(text, 2, &minute))
		return false;
	if (**text == ':') {
		(*text)++;
		if (!take_digits(text, 2, &second))
			return false;
	} else if (with_seconds) {
		return false;
	}
	if (hour > 23 || minute > 59 || second > 60)
		return false;
	ret_clock->tm_hour = hour;
	ret_clock->tm_min = minute;
	ret_clock->tm_sec = second == 60 ? 59 : second;
	return true;
}

/* ".123456789": any number of decimals, those past nanoseconds are dropped. */
static bool take_fraction(const char **text, int64_t *ret_nanoseconds)
{
	int64_t unit = SECOND / 10, sum = 0;

	*ret_nanoseconds = 0;
	if (!take(text, '.'))
		return true;
	if (!isdigit((unsigned char)**text))
		return false;
	for (; isdigit((unsigned char)**text); (*text)++, unit /= 10)
		sum += (**text - '0') * unit;
	*ret_nanoseconds = sum;
	return true;
}

/* "Z", "+09:00" */
static bool take_offset(const char **text, int64_t *ret_seconds)
{
	int hours, minutes;
	bool west;

	*ret_seconds = 0;
	if (take(text, 'Z') || take(text, 'z'))
		return true;
	west = **text == '-';
	if (!take(text, '+') && !take(text, '-'))
		return false;
	if (!take_digits(text, 2, &hours) || !take(text, ':') || !take_digits(text, 2, &minutes) ||
		hours > 23 || minutes > 59)
		return false;
	*ret_seconds = (hours * 60 + minutes) * 60 * (west ? -1 : 1);
	return true;
}

int logtime_parse(const char *text, int64_t *ret_time)
{
	struct tm tm = { 0 };
	int64_t nanoseconds, offset, seconds;
	struct calendar_date date;

	if (!take_date(&text, &tm) ||
		(!take(&text, 'T') && !take(&text, 't') && !take(&text, ' ')) ||
		!take_clock(&text, true, &tm) || !take_fraction(&text, &nanoseconds) ||
		!take_offset(&text, &offset) || *text != '\0')
		return -EINVAL;
	date = (struct calendar_date){ tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday };
	seconds = calendar_days(&date) * DAY_SECONDS + tm.tm_hour * 3600 + tm.tm_min * 60 +
		  tm.tm_sec - offset;
	*ret_time = seconds * SECOND + nanoseconds;
	return 0;
}

/* Local time → nanoseconds. */
static int from_local(struct tm *tm, int64_t *ret_time)
{
	time_t seconds;

	tm->tm_isdst = -1;
	tm->tm_wday =
		-1; /* mktime() sets it; still -1: it failed, for -1 is a valid time as well */
	seconds = mktime(tm);
	if (tm->tm_wday < 0)
		return -EINVAL;
	*ret_time = (int64_t)seconds * SECOND;
	return 0;
}

static int local_of(int64_t time, struct tm *ret_tm)
{
	time_t seconds = time / SECOND - (time % SECOND < 0);

	return localtime_r(&seconds, ret_tm) ? 0 : -EINVAL;
}

/* A day given by its offset from that of now: its beginning, or end. */
static int parse_day(int64_t now, int days, bool end, int64_t *ret_time)
{
	struct tm tm;

	if (local_of(now, &tm) < 0)
		return -EINVAL;
	tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
	tm.tm_mday += days + (end ? 1 : 0);
	return from_local(&tm, ret_time);
}

/* "1h30m", before now. */
static int parse_ago(const char *text, int64_t now, int64_t *ret_time)
{
	static const struct {
		char letter;
		int64_t seconds;
	} units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', DAY_SECONDS },
		{ 'w', 7 * DAY_SECONDS } };
	int64_t total = 0;

	if (*text == '\0')
		return -EINVAL;
	while (*text != '\0') {
		int64_t value = 0;
		size_t unit = 0;

		if (!isdigit((unsigned char)*text))
			return -EINVAL;
		for (; isdigit((unsigned char)*text); text++) {
			value = value * 10 + (*text - '0');
			if (value > 100000000)
				return -EINVAL;
		}
		while (unit < sizeof(units) / sizeof(units[0]) && units[unit].letter != *text)
			unit++;
		if (unit == sizeof(units) / sizeof(units[0]))
			return -EINVAL;
		text++;
		total += value * units[unit].seconds;
		if (total > now / SECOND)
			return -EINVAL;
	}
	*ret_time = now - total * SECOND;
	return 0;
}

/* "2026-11-20", "2026-11-20 10:30[:15]", "10:30[:15]" */
static int parse_local(const char *text, int64_t now, bool end, int64_t *ret_time)
{
	struct tm tm;

	if (local_of(now, &tm) < 0)
		return -EINVAL;
	tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
	if (strlen(text) >= 10 && text[4] == '-') {
		if (!take_date(&text, &tm))
			return -EINVAL;
		if (*text == '\0') {
			tm.tm_mday += end ? 1 : 0;
			return from_local(&tm, ret_time);
		}
		if (!take(&text, ' ') && !take(&text, 'T'))
			return -EINVAL;
	}
	if (!take_clock(&text, false, &tm) || *text != '\0')
		return -EINVAL;
	return from_local(&tm, ret_time);
}

int logtime_parse_person(const char *text, int64_t now, bool end, int64_t *ret_time)
{
	if (logtime_parse(text, ret_time) == 0)
		return 0;
	if (strcmp(text, "now") == 0) {
		*ret_time = now;
		return 0;
	}
	if (strcmp(text, "today") == 0)
		return parse_day(now, 0, end, ret_time);
	if (strcmp(text, "yesterday") == 0)
		return parse_day(now, -1, end, ret_time);
	if (text[0] == '-')
		return parse_ago(text + 1, now, ret_time);
	return parse_local(text, now, end, ret_time);
}

void logtime_format_local(int64_t time, char text[LOGTIME_TEXT_MAX])
{
	int64_t rest = time % SECOND + (time % SECOND < 0 ? SECOND : 0);
	struct tm tm;
	size_t used;

	text[0] = '\0';
	if (local_of(time, &tm) < 0)
		return;
	used = strftime(text, LOGTIME_TEXT_MAX, "%Y-%m-%d %H:%M:%S", &tm);
	snprintf(text + used, LOGTIME_TEXT_MAX - used, ".%03d", (int)(rest / 1000000));
}

void logtime_zone(int64_t time, char text[LOGTIME_TEXT_MAX])
{
	struct tm tm;

	if (local_of(time, &tm) < 0 || strftime(text, LOGTIME_TEXT_MAX, "%Z", &tm) == 0)
		text[0] = '\0';
}

void logtime_day(int64_t time, char text[LOGTIME_DAY_MAX])
{
	time_t seconds = time / SECOND - (time % SECOND < 0);
	struct tm tm;

	if (!gmtime_r(&seconds, &tm) || strftime(text, LOGTIME_DAY_MAX, "%Y%m%d", &tm) != 8)
		text[0] = '\0';
}
