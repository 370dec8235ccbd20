/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of the log, plain and compressed: the same bytes at the same offsets; compressing them,
 * with whatever goes wrong or is cut off meanwhile; what is damaged is never taken for a record. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../lib/logfile.h"
#include "../../lib/logfile_frames.h"
#include "../../lib/logfile_pack.h"
#include "suite.h"
#include "testdir.h"

#define SEGMENT "hedate-20261120.jsonl"
#define PACKED	SEGMENT ".zst"
#define NEW	PACKED ".new"

static char path[TESTDIR_PATH];
static int directory;
static char *content; /* of the segment */
static size_t size;

static void open_directory(void)
{
	testdir_make(path, "logfile");
	directory = open(path, O_RDONLY | O_DIRECTORY);
	ck_assert_int_ge(directory, 0);
	content = NULL;
	size = 0;
}

static void close_directory(void)
{
	static const char *const names[] = { SEGMENT, PACKED, NEW };
	for (size_t i = 0; i < 3; i++)
		if (unlinkat(directory, names[i], 0) < 0)
			(void)unlinkat(directory, names[i], AT_REMOVEDIR);
	close(directory);
	ck_assert_int_eq(rmdir(path), 0);
	free(content);
}

static void put(const char *name, const void *bytes, size_t length)
{
	int fd = openat(directory, name, O_WRONLY | O_CREAT | O_TRUNC, 0640);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, bytes, length), (ssize_t)length);
	close(fd);
}

static bool is_there(const char *name)
{
	return faccessat(directory, name, F_OK, 0) == 0;
}

/* Lines that look like records, about so many bytes of them. */
static void write_segment(size_t bytes)
{
	free(content);
	content = malloc(bytes + 256);
	ck_assert_ptr_nonnull(content);
	for (size = 0; size < bytes;)
		size += (size_t)snprintf(content + size, 256,
			"{\"@timestamp\":\"2026-11-20T08:00:%02d\",\"event.sequence\":%d,"
			"\"source.ip\":\"10.30.%d.%d\"}\n",
			rand() % 60, rand(), rand() % 256, rand() % 256);
	put(SEGMENT, content, size);
}

static int pack_all(const struct logfile_io *io)
{
	struct logfile_pack *pack;
	int r = logfile_pack_begin(directory, SEGMENT, io, &pack);
	if (r < 0)
		return r;
	while ((r = logfile_pack_step(pack)) > 0)
		;
	logfile_pack_end(pack);
	return r;
}

/* The segment, in whatever form, has the content. */
static void expect_content(bool compressed)
{
	struct logfile *file;
	char *bytes = malloc(size + 1);
	int64_t length;
	ck_assert_int_eq(logfile_open(directory, SEGMENT, &file), 0);
	ck_assert_int_eq(logfile_is_compressed(file), compressed);
	ck_assert_int_eq(logfile_size(file, &length), 0);
	ck_assert_uint_eq((size_t)length, size);
	ck_assert_int_eq(logfile_read(file, bytes, size + 1, 0), (ssize_t)size);
	ck_assert_mem_eq(bytes, content, size);
	logfile_close(file);
	free(bytes);
}

START_TEST(test_names)
{
	char segment[LOGNAME_MAX];
	bool compressed;
	ck_assert_int_eq(logfile_segment("hedate-20261120.jsonl", segment, &compressed), 0);
	ck_assert_str_eq(segment, "hedate-20261120.jsonl");
	ck_assert(!compressed);
	ck_assert_int_eq(logfile_segment("hedate-20261120_07.jsonl.zst", segment, &compressed), 0);
	ck_assert_str_eq(segment, "hedate-20261120_07.jsonl");
	ck_assert(compressed);
	static const char *const others[] = { "", ".zst", "hedate-20261120.jsonl.zst.new",
		"hedate-20261120.jsonl.zst.zst", "hedate-20261120.jsonl.torn",
		"hedate-20261120.seal", "hedate-2026112.jsonl.zst",
		"hedate-20261120_07.jsonl.a-name-longer-than-any.zst" };
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		ck_assert_int_eq(logfile_segment(others[i], segment, NULL), -EINVAL);
}
END_TEST

