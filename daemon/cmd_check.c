/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hedate check FILE: would this configuration be accepted, and what would it permit? */
#include <stdlib.h>
#include <time.h>

#include "../lib/assertion.h"
#include "../lib/changepackets.h"
#include "../lib/conf.h"
#include "../lib/opening.h"
#include "../lib/pathlint.h"
#include "assertview.h"
#include "changeview.h"
#include "clauseview.h"
#include "cmd_file.h"
#include "openview.h"
#include "pager.h"
#include "readopts.h"
#include "table.h"

enum option {
	OPTION_AGAINST,
	OPTION_COUNT,
};

static const struct option_spec options[OPTION_COUNT] = {
	[OPTION_AGAINST] = { "against", 0, N_("FILE"),
		N_("show what differs in meaning from the configuration in FILE") },
};

static const struct cmd_usage usage = {
	"check",
	N_("[--against=FILE] FILE"),
	N_("Reads a configuration, checks it as a whole, translates it into a rule set without\n"
	   "touching the kernel, and shows what it would permit. All errors are shown at once."),
	options,
	OPTION_COUNT,
};

/* What the command line names. */
struct operands {
	const char *file;
	const char *against; /* or NULL */
};

#define SERVICE_MAX 512 /* bytes of a path's service as text; longer ones are cut */

/* The text of a path's end; the gateway has none of its own. */
static const char *end_text(const struct policy_end *end)
{
	return end->text && end->part_count > 0 ? end->text : "gateway";
}

/* When it is open: now, and at other times. */
static void put_times_json(
	struct json *json, const struct schedule *schedule, const struct policy_path *path)
{
	char windows[OPENVIEW_WINDOWS_MAX], until[ZONETIME_TEXT_MAX];
	struct openview view;

	openview_of(schedule, path, windows, until, &view);
	openview_json(json, &view);
}

static void put_path_json(struct json *json, const struct policy *policy,
	const struct schedule *schedule, const struct policy_path *path)
{
	static const char *const directions[] = {
		[PATH_FORWARD] = "forward",
		[PATH_INPUT] = "input",
		[PATH_OUTPUT] = "output",
	};
	char service[SERVICE_MAX];

	policy_path_service_text(policy, path, service, sizeof(service));
	json_object_begin(json);
	json_key(json, "name");
	json_string(json, path->name);
	json_key(json, "id");
	json_unsigned(json, path->id);
	json_key(json, "direction");
	json_string(json, directions[path->direction]);
	json_key(json, "from");
	json_string(json, end_text(&path->from));
	json_key(json, "to");
	json_string(json, end_text(&path->to));
	json_key(json, "service");
	json_string(json, service);
	json_key(json, "data");
	json_string(json, path_data_name(path->data));
	json_key(json, "reason");
	json_string(json, path->reason ? path->reason : "");
	clauseview_path_json(json, policy, path);
	json_key(json, "line");
	json_unsigned(json, path->loc.line);
	put_times_json(json, schedule, path);
	json_object_end(json);
}

/* The findings as JSON, on the line that is being written. */
static int print_diags_json(const struct diag_list *diags)
{
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);

	if (!out)
		return cmd_failed(_("out of memory"));
	diag_list_print_json(diags, out);
	if (fclose(out) != 0) {
		free(text);
		return cmd_failed(_("out of memory"));
	}
	while (length > 0 && text[length - 1] == '\n')
		length--;
	fwrite(text, 1, length, stdout);
	free(text);
	return EXIT_OK;
}

/* {"valid": ..., "revision": ..., "diagnostics": [...], "paths": [...], "profile": ..., "model":
 * ..., "assertions": [...], "changes": [...]} */
static int print_json(const struct policy *policy, bool valid, const struct diag_list *diags,
	const struct assertion_results *results, const struct schedule *schedule,
	const struct change *change)
{
	struct json json;

	printf("{\"json_version\":%d,\"valid\":%s,\"revision\":", CMD_JSON_VERSION,
		valid ? "true" : "false");
	if (valid)
		printf("\"%s\"", policy->revision);
	else
		fputs("null", stdout);
	fputs(",\"diagnostics\":", stdout);
	if (print_diags_json(diags) != EXIT_OK)
		return EXIT_FAILED;
	fputs(",\"paths\":", stdout);
	json_init(&json);
	json_array_begin(&json);
	for (size_t i = 0; valid && i < policy->path_count; i++)
		put_path_json(&json, policy, schedule, &policy->paths[i]);
	json_array_end(&json);
	clauseview_json(&json, valid ? policy : NULL);
	json_key(&json, "assertions");
	assertview_json(&json, policy, results);
	if (change) {
		json_key(&json, "changes");
		change_write_json(&json, change);
	}
	if (json.failed) {
		json_clear(&json);
		return cmd_failed(_("out of memory"));
	}
	fwrite(json.text, 1, json.length, stdout);
	json_clear(&json);
	puts("}");
	return EXIT_OK;
}

