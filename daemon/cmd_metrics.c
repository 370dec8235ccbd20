/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hedate metrics: the state of the gateway as numbers, for Prometheus. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/logtime.h"
#include "../lib/metrics.h"
#include "logstate.h"
#include "optionrows.h"
#include "pager.h"
#include "zoneview.h"

enum option {
	OPTION_PATHS,
	OPTION_DIRECTORY,
	OPTION_COUNT,
};

static const struct option_spec options[OPTION_COUNT] = {
	[OPTION_PATHS] = { "paths", 0, NULL, N_("also how often each path was used") },
	[OPTION_DIRECTORY] = OPTIONROW_LOG,
};

static const struct cmd_usage usage = {
	"metrics",
	N_("[OPTION ...]"),
	N_("Shows the state of the gateway as numbers, in Prometheus' text format. When hedated "
	   "does\n"
	   "not answer, hedate_up is 0 and the exit status 3; what is known without it is shown."),
	options,
	OPTION_COUNT,
};

#define ANSWER_SECONDS 60

struct request {
	bool paths;
	const char *directory;
};

static int take_option(int option, const char *value, void *data)
{
	struct request *request = data;

	if (option == OPTIONS_OPERAND)
		return cmd_usage_error(&usage, _("\"%s\" is not expected here"), value);
	if (option == OPTION_PATHS)
		request->paths = true;
	else
		request->directory = value;
	return EXIT_OK;
}

static void put_one(struct metrics *metrics, const char *name, enum metric_type type,
	const char *help, uint64_t value)
{
	metrics_family(metrics, name, type, help);
	metrics_add(metrics, value, NULL);
}

/* STATUS --------------------------------------------------------------------------------------- */

static int take_field(struct message *message, void *data)
{
	if (message->type == CTL_FIELD)
		return ctl_fields_take(data, message);
	message->failed = true;
	return EXIT_OK;
}

static const char *text_of(const struct ctl_fields *status, const char *key)
{
	const char *text = ctl_fields_find(status, key);

	return text ? text : "";
}

static void put_info(struct metrics *metrics, const struct ctl_fields *status)
{
	metrics_family(
		metrics, "hedate_info", METRIC_GAUGE, "What is in force; the value is always 1.");
	metrics_add(metrics, 1,
		METRIC_LABELS({ "site", text_of(status, "site") },
			{ "revision", text_of(status, "revision") },
			{ "profile", text_of(status, "profile") },
			{ "model", text_of(status, "model") },
			{ "version", text_of(status, "version") }));
}

/* Words that stand for yes. */
static void put_states(struct metrics *metrics, const struct ctl_fields *status)
{
	static const struct {
		const char *key, *yes, *name, *help;
	} states[] = {
		{ "state", "enforcing", "hedate_enforcing",
			"1: the kernel's rule set is the one that should be in force." },
		{ "open", "true", "hedate_open",
			"1: two persons have opened the gateway: nothing is blocked." },
		{ "island", "no", "hedate_forwarding",
			"1: forwarding is not shut off for want of a log (on_log_failure)." },
		{ "recorder", "connected", "hedate_recorder_connected",
			"1: the recorder is connected to hedated." },
		{ "recording", "ok", "hedate_log_writable", "1: the recorder can write the log." },
		{ "balanced", "true", "hedate_balanced",
			"1: every blocked packet is on record, known to be lost, or pending." },
		{ "ownership", "owned", "hedate_table_owned",
			"1: nobody else can change the table; 0: it is watched." },
		{ "foreign_risks", "", "hedate_foreign_tables_harmless",
			"1: no table of others could let packets by." },
		{ "separation", "proved", "hedate_separation_proved",
			"1: the rules let pass exactly what the policy permits, as decided last." },
		{ "separation_whole", "proved", "hedate_separation_whole_proved",
			"1: so it is by all that root can read of this host, as told last." },
		{ "proof", "ok", "hedate_proof_ok",
			"1: no proof is lost, and none is missing or too old." },
		{ "exceptions_register", "ok", "hedate_exceptions_register_ok",
			"1: the register of exceptions can be used." },
	};

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		put_one(metrics, states[i].name, METRIC_GAUGE, states[i].help,
			strcmp(text_of(status, states[i].key), states[i].yes) == 0);
}

