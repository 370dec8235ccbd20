/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hedate compile FILE: the rule set of a configuration, for nft -f or as JSON. */
#include "../lib/nftprint.h"
#include "cmd_file.h"
#include "pager.h"

static const struct cmd_usage usage = {
	"compile",
	N_("FILE"),
	N_("Prints the rule set that a configuration becomes, in nft's language (nft -f loads "
	   "it),\n"
	   "or with --json as hedate's own neutral form. The kernel is not touched."),
	NULL,
	0,
};

static int compile(const struct cli *cli, const char *file, struct diag_list *diags)
{
	struct policy *policy;
	struct ruleset *ruleset;
	int error = cmd_file_compile(cli, file, diags, &policy, &ruleset);
	int exit_code;

	pager_begin(cli);
	diag_list_print(diags, stderr, cli->error_color);
	exit_code = cmd_file_exit(error);
	if (exit_code == EXIT_OK && cli->json)
		/* An error of stdout is found at the end. */
		nftprint_json(ruleset, CMD_JSON_VERSION, stdout);
	else if (exit_code == EXIT_OK)
		nftprint(ruleset, stdout);
	ruleset_free(ruleset);
	policy_free(policy);
	return exit_code;
}

int cmd_compile(struct cli *cli, int argc, char **argv)
{
	static const struct cmd_file command = {
		&usage,
		N_("only one file can be compiled at a time"),
		compile,
	};

	return cmd_file_run(cli, &command, argc, argv);
}
