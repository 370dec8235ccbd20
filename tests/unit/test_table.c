/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Widths of text, and tables made of them. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "../../daemon/table.h"
#include "../../lib/width.h"
#include "suite.h"

static const struct {
	const char *text;
	size_t width;
} widths[] = {
	{ "", 0 },
	{ "abc", 3 },
	{ "隔て", 4 },
	{ "マイナンバー利用事務系", 22 },
	{ "LGWAN接続系", 11 },
	{ "ﾊﾝｶｸ", 4 },			 /* half-width katakana */
	{ "ＡＢ", 4 },			 /* full-width Latin */
	{ "が", 2 },			 /* か and a combining mark */
	{ "e\xcc\x81", 1 },		 /* e and a combining acute */
	{ "葛\xf3\xa0\x84\x80城市", 6 }, /* variation selector, as in names of cities */
	{ "→±", 2 },			 /* ambiguous ones are narrow */
	{ "𠮷野", 4 },			 /* plane 2 */
	{ "한국", 4 },
	{ "🚒", 2 },
	{ "、。「」", 8 },
	{ "\xff\xe9", 2 }, /* not UTF-8: each byte as one sign */
	{ "é", 1 },
};

START_TEST(test_width)
{
	ck_assert_uint_eq(width_of_text(widths[_i].text), widths[_i].width);
}
END_TEST

static const struct {
	const char *bytes;
	size_t length, taken;
	uint32_t character;
} sequences[] = {
	{ "A", 1, 1, 'A' },
	{ "\xe9\x9a\x94", 3, 3, 0x9694 },
	{ "\xf0\xa0\xae\xb7", 4, 4, 0x20bb7 },
	{ "\xe9\x9a", 2, 1, WIDTH_REPLACEMENT },	     /* cut off */
	{ "\xe9\x9a\x94", 2, 1, WIDTH_REPLACEMENT },	     /* cut off by the length */
	{ "\xc0\xaf", 2, 1, WIDTH_REPLACEMENT },	     /* overlong */
	{ "\xe0\x80\xaf", 3, 1, WIDTH_REPLACEMENT },	     /* overlong */
	{ "\xed\xa0\x80", 3, 1, WIDTH_REPLACEMENT },	     /* surrogate */
	{ "\xf4\x90\x80\x80", 4, 1, WIDTH_REPLACEMENT },     /* past U+10FFFF */
	{ "\xf8\x88\x80\x80\x80", 5, 1, WIDTH_REPLACEMENT }, /* five bytes */
	{ "\x80", 1, 1, WIDTH_REPLACEMENT },
	{ "", 0, 0, WIDTH_REPLACEMENT },
};

START_TEST(test_decode)
{
	uint32_t character = 0;

	ck_assert_uint_eq(width_decode(sequences[_i].bytes, sequences[_i].length, &character),
		sequences[_i].taken);
	ck_assert_uint_eq(character, sequences[_i].character);
}
END_TEST

START_TEST(test_printable)
{
	static const char *const clean[] = { "", "a b", "青葉野市", "\xef\xbf\xbd" };
	static const char *const unclean[] = { "a\nb", "\t", "\x1b[m", "\x7f", "\xe9\x9d", "ok\xff",
		"\xe2\x80\xae" };

	for (size_t i = 0; i < sizeof(clean) / sizeof(clean[0]); i++)
		ck_assert_msg(width_printable_text(clean[i]), "%zu", i);
	for (size_t i = 0; i < sizeof(unclean) / sizeof(unclean[0]); i++)
		ck_assert_msg(!width_printable_text(unclean[i]), "%zu", i);
}
END_TEST

static char *printed;
static size_t printed_length;
static FILE *out;

static void open_output(void)
{
	printed = NULL;
	out = open_memstream(&printed, &printed_length);
	ck_assert_ptr_nonnull(out);
}

static void close_output(void)
{
	if (out)
		fclose(out);
	free(printed);
}

static const char *output(void)
{
	fflush(out);
	return printed;
}