static void put_times_cells(
	struct table *table, const struct schedule *schedule, const struct policy_path *path)
{
	char windows[OPENVIEW_WINDOWS_MAX], until[ZONETIME_TEXT_MAX];
	struct openview view;

	openview_of(schedule, path, windows, until, &view);
	openview_cells(table, &view);
}

/* Where no path is timed, nothing is said of times. */
static bool any_timed(const struct policy *policy)
{
	for (size_t i = 0; i < policy->path_count; i++)
		if (policy_path_timed(&policy->paths[i]))
			return true;
	return false;
}

#define BASE_COLUMNS 6

static int print_paths(
	const struct cli *cli, const struct policy *policy, const struct schedule *schedule)
{
	struct table_column columns[BASE_COLUMNS + OPENVIEW_COLUMNS + 1] = {
		{ _("PATH"), false, 0 },
		{ _("FROM"), false, 0 },
		{ _("TO"), false, 0 },
		{ _("SERVICE"), false, 0 },
		{ _("DATA"), false, 0 },
		{ _("REASON"), false, 0 },
	};
	size_t count = BASE_COLUMNS;
	bool timed = any_timed(policy), clauses = clauseview_wanted(policy);
	struct table *table;
	int error;

	if (timed) {
		openview_columns(columns + count);
		count += OPENVIEW_COLUMNS;
	}
	if (clauses)
		columns[count++].title = _("CLAUSE");

	error = table_new(columns, count, cli->color, &table);
	if (error < 0)
		return cmd_failed(_("out of memory"));
	for (size_t i = 0; i < policy->path_count; i++) {
		const struct policy_path *path = &policy->paths[i];
		char service[SERVICE_MAX];

		policy_path_service_text(policy, path, service, sizeof(service));
		table_cell(table, TABLE_STRONG, path->name);
		table_cell(table, TABLE_PLAIN, end_text(&path->from));
		table_cell(table, TABLE_PLAIN, end_text(&path->to));
		table_cell(table, TABLE_PLAIN, service);
		table_cell(table, TABLE_PLAIN, path_data_name(path->data));
		table_cell(table, TABLE_PLAIN, path->reason);
		if (timed)
			put_times_cells(table, schedule, path);
		if (clauses)
			table_cell(table, TABLE_PLAIN, clauseview_number(policy, path));
	}
	error = table_print(table, stdout);
	table_free(table);
	putchar('\n');
	return error < 0 ? cmd_failed(_("out of memory")) : EXIT_OK;
}

static void print_summary(const struct cli *cli, const char *file, const struct policy *policy)
{
	clauseview_print(policy, cli->color, stdout);
	table_put(stdout, cli->color, TABLE_STRONG, file);
	fputs(": ", stdout);
	table_put(stdout, cli->color, TABLE_GOOD, _("valid"));
	printf(_(": %zu zones, %zu segments, %zu paths, revision %s\n"), policy->zone_count,
		policy->segment_count, policy->path_count, policy->revision);
}

/* Also when some do not hold: what the others met is known. */
static int print_assertions(
	const struct cli *cli, const struct policy *policy, const struct assertion_results *results)
{
	if (!results->list)
		return EXIT_OK;
	if (assertview_print(policy, results, cli->color, stdout) < 0)
		return cmd_failed(_("out of memory"));
	putchar('\n');
	return EXIT_OK;
}

/* How the policy differs from that of another file, and what that means for packets. 0; -ENOMEM;
 * -EINVAL, and diags says what is wrong with that file. */
static int find_change(const struct cli *cli, const char *against, struct policy *policy,
	struct diag_list *diags, struct change **ret_change)
{
	struct policy *before = NULL;
	struct readopts readopts;
	int error = conf_read_file(against, readopts_now(&readopts, cli->profiles), diags, &before);

