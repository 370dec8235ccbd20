/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What hedated says, in Japanese: whole, in parts, with parts in it. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../daemon/said.h"
#include "suite.h"

#define ROOM 1024

static const struct known {
	const char *english, *japanese;
} known[] = {
	{ "", "" },
	{ "out of memory", "メモリーが足りません" },
	{ "No space left on device", "デバイスに空きがありません" },
	/* In parts. */
	{ "the proposal cannot be kept: No space left on device",
		"提案を保存できません: デバイスに空きがありません" },
	{ "nothing can be proposed: /var/lib/hedate/proposals: it belongs to another user, or "
	  "others may write to it",
		"提案できません: /var/lib/hedate/proposals: "
		"別のユーザーのものか、ほかの人が書き込めます" },
	{ "the proposal cannot be read: ENOTTY", "提案を読めません: ENOTTY" },
	/* With parts in it, in another order, and translated themselves. */
	{ "number 7 of /etc/hedate/confirmed is not there",
		"/etc/hedate/confirmed に番号 7 はありません" },
	{ "number 7 of /etc/hedate/confirmed Input/output error",
		"/etc/hedate/confirmed の番号 7: 入出力エラーです" },
	{ "2 of 5 assertions do not hold; nothing changed",
		"確認項目 5 件のうち 2 件が成り立ちません。何も変わっていません" },
	{ "the store of configurations beside a.conf: another hedated has it",
		"a.conf に並ぶ設定の保管場所: 別の hedated が使っています" },
	{ "revision  is in place, but what was read back from the kernel differs",
		"revision  is in place, but what was read back from the kernel differs" },
	/* Nobody knows it; what looks like a form is none. */
	{ "something else", "something else" },
	{ "%s: %1$s %n", "%s: %1$s %n" },
	{ "number %n of %2$s is not there", "%2$s に番号 %n はありません" },
	{ ": ", ": " },
	{ "a: b: c", "a: b: c" },
};

START_TEST(test_known)
{
	char text[ROOM];

	suite_read_japanese();
	snprintf(text, sizeof(text), "%s", known[_i].english);
	said_translate(text, sizeof(text));
	ck_assert_str_eq(text, known[_i].japanese);
}
END_TEST

/* In English it is what it was. */
START_TEST(test_english)
{
	char text[ROOM];

	snprintf(text, sizeof(text), "%s", known[_i].english);
	said_translate(text, sizeof(text));
	ck_assert_str_eq(text, known[_i].english);
}
END_TEST

/* A part that is longer than any, and a result that is longer than its room. */
START_TEST(test_long)
{
	char *text = malloc(3 * ROOM), few[16] = "out of memory";

	ck_assert_ptr_nonnull(text);
	suite_read_japanese();
	snprintf(text, 3 * ROOM, "number 1 of %0*d is not there", 2 * ROOM, 0);
	said_translate(text, 3 * ROOM);
	ck_assert_int_eq(strncmp(text, "number 1 of 000", 15), 0);
	free(text);
	said_translate(few, sizeof(few));
	ck_assert_uint_lt(strlen(few), sizeof(few));
	ck_assert_int_eq(strncmp(few, "メモリ", strlen("メモリ")), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("said");
	TCase *tcase = tcase_create("said");
	int count = (int)(sizeof(known) / sizeof(known[0]));

	tcase_add_loop_test(tcase, test_known, 0, count);
	tcase_add_loop_test(tcase, test_english, 0, count);
	tcase_add_test(tcase, test_long);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
