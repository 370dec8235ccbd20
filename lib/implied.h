/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a rule must have tested before a payload means what its selector says: the family before an
 * address, the protocol before TCP's flags, Ethernet before a MAC. The rule set leaves these tests
 * out, as nft's language does; in the kernel each is a comparison of its own. nftgen puts them in,
 * decode takes them out again, drift looks past them where a rule says them for itself.
 */
#ifndef HEDATE_IMPLIED_H
#define HEDATE_IMPLIED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ruleset.h"

/* What is known of a packet at one place in a rule; all zero at its beginning. Also what a
 * statement needs. */
struct implied {
	uint8_t nfproto; /* NFPROTO_IPV4, NFPROTO_IPV6; 0: not tested */
	uint8_t l4proto; /* IPPROTO_*; 0: not tested */
	bool ether;	 /* it came in by an Ethernet interface; HOOK_EGRESS: leaves by one */
};

/* What statement needs that is not known yet. */
struct implied implied_missing(const struct implied *known, const struct statement *statement);

/* Go past a statement: learn what it tested. */
void implied_learn(struct implied *known, const struct statement *statement);

/* The index of the first statement from index on that says something of its own: comparisons
 * that only state what the statement after them needs are passed over. known is what was learned
 * before index; everything passed over is learned. rule->count when there is none. */
size_t implied_skip(struct implied *known, const struct rule *rule, size_t index);

/* Take out of a rule what implied_skip() passes over. */
void implied_drop(struct rule *rule);

#endif
