/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "array.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_FIRST 512

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

char *array_reserve_text(char *text, size_t length, size_t more, size_t *room)
{
	size_t wanted = *room ? *room : TEXT_FIRST;
	char *grown;

	if (more >= PTRDIFF_MAX / 2 - length)
		return NULL;
	while (wanted - length <= more)
		wanted *= 2;
	if (wanted == *room)
		return text;
	grown = realloc(text, wanted);
	if (grown)
		*room = wanted;
	return grown;
}

int array_append_text(char **text, size_t *length, const char *piece)
{
	size_t more = strlen(piece);
	char *grown = realloc(*text, *length + more + 1);

	if (!grown)
		return -ENOMEM;
	memcpy(grown + *length, piece, more + 1);
	*text = grown;
	*length += more;
	return 0;
}
