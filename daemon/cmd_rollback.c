/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hedate rollback [NUMBER]: what was in force before is in force again. */
#include <stdlib.h>

#include "optionrows.h"
#include "proposalview.h"

enum option {
	OPTION_CONFIRM,
	OPTION_TICKET,
	OPTION_REASON,
	OPTION_COUNT,
};

static const struct option_spec options[OPTION_COUNT] = {
	[OPTION_CONFIRM] = { "confirm", 0, N_("SECONDS"),
		N_("undo that by itself, unless it is confirmed by then") },
	[OPTION_TICKET] = OPTIONROW_TICKET,
	[OPTION_REASON] = OPTIONROW_REASON,
};

static const struct cmd_usage usage = {
	"rollback",
	N_("[NUMBER]"),
	N_("Puts a configuration in force again that was before, exactly as it was then: the one "
	   "with\n"
	   "this number of \"hedate history\". Without NUMBER, a change that waits to be confirmed "
	   "is\n"
	   "undone; when none waits, the one that was confirmed before the present one is meant."),
	options,
	OPTION_COUNT,
};

struct rollback {
	const char *number;
	unsigned long parsed;
	struct applyview_words words;
};

static int take_option(int option, const char *value, void *data)
{
	struct rollback *rollback = data;
	const char **const texts[OPTION_COUNT] = {
		[OPTION_CONFIRM] = &rollback->words.confirm,
		[OPTION_TICKET] = &rollback->words.ticket,
		[OPTION_REASON] = &rollback->words.reason,
	};

	if (option != OPTIONS_OPERAND) {
		*texts[option] = value;
		return EXIT_OK;
	}
	if (rollback->number)
		return cmd_usage_error(&usage, _("only one number at a time"));
	rollback->number = value;
	if (!options_number(value, UINT64_MAX, &rollback->parsed) || rollback->parsed == 0)
		return cmd_usage_error(
			&usage, _("\"%s\" is no number of \"hedate history\""), value);
	return EXIT_OK;
}

static void put_request(struct message *message, const void *data)
{
	const struct rollback *rollback = data;

	message_put_number(message, rollback->parsed);
	applyview_put_words(message, &rollback->words);
}

int cmd_rollback(struct cli *cli, int argc, char **argv)
{
	const struct applyview_file no_file = { NULL, -1 };
	struct rollback rollback = { 0 };
	const struct ctl_request request = {
		.type = CTL_ROLLBACK,
		.put = put_request,
		.put_data = &rollback,
		.fd = -1,
		.seconds = APPLYVIEW_SECONDS,
	};
	struct proposalview view;
	int exit_code;

	if (!cmd_parse(cli, &usage, argc, argv, take_option, &rollback, &exit_code))
		return exit_code;
	if ((exit_code = applyview_check(&usage, &rollback.words)) != EXIT_OK)
		return exit_code;
	proposalview_begin(cli, &view);
	exit_code = ctl_call(cli, &request, proposalview_take, &view, view.view.text);
	exit_code = proposalview_finish(cli, &view, &no_file, exit_code);
	proposalview_clear(&view);
	return exit_code;
}
