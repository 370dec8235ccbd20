/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hedate digest: what the other gateway of a pair compares. */
#include "haview.h"

static const struct cmd_usage usage = {
	"digest",
	"",
	N_("Tells what is in force in a form that the other gateway of a pair compares with its "
	   "own\n"
	   "(\"hedate ha\"). The digest is that of the policy's meaning, not of its text."),
	NULL,
	0,
};

int cmd_digest(struct cli *cli, int argc, char **argv)
{
	struct hapair_side side;
	struct json json;
	int exit_code;

	if (!cmd_parse(cli, &usage, argc, argv, NULL, NULL, &exit_code))
		return exit_code;
	exit_code = haview_ask(cli, &side);
	if (exit_code != EXIT_OK)
		return exit_code;
	if (!cli->json) {
		for (int i = 0; i < HAPAIR_MEMBERS; i++)
			printf("%s: %s\n", haview_title((enum hapair_member)i), side.text[i]);
		return EXIT_OK;
	}
	json_init(&json);
	hapair_write(&json, &side);
	return cmd_put_json(&json);
}
