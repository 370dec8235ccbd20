/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tojournal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/fileio.h"

#define PREFIX 3 /* bytes: "<4>" */

static enum tojournal_level level = TOJOURNAL_WARNING;
static bool in_line; /* the last write did not end one */

/* The device and inode that the service manager names are those of standard error: it may have been
 * put elsewhere since. */
static bool is_journal(void)
{
	const char *text = getenv("JOURNAL_STREAM");
	struct stat status;
	uint64_t device, inode;
	char rest;

	return text && sscanf(text, "%" SCNu64 ":%" SCNu64 "%c", &device, &inode, &rest) == 2 &&
	       fstat(STDERR_FILENO, &status) == 0 && status.st_dev == device &&
	       status.st_ino == inode;
}

static int put(const char *bytes, size_t length)
{
	return fileio_write(write, STDERR_FILENO, bytes, length, NULL);
}

/* What stdio has for standard error: whole lines, but for very long ones. */
static ssize_t put_lines(void *cookie, const char *bytes, size_t length)
{
	char line[BUFSIZ + PREFIX + 1];
	size_t done = 0;
	int r = 0;

	(void)cookie;
	while (done < length && r == 0) {
		const char *newline = memchr(bytes + done, '\n', length - done);
		size_t some = newline ? (size_t)(newline - bytes) + 1 - done : length - done;
		size_t used = in_line ? 0 : (size_t)snprintf(line, sizeof(line), "<%d>", level);

		if (some > sizeof(line) - used)
			some = sizeof(line) - used;
		memcpy(line + used, bytes + done, some);
		r = put(line, used + some);
		in_line = bytes[done + some - 1] != '\n';
		done += some;
	}
	if (r == 0)
		return (ssize_t)length;
	errno = -r;
	return -1;
}

bool tojournal_begin(void)
{
	const cookie_io_functions_t functions = { .write = put_lines };
	FILE *stream = is_journal() ? fopencookie(NULL, "w", functions) : NULL;

	if (!stream)
		return false;
	if (setvbuf(stream, NULL, _IOLBF, BUFSIZ) != 0) {
		fclose(stream);
		return false;
	}
	stderr = stream;
	return true;
}

enum tojournal_level tojournal_set(enum tojournal_level wanted)
{
	enum tojournal_level before = level;

	/* What has not ended its line has had its level. */
	fflush(stderr);
	level = wanted;
	return before;
}
