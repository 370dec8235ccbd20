/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hedate inspect note, sign: what people put on record about a self-inspection. */
#include <inttypes.h>
#include <string.h>

#include "../lib/logkeep.h"
#include "cmd_inspect.h"
#include "inspect.h"
#include "logask.h"
#include "optionrows.h"

enum option {
	OPTION_TEXT, /* --improvement, or --note */
	OPTION_RESULTS,
	OPTION_COUNT,
};

#define RESULTS [OPTION_RESULTS] = OPTIONROW_RESULTS

static const struct option_spec note_options[OPTION_COUNT] = {
	[OPTION_TEXT] = { "improvement", 'i', N_("TEXT"), N_("what is to be improved, by when") },
	RESULTS,
};

static const struct option_spec sign_options[OPTION_COUNT] = {
	[OPTION_TEXT] = { "note", 'n', N_("TEXT"), N_("what is to be said about it") },
	RESULTS,
};

static const struct cmd_usage note_usage = {
	"inspect note",
	N_("NUMBER"),
	N_("Puts on record what is to be improved after a self-inspection."),
	note_options,
	OPTION_COUNT,
};

static const struct cmd_usage sign_usage = {
	"inspect sign",
	N_("NUMBER"),
	N_("Puts on record that you have looked at a self-inspection, and sign it off: its bytes, "
	   "by\ntheir digest. For members of hedate-auditor and hedate-approver."),
	sign_options,
	OPTION_COUNT,
};

struct step {
	const struct cmd_usage *usage;
	enum ctl_message type;
	const char *text, *results;
	unsigned long number;
};

static int take_option(int option, const char *value, void *data)
{
	struct step *step = data;

	if (option == OPTIONS_OPERAND)
		return cmd_inspect_number(step->usage, value, &step->number);
	if (option == OPTION_TEXT)
		step->text = value;
	else
		step->results = value;
	return EXIT_OK;
}

static int check(const struct step *step)
{
	size_t room = LOGKEEP_TEXT_MAX - INSPECT_DIGEST - 1;

	if (step->number == 0)
		return cmd_usage_error(step->usage, _("the number of an inspection is needed"));
	if (!step->text || step->text[0] == '\0')
		return step->type == CTL_INSPECT_NOTE
			       ? cmd_usage_error(step->usage, _("--%s is needed"),
					 note_options[OPTION_TEXT].name)
			       : EXIT_OK;
	if (strlen(step->text) > room)
		return cmd_usage_error(step->usage, _("--%s: at most %d bytes are kept"),
			step->usage->options[OPTION_TEXT].name, (int)room);
	return EXIT_OK;
}

static int done(const struct cli *cli, const struct step *step, const char *digest)
{
	struct json json;

	if (!cli->json) {
		printf(step->type == CTL_INSPECT_SIGNED
				? _("On record: you have signed inspection %lu.\n")
				: _("On record, about inspection %lu.\n"),
			step->number);
		return EXIT_OK;
	}
	json_init(&json);
	json_object_begin(&json);
	json_key(&json, "number");
	json_unsigned(&json, step->number);
	json_key(&json, "digest");
	json_string(&json, digest);
	json_object_end(&json);
	return cmd_put_json(&json);
}

/* It is about the bytes that lie there now. */
static int put_on_record(const struct cli *cli, const struct step *step)
{
	char problem[REPORT_PROBLEM_MAX], text[LOGKEEP_TEXT_MAX];
	struct inspection inspection;
	uint64_t last;
	int exit_code, r = inspect_load(step->results, step->number, problem, &inspection);

	if (r < 0)
		return cmd_inspect_unreadable(step->results, step->number, r, problem);
	inspect_clear(&inspection);
	snprintf(text, sizeof(text), "%s %s", inspection.digest, step->text ? step->text : "");
	exit_code = logask_call(cli, step->type, step->number, 0, text, &last);
	return exit_code == EXIT_OK ? done(cli, step, inspection.digest) : exit_code;
}

static int run(struct cli *cli, int argc, char **argv, struct step *step)
{
	int exit_code;

	step->results = INSPECT_DIRECTORY;
	if (!cmd_parse(cli, step->usage, argc, argv, take_option, step, &exit_code))
		return exit_code;
	exit_code = check(step);
	return exit_code == EXIT_OK ? put_on_record(cli, step) : exit_code;
}

int cmd_inspect_note(struct cli *cli, int argc, char **argv)
{
	struct step step = { .usage = &note_usage, .type = CTL_INSPECT_NOTE };

	return run(cli, argc, argv, &step);
}

int cmd_inspect_sign(struct cli *cli, int argc, char **argv)
{
	struct step step = { .usage = &sign_usage, .type = CTL_INSPECT_SIGNED };

	return run(cli, argc, argv, &step);
}
