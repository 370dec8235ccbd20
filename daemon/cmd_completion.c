/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hedate completion: the scripts by which shells complete hedate's command line, and what they ask
 * while somebody types. For shells: --help does not list it. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "completion.h"

enum option {
	OPTION_INSTALLED,
	OPTION_COUNT,
};

static const struct option_spec options[OPTION_COUNT] = {
	[OPTION_INSTALLED] = { "installed", 0, NULL,
		N_("for a file that people of every language load") },
};

static const struct cmd_usage usage = {
	"completion",
	N_("bash|fish|zsh | values KIND"),
	N_("Prints the script by which a shell completes hedate's command line; or the values of a "
	   "kind\n"
	   "that hedated knows now, one a line, and nothing when it cannot be asked."),
	options,
	OPTION_COUNT,
};

struct arguments {
	const char *operands[2];
	size_t count;
	bool installed;
};

static int take_option(int option, const char *value, void *data)
{
	struct arguments *arguments = data;

	if (option == OPTION_INSTALLED)
		arguments->installed = true;
	else if (arguments->count == 2)
		return cmd_usage_error(&usage, _("\"%s\" is not expected here"), value);
	else
		arguments->operands[arguments->count++] = value;
	return EXIT_OK;
}

/* Whoever types does not want to read why nothing is known. */
static void be_silent(void)
{
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	if (null < 0)
		return;
	(void)dup2(null, STDERR_FILENO);
	close(null);
}

static int put_values(const struct cli *cli, const char *kind)
{
	int said = dup(STDERR_FILENO);
	bool known;

	be_silent();
	known = completion_values(cli, kind);
	if (said >= 0) {
		(void)dup2(said, STDERR_FILENO);
		close(said);
	}
	return known ? EXIT_OK : cmd_usage_error(&usage, _("no kind is called \"%s\""), kind);
}

int cmd_completion(struct cli *cli, int argc, char **argv)
{
	struct arguments arguments = { { "", "" }, 0, false };
	const char *shell;
	int exit_code;

	if (!cmd_parse(cli, &usage, argc, argv, take_option, &arguments, &exit_code))
		return exit_code;
	shell = arguments.operands[0];
	if (strcmp(shell, "values") == 0)
		return put_values(cli, arguments.operands[1]);
	if (arguments.count != 1)
		return cmd_usage_error(&usage, _("which shell? bash, fish or zsh"));
	if (strcmp(shell, "bash") == 0)
		completion_bash(cli);
	else if (strcmp(shell, "fish") == 0)
		completion_fish(cli, arguments.installed);
	else if (strcmp(shell, "zsh") == 0)
		completion_zsh(cli, arguments.installed);
	else
		return cmd_usage_error(&usage, _("which shell? bash, fish or zsh"));
	return EXIT_OK;
}
