/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The store of configurations: what it says after each step; each call that it makes failed in
 * turn; what a killed process and a power cut leave, at each call, and what is made of that.
 *
 * The calls that write are this file's: the test's disk (disk.h), or the real ones with one of them
 * failing.
 */
#undef _FORTIFY_SOURCE
#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../../daemon/store.h"
#include "disk.h"
#include "suite.h"

/* The calls ------------------------------------------------------------------------------------ */

static int calls, failing, failing_error; /* the failing'th call fails; 0: none */

static bool fails(void)
{
	if (++calls != failing)
		return false;
	errno = failing_error;
	return true;
}

/* The system's headers name parameters in their own way. */
/* NOLINTBEGIN(readability-inconsistent-declaration-parameter-name) */

int open(const char *path, int flags, ...)
{
	va_list arguments;
	va_start(arguments, flags);
	mode_t mode = flags & O_CREAT ? va_arg(arguments, mode_t) : 0;
	va_end(arguments);
	return disk_openat(AT_FDCWD, path, flags, mode);
}

int openat(int directory, const char *path, int flags, ...)
{
	va_list arguments;
	va_start(arguments, flags);
	mode_t mode = flags & O_CREAT ? va_arg(arguments, mode_t) : 0;
	va_end(arguments);
	return flags & O_CREAT && fails() ? -1 : disk_openat(directory, path, flags, mode);
}

int close(int fd)
{
	return disk_close(fd);
}

/* A full disk takes what fits. */
ssize_t write(int fd, const void *bytes, size_t length)
{
	if (fd > 2 && fails()) {
		(void)disk_write(fd, bytes, length / 2);
		errno = failing_error;
		return -1;
	}
	return disk_write(fd, bytes, length);
}

int fsync(int fd)
{
	return fails() ? -1 : disk_sync(fd, false);
}

int renameat(int from, const char *old, int to, const char *new)
{
	return fails() ? -1 : disk_rename(from, old, to, new);
}

int unlinkat(int directory, const char *name, int flags)
{
	(void)flags;
	return disk_unlink(directory, name);
}

/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */

/* A store ------------------------------------------------------------------------------------- */

static char top[64], config[80], directory[80], keys[96];
static struct store *store;

static void open_it(void)
{
	ck_assert_int_eq(store_open(config, STORE_WRITE, NULL, &store), 0);
}

static void open_again(void)
{
	store_close(store);
	open_it();
}

static uint64_t put(const char *text)
{
	struct store_entry entry = { .uid = 1000, .approver_uid = STORE_NOBODY };
	store_text(entry.who, sizeof(entry.who), "sato");
	store_text(entry.ticket, sizeof(entry.ticket), "R8-0117");
	store_text(entry.reason, sizeof(entry.reason), "更新 \"x\"\n");
	ck_assert_int_eq(store_put(store, &entry, text, strlen(text)), 0);
	return entry.number;
}

static void put_confirmed(const char *text)
{
	uint64_t number = put(text);
	ck_assert_int_eq(store_begin(store, number, 0), 0);
	ck_assert_int_eq(store_confirm(store, "sato"), 0);
}

static void expect_current(uint64_t confirmed, uint64_t pending)
{
	ck_assert_uint_eq(store_current(store)->confirmed, confirmed);
	ck_assert_uint_eq(store_current(store)->pending, pending);
}

static void expect_state(uint64_t number, enum store_state state)
{
	struct store_entry entry;
	ck_assert_int_eq(store_entry(store, number, &entry), 0);
	ck_assert_str_eq(store_state_name(entry.state), store_state_name(state));
}

static void expect_bytes(uint64_t number, const char *text)
{
	struct store_entry entry;
	size_t length;
	char *bytes;
	ck_assert_int_eq(store_get(store, number, &entry, &bytes, &length), 0);
	ck_assert_str_eq(bytes, text);
	ck_assert_uint_eq(length, strlen(text));
	free(bytes);
}

/* A file of the store, as somebody else may write it. */
static void overwrite(const char *name, const char *text)
{
	char path[160];
	snprintf(path, sizeof(path), "%s/%s", directory, name);
	FILE *file = fopen(path, "we");
	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	fclose(file);
}

static void remove_name(const char *name)
{
	char path[160];
	snprintf(path, sizeof(path), "%s/%s", directory, name);
	ck_assert_int_eq(unlink(path), 0);
}

