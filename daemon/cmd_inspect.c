/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hedate inspect: a report that is kept, compared with the one before it and put on record
 * (自己点検); and its words. */
#include "cmd_inspect.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

#include "../lib/errtext.h"
#include "../lib/logtime.h"
#include "clock.h"
#include "commands.h"
#include "inspect.h"
#include "inspectview.h"
#include "language.h"
#include "logask.h"
#include "reportfile.h"
#include "reportperiod.h"
#include "reportrun.h"

const struct command cmd_inspect_commands[] = {
	{ "list", cmd_inspect_list, N_("all self-inspections, and who signed them") },
	{ "show", cmd_inspect_show, N_("one of them, and what is on record about it") },
	{ "note", cmd_inspect_note, N_("put on record what is to be improved") },
	{ "sign", cmd_inspect_sign, N_("sign one off, on record") },
	{ 0 },
};

enum option {
	OPTION_RESULTS,
	OPTION_SINCE,
	OPTION_LANGUAGE,
	OPTION_ASK,
	OPTION_COUNT = OPTION_ASK + REPORTASK_OPTIONS,
};

static const struct option_spec options[OPTION_COUNT] = {
	[OPTION_RESULTS] = OPTIONROW_RESULTS,
	[OPTION_SINCE] = { "since", 'S', N_("TIME"),
		N_("what happened from then on; usual: since the last inspection, or 30 days") },
	[OPTION_LANGUAGE] = OPTIONROW_REPORT_LANGUAGE,
	REPORTASK_ROWS(OPTION_ASK),
};

static const struct cmd_usage usage = {
	"inspect",
	N_("[list|show|note|sign] ..."),
	N_("Inspects the separation: gathers what \"hedate report\" writes, keeps it, says what "
	   "is\ndifferent from the last time, and puts on record that it was done. Its words, "
	   "each with a\n--help of its own, list what was found, put improvements on record, and "
	   "sign off."),
	options,
	OPTION_COUNT,
};

struct request {
	struct reportask ask;
	const char *results, *since;
};

static int refuse_word(const char *value)
{
	const char *meant;

	if (!commands_find(cmd_inspect_commands, value, &meant) && meant)
		return cmd_usage_error(&usage,
			_("\"%s\" cannot be done with inspections; did you mean \"%s\"?"), value,
			meant);
	return cmd_usage_error(&usage, _("\"%s\" is not expected here"), value);
}

static int take_option(int option, const char *value, void *data)
{
	struct request *request = data;
	const char **const places[OPTION_ASK] = {
		[OPTION_RESULTS] = &request->results,
		[OPTION_SINCE] = &request->since,
		[OPTION_LANGUAGE] = &request->ask.language,
	};

	if (option == OPTIONS_OPERAND)
		return refuse_word(value);
	if (option >= OPTION_ASK)
		reportask_take(&request->ask, option - OPTION_ASK, value);
	else
		*places[option] = value;
	return EXIT_OK;
}

int cmd_inspect_number(const struct cmd_usage *of, const char *value, unsigned long *ret_number)
{
	if (*ret_number > 0)
		return cmd_usage_error(of, _("\"%s\" is not expected here"), value);
	if (!options_number(value, 999999999, ret_number) || *ret_number == 0)
		return cmd_usage_error(of, _("\"%s\" is not the number of an inspection"), value);
	return EXIT_OK;
}

int cmd_inspect_unreadable(
	const char *directory, unsigned long number, int error, const char *problem)
{
	if (error == -ENOENT)
		return cmd_failed(_("there is no inspection %lu in %s"), number, directory);
	return cmd_failed(_("inspection %lu in %s cannot be read: %s"), number, directory,
		problem[0] != '\0' ? problem : errtext(error));
}

/* ---- what comes before ---- */

/* From where the last one ended, so that nothing lies between them. */
static int64_t since_last(const struct request *request, uint64_t last)
{
	int64_t since = request->ask.until - REPORTPERIOD_USUAL;
	char problem[REPORT_PROBLEM_MAX];
	struct inspection before;

	if (last == 0)
		return since;
	if (inspect_load(request->results, last, problem, &before) == 0 &&
		before.report->head.until < request->ask.until)
		since = before.report->head.until;
	inspect_clear(&before);
	return since;
}

static int take_period(struct request *request, uint64_t last)
{
	struct reportask *ask = &request->ask;
	int64_t since;

	ask->now = clock_realtime() / CLOCK_SECOND;
	ask->until = ask->now;
	ask->since = since_last(request, last);
	if (!request->since)
		return EXIT_OK;
	if (logtime_parse_person(request->since, clock_realtime(), false, &since) < 0 ||
		since / CLOCK_SECOND >= ask->until)
		return cmd_usage_error(&usage, _("\"%s\" is no time"), request->since);
	ask->since = since / CLOCK_SECOND;
	return EXIT_OK;
}

static int find_last(const struct request *request, uint64_t *ret_last)
{
	uint64_t *numbers;
	size_t count;
	int r = inspect_list(request->results, &numbers, &count);

	if (r < 0)
		return cmd_failed("%s: %s", request->results, errtext(r));
	*ret_last = count > 0 ? numbers[count - 1] : 0;
	free(numbers);
	return EXIT_OK;
}

