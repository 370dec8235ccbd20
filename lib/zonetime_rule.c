/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "zonetime_rule.h"

#include <errno.h>

#include "calendar.h"

#define DAY	  86400
#define HOURS_MAX 167
#define NAME_MIN  3
/* Far from where 64 bits end, and where years have no four digits. */
#define INSTANT_MAX INT64_C(250000000000)

/* Parsing ------------------------------------------------------------------------------------- */

struct cursor {
	const char *at, *end;
	bool failed;
};

static char peek(const struct cursor *cursor)
{
	return cursor->at < cursor->end ? *cursor->at : '\0';
}

static bool take(struct cursor *cursor, char wanted)
{
	if (peek(cursor) != wanted || wanted == '\0')
		return false;
	cursor->at++;
	return true;
}

static bool is_letter(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "JST", "<+0330>" */
static void skip_name(struct cursor *cursor)
{
	bool quoted = take(cursor, '<');
	unsigned int length = 0;

	while (is_letter(peek(cursor)) ||
		(quoted &&
			(is_digit(peek(cursor)) || peek(cursor) == '+' || peek(cursor) == '-'))) {
		cursor->at++;
		length++;
	}
	if (length < NAME_MIN || (quoted && !take(cursor, '>')))
		cursor->failed = true;
}

static int take_number(struct cursor *cursor, int min, int max)
{
	int value = 0;

	if (!is_digit(peek(cursor)))
		cursor->failed = true;
	for (unsigned int digits = 0; is_digit(peek(cursor)); digits++) {
		if (digits == 3) {
			cursor->failed = true;
			return min;
		}
		value = value * 10 + (*cursor->at++ - '0');
	}
	if (value < min || value > max)
		cursor->failed = true;
	return value;
}

/* "-1", "3:30", "+167:59:59" in seconds. */
static int32_t take_time(struct cursor *cursor)
{
	bool negative = take(cursor, '-');
	int32_t seconds;

	if (!negative)
		(void)take(cursor, '+');
	seconds = take_number(cursor, 0, HOURS_MAX) * 3600;
	if (take(cursor, ':')) {
		seconds += take_number(cursor, 0, 59) * 60;
		if (take(cursor, ':'))
			seconds += take_number(cursor, 0, 59);
	}
	return negative ? -seconds : seconds;
}

static void take_date(struct cursor *cursor, struct rule_date *date)
{
	if (take(cursor, 'J')) {
		date->form = RULE_JULIAN;
		date->day = take_number(cursor, 1, 365);
	} else if (take(cursor, 'M')) {
		date->form = RULE_WEEKDAY;
		date->month = take_number(cursor, 1, 12);
		cursor->failed |= !take(cursor, '.');
		date->week = take_number(cursor, 1, 5);
		cursor->failed |= !take(cursor, '.');
		date->day = take_number(cursor, 0, 6);
	} else {
		date->form = RULE_DAY;
		date->day = take_number(cursor, 0, 365);
	}
	date->seconds = take(cursor, '/') ? take_time(cursor) : 2 * 3600;
}

/* In TZ, offsets are what is added to local time. */
static void take_summer(struct cursor *cursor, struct zone_rule *rule)
{
	rule->has_summer = true;
	skip_name(cursor);
	rule->summer = peek(cursor) == ',' ? rule->standard + 3600 : -take_time(cursor);
	cursor->failed |= !take(cursor, ',');
	take_date(cursor, &rule->begin);
	cursor->failed |= !take(cursor, ',');
	take_date(cursor, &rule->end);
}

int zone_rule_parse(const char *text, size_t length, struct zone_rule *ret_rule)
{
	struct cursor cursor = { .at = text, .end = text + length };
	struct zone_rule rule = { 0 };

	skip_name(&cursor);
	rule.standard = -take_time(&cursor);
	if (!cursor.failed && cursor.at < cursor.end)
		take_summer(&cursor, &rule);
	if (cursor.failed || cursor.at < cursor.end || rule.standard < -DAY ||
		rule.standard > DAY || rule.summer < -DAY || rule.summer > DAY)
		return -EBADMSG;
	*ret_rule = rule;
	return 0;
}

/* Dates --------------------------------------------------------------------------------------- */

static int year_of(int64_t local)
{
	struct calendar_date date;

	calendar_date_of(local / DAY - (local % DAY < 0), &date);
	return date.year;
}

static int64_t day_of(const struct rule_date *date, int year)
{
	int64_t first = calendar_days(&(struct calendar_date){ year, 1, 1 });
	int64_t month, day;

	if (date->form == RULE_DAY)
		return first + date->day;
	if (date->form == RULE_JULIAN)
		return first + date->day - 1 +
		       (date->day >= 60 && calendar_month_days(year, 2) == 29);
	month = calendar_days(&(struct calendar_date){ year, date->month, 1 });
	/* Day 0 was a Thursday, and this is after the year 1. */
	day = (date->day - (month + 4) % 7 + 14) % 7 + (date->week - 1) * 7;
	if (day >= calendar_month_days(year, date->month))
		day -= 7;
	return month + day;
}

/* The instant of a change, which is told in the time before it. */
static int64_t change_of(const struct rule_date *date, int year, int32_t before)
{
	return day_of(date, year) * DAY + date->seconds - before;
}

/* The changes of the years around an instant: a time of many hours may lie in another year than its
 * day. Of two at one instant the later one counts: "0/0,J365/23" is summer time for ever. */
#define CHANGES 8

static int64_t change_near(const struct zone_rule *rule, int year, int number)
{
	year += number / 2 - 2;
	return number % 2 ? change_of(&rule->end, year, rule->summer)
			  : change_of(&rule->begin, year, rule->standard);
}

int32_t zone_rule_offset(const struct zone_rule *rule, int64_t instant)
{
	int64_t last = INT64_MIN;
	int32_t offset = rule->standard;
	int year;

	if (!rule->has_summer || instant < 0 || instant > INSTANT_MAX)
		return rule->standard;
	year = year_of(instant);
	for (int i = 0; i < CHANGES; i++) {
		int64_t change = change_near(rule, year, i);

		if (change > instant || change < last)
			continue;
		last = change;
		offset = i % 2 ? rule->standard : rule->summer;
	}
	return offset;
}

int64_t zone_rule_next(const struct zone_rule *rule, int64_t instant)
{
	int64_t next = INT64_MAX;
	int year;

	if (!rule->has_summer || instant < 0 || instant > INSTANT_MAX)
		return INT64_MAX;
	year = year_of(instant);
	for (int i = 0; i < CHANGES; i++) {
		int64_t change = change_near(rule, year, i);

		if (change > instant && change < next &&
			zone_rule_offset(rule, change) != zone_rule_offset(rule, change - 1))
			next = change;
	}
	return next;
}
