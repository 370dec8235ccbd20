/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Exceptions in force, with a clock, a kernel and a log of the test's own: what is put on record
 * and what has an effect when something in between fails.
 */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../../daemon/clock.h"
#include "../../daemon/enforcer.h"
#include "../../daemon/exceptionfile.h"
#include "../../daemon/exceptions.h"
#include "../../lib/conf.h"
#include "../../lib/opening.h"
#include "suite.h"

#define NOW    INT64_C(1795253400) /* 2026-11-21T09:30:00Z */
#define HOUR   3600
#define SATO   1001
#define SUZUKI 1002

static const char configuration[] =
	"site = { name = \"town\"; };\n"
	"zones = ( { name = \"work\"; kind = \"lgwan\"; segments = (\n"
	"  { name = \"servers\"; interface = \"eth1\"; networks = \"10.1.0.0/24\"; },\n"
	"  { name = \"desks\"; interface = \"eth2\"; networks = \"10.1.1.0/24\"; } ); } );\n"
	"hosts = ( { name = \"files\"; address = \"10.1.0.10\"; } );\n";

static char directory[64], file[128];
static struct policy *policy;
static struct diag_list *found;
static struct exceptions *exceptions;
static struct exceptions_result result;
static struct enforcer parts;

/* ---- what stands in for the rest of hedated ---- */

static int64_t clock_seconds;
static const struct lifecycle_extension *extension;
static int try_result;
static enum exit_code renew_result;
static unsigned int renewals;
static char events[8192];
static loop_timer_function timer;
static uint64_t timer_delay;

int64_t clock_realtime(void)
{
	return clock_seconds * CLOCK_SECOND;
}

static bool disk_full;

/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): the C library's. */
ssize_t write(int fd, const void *buffer, size_t size)
{
	if (!disk_full)
		return syscall(SYS_write, fd, buffer, size);
	errno = ENOSPC;
	return -1;
}

void lifecycle_set_extension(
	struct lifecycle *lifecycle, const struct lifecycle_extension *new_extension)
{
	(void)lifecycle;
	extension = new_extension;
}

struct policy *lifecycle_policy_to_extend(struct lifecycle *lifecycle)
{
	(void)lifecycle;
	return policy;
}

/* The policy without what was added to it before, and with what is added now. */
static int extend(struct diag_list *diags)
{
	while (policy->path_count > 0)
		policy_path_clear(&policy->paths[--policy->path_count]);
	return extension->extend(policy, diags, extension->data);
}

int lifecycle_try(struct lifecycle *lifecycle, struct diag_list *diags)
{
	(void)lifecycle;
	(void)diags;
	return try_result;
}

enum exit_code enforcer_renew(struct enforcer *enforcer, struct diag_list *diags)
{
	renewals++;
	if (renew_result == EXIT_OK || renew_result == EXIT_DIFFERS) {
		ck_assert_int_eq(extend(diags), 0);
		exceptions_applied(enforcer->exceptions);
	}
	return renew_result;
}

void reclink_event(struct reclink *link, const char *action, bool success, const char *text,
	const char *const *pairs)
{
	(void)link;
	(void)success;
	(void)text;
	snprintf(events + strlen(events), sizeof(events) - strlen(events), "%s", action);
	for (; pairs && pairs[0]; pairs += 2)
		if (strcmp(pairs[0], "exception") == 0 || strcmp(pairs[0], "why") == 0 ||
			strcmp(pairs[0], "bytes") == 0)
			snprintf(events + strlen(events), sizeof(events) - strlen(events), " %s",
				pairs[1]);
	strcat(events, "\n");
}

int loop_add_timer(struct loop *loop, loop_timer_function function, void *data,
	struct loop_source **ret_source)
{
	(void)loop;
	timer = function;
	*ret_source = data; /* something that is not NULL */
	return 0;
}

int loop_set_timer(struct loop_source *source, uint64_t delay_ms, uint64_t period_ms)
{
	(void)source;
	(void)period_ms;
	timer_delay = delay_ms;
	return 0;
}

