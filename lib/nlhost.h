/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel → the host's part of a snapshot. */
#ifndef HEDATE_NLHOST_H
#define HEDATE_NLHOST_H

#include "hostsnap.h"
#include "nlsock.h"

/*
 * Ask for everything, with a socket of NETLINK_NETFILTER and one of NETLINK_ROUTE. Each part says
 * itself whether it could be read. 0, and the caller owns it; -EINTR: the host's network changed
 * meanwhile, so that its parts do not belong together; -ENOMEM.
 */
int nlhost_read(struct nlsock *netfilter, struct nlsock *route, struct hostsnap **ret_snap);

#endif
