/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which zones can exchange which packets, decided from the kernel's rules over every packet that
 * there can be, and held against the policy.
 *
 * A packet of the pair (from, to) comes in by an interface of one zone and leaves by one of the
 * other. The policy permits those of its paths, their replies, and those of connections that carry
 * the mark of one of its paths. That marks stand only on connections that their path has permitted
 * is an induction: no rule but ours writes them, which is proved here too, and what stands in the
 * connection table when it begins is looked at apart from this (see audit of connections).
 */
#ifndef HEDATE_PROVE_H
#define HEDATE_PROVE_H

#include <stdbool.h>
#include <stddef.h>

#include "policy.h"
#include "symexec.h"

enum prove_verdict {
	PROVE_SEPARATE,	 /* no packet passes */
	PROVE_EXACT,	 /* those that the policy permits, and no other */
	PROVE_OBSERVED,	 /* the policy lets everything of this pair pass, and has it recorded */
	PROVE_MORE,	 /* a packet passes that the policy does not permit: witness */
	PROVE_LESS,	 /* a packet that a path permits does not pass for sure: witness */
	PROVE_UNDECIDED, /* packets may pass that the policy does not permit, see doubts */
	PROVE_BUDGET,	 /* too big to decide within the budget */
	PROVE_VERDICTS,
};

struct prove_cell {
	size_t from, to; /* zones */
	enum pkt_world world;
	enum prove_verdict verdict;
	size_t paths; /* that the policy has from one to the other */
	bool has_witness;
	struct hdr_packet witness;
	const struct policy_path *path; /* PROVE_LESS: of this one */
};

struct prove_world {
	int error;		  /* 0; why nothing was decided: -E2BIG, -ETIME, -ENOMEM, -ELOOP */
	struct symexec *exec;	  /* with its doubts */
	struct prove_cell *cells; /* of each ordered pair of zones */
	size_t cell_count;
};

struct proof {
	struct prove_world worlds[PKT_WORLDS];
};

/* policy (compiled: with the ids of its paths) and snapshot are borrowed as long as the proof
 * lives. 0 whatever was found out; -ENOMEM. */
int prove(const struct snapshot *snapshot, const struct policy *policy,
	const struct bdd_budget *budget, struct proof **ret_proof);
void proof_free(struct proof *proof); /* accepts NULL */

const char *prove_verdict_name(enum prove_verdict verdict); /* "separate" */
/* Is all as the policy says? */
bool proof_holds(const struct proof *proof);

#endif
