/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "packettexts.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../lib/conf.h"
#include "../lib/fileio.h"

static int write_both(
	int fd, const char *before, size_t before_length, const char *after, size_t after_length)
{
	int r = fileio_write(write, fd, before, before_length, NULL);

	return r < 0 ? r : fileio_write(write, fd, after, after_length, NULL);
}

void packettexts_make(const char *before, size_t before_length, const char *after,
	size_t after_length, struct packettexts *ret_texts)
{
	int fd = before ? memfd_create("configurations", MFD_CLOEXEC) : -1;

	*ret_texts = (struct packettexts){ true, fd, before_length };
	if (fd < 0) {
		ret_texts->fd = before ? -errno : -ENOENT;
		return;
	}
	int r = write_both(fd, before, before_length, after, after_length);

	if (r < 0) {
		close(fd);
		ret_texts->fd = r;
	}
}

void packettexts_clear(struct packettexts *texts)
{
	if (texts->wanted && texts->fd >= 0)
		close(texts->fd);
	*texts = (struct packettexts){ .wanted = false };
}

int packettexts_read(int fd, uint64_t before, char **ret_bytes, size_t *ret_length)
{
	int r = fileio_load(fd, 2 * (size_t)CONF_SIZE_MAX, ret_bytes, ret_length);

	if (r < 0 || before <= *ret_length)
		return r;
	free(*ret_bytes);
	return -EBADMSG;
}
