/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Write-ahead files: what was synced is read back, torn and stale frames are not, and no file is
 * synced again after that failed. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../daemon/writeahead.h"
#include "suite.h"
#include "testdir.h"

#define FILE_0 "writeahead-0"

static char path[TESTDIR_PATH];
static int directory;
static struct writeahead *file;
static const struct writeahead_head head = { .table = "t1", .generation = 1, .sequence = 17 };

/* The next calls fail once so many are done; -1: none fails. */
static int writes_left, syncs_left, error_given, sync_calls;

static ssize_t faulty_pwrite(int fd, const void *bytes, size_t length, off_t offset)
{
	if (writes_left < 0 || writes_left-- > 0)
		return pwrite(fd, bytes, length, offset);
	writes_left = 0;
	/* A full disk takes a part. */
	if (length > 1 && error_given == ENOSPC)
		return pwrite(fd, bytes, length / 2, offset) ? (errno = ENOSPC, -1) : -1;
	errno = error_given;
	return -1;
}

static int faulty_sync(int fd)
{
	sync_calls++;
	if (syncs_left < 0 || syncs_left-- > 0)
		return fdatasync(fd);
	syncs_left = -1;
	errno = error_given;
	return -1;
}

static const struct writeahead_io faulty = { .pwrite = faulty_pwrite, .sync = faulty_sync };

static void no_fault(void)
{
	writes_left = syncs_left = -1;
	sync_calls = 0;
}

static void set_up(void)
{
	testdir_make(path, "writeahead");
	directory = open(path, O_RDONLY | O_DIRECTORY);
	ck_assert_int_ge(directory, 0);
	no_fault();
	ck_assert_int_eq(writeahead_begin(directory, 0, &faulty, &head, &file), 0);
}

static void tear_down(void)
{
	writeahead_close(file);
	close(directory);
	testdir_remove(path);
}

static char found[4096];

static int take(const uint8_t *bytes, size_t length, void *data)
{
	(void)data;
	snprintf(found + strlen(found), sizeof(found) - strlen(found), "%.*s;", (int)length,
		(const char *)bytes);
	return 0;
}

/* What a new process reads. */
static uint64_t reopen(const char *expected)
{
	uint64_t torn = 0;
	writeahead_close(file);
	file = NULL;
	found[0] = '\0';
	ck_assert_int_eq(writeahead_open(directory, 0, &faulty, take, NULL, &file, &torn), 0);
	ck_assert_str_eq(found, expected);
	return torn;
}

static int put(const char *text)
{
	return writeahead_put(file, text, strlen(text));
}

static void put_synced(const char *text)
{
	ck_assert_int_eq(put(text), 0);
	ck_assert_int_eq(writeahead_sync(file), 0);
}

START_TEST(goes_on)
{
	struct stat status;
	ck_assert_int_eq(testdir_size(path, FILE_0), -1); /* nothing was promised yet */
	put_synced("a");
	put_synced("bc");
	ck_assert_int_eq(fstatat(directory, FILE_0, &status, 0), 0);
	ck_assert_uint_eq(status.st_mode & 0777, 0600);
	off_t size = status.st_size;
	ck_assert_uint_eq(reopen("a;bc;"), 0);
	ck_assert_str_eq(writeahead_head(file)->table, "t1");
	ck_assert_uint_eq(writeahead_head(file)->generation, 1);
	ck_assert_uint_eq(writeahead_head(file)->sequence, 17);
	put_synced("d");
	ck_assert_uint_eq(reopen("a;bc;d;"), 0);
	ck_assert_int_eq(testdir_size(path, FILE_0), size); /* it need not grow for that */
}
END_TEST

START_TEST(never_synced)
{
	ck_assert_int_eq(put("a"), 0);
	writeahead_close(file);
	file = NULL;
	uint64_t torn;
	ck_assert_int_eq(writeahead_open(directory, 0, NULL, take, NULL, &file, &torn), -ENOENT);
	ck_assert_int_eq(testdir_size(path, FILE_0 ".new"), -1);
	/* One that a crash left is taken away. */
	close(openat(directory, FILE_0 ".new", O_CREAT | O_WRONLY, 0600));
	writeahead_clean(directory, 0);
	ck_assert_int_eq(testdir_size(path, FILE_0 ".new"), -1);
}
END_TEST

