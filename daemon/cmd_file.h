/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the commands share that work on one configuration file, without a daemon. */
#ifndef HEDATE_CMD_FILE_H
#define HEDATE_CMD_FILE_H

#include "../lib/diag.h"
#include "../lib/policy.h"
#include "../lib/ruleset.h"
#include "cmd.h"

struct cmd_file {
	const struct cmd_usage *usage;
	const char *one_only; /* the complaint about a second file, marked for translation */
	/* What the command does with its file. diags is empty. */
	int (*work)(const struct cli *cli, const char *file, struct diag_list *diags);
};

/* The whole of such a command. The exit code. */
int cmd_file_run(struct cli *cli, const struct cmd_file *command, int argc, char **argv);

/* Read the file and translate it. The caller owns both, also after an error; what there was not
 * is NULL. 0, -ENOMEM, or -EINVAL or another errno with the reasons in diags. */
int cmd_file_compile(const struct cli *cli, const char *file, struct diag_list *diags,
	struct policy **ret_policy, struct ruleset **ret_ruleset);
/* The exit code for what cmd_file_compile returned; a lack of memory is complained about. */
int cmd_file_exit(int error);

#endif
