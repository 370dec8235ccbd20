/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hedate exception list | show | export: the register, for people and programs. */
#include <string.h>

#include "../lib/csv.h"
#include "cmd_exception.h"
#include "exceptionview.h"
#include "pager.h"
#include "table.h"

/* All of them: each is JSON as it came. */
static int put_json(const struct exception_records *records)
{
	cmd_begin_json_list("exceptions");
	for (size_t i = 0; i < records->count; i++)
		printf("%s%s", i > 0 ? ",\n" : "", records->items[i].json);
	puts("]}");
	return EXIT_OK;
}

/* ---- list ---- */

enum list_option {
	LIST_OPEN,
	LIST_COUNT,
};

static const struct option_spec list_options[LIST_COUNT] = {
	[LIST_OPEN] = { "open", 0, NULL,
		N_("only what is in force, suspended, or has a report due") },
};

static const struct cmd_usage list_usage = {
	"exception list",
	"[OPTION ...]",
	N_("Lists the exceptions of the register, in the order in which they were asked for."),
	list_options,
	LIST_COUNT,
};

static int take_list_option(int option, const char *value, void *data)
{
	bool *open = data;

	if (option == OPTIONS_OPERAND)
		return cmd_usage_error(&list_usage, _("\"%s\" is not expected here"), value);
	*open = true;
	return EXIT_OK;
}

static void keep_open(struct exception_records *records)
{
	size_t kept = 0;

	for (size_t i = 0; i < records->count; i++) {
		struct exception_record record = records->items[i];

		records->items[i] = records->items[kept];
		if (exceptionview_is_open(&record))
			records->items[kept++] = record;
		else
			records->items[i] = record;
	}
	for (size_t i = kept; i < records->count; i++)
		exceptionview_clear_record(&records->items[i]);
	records->count = kept;
}

int cmd_exception_list(struct cli *cli, int argc, char **argv)
{
	struct exception_records records;
	bool open = false;
	int exit_code;

	if (!cmd_parse(cli, &list_usage, argc, argv, take_list_option, &open, &exit_code))
		return exit_code;
	exit_code = exceptionview_ask(cli, &records);
	if (exit_code == EXIT_OK) {
		pager_begin(cli);
		if (open)
			keep_open(&records);
		exit_code = cli->json ? put_json(&records) : exceptionview_print(cli, &records);
	}
	exceptionview_clear(&records);
	return exit_code;
}

/* ---- show ---- */

static const struct cmd_usage show_usage = {
	"exception show",
	N_("NUMBER"),
	N_("Shows all that the register says of an exception."),
	NULL,
	0,
};

static int take_id(int option, const char *value, void *data)
{
	const char **id = data;

	(void)option;
	if (*id)
		return cmd_usage_error(&show_usage, _("only one exception at a time"));
	*id = value;
	return EXIT_OK;
}

static const struct {
	const char *key, *title;
} members[] = {
	{ "exception", N_("exception") },
	{ "state", N_("state") },
	{ "in_force", N_("in force now") },
	{ "suspended", N_("suspended") },
	{ "emergency", N_("emergency") },
	{ "report_due", N_("report due") },
	{ "from", N_("from") },
	{ "to", N_("to") },
	{ "service", N_("service") },
	{ "start", N_("start") },
	{ "end", N_("end") },
	{ "clauses", N_("clauses") },
	{ "reason", N_("reason") },
	{ "requested_at", N_("asked for") },
	{ "requested_uid", N_("uid") },
	{ "requested_by", N_("by") },
	{ "approved_at", N_("approved") },
	{ "approved_uid", N_("uid") },
	{ "approved_by", N_("by") },
	{ "override", N_("override") },
	{ "refused_at", N_("refused") },
	{ "refused_uid", N_("uid") },
	{ "refused_by", N_("by") },
	{ "refused_reason", N_("reason") },
	{ "revoked_at", N_("revoked") },
	{ "revoked_uid", N_("uid") },
	{ "revoked_by", N_("by") },
	{ "revoked_reason", N_("reason") },
	{ "expired_at", N_("expired") },
	{ "expired_uid", N_("uid") },
	{ "expired_by", N_("by") },
	{ "reported_at", N_("reported") },
	{ "reported_uid", N_("uid") },
	{ "reported_by", N_("by") },
	{ "report", N_("report") },
};
#define MEMBER_COUNT (sizeof(members) / sizeof(members[0]))

