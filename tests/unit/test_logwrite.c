/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../lib/logfile_pack.h"
#include "../../lib/logname.h"
#include "../../lib/logread.h"
#include "../../lib/logwrite.h"
#include "suite.h"

#define DAY_1	 INT64_C(1795161600000000000) /* 2026-11-20T08:00:00Z */
#define MIDNIGHT (DAY_1 + INT64_C(16) * 3600 * 1000000000)
#define DAY_2	 (DAY_1 + INT64_C(86400000000000))
#define FILE_1	 "hedate-20261120.jsonl"
#define FILE_1B	 "hedate-20261120_01.jsonl"
#define FILE_2	 "hedate-20261121.jsonl"

static char directory[64];
static struct logwrite *log_;
static struct logwrite_state state;

/* What the next calls do; see faulty_write(). */
static struct {
	int writes;   /* that succeed before the fault; -1: no fault */
	size_t bytes; /* of the failing write that are written all the same */
	int error;    /* errno of it; 0: the process ends */
	int syncs;    /* that succeed before one fails with sync_error; -1: none fails */
	int sync_error;
	int sync_calls;
} fault;

static ssize_t faulty_write(int fd, const void *bytes, size_t length)
{
	if (fault.writes < 0 || fault.writes-- > 0)
		return write(fd, bytes, length);
	if (fault.bytes > 0) {
		ssize_t r = write(fd, bytes, fault.bytes < length ? fault.bytes : length);
		fault.bytes = 0;
		fault.writes = 0;
		if (fault.error)
			return r;
	}
	if (!fault.error)
		_exit(0);
	fault.writes = 0;
	errno = fault.error;
	return -1;
}

static int faulty_sync(int fd)
{
	fault.sync_calls++;
	if (fault.syncs < 0 || fault.syncs-- > 0)
		return fdatasync(fd);
	fault.syncs = -1;
	if (!fault.sync_error)
		_exit(0);
	errno = fault.sync_error;
	return -1;
}

static const struct logwrite_io faulty = { .write = faulty_write, .sync = faulty_sync };

static void no_fault(void)
{
	memset(&fault, 0, sizeof(fault));
	fault.writes = fault.syncs = -1;
}

