/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a change of the policy means for packets: the two rule sets that policies become are
 * compared over all packets that there can be (semdiff.h), and what connections can begin that
 * could not, and the other way round, is put into the summary of the change. It is found out from
 * the rule sets, so that it shows what the summary's other items, which are of the policy's text,
 * do not.
 *
 * Paths of exceptions are left out, as they are there. Paths that are open at times are taken to be
 * open, and zones to have no limit: what a limit lets pass depends on what has passed before.
 */
#ifndef HEDATE_CHANGEPACKETS_H
#define HEDATE_CHANGEPACKETS_H

#include "change.h"

/*
 * Add items of CHANGE_PACKETS, behind all others: "mynumber > lgwan", with the keys "ipv4" and
 * "ipv6"; CHANGE_ADDED with CHANGE_OPENS what passes now, CHANGE_REMOVED with CHANGE_CLOSES what
 * passes no more. Past a budget that is small enough for a caller who must not wait (some tenths of
 * a second), or where it cannot be decided, one item CHANGE_CHANGED named CHANGEPACKETS_UNDECIDED
 * says so. before NULL: nothing is in place, and nothing is added. Both are compiled once more,
 * which sets the ids of their paths. 0, or -ENOMEM.
 */
#define CHANGEPACKETS_UNDECIDED "not decided"
int changepackets_add(struct policy *before, struct policy *after, struct change *change);

#endif
