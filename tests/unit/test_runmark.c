/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run that did not end in order is known to the next one. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../daemon/clock.h"
#include "../../daemon/runmark.h"
#include "suite.h"
#include "testdir.h"

static char directory[TESTDIR_PATH], path[80];
static struct runmark_before before;

static void set_up(void)
{
	testdir_make(directory, "runmark");
	snprintf(path, sizeof(path), "%s/" RUNMARK_FILE, directory);
}

static void tear_down(void)
{
	(void)unlink(path);
	(void)rmdir(path);
	ck_assert_int_eq(rmdir(directory), 0);
}

START_TEST(ended_in_order)
{
	ck_assert_int_eq(runmark_begin(directory, &before), 0);
	ck_assert(!before.crashed);
	ck_assert_int_eq(runmark_end(directory), 0);
	ck_assert_int_eq(runmark_begin(directory, &before), 0);
	ck_assert(!before.crashed);
}
END_TEST

START_TEST(crashed)
{
	int64_t start = clock_realtime();

	ck_assert_int_eq(runmark_begin(directory, &before), 0);
	ck_assert_int_eq(runmark_begin(directory, &before), 0);
	ck_assert(before.crashed);
	ck_assert(!before.rebooted);
	ck_assert_int_ge(before.since, start);
	ck_assert_int_le(before.since, clock_realtime());
}
END_TEST

START_TEST(crashed_before_this_boot)
{
	testdir_put(directory, RUNMARK_FILE, "2001-01-01T00:00:00.000000000Z\n");
	ck_assert_int_eq(runmark_begin(directory, &before), 0);
	ck_assert(before.crashed && before.rebooted);
	ck_assert_int_eq(before.since, INT64_C(978307200) * CLOCK_SECOND);
}
END_TEST

/* A mark that was cut off, or is no mark of ours. */
START_TEST(unreadable)
{
	testdir_put(directory, RUNMARK_FILE, "");
	ck_assert_int_eq(runmark_begin(directory, &before), 0);
	ck_assert(before.crashed && !before.rebooted);
	ck_assert_int_eq(before.since, 0);
	testdir_put(
		directory, RUNMARK_FILE, "some day, and a lot of words that are no time at all\n");
	ck_assert_int_eq(runmark_begin(directory, &before), 0);
	ck_assert(before.crashed);
	ck_assert_int_eq(before.since, 0);
}
END_TEST

START_TEST(cannot_be_left)
{
	ck_assert_int_eq(runmark_begin("/nowhere/at/all", &before), -ENOENT);
	ck_assert(!before.crashed);
	ck_assert_int_eq(runmark_end("/nowhere/at/all"), -ENOENT);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	ck_assert_int_eq(runmark_begin(directory, &before), -EISDIR);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("runmark");
	TCase *tests = tcase_create("marks");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, ended_in_order);
	tcase_add_test(tests, crashed);
	tcase_add_test(tests, crashed_before_this_boot);
	tcase_add_test(tests, unreadable);
	tcase_add_test(tests, cannot_be_left);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
