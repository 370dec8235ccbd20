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

/* Only paths from one place to another, and back, are asked about: before zonespace_note(). */
void zonespace_between(struct zonespace *zones, size_t from, size_t to);

/* Where packets come from and go to: a zone by its index, or one of these. */
#define ZONESPACE_GATEWAY(policy) ((policy)->zone_count)     /* the gateway itself */
#define ZONESPACE_OTHER(policy)	  ((policy)->zone_count + 1) /* by an interface of no zone */
#define ZONESPACE_ANY		  SIZE_MAX
#define ZONESPACE_PLACES(policy)  ((policy)->zone_count + 2)

/* Packets that came in by an interface of a place; that go out by one. The gateway has none: every
 * packet, but those that it sends to itself, is from or to it where it is asked about. */
bdd_node zonespace_from(struct zonespace *zones, size_t place);
bdd_node zonespace_to(struct zonespace *zones, size_t place);
/* Packets of the gateway to itself: by interface lo. */
bdd_node zonespace_loopback(struct zonespace *zones, bool out);

/* States of connections (ctstate bits), or-ed; the original or the reply direction. */
bdd_node zonespace_states(struct zonespace *zones, uint32_t states);
bdd_node zonespace_direction(struct zonespace *zones, bool reply);

/* Packets that a path permits, by interfaces, addresses, protocol and ports, whatever their
 * connection's state; those of its replies. An end that is the gateway itself says nothing. */
bdd_node zonespace_path(struct zonespace *zones, const struct policy_path *path);
bdd_node zonespace_replies(struct zonespace *zones, const struct policy_path *path);
/* Packets of connections that carry the path's mark, between its segments, that way or back; with
 * here, between those alone that have addresses in this world on both ends. */
bdd_node zonespace_marked(
	struct zonespace *zones, const struct policy_path *path, bool back, bool here);
bdd_node zonespace_observed(
	struct zonespace *zones, const struct policy_observe *observe, bool back);
/* Packets of connections without a mark: of what has not been permitted yet. */
bdd_node zonespace_unmarked(struct zonespace *zones);
/* What IPv6 needs on a link, to and from the gateway: types of ICMPv6, from first to last, with the
 * hop limit that shows that they were not forwarded (RFC 4861 section 6.1, RFC 3810 section 5). */
struct zonespace_message {
	uint8_t hops, first, last;
};
#define ZONESPACE_MESSAGES 3
extern const struct zonespace_message zonespace_messages[ZONESPACE_MESSAGES];
/* Packets with one of them. None in IPv4. */
bdd_node zonespace_link(struct zonespace *zones);
/* Errors that the gateway owes as a router: about a connection, and "too big" about any packet. */
bdd_node zonespace_errors(struct zonespace *zones);

#endif