START_TEST(begins_anew)
{
	const struct writeahead_head next = { .table = "t2" };
	put_synced("a");
	put_synced("b");
	put_synced("c");
	ck_assert(!writeahead_fresh(file));
	ck_assert_int_eq(writeahead_restart(file, &next), 0);
	ck_assert(writeahead_fresh(file));
	ck_assert_uint_eq(reopen(""), 0);
	ck_assert_str_eq(writeahead_head(file)->table, "t2");
	/* It lies where "a" did; what follows are whole frames of before. */
	put_synced("x");
	ck_assert_uint_eq(reopen("x;"), 0);
}
END_TEST

/* Frames that were put and dropped must not be taken for what follows a later one. */
START_TEST(dropped)
{
	put_synced("a");
	ck_assert_int_eq(put("b"), 0);
	ck_assert_int_eq(put("c"), 0);
	writeahead_rollback(file);
	ck_assert_int_eq(put("B"), 0); /* where "b" was, "c" behind it */
	ck_assert_int_eq(writeahead_sync(file), 0);
	reopen("a;B;");
}
END_TEST

static void change_byte(off_t offset, int how)
{
	uint8_t byte;
	int fd = openat(directory, FILE_0, O_RDWR);
	ck_assert_int_eq(pread(fd, &byte, 1, offset), 1);
	byte = (uint8_t)(how == 0 ? 0 : byte ^ how);
	ck_assert_int_eq(pwrite(fd, &byte, 1, offset), 1);
	close(fd);
}

/* A frame of which any byte is not what it was is none, nor is what follows it. */
START_TEST(torn)
{
	static const char last[] = "the last frame, which a power cut has torn";
	put_synced("a");
	put_synced(last);
	const off_t begin = 4096 + 24 + 1;
	for (off_t i = 0; i < 24 + (off_t)strlen(last); i++) {
		change_byte(begin + i, 0x40);
		uint64_t bytes = reopen("a;");
		/* It is known to be one of ours by its tag, number and length. */
		if (i >= 16)
			ck_assert_uint_eq(bytes, 24 + strlen(last));
		change_byte(begin + i, 0x40);
	}
	reopen("a;the last frame, which a power cut has torn;");
	/* The rest of it was never written: zeros. */
	for (off_t i = 24 + (off_t)strlen(last) - 1; i >= 0; i--) {
		change_byte(begin + i, 0);
		reopen("a;");
	}
	put_synced("b");
	reopen("a;b;");
}
END_TEST

START_TEST(not_ours)
{
	uint64_t bytes;
	put_synced("a");
	writeahead_close(file);
	file = NULL;
	for (off_t i = 0; i < 112; i++) {
		change_byte(i, 0x10);
		ck_assert_int_eq(
			writeahead_open(directory, 0, NULL, take, NULL, &file, &bytes), -EBADMSG);
		change_byte(i, 0x10);
	}
	int fd = openat(directory, FILE_0, O_WRONLY | O_TRUNC);
	ck_assert_int_eq(write(fd, "hello", 5), 5);
	close(fd);
	ck_assert_int_eq(writeahead_open(directory, 0, NULL, take, NULL, &file, &bytes), -EBADMSG);
	writeahead_set_aside(directory, 0);
	ck_assert_int_eq(testdir_size(path, FILE_0), -1);
	ck_assert_int_eq(testdir_size(path, FILE_0 ".unreadable"), 5);
	/* Nor is a link of somebody's followed. */
	ck_assert_int_eq(symlinkat("/etc/passwd", directory, FILE_0), 0);
	ck_assert_int_eq(writeahead_open(directory, 0, NULL, take, NULL, &file, &bytes), -ELOOP);
	file = NULL;
}
END_TEST

START_TEST(disk_full)
{
	static char large[WRITEAHEAD_FRAME];
	memset(large, 'x', sizeof(large));
	put_synced("a");
	/* What fits into the room that it has is not in question. */
	writes_left = 0;
	error_given = ENOSPC;
	ck_assert_int_eq(put("b"), -ENOSPC);
	writes_left = -1;
	writeahead_rollback(file);
	ck_assert(!writeahead_failed(file));
	reopen("a;");
	/* It cannot grow, and a frame behind its end cannot be written either. */
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(writeahead_put(file, large, sizeof(large)), 0);
	writes_left = 0;
	ck_assert_int_eq(writeahead_put(file, large, sizeof(large)), -ENOSPC);
	writeahead_rollback(file);
	writes_left = -1;
	put_synced("c");
	reopen("a;c;");
	ck_assert_int_eq(writeahead_put(file, large, sizeof(large) + 1), -EMSGSIZE);
}
END_TEST

