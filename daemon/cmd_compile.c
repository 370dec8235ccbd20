/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hedate compile FILE: the rule set of a configuration, for nft -f or as JSON. */
#include <errno.h>

#include "../lib/compile.h"
#include "../lib/conf.h"
#include "../lib/nftprint.h"
#include "cmd.h"
#include "readopts.h"

static const struct cmd_usage usage = {
	"compile",
	N_("FILE"),
	N_("Prints the rule set that a configuration becomes, in nft's language (nft -f loads "
	   "it),\n"
	   "or with --json as hedate's own neutral form. The kernel is not touched."),
	NULL,
	0,
};

static int take_option(int option, const char *value, void *data)
{
	const char **file = data;

	(void)option;
	if (*file)
		return cmd_usage_error(&usage, _("only one file can be compiled at a time"));
	*file = value;
	return EXIT_OK;
}

static int compile(const struct cli *cli, const char *file, struct diag_list *diags)
{
	struct policy *policy = NULL;
	struct ruleset *ruleset = NULL;
	struct readopts readopts;
	int error = conf_read_file(file, readopts_now(&readopts, cli->profiles), diags, &policy);
	int exit_code = EXIT_OK;

	if (!error)
		error = compile_policy(policy, diags, &ruleset);
	diag_list_print(diags, stderr, cli->error_color);
	if (error == -ENOMEM)
		exit_code = cmd_failed(_("out of memory"));
	else if (error)
		exit_code = EXIT_CONFIG;
	else if (cli->json)
		nftprint_json(ruleset, stdout); /* an error of stdout is found at the end */
	else
		nftprint(ruleset, stdout);
	ruleset_free(ruleset);
	policy_free(policy);
	return exit_code;
}

int cmd_compile(struct cli *cli, int argc, char **argv)
{
	const char *file = NULL;
	struct diag_list *diags;
	int exit_code;

	if (!cmd_parse(cli, &usage, argc, argv, take_option, &file, &exit_code))
		return exit_code;
	if (!file)
		return cmd_usage_error(&usage, _("which file?"));
	if (diag_list_new(&diags) < 0)
		return cmd_failed(_("out of memory"));
	exit_code = compile(cli, file, diags);
	diag_list_free(diags);
	return exit_code;
}
