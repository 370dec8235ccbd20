/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel drops without our rules (lib/netcount.h): the numbers since hedated began, and an
 * event "kernel-drops" when they rise, at most one a minute, with all that came since the last.
 */
#ifndef HEDATE_DROPWATCH_H
#define HEDATE_DROPWATCH_H

#include "../lib/netcount.h"
#include "loop.h"
#include "reclink.h"

struct dropwatch;

/* Opens the kernel's files: before privileges are dropped. Both borrowed. 0, or negative errno;
 * that a file cannot be had is no error. */
int dropwatch_new(struct loop *loop, struct reclink *reclink, struct dropwatch **ret_watch);
void dropwatch_free(struct dropwatch *watch); /* accepts NULL */

/* As they are now, since the kernel began; of NULL, 0. */
struct netcount dropwatch_read(const struct dropwatch *watch);

#endif
