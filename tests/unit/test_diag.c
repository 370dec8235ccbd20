/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/diag.h"
#include "suite.h"

static struct diag_list *list;

static void set_up(void)
{
	ck_assert_int_eq(diag_list_new(&list), 0);
}

static void tear_down(void)
{
	diag_list_free(list);
}

static struct diag_loc at(const char *file, unsigned int line, unsigned int column)
{
	return (struct diag_loc){ file, line, column };
}

static void source(const char *file, const char *text)
{
	ck_assert_int_eq(diag_list_source(list, file, text, strlen(text)), 0);
}

/* What is printed; the caller frees it. */
static char *printed(bool color)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);
	ck_assert_ptr_nonnull(out);
	diag_list_print(list, out, color);
	fclose(out);
	return text;
}

static void expect(const char *wanted)
{
	char *text = printed(false);
	ck_assert_str_eq(text, wanted);
	free(text);
}

START_TEST(test_empty)
{
	expect("");
	ck_assert_uint_eq(diag_list_length(list), 0);
	ck_assert_uint_eq(diag_list_count(list, DIAG_ERROR), 0);
	ck_assert_ptr_null(diag_list_get(list, 0));
	diag_list_free(NULL);
}
END_TEST

START_TEST(test_finding)
{
	source("x.conf", "first\n  to = \"eltx\";\nlast\n");
	diag_add(list, DIAG_ERROR, at("x.conf", 2, 8), "did you mean \"eltax\"?",
		"path \"%s\": no host is named \"%s\"", "F03", "eltx");
	expect("x.conf:2:8: error: path \"F03\": no host is named \"eltx\"\n"
	       "    2 |   to = \"eltx\";\n"
	       "      |        ^\n"
	       "      fix: did you mean \"eltax\"?\n");
}
END_TEST

START_TEST(test_severities)
{
	diag_add(list, DIAG_WARNING, at("x.conf", 0, 0), NULL, "one");
	diag_add(list, DIAG_NOTE, at(NULL, 0, 0), NULL, "two");
	diag_add(list, DIAG_NOTE, at("x.conf", 3, 0), NULL, "three");
	ck_assert_uint_eq(diag_list_count(list, DIAG_ERROR), 0);
	ck_assert_uint_eq(diag_list_count(list, DIAG_WARNING), 1);
	ck_assert_uint_eq(diag_list_count(list, DIAG_NOTE), 2);
	expect("x.conf: warning: one\nnote: two\nx.conf:3: note: three\n");
}
END_TEST

/* A line without a column is shown without a caret; the last may lack its newline. */
START_TEST(test_line_only)
{
	source("x.conf", "a\nb");
	diag_add(list, DIAG_ERROR, at("x.conf", 2, 0), NULL, "m");
	diag_add(list, DIAG_ERROR, at("x.conf", 3, 1), NULL, "past the end");
	expect("x.conf:2: error: m\n    2 | b\nx.conf:3:1: error: past the end\n");
}
END_TEST

/* Columns count characters; the caret stands below, however wide those before it are. */
START_TEST(test_caret_below_wide_characters)
{
	source("x.conf", "\tlabel = \"青葉野市\"; x\r\n");
	diag_add(list, DIAG_ERROR, at("x.conf", 1, 18), NULL, "m");
	expect("x.conf:1:18: error: m\n"
	       "    1 |         label = \"青葉野市\"; x\n"
	       "      |                             ^\n");
}
END_TEST

START_TEST(test_long_line)
{
	char text[1002], wanted[400];
	memset(text, 'a', sizeof(text));
	text[500] = 'X';
	text[1000] = '\n';
	text[1001] = '\0';
	source("x.conf", text);
	diag_add(list, DIAG_ERROR, at("x.conf", 1, 501), NULL, "m");
	int used = snprintf(wanted, sizeof(wanted), "x.conf:1:501: error: m\n    1 | ");
	memset(wanted + used, 'a', 160);
	wanted[used + 100] = 'X';
	snprintf(wanted + used + 160, sizeof(wanted) - (size_t)used - 160, "\n      | %*s^\n", 100,
		"");
	expect(wanted);
}
END_TEST

