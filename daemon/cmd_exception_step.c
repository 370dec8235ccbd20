/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hedate exception approve | refuse | revoke | report: a step of one that is there. */
#include <string.h>

#include "cmd_exception.h"
#include "exceptionstep.h"

/* One step: which exception, and the words that belong to it. */
struct step {
	const struct cmd_usage *usage;
	enum ctl_message type;
	bool words_needed;
	const char *done;
	const char *id, *words;
};

static int take_option(int option, const char *value, void *data)
{
	struct step *step = data;

	if (option != OPTIONS_OPERAND) {
		step->words = value;
		return EXIT_OK;
	}
	if (step->id)
		return cmd_usage_error(step->usage, _("only one exception at a time"));
	step->id = value;
	return EXIT_OK;
}

static void put_step(struct message *message, const void *data)
{
	const struct step *step = data;

	message_put_string(message, step->id);
	message_put_string(message, step->words ? step->words : "");
}

static int run(struct cli *cli, struct step *step, int argc, char **argv)
{
	struct exception_records records;
	int exit_code;

	if (!cmd_parse(cli, step->usage, argc, argv, take_option, step, &exit_code))
		return exit_code;
	if (!step->id)
		return cmd_usage_error(step->usage, _("which exception? give its number"));
	if (step->words_needed && !step->words)
		return cmd_usage_error(
			step->usage, _("option --%s is needed"), step->usage->options[0].name);
	exit_code = exceptionstep_call(cli, step->type, put_step, step, &records);
	if (exit_code == EXIT_OK && !cli->json)
		printf("%s: %s\n", step->id, _(step->done));
	exceptionview_clear(&records);
	return exit_code;
}

/* ---- approve ---- */

static const struct option_spec approve_options[] = {
	{ "override", 0, N_("TEXT"),
		N_("approve what one asked for oneself, with the reason on record") },
};

static const struct cmd_usage approve_usage = {
	"exception approve",
	N_("[OPTION ...] NUMBER"),
	N_("Grants an exception that another person asked for. Its path is open from its start, "
	   "or\n"
	   "from now on, until its end, when the kernel closes it with all its connections."),
	approve_options,
	1,
};

int cmd_exception_approve(struct cli *cli, int argc, char **argv)
{
	struct step step = { &approve_usage, CTL_EXCEPTION_APPROVE, false, N_("approved"), NULL,
		NULL };

	return run(cli, &step, argc, argv);
}

/* ---- refuse ---- */

static const struct option_spec refuse_options[] = {
	{ "reason", 0, N_("TEXT"), N_("why, for the register") },
};

static const struct cmd_usage refuse_usage = {
	"exception refuse",
	N_("--reason=TEXT NUMBER"),
	N_("Refuses an exception that was asked for."),
	refuse_options,
	1,
};

int cmd_exception_refuse(struct cli *cli, int argc, char **argv)
{
	struct step step = { &refuse_usage, CTL_EXCEPTION_REFUSE, true, N_("refused"), NULL, NULL };

	return run(cli, &step, argc, argv);
}

/* ---- revoke ---- */

static const struct cmd_usage revoke_usage = {
	"exception revoke",
	N_("--reason=TEXT NUMBER"),
	N_("Ends an exception before its time, at once and with all its connections."),
	refuse_options,
	1,
};

int cmd_exception_revoke(struct cli *cli, int argc, char **argv)
{
	struct step step = { &revoke_usage, CTL_EXCEPTION_REVOKE, true,
		N_("revoked; its connections are cut"), NULL, NULL };

	return run(cli, &step, argc, argv);
}

/* ---- report ---- */

static const struct option_spec report_options[] = {
	{ "report", 0, N_("TEXT"), N_("what was done and why, or where the report is filed") },
};

static const struct cmd_usage report_usage = {
	"exception report",
	N_("--report=TEXT NUMBER"),
	N_("Enters the report on an emergency, which is due until then."),
	report_options,
	1,
};

int cmd_exception_report(struct cli *cli, int argc, char **argv)
{
	struct step step = { &report_usage, CTL_EXCEPTION_REPORT, true, N_("the report is entered"),
		NULL, NULL };

	return run(cli, &step, argc, argv);
}
