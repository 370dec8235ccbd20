/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The store of configurations: what it says after each step; each call that it makes failed in
 * turn; what a killed process and a power cut leave, at each call, and what is made of that.
 *
 * The calls that write are this file's: the test's disk (disk.h), or the real ones with one of them
 * failing.
 */
#ifndef HEDATE_TEST_STORE_H
#define HEDATE_TEST_STORE_H

#undef _FORTIFY_SOURCE
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../../daemon/store.h"
#include "disk.h"
#include "disk_calls.h"
#include "suite.h"
#include "testdir.h"

/* The calls ------------------------------------------------------------------------------------ */

static int calls, failing, failing_error; /* the failing'th call fails; 0: none */

static inline bool fails(void)
{
	if (++calls != failing)
		return false;
	errno = failing_error;
	return true;
}

/* The system's headers name parameters in their own way. */
/* NOLINTBEGIN(readability-inconsistent-declaration-parameter-name) */

int openat(int directory, const char *path, int flags, ...)
{
	va_list arguments;
	va_start(arguments, flags);
	mode_t mode = flags & O_CREAT ? va_arg(arguments, mode_t) : 0;
	va_end(arguments);
	return flags & O_CREAT && fails() ? -1 : disk_openat(directory, path, flags, mode);
}

/* A full disk takes what fits. */
ssize_t write(int fd, const void *bytes, size_t length)
{
	if (fd > 2 && fails()) {
		(void)disk_write(fd, bytes, length / 2);
		errno = failing_error;
		return -1;
	}
	return disk_write(fd, bytes, length);
}

int fsync(int fd)
{
	return fails() ? -1 : disk_sync(fd, false);
}

int renameat(int from, const char *old, int to, const char *new)
{
	return fails() ? -1 : disk_rename(from, old, to, new);
}

int unlinkat(int directory, const char *name, int flags)
{
	(void)flags;
	return disk_unlink(directory, name);
}

/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */

/* A store ------------------------------------------------------------------------------------- */

static char top[TESTDIR_PATH], config[80], directory[80], keys[96];
static struct store *store;

static inline void open_it(void)
{
	ck_assert_int_eq(store_open(config, STORE_WRITE, NULL, &store), 0);
}

static inline void open_again(void)
{
	store_close(store);
	open_it();
}

static inline uint64_t put(const char *text)
{
	struct store_entry entry = { .uid = 1000, .approver_uid = STORE_NOBODY };
	store_text(entry.who, sizeof(entry.who), "sato");
	store_text(entry.ticket, sizeof(entry.ticket), "R8-0117");
	store_text(entry.reason, sizeof(entry.reason), "更新 \"x\"\n");
	ck_assert_int_eq(store_put(store, &entry, text, strlen(text)), 0);
	return entry.number;
}

static inline void put_confirmed(const char *text)
{
	uint64_t number = put(text);
	ck_assert_int_eq(store_begin(store, number, 0), 0);
	ck_assert_int_eq(store_confirm(store, "sato"), 0);
}

static inline void expect_current(uint64_t confirmed, uint64_t pending)
{
	ck_assert_uint_eq(store_current(store)->confirmed, confirmed);
	ck_assert_uint_eq(store_current(store)->pending, pending);
}

static inline void expect_state(uint64_t number, enum store_state state)
{
	struct store_entry entry;
	ck_assert_int_eq(store_entry(store, number, &entry), 0);
	ck_assert_str_eq(store_state_name(entry.state), store_state_name(state));
}

static inline void expect_bytes(uint64_t number, const char *text)
{
	struct store_entry entry;
	size_t length;
	char *bytes;
	ck_assert_int_eq(store_get(store, number, &entry, &bytes, &length), 0);
	ck_assert_str_eq(bytes, text);
	ck_assert_uint_eq(length, strlen(text));
	free(bytes);
}

/* A file of the store, as somebody else may write it. */
static inline void overwrite(const char *name, const char *text)
{
	testdir_put(directory, name, text);
}

static inline void remove_name(const char *name)
{
	char path[160];
	snprintf(path, sizeof(path), "%s/%s", directory, name);
	ck_assert_int_eq(unlink(path), 0);
}

static inline bool is_there(const char *name)
{
	char path[160];
	snprintf(path, sizeof(path), "%s/%s", directory, name);
	return access(path, F_OK) == 0;
}

static inline void set_up(void)
{
	ck_assert_int_ge(sodium_init(), 0);
	testdir_make(top, "store");
	snprintf(config, sizeof(config), "%s/hedate.conf", top);
	snprintf(directory, sizeof(directory), "%s/" STORE_DIRECTORY, top);
	snprintf(keys, sizeof(keys), "%s/" DISK_KEYS, directory);
	ck_assert_int_eq(mkdir(directory, 0750), 0);
	ck_assert_int_eq(mkdir(keys, 0700), 0); /* the test's disk wants it */
	calls = failing = 0;
	store = NULL;
	srand(random_seed("store"));
}

static inline void tear_down(void)
{
	disk_stop();
	store_close(store);
	testdir_remove(top);
}

static inline uint64_t confirmed_before(uint64_t number)
{
	uint64_t found = 77;

	ck_assert_int_eq(store_confirmed_before(store, number, &found), 0);
	return found;
}

#endif
