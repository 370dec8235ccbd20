/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which places can exchange which packets, decided from the kernel's rules over every packet that
 * there can be, and held against the policy.
 *
 * A place is a zone, the gateway itself, or "any other": whatever comes in or goes out by an
 * interface that is in no zone. A packet of the pair (from, to) comes in by an interface of one and
 * leaves by one of the other. The policy permits those of its paths, their replies, and those of
 * connections that carry the mark of one of its paths. That marks stand only on connections that
 * their path has permitted is an induction: no rule but ours writes them (bypass.h looks), and what
 * stands in the connection table when it begins is looked at apart from this (ctaudit.h).
 */
#ifndef HEDATE_PROVE_H
#define HEDATE_PROVE_H

#include <stdbool.h>
#include <stddef.h>

#include "opening.h"
#include "policy.h"
#include "symexec.h"
#include "zonespace.h"

/* From the best to the worst. */
enum prove_verdict {
	PROVE_SEPARATE,	 /* no packet passes */
	PROVE_EXACT,	 /* those that the policy permits, and no other */
	PROVE_OBSERVED,	 /* the policy lets everything of this pair pass, and has it recorded */
	PROVE_LESS,	 /* a packet that a path permits does not pass: witness */
	PROVE_UNDECIDED, /* packets may pass that the policy does not permit, or those that it
			  * permits may not, see doubts */
	PROVE_BUDGET,	 /* too big to decide within the budget */
	PROVE_MORE,	 /* a packet passes that the policy does not permit: witness */
	PROVE_VERDICTS,
};
const char *prove_verdict_name(enum prove_verdict verdict); /* "separate" */

/* By the state of their connections. */
enum prove_phase {
	PROVE_NEW,	   /* that begin one */
	PROVE_ESTABLISHED, /* of one that is known, or related to it */
	PROVE_STRAY,	   /* invalid, untracked */
	PROVE_PHASES,
};
const char *prove_phase_name(enum prove_phase phase); /* "new" */

struct prove_answer {
	enum prove_verdict verdict;
	bool has_witness;
	struct hdr_packet witness;
	const struct policy_path *path; /* PROVE_LESS: of this one */
};

struct prove_cell {
	size_t from, to; /* places: zonespace.h */
	enum pkt_world world;
	size_t paths; /* that the policy has from one to the other */
	struct prove_answer phases[PROVE_PHASES];
};
enum prove_verdict prove_cell_verdict(const struct prove_cell *cell); /* the worst */
/* By which of the host's hooks its packets go. */
enum sym_way prove_cell_way(const struct policy *policy, const struct prove_cell *cell);

struct prove_world {
	int error;		  /* 0; why cells were not decided: -E2BIG, -ETIME, -ELOOP */
	struct symexec *exec;	  /* with its doubts */
	struct prove_cell *cells; /* of each ordered pair of places but the gateway with itself */
	size_t cell_count;
	size_t nodes; /* of the decision diagrams, for figures: most at a time */
	uint64_t steps;
};

/* Tables of ours that let less pass than the policy does, for a time. */
enum prove_restraint {
	PROVE_ISLAND = 1 << 0,	  /* nothing is forwarded */
	PROVE_ISOLATION = 1 << 1, /* something is isolated or quarantined */
	PROVE_GUARD = 1 << 2,	  /* the closed tables are in place */
};

struct proof {
	struct prove_world worlds[PKT_WORLDS];
	unsigned int restraints; /* enum prove_restraint, or-ed */
};

/* What is asked. All is borrowed as long as the proof lives. */
struct prove_question {
	const struct snapshot *snapshot;
	const struct policy *policy; /* compiled: with the ids of its paths */
	/* Which of the timed paths are open, as the policy says. NULL: not known, any may be. */
	const struct openings *openings;
	struct bdd_budget budget; /* of each world, and again of its parts */
	bool one_pair;		  /* only of these two places */
	size_t from, to;
};

/* 0 whatever was found out; -ENOMEM. */
int prove(const struct prove_question *question, struct proof **ret_proof);
void proof_free(struct proof *proof); /* accepts NULL */

/* Of all cells, and of worlds that were not decided. */
enum prove_verdict proof_worst(const struct proof *proof);
/* Is all as the policy says? */
bool proof_holds(const struct proof *proof);
/* Does nothing pass that the policy does not permit, and nothing less but for restraints? */
bool proof_restrained(const struct proof *proof);

#endif
