/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of pathlint share: paths as boxes. */
#ifndef HEDATE_PATHLINT_IMPL_H
#define HEDATE_PATHLINT_IMPL_H

#include "pathlint.h"

typedef unsigned __int128 pathbox_value;

struct pathside {
	pathbox_value first, last; /* both are in it */
};

enum pathbox_side {
	PATHBOX_SOURCE,
	PATHBOX_DESTINATION,
	PATHBOX_SERVICE, /* protocol << 16 | port */
	PATHBOX_SIDES,
};

/* What one range of each end and one entry of a service permit. */
struct pathbox {
	size_t path;
	/* Boxes of two groups have nothing in common. */
	enum path_direction direction;
	enum addr_family family;
	size_t from, to; /* segments; SIZE_MAX: the gateway */
	struct pathside sides[PATHBOX_SIDES];
};

struct pathboxes {
	struct pathbox *by_path; /* owned; in the order of the policy's paths */
	size_t *first;	      /* owned; the first of each path, and behind the last path the end */
	struct pathbox *list; /* owned; by groups, in each by the first source */
	pathbox_value *reach; /* owned; the last source of it and those before it in its group */
	size_t count, room;
};

/* 0, or -ENOMEM; to be cleared in any case. */
int pathboxes_of(const struct policy *policy, struct pathboxes *ret_boxes);
void pathboxes_clear(struct pathboxes *boxes);

bool pathbox_same_group(const struct pathbox *a, const struct pathbox *b);
/* The index in list behind the last box of its group whose sources begin no later than the box's
 * end. */
size_t pathboxes_end(const struct pathboxes *boxes, const struct pathbox *box);

/* Add a finding. 0, or -ENOMEM. */
int pathlint_add(struct pathlint *lint, const struct pathlint_finding *finding);

#endif
