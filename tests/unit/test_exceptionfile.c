/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The register's file: whole lines or none, whatever fails; who may have written to it. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../daemon/exceptionfile.h"
#include "suite.h"
#include "testdir.h"

static char directory[TESTDIR_PATH], path[128], torn[128];
static struct exceptionfile *file;
static char *text;
static size_t length;

/* What fails: the n-th call from now on (1: the next), with this error; 0: none. */
static int write_fails, sync_fails, error;
static size_t write_part; /* bytes that a failing write lets through first */

static bool fails(int *count)
{
	return *count > 0 && --*count == 0;
}

static ssize_t test_write(int fd, const void *bytes, size_t size)
{
	if (write_part > 0) {
		size_t part = write_part < size ? write_part : size;

		write_part = 0;
		return write(fd, bytes, part);
	}
	if (fails(&write_fails)) {
		errno = error;
		return -1;
	}
	return write(fd, bytes, size);
}

static int test_sync(int fd)
{
	if (fails(&sync_fails)) {
		errno = error;
		return -1;
	}
	return fdatasync(fd);
}

static const struct exceptionfile_io io = { test_write, test_sync };

static int reopen(void)
{
	exceptionfile_close(file);
	free(text);
	file = NULL;
	text = NULL;
	return exceptionfile_open(directory, NULL, &io, &file, &text, &length);
}

static void set_up(void)
{
	write_fails = sync_fails = 0;
	write_part = 0;
	testdir_make(directory, "exceptionfile");
	snprintf(path, sizeof(path), "%s/" EXCEPTIONFILE_NAME, directory);
	snprintf(torn, sizeof(torn), "%s/" EXCEPTIONFILE_TORN, directory);
	ck_assert_int_eq(reopen(), 0);
}

static void tear_down(void)
{
	exceptionfile_close(file);
	free(text);
	file = NULL;
	text = NULL;
	testdir_remove(directory);
}

static int append(const char *line)
{
	return exceptionfile_append(file, line, strlen(line));
}

static void ck_content(const char *name, const char *wanted)
{
	char have[256] = "";
	FILE *stream = fopen(name, "r");

	ck_assert_ptr_nonnull(stream);
	ck_assert_uint_eq(fread(have, 1, sizeof(have) - 1, stream), strlen(wanted));
	ck_assert_str_eq(have, wanted);
	fclose(stream);
}

START_TEST(test_made)
{
	struct stat status;

	ck_assert_uint_eq(length, 0);
	ck_assert_int_eq(stat(path, &status), 0);
	ck_assert_uint_eq(status.st_mode & 07777 & ~0640u, 0);
}
END_TEST

START_TEST(test_append)
{
	ck_assert_int_eq(append("one\n"), 0);
	ck_assert_int_eq(append("two\n"), 0);
	ck_content(path, "one\ntwo\n");
	ck_assert_int_eq(reopen(), 0);
	ck_assert_uint_eq(length, 8);
	ck_assert_str_eq(text, "one\ntwo\n");
	ck_assert_int_eq(append("three\n"), 0);
	ck_content(path, "one\ntwo\nthree\n");
}
END_TEST

/* Nothing, or half of it, was written: the file is as before, and takes the next line. */
START_TEST(test_no_space)
{
	ck_assert_int_eq(append("one\n"), 0);
	error = ENOSPC;
	write_fails = 1;
	ck_assert_int_eq(append("two\n"), -ENOSPC);
	ck_content(path, "one\n");
	write_part = 2;
	write_fails = 1;
	ck_assert_int_eq(append("two\n"), -ENOSPC);
	ck_content(path, "one\n");
	ck_assert_int_eq(append("three\n"), 0);
	ck_content(path, "one\nthree\n");
}
END_TEST

/* A write that takes less than all is gone on with, one that is interrupted begun again. */
START_TEST(test_partly)
{
	write_part = 1;
	ck_assert_int_eq(append("one\n"), 0);
	error = EINTR;
	write_fails = 1;
	ck_assert_int_eq(append("two\n"), 0);
	ck_content(path, "one\ntwo\n");
}
END_TEST

/* Not on disk for sure: the line is taken back. */
START_TEST(test_sync_fails)
{
	ck_assert_int_eq(append("one\n"), 0);
	error = EIO;
	sync_fails = 1;
	ck_assert_int_eq(append("two\n"), -EIO);
	ck_content(path, "one\n");
	ck_assert_int_eq(append("three\n"), 0);
	ck_content(path, "one\nthree\n");
}
END_TEST

/* Nor can it be taken back: nothing more is written. */
START_TEST(test_nothing_helps)
{
	ck_assert_int_eq(append("one\n"), 0);
	error = EIO;
	write_part = 2;
	write_fails = 1;
	sync_fails = 1; /* that of cutting back */
	ck_assert_int_eq(append("two\n"), -EIO);
	ck_assert_int_eq(append("three\n"), -EIO);
	ck_assert_int_eq(reopen(), 0);
	ck_assert_int_eq(append("four\n"), 0);
}
END_TEST

