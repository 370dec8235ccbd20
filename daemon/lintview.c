/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lintview.h"

#include "table.h"

#define DAY_SECONDS 86400

/* Its finding as a diagnostic, which has message and fix. NULL: out of memory. */
static struct diag_list *diags_of(const struct pathlint *lint)
{
	struct diag_list *diags;

	if (diag_list_new(&diags) < 0)
		return NULL;
	for (size_t i = 0; i < lint->count; i++)
		pathlint_report(&lint->list[i], diags);
	return diags;
}

/* ---- for people ---- */

/* What cannot be told is said, too. */
static void print_known(const struct lintview *view)
{
	if (view->lint.undecided > 0)
		printf(_("%zu paths overlap with too many others to be compared\n"),
			view->lint.undecided);
	if (view->asked_unused)
		printf(_("uses are counted for %llu days; paths that are not in force: %zu\n"),
			(unsigned long long)(view->seconds / DAY_SECONDS), view->not_in_force);
	else
		puts(_("whether they are used was not asked (--unused)"));
	if (view->traffic != NULL)
		printf(_("what is used is known from %s alone\n"), view->traffic);
	else
		puts(_("whether they permit more than is used is not known: what passes is not "
		       "recorded (--traffic)"));
}

static void print_text(const struct cli *cli, const char *file, const struct policy *policy,
	const struct lintview *view, const struct diag_list *diags)
{
	diag_list_print(diags, stdout, cli->color);
	table_put(stdout, cli->color, TABLE_STRONG, file);
	printf(_(": %zu paths, %zu findings\n"), policy->path_count, view->lint.count);
	print_known(view);
}

/* ---- for programs ---- */

static void put_finding(
	struct json *json, const struct pathlint_finding *finding, const struct diag *diag)
{
	json_object_begin(json);
	json_key(json, "kind");
	json_string(json, pathlint_kind_name(finding->kind));
	json_key(json, "path");
	json_string(json, finding->path->name);
	json_key(json, "line");
	json_unsigned(json, finding->path->loc.line);
	json_key(json, "by");
	json_array_begin(json);
	for (size_t i = 0; i < finding->by_count; i++)
		json_string(json, finding->by[i]->name);
	json_array_end(json);
	json_key(json, "message");
	json_string(json, diag ? diag->message : "");
	json_object_end(json);
}

static int print_json(
	const struct policy *policy, const struct lintview *view, const struct diag_list *diags)
{
	struct json json;

	json_init(&json);
	json_object_begin(&json);
	json_key(&json, "paths");
	json_unsigned(&json, policy->path_count);
	json_key(&json, "findings");
	json_array_begin(&json);
	for (size_t i = 0; i < view->lint.count; i++)
		put_finding(&json, &view->lint.list[i],
			i < diag_list_length(diags) ? diag_list_get(diags, i) : NULL);
	json_array_end(&json);
	json_key(&json, "undecided");
	json_unsigned(&json, view->lint.undecided);
	json_key(&json, "use_seconds");
	if (view->asked_unused)
		json_unsigned(&json, view->seconds);
	else
		json_null(&json);
	json_key(&json, "not_in_force");
	json_unsigned(&json, view->not_in_force);
	json_key(&json, "traffic");
	json_bool(&json, view->traffic != NULL);
	json_object_end(&json);
	return cmd_put_json(&json);
}

int lintview_print(const struct cli *cli, const char *file, const struct policy *policy,
	const struct lintview *view)
{
	struct diag_list *diags = diags_of(&view->lint);
	int exit_code = EXIT_OK;

	if (!diags)
		return cmd_failed(_("out of memory"));
	if (cli->json)
		exit_code = print_json(policy, view, diags);
	else
		print_text(cli, file, policy, view, diags);
	diag_list_free(diags);
	return exit_code == EXIT_OK && view->lint.count > 0 ? EXIT_FAILED : exit_code;
}
