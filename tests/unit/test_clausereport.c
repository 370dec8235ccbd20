/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Clause by clause: which result, on what evidence. A small town for each kind of check, and the
 * five published profiles with the city of the examples. */
#include <check.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/clausereport.h"
#include "../../lib/conf.h"
#include "suite.h"
#include "town.h"

#define DIGEST "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static struct clause_report *report;
static struct clause_question question;

/* All of it was read, and is well. */
static void all_well(void)
{
	question = (struct clause_question){ .policy = policy, .today = { 2026, 11, 21 } };
	for (int i = 0; i < EVIDENCE_SOURCES; i++) {
		question.evidence[i].state = EVIDENCE_WELL;
		question.evidence[i].what = "a file";
		strcpy(question.evidence[i].digest, DIGEST);
	}
}

static void make(void)
{
	clause_report_free(report);
	report = NULL;
	question.policy = policy;
	ck_assert_int_eq(clause_report_make(&question, &report), 0);
}

static void set_up(void)
{
	town_set_up();
	report = NULL;
	all_well();
}

static void tear_down(void)
{
	clause_report_free(report);
	town_tear_down();
}

static const struct clause_row *row_of(const char *number)
{
	for (size_t i = 0; i < report->row_count; i++)
		if (strcmp(report->rows[i].clause->number, number) == 0)
			return &report->rows[i];
	ck_abort_msg("no row of clause %s", number);
	return NULL;
}

/* The town with one check of a clause "T". */
static const struct clause_check_row *judge(
	const char *check, const char *severity, const char *place, const char *text)
{
	char whole[1024];

	snprintf(whole, sizeof(whole), "{ %s severity = \"%s\"; }", check, severity);
	ck_assert_int_eq(judge_text(whole, place, text), 0);
	make();
	return &row_of("T")->checks[0];
}

/* A file that breaks what refuses is never in force. Here it is: the check is made stricter behind
 * its back. */
static void refuse_from_now_on(void)
{
	struct profile_check *check = policy->profile->clauses[0].checks;

	check->severity = CLAUSE_REFUSE;
	make();
}

/* ---- results ---- */

#define ISOLATION "kind = \"isolation\"; scope = \"all\";"
#define BOTH	  (1u << EVIDENCE_CONFIGURATION | 1u << EVIDENCE_KERNEL)

