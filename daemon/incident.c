/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "incident.h"

#include <stdlib.h>
#include <string.h>

#include "../lib/logscan.h"
#include "../lib/logtime.h"
#include "logwalk.h"

struct reading {
	struct incident *incident;
	struct logcount *counts[LOGCOUNT_BY_COUNT];
};

static int out_of_memory(void)
{
	return cmd_failed(_("out of memory"));
}

static uint64_t number(const char *text)
{
	return text ? strtoull(text, NULL, 10) : 0;
}

/* Keep the first text that is there. */
static bool keep_text(char **text, const char *value)
{
	if (*text || !value)
		return true;
	*text = strdup(value);
	return *text != NULL;
}

/* Flows ---------------------------------------------------------------------------------------- */

static void widen(struct incident *incident, const struct log_record *record)
{
	uint64_t sequence = number(record->sequence);
	int64_t end = record->time;

	if (record->end)
		(void)logtime_parse(record->end, &end);
	if (!incident->any || record->time < incident->first)
		incident->first = record->time;
	if (!incident->any || end > incident->last)
		incident->last = end;
	if (!incident->any || sequence < incident->first_sequence)
		incident->first_sequence = sequence;
	if (sequence > incident->last_sequence)
		incident->last_sequence = sequence;
	incident->any = true;
}

static int take_flow(const char *line, size_t length, const struct log_record *record, void *data)
{
	struct reading *reading = data;
	struct incident *incident = reading->incident;
	enum log_class class = log_record_class(record);

	(void)line, (void)length;
	if (class != LOG_CLASS_FLOW && class != LOG_CLASS_LOSS)
		return EXIT_OK;
	for (int i = 0; i < LOGCOUNT_BY_COUNT; i++)
		if (logcount_add(reading->counts[i], record) < 0)
			return out_of_memory();
	if (class == LOG_CLASS_LOSS)
		return EXIT_OK;
	widen(incident, record);
	if (record->action && strcmp(record->action, "flow-observed") == 0)
		incident->observed += number(record->packets);
	return keep_text(&incident->site, record->observer) &&
			       keep_text(&incident->profile, record->profile)
		       ? EXIT_OK
		       : out_of_memory();
}

static int take_rows(struct reading *reading)
{
	struct incident *incident = reading->incident;

	incident->totals = logcount_totals(reading->counts[LOGCOUNT_ALL]);
	for (int i = LOGCOUNT_ALL + 1; i < LOGCOUNT_BY_COUNT; i++)
		if (logcount_top(reading->counts[i], INCIDENT_ROWS_MAX, &incident->rows[i].rows,
			    &incident->rows[i].count) < 0)
			return out_of_memory();
	return EXIT_OK;
}

static int read_flows(const struct cli *cli, const struct cmd_usage *usage,
	const struct log_query *query, struct incident *incident)
{
	struct reading reading = { .incident = incident };
	const struct log_sink sink = { .take = take_flow, .data = &reading };
	int exit_code = EXIT_OK;

	for (int i = 0; i < LOGCOUNT_BY_COUNT && exit_code == EXIT_OK; i++)
		if (logcount_new((enum logcount_by)i, &reading.counts[i]) < 0)
			exit_code = out_of_memory();
	if (exit_code == EXIT_OK)
		exit_code = log_walk(cli, usage, query, &sink);
	if (exit_code == EXIT_OK)
		exit_code = take_rows(&reading);
	for (int i = 0; i < LOGCOUNT_BY_COUNT; i++)
		logcount_free(reading.counts[i]);
	return exit_code;
}

/* Events --------------------------------------------------------------------------------------- */

static int keep_event(struct incident *incident, const struct log_record *record)
{
	struct incident_event *events, *event;

	incident->event_total++;
	if (incident->event_count == INCIDENT_EVENTS_MAX)
		return EXIT_OK;
	events = reallocarray(incident->events, incident->event_count + 1, sizeof(*events));
	if (!events)
		return out_of_memory();
	incident->events = events;
	event = &events[incident->event_count++];
	*event = (struct incident_event){
		.time = record->time,
		.sequence = number(record->sequence),
		.action = strdup(record->action ? record->action : ""),
		.message = strdup(record->message ? record->message : ""),
	};
	return event->action && event->message ? EXIT_OK : out_of_memory();
}

static int take_event(const char *line, size_t length, const struct log_record *record, void *data)
{
	struct incident *incident = data;
	enum log_class class = log_record_class(record);

	(void)line, (void)length;
	if (class == LOG_CLASS_FLOW || class == LOG_CLASS_LEDGER)
		return EXIT_OK;
	if (record->action && strcmp(record->action, "scan") == 0)
		incident->scans++;
	return keep_text(&incident->site, record->observer) ? keep_event(incident, record)
							    : out_of_memory();
}

/* All of the time that was asked for, whatever flows were. */
static int read_events(const struct cli *cli, const struct cmd_usage *usage,
	const struct log_query *query, struct incident *incident)
{
	const struct log_sink sink = { .take = take_event, .data = incident };
	struct log_query events;

	log_query_init(&events);
	events.directory = query->directory;
	events.index = query->index;
	events.since_set = query->since_set;
	events.filter.since = query->filter.since;
	events.filter.until = query->filter.until;
	events.filter.events = true;
	return log_walk(cli, usage, &events, &sink);
}

/* The seal ------------------------------------------------------------------------------------- */

/* The last valid one of a file's checkpoints. */
static void take_checkpoints(struct incident *incident, const char *text, size_t length)
{
	struct checkpoint checkpoint;
	int taken;

	while (length > 0 && (taken = checkpoint_parse(text, length, &checkpoint)) > 0 &&
		(size_t)taken <= length) {
		incident->checkpoint = checkpoint;
		incident->sealed = true;
		text += taken;
		length -= (size_t)taken;
	}
}

/* Of the log as it is: a copy of it shows later that nothing of it was changed. */
static void read_seal(const char *directory, struct incident *incident)
{
	struct logscan_names names = { 0 };
	size_t length, i;
	char *text;

	if (logscan_list(directory, LOGSCAN_SEALS, &names) < 0)
		return;
	for (i = names.count; i-- > 0 && !incident->sealed;) {
		if (logscan_read(directory, names.names[i], &text, &length) < 0)
			continue;
		take_checkpoints(incident, text, length);
		free(text);
	}
	logscan_free_names(&names);
}

/* ---------------------------------------------------------------------------------------------- */

int incident_read(const struct cli *cli, const struct cmd_usage *usage,
	const struct log_query *query, struct incident *ret_incident)
{
	int exit_code;

	memset(ret_incident, 0, sizeof(*ret_incident));
	exit_code = read_flows(cli, usage, query, ret_incident);
	if (exit_code == EXIT_OK)
		exit_code = read_events(cli, usage, query, ret_incident);
	if (exit_code == EXIT_OK)
		read_seal(query->directory, ret_incident);
	if (exit_code == EXIT_OK &&
		(!keep_text(&ret_incident->site, "") || !keep_text(&ret_incident->profile, "")))
		exit_code = out_of_memory();
	return exit_code;
}

void incident_clear(struct incident *incident)
{
	for (int i = 0; i < LOGCOUNT_BY_COUNT; i++)
		free(incident->rows[i].rows);
	for (size_t i = 0; i < incident->event_count; i++) {
		free(incident->events[i].action);
		free(incident->events[i].message);
	}
	free(incident->events);
	free(incident->site);
	free(incident->profile);
}
