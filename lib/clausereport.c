/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clausereport_impl.h"
#include "i18n.h"

static const char *const sources[EVIDENCE_SOURCES] = {
	[EVIDENCE_CONFIGURATION] = N_("the configuration in force"),
	[EVIDENCE_KERNEL] = N_("the kernel's rules, proved"),
	[EVIDENCE_LOG] = N_("the log, verified"),
	[EVIDENCE_LEDGER] = N_("the sums of the log"),
	[EVIDENCE_REGISTER] = N_("the register of exceptions"),
	[EVIDENCE_HISTORY] = N_("the history of changes"),
};

/* What one run works on. */
struct making {
	const struct clause_question *question;
	struct clause_report *report;
	struct judge *judge;
};

/* ---- rows ---- */

static void clear_check(struct clause_check_row *row)
{
	for (size_t i = 0; i < row->finding_count; i++)
		free(row->findings[i]);
	free(row->findings);
	free(row->where);
	free(row->reason);
}

static void clear_row(struct clause_row *row)
{
	for (size_t i = 0; i < row->check_count; i++)
		clear_check(&row->checks[i]);
	free(row->checks);
}

void clause_report_free(struct clause_report *report)
{
	if (report == NULL)
		return;
	for (size_t i = 0; i < report->row_count; i++)
		clear_row(&report->rows[i]);
	free(report->rows);
	free(report);
}

__attribute__((format(printf, 3, 4))) static int settle(
	struct clause_check_row *row, enum clause_result result, const char *format, ...)
{
	va_list arguments;
	int length;

	free(row->reason);
	va_start(arguments, format);
	length = vasprintf(&row->reason, format, arguments);
	va_end(arguments);
	row->result = result;
	if (length < 0)
		row->reason = NULL;
	return length < 0 ? -ENOMEM : 0;
}

/* ---- what was found ---- */

struct found {
	struct clause_check_row *row;
	enum clause_severity strictest;
};

static int note_finding(const struct judge_finding *finding, void *data)
{
	struct found *found = data;
	struct clause_check_row *row = found->row;
	char *place = NULL, **grown;

	if (finding->severity < found->strictest)
		found->strictest = finding->severity;
	if (row->finding_count == CLAUSE_FINDINGS_MAX) {
		row->findings_left_out++;
		return 0;
	}
	grown = reallocarray(row->findings, row->finding_count + 1, sizeof(*grown));
	if (grown == NULL)
		return -ENOMEM;
	row->findings = grown;
	if (finding->loc.file != NULL && finding->loc.line > 0 &&
		asprintf(&place, "%s:%u", finding->loc.file, finding->loc.line) < 0)
		return -ENOMEM;
	int written = asprintf(&grown[row->finding_count], "%s%s%s", place != NULL ? place : "",
		place != NULL ? ": " : "", finding->message);

	if (row->where == NULL)
		row->where = place;
	else
		free(place);
	if (written < 0)
		return -ENOMEM;
	row->finding_count++;
	return 0;
}

/* ---- what it rests on ---- */

/* The first of these sources that is in a state; EVIDENCE_SOURCES: none is. */
static enum evidence_source first_in(
	const struct clause_question *question, unsigned int wanted, enum evidence_state state)
{
	unsigned int source = 0;

	while (source < EVIDENCE_SOURCES &&
		((wanted & 1u << source) == 0 || question->evidence[source].state != state))
		source++;
	return (enum evidence_source)source;
}

static const char *why(const struct evidence *evidence)
{
	return evidence->why != NULL ? evidence->why : _("no reason was given");
}

/* It is kept, as far as the configuration tells: is the evidence for that well? */
static int weigh(const struct making *making, const struct clause_ground *ground,
	struct clause_check_row *row)
{
	const struct clause_question *question = making->question;
	enum evidence_source ill = first_in(question, ground->evidence, EVIDENCE_ILL);
	enum evidence_source unread = first_in(question, ground->evidence, EVIDENCE_UNREAD);

