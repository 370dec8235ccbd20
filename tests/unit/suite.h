/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the main function of every unit test does. */
#ifndef HEDATE_TEST_SUITE_H
#define HEDATE_TEST_SUITE_H

#include <check.h>

/* Run the suite, and free it. The program's exit status. */
int suite_run(Suite *suite);
/* The same for tests that enter a network namespace: each has a process of its own. 77 (skipped),
 * with the reason printed, where they cannot be made. */
int suite_run_in_netspace(Suite *suite);

/* From here on texts are Japanese, by the translations that this build made. */
void suite_read_japanese(void);

/* A seed of the time, or that of the environment (HEDATE_SEED); printed, so that a failure can be
 * repeated. */
unsigned int random_seed(const char *test);

#endif
