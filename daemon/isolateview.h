/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is isolated, as the command line asks for it and shows it. */
#ifndef HEDATE_ISOLATEVIEW_H
#define HEDATE_ISOLATEVIEW_H

#include "../lib/diag.h"
#include "ctlclient.h"
#include "isolate.h"

/* Root goes the short way, everybody else asks hedated: isolate_run(), isolate_read(). request is
 * NULL for reading. uid and user of request are filled in. */
enum exit_code isolateview_do(const struct cli *cli, const char *config_file,
	struct isolate_request *request, struct isolate_result *ret_result);

/* A table of entries: those past a number; of those in force only, or all. EXIT_OK or EXIT_FAILED.
 */
int isolateview_print(const struct cli *cli, const struct isolation *isolation, uint64_t since,
	bool in_force_only);
/* The entries as an array. */
void isolateview_put_json(
	struct json *json, const struct isolation *isolation, uint64_t since, bool in_force_only);

#endif
