/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Damaged, stale and strange indexes, and what is kept of them. */
#include "test_logindex.h"

/* Damage, strangers, other times --------------------------------------------------------------- */

static void make_one(void)
{
	srandom(11);
	append(SEGMENT, 20, 30);
	update(SEGMENT, false);
	ck_assert_int_eq(logindex_enter(reader, log_fd, SEGMENT), 0);
}

/* Does every way of asking say that something is wrong, or is what it says right all the same? */
static void expect_honest(void)
{
	const struct log_filter all = { .since = BEGIN + 1, .until = INT64_MAX, .events = true };
	int r = logindex_enter(reader, log_fd, SEGMENT);

	if (r < 0) {
		ck_assert(r == -EBADMSG || r == -ESTALE);
		ck_assert_uint_eq(logindex_parts(reader), 0);
		return;
	}
	for (int i = 0; i < 6; i++) {
		struct log_filter filter = i ? random_filter() : all;
		struct logindex_lines found;
		struct logcount *count;

		r = logindex_find(reader, 0, &filter, &found);
		ck_assert(r == 0 || r == -EBADMSG);
		if (r == 0)
			compare_find(&filter);
		ck_assert_int_eq(logcount_new(LOGCOUNT_SOURCE, &count), 0);
		r = logindex_count(reader, 0, &filter, count, &found);
		ck_assert(r == 0 || r == -EBADMSG);
		if (r < 0)
			ck_assert_uint_eq(logcount_totals(count).records, 0);
		else
			compare_count(LOGCOUNT_SOURCE, &filter);
		logcount_free(count);
	}
}

START_TEST(test_damage)
{
	char path[256];
	struct stat status;
	int fd;

	make_one();
	read_lines(SEGMENT);
	path_of(path, indexes, SEGMENT ".index");
	fd = open(path, O_RDWR | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fstat(fd, &status), 0);
	srandom(random_seed("logindex, damage"));
	for (int i = 0; i < 80 * ROUNDS; i++) {
		off_t at = (off_t)below((unsigned int)status.st_size);
		uint8_t byte, changed;

		ck_assert_int_eq(pread(fd, &byte, 1, at), 1);
		changed = (uint8_t)(byte ^ (1u << below(8)));
		ck_assert_int_eq(pwrite(fd, &changed, 1, at), 1);
		expect_honest();
		ck_assert_int_eq(pwrite(fd, &byte, 1, at), 1);
	}
	for (int i = 0; i < 20 * ROUNDS; i++) {
		ck_assert_int_eq(ftruncate(fd, (off_t)below((unsigned int)status.st_size)), 0);
		ck_assert_int_eq(logindex_enter(reader, log_fd, SEGMENT), -EBADMSG);
	}
	close(fd);
	ck_assert_int_eq(update(SEGMENT, false).made, LOGINDEX_MADE);
	ck_assert_int_eq(logindex_enter(reader, log_fd, SEGMENT), 0);
	ask_many(5);
	forget_lines();
}
END_TEST