START_TEST(test_columns_line_up)
{
	const struct table_column columns[] = { { "ZONE", false, 0 }, { "COUNT", true, 0 },
		{ "LABEL", false, 0 } };
	struct table *table;

	ck_assert_int_eq(table_new(columns, 3, false, &table), 0);
	table_cell(table, TABLE_BAD, "利用系");
	table_number(table, TABLE_PLAIN, 1234567);
	table_cell(table, TABLE_PLAIN, "a");
	table_cell(table, TABLE_PLAIN, "x");
	table_number(table, TABLE_PLAIN, 0);
	table_format(table, TABLE_PLAIN, "%s-%d", "b", 2);
	ck_assert_int_eq(table_print(table, out), 0);
	table_free(table);
	ck_assert_str_eq(output(), "ZONE        COUNT  LABEL\n"
				   "利用系  1,234,567  a\n"
				   "x               0  b-2\n");
}
END_TEST

START_TEST(test_printed_in_pieces)
{
	const struct table_column columns[] = { { "A", false, 3 }, { "B", false, 0 } };
	struct table *table;

	ck_assert_int_eq(table_new(columns, 2, false, &table), 0);
	table_cell(table, TABLE_PLAIN, "1");
	table_cell(table, TABLE_PLAIN, "2");
	ck_assert_int_eq(table_print(table, out), 0);
	ck_assert_int_eq(table_print(table, out), 0);
	table_cell(table, TABLE_PLAIN, "12345");
	table_cell(table, TABLE_PLAIN, NULL);
	ck_assert_int_eq(table_print(table, out), 0);
	table_free(table);
	ck_assert_str_eq(output(), "A    B\n"
				   "1    2\n"
				   "12345\n");
}
END_TEST

START_TEST(test_without_titles)
{
	const struct table_column columns[] = { { NULL, false, 0 }, { NULL, false, 0 } };
	struct table *table;

	ck_assert_int_eq(table_new(columns, 2, false, &table), 0);
	table_cell(table, TABLE_PLAIN, "状態");
	table_cell(table, TABLE_PLAIN, "ok");
	ck_assert_int_eq(table_print(table, out), 0);
	table_free(table);
	ck_assert_str_eq(output(), "状態  ok\n");
}
END_TEST

START_TEST(test_color)
{
	const struct table_column columns[] = { { "A", true, 4 }, { "B", false, 0 } };
	struct table *table;

	ck_assert_int_eq(table_new(columns, 2, true, &table), 0);
	table_cell(table, TABLE_GOOD, "1");
	table_cell(table, TABLE_PLAIN, "2");
	ck_assert_int_eq(table_print(table, out), 0);
	table_free(table);
	ck_assert_str_eq(output(), "   \033[1mA\033[0m  \033[1mB\033[0m\n"
				   "   \033[32m1\033[0m  2\n");
}
END_TEST

/* Whatever a log line or a label holds, a terminal must not obey it. */
START_TEST(test_harmless)
{
	static const struct {
		const char *text, *shown;
	} cases[] = {
		{ "\033[31mred", "\xef\xbf\xbd[31mred" },
		{ "a\nb\tc\r", "a\xef\xbf\xbd"
			       "b\xef\xbf\xbd"
			       "c\xef\xbf\xbd" },
		{ "\xc2\x9b", "\xef\xbf\xbd" }, /* C1 CSI */
		{ "\xe2\x80\xae"
		  "abc",
			"\xef\xbf\xbd"
			"abc" },				    /* right-to-left override */
		{ "\xe2\x80\xa8", "\xef\xbf\xbd" },		    /* line separator */
		{ "\xff", "\xef\xbf\xbd" },			    /* not UTF-8 */
		{ "葛\xf3\xa0\x84\x80城", "葛\xf3\xa0\x84\x80城" }, /* stays */
		{ "\xef\xbf\xbd", "\xef\xbf\xbd" },		    /* U+FFFD itself */
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		rewind(out);
		table_put(out, false, TABLE_BAD, cases[i].text);
		fputc('\0', out);
		ck_assert_str_eq(output(), cases[i].shown);
	}
	rewind(out);
	table_put(out, true, TABLE_BAD, "x");
	fputc('\0', out);
	ck_assert_str_eq(output(), "\033[1;31mx\033[0m");
}
END_TEST

START_TEST(test_numbers)
{
	static const struct {
		uint64_t value;
		const char *text;
	} cases[] = {
		{ 0, "0" },
		{ 999, "999" },
		{ 1000, "1,000" },
		{ 123456, "123,456" },
		{ UINT64_MAX, "18,446,744,073,709,551,615" },
	};
	char text[TABLE_NUMBER_MAX];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		table_number_text(cases[i].value, text);
		ck_assert_str_eq(text, cases[i].text);
	}
}
END_TEST