static void set_up(void)
{
	strcpy(directory, "/tmp/hedate-logwrite.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(directory));
	log_ = NULL;
	no_fault();
}

static void remove_all(void)
{
	DIR *names = opendir(directory);
	struct dirent *entry;
	while ((entry = readdir(names)))
		unlinkat(dirfd(names), entry->d_name, 0);
	closedir(names);
	ck_assert_int_eq(rmdir(directory), 0);
}

static void tear_down(void)
{
	logwrite_close(log_);
	remove_all();
}

static void open_log(void)
{
	logwrite_close(log_);
	log_ = NULL;
	ck_assert_int_eq(logwrite_open(directory, &faulty, &log_, &state), 0);
}

static int add(const char *action, const char *rest, int64_t now)
{
	char line[512];
	int length = snprintf(line, sizeof(line),
		"{\"@timestamp\":\"2026-11-20T08:00:00.5Z\",\"event.sequence\":%llu,"
		"\"event.action\":\"%s\",\"observer.name\":\"aobano\"%s}\n",
		(unsigned long long)logwrite_sequence(log_), action, rest);
	return logwrite_line(log_, line, (size_t)length, now);
}

static int add_event(const char *action, int64_t now)
{
	int r = add(action, "", now);
	return r < 0 ? r : logwrite_commit(log_);
}

/* An epoch with that many flows of about 500 bytes. */
static int add_epoch(unsigned int number, unsigned int flows, int64_t now)
{
	char rest[512], padding[380];
	memset(padding, 'x', sizeof(padding) - 1);
	padding[sizeof(padding) - 1] = '\0';
	snprintf(rest, sizeof(rest), ",\"padding\":\"%s\"", padding);
	int r = 0;
	for (unsigned int i = 0; i < flows && r == 0; i++)
		r = add("flow-blocked", rest, now);
	if (r == 0)
		r = add("records-lost", "", now);
	snprintf(rest, sizeof(rest),
		",\"hedate.epoch\":%u,\"hedate.table\":\"t1\",\"hedate.ledger.packets\":%u,"
		"\"hedate.ledger.recorded\":%u,\"hedate.ledger.lost\":1,\"hedate.total.kernel\":9,"
		"\"hedate.total.recorded\":%u,\"hedate.total.lost\":%u",
		number, flows + 1, flows, number * 100, number);
	if (r == 0)
		r = add("ledger", rest, now);
	return r < 0 ? r : logwrite_commit(log_);
}

/* Lines of the log, which must carry the sequence numbers from 1 on. */
static unsigned int count_lines(void)
{
	struct logread *reader;
	char *line, wanted[64];
	size_t length;
	unsigned int count = 0;
	ck_assert_int_eq(logread_open(directory, &reader), 0);
	while (logread_next(reader, &line, &length) > 0) {
		snprintf(wanted, sizeof(wanted), "\"event.sequence\":%u,", ++count);
		ck_assert_msg(strstr(line, wanted), "line %u: %s", count, line);
	}
	logread_close(reader);
	return count;
}

static long size_of(const char *name)
{
	char path[128];
	struct stat status;
	snprintf(path, sizeof(path), "%s/%s", directory, name);
	return stat(path, &status) < 0 ? -1 : (long)status.st_size;
}

static void append_text(const char *name, const char *text)
{
	char path[128];
	snprintf(path, sizeof(path), "%s/%s", directory, name);
	FILE *file = fopen(path, "a");
	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	fclose(file);
}

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
	ck_assert_int_eq(size_of(FILE_1), -1);
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
	ck_assert_int_gt(size_of(FILE_2), 0);
	/* The clock goes back: the file does not. */
	long before = size_of(FILE_1);
	ck_assert_int_eq(add_event("c", DAY_1), 0);
	ck_assert_int_eq(size_of(FILE_1), before);
	open_log();
	ck_assert_int_eq(add_event("d", DAY_1), 0);
	ck_assert_int_eq(size_of(FILE_1), before);
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
	ck_assert_int_eq(size_of(FILE_2), -1);
	ck_assert_int_eq(add_event("stop", MIDNIGHT), 0);
	ck_assert_int_gt(size_of(FILE_2), 0);
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
	ck_assert_int_gt(size_of(FILE_1), 5000);
	ck_assert_int_eq(size_of(FILE_1B), -1);
	long before = size_of(FILE_1);
	for (unsigned int i = 2; i < 110; i++)
		ck_assert_int_eq(add_epoch(i, 3, DAY_1), 0);
	ck_assert_int_eq(size_of(FILE_1), before);
	for (int part = 1; part <= 89; part++) {
		snprintf(name, sizeof(name), "hedate-20261120_%02d.jsonl", part);
		ck_assert_int_gt(size_of(name), 1000);
		ck_assert_int_lt(size_of(name), 4000);
	}
	ck_assert_int_gt(size_of("hedate-20261120_90.jsonl"), 10000);
	ck_assert_int_eq(size_of("hedate-20261120_91.jsonl"), -1);
	open_log();
	logwrite_set_segment(log_, 1000);
	ck_assert_int_eq(add_event("a", DAY_2), 0);
	ck_assert_int_gt(size_of(FILE_2), 0);
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
	ck_assert_int_eq(size_of(FILE_1), -1);
	/* All that was written is compressed, as when the last file was taken away. */
	logwrite_close(log_);
	log_ = NULL;
	compress(FILE_2);
	open_log();
	ck_assert_uint_eq(state.sequence, 3);
	ck_assert_int_eq(add_event("d", DAY_2), 0);
	ck_assert_int_eq(size_of(FILE_2), -1);
	ck_assert_int_gt(size_of("hedate-20261121_01.jsonl"), 0);
	ck_assert_uint_eq(count_lines(), 4);
}
END_TEST

