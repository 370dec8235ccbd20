/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "testdir.h"

#include <check.h>
#include <dirent.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

void testdir_make(char path[TESTDIR_PATH], const char *name)
{
	snprintf(path, TESTDIR_PATH, "/tmp/hedate-%s.XXXXXX", name);
	ck_assert_ptr_nonnull(mkdtemp(path));
}

void testdir_empty(const char *path)
{
	DIR *names = opendir(path);

	if (!names)
		return;
	/* Of what is a directory nothing is taken. */
	for (struct dirent *entry; (entry = readdir(names));)
		(void)syscall(SYS_unlinkat, dirfd(names), entry->d_name, 0);
	closedir(names);
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *place)
{
	(void)status, (void)type, (void)place;
	return remove(path);
}

void testdir_remove(const char *path)
{
	(void)nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

/* As a stream: what it calls are the C library's own calls. */
static void write_text(const char *path, const char *name, const char *text, const char *mode)
{
	char file[PATH_MAX];
	FILE *out;

	snprintf(file, sizeof(file), "%s/%s", path, name);
	out = fopen(file, mode);
	ck_assert_ptr_nonnull(out);
	ck_assert_int_ge(fputs(text, out), 0);
	ck_assert_int_eq(fclose(out), 0);
}

void testdir_put(const char *path, const char *name, const char *text)
{
	write_text(path, name, text, "we");
}

void testdir_append(const char *path, const char *name, const char *text)
{
	write_text(path, name, text, "ae");
}

long testdir_size(const char *path, const char *name)
{
	char file[PATH_MAX];
	struct stat status;

	snprintf(file, sizeof(file), "%s/%s", path, name);
	return stat(file, &status) < 0 ? -1 : (long)status.st_size;
}
