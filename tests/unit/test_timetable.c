/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The timetable with a clock, a kernel and a log of the test's own: what stands here by the names
 * of other modules' functions stands in for them.
 */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "../../daemon/timetable.h"
#include "../../lib/compile.h"
#include "../../lib/conf.h"
#include "suite.h"

#define CONFIG "tests/golden/compile/timed/policy.conf"
/* Friday 2026-11-20, 12:00 in Japan. P4 is open until then, P2 from 08:30 to 17:15. */
#define NOON INT64_C(1795143600000)

static struct diag_list *diags;
static struct policy *policy;
static struct ruleset *ruleset;
static struct zonetime *zone;
static struct loop *loop;
static struct timetable *timetable;

/* ---- the clock ---- */

static int64_t now_ms;
static int timer; /* an eventfd: what is written there is the timer's running out */
static bool clock_was_set;
static int64_t armed_ms; /* 0: not armed */
static int armed_flags;

int64_t realtime_ms(void)
{
	return now_ms;
}

/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): the C library's. */
int timerfd_create(int clock, int flags)
{
	if (clock != CLOCK_REALTIME) /* one of the loop's */
		return (int)syscall(SYS_timerfd_create, clock, flags);
	timer = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	ck_assert_int_eq(flags, TFD_NONBLOCK | TFD_CLOEXEC);
	return timer;
}

/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): the C library's. */
int timerfd_settime(int fd, int flags, const struct itimerspec *new, struct itimerspec *old)
{
	if (fd != timer)
		return (int)syscall(SYS_timerfd_settime, fd, flags, new, old);
	ck_assert_ptr_null(old);
	armed_flags = flags;
	armed_ms = (int64_t) new->it_value.tv_sec * 1000 + new->it_value.tv_nsec / 1000000;
	return 0;
}

/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): the C library's. */
ssize_t read(int fd, void *buffer, size_t size)
{
	ssize_t count = syscall(SYS_read, fd, buffer, size);

	if (fd != timer || !clock_was_set)
		return count;
	errno = ECANCELED;
	return -1;
}

/* ---- the kernel ---- */

static int put_result;
static unsigned int puts_seen;
static int find_result;

const struct policy *lifecycle_policy(const struct lifecycle *lifecycle)
{
	(void)lifecycle;
	return policy;
}

const struct zonetime *lifecycle_zone(const struct lifecycle *lifecycle)
{
	(void)lifecycle;
	return zone;
}

int lifecycle_find_times(struct lifecycle *lifecycle, int64_t now, struct openings *ret_openings)
{
	(void)lifecycle;
	ck_assert_int_eq(now, now_ms);
	if (find_result < 0)
		return find_result;
	ck_assert_int_eq(openings_at(policy, zone, now / 1000, ret_openings), 0);
	return openings_fill(ret_openings, now, ruleset);
}

int lifecycle_put_times(struct lifecycle *lifecycle)
{
	(void)lifecycle;
	puts_seen++;
	return put_result;
}

/* How long the elements of a path are put there for. */
static uint64_t time_of(const char *name)
{
	for (size_t i = 0; i < policy->path_count; i++) {
		if (strcmp(policy->paths[i].name, name) != 0)
			continue;
		for (size_t j = 0; j < ruleset->set_count; j++) {
			const struct set *set = &ruleset->sets[j];

			for (size_t k = 0; k < set->count && set->flags & SET_TIMEOUT; k++)
				if (memcmp(set->elements + k * set->stride + set->key_length - 4,
					    &policy->paths[i].id, 4) == 0)
					return set->timeouts[k];
		}
	}
	ck_abort_msg("no path %s", name);
	return 0;
}

/* ---- the log ---- */

static char events[100000];

void reclink_event(struct reclink *link, const char *action, bool success, const char *text,
	const char *const *pairs)
{
	size_t length = strlen(events);

	(void)link;
	(void)text;
	length += (size_t)snprintf(
		events + length, sizeof(events) - length, "%s%s", action, success ? "" : "!");
	for (; pairs && pairs[0]; pairs += 2)
		length += (size_t)snprintf(
			events + length, sizeof(events) - length, " %s=%s", pairs[0], pairs[1]);
	snprintf(events + length, sizeof(events) - length, "\n");
}

static void expect_events(const char *expected)
{
	ck_assert_str_eq(events, expected);
	events[0] = '\0';
}

/* ---- */

