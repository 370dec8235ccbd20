/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "roles.h"

#include <grp.h>
#include <stddef.h>
#include <unistd.h>

static bool look_up(const char *name, gid_t *ret_gid)
{
	const struct group *group = getgrnam(name);

	if (!group)
		return false;
	*ret_gid = group->gr_gid;
	return true;
}

void roles_look_up(struct roles *ret_roles)
{
	*ret_roles = (struct roles){ 0 };
	ret_roles->has_operator = look_up(GROUP_OPERATOR, &ret_roles->operator);
	ret_roles->has_auditor = look_up(GROUP_AUDITOR, &ret_roles->auditor);
}

enum role roles_of(const struct roles *roles, int fd, const struct unixsock_peer *peer)
{
	if (peer->uid == 0 || peer->uid == geteuid())
		return ROLE_OPERATOR;
	if (roles->has_operator && unixsock_peer_in_group(fd, roles->operator) == 1)
		return ROLE_OPERATOR;
	if (roles->has_auditor && unixsock_peer_in_group(fd, roles->auditor) == 1)
		return ROLE_AUDITOR;
	return ROLE_NONE;
}
