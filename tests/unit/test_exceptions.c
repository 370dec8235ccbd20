/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Steps and ends of exceptions, and what the kernel refuses of them. */
#include "test_exceptions.h"

/* ---- tests ---- */

START_TEST(test_granted)
{
	request("files", HOUR, false);
	ck_assert_int_eq(result.code, EXIT_OK);
	ck_assert_ptr_nonnull(result.exception);
	ck_assert_uint_eq(renewals, 0);
	ck_counts(0, 1, 0, 0);
	step(EXCEPTION_APPROVE, FIRST, NULL);
	ck_assert_int_eq(result.code, EXIT_OK);
	ck_assert_uint_eq(renewals, 1);
	ck_assert_uint_eq(policy->path_count, 1);
	ck_assert_str_eq(policy->paths[0].exception, FIRST);
	ck_assert_int_eq(policy->paths[0].not_before, NOW);
	ck_assert_int_eq(policy->paths[0].not_after, NOW + HOUR);
	ck_counts(1, 0, 0, 0);
	ck_events("exception-requested " FIRST "\nexception-approved " FIRST "\n");
	step(EXCEPTION_REVOKE, FIRST, "復旧");
	ck_assert_uint_eq(policy->path_count, 0);
	ck_counts(0, 0, 0, 0);
	ck_events("exception-revoked " FIRST "\n");
}
END_TEST

START_TEST(test_emergency)
{
	request("files", HOUR, true);
	ck_assert_int_eq(result.code, EXIT_OK);
	ck_assert_uint_eq(renewals, 1);
	ck_assert_uint_eq(policy->path_count, 1);
	ck_counts(1, 0, 1, 0);
	step(EXCEPTION_REPORT, FIRST, "報告");
	ck_assert_int_eq(result.code, EXIT_OK);
	ck_assert_uint_eq(renewals, 1);
	ck_counts(1, 0, 0, 0);
}
END_TEST

/* What the rest of the policy does not go together with never comes into the register. */
START_TEST(test_tried_first)
{
	try_result = -EINVAL;
	request("files", HOUR, false);
	ck_assert_int_eq(result.code, EXIT_FAILED);
	ck_assert_uint_eq(lines(), 0);
	ck_events("exception-denied path\n");
	try_result = 0;
	request("nowhere", HOUR, false);
	ck_assert_int_eq(result.code, EXIT_FAILED);
	ck_assert_uint_eq(diag_list_count(found, DIAG_ERROR), 1);
	ck_assert_uint_eq(lines(), 0);
}
END_TEST

/* On record and not in the kernel: it is taken back, on record. */
START_TEST(test_kernel_refuses)
{
	request("files", HOUR, false);
	renew_result = EXIT_FAILED;
	events[0] = '\0';
	step(EXCEPTION_APPROVE, FIRST, NULL);
	ck_assert_int_eq(result.code, EXIT_FAILED);
	ck_assert_str_eq(
		result.text, "the rule set could not be changed; the exception is revoked again");
	ck_assert_str_eq(state_of(FIRST), "revoked");
	ck_assert_uint_eq(lines(), 3);
	ck_events("exception-approved " FIRST "\nexception-failed " FIRST
		  "\nexception-revoked " FIRST "\n");
	request("files", HOUR, true);
	ck_assert_int_eq(result.code, EXIT_FAILED);
	ck_assert_str_eq(state_of("X-2026-0002"), "revoked");
}
END_TEST

/* Revoked on record, and still open: tried again until it is not. */
START_TEST(test_revocation_fails)
{
	grant();
	renewals = 0;
	renew_result = EXIT_FAILED;
	step(EXCEPTION_REVOKE, FIRST, "復旧");
	ck_assert_int_eq(result.code, EXIT_FAILED);
	ck_assert_str_eq(state_of(FIRST), "revoked");
	ck_assert_uint_eq(policy->path_count, 1);
	ck_assert_uint_le(timer_delay, 1001);
	tick();
	ck_assert_uint_eq(renewals, 2);
	ck_assert_uint_le(timer_delay, 1001);
	renew_result = EXIT_OK;
	tick();
	ck_assert_uint_eq(policy->path_count, 0);
	ck_assert_uint_gt(timer_delay, 1001);
	tick();
	ck_assert_uint_eq(renewals, 3);
}
END_TEST

