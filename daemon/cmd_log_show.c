/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hedate log show: one record in full, and what it means. */
#include <errno.h>
#include <stdlib.h>

#include "../lib/errtext.h"
#include "../lib/logfind.h"
#include "logone.h"
#include "pager.h"
#include "recordview.h"

static const struct cmd_usage usage = {
	"log show",
	N_("NUMBER"),
	N_("Shows the record with this event.sequence in full, and what it means: why a flow was "
	   "blocked,\n"
	   "by which rule of which revision of the policy, and what would permit it."),
	logone_options,
	LOGONE_OPTION_COUNT,
};

static int print(const struct cli *cli, const struct logone *show, char *line, size_t length)
{
	struct logmembers *members = malloc(sizeof(*members));
	int exit_code, error = members ? logmembers_parse(line, length, members) : -ENOMEM;

	if (error < 0)
		exit_code = cmd_failed(_("%s: record %lu is not valid: %s"), show->directory,
			show->sequence, errtext(error));
	else
		exit_code =
			cli->json ? recordview_print_json(members) : recordview_print(cli, members);
	free(members);
	return exit_code;
}

int cmd_log_show(struct cli *cli, int argc, char **argv)
{
	struct logone show;
	int exit_code, error;
	size_t length;
	char *line;

	if (!logone_parse(cli, &usage, argc, argv, &show, &exit_code))
		return exit_code;
	error = logfind(show.directory, show.sequence, &line, &length);
	if (error == -ENOENT)
		return cmd_failed(_("%s: there is no record %lu"), show.directory, show.sequence);
	if (error == -EBADMSG)
		return cmd_failed(_("%s: record %lu is not in what can be read, but a file is "
				    "damaged; \"hedate log verify\" says more"),
			show.directory, show.sequence);
	if (error < 0)
		return cmd_failed("%s: %s", show.directory, errtext(error));
	pager_begin(cli);
	exit_code = print(cli, &show, line, length);
	free(line);
	return exit_code;
}
