/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hedate history: the configurations that were put in force, by whom and why. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/array.h"
#include "../lib/logtime.h"
#include "../lib/storeline.h"
#include "ctlclient.h"
#include "pager.h"
#include "table.h"

static const struct cmd_usage usage = {
	"history",
	"",
	N_("Lists the configurations that were put in force, the newest first. \"hedate rollback\" "
	   "takes\n"
	   "their numbers."),
	NULL,
	0,
};

#define HISTORY_SECONDS 30

struct item {
	uint64_t number;
	char *line; /* JSON, owned; "" for a broken one */
	struct store_entry entry;
	bool in_force;
	uint64_t left;
};

struct items {
	struct item *list;
	size_t count, room;
};

static void clear(struct items *items)
{
	for (size_t i = 0; i < items->count; i++)
		free(items->list[i].line);
	free(items->list);
}

static int add(struct items *items, const struct item *item)
{
	struct item *grown = array_reserve(items->list, sizeof(*grown), items->count, &items->room);

	if (!grown)
		return cmd_failed(_("out of memory"));
	items->list = grown;
	items->list[items->count++] = *item;
	return EXIT_OK;
}

static int take_answer(struct message *message, void *data)
{
	struct item item = { 0 };

	if (message->type != CTL_CHANGE) {
		message->failed = true;
		return EXIT_OK;
	}
	item.number = message_get_number(message);
	item.line = ctl_take_string(message);
	item.in_force = message_get_number(message) != 0;
	item.left = message_get_number(message);
	if (!message_complete(message) || !item.line ||
		(item.line[0] != '\0' &&
			store_entry_read(item.line, strlen(item.line), &item.entry) < 0)) {
		message->failed = true;
		free(item.line);
		return EXIT_OK;
	}
	int exit_code = add(data, &item);

	if (exit_code != EXIT_OK)
		free(item.line);
	return exit_code;
}

/* Each is the store's own line and what it does not know. */
static int print_json(const struct items *items)
{
	cmd_begin_json_list("changes");
	for (size_t i = items->count; i-- > 0;) {
		const struct item *item = &items->list[i];
		size_t length = strlen(item->line);

		if (length > 2) /* without its "}" and newline */
			printf("%.*s,\"broken\":false", (int)length - 2, item->line);
		else
			printf("{\"number\":%" PRIu64 ",\"broken\":true", item->number);
		printf(",\"in_force\":%s,\"confirm_seconds_left\":%" PRIu64 "}%s",
			item->in_force ? "true" : "false", item->left, i > 0 ? ",\n" : "");
	}
	puts("]}");
	return EXIT_OK;
}

static void put_state(struct table *table, const struct item *item)
{
	static const struct {
		const char *text;
		enum table_style style;
	} states[STORE_STATES] = {
		[STORE_CONFIRMED] = { N_("was in force"), TABLE_PLAIN },
		[STORE_ROLLED_BACK] = { N_("rolled back"), TABLE_FAINT },
		[STORE_REFUSED] = { N_("the kernel refused it"), TABLE_FAINT },
	};

	if (item->line[0] == '\0')
		table_cell(table, TABLE_BAD, _("BROKEN: not used"));
	else if (item->entry.state == STORE_PENDING)
		table_format(table, TABLE_WARN, _("NOT CONFIRMED: %llu s left"),
			(unsigned long long)item->left);
	else if (item->in_force)
		table_cell(table, TABLE_GOOD, _("in force"));
	else
		table_cell(
			table, states[item->entry.state].style, _(states[item->entry.state].text));
}

static void put_item(struct table *table, const struct item *item)
{
	const struct store_entry *entry = &item->entry;
	char time[LOGTIME_TEXT_MAX] = "", of[64] = "";
	bool known = item->line[0] != '\0';

	if (known)
		logtime_format_local(entry->time * INT64_C(1000000000), time);
	time[strcspn(time, ".")] = '\0';
	if (entry->of)
		snprintf(of, sizeof(of), _("back to %llu "), (unsigned long long)entry->of);
	table_number(table, TABLE_PLAIN, item->number);
	table_cell(table, TABLE_PLAIN, entry->revision);
	table_cell(table, TABLE_PLAIN, time);
	put_state(table, item);
	table_cell(table, TABLE_PLAIN, entry->who);
	table_cell(table, TABLE_PLAIN, entry->approver);
	table_format(table, TABLE_PLAIN, "+%" PRIu64 " -%" PRIu64 " ~%" PRIu64, entry->added,
		entry->removed, entry->changed);
	table_cell(table, TABLE_PLAIN, entry->ticket);
	table_format(table, TABLE_PLAIN, "%s%s", of, entry->reason);
}

static int print_table(const struct cli *cli, const struct items *items)
{
	const struct table_column columns[] = { { _("number"), true, 0 },
		{ _("revision"), false, 0 }, { _("put in force"), false, 0 },
		{ _("state"), false, 0 }, { _("by"), false, 0 }, { _("approved by"), false, 0 },
		{ _("changes"), false, 0 }, { _("ticket"), false, 0 }, { _("reason"), false, 0 } };
	struct table *table;

	if (items->count == 0) {
		puts(_("Nothing was kept yet."));
		return EXIT_OK;
	}
	if (table_new(columns, sizeof(columns) / sizeof(columns[0]), cli->color, &table) < 0)
		return cmd_failed(_("out of memory"));
	for (size_t i = items->count; i-- > 0;)
		put_item(table, &items->list[i]);
	int error = table_print(table, stdout);

	table_free(table);
	return error < 0 ? cmd_failed(_("out of memory")) : EXIT_OK;
}

int cmd_history(struct cli *cli, int argc, char **argv)
{
	const struct ctl_request request = {
		.type = CTL_HISTORY, .fd = -1, .seconds = HISTORY_SECONDS
	};
	struct items items = { 0 };
	int exit_code;

	if (!cmd_parse(cli, &usage, argc, argv, NULL, NULL, &exit_code))
		return exit_code;
	exit_code = ctl_call(cli, &request, take_answer, &items, NULL);
	pager_begin(cli);
	if (exit_code == EXIT_OK)
		exit_code = cli->json ? print_json(&items) : print_table(cli, &items);
	clear(&items);
	return exit_code;
}
