/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A hash map from strings to indexes. Keys are borrowed: they must stay where they are, unchanged,
 * for as long as the map is used. Nothing is ever taken out.
 */
#ifndef HEDATE_STRMAP_H
#define HEDATE_STRMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct strmap_slot {
	const char *key; /* NULL: free */
	uint64_t hash;	 /* of the key: it need not be looked at again when the map grows */
	size_t index;
};

/* All zero is an empty map. */
struct strmap {
	struct strmap_slot *slots;
	size_t count, room; /* room is 0 or a power of two */
};

void strmap_clear(struct strmap *map); /* frees; the map is empty afterwards */
/* Room for so many more, so that it need not grow in between. 0, or -ENOMEM. */
int strmap_reserve(struct strmap *map, size_t more);
/* 0, -EEXIST (nothing changed), -ENOMEM. */
int strmap_add(struct strmap *map, const char *key, size_t index);
bool strmap_find(const struct strmap *map, const char *key, size_t *ret_index);

#endif
