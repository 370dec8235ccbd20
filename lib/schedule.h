/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When paths are open: windows of local time, every week, and the bounds of exceptions. Pure: what
 * time it is, is a parameter.
 *
 * A window goes from the instant of its first minute to the instant of its last one, each as
 * zonetime_instant() has it: on the day on which the clock is set back a window ends when its last
 * minute comes for the first time, and one that the clock leaves out whole does not open. Windows
 * that touch are one. A path with windows and bounds is open where both are.
 */
#ifndef HEDATE_SCHEDULE_H
#define HEDATE_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy.h"
#include "zonetime.h"

#define SCHEDULE_NEVER	 INT64_MAX
#define SCHEDULE_HORIZON (8 * 86400) /* so far ahead openings and closings are surely known */

/* A time of day, prepared for many paths. */
struct schedule {
	const struct zonetime *zone; /* borrowed */
	int64_t now;		     /* Unix time, seconds */
	int64_t exceptions_now; /* what bounds of exceptions are compared with, the same or later */
	int64_t today;		/* days since 1970-01-01 of the local date */
	bool same_offset;	/* around now the clock is not changed */
	int32_t offset;
};

/* zone may be NULL where no path has windows. */
void schedule_init(struct schedule *schedule, const struct zonetime *zone, int64_t now);

struct schedule_state {
	bool open;
	/* When it closes, or opens next; SCHEDULE_NEVER: not, or beyond the horizon. */
	int64_t change;
};

/* Of a path that is timed, or not: that one is open and never changes. */
void schedule_path(const struct schedule *schedule, const struct policy_path *path,
	struct schedule_state *ret_state);

/* "mon-fri 08:30-17:15, sat 22:00-05:00", as windows are written; "" for a path without. Cut to
 * size. */
void schedule_windows_text(const struct policy_path *path, char *text, size_t size);

#endif
