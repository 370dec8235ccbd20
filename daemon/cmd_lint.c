/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hedate lint: paths that a configuration would not miss. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../lib/logtime.h"
#include "../lib/pathlint.h"
#include "cmd_file.h"
#include "lintview.h"
#include "pager.h"
#include "pathuse.h"

enum option {
	OPTION_UNUSED,
	OPTION_TRAFFIC,
	OPTION_COUNT,
};

static const struct option_spec options[OPTION_COUNT] = {
	[OPTION_UNUSED] = { "unused", 'u', N_("DAYS"),
		N_("also those that no connection has used for so many days") },
	[OPTION_TRAFFIC] = { "traffic", 't', N_("FILE"),
		N_("also those that permit more than was used in this capture (pcap)") },
};

static const struct cmd_usage usage = {
	"lint",
	N_("[OPTION ...] [FILE]"),
	N_("Finds paths of a configuration that it would not miss: what they permit, others "
	   "permit\n"
	   "as well; nobody uses them; they permit more than is used. Compared are the sets of\n"
	   "packets, not the texts. Exit status 1 when there are any."),
	options,
	OPTION_COUNT,
};

struct request {
	const char *file;    /* the configuration, or NULL */
	const char *traffic; /* or NULL */
	bool unused;
	unsigned long days;
};

static int take_option(int option, const char *value, void *data)
{
	struct request *request = data;

	switch (option) {
	case OPTION_UNUSED:
		request->unused = true;
		if (!options_number(value, 36500, &request->days))
			return cmd_usage_error(&usage, _("\"%s\" is not a number of days"), value);
		return EXIT_OK;
	case OPTION_TRAFFIC:
		request->traffic = value;
		return EXIT_OK;
	default:
		if (request->file != NULL)
			return cmd_usage_error(&usage, _("\"%s\" is not expected here"), value);
		request->file = value;
		return EXIT_OK;
	}
}

static int look_at_use(const struct cli *cli, const struct request *request,
	const struct policy *policy, const struct ruleset *ruleset, struct lintview *view)
{
	int exit_code = EXIT_OK;

	if (request->unused)
		exit_code = pathuse_unused(cli, policy, (unsigned int)request->days, view);
	if (exit_code == EXIT_OK && request->traffic != NULL)
		exit_code = pathuse_traffic(request->traffic, policy, ruleset, view);
	return exit_code;
}

static int lint(const struct cli *cli, const struct request *request, struct diag_list *diags)
{
	const char *file = request->file != NULL ? request->file : CONFIG_FILE;
	struct lintview view = { .asked_unused = request->unused, .traffic = request->traffic };
	struct policy *policy;
	struct ruleset *ruleset;
	int exit_code = cmd_file_exit(cmd_file_compile(cli, file, diags, &policy, &ruleset));

	if (exit_code != EXIT_OK)
		diag_list_print(diags, stderr, cli->error_color);
	else if (pathlint_compare(policy, &view.lint) < 0)
		exit_code = cmd_failed(_("out of memory"));
	if (exit_code == EXIT_OK)
		exit_code = look_at_use(cli, request, policy, ruleset, &view);
	pager_begin(cli);
	if (exit_code == EXIT_OK)
		exit_code = lintview_print(cli, file, policy, &view);
	pathlint_clear(&view.lint);
	ruleset_free(ruleset);
	policy_free(policy);
	return exit_code;
}

int cmd_lint(struct cli *cli, int argc, char **argv)
{
	struct request request = { 0 };
	struct diag_list *diags;
	int exit_code;

	if (!cmd_parse(cli, &usage, argc, argv, take_option, &request, &exit_code))
		return exit_code;
	if (diag_list_new(&diags) < 0)
		return cmd_failed(_("out of memory"));
	exit_code = lint(cli, &request, diags);
	diag_list_free(diags);
	return exit_code;
}