static void stop(struct loop *stopped, void *data)
{
	(void)data;
	loop_quit(stopped, 0);
}

/* At this time the timer runs out, or the clock was set to it. */
static void wake(int64_t now, bool set)
{
	struct loop_source *end;
	const uint64_t one = 1;

	now_ms = now;
	clock_was_set = set;
	ck_assert_int_eq(write(timer, &one, sizeof(one)), sizeof(one));
	ck_assert_int_eq(loop_add_timer(loop, stop, NULL, &end), 0);
	ck_assert_int_eq(loop_set_timer(end, 20, 0), 0);
	ck_assert_int_eq(loop_run(loop), 0);
	loop_remove(end);
}

static void set_up(void)
{
	ck_assert_int_eq(diag_list_new(&diags), 0);
	ck_assert_int_eq(conf_read_file(CONFIG, NULL, diags, &policy), 0);
	ck_assert_int_eq(compile_policy(policy, diags, &ruleset), 0);
	ck_assert_int_eq(openings_load_zone(policy, &zone), 0);
	ck_assert_int_eq(loop_new(&loop), 0);
	ck_assert_int_eq(timetable_new(loop, NULL, NULL, &timetable), 0);
	events[0] = '\0';
	now_ms = NOON - 1500;
	timetable_policy_changed(timetable);
}

static void tear_down(void)
{
	timetable_free(timetable);
	loop_free(loop);
	zonetime_free(zone);
	ruleset_free(ruleset);
	policy_free(policy);
	diag_list_free(diags);
}

START_TEST(at_first)
{
	expect_events("timetable why=apply timed=4 open=2\n");
	ck_assert_uint_eq(puts_seen, 1);
	ck_assert_uint_eq(time_of("P4"), 1500);
	ck_assert_uint_eq(time_of("P2"), 1500 + (5 * 60 + 15) * 60 * 1000);
	ck_assert_uint_eq(time_of("P3"), 0);
	ck_assert_int_eq(armed_ms, NOON);
	ck_assert_int_eq(armed_flags, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET);
}
END_TEST

START_TEST(time_goes_by)
{
	events[0] = '\0';
	wake(NOON + 3, false);
	expect_events("path-closed path=P4 until=2026-11-21T00:00:00+09:00\n");
	ck_assert_uint_eq(time_of("P4"), 0);
	ck_assert_int_eq(armed_ms, NOON + (5 * 60 + 15) * 60 * 1000);
	wake(armed_ms, false);
	expect_events("path-closed path=P2 until=2026-11-23T08:30:00+09:00\n");
	ck_assert_int_eq(armed_ms, NOON + 12 * 3600 * 1000);
	wake(armed_ms + 1, false);
	expect_events("path-open path=P4 until=2026-11-21T12:00:00+09:00\n");
	ck_assert_uint_eq(time_of("P4"), 12 * 3600 * 1000 - 1);
	ck_assert_uint_eq(puts_seen, 4);
}
END_TEST

/* A timer that runs out for nothing: what is there is put there again, and that is all. */
START_TEST(too_early)
{
	events[0] = '\0';
	wake(NOON - 1, false);
	expect_events("");
	ck_assert_uint_eq(time_of("P4"), 1);
	ck_assert_int_eq(armed_ms, NOON);
}
END_TEST

START_TEST(clock_is_set)
{
	events[0] = '\0';
	/* Forward, over two ends; back, into both windows; to another year. */
	wake(NOON + 6 * 3600 * 1000, true);
	expect_events("timetable why=clock timed=4 open=0\n"
		      "path-closed path=P2 until=2026-11-23T08:30:00+09:00\n"
		      "path-closed path=P4 until=2026-11-21T00:00:00+09:00\n");
	ck_assert_uint_eq(time_of("P2"), 0);
	wake(NOON - 60000, true);
	expect_events("timetable why=clock timed=4 open=2\n"
		      "path-open path=P2 until=2026-11-20T17:15:00+09:00\n"
		      "path-open path=P4 until=2026-11-20T12:00:00+09:00\n");
	ck_assert_uint_eq(time_of("P4"), 60000);
	ck_assert_int_eq(armed_ms, NOON);
	/* A little: nothing opens or closes, but the kernel's timeouts are others. */
	wake(NOON - 30000, true);
	expect_events("timetable why=clock timed=4 open=2\n");
	ck_assert_uint_eq(time_of("P4"), 30000);
	wake(NOON - INT64_C(366) * 86400 * 1000, true);
	ck_assert_int_eq(armed_ms - now_ms, (5 * 60 + 15) * 60 * 1000);
}
END_TEST

