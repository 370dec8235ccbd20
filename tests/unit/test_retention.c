/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which files of the log may go: never one that is younger than its days, by either count, or held;
 * the oldest first. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/logtime.h"
#include "../../lib/retention.h"
#include "suite.h"

#define DAY INT64_C(86400000000000)
#define MAX 64

static struct retention_file files[MAX];
static size_t count;
static uint64_t total;

/* A file of the day so many days after 2026-11-01, of 100 bytes. */
static void add(int day, int part)
{
	struct logname name = { .part = (unsigned int)part };
	int64_t begin;
	ck_assert_int_eq(logtime_parse("2026-11-01T00:00:00Z", &begin), 0);
	logtime_day(begin + day * DAY, name.day);
	logname_format(&name, files[count].segment);
	files[count++].bytes = 100;
	total += 100;
}

static void add_days(int first, int last)
{
	count = 0;
	total = 0;
	for (int day = first; day <= last; day++)
		add(day, 0);
}

static int64_t day_time(int day)
{
	int64_t begin;
	ck_assert_int_eq(logtime_parse("2026-11-01T12:00:00Z", &begin), 0);
	return begin + day * DAY;
}

static struct retention_verdict judge(unsigned int days, uint64_t size, int now)
{
	const struct retention_rule rule = { .days = days, .size = size, .held = INT64_MAX };
	return retention_judge(files, count, total, &rule, day_time(now));
}

/* Its last record is of the end of its day: a file of day 0 has two whole days on day 3. */
START_TEST(test_days)
{
	add_days(0, 3);
	ck_assert_uint_eq(judge(2, 0, 3).due, 1);
	ck_assert_uint_eq(judge(3, 0, 3).due, 0);
	ck_assert_uint_eq(judge(1, 0, 3).due, 2);
	ck_assert_uint_eq(judge(0, 0, 3).due, 0);
	ck_assert(!judge(1, 0, 3).too_large);
}
END_TEST

/* The clock says that years went by; the files do not. */
START_TEST(test_clock_ahead)
{
	add_days(0, 3);
	add(900, 0);
	ck_assert_uint_eq(judge(365, 0, 900).due, 0);
	ck_assert_uint_eq(judge(5, 0, 900).due, 0);
	ck_assert_uint_eq(judge(4, 0, 900).due, 1);
	ck_assert_uint_eq(judge(3, 0, 900).due, 2);
	/* And backward: nothing is old. */
	ck_assert_uint_eq(judge(1, 0, -900).due, 0);
}
END_TEST

/* Several files of a day are one day. */
START_TEST(test_parts)
{
	add_days(0, 1);
	count = 1;
	for (int part = 1; part <= 9; part++)
		add(0, part);
	add(1, 0);
	ck_assert_uint_eq(judge(2, 0, 30).due, 0);
	ck_assert_uint_eq(judge(1, 0, 30).due, 10);
}
END_TEST

/* The last one grows. */
START_TEST(test_last)
{
	add_days(0, 0);
	ck_assert_uint_eq(judge(1, 0, 900).due, 0);
	ck_assert_uint_eq(judge(1, 1, 900).due, 0);
	ck_assert(judge(1, 1, 900).too_large);
	count = 0;
	total = 0;
	ck_assert_uint_eq(judge(1, 1, 900).due, 0);
}
END_TEST

START_TEST(test_size)
{
	add_days(0, 9);
	/* As long as it is within its size, nothing goes, however old. */
	ck_assert_uint_eq(judge(2, 1000, 9).due, 0);
	ck_assert(!judge(2, 1000, 9).too_large);
	ck_assert_uint_eq(judge(2, 999, 9).due, 1);
	ck_assert_uint_eq(judge(2, 650, 9).due, 4);
	ck_assert(!judge(2, 650, 9).too_large);
	/* What is younger than its days stays. */
	ck_assert_uint_eq(judge(2, 100, 9).due, 7);
	ck_assert(judge(2, 100, 9).too_large);
	ck_assert_uint_eq(judge(0, 100, 9).due, 0);
	ck_assert(judge(0, 100, 9).too_large);
}
END_TEST

/* From the time of the hold on, with the rest of its day and what may have begun before it. */
START_TEST(test_held)
{
	add_days(0, 9);
	struct retention_rule rule = { .days = 1, .held = day_time(4) };
	ck_assert_uint_eq(retention_judge(files, count, total, &rule, day_time(20)).due, 4);
	rule.held = day_time(4) - DAY / 2;
	ck_assert_uint_eq(retention_judge(files, count, total, &rule, day_time(20)).due, 3);
	rule.held = 0;
	ck_assert_uint_eq(retention_judge(files, count, total, &rule, day_time(20)).due, 0);
}
END_TEST

/* A file whose name is no day of the calendar is never old. */
START_TEST(test_no_day)
{
	add_days(0, 3);
	strcpy(files[0].segment, "hedate-20261399.jsonl");
	ck_assert_uint_eq(judge(1, 0, 900).due, 0);
}
END_TEST

/* Whatever the files are: what is due is a beginning, and each of it is old and not held. */
START_TEST(test_random)
{
	for (int i = 0; i < 20000; i++) {
		int day = 0, now = rand() % 60;
		count = 0;
		total = 0;
		for (int n = rand() % 20; n >= 0; n--) {
			if (rand() % 3)
				day += rand() % 3 + 1;
			add(day, 0);
		}
		const struct retention_rule rule = { .days = (unsigned int)rand() % 10,
			.size = (uint64_t)(rand() % 2 ? rand() % 2000 : 0),
			.held = rand() % 2 ? INT64_MAX : day_time(rand() % 40) };
		size_t due = retention_judge(files, count, total, &rule, day_time(now)).due;
		ck_assert(due == 0 || due < count);
		for (size_t k = 0; k < due; k++) {
			char bound[LOGTIME_DAY_MAX];
			logtime_day(day_time(now) - (int64_t)rule.days * DAY, bound);
			ck_assert_int_lt(strncmp(files[k].segment + 7, bound, 8), 0);
			if (rule.held != INT64_MAX) {
				logtime_day(rule.held, bound);
				ck_assert_int_lt(strncmp(files[k].segment + 7, bound, 8), 0);
			}
		}
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("retention");
	TCase *tests = tcase_create("retention");
	srand(random_seed("retention"));
	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, test_days);
	tcase_add_test(tests, test_clock_ahead);
	tcase_add_test(tests, test_parts);
	tcase_add_test(tests, test_last);
	tcase_add_test(tests, test_size);
	tcase_add_test(tests, test_held);
	tcase_add_test(tests, test_no_day);
	tcase_add_test(tests, test_random);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
