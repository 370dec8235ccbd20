/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sets of packets (pktspace.h) for people to read: a list of regions, each of which is a product of
 * values of single fields, "tcp to port 443 from 10.1.0.0/24 to 10.2.0.10".
 *
 * Regions cover their set and may overlap: each one is as wide as it can be in every field, which
 * reads better than disjoint pieces of what is not a product. The wider ones come first. Without a
 * limit they are all of the set and nothing else; past the limit it is said that there is more.
 *
 * What a set is asked about, among packets that are not of interest, is left out: of a set of new
 * packets from one zone to another, among just those, neither state nor interfaces are told.
 */
#ifndef HEDATE_PKTREGION_H
#define HEDATE_PKTREGION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "json.h"
#include "pktspace.h"

/* A field, with the bits of a mask, is in one of these ranges, ascending and apart. */
struct pktregion_part {
	enum pkt_field field;
	hdr_value mask;
	struct hdr_range *ranges;
	size_t count;
};

struct pktregion {
	/* By field; what is not here may be anything. */
	struct pktregion_part *parts;
	size_t count;
	double share;		   /* of all values that there are, for sorting */
	struct hdr_packet witness; /* one of its packets */
};

struct pktregions {
	enum pkt_world world;
	struct pktregion *regions;
	size_t count;
	bool more; /* they do not cover it */
};

/*
 * At most max regions (0: all that it takes) that cover a set. They hold no packet of care that is
 * not in the set; values that no packet of care has are not told. Witnesses are packets of the
 * set and of care, as near to near as one walk finds. 0 with *ret_regions, which the caller owns;
 * -E2BIG, -ETIME: past the space's budget; -EINVAL: the set is BDD_NONE; -ENOMEM.
 */
int pktregion_list(struct hdrspace *space, enum pkt_world world, bdd_node set, bdd_node care,
	const struct hdr_packet *near, size_t max, struct pktregions **ret_regions);
void pktregions_free(struct pktregions *regions); /* accepts NULL */

/*
 * Regions of another list as well, which was made of other packets of the same care. Where regions
 * differ in nothing but the values of a field, they become one that has them all. from is left
 * without what was taken, to be freed. 0, or -ENOMEM.
 */
int pktregions_join(struct pktregions *to, struct pktregions *from, enum pkt_field field);
/* The widest first, and at most max (0: all) of them. */
void pktregions_cut(struct pktregions *regions, size_t max);
/* Do not tell the values of a field; number: of its part. */
void pktregion_drop_part(struct pktregion *region, size_t number);

/* A packet like those of everyday, for what does not matter: a TTL, an Ethernet interface. */
struct hdr_packet pktregion_everyday(enum pkt_world world);

/*
 * "eth0 10.1.0.0/24 > eth1 10.2.0.10 tcp 443; ct mark 0x10", the same in every language: "*" is
 * anything, "!" all but what follows, ",+7" seven more values of a long list, "sport" the source
 * port. Of technical fields (fragments, TTL, interface types, ...) only what a packet of everyday
 * is not. No end of line.
 */
void pktregion_print(FILE *out, enum pkt_world world, const struct pktregion *region);
/* {"source":["10.1.0.0/24"],"destination_port":["443","8000-8079"], ..., "witness":{...}}; what may
 * be anything is left out. Of "all but", {"not":[...]}. ends: interfaces of the witness, enum
 * pkttext_ends. */
void pktregion_write(
	struct json *json, enum pkt_world world, const struct pktregion *region, unsigned int ends);

#endif
