/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "exceptionview.h"

#include <stdlib.h>
#include <string.h>

#include "../lib/array.h"
#include "../lib/json.h"
#include "../lib/logtime.h"
#include "table.h"

#define ASK_SECONDS 30

/* ---- answers ---- */

static int take_member(const struct json_member *member, void *data)
{
	struct ctl_fields *members = data;
	struct ctl_field *grown = reallocarray(members->fields, members->count + 1, sizeof(*grown));
	const char *value = member->type == JSON_TRUE	 ? "true"
			    : member->type == JSON_FALSE ? "false"
							 : member->text;

	if (!grown)
		return -1;
	members->fields = grown;
	snprintf(grown[members->count].key, CTL_KEY_MAX, "%s", member->key);
	grown[members->count].value = strdup(value);
	if (!grown[members->count].value)
		return -1;
	members->count++;
	return 0;
}

void exceptionview_clear_record(struct exception_record *record)
{
	ctl_fields_clear(&record->members);
	free(record->json);
}

static bool make_room(struct exception_records *records)
{
	struct exception_record *items =
		array_reserve(records->items, sizeof(*items), records->count, &records->room);

	if (items)
		records->items = items;
	return items != NULL;
}

int exceptionview_take(struct message *message, void *data)
{
	struct exception_records *records = data;
	struct exception_record record = { 0 };
	char *text = message->type == CTL_EXCEPTION ? ctl_take_string(message) : NULL;

	if (message->type != CTL_EXCEPTION || !message_complete(message)) {
		message->failed = true;
		free(text);
		return EXIT_OK;
	}
	record.json = text ? strdup(text) : NULL;
	if (!record.json || json_read_object(text, strlen(text), take_member, &record.members) ||
		!make_room(records)) {
		exceptionview_clear_record(&record);
		free(text);
		return cmd_failed(_("out of memory"));
	}
	free(text);
	records->items[records->count++] = record;
	return EXIT_OK;
}

int exceptionview_ask(const struct cli *cli, struct exception_records *ret_records)
{
	const struct ctl_request request = {
		.type = CTL_EXCEPTIONS, .fd = -1, .seconds = ASK_SECONDS
	};

	*ret_records = (struct exception_records){ 0 };
	return ctl_call(cli, &request, exceptionview_take, ret_records, NULL);
}

void exceptionview_clear(struct exception_records *records)
{
	for (size_t i = 0; i < records->count; i++)
		exceptionview_clear_record(&records->items[i]);
	free(records->items);
	*records = (struct exception_records){ 0 };
}

/* ---- members ---- */

const char *exceptionview_member(const struct exception_record *record, const char *key)
{
	const char *value = ctl_fields_find(&record->members, key);

	return value ? value : "";
}

bool exceptionview_is(const struct exception_record *record, const char *key)
{
	return strcmp(exceptionview_member(record, key), "true") == 0;
}

void exceptionview_time(
	const struct exception_record *record, const char *key, char text[EXCEPTIONVIEW_TIME_MAX])
{
	char local[LOGTIME_TEXT_MAX], zone[LOGTIME_TEXT_MAX];
	int64_t time;

	text[0] = '\0';
	if (logtime_parse(exceptionview_member(record, key), &time) < 0)
		return;
	logtime_format_local(time, local);
	local[strcspn(local, ".")] = '\0';
	logtime_zone(time, zone);
	snprintf(text, EXCEPTIONVIEW_TIME_MAX, "%s %s", local, zone);
}

/* ---- tables ---- */

static const struct {
	const char *state, *text;
	enum table_style style;
} states[] = {
	{ "requested", N_("requested"), TABLE_PLAIN },
	{ "granted", N_("granted"), TABLE_WARN },
	{ "refused", N_("refused"), TABLE_FAINT },
	{ "emergency", N_("EMERGENCY"), TABLE_WARN },
	{ "revoked", N_("revoked"), TABLE_FAINT },
	{ "expired", N_("expired"), TABLE_FAINT },
};