/* What a table of Japanese prints in lines of so many cells. */
static char *print_narrow(unsigned int columns)
{
	const struct table_column titles[] = { { "経路", false, 0 }, { "宛先", false, 0 },
		{ "数", true, 0 }, { "理由", false, 0 } };
	char *text = NULL;
	size_t length;
	FILE *memory = open_memstream(&text, &length);
	struct table *table;

	ck_assert_int_eq(table_new(titles, 4, false, &table), 0);
	table_fit(table, columns);
	table_cell(table, TABLE_PLAIN, "F01");
	table_cell(table, TABLE_PLAIN, "convenience-center");
	table_cell(table, TABLE_PLAIN, "1,234,567");
	table_cell(table, TABLE_PLAIN, "証明書のコンビニ交付。");
	table_cell(table, TABLE_PLAIN, "F02");
	table_cell(table, TABLE_PLAIN, "");
	table_cell(table, TABLE_PLAIN, "8");
	table_cell(table, TABLE_PLAIN, "");
	ck_assert_int_eq(table_print(table, memory), 0);
	table_free(table);
	fclose(memory);
	return text;
}

static const struct {
	unsigned int columns;
	const char *text;
} narrow[] = {
	{ 0, "経路  宛先                       数  理由\n"
	     "F01   convenience-center  1,234,567  証明書のコンビニ交付。\n"
	     "F02                               8\n" },
	{ 59, "経路  宛先                       数  理由\n"
	      "F01   convenience-center  1,234,567  証明書のコンビニ交付。\n"
	      "F02                               8\n" },
	{ 50, "経路  宛先                     数  理由\n"
	      "F01   convenience-      1,234,567  証明書のコンビ\n"
	      "      center                       ニ交付。\n"
	      "F02                             8\n" },
	/* A name is cut at its sign only, as long as the others can give way. */
	{ 40, "経路  宛先                 数  理由\n"
	      "F01   convenience-  1,234,567  証明書の\n"
	      "      center                   コンビニ\n"
	      "                               交付。\n"
	      "F02                         8\n" },
	/* Numbers never are. */
	{ 35, "経路  宛先             数  理由\n"
	      "F01   convenie  1,234,567  証明書の\n"
	      "      nce-                 コンビニ\n"
	      "      center               交付。\n"
	      "F02                     8\n" },
	/* No room for four columns: each row is a list. */
	{ 20, "経路  F01\n"
	      "宛先  convenience-\n"
	      "      center\n"
	      "数    1,234,567\n"
	      "理由  証明書のコンビ\n"
	      "      ニ交付。\n"
	      "\n"
	      "経路  F02\n"
	      "数    8\n"
	      "\n" },
};

START_TEST(test_narrow)
{
	char *text = print_narrow(narrow[_i].columns);

	ck_assert_str_eq(text, narrow[_i].text);
	free(text);
}
END_TEST

/* Lines fit, as columns or as lists, and the columns begin at the same cells. */
START_TEST(test_lines_fit)
{
	for (unsigned int columns = 15; columns < 70; columns++) {
		char *text = print_narrow(columns);

		for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
			ck_assert_msg(width_of_text(line) <= columns, "%u: \"%s\"", columns, line);
		free(text);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("table");
	TCase *tests = tcase_create("table");

	tcase_add_checked_fixture(tests, open_output, close_output);
	tcase_add_loop_test(tests, test_width, 0, sizeof(widths) / sizeof(widths[0]));
	tcase_add_loop_test(tests, test_decode, 0, sizeof(sequences) / sizeof(sequences[0]));
	tcase_add_test(tests, test_printable);
	tcase_add_test(tests, test_columns_line_up);
	tcase_add_test(tests, test_printed_in_pieces);
	tcase_add_test(tests, test_without_titles);
	tcase_add_test(tests, test_color);
	tcase_add_test(tests, test_harmless);
	tcase_add_test(tests, test_numbers);
	tcase_add_loop_test(tests, test_narrow, 0, sizeof(narrow) / sizeof(narrow[0]));
	tcase_add_test(tests, test_lines_fit);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
