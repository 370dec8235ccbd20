/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who may ask what of hedated: by user and group, as the kernel says (ctlproto.h). */
#ifndef HEDATE_ROLES_H
#define HEDATE_ROLES_H

#include <stdbool.h>
#include <sys/types.h>

#include "unixsock.h"

#define GROUP_OPERATOR "hedate-operator"
#define GROUP_AUDITOR  "hedate-auditor"

enum role {
	ROLE_NONE,
	ROLE_AUDITOR,  /* reads */
	ROLE_OPERATOR, /* everything */
};

struct roles {
	bool has_operator, has_auditor; /* such a group exists */
	gid_t operator, auditor;
};

/* Look the groups up; one that does not exist has no members. */
void roles_look_up(struct roles *ret_roles);

/* What the peer of a connected socket may do. An error is ROLE_NONE. */
enum role roles_of(const struct roles *roles, int fd, const struct unixsock_peer *peer);

#endif
