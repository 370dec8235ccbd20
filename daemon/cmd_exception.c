/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hedate exception ...: exceptions (例外措置), one word for each step and each way to look. */
#include "cmd_exception.h"
#include "commands.h"

const struct command cmd_exception_commands[] = {
	{ "request", cmd_exception_request, N_("ask for one, or begin an emergency") },
	{ "approve", cmd_exception_approve, N_("grant one that another person asked for") },
	{ "refuse", cmd_exception_refuse, N_("refuse one") },
	{ "revoke", cmd_exception_revoke, N_("end one before its time") },
	{ "report", cmd_exception_report, N_("enter the report on an emergency") },
	{ "list", cmd_exception_list, N_("all of the register") },
	{ "show", cmd_exception_show, N_("all about one") },
	{ "export", cmd_exception_export, N_("all of the register, for a spreadsheet") },
	{ 0 },
};

static const struct cmd_usage usage = {
	"exception",
	N_("request|approve|refuse|revoke|report|list|show|export ..."),
	N_("Exceptions to the security policy: a path that it does not permit is opened for a "
	   "time,\n"
	   "asked for by one person and approved by another, and closed by the kernel itself when\n"
	   "its time is over. Each of these has a --help of its own."),
	NULL,
	0,
};

static int refuse_word(int option, const char *value, void *data)
{
	const char *meant;

	(void)option;
	(void)data;
	if (!commands_find(cmd_exception_commands, value, &meant) && meant)
		return cmd_usage_error(&usage,
			_("\"%s\" cannot be done with exceptions; did you mean \"%s\"?"), value,
			meant);
	return cmd_usage_error(&usage, _("\"%s\" cannot be done with exceptions"), value);
}

int cmd_exception(struct cli *cli, int argc, char **argv)
{
	const struct command *word = NULL;
	const char *meant;
	int exit_code;

	if (argc > 1)
		word = commands_find(cmd_exception_commands, argv[1], &meant);
	if (word)
		return word->function(cli, argc - 1, argv + 1);
	if (!cmd_parse(cli, &usage, argc, argv, refuse_word, NULL, &exit_code))
		return exit_code;
	return cmd_usage_error(&usage, _("what is to be done with exceptions?"));
}
