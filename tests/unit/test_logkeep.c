/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Holds, exports and reviews that are remembered; what is no such file is refused as a whole, for a
 * hold may be missing in it. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../lib/logkeep.h"
#include "suite.h"
#include "testdir.h"

static char path[TESTDIR_PATH];
static int directory;
static struct logkeep keep, again;

static void open_directory(void)
{
	testdir_make(path, "logkeep");
	directory = open(path, O_RDONLY | O_DIRECTORY);
	memset(&keep, 0, sizeof(keep));
}

static void close_directory(void)
{
	(void)unlinkat(directory, LOGKEEP_FILE, 0);
	(void)unlinkat(directory, LOGKEEP_FILE ".new", 0);
	close(directory);
	ck_assert_int_eq(rmdir(path), 0);
}

static struct logkeep_note note(const char *by, const char *text)
{
	struct logkeep_note made = { .time = INT64_C(1795132800123456789) };
	snprintf(made.by, sizeof(made.by), "%s", by);
	snprintf(made.text, sizeof(made.text), "%s", text);
	return made;
}

static void expect_same(void)
{
	ck_assert_int_eq(logkeep_write(directory, &keep), 0);
	ck_assert_int_eq(logkeep_read(directory, &again), 0);
	ck_assert_uint_eq(again.hold_count, keep.hold_count);
	ck_assert_uint_eq(again.holds_given, keep.holds_given);
	for (size_t i = 0; i < keep.hold_count; i++) {
		ck_assert_uint_eq(again.holds[i].number, keep.holds[i].number);
		ck_assert_int_eq(again.holds[i].since, keep.holds[i].since);
		ck_assert_int_eq(again.holds[i].note.time, keep.holds[i].note.time);
		ck_assert_str_eq(again.holds[i].note.by, keep.holds[i].note.by);
		ck_assert_str_eq(again.holds[i].note.text, keep.holds[i].note.text);
	}
	ck_assert_uint_eq(again.exported, keep.exported);
	ck_assert_str_eq(again.export_note.text, keep.export_note.text);
	ck_assert_uint_eq(again.reviewed, keep.reviewed);
	ck_assert_str_eq(again.review_note.by, keep.review_note.by);
}

START_TEST(test_nothing)
{
	ck_assert_int_eq(logkeep_read(directory, &again), 0);
	ck_assert_uint_eq(again.hold_count, 0);
	ck_assert_int_eq(logkeep_held_since(&again), INT64_MAX);
	expect_same();
}
END_TEST

START_TEST(test_holds)
{
	uint64_t number;
	struct logkeep_note by = note("taro", "照会 第3号 \"quoted\" \\ \n line");
	ck_assert_int_eq(logkeep_place(&keep, 2000, &by, &number), 0);
	ck_assert_uint_eq(number, 1);
	ck_assert_int_eq(logkeep_place(&keep, 1000, &by, &number), 0);
	ck_assert_int_eq(logkeep_place(&keep, 3000, &by, &number), 0);
	ck_assert_uint_eq(number, 3);
	ck_assert_int_eq(logkeep_held_since(&keep), 1000);
	expect_same();
	ck_assert_int_eq(logkeep_release(&keep, 2), 0);
	ck_assert_int_eq(logkeep_release(&keep, 2), -ENOENT);
	ck_assert_int_eq(logkeep_release(&keep, 0), -ENOENT);
	ck_assert_int_eq(logkeep_held_since(&keep), 2000);
	expect_same();
	/* No number is given twice, also when the last one was released. */
	ck_assert_int_eq(logkeep_release(&keep, 3), 0);
	expect_same();
	ck_assert_int_eq(logkeep_place(&again, 1, &by, &number), 0);
	ck_assert_uint_eq(number, 4);
	while (logkeep_place(&keep, 1, &by, &number) == 0)
		;
	ck_assert_uint_eq(keep.hold_count, LOGKEEP_HOLDS_MAX);
	ck_assert_int_eq(logkeep_place(&keep, 1, &by, &number), -ENOSPC);
	expect_same();
}
END_TEST

