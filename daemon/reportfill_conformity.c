/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Clause by clause: by what the other sections found (clausereport.h judges). */
#include <string.h>

#include "../lib/bypass.h"
#include "../lib/clausereport.h"
#include "reportfill.h"

/* ---- the evidence ---- */

static void unread(struct evidence *evidence, const char *why)
{
	evidence->state = EVIDENCE_UNREAD;
	evidence->why = why;
}

/* Of a section: unread, or ill for this reason, or well (NULL). */
static void weigh(const struct report *report, struct evidence *evidence,
	const struct report_source *source, const char *ill)
{
	if (source->state == REPORT_UNREAD) {
		unread(evidence, source->problem && source->problem[0] != '\0'
					 ? source->problem
					 : _("it was not read"));
		return;
	}
	if (source->evidence > 0 && source->evidence <= report->evidence_count) {
		const struct report_evidence *of = &report->evidence[source->evidence - 1];

		evidence->what = of->what;
		memcpy(evidence->digest, of->digest, sizeof(evidence->digest));
	}
	evidence->state = ill ? EVIDENCE_ILL : EVIDENCE_WELL;
	evidence->why = ill;
	/* What is bad is bad also when not all was seen; what is well is not. */
	if (!ill && source->state == REPORT_PARTLY)
		unread(evidence, source->problem);
}

/* Is a way round the rules there, and not only one that could not be looked at? */
static bool is_bypassed(const struct report_bypass *bypass)
{
	for (size_t i = 0; i < bypass->count; i++)
		if (strcmp(bypass->items[i].state, bypass_state_name(BYPASS_PRESENT)) == 0 &&
			!bypass->items[i].harmless)
			return true;
	return false;
}

static const char *ill_kernel(const struct report *report)
{
	const char *result = report->matrix.result ? report->matrix.result : "";

	if (strcmp(result, "lost") == 0)
		return _("more or less can pass than the configuration permits");
	if (is_bypassed(&report->bypass))
		return _("something beside hedate's rules lets packets by, or may");
	if (report->matrix.connections_read && report->matrix.connection_findings > 0)
		return _("there are connections that nothing permits any more");
	return NULL;
}

static void weigh_kernel(const struct report *report, struct evidence *evidence)
{
	const char *result = report->matrix.result ? report->matrix.result : "";

	weigh(report, evidence, &report->matrix.source, ill_kernel(report));
	if (evidence->state != EVIDENCE_WELL)
		return;
	if (strcmp(result, "undecided") == 0 || result[0] == '\0')
		unread(evidence, _("not all could be decided"));
	else if (!report->bypass.holds)
		unread(evidence, _("not every way round the rules could be looked at"));
	else if (!report->matrix.connections_read)
		unread(evidence, _("the table of connections could not be read"));
}

static void weigh_log(const struct report *report, struct evidence *evidence)
{
	const struct report_log *log = &report->log;

	weigh(report, evidence, &log->source,
		log->verified && log->finding_total > 0 ? _("it is not what was sealed") : NULL);
	if (evidence->state == EVIDENCE_WELL && log->checkpoints == 0)
		unread(evidence, _("the log has no checkpoint"));
}

static void weigh_all(const struct report *report, const struct reportfacts *facts,
	struct evidence evidence[EVIDENCE_SOURCES])
{
	const struct report_source configuration = {
		.state = facts->policy ? REPORT_READ : REPORT_UNREAD,
		.problem = _("the configuration could not be read"),
		.evidence = facts->policy_evidence,
	};

	weigh(report, &evidence[EVIDENCE_CONFIGURATION], &configuration, NULL);
	weigh_kernel(report, &evidence[EVIDENCE_KERNEL]);
	weigh_log(report, &evidence[EVIDENCE_LOG]);
	weigh(report, &evidence[EVIDENCE_LEDGER], &report->equation.source,
		report->equation.holds
			? NULL
			: _("packets that the kernel blocked are neither on record nor counted as "
			    "lost"));
	weigh(report, &evidence[EVIDENCE_REGISTER], &report->exceptions.source,
		report->exceptions.due > 0 ? _("reports on emergencies are due") : NULL);
	weigh(report, &evidence[EVIDENCE_HISTORY], &report->changes.source, NULL);
}

static bool rests_on(const struct report_check *check, unsigned int number)
{
	for (size_t i = 0; i < check->evidence_count; i++)
		if (check->evidence[i].number == number)
			return true;
	return false;
}

static void add_ground(struct report *report, struct report_check *check, unsigned int number)
{
	struct report_ground *ground;

	if (number == 0 || number > report->evidence_count || rests_on(check, number))
		return;
	ground = report_add(report, &check->evidence, &check->evidence_count, sizeof(*ground));
	if (!ground)
		return;
	ground->number = number;
	memcpy(ground->digest, report->evidence[number - 1].digest, sizeof(ground->digest));
}

/* All that was looked at for it, what weighs most first. Several sources may be one and the same
 * piece of evidence. */
