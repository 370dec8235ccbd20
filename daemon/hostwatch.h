/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What others do to the host's network that weakens the separation of the zones (lib/host.h): found
 * when a policy is put in place and whenever the kernel tells of a change, put on record when it
 * begins and when it ends, with who did it where the kernel says so.
 *
 * The kernel's events only say that it is time to look; what is, is read anew. So events that were
 * lost lose nothing but their causer. While changes storm it is looked less often, at most every
 * HOSTWATCH_SLOW_MS, and what is found then stands in one event.
 */
#ifndef HEDATE_HOSTWATCH_H
#define HEDATE_HOSTWATCH_H

#include "../lib/host.h"
#include "loop.h"
#include "reclink.h"

#define HOSTWATCH_QUICK_MS 50
#define HOSTWATCH_SLOW_MS  10000
#define HOSTWATCH_SHOWN	   10 /* findings of one look with an event of their own */

struct hostwatch;

/* 0, or negative errno. Nothing is recorded before hostwatch_policy(). */
int hostwatch_new(struct loop *loop, struct reclink *reclink, struct hostwatch **ret_watch);
void hostwatch_free(struct hostwatch *watch); /* accepts NULL */

/* Judge by this policy from now on; it is borrowed until the next call. Accepts NULL. */
void hostwatch_policy(struct hostwatch *watch, const struct policy *policy);

/* Who is told when something was found that was not there before, or is no longer. */
void hostwatch_tell(struct hostwatch *watch, void (*function)(void *data), void *data);

/* What is found now, for those who look; until the next event of the loop. */
const struct host_findings *hostwatch_findings(const struct hostwatch *watch);

#endif
