/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "retention.h"

#include <stdio.h>
#include <string.h>

#include "logtime.h"

#define DAY  INT64_C(86400000000000)
#define HOUR INT64_C(3600000000000) /* that a group may take which began before midnight */

/* A time behind all records of the segment: its name is of the latest day that they are of. */
static int64_t end_of(const char *segment)
{
	struct logname name;
	char text[32];
	int64_t begin;
	if (logname_parse(segment, &name) < 0)
		return INT64_MAX;
	snprintf(text, sizeof(text), "%.4s-%.2s-%.2sT00:00:00Z", name.day, name.day + 4,
		name.day + 6);
	return logtime_parse(text, &begin) < 0 ? INT64_MAX : begin + DAY + HOUR;
}

static bool same_day(const struct retention_file *a, const struct retention_file *b)
{
	return strncmp(a->segment, b->segment, strlen("hedate-20261120")) == 0;
}

/* Days of which there are files behind the first one. */
static size_t days_behind(const struct retention_file *files, size_t count)
{
	size_t days = 0;
	for (size_t i = 1; i < count; i++)
		days += !same_day(&files[i - 1], &files[i]);
	return days;
}

static bool may_go(const struct retention_file *files, size_t count,
	const struct retention_rule *rule, int64_t now)
{
	int64_t end = end_of(files[0].segment), age = (int64_t)rule->days * DAY;
	return rule->days > 0 && count > 1 && end < now - age && end <= rule->held &&
	       days_behind(files, count) >= rule->days;
}

struct retention_verdict retention_judge(const struct retention_file *files, size_t count,
	uint64_t total, const struct retention_rule *rule, int64_t now)
{
	struct retention_verdict verdict = { 0 };
	while (verdict.due < count && (rule->size == 0 || total > rule->size) &&
		may_go(files + verdict.due, count - verdict.due, rule, now)) {
		total -= files[verdict.due].bytes;
		verdict.due++;
	}
	verdict.too_large = rule->size > 0 && total > rule->size;
	return verdict;
}
