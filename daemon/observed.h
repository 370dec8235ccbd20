/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which pairs of zones are only observed, from one policy to the next: that it begins, and that it
 * ends, is an event of the log. */
#ifndef HEDATE_OBSERVED_H
#define HEDATE_OBSERVED_H

#include <stdbool.h>
#include <stddef.h>

#include "../lib/policy.h"

struct observed_pair {
	char from[POLICY_NAME_MAX + 1], to[POLICY_NAME_MAX + 1];
};

/* All zero at first: nothing is observed. */
struct observed {
	struct observed_pair *pairs;
	size_t count;
};

/* began: from now on, with the reason that the policy gives; else it ended, without one. */
typedef void (*observed_change)(
	bool began, const struct observed_pair *pair, const char *reason, void *data);

/* This policy is in place now: tell what changed, ends first. 0; -ENOMEM: what changed was told,
 * but will be told again with the next policy. */
int observed_update(struct observed *observed, const struct policy *policy,
	observed_change function, void *data);
void observed_clear(struct observed *observed);

#endif