START_TEST(test_not_there)
{
	struct logfile *file = NULL;
	struct logfile_pack *pack = NULL;
	ck_assert_int_eq(logfile_open(directory, SEGMENT, &file), -ENOENT);
	ck_assert_int_eq(
		logfile_open(directory, "a-name-that-is-longer-than-those-of-the-log", &file),
		-ENOENT);
	ck_assert_int_eq(logfile_pack_begin(directory, SEGMENT, NULL, &pack), -ENOENT);
	ck_assert_int_eq(logfile_pack_begin(directory,
				 "a-name-that-is-longer-than-those-of-the-log", NULL, &pack),
		-EINVAL);
	ck_assert_int_eq(mkdirat(directory, SEGMENT, 0700), 0);
	ck_assert_int_eq(logfile_open(directory, SEGMENT, &file), -EINVAL);
	ck_assert_int_eq(logfile_pack_begin(directory, SEGMENT, NULL, &pack), -EINVAL);
	ck_assert_int_eq(unlinkat(directory, SEGMENT, AT_REMOVEDIR), 0);
	ck_assert_int_eq(symlinkat("/etc/passwd", directory, SEGMENT), 0);
	ck_assert_int_eq(logfile_open(directory, SEGMENT, &file), -ELOOP);
	ck_assert_ptr_null(file);
	ck_assert_ptr_null(pack);
	ck_assert(!is_there(NEW));
	logfile_close(NULL);
	logfile_pack_end(NULL);
}
END_TEST

START_TEST(test_plain_grows)
{
	struct logfile *file;
	int64_t length;
	char bytes[16];
	put(SEGMENT, "one\n", 4);
	ck_assert_int_eq(logfile_open(directory, SEGMENT, &file), 0);
	ck_assert_int_eq(logfile_read(file, bytes, sizeof(bytes), 4), 0);
	put(SEGMENT, "one\ntwo\n", 8);
	ck_assert_int_eq(logfile_size(file, &length), 0);
	ck_assert_int_eq(length, 8);
	ck_assert_int_eq(logfile_read(file, bytes, sizeof(bytes), 4), 4);
	ck_assert_mem_eq(bytes, "two\n", 4);
	ck_assert_int_eq(logfile_read(file, bytes, sizeof(bytes), -1), -EINVAL);
	logfile_close(file);
}
END_TEST

static const size_t sizes[] = { 1, 1000, LOGFILE_FRAME - 300, LOGFILE_FRAME + 5000,
	5 * LOGFILE_FRAME + 77777 };

START_TEST(test_pack)
{
	char bytes[3000];
	struct logfile *file;
	write_segment(sizes[_i]);
	ck_assert_int_eq(pack_all(NULL), 0);
	ck_assert(!is_there(SEGMENT) && is_there(PACKED) && !is_there(NEW));
	expect_content(true);
	ck_assert_int_eq(pack_all(NULL), -ENOENT);
	ck_assert_int_eq(logfile_open(directory, SEGMENT, &file), 0);
	for (int i = 0; i < 300; i++) {
		size_t offset = (size_t)rand() % (size + 10), length = (size_t)rand() % 3000;
		size_t there = offset >= size ? 0 : size - offset < length ? size - offset : length;
		ck_assert_int_eq(
			logfile_read(file, bytes, length, (int64_t)offset), (ssize_t)there);
		ck_assert_mem_eq(bytes, content + (there ? offset : 0), there);
	}
	logfile_close(file);
}
END_TEST

static void take_frames(struct frames *frames)
{
	struct stat status;
	int fd = openat(directory, PACKED, O_RDONLY);
	ck_assert_int_eq(fstat(fd, &status), 0);
	ck_assert_int_eq(frames_read(fd, (uint64_t)status.st_size, frames), 0);
	close(fd);
}

/* Frames end with lines, if there are any. */
START_TEST(test_frames)
{
	struct frames frames;
	write_segment(5 * LOGFILE_FRAME);
	ck_assert_int_eq(pack_all(NULL), 0);
	take_frames(&frames);
	ck_assert_uint_eq(frames.count, 5);
	for (size_t i = 1; i <= frames.count; i++) {
		ck_assert_int_eq(content[frames.begin[i].plain - 1], '\n');
		ck_assert_uint_lt(
			frames.begin[i].plain - frames.begin[i - 1].plain, LOGFILE_FRAME + 256);
	}
	frames_clear(&frames);
	memset(content, 'x', size);
	put(SEGMENT, content, size);
	ck_assert_int_eq(unlinkat(directory, PACKED, 0), 0);
	ck_assert_int_eq(pack_all(NULL), 0);
	take_frames(&frames);
	ck_assert_uint_eq(frames.count, 3);
	frames_clear(&frames);
	expect_content(true);
}
END_TEST

