/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What one rule set lets pass and the other does not, over every packet that there can be: for each
 * pair of places and each family of addresses, of connections that begin, of those that are known,
 * and of packets that belong to none.
 *
 * Where both rule sets are understood this is exact: a packet is in one of the sets when, and only
 * when, the two treat it differently. Where a rule does what is not modelled, packets may be
 * "undecided": it is not known whether they are treated alike. They are not where all that is not
 * understood stands in tables that are the same in both; nor are later fragments that may or may
 * not pass on both sides, by what they have where others have ports.
 *
 * Rule sets of thousands of rules, and what is past the budget as a whole, are compared by where
 * packets come in, one interface after the other: each such part needs but the tests that its own
 * packets meet. What is found is the same.
 *
 * What is logged is what may come to an expression "log"; how often it is told is not compared.
 */
#ifndef HEDATE_SEMDIFF_H
#define HEDATE_SEMDIFF_H

#include <stdbool.h>
#include <stddef.h>

#include "json.h"
#include "pktregion.h"
#include "policy.h"
#include "symexec.h"
#include "zonespace.h"

enum semdiff_kind {
	SEMDIFF_PERMITTED,  /* passes now, and did not */
	SEMDIFF_FORBIDDEN,  /* passes no more */
	SEMDIFF_RECORDED,   /* may be logged now, and was not; it passes or not as before */
	SEMDIFF_UNRECORDED, /* is not logged any more */
	SEMDIFF_UNDECIDED,  /* whether it passes as before is not known, see doubts */
	SEMDIFF_KINDS,
};
const char *semdiff_kind_name(enum semdiff_kind kind); /* "permitted" */

enum semdiff_phase {
	SEMDIFF_NEW,   /* the first packet of a connection, which has no mark yet */
	SEMDIFF_KNOWN, /* of or about a connection that is known */
	SEMDIFF_STRAY, /* invalid, untracked, or cut off within its transport header */
	SEMDIFF_PHASES,
};
const char *semdiff_phase_name(enum semdiff_phase phase); /* "new" */

struct semdiff_item {
	enum semdiff_kind kind;
	enum semdiff_phase phase;
	enum pkt_world world;
	size_t from, to; /* places of the question's policy (zonespace.h) */
	struct pktregions *regions;
};

struct semdiff_world {
	int error; /* 0; why nothing was decided: -E2BIG, -ETIME, -ELOOP, ... */
	/* Of later fragments, which do not show their ports, some may or may not pass on both
	 * sides; this does not make the answer unknown. */
	bool fragments;
	struct symexec *before, *after; /* for their doubts */
};

struct semdiff {
	struct semdiff_world worlds[PKT_WORLDS];
	struct semdiff_item *items; /* by kind, pair, world, phase */
	size_t count, room;
};

/* What is asked. Snapshots and policy are borrowed as long as the answer lives. */
struct semdiff_question {
	const struct snapshot *before, *after;
	/* Whose zones are told apart; NULL: there are only the gateway and all others, which is
	 * what places mean then (a policy without zones). */
	const struct policy *policy;
	struct bdd_budget budget; /* of each world */
	bool logs;		  /* what is logged is compared, too */
	/* Of an item, at most; 0: all. */
	size_t regions[SEMDIFF_PHASES];
};

/* 0 whatever was found out; -ENOMEM. */
int semdiff_find(const struct semdiff_question *question, struct semdiff **ret_diff);
void semdiff_free(struct semdiff *diff); /* accepts NULL */

enum semdiff_result {
	SEMDIFF_SAME,
	SEMDIFF_DIFFERS, /* not the same passes */
	SEMDIFF_LOGS,	 /* the same passes, and not the same is logged */
	SEMDIFF_UNKNOWN, /* nothing is known to differ, but not all is decided */
};
enum semdiff_result semdiff_result(const struct semdiff *diff);
const char *semdiff_result_name(enum semdiff_result result); /* "same" */

/* Interfaces that packets of this pair have: enum pkttext_ends. */
unsigned int semdiff_ends(const struct policy *policy, size_t from, size_t to);
/* The name of a place; "gateway", "other" for those that are no zones. */
const char *semdiff_place(const struct policy *policy, size_t place);

/* {"hedate.diff":1,"result":"differs","items":[{"kind","world","phase","from","to","regions":[...],
 * "more":false}],"undecided":[...],"worlds":[...]}; policy as in the question. */
void semdiff_write(struct json *json, const struct policy *policy, const struct semdiff *diff);

#endif