/* Numbers that are not known are left out. */
static void put_numbers(struct metrics *metrics, const struct ctl_fields *status)
{
	static const struct {
		const char *key, *name, *help;
		enum metric_type type;
	} numbers[] = {
		{ "kernel_packets", "hedate_kernel_packets_total",
			"Packets that the kernel has blocked or observed.", METRIC_COUNTER },
		{ "recorded_packets", "hedate_recorded_packets_total",
			"Packets of them that are in records.", METRIC_COUNTER },
		{ "lost_packets", "hedate_lost_packets_total",
			"Packets of them that are in no record and known to be lost.",
			METRIC_COUNTER },
		{ "pending_packets", "hedate_pending_packets",
			"Packets of them that are being recorded.", METRIC_GAUGE },
		{ "epoch", "hedate_epochs_total", "Epochs of the counts since the table was made.",
			METRIC_COUNTER },
		{ "drifts", "hedate_drifts_total", "Changes of the table by others.",
			METRIC_COUNTER },
		{ "drifts_repaired", "hedate_drifts_repaired_total",
			"Changes of them that were put right.", METRIC_COUNTER },
		{ "foreign_tables", "hedate_foreign_tables", "Tables of others.", METRIC_GAUGE },
		{ "exceptions_in_force", "hedate_exceptions_in_force", "Exceptions in force.",
			METRIC_GAUGE },
		{ "exceptions_requested", "hedate_exceptions_requested",
			"Exceptions that wait for an approval.", METRIC_GAUGE },
		{ "exceptions_suspended", "hedate_exceptions_suspended",
			"Exceptions that were granted and cannot be in force.", METRIC_GAUGE },
		{ "reports_due", "hedate_exception_reports_due",
			"Emergency exceptions whose report is not entered.", METRIC_GAUGE },
		{ "isolated", "hedate_isolated", "Zones, interfaces and peers that are isolated.",
			METRIC_GAUGE },
		{ "isolated_packets", "hedate_isolated_packets",
			"Packets that did not pass to or from what is isolated now.",
			METRIC_GAUGE },
		{ "host_findings", "hedate_host_findings",
			"What weakens the separation in the host's network.", METRIC_GAUGE },
		{ "connections_cut", "hedate_connections_cut_total",
			"Open connections that nothing permitted any more, and that were cut.",
			METRIC_COUNTER },
		{ "uptime_seconds", "hedate_uptime_seconds", "How long hedated has been running.",
			METRIC_GAUGE },
	};
	uint64_t number;

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (ctl_fields_number(status, numbers[i].key, &number))
			put_one(metrics, numbers[i].name, numbers[i].type, numbers[i].help, number);
}

/* What the kernel drops where no rule sees it. */
static void put_drops(struct metrics *metrics, const struct ctl_fields *status)
{
	static const char *const kinds[] = { "reverse_path", "martian", "no_route", "address",
		"header" };
	char key[CTL_KEY_MAX];
	uint64_t number;

	metrics_family(metrics, "hedate_kernel_drops_total", METRIC_COUNTER,
		"Packets that the kernel itself dropped, where no rule sees them.");
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		snprintf(key, sizeof(key), "drops_%s", kinds[i]);
		if (ctl_fields_number(status, key, &number))
			metrics_add(metrics, number, METRIC_LABELS({ "kind", kinds[i] }));
	}
}

