/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wholefile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/fileio.h"

static int read_descriptor(int fd, size_t max, char **ret_text, size_t *ret_length)
{
	struct stat status;
	ssize_t got;
	char *text;

	if (fstat(fd, &status) < 0)
		return -errno;
	if (!S_ISREG(status.st_mode))
		return -EINVAL;
	if (status.st_size < 0 || (uintmax_t)status.st_size > max)
		return -EFBIG;
	text = malloc((size_t)status.st_size + 1);
	if (!text)
		return -ENOMEM;
	got = fileio_read(fd, text, (size_t)status.st_size, 0);
	if (got < 0) {
		free(text);
		return (int)got;
	}
	text[got] = '\0';
	*ret_text = text;
	*ret_length = (size_t)got;
	return 0;
}

int wholefile_read(const char *file, size_t max, char **ret_text, size_t *ret_length)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK), r;

	if (fd < 0)
		return -errno;
	r = read_descriptor(fd, max, ret_text, ret_length);
	close(fd);
	return r;
}
