/* SPDX-License-Identifier: GPL-2.0-or-later */
/* "--path": which addresses the path leads from and to, as hedated knows it. */
#ifndef HEDATE_LOGPATH_H
#define HEDATE_LOGPATH_H

#include "../lib/logrecord.h"
#include "cmd.h"

/* Ask the daemon. An exit code, after a complaint if it is not EXIT_OK. The caller clears the path
 * either way; name is borrowed by it. */
int log_path_ask(const struct cli *cli, const struct cmd_usage *usage, const char *name,
	struct log_path *ret_path);

#endif
