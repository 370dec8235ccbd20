/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a set of a rule set holds: its keys, its elements, their order. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "keyorder.h"
#include "ruleset.h"

/* ---- keys ---- */

void key_put(uint8_t *key, unsigned int *offset, enum field_type type, const void *value)
{
	const struct field_info *info = field_info(type);

	memset(key + *offset, 0, info->slot);
	memcpy(key + *offset, value, info->length);
	*offset += info->slot;
}

void key_put_u8(uint8_t *key, unsigned int *offset, enum field_type type, uint8_t value)
{
	key_put(key, offset, type, &value);
}

void key_put_be16(uint8_t *key, unsigned int *offset, enum field_type type, uint16_t host_value)
{
	uint8_t bytes[2] = { (uint8_t)(host_value >> 8), (uint8_t)host_value };

	key_put(key, offset, type, bytes);
}

void key_put_mark(uint8_t *key, unsigned int *offset, uint32_t mark)
{
	key_put(key, offset, FIELD_MARK, &mark);
}

void key_put_ifname(uint8_t *key, unsigned int *offset, const char *name)
{
	char padded[16] = { 0 };

	strncpy(padded, name, sizeof(padded) - 1);
	key_put(key, offset, FIELD_IFNAME, padded);
}

/* ---- elements ---- */

/* Elements grow together with their lines and timeouts. */
static int set_grow(struct set *set)
{
	size_t wanted = set->room ? set->room * 2 : 8;

	if (wanted > SIZE_MAX / set->stride)
		return -ENOMEM;
	uint8_t *elements = realloc(set->elements, wanted * set->stride);

	if (!elements)
		return -ENOMEM;
	set->elements = elements;
	if (set->lines) {
		unsigned int *lines = realloc(set->lines, wanted * sizeof(*lines));

		if (!lines)
			return -ENOMEM;
		set->lines = lines;
	}
	if (set->timeouts) {
		uint64_t *timeouts = realloc(set->timeouts, wanted * sizeof(*timeouts));

		if (!timeouts)
			return -ENOMEM;
		set->timeouts = timeouts;
	}
	set->room = wanted;
	return 0;
}

/* lines is made when the first known line comes. */
static int set_make_room(struct set *set, unsigned int line)
{
	if (set->count == set->room && set_grow(set) < 0)
		return -ENOMEM;
	if (line && !set->lines) {
		set->lines = calloc(set->room + 1, sizeof(*set->lines));
		if (!set->lines)
			return -ENOMEM;
	}
	return 0;
}

int set_add_element(struct set *set, const uint8_t *key, const uint8_t *key_end, uint32_t value,
	unsigned int line)
{
	uint8_t *element;

	if (set_make_room(set, line) < 0)
		return -ENOMEM;
	element = set->elements + set->count * set->stride;
	memcpy(element, key, set->key_length);
	element += set->key_length;
	if (set->flags & SET_INTERVAL) {
		memcpy(element, key_end, set->key_length);
		element += set->key_length;
	}
	if (set->flags & SET_MAP)
		memcpy(element, &value, sizeof(value));
	if (set->lines)
		set->lines[set->count] = line;
	if (set->timeouts)
		set->timeouts[set->count] = 0;
	set->count++;
	return 0;
}

int set_put_timeout(struct set *set, size_t index, uint64_t milliseconds)
{
	if (!set->timeouts) {
		set->timeouts = calloc(set->room + 1, sizeof(*set->timeouts));
		if (!set->timeouts)
			return -ENOMEM;
	}
	set->timeouts[index] = milliseconds;
	return 0;
}

/* ---- order ---- */

#define SWAP(a, b)                                                                                 \
	do {                                                                                       \
		void *swapped = (a);                                                               \
		(a) = (b);                                                                         \
		(b) = swapped;                                                                     \
	} while (0)

/* Elements, lines and timeouts must move together, so an order is sorted first and then applied.
 * Without memory for that the set stays as it is, unsorted: a comparison then finds differences
 * that are none, never the reverse. */
static void sort_elements(struct set *set)
{
	const struct keyorder by = { set->elements, set->stride, set->stride };
	uint32_t *order = malloc(set->count * sizeof(*order));
	uint8_t *elements = malloc(set->room * set->stride);
	unsigned int *lines = set->lines ? malloc(set->room * sizeof(*lines)) : NULL;
	uint64_t *timeouts = set->timeouts ? malloc(set->room * sizeof(*timeouts)) : NULL;

	if (!order || !elements || (set->lines && !lines) || (set->timeouts && !timeouts))
		goto out;
	for (uint32_t i = 0; i < set->count; i++)
		order[i] = i;
	if (keyorder_sort(&by, order, set->count) < 0)
		goto out;
	for (size_t i = 0; i < set->count; i++) {
		memcpy(elements + i * set->stride, set->elements + order[i] * (size_t)set->stride,
			set->stride);
		if (lines)
			lines[i] = set->lines[order[i]];
		if (timeouts)
			timeouts[i] = set->timeouts[order[i]];
	}
	SWAP(set->elements, elements);
	SWAP(set->lines, lines);
	SWAP(set->timeouts, timeouts);
out:
	free(order);
	free(elements);
	free(lines);
	free(timeouts);
}

static bool is_sorted(const struct set *set)
{
	for (size_t i = 1; i < set->count; i++)
		if (memcmp(set->elements + (i - 1) * set->stride, set->elements + i * set->stride,
			    set->stride) > 0)
			return false;
	return true;
}

void set_sort(struct set *set)
{
	if (!is_sorted(set))
		sort_elements(set);
}

void ruleset_sort(struct ruleset *ruleset)
{
	for (size_t i = 0; i < ruleset->set_count; i++)
		set_sort(&ruleset->sets[i]);
}
