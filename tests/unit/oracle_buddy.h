/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sets of packets by BuDDy (Debian's libbdd), over the plain bits of an oracle's fields. Its names
 * are those of lib/bdd.h, so the library is opened at run time.
 */
#ifndef HEDATE_TEST_ORACLE_BUDDY_H
#define HEDATE_TEST_ORACLE_BUDDY_H

#include "oracle.h"

typedef int buddy_set; /* 0: none, 1: all */

/* False: there is no such library here. */
bool buddy_open(void);
/* For rules of one world; all sets are gone after the end. */
void buddy_begin(bool six);
void buddy_end(void);

buddy_set buddy_and(buddy_set a, buddy_set b);
buddy_set buddy_or(buddy_set a, buddy_set b);
buddy_set buddy_differ(buddy_set a, buddy_set b); /* in one of them only */
/* Packets of which some bits of a field, as a number that they begin from its last one, are between
 * two values. */
buddy_set buddy_between(enum oracle_field field, unsigned int shift, unsigned int bits,
	unsigned __int128 first, unsigned __int128 last);
double buddy_count(buddy_set set);
bool buddy_holds(buddy_set set, const struct oracle_packet *packet);
/* Any of a set that is not empty. */
struct oracle_packet buddy_pick(buddy_set set);

/* What passes all base chains. */
buddy_set buddy_passes(const struct oracle_rules *rules);

#endif
