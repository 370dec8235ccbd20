/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parts of rules as nft writes them; shared by the parts of nftprint. */
#ifndef HEDATE_NFTPRINT_VALUE_H
#define HEDATE_NFTPRINT_VALUE_H

#include <stdio.h>

#include "ruleset.h"

/* A value of a set field, from its slot. */
void nftprint_value(enum field_type type, const uint8_t *slot, FILE *out);
/* A closed range as a value, prefix or "first-last". last NULL: one value. */
void nftprint_range(enum field_type type, const uint8_t *first, const uint8_t *last, FILE *out);
/* A whole STMT_COMPARE. */
void nftprint_compare(const struct statement *statement, FILE *out);

const char *nftprint_hook(enum hook hook);
void nftprint_verdict(enum verdict verdict, const char *chain, FILE *out);

#endif
