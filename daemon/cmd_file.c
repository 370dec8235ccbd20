/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd_file.h"

#include <errno.h>

#include "../lib/compile.h"
#include "../lib/conf.h"
#include "readopts.h"

struct operand {
	const struct cmd_file *command;
	const char *file;
};

static int take_operand(int option, const char *value, void *data)
{
	struct operand *operand = data;

	(void)option; /* there are none */
	if (operand->file)
		return cmd_usage_error(
			operand->command->usage, "%s", _(operand->command->one_only));
	operand->file = value;
	return EXIT_OK;
}

int cmd_file_run(struct cli *cli, const struct cmd_file *command, int argc, char **argv)
{
	struct operand operand = { .command = command };
	struct diag_list *diags;
	int exit_code;

	if (!cmd_parse(cli, command->usage, argc, argv, take_operand, &operand, &exit_code))
		return exit_code;
	if (!operand.file)
		return cmd_usage_error(command->usage, _("which file?"));
	if (diag_list_new(&diags) < 0)
		return cmd_failed(_("out of memory"));
	exit_code = command->work(cli, operand.file, diags);
	diag_list_free(diags);
	return exit_code;
}

int cmd_file_compile(const struct cli *cli, const char *file, struct diag_list *diags,
	struct policy **ret_policy, struct ruleset **ret_ruleset)
{
	struct readopts readopts;
	int error;

	*ret_policy = NULL;
	*ret_ruleset = NULL;
	error = conf_read_file(file, readopts_now(&readopts, cli->profiles), diags, ret_policy);
	if (!error)
		error = compile_policy(*ret_policy, diags, ret_ruleset);
	return error;
}

int cmd_file_exit(int error)
{
	if (error == -ENOMEM)
		return cmd_failed(_("out of memory"));
	return error ? EXIT_CONFIG : EXIT_OK;
}
