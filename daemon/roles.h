/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who may ask what of hedated: by user and group, as the kernel says (ctlproto.h). A role is a
 * local group; who is in several has the rights of each. Root is a person of its own, uid 0, with
 * every right: that its two persons differ (R24) is asked of it as of everybody.
 */
#ifndef HEDATE_ROLES_H
#define HEDATE_ROLES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "unixsock.h"

/* What a caller may do; several are or-ed. */
enum right {
	RIGHT_READ = 1 << 0,	/* see what is in force */
	RIGHT_CHANGE = 1 << 1,	/* apply or propose, flush, ask to open the gateway */
	RIGHT_REQUEST = 1 << 2, /* ask for exceptions, and report on them */
	RIGHT_DECIDE = 1 << 3,	/* approve and refuse them, and proposals */
	RIGHT_REVOKE = 1 << 4,	/* end one before its time; take back, close the gateway */
	RIGHT_HOLD = 1 << 5,	/* keep the log from being removed, put a copy of it on record */
	RIGHT_RELEASE = 1 << 6, /* end a hold */
	RIGHT_REVIEW = 1 << 7,	/* put on record that the log was reviewed, something inspected */
	RIGHT_SIGN = 1 << 8,	/* sign an inspection off */
};
#define RIGHT_ALL                                                                                  \
	(RIGHT_READ | RIGHT_CHANGE | RIGHT_REQUEST | RIGHT_DECIDE | RIGHT_REVOKE | RIGHT_HOLD |    \
		RIGHT_RELEASE | RIGHT_REVIEW | RIGHT_SIGN)

#define ROLE_COUNT 4

struct roles {
	struct {
		bool exists;
		gid_t gid;
	} groups[ROLE_COUNT];
};

/* Look the groups up; one that does not exist has no members. */
void roles_look_up(struct roles *ret_roles);

/* The rights of the peer of a connected socket; 0 for a stranger. An error gives none. */
unsigned int roles_rights(const struct roles *roles, int fd, const struct unixsock_peer *peer);

/* What somebody without that right is told. */
const char *roles_refusal(enum right right);

#endif
