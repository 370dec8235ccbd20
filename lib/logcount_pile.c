/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keys whose sums came in batches, and which of them are rows.
 *
 * Millions of addresses with a packet each are what a flood of forged sources leaves. A table of
 * all of them is slow, as it fits in no cache, and of no use: wanted are the first few. So:
 *
 *	1. Make rows of the largest contributions alone. The sum of the limit-th of these rows is a
 *	   bound: who is among the first has no less.
 *	2. Make rows of all whose sum could reach the bound. Whose sum over n batches does, has the
 *	   n-th part of it in one batch at least. Where that says too little, as there are many
 *	   such: contributions are added up by some bits of the hash of their keys. Each key has its
 *	   sum there, and maybe others'; where that does not reach the bound, the key does not.
 *	3. Add all contributions to the rows that there are now. Their sums are exact, and the rows
 *	   that are missing are not among the first.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "logcount_impl.h"

#define LARGE_MAX	8192 /* contributions that are made rows without another look, about */
#define ENTRIES_MAX	(8u << 20) /* in a pile; what is more makes rows of them at once */
#define FILTER_BITS	16
#define SKETCH_BITS_MIN 12
#define SKETCH_BITS_MAX 20 /* what is over a processor's own cache is slow */

static size_t width_of(int pile)
{
	return pile == 0 ? LOGCOUNT_KEY_SHORT : LOGCOUNT_KEY_LONG;
}

/* Bytes from one entry of a pile to the next. */
static size_t stride_of(int pile)
{
	return pile == 0 ? 16 : 32;
}

static struct pile_entry *entry_at(const struct pile *pile, size_t stride, size_t i)
{
	return (struct pile_entry *)(void *)(pile->entries + i * stride);
}

void logcount_clear_piles(struct logcount *count)
{
	for (int i = 0; i < PILES; i++) {
		free(count->piles[i].entries);
		memset(&count->piles[i], 0, sizeof(count->piles[i]));
	}
	count->batches = 0;
}

void logcount_begin_batch(struct logcount *count)
{
	count->batches++;
}

/* The same as hash_key() of logcount.c, without a loop. */
static inline uint32_t hash_of(const struct logcount *count, const uint8_t *key, int pile)
{
	uint64_t words[2] = { 0 };

	memcpy(words, key, pile == 0 ? LOGCOUNT_KEY_SHORT : LOGCOUNT_KEY_LONG);
	uint64_t value = logcount_mix(count->seed ^ width_of(pile), words[0]);

	return logcount_mixed(pile == 0 ? value : logcount_mix(value, words[1]));
}

static int make_room(struct pile *pile, size_t stride, size_t more)
{
	size_t room = pile->room ? pile->room : 4096;
	uint8_t *entries;

	if (more <= pile->room - pile->count)
		return 0;
	while (room - pile->count < more)
		room *= 2;
	entries = reallocarray(pile->entries, room, stride);
	if (!entries)
		return -ENOMEM;
	pile->entries = entries;
	pile->room = room;
	return 0;
}

int logcount_add_batched(
	struct logcount *count, const struct logcount_key *key, uint32_t records, uint64_t packets)
{
	int which = key->length == LOGCOUNT_KEY_SHORT ? 0 : 1, r;
	struct pile *pile = &count->piles[which];
	struct pile_entry *entry;

	if (key->length != width_of(which))
		return logcount_add_many(count, key, records, packets);
	r = pile->count < ENTRIES_MAX ? 0 : logcount_settle(count, SIZE_MAX);
	if (r == 0)
		r = make_room(pile, stride_of(which), 1);
	if (r < 0)
		return r;
	entry = entry_at(pile, stride_of(which), pile->count++);
	entry->packets = packets;
	entry->records = records;
	memcpy(entry->key, key->bytes, key->length);
	count->totals.records += records;
	count->totals.packets += packets;
	return 0;
}

int logcount_add_addresses(struct logcount *count, enum addr_family family,
	const uint8_t *addresses, const uint64_t *sums, size_t number)
{
	const int which = family == ADDR_IPV4 ? 0 : 1;
	const size_t stride = stride_of(which), width = width_of(which);
	struct pile *pile = &count->piles[which];
	uint64_t records = 0, packets = 0;
	int r = pile->count < ENTRIES_MAX ? 0 : logcount_settle(count, SIZE_MAX);

	if (r == 0)
		r = make_room(pile, stride, number);
	if (r < 0)
		return r;
	size_t used = pile->count;

	for (size_t i = 0; i < number; i++) {
		struct pile_entry *entry = entry_at(pile, stride, used);

		if (sums[i] == 0)
			continue;
		entry->records = (uint32_t)(sums[i] / LOGCOUNT_SUM_RECORD);
		entry->packets = sums[i] % LOGCOUNT_SUM_RECORD;
		memcpy(entry->key, addresses + i * width, width);
		records += entry->records;
		packets += entry->packets;
		used++;
	}
	pile->count = used;
	count->totals.records += records;
	count->totals.packets += packets;
	return 0;
}

/* The bound ----------------------------------------------------------------------------------
 */

/* How many contributions have so many binary digits. */
struct sizes {
	size_t count[65];
};

static int digits(uint64_t packets)
{
	return packets ? 64 - __builtin_clzll(packets) : 0;
}

static void measure(const struct logcount *count, struct sizes *ret_sizes)
{
	memset(ret_sizes, 0, sizeof(*ret_sizes));
	for (int i = 0; i < PILES; i++)
		for (size_t j = 0; j < count->piles[i].count; j++)
			ret_sizes->count[digits(
				entry_at(&count->piles[i], stride_of(i), j)->packets)]++;
}

