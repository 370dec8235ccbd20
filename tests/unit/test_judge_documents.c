/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A policy under profile and model together: what each finds, which one says it, the grounds of
 * paths. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/judge.h"
#include "suite.h"
#include "town.h"

/* ---- what has findings of several subjects ---- */

/* Three segments have remote networks. */
START_TEST(test_external)
{
	static const char all[] = "{ kind = \"external\"; severity = \"refuse\"; needs = [ "
				  "\"owner\", \"permission\", \"survey\" ]; }";
	static const char survey[] = "{ kind = \"external\"; severity = \"refuse\"; needs = "
				     "\"survey\"; }";
	ck_assert_int_eq(judge_text(all, "@CLOUD@", ""), -EINVAL);
	ck_assert_uint_eq(count_of("T", DIAG_ERROR, "does not state whose it is"), 3);
	ck_assert_int_eq(judge_text(all, "@CLOUD@", EXTERNAL), -EINVAL);
	ck_assert_uint_eq(count_of("T", DIAG_ERROR, "does not state whose it is"), 2);
	ck_assert_uint_eq(count_of("T", DIAG_ERROR, "mynumber.cloud"), 0);
	ck_assert_int_eq(judge_text(all, "@CLOUD@", "external = { owner = \"x\"; };"), -EINVAL);
	ck_assert_uint_eq(count_of("T", DIAG_ERROR, "\"mynumber.cloud\""), 2);
	ck_assert_uint_eq(count_of("T", DIAG_ERROR, "does not state the permission"), 1);
	ck_assert_uint_eq(count_of("T", DIAG_ERROR, "does not state its survey"), 1);
	ck_assert_int_eq(judge_text(survey, "@CLOUD@", "external = { owner = \"x\"; };"), -EINVAL);
	ck_assert_uint_eq(count_of("T", DIAG_ERROR, "\"mynumber.cloud\""), 1);
}
END_TEST

/* Hosts on the link, of that kind of zone, without a MAC: the three that are not "link". */
START_TEST(test_device_binding)
{
	static const char binding[] = "{ kind = \"device-binding\"; severity = \"refuse\"; zone = "
				      "\"lgwan\"; }";
	ck_assert_int_eq(judge_text(binding, "@PATH@", ""), -EINVAL);
	ck_assert_uint_eq(count_of("T", DIAG_ERROR, "is not bound to a MAC"), 4);
	ck_assert_uint_eq(count_of("T", DIAG_ERROR, "\"link\""), 0);
	ck_assert_uint_eq(count_of("T", DIAG_ERROR, "\"eltax\""), 0);
	ck_assert_uint_eq(count_of("T", DIAG_ERROR, "\"mail\""), 1);
}
END_TEST

/* An audit that is due is warned of, whatever the severity; counted from the later of the two. */
START_TEST(test_audit_due)
{
	static const struct {
		const char *site;
		int year, month, day;
		bool due;
	} cases[] = {
		{ "confirmed = \"2025-11-21\";", 2026, 11, 21, false },
		{ "confirmed = \"2025-11-20\";", 2026, 11, 21, true },
		{ "confirmed = \"2024-01-01\"; audited = \"2026-02-28\";", 2026, 11, 21, false },
		{ "confirmed = \"2024-01-01\"; audited = \"2025-02-28\";", 2026, 2, 28, false },
		{ "confirmed = \"2024-01-01\"; audited = \"2025-02-28\";", 2026, 3, 1, true },
		{ "confirmed = \"2026-01-01\"; audited = \"2020-01-01\";", 2026, 11, 21, false },
		{ "confirmed = \"2024-02-29\";", 2025, 2, 28, false },
		{ "confirmed = \"2024-02-29\";", 2025, 3, 1, true },
		{ "confirmed = \"2000-01-01\";", 0, 0, 0, false }, /* nobody knows the day */
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		start_again();
		write_document("profiles/test.conf", "test", "T",
			"{ kind = \"external-audit\"; severity = \"refuse\"; months = 12; }",
			ALL_CLASSES);
		write_town("@SITE@", cases[i].site);
		ck_assert_int_eq(read_town(cases[i].year, cases[i].month, cases[i].day), 0);
		ck_assert_uint_eq(count_of("T", DIAG_WARNING, "was due on"), cases[i].due);
	}
}
END_TEST

/* ---- documents among each other ---- */

#define NOTHING "{ kind = \"none\"; severity = \"not-applicable\"; }"

