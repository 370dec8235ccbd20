/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The register of exceptions: each state, each refusal, lines and their chain. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/exception.h"
#include "suite.h"

#define NOW    INT64_C(1795253400) /* 2026-11-21T09:30:00Z */
#define HOUR   3600
#define DAY    86400
#define SATO   1001
#define SUZUKI 1002

static const struct exception_limits limits = { .longest = 90 * DAY, .emergency = 72 * HOUR };

static struct exception_register reg;
static struct exception_entry entry;
static struct exception_refusal refusal;
static struct json text; /* all lines that were taken */

static void set_up(void)
{
	exception_register_init(&reg);
	json_init(&text);
	entry = (struct exception_entry){ 0 };
}

static void tear_down(void)
{
	exception_register_clear(&reg);
	exception_entry_clear(&entry);
	json_clear(&text);
}

/* ---- doing things ---- */

static char *copy(const char *string)
{
	return string ? strdup(string) : NULL;
}

/* entry: a request that is all right, an ordinary one for an hour from now. */
static void make_request(void)
{
	exception_entry_clear(&entry);
	entry.action = EXCEPTION_REQUEST;
	entry.time = NOW;
	entry.uid = SATO;
	entry.user = strdup("sato");
	entry.from = strdup("10.10.0.12");
	entry.to = strdup("10.20.0.40");
	entry.service = strdup("tcp/445");
	entry.clauses = strdup("第2章4(1)①,第2章4(2)①(ア)");
	entry.text = strdup("基幹系の障害により \"暫定\" 経路を使う");
	entry.start = NOW;
	entry.end = NOW + HOUR;
}

static void make_step(
	enum exception_action action, const char *id, uint32_t uid, int64_t time, const char *words)
{
	exception_entry_clear(&entry);
	entry.action = action;
	entry.time = time;
	entry.uid = uid;
	entry.user = strdup(uid == SATO ? "sato" : "suzuki");
	entry.id = copy(id);
	entry.text = copy(words);
}

static void set(char **place, const char *string)
{
	free(*place);
	*place = copy(string);
}

/* The whole way of an entry that is permitted. */
static void take(void)
{
	size_t before = text.length;

	ck_assert_int_eq(exception_prepare(&reg, &entry), 0);
	ck_assert_int_eq(exception_check(&reg, &entry, &limits, &refusal), 0);
	exception_line_write(&text, &entry);
	ck_assert(!text.failed);
	ck_assert_int_eq(exception_add(&reg, &entry, text.text + before, text.length - before), 0);
}

static void step(
	enum exception_action action, const char *id, uint32_t uid, int64_t time, const char *words)
{
	make_step(action, id, uid, time, words);
	take();
}

static void request(void)
{
	make_request();
	take();
}

static void request_emergency(void)
{
	make_request();
	entry.emergency = true;
	take();
}

static void ck_refused(enum exception_error error)
{
	ck_assert_int_eq(exception_check(&reg, &entry, &limits, &refusal), -EINVAL);
	ck_assert_str_eq(exception_error_name(refusal.error), exception_error_name(error));
}

static void ck_state(int64_t now, const char *state, bool in_force, bool report_due)
{
	const struct exception *exception = exception_find(&reg, "X-2026-0001");

	ck_assert_ptr_nonnull(exception);
	ck_assert_str_eq(exception_state_name(exception_state_at(exception, now)), state);
	ck_assert_int_eq(exception_in_force(exception, now), in_force);
	ck_assert_int_eq(exception_report_due(exception), report_due);
}

static void ck_words(const char *cause, const char *fix)
{
	char have_cause[512], have_fix[512];

	exception_refusal_text(&refusal, have_cause, have_fix, sizeof(have_cause));
	ck_assert_str_eq(have_cause, cause);
	ck_assert_str_eq(have_fix, fix);
}

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

/* ---- lines ---- */

static const char first_line[] =
	"{\"line\":1,\"time\":\"2026-11-21T09:30:00Z\",\"action\":\"request\","
	"\"exception\":\"X-2026-0001\",\"uid\":1001,\"user\":\"sato\",\"from\":\"10.10.0.12\","
	"\"to\":\"10.20.0.40\",\"service\":\"tcp/445\",\"start\":\"2026-11-21T09:30:00Z\","
	"\"end\":\"2026-11-21T10:30:00Z\",\"emergency\":false,"
	"\"clauses\":\"第2章4(1)①,第2章4(2)①(ア)\","
	"\"reason\":\"基幹系の障害により \\\"暫定\\\" 経路を使う\","
	"\"previous\":\"0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8\"}\n";

