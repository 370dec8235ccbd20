/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rule set → nft's language (loadable by nft -f of nft 1.0.6 and later), or JSON. */
#ifndef HEDATE_NFTPRINT_H
#define HEDATE_NFTPRINT_H

#include <stdio.h>

#include "ruleset.h"

/* "table inet hedate { ... }", preceded by the lines that make loading it replace an older one in
 * one transaction. 0, or -EIO when out is in error. */
int nftprint(const struct ruleset *ruleset, FILE *out);
/* One rule as nft writes it, without a newline, for messages. */
int nftprint_rule(const struct ruleset *ruleset, const struct rule *rule, FILE *out);
/* The whole IR as one JSON object, with version as its first member, "json_version". 0, -ENOMEM,
 * -EIO. */
int nftprint_json(const struct ruleset *ruleset, unsigned int version, FILE *out);

#endif