START_TEST(test_changed_by_others)
{
	FILE *other;

	ck_assert_int_eq(append("one\n"), 0);
	other = fopen(path, "a");
	fputs("x", other);
	fclose(other);
	ck_assert_int_eq(append("two\n"), -ESTALE);
	ck_content(path, "one\nx");
	ck_assert_int_eq(truncate(path, 0), 0);
	ck_assert_int_eq(append("two\n"), -ESTALE);
	ck_content(path, "");
}
END_TEST

START_TEST(test_taken_away)
{
	ck_assert_int_eq(append("one\n"), 0);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(append("two\n"), -ESTALE);
}
END_TEST

START_TEST(test_cut)
{
	ck_assert_int_eq(append("one\nhalf"), 0);
	ck_assert_int_eq(reopen(), 0);
	ck_assert_int_eq(exceptionfile_cut(file, 4), 0);
	ck_content(path, "one\n");
	ck_content(torn, "half");
	ck_assert_int_eq(append("two\nmore"), 0);
	ck_assert_int_eq(reopen(), 0);
	ck_assert_int_eq(exceptionfile_cut(file, 8), 0);
	ck_content(path, "one\ntwo\n");
	ck_content(torn, "halfmore");
}
END_TEST

/* What cannot be kept is not cut off. */
START_TEST(test_cut_fails)
{
	ck_assert_int_eq(append("one\nhalf"), 0);
	error = ENOSPC;
	write_fails = 1;
	ck_assert_int_eq(exceptionfile_cut(file, 4), -ENOSPC);
	ck_content(path, "one\nhalf");
	sync_fails = 1;
	ck_assert_int_eq(exceptionfile_cut(file, 4), -ENOSPC);
	ck_content(path, "one\nhalf");
	unlink(torn);
	ck_assert_int_eq(mkdir(torn, 0700), 0);
	ck_assert_int_lt(exceptionfile_cut(file, 4), 0);
	ck_content(path, "one\nhalf");
	rmdir(torn);
}
END_TEST

START_TEST(test_locked)
{
	struct exceptionfile *other = NULL;
	char *other_text = NULL;
	size_t other_length;

	ck_assert_int_eq(
		exceptionfile_open(directory, NULL, &io, &other, &other_text, &other_length),
		-EWOULDBLOCK);
	ck_assert_ptr_null(other);
}
END_TEST

START_TEST(test_refused)
{
	ck_assert_int_eq(chmod(path, 0660), 0);
	ck_assert_int_eq(reopen(), -EPERM);
	ck_assert_int_eq(chmod(path, 0642), 0);
	ck_assert_int_eq(reopen(), -EPERM);
	ck_assert_int_eq(chmod(path, 0640), 0);
	ck_assert_int_eq(reopen(), 0);
	if (getuid() == 0) {
		ck_assert_int_eq(chown(path, 65534, 65534), 0);
		ck_assert_int_eq(reopen(), -EPERM);
	}
	unlink(path);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	ck_assert_int_eq(reopen(), -EINVAL);
	unlink(path);
	ck_assert_int_eq(symlink("/etc/passwd", path), 0);
	ck_assert_int_eq(reopen(), -ELOOP);
	unlink(path);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	ck_assert_int_lt(reopen(), 0);
	rmdir(path);
	ck_assert_int_eq(reopen(), 0);
}
END_TEST

START_TEST(test_too_large)
{
	ck_assert_int_eq(truncate(path, (off_t)EXCEPTIONFILE_MAX + 1), 0);
	ck_assert_int_eq(reopen(), -EFBIG);
}
END_TEST

/* It never grows to what would not be read again. */
START_TEST(test_full)
{
	ck_assert_int_eq(truncate(path, EXCEPTIONFILE_MAX - 5), 0);
	ck_assert_int_eq(reopen(), 0);
	ck_assert_int_eq(append("123456"), -EFBIG);
	ck_assert_int_eq(append("12345"), 0);
	ck_assert_int_eq(append("1"), -EFBIG);
	ck_assert_int_eq(reopen(), 0);
}
END_TEST

START_TEST(test_user)
{
	const struct sandbox_user user = { "nobody", 65534, 65534 };
	struct stat status;

	if (getuid() != 0)
		return;
	unlink(path);
	exceptionfile_close(file);
	free(text);
	ck_assert_int_eq(exceptionfile_open(directory, &user, &io, &file, &text, &length), 0);
	ck_assert_int_eq(stat(path, &status), 0);
	ck_assert_uint_eq(status.st_uid, 65534);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("exceptionfile");
	TCase *tests = tcase_create("file");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, test_made);
	tcase_add_test(tests, test_append);
	tcase_add_test(tests, test_no_space);
	tcase_add_test(tests, test_partly);
	tcase_add_test(tests, test_sync_fails);
	tcase_add_test(tests, test_nothing_helps);
	tcase_add_test(tests, test_changed_by_others);
	tcase_add_test(tests, test_taken_away);
	tcase_add_test(tests, test_cut);
	tcase_add_test(tests, test_cut_fails);
	tcase_add_test(tests, test_locked);
	tcase_add_test(tests, test_refused);
	tcase_add_test(tests, test_too_large);
	tcase_add_test(tests, test_full);
	tcase_add_test(tests, test_user);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
