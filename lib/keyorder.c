/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * By counting, byte after byte from the last one (radix sort): keys of a rule set have names of
 * interfaces and prefixes in common, which comparing would go through again and again, and a byte
 * in which no two of them differ costs one look at it.
 */
#include "keyorder.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define BYTES 256

static uint8_t byte_of(const struct keyorder *keyorder, uint32_t number, size_t byte)
{
	return keyorder->keys[number * keyorder->stride + byte];
}

/* Where those with each value of the byte begin. False: all have the same. */
static bool find_places(const struct keyorder *keyorder, const uint32_t *order, size_t count,
	size_t byte, size_t places[BYTES])
{
	size_t place = 0;

	memset(places, 0, BYTES * sizeof(*places));
	for (size_t i = 0; i < count; i++)
		places[byte_of(keyorder, order[i], byte)]++;
	if (places[byte_of(keyorder, order[0], byte)] == count)
		return false;
	for (size_t value = 0; value < BYTES; value++) {
		size_t with_it = places[value];

		places[value] = place;
		place += with_it;
	}
	return true;
}

int keyorder_sort(const struct keyorder *keyorder, uint32_t *order, size_t count)
{
	uint32_t *from = order, *to, *other;
	size_t places[BYTES];

	if (count < 2)
		return 0;
	other = to = malloc(count * sizeof(*other));
	if (!other)
		return -ENOMEM;
	for (size_t byte = keyorder->length; byte-- > 0;) {
		uint32_t *swapped = from;

		if (!find_places(keyorder, from, count, byte, places))
			continue;
		for (size_t i = 0; i < count; i++)
			to[places[byte_of(keyorder, from[i], byte)]++] = from[i];
		from = to;
		to = swapped;
	}
	if (from != order)
		memcpy(order, from, count * sizeof(*order));
	free(other);
	return 0;
}