static int put_status(struct cli *cli, struct metrics *metrics)
{
	struct ctl_request request = { .type = CTL_STATUS, .fd = -1, .seconds = ANSWER_SECONDS };
	struct ctl_fields status = { 0 };
	int64_t applied;
	int exit_code = ctl_call(cli, &request, take_field, &status, NULL);
	bool answered = exit_code == EXIT_OK || exit_code == EXIT_DIFFERS;

	put_one(metrics, "hedate_up", METRIC_GAUGE, "1: hedated answers.", answered);
	if (answered) {
		put_info(metrics, &status);
		put_states(metrics, &status);
		put_numbers(metrics, &status);
		put_drops(metrics, &status);
		if (logtime_parse(text_of(&status, "applied_at"), &applied) == 0 && applied >= 0)
			put_one(metrics, "hedate_applied_timestamp_seconds", METRIC_GAUGE,
				"When the policy was put in force.",
				(uint64_t)applied / 1000000000);
	}
	ctl_fields_clear(&status);
	return answered ? EXIT_OK : exit_code;
}

/* ZONES ---------------------------------------------------------------------------------------- */

static void put_denied(struct metrics *metrics, const struct zoneview *view)
{
	metrics_family(metrics, "hedate_blocked_packets_total", METRIC_COUNTER,
		"Blocked packets by reason and pair of zones.");
	for (size_t i = 0; i < view->denied_count; i++)
		metrics_add(metrics, view->denied[i].packets,
			METRIC_LABELS({ "reason", view->denied[i].reason },
				{ "from", view->denied[i].from }, { "to", view->denied[i].to }));
}

/* A family with a number of each pair. */
static void put_pairs(struct metrics *metrics, const struct zoneview *view)
{
	metrics_family(
		metrics, "hedate_paths", METRIC_GAUGE, "Permitted paths of a pair of zones.");
	for (size_t i = 0; i < view->pair_count; i++)
		metrics_add(metrics, view->pairs[i].paths,
			METRIC_LABELS(
				{ "from", view->pairs[i].from }, { "to", view->pairs[i].to }));
	metrics_family(metrics, "hedate_closed_paths", METRIC_GAUGE,
		"Those of them that permit nothing at this time.");
	for (size_t i = 0; i < view->pair_count; i++)
		metrics_add(metrics, view->pairs[i].closed,
			METRIC_LABELS(
				{ "from", view->pairs[i].from }, { "to", view->pairs[i].to }));
	metrics_family(metrics, "hedate_only_observed", METRIC_GAUGE,
		"1: what no path permits passes between the pair, and is recorded.");
	for (size_t i = 0; i < view->pair_count; i++)
		metrics_add(metrics, view->pairs[i].only_observed,
			METRIC_LABELS(
				{ "from", view->pairs[i].from }, { "to", view->pairs[i].to }));
	metrics_family(metrics, "hedate_observed_connections_total", METRIC_COUNTER,
		"Connections that passed between an observed pair and that no path permits.");
	for (size_t i = 0; i < view->pair_count; i++)
		metrics_add(metrics, view->pairs[i].observed,
			METRIC_LABELS(
				{ "from", view->pairs[i].from }, { "to", view->pairs[i].to }));
}

static void put_segments(struct metrics *metrics, const struct zoneview *view)
{
	metrics_family(metrics, "hedate_interface_up", METRIC_GAUGE,
		"1: the interface of the segment is there and carries traffic.");
	for (size_t i = 0; i < view->segment_count; i++)
		metrics_add(metrics, view->segments[i].present && view->segments[i].up,
			METRIC_LABELS({ "zone", view->segments[i].zone },
				{ "segment", view->segments[i].name },
				{ "interface", view->segments[i].interface }));
}

static int put_zones(struct cli *cli, struct metrics *metrics)
{
	struct ctl_request request = { .type = CTL_ZONES, .fd = -1, .seconds = ANSWER_SECONDS };
	struct zoneview view = { 0 };
	int exit_code = ctl_call(cli, &request, zoneview_take, &view, NULL);

	if (exit_code == EXIT_OK) {
		put_denied(metrics, &view);
		put_pairs(metrics, &view);
		put_segments(metrics, &view);
	}
	zoneview_clear(&view);
	return exit_code;
}

