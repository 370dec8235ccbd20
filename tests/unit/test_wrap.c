/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text cut into lines. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/width.h"
#include "../../lib/wrap.h"
#include "suite.h"

static const struct {
	const char *text;
	size_t cells;
	const char *lines; /* with a bar behind each */
} cases[] = {
	{ "", 10, "|" },
	{ "short", 10, "short|" },
	{ "exactly 10", 10, "exactly 10|" },
	{ "two words", 5, "two|words|" },
	{ "two words", 6, "two|words|" },
	{ "a   b", 1, "a|b|" },
	{ "ends with blanks     ", 16, "ends with blanks|" },
	{ "unbreakable", 4, "unbr|eaka|ble|" },
	/* Not at a blank that would leave the line nearly empty. */
	{ "a bbbbbbbbbbbbbbbbbbbb", 10, "a bbbbbbbb|bbbbbbbbbb|bb|" },
	/* Behind the signs of lists. */
	{ "10.0.0.0/24,10.0.1.0/24", 14, "10.0.0.0/24,|10.0.1.0/24|" },
	{ "tcp/8443", 7, "tcp/|8443|" },
	{ "mynumber-antivirus", 12, "mynumber-|antivirus|" },
	/* Full-width: two cells each, cut between any two of them. */
	{ "個人番号利用事務系", 8, "個人番号|利用事務|系|" },
	{ "個人番号利用事務系", 9, "個人番号|利用事務|系|" },
	{ "個人番号", 1, "個|人|番|号|" },
	{ "LGWAN接続系", 9, "LGWAN接続|系|" },
	/* No full stop, bracket or small kana begins a line; no opening bracket ends one. */
	{ "これは。あれ", 6, "これ|は。あ|れ|" },
	{ "名は「青葉」です", 6, "名は|「青|葉」で|す|" },
	{ "サーバー", 6, "サー|バー|" },
	{ "キャッシュ", 4, "キャ|ッ|シュ|" },
	/* What stands on a character stays on it. */
	{ "e\xcc\x81"
	  "e\xcc\x81"
	  "e\xcc\x81",
		2,
		"e\xcc\x81"
		"e\xcc\x81|e\xcc\x81|" },
	{ "か\xe3\x82\x99き\xe3\x82\x99", 2, "か\xe3\x82\x99|き\xe3\x82\x99|" },
};

START_TEST(test_lines)
{
	const char *text = cases[_i].text;
	char lines[256] = "";
	size_t next;

	do {
		size_t length = wrap_line(text, cases[_i].cells, &next);
		snprintf(lines + strlen(lines), sizeof(lines) - strlen(lines), "%.*s|", (int)length,
			text);
		text += next;
	} while (*text != '\0');
	ck_assert_str_eq(lines, cases[_i].lines);
}
END_TEST

/* Whatever the text and the width: no line is too wide, but for one wide character; nothing but
 * blanks is lost; it ends. */
START_TEST(test_any_text)
{
	static const char *const parts[] = { "a", "bc", " ", "  ", "、", "漢", "「", "」", ",", "/",
		"\xcc\x81", "ー", "z", "1", "-" };
	unsigned int seed = random_seed("wrap");

	for (int round = 0; round < 3000; round++) {
		char text[512] = "";
		for (int i = rand_r(&seed) % 60; i >= 0; i--)
			strcat(text,
				parts[(size_t)rand_r(&seed) % (sizeof(parts) / sizeof(parts[0]))]);
		size_t cells = 1 + (size_t)rand_r(&seed) % 20, next;
		char kept[512] = "", wanted[512] = "";
		for (const char *at = text; *at != '\0'; at += next) {
			char line[512];
			size_t length = wrap_line(at, cells, &next);
			snprintf(line, sizeof(line), "%.*s", (int)length, at);
			ck_assert_uint_gt(next, 0);
			ck_assert_uint_ge(next, length);
			ck_assert_msg(width_of_text(line) <= cells ||
					      (cells == 1 && width_of_text(line) == 2),
				"\"%s\" in %zu cells: \"%s\"", text, cells, line);
			strcat(kept, line);
		}
		for (size_t i = 0, used = 0; text[i] != '\0'; i++)
			if (text[i] != ' ')
				wanted[used++] = text[i];
		for (size_t i = 0, used = 0; kept[i] != '\0' || (kept[used] = '\0');)
			if (kept[i++] != ' ')
				kept[used++] = kept[i - 1];
		ck_assert_str_eq(kept, wanted);
	}
}
END_TEST

START_TEST(test_widest)
{
	ck_assert_uint_eq(wrap_widest(""), 0);
	ck_assert_uint_eq(wrap_widest("one three five"), 5);
	ck_assert_uint_eq(wrap_widest("mynumber-ntp"), 9);
	ck_assert_uint_eq(wrap_widest("2026-11-21"), 10);
	ck_assert_uint_eq(wrap_widest("10.0.0.0/24,10.10.10.0/24"), 11);
	ck_assert_uint_eq(wrap_widest("個人番号"), 2);
	ck_assert_uint_eq(wrap_widest("これは。"), 4);
	ck_assert_uint_eq(wrap_widest("LGWAN接続系"), 5);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("wrap");
	TCase *tcase = tcase_create("wrap");

	tcase_set_timeout(tcase, 120);
	tcase_add_loop_test(tcase, test_lines, 0, sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(tcase, test_any_text);
	tcase_add_test(tcase, test_widest);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
