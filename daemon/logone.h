/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line of what is asked of one record: its number, and where the log is. */
#ifndef HEDATE_LOGONE_H
#define HEDATE_LOGONE_H

#include "cmd.h"

struct logone {
	const char *directory;	/* borrowed */
	unsigned long sequence; /* event.sequence, 1 or more */
};

/* Read it; usage has logone_options. True; or false, with the exit code to end with. */
bool logone_parse(struct cli *cli, const struct cmd_usage *usage, int argc, char **argv,
	struct logone *ret_one, int *ret_exit_code);

#define LOGONE_OPTION_COUNT 1
extern const struct option_spec logone_options[LOGONE_OPTION_COUNT];

#endif
