/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How full the flow sets of the epoch are, and when to look again: an epoch that is nearly full is
 * closed before its time, so that a flood of distinct flows finds room in the next one.
 */
#ifndef HEDATE_FILLWATCH_H
#define HEDATE_FILLWATCH_H

#include <stdbool.h>
#include <stdint.h>

#define FILLWATCH_MS_MIN 20
#define FILLWATCH_MS_MAX 500 /* also while nothing is blocked */

/* All zero at first. */
struct fillwatch {
	uint64_t flows; /* seen last, in all sets of the generation that is counted in */
	uint64_t full;	/* so many are too many */
	int64_t at;	/* ns, monotonic */
};

/* flows are there now; full: so many are too many. Milliseconds until the next look: half of the
 * time that the rest lasts at the rate seen. */
uint64_t fillwatch_see(struct fillwatch *watch, uint64_t flows, int64_t now, uint64_t full);
/* Were there too many? */
bool fillwatch_full(const struct fillwatch *watch);

#endif