START_TEST(test_line)
{
	struct exception_entry again;

	request();
	ck_assert_str_eq(text.text, first_line);
	ck_assert_int_eq(exception_line_read(text.text, text.length, &again), 0);
	ck_assert_int_eq(again.time, NOW);
	ck_assert_int_eq(again.end, NOW + HOUR);
	ck_assert_uint_eq(again.uid, SATO);
	ck_assert_str_eq(again.text, entry.text);
	exception_entry_clear(&again);
}
END_TEST

/* Each change of a byte, each byte less or more: not what is written, or not the chain's. */
START_TEST(test_every_byte)
{
	struct exception_reading reading;
	char *changed;
	size_t length;

	request();
	step(EXCEPTION_APPROVE, "X-2026-0001", SUZUKI, NOW + 60, NULL);
	length = text.length;
	changed = malloc(length + 1);
	for (size_t i = 0; i + 1 < length; i++) {
		struct exception_register other;
		int r;

		memcpy(changed, text.text, length);
		changed[i] ^= 1;
		exception_register_init(&other);
		r = exception_register_read(&other, changed, length, &reading);
		/* In the last line its own digits may stand for another time or person: only the
		 * line after it, or the log's event, would tell. */
		if (r == 0 && i < sizeof(first_line) - 1)
			ck_abort_msg("byte %zu can be changed", i);
		exception_register_clear(&other);
		memmove(changed + i, changed + i + 1, length - i - 1);
		r = exception_register_read(&other, changed, length - 1, &reading);
		if (r == 0 && i < sizeof(first_line) - 1)
			ck_abort_msg("byte %zu can be left out", i);
		exception_register_clear(&other);
	}
	free(changed);
}
END_TEST

static void ck_read(const char *content, size_t length, int result)
{
	struct exception_register other;
	struct exception_reading reading;

	exception_register_init(&other);
	ck_assert_int_eq(exception_register_read(&other, content, length, &reading), result);
	exception_register_clear(&other);
}

START_TEST(test_read_again)
{
	struct exception_register other;
	struct exception_reading reading;
	struct json one, two;

	request();
	step(EXCEPTION_APPROVE, "X-2026-0001", SUZUKI, NOW + 60, NULL);
	make_request();
	set(&entry.to, "10.20.0.41");
	entry.emergency = true;
	take();
	step(EXCEPTION_REPORT, "X-2026-0002", SATO, NOW + 60, "報告");
	step(EXCEPTION_EXPIRE, "X-2026-0001", 0, NOW + DAY, NULL);
	exception_register_init(&other);
	ck_assert_int_eq(exception_register_read(&other, text.text, text.length, &reading), 0);
	ck_assert_uint_eq(reading.valid, text.length);
	ck_assert_uint_eq(reading.torn, 0);
	ck_assert_uint_eq(other.count, 2);
	ck_assert_uint_eq(other.lines, 5);
	ck_assert_mem_eq(other.digest, reg.digest, sizeof(reg.digest));
	for (size_t i = 0; i < 2; i++) {
		json_init(&one);
		json_init(&two);
		exception_write(&one, &reg.items[i], NOW + DAY, NULL);
		exception_write(&two, &other.items[i], NOW + DAY, NULL);
		ck_assert_str_eq(one.text, two.text);
		json_clear(&one);
		json_clear(&two);
	}
	exception_register_clear(&other);
}
END_TEST

START_TEST(test_torn)
{
	struct exception_register other;
	struct exception_reading reading;
	size_t whole;

	request();
	whole = text.length;
	step(EXCEPTION_APPROVE, "X-2026-0001", SUZUKI, NOW + 60, NULL);
	for (size_t length = whole; length < text.length; length++) {
		exception_register_init(&other);
		ck_assert_int_eq(exception_register_read(&other, text.text, length, &reading), 0);
		ck_assert_uint_eq(reading.valid, whole);
		ck_assert_uint_eq(reading.torn, length - whole);
		ck_assert_uint_eq(other.lines, 1);
		exception_register_clear(&other);
	}
	/* The line that says what was cut. */
	make_step(EXCEPTION_REPAIR, NULL, 0, NOW + 90, NULL);
	entry.bytes = 17;
	take();
	ck_read(text.text, text.length, 0);
	ck_read("", 0, 0);
}
END_TEST

