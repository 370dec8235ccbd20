/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a crash, a full disk or a broken device leaves, and what is made of it. */
#include "test_logwrite.h"

START_TEST(test_torn_line)
{
	open_log();
	ck_assert_int_eq(add_event("start", DAY_1), 0);
	long before = testdir_size(directory, FILE_1);
	testdir_append(directory, FILE_1, "{\"@timestamp\":\"2026-1");
	open_log();
	ck_assert_uint_eq(state.torn, 21);
	ck_assert_str_eq(state.torn_file, FILE_1 ".torn");
	ck_assert_int_eq(testdir_size(directory, FILE_1), before);
	ck_assert_int_eq(testdir_size(directory, FILE_1 ".torn"), 21);
	ck_assert_int_eq(add_event("stop", DAY_1), 0);
	ck_assert_uint_eq(count_lines(), 2);
	open_log();
	ck_assert_uint_eq(state.torn, 0);
	/* A second time is appended. */
	testdir_append(directory, FILE_1, "{");
	open_log();
	ck_assert_uint_eq(state.torn, 1);
	ck_assert_int_eq(testdir_size(directory, FILE_1 ".torn"), 22);
}
END_TEST

/* Every line that may stand in an epoch, behind which a crash may have cut it off. */
START_TEST(test_epoch_cut_behind)
{
	static const char *const inner[] = { "flow-blocked", "flow-observed", "overflow",
		"detail-lost", "records-lost" };
	char line[200];

	for (size_t i = 0; i < sizeof(inner) / sizeof(inner[0]); i++) {
		open_log();
		ck_assert_int_eq(add_epoch(i + 1, 2, DAY_1), 0);
		long before = testdir_size(directory, FILE_1);
		snprintf(line, sizeof(line),
			"{\"@timestamp\":\"2026-11-20T08:00:00Z\",\"event.sequence\":%llu,"
			"\"event.action\":\"%s\"}\n",
			(unsigned long long)state.sequence + 1, inner[i]);
		testdir_append(directory, FILE_1, line);
		open_log();
		ck_assert_msg(state.torn == strlen(line), "%s ends a group", inner[i]);
		ck_assert_int_eq(testdir_size(directory, FILE_1), before);
	}
}
END_TEST

START_TEST(test_epoch_without_end)
{
	open_log();
	ck_assert_int_eq(add_epoch(1, 2, DAY_1), 0);
	long before = testdir_size(directory, FILE_1);
	testdir_append(directory, FILE_1,
		"{\"@timestamp\":\"2026-11-20T08:00:00Z\",\"event.sequence\":5,"
		"\"event.action\":\"flow-blocked\"}\n");
	testdir_append(directory, FILE_1,
		"{\"@timestamp\":\"2026-11-20T08:00:00Z\",\"event.sequence\":6,"
		"\"event.action\":\"flow-observed\"}\n");
	testdir_append(directory, FILE_1, "not a line of the log\n");
	open_log();
	ck_assert_int_eq(testdir_size(directory, FILE_1), before);
	ck_assert_uint_gt(state.torn, 150);
	ck_assert_uint_eq(state.sequence, 4);
	ck_assert_uint_eq(state.epoch, 1);
	ck_assert_uint_eq(count_lines(), 4);
}
END_TEST

/* The crash came in the first epoch of a new day. */
START_TEST(test_epoch_without_end_in_a_new_file)
{
	open_log();
	ck_assert_int_eq(add_epoch(1, 2, DAY_1), 0);
	testdir_append(directory, FILE_2,
		"{\"@timestamp\":\"2026-11-21T08:00:00Z\",\"event.sequence\":5,"
		"\"event.action\":\"flow-blocked\"}\n{");
	testdir_append(directory, "other.jsonl", "is left alone");
	open_log();
	ck_assert_int_eq(testdir_size(directory, FILE_2), 0);
	ck_assert_int_gt(testdir_size(directory, FILE_2 ".torn"), 0);
	ck_assert_int_eq(testdir_size(directory, "other.jsonl"), 13);
	ck_assert_uint_eq(state.sequence, 4);
	ck_assert_int_eq(add_event("start", DAY_2), 0);
	ck_assert_int_gt(testdir_size(directory, FILE_2), 0);
	ck_assert_uint_eq(count_lines(), 5);
}
END_TEST

/* Zeros, as blocks that a power cut kept from being written. */
static void make_hole(const char *name, long offset, size_t length)
{
	char path[128], zeros[512] = { 0 };
	snprintf(path, sizeof(path), "%s/%s", directory, name);
	int fd = open(path, O_WRONLY);
	ck_assert_int_eq(pwrite(fd, zeros, length, offset), (ssize_t)length);
	close(fd);
}

