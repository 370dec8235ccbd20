/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reduced ordered binary decision diagrams (Bryant 1986): sets of assignments to boolean variables,
 * each set one node, equal sets the same node. Variables are numbered by level; lower levels are
 * nearer to the root.
 *
 * Nodes are made and never given back before bdd_free(): what is asked of them is a handful of
 * questions about one rule set, bounded by a budget of nodes and of steps. Past the budget, or out
 * of memory, every operation gives BDD_NONE, which is no set at all: it goes through all operations
 * that it is given to, so that an answer that was not found is never taken for "empty".
 */
#ifndef HEDATE_BDD_H
#define HEDATE_BDD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BDD_EMPTY ((bdd_node)0)
#define BDD_ALL	  ((bdd_node)1)
#define BDD_NONE  UINT32_MAX /* no answer */

#define BDD_LEVELS_MAX 1024

typedef uint32_t bdd_node;

struct bdd;

struct bdd_budget {
	size_t nodes;	/* at most, about 30 bytes each with what finds them; 0: 2^24 */
	uint64_t steps; /* of all operations together; 0: no bound */
};

/* levels: 1..BDD_LEVELS_MAX. 0, -EINVAL, -ENOMEM. */
int bdd_new(unsigned int levels, const struct bdd_budget *budget, struct bdd **ret_bdd);
void bdd_free(struct bdd *bdd); /* accepts NULL */

/* Why operations give BDD_NONE: 0 they do not; -ENOMEM; -E2BIG too many nodes; -ETIME too many
 * steps. It stays. */
int bdd_error(const struct bdd *bdd);
size_t bdd_size(const struct bdd *bdd);	   /* nodes made so far */
uint64_t bdd_steps(const struct bdd *bdd); /* taken so far */

/* The assignments with variable level false that are in low, and those with it true in high. Both
 * depend on variables of higher levels only. */
bdd_node bdd_make(struct bdd *bdd, unsigned int level, bdd_node low, bdd_node high);

bdd_node bdd_and(struct bdd *bdd, bdd_node a, bdd_node b);
bdd_node bdd_or(struct bdd *bdd, bdd_node a, bdd_node b);
bdd_node bdd_diff(struct bdd *bdd, bdd_node a, bdd_node b); /* in a, not in b */
bdd_node bdd_not(struct bdd *bdd, bdd_node a);		    /* costs nothing */
/* a or (b and c), without making what b and c have in common. */
bdd_node bdd_or_and(struct bdd *bdd, bdd_node a, bdd_node b, bdd_node c);
/* The union of count sets, halved again and again: neighbours, which share most, are joined first.
 * nodes are overwritten. */
bdd_node bdd_or_all(struct bdd *bdd, bdd_node *nodes, size_t count);
/* Whatever the variables of the flagged levels are: with some values of them it was in a. flags:
 * one for each level. All in one go, which makes no more than what comes of it. */
bdd_node bdd_exists(struct bdd *bdd, bdd_node a, const bool *flags);

/* Is an assignment in a? values: one for each level. BDD_NONE holds none. */
bool bdd_holds(const struct bdd *bdd, bdd_node a, const bool *values);
/* Some assignment that is in a; a variable that does not matter is left as it stands in values.
 * False: there is none (BDD_EMPTY, BDD_NONE). */
bool bdd_pick(const struct bdd *bdd, bdd_node a, bool *values);
/* One of the widest conjunctions of variables and their opposites that is in a: BDD_EMPTY where
 * there is none. */
bdd_node bdd_widest(struct bdd *bdd, bdd_node a);
/* How many nodes a has, for figures. */
size_t bdd_count_nodes(const struct bdd *bdd, bdd_node a);

#endif
