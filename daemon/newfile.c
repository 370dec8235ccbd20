/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "newfile.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/fileio.h"

int newfile_begin(struct newfile *ret_file, const char *name)
{
	struct newfile file = { .name = name, .fd = -1 };

	if (asprintf(&file.draft, "%s.XXXXXX", name) < 0)
		return -ENOMEM;
	file.fd = mkostemp(file.draft, O_CLOEXEC);
	if (file.fd < 0 || fchmod(file.fd, NEWFILE_MODE) < 0) {
		int error = -errno;

		if (file.fd < 0) {
			free(file.draft);
			file.draft = NULL;
		}
		newfile_abandon(&file);
		return error;
	}
	*ret_file = file;
	return 0;
}

/* The other's name is kept as well, so that at no time no file has the name. */
static int set_aside(const char *name)
{
	char *aside;
	int r = 0;

	if (asprintf(&aside, "%s~", name) < 0)
		return -ENOMEM;
	if ((unlink(aside) < 0 && errno != ENOENT) || (link(name, aside) < 0 && errno != ENOENT))
		r = -errno;
	free(aside);
	return r;
}

static int sync_directory(const char *name)
{
	char *copy = strdup(name);
	int fd = copy ? open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	int r = fd < 0 || fsync(fd) < 0 ? -errno : 0;

	if (fd >= 0)
		close(fd);
	free(copy);
	return r;
}

int newfile_finish(struct newfile *file, bool keep)
{
	int r;

	if (fsync(file->fd) < 0)
		return -errno;
	if (!keep)
		/* Unlike rename() it takes no other's place. What was begun has a draft: errno is
		 * never 0 behind a call that failed. NOLINTNEXTLINE(clang-analyzer-core.*) */
		r = link(file->draft, file->name) < 0 ? -errno : 0;
	else if ((r = set_aside(file->name)) == 0)
		r = rename(file->draft, file->name) < 0 ? -errno : 0;
	if (r < 0)
		return r;
	if (keep) {
		free(file->draft);
		file->draft = NULL;
	}
	return sync_directory(file->name);
}

void newfile_abandon(struct newfile *file)
{
	if (file->fd >= 0)
		close(file->fd);
	file->fd = -1;
	if (!file->draft)
		return;
	(void)unlink(file->draft);
	free(file->draft);
	file->draft = NULL;
}

int newfile_save(const char *name, const void *bytes, size_t length)
{
	struct newfile file = { .fd = -1 };
	int r = newfile_begin(&file, name);

	if (r == 0)
		r = fileio_write(write, file.fd, bytes, length, NULL);
	if (r == 0)
		r = newfile_finish(&file, false);
	newfile_abandon(&file);
	return r;
}