START_TEST(test_notes)
{
	keep.exported = 8191;
	keep.export_note = note("", "/media/archive");
	keep.reviewed = UINT64_MAX;
	keep.review_note = note("hanako", "");
	expect_same();
	ck_assert_int_eq(again.review_note.time, keep.review_note.time);
}
END_TEST

/* Bytes that are no text grow when they are written, and the file can be read all the same. */
START_TEST(test_no_text)
{
	char bytes[LOGKEEP_TEXT_MAX];
	uint64_t number;
	memset(bytes, 0xfe, sizeof(bytes) - 1);
	bytes[sizeof(bytes) - 1] = '\0';
	struct logkeep_note by = note("x", bytes);
	ck_assert_int_eq(logkeep_place(&keep, 1, &by, &number), 0);
	ck_assert_int_eq(logkeep_write(directory, &keep), 0);
	ck_assert_int_eq(logkeep_read(directory, &again), 0);
	ck_assert_uint_eq(strlen(again.holds[0].note.text), sizeof(bytes) - 1);
	keep = again;
	expect_same();
}
END_TEST

static const char *const wrong[] = {
	"{\"hold\":1}", /* cut off: no newline */
	"{\"hold\":1\n",
	"\n",
	"[]\n",
	"{}\n",
	"{\"hold\":\"1\"}\n",
	"{\"hold\":-1}\n",
	"{\"hold\":1.5}\n",
	"{\"hold\":99999999999999999999}\n",
	"{\"hold\":1,\"holds\":2}\n",
	"{\"something\":1}\n",
	"{\"a key that is far too long\":1}\n",
	"{\"hold\":1,\"since\":\"yesterday\"}\n",
	"{\"hold\":1,\"since\":5}\n",
	"{\"hold\":1,\"by\":5}\n",
	"{\"hold\":1,\"since\":\"1969-12-31T23:59:59Z\"}\n",
	"{\"holds\":1}\n{\"hold\":1,\"note\":{}}\n",
};

START_TEST(test_wrong)
{
	char *text = strdup(wrong[_i]);
	ck_assert_int_eq(logkeep_parse(text, strlen(text), &again), -EBADMSG);
	free(text);
	int fd = openat(directory, LOGKEEP_FILE, O_WRONLY | O_CREAT, 0640);
	ck_assert_int_eq(write(fd, wrong[_i], strlen(wrong[_i])), (ssize_t)strlen(wrong[_i]));
	close(fd);
	ck_assert_int_eq(logkeep_read(directory, &again), -EBADMSG);
}
END_TEST

START_TEST(test_too_many)
{
	char line[64], text[8192];
	size_t length = 0;
	for (int i = 1; i <= LOGKEEP_HOLDS_MAX + 1; i++) {
		snprintf(line, sizeof(line), "{\"hold\":%d}\n", i);
		memcpy(text + length, line, strlen(line));
		length += strlen(line);
	}
	ck_assert_int_eq(logkeep_parse(text, length, &again), -EBADMSG);
}
END_TEST

START_TEST(test_other_files)
{
	ck_assert_int_eq(mkdirat(directory, LOGKEEP_FILE, 0700), 0);
	ck_assert_int_eq(logkeep_read(directory, &again), -EBADMSG);
	ck_assert_int_lt(logkeep_write(directory, &keep), 0);
	ck_assert_int_eq(unlinkat(directory, LOGKEEP_FILE, AT_REMOVEDIR), 0);
	ck_assert_int_eq(symlinkat("/dev/null", directory, LOGKEEP_FILE), 0);
	ck_assert_int_eq(logkeep_read(directory, &again), -ELOOP);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("logkeep");
	TCase *tests = tcase_create("logkeep");
	tcase_add_checked_fixture(tests, open_directory, close_directory);
	tcase_add_test(tests, test_nothing);
	tcase_add_test(tests, test_holds);
	tcase_add_test(tests, test_notes);
	tcase_add_test(tests, test_no_text);
	tcase_add_loop_test(tests, test_wrong, 0, sizeof(wrong) / sizeof(wrong[0]));
	tcase_add_test(tests, test_too_many);
	tcase_add_test(tests, test_other_files);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
