/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hedate isolated: what is cut off, by whom and why, and what did not pass since. */
#include "isolateview.h"
#include "pager.h"

enum option {
	OPTION_ALL,
	OPTION_CONFIG,
	OPTION_COUNT,
};

static const struct option_spec options[OPTION_COUNT] = {
	[OPTION_ALL] = { "all", 0, NULL, N_("also what was released; of these the last 100") },
	[OPTION_CONFIG] = { "config", 'c', N_("FILE"),
		N_("the configuration beside which it is kept, /etc/hedate/hedate.conf") },
};

static const struct cmd_usage usage = {
	"isolated",
	N_("[OPTION ...]"),
	N_("Shows what is isolated or in quarantine, who did it, when and why, and how many "
	   "packets\n"
	   "did not pass. Exit status 5: the kernel has something else than this list."),
	options,
	OPTION_COUNT,
};

struct arguments {
	bool all;
	const char *config;
};

static int take_option(int option, const char *value, void *data)
{
	struct arguments *arguments = data;

	if (option == OPTIONS_OPERAND)
		return cmd_usage_error(&usage, _("\"%s\" is not expected here"), value);
	if (option == OPTION_ALL)
		arguments->all = true;
	else
		arguments->config = value;
	return EXIT_OK;
}

static int print_json(const struct isolate_result *result, bool all)
{
	struct json json;

	json_init(&json);
	json_object_begin(&json);
	json_key(&json, "matches");
	json_bool(&json, result->matches);
	json_key(&json, "entries");
	isolateview_put_json(&json, &result->isolation, 0, !all);
	json_object_end(&json);
	return cmd_put_json(&json);
}

static int print_people(const struct cli *cli, const struct isolate_result *result, bool all)
{
	if (result->isolation.count == 0 && !result->matches)
		return EXIT_OK; /* why is said already */
	if (isolation_count(&result->isolation) == 0)
		puts(_("Nothing is isolated."));
	if (result->isolation.count == 0 || (!all && isolation_count(&result->isolation) == 0))
		return EXIT_OK;
	return isolateview_print(cli, &result->isolation, 0, !all);
}

int cmd_isolated(struct cli *cli, int argc, char **argv)
{
	struct arguments arguments = { .config = CONFIG_FILE };
	struct isolate_result result;
	int exit_code, printed;

	if (!cmd_parse(cli, &usage, argc, argv, take_option, &arguments, &exit_code))
		return exit_code;
	exit_code = (int)isolateview_do(cli, arguments.config, NULL, &result);
	if (exit_code == EXIT_UNREACHABLE || exit_code == EXIT_USAGE) {
		isolate_result_clear(&result);
		return exit_code;
	}
	pager_begin(cli);
	printed = cli->json ? print_json(&result, arguments.all)
			    : print_people(cli, &result, arguments.all);
	if (exit_code == EXIT_DIFFERS)
		cmd_failed(
			_("the kernel's table hedate-isolate is NOT what this list says; \"hedate "
			  "isolate\" of anything, or hedated within seconds, puts it right"));
	isolate_result_clear(&result);
	return exit_code == EXIT_OK ? printed : exit_code;
}