START_TEST(test_large_line_number)
{
	char *text = malloc(100001);
	memset(text, '\n', 100000);
	text[100000] = 'z';
	ck_assert_int_eq(diag_list_source(list, "x.conf", text, 100001), 0);
	free(text);
	diag_add(list, DIAG_ERROR, at("x.conf", 100001, 1), NULL, "m");
	expect("x.conf:100001:1: error: m\n100001 | z\n       | ^\n");
}
END_TEST

/* Neither messages nor source lines may steer a terminal. */
START_TEST(test_unprintable)
{
	source("x.conf", "a\033[2J\xff z\xe2\x80\xae\n");
	diag_add(list, DIAG_ERROR, at("x.conf", 1, 7), "\033", "m\033[31m %s", "\xff\xe2\x80\xae");
	expect("x.conf:1:7: error: m?[31m ????\n"
	       "    1 | a?[2J? z?\n"
	       "      |       ^\n"
	       "      fix: ?\n");
}
END_TEST

START_TEST(test_color)
{
	diag_add(list, DIAG_ERROR, at("x.conf", 1, 1), "f", "m");
	char *text = printed(true);
	ck_assert_str_eq(text, "\033[1mx.conf:1:1: \033[0m\033[1;31merror:\033[0m m\n"
			       "      \033[1mfix:\033[0m f\n");
	free(text);
}
END_TEST

/* The name of a file lives as long as the list, whatever becomes of the caller's. */
START_TEST(test_file_is_copied)
{
	char name[] = "x.conf";
	diag_add(list, DIAG_ERROR, at(name, 1, 0), NULL, "m");
	memset(name, 'y', sizeof(name) - 1);
	ck_assert_str_eq(diag_list_get(list, 0)->loc.file, "x.conf");
	expect("x.conf:1: error: m\n");
}
END_TEST

START_TEST(test_sort)
{
	static const unsigned int places[][2] = { { 3, 1 }, { 1, 9 }, { 3, 1 }, { 1, 2 }, { 0, 0 },
		{ 2, 5 } };
	static const char *const wanted[] = { "4", "3", "1", "5", "0", "2" };
	for (size_t i = 0; i < 6; i++)
		diag_add(
			list, DIAG_ERROR, at("x.conf", places[i][0], places[i][1]), NULL, "%zu", i);
	diag_list_sort(list);
	for (size_t i = 0; i < 6; i++)
		ck_assert_str_eq(diag_list_get(list, i)->message, wanted[i]);
}
END_TEST

/* Lines are found whatever the order of the findings, in each of several files. */
START_TEST(test_unsorted_and_two_files)
{
	source("x.conf", "x1\nx2\n");
	source("y.conf", "y1\ny2\n");
	diag_add(list, DIAG_ERROR, at("x.conf", 2, 0), NULL, "m");
	diag_add(list, DIAG_ERROR, at("x.conf", 1, 0), NULL, "m");
	diag_add(list, DIAG_ERROR, at("y.conf", 2, 0), NULL, "m");
	expect("x.conf:2: error: m\n    2 | x2\nx.conf:1: error: m\n    1 | x1\n"
	       "y.conf:2: error: m\n    2 | y2\n");
}
END_TEST

/* Files stand in the order in which they were met; what is about none comes first. */
START_TEST(test_sort_files)
{
	static const char *const wanted[] = { "none", "z1", "z9", "a1", "a2" };
	source("z.conf", "z\n");
	diag_add(list, DIAG_ERROR, at("a.conf", 2, 0), NULL, "a2");
	diag_add(list, DIAG_ERROR, at("z.conf", 9, 0), NULL, "z9");
	diag_add(list, DIAG_ERROR, at("a.conf", 1, 0), NULL, "a1");
	diag_add(list, DIAG_ERROR, at(NULL, 0, 0), NULL, "none");
	diag_add(list, DIAG_ERROR, at("z.conf", 1, 0), NULL, "z1");
	diag_list_sort(list);
	for (size_t i = 0; i < 5; i++)
		ck_assert_str_eq(diag_list_get(list, i)->message, wanted[i]);
}
END_TEST

