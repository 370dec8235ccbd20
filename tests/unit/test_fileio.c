/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whole ranges of files, whatever the calls do. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../lib/fileio.h"
#include "suite.h"
#include "testdir.h"

static char directory[TESTDIR_PATH];
static int fd;

static void set_up(void)
{
	testdir_make(directory, "fileio");
	fd = open(directory, O_RDONLY | O_DIRECTORY);
	ck_assert_int_ge(fd, 0);
}

static void tear_down(void)
{
	(void)unlinkat(fd, "file", 0);
	(void)unlinkat(fd, "new", 0);
	close(fd);
	ck_assert_int_eq(rmdir(directory), 0);
}

static void put(const char *name, const char *text)
{
	int file = openat(fd, name, O_WRONLY | O_CREAT | O_EXCL, 0600);
	ck_assert_int_eq(write(file, text, strlen(text)), (ssize_t)strlen(text));
	close(file);
}

static void assert_holds(const char *name, const char *text)
{
	char bytes[64];
	int file = openat(fd, name, O_RDONLY);
	ssize_t length = fileio_read(file, bytes, sizeof(bytes), 0);
	ck_assert_int_eq(length, (ssize_t)strlen(text));
	ck_assert_mem_eq(bytes, text, (size_t)length);
	close(file);
}