START_TEST(test_differs)
{
	request("files", HOUR, false);
	renew_result = EXIT_DIFFERS;
	step(EXCEPTION_APPROVE, FIRST, NULL);
	ck_assert_int_eq(result.code, EXIT_DIFFERS);
	ck_assert_str_eq(state_of(FIRST), "granted");
	ck_assert_ptr_nonnull(result.exception);
}
END_TEST

START_TEST(test_expires)
{
	grant();
	events[0] = '\0';
	ck_assert_uint_le(timer_delay, 30001);
	clock_seconds = NOW + HOUR - 10;
	tick();
	ck_events("");
	ck_assert_uint_eq(timer_delay, 10001);
	clock_seconds = NOW + HOUR;
	ck_counts(0, 0, 0, 0);
	tick();
	ck_events("exception-expired " FIRST "\n");
	ck_assert_uint_eq(lines(), 3);
	tick();
	ck_events("");
	/* The clock is set back: it is over all the same. */
	clock_seconds = NOW;
	ck_assert_int_eq(exceptions_now(exceptions), NOW + HOUR);
	ck_counts(0, 0, 0, 0);
	start();
	ck_assert_uint_eq(policy->path_count, 0);
}
END_TEST

/* How many paths of exceptions the kernel is to have open now. */
static size_t open_paths(void)
{
	struct openings openings;
	size_t open;

	ck_assert_int_eq(openings_at(policy, NULL, clock_seconds, &openings), 0);
	open = openings.open;
	openings_clear(&openings);
	return open;
}

/* What is over stays closed when the clock is set back to a time when it was not. */
START_TEST(test_clock_set_back)
{
	grant();
	ck_assert_uint_eq(open_paths(), 1);
	clock_seconds = NOW + HOUR;
	tick();
	ck_assert_uint_eq(open_paths(), 0);
	clock_seconds = NOW + 10;
	ck_assert_uint_eq(open_paths(), 0);
	extend(found);
	ck_assert_uint_eq(open_paths(), 0);
}
END_TEST

/* The same when the line that says so could not be written. */
START_TEST(test_clock_set_back_unwritten)
{
	grant();
	events[0] = '\0';
	disk_full = true;
	clock_seconds = NOW + HOUR;
	tick();
	tick();
	ck_assert_uint_eq(lines(), 2);
	ck_events("exception-failed " FIRST "\n"); /* said once */
	clock_seconds = NOW + 10;
	ck_assert_uint_eq(open_paths(), 0);
	ck_counts(0, 0, 0, 0);
	disk_full = false;
	tick();
	ck_events("exception-expired " FIRST "\n");
	ck_assert_str_eq(exceptions_problem(exceptions), "");
}
END_TEST

/* Also where only an end is to be written: a register that is not ours grants nothing. */
START_TEST(test_changed_by_others_at_an_end)
{
	FILE *stream;

	request("10.1.0.11", 2 * HOUR, true);
	request("files", HOUR, true);
	ck_assert_uint_eq(policy->path_count, 2);
	stream = fopen(file, "a");
	ck_assert_ptr_nonnull(stream);
	fputs("x\n", stream);
	fclose(stream);
	clock_seconds = NOW + HOUR;
	tick();
	ck_assert_str_eq(exceptions_problem(exceptions),
		"somebody else changed it while hedated was running");
	ck_assert_uint_eq(policy->path_count, 0);
}
END_TEST

/* What could not be done is tried again after a second, whatever the clock says. */
START_TEST(test_retry_with_clock_set_back)
{
	grant();
	renew_result = EXIT_FAILED;
	clock_seconds = NOW - 86400;
	step(EXCEPTION_REVOKE, FIRST, "復旧");
	ck_assert_uint_le(timer_delay, 1001);
	tick();
	ck_assert_uint_le(timer_delay, 1001);
	renew_result = EXIT_OK;
	tick();
	ck_assert_uint_eq(policy->path_count, 0);
	ck_assert_uint_le(timer_delay, 30001);
}
END_TEST

