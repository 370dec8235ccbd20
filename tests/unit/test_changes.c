/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is put in place first, what waits, and changes. */
#include "test_changes.h"

/* What is put in place first ------------------------------------------------------------------- */

START_TEST(test_first_start)
{
	ck_assert_int_eq(begin(), EXIT_OK);
	expect("first", 1, 0);
	ck_assert(changes_begun(changes)->own_file);
	/* The same file again is nothing new; another one is. */
	ck_assert_int_eq(begin(), EXIT_OK);
	expect("first", 1, 0);
	write_file(config, "second");
	ck_assert_int_eq(begin(), EXIT_OK);
	expect("second", 2, 0);
}
END_TEST

START_TEST(test_first_start_refused)
{
	write_file(config, "bad");
	ck_assert_int_eq(begin(), EXIT_CONFIG);
	expect("", 0, 0);
	unlink(config);
	ck_assert_int_eq(begin(), EXIT_CONFIG);
	ck_assert_uint_eq(diag_list_count(diags, DIAG_ERROR), 1);
	write_file(config, "first");
	kernel_refuses = 1;
	ck_assert_int_eq(begin(), EXIT_FAILED);
	expect("", 0, 0);
}
END_TEST

/* The file is refused: what was confirmed. */
START_TEST(test_file_refused)
{
	begin();
	write_file(config, "bad");
	lose_kernel();
	ck_assert_int_eq(begin(), EXIT_OK);
	expect("first", 1, 0);
	ck_assert(changes_begun(changes)->file_refused);
	unlink(config);
	lose_kernel();
	ck_assert_int_eq(begin(), EXIT_OK);
	expect("first", 1, 0);
	/* It is not the file's fault when the kernel refuses. */
	write_file(config, "second");
	kernel_refuses = 1;
	ck_assert_int_eq(begin(), EXIT_FAILED);
}
END_TEST

static const char *const strict[] = { "first two", "first confirm" };

/* Persons make changes: the file is not asked. */
START_TEST(test_protected)
{
	write_file(config, strict[_i]);
	begin();
	write_file(config, "second");
	lose_kernel();
	ck_assert_int_eq(begin(), EXIT_OK);
	expect(strict[_i], 1, 0);
	ck_assert(changes_begun(changes)->file_differs);
	write_file(config, "bad");
	ck_assert_int_eq(begin(), EXIT_OK);
	expect(strict[_i], 1, 0);
	/* Broken, and nothing before it: nothing is changed; but the file may be what was lost. */
	spoil("000001.conf", "x");
	lose_kernel();
	ck_assert_int_eq(begin(), EXIT_FAILED);
	expect("", 1, 0);
	ck_assert_uint_eq(changes_begun(changes)->broken, 1);
	write_file(config, strict[_i]);
	ck_assert_int_eq(begin(), EXIT_OK);
	expect(strict[_i], 1, 0);
}
END_TEST

START_TEST(test_broken_takes_older)
{
	begin();
	write_file(config, "second two");
	begin();
	write_file(config, "third");
	spoil("000002.conf", "x");
	lose_kernel();
	ck_assert_int_eq(begin(), EXIT_OK);
	expect("first", 2, 0);
	ck_assert_uint_eq(changes_begun(changes)->broken, 2);
	ck_assert_uint_eq(changes_begun(changes)->number, 1);
	/* Its line as well: what it said of changes is not known, the older one says it. */
	spoil("000002.json", "x\n");
	lose_kernel();
	ck_assert_int_eq(begin(), EXIT_OK);
	ck_assert_str_eq(in_kernel.text, "third");
}
END_TEST

START_TEST(test_nothing_whole)
{
	begin();
	spoil("000001.conf", "x");
	spoil("000001.json", "x\n");
	lose_kernel();
	ck_assert_int_eq(begin(), EXIT_FAILED);
	ck_assert_str_eq(in_kernel.text, "");
	spoil("current", "x");
	ck_assert_int_eq(begin(), EXIT_FAILED); /* something was confirmed, and nobody knows what */
	ck_assert_str_eq(in_kernel.text, "");
	ck_assert(changes_begun(changes)->current_broken);
}
END_TEST

/* The file may be what nobody approved. */
START_TEST(test_foreign_store)
{
	begin();
	lose_kernel();
	ck_assert_int_eq(chmod(directory, 0777), 0);
	ck_assert_int_eq(begin(), EXIT_FAILED);
	ck_assert_str_eq(in_kernel.text, "");
	ck_assert_ptr_null(changes_store(changes));
	ck_assert_str_ne(changes_problem(changes), "");
	ck_assert_int_eq(changes_begun(changes)->unreadable, -EPERM);
	ck_assert_int_eq(chmod(directory, 0750), 0);
	ck_assert_int_eq(begin(), EXIT_OK);
	ck_assert_str_eq(in_kernel.text, "first");
}
END_TEST

/* Nothing was confirmed yet, and nothing can be. */
START_TEST(test_no_store)
{
	struct change_result result;
	read_only = true;
	ck_assert_int_eq(begin(), EXIT_OK);
	read_only = false;
	ck_assert_str_eq(in_kernel.text, "first");
	ck_assert_ptr_null(changes_store(changes));
	ck_assert_str_ne(changes_problem(changes), "");
	ck_assert_int_eq(apply("second", CHANGES_AS_POLICY, &result), EXIT_FAILED);
	ck_assert_str_eq(in_kernel.text, "first");
	attach();
	ck_assert_str_eq(last_event, "store-failed failed");
	changes_stop(changes);
}
END_TEST

/* What waits ----------------------------------------------------------------------------------- */

