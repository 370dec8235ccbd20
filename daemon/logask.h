/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Asking hedated to have the recorder do something with the log (LOG_* of ctlproto.h). */
#ifndef HEDATE_LOGASK_H
#define HEDATE_LOGASK_H

#include <stdint.h>

#include "cmd.h"

/* What was done with what the person gave: EXIT_OK with *ret_number (of the hold, or of the last
 * record); another exit code after it was said why not. */
int logask_call(const struct cli *cli, enum ctl_message type, uint64_t number, int64_t since,
	const char *text, uint64_t *ret_number);

/* The same for a program that nobody waits for: soon, and nothing is said. */
int logask_tell(const struct cli *cli, enum ctl_message type, uint64_t number, const char *text);

/* A text that was given for the log is one line of some length: EXIT_OK, or EXIT_USAGE. */
int logask_check_text(const struct cmd_usage *usage, const char *option, const char *text);

#endif
