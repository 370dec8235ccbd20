/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Changes of the configuration, the kernel stood in for: what is put in place first, whatever the
 * store holds; each call that writes failed in turn, in each step; the kernel that refuses. What
 * the kernel has and what the store says fit, always.
 */
#undef _FORTIFY_SOURCE
#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../../daemon/changes.h"
#include "../../daemon/enforcer.h"
#include "../../lib/change.h"
#include "suite.h"

/* The disk ------------------------------------------------------------------------------------- */

static int calls, failing; /* the failing'th call fails, and those after it: 0 none */
static bool only_once;

static bool fails(void)
{
	calls++;
	if (failing == 0 || (only_once ? calls != failing : calls < failing))
		return false;
	errno = ENOSPC;
	return true;
}

/* The system's headers name parameters in their own way. */
/* NOLINTBEGIN(readability-inconsistent-declaration-parameter-name) */

ssize_t write(int fd, const void *bytes, size_t length)
{
	return fd > 2 && fails() ? -1 : syscall(SYS_write, fd, bytes, length);
}

int fsync(int fd)
{
	return fails() ? -1 : (int)syscall(SYS_fsync, fd);
}

int renameat(int from, const char *old, int to, const char *new)
{
	return fails() ? -1 : (int)syscall(SYS_renameat, from, old, to, new);
}

static bool read_only; /* no directory can be made */

int mkdir(const char *name, mode_t mode)
{
	errno = EROFS;
	return read_only ? -1 : (int)syscall(SYS_mkdir, name, mode);
}

/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */

/* The kernel ----------------------------------------------------------------------------------- */

struct candidate {
	struct policy policy;
	char text[64];
};

static struct candidate in_kernel; /* its text "" for none */
static unsigned int serial;
static int kernel_refuses; /* so many times */
static struct lifecycle *const the_lifecycle = (struct lifecycle *)&in_kernel;

const struct policy *lifecycle_policy(const struct lifecycle *lifecycle)
{
	(void)lifecycle;
	return in_kernel.text[0] ? &in_kernel.policy : NULL;
}

unsigned int lifecycle_serial(const struct lifecycle *lifecycle)
{
	(void)lifecycle;
	return serial;
}

const struct policy *candidate_policy(const struct candidate *candidate)
{
	return &candidate->policy;
}

void lifecycle_abandon(struct candidate *candidate)
{
	free(candidate);
}

/* "bad ..." is refused; "... two" and "... confirm" say how changes are made. */
enum exit_code lifecycle_prepare(struct lifecycle *lifecycle, const struct lifecycle_text *text,
	struct diag_list *diags, struct candidate **ret_candidate,
	struct lifecycle_change *ret_change)
{
	(void)lifecycle;
	*ret_change = (struct lifecycle_change){ 0 };
	if (strncmp(text->bytes, "bad", 3) == 0) {
		diag_add(diags, DIAG_ERROR, (struct diag_loc){ 0 }, NULL, "bad");
		return EXIT_CONFIG;
	}
	struct candidate *candidate = calloc(1, sizeof(*candidate));
	ck_assert_ptr_nonnull(candidate);
	snprintf(candidate->text, sizeof(candidate->text), "%.*s", (int)text->length, text->bytes);
	candidate->policy.two_person = strstr(candidate->text, "two") != NULL;
	candidate->policy.confirm_seconds = strstr(candidate->text, "confirm") ? 60 : 0;
	crypto_generichash(candidate->policy.digest, sizeof(candidate->policy.digest),
		(const unsigned char *)text->bytes, text->length, NULL, 0);
	*ret_candidate = candidate;
	return EXIT_OK;
}

enum exit_code lifecycle_put(struct lifecycle *lifecycle, struct candidate *candidate,
	struct diag_list *diags, struct lifecycle_change *change)
{
	(void)lifecycle;
	(void)diags;
	(void)change;
	if (kernel_refuses > 0) {
		kernel_refuses--;
		free(candidate);
		return EXIT_FAILED;
	}
	in_kernel = *candidate;
	serial++;
	free(candidate);
	return EXIT_OK;
}

enum exit_code lifecycle_apply(struct lifecycle *lifecycle, const struct lifecycle_text *text,
	struct diag_list *diags, struct lifecycle_change *ret_change)
{
	struct candidate *candidate;
	enum exit_code code = lifecycle_prepare(lifecycle, text, diags, &candidate, ret_change);
	return code == EXIT_OK ? lifecycle_put(lifecycle, candidate, diags, ret_change) : code;
}

