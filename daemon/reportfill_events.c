/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "reportevents.h"
#include "reportlog.h"

/* Who is told of which. */
static const struct {
	const char *action;
	void (*take)(struct report *report, const struct reportevent *event);
} takers[] = {
	{ "apply", reportchange_take },
	{ "apply-refused", reportchange_take },
	{ "confirm", reportchange_take },
	{ "rollback", reportchange_take },
	{ "rollback-automatic", reportchange_take },
	{ "refuse", reportchange_take },
	{ "propose-expired", reportchange_take },
	{ "open", reportchange_take },
	{ "close", reportchange_take },
	{ "drift", reportdrift_take },
	{ "drift-repaired", reportdrift_take },
	{ "drift-repair-failed", reportdrift_take },
	{ "drift-storm", reportdrift_take },
	{ "drift-end", reportdrift_take },
	{ "table-missing", reportdrift_take },
	{ "table-renewed", reportdrift_take },
	{ "isolation-restored", reportdrift_take },
	{ "clock-lost", reportclock_take },
	{ "clock-stepped", reportclock_take },
	{ "clock-synchronised", reportclock_take },
};

const char *reportevent_text(
	struct report *report, const struct reportevent *event, const char *key)
{
	char member[64] = "hedate.";

	strncat(member, key, sizeof(member) - sizeof("hedate."));
	return report_keep(report, logfields_get(event->fields, member));
}

/* ---- how many of each ---- */

static struct report_event *item_of(struct report *report, const char *action)
{
	struct report_events *events = &report->events;
	struct report_event *item;

	for (size_t i = 0; i < events->count; i++)
		if (strcmp(events->items[i].action, action) == 0)
			return &events->items[i];
	item = report_add(report, &events->items, &events->count, sizeof(*item));
	if (item)
		item->action = report_keep(report, action);
	return item;
}

static void count_event(struct report *report, const struct reportevent *event)
{
	struct report_event *item = item_of(report, event->action);

	if (!item)
		return;
	if (item->count++ == 0)
		item->first = event->time;
	item->last = event->time;
}

static int compare_items(const void *left, const void *right)
{
	const struct report_event *a = left, *b = right;

	return strcmp(a->action, b->action);
}

/* ---- reading ---- */

static int tell(struct report *report, const char *line, size_t length, struct reportevent event,
	void (*take)(struct report *report, const struct reportevent *event))
{
	struct logfields fields;

	if (logfields_read(line, length, &fields) == 0) {
		event.fields = &fields;
		take(report, &event);
	}
	logfields_clear(&fields);
	return report->failed ? EXIT_FAILED : EXIT_OK;
}

static int take_event(const char *line, size_t length, const struct log_record *record, void *data)
{
	struct report *report = data;
	struct reportevent event = { .time = record->time / CLOCK_SECOND,
		.sequence = record->sequence ? strtoull(record->sequence, NULL, 10) : 0,
		.action = record->action ? record->action : "",
		.outcome = record->outcome ? record->outcome : "" };

	count_event(report, &event);
	for (size_t i = 0; i < sizeof(takers) / sizeof(takers[0]); i++)
		if (strcmp(takers[i].action, event.action) == 0)
			return tell(report, line, length, event, takers[i].take);
	return report->failed ? EXIT_FAILED : EXIT_OK;
}

static void end(struct report *report, int exit_code)
{
	struct report_source *const sources[] = { &report->events.source, &report->changes.source,
		&report->drift.source, &report->clock.source };

	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++)
		reportlog_end(report, sources[i], exit_code, 0);
}

void reportfill_events(struct report *report, const struct reportfacts *facts)
{
	const struct log_sink sink = { .take = take_event, .data = report };
	struct report_events *events = &report->events;
	struct log_query query;

	if (!reportlog_open(report, facts, &events->source)) {
		const char *problem = events->source.problem;

		report_unread(report, &report->changes.source, problem);
		report_unread(report, &report->drift.source, problem);
		report_unread(report, &report->clock.source, problem);
		return;
	}
	reportlog_query(facts, &query);
	query.filter.only_events = true;
	end(report, reportlog_walk(facts, &query, &sink));
	if (events->count > 1)
		qsort(events->items, events->count, sizeof(*events->items), compare_items);
	reportchange_finish(report, facts);
	reportdrift_finish(report, facts);
	reportclock_finish(report, facts);
}
