/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bytes as a profile; one that is accepted is whole, and the demo's city is judged by it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf.h"
#include "conf_profile.h"
#include "demand.h"
#include "judge.h"

#define CITY "conf/aobano.conf" /* seen from the top of the tree, where tests/fuzz/run goes */

static struct policy *read_city(void)
{
	static const char *const roots[] = { "conf" };
	static const struct conf_options options = { .roots = roots, .root_count = 1 };
	struct policy *policy = NULL;
	struct diag_list *diags;

	if (diag_list_new(&diags) < 0)
		abort();
	if (conf_read_file(CITY, &options, diags, &policy) < 0)
		diag_list_print(diags, stderr, false);
	demand(policy != NULL, CITY " can be read");
	diag_list_free(diags);
	return policy;
}

static void check_findings(const struct diag_list *diags, const char *bytes, size_t length)
{
	static FILE *nowhere;
	unsigned int lines = 1;

	if (!nowhere)
		nowhere = fopen("/dev/null", "w");
	if (!nowhere)
		abort();
	for (size_t i = 0; i < length; i++)
		lines += bytes[i] == '\n';
	for (size_t i = 0; i < diag_list_length(diags); i++) {
		demand(diag_list_get(diags, i)->loc.line <= lines, "a finding is in the file");
		demand(diag_list_get(diags, i)->message[0] != '\0', "and says something");
	}
	diag_list_print(diags, nowhere, true);
	diag_list_print_json(diags, nowhere);
}

static void check_check(const struct profile *profile, const struct profile_check *check)
{
	demand(check->kind < CHECK_KINDS && check->severity < CLAUSE_SEVERITIES, "kind, severity");
	demand(check->model_count <= PROFILE_MODELS_MAX, "as many models as a check may have");
	if (check->kind == CHECK_BY_CLAUSE)
		demand(profile_find(profile, check->clause) != NULL, "what it refers to exists");
}

static void check_profile(const struct profile *profile)
{
	size_t counted = 0;

	demand(profile->clause_count <= PROFILE_CLAUSES_MAX, "as many clauses as may be");
	for (size_t i = 0; i < profile->clause_count; i++) {
		const struct profile_clause *clause = &profile->clauses[i];

		demand(profile_find(profile, clause->number) == clause, "a clause is found once");
		demand(strlen(clause->text) <= PROFILE_TEXT_MAX, "texts are no longer than said");
		demand(clause->permits < 1u << PATH_CLASSES, "classes that there are");
		demand(clause->check_count <= PROFILE_CHECKS_MAX, "as many checks as may be");
		demand(profile_document(profile, clause) != NULL, "it stands in a document");
		for (size_t j = 0; j < clause->check_count; j++)
			check_check(profile, &clause->checks[j]);
	}
	for (unsigned int severity = 0; severity < CLAUSE_SEVERITIES; severity++)
		counted += profile_count(profile, (enum clause_severity)severity);
	demand(counted == profile->clause_count, "each clause has one severity");
}

/* The city has the profile while it is judged. */
static void judge(struct policy *city, struct profile *profile)
{
	static const struct calendar_date today = { 2026, 11, 20 };
	struct profile *own = city->profile;
	struct diag_list *diags;

	if (diag_list_new(&diags) < 0)
		abort();
	city->profile = profile;
	demand(judge_policy(city, &today, diags) == 0, "a policy can be judged");
	for (size_t i = 0; i < city->path_count; i++) {
		const struct judge_ground ground = judge_ground(city, &city->paths[i]);

		demand((ground.document == NULL) == (ground.clause == NULL), "both or none");
	}
	city->profile = own;
	diag_list_free(diags);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	static struct policy *city;
	struct profile *profile = NULL;
	struct diag_list *diags;

	if (!city)
		city = read_city();
	if (diag_list_new(&diags) < 0)
		return 0;
	int r = conf_profile_parse((const char *)bytes, length, "fuzz.conf", diags, &profile);
	bool errors = diag_list_count(diags, DIAG_ERROR) > 0;

	demand(r == 0 || r == -EINVAL, "it is valid or it is not");
	demand((r == 0) == !errors && (r == 0) == (profile != NULL), "only errors refuse");
	check_findings(diags, (const char *)bytes, length);
	if (profile) {
		check_profile(profile);
		judge(city, profile);
	}
	profile_free(profile);
	diag_list_free(diags);
	return 0;
}