/* Both are there: the one that was written counts, and is compressed again. */
START_TEST(test_both)
{
	write_segment(50000);
	ck_assert_int_eq(pack_all(NULL), 0);
	write_segment(60000);
	expect_content(false);
	ck_assert_int_eq(pack_all(NULL), 0);
	expect_content(true);
}
END_TEST

/* Cut off after each step: nothing is lost, and the next attempt succeeds. */
START_TEST(test_cut_off)
{
	int steps = 0, more = 1;
	while (more > 0) {
		struct logfile_pack *pack;
		write_segment(2 * LOGFILE_FRAME);
		ck_assert_int_eq(logfile_pack_begin(directory, SEGMENT, NULL, &pack), 0);
		for (int i = 0; i <= steps; i++)
			more = logfile_pack_step(pack);
		ck_assert_int_ge(more, 0);
		expect_content(!is_there(SEGMENT));
		/* What a kill leaves: the objects' ends remove nothing. */
		struct stat left;
		bool torn = fstatat(directory, NEW, &left, 0) == 0;
		logfile_pack_end(pack);
		ck_assert(!is_there(NEW));
		if (torn)
			put(NEW, content, size / 3);
		if (is_there(SEGMENT))
			ck_assert_int_eq(pack_all(NULL), 0);
		expect_content(true);
		ck_assert_int_eq(unlinkat(directory, PACKED, 0), 0);
		steps++;
	}
	ck_assert_int_gt(steps, 7);
}
END_TEST

/* Calls that fail ------------------------------------------------------------------------------ */

static int calls_left, failing_errno;
static bool corrupt;

static bool fails(void)
{
	if (calls_left-- != 0)
		return false;
	errno = failing_errno;
	return true;
}

static ssize_t failing_write(int fd, const void *bytes, size_t length)
{
	char other[64];
	size_t some = length < sizeof(other) ? length : sizeof(other);
	if (fails() && !corrupt)
		return -1;
	if (!corrupt || calls_left != -1)
		return write(fd, bytes, length > 5000 ? 5000 : length);
	memcpy(other, bytes, some);
	other[some / 2] ^= 1;
	return write(fd, other, some);
}

static int failing_sync(int fd)
{
	return fails() ? -1 : fsync(fd);
}

static int failing_rename(int from, const char *name, int to, const char *new_name)
{
	return fails() ? -1 : renameat(from, name, to, new_name);
}

static int failing_unlink(int where, const char *name, int flags)
{
	return fails() ? -1 : unlinkat(where, name, flags);
}

static const struct logfile_io failing = {
	.write = failing_write,
	.sync = failing_sync,
	.rename = failing_rename,
	.unlink = failing_unlink,
};

START_TEST(test_failing_calls)
{
	int r = -1, n = 0;
	failing_errno = _i ? EIO : ENOSPC;
	for (; r < 0; n++) {
		corrupt = false;
		calls_left = n;
		write_segment(100000);
		r = pack_all(&failing);
		if (r < 0)
			ck_assert_int_eq(r, -failing_errno);
		expect_content(!is_there(SEGMENT));
		ck_assert(!is_there(NEW));
		if (is_there(SEGMENT))
			ck_assert_int_eq(pack_all(NULL), 0);
		expect_content(true);
	}
	ck_assert_int_gt(n, 6);
}
END_TEST

/* The disk does not hold what was written. */
START_TEST(test_corrupting_disk)
{
	int r = -1, n = 0;
	for (; r < 0; n++) {
		corrupt = true;
		calls_left = n;
		write_segment(30000);
		r = pack_all(&failing);
		if (r < 0)
			ck_assert(r == -EIO || r == -EBADMSG);
		expect_content(!is_there(SEGMENT));
		ck_assert(!is_there(NEW));
		if (n > 10)
			break;
	}
	corrupt = false;
	ck_assert_int_gt(n, 1);
}
END_TEST

/* Damage -------------------------------------------------------------------------------------- */

static char *read_packed(size_t *ret_length)
{
	struct stat status;
	int fd = openat(directory, PACKED, O_RDONLY);
	ck_assert_int_eq(fstat(fd, &status), 0);
	char *bytes = malloc((size_t)status.st_size);
	ck_assert_int_eq(read(fd, bytes, (size_t)status.st_size), status.st_size);
	close(fd);
	*ret_length = (size_t)status.st_size;
	return bytes;
}