/* Lines left out, exchanged, repeated. */
START_TEST(test_broken)
{
	struct exception_reading reading;
	struct exception_register other;
	char *content;
	size_t first, second;

	request();
	first = text.length;
	step(EXCEPTION_APPROVE, "X-2026-0001", SUZUKI, NOW + 60, NULL);
	second = text.length - first;
	ck_read(text.text + first, second, -EBADMSG);
	content = malloc(2 * text.length);
	memcpy(content, text.text + first, second);
	memcpy(content + second, text.text, first);
	ck_read(content, first + second, -EBADMSG);
	memcpy(content, text.text, text.length);
	memcpy(content + text.length, text.text + first, second);
	exception_register_init(&other);
	ck_assert_int_eq(
		exception_register_read(&other, content, text.length + second, &reading), -EBADMSG);
	ck_assert_uint_eq(reading.broken_line, 3);
	ck_assert_str_eq(reading.broken, "its number does not follow");
	exception_register_clear(&other);
	free(content);
}
END_TEST

/* Lines whose chain is right and that nobody may have written. */
static void forge(enum exception_action action, uint32_t uid, int64_t time, const char *id,
	const char *words, const char *wrong)
{
	struct exception_reading reading;
	struct exception_register other;
	size_t before = text.length;

	make_step(action, id, uid, time, words);
	entry.line = reg.lines + 1;
	memcpy(entry.previous, reg.digest, sizeof(entry.previous));
	if (action == EXCEPTION_REQUEST) {
		entry.from = strdup("a");
		entry.to = strdup("b");
		entry.service = strdup("c");
		entry.clauses = strdup("d");
		entry.start = time;
		entry.end = time + HOUR;
	}
	exception_line_write(&text, &entry);
	exception_register_init(&other);
	ck_assert_int_eq(
		exception_register_read(&other, text.text, text.length, &reading), -EBADMSG);
	ck_assert_uint_eq(reading.broken_line, reg.lines + 1);
	ck_assert_str_eq(reading.broken, wrong);
	exception_register_clear(&other);
	text.length = before;
	json_newline(&text);
	text.length = before;
	text.comma = false;
}

START_TEST(test_forged)
{
	request();
	forge(EXCEPTION_APPROVE, SATO, NOW + 60, "X-2026-0001", NULL,
		"the lines before do not permit it");
	forge(EXCEPTION_APPROVE, SUZUKI, NOW + HOUR, "X-2026-0001", NULL,
		"the lines before do not permit it");
	forge(EXCEPTION_REVOKE, SUZUKI, NOW + 60, "X-2026-0001", "x",
		"the lines before do not permit it");
	forge(EXCEPTION_APPROVE, SUZUKI, NOW + 60, "X-2026-0002", NULL,
		"the lines before do not permit it");
	forge(EXCEPTION_APPROVE, SUZUKI, NOW - 1, "X-2026-0001", NULL,
		"its time is before that of the line before");
	forge(EXCEPTION_REQUEST, SATO, NOW + 60, "X-2026-0003", "x",
		"its exception's number does not follow");
	forge(EXCEPTION_REQUEST, SATO, NOW + 60, "X-2026-0001", "x",
		"its exception's number does not follow");
	/* And one that may. */
	step(EXCEPTION_APPROVE, "X-2026-0001", SUZUKI, NOW + 60, NULL);
	ck_read(text.text, text.length, 0);
}
END_TEST

static const char *const no_lines[] = {
	"\n",
	"{}\n",
	"[]\n",
	"{\"line\":1}\n",
	"{\"line\":01}\n",
	"null\n",
	"{\"line\":1,\"line\":1}\n",
	"\xff\n",
	"{\"line\":18446744073709551616}\n",
	"{\"action\":\"grant\"}\n",
	"{\"uid\":4294967296}\n",
	"{\"time\":\"2026-02-30T00:00:00Z\"}\n",
	"{\"emergency\":1}\n",
	"{\"previous\":\"00\"}\n",
	"{\"user\":\"a\",\"user\":\"b\"}\n",
	"{\"colour\":\"red\"}\n",
};

START_TEST(test_no_line)
{
	struct exception_entry again;

	ck_assert_int_eq(exception_line_read(no_lines[_i], strlen(no_lines[_i]), &again), -EINVAL);
	exception_entry_clear(&again);
	ck_read(no_lines[_i], strlen(no_lines[_i]), -EBADMSG);
}
END_TEST

