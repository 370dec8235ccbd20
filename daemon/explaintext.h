/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What explain found out, in words, part by part. */
#ifndef HEDATE_EXPLAINTEXT_H
#define HEDATE_EXPLAINTEXT_H

#include "../lib/explain_change.h"

/* "tcp 443 from 10.10.16.9 (mynumber.terminals) to 203.0.113.80 (internet.uplink)" */
void explaintext_packet(const struct explain *explain, char *text, size_t size);
/* Where it comes in and goes out, and how that is known. */
void explaintext_places(const struct explain *explain, char *text, size_t size);
/* A rule as nft writes it; the caller frees it. NULL: out of memory. */
char *explaintext_rule(const struct ruleset *ruleset, const struct explain_rule *rule);
const char *explaintext_hook(enum hook hook);		    /* "forward" */
const char *explaintext_verdict(enum eval_verdict verdict); /* "accept" */
/* What must be known, as a sentence. */
void explaintext_needed(const struct explain_needed *needed, char *text, size_t size);
/* The full name of a place, "gateway", or "unknown". */
const char *explaintext_place(const struct explain *explain, const struct explain_place *place);

#endif
