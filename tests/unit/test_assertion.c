/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Assertions of whole policies: what is tried, what it meets, what is said of it. */
#include <check.h>
#include <errno.h>
#include <string.h>

#include "../../lib/assertion.h"
#include "../../lib/compile.h"
#include "../../lib/conf.h"
#include "fromtext.h"
#include "suite.h"

#define ZONES                                                                                      \
	"site = { name = \"town\"; };\n"                                                           \
	"zones = (\n"                                                                              \
	" { name = \"core\"; kind = \"lgwan\"; segments = (\n"                                     \
	"  { name = \"servers\"; interface = \"c1\"; networks = [\"10.1.0.0/24\", "                \
	"\"fd00:1::/64\"]; } ); },\n"                                                              \
	" { name = \"office\"; kind = \"lgwan\"; segments = (\n"                                   \
	"  { name = \"desks\"; interface = \"o1\"; networks = [\"10.2.0.0/24\", "                  \
	"\"fd00:2::/64\"]; } ); },\n"                                                              \
	" { name = \"admin\"; kind = \"management\"; segments = (\n"                               \
	"  { name = \"lan\"; interface = \"m1\"; networks = [\"10.9.0.0/24\"]; } ); }\n"           \
	");\n"                                                                                     \
	"hosts = (\n"                                                                              \
	" { name = \"a\"; address = [\"10.1.0.10\", \"fd00:1::10\"]; mac = "                       \
	"\"00:00:5e:00:53:10\"; },\n"                                                              \
	" { name = \"b\"; address = [\"10.2.0.10\", \"fd00:2::10\"]; mac = "                       \
	"\"00:00:5e:00:53:20\"; },\n"                                                              \
	" { name = \"many\"; address = [\"10.2.0.20\", \"10.2.0.21\", \"10.2.0.30\"]; }\n"         \
	");\n"                                                                                     \
	"services = (\n"                                                                           \
	" { name = \"https\"; tcp = 443; },\n"                                                     \
	" { name = \"range\"; tcp = \"1000-1999\"; },\n"                                           \
	" { name = \"low\"; tcp = \"1000-1998\"; },\n"                                             \
	" { name = \"tcp\"; tcp = \"any\"; },\n"                                                   \
	" { name = \"ping\"; icmp = \"echo-request\"; icmpv6 = \"echo-request\"; },\n"             \
	" { name = \"gre\"; protocol = [\"gre\"]; }\n"                                             \
	");\n"

#define PATH(name, from, to, service, more)                                                        \
	"{ name = \"" name "\"; from = \"" from "\"; to = \"" to "\"; service = \"" service        \
	"\"; reason = \"r\"; " more "}"
#define PATHS(list) "paths = (" list ");\n"
#define ASSERT(name, must, from, to, service, more)                                                \
	"{ name = \"" name "\"; must = \"" must "\"; from = \"" from "\"; to = \"" to              \
	"\"; service = \"" service "\"; " more "}"
#define ASSERTIONS(list) "assertions = (" list ");\n"
#define GATEWAY                                                                                    \
	"gateway = { input = ( { name = \"G1\"; from = \"10.9.0.5\"; service = \"https\"; "        \
	"reason = \"r\"; } ); output = ( { name = \"G2\"; to = \"b\"; service = "                  \
	"\"https\"; reason = \"r\"; } ); };\n"

static struct assertion_results results;

static void tear_down(void)
{
	assertion_results_clear(&results);
	from_text_tear_down();
}

static int try_all(void)
{
	return assertion_check(policy, ruleset, diags, &results);
}

static void expect(size_t index, enum assertion_outcome outcome, size_t tried, const char *met)
{
	char text[ASSERTION_MET_MAX];

	ck_assert_uint_lt(index, results.count);
	ck_assert_int_eq(results.list[index].outcome, outcome);
	ck_assert_uint_eq(results.list[index].tried, tried);
	assertion_met_text(policy, &results.list[index], text);
	ck_assert_str_eq(text, met);
}

/* The last error says this. */
static void expect_error(const char *message)
{
	const struct diag *last = NULL;

	for (size_t i = 0; i < diag_list_length(diags); i++)
		if (diag_list_get(diags, i)->severity == DIAG_ERROR)
			last = diag_list_get(diags, i);
	ck_assert_ptr_nonnull(last);
	ck_assert_str_eq(last->message, message);
	ck_assert_str_eq(last->loc.file, "test.conf");
	ck_assert_uint_ne(last->loc.line, 0);
}

static void expect_names(size_t size, const char *names)
{
	char text[32];

	assertion_failed_names(policy, &results, text, size);
	ck_assert_str_eq(text, names);
}

