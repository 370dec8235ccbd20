/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An epoch's messages to the recorder (recproto.h). All return what reclink_push() does. */
#ifndef HEDATE_FLOWPUSH_H
#define HEDATE_FLOWPUSH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "epochid.h"
#include "flowread.h"
#include "reclink.h"

struct flowpush_closed {
	uint64_t number;
	unsigned int generation;
	uint64_t packets, bytes; /* that its flow sets counted */
};
int flowpush_closed(struct reclink *link, const struct flowpush_closed *closed);

/* The epoch before next, which was counted in generation; with counts, or without. */
int flowpush_begin(struct reclink *link, const struct epoch_id *next, unsigned int generation,
	const char *revision, bool counts);
/* As many counts as the recorder takes at once, from *sent on, which is advanced. */
int flowpush_counts(struct reclink *link, const struct flowread_result *result, size_t *sent);
int flowpush_codes(struct reclink *link, const struct flowread_result *result);

struct flowpush_end {
	uint64_t number;
	uint64_t packets, bytes; /* counter blocked-<g> */
	uint64_t overflow;	 /* packets of counter overflow-<g> */
	uint64_t kernel;	 /* what the deny counters had reached at the switch */
};
int flowpush_end(struct reclink *link, const struct flowpush_end *end);

#endif
