/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The interfaces of this host with their addresses and routes, from the kernel (rtnetlink(7)). */
#ifndef HEDATE_HOSTNET_H
#define HEDATE_HOSTNET_H

#include "../lib/setup.h"

/*
 * Add them all, but loopback, in the order of their indexes. Of the routes those of the main table
 * that lead behind an interface; of several next hops each counts. 0; -E2BIG: more interfaces than
 * a setup takes; other negative errno: the kernel cannot be asked.
 */
int hostnet_read(struct setup *setup);

#endif
