/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "logone.h"
#include "optionrows.h"

enum option {
	OPTION_DIRECTORY,
};

const struct option_spec logone_options[LOGONE_OPTION_COUNT] = {
	[OPTION_DIRECTORY] = OPTIONROW_LOG,
};

struct take {
	const struct cmd_usage *usage;
	struct logone *one;
};

static int take_option(int option, const char *value, void *data)
{
	const struct take *take = data;

	if (option == OPTION_DIRECTORY) {
		take->one->directory = value;
		return EXIT_OK;
	}
	if (take->one->sequence > 0)
		return cmd_usage_error(take->usage, _("\"%s\" is not expected here"), value);
	if (!options_number(value, INT64_MAX, &take->one->sequence) || take->one->sequence == 0)
		return cmd_usage_error(
			take->usage, _("\"%s\" is not the number of a record"), value);
	return EXIT_OK;
}

bool logone_parse(struct cli *cli, const struct cmd_usage *usage, int argc, char **argv,
	struct logone *ret_one, int *ret_exit_code)
{
	struct take take = { .usage = usage, .one = ret_one };

	*ret_one = (struct logone){ .directory = LOG_DIRECTORY };
	if (!cmd_parse(cli, usage, argc, argv, take_option, &take, ret_exit_code))
		return false;
	if (ret_one->sequence > 0)
		return true;
	*ret_exit_code = cmd_usage_error(usage, _("the number of a record is needed"));
	return false;
}
