/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The question that prove.h decides, as SMT-LIB 2 for a solver of somebody else: for each pair of
 * places, each world and each phase, whether a packet may pass that the policy does not permit. It
 * is made from the rules (snapshot.h) and the policy by a translation of its own, which shares
 * nothing with the decision diagrams, so that the two can be held against each other.
 *
 * What is not translated is free in it: "unsat" holds whatever that does. The head of the file
 * lists it.
 */
#ifndef HEDATE_SMT2_H
#define HEDATE_SMT2_H

#include <stddef.h>

#include "prove.h"

/* The file; of the question the budget does not matter. The caller frees it. 0; -E2BIG: it would
 * need more than so many bytes of terms; -ENOMEM. */
int smt2_text(
	const struct prove_question *question, size_t most, char **ret_text, size_t *ret_length);

#endif
