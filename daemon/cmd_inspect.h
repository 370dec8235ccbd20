/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words of "hedate inspect", each a command like those of cmd.h. */
#ifndef HEDATE_CMD_INSPECT_H
#define HEDATE_CMD_INSPECT_H

#include "cmd.h"

int cmd_inspect_list(struct cli *cli, int argc, char **argv);
int cmd_inspect_show(struct cli *cli, int argc, char **argv);
int cmd_inspect_note(struct cli *cli, int argc, char **argv);
int cmd_inspect_sign(struct cli *cli, int argc, char **argv);

/* The number of an inspection, as an operand. EXIT_OK, or EXIT_USAGE. */
int cmd_inspect_number(const struct cmd_usage *of, const char *value, unsigned long *ret_number);
/* Say why one cannot be read. EXIT_FAILED. */
int cmd_inspect_unreadable(
	const char *directory, unsigned long number, int error, const char *problem);

#endif