static bool is_there(const char *name)
{
	return faccessat(fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Reading ------------------------------------------------------------------------------------- */

START_TEST(test_read)
{
	char bytes[8];
	put("file", "0123456789");
	int file = openat(fd, "file", O_RDONLY);
	ck_assert_int_eq(fileio_read(file, bytes, 4, 3), 4);
	ck_assert_mem_eq(bytes, "3456", 4);
	ck_assert_int_eq(fileio_read(file, bytes, sizeof(bytes), 7), 3);
	ck_assert_mem_eq(bytes, "789", 3);
	ck_assert_int_eq(fileio_read(file, bytes, sizeof(bytes), 10), 0);
	ck_assert_int_eq(fileio_read(file, bytes, 0, 0), 0);
	close(file);
	ck_assert_int_eq(fileio_read(file, bytes, 1, 0), -EBADF);
	ck_assert_int_eq(fileio_read(fd, bytes, 1, 0), -EISDIR);
}
END_TEST

/* Writing ------------------------------------------------------------------------------------- */

/* A writer that is interrupted, does a byte, and so on; from some byte on it fails, or does none.
 */
static struct {
	char bytes[16];
	size_t length, room;
	int error; /* 0: it does none */
	bool interrupted;
} sink;

static ssize_t one_byte(int file, const void *bytes, size_t length)
{
	ck_assert_int_eq(file, 77);
	ck_assert_uint_gt(length, 0);
	sink.interrupted = !sink.interrupted;
	if (sink.interrupted || (sink.length == sink.room && sink.error)) {
		errno = sink.interrupted ? EINTR : sink.error;
		return -1;
	}
	if (sink.length == sink.room)
		return 0;
	sink.bytes[sink.length++] = *(const char *)bytes;
	return 1;
}

START_TEST(test_write)
{
	size_t written = 99;
	memset(&sink, 0, sizeof(sink));
	sink.room = sizeof(sink.bytes);
	ck_assert_int_eq(fileio_write(one_byte, 77, "hedate", 6, &written), 0);
	ck_assert_uint_eq(written, 6);
	ck_assert_mem_eq(sink.bytes, "hedate", 6);
	ck_assert_int_eq(fileio_write(one_byte, 77, "log", 3, NULL), 0);
	ck_assert_mem_eq(sink.bytes, "hedatelog", 9);
	ck_assert_int_eq(fileio_write(one_byte, 77, "", 0, &written), 0);
	ck_assert_uint_eq(written, 0);
}
END_TEST

START_TEST(test_write_fails)
{
	static const int errors[][2] = { { ENOSPC, -ENOSPC }, { EIO, -EIO }, { 0, -EIO } };
	size_t written = 99;
	memset(&sink, 0, sizeof(sink));
	sink.room = 4;
	sink.error = errors[_i][0];
	ck_assert_int_eq(fileio_write(one_byte, 77, "hedate", 6, &written), errors[_i][1]);
	ck_assert_uint_eq(written, 4);
	ck_assert_mem_eq(sink.bytes, "heda", 4);
	ck_assert_int_eq(fileio_write(one_byte, 77, "te", 2, NULL), errors[_i][1]);
}
END_TEST

/* Replacing ----------------------------------------------------------------------------------- */

START_TEST(test_replace)
{
	struct stat status;
	ck_assert_int_eq(fileio_replace(fd, "file", "new", 0600, "one", 3), 0);
	assert_holds("file", "one");
	ck_assert_int_eq(fstatat(fd, "file", &status, 0), 0);
	ck_assert_uint_eq(status.st_mode & 07777, 0600);
	put("new", "what a crash left of another");
	ck_assert_int_eq(fileio_replace(fd, "file", "new", 0600, "two", 3), 0);
	assert_holds("file", "two");
	ck_assert(!is_there("new"));
}
END_TEST

START_TEST(test_replace_fails)
{
	/* A directory is in the place. */
	ck_assert_int_eq(mkdirat(fd, "file", 0700), 0);
	ck_assert_int_eq(fileio_replace(fd, "file", "new", 0600, "one", 3), -EISDIR);
	ck_assert(!is_there("new"));
	ck_assert_int_eq(unlinkat(fd, "file", AT_REMOVEDIR), 0);
	/* The new name leads elsewhere. */
	put("file", "one");
	ck_assert_int_eq(symlinkat("file", fd, "new"), 0);
	ck_assert_int_eq(fileio_replace(fd, "file", "new", 0600, "two", 3), -ELOOP);
	assert_holds("file", "one");
	ck_assert_int_eq(fileio_replace(-1, "file", "new", 0600, "two", 3), -EBADF);
}
END_TEST

START_TEST(test_load)
{
	size_t length = 99;
	char *text, path[96];
	int file;

	put("file", "whole");
	ck_assert_int_eq(fileio_load_at(fd, "file", 5, &text, &length), 0);
	ck_assert_uint_eq(length, 5);
	ck_assert_str_eq(text, "whole");
	free(text);
	/* What the descriptor has read before makes no difference. */
	file = openat(fd, "file", O_RDONLY);
	ck_assert_int_eq(lseek(file, 3, SEEK_SET), 3);
	ck_assert_int_eq(fileio_load(file, 100, &text, &length), 0);
	ck_assert_str_eq(text, "whole");
	free(text);
	close(file);
	/* A person may name it by a link, in a directory nobody may. */
	ck_assert_int_eq(symlinkat("file", fd, "new"), 0);
	snprintf(path, sizeof(path), "%s/new", directory);
	ck_assert_int_eq(fileio_load_path(path, 100, &text, &length), 0);
	ck_assert_str_eq(text, "whole");
	free(text);
	ck_assert_int_eq(fileio_load_at(fd, "new", 100, &text, &length), -ELOOP);
	/* An empty one. */
	ck_assert_int_eq(unlinkat(fd, "file", 0), 0);
	put("file", "");
	ck_assert_int_eq(fileio_load_at(fd, "file", 0, &text, &length), 0);
	ck_assert_uint_eq(length, 0);
	ck_assert_str_eq(text, "");
	free(text);
}
END_TEST

/* Nothing is the caller's then: what it has is as it was. */
START_TEST(test_load_fails)
{
	size_t length = 99;
	char *text = (char *)(uintptr_t) "untouched";

	put("file", "whole");
	ck_assert_int_eq(fileio_load_at(fd, "file", 4, &text, &length), -EFBIG);
	ck_assert_int_eq(fileio_load_at(fd, "nothing", 100, &text, &length), -ENOENT);
	ck_assert_int_eq(fileio_load_at(fd, ".", 100, &text, &length), -EINVAL);
	ck_assert_int_eq(fileio_load(-1, 100, &text, &length), -EBADF);
	ck_assert_int_eq(fileio_load_path(directory, 100, &text, &length), -EINVAL);
	/* It does not wait for somebody to write to a pipe. */
	ck_assert_int_eq(mkfifoat(fd, "new", 0600), 0);
	ck_assert_int_eq(fileio_load_at(fd, "new", 100, &text, &length), -EINVAL);
	ck_assert_str_eq(text, "untouched");
	ck_assert_uint_eq(length, 99);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("fileio");
	TCase *group = tcase_create("fileio");
	tcase_add_checked_fixture(group, set_up, tear_down);
	tcase_add_test(group, test_read);
	tcase_add_test(group, test_load);
	tcase_add_test(group, test_load_fails);
	tcase_add_test(group, test_write);
	tcase_add_loop_test(group, test_write_fails, 0, 3);
	tcase_add_test(group, test_replace);
	tcase_add_test(group, test_replace_fails);
	suite_add_tcase(suite, group);
	return suite_run(suite);
}
