/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one table of commands: what hedate runs, what --help lists, what shells complete. The options
 * and operands of each are in its usage, which it hands to cmd_parse().
 */
#ifndef HEDATE_COMMANDS_H
#define HEDATE_COMMANDS_H

#include "cmd.h"

enum common_option {
	COMMON_RUN,
	COMMON_PROFILES,
	COMMON_COLOR,
	COMMON_JSON,
	COMMON_NO_PAGER,
	COMMON_HELP,
	COMMON_VERSION,
	COMMON_COUNT,
};

/* Accepted before and after every command. */
extern const struct option_spec commands_options[COMMON_COUNT];
/* Of what comes before the command; its name is "". */
extern const struct cmd_usage commands_usage;

/* The commands below one: of "" all, of "log" its words; the last has no name. NULL: it has none.
 * One without help is not shown to people. */
const struct command *commands_below(const char *name);

/* One of a list by its name. NULL, with the one that was perhaps meant, or NULL. */
const struct command *commands_find(
	const struct command *list, const char *name, const char **ret_meant);

/* The command of a name; NULL after a complaint about the command line (hedate.c). */
const struct command *cmd_find(const char *name);
/* Print what --help shows of a command, or of all for commands_usage (hedate.c). */
void cmd_put_help(const struct cmd_usage *usage);

#endif
