/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runmark.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../lib/fileio.h"
#include "../lib/logtime.h"
#include "clock.h"
#include "epochid.h"

static int mark_path(const char *directory, char path[PATH_MAX])
{
	int length = snprintf(path, PATH_MAX, "%s/" RUNMARK_FILE, directory);

	return length < PATH_MAX ? 0 : -ENAMETOOLONG;
}

static void read_mark(int fd, struct runmark_before *before)
{
	char text[TIME_TEXT_MAX] = "";
	ssize_t length = fileio_read(fd, text, sizeof(text) - 1, 0);

	before->crashed = true;
	if (length < 0)
		return;
	text[strcspn(text, "\n")] = '\0';
	if (logtime_parse(text, &before->since) < 0)
		before->since = 0;
	before->rebooted = before->since > 0 && before->since < clock_realtime() - clock_boottime();
}

static int write_mark(int fd)
{
	char text[TIME_TEXT_MAX + 1], now[TIME_TEXT_MAX];

	time_format((uint64_t)clock_realtime(), now);
	snprintf(text, sizeof(text), "%s\n", now);
	if (ftruncate(fd, 0) < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return -errno;
	int r = fileio_write(write, fd, text, strlen(text), NULL);

	return r < 0 ? r : fdatasync(fd) < 0 ? -errno : 0;
}

int runmark_begin(const char *directory, struct runmark_before *ret_before)
{
	const int flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
	char path[PATH_MAX];
	int r = mark_path(directory, path);

	*ret_before = (struct runmark_before){ 0 };
	if (r < 0)
		return r;
	int fd = open(path, flags);

	if (fd >= 0)
		read_mark(fd, ret_before);
	else if (errno == ENOENT)
		fd = open(path, flags | O_CREAT | O_EXCL, 0640);
	if (fd < 0)
		return -errno;
	r = write_mark(fd);
	close(fd);
	return r;
}

int runmark_end(const char *directory)
{
	char path[PATH_MAX];
	int r = mark_path(directory, path);

	if (r < 0)
		return r;
	return unlink(path) < 0 ? -errno : 0;
}
