/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The register on disk, as it is found when hedated starts, or changed by others. */
#include "test_exceptions.h"

/* An end that comes while hedated does not run is noticed when it starts. */
START_TEST(test_start)
{
	grant();
	start();
	ck_assert_uint_eq(policy->path_count, 1);
	ck_assert_int_eq(policy->paths[0].not_after, NOW + HOUR);
	ck_counts(1, 0, 0, 0);
	clock_seconds = NOW + 2 * HOUR;
	start();
	ck_assert_uint_eq(policy->path_count, 0);
	tick();
	ck_events("exception-expired " FIRST "\n");
}
END_TEST

START_TEST(test_suspended)
{
	char *name = policy->hosts[0].name;
	const struct exception *exception;

	grant();
	events[0] = '\0';
	policy->hosts[0].name = (char[]){ "other" };
	(void)enforcer_renew(&parts, found);
	ck_assert_uint_eq(policy->path_count, 0);
	ck_counts(0, 0, 0, 1);
	ck_events("exception-suspended " FIRST " exception " FIRST
		  ": no host, network, segment or zone is named \"files\"\n");
	exception = exception_find(exceptions_register(exceptions), FIRST);
	ck_assert_ptr_nonnull(exceptions_suspended(exceptions, exception));
	(void)enforcer_renew(&parts, found);
	ck_events("");
	policy->hosts[0].name = name;
	(void)enforcer_renew(&parts, found);
	ck_events("exception-resumed " FIRST "\n");
	ck_assert_ptr_null(exceptions_suspended(exceptions, exception));
	ck_counts(1, 0, 0, 0);
}
END_TEST

START_TEST(test_withdrawn)
{
	grant();
	events[0] = '\0';
	ck_assert_int_eq(extend(found), 0);
	extension->withdraw("assertion A1 fails", found, extension->data);
	exceptions_applied(exceptions);
	ck_counts(0, 0, 0, 1);
	ck_events("exception-suspended " FIRST " assertion A1 fails\n");
}
END_TEST

/* Somebody else writes to the register: nothing is granted from the next step on. */
START_TEST(test_changed_by_others)
{
	FILE *stream;

	grant();
	stream = fopen(file, "a");
	fputs("x", stream);
	fclose(stream);
	events[0] = '\0';
	request("10.1.0.11", HOUR, false);
	ck_assert_int_eq(result.code, EXIT_FAILED);
	ck_assert_str_ne(exceptions_problem(exceptions), "");
	ck_assert_uint_eq(policy->path_count, 0);
	ck_counts(0, 0, 0, 0);
	step(EXCEPTION_REVOKE, FIRST, "x");
	ck_assert_int_eq(result.code, EXIT_FAILED);
	ck_assert_ptr_nonnull(strstr(events, "exception-register-unusable"));
	/* What was added is no whole line: cut off at the next start. */
	start();
	ck_assert_str_eq(exceptions_problem(exceptions), "");
	ck_events("exception-register-repaired 1\n");
	ck_counts(1, 0, 0, 0);
}
END_TEST

START_TEST(test_broken)
{
	FILE *stream;

	grant();
	stream = fopen(file, "a");
	fputs("{}\n", stream);
	fclose(stream);
	start();
	ck_assert_ptr_nonnull(strstr(exceptions_problem(exceptions), "line 3 is not valid"));
	ck_assert_uint_eq(policy->path_count, 0);
	ck_assert_ptr_nonnull(strstr(events, "exception-register-unusable"));
	request("10.1.0.11", HOUR, true);
	ck_assert_int_eq(result.code, EXIT_FAILED);
	ck_assert_uint_eq(policy->path_count, 0);
	tick();
}
END_TEST

START_TEST(test_no_directory)
{
	exceptions_free(exceptions);
	ck_assert_int_eq(exceptions_new("/proc/none/such", NULL, &exceptions), 0);
	ck_assert_ptr_nonnull(
		strstr(exceptions_problem(exceptions), "/proc/none/such/" EXCEPTIONFILE_NAME));
	exceptions_attach(exceptions, NULL);
	ck_assert_int_eq(extend(found), 0);
	ck_assert_uint_eq(policy->path_count, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("exceptions-register");
	TCase *tests = tcase_create("exceptions");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, test_start);
	tcase_add_test(tests, test_suspended);
	tcase_add_test(tests, test_withdrawn);
	tcase_add_test(tests, test_changed_by_others);
	tcase_add_test(tests, test_broken);
	tcase_add_test(tests, test_no_directory);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
