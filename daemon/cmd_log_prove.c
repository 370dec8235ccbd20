/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hedate log prove: a proof that a record is in the sealed log. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/logprove.h"
#include "cmd.h"

enum option {
	OPTION_DIRECTORY,
	OPTION_COUNT,
};

static const struct option_spec options[OPTION_COUNT] = {
	[OPTION_DIRECTORY] = { "directory", 'd', N_("DIR"), N_("where the log is") },
};

static const struct cmd_usage usage = {
	"log prove",
	N_("NUMBER"),
	N_("Prints a proof that the record with this event.sequence is in the sealed log: for "
	   "somebody\nwho has neither the log nor trusts this machine. The form is C2SP's "
	   "tlog-proof."),
	options,
	OPTION_COUNT,
};

struct prove {
	const char *directory;
	unsigned long sequence;
};

static int take_option(int option, const char *value, void *data)
{
	struct prove *prove = data;

	if (option == OPTION_DIRECTORY) {
		prove->directory = value;
		return EXIT_OK;
	}
	if (prove->sequence > 0)
		return cmd_usage_error(&usage, _("\"%s\" is not expected here"), value);
	if (!options_number(value, INT64_MAX, &prove->sequence) || prove->sequence == 0)
		return cmd_usage_error(&usage, _("\"%s\" is not the number of a record"), value);
	return EXIT_OK;
}

int cmd_log_prove(struct cli *cli, int argc, char **argv)
{
	struct prove prove = { .directory = LOG_DIRECTORY };
	int exit_code, r;
	char *text;

	if (!cmd_parse(cli, &usage, argc, argv, take_option, &prove, &exit_code))
		return exit_code;
	if (prove.sequence == 0)
		return cmd_usage_error(&usage, _("the number of a record is needed"));
	r = logprove_run(prove.directory, prove.sequence, &text);
	if (r == -ENOENT)
		return cmd_failed(_("%s: there is no record %lu that was sealed"), prove.directory,
			prove.sequence);
	if (r == -EBADMSG)
		return cmd_failed(_("%s: record %lu cannot be proved, for the log is not what was "
				    "sealed; \"hedate log verify\" says more"),
			prove.directory, prove.sequence);
	if (r < 0)
		return cmd_failed("%s: %s", prove.directory, strerror(-r));
	fputs(text, stdout);
	free(text);
	return EXIT_OK;
}
