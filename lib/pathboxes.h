/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What many paths of a policy permit, as one set that is made in one go (hdrspace_boxes()): the
 * union of what zonespace.h says of each. Their tests were noted by zonespace_note().
 */
#ifndef HEDATE_PATHBOXES_H
#define HEDATE_PATHBOXES_H

#include "zonespace.h"

enum pathboxes_kind {
	PATHBOXES_OPEN,	       /* zonespace_path() */
	PATHBOXES_REPLIES,     /* zonespace_replies() */
	PATHBOXES_MARKED,      /* zonespace_marked(), there */
	PATHBOXES_MARKED_BACK, /* ... back */
	/* The same, by interfaces that have addresses of this world. */
	PATHBOXES_MARKED_HERE,
	PATHBOXES_MARKED_BACK_HERE,
};

struct pathboxes {
	const struct policy *policy;
	enum pkt_world world;
	struct hdrspace *space; /* sealed */
	struct zonespace *zones;
};

/* Of count paths; NULL among them stands for none. BDD_NONE: out of memory, or past the budget. */
bdd_node pathboxes_all(const struct pathboxes *pathboxes, enum pathboxes_kind kind,
	const struct policy_path *const *paths, size_t count);

#endif