/* hedate's own rules hold where profile and model have no check of the kind; the first one always.
 */
START_TEST(test_own_rules)
{
	static const char segment_to_link[] = ", { name = \"X\"; from = \"mynumber.servers\"; to = "
					      "\"link\"; service = \"https\"; reason = \"x\"; }";
	static const char hosts[] = "{ kind = \"specified-hosts\"; severity = \"evidence\"; }";
	ck_assert_int_eq(judge_text(NOTHING, "@PATH@", segment_to_link), -EINVAL);
	ck_assert_uint_eq(count_of("hedate-2", DIAG_ERROR, "its source is not one host"), 1);
	ck_assert_int_eq(judge_text(hosts, "@PATH@", segment_to_link), 0);
	ck_assert_uint_eq(count_of("hedate-2", DIAG_ERROR, ""), 0);
	static const char to_internet[] = ", { name = \"X\"; from = \"bound\"; to = \"proxy\"; "
					  "service = \"https\"; reason = \"x\"; }";
	static const char weak[] = "{ kind = \"isolation\"; severity = \"warn\"; scope = "
				   "\"internet\"; }";
	ck_assert_int_eq(judge_text(weak, "@PATH@", to_internet), -EINVAL);
	ck_assert_uint_eq(count_of("T", DIAG_WARNING, CUT_OFF), 1);
	ck_assert_uint_eq(count_of("hedate-1", DIAG_ERROR, CUT_OFF), 1);
	static const char strict[] = "{ kind = \"isolation\"; severity = \"refuse\"; scope = "
				     "\"all\"; }";
	ck_assert_int_eq(judge_text(strict, "@PATH@", to_internet), -EINVAL);
	ck_assert_uint_eq(count_of("T", DIAG_ERROR, CUT_OFF), 1);
	ck_assert_uint_eq(count_of("hedate-1", DIAG_ERROR, ""), 0);
	/* No model, no local breakout; not asked of a site that names neither. */
	ck_assert_int_eq(
		judge_text(NOTHING,
			PATH("from = \"mail\"; to = \"office-suite\"; local_breakout = true;")),
		-EINVAL);
	ck_assert_uint_eq(count_of("hedate-6", DIAG_ERROR, "is a local breakout"), 1);
	ck_assert_int_eq(judge_text(NOTHING, PATH("from = \"10.13.0.1\"; to = \"mail\";")), 0);
	ck_assert_uint_eq(count_of("hedate-7", DIAG_WARNING, OPENS), 1);
}
END_TEST

/* What the profile has said the model does not say again, unless it is stricter. */
START_TEST(test_profile_before_model)
{
	static const char *const severities[] = { "refuse", "warn" };
	for (int p = 0; p < 2; p++)
		for (int m = 0; m < 2; m++) {
			char check[2][100];
			snprintf(check[0], sizeof(check[0]),
				"{ kind = \"isolation\"; scope = \"all\"; severity = \"%s\"; }",
				severities[p]);
			snprintf(check[1], sizeof(check[1]),
				"{ kind = \"isolation\"; scope = \"all\"; severity = \"%s\"; }",
				severities[m]);
			start_again();
			write_document("profiles/test.conf", "test", "T", check[0], ALL_CLASSES);
			write_document("models/m.conf", "m", "M", check[1], "\"exception\"");
			write_town("@PATH@", ", { name = \"X\"; from = \"bound\"; to = \"link\"; "
					     "service = \"https\"; reason = \"x\"; }");
			name_documents("profile = \"test\"; model = \"m\";");
			ck_assert_int_eq(read_town(2026, 11, 21), p == 0 || m == 0 ? -EINVAL : 0);
			ck_assert_uint_eq(
				count_of("T", p == 0 ? DIAG_ERROR : DIAG_WARNING, UNDECLARED), 1);
			ck_assert_uint_eq(
				count_of("M", m == 0 ? DIAG_ERROR : DIAG_WARNING, UNDECLARED),
				m < p);
		}
}
END_TEST

/* ---- grounds ---- */

static const struct policy_path *path_named(const char *name)
{
	for (size_t i = 0; i < policy->path_count; i++)
		if (strcmp(policy->paths[i].name, name) == 0)
			return &policy->paths[i];
	ck_abort_msg("no path %s", name);
	return NULL;
}

