/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests of exceptions: each refusal, and what is beside them. */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "register.h"
#include "suite.h"

/* ---- requests that are refused ---- */

static void no_from(void)
{
	set(&entry.from, NULL);
}

static void no_to(void)
{
	set(&entry.to, "");
}

static void no_service(void)
{
	set(&entry.service, " ");
}

static void no_clauses(void)
{
	set(&entry.clauses, "");
}

static void no_reason(void)
{
	set(&entry.text, "   ");
}

static void line_break(void)
{
	set(&entry.text, "一行\n二行");
}

static void not_utf8(void)
{
	set(&entry.from, "\xff");
}

static void long_reason(void)
{
	free(entry.text);
	entry.text = calloc(1, EXCEPTION_TEXT_MAX + 2);
	memset(entry.text, 'a', EXCEPTION_TEXT_MAX + 1);
}

static void empty_clause(void)
{
	set(&entry.clauses, "第2章4(1)①, ,第3章");
}

static void last_clause_empty(void)
{
	set(&entry.clauses, "第2章4(1)①,");
}

static void endless(void)
{
	entry.end = 0;
}

static void reversed(void)
{
	entry.start = NOW + 2 * HOUR;
}

static void no_time(void)
{
	entry.end = entry.start;
}

static void past(void)
{
	entry.start = NOW - 30;
	entry.end = NOW;
}

static void backdated(void)
{
	entry.start = NOW - EXCEPTION_TOLERANCE - 1;
}

static void too_long(void)
{
	entry.end = entry.start + 90 * DAY + 1;
}

static void emergency_too_long(void)
{
	entry.emergency = true;
	entry.end = entry.start + 72 * HOUR + 1;
}

static void emergency_later(void)
{
	entry.emergency = true;
	entry.start = NOW + 1;
}

static const struct {
	void (*spoil)(void);
	enum exception_error error;
	const char *cause, *fix;
} refusals[] = {
	{ no_from, EXCEPTION_ERROR_MISSING, "the initiator (--from) is missing",
		"an exception has applicant, approver, reason, clauses, path, start and end" },
	{ no_to, EXCEPTION_ERROR_MISSING, "the target (--to) is missing",
		"an exception has applicant, approver, reason, clauses, path, start and end" },
	{ no_service, EXCEPTION_ERROR_MISSING, "the service (--service) is missing",
		"an exception has applicant, approver, reason, clauses, path, start and end" },
	{ no_clauses, EXCEPTION_ERROR_MISSING, "the clause (--clause) is missing",
		"name one that its path breaks; the answer says which others it breaks" },
	{ no_reason, EXCEPTION_ERROR_MISSING, "the reason (--reason) is missing",
		"an exception has applicant, approver, reason, clauses, path, start and end" },
	{ line_break, EXCEPTION_ERROR_TEXT,
		"the reason (--reason) holds a line break, control characters or bytes that are "
		"not UTF-8",
		"" },
	{ not_utf8, EXCEPTION_ERROR_TEXT,
		"the initiator (--from) holds a line break, control characters or bytes that are "
		"not UTF-8",
		"" },
	{ long_reason, EXCEPTION_ERROR_LONG,
		"the reason (--reason) is too long: at most 2000 bytes are allowed", "" },
	{ empty_clause, EXCEPTION_ERROR_CLAUSES, "one of the clauses is empty",
		"write the clauses' numbers with a comma between each two" },
	{ last_clause_empty, EXCEPTION_ERROR_CLAUSES, "one of the clauses is empty",
		"write the clauses' numbers with a comma between each two" },
	{ endless, EXCEPTION_ERROR_ENDLESS, "it has no end",
		"every exception ends: give --until or --for" },
	{ reversed, EXCEPTION_ERROR_REVERSED, "it ends when it begins, or earlier",
		"give an end after its start" },
	{ no_time, EXCEPTION_ERROR_REVERSED, "it ends when it begins, or earlier",
		"give an end after its start" },
	{ past, EXCEPTION_ERROR_PAST, "its end is past already",
		"give an end that is still to come" },
	{ backdated, EXCEPTION_ERROR_BACKDATED, "its start is past: it is backdated",
		"leave --start out: it begins when it is granted" },
	{ too_long, EXCEPTION_ERROR_TOO_LONG, "it lasts longer than 90 days",
		"ask for less, and again when it ends (exceptions.longest_days)" },
	{ emergency_too_long, EXCEPTION_ERROR_EMERGENCY_LONG, "an emergency lasts 3 days at most",
		"ask for less, and for an ordinary exception meanwhile "
		"(exceptions.emergency_hours)" },
	{ emergency_later, EXCEPTION_ERROR_EMERGENCY_LATER, "an emergency begins at once",
		"leave --start out, or ask for an ordinary exception" },
};

START_TEST(test_request_refused)
{
	make_request();
	refusals[_i].spoil();
	ck_refused(refusals[_i].error);
	ck_words(refusals[_i].cause, refusals[_i].fix);
}
END_TEST

