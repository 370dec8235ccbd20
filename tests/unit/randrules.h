/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Random rule sets that nftables can hold, for tests of what writes and reads them. */
#ifndef HEDATE_TEST_RANDRULES_H
#define HEDATE_TEST_RANDRULES_H

#include "../../lib/ruleset.h"

/* The same seed makes the same rule set, sorted. The caller owns it; NULL when out of memory. */
struct ruleset *random_ruleset(unsigned int seed);

#endif
