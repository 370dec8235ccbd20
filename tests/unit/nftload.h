/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules of tests, from text. */
#ifndef HEDATE_TEST_NFTLOAD_H
#define HEDATE_TEST_NFTLOAD_H

#include "../../lib/snapshot.h"

/* Replace all rules of the namespace by these, as nft reads them, and read them back by sock
 * (inkernel.h). Fails the test when nft does not take them. The caller owns the snapshot. */
struct snapshot *load_rules(const char *rules);

#endif
