/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hedate incident draft: the report of an incident, as far as the log tells it. */
#include <stdlib.h>
#include <string.h>

#include "../lib/conf.h"
#include "clock.h"
#include "incidentview.h"
#include "pager.h"
#include "readopts.h"

enum option {
	OPTION_FOR = LOG_QUERY_OPTION_COUNT,
	OPTION_ADDRESSES,
	OPTION_CONFIG,
	OPTION_COUNT,
};

static const struct option_spec options[OPTION_COUNT] = {
	LOG_QUERY_OPTIONS,
	[OPTION_FOR] = { "for", 0, N_("READER"),
		N_("who is to read it: ciso (usual), prefecture or ministry") },
	[OPTION_ADDRESSES] = { "addresses", 0, NULL,
		N_("with addresses, also for readers outside") },
	[OPTION_CONFIG] = { "config", 'c', N_("FILE"),
		N_("the configuration, for what the sources may reach") },
};

static const struct cmd_usage usage = {
	"incident",
	N_("draft [OPTION ...]"),
	N_("Drafts the report of an incident from the flows that were asked for, those of the last "
	   "day\n"
	   "if no time is given: what the log tells is filled in, what it cannot tell is left to "
	   "be\n"
	   "filled in, and said. Markdown; with --json only the facts."),
	options,
	OPTION_COUNT,
};

#define DAY (86400 * CLOCK_SECOND)

struct request {
	struct log_query query;
	struct incident_report report;
	const char *config;
	bool draft;
};

static int take_operand(struct request *request, const char *value)
{
	if (request->draft || strcmp(value, "draft") != 0)
		return cmd_usage_error(&usage, _("\"%s\" is not expected here"), value);
	request->draft = true;
	return EXIT_OK;
}

static int take_option(int option, const char *value, void *data)
{
	struct request *request = data;

	switch (option) {
	case OPTIONS_OPERAND:
		return take_operand(request, value);
	case OPTION_FOR:
		if (incidentview_parse(value, &request->report.reader) == 0)
			return EXIT_OK;
		return cmd_usage_error(&usage,
			_("--for is \"ciso\", \"prefecture\" or \"ministry\", not \"%s\""), value);
	case OPTION_ADDRESSES:
		request->report.addresses = true;
		return EXIT_OK;
	case OPTION_CONFIG:
		request->config = value;
		return EXIT_OK;
	default:
		return log_query_take(
			&usage, (enum log_query_option)option, value, &request->query);
	}
}

/* NULL where it cannot be read: the report says so. */
static struct policy *read_policy(const struct cli *cli, const char *file)
{
	struct readopts readopts;
	struct policy *policy = NULL;
	struct diag_list *diags;

	if (diag_list_new(&diags) < 0)
		return NULL;
	if (conf_read_file(file, readopts_now(&readopts, cli->profiles), diags, &policy) < 0) {
		policy_free(policy);
		policy = NULL;
	}
	diag_list_free(diags);
	return policy;
}

static int draft(const struct cli *cli, const struct request *request)
{
	struct incident incident;
	struct incident_report report = request->report;
	struct policy *policy;
	int exit_code = incident_read(cli, &usage, &request->query, &incident);

	if (exit_code == EXIT_OK) {
		policy = cli->json ? NULL : read_policy(cli, request->config);
		report.incident = &incident;
		report.query = &request->query;
		report.policy = policy;
		pager_begin(cli);
		exit_code =
			cli->json ? incidentview_print_json(&report) : incidentview_print(&report);
		policy_free(policy);
	}
	incident_clear(&incident);
	return exit_code;
}

int cmd_incident(struct cli *cli, int argc, char **argv)
{
	struct request request = { .config = CONFIG_FILE };
	int exit_code;

	log_query_init(&request.query);
	if (!cmd_parse(cli, &usage, argc, argv, take_option, &request, &exit_code))
		return exit_code;
	if (!request.draft)
		return cmd_usage_error(&usage, _("what about incidents? \"draft\""));
	if (request.query.last_set || request.query.filter.events || request.query.filter.action)
		return cmd_usage_error(&usage,
			_("a report is about all flows that were asked for: --last, --events and "
			  "--action have no place"));
	if (!request.query.since_set) {
		request.query.since_set = true;
		request.query.filter.since = clock_realtime() - DAY;
	}
	exit_code = log_query_check(&usage, &request.query);
	return exit_code == EXIT_OK ? draft(cli, &request) : exit_code;
}
