/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rule set against rule set: what the kernel has that differs from what it should have. */
#ifndef HEDATE_DRIFT_H
#define HEDATE_DRIFT_H

#include <stddef.h>

#include "ruleset.h"

/* One difference, as a sentence: "chain forward: rule 3 differs: ...". Negative errno stops. */
typedef int (*drift_difference)(const char *text, void *data);

/*
 * Compare. Both are sorted (ruleset_sort). Counters that only actual has are left out: they stay
 * from earlier policies (see compile.h). The generation that chain "blocked" points to may be
 * either. 0 with *ret_count differences; -ENOMEM; or what callback returned.
 */
int drift_compare(const struct ruleset *expected, const struct ruleset *actual,
	drift_difference callback, void *data, size_t *ret_count);

#endif