/* PATHS ---------------------------------------------------------------------------------------- */

/* Of the fields of PATH (ctlproto.h): only the name, the direction and the hits. */
static int take_path(struct message *message, void *data)
{
	struct metrics *metrics = data;
	char *texts[8];
	uint64_t hits;

	texts[0] = ctl_take_string(message);
	(void)message_get_number(message);
	for (size_t i = 1; i < 7; i++)
		texts[i] = ctl_take_string(message);
	(void)message_get_number(message);
	hits = message_get_number(message);
	(void)message_get_number(message);
	(void)message_get_number(message);
	texts[7] = ctl_take_string(message);
	(void)message_get_number(message);
	free(ctl_take_string(message));
	if (message->type == CTL_PATH && message_complete(message) && texts[0] && texts[1])
		metrics_add(metrics, hits,
			METRIC_LABELS({ "path", texts[0] }, { "direction", texts[1] }));
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		free(texts[i]);
	return EXIT_OK;
}

static int put_paths(struct cli *cli, struct metrics *metrics)
{
	struct ctl_request request = { .type = CTL_PATHS, .fd = -1, .seconds = ANSWER_SECONDS };

	metrics_family(metrics, "hedate_path_connections_total", METRIC_COUNTER,
		"New connections of a path.");
	return ctl_call(cli, &request, take_path, metrics, NULL);
}

/* The log -------------------------------------------------------------------------------------- */

static void put_log(struct metrics *metrics, const char *directory)
{
	struct logstate state;
	bool readable = logstate_read(directory, &state) == 0;

	put_one(metrics, "hedate_log_readable", METRIC_GAUGE,
		"1: the log could be looked at by whoever asked for this.", readable);
	if (!readable)
		return;
	put_one(metrics, "hedate_log_files", METRIC_GAUGE, "Files of records.", state.files);
	put_one(metrics, "hedate_log_bytes", METRIC_GAUGE, "Bytes that they take on disk.",
		state.bytes);
	put_one(metrics, "hedate_log_filesystem_bytes", METRIC_GAUGE,
		"Size of the file system that the log is on.", state.filesystem);
	put_one(metrics, "hedate_log_filesystem_free_bytes", METRIC_GAUGE,
		"Bytes of it that the recorder may still fill.", state.free);
	if (state.written)
		put_one(metrics, "hedate_log_written_timestamp_seconds", METRIC_GAUGE,
			"When a record was last written.", state.written);
	if (state.sealed)
		put_one(metrics, "hedate_log_sealed_timestamp_seconds", METRIC_GAUGE,
			"When a checkpoint was last written.", state.sealed);
}

/* ---------------------------------------------------------------------------------------------- */

static int print(const struct cli *cli, const struct metrics *metrics)
{
	struct json json;

	if (!cli->json)
		return metrics_write(metrics, stdout) == 0 ? EXIT_OK
							   : cmd_failed(_("out of memory"));
	json_init(&json);
	json_object_begin(&json);
	json_key(&json, "metrics");
	if (metrics_write_json(metrics, &json) < 0)
		json.failed = true;
	json_object_end(&json);
	return cmd_put_json(&json);
}

int cmd_metrics(struct cli *cli, int argc, char **argv)
{
	struct request request = { .directory = LOG_DIRECTORY };
	struct metrics *metrics;
	int exit_code, printed;

	if (!cmd_parse(cli, &usage, argc, argv, take_option, &request, &exit_code))
		return exit_code;
	if (metrics_new(&metrics) < 0)
		return cmd_failed(_("out of memory"));
	exit_code = put_status(cli, metrics);
	if (exit_code == EXIT_OK)
		exit_code = put_zones(cli, metrics);
	if (exit_code == EXIT_OK && request.paths)
		exit_code = put_paths(cli, metrics);
	put_log(metrics, request.directory);
	pager_begin(cli);
	printed = print(cli, metrics);
	metrics_free(metrics);
	return exit_code == EXIT_OK ? printed : exit_code;
}