void exceptionview_put_state(struct table *table, const struct exception_record *record)
{
	const char *state = exceptionview_member(record, "state");

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		if (strcmp(states[i].state, state) == 0) {
			table_cell(table, states[i].style, _(states[i].text));
			return;
		}
	}
	table_cell(table, TABLE_PLAIN, state);
}

/* In the list, where there is no room for why. */
static void put_state(struct table *table, const struct exception_record *record)
{
	if (exceptionview_member(record, "suspended")[0] != '\0')
		table_cell(table, TABLE_BAD, _("suspended"));
	else
		exceptionview_put_state(table, record);
}

/* Who did it: the name, or the number of one without. */
static void put_person(struct table *table, const struct exception_record *record, const char *done)
{
	char by[32], uid[32];

	snprintf(by, sizeof(by), "%s_by", done);
	snprintf(uid, sizeof(uid), "%s_uid", done);
	if (exceptionview_member(record, by)[0] != '\0')
		table_cell(table, TABLE_PLAIN, exceptionview_member(record, by));
	else
		table_cell(table, TABLE_PLAIN, exceptionview_member(record, uid));
}

static void put_row(struct table *table, const struct exception_record *record)
{
	char start[EXCEPTIONVIEW_TIME_MAX], end[EXCEPTIONVIEW_TIME_MAX];
	bool refused = strcmp(exceptionview_member(record, "state"), "refused") == 0;

	exceptionview_time(record, "start", start);
	exceptionview_time(record, "end", end);
	table_cell(table, TABLE_STRONG, exceptionview_member(record, "exception"));
	put_state(table, record);
	table_cell(table, TABLE_PLAIN, exceptionview_member(record, "from"));
	table_cell(table, TABLE_PLAIN, exceptionview_member(record, "to"));
	table_cell(table, TABLE_PLAIN, exceptionview_member(record, "service"));
	table_cell(table, TABLE_PLAIN, start);
	table_cell(table, TABLE_PLAIN, end);
	put_person(table, record, "requested");
	put_person(table, record, refused ? "refused" : "approved");
	if (exceptionview_is(record, "report_due"))
		table_cell(table, TABLE_BAD, _("REPORT DUE"));
	else
		table_cell(table, TABLE_PLAIN,
			exceptionview_is(record, "emergency") ? _("reported") : "");
}

bool exceptionview_is_open(const struct exception_record *record)
{
	return exceptionview_is(record, "in_force") || exceptionview_is(record, "report_due") ||
	       exceptionview_member(record, "suspended")[0] != '\0';
}

static int print(const struct cli *cli, const struct exception_records *records, bool open_only)
{
	const struct table_column columns[] = {
		{ _("EXCEPTION"), false, 0 },
		{ _("STATE"), false, 0 },
		{ _("FROM"), false, 0 },
		{ _("TO"), false, 0 },
		{ _("SERVICE"), false, 0 },
		{ _("START"), false, 0 },
		{ _("END"), false, 0 },
		{ _("APPLICANT"), false, 0 },
		{ _("DECIDED BY"), false, 0 },
		{ _("REPORT"), false, 0 },
	};
	struct table *table;

	if (table_new(columns, sizeof(columns) / sizeof(columns[0]), cli->color, &table) < 0)
		return cmd_failed(_("out of memory"));
	for (size_t i = 0; i < records->count; i++)
		if (!open_only || exceptionview_is_open(&records->items[i]))
			put_row(table, &records->items[i]);
	int error = table_print(table, stdout);

	table_free(table);
	return error < 0 ? cmd_failed(_("out of memory")) : EXIT_OK;
}

int exceptionview_print(const struct cli *cli, const struct exception_records *records)
{
	return print(cli, records, false);
}

int exceptionview_print_open(const struct cli *cli, const struct exception_records *records)
{
	for (size_t i = 0; i < records->count; i++) {
		if (exceptionview_is_open(&records->items[i])) {
			putchar('\n');
			return print(cli, records, true);
		}
	}
	return EXIT_OK;
}
