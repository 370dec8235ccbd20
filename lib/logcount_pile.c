/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Addresses whose sums came in batches, and which of them are rows.
 *
 * Millions of addresses with a packet each are what a flood of forged sources leaves. A table of
 * all of them is slow, as it fits in no cache, and of no use: wanted are the first few. So:
 *
 *	1. Make rows of the largest contributions alone. The sum of the limit-th of these rows is a
 *	   bound: who is among the first has no less.
 *	2. Whose sum over n batches reaches the bound has the n-th part of it in one batch at least.
 *	   Make rows of all that do.
 *	3. Add all contributions to the rows that there are now. Their sums are exact, and the rows
 *	   that are missing are not among the first.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "logcount_impl.h"

#define LARGE_MAX   8192       /* contributions looked at for the bound, about */
#define ENTRIES_MAX (8u << 20) /* in a pile; what is more makes rows of them at once */
#define FILTER_BITS 16

static size_t width_of(enum addr_family family)
{
	return addr_length(family);
}

/* Bytes from one entry of a pile to the next. */
static size_t stride_of(enum addr_family family)
{
	return family == ADDR_IPV4 ? 16 : 32;
}

static struct pile_entry *entry_at(const struct pile *pile, enum addr_family family, size_t i)
{
	return (struct pile_entry *)(void *)(pile->entries + i * stride_of(family));
}

void logcount_clear_piles(struct logcount *count)
{
	for (int i = 0; i < ADDR_FAMILIES; i++) {
		free(count->piles[i].entries);
		memset(&count->piles[i], 0, sizeof(count->piles[i]));
	}
	count->batches = 0;
}

void logcount_begin_batch(struct logcount *count)
{
	count->batches++;
}

static int make_room(struct pile *pile, enum addr_family family)
{
	size_t room = pile->room ? pile->room * 2 : 4096;
	uint8_t *entries;

	if (pile->count < pile->room)
		return 0;
	entries = reallocarray(pile->entries, room, stride_of(family));
	if (!entries)
		return -ENOMEM;
	pile->entries = entries;
	pile->room = room;
	return 0;
}

int logcount_add_address(struct logcount *count, enum addr_family family, const uint8_t *bytes,
	uint32_t records, uint64_t packets)
{
	struct pile *pile = &count->piles[family];
	struct pile_entry *entry;
	int r = pile->count < ENTRIES_MAX ? 0 : logcount_settle(count, SIZE_MAX);

	if (r == 0)
		r = make_room(pile, family);
	if (r < 0)
		return r;
	entry = entry_at(pile, family, pile->count++);
	entry->packets = packets;
	entry->records = records;
	memcpy(entry->key, bytes, width_of(family));
	count->totals.records += records;
	count->totals.packets += packets;
	return 0;
}

/* The bound ----------------------------------------------------------------------------------
 */

/* A power of two that about LARGE_MAX contributions reach. */
static uint64_t find_large(const struct logcount *count)
{
	size_t bits[65] = { 0 }, reached = 0;
	int i;

	for (int family = 0; family < ADDR_FAMILIES; family++) {
		const struct pile *pile = &count->piles[family];

		for (size_t j = 0; j < pile->count; j++) {
			uint64_t packets = entry_at(pile, (enum addr_family)family, j)->packets;

			bits[packets ? 64 - __builtin_clzll(packets) : 0]++;
		}
	}
	for (i = 64; i > 1 && reached + bits[i] <= LARGE_MAX; i--)
		reached += bits[i];
	return UINT64_C(1) << (i < 63 ? i : 63);
}

/* Make rows of contributions from first on, but below end. */
static int make_rows(struct logcount *count, uint64_t first, uint64_t end)
{
	for (int i = 0; i < ADDR_FAMILIES; i++) {
		enum addr_family family = (enum addr_family)i;
		const struct pile *pile = &count->piles[i];

		for (size_t j = 0; j < pile->count; j++) {
			const struct pile_entry *from = entry_at(pile, family, j);
			struct entry *row;

			if (from->packets < first || from->packets >= end)
				continue;
			row = logcount_row(count, from->key, width_of(family));
			if (!row)
				return -ENOMEM;
			row->partial += from->packets;
		}
	}
	return 0;
}

