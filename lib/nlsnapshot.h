/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's rules → a snapshot. */
#ifndef HEDATE_NLSNAPSHOT_H
#define HEDATE_NLSNAPSHOT_H

#include "nlsock.h"
#include "snapshot.h"

/* Read them all. 0; -EAGAIN: they changed all the time; -EBADMSG: the kernel's answer makes no
 * sense; other negative errno. The caller owns it. */
int nlsnapshot_read(struct nlsock *socket, struct snapshot **ret_snapshot);

#endif
