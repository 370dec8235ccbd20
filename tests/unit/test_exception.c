/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Exceptions: each state, the steps between them. */
#include <check.h>
#include <errno.h>
#include <string.h>

#include "register.h"
#include "suite.h"

/* ---- states ---- */

START_TEST(test_granted)
{
	request();
	ck_state(NOW, "requested", false, false);
	step(EXCEPTION_APPROVE, "X-2026-0001", SUZUKI, NOW + 60, NULL);
	ck_state(NOW + 60, "granted", true, false);
	ck_state(NOW + HOUR - 1, "granted", true, false);
	ck_state(NOW + HOUR, "expired", false, false);
	ck_assert(exception_is_over(&reg.items[0], NOW + HOUR));
	step(EXCEPTION_EXPIRE, "X-2026-0001", 0, NOW + HOUR, NULL);
	ck_assert(!exception_is_over(&reg.items[0], NOW + HOUR));
	/* A clock that is set back gives nothing again. */
	ck_state(NOW + 60, "expired", false, false);
	ck_assert_str_eq(reg.items[0].decided.user, "suzuki");
	ck_assert_int_eq(reg.items[0].ended.time, NOW + HOUR);
}
END_TEST

START_TEST(test_granted_for_later)
{
	make_request();
	entry.start = NOW + DAY;
	entry.end = NOW + 2 * DAY;
	take();
	step(EXCEPTION_APPROVE, "X-2026-0001", SUZUKI, NOW + 60, NULL);
	ck_state(NOW + DAY - 1, "granted", false, false);
	ck_state(NOW + DAY, "granted", true, false);
}
END_TEST

START_TEST(test_refused)
{
	request();
	step(EXCEPTION_REFUSE, "X-2026-0001", SUZUKI, NOW + 60, "代替手段がある");
	ck_state(NOW + 60, "refused", false, false);
	ck_state(NOW + DAY, "refused", false, false);
	ck_assert_str_eq(reg.items[0].decided.text, "代替手段がある");
}
END_TEST

START_TEST(test_never_decided)
{
	request();
	ck_state(NOW + HOUR, "expired", false, false);
	make_step(EXCEPTION_APPROVE, "X-2026-0001", SUZUKI, NOW + HOUR, NULL);
	ck_refused(EXCEPTION_ERROR_STATE);
	ck_words("X-2026-0001 is expired", "only what is requested can be approved");
	step(EXCEPTION_EXPIRE, "X-2026-0001", 0, NOW + HOUR, NULL);
}
END_TEST

START_TEST(test_revoked)
{
	request();
	step(EXCEPTION_APPROVE, "X-2026-0001", SUZUKI, NOW + 60, NULL);
	step(EXCEPTION_REVOKE, "X-2026-0001", SATO, NOW + 120, "復旧した");
	ck_state(NOW + 120, "revoked", false, false);
	make_step(EXCEPTION_REVOKE, "X-2026-0001", SATO, NOW + 121, "復旧した");
	ck_refused(EXCEPTION_ERROR_STATE);
	ck_words("X-2026-0001 is revoked", "only what is granted, or an emergency, can be revoked");
	make_step(EXCEPTION_EXPIRE, "X-2026-0001", 0, NOW + DAY, NULL);
	ck_refused(EXCEPTION_ERROR_NOT_ENDED);
}
END_TEST

START_TEST(test_emergency)
{
	request_emergency();
	ck_state(NOW, "emergency", true, true);
	make_step(EXCEPTION_APPROVE, "X-2026-0001", SUZUKI, NOW + 60, NULL);
	ck_refused(EXCEPTION_ERROR_STATE);
	ck_words("X-2026-0001 is an emergency in force", "only what is requested can be approved");
	step(EXCEPTION_EXPIRE, "X-2026-0001", 0, NOW + HOUR, NULL);
	ck_state(NOW + HOUR, "expired", false, true);
	step(EXCEPTION_REPORT, "X-2026-0001", SATO, NOW + DAY, "CISOに報告した");
	ck_state(NOW + DAY, "expired", false, false);
	ck_assert_str_eq(reg.items[0].reported.text, "CISOに報告した");
	make_step(EXCEPTION_REPORT, "X-2026-0001", SATO, NOW + DAY, "再度");
	ck_refused(EXCEPTION_ERROR_REPORTED);
}
END_TEST

/* A report while it is in force changes nothing else; so does a revocation. */
START_TEST(test_emergency_reported_early)
{
	request_emergency();
	step(EXCEPTION_REPORT, "X-2026-0001", SATO, NOW + 60, "報告");
	ck_state(NOW + 60, "emergency", true, false);
	step(EXCEPTION_REVOKE, "X-2026-0001", SUZUKI, NOW + 120, "不要");
	ck_state(NOW + 120, "revoked", false, false);
}
END_TEST

START_TEST(test_override)
{
	request();
	make_step(EXCEPTION_APPROVE, "X-2026-0001", SATO, NOW + 60, NULL);
	ck_refused(EXCEPTION_ERROR_SELF);
	ck_words("X-2026-0001 was asked for by you",
		"another person approves it; if there is none, --override puts on record why");
	make_step(EXCEPTION_APPROVE, "X-2026-0001", SATO, NOW + 60, "  ");
	ck_refused(EXCEPTION_ERROR_MISSING);
	make_step(EXCEPTION_APPROVE, "X-2026-0001", SUZUKI, NOW + 60, "不在");
	ck_refused(EXCEPTION_ERROR_OVERRIDE);
	step(EXCEPTION_APPROVE, "X-2026-0001", SATO, NOW + 60, "承認者が不在");
	ck_state(NOW + 60, "granted", true, false);
	ck_assert_str_eq(reg.items[0].decided.text, "承認者が不在");
}
END_TEST