static void show_member(struct table *table, const struct exception_record *record, size_t index)
{
	const char *value = exceptionview_member(record, members[index].key);
	char time[EXCEPTIONVIEW_TIME_MAX];

	if (value[0] == '\0')
		return;
	exceptionview_time(record, members[index].key, time);
	table_cell(table, TABLE_FAINT, _(members[index].title));
	if (strcmp(members[index].key, "state") == 0)
		exceptionview_put_state(table, record);
	else if (strcmp(value, "true") == 0)
		table_cell(table, TABLE_PLAIN, _("yes"));
	else if (strcmp(value, "false") == 0)
		table_cell(table, TABLE_PLAIN, _("no"));
	else
		table_cell(table, TABLE_PLAIN, time[0] != '\0' ? time : value);
}

static int show(const struct cli *cli, const struct exception_record *record)
{
	const struct table_column columns[] = { { NULL, false, 0 }, { NULL, false, 0 } };
	struct table *table;

	if (table_new(columns, 2, cli->color, &table) < 0)
		return cmd_failed(_("out of memory"));
	for (size_t i = 0; i < MEMBER_COUNT; i++)
		show_member(table, record, i);
	int error = table_print(table, stdout);

	table_free(table);
	return error < 0 ? cmd_failed(_("out of memory")) : EXIT_OK;
}

static int show_one(const struct cli *cli, const struct exception_records *records, const char *id)
{
	for (size_t i = 0; i < records->count; i++) {
		const struct exception_record *record = &records->items[i];

		if (strcmp(exceptionview_member(record, "exception"), id) != 0)
			continue;
		if (!cli->json)
			return show(cli, record);
		printf("{\"json_version\":%d,%s\n", CMD_JSON_VERSION, record->json + 1);
		return EXIT_OK;
	}
	return cmd_failed(_("there is no exception \"%s\""), id);
}

int cmd_exception_show(struct cli *cli, int argc, char **argv)
{
	struct exception_records records;
	const char *id = NULL;
	int exit_code;

	if (!cmd_parse(cli, &show_usage, argc, argv, take_id, (void *)&id, &exit_code))
		return exit_code;
	if (!id)
		return cmd_usage_error(&show_usage, _("which exception? give its number"));
	exit_code = exceptionview_ask(cli, &records);
	pager_begin(cli);
	if (exit_code == EXIT_OK)
		exit_code = show_one(cli, &records, id);
	exceptionview_clear(&records);
	return exit_code;
}

/* ---- export ---- */

static const struct cmd_usage export_usage = {
	"exception export",
	"[OPTION ...]",
	N_("Writes the whole register as CSV, one line for each exception, UTF-8 with a byte "
	   "order\n"
	   "mark so that a spreadsheet reads it; or with --json as JSON."),
	NULL,
	0,
};

static int put_all_csv(const struct exception_records *records)
{
	csv_begin(stdout);
	for (size_t i = 0; i < MEMBER_COUNT; i++)
		csv_field(stdout, members[i].key, i + 1 == MEMBER_COUNT);
	for (size_t row = 0; row < records->count; row++)
		for (size_t i = 0; i < MEMBER_COUNT; i++)
			csv_field(stdout,
				exceptionview_member(&records->items[row], members[i].key),
				i + 1 == MEMBER_COUNT);
	return EXIT_OK;
}

int cmd_exception_export(struct cli *cli, int argc, char **argv)
{
	struct exception_records records;
	int exit_code;

	if (!cmd_parse(cli, &export_usage, argc, argv, NULL, NULL, &exit_code))
		return exit_code;
	exit_code = exceptionview_ask(cli, &records);
	if (exit_code == EXIT_OK)
		exit_code = cli->json ? put_json(&records) : put_all_csv(&records);
	exceptionview_clear(&records);
	return exit_code;
}
