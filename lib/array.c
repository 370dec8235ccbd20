/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "array.h"

#include <stdint.h>
#include <stdlib.h>

/* Twice as many items as count, or first. */
static void *enlarge(void *list, size_t size, size_t count, size_t first, size_t *ret_room)
{
	if (count > PTRDIFF_MAX / 2 / size)
		return NULL;
	*ret_room = count ? 2 * count : first;
	return realloc(list, *ret_room * size);
}

void *array_reserve(void *list, size_t size, size_t count, size_t *room)
{
	size_t more;
	void *grown;

	if (count < *room)
		return list;
	grown = enlarge(list, size, *room, 2, &more);
	if (grown)
		*room = more;
	return grown;
}

void *array_reserve_next(void *list, size_t size, size_t count)
{
	size_t room;

	return count & (count - 1) ? list : enlarge(list, size, count, 1, &room);
}
