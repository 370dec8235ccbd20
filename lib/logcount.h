/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How many records and packets, in all and by one of their fields: what "hedate log --count" and
 * "--top" say. Losses (LOG_CLASS_LOSS) are counted apart: what they stand for may have belonged to
 * any of the rows.
 */
#ifndef HEDATE_LOGCOUNT_H
#define HEDATE_LOGCOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "logrecord.h"

enum logcount_by {
	LOGCOUNT_ALL, /* no rows, only totals */
	LOGCOUNT_SOURCE,
	LOGCOUNT_DESTINATION,
	LOGCOUNT_PORT, /* protocol and destination port */
	LOGCOUNT_PAIR, /* of zones */
	LOGCOUNT_REASON,
	LOGCOUNT_BY_COUNT,
	LOGCOUNT_TIME = LOGCOUNT_BY_COUNT, /* no rows either: spans of time, logcount_set_spans() */
};

struct logcount_totals {
	uint64_t records, packets;     /* of all but losses */
	uint64_t losses, lost_packets; /* records of losses, what they stand for */
};

#define LOGCOUNT_TEXT_MAX 128 /* a part of a row's name, with its NUL */

/* A row, by name: one part, or two (PORT: protocol and port; PAIR: from and to). Both are "" for
 * the records that do not have the field, a port also for a protocol without any. */
struct logcount_row {
	char name[LOGCOUNT_TEXT_MAX], second[LOGCOUNT_TEXT_MAX];
	uint64_t records, packets;
};

struct logcount;

/* 0, or -ENOMEM. */
int logcount_new(enum logcount_by by, struct logcount **ret_count);
void logcount_free(struct logcount *count); /* accepts NULL */
enum logcount_by logcount_of(const struct logcount *count);

/* Count a record. 0, or -ENOMEM. */
int logcount_add(struct logcount *count, const struct log_record *record);

/* What a row is known by: made by the functions below, the same for the same row. */
struct logcount_key {
	uint8_t bytes[2 * LOGCOUNT_TEXT_MAX];
	size_t length; /* 0: the field is not there */
};
void logcount_key_address(struct logcount_key *ret_key, const struct addr *addr);
/* Of the protocol's name, which may be NULL, the first 12 bytes count. port < 0: it has none. */
void logcount_key_port(struct logcount_key *ret_key, const char *protocol, int port);
/* What is too long is cut off. Parts may be NULL; second only with LOGCOUNT_PAIR. */
void logcount_key_text(struct logcount_key *ret_key, const char *name, const char *second);

/* Count many at once, for who knows sums already: into a row, which also goes into the totals; or
 * losses, which are of none. 0, or -ENOMEM. */
int logcount_add_many(
	struct logcount *count, const struct logcount_key *key, uint64_t records, uint64_t packets);
void logcount_add_losses(struct logcount *count, uint64_t losses, uint64_t packets);

/*
 * The same for addresses and ports, of which there may be millions with a packet or two. They come
 * in batches; within a batch, each comes once. They are made rows only when it turns out that they
 * could be among the first (logcount_top).
 */
void logcount_begin_batch(struct logcount *count);
int logcount_add_batched(
	struct logcount *count, const struct logcount_key *key, uint32_t records, uint64_t packets);

/* Records and packets in one number, for sums of up to 65535 records and 2^48 - 1 packets. */
#define LOGCOUNT_SUM_RECORD (UINT64_C(1) << 48)
/* Count a batch, or a part of it: number addresses of a family, one behind the other, and the sum
 * of each; 0: this one is not counted. 0, or -ENOMEM. */
int logcount_add_addresses(struct logcount *count, enum addr_family family,
	const uint8_t *addresses, const uint64_t *sums, size_t number);

struct logcount_totals logcount_totals(const struct logcount *count);

/* The rows with the most packets, most first; equal ones by records, then by name. Up to limit,
 * owned by the caller. Other rows may be forgotten: nothing is counted any more afterwards, nor
 * more rows asked for. 0, or -ENOMEM. */
int logcount_top(
	struct logcount *count, size_t limit, struct logcount_row **ret_rows, size_t *ret_count);

/* LOGCOUNT_TIME -------------------------------------------------------------------------------
 */

/* Losses have a time, too: they are in the span in which they were recorded. */
struct logcount_span {
	uint64_t records, packets, losses, lost_packets;
};

/* Before anything is counted: the spans, from bounds[i] to before bounds[i + 1] (realtime ns,
 * ascending; number + 1 of them, copied). What lies in none is only in the totals. 0, or -ENOMEM.
 */
int logcount_set_spans(struct logcount *count, const int64_t *bounds, size_t number);
/* Borrowed; of as many as were set. */
const struct logcount_span *logcount_spans(const struct logcount *count);
/* The number of the span that a time lies in; SIZE_MAX: of none. */
size_t logcount_span_of(const struct logcount *count, int64_t time);
/* Count many at once into a span (SIZE_MAX: into the totals alone). */
void logcount_add_to_span(
	struct logcount *count, size_t span, bool losses, uint64_t records, uint64_t packets);

#endif