/* The longest line that can be asked for is read again. */
START_TEST(test_longest_line)
{
	struct exception_entry again;
	char *words = malloc(EXCEPTION_TEXT_MAX + 1);

	memset(words, '"', EXCEPTION_TEXT_MAX);
	words[EXCEPTION_TEXT_MAX] = '\0';
	make_request();
	set(&entry.text, words);
	words[EXCEPTION_PLACE_MAX] = '\0';
	set(&entry.from, words);
	set(&entry.to, words);
	set(&entry.service, words);
	set(&entry.clauses, words);
	take();
	ck_assert_uint_lt(text.length, EXCEPTION_LINE_MAX);
	ck_assert_int_eq(exception_line_read(text.text, text.length, &again), 0);
	exception_entry_clear(&again);
	free(words);
}
END_TEST

/* ---- numbers and times ---- */

START_TEST(test_numbers)
{
	static const char *const services[] = { "tcp/1", "tcp/2", "tcp/3" };

	for (size_t i = 0; i < 3; i++) {
		make_request();
		set(&entry.service, services[i]);
		take();
	}
	ck_assert_ptr_nonnull(exception_find(&reg, "X-2026-0003"));
	make_request();
	entry.time = entry.start = INT64_C(1798761600); /* 2027-01-01T00:00:00Z */
	entry.end = entry.start + HOUR;
	take();
	ck_assert_ptr_nonnull(exception_find(&reg, "X-2027-0001"));
	/* Set back, the clock does not go back in the register. */
	make_request();
	set(&entry.service, "tcp/9");
	entry.start = 0;
	entry.end = NOW + 60 * DAY;
	take();
	ck_assert_int_eq(entry.start, INT64_C(1798761600));
	ck_assert_ptr_nonnull(exception_find(&reg, "X-2027-0002"));
	ck_assert_int_eq(exception_find(&reg, "X-2027-0002")->request.time, INT64_C(1798761600));
	ck_read(text.text, text.length, 0);
}
END_TEST

START_TEST(test_times)
{
	static const char *const wrong[] = { "", "2026-11-21T09:30:00", "2026-11-21 09:30:00Z",
		"2026-11-21T09:30:00+00:00", "2026-02-29T00:00:00Z", "2026-11-21T24:00:00Z",
		"2026-11-21T09:30:60Z", "1969-12-31T23:59:59Z", " 2026-11-21T09:30:00Z",
		"2026-1-21T09:30:00Z", "2026-11-21T09:30:00ZZ", "-026-11-21T09:30:00Z" };
	static const int64_t right[] = { 0, 1, NOW, INT64_C(1835395200), INT64_C(253402300799) };
	char written[EXCEPTION_TIME_MAX];
	int64_t time;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ck_assert_msg(exception_time_parse(wrong[i], &time) == -EINVAL, "%s", wrong[i]);
	for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++) {
		exception_time_format(right[i], written);
		ck_assert_int_eq(exception_time_parse(written, &time), 0);
		ck_assert_int_eq(time, right[i]);
	}
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
	TCase *states = tcase_create("states"), *lines = tcase_create("lines");

	tcase_add_checked_fixture(states, set_up, tear_down);
	tcase_add_test(states, test_granted);
	tcase_add_test(states, test_granted_for_later);
	tcase_add_test(states, test_refused);
	tcase_add_test(states, test_never_decided);
	tcase_add_test(states, test_revoked);
	tcase_add_test(states, test_emergency);
	tcase_add_test(states, test_emergency_reported_early);
	tcase_add_test(states, test_override);
	tcase_add_loop_test(
		states, test_request_refused, 0, sizeof(refusals) / sizeof(refusals[0]));
	tcase_add_test(states, test_request_just_permitted);
	tcase_add_test(states, test_duplicate);
	tcase_add_test(states, test_overlap);
	tcase_add_test(states, test_other_words);
	tcase_add_test(states, test_no_overlap);
	tcase_add_test(states, test_unreported);
	tcase_add_test(states, test_unknown);
	tcase_add_test(states, test_steps_without_words);
	tcase_add_test(states, test_full);
	tcase_add_test(states, test_words);
	suite_add_tcase(suite, states);
	tcase_add_checked_fixture(lines, set_up, tear_down);
	tcase_add_test(lines, test_line);
	tcase_add_test(lines, test_every_byte);
	tcase_add_test(lines, test_read_again);
	tcase_add_test(lines, test_torn);
	tcase_add_test(lines, test_broken);
	tcase_add_test(lines, test_forged);
	tcase_add_loop_test(lines, test_no_line, 0, sizeof(no_lines) / sizeof(no_lines[0]));
	tcase_add_test(lines, test_longest_line);
	tcase_add_test(lines, test_numbers);
	tcase_add_test(lines, test_times);
	suite_add_tcase(suite, lines);
	return suite_run(suite);
}
