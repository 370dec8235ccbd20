/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Options of a command line, and suggestions for what was mistyped. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../daemon/options.h"
#include "../../lib/suggest.h"
#include "suite.h"

static const struct option_spec specs[] = {
	{ "json", 0, NULL, "flag without a letter" },
	{ "last", 'n', "COUNT", "with an argument" },
	{ "follow", 'f', NULL, "flag" },
	{ NULL, 'x', NULL, "letter only" },
	{ "color", 0, "WHEN", "argument, no letter" },
};
#define SPEC_COUNT (sizeof(specs) / sizeof(specs[0]))

enum { JSON, LAST, FOLLOW, LETTER, COLOR };

#define WORDS_MAX 8

struct step {
	int option;
	const char *value;
};

static const struct {
	const char *words[WORDS_MAX];
	struct step steps[WORDS_MAX]; /* up to OPTIONS_END or OPTIONS_FAILED */
} cases[] = {
	{ { NULL }, { { OPTIONS_END, NULL } } },
	{ { "--json", "-f" }, { { JSON, NULL }, { FOLLOW, NULL }, { OPTIONS_END, NULL } } },
	{ { "-n", "5" }, { { LAST, "5" }, { OPTIONS_END, NULL } } },
	{ { "-n5" }, { { LAST, "5" }, { OPTIONS_END, NULL } } },
	{ { "--last=5" }, { { LAST, "5" }, { OPTIONS_END, NULL } } },
	{ { "--last=" }, { { LAST, "" }, { OPTIONS_END, NULL } } },
	{ { "--last", "-1h" }, { { LAST, "-1h" }, { OPTIONS_END, NULL } } },
	{ { "-fxn", "5" },
		{ { FOLLOW, NULL }, { LETTER, NULL }, { LAST, "5" }, { OPTIONS_END, NULL } } },
	{ { "a", "-f", "b" }, { { OPTIONS_OPERAND, "a" }, { FOLLOW, NULL },
				      { OPTIONS_OPERAND, "b" }, { OPTIONS_END, NULL } } },
	{ { "--", "-f", "--" },
		{ { OPTIONS_OPERAND, "-f" }, { OPTIONS_OPERAND, "--" }, { OPTIONS_END, NULL } } },
	{ { "-f", "--" }, { { FOLLOW, NULL }, { OPTIONS_END, NULL } } },
	{ { "-" }, { { OPTIONS_OPERAND, "-" }, { OPTIONS_END, NULL } } },
	{ { "" }, { { OPTIONS_OPERAND, "" }, { OPTIONS_END, NULL } } },
	{ { "--color", "never" }, { { COLOR, "never" }, { OPTIONS_END, NULL } } },
	{ { "-n" }, { { OPTIONS_FAILED, NULL } } },
	{ { "-fn" }, { { FOLLOW, NULL }, { OPTIONS_FAILED, NULL } } },
	{ { "--last" }, { { OPTIONS_FAILED, NULL } } },
	{ { "--json=1" }, { { OPTIONS_FAILED, NULL } } },
	{ { "--jso" }, { { OPTIONS_FAILED, NULL } } },
	{ { "--jsonx" }, { { OPTIONS_FAILED, NULL } } },
	{ { "--x" }, { { OPTIONS_FAILED, NULL } } },
	{ { "-c" }, { { OPTIONS_FAILED, NULL } } },
	{ { "-f\xff" }, { { FOLLOW, NULL }, { OPTIONS_FAILED, NULL } } },
	{ { "--=x" }, { { OPTIONS_FAILED, NULL } } },
};

START_TEST(test_steps)
{
	char program[] = "program";
	char *argv[WORDS_MAX + 2] = { program };
	struct options options;
	int argc = 1;

	for (size_t i = 0; i < WORDS_MAX && cases[_i].words[i]; i++)
		argv[argc++] = strdup(cases[_i].words[i]);
	options_begin(&options, "test", specs, SPEC_COUNT, argc, argv);
	for (const struct step *step = cases[_i].steps;; step++) {
		ck_assert_int_eq(options_next(&options), step->option);
		if (step->option == OPTIONS_END || step->option == OPTIONS_FAILED)
			break;
		if (step->value)
			ck_assert_str_eq(options.value, step->value);
		else
			ck_assert_ptr_null(options.value);
	}
	while (argc > 1)
		free(argv[--argc]);
}
END_TEST

START_TEST(test_describe)
{
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);

	ck_assert_ptr_nonnull(out);
	options_describe(specs, SPEC_COUNT, out);
	fclose(out);
	ck_assert_str_eq(text, "      --json                flag without a letter\n"
			       "  -n, --last=COUNT          with an argument\n"
			       "  -f, --follow              flag\n"
			       "  -x                        letter only\n"
			       "      --color=WHEN          argument, no letter\n");
	free(text);
}
END_TEST

static const struct {
	const char *text;
	unsigned long max, value;
	bool valid;
} numbers[] = {
	{ "0", 10, 0, true },
	{ "10", 10, 10, true },
	{ "007", 10, 7, true },
	{ "11", 10, 0, false },
	{ "65535", 65535, 65535, true },
	{ "65536", 65535, 0, false },
	{ "18446744073709551615", 18446744073709551615ul, 18446744073709551615ul, true },
	{ "18446744073709551616", 18446744073709551615ul, 0, false },
	{ "5", 4, 0, false },
	{ "", 10, 0, false },
	{ "-1", 10, 0, false },
	{ "+1", 10, 0, false },
	{ " 1", 10, 0, false },
	{ "1 ", 10, 0, false },
	{ "0x1", 10, 0, false },
};

START_TEST(test_numbers)
{
	unsigned long value = 0;

	ck_assert_int_eq(
		options_number(numbers[_i].text, numbers[_i].max, &value), numbers[_i].valid);
	ck_assert_uint_eq(value, numbers[_i].value);
}
END_TEST

static const struct {
	const char *word;
	const char *candidates[4];
	const char *best;
} words[] = {
	{ "stauts", { "status", "zones" }, "status" }, /* two exchanged */
	{ "satus", { "status" }, "status" },	       /* left out */
	{ "statuss", { "status" }, "status" },	       /* put in */
	{ "Status", { "status" }, "status" },
	{ "paths", { "path", "paths" }, "paths" },
	{ "pahts", { "path", "paths" }, "paths" },
	{ "xx", { "ab" }, NULL },
	{ "a", { "b" }, NULL },
	{ "frobnicate", { "check", "compile", "status" }, NULL },
	{ "", { "a", "" }, NULL },
	{ "lgwna", { "lgwan", "internet" }, "lgwan" },
	{ "eltax-clinet", { "eltax-client", "eltax" }, "eltax-client" },
	/* Longer than a word may be: nothing, and no overrun. */
	{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		  "a" },
		NULL },
};

START_TEST(test_suggest)
{
	struct suggest suggest = { .word = words[_i].word };

	for (size_t i = 0; i < 4 && words[_i].candidates[i]; i++)
		suggest_consider(&suggest, words[_i].candidates[i]);
	ck_assert_pstr_eq(suggest.best, words[_i].best);
}
END_TEST

#define COUNT(array) (int)(sizeof(array) / sizeof((array)[0]))

int main(void)
{
	Suite *suite = suite_create("options");
	TCase *tests = tcase_create("options");

	tcase_add_loop_test(tests, test_steps, 0, COUNT(cases));
	tcase_add_test(tests, test_describe);
	tcase_add_loop_test(tests, test_numbers, 0, COUNT(numbers));
	tcase_add_loop_test(tests, test_suggest, 0, COUNT(words));
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