START_TEST(test_rollback)
{
	open_log();
	ck_assert_int_eq(add_event("start", DAY_1), 0);
	long before = size_of(FILE_1);
	for (int i = 0; i < 1000; i++)
		ck_assert_int_eq(add("flow-blocked", "", DAY_1), 0);
	ck_assert_int_gt(size_of(FILE_1), before); /* more than the buffer holds */
	logwrite_rollback(log_);
	ck_assert_int_eq(size_of(FILE_1), before);
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

START_TEST(test_torn_line)
{
	open_log();
	ck_assert_int_eq(add_event("start", DAY_1), 0);
	long before = size_of(FILE_1);
	append_text(FILE_1, "{\"@timestamp\":\"2026-1");
	open_log();
	ck_assert_uint_eq(state.torn, 21);
	ck_assert_str_eq(state.torn_file, FILE_1 ".torn");
	ck_assert_int_eq(size_of(FILE_1), before);
	ck_assert_int_eq(size_of(FILE_1 ".torn"), 21);
	ck_assert_int_eq(add_event("stop", DAY_1), 0);
	ck_assert_uint_eq(count_lines(), 2);
	open_log();
	ck_assert_uint_eq(state.torn, 0);
	/* A second time is appended. */
	append_text(FILE_1, "{");
	open_log();
	ck_assert_uint_eq(state.torn, 1);
	ck_assert_int_eq(size_of(FILE_1 ".torn"), 22);
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
		long before = size_of(FILE_1);
		snprintf(line, sizeof(line),
			"{\"@timestamp\":\"2026-11-20T08:00:00Z\",\"event.sequence\":%llu,"
			"\"event.action\":\"%s\"}\n",
			(unsigned long long)state.sequence + 1, inner[i]);
		append_text(FILE_1, line);
		open_log();
		ck_assert_msg(state.torn == strlen(line), "%s ends a group", inner[i]);
		ck_assert_int_eq(size_of(FILE_1), before);
	}
}
END_TEST

START_TEST(test_epoch_without_end)
{
	open_log();
	ck_assert_int_eq(add_epoch(1, 2, DAY_1), 0);
	long before = size_of(FILE_1);
	append_text(FILE_1, "{\"@timestamp\":\"2026-11-20T08:00:00Z\",\"event.sequence\":5,"
			    "\"event.action\":\"flow-blocked\"}\n");
	append_text(FILE_1, "{\"@timestamp\":\"2026-11-20T08:00:00Z\",\"event.sequence\":6,"
			    "\"event.action\":\"flow-observed\"}\n");
	append_text(FILE_1, "not a line of the log\n");
	open_log();
	ck_assert_int_eq(size_of(FILE_1), before);
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
	append_text(FILE_2, "{\"@timestamp\":\"2026-11-21T08:00:00Z\",\"event.sequence\":5,"
			    "\"event.action\":\"flow-blocked\"}\n{");
	append_text("other.jsonl", "is left alone");
	open_log();
	ck_assert_int_eq(size_of(FILE_2), 0);
	ck_assert_int_gt(size_of(FILE_2 ".torn"), 0);
	ck_assert_int_eq(size_of("other.jsonl"), 13);
	ck_assert_uint_eq(state.sequence, 4);
	ck_assert_int_eq(add_event("start", DAY_2), 0);
	ck_assert_int_gt(size_of(FILE_2), 0);
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
	long before = size_of(FILE_1);
	ck_assert_int_eq(add_epoch(2, 4, DAY_1), 0);
	make_hole(FILE_1, before + 100 * _i, 100);
	open_log();
	ck_assert_uint_eq(state.sequence, 6);
	ck_assert_uint_eq(state.epoch, 1);
	ck_assert_int_eq(size_of(FILE_1), before);
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
	long before = size_of(FILE_1);
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(add("apply", "", DAY_1), 0);
	ck_assert_int_eq(logwrite_commit(log_), 0);
	long after = size_of(FILE_1);
	make_hole(FILE_1, before, (size_t)(after - before) / 5 * (size_t)_i + 10);
	open_log();
	ck_assert_uint_eq(state.sequence, 5);
	ck_assert_int_eq(size_of(FILE_1), before);
	ck_assert_int_eq(add_event("apply", DAY_1), 0);
	ck_assert_uint_eq(count_lines(), 6);
}
END_TEST

