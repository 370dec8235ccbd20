/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What NFLOG told of the packets of one generation, kept until their epoch is on disk, and what a
 * record takes from it.
 */
#ifndef HEDATE_DETAILS_H
#define HEDATE_DETAILS_H

#include <stdint.h>

#include "../lib/flowrec.h"
#include "../lib/record.h"
#include "ifnames.h"
#include "names.h"
#include "nflog.h"
#include "pending.h"
#include "topology.h"

struct details {
	struct pending flows;	 /* first packets of what is in the flow sets */
	struct pending overflow; /* all packets of what is not */
	struct names names;	 /* log prefixes and interfaces of the entries */
	uint64_t dropped;	 /* packets that there was no memory for */

	/* The prefix parsed last: most flows have the same. */
	uint16_t prefix_number;
	struct flow_prefix prefix;
};

/* Arguments as of pending_init(). */
void details_init(struct details *details, struct pending_budget *budget,
	const uint8_t hash_key[PENDING_HASH_KEY]);
void details_clear(struct details *details);

void details_packet(
	struct details *details, struct ifnames *ifnames, const struct nflog_packet *packet);

/* Reason and places by the rule's code. The strings are the topology's. */
void details_describe_code(
	const struct topology *topology, uint32_t code, struct record_flow *flow);
/* What the flow's key alone tells. */
void details_describe_key(struct record_flow *flow);
/* All that the packet told; reason and places as they were when it was blocked. Strings are valid
 * until the next call. */
void details_describe(struct details *details, const struct topology *topology,
	const struct pending_entry *entry, struct record_flow *flow);

#endif