/* ---- one inspection ---- */

struct done {
	uint64_t number;
	struct inspection inspection; /* as it was read back from the file */
	bool recorded;
};

static int keep(const struct request *request, const struct report *report, struct done *done)
{
	char *path = inspect_path(request->results, done->number);
	char problem[REPORT_PROBLEM_MAX];
	int r = path ? reportfile_write(path, report) : -ENOMEM;

	if (r == -EEXIST)
		r = cmd_failed(_("another inspection is being made"));
	else if (r < 0)
		r = cmd_failed("%s: %s", path ? path : request->results, errtext(r));
	free(path);
	if (r != 0)
		return EXIT_FAILED;
	r = inspect_load(request->results, done->number, problem, &done->inspection);
	return r < 0 ? cmd_inspect_unreadable(request->results, done->number, r, problem) : EXIT_OK;
}

/* It is kept also when it cannot be put on record now; whoever reads the log does not see it then.
 */
static int put_on_record(const struct cli *cli, struct done *done)
{
	const struct report *report = done->inspection.report;
	char text[INSPECT_DIGEST + 128];
	uint64_t number;
	int exit_code;

	snprintf(text, sizeof(text), "%s %s, %zu differences", done->inspection.digest,
		report_result_name(report->result), report->difference.count);
	exit_code = logask_call(cli, CTL_INSPECT, done->number, 0, text, &number);
	done->recorded = exit_code == EXIT_OK;
	return exit_code;
}

static int show(const struct cli *cli, const struct done *done)
{
	struct json json;

	if (!cli->json) {
		inspectview_print(cli, done->number, &done->inspection);
		return EXIT_OK;
	}
	json_init(&json);
	json_object_begin(&json);
	inspectview_json(&json, done->number, &done->inspection);
	json_key(&json, "recorded");
	json_bool(&json, done->recorded);
	json_object_end(&json);
	return cmd_put_json(&json);
}

/* A timer's unit fails when somebody has to look. */
static int verdict(const struct report *report)
{
	if (!report_whole(report))
		return cmd_failed(_("not everything could be read: the report says what"));
	return report->result == REPORT_FAILS ? EXIT_FAILED : EXIT_OK;
}

static int finish(const struct cli *cli, const struct request *request, const struct report *report,
	uint64_t number)
{
	struct done done = { .number = number };
	int exit_code = keep(request, report, &done), shown;

	if (exit_code == EXIT_OK) {
		exit_code = put_on_record(cli, &done);
		shown = show(cli, &done);
		exit_code = exit_code == EXIT_OK ? shown : exit_code;
	}
	if (exit_code == EXIT_OK)
		exit_code = verdict(report);
	inspect_clear(&done.inspection);
	return exit_code;
}

static int inspect(
	const struct cli *cli, struct request *request, struct diag_list *diags, uint64_t last)
{
	char *previous = last > 0 ? inspect_path(request->results, last) : NULL;
	struct reportrun run;
	int exit_code;

	if (last > 0 && !previous)
		return cmd_failed(_("out of memory"));
	request->ask.previous = previous;
	exit_code = reportrun(cli, &request->ask, diags, &run);
	if (exit_code == EXIT_OK)
		exit_code = finish(cli, request, run.report, last + 1);
	reportrun_clear(&run);
	free(previous);
	return exit_code;
}

static int work(const struct cli *cli, struct request *request)
{
	struct language language = { 0 };
	struct diag_list *diags = NULL;
	uint64_t last = 0;
	int exit_code = find_last(request, &last);

	if (exit_code == EXIT_OK)
		exit_code = take_period(request, last);
	if (exit_code != EXIT_OK)
		return exit_code;
	if (diag_list_new(&diags) < 0 || language_begin(&language, request->ask.language) < 0)
		exit_code = cmd_failed(_("out of memory"));
	if (exit_code == EXIT_OK)
		exit_code = inspect(cli, request, diags, last);
	language_end(&language);
	if (diags && diag_list_count(diags, DIAG_ERROR) > 0)
		diag_list_print(diags, stderr, cli->error_color);
	diag_list_free(diags);
	return exit_code;
}

int cmd_inspect(struct cli *cli, int argc, char **argv)
{
	struct request request = { .results = INSPECT_DIRECTORY };
	const struct command *word = NULL;
	const char *meant;
	int exit_code;

	if (argc > 1)
		word = commands_find(cmd_inspect_commands, argv[1], &meant);
	if (word)
		return word->function(cli, argc - 1, argv + 1);
	reportask_init(cli, &request.ask);
	if (!cmd_parse(cli, &usage, argc, argv, take_option, &request, &exit_code))
		return exit_code;
	request.ask.inforce.profiles = cli->profiles;
	if (!language_is_known(request.ask.language))
		return cmd_usage_error(
			&usage, _("--lang is \"ja\" or \"en\", not \"%s\""), request.ask.language);
	return work(cli, &request);
}