/* ---- steps that are refused ---- */

START_TEST(test_unknown)
{
	static const enum exception_action actions[] = { EXCEPTION_APPROVE, EXCEPTION_REFUSE,
		EXCEPTION_REVOKE, EXCEPTION_REPORT, EXCEPTION_EXPIRE };

	request();
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
		make_step(actions[i], "X-2026-0002", SUZUKI, NOW, "x");
		ck_refused(EXCEPTION_ERROR_UNKNOWN);
		ck_words("there is no exception X-2026-0002",
			"hedate exception list shows all there are");
	}
	/* An id that is none is not repeated. */
	make_step(EXCEPTION_APPROVE, "X-2026-0001\033[2J", SUZUKI, NOW, NULL);
	ck_refused(EXCEPTION_ERROR_UNKNOWN);
	ck_words("there is no exception ", "hedate exception list shows all there are");
}
END_TEST

START_TEST(test_steps_without_words)
{
	request();
	make_step(EXCEPTION_REFUSE, "X-2026-0001", SUZUKI, NOW, NULL);
	ck_refused(EXCEPTION_ERROR_MISSING);
	ck_assert_str_eq(refusal.what, "reason");
	step(EXCEPTION_APPROVE, "X-2026-0001", SUZUKI, NOW, NULL);
	make_step(EXCEPTION_REVOKE, "X-2026-0001", SUZUKI, NOW, "");
	ck_refused(EXCEPTION_ERROR_MISSING);
	make_step(EXCEPTION_REFUSE, "X-2026-0001", SUZUKI, NOW, "x");
	ck_refused(EXCEPTION_ERROR_STATE);
	ck_words("X-2026-0001 is granted", "only what is requested can be refused");
	make_step(EXCEPTION_REPORT, "X-2026-0001", SUZUKI, NOW, "x");
	ck_refused(EXCEPTION_ERROR_NO_REPORT);
	ck_words("X-2026-0001 is no emergency: no report on it is due", "");
	make_step(EXCEPTION_EXPIRE, "X-2026-0001", 0, NOW + HOUR - 1, NULL);
	ck_refused(EXCEPTION_ERROR_NOT_ENDED);
}
END_TEST

/* What there is can still be ended when nothing more can be asked for. */
START_TEST(test_full)
{
	request();
	reg.lines = EXCEPTION_LINES_REQUEST;
	make_request();
	ck_refused(EXCEPTION_ERROR_FULL);
	ck_words("the register has 500000 lines and takes no more",
		"stop hedated, move the register to an archive, start hedated");
	step(EXCEPTION_APPROVE, "X-2026-0001", SUZUKI, NOW, NULL);
	reg.lines = EXCEPTION_LINES_MAX - 1;
	step(EXCEPTION_REVOKE, "X-2026-0001", SUZUKI, NOW, "x");
	ck_assert_uint_eq(reg.lines, EXCEPTION_LINES_MAX);
	make_step(EXCEPTION_REFUSE, "X-2026-0001", SUZUKI, NOW, "x");
	ck_refused(EXCEPTION_ERROR_FULL);
}
END_TEST

/* Every error has a name and words of its own. */
START_TEST(test_words)
{
	char cause[256], fix[256], others[EXCEPTION_ERRORS][256] = { 0 };

	for (int i = 1; i < EXCEPTION_ERRORS; i++) {
		refusal = (struct exception_refusal){ .error = (enum exception_error)i,
			.id = "X-2026-0001",
			.what = "reason",
			.number = 3600 };
		exception_refusal_text(&refusal, cause, fix, sizeof(cause));
		ck_assert_str_ne(cause, "");
		ck_assert_ptr_null(strchr(cause, '{'));
		ck_assert_ptr_null(strchr(fix, '{'));
		for (int j = 1; j < i; j++)
			ck_assert_str_ne(cause, others[j]);
		strcpy(others[i], cause);
	}
	/* Whatever the size is. */
	for (size_t size = 1; size < 40; size++) {
		exception_refusal_text(&refusal, cause, fix, size);
		ck_assert_uint_lt(strlen(cause), size);
		ck_assert_uint_lt(strlen(fix), size);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("exception");
	TCase *tests = tcase_create("exception");

	tcase_add_checked_fixture(tests, register_set_up, register_tear_down);
	tcase_add_test(tests, test_granted);
	tcase_add_test(tests, test_granted_for_later);
	tcase_add_test(tests, test_refused);
	tcase_add_test(tests, test_never_decided);
	tcase_add_test(tests, test_revoked);
	tcase_add_test(tests, test_emergency);
	tcase_add_test(tests, test_emergency_reported_early);
	tcase_add_test(tests, test_override);
	tcase_add_test(tests, test_unknown);
	tcase_add_test(tests, test_steps_without_words);
	tcase_add_test(tests, test_full);
	tcase_add_test(tests, test_words);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
