/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hedate report: the whole state of the separation, for an auditor, to be read and signed. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/errtext.h"
#include "../lib/logtime.h"
#include "../lib/report_html.h"
#include "../lib/report_json.h"
#include "clock.h"
#include "language.h"
#include "reportfile.h"
#include "reportperiod.h"
#include "reportrun.h"

enum option {
	OPTION_HTML,
	OPTION_DATA,
	OPTION_LANGUAGE,
	OPTION_PERIOD,
	OPTION_SINCE,
	OPTION_UNTIL,
	OPTION_PREVIOUS,
	OPTION_AUDITOR,
	OPTION_AUDITEE,
	OPTION_UNUSED,
	OPTION_FROM,
	OPTION_AT,
	OPTION_ASK,
	OPTION_COUNT = OPTION_ASK + REPORTASK_OPTIONS,
};

static const struct option_spec options[OPTION_COUNT] = {
	[OPTION_HTML] = { "html", 'o', N_("FILE"), N_("write it as HTML to FILE, a new file") },
	[OPTION_DATA] = { "data", 0, N_("FILE"), N_("write the same as JSON to FILE, a new file") },
	[OPTION_LANGUAGE] = OPTIONROW_REPORT_LANGUAGE,
	[OPTION_PERIOD] = { "period", 'p', N_("PERIOD"),
		N_("the last whole month, quarter, year or fiscal-year") },
	[OPTION_SINCE] = { "since", 'S', N_("TIME"), N_("from then on; usual: 30 days before") },
	[OPTION_UNTIL] = { "until", 'U', N_("TIME"), N_("before then; usual: now") },
	[OPTION_PREVIOUS] = { "previous", 0, N_("FILE"),
		N_("the JSON of the report before, to say what differs") },
	[OPTION_AUDITOR] = { "auditor", 0, N_("NAME"), N_("who audits, and signs") },
	[OPTION_AUDITEE] = { "auditee", 0, N_("NAME"), N_("who is audited, and signs") },
	[OPTION_UNUSED] = { "unused", 0, N_("DAYS"),
		N_("list paths without a connection for so many days; usual: 90") },
	[OPTION_FROM] = { "from", 0, N_("FILE"),
		N_("gather nothing, write the report that FILE holds as JSON") },
	[OPTION_AT] = { "at", 0, N_("TIME"), N_("as if it were then") },
	REPORTASK_ROWS(OPTION_ASK),
};

static const struct cmd_usage usage = {
	"report",
	N_("[OPTION ...]"),
	N_("Writes the report of an audit: what the kernel lets pass between the zones and "
	   "whether\n"
	   "that is what the policy permits, the clauses of the security policy one by one, what "
	   "was\n"
	   "blocked, changed, excepted, and what the log and its seals are worth. One file of "
	   "HTML\n"
	   "that needs nothing else, or with --json the same as JSON."),
	options,
	OPTION_COUNT,
};

#define UNUSED_DAYS_MAX 36500 /* of --unused */

struct request {
	struct reportask ask;
	const char *html, *data, *period, *since, *until, *from, *at, *unused;
};

static int take_option(int option, const char *value, void *data)
{
	struct request *request = data;
	const char **const places[OPTION_ASK] = {
		[OPTION_HTML] = &request->html,
		[OPTION_DATA] = &request->data,
		[OPTION_LANGUAGE] = &request->ask.language,
		[OPTION_PERIOD] = &request->period,
		[OPTION_SINCE] = &request->since,
		[OPTION_UNTIL] = &request->until,
		[OPTION_PREVIOUS] = &request->ask.previous,
		[OPTION_AUDITOR] = &request->ask.auditor,
		[OPTION_AUDITEE] = &request->ask.auditee,
		[OPTION_UNUSED] = &request->unused,
		[OPTION_FROM] = &request->from,
		[OPTION_AT] = &request->at,
	};

	if (option == OPTIONS_OPERAND)
		return cmd_usage_error(&usage, _("\"%s\" is not expected here"), value);
	if (option >= OPTION_ASK)
		reportask_take(&request->ask, option - OPTION_ASK, value);
	else
		*places[option] = value;
	return EXIT_OK;
}

/* ---- what is asked for ---- */

static int take_time(const char *text, int64_t now, bool end, int64_t *ret_seconds)
{
	int64_t time;

	if (logtime_parse_person(text, now * CLOCK_SECOND, end, &time) < 0)
		return cmd_usage_error(&usage, _("\"%s\" is no time"), text);
	*ret_seconds = time / CLOCK_SECOND;
	return EXIT_OK;
}

static int take_period(struct request *request)
{
	struct reportask *ask = &request->ask;
	int exit_code = EXIT_OK;

	if (request->period && (request->since || request->until))
		return cmd_usage_error(&usage, _("--period says already from when until when"));
	if (request->period)
		return reportperiod(request->period, ask->now, &ask->since, &ask->until) < 0
			       ? cmd_usage_error(&usage,
					 _("--period is \"month\", \"quarter\", \"year\" or "
					   "\"fiscal-year\", not \"%s\""),
					 request->period)
			       : EXIT_OK;
	ask->until = ask->now;
	if (request->until)
		exit_code = take_time(request->until, ask->now, true, &ask->until);
	ask->since = ask->until - REPORTPERIOD_USUAL;
	if (exit_code == EXIT_OK && request->since)
		exit_code = take_time(request->since, ask->now, false, &ask->since);
	if (exit_code == EXIT_OK && ask->since >= ask->until)
		return cmd_usage_error(&usage, _("the period ends before it begins"));
	return exit_code;
}

