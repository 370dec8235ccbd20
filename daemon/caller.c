/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "caller.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* Linux 6.5; headers of Debian 12 do not have it. Other numbers on parisc and sparc. */
#if !defined(SO_PEERPIDFD) && !defined(__hppa__) && !defined(__sparc__)
#define SO_PEERPIDFD 77
#endif

#define NO_LOGIN UINT32_MAX

/* A process that is watched for its end, where the kernel gives that. -1: it does not. */
static int open_process(int fd)
{
#ifdef SO_PEERPIDFD
	socklen_t length = sizeof(int);
	int process;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERPIDFD, &process, &length) == 0)
		return process;
	/* Gone already: what has its number now is another one. */
	if (errno == ESRCH)
		return -ESRCH;
#endif
	(void)fd;
	return -1;
}

static bool has_ended(int process)
{
	struct pollfd state = { .fd = process, .events = POLLIN };

	return process >= 0 && poll(&state, 1, 0) != 0;
}

/* The number in a small file: 0, or negative errno. */
static int read_number(int directory, const char *name, uint32_t *ret_number)
{
	int fd = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	char text[16], *end;
	ssize_t length;

	if (fd < 0)
		return -errno;
	length = read(fd, text, sizeof(text) - 1);
	if (length < 0)
		length = -errno;
	close(fd);
	if (length <= 0)
		return length < 0 ? (int)length : -ENODATA;
	text[length] = '\0';
	errno = 0;
	unsigned long long number = strtoull(text, &end, 10);

	if (end == text || (*end != '\0' && *end != '\n') || number > UINT32_MAX)
		return -EBADMSG;
	*ret_number = (uint32_t)number;
	return 0;
}

/* Without a handle of the process, what has its number now must at least be of its user. A
 * directory of root's is that of a process that may not be looked into. */
static bool same_user(int directory, const struct unixsock_peer *peer)
{
	struct stat status;

	return fstat(directory, &status) == 0 && (status.st_uid == peer->uid || status.st_uid == 0);
}

/* The directory of a process stays that of this process, and is empty once it has ended. */
static int read_login(
	const char *proc, int process, const struct unixsock_peer *peer, uint32_t *ret_login)
{
	char path[256];
	int directory, r;

	snprintf(path, sizeof(path), "%s/%ld", proc, (long)peer->pid);
	directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (directory < 0)
		return -errno;
	r = process >= 0 || same_user(directory, peer)
		    ? read_number(directory, "loginuid", ret_login)
		    : -ESRCH;
	close(directory);
	return r == 0 && has_ended(process) ? -ESRCH : r;
}

static bool is_there(const char *proc, const char *name)
{
	struct stat status;
	char path[256];

	snprintf(path, sizeof(path), "%s/self%s", proc, name);
	return stat(path, &status) == 0;
}

/* Does this kernel keep the users of logins? Where nothing at all can be seen, it may. */
static bool keeps_logins(const char *proc)
{
	return is_there(proc, "/loginuid") || !is_there(proc, "");
}

int caller_of(int fd, const char *proc, struct caller *ret_caller)
{
	uint32_t login = NO_LOGIN;
	int process, r = unixsock_peer(fd, &ret_caller->peer);

	if (r < 0)
		return r;
	ret_caller->known = CALLER_BY_USER;
	ret_caller->person = ret_caller->peer.uid;
	ret_caller->rights = 0;
	if (!keeps_logins(proc))
		return 0;
	process = open_process(fd);
	r = process == -ESRCH ? -ESRCH : read_login(proc, process, &ret_caller->peer, &login);
	if (process >= 0)
		close(process);
	if (r < 0) {
		ret_caller->known = CALLER_UNKNOWN;
	} else if (login != NO_LOGIN) {
		ret_caller->known = CALLER_BY_LOGIN;
		ret_caller->person = login;
	}
	return 0;
}
