/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which timed paths of a policy are open at an instant, and for how long: what goes into the sets
 * with a timeout. */
#ifndef HEDATE_OPENING_H
#define HEDATE_OPENING_H

#include "policy.h"
#include "ruleset.h"
#include "schedule.h"

struct opening {
	size_t path; /* in policy.paths */
	uint32_t id;
	struct schedule_state state;
};

struct openings {
	struct opening *items; /* of the timed paths, in the order of the policy */
	size_t count;
	size_t open;  /* so many of them are open */
	int64_t next; /* when the first of them changes; SCHEDULE_NEVER */
};

/* The time zone of a policy. NULL when no path is timed; also when it cannot be read and no path
 * has windows, which alone need it. 0, or negative errno of zonetime_load(). */
int openings_load_zone(const struct policy *policy, struct zonetime **ret_zone);
/* Of a compiled policy and its zone; now in seconds. 0, or -ENOMEM. */
int openings_at(const struct policy *policy, const struct zonetime *zone, int64_t now,
	struct openings *ret_openings);
void openings_clear(struct openings *openings);

/* Say in the rule set for how long each is open from now on, in milliseconds of Unix time: see
 * compile_timeouts(). 0, or -ENOMEM. */
int openings_fill(const struct openings *openings, int64_t now_ms, struct ruleset *ruleset);

#endif
