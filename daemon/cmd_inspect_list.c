/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hedate inspect list, show: what self-inspections found, and what is on record about them. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/errtext.h"
#include "../lib/logtime.h"
#include "clock.h"
#include "cmd_inspect.h"
#include "inspect.h"
#include "inspectview.h"
#include "optionrows.h"
#include "table.h"

enum option {
	OPTION_RESULTS,
	OPTION_DIRECTORY,
	OPTION_INDEX,
	OPTION_COUNT,
};

static const struct option_spec options[OPTION_COUNT] = {
	[OPTION_RESULTS] = OPTIONROW_RESULTS,
	[OPTION_DIRECTORY] = OPTIONROW_LOG,
	[OPTION_INDEX] = OPTIONROW_INDEX,
};

static const struct cmd_usage list_usage = {
	"inspect list",
	"",
	N_("Lists all self-inspections: what they found, how much was different from the one "
	   "before,\nand who has signed them."),
	options,
	OPTION_COUNT,
};

static const struct cmd_usage show_usage = {
	"inspect show",
	N_("NUMBER"),
	N_("Shows one self-inspection: what was found, what was different from the one before, "
	   "what is\nto be improved, and who has signed it. \"hedate report --from\" makes a "
	   "document of it."),
	options,
	OPTION_COUNT,
};

struct look {
	const struct cmd_usage *usage;
	const char *results, *directory, *index;
	unsigned long number;
};

static int take_option(int option, const char *value, void *data)
{
	struct look *look = data;
	const char **const places[OPTION_COUNT] = {
		[OPTION_RESULTS] = &look->results,
		[OPTION_DIRECTORY] = &look->directory,
		[OPTION_INDEX] = &look->index,
	};

	if (option != OPTIONS_OPERAND) {
		*places[option] = value;
		return EXIT_OK;
	}
	if (look->usage == &list_usage)
		return cmd_usage_error(look->usage, _("\"%s\" is not expected here"), value);
	return cmd_inspect_number(look->usage, value, &look->number);
}

static bool parse(struct cli *cli, int argc, char **argv, struct look *look, int *ret_exit_code)
{
	look->results = INSPECT_DIRECTORY;
	look->directory = LOG_DIRECTORY;
	look->index = LOG_INDEX_DIRECTORY;
	return cmd_parse(cli, look->usage, argc, argv, take_option, look, ret_exit_code);
}

/* ---- list ---- */

/* The last one who has signed it off; "" when nobody has. */
static const char *signed_by(const struct inspect_steps *steps, uint64_t number, const char *digest)
{
	const char *by = "";

	for (size_t i = 0; i < steps->count; i++) {
		const struct inspect_step *step = &steps->steps[i];

		if (step->number == number && strcmp(step->action, INSPECT_SIGNED) == 0 &&
			strcmp(step->digest, digest) == 0)
			by = step->user;
	}
	return by;
}

static void put_time(struct table *table, int64_t time)
{
	char text[LOGTIME_TEXT_MAX];

	logtime_format_local(time * CLOCK_SECOND, text);
	text[strcspn(text, ".")] = '\0';
	table_cell(table, TABLE_PLAIN, text);
}

static void put_row(struct table *table, uint64_t number, const struct inspection *inspection,
	const struct inspect_steps *steps)
{
	const struct report *report = inspection->report;
	const char *by = signed_by(steps, number, inspection->digest);

	table_number(table, TABLE_STRONG, number);
	put_time(table, report->head.made);
	put_time(table, report->head.since);
	table_cell(table, report->result == REPORT_FAILS ? TABLE_BAD : TABLE_PLAIN,
		inspectview_result(report->result));
	table_number(table, TABLE_PLAIN, report->difference.count);
	table_cell(table, by[0] != '\0' ? TABLE_GOOD : TABLE_WARN, by[0] != '\0' ? by : "-");
}

static void put_broken(struct table *table, uint64_t number, const char *problem)
{
	table_number(table, TABLE_STRONG, number);
	table_cell(table, TABLE_BAD, _("cannot be read"));
	table_cell(table, TABLE_BAD, problem);
	for (int i = 0; i < 3; i++)
		table_cell(table, TABLE_PLAIN, "");
}

static void put_json_row(struct json *json, uint64_t number, const struct inspection *inspection,
	const struct inspect_steps *steps)
{
	json_object_begin(json);
	inspectview_json(json, number, inspection);
	json_key(json, "signed_by");
	json_string(json, signed_by(steps, number, inspection->digest));
	json_object_end(json);
}

static void put_json_broken(struct json *json, uint64_t number, const char *problem)
{
	json_object_begin(json);
	json_key(json, "number");
	json_unsigned(json, number);
	json_key(json, "problem");
	json_string(json, problem);
	json_object_end(json);
}

