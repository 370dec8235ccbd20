/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rundir.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

int rundir_make(const char *path, unsigned int mode, const struct sandbox_user *user)
{
	if (mkdir(path, mode) < 0)
		return errno == EEXIST ? 0 : -errno;
	/* Through a descriptor: nobody can have put something else there in between. */
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int r = 0;

	if (fd < 0)
		return -errno;
	/* The mode again, whatever the umask is. */
	if (fchmod(fd, mode) < 0 || (user && fchown(fd, user->uid, user->gid) < 0))
		r = -errno;
	close(fd);
	return r;
}

int rundir_lock(const char *path, int *ret_lock)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		int error = errno == EWOULDBLOCK ? -EBUSY : -errno;

		close(fd);
		return error;
	}
	*ret_lock = fd;
	return 0;
}
