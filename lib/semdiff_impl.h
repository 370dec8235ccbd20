/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of semdiff.h share: one world that is being decided. */
#ifndef HEDATE_SEMDIFF_IMPL_H
#define HEDATE_SEMDIFF_IMPL_H

#include "semdiff.h"

/* Packets that are decided together, in a space of their own. */
struct semdiff_part {
	struct sym_scope scope; /* in alone; all zero: all of them */
	struct bdd_budget budget;
};

/* Of a world, for each of its parts. */
struct semdiff_common {
	const struct semdiff_question *question;
	struct policy places; /* the question's zones, and nothing else */
	enum pkt_world world;
	struct semdiff_world *result;
};

/* semdiff_part.c: what differs in a part goes into diff, its doubts into the result. *ret_steps:
 * that it took. 0, -E2BIG and so on, with diff as it was. */
int semdiff_part(const struct semdiff_common *common, const struct semdiff_part *part,
	struct semdiff *diff, uint64_t *ret_steps);

/* semdiff_world.c: an error is kept with the world, and nothing of that world in diff, but for want
 * of memory. */
int semdiff_world(
	const struct semdiff_question *question, enum pkt_world world, struct semdiff *diff);

/* semdiff_item.c. The one of the same kind, phase, world and places, or a new one without regions;
 * NULL: out of memory. */
struct semdiff_item *semdiff_item(struct semdiff *diff, const struct semdiff_item *wanted);
/* Take all items of a world away. */
void semdiff_forget(struct semdiff *diff, enum pkt_world world);
/* All items of another one, which then has none. 0, or -ENOMEM. */
int semdiff_join(struct semdiff *diff, struct semdiff *other);
/* Regions that differ by interfaces alone have been joined: what interfaces say of all packets of
 * their places is left out, and what is more than asked for. */
void semdiff_settle(
	struct semdiff *diff, const struct semdiff_question *question, enum pkt_world world);

#endif
