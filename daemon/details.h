/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What NFLOG told of the packets of one generation, kept until their epoch is on disk, and what a
 * record takes from it.
 */
#ifndef HEDATE_DETAILS_H
#define HEDATE_DETAILS_H

#include <stdbool.h>
#include <stdint.h>

#include "../lib/flowrec.h"
#include "../lib/logwrite.h"
#include "../lib/record.h"
#include "ifnames.h"
#include "names.h"
#include "nflog.h"
#include "packets.h"
#include "pending.h"
#include "topology.h"

/* How much of the details is on disk already (detaillog.h): so many of the first of each. */
struct details_kept {
	size_t names, flows, overflow;
	size_t packets; /* bytes */
};

struct writeahead;

struct details {
	char table[LOGWRITE_TEXT_MAX]; /* whose flows they are */
	unsigned int generation;
	uint64_t epoch;	      /* being closed, or left by a crash when it was; 0: still running */
	struct pending flows; /* first packets of what is in the flow sets */
	struct pending overflow; /* all packets of what is not */
	struct names names;	 /* log prefixes and interfaces of the entries */
	struct packets packets;	 /* what is kept of the entries' packets */
	uint64_t dropped;	 /* packets that there was no memory for */

	struct writeahead *file; /* where they are kept; NULL: nowhere yet */
	struct details_kept kept;
	uint32_t *changed; /* overflow entries that are kept as they were before */
	size_t changed_count, changed_room;
	bool unkept; /* nothing is to be written ahead until their epoch is over */

	/* The prefix parsed last: most flows have the same. */
	uint16_t prefix_number;
	struct flow_prefix prefix;
	/* Likewise the names that came last. */
	uint16_t last_prefix, last_in, last_out;
};

/* Arguments as of pending_init(). */
void details_init(struct details *details, struct pending_budget *budget,
	const uint8_t hash_key[PENDING_HASH_KEY]);
/* Forget the packets. The file is the caller's (detaillog.h). */
void details_clear(struct details *details);
/* Nothing of any packet in it? */
bool details_empty(const struct details *details);
/* Is there something that is not on disk? */
bool details_unkept(const struct details *details);

/* When the first packet came that is not on disk (realtime ns); INT64_MAX: there is none. */
int64_t details_unkept_since(const struct details *details);
/* Copy what came at this time (realtime ns) or later. */
void details_take_since(struct details *details, const struct details *from, int64_t since);

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
