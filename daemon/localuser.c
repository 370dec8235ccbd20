/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "localuser.h"

#include <pwd.h>
#include <stdio.h>

#define PASSWD	 "/etc/passwd"
#define LINE_MAX 4096

void localuser_name(uid_t uid, char name[LOCALUSER_MAX])
{
	struct passwd user, *found;
	char line[LINE_MAX];
	FILE *file = fopen(PASSWD, "re");

	name[0] = '\0';
	if (!file)
		return;
	while (fgetpwent_r(file, &user, line, sizeof(line), &found) == 0) {
		if (user.pw_uid != uid)
			continue;
		snprintf(name, LOCALUSER_MAX, "%s", user.pw_name);
		break;
	}
	fclose(file);
}
