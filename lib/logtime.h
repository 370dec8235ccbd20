/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Times of the log: RFC 3339 in records (always UTC), what a person types, and local time for a
 * person to read. All are nanoseconds since 1970-01-01T00:00:00Z.
 */
#ifndef HEDATE_LOGTIME_H
#define HEDATE_LOGTIME_H

#include <stdbool.h>
#include <stdint.h>

#define LOGTIME_TEXT_MAX 48
#define LOGTIME_DAY_MAX	 9 /* "20261120" */

/* "2026-11-20T08:00:00.123456789Z", any number of decimals, any offset. The whole text must be
 * one. 0, or -EINVAL. */
int logtime_parse(const char *text, int64_t *ret_time);

/*
 * What a person types, in the local time zone where it names none: RFC 3339; "2026-11-20",
 * "2026-11-20 10:30", "2026-11-20 10:30:15"; "10:30", "10:30:15" of the day of now; "today",
 * "yesterday", "now"; "-90s", "-1h30m", "-2d", "-1w" before now. A day without a time means its
 * beginning, or with end the beginning of the next. 0, or -EINVAL.
 */
int logtime_parse_person(const char *text, int64_t now, bool end, int64_t *ret_time);

/* "2026-11-20 17:00:00.123" in the local time zone. */
void logtime_format_local(int64_t time, char text[LOGTIME_TEXT_MAX]);
/* The name of the local time zone at that time, "JST". */
void logtime_zone(int64_t time, char text[LOGTIME_TEXT_MAX]);
/* The UTC day as it stands in a log file's name, "20261120". */
void logtime_day(int64_t time, char text[LOGTIME_DAY_MAX]);

#endif
