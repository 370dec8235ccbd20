/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A hash table with open addressing; nothing is ever taken out. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "replay_impl.h"

/* FNV-1a; whoever made the capture may make collisions, which cost time in proportion to its
 * flows, and those are bounded. */
uint64_t replay_hash(const void *bytes, size_t length)
{
	const uint8_t *byte = bytes;
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ byte[i]) * UINT64_C(0x100000001b3);
	return hash ^ hash >> 32;
}

void replay_table_clear(struct replay_table *table)
{
	free(table->slots);
	*table = (struct replay_table){ 0 };
}

static size_t find_slot(const struct replay_table *table, const struct replay_tuple *tuple)
{
	size_t index = replay_hash(tuple, sizeof(*tuple)) & (table->room - 1);

	while (table->slots[index].flow != 0 &&
		memcmp(&table->slots[index].tuple, tuple, sizeof(*tuple)) != 0)
		index = (index + 1) & (table->room - 1);
	return index;
}

bool replay_table_find(
	const struct replay_table *table, const struct replay_tuple *tuple, size_t *ret_flow)
{
	size_t index;

	if (table->room == 0)
		return false;
	index = find_slot(table, tuple);
	if (table->slots[index].flow == 0)
		return false;
	*ret_flow = table->slots[index].flow - 1;
	return true;
}

static int grow(struct replay_table *table)
{
	struct replay_table larger = { .count = table->count,
		.room = table->room ? table->room * 2 : 1024 };

	larger.slots = calloc(larger.room, sizeof(*larger.slots));
	if (larger.slots == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < table->room; i++)
		if (table->slots[i].flow != 0)
			larger.slots[find_slot(&larger, &table->slots[i].tuple)] = table->slots[i];
	free(table->slots);
	*table = larger;
	return 0;
}

int replay_table_add(struct replay_table *table, const struct replay_tuple *tuple, size_t flow)
{
	size_t index;
	int error = table->count * 2 >= table->room ? grow(table) : 0;

	if (error < 0)
		return error;
	index = find_slot(table, tuple);
	table->slots[index].tuple = *tuple;
	table->slots[index].flow = (uint32_t)flow + 1;
	table->count++;
	return 0;
}
