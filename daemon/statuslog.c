/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "statuslog.h"

#include <inttypes.h>
#include <string.h>

#include "../lib/logtime.h"

#define DELAY_WARN_MS 100 /* from a packet until its detail is on disk */

#define PREFIX "log_"

static const char *value_of(const struct ctl_fields *status, const char *key)
{
	const char *value = ctl_fields_find(status, key);

	return value ? value : "";
}

bool statuslog_has(const char *key)
{
	return strncmp(key, PREFIX, strlen(PREFIX)) == 0;
}

/* RFC 3339 as local time; "" for none. */
static void time_of(const struct ctl_fields *status, const char *key, char text[LOGTIME_TEXT_MAX])
{
	int64_t time;

	text[0] = '\0';
	if (logtime_parse(value_of(status, key), &time) == 0)
		logtime_format_local(time, text);
}

static void show_room(struct table *table, const struct ctl_fields *status)
{
	const char *room = value_of(status, "log_room");
	bool low = strcmp(room, "disk-low") == 0, large = strcmp(room, "too-large") == 0;

	if (!low && !large)
		return;
	table_cell(table, TABLE_BAD, _("ROOM FOR THE LOG"));
	if (low)
		table_format(table, TABLE_BAD, _("only %s %% of its disk are free"),
			value_of(status, "log_disk_free_percent"));
	else
		table_cell(table, TABLE_BAD,
			_("it is larger than log.retention.size, and has to be kept still"));
}

static void show_files(struct table *table, const struct ctl_fields *status)
{
	uint64_t files, bytes;
	const char *oldest = value_of(status, "log_oldest");

	if (!ctl_fields_number(status, "log_files", &files) || files == 0 ||
		!ctl_fields_number(status, "log_bytes", &bytes))
		return;
	table_cell(table, TABLE_FAINT, _("log"));
	/* Of "hedate-20261120.jsonl" the day. */
	table_format(table, TABLE_PLAIN,
		_("%" PRIu64 " files, %.1f MB, since %.4s-%.2s-%.2s; %s %% of its disk free"),
		files, (double)bytes / 1e6, oldest + 7, oldest + 11, oldest + 13,
		value_of(status, "log_disk_free_percent"));
}

static void show_checkpoint(struct table *table, const struct ctl_fields *status)
{
	const char *index = value_of(status, "log_checkpoint");
	char time[LOGTIME_TEXT_MAX];

	table_cell(table, TABLE_FAINT, _("last checkpoint"));
	time_of(status, "log_checkpoint_at", time);
	if (index[0] == '\0')
		table_cell(table, TABLE_WARN, _("none since the recorder began"));
	else
		table_format(table, TABLE_PLAIN, _("%s, of %s, after record %s"), index, time,
			value_of(status, "log_checkpoint_sequence"));
}

static void show_holds(struct table *table, const struct ctl_fields *status)
{
	const char *holds = value_of(status, "log_holds");

	if (holds[0] == '\0' || strcmp(holds, "0") == 0)
		return;
	table_cell(table, TABLE_WARN, _("legal holds"));
	if (strcmp(holds, "unreadable") == 0)
		table_cell(table, TABLE_BAD, _("cannot be read: nothing is removed"));
	else
		table_format(table, TABLE_WARN, _("%s: \"hedate log hold\" lists them"), holds);
}

static void show_people(struct table *table, const struct ctl_fields *status)
{
	char time[LOGTIME_TEXT_MAX];

	time_of(status, "log_exported_at", time);
	table_cell(table, TABLE_FAINT, _("last export"));
	if (time[0] == '\0')
		table_cell(table, TABLE_PLAIN, _("never"));
	else
		table_format(table, TABLE_PLAIN, _("%s, up to record %s, to %s"), time,
			value_of(status, "log_exported_sequence"),
			value_of(status, "log_exported_to"));
	time_of(status, "log_reviewed_at", time);
	table_cell(table, TABLE_FAINT, _("last review"));
	if (time[0] == '\0')
		table_cell(table, TABLE_PLAIN, _("never"));
	else
		table_format(table, TABLE_PLAIN, _("%s, up to record %s, by %s"), time,
			value_of(status, "log_reviewed_sequence"),
			value_of(status, "log_reviewed_by"));
}

static void show_delay(struct table *table, const struct ctl_fields *status)
{
	uint64_t delay;

	if (!ctl_fields_number(status, "log_delay_ms", &delay))
		return;
	table_cell(table, TABLE_FAINT, _("on disk after"));
	table_format(table, delay > DELAY_WARN_MS ? TABLE_WARN : TABLE_PLAIN,
		_("at most %" PRIu64 " ms, in the last minute or two"), delay);
}

void statuslog_show(struct table *table, const struct ctl_fields *status)
{
	if (value_of(status, "log_files")[0] == '\0')
		return;
	show_room(table, status);
	show_files(table, status);
	show_delay(table, status);
	show_checkpoint(table, status);
	show_holds(table, status);
	show_people(table, status);
}

void statuslog_put_json(struct json *json, const struct ctl_field *field)
{
	static const char *const texts[] = { "log_oldest", "log_room", "log_checkpoint_at",
		"log_exported_at", "log_exported_to", "log_reviewed_at", "log_reviewed_by" };
	unsigned long number;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (strcmp(texts[i], field->key) == 0) {
			json_string(json, field->value);
			return;
		}
	if (options_number(field->value, UINT64_MAX, &number))
		json_unsigned(json, number);
	else
		json_null(json);
}
