/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Repairs that never end: somebody changes the table as often as it is put right. The first
 * STORM_REPAIRS of a period are made at once and are each on record. After that there is a pause
 * before each, which grows and has an end, and the record says how many there were.
 */
#ifndef HEDATE_STORM_H
#define HEDATE_STORM_H

#include <stdbool.h>
#include <stdint.h>

#define STORM_REPAIRS	   20
#define STORM_SECONDS	   10 /* the period, and how long it must be quiet for the storm to end */
#define STORM_PAUSE_MIN_MS 10
#define STORM_PAUSE_MAX_MS 500
#define STORM_TELL_SECONDS 60 /* how often its numbers go on record */

/* All zero at first; times are of a clock that never goes back, ns. */
struct storm {
	bool on;
	int64_t began; /* the period; the storm */
	int64_t last;  /* the last repair, */
	int64_t told;  /* and the last record of the storm */
	unsigned int count;
	uint64_t pause_ms;
};

enum storm_news {
	STORM_NOTHING,
	STORM_BEGINS,
	STORM_GOES_ON, /* and it is time to put its numbers on record */
};

/* A repair was made. */
enum storm_news storm_repaired(struct storm *storm, int64_t now);
/* How long the next one is to wait, ms. */
uint64_t storm_pause(const struct storm *storm, int64_t now);
/* Is the storm over? True once. */
bool storm_ended(struct storm *storm, int64_t now);

#endif
