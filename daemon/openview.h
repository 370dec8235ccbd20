/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When a path is open, as "hedate paths" and "hedate check" show it. */
#ifndef HEDATE_OPENVIEW_H
#define HEDATE_OPENVIEW_H

#include "../lib/json.h"
#include "../lib/schedule.h"
#include "table.h"

struct openview {
	bool timed;
	const char *windows; /* schedule_windows_text(); "" for an exception without */
	bool open;	     /* now */
	const char *until;   /* when that changes, zonetime_format(); "" for never */
};

#define OPENVIEW_WINDOWS_MAX 512 /* bytes of windows; longer ones are cut */

/* Of a path at a time that was prepared; view borrows the texts. */
void openview_of(const struct schedule *schedule, const struct policy_path *path,
	char windows[OPENVIEW_WINDOWS_MAX], char until[ZONETIME_TEXT_MAX],
	struct openview *ret_view);

#define OPENVIEW_COLUMNS 2
/* Titles of the cells that openview_cells() adds. */
void openview_columns(struct table_column columns[OPENVIEW_COLUMNS]);
void openview_cells(struct table *table, const struct openview *view);
/* Keys "windows", "open", "until" of a path's object. */
void openview_json(struct json *json, const struct openview *view);

#endif
