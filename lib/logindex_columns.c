/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Going through columns, each in one loop that the compiler can turn into vector instructions. */
#include "logindex_matcher.h"

#define STRIDE 64 /* rows at once; columns have room for it */

/* Is a number among these? As numbers without a sign, one comparison. */
static inline int among(uint16_t number, uint16_t first, uint16_t count)
{
	return (uint16_t)(number - first) < count;
}

void logindex_keep_numbers(
	uint8_t *rows, const uint16_t *column, size_t count, const struct numbers *asked)
{
	uint16_t first = (uint16_t)asked->first, length = (uint16_t)asked->count;

	for (size_t i = 0; i < count; i += STRIDE)
		for (size_t j = i; j < i + STRIDE; j++)
			rows[j] &= among(column[j], first, length) ? 0xff : LOSE;
}

void logindex_keep_either(uint8_t *rows, const uint16_t *sources, const uint16_t *destinations,
	size_t count, const struct numbers asked[2])
{
	uint16_t first = (uint16_t)asked[0].first, length = (uint16_t)asked[0].count;
	uint16_t second = (uint16_t)asked[1].first, width = (uint16_t)asked[1].count;

	for (size_t i = 0; i < count; i += STRIDE)
		for (size_t j = i; j < i + STRIDE; j++)
			rows[j] &= (among(sources[j], first, length) |
					   among(destinations[j], second, width))
					   ? 0xff
					   : LOSE;
}

/* A port of 0 stands for none, too: then the kind says which. */
void logindex_keep_port(struct matcher *matcher, const uint16_t *kind, const uint16_t *sport,
	const uint16_t *dport, size_t count, uint16_t asked)
{
	uint8_t *rows = matcher->rows;

	for (size_t i = 0; i < count; i += STRIDE)
		for (size_t j = i; j < i + STRIDE; j++)
			rows[j] &= ((sport[j] == asked) | (dport[j] == asked)) ? 0xff : LOSE;
	for (size_t i = 0; i < count && asked == 0; i++) {
		const struct kind *of = &matcher->kinds[kind[i]];

		if (kind[i] < matcher->kind_count && !(of->has_sport && sport[i] == 0) &&
			!(of->has_dport && dport[i] == 0))
			rows[i] &= LOSE;
	}
}

void logindex_keep_path(struct matcher *matcher, const uint16_t *kind, const uint16_t *sources,
	const uint16_t *destinations, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		uint8_t from =
			matcher->source_ends[sources[i]] | matcher->kind_source_ends[kind[i]];
		uint8_t to = matcher->destination_ends[destinations[i]] |
			     matcher->kind_destination_ends[kind[i]];

		if (!(from & NAMED) && !((from & END_FROM) && (to & END_TO)) &&
			!((from & END_TO) && (to & END_FROM)))
			matcher->rows[i] &= LOSE;
	}
}

void logindex_keep_times(
	uint8_t *rows, const int64_t *times, size_t count, const struct log_filter *filter)
{
	for (size_t i = 0; i < count; i++)
		if (times[i] < filter->since || times[i] >= filter->until)
			rows[i] &= ROW_TIMELESS;
}
