/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of prove.h share: one world that is being decided. */
#ifndef HEDATE_PROVE_IMPL_H
#define HEDATE_PROVE_IMPL_H

#include "prove.h"

/* The paths of each ordered pair of places: those of a pair stand together. */
struct prove_index {
	const struct policy_path **paths;
	size_t *first; /* of pair from * places + to; one more behind the last */
	size_t places;
};

struct proving {
	const struct prove_question *question;
	const struct policy *policy;
	enum pkt_world world;
	struct symexec *exec;
	struct zonespace *zones;
	struct bdd *bdd;
	struct prove_index index;
	bdd_node original, reply; /* directions */
	bdd_node phases[PROVE_PHASES];
	bdd_node may[SYM_WAYS], must[SYM_WAYS];
	/* For which some packet like it passes, see prove_cell.c; BDD_NONE: not asked yet. */
	struct prove_reach {
		bdd_node may, must;
		bool known;
	} reached[SYM_WAYS][PROVE_PHASES];
	bool may_be_stopped; /* by what stands beside our table and is known to let pass what ours
			      * has permitted */
};

/* 0, or -ENOMEM. */
int prove_index_make(const struct policy *policy, struct prove_index *ret_index);
void prove_index_clear(struct prove_index *index);
/* *ret_paths: those from one place to another; their number. */
size_t prove_index_find(const struct prove_index *index, size_t from, size_t to,
	const struct policy_path *const **ret_paths);

/* prove_world.c: an error is kept with the world, but for want of memory. */
int prove_world(
	const struct prove_question *question, enum pkt_world world, struct prove_world *ret_world);

/* prove_cell.c: all three phases of a cell whose places and world are set. 0, or -ENOMEM. */
int prove_cell(struct proving *proving, struct prove_cell *cell);

#endif
