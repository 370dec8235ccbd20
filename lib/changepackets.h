/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a change of the policy means for packets: the two rule sets that policies become are
 * compared over all packets that there can be (semdiff.h), and what connections can begin that
 * could not, and the other way round, and what goes on record, is put into the summary of the
 * change. It is found out from the rule sets, so that it shows what the summary's other items,
 * which are of the policy's text, do not.
 *
 * Paths of exceptions are left out, as they are there. Paths that are open at times are taken to be
 * open, and zones to have no limit: what a limit lets pass depends on what has passed before.
 *
 * It may take seconds. hedated has it done by the process that proves (packetask.h).
 */
#ifndef HEDATE_CHANGEPACKETS_H
#define HEDATE_CHANGEPACKETS_H

#include "bdd.h"
#include "change.h"
#include "snapshot.h"

/* Why it is not known, or not all of it; each is the value of a key "why". */
enum changepackets_why {
	CHANGEPACKETS_BUDGET,	/* it takes more time or memory than there is for it */
	CHANGEPACKETS_DOUBTS,	/* rules that are not understood */
	CHANGEPACKETS_NO_RULES, /* a policy does not become a rule set */
	/* What goes wrong where another process finds it out: */
	CHANGEPACKETS_NO_TEXT,	 /* a configuration cannot be read there */
	CHANGEPACKETS_NO_WORKER, /* there is no such process */
	CHANGEPACKETS_ENDED,	 /* it ended before it had found anything */
	CHANGEPACKETS_LATE,	 /* it has not answered in its time */
	CHANGEPACKETS_BUSY,	 /* it has enough to do with what others asked */
};
#define CHANGEPACKETS_WHYS 8
/* In English; marked for translation. */
const char *changepackets_why_text(enum changepackets_why why);

/* Names of items that are of no two places. */
#define CHANGEPACKETS_UNDECIDED "not decided"
#define CHANGEPACKETS_MORE	"and more"

/* Items at most; where there are more, the last is CHANGEPACKETS_MORE with key "count". */
#define CHANGEPACKETS_MAX 100

/*
 * Add items behind all others, "mynumber > lgwan": of CHANGE_PACKETS, CHANGE_ADDED with
 * CHANGE_OPENS what passes now, CHANGE_REMOVED with CHANGE_CLOSES what passes no more; of
 * CHANGE_RECORDS, CHANGE_ADDED what is recorded now, CHANGE_REMOVED with CHANGE_WEAKENS what is no
 * more, and passes or not as before. Keys are "ipv4" and "ipv6", of records of
 * known connections "ipv4-known" and of packets of none "ipv4-stray": regions of packets
 * (pktregion.h), ", ..." behind them where these are not all; behind each, "ipv4-example" and so
 * on, one packet of the first.
 *
 * Past the budget, or where it cannot be decided, an item CHANGE_CHANGED of CHANGE_PACKETS named
 * CHANGEPACKETS_UNDECIDED says so. before NULL: nothing is in place, and nothing is added. Both are
 * compiled once more, which sets the ids of their paths. 0, or -ENOMEM.
 */
enum changepackets_effort {
	CHANGEPACKETS_BRIEFLY, /* some tenths of a second: for one of many */
	CHANGEPACKETS_FULLY,   /* some seconds */
};
int changepackets_add(struct policy *before, struct policy *after, enum changepackets_effort effort,
	struct change *change);
/* The same of two rule sets, told by the zones of a policy, and with a budget for each family of
 * addresses. */
int changepackets_compare(const struct policy *policy, const struct snapshot *before,
	const struct snapshot *after, const struct bdd_budget *budget, struct change *change);
/* Nothing of it is known. 0, or -ENOMEM. */
int changepackets_add_undecided(struct change *change, enum changepackets_why why);

#endif
