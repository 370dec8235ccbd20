/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is permitted and what was blocked between each ordered pair of zones. */
#ifndef HEDATE_ZONEMATRIX_H
#define HEDATE_ZONEMATRIX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../lib/compile.h"
#include "lifecycle.h"

struct zone_pair {
	size_t paths;
	size_t closed;		       /* of them, at this time */
	bool only_observed;	       /* by the policy in place */
	uint64_t blocked;	       /* packets, since the table was made */
	uint64_t denied[REASON_COUNT]; /* the blocked ones by reason */
	uint32_t reasons;	       /* those that a counter stands for: bit 1 << reason */
	uint64_t observed; /* first packets of connections that passed without a path, since then */
};

/* Places: the policy's zones, then "gateway", then "unknown". */
struct zone_matrix {
	size_t places;
	struct zone_pair *pairs; /* from * places + to; owned */
};

/* 0, or negative errno. What earlier policies blocked between zones of these names is counted
 * too. */
int zone_matrix_read(const struct lifecycle *lifecycle, struct zone_matrix *ret_matrix);
void zone_matrix_clear(struct zone_matrix *matrix);
const char *zone_matrix_place(const struct policy *policy, size_t place);

/* A segment's networks as written, on-link and remote, separated by spaces. Cut to size. */
void zone_networks_text(const struct policy_segment *segment, char *text, size_t size);

#endif
