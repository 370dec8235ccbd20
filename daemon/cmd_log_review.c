/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hedate log review: somebody has looked through the log, and says so on record. */
#include <inttypes.h>

#include "cmd.h"
#include "logask.h"

enum option {
	OPTION_NOTE,
	OPTION_TO,
	OPTION_COUNT,
};

static const struct option_spec options[OPTION_COUNT] = {
	[OPTION_NOTE] = { "note", 'n', N_("TEXT"), N_("what was found; goes on record") },
	[OPTION_TO] = { "to", 't', N_("NUMBER"),
		N_("event.sequence of the last record that was looked at; without it, all there "
		   "are") },
};

static const struct cmd_usage usage = {
	"log review",
	"",
	N_("Puts on record that you have reviewed the log, up to which record, and what you "
	   "found.\n"
	   "\"hedate status\" shows when that was done last."),
	options,
	OPTION_COUNT,
};

struct review {
	const char *note;
	unsigned long to;
};

static int take_option(int option, const char *value, void *data)
{
	struct review *review = data;

	if (option == OPTIONS_OPERAND)
		return cmd_usage_error(&usage, _("\"%s\" is not expected here"), value);
	if (option == OPTION_NOTE)
		review->note = value;
	else if (!options_number(value, INT64_MAX, &review->to) || review->to == 0)
		return cmd_usage_error(&usage, _("\"%s\" is not the number of a record"), value);
	return EXIT_OK;
}

int cmd_log_review(struct cli *cli, int argc, char **argv)
{
	struct review review = { 0 };
	uint64_t number;
	struct json json;
	int exit_code;

	if (!cmd_parse(cli, &usage, argc, argv, take_option, &review, &exit_code))
		return exit_code;
	exit_code = logask_check_text(&usage, "note", review.note);
	if (exit_code == EXIT_OK)
		exit_code = logask_call(cli, CTL_LOG_REVIEWED, review.to, 0, review.note, &number);
	if (exit_code != EXIT_OK)
		return exit_code;
	if (!cli->json) {
		printf(_("On record: reviewed up to record %" PRIu64 ".\n"), number);
		return EXIT_OK;
	}
	json_init(&json);
	json_object_begin(&json);
	json_key(&json, "reviewed_sequence");
	json_unsigned(&json, number);
	json_object_end(&json);
	return cmd_put_json(&json);
}