	row->evidence = ground->evidence;
	if (ill != EVIDENCE_SOURCES)
		return settle(row, RESULT_FAILS, "%s: %s", _(sources[ill]),
			why(&question->evidence[ill]));
	if (unread != EVIDENCE_SOURCES)
		return settle(row, RESULT_CONFIRM, _("%s could not be looked at: %s"),
			_(sources[unread]), why(&question->evidence[unread]));
	if (ground->stated)
		return settle(row, RESULT_CONFIRM, _("%s; whether it is so, a person confirms"),
			_(ground->kept));
	return settle(row, RESULT_CONFORMS, "%s", _(ground->kept));
}

static int judge_row(const struct making *making, const struct clause_ground *ground,
	struct clause_check_row *row)
{
	struct found found = { row, CLAUSE_NOT_APPLICABLE };
	int error = judge_check(making->judge, row->check, making->question->exceptions,
		note_finding, &found, &row->concerned);

	if (error == -ENOENT)
		return settle(row, RESULT_OUTSIDE, "%s",
			row->check->model_count > 0
				? _("the clause asks for it under another model")
				: _("a clause that comes before it asks for it"));
	if (error < 0)
		return error;
	row->evidence = 1u << EVIDENCE_CONFIGURATION;
	if (found.strictest == CLAUSE_REFUSE)
		return settle(row, RESULT_FAILS, _("the configuration does not keep it"));
	if (found.strictest != CLAUSE_NOT_APPLICABLE)
		return settle(
			row, RESULT_CONFIRM, _("the configuration does not show that it is kept"));
	if (row->concerned == 0 && ground->nothing != NULL)
		return settle(row, RESULT_OUTSIDE, "%s", _(ground->nothing));
	return weigh(making, ground, row);
}

/* Mechanisms that do something only where the configuration has them. */
static const char *missing(const struct policy *policy, enum mechanism mechanism)
{
	if (mechanism == MECHANISM_ASSERTIONS && policy->assertion_count == 0)
		return _("the configuration has no assertions");
	if (mechanism != MECHANISM_LIMITS)
		return NULL;
	for (size_t i = 0; i < policy->zone_count; i++)
		if (policy->zones[i].limit.rate > 0)
			return NULL;
	return _("no zone of the configuration has a limit");
}

static int check_row(const struct making *making, struct clause_check_row *row)
{
	const struct clause_ground *ground = clause_ground_of(row->check);
	const char *lacks;

	if (row->check->kind == CHECK_NONE)
		return settle(row, RESULT_OUTSIDE, _("a gateway cannot judge it"));
	if (ground == NULL)
		return 0; /* by another clause, which is not known yet */
	if (check_kind_judged(row->check->kind))
		return judge_row(making, ground, row);
	lacks = row->check->kind == CHECK_ENFORCED
			? missing(making->question->policy, row->check->mechanism)
			: NULL;
	if (lacks == NULL)
		return weigh(making, ground, row);
	row->evidence = 1u << EVIDENCE_CONFIGURATION;
	return settle(row, RESULT_CONFIRM, "%s", lacks);
}

/* ---- clauses ---- */

/* The worst; what is outside is the least of all. */
static void sum_up(struct clause_row *row)
{
	bool outside = false;

	row->result = RESULT_OUTSIDE;
	for (size_t i = 0; i < row->check_count; i++) {
		outside |= row->checks[i].check->kind == CHECK_NONE;
		if (row->checks[i].result > row->result)
			row->result = row->checks[i].result;
	}
	row->partly_outside = outside && row->result == RESULT_CONFORMS;
}

static struct clause_row *row_of(
	struct clause_report *report, const struct profile *document, const char *number)
{
	for (size_t i = 0; i < report->row_count; i++)
		if (report->rows[i].document == document &&
			strcmp(report->rows[i].clause->number, number) == 0)
			return &report->rows[i];
	return NULL;
}

/* As the other clause is, with its evidence. A circle of them ends in "to be confirmed". */
static int follow(struct clause_report *report, struct clause_row *row,
	struct clause_check_row *check, unsigned int depth)
{
	struct clause_row *other = row_of(report, row->document, check->check->clause);