/* The kernel does not take it: it is said once, and tried again. */
START_TEST(kernel_fails)
{
	events[0] = '\0';
	put_result = -EBUSY;
	wake(NOON, false);
	expect_events("timetable-failed! errno=16\n"
		      "path-closed path=P4 until=2026-11-21T00:00:00+09:00\n");
	ck_assert_int_eq(armed_ms, NOON + 5000);
	wake(NOON + 5000, false);
	expect_events("");
	ck_assert_int_eq(armed_ms, NOON + 10000);
	put_result = 0;
	wake(NOON + 10000, false);
	expect_events("");
	ck_assert_int_eq(armed_ms, NOON + (5 * 60 + 15) * 60 * 1000);
	/* And again, for another time. */
	find_result = -ENOMEM;
	wake(NOON + 20000, false);
	expect_events("timetable-failed! errno=12\n");
	find_result = 0;
	wake(NOON + 25000, false);
	expect_events("");
	ck_assert_uint_eq(time_of("P4"), 0);
}
END_TEST

/* Another policy: nothing of the old one is told as having changed. */
START_TEST(policy_changes)
{
	policy->paths[0].window_count = 0;
	policy->paths[1].window_count = 0;
	events[0] = '\0';
	now_ms = NOON + 1000;
	timetable_policy_changed(timetable);
	expect_events("timetable why=apply timed=2 open=0\n");
	/* None is timed: no time is waited for. */
	for (size_t i = 0; i < policy->path_count; i++)
		policy->paths[i].window_count = 0;
	timetable_policy_changed(timetable);
	expect_events("");
	ck_assert_int_eq(armed_ms, 0);
}
END_TEST

START_TEST(exception)
{
	struct policy_path *path = &policy->paths[3];

	ck_assert_str_eq(path->name, "P5");
	path->exception = strdup("X-2026-0001");
	path->not_before = NOON / 1000 + 10;
	path->not_after = NOON / 1000 + 70;
	timetable_policy_changed(timetable);
	wake(NOON, false);
	events[0] = '\0';
	ck_assert_int_eq(armed_ms, NOON + 10000);
	wake(NOON + 10000, false);
	expect_events("path-open path=P5 exception=X-2026-0001 until=2026-11-20T12:01:10+09:00\n");
	ck_assert_int_eq(armed_ms, NOON + 70000);
	wake(NOON + 70000, false);
	expect_events("path-closed path=P5 exception=X-2026-0001\n");
}
END_TEST

/* Very many at once: the first hundred by name, all of them in one number. */
START_TEST(many)
{
	size_t count = policy->path_count;
	struct policy_path *paths = calloc(count + 150, sizeof(*paths)), *before = policy->paths;
	char *at = events;
	size_t lines = 0;

	ck_assert_ptr_nonnull(paths);
	memcpy(paths, before, count * sizeof(*paths));
	for (size_t i = 0; i < 150; i++)
		paths[count + i] = before[2]; /* P4 */
	policy->paths = paths;
	policy->path_count = count + 150;
	timetable_policy_changed(timetable);
	events[0] = '\0';
	wake(NOON, false);
	while ((at = strchr(at, '\n')) != NULL) {
		lines++;
		at++;
	}
	ck_assert_uint_eq(lines, 101);
	ck_assert_ptr_nonnull(strstr(events, "timetable why=time timed=154 open=1\n"));
	policy->paths = before;
	policy->path_count = count;
	free(paths);
}
END_TEST

static Suite *suite(void)
{
	Suite *suite = suite_create("timetable");
	TCase *test = tcase_create("timetable");

	tcase_set_timeout(test, 60);
	tcase_add_checked_fixture(test, set_up, tear_down);
	tcase_add_test(test, at_first);
	tcase_add_test(test, time_goes_by);
	tcase_add_test(test, too_early);
	tcase_add_test(test, clock_is_set);
	tcase_add_test(test, kernel_fails);
	tcase_add_test(test, policy_changes);
	tcase_add_test(test, exception);
	tcase_add_test(test, many);
	suite_add_tcase(suite, test);
	return suite;
}

int main(void)
{
	return suite_run(suite());
}
