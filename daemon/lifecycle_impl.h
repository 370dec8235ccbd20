/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of lifecycle.h share. */
#ifndef HEDATE_LIFECYCLE_IMPL_H
#define HEDATE_LIFECYCLE_IMPL_H

#include "lifecycle.h"

struct lifecycle {
	struct nlsock *socket;	  /* borrowed */
	bool own;		  /* the table is to be the socket's own */
	bool lock_wanted, locked; /* the lock: where nothing is opened; it is there */
	bool replaced;		  /* the last change made the table anew over another one, */
	uint64_t packets_lost;	  /* with so many packets that were not on record */
	uint64_t pending;	  /* packets that were not on record when it was seen last */
	char *config_file;
	char *profiles;				     /* or NULL */
	const struct lifecycle_extension *extension; /* borrowed, or NULL */
	struct policy *policy;
	struct zonetime *zone; /* NULL: not needed */
	struct ruleset *ruleset;
	struct denials denials;
	bool island_asked, island; /* asked for, in place */
	bool open_asked, open;	   /* the same of opening the gateway */
	unsigned int serial;
	uint64_t applied_at;
	int nflog;
	bool has_epoch; /* epoch and generation mean something */
	struct epoch_id epoch;
	unsigned int generation;
	bool other_small; /* the flow sets of the other one are not made for many yet */
};

/* A policy on its way into place. */
struct candidate {
	struct policy *policy;
	struct zonetime *zone;
	struct ruleset *ruleset;
	struct denials denials;
	bool island;
	bool may_open; /* it is the policy in place, renewed */
	bool open;
	int nflog; /* another one than the one in place, or -1 */
	struct epoch_id epoch;
	unsigned int generation;
	size_t assertions, assertions_failed;
	char assertions_broken[ASSERTIONS_BROKEN_MAX];
};

/* The flags that the table is to have, into a rule set on its way there. */
void lifecycle_claim(const struct lifecycle *lifecycle, struct ruleset *ruleset);
/* The lock goes while the gateway is opened on purpose, and comes back. diags may be NULL. 0, or
 * negative errno. */
int lifecycle_settle_lock(struct lifecycle *lifecycle, struct diag_list *diags);
/* Somebody took the table away, with all that it had counted: what comes is another table. */
bool lifecycle_table_is_gone(const struct lifecycle *lifecycle);
/* Before the first apply: is there a table that cannot be adopted, but only made anew? What it
 * counted is then lost, and noted. */
bool lifecycle_must_replace(struct lifecycle *lifecycle);
/* A new epoch 1, for a table that is made anew, or the one that goes on, into the rule set. 0, or
 * negative errno. */
int lifecycle_mark_epoch(const struct lifecycle *lifecycle, struct ruleset *ruleset);

/* Free all that it holds; of one that candidate_renew() has made, only what is its own. */
void candidate_clear(struct candidate *candidate);
void candidate_clear_shared(struct candidate *candidate);

/* The policy that was read: extended and compiled. 0; -EINVAL: diags says why; other negative
 * errno. */
int candidate_compile(
	const struct lifecycle *lifecycle, struct candidate *candidate, struct diag_list *diags);
/* The policy in place: extended anew, in a copy that shares what does not change, and compiled. The
 * same results; it has no policy then. */
int candidate_renew(
	struct lifecycle *lifecycle, struct diag_list *diags, struct candidate *candidate);

#endif
