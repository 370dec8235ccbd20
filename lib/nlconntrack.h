/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's table of connections (conntrack), by netlink: read all of it, take one out.
 */
#ifndef HEDATE_NLCONNTRACK_H
#define HEDATE_NLCONNTRACK_H

#include "conntrack.h"
#include "nlsock.h"

/* Take a message of the table apart. 0; -ENOMSG: it is not about an IPv4 or IPv6 connection;
 * -EBADMSG: it is, and lacks what an entry always has, or holds what it cannot. */
int conntrack_parse(const struct nlmsghdr *message, struct conntrack_entry *ret_entry);

/* Ask for all entries: nlsock_begin() with a callback that parses, then nlsock_step(). 0, or
 * negative errno. */
int conntrack_begin(struct nlsock *socket, nlsock_message callback, void *data,
	struct nlsock_answer *ret_answer);

/* Take an entry out: this one, and no later one of the same addresses. 0; -ENOENT: it had gone;
 * other negative errno. */
int conntrack_delete(struct nlsock *socket, const struct conntrack_entry *entry);

#endif
