/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is told of the clock: whether it is synchronised, at first and when that changes; that it
 * was set, by how much, and not what is only the time that reading takes. */
#include <check.h>
#include <sys/timex.h>

#include "../../daemon/clock.h"
#include "../../daemon/clockwatch.h"
#include "suite.h"

#define NOTHING	     0u
#define SYNCHRONISED (1u << CLOCKWATCH_SYNCHRONISED)
#define LOST	     (1u << CLOCKWATCH_LOST)
#define STEPPED	     (1u << CLOCKWATCH_STEPPED)

static struct clockwatch_state state;
static int64_t step;

static void set_up(void)
{
	state = (struct clockwatch_state){ 0 };
	step = -1;
}

/* So many seconds after boot, the clock off by offset. */
static unsigned int look(bool synchronised, int64_t seconds, int64_t offset)
{
	const struct clockwatch_reading reading = {
		.known = true,
		.synchronised = synchronised,
		.boottime = seconds * CLOCK_SECOND,
		.realtime = INT64_C(1800000000) * CLOCK_SECOND + seconds * CLOCK_SECOND + offset,
	};

	return clockwatch_judge(&state, &reading, &step);
}

START_TEST(synchronised_and_lost)
{
	ck_assert_uint_eq(look(true, 1, 0), SYNCHRONISED);
	ck_assert_uint_eq(look(true, 11, 0), NOTHING);
	ck_assert_uint_eq(look(false, 21, 0), LOST);
	ck_assert_uint_eq(look(false, 31, 0), NOTHING);
	ck_assert_uint_eq(look(true, 41, 0), SYNCHRONISED);
}
END_TEST

START_TEST(never_synchronised)
{
	ck_assert_uint_eq(look(false, 1, 0), LOST);
	ck_assert_uint_eq(look(false, 11, 0), NOTHING);
}
END_TEST

/* The kernel does not say: nothing is claimed, and nothing forgotten. */
START_TEST(not_known)
{
	const struct clockwatch_reading unknown = { .boottime = 1, .realtime = 1 };

	ck_assert_uint_eq(clockwatch_judge(&state, &unknown, &step), NOTHING);
	ck_assert(!state.known);
	set_up();
	ck_assert_uint_eq(look(true, 1, 0), SYNCHRONISED);
	const struct clockwatch_reading later = { .boottime = 2 * CLOCK_SECOND,
		.realtime = INT64_C(1800000002) * CLOCK_SECOND };
	ck_assert_uint_eq(clockwatch_judge(&state, &later, &step), NOTHING);
	ck_assert_uint_eq(look(true, 3, 0), NOTHING);
}
END_TEST

START_TEST(stepped)
{
	look(true, 1, 0);
	ck_assert_uint_eq(look(true, 11, CLOCKWATCH_STEP_MIN - 1), NOTHING);
	ck_assert_int_eq(step, 0);
	/* The little that was not told is not lost. */
	ck_assert_uint_eq(look(true, 12, CLOCKWATCH_STEP_MIN), STEPPED);
	ck_assert_int_eq(step, CLOCKWATCH_STEP_MIN);
	ck_assert_uint_eq(look(true, 13, CLOCKWATCH_STEP_MIN), NOTHING);
	ck_assert_uint_eq(look(false, 20, -3600 * CLOCK_SECOND), STEPPED | LOST);
	ck_assert_int_eq(step, -3600 * CLOCK_SECOND - CLOCKWATCH_STEP_MIN);
	ck_assert_uint_eq(look(true, 30, -3600 * CLOCK_SECOND), SYNCHRONISED);
}
END_TEST

/* The system's own, which says of itself what adjtimex() says. */
START_TEST(reads_the_system)
{
	struct timex timex = { 0 };
	struct clockwatch_reading reading = clockwatch_read();
	int r = adjtimex(&timex);

	ck_assert_int_eq(reading.known, r >= 0);
	ck_assert_int_eq(reading.synchronised, r >= 0 && r != TIME_ERROR);
	ck_assert_int_gt(reading.realtime, 0);
	ck_assert_int_gt(reading.boottime, 0);
	ck_assert_int_le(reading.boottime, clock_boottime());
}
END_TEST

static unsigned int told;

static void on_event(enum clockwatch_event event, const struct clockwatch_reading *reading,
	int64_t by, void *data)
{
	ck_assert_ptr_nonnull(reading);
	ck_assert_int_eq(by, 0);
	told |= 1u << event;
	loop_quit(data, 0);
}

START_TEST(tells_at_the_start)
{
	struct clockwatch *watch;
	struct loop *loop;

	told = 0;
	ck_assert_int_eq(loop_new(&loop), 0);
	ck_assert_int_eq(clockwatch_new(loop, on_event, loop, &watch), 0);
	ck_assert_str_eq(clockwatch_text(watch), "unknown");
	ck_assert_int_eq(loop_run(loop), 0);
	ck_assert(told == SYNCHRONISED || told == LOST);
	ck_assert_str_eq(
		clockwatch_text(watch), told == SYNCHRONISED ? "synchronised" : "unsynchronised");
	clockwatch_free(watch);
	clockwatch_free(NULL);
	loop_free(loop);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("clockwatch");
	TCase *tests = tcase_create("clock");

	tcase_add_checked_fixture(tests, set_up, NULL);
	tcase_add_test(tests, synchronised_and_lost);
	tcase_add_test(tests, never_synchronised);
	tcase_add_test(tests, not_known);
	tcase_add_test(tests, stepped);
	tcase_add_test(tests, reads_the_system);
	tcase_add_test(tests, tells_at_the_start);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
