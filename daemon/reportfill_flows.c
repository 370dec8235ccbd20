/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Blocked flows of the period: how many, when, from where to where, why; and scans. */
#include <stdlib.h>
#include <string.h>

#include "../lib/report_words.h"
#include "../lib/spans.h"
#include "clock.h"
#include "logfields.h"
#include "reportlog.h"

#define ROWS_MAX  20
#define SCANS_MAX 50

#define BLOCKED "flow-blocked"

struct filling {
	struct report *report;
	const struct reportfacts *facts;
	int64_t oldest; /* of all records, Unix time; INT64_MAX: there is none */
	int exit_codes; /* of all walks, or-ed */
};

static uint64_t number(const char *text)
{
	return text ? strtoull(text, NULL, 10) : 0;
}

/* Count what is asked for into something new; NULL when memory ran out. */
static struct logcount *count_into(
	struct filling *filling, enum logcount_by by, const char *action, const struct spans *spans)
{
	struct log_query query;
	struct logcount *count;
	int64_t *bounds;

	if (logcount_new(by, &count) < 0)
		return NULL;
	if (spans) {
		bounds = calloc(spans->number + 1, sizeof(*bounds));
		for (size_t i = 0; bounds && i <= spans->number; i++)
			bounds[i] = spans->bounds[i] * CLOCK_SECOND;
		if (!bounds || logcount_set_spans(count, bounds, spans->number) < 0)
			filling->report->failed = true;
		free(bounds);
	}
	reportlog_query(filling->facts, &query);
	query.filter.action = action;
	if (!filling->report->failed)
		filling->exit_codes |= reportlog_count(filling->facts, &query, count);
	return count;
}

/* ---- totals ---- */

static void fill_totals(struct filling *filling)
{
	struct report_flows *flows = &filling->report->flows;
	struct logcount *blocked = count_into(filling, LOGCOUNT_ALL, BLOCKED, NULL);
	struct logcount *all = count_into(filling, LOGCOUNT_ALL, NULL, NULL);

	if (blocked && all) {
		struct logcount_totals of_blocked = logcount_totals(blocked);
		struct logcount_totals of_all = logcount_totals(all);

		flows->records = of_blocked.records;
		flows->packets = of_blocked.packets;
		flows->losses = of_all.losses;
		flows->lost_packets = of_all.lost_packets;
		flows->observed_records = of_all.records - of_blocked.records;
		flows->observed_packets = of_all.packets - of_blocked.packets;
	} else {
		filling->report->failed = true;
	}
	logcount_free(blocked);
	logcount_free(all);
}

/* ---- rows ---- */

static void fill_rows(struct filling *filling, enum logcount_by by, struct report_rows *rows)
{
	struct logcount *count = count_into(filling, by, BLOCKED, NULL);
	struct logcount_row *top = NULL;
	size_t top_count = 0;

	if (!count || logcount_top(count, ROWS_MAX, &top, &top_count) < 0)
		filling->report->failed = true;
	for (size_t i = 0; i < top_count; i++) {
		struct report_row *row =
			report_add(filling->report, &rows->rows, &rows->count, sizeof(*row));

		if (!row)
			break;
		row->name = report_keep(filling->report, top[i].name);
		row->second = report_keep(filling->report, top[i].second);
		row->records = top[i].records;
		row->packets = top[i].packets;
	}
	free(top);
	logcount_free(count);
}

static void fill_all_rows(struct filling *filling)
{
	struct report_flows *flows = &filling->report->flows;

	fill_rows(filling, LOGCOUNT_SOURCE, &flows->sources);
	fill_rows(filling, LOGCOUNT_DESTINATION, &flows->destinations);
	fill_rows(filling, LOGCOUNT_PORT, &flows->ports);
	fill_rows(filling, LOGCOUNT_PAIR, &flows->pairs);
	fill_rows(filling, LOGCOUNT_REASON, &flows->reasons);
}

/* ---- the timeline ---- */

/* Whole: in the period, and on record from its begin to its end. */
static void fill_complete(struct filling *filling, const struct spans *spans)
{
	const struct reportfacts *facts = filling->facts;
	struct report_bucket *buckets = filling->report->flows.buckets;

	for (size_t i = 0; i < spans->number; i++)
		buckets[i].complete =
			spans->bounds[i] >= facts->since && spans->bounds[i + 1] <= facts->until &&
			spans->bounds[i + 1] <= facts->now && spans->bounds[i] >= filling->oldest;
}

static void fill_buckets(struct filling *filling, const struct spans *spans,
	const struct logcount_span *blocked, const struct logcount_span *all)
{
	struct report_flows *flows = &filling->report->flows;

	flows->bucket_seconds = spans->unit;
	for (size_t i = 0; i < spans->number; i++) {
		struct report_bucket *bucket = report_add(
			filling->report, &flows->buckets, &flows->bucket_count, sizeof(*bucket));

		if (!bucket)
			return;
		bucket->begin = spans->bounds[i];
		bucket->records = blocked[i].records;
		bucket->packets = blocked[i].packets;
		bucket->lost = all[i].lost_packets;
	}
	if (!filling->report->failed)
		fill_complete(filling, spans);
}

