/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What logcount.c (rows) and logcount_pile.c (addresses that are not rows yet) share. */
#ifndef HEDATE_LOGCOUNT_IMPL_H
#define HEDATE_LOGCOUNT_IMPL_H

#include <stdbool.h>

#include "logcount.h"

struct entry {
	size_t key; /* offset in keys */
	uint32_t length, hash;
	uint64_t records, packets;
	uint64_t partial; /* packets of the pile, as far as they were looked at */
};

/* Keys of one length, 4 or 16 bytes, as they came: each batch has a key once. */
struct pile_entry {
	uint64_t packets;
	uint32_t records;
	uint8_t key[];
};
struct pile {
	uint8_t *entries; /* owned */
	size_t count, room;
};
#define PILES		   2 /* of the short keys, of the long ones */
#define LOGCOUNT_KEY_SHORT 4
#define LOGCOUNT_KEY_LONG  16

struct logcount {
	enum logcount_by by;
	struct logcount_totals totals;
	struct entry *entries;
	size_t count, room;
	uint8_t *keys; /* of all entries, one behind the other */
	size_t keys_used, keys_room;
	uint32_t *slots; /* number of an entry + 1; 0: free. A power of two, half of them free */
	size_t slot_count;
	uint64_t seed; /* who is blocked chooses addresses: not those that collide */
	struct pile piles[PILES];
	uint64_t batches;
	int64_t *bounds;	      /* owned; one more than spans */
	struct logcount_span *spans;  /* owned */
	size_t span_count, span_hint; /* hint: that of the last record */
};

/* A step of the hash of a key: one word of it after the other, and the end. */
static inline uint64_t logcount_mix(uint64_t value, uint64_t word)
{
	value = (value ^ word) * UINT64_C(0x9fb21c651e98df25);
	return value ^ value >> 29;
}
static inline uint32_t logcount_mixed(uint64_t value)
{
	return (uint32_t)(value * UINT64_C(0x9fb21c651e98df25) >> 32);
}
/* The row of this key, or NULL. */
struct entry *logcount_find(
	const struct logcount *count, const void *key, size_t length, uint32_t value);
/* The same, made if there is none. NULL: no memory. */
struct entry *logcount_row(struct logcount *count, const void *key, size_t length);

/* Make rows of what is in the pile: at least of the first limit ones. 0, or -ENOMEM. */
int logcount_settle(struct logcount *count, size_t limit);
void logcount_clear_piles(struct logcount *count);

#endif
