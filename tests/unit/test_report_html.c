/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A report as a page, whatever stands in its fields: no text becomes markup, none is lost. */
#include <stdlib.h>
#include <string.h>

#include "report_html.h"
#include "reportsample.h"
#include "suite.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Of every member of every struct at once, and what the page may have of it. */
static const struct {
	const char *text, *shown;
} texts[] = {
	{ "<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;" },
	{ "\" onmouseover=\"alert(1)", "&quot; onmouseover=&quot;alert(1)" },
	{ "' style='color:red", "&#39; style=&#39;color:red" },
	{ "</td></table><img src=x>", "&lt;/td&gt;&lt;/table&gt;&lt;img src=x&gt;" },
	{ "--><!-- &lt; ]]> &#60;", "--&gt;&lt;!-- &amp;lt; ]]&gt; &amp;#60;" },
	{ "}</style><style>*{display:none}", "}&lt;/style&gt;&lt;style&gt;*{display:none}" },
	{ "a\u202eb\u200bc\x1b[31m", "a‹U+202E›b‹U+200B›c‹U+001B›[31m" },
	{ "%s%n%d", "%s%n%d" },
};

static size_t count_of(const char *text, const char *part)
{
	size_t count = 0;

	for (const char *at = strstr(text, part); at; at = strstr(at + strlen(part), part))
		count++;
	return count;
}

static char *page_of(const struct report *report)
{
	struct html html;

	html_init(&html);
	report_html(report, &html);
	ck_assert(!html.failed);
	return html.text;
}

START_TEST(test_hostile)
{
	struct report *report = reportsample(texts[_i].text, 2), *plain = reportsample("x", 2);
	char *page = page_of(report), *other = page_of(plain);

	ck_assert_uint_ge(count_of(page, texts[_i].shown), 100);
	/* Its own markup is the same as with a text that is harmless. */
	ck_assert_uint_eq(count_of(page, "<"), count_of(other, "<"));
	ck_assert_uint_eq(count_of(page, ">"), count_of(other, ">"));
	ck_assert_uint_eq(count_of(page, "=\""), count_of(other, "=\""));
	ck_assert_uint_eq(count_of(page, "<script"), 0);
	for (const char *at = page; *at != '\0'; at++)
		ck_assert((unsigned char)*at >= ' ' || *at == '\n' || *at == '\t');
	free(other);
	free(page);
	report_free(plain);
	report_free(report);
}
END_TEST

/* Nobody has filled it. */
START_TEST(test_empty)
{
	struct report *report;
	char *page;

	ck_assert_int_eq(report_new(&report), 0);
	ck_assert_int_eq(report_finish(report), 0);
	page = page_of(report);
	ck_assert_uint_ge(count_of(page, "class=\"unread\""), 10);
	ck_assert_ptr_nonnull(strstr(page, "</html>"));
	free(page);
	report_free(report);
}
END_TEST

START_TEST(test_same_bytes)
{
	struct report *report = reportsample("x", 3);
	char *first = page_of(report), *second = page_of(report);

	ck_assert_str_eq(first, second);
	free(second);
	free(first);
	report_free(report);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("report_html");
	TCase *tests = tcase_create("report_html");

	tcase_add_loop_test(tests, test_hostile, 0, COUNT(texts));
	tcase_add_test(tests, test_empty);
	tcase_add_test(tests, test_same_bytes);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