START_TEST(test_classes)
{
	static const struct {
		const char *place, *text;
		enum path_class class;
	} cases[] = {
		{ PATH("from = \"bound\"; to = \"branch\";"), CLASS_MYNUMBER_INSIDE },
		{ PATH("from = \"bound\"; to = \"10.11.0.1\";"), CLASS_MYNUMBER_INSIDE },
		{ PATH("from = \"mail\"; to = \"eltax\";"), CLASS_LGWAN_INSIDE },
		{ PATH("from = \"mail\"; to = \"10.8.0.1\";"), CLASS_LGWAN_INSIDE },
		{ PATH("from = \"internet.office\"; to = \"10.12.0.1\";"), CLASS_INTERNET_INSIDE },
		{ PATH("from = \"proxy\"; to = \"192.0.2.1\";"), CLASS_INTERNET_INSIDE },
		{ PATH("from = \"proxy\"; to = \"cloud-proxy\";"), CLASS_EGRESS },
		{ PATH("from = \"world\"; to = \"proxy\";"), CLASS_EGRESS },
		{ PATH("from = \"proxy\"; to = \"office-suite\"; local_breakout = true;"),
			CLASS_LOCAL_BREAKOUT },
		{ PATH("from = \"mail\"; to = \"office-suite\"; local_breakout = true;"),
			CLASS_LOCAL_BREAKOUT },
		{ PATH("from = \"bound\"; to = \"link\";"), CLASS_CROSSING },
		{ PATH("from = \"bound\"; to = \"link\"; " ATTESTED), CLASS_SPECIFIED },
		{ PATH("from = \"mail\"; to = \"cleaner\"; " TEXTED), CLASS_MAIL_TEXT },
		{ PATH("from = \"mail\"; to = \"cleaner\"; " CLEANED), CLASS_FILE_SANITIZE },
		{ PATH("from = \"mail\"; to = \"vdi\"; " SCREEN), CLASS_SCREEN_TRANSFER },
		{ PATH("from = \"mail\"; to = \"cleaner\";"), CLASS_EXCHANGE },
		{ "@OUTPUT@",
			", { name = \"X\"; to = \"cloud-proxy\"; service = \"https\"; reason "
			"= \"x\"; }",
			CLASS_GATEWAY },
	};
	static const char allowed[] =
		"{ kind = \"local-breakout\"; severity = \"refuse\"; allowed = "
		"true; }";
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char permits[100], words[100];
		int r = judge_text(allowed, cases[i].place, cases[i].text);
		if (r != 0)
			show_diags();
		ck_assert_int_eq(r, 0);
		ck_assert_str_eq(path_class_name(judge_class(policy, path_named("X"))),
			path_class_name(cases[i].class));
		ck_assert_int_eq(judge_class(policy, path_named("A1")), CLASS_MANAGEMENT);
		ck_assert_str_eq(judge_ground(policy, path_named("X")).clause->number, "T");
		/* Without a clause for it there is a warning, and no ground. */
		start_again();
		snprintf(permits, sizeof(permits), "\"%s\"",
			cases[i].class == CLASS_EXCEPTION ? "gateway" : "exception");
		write_document("profiles/test.conf", "test", "T", allowed, permits);
		ck_assert_int_eq(read_town(2026, 11, 21), 0);
		ck_assert_ptr_null(judge_ground(policy, path_named("X")).clause);
		snprintf(words, sizeof(words), "permits paths of class \"%s\"",
			path_class_name(cases[i].class));
		unsigned int found = 0;
		for (size_t j = 0; j < diag_list_length(diags); j++)
			found += strstr(diag_list_get(diags, j)->message, words) != NULL;
		ck_assert_uint_eq(found, 1);
	}
}
END_TEST

/* What the site does not have is not named. */
START_TEST(test_groundless_names)
{
	static const struct {
		const char *documents, *wanted;
	} cases[] = {
		{ "profile = \"test\";", "no clause of profile \"test\" permits" },
		{ "model = \"m\";", "no clause of model \"m\" permits" },
		{ "profile = \"test\"; model = \"m\";",
			"no clause of profile \"test\" or model \"m\" permits" },
	};
	static const char check[] = "{ kind = \"local-breakout\"; severity = \"refuse\"; "
				    "allowed = true; }";
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		unsigned int found = 0;
		start_again();
		write_document("profiles/test.conf", "test", "T", check, "\"exception\"");
		write_document("models/m.conf", "m", "M", check, "\"exception\"");
		write_town("@PATH@", "");
		name_documents(cases[i].documents);
		ck_assert_int_eq(read_town(2026, 11, 21), 0);
		for (size_t j = 0; j < diag_list_length(diags); j++) {
			const char *message = diag_list_get(diags, j)->message;
			ck_assert_ptr_null(strstr(message, "\"\""));
			found += strstr(message, "path \"P0\": ") == message &&
				 strstr(message, cases[i].wanted) != NULL;
		}
		ck_assert_uint_eq(found, 1);
	}
}
END_TEST