START_TEST(test_holds)
{
	compile(ZONES PATHS(PATH("P1", "a", "b", "https", "") "," PATH("P2", "a", "office", "range",
		"") "," PATH("P3", "core", "office", "gre", "") "," PATH("P4", "office", "core",
		"ping", "")) GATEWAY ASSERTIONS(ASSERT("A0", "pass", "a", "b", "https",
		"") "," ASSERT("A1", "pass", "a", "many", "range", "") "," ASSERT("A2", "block",
		"b", "a", "https", "") "," ASSERT("A3", "pass", "10.1.0.9", "b", "gre",
		"") "," ASSERT("A4", "pass", "b", "a", "ping", "") "," ASSERT("A5", "block", "a",
		"b", "ping", "") "," ASSERT("A6", "block", "a", "b", "https",
		"mac = \"00:00:5e:00:53:11\"; ") "," ASSERT("A7", "pass", "10.9.0.5", "gateway",
		"https", "") "," ASSERT("A8", "block", "a", "gateway", "tcp", "") "," ASSERT("A9",
		"pass", "gateway", "b", "https",
		"") "," ASSERT("A10", "block", "gateway", "10.1.0.9", "gre", "")));
	ck_assert_int_eq(try_all(), 0);
	ck_assert_uint_eq(results.count, 11);
	ck_assert_uint_eq(results.failed, 0);
	expect(0, ASSERTION_HOLDS, 2, "path P1");
	expect(1, ASSERTION_HOLDS, 6, "path P2"); /* three addresses, two ports */
	expect(2, ASSERTION_HOLDS, 2, "no-path office core");
	expect(3, ASSERTION_HOLDS, 1, "path P3");
	expect(4, ASSERTION_HOLDS, 4, "path P4"); /* codes 0 and 255 of each family */
	expect(5, ASSERTION_HOLDS, 4, "no-path core office");
	expect(6, ASSERTION_HOLDS, 2, "device core.servers unknown");
	expect(7, ASSERTION_HOLDS, 1, "path G1");
	expect(8, ASSERTION_HOLDS, 4, "input core gateway");
	expect(9, ASSERTION_HOLDS, 2, "path G2");
	expect(10, ASSERTION_HOLDS, 1, "output gateway core");
}
END_TEST

START_TEST(test_fails)
{
	compile(ZONES PATHS(PATH("P1", "a", "10.2.0.0/27", "range", "")) ASSERTIONS(ASSERT(
		"A0", "block", "a", "b", "range", "") "," ASSERT("A1", "pass", "a", "b", "tcp",
		"") "," ASSERT("A2", "pass", "b", "a", "ping", "") "," ASSERT("A3", "block", "a",
		"b", "https", "") "," ASSERT("A4", "pass", "a", "many", "range", "")));
	ck_assert_int_eq(try_all(), -EINVAL);
	ck_assert_uint_eq(results.failed, 3);
	expect(0, ASSERTION_FAILS, 1, "path P1");
	expect(1, ASSERTION_FAILS, 1, "no-path core office");
	expect(2, ASSERTION_FAILS, 1, "no-path office core");
	expect(3, ASSERTION_HOLDS, 2, "no-path core office");
	expect(4, ASSERTION_HOLDS, 6, "path P1");
	expect_names(20, "A0 A1 A2");
	expect_names(13, "A0 A1 A2");
	expect_names(12, "A0 A1 ...");
	expect_names(8, "A0 ...");
	expect_names(7, " ...");
}
END_TEST

/* The first two addresses pass, the last does not. */
START_TEST(test_last_address)
{
	compile(ZONES PATHS(PATH("P1", "a", "10.2.0.16/29", "https", ""))
			ASSERTIONS(ASSERT("A0", "pass", "a", "many", "https", "")));
	ck_assert_int_eq(try_all(), -EINVAL);
	expect(0, ASSERTION_FAILS, 3, "no-path core office");
	expect_error("assertion \"A0\": it must pass, but tcp 443 from 10.1.0.10 to 10.2.0.30 is "
		     "blocked: reason \"no-path\", from core to office, chain "
		     "\"deny-no-path-core-office\"");
}
END_TEST

/* The first port of a range passes, the last does not. */
START_TEST(test_last_port)
{
	compile(ZONES PATHS(PATH("P1", "a", "b", "low", ""))
			ASSERTIONS(ASSERT("A0", "pass", "a", "b", "range", "")));
	ck_assert_int_eq(try_all(), -EINVAL);
	expect(0, ASSERTION_FAILS, 2, "no-path core office");
	ck_assert_uint_eq(results.list[0].service.ports.first, 1999);
}
END_TEST

/* ---- what is open only at times ---- */

#define WINDOW "windows = ( { days = \"daily\"; from = \"08:30\"; until = \"17:15\"; } ); "

