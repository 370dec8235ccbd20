/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Are two rule sets the same, but for what the kernel counts and numbers? */
#ifndef HEDATE_SNAPSAME_H
#define HEDATE_SNAPSAME_H

#include <stdbool.h>

#include "snapshot.h"

/* Is there such a table in both, with the same chains, rules, sets, elements and objects in the
 * same order? Handles, counters, prefixes of logs and what is left of timeouts are not looked at;
 * nor is anything else understood: "no" may also be of two tables that do the same. */
bool snapsame_table(
	const struct snapshot *a, const struct snapshot *b, uint8_t family, const char *name);
/* Of all tables, in any order. */
bool snapsame_all(const struct snapshot *a, const struct snapshot *b);

#endif
