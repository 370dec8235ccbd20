/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "roles.h"

#include <grp.h>
#include <unistd.h>

/* The incident team and the auditor see all and change nothing (R31): a hold only keeps what is
 * there, and a review is a record. */
static const struct {
	const char *group;
	unsigned int rights;
} roles_known[ROLE_COUNT] = {
	{ "hedate-operator", RIGHT_READ | RIGHT_CHANGE | RIGHT_REQUEST | RIGHT_REVOKE | RIGHT_HOLD |
				     RIGHT_REVIEW },
	{ "hedate-approver", RIGHT_READ | RIGHT_DECIDE | RIGHT_REVOKE | RIGHT_HOLD | RIGHT_RELEASE |
				     RIGHT_REVIEW | RIGHT_SIGN },
	{ "hedate-csirt", RIGHT_READ | RIGHT_HOLD | RIGHT_REVIEW },
	{ "hedate-auditor", RIGHT_READ | RIGHT_REVIEW | RIGHT_SIGN },
};

void roles_look_up(struct roles *ret_roles)
{
	*ret_roles = (struct roles){ 0 };
	for (size_t i = 0; i < ROLE_COUNT; i++) {
		const struct group *group = getgrnam(roles_known[i].group);

		ret_roles->groups[i].exists = group != NULL;
		ret_roles->groups[i].gid = group ? group->gr_gid : 0;
	}
}

unsigned int roles_rights(const struct roles *roles, int fd, const struct unixsock_peer *peer)
{
	unsigned int rights = 0;

	if (peer->uid == 0 || peer->uid == geteuid())
		return RIGHT_ALL;
	for (size_t i = 0; i < ROLE_COUNT; i++) {
		if (roles->groups[i].exists &&
			unixsock_peer_in_group(fd, roles->groups[i].gid) == 1)
			rights |= roles_known[i].rights;
	}
	return rights;
}

const char *roles_refusal(enum right right)
{
	switch (right) {
	case RIGHT_CHANGE:
	case RIGHT_REQUEST:
		return "refused: only root and members of the group hedate-operator may do this";
	case RIGHT_DECIDE:
	case RIGHT_RELEASE:
		return "refused: only root and members of the group hedate-approver may do this";
	case RIGHT_REVOKE:
		return "refused: only root and members of the groups hedate-operator and "
		       "hedate-approver may do this";
	case RIGHT_HOLD:
		return "refused: only root and members of the groups hedate-operator, "
		       "hedate-approver and hedate-csirt may do this";
	case RIGHT_SIGN:
		return "refused: only root and members of the groups hedate-auditor and "
		       "hedate-approver may do this";
	case RIGHT_REVIEW:
	case RIGHT_READ:
		break;
	}
	return "refused: only root and members of the groups hedate-operator, hedate-approver, "
	       "hedate-csirt and hedate-auditor may ask this";
}
