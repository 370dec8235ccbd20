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

static uint32_t hash_of(const struct pending *pending, const struct flow_key *key)
{
	uint64_t hash;
	crypto_shorthash((unsigned char *)&hash, (const unsigned char *)key, sizeof(*key),
		pending->hash_key);
	return (uint32_t)hash;
}

/* Where the key is, or the free slot where it would be. */
static struct pending_slot *find_slot(
	const struct pending *pending, const struct flow_key *key, uint32_t hash)
{
	size_t i = hash & (pending->slot_count - 1);
	for (;; i = (i + 1) & (pending->slot_count - 1)) {
		struct pending_slot *slot = &pending->slots[i];
		if (!slot->place ||
			(slot->hash == hash && memcmp(&pending->entries[slot->place - 1].key, key,
						       sizeof(*key)) == 0))
			return slot;
	}
}

struct pending_entry *pending_find(const struct pending *pending, const struct flow_key *key)
{
	if (pending->count == 0)
		return NULL;
	const struct pending_slot *slot = find_slot(pending, key, hash_of(pending, key));
	return slot->place ? &pending->entries[slot->place - 1] : NULL;
}

/* Into slots of which none is taken by the same key. */
static void move_slots(const struct pending *pending, struct pending_slot *slots, size_t count)
{
	for (size_t i = 0; i < pending->slot_count; i++) {
		const struct pending_slot *slot = &pending->slots[i];
		size_t to = slot->hash & (count - 1);
		while (slot->place && slots[to].place)
			to = (to + 1) & (count - 1);
		if (slot->place)
			slots[to] = *slot;
	}
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
	struct pending_slot *slots = calloc(room, SLOTS_A_ENTRY * sizeof(*slots));
	if (!slots)
		return -ENOMEM;
	move_slots(pending, slots, room * SLOTS_A_ENTRY);
	free(pending->slots);
	pending->slots = slots;
	pending->slot_count = room * SLOTS_A_ENTRY;
	pending->room = room;
	return 0;
}

static int add(struct pending *pending, const struct flow_key *key, uint32_t hash,
	struct pending_entry **ret_entry)
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
	struct pending_slot *slot = find_slot(pending, key, hash);
	slot->hash = hash;
	slot->place = (uint32_t)++pending->count;
	pending->budget->used++;
	*ret_entry = entry;
	return 0;
}

int pending_add(
	struct pending *pending, const struct flow_key *key, struct pending_entry **ret_entry)
{
	return add(pending, key, hash_of(pending, key), ret_entry);
}

int pending_take(
	struct pending *pending, const struct flow_key *key, struct pending_entry **ret_entry)
{
	uint32_t hash = hash_of(pending, key);
	const struct pending_slot *slot = pending->count ? find_slot(pending, key, hash) : NULL;
	if (!slot || !slot->place)
		return add(pending, key, hash, ret_entry);
	*ret_entry = &pending->entries[slot->place - 1];
	return 1;
}
