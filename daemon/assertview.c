/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "assertview.h"

#include "../lib/i18n.h"
#include "table.h"

#define SERVICE_MAX 512 /* bytes of a service as text; longer ones are cut */

static const char *must_name(const struct policy_assertion *assertion)
{
	return assertion->must_pass ? "pass" : "block";
}

static void put_row(struct table *table, const struct policy *policy,
	const struct policy_assertion *assertion, const struct assertion_result *result)
{
	/* For people; JSON has assertion_outcome_name(). */
	static const char *const outcomes[] = {
		[ASSERTION_HOLDS] = N_("holds"),
		[ASSERTION_FAILS] = N_("fails"),
		[ASSERTION_UNKNOWN] = N_("unknown"),
	};
	char service[SERVICE_MAX], met[ASSERTION_MET_MAX];

	policy_services_text(
		policy, assertion->services, assertion->service_count, service, sizeof(service));
	assertion_met_text(policy, result, met);
	table_cell(table, TABLE_STRONG, assertion->name);
	table_cell(table, TABLE_PLAIN, must_name(assertion));
	table_cell(table, TABLE_PLAIN, assertion->from.text);
	table_cell(table, TABLE_PLAIN, assertion->to.text);
	table_cell(table, TABLE_PLAIN, service);
	table_cell(table, result->outcome == ASSERTION_HOLDS ? TABLE_GOOD : TABLE_BAD,
		_(outcomes[result->outcome]));
	table_cell(table, TABLE_PLAIN, met);
}

int assertview_print(
	const struct policy *policy, const struct assertion_results *results, bool color, FILE *out)
{
	const struct table_column columns[] = {
		{ _("ASSERTION"), false, 0 },
		{ _("MUST"), false, 0 },
		{ _("FROM"), false, 0 },
		{ _("TO"), false, 0 },
		{ _("SERVICE"), false, 0 },
		{ _("RESULT"), false, 0 },
		{ _("MET"), false, 0 },
	};
	struct table *table;
	int error = table_new(columns, sizeof(columns) / sizeof(columns[0]), color, &table);

	if (error < 0)
		return error;
	for (size_t i = 0; i < results->count; i++)
		put_row(table, policy, &policy->assertions[i], &results->list[i]);
	error = table_print(table, out);
	table_free(table);
	return error;
}

static void put_json(struct json *json, const struct policy *policy,
	const struct policy_assertion *assertion, const struct assertion_result *result)
{
	char service[SERVICE_MAX], met[ASSERTION_MET_MAX];

	policy_services_text(
		policy, assertion->services, assertion->service_count, service, sizeof(service));
	assertion_met_text(policy, result, met);
	json_object_begin(json);
	json_key(json, "name");
	json_string(json, assertion->name);
	json_key(json, "must");
	json_string(json, must_name(assertion));
	json_key(json, "from");
	json_string(json, assertion->from.text);
	json_key(json, "to");
	json_string(json, assertion->to.text);
	json_key(json, "service");
	json_string(json, service);
	json_key(json, "result");
	json_string(json, assertion_outcome_name(result->outcome));
	json_key(json, "tried");
	json_unsigned(json, result->tried);
	json_key(json, "met");
	json_string(json, met);
	json_key(json, "line");
	json_unsigned(json, assertion->loc.line);
	json_object_end(json);
}

void assertview_json(
	struct json *json, const struct policy *policy, const struct assertion_results *results)
{
	json_array_begin(json);
	for (size_t i = 0; i < results->count; i++)
		put_json(json, policy, &policy->assertions[i], &results->list[i]);
	json_array_end(json);
}
