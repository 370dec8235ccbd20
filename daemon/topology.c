/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "topology.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/array.h"

static void clear_places(struct topology_places *places)
{
	strmap_clear(&places->by_interface);
	free(places->items);
	memset(places, 0, sizeof(*places));
}

void topology_clear(struct topology *topology)
{
	clear_places(&topology->places);
	clear_places(&topology->next.places);
	for (size_t i = 0; i < topology->code_room; i++)
		free(topology->codes[i].reason);
	free(topology->codes);
	memset(topology, 0, sizeof(*topology));
}

int topology_begin(struct topology *topology, const char *revision)
{
	if (strlen(revision) >= sizeof(topology->next.revision))
		return -EINVAL;
	clear_places(&topology->next.places);
	memcpy(topology->next.revision, revision, strlen(revision) + 1);
	return 0;
}

int topology_add_place(struct topology *topology, const struct topology_place *place)
{
	struct topology_places *places = &topology->next.places;
	if (places->count == TOPOLOGY_PLACES_MAX)
		return -ENOSPC;
	struct topology_place *items =
		array_reserve(places->items, sizeof(*items), places->count, &places->room);

	if (!items)
		return -ENOMEM;
	places->items = items;
	places->items[places->count++] = *place;
	return 0;
}

int topology_end(struct topology *topology)
{
	struct topology_places *places = &topology->next.places;
	/* Only now: the map borrows the names, which do not move any more. */
	for (size_t i = 0; i < places->count; i++) {
		int r = strmap_add(&places->by_interface, places->items[i].interface, i);
		if (r < 0 && r != -EEXIST)
			return r;
	}
	clear_places(&topology->places);
	topology->places = *places;
	memset(places, 0, sizeof(*places));
	memcpy(topology->revision, topology->next.revision, sizeof(topology->revision));
	return 0;
}

const struct topology_place *topology_find_place(
	const struct topology *topology, const char *interface)
{
	size_t index;
	if (!strmap_find(&topology->places.by_interface, interface, &index))
		return NULL;
	return &topology->places.items[index];
}

/* Codes are digests: they need no hash. */
static size_t find_code(const struct topology_code *codes, size_t room, uint32_t code)
{
	size_t slot = code & (room - 1);
	while (codes[slot].reason && codes[slot].code != code)
		slot = (slot + 1) & (room - 1);
	return slot;
}

static int grow_codes(struct topology *topology)
{
	size_t room = topology->code_room ? 2 * topology->code_room : 64;
	if (topology->code_count >= TOPOLOGY_CODES_MAX)
		return -ENOSPC;
	struct topology_code *codes = calloc(room, sizeof(*codes));
	if (!codes)
		return -ENOMEM;
	for (size_t i = 0; i < topology->code_room; i++)
		if (topology->codes[i].reason)
			codes[find_code(codes, room, topology->codes[i].code)] = topology->codes[i];
	free(topology->codes);
	topology->codes = codes;
	topology->code_room = room;
	return 0;
}

int topology_add_code(struct topology *topology, uint32_t code, const char *reason,
	const char *from, const char *to)
{
	size_t reason_size = strlen(reason) + 1, from_size = strlen(from) + 1;
	size_t to_size = strlen(to) + 1;
	if (2 * (topology->code_count + 1) > topology->code_room) {
		int r = grow_codes(topology);
		if (r < 0)
			return r;
	}
	struct topology_code *slot =
		&topology->codes[find_code(topology->codes, topology->code_room, code)];
	if (slot->reason)
		return 0; /* a code always stands for the same */
	char *text = malloc(reason_size + from_size + to_size);
	if (!text)
		return -ENOMEM;
	memcpy(text, reason, reason_size);
	memcpy(text + reason_size, from, from_size);
	memcpy(text + reason_size + from_size, to, to_size);
	*slot = (struct topology_code){
		.code = code,
		.reason = text,
		.from = text + reason_size,
		.to = text + reason_size + from_size,
	};
	topology->code_count++;
	return 0;
}

const struct topology_code *topology_find_code(const struct topology *topology, uint32_t code)
{
	if (topology->code_room == 0)
		return NULL;
	const struct topology_code *slot =
		&topology->codes[find_code(topology->codes, topology->code_room, code)];
	return slot->reason ? slot : NULL;
}
