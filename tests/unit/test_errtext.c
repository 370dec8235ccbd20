/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What errors of the system are called. */
#include <check.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/errtext.h"
#include "suite.h"

#define ERRORS 200 /* more than there are */

static bool is_ascii(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text >= 0x80)
			return false;
	return true;
}

START_TEST(test_english)
{
	ck_assert_str_eq(errtext(-ENOENT), "No such file or directory");
	ck_assert_str_eq(errtext_english(-ENOENT), "No such file or directory");
	ck_assert_str_eq(errtext(-EWOULDBLOCK), errtext(-EAGAIN));
	/* What has no text goes by its name, and what is no error by none. */
	ck_assert_str_eq(errtext(-ENOTTY), "ENOTTY");
	ck_assert_str_eq(errtext_english(-ENOTTY), "ENOTTY");
	ck_assert_str_eq(errtext(0), "unknown error");
	ck_assert_str_eq(errtext(ENOENT), "unknown error");
	ck_assert_str_eq(errtext(-9999), "unknown error");
	ck_assert_str_eq(errtext(INT_MIN + 1), "unknown error");
	ck_assert_str_eq(errtext_english(-9999), "unknown error");
}
END_TEST

START_TEST(test_names)
{
	ck_assert_str_eq(errtext_name(-EPERM), "EPERM");
	ck_assert_str_eq(errtext_name(-9999), "?");
	ck_assert_str_eq(errtext_name(0), "?");
	ck_assert_str_eq(errtext_name(EPERM), "?");
}
END_TEST

/* Each is told from every other. */
START_TEST(test_all_differ)
{
	for (int i = 1; i < ERRORS; i++)
		for (int k = 1; k < i && strcmp(errtext_name(-i), "?") != 0; k++)
			ck_assert_msg(strcmp(errtext(-i), errtext(-k)) != 0, "%d and %d: %s", i, k,
				errtext(-i));
}
END_TEST

START_TEST(test_japanese)
{
	int texts = 0;

	suite_read_japanese();
	for (int i = 1; i < ERRORS; i++) {
		const char *english = errtext_english(-i);

		ck_assert(is_ascii(english));
		if (strcmp(english, errtext_name(-i)) == 0) {
			ck_assert_str_eq(errtext(-i), english);
			continue;
		}
		ck_assert_msg(!is_ascii(errtext(-i)), "%s: %s", errtext_name(-i), errtext(-i));
		texts += strcmp(english, "unknown error") != 0;
	}
	ck_assert_int_gt(texts, 60);
	ck_assert_str_eq(errtext(-EACCES), "権限がありません");
	ck_assert(!is_ascii(errtext(-9999)));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("errtext");
	TCase *tcase = tcase_create("errtext");

	tcase_add_test(tcase, test_english);
	tcase_add_test(tcase, test_names);
	tcase_add_test(tcase, test_all_differ);
	tcase_add_test(tcase, test_japanese);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