/* A clause is copied, shown between the excerpt and the fix, and made printable. */
START_TEST(test_clause)
{
	char number[] = "第2章4(1)①", document[] = "方針\033[2J", asks[] = "分ける";
	const struct diag_clause clause = { number, document, asks };
	source("x.conf", "路\n");
	diag_add_clause(
		list, DIAG_WARNING, at("x.conf", 1, 1), &clause, "mend it", "%s is wrong", "this");
	memset(number, 'y', sizeof(number) - 1);
	memset(asks, 'y', sizeof(asks) - 1);
	expect("x.conf:1:1: warning: this is wrong\n    1 | 路\n      | ^\n"
	       "      clause: 第2章4(1)① (方針?[2J): 分ける\n      fix: mend it\n");
	ck_assert_str_eq(diag_list_get(list, 0)->clause.number, "第2章4(1)①");
}
END_TEST

START_TEST(test_source_replaced)
{
	source("x.conf", "old\n");
	source("x.conf", "new\n");
	diag_add(list, DIAG_ERROR, at("x.conf", 1, 0), NULL, "m");
	expect("x.conf:1: error: m\n    1 | new\n");
}
END_TEST

START_TEST(test_limit)
{
	for (unsigned int i = 0; i < DIAG_MAX + 5; i++)
		diag_add(list, DIAG_ERROR, at("x.conf", i + 1, 0), NULL, "m");
	ck_assert_uint_eq(diag_list_length(list), DIAG_MAX);
	ck_assert_uint_eq(diag_list_count(list, DIAG_ERROR), DIAG_MAX + 5);
	char *text = printed(false);
	const char *end = "x.conf:1000: error: m\n5 more findings are not shown\n";
	ck_assert_uint_gt(strlen(text), strlen(end));
	ck_assert_str_eq(text + strlen(text) - strlen(end), end);
	free(text);
}
END_TEST

START_TEST(test_json)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);
	diag_add(list, DIAG_ERROR, at("x.conf", 4, 2), "add \"a\"", "路 \"F\"");
	diag_add(list, DIAG_WARNING, at(NULL, 0, 0), NULL, "w");
	diag_add_clause(list, DIAG_ERROR, at(NULL, 0, 0), &(struct diag_clause){ "4(1)", "d", "a" },
		NULL, "c");
	diag_list_print_json(list, out);
	fclose(out);
	ck_assert_str_eq(text,
		"[{\"severity\":\"error\",\"file\":\"x.conf\",\"line\":4,\"column\":2,"
		"\"message\":\"路 \\\"F\\\"\",\"fix\":\"add \\\"a\\\"\"},"
		"{\"severity\":\"warning\",\"message\":\"w\"},"
		"{\"severity\":\"error\",\"message\":\"c\",\"clause\":\"4(1)\","
		"\"document\":\"d\",\"asks\":\"a\"}]\n");
	free(text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("diag");
	TCase *tests = tcase_create("diag");
	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, test_empty);
	tcase_add_test(tests, test_finding);
	tcase_add_test(tests, test_severities);
	tcase_add_test(tests, test_line_only);
	tcase_add_test(tests, test_caret_below_wide_characters);
	tcase_add_test(tests, test_long_line);
	tcase_add_test(tests, test_large_line_number);
	tcase_add_test(tests, test_unprintable);
	tcase_add_test(tests, test_color);
	tcase_add_test(tests, test_file_is_copied);
	tcase_add_test(tests, test_sort);
	tcase_add_test(tests, test_unsorted_and_two_files);
	tcase_add_test(tests, test_sort_files);
	tcase_add_test(tests, test_clause);
	tcase_add_test(tests, test_source_replaced);
	tcase_add_test(tests, test_limit);
	tcase_add_test(tests, test_json);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
