/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pending.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define ENTRIES_FIRST 64
#define SLOTS_A_ENTRY 2 /* at least: never more than half full */

_Static_assert(PENDING_HASH_KEY == crypto_shorthash_KEYBYTES, "the hash's key");
_Static_assert(sizeof(struct pending_entry) <= 160, "entries are held by the hundred thousand");

void pending_init(struct pending *pending, struct pending_budget *budget,
	const uint8_t hash_key[PENDING_HASH_KEY])
{
	memset(pending, 0, sizeof(*pending));
	pending->budget = budget;
	memcpy(pending->hash_key, hash_key, PENDING_HASH_KEY);
}

void pending_clear(struct pending *pending)
{
	pending->budget->used -= pending->count;
	free(pending->entries);
	free(pending->slots);
	pending->entries = NULL;
	pending->slots = NULL;
	pending->count = pending->room = pending->slot_count = 0;
}

/* Where the key is, or the free slot where it would be. */
static size_t find_slot(const struct pending *pending, const struct flow_key *key)
{
	uint64_t hash;
	crypto_shorthash((unsigned char *)&hash, (const unsigned char *)key, sizeof(*key),
		pending->hash_key);
	size_t slot = (size_t)hash & (pending->slot_count - 1);
	while (pending->slots[slot] &&
		memcmp(&pending->entries[pending->slots[slot] - 1].key, key, sizeof(*key)) != 0)
		slot = (slot + 1) & (pending->slot_count - 1);
	return slot;
}

struct pending_entry *pending_find(const struct pending *pending, const struct flow_key *key)
{
	if (pending->count == 0)
		return NULL;
	uint32_t index = pending->slots[find_slot(pending, key)];
	return index ? &pending->entries[index - 1] : NULL;
}

/* Twice as many entries, and slots for them. On failure all is as it was. */
static int grow(struct pending *pending)
{
	size_t room = pending->room ? 2 * pending->room : ENTRIES_FIRST;
	struct pending_entry *entries =
		reallocarray(pending->entries, room, sizeof(*pending->entries));
	if (!entries)
		return -ENOMEM;
	pending->entries = entries;
	uint32_t *slots = calloc(room, SLOTS_A_ENTRY * sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	free(pending->slots);
	pending->slots = slots;
	pending->slot_count = room * SLOTS_A_ENTRY;
	pending->room = room;
	for (size_t i = 0; i < pending->count; i++)
		slots[find_slot(pending, &entries[i].key)] = (uint32_t)(i + 1);
	return 0;
}

int pending_add(
	struct pending *pending, const struct flow_key *key, struct pending_entry **ret_entry)
{
	if (pending->budget->used >= pending->budget->limit)
		return -ENOSPC;
	if (pending->count == pending->room) {
		int r = grow(pending);
		if (r < 0)
			return r;
	}
	struct pending_entry *entry = &pending->entries[pending->count];
	memset(entry, 0, sizeof(*entry));
	entry->key = *key;
	size_t slot = find_slot(pending, key);
	pending->slots[slot] = (uint32_t)++pending->count;
	pending->budget->used++;
	*ret_entry = entry;
	return 0;
}
