/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hedate log: the records of the log that were asked for. Reads the files, needs no daemon. */
#include <stdlib.h>
#include <string.h>

#include "../lib/errtext.h"
#include "../lib/logformat.h"
#include "../lib/suggest.h"
#include "commands.h"
#include "countview.h"
#include "logquery.h"
#include "logview.h"
#include "logwalk.h"
#include "optionrows.h"
#include "pager.h"

#define ROWS_AT_ONCE 200 /* of a table between two prints */

enum option {
	OPTION_FOLLOW = LOG_QUERY_OPTION_COUNT,
	OPTION_COUNT_ONLY,
	OPTION_TOP,
	OPTION_FORMAT,
	OPTION_COUNT,
};

static const struct option_spec options[OPTION_COUNT] = {
	LOG_QUERY_OPTIONS,
	[OPTION_FOLLOW] = OPTIONROW_FOLLOW,
	[OPTION_COUNT_ONLY] = { "count", 'c', NULL, N_("only how many there are") },
	[OPTION_TOP] = { "top", 't', N_("WHAT"),
		N_("only the most frequent: src, dst, port, pair, reason; -n of them") },
	[OPTION_FORMAT] = { "format", 'F', N_("FORMAT"),
		N_("table, json, ecs, ocsf, cef, rfc5424, csv") },
};

static const struct cmd_usage usage = {
	"log",
	N_("[OPTION ...] | WORD ..."),
	N_("Shows blocked flows, and what was lost of their detail, in the order they were "
	   "recorded;\n"
	   "times are local. With --json the records as they stand in the log.\n"
	   "WORD is one of the commands below, each with a --help of its own."),
	options,
	OPTION_COUNT,
};

struct ask {
	struct log_query query;
	bool count, top;
	enum logcount_by by;
	bool formatted; /* another form than a table or JSON */
	enum logformat_kind format;
};

static int take_top(struct ask *ask, const char *value)
{
	ask->top = true;
	if (countview_parse(value, &ask->by) == 0)
		return EXIT_OK;
	return cmd_usage_error(
		&usage, _("--top is src, dst, port, pair or reason, not \"%s\""), value);
}

/* What programs read is not for a person: --format=json is --json. */
static int take_format(struct ask *ask, const char *value)
{
	struct suggest suggest = { .word = value };

	ask->formatted = logformat_parse(value, &ask->format) == 0;
	if (ask->formatted || strcmp(value, "table") == 0)
		return EXIT_OK;
	suggest_consider(&suggest, "table");
	for (int i = 0; i < LOGFORMAT_KINDS; i++)
		suggest_consider(&suggest, logformat_name((enum logformat_kind)i));
	if (suggest.best)
		return cmd_usage_error(&usage, _("there is no format \"%s\"; did you mean \"%s\"?"),
			value, suggest.best);
	return cmd_usage_error(&usage,
		_("--format is table, json, ecs, ocsf, cef, rfc5424 or csv, not \"%s\""), value);
}

static int refuse_word(const char *value)
{
	const char *meant;

	if (!commands_find(cmd_log_commands, value, &meant) && meant)
		return cmd_usage_error(&usage,
			_("\"%s\" cannot be done with the log; did you mean \"%s\"?"), value,
			meant);
	return cmd_usage_error(&usage, _("\"%s\" is not expected here"), value);
}

static int take_option(int option, const char *value, void *data)
{
	struct ask *ask = data;

	if (option == OPTIONS_OPERAND)
		return refuse_word(value);
	switch (option) {
	case OPTION_FOLLOW:
		ask->query.follow = true;
		return EXIT_OK;
	case OPTION_COUNT_ONLY:
		ask->count = true;
		return EXIT_OK;
	case OPTION_TOP:
		return take_top(ask, value);
	case OPTION_FORMAT:
		return take_format(ask, value);
	default:
		return log_query_take(&usage, (enum log_query_option)option, value, &ask->query);
	}
}

/* Do the options go together? */
static int check(const struct ask *ask)
{
	if (ask->count && ask->top)
		return cmd_usage_error(&usage, _("--count and --top exclude each other"));
	if ((ask->count || ask->top) && ask->query.follow)
		return cmd_usage_error(&usage, _("what is counted cannot be followed"));
	if ((ask->count || ask->top) && ask->formatted && ask->format != LOGFORMAT_JSON)
		return cmd_usage_error(&usage, _("what is counted is a table or JSON"));
	if (ask->count && ask->query.last_set)
		return cmd_usage_error(
			&usage, _("--count counts all records: --last has no place"));
	return log_query_check(&usage, &ask->query);
}

