/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the keys that seal a log are: the same rule for the recorder and the command line. */
#ifndef HEDATE_KEYDIR_H
#define HEDATE_KEYDIR_H

#include <limits.h>

#define KEY_DIRECTORY "/var/lib/hedate-log"

/* given, if it is not NULL; KEY_DIRECTORY for the log in LOG_DIRECTORY; "keys" inside of any other
 * log. 0, or -ENAMETOOLONG. */
int keydir_find(const char *log_directory, const char *given, char path[PATH_MAX]);

#endif
