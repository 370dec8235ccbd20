/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hedate flush: close the epoch, so that every counted flow is on record now. */
#include "ctlclient.h"

static const struct cmd_usage usage = {
	"flush",
	"",
	N_("Closes the current epoch at once and waits until all that it counted is on disk."),
	NULL,
	0,
};

#define FLUSH_SECONDS 30 /* the daemon itself gives up after 10 */

int cmd_flush(struct cli *cli, int argc, char **argv)
{
	struct ctl_request request = { .type = CTL_FLUSH, .fd = -1, .seconds = FLUSH_SECONDS };
	char text[CTL_TEXT_MAX];
	int exit_code;

	if (!cmd_parse(cli, &usage, argc, argv, NULL, NULL, &exit_code))
		return exit_code;
	exit_code = ctl_call(cli, &request, NULL, NULL, text);
	if (exit_code != EXIT_OK && text[0] != '\0')
		cmd_failed("%s", text);
	if (!cli->json) {
		if (exit_code == EXIT_OK)
			puts(text[0] != '\0' ? text : _("Everything counted so far is on record."));
		return exit_code;
	}
	return cmd_put_json_done("flushed", exit_code, text);
}
