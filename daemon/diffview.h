/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What differs between two rule sets (semdiff.h), for people. */
#ifndef HEDATE_DIFFVIEW_H
#define HEDATE_DIFFVIEW_H

#include <stdbool.h>
#include <stdio.h>

#include "../lib/semdiff.h"

/* Pair by pair and region by region, with a packet of each; what could not be decided and why; and
 * in the last line what came of it. policy as in the question. */
void diffview_print(const struct policy *policy, const struct semdiff *diff, bool color, FILE *out);

#endif
