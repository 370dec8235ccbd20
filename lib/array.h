/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Arrays that grow item by item, and texts. Their owner keeps the list, how many items it has and
 * for how many there is room, and frees it with free(). */
#ifndef HEDATE_ARRAY_H
#define HEDATE_ARRAY_H

#include <stddef.h>

/* Room for one more item of size bytes, not 0, behind count of them; list is NULL and *room 0
 * before the first. The list, or where it is from now on, the new item's bytes undefined; NULL: out
 * of memory, and the list is as it was. */
void *array_reserve(void *list, size_t size, size_t count, size_t *room);

/* The same of a list that only ever grows by one: its room is the power of two that holds count. */
void *array_reserve_next(void *list, size_t size, size_t count);

/* Room for more bytes, and a NUL, behind the first length bytes of a text. As array_reserve(). */
char *array_reserve_text(char *text, size_t length, size_t more, size_t *room);

/* Put a piece behind a text of so many bytes, NULL for none, and a NUL behind it. 0; -ENOMEM: text
 * and length are as they were. */
int array_append_text(char **text, size_t *length, const char *piece);

#endif
