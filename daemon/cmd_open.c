/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hedate open | close: the only way to stop enforcing, and back. To open takes the site's name,
 * typed by hand, a reason, and the approval of another person.
 */
#include <string.h>

#include "optionrows.h"
#include "proposalview.h"
#include "table.h"

#define OPEN_SECONDS 60
#define SITE_MAX     256

struct words {
	const struct cmd_usage *usage;
	const char *reason, *site;
};

static int check_reason(const struct words *words)
{
	if (words->reason && strlen(words->reason) >= STORE_REASON_MAX)
		return cmd_usage_error(
			words->usage, _("--reason: at most %d bytes"), STORE_REASON_MAX - 1);
	return EXIT_OK;
}

/* ---- open ---- */

enum open_option {
	OPEN_REASON,
	OPEN_SITE,
	OPEN_COUNT,
};

static const struct option_spec open_options[OPEN_COUNT] = {
	[OPEN_REASON] = OPTIONROW_REASON,
	[OPEN_SITE] = { "site", 0, N_("NAME"),
		N_("the site's name, instead of typing it when asked") },
};

static const struct cmd_usage open_usage = {
	"open",
	N_("--reason=TEXT [OPTION ...]"),
	N_("Asks to stop enforcing the policy: NOTHING IS BLOCKED ANY MORE, and nothing of what "
	   "passes\n"
	   "is recorded. Another person has to approve it. \"hedate close\", \"hedate apply\", a "
	   "restart of\n"
	   "hedated and of the system enforce the policy again."),
	open_options,
	OPEN_COUNT,
};

static int take_open_option(int option, const char *value, void *data)
{
	struct words *words = data;

	if (option == OPTIONS_OPERAND)
		return cmd_usage_error(&open_usage, _("\"%s\" is not expected here"), value);
	*(option == OPEN_REASON ? &words->reason : &words->site) = value;
	return EXIT_OK;
}

static void put_open(struct message *message, const void *data)
{
	const struct words *words = data;

	message_put_string(message, words->site);
	message_put_string(message, words->reason);
}

static void print_proposed(const struct cli *cli, const struct proposalview *view)
{
	char digest[PROPOSAL_DIGEST_MAX];

	proposal_digest_text(view->items[0].proposal.digest, digest);
	table_put(stdout, cli->color, TABLE_WARN, _("proposed, and not open yet"));
	printf(_(": another person approves it with\n    hedate approve %s\n"), digest);
}

static int ask_to_open(const struct cli *cli, const struct words *words)
{
	const struct ctl_request request = {
		.type = CTL_OPEN,
		.put = put_open,
		.put_data = words,
		.fd = -1,
		.seconds = OPEN_SECONDS,
	};
	struct proposalview view;
	int exit_code;

	proposalview_begin(cli, &view);
	exit_code = ctl_call(cli, &request, proposalview_take, &view, view.view.text);
	if (cli->json && exit_code != EXIT_UNREACHABLE)
		exit_code = proposalview_json(&view, "proposed", exit_code);
	else if (exit_code == EXIT_OK && view.count == 1)
		print_proposed(cli, &view);
	else if (view.view.text[0] != '\0')
		cmd_failed("%s", view.view.text);
	proposalview_clear(&view);
	return exit_code;
}

int cmd_open(struct cli *cli, int argc, char **argv)
{
	struct words words = { .usage = &open_usage };
	char site[SITE_MAX];
	int exit_code;

	if (!cmd_parse(cli, &open_usage, argc, argv, take_open_option, &words, &exit_code))
		return exit_code;
	if (!words.reason || words.reason[0] == '\0')
		return cmd_usage_error(&open_usage, _("option --%s is needed"), "reason");
	if ((exit_code = check_reason(&words)) != EXIT_OK)
		return exit_code;
	if (words.site && strlen(words.site) >= sizeof(site))
		return cmd_usage_error(&open_usage, _("--site: that is no name"));
	if (!words.site) {
		puts(_("Nothing would be blocked any more, and nothing of what passes recorded."));
		if (!proposalview_read_line(
			    _("Type the name of the site to ask for that: "), site, sizeof(site)))
			return cmd_failed(_("not asked for; nothing changed"));
		words.site = site;
	}
	return ask_to_open(cli, &words);
}

/* ---- close ---- */

static const struct option_spec close_options[] = {
	OPTIONROW_REASON,
};

static const struct cmd_usage close_usage = {
	"close",
	"",
	N_("Enforces the policy again, after \"hedate open\". One person is enough."),
	close_options,
	1,
};

static int take_close_option(int option, const char *value, void *data)
{
	struct words *words = data;

	if (option == OPTIONS_OPERAND)
		return cmd_usage_error(&close_usage, _("\"%s\" is not expected here"), value);
	words->reason = value;
	return EXIT_OK;
}

static void put_close(struct message *message, const void *data)
{
	const struct words *words = data;

	message_put_string(message, words->reason ? words->reason : "");
}

int cmd_close(struct cli *cli, int argc, char **argv)
{
	struct words words = { .usage = &close_usage };
	const struct ctl_request request = {
		.type = CTL_CLOSE,
		.put = put_close,
		.put_data = &words,
		.fd = -1,
		.seconds = OPEN_SECONDS,
	};
	char text[CTL_TEXT_MAX];
	int exit_code;

	if (!cmd_parse(cli, &close_usage, argc, argv, take_close_option, &words, &exit_code))
		return exit_code;
	if ((exit_code = check_reason(&words)) != EXIT_OK)
		return exit_code;
	exit_code = ctl_call(cli, &request, applyview_take, NULL, text);
	if (cli->json && exit_code != EXIT_UNREACHABLE)
		return cmd_put_json_done("closed", exit_code, text);
	if (exit_code != EXIT_OK && text[0] != '\0')
		cmd_failed("%s", text);
	else if (exit_code == EXIT_OK)
		puts(_("closed: the policy is enforced"));
	return exit_code;
}