/* values: the largest ones so far, the smallest of them first. */
static void sift_down(uint64_t *values, size_t used)
{
	size_t at = 0;

	for (;;) {
		size_t child = 2 * at + 1;
		uint64_t moved;

		if (child >= used)
			return;
		if (child + 1 < used && values[child + 1] < values[child])
			child++;
		if (values[at] <= values[child])
			return;
		moved = values[at];
		values[at] = values[child];
		values[child] = moved;
		at = child;
	}
}

/* What the limit-th row has at least; 0: there are not so many. */
static int find_bound(const struct logcount *count, size_t limit, uint64_t *ret_bound)
{
	uint64_t *values;

	*ret_bound = 0;
	if (limit == 0 || count->count < limit)
		return 0;
	values = calloc(limit, sizeof(*values)); /* a heap, as all are equal */
	if (!values)
		return -ENOMEM;
	for (size_t i = 0; i < count->count; i++) {
		uint64_t value = count->entries[i].packets + count->entries[i].partial;

		if (value <= values[0])
			continue;
		values[0] = value;
		sift_down(values, limit);
	}
	*ret_bound = values[0];
	free(values);
	return 0;
}

/* The sums -----------------------------------------------------------------------------------
 */

/* A bit for the rows that there may be: most of the others are turned away by it. */
struct filter {
	uint64_t words[(1u << FILTER_BITS) / 64];
};

static void set_filter(struct filter *filter, const struct logcount *count)
{
	memset(filter, 0, sizeof(*filter));
	for (size_t i = 0; i < count->count; i++) {
		uint32_t bit = count->entries[i].hash >> (32 - FILTER_BITS);

		filter->words[bit / 64] |= UINT64_C(1) << bit % 64;
	}
}

static void add_pile(struct logcount *count, enum addr_family family, const struct filter *filter)
{
	const struct pile *pile = &count->piles[family];

	for (size_t i = 0; i < pile->count; i++) {
		const struct pile_entry *from = entry_at(pile, family, i);
		uint32_t value = logcount_hash(count, from->key, width_of(family));
		uint32_t bit = value >> (32 - FILTER_BITS);
		struct entry *row;

		if (!(filter->words[bit / 64] >> bit % 64 & 1))
			continue;
		row = logcount_find(count, from->key, width_of(family), value);
		if (!row)
			continue;
		row->records += from->records;
		row->packets += from->packets;
	}
}

static int choose_rows(struct logcount *count, size_t limit)
{
	uint64_t large = find_large(count), bound = 0, least;
	int r = make_rows(count, large, UINT64_MAX);

	if (r == 0)
		r = find_bound(count, limit, &bound);
	if (r < 0)
		return r;
	/* Rows that are counted already are another batch. */
	least = (bound + count->batches) / (count->batches + 1);
	return least < large ? make_rows(count, least, large) : 0;
}

int logcount_settle(struct logcount *count, size_t limit)
{
	struct filter *filter;
	int r;

	if (limit == 0)
		logcount_clear_piles(count);
	if (count->piles[ADDR_IPV4].count + count->piles[ADDR_IPV6].count == 0)
		return 0;
	filter = malloc(sizeof(*filter));
	r = filter ? choose_rows(count, limit) : -ENOMEM;
	if (r == 0) {
		set_filter(filter, count);
		add_pile(count, ADDR_IPV4, filter);
		add_pile(count, ADDR_IPV6, filter);
		for (size_t i = 0; i < count->count; i++)
			count->entries[i].partial = 0;
		logcount_clear_piles(count);
	}
	free(filter);
	return r;
}