static const struct kept {
	const char *check, *place, *text;
	enum clause_result result;
	unsigned int evidence;
	size_t concerned;
} kept[] = {
	{ ISOLATION, "@PATH@", "", RESULT_CONFORMS, BOTH, 0 },
	{ ISOLATION, PATH("from = \"bound\"; to = \"link\"; " ATTESTED), RESULT_CONFORMS, BOTH, 1 },
	{ "kind = \"specified-hosts\";", PATH("from = \"bound\"; to = \"link\";"), RESULT_CONFORMS,
		BOTH, 1 },
	{ "kind = \"specified-service\";", PATH("from = \"bound\"; to = \"link\";"),
		RESULT_CONFORMS, BOTH, 1 },
	{ "kind = \"specified-device\"; ends = \"local\";",
		PATH("from = \"bound\"; to = \"link\";"), RESULT_CONFORMS, BOTH, 1 },
	{ "kind = \"specified-peer\";", "@PATH@", "", RESULT_OUTSIDE, 1u << EVIDENCE_CONFIGURATION,
		0 },
	{ "kind = \"specified-peer\";", PATH("from = \"bound\"; to = \"link\"; " ATTESTED),
		RESULT_CONFIRM, BOTH, 1 },
	{ "kind = \"sanitize\"; direction = \"both\";",
		PATH("from = \"mail\"; to = \"cleaner\"; " CLEANED), RESULT_CONFORMS, BOTH, 1 },
	{ "kind = \"sanitizer\";", "@PATH@", "", RESULT_OUTSIDE, 1u << EVIDENCE_CONFIGURATION, 0 },
	{ "kind = \"sanitizer\";", PATH("from = \"mail\"; to = \"cleaner\"; " CLEANED),
		RESULT_CONFIRM, BOTH, 1 },
	{ "kind = \"egress\";", PATH("from = \"proxy\"; to = \"cloud-proxy\";"), RESULT_CONFORMS,
		BOTH, 1 },
	{ "kind = \"external-audit\"; months = 12;", "@SITE@", "confirmed = \"2026-11-01\";",
		RESULT_CONFIRM, 1u << EVIDENCE_CONFIGURATION, 1 },
	{ "kind = \"line\"; zone = \"mynumber\"; type = \"dedicated\";", "@CLOUD@",
		"line = { type = \"dedicated\"; };", RESULT_CONFIRM, 1u << EVIDENCE_CONFIGURATION,
		1 },
	{ "kind = \"log\";", "@PATH@", "", RESULT_CONFORMS,
		1u << EVIDENCE_LOG | 1u << EVIDENCE_LEDGER, 0 },
	{ "kind = \"enforced\"; by = \"default-deny\";", "@PATH@", "", RESULT_CONFORMS, BOTH, 0 },
	{ "kind = \"enforced\"; by = \"exceptions\";", "@PATH@", "", RESULT_CONFORMS,
		1u << EVIDENCE_REGISTER | 1u << EVIDENCE_KERNEL, 0 },
	{ "kind = \"enforced\"; by = \"limits\";", "@PATH@", "", RESULT_CONFIRM,
		1u << EVIDENCE_CONFIGURATION, 0 },
	{ "kind = \"enforced\"; by = \"limits\";", "@MYNUMBER@",
		"limit = { rate = 10; per = \"second\"; burst = 20; };", RESULT_CONFORMS, BOTH, 0 },
	{ "kind = \"enforced\"; by = \"assertions\";", "@PATH@", "", RESULT_CONFIRM,
		1u << EVIDENCE_CONFIGURATION, 0 },
};

START_TEST(test_kept)
{
	const struct kept *wanted = &kept[_i];
	const struct clause_check_row *row =
		judge(wanted->check, "evidence", wanted->place, wanted->text);

	ck_assert_int_eq(row->result, wanted->result);
	ck_assert_uint_eq(row->evidence, wanted->evidence);
	ck_assert_uint_eq(row->concerned, wanted->concerned);
	ck_assert_ptr_nonnull(row->reason);
	ck_assert_uint_eq(row->finding_count, 0);
}
END_TEST

START_TEST(test_broken)
{
	static const struct {
		const char *check, *place, *text, *finding;
	} broken[] = {
		{ ISOLATION, PATH("from = \"bound\"; to = \"link\";"), UNDECLARED },
		{ "kind = \"specified-hosts\";",
			PATH("from = \"mynumber.servers\"; to = \"link\";"), "not one host" },
		{ "kind = \"sanitize\"; direction = \"both\";",
			PATH("from = \"mail\"; to = \"proxy\";"), "without making it harmless" },
		{ "kind = \"device-binding\"; zone = \"mynumber\";", "@PATH@", "",
			"is not bound to a MAC" },
		{ "kind = \"external\"; needs = [ \"owner\" ];", "@PATH@", "",
			"does not state whose it is" },
	};

	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		const struct clause_check_row *row =
			judge(broken[i].check, "evidence", broken[i].place, broken[i].text);

		ck_assert_int_eq(row->result, RESULT_CONFIRM);
		refuse_from_now_on();
		row = &row_of("T")->checks[0];
		ck_assert_int_eq(row->result, RESULT_FAILS);
		ck_assert_int_eq(row_of("T")->result, RESULT_FAILS);
		ck_assert_uint_ge(row->finding_count, 1);
		ck_assert_ptr_nonnull(strstr(row->findings[0], broken[i].finding));
		ck_assert_ptr_nonnull(strstr(row->findings[0], "town.conf:"));
		ck_assert_ptr_nonnull(strstr(row->where, "town.conf:"));
		ck_assert_uint_ge(row->concerned, 1);
	}
}
END_TEST