void loop_remove(struct loop_source *source)
{
	(void)source;
}

/* ---- set-up ---- */

/* As hedated starts. */
static void start(void)
{
	exceptions_free(exceptions);
	parts = (struct enforcer){ 0 };
	events[0] = '\0';
	ck_assert_int_eq(exceptions_new(directory, NULL, &exceptions), 0);
	exceptions_attach(exceptions, NULL);
	parts.exceptions = exceptions;
	ck_assert_int_eq(extend(found), 0);
	ck_assert_int_eq(exceptions_start(exceptions, &parts), 0);
}

static void set_up(void)
{
	clock_seconds = NOW;
	try_result = 0;
	renew_result = EXIT_OK;
	renewals = 0;
	disk_full = false;
	snprintf(directory, sizeof(directory), "/tmp/hedate-exceptions.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(directory));
	snprintf(file, sizeof(file), "%s/" EXCEPTIONFILE_NAME, directory);
	ck_assert_int_eq(diag_list_new(&found), 0);
	ck_assert_int_eq(
		conf_parse(configuration, strlen(configuration), "t.conf", found, &policy), 0);
	diag_list_free(found);
	ck_assert_int_eq(diag_list_new(&found), 0);
	start();
}

static void tear_down(void)
{
	char torn[160];

	exceptions_free(exceptions);
	exceptions = NULL;
	policy_free(policy);
	diag_list_free(found);
	unlink(file);
	snprintf(torn, sizeof(torn), "%s/" EXCEPTIONFILE_TORN, directory);
	unlink(torn);
	rmdir(directory);
}

/* ---- steps ---- */

static void request(const char *to, int64_t seconds, bool emergency)
{
	struct exception_entry entry = {
		.action = EXCEPTION_REQUEST,
		.uid = SATO,
		.user = strdup("sato"),
		.from = strdup("10.1.1.9"),
		.to = strdup(to),
		.service = strdup("tcp/445"),
		.clauses = strdup("x"),
		.text = strdup("障害"),
		.end = clock_seconds + seconds,
		.emergency = emergency,
	};

	exceptions_take(exceptions, &entry, found, &result);
	exception_entry_clear(&entry);
}

static void step(enum exception_action action, const char *id, const char *words)
{
	struct exception_entry entry = {
		.action = action,
		.uid = SUZUKI,
		.user = strdup("suzuki"),
		.id = strdup(id),
		.text = words ? strdup(words) : NULL,
	};

	exceptions_take(exceptions, &entry, found, &result);
	exception_entry_clear(&entry);
}

#define FIRST "X-2026-0001"

static void grant(void)
{
	request("files", HOUR, false);
	ck_assert_int_eq(result.code, EXIT_OK);
	step(EXCEPTION_APPROVE, FIRST, NULL);
}

static void tick(void)
{
	timer(NULL, exceptions);
}

static const char *state_of(const char *id)
{
	const struct exception *exception = exception_find(exceptions_register(exceptions), id);

	ck_assert_ptr_nonnull(exception);
	return exception_state_name(exception_state_at(exception, clock_seconds));
}

static uint64_t lines(void)
{
	return exceptions_register(exceptions)->lines;
}

static void ck_events(const char *wanted)
{
	ck_assert_str_eq(events, wanted);
	events[0] = '\0';
}

static void ck_counts(size_t in_force, size_t requested, size_t reports_due, size_t suspended)
{
	struct exceptions_counts counts = exceptions_count(exceptions);

	ck_assert_uint_eq(counts.in_force, in_force);
	ck_assert_uint_eq(counts.requested, requested);
	ck_assert_uint_eq(counts.reports_due, reports_due);
	ck_assert_uint_eq(counts.suspended, suspended);
}

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
	tcase_add_test(tests, test_start);
	tcase_add_test(tests, test_suspended);
	tcase_add_test(tests, test_withdrawn);
	tcase_add_test(tests, test_changed_by_others);
	tcase_add_test(tests, test_broken);
	tcase_add_test(tests, test_no_directory);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
