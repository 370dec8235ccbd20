/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "logstate.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "../lib/logname.h"

#define BLOCK 512 /* of st_blocks */

/* Is it a file of records, plain or compressed? */
static bool is_records(const char *name)
{
	static const char compressed[] = ".zst";
	size_t length = strlen(name);
	char plain[LOGNAME_MAX];
	struct logname parsed;

	if (length > sizeof(compressed) - 1 &&
		strcmp(name + length - (sizeof(compressed) - 1), compressed) == 0)
		length -= sizeof(compressed) - 1;
	if (length >= sizeof(plain))
		return false;
	memcpy(plain, name, length);
	plain[length] = '\0';
	return logname_parse(plain, &parsed) == 0;
}

static bool is_checkpoints(const char *name)
{
	const char *dot = strrchr(name, '.');

	return strncmp(name, "hedate-", 7) == 0 && dot && strcmp(dot, ".seal") == 0;
}

static void add_file(struct logstate *state, const char *name, const struct stat *file)
{
	uint64_t time = file->st_mtime > 0 ? (uint64_t)file->st_mtime : 0;

	if (is_checkpoints(name) && time > state->sealed)
		state->sealed = time;
	if (!is_records(name))
		return;
	state->files++;
	state->bytes += (uint64_t)file->st_blocks * BLOCK;
	if (time > state->written)
		state->written = time;
}

int logstate_read(const char *directory, struct logstate *ret_state)
{
	struct logstate state = { 0 };
	struct statvfs filesystem = { 0 };
	DIR *names = opendir(directory);
	struct dirent *entry;
	struct stat file;
	int error = 0;

	if (!names)
		return -errno;
	while ((errno = 0, entry = readdir(names))) {
		/* One that has gone meanwhile is not there. */
		if (fstatat(dirfd(names), entry->d_name, &file, AT_SYMLINK_NOFOLLOW) == 0 &&
			S_ISREG(file.st_mode))
			add_file(&state, entry->d_name, &file);
	}
	error = -errno;
	if (error == 0 && fstatvfs(dirfd(names), &filesystem) == 0) {
		state.filesystem = (uint64_t)filesystem.f_blocks * filesystem.f_frsize;
		state.free = (uint64_t)filesystem.f_bavail * filesystem.f_frsize;
	} else if (error == 0) {
		error = -errno;
	}
	closedir(names);
	if (error == 0)
		*ret_state = state;
	return error;
}