/* The end of an epoch is there, and not all that is before it. */
START_TEST(test_hole_in_an_epoch)
{
	open_log();
	ck_assert_int_eq(add_epoch(1, 3, DAY_1), 0);
	ck_assert_int_eq(add_event("apply", DAY_1), 0);
	long before = testdir_size(directory, FILE_1);
	ck_assert_int_eq(add_epoch(2, 4, DAY_1), 0);
	make_hole(FILE_1, before + 100 * _i, 100);
	open_log();
	ck_assert_uint_eq(state.sequence, 6);
	ck_assert_uint_eq(state.epoch, 1);
	ck_assert_int_eq(testdir_size(directory, FILE_1), before);
	ck_assert_uint_gt(state.torn, 0);
	ck_assert_int_eq(add_epoch(2, 4, DAY_1), 0);
	ck_assert_uint_eq(count_lines(), 12);
}
END_TEST

/* Events that one commit wrote, the first of them not there; those before stay. */
START_TEST(test_hole_in_events)
{
	open_log();
	ck_assert_int_eq(add_epoch(1, 3, DAY_1), 0);
	long before = testdir_size(directory, FILE_1);
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(add("apply", "", DAY_1), 0);
	ck_assert_int_eq(logwrite_commit(log_), 0);
	long after = testdir_size(directory, FILE_1);
	make_hole(FILE_1, before, (size_t)(after - before) / 5 * (size_t)_i + 10);
	open_log();
	ck_assert_uint_eq(state.sequence, 5);
	ck_assert_int_eq(testdir_size(directory, FILE_1), before);
	ck_assert_int_eq(add_event("apply", DAY_1), 0);
	ck_assert_uint_eq(count_lines(), 6);
}
END_TEST

/* What could not be cut off a file, because it had failed, says nothing of the next one. */
START_TEST(test_rest_in_the_file_before)
{
	open_log();
	ck_assert_int_eq(add_event("apply", DAY_1), 0);
	testdir_append(directory, FILE_1,
		"{\"@timestamp\":\"2026-11-20T08:00:00.5Z\",\"event.sequence\":2,"
		"\"event.action\":\"flow-blocked\"}\n");
	testdir_append(directory, FILE_1B,
		"{\"@timestamp\":\"2026-11-20T08:00:00.5Z\",\"event.sequence\":2,"
		"\"event.action\":\"apply\"}\n");
	long size = testdir_size(directory, FILE_1B);
	open_log();
	ck_assert_uint_eq(state.sequence, 2);
	ck_assert_int_eq(testdir_size(directory, FILE_1B), size);
}
END_TEST

START_TEST(test_nothing_but_garbage)
{
	testdir_append(directory, FILE_1, "garbage\n{}\n[]\n\n{\"event.action\":\"start\"}\n");
	open_log();
	ck_assert_uint_eq(state.sequence, 0);
	ck_assert_int_eq(testdir_size(directory, FILE_1), 0);
	ck_assert_int_eq(add_event("start", DAY_1), 0);
	ck_assert_uint_eq(count_lines(), 1);
}
END_TEST

START_TEST(test_no_space)
{
	open_log();
	ck_assert_int_eq(add_event("start", DAY_1), 0);
	long before = testdir_size(directory, FILE_1);
	fault.writes = 0;
	fault.bytes = 100; /* a full disk takes a part first */
	fault.error = ENOSPC;
	ck_assert_int_eq(add_epoch(1, 2, DAY_1), -ENOSPC);
	ck_assert_int_eq(testdir_size(directory, FILE_1), before);
	/* In the middle of the group: the caller rolls back. */
	ck_assert_int_eq(add_epoch(1, 400, DAY_1), -ENOSPC);
	logwrite_rollback(log_);
	ck_assert_int_eq(testdir_size(directory, FILE_1), before);
	no_fault();
	ck_assert_int_eq(add_epoch(1, 2, DAY_1), 0);
	ck_assert_int_eq(testdir_size(directory, FILE_1B), -1);
	ck_assert_uint_eq(count_lines(), 5);
}
END_TEST

START_TEST(test_device_failure)
{
	open_log();
	ck_assert_int_eq(add_event("start", DAY_1), 0);
	fault.syncs = 0;
	fault.sync_error = EIO;
	ck_assert_int_eq(add_epoch(1, 2, DAY_1), -EIO);
	int calls = fault.sync_calls;
	no_fault();
	/* Not in the same file again, and not synced again. */
	ck_assert_int_eq(add_epoch(1, 2, DAY_1), 0);
	ck_assert_int_gt(testdir_size(directory, FILE_1B), 0);
	ck_assert_int_eq(fault.sync_calls, 1);
	ck_assert_int_eq(calls, 2);
	ck_assert_uint_eq(count_lines(), 5);
	open_log();
	ck_assert_uint_eq(state.sequence, 5);
	ck_assert_int_eq(add_event("stop", DAY_1), 0);
	ck_assert_uint_eq(count_lines(), 6);
	ck_assert_int_eq(add_event("start", DAY_2), 0);
	ck_assert_int_gt(testdir_size(directory, FILE_2), 0);
}
END_TEST

