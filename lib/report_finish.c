/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What follows from the sections of a report: what its reader has to know first. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "i18n.h"
#include "report_shape.h"

#define RETENTION_LEAST 365 /* days, below which it is said */

/* A point, unless one before it was one too many for the memory. */
#define POINT(report, result, section, ...)                                                        \
	add_point((report), (result), (section), report_print((report), __VA_ARGS__))

static void add_point(
	struct report *report, enum report_result result, const char *section, const char *text)
{
	struct report_point *point =
		report_add(report, &report->points, &report->point_count, sizeof(*point));

	if (point)
		*point = (struct report_point){ result, section, text };
}

/* ---- what passes ---- */

static const char *place_name(const struct report_matrix *matrix, size_t place)
{
	const struct report_place *item = &matrix->places[place];

	return item->label[0] != '\0' ? item->label : item->name;
}

/* What verdicts of a pair mean; those that are not here are as they should be. */
static const struct {
	const char *verdict;
	enum report_result result;
	bool restrained; /* it is expected while something is cut off */
	const char *text;
} verdicts[] = {
	{ "more", REPORT_FAILS, false, N_("more passes than the policy permits") },
	{ "less", REPORT_FAILS, true, N_("less passes than the policy permits") },
	{ "observed", REPORT_FAILS, false, N_("only observed, what no path permits passes") },
	{ "undecided", REPORT_CONFIRM, false, N_("it cannot be decided what passes") },
	{ "budget", REPORT_CONFIRM, false, N_("too big to decide what passes") },
};

static void judge_cell(struct report *report, const struct report_cell *cell, bool restrained)
{
	const struct report_matrix *matrix = &report->matrix;

	for (size_t i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++)
		if (cell->asked && strcmp(cell->verdict, verdicts[i].verdict) == 0)
			POINT(report,
				verdicts[i].restrained && restrained ? REPORT_CONFIRM
								     : verdicts[i].result,
				"matrix", "%s > %s: %s", place_name(matrix, cell->from),
				place_name(matrix, cell->to), _(verdicts[i].text));
}

static void judge_matrix(struct report *report)
{
	const struct report_matrix *matrix = &report->matrix;
	bool restrained = matrix->island || matrix->isolation || matrix->guard;

	for (size_t i = 0; i < matrix->cell_count; i++)
		judge_cell(report, &matrix->cells[i], restrained);
	if (matrix->guard)
		POINT(report, REPORT_FAILS, "matrix",
			_("the closed rule set is in place: the policy is not in force"));
	if (matrix->island)
		POINT(report, REPORT_CONFIRM, "matrix",
			_("nothing is forwarded: the log could not be written"));
	if (matrix->isolation)
		POINT(report, REPORT_CONFIRM, "matrix",
			_("something is isolated or in quarantine"));
	if (matrix->connection_findings > 0)
		POINT(report, REPORT_FAILS, "matrix",
			_("%" PRIu64
			  " connections are not those of the path whose mark they carry"),
			matrix->connection_findings);
	if (!matrix->connections_read)
		POINT(report, REPORT_CONFIRM, "matrix",
			_("the connections that there are could not be read"));
}

static void judge_bypass(struct report *report)
{
	const struct report_bypass *bypass = &report->bypass;

	for (size_t i = 0; i < bypass->count; i++) {
		const struct report_bypass_item *item = &bypass->items[i];

		if (strcmp(item->state, "present") == 0 && !item->harmless)
			POINT(report, REPORT_FAILS, "bypass",
				_("there is a way round the rules: %s %s"), item->name, item->what);
		else if (strcmp(item->state, "unreadable") == 0 && !item->harmless)
			POINT(report, REPORT_CONFIRM, "bypass",
				_("it could not be read whether there is a way round the rules: "
				  "%s %s"),
				item->name, item->what);
	}
	if (bypass->left_out > 0)
		POINT(report, REPORT_CONFIRM, "bypass",
			_("%zu more ways round the rules were found than are listed"),
			bypass->left_out);
}

/* ---- clauses ---- */

static void judge_conformity(struct report *report)
{
	size_t open = 0;

	for (size_t i = 0; i < report->conformity.document_count; i++) {
		const struct report_clauses *document = &report->conformity.documents[i];

		for (size_t k = 0; k < document->clause_count; k++) {
			const struct report_clause *clause = &document->clauses[k];

			if (clause->result == REPORT_FAILS)
				POINT(report, REPORT_FAILS, "conformity", "%s %s %s",
					document->document.name, clause->number, clause->title);
			open += clause->result == REPORT_CONFIRM;
		}
	}
	if (open > 0)
		POINT(report, REPORT_CONFIRM, "conformity",
			_("%zu clauses are to be confirmed by a person"), open);
}