START_TEST(test_pending_in_time)
{
	begin();
	apply_ok("second", 600);
	expect("second", 1, 2);
	lose_kernel();
	ck_assert_int_eq(begin(), EXIT_OK);
	expect("second", 1, 2);
	ck_assert(changes_begun(changes)->waits);
	attach();
	changes_stop(changes);
	expect("first", 1, 0);
	ck_assert_str_eq(last_event, "rollback-automatic ok");
}
END_TEST

/* In another boot, past its time, broken, refused: what was confirmed. */
START_TEST(test_pending_not_in_time)
{
	begin();
	apply_ok("second", 600);
	switch (_i) {
	case 0:
		spoil("current",
			"confirmed 1\npending 2 9 00000000-0000-0000-0000-00000000000a 9\n");
		break;
	case 1:
		spoil("000002.conf", "x");
		break;
	case 2:
		kernel_refuses = 1;
		break;
	default:
		spoil("000002.json", "x\n");
		break;
	}
	lose_kernel();
	ck_assert_int_eq(begin(), EXIT_OK);
	expect("first", 1, 0);
	ck_assert_uint_eq(changes_begun(changes)->rolled_back, 2);
	attach();
	ck_assert_str_eq(last_event, "rollback-automatic ok");
}
END_TEST

/* A file that is what nobody confirmed is not taken. */
START_TEST(test_file_unconfirmed)
{
	begin();
	write_file(config, "second");
	apply_ok("second", 600);
	attach();
	changes_stop(changes);
	lose_kernel();
	ck_assert_int_eq(begin(), EXIT_OK);
	expect("first", 1, 0);
	ck_assert(changes_begun(changes)->file_unconfirmed);
	apply_ok("second", CHANGES_AS_POLICY);
	ck_assert_int_eq(begin(), EXIT_OK);
	expect("second", 3, 0);
}
END_TEST

/* Changes -------------------------------------------------------------------------------------- */

START_TEST(test_refusals)
{
	struct change_result result;
	begin();
	ck_assert_int_eq(apply("bad", CHANGES_AS_POLICY, &result), EXIT_CONFIG);
	expect("first", 1, 0);
	kernel_refuses = 1;
	ck_assert_int_eq(apply("second", CHANGES_AS_POLICY, &result), EXIT_FAILED);
	expect("first", 1, 0);
	apply_ok("second", 600);
	ck_assert_int_eq(apply("third", CHANGES_AS_POLICY, &result), EXIT_FAILED);
	ck_assert_ptr_nonnull(strstr(result.why, "waits to be confirmed"));
	apply_ok("second", CHANGES_AS_POLICY); /* the same is no change */
	expect("second", 1, 3);
	struct store_entry entry;
	ck_assert_int_eq(store_entry(changes_store(changes), 2, &entry), 0);
	ck_assert_int_eq(entry.state, STORE_REFUSED);
}
END_TEST

START_TEST(test_two_persons)
{
	struct change_result result;
	struct change_request request = { .how = "approve",
		.fd = -1,
		.bytes = "second",
		.length = 6,
		.who = "sato",
		.approver = "suzuki",
		.approver_uid = 1001,
		.approved = true,
		.confirm_seconds = CHANGES_AS_POLICY };
	write_file(config, "first two");
	begin();
	ck_assert_int_eq(apply("second", CHANGES_AS_POLICY, &result), EXIT_FAILED);
	ck_assert_ptr_nonnull(strstr(result.why, "two persons"));
	expect("first two", 1, 0);
	apply_ok("first two", CHANGES_AS_POLICY);
	ck_assert_int_eq(changes_apply(changes, &request, diags, &result), EXIT_OK);
	expect("second", 2, 0);
	struct store_entry entry;
	ck_assert_int_eq(store_entry(changes_store(changes), 2, &entry), 0);
	ck_assert_str_eq(entry.approver, "suzuki");
	ck_assert_uint_eq(entry.approver_uid, 1001);
}
END_TEST

/* The policy in force decides how long, not the one that comes. */
START_TEST(test_confirm_seconds)
{
	struct change_result result;
	const struct change_person person = { 1000, 1, "suzuki", "" };
	char why[CHANGES_WHY_MAX];
	uint64_t number;
	begin();
	ck_assert_int_eq(apply("second confirm", CHANGES_AS_POLICY, &result), EXIT_OK);
	expect("second confirm", 2, 0);
	ck_assert_int_eq(apply("third", CHANGES_AS_POLICY, &result), EXIT_OK);
	ck_assert_uint_eq(result.seconds, 60);
	expect("third", 2, 3);
	attach();
	ck_assert_int_eq(changes_confirm(changes, &person, &number, why), EXIT_OK);
	ck_assert_uint_eq(number, 3);
	expect("third", 3, 0);
	ck_assert_str_eq(last_event, "confirm ok");
	ck_assert_int_eq(changes_confirm(changes, &person, &number, why), EXIT_FAILED);
	ck_assert_int_eq(changes_undo(changes, &person, diags, &result), EXIT_FAILED);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("changes");
	TCase *tests = tcase_create("changes");
	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, test_first_start);
	tcase_add_test(tests, test_first_start_refused);
	tcase_add_test(tests, test_file_refused);
	tcase_add_loop_test(tests, test_protected, 0, 2);
	tcase_add_test(tests, test_broken_takes_older);
	tcase_add_test(tests, test_nothing_whole);
	tcase_add_test(tests, test_foreign_store);
	tcase_add_test(tests, test_no_store);
	tcase_add_test(tests, test_pending_in_time);
	tcase_add_loop_test(tests, test_pending_not_in_time, 0, 4);
	tcase_add_test(tests, test_file_unconfirmed);
	tcase_add_test(tests, test_refusals);
	tcase_add_test(tests, test_two_persons);
	tcase_add_test(tests, test_confirm_seconds);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
