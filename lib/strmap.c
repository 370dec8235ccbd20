/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "strmap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ROOM_FIRST 64

/* FNV-1a. Names come from the administrator's own file, so nobody aims for collisions. */
static uint64_t hash(const char *key)
{
	uint64_t value = 14695981039346656037u;

	for (; *key; key++)
		value = (value ^ (uint8_t)*key) * 1099511628211u;
	return value ^ value >> 32;
}

void strmap_clear(struct strmap *map)
{
	free(map->slots);
	memset(map, 0, sizeof(*map));
}

/* The slot that holds key, or the free one where it would go. There is always a free one. */
static struct strmap_slot *slot_of(const struct strmap *map, const char *key, uint64_t value)
{
	size_t i = value & (map->room - 1);

	while (map->slots[i].key &&
		(map->slots[i].hash != value || strcmp(map->slots[i].key, key) != 0))
		i = (i + 1) & (map->room - 1);
	return &map->slots[i];
}

/* A slot for a key that the map does not hold yet. */
static struct strmap_slot *free_slot(const struct strmap *map, uint64_t value)
{
	size_t i = value & (map->room - 1);

	while (map->slots[i].key)
		i = (i + 1) & (map->room - 1);
	return &map->slots[i];
}

static int move(struct strmap *map, size_t room)
{
	struct strmap bigger = { .count = map->count, .room = room };

	bigger.slots = calloc(room, sizeof(*bigger.slots));
	if (!bigger.slots)
		return -ENOMEM;
	for (size_t i = 0; i < map->room; i++)
		if (map->slots[i].key)
			*free_slot(&bigger, map->slots[i].hash) = map->slots[i];
	free(map->slots);
	*map = bigger;
	return 0;
}

/* A quarter of the slots is always free. */
static bool has_room(size_t room, size_t count)
{
	return count <= room - room / 4;
}

int strmap_reserve(struct strmap *map, size_t more)
{
	size_t room = map->room ? map->room : ROOM_FIRST;

	while (!has_room(room, map->count + more))
		room *= 2;
	return room == map->room ? 0 : move(map, room);
}

int strmap_add(struct strmap *map, const char *key, size_t index)
{
	uint64_t value = hash(key);
	struct strmap_slot *slot;

	if (strmap_reserve(map, 1) < 0)
		return -ENOMEM;
	slot = slot_of(map, key, value);
	if (slot->key)
		return -EEXIST;
	slot->key = key;
	slot->hash = value;
	slot->index = index;
	map->count++;
	return 0;
}

bool strmap_find(const struct strmap *map, const char *key, size_t *ret_index)
{
	const struct strmap_slot *slot;

	if (map->room == 0)
		return false;
	slot = slot_of(map, key, hash(key));
	if (!slot->key)
		return false;
	*ret_index = slot->index;
	return true;
}
