/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every call fails once, and the process ends at each. */
#include "test_store.h"

/* Failures ------------------------------------------------------------------------------------- */

/* As one that reads it sees it. */
static void expect_readable(uint64_t confirmed, uint64_t pending)
{
	struct store *reader;
	ck_assert_int_eq(store_open(config, STORE_READ, NULL, &reader), 0);
	ck_assert_uint_eq(store_current(reader)->confirmed, confirmed);
	ck_assert_uint_eq(store_current(reader)->pending, pending);
	store_close(reader);
}

static int step_put(void)
{
	struct store_entry entry = { 0 };
	return store_put(store, &entry, "third", 5);
}

static int step_begin(void)
{
	return store_begin(store, 2, 60);
}

static int step_confirm(void)
{
	return store_confirm(store, "sato");
}

static int step_end(void)
{
	return store_end(store, STORE_ROLLED_BACK, "sato");
}

static const struct step {
	int (*function)(void);
	uint64_t pending_before, confirmed_after, pending_after;
} steps[] = {
	{ step_put, 0, 1, 0 },
	{ step_begin, 0, 1, 2 },
	{ step_confirm, 2, 2, 0 },
	{ step_end, 2, 1, 0 },
};

/* It is confirmed, but its own line does not say so: the next change writes that first, or is not
 * made; else nobody could go back to it. */
START_TEST(test_state_not_written)
{
	open_it();
	put_confirmed("first");
	ck_assert_int_eq(store_begin(store, put("second"), 0), 0);
	calls = 0;
	failing = 6 + _i; /* after "current" is on disk */
	failing_error = ENOSPC;
	ck_assert_int_eq(store_confirm(store, ""), 0);
	ck_assert_int_ge(calls, failing);
	uint64_t third = put("third");

	calls = 0;
	failing = 1;
	ck_assert_int_eq(store_begin(store, third, 0), -ENOSPC);
	failing = 0;
	expect_current(2, 0);
	ck_assert_int_eq(store_begin(store, third, 0), 0);
	ck_assert_int_eq(store_confirm(store, ""), 0);
	expect_state(2, STORE_CONFIRMED);
	ck_assert_uint_eq(confirmed_before(third), 2);
}
END_TEST

/* Every call of every step fails once, with each error: the step fails and nothing changed, or it
 * was done, and what failed is made good by the next that opens the store. */
START_TEST(test_failures)
{
	static const int errors[] = { ENOSPC, EIO, EROFS, EDQUOT };
	const struct step *step = &steps[_i];
	int points = 0;
	for (size_t e = 0; e < sizeof(errors) / sizeof(errors[0]); e++) {
		for (int point = 1;; point++) {
			testdir_empty(directory);
			open_it();
			put_confirmed("first");
			put("second");
			if (step->pending_before)
				ck_assert_int_eq(store_begin(store, 2, 60), 0);
			calls = 0;
			failing = point;
			failing_error = errors[e];
			int r = step->function();
			bool reached = calls >= point;
			failing = 0;
			if (r < 0) {
				ck_assert_int_eq(r, -errors[e]);
				expect_current(1, step->pending_before);
				expect_readable(1, step->pending_before);
				ck_assert(!is_there("000003.json"));
			} else {
				expect_current(step->confirmed_after, step->pending_after);
				expect_readable(step->confirmed_after, step->pending_after);
			}
			ck_assert(!is_there("draft"));
			open_again();
			expect_bytes(1, "first");
			expect_bytes(2, "second");
			store_close(store);
			store = NULL;
			if (!reached)
				break;
			points++;
		}
	}
	ck_assert_int_ge(points, 4 * 4);
}
END_TEST

/* Crashes -------------------------------------------------------------------------------------- */

#define LIVES 12

/* What is promised after each step: what counted before it counts, or what counts after it. */
static struct promise {
	size_t ops;
	uint64_t confirmed, pending;
} promises[4 * LIVES + 2];
static size_t promise_count;
static char texts[LIVES + 2][32];

static void promise(void)
{
	promises[promise_count++] = (struct promise){ disk_ops(), store_current(store)->confirmed,
		store_current(store)->pending };
}

static void live(void)
{
	promise_count = 0;
	open_it();
	promise();
	for (int i = 1; i <= LIVES; i++) {
		snprintf(texts[i], sizeof(texts[i]), "number %d of %d", i, rand());
		uint64_t number = put(texts[i]);
		ck_assert_uint_eq(number, (uint64_t)i);
		promise();
		ck_assert_int_eq(store_begin(store, number, 60), 0);
		promise();
		if (i == 1 || rand() % 3)
			ck_assert_int_eq(store_confirm(store, "sato"), 0);
		else
			ck_assert_int_eq(store_end(store, STORE_ROLLED_BACK, "sato"), 0);
		promise();
	}
}

static bool is_promised(const struct promise *promised, const struct store_current *current)
{
	return promised->confirmed == current->confirmed && promised->pending == current->pending;
}

/* The state is the one before or the one after the step that was under way, and what counts is
 * whole. */
static void check_state(size_t op)
{
	const struct store_current *current = store_current(store);
	size_t last = 0;
	while (last + 1 < promise_count && promises[last + 1].ops <= op)
		last++;
	bool before = is_promised(&promises[last], current);
	bool after = last + 1 < promise_count && is_promised(&promises[last + 1], current);
	ck_assert_msg(before || after, "at %zu: confirmed %d, pending %d", op,
		(int)current->confirmed, (int)current->pending);
	if (current->confirmed)
		expect_bytes(current->confirmed, texts[current->confirmed]);
	if (current->pending)
		expect_bytes(current->pending, texts[current->pending]);
	uint64_t *numbers;
	size_t count;
	ck_assert_int_eq(store_list(store, &numbers, &count), 0);
	for (size_t i = 0; i < count; i++) {
		struct store_entry entry;
		int r = store_entry(store, numbers[i], &entry);
		/* Only what no step had finished yet may be broken. */
		ck_assert(r == 0 || (r == -EBADMSG && numbers[i] > current->confirmed &&
					    numbers[i] > current->pending));
	}
	free(numbers);
}

/* And from there it goes on. */
static void go_on(void)
{
	uint64_t number = put("the next one");
	ck_assert_int_eq(store_begin(store, number, 60), 0);
	ck_assert_int_eq(store_confirm(store, "sato"), 0);
	expect_current(number, 0);
	expect_bytes(number, "the next one");
}

static size_t die_everywhere(bool power_cut, int times)
{
	size_t points = 0;
	disk_watch(directory);
	live();
	disk_stop();
	store_close(store);
	store = NULL;
	for (size_t op = disk_first(); op <= disk_ops(); op++) {
		for (int i = 0; i < times; i++) {
			testdir_empty(directory);
			disk_make(directory, op, power_cut);
			open_it();
			check_state(op);
			go_on();
			store_close(store);
			store = NULL;
			points++;
		}
	}
	return points;
}

START_TEST(test_killed_anywhere)
{
	printf("store: killed at %zu points\n", die_everywhere(false, 1));
}
END_TEST

START_TEST(test_dark_anywhere)
{
	printf("store: power cut at %zu points\n", die_everywhere(true, 4));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("store-crash");
	TCase *tests = tcase_create("store");
	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_set_timeout(tests, 120);
	tcase_add_loop_test(tests, test_state_not_written, 0, 4);
	tcase_add_loop_test(tests, test_failures, 0, sizeof(steps) / sizeof(steps[0]));
	tcase_add_test(tests, test_killed_anywhere);
	tcase_add_test(tests, test_dark_anywhere);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
