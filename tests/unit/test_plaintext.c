/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text as it comes from outside, in a field of CSV or of another format of lines: nothing in it
 * ends the field, hides, moves, or is taken for a formula. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/csv.h"
#include "../../lib/plaintext.h"
#include "suite.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static FILE *out;
static char *written;
static size_t size;

static void set_up(void)
{
	out = open_memstream(&written, &size);
	ck_assert_ptr_nonnull(out);
}

static void tear_down(void)
{
	fclose(out);
	free(written);
}

static void expect(const char *text)
{
	ck_assert_int_eq(fflush(out), 0);
	ck_assert_str_eq(written, text);
}

static const struct {
	const char *text, *special;
	char escape;
	const char *expected;
} texts[] = {
	{ "", "\"", '\\', "" },
	{ "庁内 a=b", "\"", '\\', "庁内 a=b" },
	{ "a\"]\\b", "\"]\\", '\\', "a\\\"\\]\\\\b" },
	{ "a\"b", "\"", '"', "a\"\"b" },
	/* What cannot be seen, or changes how others are: by its number. */
	{ "a\nb\r\tc\x1b[0m", "", '\\', "a\\u000ab\\u000d\\u0009c\\u001b[0m" },
	{ "x\xe2\x80\xae"
	  "y\xe2\x80\xa8",
		"", '\\', "x\\u202ey\\u2028" },
	{ "\xf3\xa0\x81\x81", "", '\\', "\\U000e0041" },
	/* The backslash of these, where a backslash is special. */
	{ "\n", "\\", '\\', "\\\\u000a" },
	/* What is no UTF-8. */
	{ "a\xff"
	  "b\xc3",
		"", '\\',
		"a\xef\xbf\xbd"
		"b\xef\xbf\xbd" },
};

START_TEST(plain)
{
	plaintext_put(out, texts[_i].text, texts[_i].special, texts[_i].escape);
	expect(texts[_i].expected);
}
END_TEST

START_TEST(so_many_bytes)
{
	plaintext_put_n(out, "abc\"def", 4, "\"", '\\');
	expect("abc\\\"");
	plaintext_put_n(out, "\xe5\xba\x81", 2, "", '\\'); /* cut in a character */
	expect("abc\\\"\xef\xbf\xbd\xef\xbf\xbd");
}
END_TEST

static const struct {
	const char *text, *expected;
} fields[] = {
	{ "", "\"\"" },
	{ "a,b", "\"a,b\"" },
	{ "say \"x\"", "\"say \"\"x\"\"\"" },
	{ "a\r\nb", "\"a\\u000d\\u000ab\"" },
	{ "=1+2", "\"'=1+2\"" },
	{ "+1", "\"'+1\"" },
	{ "-1", "\"'-1\"" },
	{ "@SUM(A1)", "\"'@SUM(A1)\"" },
	{ "\t=1", "\"'\\u0009=1\"" },
	{ "a=1", "\"a=1\"" },
	{ "庁内", "\"庁内\"" },
};

START_TEST(field)
{
	char expected[128];

	csv_begin(out);
	csv_field(out, fields[_i].text, false);
	csv_field(out, fields[_i].text, true);
	snprintf(expected, sizeof(expected), "\xef\xbb\xbf%s,%s\r\n", fields[_i].expected,
		fields[_i].expected);
	expect(expected);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("plaintext");
	TCase *tests = tcase_create("plaintext");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_loop_test(tests, plain, 0, COUNT(texts));
	tcase_add_test(tests, so_many_bytes);
	tcase_add_loop_test(tests, field, 0, COUNT(fields));
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
