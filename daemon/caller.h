/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which person is at the other end of a socket. Who logged in stays who they are through sudo and
 * su: the kernel keeps the user of the login with each process (CONFIG_AUDIT, pam_loginuid). What
 * somebody may do goes by the user and groups of the process (roles.h); that two persons differ
 * goes by this.
 */
#ifndef HEDATE_CALLER_H
#define HEDATE_CALLER_H

#include <stdbool.h>
#include <sys/types.h>

#include "unixsock.h"

#define CALLER_PROC "/proc"

enum caller_known {
	/* The kernel keeps the users of logins, but the process cannot be looked at: it is gone, or
	 * hidden from us. Then nobody knows who it was, and nothing that a person has to answer for
	 * may be done for it. */
	CALLER_UNKNOWN,
	CALLER_BY_LOGIN, /* by the user of the login */
	CALLER_BY_USER,	 /* by the user of the process: it belongs to no login, or the kernel keeps
			  * none */
};

struct caller {
	struct unixsock_peer peer;
	enum caller_known known;
	uid_t person;	     /* unless CALLER_UNKNOWN */
	unsigned int rights; /* what it may do (roles.h); caller_of() says 0 */
};

/* Who connected; soon after they did, while the process is surely there. proc: CALLER_PROC. 0, or
 * negative errno of unixsock_peer(). */
int caller_of(int fd, const char *proc, struct caller *ret_caller);

/* Are they two persons, as far as is known of both? */
static inline bool caller_differs(const struct caller *caller, uid_t other)
{
	return caller->known != CALLER_UNKNOWN && caller->person != other;
}

#endif