/* A power of two that about LARGE_MAX contributions reach. */
static uint64_t find_large(const struct sizes *sizes)
{
	size_t reached = 0;
	int i = 64;

	for (; i > 1 && reached + sizes->count[i] <= LARGE_MAX; i--)
		reached += sizes->count[i];
	return UINT64_C(1) << (i < 63 ? i : 63);
}

/* How many reach this, or the power of two below it? */
static size_t count_reaching(const struct sizes *sizes, uint64_t packets)
{
	size_t reached = 0;

	for (int i = digits(packets); i <= 64; i++)
		reached += sizes->count[i];
	return reached;
}

/* Make rows of contributions from first on, but below end. */
static int make_rows(struct logcount *count, uint64_t first, uint64_t end)
{
	for (int i = 0; i < PILES; i++) {
		for (size_t j = 0; j < count->piles[i].count; j++) {
			const struct pile_entry *from = entry_at(&count->piles[i], stride_of(i), j);
			struct entry *row;

			if (from->packets < first || from->packets >= end)
				continue;
			row = logcount_row(count, from->key, width_of(i));
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

/* Who could reach it ---------------------------------------------------------------------------
 */

/* Sums by the first bits of hashes: a quarter as many as there are contributions. */
struct sketch {
	uint32_t *sums; /* owned */
	unsigned int bits;
};

static uint32_t *sum_of(const struct sketch *sketch, uint32_t hash)
{
	return &sketch->sums[hash >> (32 - sketch->bits)];
}

static int new_sketch(const struct logcount *count, struct sketch *ret_sketch)
{
	size_t entries = count->piles[0].count + count->piles[1].count;
	unsigned int bits = SKETCH_BITS_MIN;

	while (bits < SKETCH_BITS_MAX && entries >> (bits + 2) > 1)
		bits++;
	*ret_sketch = (struct sketch){ calloc((size_t)1 << bits, sizeof(uint32_t)), bits };
	return ret_sketch->sums ? 0 : -ENOMEM;
}

static uint32_t capped(uint64_t packets)
{
	return packets < UINT32_MAX ? (uint32_t)packets : UINT32_MAX;
}

static void add_sums(const struct logcount *count, const struct sketch *sketch)
{
	for (size_t i = 0; i < count->count; i++) { /* that are rows already */
		uint32_t *sum = sum_of(sketch, count->entries[i].hash);

		*sum = capped((uint64_t)*sum + count->entries[i].packets);
	}
	for (int i = 0; i < PILES; i++) {
		for (size_t j = 0; j < count->piles[i].count; j++) {
			const struct pile_entry *from = entry_at(&count->piles[i], stride_of(i), j);
			uint32_t *sum = sum_of(sketch, hash_of(count, from->key, i));

			*sum = capped((uint64_t)*sum + capped(from->packets));
		}
	}
}

static int make_rows_by_sums(struct logcount *count, const struct sketch *sketch, uint64_t bound)
{
	add_sums(count, sketch);
	for (int i = 0; i < PILES; i++) {
		for (size_t j = 0; j < count->piles[i].count; j++) {
			const struct pile_entry *from = entry_at(&count->piles[i], stride_of(i), j);
			uint32_t hash = hash_of(count, from->key, i);

			if (*sum_of(sketch, hash) >= capped(bound) &&
				!logcount_row(count, from->key, width_of(i)))
				return -ENOMEM;
		}
	}
	return 0;
}

static int choose_rows(struct logcount *count, size_t limit)
{
	uint64_t large, bound = 0, least;
	struct sizes sizes;
	struct sketch sketch;
	int r;

	measure(count, &sizes);
	large = find_large(&sizes);
	r = make_rows(count, large, UINT64_MAX);
	if (r == 0)
		r = find_bound(count, limit, &bound);
	if (r < 0)
		return r;
	/* Rows that are counted already are another batch. */
	least = (bound + count->batches) / (count->batches + 1);
	if (least >= large)
		return 0;
	if (bound == 0 || count_reaching(&sizes, least) <= 2 * LARGE_MAX)
		return make_rows(count, least, large);
	r = new_sketch(count, &sketch);
	if (r == 0)
		r = make_rows_by_sums(count, &sketch, bound);
	free(sketch.sums);
	return r;
}

/* The sums ------------------------------------------------------------------------------------
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

static void add_pile(struct logcount *count, int which, const struct filter *filter)
{
	const struct pile *pile = &count->piles[which];

	for (size_t i = 0; i < pile->count; i++) {
		const struct pile_entry *from = entry_at(pile, stride_of(which), i);
		uint32_t value = hash_of(count, from->key, which);
		uint32_t bit = value >> (32 - FILTER_BITS);
		struct entry *row;

		if (!(filter->words[bit / 64] >> bit % 64 & 1))
			continue;
		row = logcount_find(count, from->key, width_of(which), value);
		if (!row)
			continue;
		row->records += from->records;
		row->packets += from->packets;
	}
}

int logcount_settle(struct logcount *count, size_t limit)
{
	struct filter *filter;
	int r;

	if (limit == 0)
		logcount_clear_piles(count);
	if (count->piles[0].count + count->piles[1].count == 0)
		return 0;
	filter = malloc(sizeof(*filter));
	r = filter ? choose_rows(count, limit) : -ENOMEM;
	if (r == 0) {
		set_filter(filter, count);
		for (int i = 0; i < PILES; i++)
			add_pile(count, i, filter);
		for (size_t i = 0; i < count->count; i++)
			count->entries[i].partial = 0;
		logcount_clear_piles(count);
	}
	free(filter);
	return r;
}