/* What an exception permits is judged as a path of the file is. */
START_TEST(test_exception)
{
	struct policy_path path;
	const struct policy_path *paths[] = { &path };

	ck_assert_int_eq(judge(ISOLATION, "evidence", "@PATH@", "")->result, RESULT_CONFORMS);
	path = policy->paths[0];
	ck_assert_int_eq(judge_text("{ " ISOLATION " severity = \"evidence\"; }",
				 PATH("from = \"bound\"; to = \"link\";")),
		0);
	path = policy->paths[1];
	question.exceptions = (struct judge_paths){ paths, 1 };
	make();
	ck_assert_uint_eq(row_of("T")->checks[0].concerned, 2);
	ck_assert_uint_eq(row_of("T")->checks[0].finding_count, 2);
	/* The register gives it no place in a file, and none is made up. */
	path.loc = (struct diag_loc){ 0 };
	make();
	const struct clause_check_row *row = &row_of("T")->checks[0];

	ck_assert_uint_eq(row->finding_count, 2);
	ck_assert_ptr_nonnull(strstr(row->where, "town.conf:"));
	for (size_t i = 0; i < 2; i++)
		ck_assert_ptr_null(strstr(row->findings[i], ":0:"));
}
END_TEST

START_TEST(test_many_findings)
{
	char paths[8192] = "";

	for (int i = 0; i < 30; i++)
		sprintf(paths + strlen(paths),
			", { name = \"X%d\"; from = \"bound\"; to = \"10.2.0.%d\"; service = "
			"\"https\"; reason = \"x\"; }",
			i, 100 + i);
	const struct clause_check_row *row = judge(ISOLATION, "evidence", "@PATH@", paths);

	ck_assert_uint_eq(row->finding_count, CLAUSE_FINDINGS_MAX);
	ck_assert_uint_eq(row->findings_left_out, 30 - CLAUSE_FINDINGS_MAX);
	ck_assert_uint_eq(row->concerned, 30);
}
END_TEST

/* ---- evidence ---- */

/* Nothing conforms by what could not be looked at, nor by what is not well. */
START_TEST(test_evidence)
{
	static const struct {
		const char *check;
		enum evidence_source source;
		bool counts;
	} cases[] = {
		{ ISOLATION, EVIDENCE_KERNEL, true },
		{ ISOLATION, EVIDENCE_CONFIGURATION, true },
		{ ISOLATION, EVIDENCE_LOG, false },
		{ "kind = \"log\";", EVIDENCE_LOG, true },
		{ "kind = \"log\";", EVIDENCE_LEDGER, true },
		{ "kind = \"log\";", EVIDENCE_KERNEL, false },
		{ "kind = \"enforced\"; by = \"exceptions\";", EVIDENCE_REGISTER, true },
		{ "kind = \"enforced\"; by = \"roles\";", EVIDENCE_HISTORY, true },
		{ "kind = \"enforced\"; by = \"cut\";", EVIDENCE_KERNEL, true },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct evidence *evidence;

		all_well();
		evidence = &question.evidence[cases[i].source];
		*evidence = (struct evidence){ .state = EVIDENCE_UNREAD, .why = "no such file" };
		const struct clause_check_row *row =
			judge(cases[i].check, "evidence", "@PATH@", "");
		ck_assert_int_eq(row->result, cases[i].counts ? RESULT_CONFIRM : RESULT_CONFORMS);
		ck_assert_int_eq(strstr(row->reason, "no such file") != NULL, cases[i].counts);
		evidence->state = EVIDENCE_ILL;
		evidence->why = "a record was changed";
		make();
		row = &row_of("T")->checks[0];
		ck_assert_int_eq(row->result, cases[i].counts ? RESULT_FAILS : RESULT_CONFORMS);
		ck_assert_int_eq(
			strstr(row->reason, "a record was changed") != NULL, cases[i].counts);
		evidence->why = NULL;
		make();
		ck_assert_ptr_nonnull(row_of("T")->checks[0].reason);
	}
}
END_TEST

