/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "countview.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"

/* How rows are asked for, and what their names are called. */
static const struct {
	const char *word;
	const char *title, *second_title; /* to be translated; NULL: there is no second part */
	const char *key, *second_key;
} ways[LOGCOUNT_BY_COUNT] = {
	[LOGCOUNT_SOURCE] = { "src", N_("SOURCE"), NULL, "source.ip", NULL },
	[LOGCOUNT_DESTINATION] = { "dst", N_("DESTINATION"), NULL, "destination.ip", NULL },
	[LOGCOUNT_PORT] = { "port", N_("PROTOCOL"), N_("PORT"), "network.transport",
		"destination.port" },
	[LOGCOUNT_PAIR] = { "pair", N_("FROM"), N_("TO"), "hedate.zone.source",
		"hedate.zone.destination" },
	[LOGCOUNT_REASON] = { "reason", N_("REASON"), NULL, "event.reason", NULL },
};

int countview_parse(const char *text, enum logcount_by *ret_by)
{
	for (int i = 0; i < LOGCOUNT_BY_COUNT; i++) {
		if (!ways[i].word || strcmp(ways[i].word, text) != 0)
			continue;
		*ret_by = (enum logcount_by)i;
		return 0;
	}
	return -EINVAL;
}

static void put_number(struct json *json, const char *key, uint64_t value)
{
	json_key(json, key);
	json_unsigned(json, value);
}

/* A number stays one; what the records do not have is left out. */
static void put_part(struct json *json, const char *key, const char *text)
{
	unsigned long number;

	if (!key || text[0] == '\0')
		return;
	json_key(json, key);
	if (strcmp(key, "destination.port") == 0 && options_number(text, UINT16_MAX, &number))
		json_unsigned(json, number);
	else
		json_string(json, text);
}

static void put_rows(
	struct json *json, enum logcount_by by, const struct logcount_row *rows, size_t count)
{
	json_key(json, "top");
	json_string(json, ways[by].word);
	json_key(json, "rows");
	json_array_begin(json);
	for (size_t i = 0; i < count; i++) {
		json_object_begin(json);
		put_part(json, ways[by].key, rows[i].name);
		put_part(json, ways[by].second_key, rows[i].second);
		put_number(json, "records", rows[i].records);
		put_number(json, "packets", rows[i].packets);
		json_object_end(json);
	}
	json_array_end(json);
}

static int print_json(
	const struct logcount *count, const struct logcount_row *rows, size_t row_count)
{
	struct logcount_totals totals = logcount_totals(count);
	struct json json;

	json_init(&json);
	json_object_begin(&json);
	if (logcount_of(count) != LOGCOUNT_ALL)
		put_rows(&json, logcount_of(count), rows, row_count);
	put_number(&json, "records", totals.records);
	put_number(&json, "packets", totals.packets);
	put_number(&json, "losses", totals.losses);
	put_number(&json, "lost_packets", totals.lost_packets);
	json_object_end(&json);
	return cmd_put_json(&json);
}

static int new_table(const struct cli *cli, enum logcount_by by, struct table **ret_table)
{
	struct table_column columns[5] = { 0 };
	size_t count = 0;

	if (ways[by].title)
		columns[count++].title = _(ways[by].title);
	if (ways[by].second_title)
		columns[count++].title = _(ways[by].second_title);
	columns[count++] = (struct table_column){ _("RECORDS"), true, 0 };
	columns[count++] = (struct table_column){ _("PACKETS"), true, 0 };
	if (ways[by].title)
		columns[count++] = (struct table_column){ _("SHARE"), true, 0 };
	return table_new(columns, count, cli->color, ret_table);
}

static void add_row(struct table *table, enum logcount_by by, const struct logcount_row *row,
	const struct logcount_totals *totals)
{
	if (ways[by].title)
		table_cell(table, TABLE_STRONG, row->name[0] != '\0' ? row->name : "-");
	if (ways[by].second_title)
		table_cell(table, TABLE_STRONG, row->second[0] != '\0' ? row->second : "-");
	table_number(table, TABLE_PLAIN, row->records);
	table_number(table, TABLE_PLAIN, row->packets);
	if (ways[by].title)
		table_format(table, TABLE_FAINT, "%.1f %%",
			totals->packets ? 100.0 * (double)row->packets / (double)totals->packets
					: 0.0);
}

/* What the rows leave over, so that their sum is the whole. */
static void add_rest(struct table *table, enum logcount_by by, const struct logcount_row *rows,
	size_t row_count, const struct logcount_totals *totals)
{
	struct logcount_row rest = { .records = totals->records, .packets = totals->packets };

	for (size_t i = 0; i < row_count; i++) {
		rest.records -= rows[i].records;
		rest.packets -= rows[i].packets;
	}
	if (rest.records == 0)
		return;
	snprintf(rest.name, sizeof(rest.name), "%s", _("(others)"));
	add_row(table, by, &rest, totals);
}

static int print_table(const struct cli *cli, const struct logcount *count,
	const struct logcount_row *rows, size_t row_count)
{
	struct logcount_totals totals = logcount_totals(count);
	const struct logcount_row all = { .records = totals.records, .packets = totals.packets };
	char losses[TABLE_NUMBER_MAX], packets[TABLE_NUMBER_MAX];
	enum logcount_by by = logcount_of(count);
	struct table *table;
	int error;

	if (new_table(cli, by, &table) < 0)
		return cmd_failed(_("out of memory"));
	for (size_t i = 0; i < row_count; i++)
		add_row(table, by, &rows[i], &totals);
	if (by == LOGCOUNT_ALL)
		add_row(table, by, &all, &totals);
	else
		add_rest(table, by, rows, row_count, &totals);
	error = table_print(table, stdout);
	table_free(table);
	if (error < 0)
		return cmd_failed(_("out of memory"));
	table_number_text(totals.losses, losses);
	table_number_text(totals.lost_packets, packets);
	if (totals.losses > 0)
		printf(_("Beside these, the detail of packets was lost, which may have been among "
			 "them: %s (records of it: %s)\n"),
			packets, losses);
	return EXIT_OK;
}

int countview_print(const struct cli *cli, struct logcount *count, size_t rows)
{
	struct logcount_row *top = NULL;
	size_t top_count = 0;
	int exit_code;

	if (logcount_of(count) != LOGCOUNT_ALL && logcount_top(count, rows, &top, &top_count) < 0)
		return cmd_failed(_("out of memory"));
	exit_code = cli->json ? print_json(count, top, top_count)
			      : print_table(cli, count, top, top_count);
	free(top);
	return exit_code;
}
