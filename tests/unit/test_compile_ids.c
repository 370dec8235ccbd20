/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ids of paths, codes and names of denials, and policies that a rule set has no room for. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/compile.h"
#include "../../lib/compile_internal.h"
#include "city.h"
#include "suite.h"

static void remember_ids(const char *text, uint32_t *ids, const char *names)
{
	from_text_set_up();
	compile(text);
	for (; *names; names++)
		*ids++ = path_id((const char[]){ *names, 0 });
	from_text_tear_down();
}

START_TEST(test_ids_are_of_content)
{
	uint32_t first[2], second[2];

	from_text_tear_down();
	remember_ids(CITY "paths = (" PATH("A", "relay", "internet", "high") "," PATH(
			     "B", "bound", "relay", "https") ");",
		first, "AB");
	ck_assert_uint_ne(first[0], 0);
	ck_assert_uint_ne(first[0], first[1]);
	/* Other names, another order, the host written as its address, another reason. */
	remember_ids(CITY "paths = (" PATH("C", "bound", "relay",
			     "https") ", { name = \"D\"; from = \"relay\"; to = \"internet\"; "
				      "service = [\"high\"]; "
				      "reason = \"another\"; data = \"reverse\"; });",
		second, "DC");
	ck_assert_uint_eq(first[0], second[0]);
	ck_assert_uint_eq(first[1], second[1]);
	/* Another service. */
	remember_ids(CITY "paths = (" PATH("A", "relay", "internet", "tcp") "," PATH(
			     "B", "relay", "internet", "high") ");",
		second, "AB");
	ck_assert_uint_ne(first[0], second[0]);
	ck_assert_uint_eq(first[0], second[1]);
	/* The same addresses behind another interface. */
	remember_ids("site = { name = \"t\"; };" HOSTS SERVICES OTHER_ZONES
		     "paths = (" PATH("A", "relay", "internet", "high") "," PATH(
			     "B", "bound", "relay", "https") ");",
		second, "AB");
	ck_assert_uint_ne(first[0], second[0]);
	ck_assert_uint_ne(first[1], second[1]);
	from_text_set_up();
}
END_TEST

/* Ids of three bits: of eight digests some always collide. */
START_TEST(test_id_collisions)
{
	for (unsigned int round = 0; round < 2000; round++) {
		uint8_t digests[6][DIGEST_LENGTH], shuffled[6][DIGEST_LENGTH];
		uint32_t ids[6], again[6];
		size_t failed, order[6];

		for (unsigned int i = 0; i < sizeof(digests); i++)
			digests[i / DIGEST_LENGTH][i % DIGEST_LENGTH] = (uint8_t)rand();
		memcpy(digests[5], digests[4], DIGEST_LENGTH); /* the same path twice */
		int error = assign_ids(digests[0], 6, 3, ids, &failed);

		if (error == -ERANGE) {
			ck_assert_uint_lt(failed, 6);
			continue;
		}
		ck_assert_int_eq(error, 0);
		for (size_t i = 0; i < 6; i++) {
			ck_assert(ids[i] > 0 && ids[i] < 8);
			for (size_t j = 0; j < i; j++)
				ck_assert_int_eq(ids[i] == ids[j], i == 5 && j == 4);
		}
		for (size_t i = 0; i < 6; i++)
			order[i] = i;
		for (size_t i = 5; i > 0; i--) {
			size_t j = (size_t)rand() % (i + 1), old = order[i];

			order[i] = order[j];
			order[j] = old;
		}
		for (size_t i = 0; i < 6; i++)
			memcpy(shuffled[i], digests[order[i]], DIGEST_LENGTH);
		ck_assert_int_eq(assign_ids(shuffled[0], 6, 3, again, &failed), 0);
		for (size_t i = 0; i < 6; i++)
			ck_assert_uint_eq(again[i], ids[order[i]]);
	}
}
END_TEST

START_TEST(test_id_exhausted)
{
	uint8_t digests[2][DIGEST_LENGTH] = { { 0 }, { 0 } };
	uint32_t ids[2];
	size_t failed = 9;

	memset(digests[1], 0x80, DIGEST_LENGTH); /* every word is the same, and free */
	ck_assert_int_eq(assign_ids(digests[0], 2, 32, ids, &failed), -ERANGE);
	ck_assert_uint_eq(failed, 0); /* all zero can never be an id */
	ck_assert_int_eq(assign_ids(digests[1], 1, 32, ids, &failed), 0);
	ck_assert_uint_eq(ids[0], 0x80808080);
}
END_TEST