/* However often it fails, names do not run out. */
START_TEST(test_device_failure_many_times)
{
	open_log();
	ck_assert_int_eq(add_event("start", DAY_1), 0);
	for (int i = 0; i < 300; i++) {
		fault.syncs = 0;
		fault.sync_error = EIO;
		ck_assert_int_eq(add_event("apply", DAY_1), -EIO);
	}
	no_fault();
	ck_assert_int_eq(add_event("apply", DAY_1), 0);
	ck_assert_int_gt(testdir_size(directory, FILE_1B), 0);
	ck_assert_uint_eq(count_lines(), 2);
}
END_TEST

/* What the child does: one event, two epochs, one event; 64 KiB and more in each epoch. */
static void write_a_log(void)
{
	struct logwrite_state ignored;
	if (logwrite_open(directory, &faulty, &log_, &ignored) < 0)
		_exit(1);
	if (add_event("recorder-start", DAY_1) < 0 || add_epoch(1, 300, DAY_1) < 0 ||
		add_epoch(2, 300, DAY_2) < 0 || add_event("recorder-stop", DAY_2) < 0)
		_exit(2);
	_exit(42);
}

/* Ends the process at each write and each sync, with each of some numbers of bytes written, and
 * looks whether what is left is whole groups only, and goes on from there. */
START_TEST(test_crash_anywhere)
{
	static const size_t partial[] = { 0, 1, 100, 4096, SIZE_MAX };
	bool ended = false;
	unsigned int points = 0;
	for (int point = 0; !ended; point++) {
		ended = true;
		for (size_t i = 0; i < sizeof(partial) / sizeof(partial[0]) + 1; i++) {
			bool at_sync = i == sizeof(partial) / sizeof(partial[0]);
			int status;
			pid_t child = fork();
			if (child == 0) {
				if (at_sync) {
					fault.syncs = point;
				} else {
					fault.writes = point;
					fault.bytes = partial[i];
				}
				write_a_log();
			}
			ck_assert_int_eq(waitpid(child, &status, 0), child);
			ck_assert(WIFEXITED(status));
			ck_assert(WEXITSTATUS(status) == 42 || WEXITSTATUS(status) == 0);
			ended &= WEXITSTATUS(status) == 42;
			points++;
			open_log();
			unsigned int lines = count_lines();
			ck_assert_msg(lines == 0 || lines == 1 || lines == 303 || lines == 605 ||
					      lines == 606,
				"%u lines after point %d", lines, point);
			ck_assert_uint_eq(state.sequence, lines);
			ck_assert_uint_eq(state.epoch, lines >= 605 ? 2 : lines >= 303);
			ck_assert_int_eq(add_event("recorder-start", DAY_2), 0);
			ck_assert_uint_eq(count_lines(), lines + 1);
			logwrite_close(log_);
			log_ = NULL;
			testdir_remove(directory);
			ck_assert_int_eq(mkdir(directory, 0700), 0);
		}
	}
	ck_assert_uint_gt(points, 50);
}
END_TEST

/* A real file system that is full. */
START_TEST(test_full_file_system)
{
	if (geteuid() != 0 || unshare(CLONE_NEWNS) < 0 ||
		mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
		mount("tmpfs", directory, "tmpfs", 0, "size=256k,mode=0700") < 0) {
		printf("not root: no file system of our own to fill\n");
		return;
	}
	open_log();
	ck_assert_int_eq(add_event("recorder-start", DAY_1), 0);
	ck_assert_int_eq(add_epoch(1, 300, DAY_1), 0);
	long before = testdir_size(directory, FILE_1);
	ck_assert_int_eq(add_epoch(2, 300, DAY_1), -ENOSPC);
	logwrite_rollback(log_);
	ck_assert_int_eq(testdir_size(directory, FILE_1), before);
	testdir_append(directory, FILE_1, "{\"torn");
	open_log();
	ck_assert_uint_eq(state.sequence, 303);
	ck_assert_int_eq(mount(NULL, directory, NULL, MS_REMOUNT, "size=1m"), 0);
	ck_assert_int_eq(add_epoch(2, 300, DAY_1), 0);
	ck_assert_uint_eq(count_lines(), 605);
	logwrite_close(log_);
	log_ = NULL;
	ck_assert_int_eq(umount(directory), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("logwrite-crash");
	TCase *tests = tcase_create("logwrite");
	tcase_set_timeout(tests, 120);
	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, test_torn_line);
	tcase_add_test(tests, test_epoch_cut_behind);
	tcase_add_test(tests, test_epoch_without_end);
	tcase_add_test(tests, test_epoch_without_end_in_a_new_file);
	tcase_add_loop_test(tests, test_hole_in_an_epoch, 0, 22);
	tcase_add_loop_test(tests, test_hole_in_events, 0, 4);
	tcase_add_test(tests, test_rest_in_the_file_before);
	tcase_add_test(tests, test_nothing_but_garbage);
	tcase_add_test(tests, test_no_space);
	tcase_add_test(tests, test_device_failure);
	tcase_add_test(tests, test_device_failure_many_times);
	tcase_add_test(tests, test_crash_anywhere);
	tcase_add_test(tests, test_full_file_system);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