static void judge_outside(struct report *report)
{
	for (size_t i = 0; i < report->outside.count; i++) {
		const struct report_outside_date *item = &report->outside.items[i];

		if (item->overdue)
			POINT(report, REPORT_FAILS, "outside",
				strcmp(item->name, "audited_on") == 0
					? _("an audit by others is overdue: %s")
					: _("a confirmation by others is overdue: %s"),
				item->due[0] != '\0' ? item->due : item->clause);
	}
}

/* ---- the period ---- */

static void judge_flows(struct report *report)
{
	const struct report_flows *flows = &report->flows;

	if (flows->observed_packets > 0)
		POINT(report, REPORT_CONFIRM, "flows",
			_("%" PRIu64 " packets passed that no path permits, and were recorded"),
			flows->observed_packets);
	if (flows->scan_total > 0)
		POINT(report, REPORT_CONFIRM, "flows",
			_("%zu sources were seen to try many targets (scan)"), flows->scan_total);
}

static void judge_equation(struct report *report)
{
	const struct report_equation *equation = &report->equation;

	if (!equation->holds)
		POINT(report, REPORT_FAILS, "equation",
			_("not every blocked packet is accounted for"));
	if (equation->unbalanced > 0)
		POINT(report, REPORT_FAILS, "equation",
			_("%" PRIu64 " times in the period not every blocked packet was accounted "
			  "for"),
			equation->unbalanced);
	if (equation->lost > 0)
		POINT(report, REPORT_CONFIRM, "equation",
			_("of %" PRIu64 " blocked packets only the number is on record"),
			equation->lost);
}

static void judge_changes(struct report *report)
{
	if (report->changes.alone > 0)
		POINT(report, report->site.two_person ? REPORT_FAILS : REPORT_CONFIRM, "changes",
			_("%" PRIu64 " changes were put in force by one person"),
			report->changes.alone);
}

static void judge_exceptions(struct report *report)
{
	for (size_t i = 0; i < report->exceptions.count; i++)
		if (report->exceptions.items[i].report_due)
			POINT(report, REPORT_FAILS, "exceptions",
				_("%s: the report on an emergency exception is due"),
				report->exceptions.items[i].id);
	if (report->exceptions.in_force > 0)
		POINT(report, REPORT_CONFIRM, "exceptions",
			_("%" PRIu64 " exceptions are in force"), report->exceptions.in_force);
}

static void judge_drift(struct report *report)
{
	const struct report_drift *drift = &report->drift;

	if (drift->open > 0)
		POINT(report, REPORT_FAILS, "drift",
			_("%" PRIu64 " foreign changes are not repaired"), drift->open);
	if (drift->found > 0)
		POINT(report, REPORT_CONFIRM, "drift",
			_("%" PRIu64 " foreign changes were found in the period, %" PRIu64
			  " repaired"),
			drift->found, drift->repaired);
}

/* ---- the host and its log ---- */

static void judge_unused(struct report *report)
{
	if (report->unused.source.state == REPORT_READ && report->unused.count > 0)
		POINT(report, REPORT_CONFIRM, "unused",
			_("%zu paths had no connection for %u days or longer"),
			report->unused.count, report->unused.days);
}

static void judge_listeners(struct report *report)
{
	size_t unexpected = 0;

	for (size_t i = 0; i < report->listeners.count; i++)
		unexpected += !report->listeners.items[i].declared;
	if (unexpected > 0)
		POINT(report, REPORT_CONFIRM, "listeners",
			_("%zu services of the gateway itself are ones that no path leads to"),
			unexpected);
}

static void judge_clock(struct report *report)
{
	const struct report_clock *clock = &report->clock;

	if (clock->source.state == REPORT_READ && !clock->synchronised)
		POINT(report, REPORT_FAILS, "clock", _("the clock is not synchronised"));
	if (clock->lost > 0)
		POINT(report, REPORT_CONFIRM, "clock",
			_("the clock lost its source %" PRIu64 " times"), clock->lost);
	if (clock->jumps > 0)
		POINT(report, REPORT_CONFIRM, "clock", _("the clock jumped %" PRIu64 " times"),
			clock->jumps);
}

static void judge_log(struct report *report)
{
	const struct report_log *log = &report->log;

	if (log->finding_total > 0)
		POINT(report, REPORT_FAILS, "log",
			_("the log is not what was sealed: %" PRIu64 " findings"),
			log->finding_total);
	if (!log->verified)
		POINT(report, REPORT_CONFIRM, "log",
			_("nobody has looked whether the log is what was sealed"));
	if (log->retention_days > 0 && log->retention_days < RETENTION_LEAST)
		POINT(report, REPORT_CONFIRM, "log",
			_("the log is kept for %u days, less than a year"), log->retention_days);
	if (log->source.state == REPORT_READ && log->exported.time == 0)
		POINT(report, REPORT_CONFIRM, "log", _("the log was never exported"));
}

