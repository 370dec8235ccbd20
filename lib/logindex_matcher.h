/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What logindex_match.c (what is asked for) and logindex_columns.c (which rows have it) share. */
#ifndef HEDATE_LOGINDEX_MATCHER_H
#define HEDATE_LOGINDEX_MATCHER_H

#include "logindex_impl.h"

#define NUMBERS 65536 /* values of a column of 16 bits */
/* What a row loses when its fields are not those asked for. */
#define LOSE ((uint8_t)~ROW_FIELDS)

/* Bits: one of the ends of the path; and a record that names it, whatever its ends. */
#define END_FROM 1
#define END_TO	 2
#define NAMED	 4

struct matcher {
	uint8_t verdicts[NUMBERS];
	uint8_t rows[NUMBERS];
	/* Which end of the path that is asked for is a number of a table, or a kind? */
	uint8_t source_ends[NUMBERS], destination_ends[NUMBERS];
	uint8_t kind_source_ends[NUMBERS], kind_destination_ends[NUMBERS];
	struct kind *kinds; /* owned */
	size_t kinds_room;
	uint32_t kind_count;
};

/* Numbers of a table: from first on, count of them. */
struct numbers {
	uint32_t first, count;
};

/* Of count rows, those lose what ROW_FIELDS stands for whose number in a column is not among those
 * that are asked for. Columns and rows have room for a whole last step. */
void logindex_keep_numbers(
	uint8_t *rows, const uint16_t *column, size_t count, const struct numbers *asked);
/* In neither of two columns, each with its own numbers. */
void logindex_keep_either(uint8_t *rows, const uint16_t *sources, const uint16_t *destinations,
	size_t count, const struct numbers asked[2]);
/* In neither column of ports. */
void logindex_keep_port(struct matcher *matcher, const uint16_t *kind, const uint16_t *sport,
	const uint16_t *dport, size_t count, uint16_t asked);
/* That do not go from one end of the path to the other. */
void logindex_keep_path(struct matcher *matcher, const uint16_t *kind, const uint16_t *sources,
	const uint16_t *destinations, size_t count);
/* Outside of the filter's times: only what has none stays. */
void logindex_keep_times(
	uint8_t *rows, const int64_t *times, size_t count, const struct log_filter *filter);

#endif