/* ---- clauses ---- */

#define NOTHING "{ kind = \"none\"; severity = \"not-applicable\"; }"
#define DENY	"{ kind = \"enforced\"; severity = \"evidence\"; by = \"default-deny\"; }"
#define BY(n)	"{ kind = \"by-clause\"; severity = \"evidence\"; clause = \"" n "\"; }"
#define AND(n, checks)                                                                             \
	" ); permits = \"exception\"; }, { number = \"" n                                          \
	"\"; title = \"t\"; text = \"x\"; checks = "                                               \
	"( " checks

START_TEST(test_clauses)
{
	ck_assert_int_eq(judge_text(BY("U") AND("U", DENY) AND("V", NOTHING)
					    AND("W", DENY ", " NOTHING) AND("X", BY("V")),
				 "@PATH@", ""),
		0);
	make();
	ck_assert_int_eq(row_of("T")->result, RESULT_CONFORMS);
	ck_assert_uint_eq(row_of("T")->checks[0].evidence, BOTH);
	ck_assert_ptr_nonnull(strstr(row_of("T")->checks[0].reason, "U"));
	ck_assert_int_eq(row_of("V")->result, RESULT_OUTSIDE);
	ck_assert_int_eq(row_of("X")->result, RESULT_OUTSIDE);
	ck_assert_int_eq(row_of("W")->result, RESULT_CONFORMS);
	ck_assert(row_of("W")->partly_outside);
	ck_assert(!row_of("U")->partly_outside);
	ck_assert(!row_of("V")->partly_outside);
	ck_assert_uint_eq(report->counts[RESULT_OUTSIDE], 2);
	ck_assert_uint_eq(report->counts[RESULT_FAILS], 0);
	question.evidence[EVIDENCE_KERNEL].state = EVIDENCE_ILL;
	make();
	ck_assert_int_eq(row_of("T")->result, RESULT_FAILS);
	ck_assert_int_eq(row_of("X")->result, RESULT_OUTSIDE);
}
END_TEST

/* A model says it again: each has a result of its own, whoever said it first. Our own rules stand
 * back where others ask, and are there where nobody does. */
START_TEST(test_documents)
{
	write_document("profiles/test.conf", "test", "T",
		"{ " ISOLATION " severity = \"evidence\"; }", ALL_CLASSES);
	write_document("models/m.conf", "m", "M", "{ " ISOLATION " severity = \"evidence\"; }",
		"\"exception\"");
	write_town(PATH("from = \"bound\"; to = \"link\";"));
	name_documents("profile = \"test\"; model = \"m\";");
	ck_assert_int_eq(read_town(2026, 11, 21), 0);
	make();
	ck_assert_uint_eq(row_of("T")->checks[0].finding_count, 1);
	ck_assert_uint_eq(row_of("M")->checks[0].finding_count, 1);
	ck_assert_int_eq(row_of("hedate-1")->result, RESULT_CONFORMS);
	ck_assert_uint_eq(report->ungrounded, 0);
	start_again();
	name_documents("");
	ck_assert_int_eq(read_town(2026, 11, 21), 0);
	make();
	for (size_t i = 0; i < report->row_count; i++)
		ck_assert_ptr_eq(report->rows[i].document, judge_own());
	ck_assert_uint_ge(report->row_count, 4);
}
END_TEST

/* Under another model it is not asked. */
START_TEST(test_other_model)
{
	write_document("models/m.conf", "m", "M", NOTHING, "\"exception\"");
	write_document("profiles/test.conf", "test", "T",
		"{ " ISOLATION " severity = \"evidence\"; models = [ \"n\" ]; }", ALL_CLASSES);
	write_document("models/n.conf", "n", "N", NOTHING, "\"exception\"");
	write_town("@SITE@", "model = \"m\";");
	ck_assert_int_eq(read_town(2026, 11, 21), 0);
	make();
	ck_assert_int_eq(row_of("T")->result, RESULT_OUTSIDE);
	ck_assert_ptr_nonnull(strstr(row_of("T")->checks[0].reason, "another model"));
	ck_assert_uint_eq(row_of("T")->checks[0].evidence, 0);
}
END_TEST