static void fill_grounds(struct report *report, const struct reportfacts *facts,
	struct report_check *check, unsigned int mask)
{
	const unsigned int numbers[EVIDENCE_SOURCES] = {
		[EVIDENCE_CONFIGURATION] = facts->policy_evidence,
		[EVIDENCE_KERNEL] = facts->snapshot_evidence,
		[EVIDENCE_LOG] = report->log.source.evidence,
		[EVIDENCE_LEDGER] = report->log.source.evidence,
		[EVIDENCE_REGISTER] = report->exceptions.source.evidence,
		[EVIDENCE_HISTORY] = report->log.source.evidence,
	};
	static const enum evidence_source order[] = { EVIDENCE_KERNEL, EVIDENCE_LOG,
		EVIDENCE_LEDGER, EVIDENCE_REGISTER, EVIDENCE_HISTORY, EVIDENCE_CONFIGURATION };

	for (size_t i = 0; i < EVIDENCE_SOURCES; i++)
		if ((mask & 1u << order[i]) != 0)
			add_ground(report, check, numbers[order[i]]);
}

/* ---- rows ---- */

static const enum report_result results[CLAUSE_RESULTS] = {
	[RESULT_OUTSIDE] = REPORT_NOT_APPLICABLE,
	[RESULT_CONFORMS] = REPORT_CONFORMS,
	[RESULT_CONFIRM] = REPORT_CONFIRM,
	[RESULT_FAILS] = REPORT_FAILS,
};

/* The reason, and what was found; the place of the first finding stands beside it. */
static const char *finding_text(struct report *report, const struct clause_check_row *row)
{
	const char *text = report_keep(report, row->reason);

	for (size_t i = 0; i < row->finding_count; i++)
		text = report_print(report, "%s%s%s", text, i == 0 ? ": " : "; ", row->findings[i]);
	if (row->findings_left_out > 0)
		text = report_print(report, _("%s; and %zu more"), text, row->findings_left_out);
	return text;
}

static void fill_check(struct report *report, const struct reportfacts *facts,
	struct report_clause *clause, const struct clause_check_row *row)
{
	struct report_check *check =
		report_add(report, &clause->checks, &clause->check_count, sizeof(*check));

	if (!check)
		return;
	check->kind = check_kind_name(row->check->kind);
	check->severity = clause_severity_name(row->check->severity);
	check->asks = report_keep(report, row->check->asks);
	check->result = results[row->result];
	check->finding = finding_text(report, row);
	check->where = row->where != NULL ? report_keep(report, row->where) : "";
	fill_grounds(report, facts, check, row->evidence);
}

static void fill_clause(struct report *report, const struct reportfacts *facts,
	struct report_clauses *document, const struct clause_row *row)
{
	struct report_clause *clause =
		report_add(report, &document->clauses, &document->clause_count, sizeof(*clause));
	bool own = row->document == judge_own();

	if (!clause)
		return;
	clause->number = report_keep(report, row->clause->number);
	clause->title = report_keep(report, own ? _(row->clause->title) : row->clause->title);
	clause->text = report_keep(report, own ? _(row->clause->text) : row->clause->text);
	clause->result = results[row->result];
	for (size_t i = 0; i < row->check_count; i++)
		fill_check(report, facts, clause, &row->checks[i]);
}

static void fill_document(struct report *report, const struct reportfacts *facts, const char *role,
	const struct report_document *about, const struct profile *profile,
	const struct clause_report *clauses)
{
	struct report_conformity *conformity = &report->conformity;
	struct report_clauses *document;

	if (!profile)
		return;
	document = report_add(
		report, &conformity->documents, &conformity->document_count, sizeof(*document));
	if (!document)
		return;
	document->role = role;
	document->document = *about;
	for (size_t i = 0; i < clauses->row_count; i++)
		if (clauses->rows[i].document == profile)
			fill_clause(report, facts, document, &clauses->rows[i]);
}

static struct calendar_date today(const struct report *report, int64_t now)
{
	struct calendar_date date;

	calendar_date_of(
		(now + (report->zone ? zonetime_offset(report->zone, now) : 0)) / 86400, &date);
	return date;
}

void reportfill_conformity(struct report *report, const struct reportfacts *facts)
{
	struct clause_question question = { .policy = facts->policy };
	const struct report_document own = {
		.name = "hedate", .label = "hedate", .title = _(judge_own()->document), .dated = ""
	};
	struct clause_report *clauses = NULL;

	if (!facts->policy) {
		report_unread(report, &report->conformity.source,
			_("the configuration could not be read"));
		return;
	}
	question.today = today(report, facts->now);
	weigh_all(report, facts, question.evidence);
	if (clause_report_make(&question, &clauses) < 0) {
		report->failed = true;
		return;
	}
	fill_document(
		report, facts, "profile", &report->site.profile, facts->policy->profile, clauses);
	fill_document(report, facts, "model", &report->site.model, facts->policy->model, clauses);
	fill_document(report, facts, "hedate", &own, judge_own(), clauses);
	clause_report_free(clauses);
	report_read(&report->conformity.source, facts->policy_evidence);
}
