/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The service manager's watchdog (sd_watchdog_enabled(3)): it starts a service again that it has
 * not heard of in time. It hears of us only after a check that shows that we do our work: a loop
 * that runs and does nothing is no proof.
 */
#ifndef HEDATE_WATCHDOG_H
#define HEDATE_WATCHDOG_H

#include <stdint.h>

#include "loop.h"

struct lifecycle;
struct nlsock;
struct watchdog;

/* 0: all is as it should be; negative errno: the watchdog is not fed. */
typedef int (*watchdog_check)(void *data);

/*
 * Check and feed three times in what $WATCHDOG_USEC says, at once for the first time. Without a
 * watchdog (or one that is another process's, $WATCHDOG_PID) nothing is done. 0, or negative errno.
 */
int watchdog_new(
	struct loop *loop, watchdog_check check, void *data, struct watchdog **ret_watchdog);
void watchdog_free(struct watchdog *watchdog); /* accepts NULL */

/* Milliseconds from one feeding to the next, by the two variables (NULL: not set); 0: none. */
uint64_t watchdog_period(const char *usec, const char *pid);

/*
 * The enforcer's check: the kernel is asked for our table, which must be there and count in the
 * generation that we know, and belong to the port of the socket that owns it where one does
 * (owner, 0: nobody). 0; -ENOENT no table; -EPERM it is somebody else's, or nobody's; -ESTALE
 * another generation; other negative errno: the kernel does not answer.
 */
int watchdog_table(struct nlsock *socket, uint32_t owner, unsigned int generation);

#endif
