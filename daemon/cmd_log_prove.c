/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hedate log prove: a proof that a record is in the sealed log. */
#include <errno.h>
#include <stdlib.h>

#include "../lib/errtext.h"
#include "../lib/logprove.h"
#include "logone.h"

static const struct cmd_usage usage = {
	"log prove",
	N_("NUMBER"),
	N_("Prints a proof that the record with this event.sequence is in the sealed log: for "
	   "somebody\nwho has neither the log nor trusts this machine. The form is C2SP's "
	   "tlog-proof."),
	logone_options,
	LOGONE_OPTION_COUNT,
};

int cmd_log_prove(struct cli *cli, int argc, char **argv)
{
	struct logone prove;
	int exit_code, r;
	char *text;

	if (!logone_parse(cli, &usage, argc, argv, &prove, &exit_code))
		return exit_code;
	r = logprove_run(prove.directory, prove.sequence, &text);
	if (r == -ENOENT)
		return cmd_failed(_("%s: there is no record %lu that was sealed"), prove.directory,
			prove.sequence);
	if (r == -EBADMSG)
		return cmd_failed(_("%s: record %lu cannot be proved, for the log is not what was "
				    "sealed; \"hedate log verify\" says more"),
			prove.directory, prove.sequence);
	if (r < 0)
		return cmd_failed("%s: %s", prove.directory, errtext(r));
	fputs(text, stdout);
	free(text);
	return EXIT_OK;
}
