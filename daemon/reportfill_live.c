/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel counts, beside what is on record: the equation of blocked packets, and paths that
 * nobody uses. */
#include <stdlib.h>
#include <string.h>

#include "../lib/logtime.h"
#include "clock.h"
#include "ctlclient.h"
#include "reportlog.h"

#define ANSWER_SECONDS 30
#define DAY	       INT64_C(86400)

/* ---- hedated ---- */

static int take_field(struct message *message, void *data)
{
	if (message->type == CTL_FIELD)
		return ctl_fields_take(data, message);
	message->failed = true;
	return EXIT_OK;
}

/* What hedated says of itself; nothing when it is not to be asked, or does not answer. */
static bool ask_status(const struct reportfacts *facts, struct ctl_fields *ret_fields)
{
	const struct ctl_request request = {
		.type = CTL_STATUS, .fd = -1, .seconds = ANSWER_SECONDS, .quiet = true
	};
	char text[CTL_TEXT_MAX];
	int exit_code;

	*ret_fields = (struct ctl_fields){ 0 };
	if (!facts->live)
		return false;
	exit_code = ctl_call(facts->cli, &request, take_field, ret_fields, text);
	return exit_code == EXIT_OK || exit_code == EXIT_DIFFERS;
}

/* ---- the equation ---- */

static int take_ledger(const char *line, size_t length, const struct log_record *record, void *data)
{
	struct report_equation *equation = data;
	uint64_t packets = record->epoch_packets ? strtoull(record->epoch_packets, NULL, 10) : 0;
	uint64_t recorded = record->epoch_recorded ? strtoull(record->epoch_recorded, NULL, 10) : 0;
	uint64_t lost = record->epoch_lost ? strtoull(record->epoch_lost, NULL, 10) : 0;

	(void)line, (void)length;
	equation->kernel += packets;
	equation->recorded += recorded;
	equation->lost += lost;
	equation->epochs++;
	equation->unbalanced += packets != recorded + lost;
	return EXIT_OK;
}

/* Each epoch by its own ledger; what waits is in none yet. */
void reportfill_equation(struct report *report, const struct reportfacts *facts)
{
	struct report_equation *equation = &report->equation;
	const struct log_sink sink = { .take = take_ledger, .data = equation };
	struct ctl_fields status;
	struct log_query query;
	int exit_code;

	if (!reportlog_open(report, facts, &equation->source))
		return;
	reportlog_query(facts, &query);
	query.filter.action = "ledger";
	exit_code = reportlog_walk(facts, &query, &sink);
	equation->holds = equation->unbalanced == 0 &&
			  equation->kernel == equation->recorded + equation->lost;
	reportlog_end(report, &equation->source, exit_code, 0);
	if (ask_status(facts, &status))
		(void)ctl_fields_number(&status, "pending_packets", &equation->waiting);
	ctl_fields_clear(&status);
}

/* ---- unused paths ---- */

static void add_unused(struct report *report)
{
	const struct report_matrix *matrix = &report->matrix;
	struct report_unused *unused = &report->unused;

	for (size_t i = 0; i < matrix->path_count; i++) {
		const char **name;

		if (!matrix->paths[i].hits_known || matrix->paths[i].hits > 0)
			continue;
		name = report_add(report, &unused->paths, &unused->count, sizeof(*name));
		if (!name)
			return;
		*name = matrix->paths[i].name;
	}
}

/* Since when hedated has put these rules in place, by which hits are counted; 0: not known. */
static int64_t counted_since(const struct reportfacts *facts)
{
	struct ctl_fields status;
	const char *applied;
	int64_t since = 0;

	if (ask_status(facts, &status)) {
		applied = ctl_fields_find(&status, "applied_at");
		if (!applied || logtime_parse(applied, &since) < 0)
			since = 0;
	}
	ctl_fields_clear(&status);
	return since / CLOCK_SECOND;
}

void reportfill_unused(struct report *report, const struct reportfacts *facts)
{
	struct report_unused *unused = &report->unused;

	unused->days = facts->unused_days;
	if (report->matrix.source.state == REPORT_UNREAD) {
		report_unread(
			report, &unused->source, _("the kernel's counters could not be read"));
		return;
	}
	unused->known_since = counted_since(facts);
	add_unused(report);
	report_read(&unused->source, facts->snapshot_evidence);
	if (unused->known_since == 0)
		report_partly(
			report, &unused->source, _("it is not known since when the kernel counts"));
	else if (facts->now - unused->known_since < (int64_t)unused->days * DAY)
		report_partly(report, &unused->source,
			_("the kernel does not count for so many days yet"));
}