static int take_days(struct request *request)
{
	unsigned long days;

	if (!request->unused)
		return EXIT_OK;
	if (!options_number(request->unused, UNUSED_DAYS_MAX, &days) || days == 0)
		return cmd_usage_error(&usage, _("\"%s\" is no number of days"), request->unused);
	request->ask.unused_days = (unsigned int)days;
	return EXIT_OK;
}

static int check(const struct cli *cli, struct request *request)
{
	int exit_code = EXIT_OK;

	if (!language_is_known(request->ask.language))
		return cmd_usage_error(
			&usage, _("--lang is \"ja\" or \"en\", not \"%s\""), request->ask.language);
	if (!request->html && !request->data && !cli->json && isatty(STDOUT_FILENO))
		return cmd_usage_error(&usage, _("to which file? --html FILE"));
	request->ask.now = clock_realtime() / CLOCK_SECOND;
	if (request->at)
		exit_code = take_time(request->at, request->ask.now, false, &request->ask.now);
	if (exit_code == EXIT_OK)
		exit_code = take_period(request);
	return exit_code == EXIT_OK ? take_days(request) : exit_code;
}

/* ---- writing it ---- */

static int put_failed(const char *name, int error)
{
	return error < 0 ? cmd_failed("%s: %s", name, errtext(error)) : EXIT_OK;
}

/* To a file (NULL: to stdout), in its own language. */
static int put_html(const struct report *report, const char *language_name, const char *name)
{
	struct language language = { .variable = NULL };
	struct html html;
	int exit_code = EXIT_OK;

	if (language_begin(&language, language_name) < 0)
		return cmd_failed(_("out of memory"));
	html_init(&html);
	report_html(report, &html);
	language_end(&language);
	if (html.failed)
		exit_code = cmd_failed(_("out of memory"));
	else if (name)
		exit_code = put_failed(name, reportfile_put(name, html.text, html.length));
	else
		fwrite(html.text, 1, html.length, stdout);
	html_clear(&html);
	return exit_code;
}

/* As it stands in a file: it has its version itself. */
static int put_json(const struct report *report)
{
	struct json json;
	int exit_code = EXIT_OK;

	json_init(&json);
	report_write(report, &json);
	json_newline(&json);
	if (json.failed)
		exit_code = cmd_failed(_("out of memory"));
	else
		fwrite(json.text, 1, json.length, stdout);
	json_clear(&json);
	return exit_code;
}

static int put(const struct cli *cli, const struct request *request, const struct report *report)
{
	int exit_code = EXIT_OK;

	if (request->data)
		exit_code = put_failed(request->data, reportfile_write(request->data, report));
	if (exit_code == EXIT_OK && cli->json)
		exit_code = put_json(report);
	if (exit_code == EXIT_OK && (request->html || (!cli->json && !request->data)))
		exit_code = put_html(report, request->ask.language, request->html);
	return exit_code;
}

/* ---- where it comes from ---- */

static int write_again(const struct cli *cli, const struct request *request)
{
	char problem[REPORT_PROBLEM_MAX];
	struct zonetime *zone = NULL;
	struct report *report;
	int exit_code, r = reportfile_read(request->from, NULL, problem, &report);

	if (r == -ENOMEM)
		return cmd_failed(_("out of memory"));
	if (r < 0)
		return cmd_failed("%s: %s", request->from, problem);
	/* Without it times are in UTC, which they say. */
	(void)zonetime_load(report->site.time_zone, &zone);
	report->zone = zone;
	exit_code = put(cli, request, report);
	report_free(report);
	zonetime_free(zone);
	return exit_code;
}

static int gather(const struct cli *cli, const struct request *request, struct diag_list *diags)
{
	struct reportrun run;
	int exit_code = reportrun(cli, &request->ask, diags, &run);

	if (exit_code == EXIT_OK)
		exit_code = put(cli, request, run.report);
	if (exit_code == EXIT_OK && !report_whole(run.report))
		exit_code = cmd_failed(_("not everything could be read: the report says what"));
	reportrun_clear(&run);
	return exit_code;
}

int cmd_report(struct cli *cli, int argc, char **argv)
{
	struct request request = { 0 };
	struct diag_list *diags;
	int exit_code;

	reportask_init(cli, &request.ask);
	if (!cmd_parse(cli, &usage, argc, argv, take_option, &request, &exit_code))
		return exit_code;
	request.ask.inforce.profiles = cli->profiles;
	exit_code = check(cli, &request);
	if (exit_code != EXIT_OK)
		return exit_code;
	if (diag_list_new(&diags) < 0)
		return cmd_failed(_("out of memory"));
	exit_code = request.from ? write_again(cli, &request) : gather(cli, &request, diags);
	if (diag_list_count(diags, DIAG_ERROR) > 0)
		diag_list_print(diags, stderr, cli->error_color);
	diag_list_free(diags);
	return exit_code;
}
