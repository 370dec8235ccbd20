/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "notify.h"

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int notify_send(const char *state)
{
	return notify_send_fd(state, -1);
}

/* The datagram, with the descriptor if there is one. */
static int send_message(
	int to, const struct sockaddr_un *address, socklen_t length, const char *state, int fd)
{
	union {
		struct cmsghdr header;
		uint8_t bytes[CMSG_SPACE(sizeof(int))];
	} control = { .header = { .cmsg_level = SOL_SOCKET,
			      .cmsg_type = SCM_RIGHTS,
			      .cmsg_len = CMSG_LEN(sizeof(fd)) } };
	struct sockaddr_un copy = *address;
	char text[256];
	struct iovec part = { text, (size_t)snprintf(text, sizeof(text), "%s", state) };
	struct msghdr message = {
		.msg_name = &copy, .msg_namelen = length, .msg_iov = &part, .msg_iovlen = 1
	};

	if (part.iov_len >= sizeof(text))
		return -EMSGSIZE;
	if (fd >= 0) {
		memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
		message.msg_control = &control;
		message.msg_controllen = sizeof(control);
	}
	return sendmsg(to, &message, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

int notify_send_fd(const char *state, int passed)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	if (!path || !*path)
		return 0;
	size_t length = strlen(path);

	if ((*path != '/' && *path != '@') || length >= sizeof(address.sun_path))
		return -EINVAL;
	memcpy(address.sun_path, path, length);
	if (*path == '@')
		address.sun_path[0] = '\0'; /* the abstract name space has no file */

	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	int r = send_message(fd, &address,
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + length), state, passed);

	close(fd);
	return r;
}
