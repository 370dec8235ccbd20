/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Running a command for what it says: bounded in time and in what it says. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../daemon/peerrun.h"
#include "suite.h"

static char text[64];
static size_t length;
static int status;

static int run_words(const char *script, unsigned int seconds)
{
	char shell[] = "/bin/sh", option[] = "-c", *copy = strdup(script);
	char *words[] = { shell, option, copy, NULL };
	int r = peerrun(words, seconds, text, sizeof(text), &length, &status);

	free(copy);
	return r;
}

START_TEST(what_it_says)
{
	ck_assert_int_eq(run_words("printf 'a\\nb'; printf c >&2; printf d", 20), 0);
	ck_assert_uint_eq(length, 4);
	ck_assert_int_eq(memcmp(text, "a\nbd", 4), 0);
	ck_assert_int_eq(run_words("", 20), 0);
	ck_assert_uint_eq(length, 0);
	/* As much as there may be, and nothing to read. */
	ck_assert_int_eq(run_words("cat; printf '%064d' 0", 20), 0);
	ck_assert_uint_eq(length, 64);
}
END_TEST

START_TEST(environment)
{
	ck_assert_int_eq(setenv("SECRET", "x", 1), 0);
	ck_assert_int_eq(setenv("HOME", "/nowhere", 1), 0);
	ck_assert_int_eq(run_words("echo \"$SECRET:$HOME:${PATH%%:*}\"", 20), 0);
	ck_assert_uint_eq(length, strlen(":/nowhere:/usr/local/sbin\n"));
	ck_assert_int_eq(memcmp(text, ":/nowhere:/usr/local/sbin\n", length), 0);
}
END_TEST

START_TEST(failures)
{
	char missing[] = "/nonexistent/command";
	char *words[] = { missing, NULL };

	ck_assert_int_eq(run_words("exit 3", 20), -ECHILD);
	ck_assert_int_eq(status, 3);
	ck_assert_int_eq(run_words("kill -9 $$", 20), -ECHILD);
	ck_assert_int_eq(status, 128 + SIGKILL);
	ck_assert_int_eq(peerrun(words, 20, text, sizeof(text), &length, &status), -ECHILD);
	ck_assert_int_eq(status, 127);
	ck_assert_int_eq(run_words("printf '%065d' 0; sleep 1000", 100), -EFBIG);
}
END_TEST

/* It is killed with what it started, also when that has closed its output. */
START_TEST(too_long)
{
	char pid_text[32] = "";
	int ends[2];

	ck_assert_int_eq(run_words("sleep 1000", 1), -ETIMEDOUT);
	ck_assert_int_eq(run_words("exec >&-; sleep 1000", 1), -ETIMEDOUT);
	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(run_words("sleep 1000 & echo $!; wait", 1), -ETIMEDOUT);
	ck_assert_uint_lt(length, sizeof(pid_text));
	memcpy(pid_text, text, length);
	/* An orphan that was killed may wait to be reaped. */
	for (int i = 0; i < 1000 && kill((pid_t)atoi(pid_text), 0) == 0; i++) {
		char name[64], state = 0;
		FILE *file;

		snprintf(name, sizeof(name), "/proc/%d/stat", atoi(pid_text));
		file = fopen(name, "r");
		if (file != NULL && fscanf(file, "%*d (%*[^)]) %c", &state) != 1)
			state = 0;
		if (file != NULL)
			fclose(file);
		if (state == 'Z')
			return;
		usleep(10000);
	}
	ck_assert_int_ne(kill((pid_t)atoi(pid_text), 0), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("peerrun");
	TCase *all = tcase_create("all");

	tcase_add_test(all, what_it_says);
	tcase_add_test(all, environment);
	tcase_add_test(all, failures);
	tcase_add_test(all, too_long);
	suite_add_tcase(suite, all);
	return suite_run(suite);
}
