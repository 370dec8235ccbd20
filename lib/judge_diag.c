/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A whole policy judged, as diagnostics. */
#include <errno.h>
#include <string.h>

#include "i18n.h"
#include "judge.h"

/* Texts of a file are not in the catalogue and come back as they are; an empty one would not. */
static const char *shown(const char *text)
{
	return text[0] != '\0' ? _(text) : text;
}

static int add_diag(const struct judge_finding *finding, void *data)
{
	struct diag_list *diags = data;
	const struct diag_clause clause = {
		.number = finding->clause->number,
		.document = shown(profile_document(finding->document, finding->clause)),
		.asks = shown(finding->check->asks[0] != '\0' ? finding->check->asks
							      : finding->clause->text),
	};

	if (finding->severity == CLAUSE_REFUSE || finding->severity == CLAUSE_WARN)
		diag_add_clause(diags,
			finding->severity == CLAUSE_REFUSE ? DIAG_ERROR : DIAG_WARNING,
			finding->loc, &clause, finding->fix, "%s", finding->message);
	return 0;
}

/* ---- paths that rest on nothing ---- */

/* The first of each class, and how many there are. */
struct groundless {
	const struct policy_path *first[PATH_CLASSES];
	size_t count[PATH_CLASSES];
};

static void note_ground(
	const struct policy *policy, const struct policy_path *path, struct groundless *groundless)
{
	enum path_class class;

	if ((policy->profile == NULL && policy->model == NULL) ||
		judge_ground(policy, path).clause != NULL)
		return;
	class = judge_class(policy, path);
	if (groundless->count[class]++ == 0)
		groundless->first[class] = path;
}

/* A site has a profile, a model, or both: only what it has is named. */
static void warn_class(const struct policy *policy, const struct policy_path *first, size_t count,
	const char *class, struct diag_list *diags)
{
	const struct profile *profile = policy->profile, *model = policy->model;

	if (profile != NULL && model != NULL)
		diag_add(diags, DIAG_WARNING, first->loc, NULL,
			_("path \"%s\": no clause of profile \"%s\" or model \"%s\" permits paths "
			  "of class \"%s\"; there are %zu"),
			first->name, profile->name, model->name, class, count);
	else if (profile != NULL)
		diag_add(diags, DIAG_WARNING, first->loc, NULL,
			_("path \"%s\": no clause of profile \"%s\" permits paths of class \"%s\"; "
			  "there are %zu"),
			first->name, profile->name, class, count);
	else
		diag_add(diags, DIAG_WARNING, first->loc, NULL,
			_("path \"%s\": no clause of model \"%s\" permits paths of class \"%s\"; "
			  "there are %zu"),
			first->name, model->name, class, count);
}

static void warn_groundless(
	const struct policy *policy, const struct groundless *groundless, struct diag_list *diags)
{
	for (int class = 0; class < PATH_CLASSES; class ++) {
		if (groundless->count[class] == 0)
			continue;
		warn_class(policy, groundless->first[class], groundless->count[class],
			path_class_name((enum path_class) class), diags);
	}
}

static int judge_all(struct judge *judge, const struct policy *policy, struct diag_list *diags)
{
	struct groundless groundless = { 0 };
	int error = 0;

	for (size_t i = 0; error == 0 && i < policy->path_count; i++) {
		size_t errors = diag_list_count(diags, DIAG_ERROR);

		error = judge_path(judge, &policy->paths[i], add_diag, diags);
		/* One that is refused need not rest on anything. */
		if (diag_list_count(diags, DIAG_ERROR) == errors)
			note_ground(policy, &policy->paths[i], &groundless);
	}
	if (error == 0)
		error = judge_rest(judge, add_diag, diags);
	if (error == 0)
		warn_groundless(policy, &groundless, diags);
	return error;
}

int judge_policy(
	const struct policy *policy, const struct calendar_date *today, struct diag_list *diags)
{
	struct judge *judge;
	int error = judge_new(policy, today, &judge);

	if (error < 0)
		return error;
	error = judge_all(judge, policy, diags);
	judge_free(judge);
	return error;
}
