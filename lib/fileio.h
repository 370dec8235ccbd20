/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whole ranges of files: a signal, or a call that does only a part, is not the caller's concern. */
#ifndef HEDATE_FILEIO_H
#define HEDATE_FILEIO_H

#include <dirent.h>
#include <stddef.h>
#include <sys/types.h>

/* What write() is; tests give one that fails. */
typedef ssize_t fileio_writer(int fd, const void *bytes, size_t length);

/* pread() until length bytes are there or the file ends. Their number, or negative errno. */
ssize_t fileio_read(int fd, void *bytes, size_t length, off_t offset);

/*
 * All of a file, the caller's, with a NUL behind it: of a descriptor; by its name in a directory,
 * not through a link; by the path that a person gave. 0; -EINVAL: it is no regular file; -EFBIG: it
 * has more than max bytes; other negative errno, and nothing is the caller's.
 */
int fileio_load(int fd, size_t max, char **ret_text, size_t *ret_length);
int fileio_load_at(
	int directory, const char *name, size_t max, char **ret_text, size_t *ret_length);
int fileio_load_path(const char *path, size_t max, char **ret_text, size_t *ret_length);

/*
 * Write all bytes where the file is, or behind its end if it was opened so. How many were written
 * is in *ret_written also after an error; NULL: it does not matter.
 * 0, or negative errno; -EIO as well when a call writes nothing.
 */
int fileio_write(
	fileio_writer *writer, int fd, const void *bytes, size_t length, size_t *ret_written);

/*
 * Write a file as new_name, and then put it in the place of name: on disk, as a whole or not at
 * all. 0, or negative errno: what had the name still has it, and nothing has the new one; where
 * only the directory could not be brought to disk, either may have it after a power cut.
 */
int fileio_replace(int directory, const char *name, const char *new_name, mode_t mode,
	const void *bytes, size_t length);

/* The names in a directory, "." for directory itself, in no order; the caller closes it. 0, or
 * negative errno. */
int fileio_names(int directory, const char *name, DIR **ret_names);

#endif