START_TEST(test_codes)
{
	uint32_t code = deny_code(REASON_NO_PATH, "a", "b");

	ck_assert(code != 0 && (code & ~DENY_CODE_MASK) == 0);
	ck_assert_uint_ne(code, deny_code(REASON_NO_PATH, "b", "a"));
	ck_assert_uint_ne(code, deny_code(REASON_SPOOF, "a", "b"));
	ck_assert_uint_ne(
		deny_code(REASON_NO_PATH, "a-b", "c"), deny_code(REASON_NO_PATH, "a", "b-c"));
	/* Records of earlier policies are read with it: it must never change. */
	ck_assert_uint_eq(deny_code(REASON_INTERFACE, "unknown", "unknown"), 0x07fc80e9);
	for (unsigned int i = 0; i < REASON_COUNT; i++) {
		enum reason reason;

		ck_assert_int_eq(reason_parse(reason_name((enum reason)i), &reason), 0);
		ck_assert_uint_eq(reason, i);
	}
	ck_assert_int_eq(reason_parse("no-such", (enum reason[]){ REASON_SPOOF }), -EINVAL);
}
END_TEST

#define ZONE(name, interface, network)                                                             \
	"{ name = \"" name "\"; kind = \"internet\"; segments = ({ name = \"s\"; interface = "     \
	"\"" interface "\"; networks = \"" network "\"; }); }"

static void expect_error(const char *text, const char *words)
{
	const struct diag *diag;

	parse(text);
	ck_assert_int_eq(compile_policy(policy, diags, &ruleset), -EINVAL);
	ck_assert_ptr_null(ruleset);
	diag = diag_list_get(diags, diag_list_length(diags) - 1);
	ck_assert_int_eq(diag->severity, DIAG_ERROR);
	ck_assert_msg(
		strstr(diag->message, words) != NULL, "\"%s\" is not \"%s\"", diag->message, words);
}

START_TEST(test_names_clash)
{
	/* "a" to "b-c" and "a-b" to "c": one name for two denials. */
	expect_error("site = { name = \"t\"; }; zones = (" ZONE("a", "e1", "10.1.0.0/24") "," ZONE(
			     "b-c", "e2", "10.2.0.0/24") "," ZONE("a-b", "e3",
			     "10.3.0.0/24") "," ZONE("c", "e4", "10.4.0.0/24") ");",
		"deny-");
}
END_TEST

START_TEST(test_pair_names_clash)
{
	expect_error("site = { name = \"t\"; }; zones = (" ZONE("a", "e1", "10.1.0.0/24") "," ZONE(
			     "b-to-c", "e2", "10.2.0.0/24") "," ZONE("a-to-b", "e3",
			     "10.3.0.0/24") "," ZONE("c", "e4", "10.4.0.0/24") ");",
		"a-to-b-to-c");
}
END_TEST

/* Ranges of ports, each within the next: no two of them can be in one map. */
START_TEST(test_too_many_layers)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	fputs("site = { name = \"t\"; };" ZONES HOSTS "services = (", out);
	for (unsigned int i = 0; i <= 64; i++)
		fprintf(out, "%s{ name = \"s%u\"; tcp = \"1000-%u\"; }", i ? "," : "", i, 2000 + i);
	fputs(");\npaths = (", out);
	for (unsigned int i = 0; i <= 64; i++)
		fprintf(out, "%s\n" PATH("P%u", "lgwan", "internet", "s%u"), i ? "," : "", i, i);
	fputs(");", out);
	fclose(out);
	expect_error(text, "overlap");
	/* At the path that was too much, which is the last one. */
	ck_assert_uint_eq(diag_list_get(diags, diag_list_length(diags) - 1)->loc.line,
		policy->paths[64].loc.line);
	free(text);
}
END_TEST

static void put_hosts(FILE *out, const char *name, const char *prefix, const char *next)
{
	fprintf(out, "{ name = \"%s\"; networks = (", name);
	for (unsigned int i = 0; i < 2100; i++)
		fprintf(out, "%s\"%s%u.%u\"\n", i ? "," : "", prefix, i / 100, i % 100 * 2);
	fprintf(out, "); }%s\n", next);
}

/* 2100 addresses to 2100 addresses is more than any kernel should hold. */
START_TEST(test_too_many_boxes)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	fputs(CITY "networks = (", out);
	put_hosts(out, "many", "172.16.", ",");
	put_hosts(out, "more", "198.51.", "");
	fputs(");\npaths = (" PATH("P", "many", "more", "https") ");", out);
	fclose(out);
	expect_error(text, "more than");
	free(text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("compile_ids");
	TCase *tests = tcase_create("compile_ids");

	srand(random_seed("compile_ids"));
	tcase_add_checked_fixture(tests, from_text_set_up, from_text_tear_down);
	tcase_add_test(tests, test_ids_are_of_content);
	tcase_add_test(tests, test_id_collisions);
	tcase_add_test(tests, test_id_exhausted);
	tcase_add_test(tests, test_codes);
	tcase_add_test(tests, test_names_clash);
	tcase_add_test(tests, test_pair_names_clash);
	tcase_add_test(tests, test_too_many_layers);
	tcase_add_test(tests, test_too_many_boxes);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
