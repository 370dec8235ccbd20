/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rule set against rule set: what the kernel has that differs from what it should have. */
#ifndef HEDATE_DRIFT_H
#define HEDATE_DRIFT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ruleset.h"

/* One difference, as a sentence: "chain forward: rule 3 differs: ...". Negative errno stops. */
typedef int (*drift_difference)(const char *text, void *data);

/*
 * Compare what decides about packets, and comments. Both are sorted (ruleset_sort). callback may
 * be NULL. 0 with *ret_count differences; -ENOMEM; or what callback returned.
 *
 * No difference is:
 *  - a counter that only actual has: it stays from an earlier policy (see compile.h);
 *  - which generation chain "blocked" (chain.switched in expected) points to, and its comment;
 *  - the size of a set: that of a flow set follows the policy only when its generation is emptied
 *    (nftxact.h), that of others is nftgen's;
 *  - flag persist of the table, where no owner is expected;
 *  - the order of chains, sets, counters, limits;
 *  - a test that the statement after it implies (implied.h), written out or not.
 * Of a set's elements it tells how many are missing and how many should not be there. Of a
 * SET_TIMEOUT set the elements that it has must be among those that it may have, and must end.
 * Where expected says for how long they are to be there now (struct set.timeouts), they must be,
 * and must not stay longer; a few seconds make no difference.
 */
int drift_compare(const struct ruleset *expected, const struct ruleset *actual,
	drift_difference callback, void *data, size_t *ret_count);

/* Are two chains called at the same place? */
bool drift_same_hook(const struct chain *a, const struct chain *b);
/* Do two rules, or the rules of two chains, say the same, comments and generations too? */
bool drift_same_rule(const struct rule *a, const struct rule *b);
bool drift_same_rules(const struct chain *a, const struct chain *b);
/* Are two sets of one kind, with the same fields? */
bool drift_same_shape(const struct set *a, const struct set *b);
/* Do two limits let as much pass? */
bool drift_same_limit(const struct limit *a, const struct limit *b);
/* Have two elements with one key, of sets of one shape, the same value? Each set is of the rule
 * set that is given with it. */
bool drift_same_value(const struct ruleset *one, const struct ruleset *other, const struct set *set,
	const uint8_t *one_element, const uint8_t *other_element);

#endif
