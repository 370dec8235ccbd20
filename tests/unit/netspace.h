/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A network namespace of its own for a test that writes rules into the kernel. */
#ifndef HEDATE_TEST_NETSPACE_H
#define HEDATE_TEST_NETSPACE_H

#include <stdbool.h>

/* Can this process make network namespaces? Prints the reason when not. */
bool netspace_allowed(void);
/* Enter a new, empty one, with lo up. Fails the test when that does not work. */
void netspace_enter(void);
/* Run a command of the shell; fails the test unless it ends with this exit status. What it prints
 * is returned, cut, in a buffer that the next call overwrites. */
const char *netspace_run(int status, const char *command);

#endif
