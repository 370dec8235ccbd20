/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Listening UNIX sockets of sequenced packets, and who is at their other end. */
#ifndef HEDATE_UNIXSOCK_H
#define HEDATE_UNIXSOCK_H

#include <stddef.h>
#include <sys/types.h>

/*
 * Listen at path, non-blocking, open to everyone: callers are checked one by one. A file that is
 * there already is replaced; the caller holds the lock of the directory (see hedated.c).
 * 0, or negative errno: -ENAMETOOLONG.
 */
int unixsock_listen(const char *path, int *ret_fd);

/* Accept one, non-blocking. 0, -EAGAIN, or other negative errno. */
int unixsock_accept(int fd, int *ret_peer);

struct unixsock_peer {
	pid_t pid;
	uid_t uid;
	gid_t gid;
};
/* Who connected, by the kernel's word. 0, or negative errno. */
int unixsock_peer(int fd, struct unixsock_peer *ret_peer);
/* 1 when gid is the peer's group or one of its supplementary ones when it connected, 0 when not;
 * or negative errno. */
int unixsock_peer_in_group(int fd, gid_t gid);

#endif
