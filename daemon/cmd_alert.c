/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hedate alert: follows the log, and runs the commands of alerts. */
#include <inttypes.h>
#include <string.h>

#include "../lib/logtime.h"
#include "alertfollow.h"
#include "clock.h"
#include "logwalk.h"
#include "optionrows.h"
#include "table.h"

enum option {
	OPTION_CONFIG,
	OPTION_DIRECTORY,
	OPTION_STATE,
	OPTION_DRY_RUN,
	OPTION_SINCE,
	OPTION_UNTIL,
	OPTION_TEST,
	OPTION_LIST,
	OPTION_COUNT,
};

static const struct option_spec options[OPTION_COUNT] = {
	[OPTION_CONFIG] = { "config", 'c', N_("FILE"),
		N_("the configuration that has the alerts") },
	[OPTION_DIRECTORY] = OPTIONROW_LOG,
	[OPTION_STATE] = { "state", 0, N_("DIR"),
		N_("keep there how far the log was read, and go on from there") },
	[OPTION_DRY_RUN] = { "dry-run", 'n', NULL,
		N_("run nothing: show what would have been run") },
	[OPTION_SINCE] = { "since", 'S', N_("TIME"), N_("with --dry-run: from then on") },
	[OPTION_UNTIL] = { "until", 'U', N_("TIME"), N_("with --dry-run: before then") },
	[OPTION_TEST] = { "test", 't', N_("ALERT"), N_("run the command of this alert now") },
	[OPTION_LIST] = { "list", 'l', NULL, N_("show the alerts") },
};

static const struct cmd_usage usage = {
	"alert",
	N_("[OPTION ...]"),
	N_("Follows the log, and runs the command of an alert when there are as many records of "
	   "its\n"
	   "kind within its time as it names; at most once in the time that it names."),
	options,
	OPTION_COUNT,
};

struct request {
	const char *config, *directory, *state, *test;
	bool dry_run, list;
	struct log_query query; /* of --dry-run */
};

static int take_time(const char *name, const char *value, bool end, int64_t *ret_time)
{
	if (logtime_parse_person(value, clock_realtime(), end, ret_time) == 0)
		return EXIT_OK;
	return cmd_usage_error(&usage,
		_("--%s: \"%s\" is not a time such as \"2026-11-20 10:30\", \"10:30\", \"today\" "
		  "or "
		  "\"-1h\""),
		name, value);
}

static int take_option(int option, const char *value, void *data)
{
	struct request *request = data;
	const char **const places[OPTION_COUNT] = {
		[OPTION_CONFIG] = &request->config,
		[OPTION_DIRECTORY] = &request->directory,
		[OPTION_STATE] = &request->state,
		[OPTION_TEST] = &request->test,
	};

	if (option == OPTIONS_OPERAND)
		return cmd_usage_error(&usage, _("\"%s\" is not expected here"), value);
	if (option == OPTION_SINCE) {
		request->query.since_set = true;
		return take_time("since", value, false, &request->query.filter.since);
	}
	if (option == OPTION_UNTIL)
		return take_time("until", value, true, &request->query.filter.until);
	if (places[option])
		*places[option] = value;
	else if (option == OPTION_DRY_RUN)
		request->dry_run = true;
	else
		request->list = true;
	return EXIT_OK;
}

/* Showing -------------------------------------------------------------------------------------- */

static void put_rule(struct json *json, const struct policy_alert *rule)
{
	json_object_begin(json);
	json_put_text(json, "name", rule->name);
	json_put_text(json, "action", rule->action);
	json_put_text(json, "reason", rule->reason);
	json_put_text(json, "from", rule->from);
	json_put_text(json, "to", rule->to);
	json_key(json, rule->packets ? "packets" : "count");
	json_unsigned(json, rule->packets ? rule->packets : rule->count);
	json_key(json, "seconds");
	json_unsigned(json, rule->seconds);
	json_key(json, "every");
	json_unsigned(json, rule->every);
	json_key(json, "command");
	json_array_begin(json);
	for (size_t i = 0; i < rule->command_count; i++)
		json_string(json, rule->command[i]);
	json_array_end(json);
	json_object_end(json);
}

static int list_json(const struct alerts *alerts)
{
	struct json json;

	json_init(&json);
	json_object_begin(&json);
	json_key(&json, "alerts");
	json_array_begin(&json);
	for (size_t i = 0; i < alerts_count(alerts); i++)
		put_rule(&json, alerts_rule(alerts, i));
	json_array_end(&json);
	json_object_end(&json);
	return cmd_put_json(&json);
}