/* For programs ---------------------------------------------------------------------------------
 */

static int put_record(const char *line, size_t length, const struct log_record *record, void *data)
{
	int error = logformat_put(data, line, length);

	if (error == 0)
		return EXIT_OK;
	return cmd_failed(_("record %s cannot be put into this form: %s"),
		record->sequence ? record->sequence : "", errtext(error));
}

/* Also where there are none. */
static int show_names(void *data)
{
	logformat_begin(data);
	return EXIT_OK;
}

static int show_formatted(
	const struct cli *cli, const struct log_query *query, enum logformat_kind kind)
{
	struct log_sink sink = { .take = put_record, .show = show_names };
	struct logformat *format;
	int exit_code;

	if (logformat_new(kind, stdout, &format) < 0)
		return cmd_failed(_("out of memory"));
	sink.data = format;
	exit_code = log_walk(cli, &usage, query, &sink);
	logformat_free(format);
	return exit_code;
}

/* A table --------------------------------------------------------------------------------------
 */

struct view {
	struct table *table;
	size_t rows; /* not printed yet */
};

static int show_rows(void *data)
{
	struct view *view = data;

	view->rows = 0;
	return table_print(view->table, stdout) < 0 ? cmd_failed(_("out of memory")) : EXIT_OK;
}

static int add_row(const char *line, size_t length, const struct log_record *record, void *data)
{
	struct view *view = data;

	(void)line;
	(void)length;
	logview_add(view->table, record);
	return ++view->rows < ROWS_AT_ONCE ? EXIT_OK : show_rows(view);
}

static int show_table(const struct cli *cli, const struct log_query *query)
{
	struct view view = { 0 };
	const struct log_sink sink = { .take = add_row, .show = show_rows, .data = &view };
	int exit_code;

	if (logview_new(cli->color, &view.table) < 0)
		return cmd_failed(_("out of memory"));
	exit_code = log_walk(cli, &usage, query, &sink);
	table_free(view.table);
	return exit_code;
}

/* Counted --------------------------------------------------------------------------------------
 */

static int show_count(const struct cli *cli, const struct ask *ask)
{
	struct log_query query = ask->query;
	struct logcount *count;
	int exit_code;

	if (logcount_new(ask->by, &count) < 0)
		return cmd_failed(_("out of memory"));
	query.last_set = false; /* it is the number of rows */
	exit_code = log_walk_count(cli, &usage, &query, count);
	if (exit_code != EXIT_USAGE) {
		int printed = countview_print(
			cli, count, ask->query.last_set ? ask->query.last : COUNTVIEW_ROWS);

		exit_code = exit_code == EXIT_OK ? printed : exit_code;
	}
	logcount_free(count);
	return exit_code;
}

const struct command cmd_log_commands[] = {
	{ "export", cmd_log_export, N_("copy it to another medium") },
	{ "hold", cmd_log_hold, N_("keep it, whatever its age") },
	{ "index", cmd_log_index, N_("bring its index up to date") },
	{ "pcap", cmd_log_pcap, N_("first packets of flows, as a capture") },
	{ "prove", cmd_log_prove, N_("prove that a record is in it, to somebody elsewhere") },
	{ "review", cmd_log_review, N_("put on record that you have reviewed it") },
	{ "show", cmd_log_show, N_("one record in full, and what it means") },
	{ "verify", cmd_log_verify, N_("is it what was sealed?") },
	{ 0 },
};

int cmd_log(struct cli *cli, int argc, char **argv)
{
	struct ask ask = { .by = LOGCOUNT_ALL };
	const struct command *word = NULL;
	const char *meant;
	int exit_code;

	if (argc > 1)
		word = commands_find(cmd_log_commands, argv[1], &meant);
	if (word)
		return word->function(cli, argc - 1, argv + 1);
	log_query_init(&ask.query);
	if (!cmd_parse(cli, &usage, argc, argv, take_option, &ask, &exit_code))
		return exit_code;
	if (cli->json && !ask.formatted) {
		ask.formatted = true;
		ask.format = LOGFORMAT_JSON;
	}
	exit_code = check(&ask);
	if (exit_code != EXIT_OK)
		return exit_code;
	if (!ask.query.follow)
		pager_begin(cli);
	if (ask.count || ask.top)
		return show_count(cli, &ask);
	return ask.formatted ? show_formatted(cli, &ask.query, ask.format)
			     : show_table(cli, &ask.query);
}