/* ---- the published ones ---- */

static const char *const cities[] = { "chiryu", "tsuyama", "yokote", "miyazaki", "miyako" };

static void read_city(const char *name)
{
	static const char *const roots[] = { "conf" };
	const struct conf_options options = { roots, 1, { 2026, 11, 21 } };
	char path[100];

	snprintf(path, sizeof(path), "conf/examples/%s.conf", name);
	ck_assert_int_eq(conf_read_file(path, &options, diags, &policy), 0);
}

static void check_row(const struct clause_row *row)
{
	ck_assert_uint_ge(row->check_count, 1);
	for (size_t i = 0; i < row->check_count; i++) {
		const struct clause_check_row *check = &row->checks[i];

		ck_assert_msg(check->reason != NULL && check->reason[0] != '\0', "%s has no reason",
			row->clause->number);
		if (check->check->kind == CHECK_NONE)
			ck_assert_int_eq(check->result, RESULT_OUTSIDE);
		if (check->result == RESULT_CONFORMS)
			ck_assert_msg(
				check->evidence != 0, "%s has no evidence", row->clause->number);
		ck_assert_int_le(check->result, row->result);
	}
}

/* Each clause has its row, with a reason; what conforms has evidence; nothing does without. */
START_TEST(test_cities)
{
	size_t rows = 0;

	read_city(cities[_i]);
	make();
	for (size_t i = 0; i < report->row_count; i++) {
		check_row(&report->rows[i]);
		rows += report->rows[i].document == policy->profile;
	}
	ck_assert_uint_eq(rows, policy->profile->clause_count);
	ck_assert_uint_eq(report->counts[RESULT_FAILS], 0);
	ck_assert_uint_ge(report->counts[RESULT_CONFORMS], 5);
	ck_assert_uint_ge(report->counts[RESULT_OUTSIDE], 2);
	for (int i = 0; i < EVIDENCE_SOURCES; i++)
		question.evidence[i] = (struct evidence){ .why = "not there" };
	make();
	for (size_t i = 0; i < report->row_count; i++)
		if (report->rows[i].checks[0].check->kind != CHECK_MODEL)
			ck_assert_int_ne(report->rows[i].result, RESULT_CONFORMS);
}
END_TEST

/* What Miyazaki's standard asks at the boundary of residents' data, part by part. */
START_TEST(test_miyazaki)
{
	static const enum clause_result wanted[] = { RESULT_CONFORMS, RESULT_CONFORMS,
		RESULT_CONFORMS, RESULT_CONFORMS, RESULT_CONFIRM, RESULT_OUTSIDE };
	const struct clause_row *row;

	read_city("miyazaki");
	make();
	row = row_of("第2章4(1)①");
	ck_assert_uint_eq(row->check_count, 6);
	for (size_t i = 0; i < 6; i++)
		ck_assert_int_eq(row->checks[i].result, wanted[i]);
	ck_assert_int_eq(row->result, RESULT_CONFIRM);
	ck_assert_int_eq(row_of("第1章6(3)①")->result, RESULT_CONFIRM);
	ck_assert_int_eq(row_of("第2章4(1)②(ア)")->result, RESULT_OUTSIDE);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("clausereport");
	TCase *tests = tcase_create("clausereport");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_set_timeout(tests, 120);
	tcase_add_loop_test(tests, test_kept, 0, sizeof(kept) / sizeof(kept[0]));
	tcase_add_test(tests, test_broken);
	tcase_add_test(tests, test_exception);
	tcase_add_test(tests, test_many_findings);
	tcase_add_test(tests, test_evidence);
	tcase_add_test(tests, test_clauses);
	tcase_add_test(tests, test_documents);
	tcase_add_test(tests, test_other_model);
	tcase_add_loop_test(tests, test_cities, 0, sizeof(cities) / sizeof(cities[0]));
	tcase_add_test(tests, test_miyazaki);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