/* After a sync that failed there is none again; another file takes the place, and until it has,
 * what was promised is there. */
START_TEST(device_fails)
{
	struct writeahead *other = NULL;
	put_synced("a");
	ck_assert_int_eq(put("b"), 0);
	syncs_left = 0;
	error_given = EIO;
	ck_assert_int_eq(writeahead_sync(file), -EIO);
	ck_assert(writeahead_failed(file));
	int calls = sync_calls;
	ck_assert_int_eq(writeahead_sync(file), -EIO);
	ck_assert_int_eq(put("c"), -EIO);
	ck_assert_int_eq(writeahead_restart(file, &head), -EIO);
	ck_assert_int_eq(sync_calls, calls);

	ck_assert_int_eq(writeahead_begin(directory, 0, &faulty, &head, &other), 0);
	ck_assert_int_eq(writeahead_put(other, "A", 1), 0);
	syncs_left = 0;
	ck_assert_int_eq(writeahead_sync(other), -EIO);
	writeahead_close(other);
	reopen("a;b;"); /* in memory, of the kernel; "a" was promised */
	ck_assert_int_eq(writeahead_begin(directory, 0, &faulty, &head, &other), 0);
	ck_assert_int_eq(writeahead_put(other, "A", 1), 0);
	ck_assert_int_eq(writeahead_sync(other), 0);
	writeahead_close(file);
	file = other;
	reopen("A;");
}
END_TEST

START_TEST(write_fails)
{
	put_synced("a");
	writes_left = 0;
	error_given = EIO;
	ck_assert_int_eq(put("b"), -EIO);
	ck_assert(writeahead_failed(file));
	no_fault();
	ck_assert_int_eq(writeahead_sync(file), -EIO);
	ck_assert_int_eq(sync_calls, 0);
}
END_TEST

START_TEST(cannot_begin)
{
	struct writeahead *other = NULL;
	writes_left = 0;
	error_given = EIO;
	ck_assert_int_eq(writeahead_begin(directory, 1, &faulty, &head, &other), -EIO);
	ck_assert_int_eq(testdir_size(path, "writeahead-1.new"), -1);
	/* With some room, but not as much as it likes to have, it begins all the same. */
	writes_left = 0;
	error_given = ENOSPC;
	ck_assert_int_eq(writeahead_begin(directory, 1, &faulty, &head, &other), -ENOSPC);
	no_fault();
	ck_assert_int_eq(writeahead_begin(-1, 1, &faulty, &head, &other), -EBADF);
	ck_assert_int_eq(writeahead_remove(file), 0);
	file = NULL;
}
END_TEST

/* What a flood needed is given back when it is over. */
START_TEST(large)
{
	static char bytes[WRITEAHEAD_FRAME];
	for (int i = 0; i < 1100; i++)
		ck_assert_int_eq(writeahead_put(file, bytes, sizeof(bytes)), 0);
	ck_assert_int_eq(writeahead_sync(file), 0);
	ck_assert_int_gt(testdir_size(path, FILE_0), 64 << 20);
	ck_assert_int_eq(writeahead_restart(file, &head), 0);
	ck_assert_int_eq(testdir_size(path, FILE_0), 64 << 20);
	put_synced("a");
	reopen("a;");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("writeahead");
	TCase *tests = tcase_create("writeahead");
	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_set_timeout(tests, 60);
	tcase_add_test(tests, goes_on);
	tcase_add_test(tests, never_synced);
	tcase_add_test(tests, begins_anew);
	tcase_add_test(tests, dropped);
	tcase_add_test(tests, torn);
	tcase_add_test(tests, not_ours);
	tcase_add_test(tests, disk_full);
	tcase_add_test(tests, device_fails);
	tcase_add_test(tests, write_fails);
	tcase_add_test(tests, cannot_begin);
	tcase_add_test(tests, large);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
