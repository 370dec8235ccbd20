/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names, days and sizes of files, and groups. */
#include "test_logwrite.h"

START_TEST(test_names)
{
	struct logname name;
	char text[LOGNAME_MAX];
	ck_assert_int_eq(logname_parse(FILE_1, &name), 0);
	ck_assert_str_eq(name.day, "20261120");
	ck_assert_uint_eq(name.part, 0);
	logname_format(&name, text);
	ck_assert_str_eq(text, FILE_1);
	ck_assert_int_eq(logname_parse("hedate-20261120_42.jsonl", &name), 0);
	ck_assert_uint_eq(name.part, 42);
	logname_format(&name, text);
	ck_assert_str_eq(text, "hedate-20261120_42.jsonl");
	ck_assert_int_lt(strcmp(FILE_1, FILE_1B), 0);
	ck_assert_int_lt(strcmp(FILE_1B, FILE_2), 0);
	ck_assert_int_eq(logname_parse("", &name), -EINVAL);
	ck_assert_int_eq(logname_parse("hedate-2026112.jsonl", &name), -EINVAL);
	ck_assert_int_eq(logname_parse(FILE_1 ".torn", &name), -EINVAL);
	ck_assert_int_eq(logname_parse("hedate-20261120_1.jsonl", &name), -EINVAL);
}
END_TEST

START_TEST(test_first_lines)
{
	struct stat status;
	char path[128];
	open_log();
	ck_assert_uint_eq(state.sequence, 0);
	ck_assert_str_eq(state.table, "");
	ck_assert_uint_eq(logwrite_sequence(log_), 1);
	ck_assert_int_eq(testdir_size(directory, FILE_1), -1);
	ck_assert_int_eq(add_event("start", DAY_1), 0);
	ck_assert_uint_eq(logwrite_sequence(log_), 2);
	ck_assert_int_eq(fault.sync_calls, 1);
	ck_assert_int_eq(logwrite_commit(log_), 0); /* nothing to do */
	ck_assert_int_eq(fault.sync_calls, 1);
	ck_assert_int_eq(add_epoch(1, 3, DAY_1), 0);
	ck_assert_int_eq(fault.sync_calls, 2);
	ck_assert_uint_eq(count_lines(), 6);
	snprintf(path, sizeof(path), "%s/%s", directory, FILE_1);
	ck_assert_int_eq(stat(path, &status), 0);
	ck_assert_uint_eq(status.st_mode & 07777 & ~0640u, 0);
}
END_TEST

START_TEST(test_state_is_restored)
{
	open_log();
	ck_assert_int_eq(add_epoch(7, 3, DAY_1), 0);
	ck_assert_int_eq(add_event("apply", DAY_1), 0);
	open_log();
	ck_assert_uint_eq(state.sequence, 6);
	ck_assert_int_eq(state.time, DAY_1 + 500000000);
	ck_assert_str_eq(state.site, "aobano");
	ck_assert_str_eq(state.table, "t1");
	ck_assert_uint_eq(state.epoch, 7);
	ck_assert_uint_eq(state.epoch_recorded, 3);
	ck_assert_uint_eq(state.epoch_lost, 1);
	ck_assert_uint_eq(state.total_recorded, 700);
	ck_assert_uint_eq(state.total_lost, 7);
	ck_assert_uint_eq(state.torn, 0);
	ck_assert_uint_eq(logwrite_sequence(log_), 7);
	/* The state is found in an earlier file too. */
	ck_assert_int_eq(add_event("apply", DAY_2), 0);
	open_log();
	ck_assert_uint_eq(state.sequence, 7);
	ck_assert_uint_eq(state.epoch, 7);
	ck_assert_uint_eq(count_lines(), 7);
}
END_TEST

START_TEST(test_days)
{
	open_log();
	ck_assert_int_eq(add_event("a", DAY_1), 0);
	ck_assert_int_eq(add_event("b", DAY_2), 0);
	ck_assert_int_gt(testdir_size(directory, FILE_2), 0);
	/* The clock goes back: the file does not. */
	long before = testdir_size(directory, FILE_1);
	ck_assert_int_eq(add_event("c", DAY_1), 0);
	ck_assert_int_eq(testdir_size(directory, FILE_1), before);
	open_log();
	ck_assert_int_eq(add_event("d", DAY_1), 0);
	ck_assert_int_eq(testdir_size(directory, FILE_1), before);
	ck_assert_uint_eq(count_lines(), 4);
}
END_TEST

/* A group that began before midnight stays in its file. */
START_TEST(test_group_over_midnight)
{
	open_log();
	ck_assert_int_eq(add("flow-blocked", "", MIDNIGHT - 1), 0);
	ck_assert_int_eq(add("ledger", "", MIDNIGHT), 0);
	ck_assert_int_eq(logwrite_commit(log_), 0);
	ck_assert_int_eq(testdir_size(directory, FILE_2), -1);
	ck_assert_int_eq(add_event("stop", MIDNIGHT), 0);
	ck_assert_int_gt(testdir_size(directory, FILE_2), 0);
}
END_TEST

/* A large file is followed by another, after a restart too; a day's last names are left for files
 * that cannot be written. */
