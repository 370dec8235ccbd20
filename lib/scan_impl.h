/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What scan.c and scan_table.c share: who has tried what, in pools of fixed size. */
#ifndef HEDATE_SCAN_IMPL_H
#define HEDATE_SCAN_IMPL_H

#include <sodium.h>

#include "scan.h"

#define SCAN_NONE 0u /* index 0 of both pools is never used */

/* A target that a source has tried. In three lists: of its hash, of its source and of its age. */
struct scan_sighting {
	struct scan_target target;
	uint32_t source;
	int64_t time;
	uint32_t chain;		 /* next of the same hash; of the free ones */
	uint32_t older, newer;	 /* of the same source, by time */
	uint32_t before, behind; /* in its queue */
};

enum scan_queue {
	SCAN_QUEUE_SINGLE, /* of sources that had tried nothing else */
	SCAN_QUEUE_OTHER,
	SCAN_QUEUE_COUNT,
};

struct scan_suspect {
	struct scan_source id;
	uint32_t chain;		 /* next of the same hash; of the free ones; of the ended ones */
	uint32_t oldest, newest; /* sightings */
	uint32_t count;		 /* of them */
	bool scanning;
	uint8_t queue; /* of its only sighting, or SCAN_QUEUE_OTHER */
	int64_t since, last;
	uint64_t targets;
};

struct scan_list {
	uint32_t first, last;
};

struct scan {
	unsigned int targets;
	int64_t period;
	int64_t now; /* the latest time that was seen */
	uint8_t hash_key[crypto_shorthash_KEYBYTES];
	size_t sighting_room, source_room;   /* with index 0 */
	size_t sighting_count, source_count; /* that have ever been used */
	struct scan_sighting *sightings;     /* owned, as are the following */
	struct scan_suspect *sources;
	uint32_t *sighting_slots, *source_slots; /* heads of chains */
	size_t sighting_mask, source_mask;
	uint32_t free_sighting, free_source;
	struct scan_list queues[SCAN_QUEUE_COUNT];
	struct scan_list ended;
	uint64_t forgotten;
	struct scan_target *scratch; /* owned; room for what makes a scan */
};

/* The pools, for so many targets of a scan. 0, or -ENOMEM. */
int scan_pools_new(struct scan *scan, unsigned int targets);
void scan_pools_free(struct scan *scan);

/* Indexes, or SCAN_NONE. */
uint32_t scan_find_suspect(const struct scan *scan, const struct scan_source *id);
uint32_t scan_find_sighting(
	const struct scan *scan, uint32_t owner, const struct scan_target *target);

/* One that is not there yet; others are forgotten when there is no room. */
uint32_t scan_add_suspect(struct scan *scan, const struct scan_source *id);
/* Room for a sighting; what scan_add_sighting() needs. It may take away any suspect. */
void scan_make_room(struct scan *scan);
void scan_add_sighting(struct scan *scan, uint32_t owner, const struct scan_target *target);
/* Seen again: the newest. */
void scan_refresh(struct scan *scan, uint32_t index);
/* Take it away, and nothing else. */
void scan_release_sighting(struct scan *scan, uint32_t index);
/* Take it away, and its suspect when it is the last, or a scan when it has ended so. */
void scan_drop_sighting(struct scan *scan, uint32_t index);
void scan_release_suspect(struct scan *scan, uint32_t index);

#endif
