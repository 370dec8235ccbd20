/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hedate log show: one record in full, and what it means. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/logfind.h"
#include "recordview.h"

enum option {
	OPTION_DIRECTORY,
	OPTION_COUNT,
};

static const struct option_spec options[OPTION_COUNT] = {
	[OPTION_DIRECTORY] = { "directory", 'd', N_("DIR"), N_("where the log is") },
};

static const struct cmd_usage usage = {
	"log show",
	N_("NUMBER"),
	N_("Shows the record with this event.sequence in full, and what it means: why a flow was "
	   "blocked,\n"
	   "by which rule of which revision of the policy, and what would permit it."),
	options,
	OPTION_COUNT,
};

struct show {
	const char *directory;
	unsigned long sequence;
};

static int take_option(int option, const char *value, void *data)
{
	struct show *show = data;

	if (option == OPTION_DIRECTORY) {
		show->directory = value;
		return EXIT_OK;
	}
	if (show->sequence > 0)
		return cmd_usage_error(&usage, _("\"%s\" is not expected here"), value);
	if (!options_number(value, INT64_MAX, &show->sequence) || show->sequence == 0)
		return cmd_usage_error(&usage, _("\"%s\" is not the number of a record"), value);
	return EXIT_OK;
}

static int print(const struct cli *cli, const struct show *show, char *line, size_t length)
{
	struct logmembers *members = malloc(sizeof(*members));
	int exit_code, error = members ? logmembers_parse(line, length, members) : -ENOMEM;

	if (error < 0)
		exit_code = cmd_failed(_("%s: record %lu is not valid: %s"), show->directory,
			show->sequence, strerror(-error));
	else
		exit_code =
			cli->json ? recordview_print_json(members) : recordview_print(cli, members);
	free(members);
	return exit_code;
}

int cmd_log_show(struct cli *cli, int argc, char **argv)
{
	struct show show = { .directory = LOG_DIRECTORY };
	int exit_code, error;
	size_t length;
	char *line;

	if (!cmd_parse(cli, &usage, argc, argv, take_option, &show, &exit_code))
		return exit_code;
	if (show.sequence == 0)
		return cmd_usage_error(&usage, _("the number of a record is needed"));
	error = logfind(show.directory, show.sequence, &line, &length);
	if (error == -ENOENT)
		return cmd_failed(_("%s: there is no record %lu"), show.directory, show.sequence);
	if (error < 0)
		return cmd_failed("%s: %s", show.directory, strerror(-error));
	exit_code = print(cli, &show, line, length);
	free(line);
	return exit_code;
}
