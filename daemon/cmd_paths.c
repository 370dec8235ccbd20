/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hedate paths: the permitted paths and how often each was used. */
#include <inttypes.h>
#include <stdlib.h>

#include "../lib/array.h"
#include "ctlclient.h"
#include "openview.h"
#include "pager.h"
#include "table.h"

enum option {
	OPTION_UNUSED,
	OPTION_COUNT,
};

static const struct option_spec options[OPTION_COUNT] = {
	[OPTION_UNUSED] = { "unused", 'u', NULL, N_("only those that no connection has used") },
};

static const struct cmd_usage usage = {
	"paths",
	"[OPTION ...]",
	N_("Lists the permitted paths in the order of the configuration, with the number of new\n"
	   "connections that each has let pass since it is in the kernel."),
	options,
	OPTION_COUNT,
};

#define PATHS_SECONDS 60

struct path {
	char *name, *direction, *from, *to, *service, *data, *reason;
	uint64_t id, line, hits, bytes;
	char *windows, *until;
	bool timed, open;
};

struct view {
	bool unused_only;
	struct path *paths;
	size_t count, room;
};

static int take_option(int option, const char *value, void *data)
{
	struct view *view = data;

	if (option == OPTIONS_OPERAND)
		return cmd_usage_error(&usage, _("\"%s\" is not expected here"), value);
	view->unused_only = true;
	return EXIT_OK;
}

static void path_clear(struct path *path)
{
	free(path->name);
	free(path->direction);
	free(path->from);
	free(path->to);
	free(path->service);
	free(path->data);
	free(path->reason);
	free(path->windows);
	free(path->until);
}

static bool make_room(struct view *view)
{
	struct path *paths = array_reserve(view->paths, sizeof(*paths), view->count, &view->room);

	if (paths)
		view->paths = paths;
	return paths != NULL;
}

static int take_answer(struct message *message, void *data)
{
	struct view *view = data;
	struct path path = { 0 };

	if (message->type != CTL_PATH) {
		message->failed = true;
		return EXIT_OK;
	}
	path.name = ctl_take_string(message);
	path.id = message_get_number(message);
	path.direction = ctl_take_string(message);
	path.from = ctl_take_string(message);
	path.to = ctl_take_string(message);
	path.service = ctl_take_string(message);
	path.data = ctl_take_string(message);
	path.reason = ctl_take_string(message);
	path.line = message_get_number(message);
	path.hits = message_get_number(message);
	path.bytes = message_get_number(message);
	path.timed = message_get_number(message) != 0;
	path.windows = ctl_take_string(message);
	path.open = message_get_number(message) != 0;
	path.until = ctl_take_string(message);
	if (!message_complete(message)) {
		message->failed = true;
		path_clear(&path);
		return EXIT_OK;
	}
	if (view->unused_only && path.hits > 0) {
		path_clear(&path);
		return EXIT_OK;
	}
	if (!path.name || !path.direction || !path.from || !path.to || !path.service ||
		!path.data || !path.reason || !path.windows || !path.until || !make_room(view)) {
		path_clear(&path);
		return cmd_failed(_("out of memory"));
	}
	view->paths[view->count++] = path;
	return EXIT_OK;
}

static struct openview opening_of(const struct path *path)
{
	return (struct openview){ path->timed, path->windows, path->open, path->until };
}

/* Most sites have no timed path: then nothing is said of times. */
static bool any_timed(const struct view *view)
{
	for (size_t i = 0; i < view->count; i++)
		if (view->paths[i].timed)
			return true;
	return false;
}

static int print_table(const struct cli *cli, const struct view *view)
{
	struct table_column columns[] = {
		{ _("PATH"), false, 0 },
		{ _("FROM"), false, 0 },
		{ _("TO"), false, 0 },
		{ _("SERVICE"), false, 0 },
		{ _("DATA"), false, 0 },
		{ _("CONNECTIONS"), true, 0 },
		{ _("LINE"), true, 0 },
		{ _("REASON"), false, 0 },
		{ 0 },
		{ 0 },
	};
	const size_t count = sizeof(columns) / sizeof(columns[0]) - OPENVIEW_COLUMNS;
	bool timed = any_timed(view);
	struct table *table;
	int error;

	openview_columns(columns + count);
	if (table_new(columns, timed ? count + OPENVIEW_COLUMNS : count, cli->color, &table) < 0)
		return cmd_failed(_("out of memory"));
	for (size_t i = 0; i < view->count; i++) {
		const struct path *path = &view->paths[i];
		const struct openview opening = opening_of(path);

		table_cell(table, TABLE_STRONG, path->name);
		table_cell(table, TABLE_PLAIN, path->from);
		table_cell(table, TABLE_PLAIN, path->to);
		table_cell(table, TABLE_PLAIN, path->service);
		table_cell(table, TABLE_PLAIN, path->data);
		table_number(table, path->hits > 0 ? TABLE_GOOD : TABLE_FAINT, path->hits);
		table_number(table, TABLE_FAINT, path->line);
		table_cell(table, TABLE_PLAIN, path->reason);
		if (timed)
			openview_cells(table, &opening);
	}
	error = table_print(table, stdout);
	table_free(table);
	return error < 0 ? cmd_failed(_("out of memory")) : EXIT_OK;
}

static void put_path(struct json *json, const struct path *path)
{
	const struct {
		const char *key, *value;
	} texts[] = {
		{ "name", path->name },
		{ "direction", path->direction },
		{ "from", path->from },
		{ "to", path->to },
		{ "service", path->service },
		{ "data", path->data },
		{ "reason", path->reason },
	};
	const struct {
		const char *key;
		uint64_t value;
	} numbers[] = {
		{ "id", path->id },
		{ "line", path->line },
		{ "hits", path->hits },
		{ "bytes", path->bytes },
	};
	const struct openview opening = opening_of(path);

	json_object_begin(json);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		json_key(json, texts[i].key);
		json_string(json, texts[i].value);
	}
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		json_key(json, numbers[i].key);
		json_unsigned(json, numbers[i].value);
	}
	openview_json(json, &opening);
	json_object_end(json);
}

static int print_json(const struct view *view)
{
	struct json json;

	json_init(&json);
	json_object_begin(&json);
	json_key(&json, "paths");
	json_array_begin(&json);
	for (size_t i = 0; i < view->count; i++)
		put_path(&json, &view->paths[i]);
	json_array_end(&json);
	json_object_end(&json);
	return cmd_put_json(&json);
}

int cmd_paths(struct cli *cli, int argc, char **argv)
{
	struct ctl_request request = { .type = CTL_PATHS, .fd = -1, .seconds = PATHS_SECONDS };
	struct view view = { 0 };
	int exit_code;

	if (!cmd_parse(cli, &usage, argc, argv, take_option, &view, &exit_code))
		return exit_code;
	exit_code = ctl_call(cli, &request, take_answer, &view, NULL);
	pager_begin(cli);
	if (exit_code == EXIT_OK)
		exit_code = cli->json ? print_json(&view) : print_table(cli, &view);
	for (size_t i = 0; i < view.count; i++)
		path_clear(&view.paths[i]);
	free(view.paths);
	return exit_code;
}
