/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any bytes as a time zone, and what is asked of one that is accepted. Before the file stand eight
 * bytes of an instant and five of a window (days, first minute, length), each in the host's order.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "demand.h"
#include "schedule.h"
#include "zonetime.h"

/* The time of rules: from 1970 to the year 9892; and what looks back and ahead stays inside it. */
#define FIRST	   INT64_C(31536000)
#define COUNT	   UINT64_C(240000000000)
#define DAY_LENGTH 1440u /* minutes */

struct question {
	int64_t instant;
	uint8_t days;
	uint16_t from, minutes;
};

static void check_offsets(const struct zonetime *zone, int64_t instant)
{
	int64_t next = zonetime_next_change(zone, instant);

	demand(next > instant, "the next change comes later");
	if (next == ZONETIME_NEVER)
		return;
	demand(zonetime_offset(zone, next - 1) == zonetime_offset(zone, instant),
		"until then the offset is the same");
	demand(zonetime_offset(zone, next) != zonetime_offset(zone, next - 1),
		"then it is another");
}

/* There and back: the same, or a change that leaves that local time out. */
static void check_instant(const struct zonetime *zone, int64_t local)
{
	int64_t instant = zonetime_instant(zone, local);
	int64_t after = instant + zonetime_offset(zone, instant);
	int64_t before = instant + zonetime_offset(zone, instant - 1);

	demand(after == local || (before <= local && local < after), "an instant of local time");
}

static void check_text(const struct zonetime *zone, int64_t instant)
{
	char text[ZONETIME_TEXT_MAX];

	zonetime_format(zone, instant, text);
	demand(strlen(text) == strlen("2026-11-23T08:30:00+09:00"), "times have one length");
}

static bool is_open(const struct zonetime *zone, const struct policy_path *path, int64_t now,
	int64_t *ret_change)
{
	struct schedule schedule;
	struct schedule_state state;

	schedule_init(&schedule, zone, now);
	schedule_path(&schedule, path, &state);
	*ret_change = state.change;
	return state.open;
}

/* What is said of a change holds when it comes. */
static void check_window(const struct zonetime *zone, const struct question *question)
{
	struct policy_window window = { .days = question->days & 0x7f,
		.from = question->from % DAY_LENGTH };
	struct policy_path path = { .windows = &window, .window_count = 1 };
	int64_t change, other;
	bool open;

	window.until = window.from + 1 + question->minutes % DAY_LENGTH;
	if (window.days == 0)
		window.days = 1;
	open = is_open(zone, &path, question->instant, &change);
	if (change == SCHEDULE_NEVER)
		return;
	demand(change > question->instant, "a path changes later");
	demand(is_open(zone, &path, change - 1, &other) == open && other == change,
		"until then it is as it is");
	demand(is_open(zone, &path, change, &other) != open, "then it is not");
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct question question;
	struct zonetime *zone;

	if (length < 13)
		return 0;
	memcpy(&question.instant, bytes, 8);
	question.instant = FIRST + (int64_t)((uint64_t)question.instant % COUNT);
	question.days = bytes[8];
	memcpy(&question.from, bytes + 9, 2);
	memcpy(&question.minutes, bytes + 11, 2);
	if (zonetime_parse(bytes + 13, length - 13, &zone) < 0)
		return 0;
	check_offsets(zone, question.instant);
	check_instant(zone, question.instant);
	check_text(zone, question.instant);
	check_window(zone, &question);
	zonetime_free(zone);
	return 0;
}
