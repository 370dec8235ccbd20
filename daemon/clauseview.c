/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "clauseview.h"

#include "../lib/i18n.h"
#include "table.h"

bool clauseview_wanted(const struct policy *policy)
{
	return policy->profile != NULL || policy->model != NULL;
}

const char *clauseview_number(const struct policy *policy, const struct policy_path *path)
{
	struct judge_ground ground = judge_ground(policy, path);

	return ground.clause != NULL ? ground.clause->number : "";
}

/* ---- for people ---- */

static void print_document(const struct profile *profile, const char *noun, bool color, FILE *out)
{
	if (profile == NULL)
		return;
	fprintf(out, "%s ", noun);
	table_put(out, color, TABLE_STRONG, profile->name);
	fprintf(out, " (%s%s%s)", profile->document, profile->dated[0] != '\0' ? ", " : "",
		profile->dated);
	fprintf(out,
		_(": %zu clauses; %zu refuse, %zu warn, %zu are evidence, %zu not applicable\n"),
		profile->clause_count, profile_count(profile, CLAUSE_REFUSE),
		profile_count(profile, CLAUSE_WARN), profile_count(profile, CLAUSE_EVIDENCE),
		profile_count(profile, CLAUSE_NOT_APPLICABLE));
}

void clauseview_print(const struct policy *policy, bool color, FILE *out)
{
	print_document(policy->profile, _("profile"), color, out);
	print_document(policy->model, _("model"), color, out);
}

/* ---- JSON ---- */

void clauseview_path_json(
	struct json *json, const struct policy *policy, const struct policy_path *path)
{
	struct judge_ground ground = judge_ground(policy, path);

	json_put_text(json, "class", path_class_name(judge_class(policy, path)));
	json_put_text(json, "clause", ground.clause != NULL ? ground.clause->number : NULL);
	json_put_text(json, "document",
		ground.clause != NULL ? profile_document(ground.document, ground.clause) : NULL);
}

static void put_counts(struct json *json, const struct profile *profile)
{
	static const char *const keys[CLAUSE_SEVERITIES] = {
		[CLAUSE_REFUSE] = "refuse",
		[CLAUSE_WARN] = "warn",
		[CLAUSE_EVIDENCE] = "evidence",
		[CLAUSE_NOT_APPLICABLE] = "not_applicable",
	};

	json_key(json, "clauses");
	json_object_begin(json);
	for (int severity = 0; severity < CLAUSE_SEVERITIES; severity++) {
		json_key(json, keys[severity]);
		json_unsigned(json, profile_count(profile, (enum clause_severity)severity));
	}
	json_object_end(json);
}

static void put_document(struct json *json, const char *key, const struct profile *profile)
{
	json_key(json, key);
	if (profile == NULL) {
		json_null(json);
		return;
	}
	json_object_begin(json);
	json_put_text(json, "name", profile->name);
	json_put_text(json, "label", profile->label);
	json_put_text(json, "document", profile->document);
	json_put_text(json, "dated", profile->dated);
	put_counts(json, profile);
	json_object_end(json);
}

void clauseview_json(struct json *json, const struct policy *policy)
{
	put_document(json, "profile", policy != NULL ? policy->profile : NULL);
	put_document(json, "model", policy != NULL ? policy->model : NULL);
}
