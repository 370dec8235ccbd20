/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The file that the register of exceptions (exception.h) lies in. It only grows, by whole lines,
 * each on disk before anything follows from it. A line that cannot be written leaves the file as
 * it was.
 */
#ifndef HEDATE_EXCEPTIONFILE_H
#define HEDATE_EXCEPTIONFILE_H

#include <stddef.h>
#include <sys/types.h>

#include "sandbox.h"

#define EXCEPTIONFILE_NAME "exceptions.jsonl"
#define EXCEPTIONFILE_TORN "exceptions.jsonl.torn" /* what was cut off, one after the other */
#define EXCEPTIONFILE_MAX  (256u << 20)		   /* bytes; more are neither read nor written */

struct exceptionfile;

/* The calls that write, so that tests can let them fail. */
struct exceptionfile_io {
	ssize_t (*write)(int fd, const void *bytes, size_t length);
	int (*sync)(int fd);
};

/*
 * Open the file in a directory, making both where they are not there, for user (NULL: for us), and
 * keep it locked. io is borrowed; NULL: the real calls. Its bytes go to *ret_text, the caller's,
 * with a NUL behind them.
 * 0; -EWOULDBLOCK: another process has it; -EPERM: it belongs to somebody else than root, the user
 * and us, or others may write to it; -EINVAL: not a regular file; -EFBIG; other negative errno.
 */
int exceptionfile_open(const char *directory, const struct sandbox_user *user,
	const struct exceptionfile_io *io, struct exceptionfile **ret_file, char **ret_text,
	size_t *ret_length);
void exceptionfile_close(struct exceptionfile *file); /* accepts NULL */

/* Cut off what follows the first length bytes, after a copy of it is on disk beside the file. 0, or
 * negative errno: nothing was cut. */
int exceptionfile_cut(struct exceptionfile *file, size_t length);

/* How many bytes it has. */
size_t exceptionfile_length(const struct exceptionfile *file);

/*
 * Append a line. 0: it is on disk. -ESTALE: somebody else has changed the file; -EFBIG: it would
 * have more than EXCEPTIONFILE_MAX bytes; other negative errno: it could not be written. The file
 * is as it was then; where that cannot be had, every call that follows is -EIO.
 */
int exceptionfile_append(struct exceptionfile *file, const char *line, size_t length);

#endif
