/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "schedule.h"

#include <stdio.h>
#include <string.h>

#define DAY    86400
#define WEEK   7
#define ALL    0x7f
#define BEFORE 2  /* days before today on which a window may begin that is open now */
#define AFTER  16 /* days after it: a weekly window may be left out once by the clock */

void schedule_init(struct schedule *schedule, const struct zonetime *zone, int64_t now)
{
	*schedule = (struct schedule){ .zone = zone, .now = now, .exceptions_now = now };
	if (!zone)
		return;
	schedule->offset = zonetime_offset(zone, now);
	schedule->today = (now + schedule->offset) / DAY;
	schedule->same_offset =
		zonetime_offset(zone, now - (BEFORE + 2) * DAY) == schedule->offset &&
		zonetime_next_change(zone, now - (BEFORE + 2) * DAY) > now + (AFTER + 3) * DAY;
}

/* From an instant up to, not including, another. */
struct span {
	int64_t from, until;
};

static int64_t instant_of(const struct schedule *schedule, int64_t day, unsigned int minutes)
{
	int64_t local = day * DAY + (int64_t)minutes * 60;

	return schedule->same_offset ? local - schedule->offset
				     : zonetime_instant(schedule->zone, local);
}

/* Monday is 0: 1970-01-01 was a Thursday. */
static unsigned int weekday_of(int64_t day)
{
	return (unsigned int)((day + 3) % WEEK);
}

/* Called for each time that a window opens around now. */
typedef void (*span_function)(const struct span *span, struct span *found);

static void for_spans(const struct schedule *schedule, const struct policy_path *path,
	span_function function, struct span *found)
{
	for (int64_t day = schedule->today - BEFORE; day <= schedule->today + AFTER; day++) {
		for (size_t i = 0; i < path->window_count; i++) {
			const struct policy_window *window = &path->windows[i];
			struct span span;

			if (!(window->days >> weekday_of(day) & 1))
				continue;
			span.from = instant_of(schedule, day, window->from);
			span.until = instant_of(schedule, day, window->until);
			if (span.from < span.until)
				function(&span, found);
		}
	}
}

/* found.from is an instant: what is open then, until when? */
static void extend(const struct span *span, struct span *found)
{
	if (span->from <= found->until && span->until > found->until)
		found->until = span->until;
}

/* The first span after found.from. */
static void find_first(const struct span *span, struct span *found)
{
	if (span->from > found->from && span->from < found->until)
		found->until = span->from;
}

/* Days and windows of a day come in any order: go on until nothing is added. */
static int64_t end_of_open(
	const struct schedule *schedule, const struct policy_path *path, int64_t instant)
{
	struct span found = { instant, instant };
	int64_t before;

	do {
		before = found.until;
		for_spans(schedule, path, extend, &found);
	} while (found.until != before && found.until <= schedule->now + SCHEDULE_HORIZON);
	return found.until;
}

static void windows_state(const struct schedule *schedule, const struct policy_path *path,
	struct schedule_state *ret_state)
{
	struct span next = { schedule->now, SCHEDULE_NEVER };
	int64_t end = end_of_open(schedule, path, schedule->now);

	ret_state->open = end > schedule->now;
	ret_state->change = end;
	if (!ret_state->open) {
		for_spans(schedule, path, find_first, &next);
		ret_state->change = next.until;
	} else if (end > schedule->now + SCHEDULE_HORIZON) {
		ret_state->change = SCHEDULE_NEVER;
	}
}

/* The bounds of an exception close what its windows open. */
static void bound_state(const struct schedule *schedule, const struct policy_path *path,
	struct schedule_state *state)
{
	if (path->not_after && schedule->exceptions_now >= path->not_after) {
		*state = (struct schedule_state){ false, SCHEDULE_NEVER };
	} else if (path->not_before && schedule->exceptions_now < path->not_before) {
		/* Whether its windows are open then is asked then. */
		*state = (struct schedule_state){ false, path->not_before };
	} else if (path->not_after && state->open && state->change > path->not_after) {
		state->change = path->not_after;
	} else if (path->not_after && !state->open && state->change >= path->not_after) {
		state->change = SCHEDULE_NEVER;
	}
}

void schedule_path(const struct schedule *schedule, const struct policy_path *path,
	struct schedule_state *ret_state)
{
	*ret_state = (struct schedule_state){ true, SCHEDULE_NEVER };
	if (path->window_count > 0)
		windows_state(schedule, path, ret_state);
	bound_state(schedule, path, ret_state);
}

/* Text ---------------------------------------------------------------------------------------- */

static const char *const day_names[WEEK] = { "mon", "tue", "wed", "thu", "fri", "sat", "sun" };

/* Add to a text, as far as there is room. */
static void add(char *text, size_t size, const char *more)
{
	size_t length = strlen(text);

	if (length < size)
		snprintf(text + length, size - length, "%s", more);
}

static bool has_day(unsigned int days, unsigned int day)
{
	return days >> day % WEEK & 1;
}

/* "mon-fri", "fri-sun", "mon,wed": runs of days, around the week too. */
static void add_days(char *text, size_t size, unsigned int days)
{
	bool first = true;

	if (days == ALL) {
		add(text, size, "daily");
		return;
	}
	for (unsigned int begin = 0; begin < WEEK; begin++) {
		unsigned int length = 0;

		if (!has_day(days, begin) || has_day(days, begin + WEEK - 1))
			continue;
		while (has_day(days, begin + length + 1))
			length++;
		if (!first)
			add(text, size, ",");
		first = false;
		add(text, size, day_names[begin]);
		if (length > 0) {
			add(text, size, length > 1 ? "-" : ",");
			add(text, size, day_names[(begin + length) % WEEK]);
		}
	}
}

void schedule_windows_text(const struct policy_path *path, char *text, size_t size)
{
	if (size > 0)
		text[0] = '\0';
	for (size_t i = 0; i < path->window_count; i++) {
		const struct policy_window *window = &path->windows[i];
		unsigned int until = window->until;
		char times[32];

		/* A whole day from 00:00 ends at 24:00; from another time on, the next day at it.
		 */
		if (until > DAY_MINUTES && until - window->from < DAY_MINUTES)
			until -= DAY_MINUTES;
		if (i > 0)
			add(text, size, ", ");
		add_days(text, size, window->days);
		snprintf(times, sizeof(times), " %02u:%02u-%02u:%02u", window->from / 60 % 100,
			window->from % 60, until / 60 % 100, until % 60);
		add(text, size, times);
	}
}
