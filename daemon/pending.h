/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What NFLOG told of blocked packets whose epoch is not closed yet, by flow. Open addressing with
 * a keyed hash: whoever chooses addresses and ports cannot choose where they fall.
 */
#ifndef HEDATE_PENDING_H
#define HEDATE_PENDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../lib/addrset.h"
#include "../lib/flowkey.h"

enum pending_flags {
	PENDING_MAC = 1 << 0,
	PENDING_PORTS = 1 << 1,
	PENDING_TCP_FLAGS = 1 << 2,
	PENDING_ICMP = 1 << 3,
	PENDING_BOOTTIME = 1 << 4,
	PENDING_USED = 1 << 5,	  /* its flow has been written in the epoch that is being closed */
	PENDING_CHANGED = 1 << 6, /* since it was written ahead */
};

/* Of a flow's first packet. Names are numbers in the generation's struct names. */
struct pending_entry {
	struct flow_key key;
	uint32_t length;
	int64_t start; /* realtime ns */
	int64_t boottime;
	int64_t end;		 /* of the last packet seen: overflow only */
	uint64_t packets, bytes; /* seen: overflow only, the kernel counts all others */
	uint16_t prefix, interface_in, interface_out;
	uint16_t sport, dport;
	uint8_t mac[MAC_LENGTH];
	uint8_t flags; /* enum pending_flags */
	uint8_t tcp_flags, icmp_type, icmp_code;
	uint32_t packet; /* its place in the generation's struct packets, 0: none */
};

/* Entries that several tables share. */
struct pending_budget {
	size_t used, limit;
};

#define PENDING_HASH_KEY 16

/* With part of the hash, so that entries that are not meant need not be looked at. */
struct pending_slot {
	uint32_t hash;
	uint32_t place; /* 0: free, else index + 1 */
};

struct pending {
	struct pending_entry *entries; /* in the order they came */
	size_t count, room;
	struct pending_slot *slots; /* slot_count is 0 or a power of two */
	size_t slot_count;
	uint8_t hash_key[PENDING_HASH_KEY];
	struct pending_budget *budget;
};

/* budget is borrowed. hash_key: random bytes. */
void pending_init(struct pending *pending, struct pending_budget *budget,
	const uint8_t hash_key[PENDING_HASH_KEY]);
/* Forget all and free the memory. */
void pending_clear(struct pending *pending);

/* NULL: no such flow. Valid until the next pending_add(). */
struct pending_entry *pending_find(const struct pending *pending, const struct flow_key *key);
/* Add an entry that is not there yet, all zero but for its key. 0; -ENOSPC past the budget;
 * -ENOMEM. */
int pending_add(
	struct pending *pending, const struct flow_key *key, struct pending_entry **ret_entry);
/* Find it (1), or add it (0, or as above). */
int pending_take(
	struct pending *pending, const struct flow_key *key, struct pending_entry **ret_entry);

#endif
