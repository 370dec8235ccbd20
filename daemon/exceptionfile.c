/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "exceptionfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fileio.h"
#include "rundir.h"

#define FILE_FLAGS (O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK)

struct exceptionfile {
	int directory, fd;
	const struct exceptionfile_io *io;
	off_t length;
	bool unusable; /* what it holds is not what we think */
};

static const struct exceptionfile_io real_io = { write, fdatasync };

/* ---- opening ---- */

static int open_or_make(
	const struct exceptionfile *file, const char *name, const struct sandbox_user *user)
{
	int fd = openat(file->directory, name, FILE_FLAGS);

	if (fd >= 0)
		return fd;
	if (errno != ENOENT)
		return -errno;
	fd = openat(file->directory, name, FILE_FLAGS | O_CREAT | O_EXCL, 0640);
	if (fd < 0)
		return -errno;
	if ((user && fchown(fd, user->uid, user->gid) < 0) || fsync(fd) < 0 ||
		fsync(file->directory) < 0) {
		int error = -errno;

		close(fd);
		return error;
	}
	return fd;
}

/* Nobody else may have written to it. */
static int check_file(struct exceptionfile *file, const struct sandbox_user *user)
{
	struct stat status;

	if (fstat(file->fd, &status) < 0)
		return -errno;
	if (!S_ISREG(status.st_mode))
		return -EINVAL;
	if (status.st_uid != 0 && status.st_uid != geteuid() &&
		!(user && status.st_uid == user->uid))
		return -EPERM;
	if (status.st_mode & (S_IWGRP | S_IWOTH))
		return -EPERM;
	if (status.st_size > EXCEPTIONFILE_MAX)
		return -EFBIG;
	file->length = status.st_size;
	return flock(file->fd, LOCK_EX | LOCK_NB) < 0 ? -errno : 0;
}

static int read_range(int fd, char *bytes, size_t length, off_t offset)
{
	ssize_t count = fileio_read(fd, bytes, length, offset);

	if (count < 0)
		return (int)count;
	return (size_t)count == length ? 0 : -EIO;
}

static int read_text(const struct exceptionfile *file, char **ret_text)
{
	char *text = malloc((size_t)file->length + 1);
	int r = text ? read_range(file->fd, text, (size_t)file->length, 0) : -ENOMEM;

	if (r < 0) {
		free(text);
		return r;
	}
	text[file->length] = '\0';
	*ret_text = text;
	return 0;
}

static int open_file(struct exceptionfile *file, const char *directory,
	const struct sandbox_user *user, char **ret_text)
{
	int r = rundir_make(directory, 0750, user);

	if (r < 0)
		return r;
	file->directory = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (file->directory < 0)
		return -errno;
	file->fd = open_or_make(file, EXCEPTIONFILE_NAME, user);
	if (file->fd < 0)
		return file->fd;
	r = check_file(file, user);
	return r < 0 ? r : read_text(file, ret_text);
}

int exceptionfile_open(const char *directory, const struct sandbox_user *user,
	const struct exceptionfile_io *io, struct exceptionfile **ret_file, char **ret_text,
	size_t *ret_length)
{
	struct exceptionfile *file = calloc(1, sizeof(*file));
	int r;

	if (!file)
		return -ENOMEM;
	file->directory = file->fd = -1;
	file->io = io ? io : &real_io;
	r = open_file(file, directory, user, ret_text);
	if (r < 0) {
		exceptionfile_close(file);
		return r;
	}
	*ret_length = (size_t)file->length;
	*ret_file = file;
	return 0;
}

void exceptionfile_close(struct exceptionfile *file)
{
	if (!file)
		return;
	if (file->fd >= 0)
		close(file->fd);
	if (file->directory >= 0)
		close(file->directory);
	free(file);
}

/* ---- writing ---- */

size_t exceptionfile_length(const struct exceptionfile *file)
{
	return (size_t)file->length;
}

static int append(const struct exceptionfile *file, int fd, const char *bytes, size_t length)
{
	int r = fileio_write(file->io->write, fd, bytes, length, NULL);

	if (r == 0 && file->io->sync(fd) < 0)
		r = -errno;
	return r;
}

static int cut_back(struct exceptionfile *file, off_t length)
{
	if (ftruncate(file->fd, length) < 0 || file->io->sync(file->fd) < 0)
		return -errno;
	file->length = length;
	return 0;
}

int exceptionfile_append(struct exceptionfile *file, const char *line, size_t length)
{
	struct stat status;
	int r;

	if (file->unusable)
		return -EIO;
	if (fstat(file->fd, &status) < 0)
		return -errno;
	if (status.st_size != file->length || status.st_nlink == 0)
		return -ESTALE;
	if (length > EXCEPTIONFILE_MAX - (size_t)file->length)
		return -EFBIG;
	r = append(file, file->fd, line, length);
	if (r == 0)
		file->length += (off_t)length;
	else
		file->unusable = cut_back(file, file->length) < 0;
	return r;
}

/* Append to what was cut off before. */
static int keep_torn(const struct exceptionfile *file, const char *bytes, size_t length)
{
	int fd = open_or_make(file, EXCEPTIONFILE_TORN, NULL);
	struct stat status;
	int r;

	if (fd < 0)
		return fd;
	r = fstat(fd, &status) < 0 ? -errno : 0;
	if (r == 0 && !S_ISREG(status.st_mode))
		r = -EINVAL;
	if (r == 0)
		r = append(file, fd, bytes, length);
	close(fd);
	return r;
}

int exceptionfile_cut(struct exceptionfile *file, size_t length)
{
	size_t torn = (size_t)file->length - length;
	char *bytes = malloc(torn + 1);
	int r = bytes ? read_range(file->fd, bytes, torn, (off_t)length) : -ENOMEM;

	if (r == 0)
		r = keep_torn(file, bytes, torn);
	free(bytes);
	return r < 0 ? r : cut_back(file, (off_t)length);
}
