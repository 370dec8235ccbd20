/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What turns one rule set into another: a transaction of the differences alone. What both have is
 * left in the kernel as it stands, so a packet that is judged in the instant of the commit finds
 * it, whichever of the two it began with.
 *  - A chain stays as long as both have it. Its rules stay, from the first on, as long as they are
 *    the same and refer to no set or limit that is made anew; those behind are deleted and added.
 *  - A set of the same shape and size stays, with its elements; those that differ are deleted and
 *    added. Ranges, and verdict maps, are made anew when they differ: the former because kernels
 *    do not agree about which ranges may be exchanged in one transaction, the latter because their
 *    elements hold chains.
 *  - A limit stays when its numbers are the same, with what it has left.
 *  - SET_TIMEOUT sets stay, and are emptied and filled.
 *  - Flow sets stay when their shape is the same (nftxact.h), counters always.
 */
#ifndef HEDATE_NFTDELTA_H
#define HEDATE_NFTDELTA_H

#include "nftgen.h"
#include "ruleset.h"
#include "strmap.h"

struct nftdelta;

/*
 * Both rule sets are sorted, and borrowed, as is counters: the names of those that the kernel has,
 * which may be more than old names. 0; -EOPNOTSUPP: a base chain is at another hook or priority,
 * which only replacing the table can change; -ENOMEM.
 */
int nftdelta_new(const struct ruleset *old, const struct ruleset *next,
	const struct strmap *counters, struct nftdelta **ret_delta);
/* Only once no batch borrows from it any more. Accepts NULL. */
void nftdelta_free(struct nftdelta *delta);

/* Write the transaction, for a kernel that has old and nothing else in that table. 0; -ENOMEM;
 * -EINVAL for what cannot be expressed. */
int nftdelta_write(const struct nftdelta *delta, struct nftgen *batch);

#endif
