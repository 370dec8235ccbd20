/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Policy → snapshot: what the kernel would tell after this policy, and nothing else, had been put
 * in place, made from the messages that would put it there (nftgen.h). No kernel has a part in it.
 *
 * Chains, rules and sets have the handles that a fresh table would give them: they name a rule
 * within this snapshot, and need not be those that the same rule has in a running kernel.
 */
#ifndef HEDATE_SNAPGEN_H
#define HEDATE_SNAPGEN_H

#include "diag.h"
#include "policy.h"
#include "ruleset.h"
#include "snapshot.h"

/* A rule set, of its timed elements those that compile_timeouts() has said to be there now. 0 with
 * *ret_snapshot, which the caller owns; -EINVAL: it cannot be expressed; -ENOMEM. */
int snapgen_ruleset(const struct ruleset *ruleset, struct snapshot **ret_snapshot);

/* Say in a rule set that all timed paths are open (compile_timeouts()). 0, or -ENOMEM. */
int snapgen_open(struct ruleset *ruleset);

/* What of timed paths is taken to be open. */
enum snapgen_timed {
	SNAPGEN_SHUT, /* none */
	SNAPGEN_OPEN, /* all of them */
};
/* A policy, compiled as compile_policy() does it, which sets the ids of its paths and says in diags
 * what it cannot. 0 with *ret_snapshot, -EINVAL, -ENOMEM. */
int snapgen_policy(struct policy *policy, enum snapgen_timed timed, struct diag_list *diags,
	struct snapshot **ret_snapshot);

#endif
