/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The disk or the kernel fails at any step. */
#include "test_changes.h"

/* Failures ------------------------------------------------------------------------------------- */

static enum exit_code step_apply(void)
{
	struct change_result result;
	enum exit_code code = apply("second", CHANGES_AS_POLICY, &result);
	ck_assert(code == EXIT_OK || result.why[0] != '\0');
	return code;
}

static enum exit_code step_apply_confirm(void)
{
	struct change_result result;
	enum exit_code code = apply("second", 600, &result);
	ck_assert(code == EXIT_OK || result.why[0] != '\0');
	return code;
}

static enum exit_code step_confirm(void)
{
	const struct change_person person = { 1000, 1, "suzuki", "" };
	char why[CHANGES_WHY_MAX] = "";
	uint64_t number;
	enum exit_code code = changes_confirm(changes, &person, &number, why);
	ck_assert(code == EXIT_OK || why[0] != '\0');
	return code;
}

static enum exit_code step_undo(void)
{
	const struct change_person person = { 1000, 1, "suzuki", "" };
	struct change_result result;
	return changes_undo(changes, &person, diags, &result);
}

static const struct step {
	enum exit_code (*function)(void);
	bool waits;		   /* "second" waits before it */
	const char *done, *failed; /* what the kernel has after it */
} steps[] = {
	{ step_apply, false, "second", "first" },
	{ step_apply_confirm, false, "second", "first" },
	{ step_confirm, true, "second", "second" },
	{ step_undo, true, "first", "first" },
};

/* Once, or from then on for good; then the disk is well again, and hedated is started again: what
 * counts in the store is what the kernel has, and it is one of both. */
START_TEST(test_failing_disk)
{
	const struct step *step = &steps[_i / 2];
	int points = 0;
	for (int point = 1;; point++) {
		testdir_remove(directory);
		lose_kernel();
		/* Where the call that failed was not needed, it says something else. */
		write_file(config, "first");
		begin();
		if (step->waits)
			apply_ok("second", 600);
		calls = 0;
		failing = point;
		only_once = _i % 2;
		enum exit_code code = step->function();
		bool reached = calls >= point;
		failing = 0;
		ck_assert_str_eq(in_kernel.text, code == EXIT_OK ? step->done : step->failed);
		/* Who changed it changed the file as well. */
		write_file(config, code == EXIT_OK ? step->done : "first");
		lose_kernel();
		ck_assert_int_eq(begin(), EXIT_OK);
		ck_assert(strcmp(in_kernel.text, "first") == 0 ||
			  strcmp(in_kernel.text, "second") == 0);
		if (code == EXIT_OK)
			ck_assert_str_eq(in_kernel.text, step->done);
		if (!reached)
			break;
		points++;
	}
	ck_assert_int_ge(points, 3);
}
END_TEST

/* It could not be confirmed on disk, and the kernel does not take back what was before: it is tried
 * again until it does. */
START_TEST(test_kernel_refuses_rollback)
{
	begin();
	attach();
	apply_ok("second", 600);
	kernel_refuses = 2;
	changes_stop(changes);
	ck_assert_str_eq(last_event, "rollback-automatic failed");
	expect("second", 1, 2);
	last_event[0] = '\0';
	changes_stop(changes);
	ck_assert_str_eq(last_event, ""); /* once is enough */
	changes_stop(changes);
	ck_assert_str_eq(last_event, "rollback-automatic ok");
	expect("first", 1, 0);
}
END_TEST

/* Back in the kernel, but not in the store: that is tried again, without another transaction. */
START_TEST(test_store_refuses_rollback)
{
	begin();
	attach();
	apply_ok("second", 600);
	calls = 0;
	failing = 1;
	changes_stop(changes);
	failing = 0;
	expect("first", 1, 2);
	unsigned int before = serial;
	changes_stop(changes);
	expect("first", 1, 0);
	ck_assert_uint_eq(serial, before);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("changes-disk");
	TCase *tests = tcase_create("changes");
	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_set_timeout(tests, 60);
	tcase_add_loop_test(tests, test_failing_disk, 0, 2 * sizeof(steps) / sizeof(steps[0]));
	tcase_add_test(tests, test_kernel_refuses_rollback);
	tcase_add_test(tests, test_store_refuses_rollback);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
