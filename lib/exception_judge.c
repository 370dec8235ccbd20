/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The clauses that an exception breaks, against those that it names. */
#include <stdio.h>
#include <string.h>

#include "exception_path.h"
#include "i18n.h"
#include "judge.h"

struct judging {
	const struct policy_path *path;
	const char *clauses;
	struct diag_list *diags;
};

/* Is the number one of those, written as it is, blanks around it aside? */
static bool is_named(const char *clauses, const char *number)
{
	size_t wanted = strlen(number);

	for (;;) {
		size_t length = strcspn(clauses, ","), first = strspn(clauses, " "), last = length;

		while (last > first && clauses[last - 1] == ' ')
			last--;
		if (last > first && last - first == wanted &&
			memcmp(clauses + first, number, wanted) == 0)
			return true;
		if (clauses[length] == '\0')
			return false;
		clauses += length + 1;
	}
}

/* Texts of a file are not in the catalogue and come back as they are; an empty one would not. */
static const char *shown(const char *text)
{
	return text[0] != '\0' ? _(text) : text;
}

static int take_finding(const struct judge_finding *finding, void *data)
{
	const struct judging *judging = data;
	const struct diag_clause clause = {
		.number = finding->clause->number,
		.document = shown(profile_document(finding->document, finding->clause)),
		.asks = shown(finding->check->asks[0] != '\0' ? finding->check->asks
							      : finding->clause->text),
	};
	char fix[512];

	if (finding->severity != CLAUSE_REFUSE ||
		is_named(judging->clauses, finding->clause->number))
		return 0;
	snprintf(fix, sizeof(fix), _("name each clause that it deviates from: --clause '%s'"),
		finding->clause->number);
	diag_add_clause(judging->diags, DIAG_ERROR, judging->path->loc, &clause, fix, "%s",
		finding->message);
	return 0;
}

static bool is_between(const struct policy_zone *a, const struct policy_zone *b)
{
	return a->kind == ZONE_MYNUMBER && b->kind == ZONE_INTERNET;
}

/* The one clause that nobody can set aside: an emergency is granted by who asks for it, and what
 * left for the Internet in that time does not come back (R10). */
static bool refuse_internet(const struct policy *policy, const struct judging *judging)
{
	const struct profile_clause *own = &judge_own()->clauses[0];
	const struct diag_clause clause = {
		.number = own->number, .document = _(judge_own()->document), .asks = _(own->text)
	};
	const struct policy_path *path = judging->path;
	const struct policy_zone *from, *to;

	if (path->from.part_count == 0 || path->to.part_count == 0)
		return false;
	from = &policy->zones[policy_path_zone_from(policy, path)];
	to = &policy->zones[policy_path_zone_to(policy, path)];
	if (!is_between(from, to) && !is_between(to, from))
		return false;
	diag_add_clause(judging->diags, DIAG_ERROR, path->loc, &clause,
		_("lead it through a host in a zone of kind lgwan"),
		_("no exception connects zone \"%s\" with zone \"%s\": residents' data and "
		  "the Internet stay apart"),
		from->name, to->name);
	return true;
}

int exception_path_judge(const struct policy *policy, const struct policy_path *path,
	const char *clauses, const struct calendar_date *today, struct diag_list *diags)
{
	struct judging judging = { path, clauses, diags };
	struct judge *judge;
	int r;

	if (refuse_internet(policy, &judging))
		return 0;
	r = judge_new(policy, today, &judge);
	if (r < 0)
		return r;
	r = judge_path(judge, path, take_finding, &judging);
	judge_free(judge);
	return r;
}
