/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "suite.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <libintl.h>
#include <limits.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "netspace.h"
#include "testdir.h"

/* Directories that tests made, one a line: known here, also when a test fails in a process of its
 * own before it removes them. */
static int made = -1;

/* In place of the C library's. */
char *mkdtemp(char *template)
{
	char *(*real)(char *);
	char *path;

	*(void **)&real = dlsym(RTLD_NEXT, "mkdtemp");
	path = real(template);
	if (path && made >= 0)
		dprintf(made, "%s\n", path);
	return path;
}

static void remove_made(void)
{
	FILE *list = fdopen(made, "r");
	char path[4096];

	rewind(list);
	while (fgets(path, sizeof(path), list)) {
		path[strcspn(path, "\n")] = '\0';
		testdir_remove(path);
	}
	fclose(list);
	made = -1;
}

static int run(SRunner *runner)
{
	int failed;

	made = memfd_create("directories", MFD_CLOEXEC);
	if (made >= 0)
		(void)fcntl(made, F_SETFL, O_APPEND);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	if (made >= 0)
		remove_made();
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

int suite_run(Suite *suite)
{
	return run(srunner_create(suite));
}

int suite_run_in_netspace(Suite *suite)
{
	SRunner *runner = srunner_create(suite);

	if (!netspace_allowed()) {
		srunner_free(runner);
		return 77;
	}
	/* It enters a namespace, and may give up its rights. */
	srunner_set_fork_status(runner, CK_FORK);
	return run(runner);
}

unsigned int random_seed(const char *test)
{
	const char *text = getenv("HEDATE_SEED");
	unsigned int seed = text ? (unsigned int)strtoul(text, NULL, 0) : (unsigned int)time(NULL);

	printf("%s: seed %u (repeat with HEDATE_SEED=%u)\n", test, seed, seed);
	fflush(stdout); /* once, also when processes are made of this one */
	return seed;
}

void suite_read_japanese(void)
{
	const char *build = getenv("BUILD");
	char path[PATH_MAX], whole[PATH_MAX];

	ck_assert_ptr_nonnull(setlocale(LC_ALL, "C.UTF-8"));
	ck_assert_int_eq(setenv("LANGUAGE", "ja", 1), 0);
	snprintf(path, sizeof(path), "%s/locale", build ? build : "build");
	ck_assert_ptr_nonnull(realpath(path, whole));
	ck_assert_ptr_nonnull(bindtextdomain("hedate", whole));
}