/* Of what differs only the numbers are asked for. */
int change_find(const struct policy *before, const struct policy *after, struct change **ret_change)
{
	(void)before;
	(void)after;
	(void)ret_change;
	return -ENOMEM;
}

/* The enforcer --------------------------------------------------------------------------------- */

static char last_event[64];
static struct enforcer the_enforcer;

void reclink_event(struct reclink *link, const char *action, bool success, const char *text,
	const char *const *pairs)
{
	(void)link;
	(void)text;
	(void)pairs;
	snprintf(last_event, sizeof(last_event), "%s %s", action, success ? "ok" : "failed");
}

void enforcer_changed(struct enforcer *enforcer, const struct lifecycle_change *change)
{
	(void)enforcer;
	(void)change;
}

/* Set-up --------------------------------------------------------------------------------------- */

static char top[64], config[80], directory[80];
static struct changes *changes;
static struct diag_list *diags;

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(syscall(SYS_write, fd, text, strlen(text)), (long)strlen(text));
	close(fd);
}

static void spoil(const char *name, const char *text)
{
	char path[160];
	snprintf(path, sizeof(path), "%s/%s", directory, name);
	write_file(path, text);
}

static void forget(void)
{
	changes_free(changes);
	changes = NULL;
	diag_list_free(diags);
	ck_assert_int_eq(diag_list_new(&diags), 0);
}

static enum exit_code begin(void)
{
	struct lifecycle_change change;
	forget();
	ck_assert_int_eq(changes_new(config, NULL, 0, &changes), 0);
	return changes_begin(changes, the_lifecycle, diags, &change);
}

static void attach(void)
{
	ck_assert_int_eq(changes_attach(changes, &the_enforcer), 0);
}

static enum exit_code apply(const char *text, int64_t seconds, struct change_result *result)
{
	const struct change_request request = { .how = "request",
		.fd = -1,
		.bytes = text,
		.length = strlen(text),
		.who = "sato",
		.confirm_seconds = seconds };
	return changes_apply(changes, &request, diags, result);
}

static void apply_ok(const char *text, int64_t seconds)
{
	struct change_result result;
	ck_assert_int_eq(apply(text, seconds, &result), EXIT_OK);
}

/* As after a crash, or a boot. */
static void lose_kernel(void)
{
	in_kernel = (struct candidate){ 0 };
}

static void expect(const char *text, uint64_t confirmed, uint64_t pending)
{
	ck_assert_str_eq(in_kernel.text, text);
	ck_assert_uint_eq(store_current(changes_store(changes))->confirmed, confirmed);
	ck_assert_uint_eq(store_current(changes_store(changes))->pending, pending);
}

static void empty(void)
{
	DIR *names = opendir(directory);
	if (!names)
		return;
	for (struct dirent *entry; (entry = readdir(names));)
		(void)unlinkat(dirfd(names), entry->d_name, 0);
	closedir(names);
	rmdir(directory);
}

static void set_up(void)
{
	ck_assert_int_ge(sodium_init(), 0);
	strcpy(top, "/tmp/hedate-changes.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(top));
	snprintf(config, sizeof(config), "%s/hedate.conf", top);
	snprintf(directory, sizeof(directory), "%s/" STORE_DIRECTORY, top);
	calls = failing = kernel_refuses = 0;
	only_once = false;
	last_event[0] = '\0';
	lose_kernel();
	ck_assert_int_eq(diag_list_new(&diags), 0);
	ck_assert_int_eq(loop_new(&the_enforcer.loop), 0);
	write_file(config, "first");
}

static void tear_down(void)
{
	changes_free(changes);
	changes = NULL;
	diag_list_free(diags);
	loop_free(the_enforcer.loop);
	empty();
	unlink(config);
	ck_assert_int_eq(rmdir(top), 0);
}

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
		empty();
		lose_kernel();
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
	tcase_add_loop_test(tests, test_failing_disk, 0, 2 * sizeof(steps) / sizeof(steps[0]));
	tcase_add_test(tests, test_kernel_refuses_rollback);
	tcase_add_test(tests, test_store_refuses_rollback);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