	if (other == NULL || other == row || depth == 0)
		return settle(check, RESULT_CONFIRM, _("clause %s, which answers for it, does not"),
			check->check->clause);
	for (size_t i = 0; i < other->check_count; i++) {
		struct clause_check_row *theirs = &other->checks[i];
		int error = 0;

		if (theirs->check->kind == CHECK_BY_CLAUSE && theirs->reason == NULL)
			error = follow(report, other, theirs, depth - 1);
		if (error < 0)
			return error;
		check->evidence |= theirs->evidence;
	}
	sum_up(other);
	return settle(check, other->result, _("as clause %s"), other->clause->number);
}

static int follow_all(struct clause_report *report)
{
	int error = 0;

	for (size_t i = 0; error == 0 && i < report->row_count; i++) {
		struct clause_row *row = &report->rows[i];

		for (size_t j = 0; error == 0 && j < row->check_count; j++)
			if (row->checks[j].reason == NULL)
				error = follow(report, row, &row->checks[j], 8);
	}
	for (size_t i = 0; error == 0 && i < report->row_count; i++) {
		sum_up(&report->rows[i]);
		report->counts[report->rows[i].result]++;
	}
	return error;
}

static int clause_row(const struct making *making, const struct profile *document,
	const struct profile_clause *clause)
{
	struct clause_row *row = &making->report->rows[making->report->row_count];
	int error = 0;

	*row = (struct clause_row){ .document = document, .clause = clause };
	row->checks = calloc(clause->check_count + 1, sizeof(*row->checks));
	if (row->checks == NULL)
		return -ENOMEM;
	making->report->row_count++;
	for (; error == 0 && row->check_count < clause->check_count; row->check_count++) {
		row->checks[row->check_count].check = &clause->checks[row->check_count];
		error = check_row(making, &row->checks[row->check_count]);
	}
	return error;
}

/* ---- the whole ---- */

static int document_rows(const struct making *making, const struct profile *document)
{
	int error = 0;

	for (size_t i = 0; document != NULL && error == 0 && i < document->clause_count; i++)
		error = clause_row(making, document, &document->clauses[i]);
	return error;
}

/* Our own rules that stand back, or are about nothing here, are no clauses of this site. */
static int own_rows(const struct making *making)
{
	const struct profile *own = judge_own();
	struct clause_report *report = making->report;
	int error = 0;

	for (size_t i = 0; error == 0 && i < own->clause_count; i++) {
		error = clause_row(making, own, &own->clauses[i]);
		if (error == 0 &&
			report->rows[report->row_count - 1].checks[0].result == RESULT_OUTSIDE)
			clear_row(&report->rows[--report->row_count]);
	}
	return error;
}

static size_t count_ungrounded(const struct policy *policy)
{
	size_t count = 0;

	if (policy->profile == NULL && policy->model == NULL)
		return 0;
	for (size_t i = 0; i < policy->path_count; i++)
		count += judge_ground(policy, &policy->paths[i]).clause == NULL;
	return count;
}

static int make(struct making *making)
{
	const struct policy *policy = making->question->policy;
	const struct profile *const documents[] = { policy->profile, policy->model };
	size_t room = 1 + judge_own()->clause_count;
	int error = 0;

	for (size_t i = 0; i < 2; i++)
		room += documents[i] != NULL ? documents[i]->clause_count : 0;
	making->report->rows = calloc(room, sizeof(*making->report->rows));
	if (making->report->rows == NULL)
		return -ENOMEM;
	for (size_t i = 0; error == 0 && i < 2; i++)
		error = document_rows(making, documents[i]);
	if (error == 0)
		error = own_rows(making);
	making->report->ungrounded = count_ungrounded(policy);
	return error == 0 ? follow_all(making->report) : error;
}

int clause_report_make(const struct clause_question *question, struct clause_report **ret_report)
{
	struct making making = { .question = question };
	int error = judge_new(question->policy, &question->today, &making.judge);

	if (error < 0)
		return error;
	making.report = calloc(1, sizeof(*making.report));
	error = making.report != NULL ? make(&making) : -ENOMEM;
	judge_free(making.judge);
	if (error < 0) {
		clause_report_free(making.report);
		return error;
	}
	*ret_report = making.report;
	return 0;
}
