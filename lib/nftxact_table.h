/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table that is in place, and what of it stays when a rule set replaces it (nftxact.h). */
#ifndef HEDATE_NFTXACT_TABLE_H
#define HEDATE_NFTXACT_TABLE_H

#include "nftgen.h"

#define BLOCKED_CHAIN "blocked"

struct table {
	struct ruleset *names;	 /* NULL: there is none; counting sets that stay have elements */
	bool foreign;		 /* only to be removed as a whole */
	struct ruleset *blocked; /* its chain "blocked"; NULL: it has none */
	uint32_t generation;	 /* of the kernel, when it was read */
	struct ruleset *gone;	 /* sets of the names of those that stay: elements to delete, */
	struct ruleset *added;	 /* and to add */
};

/* Read what ruleset would replace. 0, also when there is no table; -ERESTART when it changed
 * meanwhile; other negative errno. */
int table_read(struct nlsock *socket, const struct ruleset *ruleset, struct table *ret_table);
/* Only once no batch borrows from it any more. */
void table_clear(struct table *table);

/* Nothing of it can stay. */
bool table_is_foreign(const struct table *table, const struct ruleset *ruleset);

/* Write the transaction that replaces it by ruleset. */
int table_replace(struct nftgen *batch, const struct table *table, const struct ruleset *ruleset);

/* What a chain "blocked" says; *ret_comment is borrowed. false when it is not ours. */
bool table_blocked(
	const struct ruleset *ruleset, unsigned int *ret_generation, const char **ret_comment);

#endif