START_TEST(test_timed)
{
	compile(ZONES PATHS(PATH("P1", "a", "b", "https", WINDOW)) ASSERTIONS(ASSERT("A0", "pass",
		"a", "b", "https", "") "," ASSERT("A1", "block", "b", "a", "https", "")));
	ck_assert_int_eq(try_all(), -EINVAL);
	ck_assert_uint_eq(results.failed, 1);
	expect(0, ASSERTION_FAILS, 1, "expired core office");
	ck_assert_str_eq(diag_list_get(diags, diag_list_length(diags) - 1)->fix,
		"only a path that is open at times permits it; an assertion is about any time");
	tear_down();
	from_text_set_up();
	compile(ZONES PATHS(PATH("P1", "a", "b", "https", WINDOW))
			ASSERTIONS(ASSERT("A0", "block", "a", "b", "https", "")));
	ck_assert_int_eq(try_all(), -EINVAL);
	expect(0, ASSERTION_FAILS, 1, "path P1");
	expect_error(
		"assertion \"A0\": it must be blocked, but tcp 443 from 10.1.0.10 to 10.2.0.10 "
		"passes: path \"P1\" on line 23 permits it while it is open");
}
END_TEST

START_TEST(test_exception)
{
	const char *text = ZONES PATHS(PATH("X1", "a", "b", "https", ""))
		ASSERTIONS(ASSERT("A0", "block", "a", "b", "https", ""));

	ck_assert_int_eq(conf_parse(text, strlen(text), "test.conf", diags, &policy), 0);
	policy->paths[0].exception = strdup("X-2026-0001");
	ck_assert_int_eq(compile_policy(policy, diags, &ruleset), 0);
	ck_assert_int_eq(try_all(), -EINVAL);
	expect_error(
		"assertion \"A0\": it must be blocked, but tcp 443 from 10.1.0.10 to 10.2.0.10 "
		"passes: exception X-2026-0001 permits it for a time");
}
END_TEST

/* ---- limits and pairs that are only observed ---- */

START_TEST(test_observed)
{
	compile(ZONES
		"observe = ( { from = \"office\"; to = \"core\"; reason = \"r\"; } );\n" ASSERTIONS(
			ASSERT("A0", "block", "b", "a", "https", "") "," ASSERT("A1", "pass", "b",
				"a", "https",
				"") "," ASSERT("A2", "block", "a", "b", "https", "")));
	ck_assert_int_eq(try_all(), -EINVAL);
	ck_assert_uint_eq(results.failed, 1);
	expect(0, ASSERTION_FAILS, 1, "observed office core");
	expect(1, ASSERTION_HOLDS, 2, "observed office core");
	expect(2, ASSERTION_HOLDS, 2, "no-path core office");
	expect_error(
		"assertion \"A0\": it must be blocked, but tcp 443 from 10.2.0.10 to 10.1.0.10 "
		"passes: zone \"office\" to zone \"core\" is only observed, line 23");
}
END_TEST

START_TEST(test_limit)
{
	compile("site = { name = \"town\"; };\n"
		"zones = (\n"
		" { name = \"core\"; kind = \"lgwan\"; limit = { rate = 1; per = \"hour\"; burst = "
		"1; }; segments = ( { name = \"s\"; interface = \"c1\"; networks = "
		"\"10.1.0.0/24\"; } ); },\n"
		" { name = \"office\"; kind = \"lgwan\"; segments = ( { name = \"d\"; interface = "
		"\"o1\"; networks = \"10.2.0.0/24\"; } ); } );\n"
		"services = ( { name = \"https\"; tcp = 443; } );\n" PATHS(
			PATH("P1", "10.1.0.1", "10.2.0.1", "https", "")) ASSERTIONS(ASSERT("A0",
			"pass", "10.1.0.1", "10.2.0.1", "https",
			"") "," ASSERT("A1", "block", "10.1.0.2", "10.2.0.1", "https", "")));
	ck_assert_uint_eq(ruleset->limit_count, 1);
	ck_assert_int_eq(try_all(), 0);
	expect(0, ASSERTION_HOLDS, 1, "path P1");
}
END_TEST

/* ---- rule sets that are not as they should be ---- */

#define ONE_PATH                                                                                   \
	ZONES PATHS(PATH("P1", "a", "b", "https", "")) ASSERTIONS(ASSERT("A0", "pass", "a", "b",   \
		"https", "") "," ASSERT("A1", "block", "b", "a", "https", ""))

