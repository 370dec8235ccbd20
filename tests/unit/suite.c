/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "netspace.h"

static int run(SRunner *runner)
{
	int failed;

	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
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