static bool is_there(const char *name)
{
	char path[160];
	snprintf(path, sizeof(path), "%s/%s", directory, name);
	return access(path, F_OK) == 0;
}

static void empty(const char *path)
{
	DIR *names = opendir(path);
	ck_assert_ptr_nonnull(names);
	for (struct dirent *entry; (entry = readdir(names));)
		if (entry->d_type == DT_REG)
			(void)syscall(SYS_unlinkat, dirfd(names), entry->d_name, 0);
	closedir(names);
}

static void set_up(void)
{
	ck_assert_int_ge(sodium_init(), 0);
	strcpy(top, "/tmp/hedate-store.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(top));
	snprintf(config, sizeof(config), "%s/hedate.conf", top);
	snprintf(directory, sizeof(directory), "%s/" STORE_DIRECTORY, top);
	snprintf(keys, sizeof(keys), "%s/" DISK_KEYS, directory);
	ck_assert_int_eq(mkdir(directory, 0750), 0);
	ck_assert_int_eq(mkdir(keys, 0700), 0); /* the test's disk wants it */
	calls = failing = 0;
	store = NULL;
	srand(random_seed("store"));
}

static void tear_down(void)
{
	disk_stop();
	store_close(store);
	empty(keys);
	rmdir(keys);
	empty(directory);
	ck_assert_int_eq(rmdir(directory), 0);
	ck_assert_int_eq(rmdir(top), 0);
}

/* Steps ---------------------------------------------------------------------------------------- */

static uint64_t confirmed_before(uint64_t number)
{
	uint64_t found = 77;

	ck_assert_int_eq(store_confirmed_before(store, number, &found), 0);
	return found;
}

START_TEST(test_steps)
{
	open_it();
	expect_current(0, 0);
	ck_assert_int_eq(store_seconds_left(store), -1);
	put_confirmed("first");
	expect_current(1, 0);
	ck_assert_uint_eq(put("second"), 2);
	expect_state(2, STORE_ROLLED_BACK); /* nothing refers to it yet */
	ck_assert_int_eq(store_begin(store, 2, 600), 0);
	expect_current(1, 2);
	expect_state(2, STORE_PENDING);
	ck_assert_int_gt(store_seconds_left(store), 500);
	ck_assert_int_le(store_seconds_left(store), 601);
	open_again();
	expect_current(1, 2);
	ck_assert_int_gt(store_seconds_left(store), 500);
	ck_assert_int_eq(store_confirm(store, "suzuki"), 0);
	open_again();
	expect_current(2, 0);
	expect_state(1, STORE_CONFIRMED);
	expect_state(2, STORE_CONFIRMED);
	expect_bytes(1, "first");
	expect_bytes(2, "second");
	ck_assert_uint_eq(confirmed_before(2), 1);
	ck_assert_uint_eq(confirmed_before(1), 0);
}
END_TEST

START_TEST(test_end)
{
	open_it();
	put_confirmed("first");
	ck_assert_int_eq(store_begin(store, put("second"), 600), 0);
	ck_assert_int_eq(store_end(store, STORE_ROLLED_BACK, "suzuki"), 0);
	ck_assert_int_eq(store_begin(store, put("third"), 0), 0);
	ck_assert_int_eq(store_seconds_left(store), 0);
	ck_assert_int_eq(store_end(store, STORE_REFUSED, ""), 0);
	ck_assert_int_eq(store_end(store, STORE_REFUSED, ""), -ENOENT);
	ck_assert_int_eq(store_confirm(store, ""), -ENOENT);
	open_again();
	expect_current(1, 0);
	expect_state(2, STORE_ROLLED_BACK);
	expect_state(3, STORE_REFUSED);
	put_confirmed("fourth");
	ck_assert_uint_eq(confirmed_before(4), 1);
}
END_TEST

START_TEST(test_entry)
{
	struct store_entry entry;
	open_it();
	put_confirmed("first");
	ck_assert_int_eq(store_entry(store, 1, &entry), 0);
	ck_assert_str_eq(entry.who, "sato");
	ck_assert_str_eq(entry.ticket, "R8-0117");
	ck_assert_str_eq(entry.reason, "更新 \"x\"\n");
	ck_assert_str_eq(entry.ended_by, "sato");
	ck_assert_uint_eq(entry.uid, 1000);
	ck_assert_uint_eq(entry.approver_uid, STORE_NOBODY);
	ck_assert_uint_eq(strlen(entry.revision), POLICY_REVISION_LENGTH);
	ck_assert_int_gt(entry.time, 0);
	ck_assert_int_ge(entry.ended, entry.time);
	ck_assert_int_eq(store_entry(store, 2, &entry), -ENOENT);
}
END_TEST

/* Whatever somebody says, what was kept can be read again. */
START_TEST(test_any_text)
{
	struct store_entry entry = { 0 };
	char long_text[3 * STORE_REASON_MAX];
	open_it();
	memset(long_text, 0xff, sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	store_text(entry.reason, sizeof(entry.reason), long_text);
	ck_assert_uint_eq(strlen(entry.reason), STORE_REASON_MAX - 1);
	for (size_t i = 0; i + 3 < sizeof(long_text); i += 3)
		memcpy(long_text + i, "更", 3);
	store_text(entry.ticket, sizeof(entry.ticket), long_text);
	ck_assert_uint_eq(strlen(entry.ticket), (STORE_TICKET_MAX - 1) / 3 * 3);
	memset(long_text, 1, sizeof(long_text) - 1);
	store_text(entry.who, sizeof(entry.who), long_text);
	store_text(entry.approver, sizeof(entry.approver), NULL);
	ck_assert_int_eq(store_put(store, &entry, "x", 1), 0);
	ck_assert_int_eq(store_entry(store, 1, &entry), 0);
	ck_assert_uint_eq(strlen(entry.reason), STORE_REASON_MAX - 1);
	ck_assert_int_eq(entry.who[0], 1);
}
END_TEST

/* The clock of another boot, and a deadline that is over. */
START_TEST(test_deadline)
{
	open_it();
	put_confirmed("first");
	ck_assert_int_eq(store_begin(store, put("second"), 3600), 0);
	ck_assert_int_gt(store_seconds_left(store), 3000);
	struct store_current current = *store_current(store);
	char text[STORE_CURRENT_MAX];
	current.boot[0] = current.boot[0] == 'a' ? 'b' : 'a';
	store_current_write(&current, text);
	overwrite(STORE_CURRENT, text);
	open_again();
	ck_assert_int_eq(store_seconds_left(store), 0);
	current.boot[0] = '0';
	current.deadline_boot = 1;
	store_current_write(&current, text);
	overwrite(STORE_CURRENT, text);
	open_again();
	ck_assert_int_eq(store_seconds_left(store), 0);
}
END_TEST

START_TEST(test_only_the_last)
{
	char name[32];
	open_it();
	for (int i = 0; i < STORE_KEPT + 5; i++) {
		snprintf(name, sizeof(name), "number %d", i);
		if (i == 0)
			put_confirmed(name);
		else
			ck_assert_int_eq(store_begin(store, put(name), 60), 0);
	}
	ck_assert_int_eq(store_end(store, STORE_ROLLED_BACK, ""), 0);
	expect_current(1, 0);
	expect_bytes(1, "number 0");
	ck_assert(!is_there("000002.conf"));
	ck_assert(!is_there("000002.json"));
	ck_assert(!is_there("000005.json"));
	ck_assert(is_there("000006.conf"));
	uint64_t *numbers;
	size_t count;
	ck_assert_int_eq(store_list(store, &numbers, &count), 0);
	ck_assert_uint_eq(count, STORE_KEPT + 1);
	ck_assert_uint_eq(numbers[count - 1], STORE_KEPT + 5);
	free(numbers);
}
END_TEST

/* Broken ones --------------------------------------------------------------------------------- */

START_TEST(test_broken_entry)
{
	struct store_entry entry;
	size_t length;
	char *bytes;
	open_it();
	put_confirmed("first");
	put_confirmed("second");
	put_confirmed("third");
	overwrite("000003.conf", "thirD");
	ck_assert_int_eq(store_get(store, 3, &entry, &bytes, &length), -EBADMSG);
	ck_assert_int_eq(store_entry(store, 3, &entry), 0);
	overwrite("000002.json", "{\"number\":2}\n");
	ck_assert_int_eq(store_get(store, 2, &entry, &bytes, &length), -EBADMSG);
	ck_assert_uint_eq(confirmed_before(3), 1);
	remove_name("000003.conf");
	ck_assert_int_eq(store_get(store, 3, &entry, &bytes, &length), -EBADMSG);
	remove_name("000003.json");
	ck_assert_int_eq(store_get(store, 3, &entry, &bytes, &length), -ENOENT);
	open_again();
	ck_assert(is_there("000002.json")); /* named, never removed */
	ck_assert_uint_eq(put("fourth"), 4);
}
END_TEST

START_TEST(test_broken_current)
{
	static const char *const texts[] = { "", "confirmed", "confirmed 1", "confirmed -1\n",
		"confirmed 01\n", "confirmed 1\n\n", "confirmed 1\npending 2\n",
		"confirmed 1\npending 2 3 4\n", "confirmed 1\nx\n",
		"confirmed 99999999999999999999\n" };
	bool broken;
	open_it();
	put_confirmed("first");
	put_confirmed("second");
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		store_close(store);
		store = NULL;
		overwrite(STORE_CURRENT, texts[i]);
		ck_assert_int_eq(store_open(config, STORE_READ, NULL, &store), -EBADMSG);
		ck_assert_int_eq(store_open(config, STORE_WRITE, NULL, &store), -EBADMSG);
		ck_assert_int_eq(store_open_anyway(config, STORE_READ, NULL, &store, &broken), 0);
		ck_assert(broken);
		expect_current(2, 0);
	}
}
END_TEST

START_TEST(test_opening)
{
	struct store *other = NULL;
	ck_assert_int_eq(rmdir(keys), 0);
	ck_assert_int_eq(rmdir(directory), 0);
	ck_assert_int_eq(store_open(config, STORE_READ, NULL, &store), -ENOENT);
	open_it();
	ck_assert_int_eq(mkdir(keys, 0700), 0);
	ck_assert_int_eq(store_open(config, STORE_WRITE, NULL, &other), -EWOULDBLOCK);
	ck_assert_int_eq(store_open(config, STORE_READ, NULL, &other), 0);
	store_close(other);
	ck_assert_int_eq(chmod(directory, 0770), 0);
	ck_assert_int_eq(store_open(config, STORE_READ, NULL, &other), -EPERM);
	ck_assert_int_eq(chmod(directory, 0750), 0);
	if (geteuid() == 0) {
		const struct sandbox_user user = { "somebody", 54321, 54321 };
		ck_assert_int_eq(chown(directory, 54321, 54321), 0);
		ck_assert_int_eq(store_open(config, STORE_READ, NULL, &other), -EPERM);
		ck_assert_int_eq(store_open(config, STORE_READ, &user, &other), 0);
		store_close(other);
		ck_assert_int_eq(chown(directory, 0, 0), 0);
	}
}
END_TEST

/* What is not a file of ours is nothing to be afraid of. */
START_TEST(test_odd_files)
{
	struct store_entry entry;
	char path[160];
	open_it();
	put_confirmed("first");
	overwrite("7.json", "x");
	overwrite("draft", "x");
	overwrite("000009.conf", "incomplete");
	snprintf(path, sizeof(path), "%s/000002.json", directory);
	ck_assert_int_eq(symlink("/etc/passwd", path), 0);
	open_again();
	ck_assert(!is_there("draft"));
	ck_assert(!is_there("000009.conf"));
	ck_assert_int_eq(store_entry(store, 2, &entry), -EBADMSG);
	ck_assert_int_eq(unlink(path), 0);
}
END_TEST

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
			empty(directory);
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
			empty(directory);
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
	Suite *suite = suite_create("store");
	TCase *tests = tcase_create("store");
	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_set_timeout(tests, 120);
	tcase_add_test(tests, test_steps);
	tcase_add_test(tests, test_end);
	tcase_add_loop_test(tests, test_state_not_written, 0, 4);
	tcase_add_test(tests, test_entry);
	tcase_add_test(tests, test_any_text);
	tcase_add_test(tests, test_deadline);
	tcase_add_test(tests, test_only_the_last);
	tcase_add_test(tests, test_broken_entry);
	tcase_add_test(tests, test_broken_current);
	tcase_add_test(tests, test_opening);
	tcase_add_test(tests, test_odd_files);
	tcase_add_loop_test(tests, test_failures, 0, sizeof(steps) / sizeof(steps[0]));
	tcase_add_test(tests, test_killed_anywhere);
	tcase_add_test(tests, test_dark_anywhere);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
