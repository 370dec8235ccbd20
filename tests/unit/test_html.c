/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "html.h"
#include "suite.h"

static struct html html;

static void setup(void)
{
	html_init(&html);
}

static void teardown(void)
{
	html_clear(&html);
}

START_TEST(test_markup_and_text)
{
	html_raw(&html, "<td class=\"n\">");
	html_print(&html, "%d&nbsp;%s", 12, "%");
	html_text(&html, NULL);
	html_text(&html, "");
	html_raw(&html, "</td>");
	ck_assert_str_eq(html.text, "<td class=\"n\">12&nbsp;%</td>");
	ck_assert_uint_eq(html.length, strlen(html.text));
}
END_TEST

static const struct {
	const char *text, *written;
} texts[] = {
	{ "青葉野市 plain", "青葉野市 plain" },
	{ "<script>alert('x')</script>", "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;" },
	{ "\" onload=\"x&amp;", "&quot; onload=&quot;x&amp;amp;" },
	{ "a\tb\nc\r\x1b[31m", "a‹U+0009›b\nc‹U+000D›‹U+001B›[31m" },
	{ "right \u202eleft\u2069", "right ‹U+202E›left‹U+2069›" },
	{ "zero\u200bwidth \ufeff", "zero‹U+200B›width ‹U+FEFF›" },
	{ "\xc2\x85\u2028", "‹U+0085›‹U+2028›" },
	{ "\xff\xc0\xaf", "\ufffd\ufffd\ufffd" },
	{ "\xe9\x9d", "\ufffd\ufffd" },
	{ "\U0001f512 \U0001f469\u200d\U0001f4bb", "\U0001f512 \U0001f469‹U+200D›\U0001f4bb" },
	{ "%s %n", "%s %n" },
};

START_TEST(test_text_is_no_markup)
{
	html_text(&html, texts[_i].text);
	ck_assert_str_eq(html.text, texts[_i].written);
}
END_TEST

START_TEST(test_numbers)
{
	const uint64_t numbers[] = { 0, 7, 999, 1000, 12345, 1234567, UINT64_MAX };

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		html_number(&html, numbers[i]);
		html_raw(&html, " ");
	}
	ck_assert_str_eq(html.text, "0 7 999 1,000 12,345 1,234,567 18,446,744,073,709,551,615 ");
}
END_TEST

START_TEST(test_part_of_a_text)
{
	html_text_n(&html, "a<b>c", 3);
	ck_assert_str_eq(html.text, "a&lt;b");
	html_text_n(&html, "\xe9\x9d\x92", 2); /* a character that is cut */
	ck_assert_str_eq(html.text, "a&lt;b\ufffd\ufffd");
}
END_TEST

START_TEST(test_grows)
{
	size_t expected = 0;

	for (int i = 0; i < 3000; i++) {
		html_raw(&html, "<p>");
		html_text(&html, "<");
		html_print(&html, "%05d", i);
		expected += 3 + 4 + 5;
	}
	ck_assert(!html.failed);
	ck_assert_uint_eq(html.length, expected);
	ck_assert_uint_eq(strlen(html.text), expected);
	ck_assert_str_eq(html.text + expected - 12, "<p>&lt;02999");
}
END_TEST

/* What failed stays failed, and nothing is written behind what is missing. */
START_TEST(test_failed_stays)
{
	html_raw(&html, "kept");
	html.failed = true;
	html_raw(&html, "more");
	html_print(&html, "%s", "more");
	html_text(&html, "<more>");
	ck_assert_str_eq(html.text, "kept");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("html");
	TCase *tests = tcase_create("html");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, test_markup_and_text);
	tcase_add_loop_test(tests, test_text_is_no_markup, 0, sizeof(texts) / sizeof(texts[0]));
	tcase_add_test(tests, test_numbers);
	tcase_add_test(tests, test_part_of_a_text);
	tcase_add_test(tests, test_grows);
	tcase_add_test(tests, test_failed_stays);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