static void fill_timeline(struct filling *filling)
{
	const struct reportfacts *facts = filling->facts;
	struct logcount *blocked, *all;
	struct spans spans;

	if (spans_cut(filling->report->zone, facts->since, facts->until, &spans) < 0) {
		filling->exit_codes |= EXIT_FAILED;
		return;
	}
	blocked = count_into(filling, LOGCOUNT_TIME, BLOCKED, &spans);
	all = count_into(filling, LOGCOUNT_TIME, NULL, &spans);
	if (blocked && all && !filling->report->failed)
		fill_buckets(filling, &spans, logcount_spans(blocked), logcount_spans(all));
	else
		filling->report->failed = true;
	logcount_free(blocked);
	logcount_free(all);
	spans_clear(&spans);
}

/* ---- the first and the last one ---- */

#define STOP 100 /* of a sink: enough was seen; no exit code */

static int take_first(const char *line, size_t length, const struct log_record *record, void *data)
{
	(void)line, (void)length;
	*(int64_t *)data = record->time / CLOCK_SECOND;
	return STOP;
}

static int take_last(const char *line, size_t length, const struct log_record *record, void *data)
{
	(void)line, (void)length;
	*(int64_t *)data = record->time / CLOCK_SECOND;
	return EXIT_OK;
}

static void fill_ends(struct filling *filling)
{
	struct report_flows *flows = &filling->report->flows;
	const struct log_sink first = { .take = take_first, .data = &flows->first };
	const struct log_sink last = { .take = take_last, .data = &flows->last };
	struct log_query query;
	int exit_code;

	reportlog_query(filling->facts, &query);
	query.filter.action = BLOCKED;
	exit_code = reportlog_walk(filling->facts, &query, &first);
	filling->exit_codes |= exit_code == STOP ? EXIT_OK : exit_code;
	query.last_set = true;
	query.last = 1;
	filling->exit_codes |= reportlog_walk(filling->facts, &query, &last);
}

/* ---- scans ---- */

/* "21 targets: 12 addresses, 3 ports; no path permits it": a sentence. */
static const char *scan_text(struct report *report, const struct logfields *fields)
{
	return report_print(report, _("%s targets: %s addresses, %s ports; %s"),
		logfields_get(fields, "hedate.scan.targets"),
		logfields_get(fields, "hedate.scan.addresses"),
		logfields_get(fields, "hedate.scan.ports"),
		report_word(WORDS_REASON, logfields_get(fields, "hedate.scan.reason")));
}

static int take_scan(const char *line, size_t length, const struct log_record *record, void *data)
{
	struct report *report = data;
	struct report_scan *scan =
		report_add(report, &report->flows.scans, &report->flows.scan_count, sizeof(*scan));
	struct logfields fields;

	if (!scan)
		return EXIT_FAILED;
	logfields_read(line, length, &fields);
	scan->time = record->time / CLOCK_SECOND;
	scan->sequence = number(record->sequence);
	scan->source =
		report_keep(report, record->source_ip ? record->source_ip : record->source_mac);
	scan->from = report_keep(report, record->zone_source);
	scan->to = report_keep(report, record->zone_destination);
	scan->what = scan_text(report, &fields);
	logfields_clear(&fields);
	return EXIT_OK;
}

static void fill_scans(struct filling *filling)
{
	const struct log_sink sink = { .take = take_scan, .data = filling->report };
	struct logcount *count = count_into(filling, LOGCOUNT_ALL, "scan", NULL);
	struct log_query query;

	if (!count) {
		filling->report->failed = true;
		return;
	}
	filling->report->flows.scan_total = logcount_totals(count).records;
	logcount_free(count);
	reportlog_query(filling->facts, &query);
	query.filter.action = "scan";
	query.last_set = true;
	query.last = SCANS_MAX;
	filling->exit_codes |= reportlog_walk(filling->facts, &query, &sink);
}

void reportfill_flows(struct report *report, const struct reportfacts *facts)
{
	struct filling filling = { .report = report, .facts = facts, .oldest = INT64_MAX };
	int64_t oldest, newest;

	if (!reportlog_open(report, facts, &report->flows.source))
		return;
	if (reportlog_ends(facts, &oldest, &newest))
		filling.oldest = oldest / CLOCK_SECOND;
	fill_totals(&filling);
	fill_timeline(&filling);
	fill_all_rows(&filling);
	fill_ends(&filling);
	fill_scans(&filling);
	reportlog_end(report, &report->flows.source, filling.exit_codes, 0);
}