/* What an exception grants is judged before it is a path of the policy. */
static int collect(const struct judge_finding *finding, void *data)
{
	const char **numbers = data;
	for (size_t i = 0; i < 8; i++)
		if (numbers[i] == NULL) {
			numbers[i] = finding->clause->number;
			ck_assert_ptr_nonnull(finding->message);
			return 0;
		}
	return -E2BIG;
}

START_TEST(test_path_of_exception)
{
	static const char strict[] = "{ kind = \"isolation\"; severity = \"refuse\"; scope = "
				     "\"all\"; }";
	const struct calendar_date today = { 2026, 11, 21 };
	const char *numbers[9] = { NULL };
	struct judge *judge;
	ck_assert_int_eq(judge_text(strict, PATH("from = \"free\"; to = \"eltax\"; " ATTESTED)),
		-EINVAL); /* hedate-4: not bound */
	ck_assert_int_eq(
		judge_text(strict, PATH("from = \"bound\"; to = \"eltax\"; " ATTESTED)), 0);
	struct policy_path path = *path_named("X");
	struct policy_end from = path_named("P0")->from;
	path.specified.given = false;
	path.from = path_named("X")->from;
	ck_assert_int_eq(judge_new(policy, &today, &judge), 0);
	ck_assert_int_eq(judge_path(judge, &path, collect, numbers), 0);
	ck_assert_str_eq(numbers[0], "T");
	ck_assert_ptr_null(numbers[1]);
	path.exception = strdup("X-2026-0001");
	ck_assert_int_eq(judge_class(policy, &path), CLASS_EXCEPTION);
	ck_assert_str_eq(judge_ground(policy, &path).clause->number, "T");
	free(path.exception);
	path.exception = NULL;
	/* lgwan.servers → bound: not declared, and not one host. */
	numbers[0] = NULL;
	path.to = path.from;
	path.from = from;
	ck_assert_int_eq(judge_path(judge, &path, collect, numbers), 0);
	ck_assert_str_eq(numbers[0], "T");
	ck_assert_str_eq(numbers[1], "hedate-2");
	ck_assert_ptr_null(numbers[2]);
	judge_free(judge);
}
END_TEST

/* ---- identity ---- */

START_TEST(test_revision)
{
	char plain[POLICY_REVISION_LENGTH + 1], modelled[POLICY_REVISION_LENGTH + 1];
	ck_assert_int_eq(judge_text(NOTHING, "@PATH@", ""), 0);
	memcpy(plain, policy->revision, sizeof(plain));
	ck_assert_str_eq(policy->profile->name, "test");
	/* The same again; then another byte in the profile, then in the model. */
	ck_assert_int_eq(judge_text(NOTHING, "@PATH@", ""), 0);
	ck_assert_str_eq(policy->revision, plain);
	ck_assert_int_eq(judge_text(NOTHING " ", "@PATH@", ""), 0);
	ck_assert_str_ne(policy->revision, plain);
	write_document("models/m.conf", "m", "M", NOTHING, "\"exception\"");
	ck_assert_int_eq(judge_text(NOTHING, "@SITE@", "model = \"m\";"), 0);
	memcpy(modelled, policy->revision, sizeof(modelled));
	write_document("models/m.conf", "m", "M", NOTHING " ", "\"exception\"");
	ck_assert_int_eq(judge_text(NOTHING, "@SITE@", "model = \"m\";"), 0);
	ck_assert_str_ne(policy->revision, modelled);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("judge_documents");
	TCase *tests = tcase_create("judge_documents");
	tcase_add_checked_fixture(tests, town_set_up, town_tear_down);
	tcase_set_timeout(tests, 120);
	tcase_add_test(tests, test_external);
	tcase_add_test(tests, test_device_binding);
	tcase_add_test(tests, test_audit_due);
	tcase_add_test(tests, test_own_rules);
	tcase_add_test(tests, test_profile_before_model);
	tcase_add_test(tests, test_classes);
	tcase_add_test(tests, test_groundless_names);
	tcase_add_test(tests, test_path_of_exception);
	tcase_add_test(tests, test_revision);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