/* What was only asked for, or refused, leaves nothing in the policy in place. */
START_TEST(test_leaves_no_services)
{
	size_t before = policy->service_count;

	try_result = -EINVAL;
	request("files", HOUR, false);
	ck_assert_int_eq(result.code, EXIT_FAILED);
	ck_assert_uint_eq(policy->service_count, before);
	try_result = 0;
	request("files", HOUR, false);
	ck_assert_int_eq(result.code, EXIT_OK);
	ck_assert_uint_eq(policy->service_count, before);
	step(EXCEPTION_APPROVE, FIRST, NULL);
	ck_assert_uint_eq(policy->service_count, before + 1);
	ck_assert_uint_eq(policy->paths[0].services[0], before);
}
END_TEST

/* A full disk does not keep a path open. */
START_TEST(test_revoked_without_room)
{
	grant();
	events[0] = '\0';
	disk_full = true;
	step(EXCEPTION_REVOKE, FIRST, "復旧");
	ck_assert_int_eq(result.code, EXIT_FAILED);
	ck_assert_str_eq(result.text, "the path is closed, but that could not be put into the "
				      "register; revoke it again when there is space");
	ck_assert_uint_eq(policy->path_count, 0);
	ck_events("exception-failed " FIRST "\nexception-suspended " FIRST
		  " revoked, which is not on record yet\n");
	ck_counts(0, 0, 0, 1);
	/* Whatever else happens, it stays closed; on record it can be later. */
	extend(found);
	ck_assert_uint_eq(policy->path_count, 0);
	disk_full = false;
	step(EXCEPTION_REVOKE, FIRST, "復旧");
	ck_assert_int_eq(result.code, EXIT_OK);
	ck_assert_str_eq(state_of(FIRST), "revoked");
	ck_assert_uint_eq(policy->path_count, 0);
}
END_TEST

/* What was revoked leaves the rule set in the end, whatever becomes of others meanwhile. */
START_TEST(test_revocation_is_not_forgotten)
{
	grant();
	request("10.1.0.11", HOUR, false);
	renew_result = EXIT_FAILED;
	step(EXCEPTION_REVOKE, FIRST, "復旧");
	step(EXCEPTION_APPROVE, "X-2026-0002", NULL);
	ck_assert_str_eq(state_of("X-2026-0002"), "revoked");
	ck_assert_uint_eq(policy->path_count, 1);
	renew_result = EXIT_OK;
	tick();
	ck_assert_uint_eq(policy->path_count, 0);
}
END_TEST

/* A time that no line can hold makes no line: the register could not be read again. */
START_TEST(test_after_the_calendar)
{
	const int64_t last = INT64_C(253402300799); /* 9999-12-31T23:59:59Z */

	struct exception_entry entry = {
		.action = EXCEPTION_REQUEST,
		.uid = SATO,
		.user = strdup("sato"),
		.from = strdup("10.1.1.9"),
		.to = strdup("files"),
		.service = strdup("tcp/445"),
		.clauses = strdup("x"),
		.text = strdup("障害"),
		.start = last,
		.end = last + 100,
	};

	exceptions_take(exceptions, &entry, found, &result);
	ck_assert_int_eq(result.code, EXIT_FAILED);
	ck_assert_int_eq(result.refusal.error, EXCEPTION_ERROR_ENDLESS);
	exception_entry_clear(&entry);
	start();
	ck_assert_str_eq(exceptions_problem(exceptions), "");
	grant();
	ck_assert_int_eq(result.code, EXIT_OK);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("exceptions");
	TCase *tests = tcase_create("exceptions");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, test_granted);
	tcase_add_test(tests, test_emergency);
	tcase_add_test(tests, test_tried_first);
	tcase_add_test(tests, test_kernel_refuses);
	tcase_add_test(tests, test_revocation_fails);
	tcase_add_test(tests, test_differs);
	tcase_add_test(tests, test_expires);
	tcase_add_test(tests, test_clock_set_back);
	tcase_add_test(tests, test_clock_set_back_unwritten);
	tcase_add_test(tests, test_changed_by_others_at_an_end);
	tcase_add_test(tests, test_retry_with_clock_set_back);
	tcase_add_test(tests, test_leaves_no_services);
	tcase_add_test(tests, test_revoked_without_room);
	tcase_add_test(tests, test_revocation_is_not_forgotten);
	tcase_add_test(tests, test_after_the_calendar);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
