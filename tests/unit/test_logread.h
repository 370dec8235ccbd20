/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading the log's files: in order, backward, while they grow, after a crash. */
#ifndef HEDATE_TEST_LOGREAD_H
#define HEDATE_TEST_LOGREAD_H

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../lib/logfile_pack.h"
#include "../../lib/logread.h"
#include "suite.h"
#include "testdir.h"

#define FLOW   "{\"@timestamp\":\"2026-11-20T08:00:00Z\",\"event.action\":\"flow-blocked\","
#define LEDGER "{\"@timestamp\":\"2026-11-20T08:00:00Z\",\"event.action\":\"ledger\","
#define EVENT  "{\"@timestamp\":\"2026-11-20T08:00:00Z\",\"event.action\":\"start\","

#define DAY_1  "hedate-20261119.jsonl"
#define DAY_2  "hedate-20261120.jsonl"
#define DAY_2B "hedate-20261120_01.jsonl"
#define DAY_3  "hedate-20261121.jsonl"

static char directory[TESTDIR_PATH];
static struct logread *reader;

static inline void open_directory(void)
{
	testdir_make(directory, "logread");
	ck_assert_int_eq(logread_open(directory, &reader), 0);
}

static inline void path_of(const char *name, char path[256])
{
	snprintf(path, 256, "%s/%s", directory, name);
}

static inline void close_directory(void)
{
	logread_close(reader);
	testdir_remove(directory);
}

static inline void append_bytes(const char *name, const char *bytes, size_t length)
{
	char path[256];
	FILE *file;

	path_of(name, path);
	file = fopen(path, "a");
	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(bytes, 1, length, file), length);
	ck_assert_int_eq(fclose(file), 0);
}

static inline void append(const char *name, const char *text)
{
	testdir_append(directory, name, text);
}

/* The next line is this one; NULL: there is none now. */
static inline void expect(const char *wanted)
{
	char *line;
	size_t length;
	int found = logread_next(reader, &line, &length);

	ck_assert_int_eq(found, wanted ? 1 : 0);
	if (!wanted)
		return;
	ck_assert_str_eq(line, wanted);
	ck_assert_uint_eq(length, strlen(wanted));
}

static inline void expect_previous(const char *wanted)
{
	char *line;
	size_t length;
	int found = logread_previous(reader, &line, &length);

	ck_assert_int_eq(found, wanted ? 1 : 0);
	if (wanted)
		ck_assert_str_eq(line, wanted);
}

static inline int number_in(const char *line)
{
	const char *key = strstr(line, "\"n\":");

	return key ? (int)strtol(key + 4, NULL, 10) : -1;
}

#endif
