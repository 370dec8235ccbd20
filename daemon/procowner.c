/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "procowner.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/fileio.h"

struct looking {
	procowner_function function;
	void *data;
	bool whole;
};

/* A process that has ended meanwhile has no sockets. */
static bool is_gone(int error)
{
	return error == ENOENT || error == ESRCH;
}

/* ---- what it is ---- */

static void read_comm(int process, char comm[PROCOWNER_COMM_MAX])
{
	int fd = openat(process, "comm", O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, comm, PROCOWNER_COMM_MAX - 1);

	if (fd >= 0)
		close(fd);
	comm[length < 0 ? 0 : length] = '\0';
	comm[strcspn(comm, "\n")] = '\0';
}

/* Where a link leads to; "" when it cannot be read, or is too long. */
static void read_link(int at, const char *name, char *text, size_t size)
{
	ssize_t length = readlinkat(at, name, text, size);

	text[length < 0 || (size_t)length >= size ? 0 : length] = '\0';
}

static void read_owner(int process, struct procowner *owner)
{
	read_comm(process, owner->comm);
	read_link(process, "exe", owner->program, sizeof(owner->program));
}

/* ---- its descriptors ---- */

/* "socket:[4711]". */
static bool is_socket(int descriptors, const char *name, uint64_t *ret_inode)
{
	char text[64], *end;

	read_link(descriptors, name, text, sizeof(text));
	if (strncmp(text, "socket:[", 8) != 0)
		return false;
	*ret_inode = strtoull(text + 8, &end, 10);
	return end > text + 8 && strcmp(end, "]") == 0;
}

/* Who it is, is read only of one that has a socket. */
static void tell_sockets(const struct looking *looking, int process, DIR *descriptors)
{
	struct procowner owner = { .comm = "" };
	bool known = false;
	struct dirent *entry;
	uint64_t inode;

	while ((entry = readdir(descriptors))) {
		if (!is_socket(dirfd(descriptors), entry->d_name, &inode))
			continue;
		if (!known)
			read_owner(process, &owner);
		known = true;
		looking->function(inode, &owner, looking->data);
	}
}

static void look_at(struct looking *looking, int proc, const char *name)
{
	int process = openat(proc, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *descriptors = NULL;
	int r = process < 0 ? -errno : fileio_names(process, "fd", &descriptors);

	if (descriptors)
		tell_sockets(looking, process, descriptors);
	else if (!is_gone(-r))
		looking->whole = false;
	if (descriptors)
		closedir(descriptors);
	if (process >= 0)
		close(process);
}

int procowner_each(const char *proc, procowner_function function, void *data, bool *ret_whole)
{
	struct looking looking = { function, data, true };
	struct dirent *entry;
	DIR *directory;
	int r = fileio_names(AT_FDCWD, proc, &directory);

	*ret_whole = false;
	if (r < 0)
		return r;
	while ((entry = readdir(directory)))
		if (isdigit((unsigned char)entry->d_name[0]))
			look_at(&looking, dirfd(directory), entry->d_name);
	closedir(directory);
	*ret_whole = looking.whole;
	return 0;
}
