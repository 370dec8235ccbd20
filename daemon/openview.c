/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "openview.h"

#include <stdio.h>
#include <string.h>

#include "../lib/i18n.h"

void openview_of(const struct schedule *schedule, const struct policy_path *path,
	char windows[OPENVIEW_WINDOWS_MAX], char until[ZONETIME_TEXT_MAX],
	struct openview *ret_view)
{
	struct schedule_state state;

	schedule_path(schedule, path, &state);
	schedule_windows_text(path, windows, OPENVIEW_WINDOWS_MAX);
	until[0] = '\0';
	if (state.change != SCHEDULE_NEVER)
		zonetime_format(schedule->zone, state.change, until);
	*ret_view = (struct openview){ policy_path_timed(path), windows, state.open, until };
}

void openview_columns(struct table_column columns[OPENVIEW_COLUMNS])
{
	columns[0] = (struct table_column){ _("WINDOWS"), false, 0 };
	columns[1] = (struct table_column){ _("NOW"), false, 0 };
}

#define WHEN_MAX 17 /* "2026-11-23 08:30" and NUL */

/* Of "2026-11-23T08:30:00+09:00" the day, and the time to the minute. */
static void cut_time(const char *until, char when[WHEN_MAX])
{
	snprintf(when, WHEN_MAX, "%s", until);
	if (strlen(when) > 10)
		when[10] = ' ';
}

void openview_cells(struct table *table, const struct openview *view)
{
	char when[WHEN_MAX];

	cut_time(view->until, when);
	table_cell(table, TABLE_PLAIN, view->windows);
	if (!view->timed)
		table_cell(table, TABLE_FAINT, "-");
	else if (view->until[0] == '\0')
		table_cell(table, view->open ? TABLE_GOOD : TABLE_FAINT,
			view->open ? _("open") : _("over"));
	else if (view->open)
		table_format(table, TABLE_GOOD, _("open until %s"), when);
	else
		table_format(table, TABLE_WARN, _("closed until %s"), when);
}

void openview_json(struct json *json, const struct openview *view)
{
	json_key(json, "windows");
	json_string(json, view->windows);
	json_key(json, "open");
	json_bool(json, view->open);
	json_key(json, "until");
	json_string(json, view->until);
}