static void show_rule(struct table *table, const struct policy_alert *rule)
{
	table_cell(table, TABLE_STRONG, rule->name);
	table_cell(table, TABLE_PLAIN, rule->action ? rule->action : _("blocked"));
	table_cell(table, TABLE_PLAIN, rule->reason ? rule->reason : "");
	table_cell(table, TABLE_PLAIN, rule->from ? rule->from : "");
	table_cell(table, TABLE_PLAIN, rule->to ? rule->to : "");
	if (rule->packets)
		table_format(
			table, TABLE_PLAIN, _("%u packets in %u s"), rule->packets, rule->seconds);
	else
		table_format(
			table, TABLE_PLAIN, _("%u records in %u s"), rule->count, rule->seconds);
	table_format(table, TABLE_PLAIN, "%u s", rule->every);
	table_cell(table, TABLE_PLAIN, rule->command[0]);
}

static int list(const struct cli *cli, const struct alerts *alerts)
{
	const struct table_column columns[] = {
		{ _("ALERT"), false, 0 },
		{ _("RECORDS"), false, 0 },
		{ _("REASON"), false, 0 },
		{ _("FROM"), false, 0 },
		{ _("TO"), false, 0 },
		{ _("WHEN"), false, 0 },
		{ _("EVERY"), true, 0 },
		{ _("COMMAND"), false, 0 },
	};
	struct table *table;
	int error;

	if (cli->json)
		return list_json(alerts);
	if (table_new(columns, sizeof(columns) / sizeof(columns[0]), cli->color, &table) < 0)
		return cmd_failed(_("out of memory"));
	for (size_t i = 0; i < alerts_count(alerts); i++)
		show_rule(table, alerts_rule(alerts, i));
	error = table_print(table, stdout);
	table_free(table);
	return error < 0 ? cmd_failed(_("out of memory")) : EXIT_OK;
}

/* --dry-run ------------------------------------------------------------------------------------ */

static void would_run(
	const struct policy_alert *rule, int64_t time, const struct alert_told *told, void *data)
{
	const struct cli *cli = data;
	char text[LOGTIME_TEXT_MAX];
	struct json json;

	if (!cli->json) {
		logtime_format_local(time, text);
		printf(_("%s  %s: %" PRIu64 " records, %" PRIu64 " packets; %" PRIu64
			 " alerts since the last run were only counted\n"),
			text, rule->name, told->records, told->packets, told->suppressed);
		return;
	}
	json_init(&json);
	json_object_begin(&json);
	json_key(&json, "time");
	json_signed(&json, time);
	json_put_text(&json, "name", rule->name);
	json_key(&json, "records");
	json_unsigned(&json, told->records);
	json_key(&json, "packets");
	json_unsigned(&json, told->packets);
	json_key(&json, "suppressed");
	json_unsigned(&json, told->suppressed);
	json_object_end(&json);
	(void)cmd_put_json(&json);
}

static int take_record(const char *line, size_t length, const struct log_record *record, void *data)
{
	(void)length;
	return alerts_take(data, line, record);
}

static int dry_run(struct cli *cli, struct alerts *alerts, struct request *request)
{
	const struct log_sink sink = { .take = take_record, .data = alerts };

	alerts_only_show(alerts, would_run, cli);
	request->query.directory = request->directory;
	request->query.filter.events = true;
	return log_walk(cli, &usage, &request->query, &sink);
}

/* ---------------------------------------------------------------------------------------------- */

static int test(struct alerts *alerts, const char *name)
{
	size_t index = alerts_find(alerts, name);

	if (index == SIZE_MAX)
		return cmd_failed(_("no alert is named \"%s\""), name);
	return alerts_try(alerts, index) ? EXIT_OK : EXIT_FAILED;
}

int cmd_alert(struct cli *cli, int argc, char **argv)
{
	struct request request = {
		.config = CONFIG_FILE,
		.directory = LOG_DIRECTORY,
		.query = { .filter = { .since = INT64_MIN, .until = INT64_MAX } },
	};
	struct alerts *alerts;
	int exit_code;

	if (!cmd_parse(cli, &usage, argc, argv, take_option, &request, &exit_code))
		return exit_code;
	if (request.dry_run + request.list + (request.test != NULL) > 1)
		return cmd_usage_error(
			&usage, _("--dry-run, --list and --test exclude each other"));
	alerts = alerts_read(cli, request.config, &exit_code);
	if (!alerts)
		return exit_code;
	if (!request.dry_run && !request.list && !request.test) {
		const struct alert_follow follow = { cli, request.config, request.directory,
			request.state };

		return alert_follow(&follow, alerts);
	}
	exit_code = request.list   ? list(cli, alerts)
		    : request.test ? test(alerts, request.test)
				   : dry_run(cli, alerts, &request);
	alerts_free(alerts);
	return exit_code;
}
