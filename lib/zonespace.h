/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a policy permits, as sets of packets, made from the policy alone: neither the compiler nor
 * the rule set has a part in it, so that the two can be held against each other.
 *
 * All of them are first noted in a space and then made in it (hdrspace.h): the same calls, before
 * and after the space is sealed.
 */
#ifndef HEDATE_ZONESPACE_H
#define HEDATE_ZONESPACE_H

#include <stdbool.h>
#include <stddef.h>

#include "pktspace.h"
#include "policy.h"

struct zonespace;

/* policy (compiled: paths have their ids) and space are borrowed. 0, or -ENOMEM. */
int zonespace_new(const struct policy *policy, enum pkt_world world, struct hdrspace *space,
	struct zonespace **ret_zones);
void zonespace_free(struct zonespace *zones); /* accepts NULL */

/* Note all that the functions below test. 0; -EINVAL, -ENOMEM. Before the space is sealed; after
 * that they make sets. */
int zonespace_note(struct zonespace *zones);

/* Packets that came in by an interface of a zone; that go out by one. */
bdd_node zonespace_from(struct zonespace *zones, size_t zone);
bdd_node zonespace_to(struct zonespace *zones, size_t zone);
/* Packets of connections that begin: new, in the original direction. */
bdd_node zonespace_beginning(struct zonespace *zones);
/* Packets that a forward path permits, by addresses, protocol and ports, whatever their
 * connection's state; those of its replies. */
bdd_node zonespace_path(struct zonespace *zones, const struct policy_path *path);
bdd_node zonespace_replies(struct zonespace *zones, const struct policy_path *path);
/* Packets of connections that carry the path's mark, between its segments, either way. */
bdd_node zonespace_marked(struct zonespace *zones, const struct policy_path *path);
/* Packets of the original or the reply direction of their connection. */
bdd_node zonespace_direction(struct zonespace *zones, bool reply);

#endif