/* What cannot be told is never good, whatever must be. */
START_TEST(test_cannot_tell)
{
	struct chain *chain;

	compile(ONE_PATH);
	chain = ruleset_find_chain(ruleset, "prerouting");
	ck_assert_ptr_nonnull(chain_add_rule(chain));
	memmove(chain->rules + 1, chain->rules, (chain->count - 1) * sizeof(*chain->rules));
	chain->rules[0] = (struct rule){ 0 };
	rule_add_statement(&chain->rules[0], STMT_OPAQUE)->name = strdup("numgen");
	ck_assert_int_eq(try_all(), -EINVAL);
	ck_assert_uint_eq(results.failed, 2);
	expect(0, ASSERTION_UNKNOWN, 1, "chain prerouting, rule 1");
	expect(1, ASSERTION_UNKNOWN, 1, "chain prerouting, rule 1");
	expect_error(
		"assertion \"A1\": what becomes of tcp 443 from 10.2.0.10 to 10.1.0.10 cannot be "
		"told: an expression that is not known, \"numgen\" in chain \"prerouting\"");
}
END_TEST

START_TEST(test_answer)
{
	struct set *active;

	compile(ONE_PATH);
	active = ruleset_find_set(ruleset, "active");
	ck_assert_uint_eq(active->count, 2);
	active->count = 0;
	/* The answer is looked up again: by its ports and addresses, turned around. */
	ck_assert_int_eq(try_all(), 0);
	assertion_results_clear(&results);
	ruleset_find_set(ruleset, "core-to-office.port4")->count = 0;
	ck_assert_int_eq(try_all(), -EINVAL);
	expect(0, ASSERTION_FAILS, 1, "no-path core office");
}
END_TEST

/* Its first packet passes, and nothing comes back. */
START_TEST(test_no_answer)
{
	struct set *active;

	compile(ZONES PATHS(PATH("P1", "a", "b", "ping", ""))
			ASSERTIONS(ASSERT("A0", "pass", "a", "b", "ping", "")));
	active = ruleset_find_set(ruleset, "active");
	active->count = 0;
	ck_assert_int_eq(try_all(), -EINVAL);
	ck_assert(results.list[0].answer);
	expect(0, ASSERTION_FAILS, 1, "revoked office core");
	expect_error(
		"assertion \"A0\": it must pass, but the answer to icmp 8/0, from 10.2.0.10 to "
		"10.1.0.10, is blocked: reason \"revoked\", from office to core, chain "
		"\"deny-revoked-office-core\"");
}
END_TEST

/* Make the first rule of a chain end it. */
static void return_from(const char *name)
{
	struct rule *rule = &ruleset_find_chain(ruleset, name)->rules[0];

	ck_assert_int_eq(rule->statements[rule->count - 1].kind, STMT_VERDICT);
	rule->statements[rule->count - 1].verdict = VERDICT_RETURN;
}

/* Accepted by no path, dropped by no denial: the rule is named. */
START_TEST(test_rules)
{
	compile(ONE_PATH);
	return_from("deny-no-path-office-core");
	ruleset_find_chain(ruleset, "forward")->policy_drop = false;
	ck_assert_int_eq(try_all(), -EINVAL);
	expect(1, ASSERTION_FAILS, 1, "chain forward, rule 4");
	expect_error(
		"assertion \"A1\": it must be blocked, but tcp 443 from 10.2.0.10 to 10.1.0.10 "
		"passes: rule 4 of chain \"forward\" accepts it");
	assertion_results_clear(&results);
	return_from("permitted");
	ruleset_find_chain(ruleset, "forward")->policy_drop = true;
	ck_assert_int_eq(try_all(), -EINVAL);
	expect_error("assertion \"A0\": it must pass, but tcp 443 from 10.1.0.10 to 10.2.0.10 is "
		     "blocked: rule 4 of chain \"forward\" drops it");
}
END_TEST

START_TEST(test_none)
{
	compile(ZONES PATHS(PATH("P1", "a", "b", "https", "")));
	ck_assert_int_eq(try_all(), 0);
	ck_assert_uint_eq(results.count, 0);
	ck_assert_ptr_null(results.list);
}
END_TEST

START_TEST(test_names)
{
	ck_assert_str_eq(assertion_outcome_name(ASSERTION_HOLDS), "holds");
	ck_assert_str_eq(assertion_outcome_name(ASSERTION_FAILS), "fails");
	ck_assert_str_eq(assertion_outcome_name(ASSERTION_UNKNOWN), "unknown");
}
END_TEST

int main(void)
{
	const TTest *const tests[] = { test_holds, test_fails, test_last_address, test_last_port,
		test_timed, test_exception, test_observed, test_limit, test_cannot_tell,
		test_answer, test_no_answer, test_rules, test_none, test_names };
	Suite *suite = suite_create("assertion");
	TCase *tcase = tcase_create("assertion");

	tcase_add_checked_fixture(tcase, from_text_set_up, tear_down);
	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_test(tcase, tests[i]);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