static void judge_difference(struct report *report)
{
	size_t worse = 0;

	for (size_t i = 0; i < report->difference.count; i++)
		worse += report->difference.items[i].worse;
	if (worse > 0)
		POINT(report, REPORT_CONFIRM, "difference",
			_("%zu things are worse than in the report before"), worse);
}

/* ---- all of them ---- */

#define SECTION(member, judge, title)                                                              \
	{                                                                                          \
#member, offsetof(struct report, member), (judge), (title)                         \
	}

static const struct {
	const char *name;
	size_t source; /* a section begins with it */
	void (*judge)(struct report *report);
	const char *title; /* NULL: that nobody looked says nothing */
} sections[] = {
	SECTION(matrix, judge_matrix, N_("what passes between the zones")),
	SECTION(bypass, judge_bypass, N_("ways round the rules")),
	SECTION(conformity, judge_conformity, N_("the clauses of the security policy")),
	SECTION(outside, judge_outside, N_("confirmation and audit by others")),
	SECTION(equation, judge_equation, N_("whether every block is on record")),
	SECTION(exceptions, judge_exceptions, N_("exceptions")),
	SECTION(changes, judge_changes, N_("changes of the configuration")),
	SECTION(drift, judge_drift, N_("foreign changes")),
	SECTION(log, judge_log, N_("the log")),
	SECTION(checkpoint, NULL, N_("the log's last checkpoint")),
	SECTION(clock, judge_clock, N_("the clock")),
	SECTION(flows, judge_flows, N_("what was blocked")),
	SECTION(events, NULL, N_("other events")),
	SECTION(unused, judge_unused, N_("paths without use")),
	SECTION(listeners, judge_listeners, N_("services of the gateway itself")),
	SECTION(site, NULL, N_("the site")),
	SECTION(difference, judge_difference, NULL),
};
#define SECTIONS (sizeof(sections) / sizeof(sections[0]))

static const struct report_source *source_of(const struct report *report, size_t section)
{
	return (const void *)((const unsigned char *)report + sections[section].source);
}

static void judge_source(struct report *report, size_t section)
{
	const struct report_source *source = source_of(report, section);

	if (source->state == REPORT_READ || !sections[section].title)
		return;
	POINT(report, REPORT_CONFIRM, sections[section].name,
		source->state == REPORT_PARTLY ? _("not all could be read of: %s (%s)")
					       : _("not read: %s (%s)"),
		_(sections[section].title),
		source->problem[0] != '\0' ? source->problem : _("nobody has looked"));
}

/* Packets that were blocked between the places of a pair, as the flows have them. */
static void count_blocked(struct report *report)
{
	struct report_matrix *matrix = &report->matrix;
	const struct report_rows *pairs = &report->flows.pairs;

	for (size_t i = 0; i < matrix->cell_count; i++)
		for (size_t k = 0; k < pairs->count; k++)
			if (strcmp(pairs->rows[k].name,
				    matrix->places[matrix->cells[i].from].name) == 0 &&
				strcmp(pairs->rows[k].second,
					matrix->places[matrix->cells[i].to].name) == 0)
				matrix->cells[i].blocked = pairs->rows[k].packets;
}

/* What fails before what is to be confirmed, else as it is. */
static int sort_points(struct report *report)
{
	struct report_point *points = NULL;
	size_t count = 0;

	for (unsigned int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < report->point_count; i++) {
			struct report_point *point;

			if ((report->points[i].result == REPORT_FAILS) != (pass == 0))
				continue;
			point = report_add(report, &points, &count, sizeof(*point));
			if (!point)
				return -ENOMEM;
			*point = report->points[i];
		}
	report->points = points;
	return 0;
}

int report_finish(struct report *report)
{
	report->point_count = 0;
	report_complete(report);
	count_blocked(report);
	for (size_t i = 0; i < SECTIONS; i++) {
		judge_source(report, i);
		if (sections[i].judge && source_of(report, i)->state != REPORT_UNREAD)
			sections[i].judge(report);
	}
	report->result = REPORT_CONFORMS;
	for (size_t i = 0; i < report->point_count; i++)
		report->result = report_worse(report->result, report->points[i].result);
	if (report->failed || sort_points(report) < 0)
		return -ENOMEM;
	return 0;
}

/* What was counted is read whole before it was counted for as long as is asked. */
static bool only_young(const struct report *report, const struct report_source *source)
{
	return source == &report->unused.source && source->state == REPORT_PARTLY &&
	       report->unused.known_since != 0;
}

bool report_whole(const struct report *report)
{
	for (size_t i = 0; i < SECTIONS; i++) {
		const struct report_source *source = source_of(report, i);

		if (sections[i].title && source->state != REPORT_READ &&
			!only_young(report, source))
			return false;
	}
	return report->difference.source.state != REPORT_PARTLY;
}