/* Into the one or the other; EXIT_FAILED when one cannot be read. */
static int put_all(const struct look *look, const uint64_t *numbers, size_t count,
	const struct inspect_steps *steps, struct table *table, struct json *json)
{
	int exit_code = EXIT_OK;

	for (size_t i = 0; i < count; i++) {
		char problem[REPORT_PROBLEM_MAX];
		struct inspection inspection;
		bool read = inspect_load(look->results, numbers[i], problem, &inspection) == 0;

		if (read && table)
			put_row(table, numbers[i], &inspection, steps);
		else if (read)
			put_json_row(json, numbers[i], &inspection, steps);
		else if (table)
			put_broken(table, numbers[i], problem);
		else
			put_json_broken(json, numbers[i], problem);
		if (!read)
			exit_code = EXIT_FAILED;
		inspect_clear(&inspection);
	}
	return exit_code;
}

static int list_table(const struct cli *cli, const struct look *look, const uint64_t *numbers,
	size_t count, const struct inspect_steps *steps)
{
	const struct table_column columns[] = { { _("number"), true, 0 }, { _("made"), false, 0 },
		{ _("about what is since"), false, 0 }, { _("result"), false, 0 },
		{ _("differences"), true, 0 }, { _("signed by"), false, 0 } };
	struct table *table;
	int exit_code;

	if (count == 0) {
		puts(_("There was no inspection yet."));
		return EXIT_OK;
	}
	if (table_new(columns, 6, cli->color, &table) < 0)
		return cmd_failed(_("out of memory"));
	exit_code = put_all(look, numbers, count, steps, table, NULL);
	if (table_print(table, stdout) < 0)
		exit_code = cmd_failed(_("out of memory"));
	table_free(table);
	return exit_code;
}

static int list_json(const struct look *look, const uint64_t *numbers, size_t count,
	const struct inspect_steps *steps)
{
	struct json json;
	int exit_code, put;

	json_init(&json);
	json_object_begin(&json);
	json_key(&json, "inspections");
	json_array_begin(&json);
	exit_code = put_all(look, numbers, count, steps, NULL, &json);
	json_array_end(&json);
	json_object_end(&json);
	put = cmd_put_json(&json);
	return put == EXIT_OK ? exit_code : put;
}

int cmd_inspect_list(struct cli *cli, int argc, char **argv)
{
	struct look look = { .usage = &list_usage };
	struct inspect_steps steps = { 0 };
	uint64_t *numbers = NULL;
	size_t count = 0;
	int exit_code, listed, r;

	if (!parse(cli, argc, argv, &look, &exit_code))
		return exit_code;
	r = inspect_list(look.results, &numbers, &count);
	if (r < 0)
		return cmd_failed("%s: %s", look.results, errtext(r));
	if (count > 0)
		exit_code = inspect_steps_read(cli, look.directory, look.index, 0, &steps);
	listed = cli->json ? list_json(&look, numbers, count, &steps)
			   : list_table(cli, &look, numbers, count, &steps);
	inspect_steps_clear(&steps);
	free(numbers);
	return exit_code == EXIT_OK ? listed : exit_code;
}

/* ---- show ---- */

static int show_json(const struct look *look, const struct inspection *inspection,
	const struct inspect_steps *steps)
{
	struct json json;

	json_init(&json);
	json_object_begin(&json);
	inspectview_json(&json, look->number, inspection);
	inspectview_steps_json(&json, steps);
	json_object_end(&json);
	return cmd_put_json(&json);
}

int cmd_inspect_show(struct cli *cli, int argc, char **argv)
{
	struct look look = { .usage = &show_usage };
	char problem[REPORT_PROBLEM_MAX];
	struct inspect_steps steps;
	struct inspection inspection;
	int exit_code, r;

	if (!parse(cli, argc, argv, &look, &exit_code))
		return exit_code;
	if (look.number == 0)
		return cmd_usage_error(&show_usage, _("the number of an inspection is needed"));
	r = inspect_load(look.results, look.number, problem, &inspection);
	if (r < 0)
		return cmd_inspect_unreadable(look.results, look.number, r, problem);
	exit_code = inspect_steps_read(cli, look.directory, look.index, look.number, &steps);
	if (cli->json) {
		r = show_json(&look, &inspection, exit_code == EXIT_OK ? &steps : NULL);
		exit_code = exit_code == EXIT_OK ? r : exit_code;
	} else {
		inspectview_print(cli, look.number, &inspection);
		inspectview_print_steps(&inspection, exit_code == EXIT_OK ? &steps : NULL);
	}
	inspect_steps_clear(&steps);
	inspect_clear(&inspection);
	return exit_code;
}