/* What can be read is right, and ends where it says so. Is all of it there? */
static bool is_whole_or_says_so(void)
{
	struct logfile *file;
	char bytes[4096];
	ssize_t got;
	int64_t offset = 0;
	int r = logfile_open(directory, SEGMENT, &file);
	if (r < 0) {
		ck_assert_int_eq(r, -EBADMSG);
		return false;
	}
	while ((got = logfile_read(file, bytes, sizeof(bytes), offset)) > 0) {
		ck_assert_uint_le((size_t)(offset + got), size);
		ck_assert_mem_eq(bytes, content + offset, (size_t)got);
		offset += got;
	}
	logfile_close(file);
	ck_assert(got == 0 || got == -EBADMSG);
	return got == 0 && (size_t)offset == size;
}

START_TEST(test_damage)
{
	size_t length;
	write_segment(3 * LOGFILE_FRAME / 2);
	ck_assert_int_eq(pack_all(NULL), 0);
	char *bytes = read_packed(&length), *copy = malloc(length + 20);
	for (int i = 0; i < 400; i++) {
		size_t at = (size_t)rand() % length, end = length;
		if (i % 4 == 0)
			at = length - 1 - (size_t)rand() % 40; /* of the table */
		memcpy(copy, bytes, length);
		if (i % 3 == 0)
			end = at;
		else if (i % 3 == 1)
			copy[at] = (char)(copy[at] ^ (1 << rand() % 8));
		else
			memset(copy + end, rand() % 2 ? 0 : rand(), 20), end += 20;
		put(PACKED, copy, end);
		bool whole = is_whole_or_says_so();
		/* A bit of a frame's header may mean nothing. */
		ck_assert(!whole || i % 3 == 1);
	}
	put(PACKED, bytes, length);
	ck_assert(is_whole_or_says_so());
	free(bytes);
	free(copy);
}
END_TEST

/* Reading stops at the damage and goes on behind it. */
START_TEST(test_around_damage)
{
	struct frames frames;
	struct logfile *file;
	size_t length;
	char bytes[1000];
	write_segment(3 * LOGFILE_FRAME);
	ck_assert_int_eq(pack_all(NULL), 0);
	take_frames(&frames);
	char *packed = read_packed(&length);
	packed[(frames.begin[1].packed + frames.begin[2].packed) / 2] ^= 4;
	put(PACKED, packed, length);
	int64_t begin = (int64_t)frames.begin[1].plain, end = (int64_t)frames.begin[2].plain;
	ck_assert_int_eq(logfile_open(directory, SEGMENT, &file), 0);
	ck_assert_int_eq(logfile_read(file, bytes, 1000, begin - 300), 300);
	ck_assert_mem_eq(bytes, content + begin - 300, 300);
	ck_assert_int_eq(logfile_read(file, bytes, 1000, begin), -EBADMSG);
	ck_assert_int_eq(logfile_read(file, bytes, 1000, end - 1), -EBADMSG);
	ck_assert_int_eq(logfile_read(file, bytes, 1000, end), 1000);
	ck_assert_mem_eq(bytes, content + end, 1000);
	logfile_close(file);
	frames_clear(&frames);
	free(packed);
}
END_TEST

START_TEST(test_other_forms)
{
	static const char *const other[] = { "", "{\"@timestamp\":1}\n",
		"\x28\xb5\x2f\xfd\x24\x02\x11\x00\x00\x61\x0a\x5a\x5a\x5a\x5a\x5a\x5a\x5a\x5a\x5a",
		"\x5e\x2a\x4d\x18\x09" };
	struct logfile *file;
	for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++) {
		put(PACKED, other[i], strlen(other[i]));
		ck_assert_int_eq(logfile_open(directory, SEGMENT, &file), -EBADMSG);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("logfile");
	TCase *tests = tcase_create("logfile");
	srand(random_seed("logfile"));
	tcase_add_checked_fixture(tests, open_directory, close_directory);
	tcase_set_timeout(tests, 120);
	tcase_add_test(tests, test_names);
	tcase_add_test(tests, test_not_there);
	tcase_add_test(tests, test_plain_grows);
	tcase_add_loop_test(tests, test_pack, 0, sizeof(sizes) / sizeof(sizes[0]));
	tcase_add_test(tests, test_frames);
	tcase_add_test(tests, test_both);
	tcase_add_test(tests, test_cut_off);
	tcase_add_loop_test(tests, test_failing_calls, 0, 2);
	tcase_add_test(tests, test_corrupting_disk);
	tcase_add_test(tests, test_damage);
	tcase_add_test(tests, test_around_damage);
	tcase_add_test(tests, test_other_forms);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