/* At the limits themselves. */
START_TEST(test_request_just_permitted)
{
	make_request();
	entry.start = NOW - EXCEPTION_TOLERANCE;
	entry.end = entry.start + 90 * DAY;
	take();
	make_request();
	set(&entry.service, "tcp/446");
	entry.emergency = true;
	entry.end = NOW + 72 * HOUR;
	take();
}
END_TEST

/* ---- requests beside others ---- */

START_TEST(test_duplicate)
{
	request();
	make_request();
	ck_refused(EXCEPTION_ERROR_DUPLICATE);
	ck_words("X-2026-0001 asks for the same already",
		"wait for what becomes of X-2026-0001, or have it refused or revoked first");
	ck_assert_str_eq(refusal.id, "X-2026-0001");
}
END_TEST

START_TEST(test_overlap)
{
	request();
	make_request();
	entry.start = NOW + HOUR - 1;
	entry.end = NOW + 2 * HOUR;
	ck_refused(EXCEPTION_ERROR_OVERLAP);
	ck_words("X-2026-0001 is on the same path, at times of this one",
		"let this one begin when X-2026-0001 ends, or have X-2026-0001 refused or revoked "
		"first");
	entry.start = NOW + HOUR;
	take();
	/* An emergency overlaps as any other does. */
	make_request();
	entry.emergency = true;
	ck_refused(EXCEPTION_ERROR_OVERLAP);
}
END_TEST

/* As a policy would have it: both names stand for one host. */
static bool is_one_host(
	const struct exception_entry *a, const struct exception_entry *b, void *data)
{
	++*(int *)data;
	return strcmp(a->service, b->service) == 0;
}

/* The same in other words is the same path; who is over or elsewhere is not even asked about. */
START_TEST(test_other_words)
{
	int asked = 0;
	struct exception_limits resolved = limits;

	resolved.meet = is_one_host;
	resolved.data = &asked;
	request_emergency();
	make_request();
	set(&entry.to, "file-pull");
	ck_assert_int_eq(exception_check(&reg, &entry, &resolved, &refusal), -EINVAL);
	ck_assert_int_eq(refusal.error, EXCEPTION_ERROR_OVERLAP);
	ck_assert_str_eq(refusal.id, "X-2026-0001");
	entry.emergency = true;
	ck_assert_int_eq(exception_check(&reg, &entry, &resolved, &refusal), -EINVAL);
	ck_assert_int_eq(refusal.error, EXCEPTION_ERROR_UNREPORTED);
	ck_assert_int_eq(asked, 2);
	set(&entry.service, "tcp/446");
	ck_assert_int_eq(exception_check(&reg, &entry, &resolved, &refusal), 0);
	ck_assert_int_eq(asked, 3);
	set(&entry.service, "tcp/445");
	entry.emergency = false;
	entry.start = NOW + 80 * HOUR;
	entry.end = NOW + 81 * HOUR;
	ck_assert_int_eq(exception_check(&reg, &entry, &resolved, &refusal), 0);
	ck_assert_int_eq(asked, 3);
}
END_TEST

/* What is over, refused or revoked is in nobody's way; another path is another path. */
START_TEST(test_no_overlap)
{
	request();
	make_request();
	set(&entry.to, "10.20.0.41");
	take();
	step(EXCEPTION_REFUSE, "X-2026-0001", SUZUKI, NOW, "否");
	request();
	step(EXCEPTION_APPROVE, "X-2026-0003", SUZUKI, NOW, NULL);
	step(EXCEPTION_REVOKE, "X-2026-0003", SUZUKI, NOW, "否");
	request();
	make_request();
	entry.time = NOW + HOUR;
	entry.start = NOW + HOUR - 30;
	entry.end = NOW + 2 * HOUR;
	take();
	ck_assert_uint_eq(reg.count, 5);
}
END_TEST

/* One emergency after the other would never end. */
START_TEST(test_unreported)
{
	request_emergency();
	make_request();
	entry.emergency = true;
	entry.time = entry.start = NOW + DAY;
	entry.end = NOW + DAY + HOUR;
	ck_refused(EXCEPTION_ERROR_UNREPORTED);
	ck_words("X-2026-0001, an emergency on the same path, was not reported yet",
		"report on it first: hedate exception report X-2026-0001");
	step(EXCEPTION_REPORT, "X-2026-0001", SATO, NOW + DAY, "報告");
	make_request();
	entry.emergency = true;
	entry.time = entry.start = NOW + DAY;
	entry.end = NOW + DAY + HOUR;
	take();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("exception_request");
	TCase *tests = tcase_create("exception_request");

	tcase_add_checked_fixture(tests, register_set_up, register_tear_down);
	tcase_add_loop_test(tests, test_request_refused, 0, sizeof(refusals) / sizeof(refusals[0]));
	tcase_add_test(tests, test_request_just_permitted);
	tcase_add_test(tests, test_duplicate);
	tcase_add_test(tests, test_overlap);
	tcase_add_test(tests, test_other_words);
	tcase_add_test(tests, test_no_overlap);
	tcase_add_test(tests, test_unreported);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
