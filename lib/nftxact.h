/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Transactions on our table: replace the rule set, switch the generation of the flow sets, empty
 * the generation that is not in use. Each is one batch bound to the kernel's generation.
 *
 * Replacing keeps what packets have filled: flow sets, counters and base chains stay, everything
 * else is deleted and added again in the same batch, so a packet sees the old rule set or the new
 * one and no count is lost.
 */
#ifndef HEDATE_NFTXACT_H
#define HEDATE_NFTXACT_H

#include "diag.h"
#include "nlsock.h"
#include "ruleset.h"

/*
 * Put ruleset in place, read it back, compare. file is the configuration's name for located
 * errors. 0; -EINVAL: the kernel refused, diags says what and which line; -EILSEQ: what was read
 * back differs, diags says how; -EPERM, -EOPNOTSUPP: diags says what is missing and what to do;
 * -EAGAIN: others kept changing the rule set; -ENOMEM. On any error but -EILSEQ the kernel
 * is as before.
 */
int nftxact_apply(struct nlsock *socket, struct ruleset *ruleset, const char *file,
	struct diag_list *diags);

/* Which generation is chain "blocked" set to, and the comment of its rule (the epoch, see
 * compile.h; the caller frees it)? 0; -ENOENT no table. */
int nftxact_generation(struct nlsock *socket, unsigned int *ret_generation, char **ret_comment);

/* Let packets be counted in the other generation, from now on, and leave the comment there.
 * ruleset is the one in place and is changed to say so. 0, or negative errno (nothing changed). */
int nftxact_switch(struct nlsock *socket, struct ruleset *ruleset, unsigned int generation,
	const char *comment);

/* Empty the flow sets and counters of a generation that is not in use. 0, -EBUSY when it is in
 * use, or negative errno (nothing changed). */
int nftxact_empty(struct nlsock *socket, const struct ruleset *ruleset, unsigned int generation);

#endif
