/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "keydir.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "ctlproto.h"

int keydir_find(const char *log_directory, const char *given, char path[PATH_MAX])
{
	bool standard = strcmp(log_directory, LOG_DIRECTORY) == 0;
	int length;

	if (given || standard)
		length = snprintf(path, PATH_MAX, "%s", given ? given : KEY_DIRECTORY);
	else
		length = snprintf(path, PATH_MAX, "%s/keys", log_directory);
	return length < PATH_MAX ? 0 : -ENAMETOOLONG;
}