/* What could not be cut off a file, because it had failed, says nothing of the next one. */
START_TEST(test_rest_in_the_file_before)
{
	open_log();
	ck_assert_int_eq(add_event("apply", DAY_1), 0);
	append_text(FILE_1, "{\"@timestamp\":\"2026-11-20T08:00:00.5Z\",\"event.sequence\":2,"
			    "\"event.action\":\"flow-blocked\"}\n");
	append_text(FILE_1B, "{\"@timestamp\":\"2026-11-20T08:00:00.5Z\",\"event.sequence\":2,"
			     "\"event.action\":\"apply\"}\n");
	long size = size_of(FILE_1B);
	open_log();
	ck_assert_uint_eq(state.sequence, 2);
	ck_assert_int_eq(size_of(FILE_1B), size);
}
END_TEST

START_TEST(test_nothing_but_garbage)
{
	append_text(FILE_1, "garbage\n{}\n[]\n\n{\"event.action\":\"start\"}\n");
	open_log();
	ck_assert_uint_eq(state.sequence, 0);
	ck_assert_int_eq(size_of(FILE_1), 0);
	ck_assert_int_eq(add_event("start", DAY_1), 0);
	ck_assert_uint_eq(count_lines(), 1);
}
END_TEST

START_TEST(test_no_space)
{
	open_log();
	ck_assert_int_eq(add_event("start", DAY_1), 0);
	long before = size_of(FILE_1);
	fault.writes = 0;
	fault.bytes = 100; /* a full disk takes a part first */
	fault.error = ENOSPC;
	ck_assert_int_eq(add_epoch(1, 2, DAY_1), -ENOSPC);
	ck_assert_int_eq(size_of(FILE_1), before);
	/* In the middle of the group: the caller rolls back. */
	ck_assert_int_eq(add_epoch(1, 400, DAY_1), -ENOSPC);
	logwrite_rollback(log_);
	ck_assert_int_eq(size_of(FILE_1), before);
	no_fault();
	ck_assert_int_eq(add_epoch(1, 2, DAY_1), 0);
	ck_assert_int_eq(size_of(FILE_1B), -1);
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
	ck_assert_int_gt(size_of(FILE_1B), 0);
	ck_assert_int_eq(fault.sync_calls, 1);
	ck_assert_int_eq(calls, 2);
	ck_assert_uint_eq(count_lines(), 5);
	open_log();
	ck_assert_uint_eq(state.sequence, 5);
	ck_assert_int_eq(add_event("stop", DAY_1), 0);
	ck_assert_uint_eq(count_lines(), 6);
	ck_assert_int_eq(add_event("start", DAY_2), 0);
	ck_assert_int_gt(size_of(FILE_2), 0);
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
	ck_assert_int_gt(size_of(FILE_1B), 0);
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
			remove_all();
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
	long before = size_of(FILE_1);
	ck_assert_int_eq(add_epoch(2, 300, DAY_1), -ENOSPC);
	logwrite_rollback(log_);
	ck_assert_int_eq(size_of(FILE_1), before);
	append_text(FILE_1, "{\"torn");
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
	tcase_add_test(tests, test_large_files);
	tcase_add_test(tests, test_compressed_files);
	tcase_add_test(tests, test_crash_anywhere);
	tcase_add_test(tests, test_full_file_system);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