	if (!error)
		error = change_find(before, policy, ret_change);
	if (!error)
		error = changepackets_add(before, policy, CHANGEPACKETS_FULLY, *ret_change);
	policy_free(before);
	return error;
}

/* Was that path warned of when the file was read? */
static bool is_known(const struct diag_list *diags, const struct policy_path *path)
{
	for (size_t i = 0; i < diag_list_length(diags); i++) {
		const struct diag *diag = diag_list_get(diags, i);

		if (diag->loc.line == path->loc.line && diag->loc.column == path->loc.column)
			return true;
	}
	return false;
}

/* Paths that others cover, which reading it has not found already: by several together, or in a
 * file of too many paths for that. */
static int lint(const struct policy *policy, struct diag_list *diags)
{
	struct pathlint lint = { 0 };
	int error = pathlint_compare(policy, &lint);

	for (size_t i = 0; error == 0 && i < lint.count; i++)
		if (!is_known(diags, lint.list[i].path))
			pathlint_report(&lint.list[i], diags);
	pathlint_clear(&lint);
	return error;
}

/* What is known of a file. */
struct found {
	struct policy *policy;
	struct ruleset *ruleset;
	struct assertion_results results;
	struct zonetime *zone;
	struct change *change; /* NULL: not asked for */
};

static int find(const struct cli *cli, const struct operands *operands, struct diag_list *diags,
	struct found *found)
{
	int error = cmd_file_compile(cli, operands->file, diags, &found->policy, &found->ruleset);

	if (!error)
		error = lint(found->policy, diags);
	if (!error)
		error = assertion_check(found->policy, found->ruleset, diags, &found->results);
	if (!error)
		error = openings_load_zone(found->policy, &found->zone);
	if (!error && operands->against)
		error = find_change(cli, operands->against, found->policy, diags, &found->change);
	return error;
}

/* What it permits, or what changes with it; and its assertions. */
static int print_text(
	const struct cli *cli, const char *file, const struct found *found, int exit_code)
{
	struct schedule schedule;

	schedule_init(&schedule, found->zone, (int64_t)time(NULL));
	if (exit_code == EXIT_OK && found->change) {
		changeview_print(found->change, cli->color, stdout);
		putchar('\n');
	} else if (exit_code == EXIT_OK) {
		exit_code = print_paths(cli, found->policy, &schedule);
	}
	if (print_assertions(cli, found->policy, &found->results) != EXIT_OK)
		exit_code = EXIT_FAILED;
	if (exit_code == EXIT_OK)
		print_summary(cli, file, found->policy);
	return exit_code;
}

static int check(const struct cli *cli, const struct operands *operands, struct diag_list *diags)
{
	struct found found = { 0 };
	struct schedule schedule;
	int exit_code = cmd_file_exit(find(cli, operands, diags, &found));

	schedule_init(&schedule, found.zone, (int64_t)time(NULL));
	if (cli->json) {
		if (print_json(found.policy, exit_code == EXIT_OK, diags, &found.results, &schedule,
			    found.change) != EXIT_OK)
			exit_code = EXIT_FAILED;
	} else {
		diag_list_print(diags, stderr, cli->error_color);
		exit_code = print_text(cli, operands->file, &found, exit_code);
	}
	assertion_results_clear(&found.results);
	change_free(found.change);
	zonetime_free(found.zone);
	ruleset_free(found.ruleset);
	policy_free(found.policy);
	return exit_code;
}

static int take_operand(int option, const char *value, void *data)
{
	struct operands *operands = data;

	if (option == OPTION_AGAINST)
		operands->against = value;
	else if (operands->file)
		return cmd_usage_error(&usage, "%s", _("only one file can be checked at a time"));
	else
		operands->file = value;
	return EXIT_OK;
}

int cmd_check(struct cli *cli, int argc, char **argv)
{
	struct operands operands = { 0 };
	struct diag_list *diags;
	int exit_code;

	if (!cmd_parse(cli, &usage, argc, argv, take_operand, &operands, &exit_code))
		return exit_code;
	if (!operands.file)
		return cmd_usage_error(&usage, _("which file?"));
	if (diag_list_new(&diags) < 0)
		return cmd_failed(_("out of memory"));
	pager_begin(cli);
	exit_code = check(cli, &operands, diags);
	diag_list_free(diags);
	return exit_code;
}
