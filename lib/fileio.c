/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fileio.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

ssize_t fileio_read(int fd, void *bytes, size_t length, off_t offset)
{
	size_t done = 0;
	while (done < length) {
		ssize_t r = pread(fd, (char *)bytes + done, length - done, offset + (off_t)done);
		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return -errno;
		if (r == 0)
			break;
		done += (size_t)r;
	}
	return (ssize_t)done;
}

int fileio_load(int fd, size_t max, char **ret_text, size_t *ret_length)
{
	struct stat status;
	if (fstat(fd, &status) < 0)
		return -errno;
	if (!S_ISREG(status.st_mode))
		return -EINVAL;
	if (status.st_size < 0 || (uintmax_t)status.st_size > max)
		return -EFBIG;
	char *text = malloc((size_t)status.st_size + 1);
	if (!text)
		return -ENOMEM;
	ssize_t length = fileio_read(fd, text, (size_t)status.st_size, 0);
	if (length < 0) {
		free(text);
		return (int)length;
	}
	text[length] = '\0';
	*ret_text = text;
	*ret_length = (size_t)length;
	return 0;
}

/* Nobody is waited for where it is a pipe. */
static int load_opened(
	int directory, const char *name, int flags, size_t max, char **ret_text, size_t *ret_length)
{
	int fd = openat(directory, name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | flags);
	if (fd < 0)
		return -errno;
	int r = fileio_load(fd, max, ret_text, ret_length);
	close(fd);
	return r;
}

int fileio_load_at(int directory, const char *name, size_t max, char **ret_text, size_t *ret_length)
{
	return load_opened(directory, name, O_NOFOLLOW, max, ret_text, ret_length);
}

int fileio_load_path(const char *path, size_t max, char **ret_text, size_t *ret_length)
{
	return load_opened(AT_FDCWD, path, 0, max, ret_text, ret_length);
}

int fileio_write(
	fileio_writer *writer, int fd, const void *bytes, size_t length, size_t *ret_written)
{
	size_t done = 0;
	int error = 0;
	while (done < length && error == 0) {
		ssize_t r = writer(fd, (const char *)bytes + done, length - done);
		if (r > 0)
			done += (size_t)r;
		else if (r == 0)
			error = -EIO;
		else if (errno != EINTR)
			error = -errno;
	}
	if (ret_written)
		*ret_written = done;
	return error;
}

int fileio_replace(int directory, const char *name, const char *new_name, mode_t mode,
	const void *bytes, size_t length)
{
	int fd = openat(directory, new_name,
		O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC, mode);
	if (fd < 0)
		return -errno;
	int r = fileio_write(write, fd, bytes, length, NULL);
	if (r == 0 && fsync(fd) < 0)
		r = -errno;
	close(fd);
	if (r == 0 && renameat(directory, new_name, directory, name) < 0)
		r = -errno;
	if (r == 0 && fsync(directory) < 0)
		r = -errno;
	if (r < 0)
		(void)unlinkat(directory, new_name, 0);
	return r;
}

int fileio_names(int directory, const char *name, DIR **ret_names)
{
	int fd = openat(directory, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC), error;

	*ret_names = fd < 0 ? NULL : fdopendir(fd);
	if (*ret_names)
		return 0;
	error = -errno;
	if (fd >= 0)
		close(fd);
	return error;
}
