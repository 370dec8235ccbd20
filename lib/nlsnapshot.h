/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel → a snapshot. */
#ifndef HEDATE_NLSNAPSHOT_H
#define HEDATE_NLSNAPSHOT_H

#include "nlsock.h"
#include "snapshot.h"

/*
 * Read all rules, and, with a socket of NETLINK_ROUTE (NULL: not), the host's network and the
 * connections: nothing of it changed while it was read but connections, which come and go. A part
 * of the host that cannot be read is kept as such. 0; -EAGAIN: they changed all the time; -EBADMSG:
 * the kernel's answer makes no sense; other negative errno. The caller owns it.
 */
int nlsnapshot_read(struct nlsock *socket, struct nlsock *route, struct snapshot **ret_snapshot);

#endif
