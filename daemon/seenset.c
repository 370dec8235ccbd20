/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "seenset.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>

#define ROOM_FIRST 1024

_Static_assert(SEENSET_KEY == crypto_shorthash_KEYBYTES, "the hash's key");

void seenset_init(struct seenset *set)
{
	*set = (struct seenset){ 0 };
	randombytes_buf(set->key, sizeof(set->key));
}

void seenset_clear(struct seenset *set)
{
	free(set->slots);
	set->slots = NULL;
	set->count = set->room = 0;
}

/* Where the hash is, or the free slot where it would be. */
static uint64_t *find_slot(uint64_t *slots, size_t room, uint64_t hash)
{
	size_t i = hash & (room - 1);

	while (slots[i] && slots[i] != hash)
		i = (i + 1) & (room - 1);
	return &slots[i];
}

/* Never more than half full. */
static int make_room(struct seenset *set)
{
	size_t room = set->room ? 2 * set->room : ROOM_FIRST;

	if (set->count < set->room / 2)
		return 0;
	uint64_t *slots = calloc(room, sizeof(*slots));

	if (!slots)
		return -ENOMEM;
	for (size_t i = 0; i < set->room; i++)
		if (set->slots[i])
			*find_slot(slots, room, set->slots[i]) = set->slots[i];
	free(set->slots);
	set->slots = slots;
	set->room = room;
	return 0;
}

int seenset_add(struct seenset *set, const void *bytes, size_t length)
{
	uint64_t hash;
	int r = make_room(set);

	if (r < 0)
		return r;
	crypto_shorthash((unsigned char *)&hash, bytes, length, set->key);
	hash += hash == 0;
	uint64_t *slot = find_slot(set->slots, set->room, hash);

	if (*slot)
		return 1;
	*slot = hash;
	set->count++;
	return 0;
}