/* A damaged part is not taken over when the index is extended. */
START_TEST(test_damage_mended)
{
	char path[256];
	const char zero[64] = { 0 };
	int fd;

	srandom(13);
	append(SEGMENT, 1700, 40);
	update(SEGMENT, false);
	path_of(path, indexes, SEGMENT ".index");
	fd = open(path, O_RDWR | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(pwrite(fd, zero, sizeof(zero), 5000), sizeof(zero));
	close(fd);
	append(SEGMENT, 1, 40);
	update(SEGMENT, false);
	ck_assert_int_eq(logindex_enter(reader, log_fd, SEGMENT), 0);
	read_lines(SEGMENT);
	ask_many(4);
	forget_lines();
}
END_TEST

START_TEST(test_stale)
{
	char path[256], other[256];
	char byte;
	int fd;

	make_one();
	path_of(path, logs, SEGMENT);
	/* Changed in place, as nobody does who means well. */
	fd = open(path, O_RDWR | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(pread(fd, &byte, 1, 3000), 1);
	ck_assert_int_eq(pwrite(fd, &byte, 1, 3000), 1);
	ck_assert_int_eq(logindex_enter(reader, log_fd, SEGMENT), -ESTALE);
	ck_assert_int_eq(update(SEGMENT, false).made, LOGINDEX_MADE);
	/* Cut back. */
	ck_assert_int_eq(ftruncate(fd, 2000), 0);
	close(fd);
	ck_assert_int_eq(logindex_enter(reader, log_fd, SEGMENT), -ESTALE);
	/* Another file of this name, which is longer. */
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(logindex_enter(reader, log_fd, SEGMENT), -ESTALE);
	append(SEGMENT, 60, 30);
	ck_assert_int_eq(logindex_enter(reader, log_fd, SEGMENT), -ESTALE);
	/* The index of another segment. */
	update(SEGMENT, false);
	append("hedate-20261121.jsonl", 20, 30);
	path_of(path, indexes, SEGMENT ".index");
	path_of(other, indexes, "hedate-20261121.jsonl.index");
	ck_assert_int_eq(rename(path, other), 0);
	ck_assert_int_eq(logindex_enter(reader, log_fd, "hedate-20261121.jsonl"), -ESTALE);
	ck_assert_int_eq(logindex_enter(reader, log_fd, SEGMENT), -ENOENT);
}
END_TEST

/* It grew, but does not begin with what it had: only then this is looked at. */
START_TEST(test_grown_stale)
{
	char path[256];
	int fd;

	make_one();
	append(SEGMENT, 1, 5);
	ck_assert_int_eq(logindex_enter(reader, log_fd, SEGMENT), 0);
	path_of(path, logs, SEGMENT);
	fd = open(path, O_RDWR | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(pwrite(fd, "#", 1, 20), 1);
	close(fd);
	ck_assert_int_eq(logindex_enter(reader, log_fd, SEGMENT), -ESTALE);
}
END_TEST

START_TEST(test_refused)
{
	struct logindex_work work;
	struct logindex *none = NULL;
	char path[256];
	int lock;

	ck_assert_int_eq(logindex_new("/nonexistent", &none), -ENOENT);
	logindex_free(NULL);
	ck_assert_int_eq(
		logindex_update("/nonexistent", logs, SEGMENT, false, NULL, NULL, &work), -ENOENT);
	ck_assert_int_eq(
		logindex_update(indexes, "/nonexistent", SEGMENT, false, NULL, NULL, &work),
		-ENOENT);
	ck_assert_int_eq(
		logindex_update(indexes, logs, SEGMENT, false, NULL, NULL, &work), -ENOENT);
	append(SEGMENT, 1, 5);
	lock = open(indexes, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ge(lock, 0);
	ck_assert_int_eq(flock(lock, LOCK_EX), 0);
	ck_assert_int_eq(
		logindex_update(indexes, logs, SEGMENT, false, NULL, NULL, &work), -EWOULDBLOCK);
	close(lock);
	/* A directory stands where the index should be written. */
	path_of(path, indexes, SEGMENT ".index.new");
	ck_assert_int_eq(mkdir(path, 0700), 0);
	ck_assert_int_eq(
		logindex_update(indexes, logs, SEGMENT, false, NULL, NULL, &work), -EISDIR);
	ck_assert_int_eq(logindex_enter(reader, log_fd, SEGMENT), -ENOENT);
}
END_TEST

static void expect_file(const char *where, const char *name, bool there)
{
	char path[256];

	path_of(path, where, name);
	ck_assert_int_eq(access(path, F_OK), there ? 0 : -1);
}

START_TEST(test_prune)
{
	char path[256];
	size_t removed = 0;

	make_one();
	append("hedate-20261121.jsonl", 2, 5);
	update("hedate-20261121.jsonl", false);
	path_of(path, logs, SEGMENT);
	ck_assert_int_eq(unlink(path), 0);
	path_of(path, indexes, "hedate-20261121.jsonl.index.new");
	ck_assert_int_eq(mknod(path, S_IFREG | 0600, 0), 0);
	path_of(path, indexes, "notes.index");
	ck_assert_int_eq(mknod(path, S_IFREG | 0600, 0), 0);
	ck_assert_int_eq(logindex_prune(indexes, logs, &removed), 0);
	ck_assert_uint_eq(removed, 2);
	expect_file(indexes, SEGMENT ".index", false);
	expect_file(indexes, "hedate-20261121.jsonl.index.new", false);
	expect_file(indexes, "hedate-20261121.jsonl.index", true);
	expect_file(indexes, "notes.index", true);
	ck_assert_int_eq(logindex_prune("/nonexistent", logs, &removed), -ENOENT);
	ck_assert_int_eq(logindex_prune(indexes, "/nonexistent", &removed), -ENOENT);
}
END_TEST

START_TEST(test_mentions)
{
	struct log_filter filter = { .since = INT64_MIN, .until = INT64_MAX };

	make_one();
	ck_assert(logindex_mentions(reader, 0, &filter, "lgwan"));
	ck_assert(logindex_mentions(reader, 0, &filter, "mynumber.c"));
	ck_assert(!logindex_mentions(reader, 0, &filter, "lgwan.nowhere"));
	filter.since = BEGIN + INT64_C(86400000000000);
	ck_assert(!logindex_mentions(reader, 0, &filter, "lgwan"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("logindex-damage");
	TCase *tests = tcase_create("index");

	tcase_set_timeout(tests, 600);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, test_damage);
	tcase_add_test(tests, test_damage_mended);
	tcase_add_test(tests, test_stale);
	tcase_add_test(tests, test_grown_stale);
	tcase_add_test(tests, test_refused);
	tcase_add_test(tests, test_prune);
	tcase_add_test(tests, test_mentions);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
