/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Confirmation and audit by others: whether the site's clauses ask for them, and when the next one
 * is due. */
#include <string.h>

#include "../lib/calendar.h"
#include "../lib/profile.h"
#include "reportfill.h"

static bool asks(const struct policy *policy, const struct profile_check *check)
{
	if (check->kind != CHECK_EXTERNAL_AUDIT)
		return false;
	for (size_t i = 0; policy->model_name && i < check->model_count; i++)
		if (strcmp(check->models[i], policy->model_name) == 0)
			return true;
	return check->model_count == 0;
}

/* The clause that asks for audits under the site's model, or NULL. */
static const struct profile_check *asked_by(const struct policy *policy,
	const struct profile *document, const struct profile_clause **ret_clause)
{
	for (size_t i = 0; document && i < document->clause_count; i++)
		for (size_t j = 0; j < document->clauses[i].check_count; j++)
			if (asks(policy, &document->clauses[i].checks[j])) {
				*ret_clause = &document->clauses[i];
				return &document->clauses[i].checks[j];
			}
	return NULL;
}

static struct report_outside_date *add_date(struct report *report, const char *name,
	const char *date, const struct profile_clause *clause)
{
	struct report_outside *outside = &report->outside;
	struct report_outside_date *item =
		report_add(report, &outside->items, &outside->count, sizeof(*item));

	if (!item)
		return NULL;
	item->name = name;
	item->date = report_keep(report, date);
	item->clause = report_keep(report, clause ? clause->number : NULL);
	item->due = "";
	return item;
}

/* Counted from the later of the two, as the check does. */
static void fill_due(struct report *report, const struct reportfacts *facts,
	const struct profile_check *check, struct report_outside_date *audited)
{
	struct calendar_date last = { 0 }, day, due, today;
	char text[CALENDAR_TEXT_MAX];
	bool any = false;

	for (size_t i = 0; i < report->outside.count; i++)
		if (calendar_parse(report->outside.items[i].date, &day) == 0 &&
			(!any || calendar_days(&day) > calendar_days(&last))) {
			last = day;
			any = true;
		}
	if (!any) {
		audited->overdue = true; /* nobody from outside has ever looked */
		return;
	}
	due = calendar_add_months(&last, check->months);
	calendar_format(&due, text);
	audited->due = report_keep(report, text);
	calendar_date_of(
		(facts->now + (report->zone ? zonetime_offset(report->zone, facts->now) : 0)) /
			86400,
		&today);
	audited->overdue = calendar_days(&today) > calendar_days(&due);
}

void reportfill_outside(struct report *report, const struct reportfacts *facts)
{
	const struct policy *policy = facts->policy;
	const struct profile_clause *clause = NULL;
	const struct profile_check *check;
	struct report_outside_date *audited;

	if (!policy) {
		report_unread(
			report, &report->outside.source, _("the configuration could not be read"));
		return;
	}
	check = asked_by(policy, policy->profile, &clause);
	if (!check)
		check = asked_by(policy, policy->model, &clause);
	report->outside.asked = check != NULL;
	(void)add_date(report, "confirmed_on", policy->confirmed_on, clause);
	audited = add_date(report, "audited_on", policy->audited_on, clause);
	if (audited && check)
		fill_due(report, facts, check, audited);
	report_read(&report->outside.source, facts->policy_evidence);
}
