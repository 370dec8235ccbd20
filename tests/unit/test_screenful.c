/* SPDX-License-Identifier: GPL-2.0-or-later */
/* As much of a text as a screen shows. */
#include <check.h>
#include <string.h>

#include "../../lib/screenful.h"
#include "suite.h"

static const struct known {
	const char *text;
	unsigned int columns, rows;
	size_t fits, left;
} known[] = {
	{ "", 80, 24, 0, 0 },
	{ "a\nb\nc\n", 80, 24, 6, 0 },
	{ "a\nb\nc\n", 80, 3, 6, 0 },
	{ "a\nb\nc\n", 80, 2, 4, 1 },
	{ "a\nb\nc", 80, 2, 4, 1 },
	{ "a\nb\nc", 80, 3, 5, 0 },
	{ "\n\n\n", 80, 2, 2, 1 },
	/* One line at least. */
	{ "a\nb\nc\n", 80, 1, 2, 2 },
	{ "a\nb\nc\n", 80, 0, 2, 2 },
	/* A line that takes all cells takes one row, one that takes one more two. */
	{ "abcd\nb\n", 4, 2, 7, 0 },
	{ "abcde\nb\n", 4, 2, 6, 1 },
	{ "abcdefghi\nb\n", 4, 3, 10, 1 },
	{ "abcdefghi\nb\n", 4, 4, 12, 0 },
	/* As wide as lines are: nobody knows how wide the terminal is. */
	{ "abcdefghi\nb\n", 0, 2, 12, 0 },
	/* Nothing that comes behind what did not fit, even where it would. */
	{ "a\nabcdefghi\nb\n", 4, 2, 2, 2 },
	/* Two cells each; one that is cut by the end of a row goes on in the next. */
	{ "遮断\nb\n", 4, 2, 9, 0 },
	{ "遮断中\nb\n", 4, 2, 10, 1 },
	{ "遮断中\nb\n", 5, 2, 10, 1 },
	{ "a遮断\nb\n", 4, 2, 8, 1 },
	/* Colours take no cells; what only begins like one does. */
	{ "\033[1mabcd\033[0m\nb\n", 4, 2, 15, 0 },
	{ "\033[1;31mabcde\033[0m\nb\n", 4, 2, 17, 1 },
	{ "\033[1", 4, 1, 3, 0 },
};

START_TEST(test_known)
{
	const struct known *one = &known[_i];
	size_t left = 99, fits;

	fits = screenful(one->text, strlen(one->text), one->columns, one->rows, &left);
	ck_assert_uint_eq(fits, one->fits);
	ck_assert_uint_eq(left, one->left);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("screenful");
	TCase *tcase = tcase_create("screenful");

	tcase_add_loop_test(tcase, test_known, 0, (int)(sizeof(known) / sizeof(known[0])));
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
