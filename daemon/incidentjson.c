/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The facts of an incident, for programs: nothing is left out, nothing is to be filled in. */
#include "incidentview.h"

static void put_number(struct json *json, const char *key, uint64_t value)
{
	json_key(json, key);
	json_unsigned(json, value);
}

static void put_text(struct json *json, const char *key, const char *text)
{
	json_key(json, key);
	json_string(json, text);
}

static void put_rows(struct json *json, const char *key, const struct incident_rows *rows)
{
	json_key(json, key);
	json_array_begin(json);
	for (size_t i = 0; i < rows->count; i++) {
		json_object_begin(json);
		put_text(json, "name", rows->rows[i].name);
		if (rows->rows[i].second[0] != '\0')
			put_text(json, "second", rows->rows[i].second);
		put_number(json, "records", rows->rows[i].records);
		put_number(json, "packets", rows->rows[i].packets);
		json_object_end(json);
	}
	json_array_end(json);
}

static void put_events(struct json *json, const struct incident *incident)
{
	json_key(json, "events");
	json_array_begin(json);
	for (size_t i = 0; i < incident->event_count; i++) {
		json_object_begin(json);
		json_key(json, "time");
		json_signed(json, incident->events[i].time);
		put_number(json, "sequence", incident->events[i].sequence);
		put_text(json, "action", incident->events[i].action);
		put_text(json, "message", incident->events[i].message);
		json_object_end(json);
	}
	json_array_end(json);
	put_number(json, "events_in_all", incident->event_total);
}

int incidentview_print_json(const struct incident_report *report)
{
	const struct incident *incident = report->incident;
	struct json json;

	json_init(&json);
	json_object_begin(&json);
	put_text(&json, "site", incident->site);
	put_number(&json, "records", incident->totals.records);
	put_number(&json, "packets", incident->totals.packets);
	put_number(&json, "lost_packets", incident->totals.lost_packets);
	put_number(&json, "observed_packets", incident->observed);
	put_number(&json, "scans", incident->scans);
	if (incident->any) {
		json_key(&json, "first");
		json_signed(&json, incident->first);
		json_key(&json, "last");
		json_signed(&json, incident->last);
		put_number(&json, "first_sequence", incident->first_sequence);
		put_number(&json, "last_sequence", incident->last_sequence);
	}
	put_rows(&json, "pairs", &incident->rows[LOGCOUNT_PAIR]);
	put_rows(&json, "reasons", &incident->rows[LOGCOUNT_REASON]);
	put_rows(&json, "ports", &incident->rows[LOGCOUNT_PORT]);
	put_rows(&json, "sources", &incident->rows[LOGCOUNT_SOURCE]);
	put_rows(&json, "destinations", &incident->rows[LOGCOUNT_DESTINATION]);
	put_events(&json, incident);
	if (incident->sealed) {
		put_number(&json, "checkpoint", incident->checkpoint.index);
		put_text(&json, "origin", incident->checkpoint.origin);
	}
	json_object_end(&json);
	return cmd_put_json(&json);
}