START_TEST(test_large_files)
{
	char name[32];
	open_log();
	logwrite_set_segment(log_, 1000);
	ck_assert_int_eq(add_epoch(1, 10, DAY_1), 0); /* a group lies in one file */
	ck_assert_int_gt(testdir_size(directory, FILE_1), 5000);
	ck_assert_int_eq(testdir_size(directory, FILE_1B), -1);
	long before = testdir_size(directory, FILE_1);
	for (unsigned int i = 2; i < 110; i++)
		ck_assert_int_eq(add_epoch(i, 3, DAY_1), 0);
	ck_assert_int_eq(testdir_size(directory, FILE_1), before);
	for (int part = 1; part <= 89; part++) {
		snprintf(name, sizeof(name), "hedate-20261120_%02d.jsonl", part);
		ck_assert_int_gt(testdir_size(directory, name), 1000);
		ck_assert_int_lt(testdir_size(directory, name), 4000);
	}
	ck_assert_int_gt(testdir_size(directory, "hedate-20261120_90.jsonl"), 10000);
	ck_assert_int_eq(testdir_size(directory, "hedate-20261120_91.jsonl"), -1);
	open_log();
	logwrite_set_segment(log_, 1000);
	ck_assert_int_eq(add_event("a", DAY_2), 0);
	ck_assert_int_gt(testdir_size(directory, FILE_2), 0);
	ck_assert_uint_eq(count_lines(), 12 + 108 * 5 + 1);
}
END_TEST

static void compress(const char *name)
{
	struct logfile_pack *pack;
	int fd = open(directory, O_RDONLY | O_DIRECTORY), r;
	ck_assert_int_eq(logfile_pack_begin(fd, name, NULL, &pack), 0);
	while ((r = logfile_pack_step(pack)) > 0)
		;
	ck_assert_int_eq(r, 0);
	logfile_pack_end(pack);
	close(fd);
}

/* What is compressed is neither written to, nor hidden by a new file of its name. */
START_TEST(test_compressed_files)
{
	open_log();
	ck_assert_int_eq(add_event("a", DAY_1), 0);
	ck_assert_int_eq(add_event("b", DAY_2), 0);
	logwrite_close(log_);
	log_ = NULL;
	compress(FILE_1);
	open_log();
	ck_assert_uint_eq(state.sequence, 2);
	ck_assert_int_eq(add_event("c", DAY_1), 0);
	ck_assert_int_eq(testdir_size(directory, FILE_1), -1);
	/* All that was written is compressed, as when the last file was taken away. */
	logwrite_close(log_);
	log_ = NULL;
	compress(FILE_2);
	open_log();
	ck_assert_uint_eq(state.sequence, 3);
	ck_assert_int_eq(add_event("d", DAY_2), 0);
	ck_assert_int_eq(testdir_size(directory, FILE_2), -1);
	ck_assert_int_gt(testdir_size(directory, "hedate-20261121_01.jsonl"), 0);
	ck_assert_uint_eq(count_lines(), 4);
}
END_TEST

START_TEST(test_rollback)
{
	open_log();
	ck_assert_int_eq(add_event("start", DAY_1), 0);
	long before = testdir_size(directory, FILE_1);
	for (int i = 0; i < 1000; i++)
		ck_assert_int_eq(add("flow-blocked", "", DAY_1), 0);
	ck_assert_int_gt(testdir_size(directory, FILE_1), before); /* more than the buffer holds */
	logwrite_rollback(log_);
	ck_assert_int_eq(testdir_size(directory, FILE_1), before);
	ck_assert_uint_eq(logwrite_sequence(log_), 2);
	ck_assert_int_eq(add_event("stop", DAY_1), 0);
	ck_assert_uint_eq(count_lines(), 2);
}
END_TEST

START_TEST(test_one_writer)
{
	struct logwrite *other;
	struct logwrite_state other_state;
	open_log();
	ck_assert_int_eq(logwrite_open(directory, NULL, &other, &other_state), -EWOULDBLOCK);
	ck_assert_int_eq(logwrite_open("/nonexistent", NULL, &other, &other_state), -ENOENT);
}
END_TEST

START_TEST(test_line_too_long)
{
	static char line[100000];
	memset(line, 'x', sizeof(line));
	open_log();
	ck_assert_int_eq(logwrite_line(log_, line, sizeof(line), DAY_1), -EMSGSIZE);
	logwrite_rollback(log_);
	ck_assert_int_eq(add_event("start", DAY_1), 0);
	ck_assert_uint_eq(count_lines(), 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("logwrite");
	TCase *tests = tcase_create("logwrite");
	tcase_set_timeout(tests, 120);
	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, test_names);
	tcase_add_test(tests, test_first_lines);
	tcase_add_test(tests, test_state_is_restored);
	tcase_add_test(tests, test_days);
	tcase_add_test(tests, test_group_over_midnight);
	tcase_add_test(tests, test_rollback);
	tcase_add_test(tests, test_one_writer);
	tcase_add_test(tests, test_line_too_long);
	tcase_add_test(tests, test_large_files);
	tcase_add_test(tests, test_compressed_files);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
