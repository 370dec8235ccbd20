/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The NFLOG socket: made and configured here, by the process that may, read by the recorder. */
#ifndef HEDATE_NFLOGSOCK_H
#define HEDATE_NFLOGSOCK_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Open a socket that receives NFLOG group. 0; -EBUSY when another process has the group;
 * -EOPNOTSUPP when the kernel has no nfnetlink_log; -EPERM without CAP_NET_ADMIN; other negative
 * errno.
 */
int nflogsock_open(uint16_t group, int *ret_fd);

/* Is this descriptor, which came from another process, a netfilter netlink socket at all? */
bool nflogsock_is_one(int fd);

/* Are two descriptors of one such socket? */
bool nflogsock_same(int fd, int other);

#endif
