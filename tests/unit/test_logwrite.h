/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HEDATE_TEST_LOGWRITE_H
#define HEDATE_TEST_LOGWRITE_H

#include <check.h>
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
#include "testdir.h"

#define DAY_1	 INT64_C(1795161600000000000) /* 2026-11-20T08:00:00Z */
#define MIDNIGHT (DAY_1 + INT64_C(16) * 3600 * 1000000000)
#define DAY_2	 (DAY_1 + INT64_C(86400000000000))
#define FILE_1	 "hedate-20261120.jsonl"
#define FILE_1B	 "hedate-20261120_01.jsonl"
#define FILE_2	 "hedate-20261121.jsonl"

static char directory[TESTDIR_PATH];
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

static inline ssize_t faulty_write(int fd, const void *bytes, size_t length)
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

static inline int faulty_sync(int fd)
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

static inline void no_fault(void)
{
	memset(&fault, 0, sizeof(fault));
	fault.writes = fault.syncs = -1;
}

static inline void set_up(void)
{
	testdir_make(directory, "logwrite");
	log_ = NULL;
	no_fault();
}

static inline void tear_down(void)
{
	logwrite_close(log_);
	testdir_remove(directory);
}

static inline void open_log(void)
{
	logwrite_close(log_);
	log_ = NULL;
	ck_assert_int_eq(logwrite_open(directory, &faulty, &log_, &state), 0);
}

static inline int add(const char *action, const char *rest, int64_t now)
{
	char line[512];
	int length = snprintf(line, sizeof(line),
		"{\"@timestamp\":\"2026-11-20T08:00:00.5Z\",\"event.sequence\":%llu,"
		"\"event.action\":\"%s\",\"observer.name\":\"aobano\"%s}\n",
		(unsigned long long)logwrite_sequence(log_), action, rest);
	return logwrite_line(log_, line, (size_t)length, now);
}

static inline int add_event(const char *action, int64_t now)
{
	int r = add(action, "", now);
	return r < 0 ? r : logwrite_commit(log_);
}

/* An epoch with that many flows of about 500 bytes. */
static inline int add_epoch(unsigned int number, unsigned int flows, int64_t now)
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
static inline unsigned int count_lines(void)
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

#endif
