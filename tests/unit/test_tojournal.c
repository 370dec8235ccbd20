/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of messages as the journal wants them, and as they are where it does not listen. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../daemon/tojournal.h"
#include "suite.h"

static FILE *file;

/* Standard error is a file; JOURNAL_STREAM names it, with these around its numbers. */
static void redirect(const char *before, const char *between, const char *behind)
{
	char text[64];
	struct stat status;

	file = tmpfile();
	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(fstat(fileno(file), &status), 0);
	ck_assert_int_eq(dup2(fileno(file), STDERR_FILENO), STDERR_FILENO);
	snprintf(text, sizeof(text), "%s%lu%s%lu%s", before, (unsigned long)status.st_dev, between,
		(unsigned long)status.st_ino, behind);
	ck_assert_int_eq(setenv("JOURNAL_STREAM", text, 1), 0);
}

static void expect(const char *wanted)
{
	static char text[32768];
	size_t length;

	rewind(file);
	length = fread(text, 1, sizeof(text) - 1, file);
	text[length] = '\0';
	ck_assert_str_eq(text, wanted);
}

START_TEST(test_levels)
{
	redirect("", ":", "");
	ck_assert(tojournal_begin());
	fprintf(stderr, "a warning: %d\n", 1);
	ck_assert_int_eq(tojournal_set(TOJOURNAL_ERROR), TOJOURNAL_WARNING);
	fputs("an error,", stderr);
	fputs(" in pieces", stderr);
	fputc('\n', stderr);
	ck_assert_int_eq(tojournal_set(TOJOURNAL_INFO), TOJOURNAL_ERROR);
	fputs("two\nlines\n", stderr);
	fputs("\n", stderr);
	expect("<4>a warning: 1\n<3>an error, in pieces\n<6>two\n<6>lines\n<6>\n");
}
END_TEST

/* A line that is not whole keeps its level, however it is flushed. */
START_TEST(test_not_whole)
{
	redirect("", ":", "");
	ck_assert(tojournal_begin());
	fputs("begun", stderr);
	(void)tojournal_set(TOJOURNAL_ERROR);
	fputs(" and ended\nnext\n", stderr);
	expect("<4>begun and ended\n<3>next\n");
}
END_TEST

/* Longer than any buffer: still one line. */
START_TEST(test_long)
{
	static char text[20001], wanted[20010];

	memset(text, 'x', sizeof(text) - 1);
	snprintf(wanted, sizeof(wanted), "<4>%s\n<4>y\n", text);
	redirect("", ":", "");
	ck_assert(tojournal_begin());
	fprintf(stderr, "%s\ny\n", text);
	expect(wanted);
}
END_TEST

/* Of another stream, or what it should not be: nothing is added. */
static const char *const others[][3] = {
	{ "1", ":", "" },
	{ "", ":1", "" },
	{ "", "", "" },
	{ "", ":", "x" },
	{ "", ":", ":1" },
	{ "x", ":", "" },
};

START_TEST(test_elsewhere)
{
	redirect(others[_i][0], others[_i][1], others[_i][2]);
	ck_assert(!tojournal_begin());
	(void)tojournal_set(TOJOURNAL_ERROR);
	fputs("as it is\n", stderr);
	expect("as it is\n");
}
END_TEST

START_TEST(test_none)
{
	redirect("", ":", "");
	unsetenv("JOURNAL_STREAM");
	ck_assert(!tojournal_begin());
	fputs("as it is\n", stderr);
	expect("as it is\n");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("tojournal");
	TCase *tests = tcase_create("tojournal");

	tcase_add_test(tests, test_levels);
	tcase_add_test(tests, test_not_whole);
	tcase_add_test(tests, test_long);
	tcase_add_loop_test(tests, test_elsewhere, 0, sizeof(others) / sizeof(others[0]));
	tcase_add_test(tests, test_none);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
