/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When windows open and close: over midnight, clocks that are changed, leap days, years' ends. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../daemon/timetable.h"
#include "../../lib/calendar.h"
#include "../../lib/compile.h"
#include "../../lib/conf.h"
#include "../../lib/conf_check.h"
#include "../../lib/schedule.h"
#include "suite.h"

#define DAY	 86400
#define WEEKDAYS 0x1f
#define DAILY	 0x7f
#define MON	 0x01
#define FRI	 0x10
#define SAT	 0x20
#define SUN	 0x40

#define TOKYO  "Asia/Tokyo"
#define BERLIN "Europe/Berlin"
#define PAULO  "America/Sao_Paulo"

static struct zonetime *load(const char *name)
{
	struct zonetime *zone;

	ck_assert_int_eq(zonetime_load(name, &zone), 0);
	return zone;
}

/* "2026-11-23T08:30:00+09:00" as an instant; NULL is never. */
static int64_t instant(const char *text)
{
	struct calendar_date date;
	char day[CALENDAR_TEXT_MAX];
	int hour, minute, second, hours, minutes;
	char sign;

	if (!text)
		return SCHEDULE_NEVER;
	snprintf(day, sizeof(day), "%.10s", text);
	ck_assert_int_eq(calendar_parse(day, &date), 0);
	ck_assert_int_eq(sscanf(text + 10, "T%d:%d:%d%c%d:%d", &hour, &minute, &second, &sign,
				 &hours, &minutes),
		6);
	return calendar_days(&date) * DAY + hour * 3600 + minute * 60 + second -
	       (sign == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
}

#define TIME(hour, minute) ((hour)*60u + (minute))

struct moment {
	const char *zone;
	struct policy_window windows[3]; /* up to one without days */
	const char *now;
	bool open;
	const char *change; /* NULL: never */
};

static const struct moment moments[] = {
	/* Office hours. 2026-11-20 is a Friday. */
	{ TOKYO, { { WEEKDAYS, TIME(8, 30), TIME(17, 15), { 0 } } }, "2026-11-20T08:29:59+09:00",
		false, "2026-11-20T08:30:00+09:00" },
	{ TOKYO, { { WEEKDAYS, TIME(8, 30), TIME(17, 15), { 0 } } }, "2026-11-20T08:30:00+09:00",
		true, "2026-11-20T17:15:00+09:00" },
	{ TOKYO, { { WEEKDAYS, TIME(8, 30), TIME(17, 15), { 0 } } }, "2026-11-20T17:14:59+09:00",
		true, "2026-11-20T17:15:00+09:00" },
	{ TOKYO, { { WEEKDAYS, TIME(8, 30), TIME(17, 15), { 0 } } }, "2026-11-20T17:15:00+09:00",
		false, "2026-11-23T08:30:00+09:00" },
	/* Morning and afternoon. */
	{ TOKYO,
		{ { WEEKDAYS, TIME(13, 0), TIME(17, 0), { 0 } },
			{ WEEKDAYS, TIME(8, 0), TIME(12, 0), { 0 } } },
		"2026-11-20T12:30:00+09:00", false, "2026-11-20T13:00:00+09:00" },
	/* What touches is one window, in whatever order. */
	{ TOKYO,
		{ { WEEKDAYS, TIME(12, 0), TIME(17, 0), { 0 } },
			{ WEEKDAYS, TIME(8, 0), TIME(12, 0), { 0 } } },
		"2026-11-20T09:00:00+09:00", true, "2026-11-20T17:00:00+09:00" },
	{ TOKYO, { { FRI, TIME(20, 0), TIME(24, 0), { 0 } }, { SAT, 0, TIME(6, 0), { 0 } } },
		"2026-11-20T21:00:00+09:00", true, "2026-11-21T06:00:00+09:00" },
	/* Across midnight, around the week, around the year, over a leap day. */
	{ TOKYO, { { FRI, TIME(22, 0), TIME(29, 0), { 0 } } }, "2026-11-21T04:59:59+09:00", true,
		"2026-11-21T05:00:00+09:00" },
	{ TOKYO, { { SUN, TIME(22, 0), TIME(29, 0), { 0 } } }, "2026-11-23T00:00:00+09:00", true,
		"2026-11-23T05:00:00+09:00" },
	{ TOKYO, { { DAILY, TIME(22, 0), TIME(29, 0), { 0 } } }, "2027-01-01T00:00:00+09:00", true,
		"2027-01-01T05:00:00+09:00" },
	{ TOKYO, { { DAILY, TIME(8, 0), TIME(9, 0), { 0 } } }, "2026-12-31T23:59:59+09:00", false,
		"2027-01-01T08:00:00+09:00" },
	{ TOKYO, { { DAILY, TIME(22, 0), TIME(29, 0), { 0 } } }, "2028-02-28T23:00:00+09:00", true,
		"2028-02-29T05:00:00+09:00" },
	{ TOKYO, { { DAILY, TIME(8, 0), TIME(9, 0), { 0 } } }, "2028-02-28T10:00:00+09:00", false,
		"2028-02-29T08:00:00+09:00" },
	{ TOKYO, { { DAILY, TIME(8, 0), TIME(9, 0), { 0 } } }, "2027-02-28T10:00:00+09:00", false,
		"2027-03-01T08:00:00+09:00" },
	/* A day from a time to the same of the next one; and all of them. */
	{ TOKYO, { { MON, TIME(8, 30), TIME(32, 30), { 0 } } }, "2026-11-24T08:29:59+09:00", true,
		"2026-11-24T08:30:00+09:00" },
	{ TOKYO, { { DAILY, 0, TIME(24, 0), { 0 } } }, "2026-11-20T12:00:00+09:00", true, NULL },
	{ TOKYO, { { DAILY, TIME(9, 0), TIME(33, 0), { 0 } } }, "2026-11-20T12:00:00+09:00", true,
		NULL },
	{ TOKYO, { { MON, TIME(9, 0), TIME(10, 0), { 0 } } }, "2026-11-16T10:00:00+09:00", false,
		"2026-11-23T09:00:00+09:00" },
	/* The host's own zone is none of it: 08:30 in Tokyo is the day before in UTC. */
	{ TOKYO, { { MON, 0, TIME(8, 59), { 0 } } }, "2026-11-22T23:00:00+00:00", true,
		"2026-11-22T23:59:00+00:00" },
	/* Berlin sets its clock forward: 02:00 to 03:00 is left out on 2026-03-29, a Sunday. */
	{ BERLIN, { { DAILY, TIME(8, 0), TIME(9, 0), { 0 } } }, "2026-03-28T09:00:00+01:00", false,
		"2026-03-29T08:00:00+02:00" },
	{ BERLIN, { { DAILY, TIME(22, 0), TIME(30, 0), { 0 } } }, "2026-03-29T01:59:59+01:00", true,
		"2026-03-29T06:00:00+02:00" },
	{ BERLIN, { { SUN, TIME(2, 30), TIME(5, 0), { 0 } } }, "2026-03-29T01:59:59+01:00", false,
		"2026-03-29T03:00:00+02:00" },
	{ BERLIN, { { SUN, TIME(2, 30), TIME(5, 0), { 0 } } }, "2026-03-29T03:00:00+02:00", true,
		"2026-03-29T05:00:00+02:00" },
	{ BERLIN, { { SUN, TIME(1, 0), TIME(2, 30), { 0 } } }, "2026-03-29T01:30:00+01:00", true,
		"2026-03-29T03:00:00+02:00" },
	/* All of it is left out: it opens in a week. */
	{ BERLIN, { { SUN, TIME(2, 10), TIME(2, 50), { 0 } } }, "2026-03-28T12:00:00+01:00", false,
		"2026-04-05T02:10:00+02:00" },
	/* And back: 02:00 to 03:00 comes twice on 2026-10-25. */
	{ BERLIN, { { SUN, TIME(1, 0), TIME(2, 30), { 0 } } }, "2026-10-25T02:29:59+02:00", true,
		"2026-10-25T02:30:00+02:00" },
	{ BERLIN, { { SUN, TIME(1, 0), TIME(2, 30), { 0 } } }, "2026-10-25T02:15:00+01:00", false,
		"2026-11-01T01:00:00+01:00" },
	{ BERLIN, { { SUN, TIME(2, 0), TIME(4, 0), { 0 } } }, "2026-10-25T02:00:00+02:00", true,
		"2026-10-25T04:00:00+01:00" },
	{ BERLIN, { { SUN, 0, TIME(24, 0), { 0 } } }, "2026-10-25T00:00:00+02:00", true,
		"2026-10-26T00:00:00+01:00" },
	{ BERLIN, { { DAILY, 0, TIME(24, 0), { 0 } } }, "2026-10-24T23:59:59+02:00", true, NULL },
	/* Sao Paulo set its clock forward at midnight, and back at midnight. */
	{ PAULO, { { SUN, 0, TIME(6, 0), { 0 } } }, "2018-11-03T23:59:59-03:00", false,
		"2018-11-04T01:00:00-02:00" },
	{ PAULO, { { SAT, TIME(20, 0), TIME(24, 0), { 0 } } }, "2018-11-03T23:59:59-03:00", true,
		"2018-11-04T01:00:00-02:00" },
	{ PAULO, { { SAT, TIME(20, 0), TIME(24, 0), { 0 } } }, "2018-02-17T23:30:00-02:00", true,
		"2018-02-18T00:00:00-03:00" },
	{ PAULO, { { SAT, TIME(20, 0), TIME(23, 30), { 0 } } }, "2018-02-17T23:15:00-03:00", false,
		"2018-02-24T20:00:00-03:00" },
	/* Apia left out a Friday. */
	{ "Pacific/Apia", { { FRI, TIME(8, 0), TIME(17, 0), { 0 } } }, "2011-12-29T20:00:00-10:00",
		false, "2012-01-06T08:00:00+14:00" },
};

static size_t count_windows(const struct moment *moment)
{
	size_t count = 0;

	while (count < 3 && moment->windows[count].days)
		count++;
	return count;
}

static struct policy_path path_of(const struct moment *moment)
{
	return (struct policy_path){ .windows = (void *)(uintptr_t)moment->windows,
		.window_count = count_windows(moment) };
}

static void check_state(const struct schedule *schedule, const struct policy_path *path, bool open,
	const char *change)
{
	struct schedule_state state;
	char text[ZONETIME_TEXT_MAX] = "never";

	schedule_path(schedule, path, &state);
	if (state.change != SCHEDULE_NEVER)
		zonetime_format(schedule->zone, state.change, text);
	ck_assert_msg(state.open == open && state.change == instant(change),
		"%s until %s, not %s until %s", state.open ? "open" : "closed", text,
		open ? "open" : "closed", change ? change : "never");
}

START_TEST(at_moment)
{
	const struct moment *moment = &moments[_i];
	struct zonetime *zone = load(moment->zone);
	const struct policy_path path = path_of(moment);
	struct schedule schedule;

	schedule_init(&schedule, zone, instant(moment->now));
	check_state(&schedule, &path, moment->open, moment->change);
	zonetime_free(zone);
}
END_TEST

/* Minute by minute through weeks in which clocks are changed, against the plain question whether
 * the instant lies between two instants of the windows' own. */
START_TEST(every_minute)
{
	const char *zones[] = { TOKYO, BERLIN, PAULO, "Australia/Lord_Howe", "Pacific/Apia" };
	const char *starts[] = { "2026-12-26T00:00:00+09:00", "2026-10-20T00:00:00+02:00",
		"2018-10-30T00:00:00-03:00", "2026-10-01T00:00:00+10:30",
		"2011-12-26T00:00:00-10:00" };
	struct zonetime *zone = load(zones[_i]);
	int64_t begin = instant(starts[_i]);
	unsigned int seed = random_seed("every_minute");

	srandom(seed);
	for (unsigned int round = 0; round < 6; round++) {
		struct policy_window window = { .days = (uint8_t)(1 + random() % 127),
			.from = (unsigned int)(random() % DAY_MINUTES) };
		const struct policy_path path = { .windows = &window, .window_count = 1 };
		int64_t today = (begin + zonetime_offset(zone, begin)) / DAY;

		window.until = window.from + 1 + (unsigned int)(random() % DAY_MINUTES);
		for (int64_t now = begin; now < begin + 9 * DAY; now += 60 * 7) {
			struct schedule schedule;
			struct schedule_state state, then;
			bool open = false;

			for (int64_t day = today - 3; day < today + 14; day++)
				if (window.days >> (day + 3) % 7 & 1)
					open |= now >= zonetime_instant(zone,
							       day * DAY + window.from * 60) &&
						now < zonetime_instant(
							      zone, day * DAY + window.until * 60);
			schedule_init(&schedule, zone, now);
			schedule_path(&schedule, &path, &state);
			ck_assert_msg(state.open == open, "seed %u, at %lld", seed, (long long)now);
			ck_assert_int_gt(state.change, now);
			/* At the change it is the other way round, and just before it is not. */
			if (state.change == SCHEDULE_NEVER)
				continue;
			schedule_init(&schedule, zone, state.change);
			schedule_path(&schedule, &path, &then);
			ck_assert_int_eq(then.open, !open);
			schedule_init(&schedule, zone, state.change - 1);
			schedule_path(&schedule, &path, &then);
			ck_assert_int_eq(then.open, open);
			ck_assert_int_eq(then.change, state.change);
		}
	}
	zonetime_free(zone);
}
END_TEST

/* Exceptions: bounds, without windows and with them. */
START_TEST(bounds)
{
	const struct policy_window office = { WEEKDAYS, TIME(8, 30), TIME(17, 15), { 0 } };
	struct zonetime *zone = load(TOKYO);
	struct policy_path path = { .exception = (char *)(uintptr_t) "X-2026-0001",
		.not_before = instant("2026-11-20T10:00:00+09:00"),
		.not_after = instant("2026-11-24T12:00:00+09:00") };
	struct schedule schedule;

	schedule_init(&schedule, zone, path.not_before - 1);
	check_state(&schedule, &path, false, "2026-11-20T10:00:00+09:00");
	schedule_init(&schedule, zone, path.not_before);
	check_state(&schedule, &path, true, "2026-11-24T12:00:00+09:00");
	schedule_init(&schedule, zone, path.not_after - 1);
	check_state(&schedule, &path, true, "2026-11-24T12:00:00+09:00");
	/* It is over, for good. */
	schedule_init(&schedule, zone, path.not_after);
	check_state(&schedule, &path, false, NULL);
	schedule_init(&schedule, zone, path.not_after + 400 * DAY);
	check_state(&schedule, &path, false, NULL);
	/* No zone is needed; no bound is none. */
	schedule_init(&schedule, NULL, path.not_before);
	check_state(&schedule, &path, true, "2026-11-24T12:00:00+09:00");
	path.not_after = 0;
	check_state(&schedule, &path, true, NULL);

	path.not_after = instant("2026-11-24T12:00:00+09:00");
	path.windows = (void *)(uintptr_t)&office;
	path.window_count = 1;
	schedule_init(&schedule, zone, instant("2026-11-20T09:00:00+09:00"));
	check_state(&schedule, &path, false, "2026-11-20T10:00:00+09:00");
	schedule_init(&schedule, zone, instant("2026-11-20T10:00:00+09:00"));
	check_state(&schedule, &path, true, "2026-11-20T17:15:00+09:00");
	schedule_init(&schedule, zone, instant("2026-11-20T18:00:00+09:00"));
	check_state(&schedule, &path, false, "2026-11-23T08:30:00+09:00");
	schedule_init(&schedule, zone, instant("2026-11-24T09:00:00+09:00"));
	check_state(&schedule, &path, true, "2026-11-24T12:00:00+09:00");
	/* The next window comes too late for it. */
	path.not_after = instant("2026-11-23T08:00:00+09:00");
	schedule_init(&schedule, zone, instant("2026-11-20T18:00:00+09:00"));
	check_state(&schedule, &path, false, NULL);
	zonetime_free(zone);
}
END_TEST

START_TEST(not_timed)
{
	const struct policy_path path = { .name = NULL };
	struct schedule schedule;

	schedule_init(&schedule, NULL, instant("2026-11-20T18:00:00+09:00"));
	check_state(&schedule, &path, true, NULL);
}
END_TEST

static const struct {
	struct policy_window windows[3];
	const char *text;
} texts[] = {
	{ { { WEEKDAYS, TIME(8, 30), TIME(17, 15), { 0 } } }, "mon-fri 08:30-17:15" },
	{ { { DAILY, 0, TIME(24, 0), { 0 } } }, "daily 00:00-24:00" },
	{ { { MON, TIME(8, 30), TIME(32, 30), { 0 } } }, "mon 08:30-32:30" },
	{ { { SAT | SUN | MON, TIME(22, 0), TIME(29, 0), { 0 } } }, "sat-mon 22:00-05:00" },
	{ { { SAT | SUN, TIME(22, 0), TIME(29, 0), { 0 } },
		  { MON | 0x04 | FRI, 0, TIME(0, 1), { 0 } } },
		"sat,sun 22:00-05:00, mon,wed,fri 00:00-00:01" },
	{ { { 0, 0, 0, { 0 } } }, "" },
};

START_TEST(text)
{
	struct moment moment = { .zone = TOKYO };
	struct policy_path path;
	char written[100], cut[10];

	memcpy(moment.windows, texts[_i].windows, sizeof(moment.windows));
	path = path_of(&moment);
	schedule_windows_text(&path, written, sizeof(written));
	ck_assert_str_eq(written, texts[_i].text);
	schedule_windows_text(&path, cut, sizeof(cut));
	ck_assert(strncmp(cut, texts[_i].text, sizeof(cut) - 1) == 0);
}
END_TEST

/* ---- a whole policy ---- */

#define CONFIG "tests/golden/compile/timed/policy.conf"

static struct diag_list *diags;
static struct policy *policy;
static struct ruleset *ruleset;
static struct zonetime *zone;

static void set_up(void)
{
	ck_assert_int_eq(diag_list_new(&diags), 0);
	ck_assert_int_eq(conf_read_file(CONFIG, NULL, diags, &policy), 0);
	ck_assert_int_eq(compile_policy(policy, diags, &ruleset), 0);
	ck_assert_int_eq(openings_load_zone(policy, &zone), 0);
	ck_assert_ptr_nonnull(zone);
}

static void tear_down(void)
{
	zonetime_free(zone);
	ruleset_free(ruleset);
	policy_free(policy);
	diag_list_free(diags);
}

/* Milliseconds that the elements of a path are to stay; all of them the same. */
static uint64_t time_of(const char *set_name, const char *path_name)
{
	const struct set *set = ruleset_find_set(ruleset, set_name);
	uint64_t time = UINT64_MAX;
	uint32_t id = 0;

	for (size_t i = 0; i < policy->path_count; i++)
		if (strcmp(policy->paths[i].name, path_name) == 0)
			id = policy->paths[i].id;
	for (size_t i = 0; i < set->count; i++) {
		if (memcmp(set->elements + i * set->stride + set->key_length - 4, &id, 4) != 0)
			continue;
		ck_assert(time == UINT64_MAX || time == set->timeouts[i]);
		time = set->timeouts[i];
	}
	ck_assert(time != UINT64_MAX);
	return time;
}

/* At so many milliseconds after a time. */
static struct openings find(const char *time, int64_t more_ms)
{
	struct openings openings;
	int64_t now_ms = instant(time) * 1000 + more_ms;

	ck_assert_int_eq(openings_at(policy, zone, now_ms / 1000, &openings), 0);
	ck_assert_int_eq(openings_fill(&openings, now_ms, ruleset), 0);
	return openings;
}

START_TEST(policy_times)
{
	struct openings openings = find("2026-11-20T11:59:59+09:00", 250);

	ck_assert_uint_eq(openings.count, 4);
	ck_assert_uint_eq(openings.open, 2);
	ck_assert_int_eq(openings.next, instant("2026-11-20T12:00:00+09:00"));
	ck_assert_uint_eq(time_of("active-timed", "P2"), (5 * 3600 + 15 * 60) * 1000 + 750);
	ck_assert_uint_eq(time_of("active-timed", "P3"), 0);
	ck_assert_uint_eq(time_of("active-timed", "P4"), 750);
	ck_assert_uint_eq(time_of("active-gateway-timed", "H1"), 0);
	openings_clear(&openings);
	/* A moment later it is closed: nothing is added whose time is over. */
	openings = find("2026-11-20T12:00:00+09:00", 0);
	ck_assert_uint_eq(openings.open, 1);
	ck_assert_uint_eq(time_of("active-timed", "P4"), 0);
	openings_clear(&openings);
	openings = find("2026-11-23T20:00:00+09:00", 0);
	ck_assert_uint_eq(time_of("active-gateway-timed", "H1"), 13 * 3600 * 1000);
	openings_clear(&openings);
}
END_TEST

/* The clock is set: what is found does not depend on what was found before. */
START_TEST(clock_steps)
{
	struct openings openings = find("2026-11-20T17:14:00+09:00", 0);

	ck_assert_uint_eq(time_of("active-timed", "P2"), 60 * 1000);
	openings_clear(&openings);
	/* Forward past the end, */
	openings = find("2026-11-20T17:20:00+09:00", 0);
	ck_assert_uint_eq(time_of("active-timed", "P2"), 0);
	openings_clear(&openings);
	/* back into the window, */
	openings = find("2026-11-20T17:00:00+09:00", 0);
	ck_assert_uint_eq(time_of("active-timed", "P2"), 15 * 60 * 1000);
	openings_clear(&openings);
	/* back by years, to where it is open too, */
	openings = find("2011-03-11T14:46:00+09:00", 0);
	ck_assert_uint_eq(time_of("active-timed", "P2"), (2 * 60 + 29) * 60 * 1000);
	openings_clear(&openings);
	/* to the first second of all. */
	openings = find("1970-01-01T09:00:00+09:00", 0);
	ck_assert_uint_eq(time_of("active-timed", "P2"), (8 * 60 + 15) * 60 * 1000);
	openings_clear(&openings);
}
END_TEST

/* An exception that permits what a path of the file permits has its id: the longer time counts. */
START_TEST(same_id)
{
	struct policy_path *path = &policy->paths[0], *other = &policy->paths[3];
	struct openings openings;

	ck_assert_str_eq(path->name, "P2");
	ck_assert_str_eq(other->name, "P5");
	other->exception = strdup("X-2026-0001");
	other->not_after = instant("2026-11-20T17:30:00+09:00");
	other->id = path->id;
	openings = find("2026-11-20T17:00:00+09:00", 0);
	ck_assert_uint_eq(openings.count, 5);
	ck_assert_uint_eq(time_of("active-timed", "P2"), 30 * 60 * 1000);
	ck_assert_int_eq(openings.next, instant("2026-11-20T17:15:00+09:00"));
	openings_clear(&openings);
	openings = find("2026-11-20T17:20:00+09:00", 0);
	ck_assert_uint_eq(time_of("active-timed", "P2"), 10 * 60 * 1000);
	openings_clear(&openings);
}
END_TEST

/* Without an end it stays for some days, and is put there again before they are over. */
START_TEST(without_end)
{
	struct openings openings;
	int64_t now = instant("2026-11-20T17:00:00+09:00") * 1000;

	policy->paths[0].windows[0] =
		(struct policy_window){ .days = DAILY, .from = 0, .until = DAY_MINUTES };
	openings = find("2026-11-20T17:00:00+09:00", 0);
	ck_assert_uint_eq(time_of("active-timed", "P2"), SCHEDULE_HORIZON * 1000);
	openings.next = SCHEDULE_NEVER;
	ck_assert_int_eq(timetable_wake(&openings, now), now + DAY * 1000);
	openings.next = now / 1000 + 60;
	ck_assert_int_eq(timetable_wake(&openings, now), now + 60000);
	openings_clear(&openings);
	ck_assert_int_eq(timetable_wake(&openings, now), 0);
}
END_TEST

START_TEST(no_zone)
{
	struct zonetime *none;

	strcpy(policy->time_zone, "Asia/Nix");
	ck_assert_int_eq(openings_load_zone(policy, &none), -ENOENT);
	ck_assert_int_eq(conf_check(policy, diags), -EINVAL);
	ck_assert_uint_eq(diag_list_count(diags, DIAG_ERROR), 1);
	ck_assert_ptr_nonnull(strstr(diag_list_get(diags, diag_list_length(diags) - 1)->message,
		"path \"P2\": its windows need the rules of time zone \"Asia/Nix\", which cannot "
		"be "
		"read: No such file"));
	/* Exceptions end at an instant. */
	for (size_t i = 0; i < policy->path_count; i++)
		policy->paths[i].window_count = 0;
	policy->paths[0].exception = strdup("X-2026-0001");
	ck_assert_int_eq(openings_load_zone(policy, &none), 0);
	ck_assert_ptr_null(none);
	free(policy->paths[0].exception);
	policy->paths[0].exception = NULL;
	ck_assert_int_eq(openings_load_zone(policy, &none), 0);
	ck_assert_ptr_null(none);
}
END_TEST

static Suite *suite(void)
{
	Suite *suite = suite_create("schedule");
	TCase *test = tcase_create("schedule"), *whole = tcase_create("policy");

	tcase_set_timeout(test, 60);
	tcase_add_loop_test(test, at_moment, 0, sizeof(moments) / sizeof(moments[0]));
	tcase_add_loop_test(test, every_minute, 0, 5);
	tcase_add_test(test, bounds);
	tcase_add_test(test, not_timed);
	tcase_add_loop_test(test, text, 0, sizeof(texts) / sizeof(texts[0]));
	suite_add_tcase(suite, test);
	tcase_add_checked_fixture(whole, set_up, tear_down);
	tcase_add_test(whole, policy_times);
	tcase_add_test(whole, clock_steps);
	tcase_add_test(whole, same_id);
	tcase_add_test(whole, without_end);
	tcase_add_test(whole, no_zone);
	suite_add_tcase(suite, whole);
	return suite;
}

int main(void)
{
	return suite_run(suite());
}
