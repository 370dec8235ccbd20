/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spans.h"

#include <errno.h>
#include <stdlib.h>

#define HOURS_FOR (3 * SPANS_DAY)
#define DAYS_FOR  (400 * SPANS_DAY)
#define LONGEST	  (36525 * SPANS_DAY)
#define MONDAY	  (4 * SPANS_DAY) /* 1970-01-05 */

static int64_t floor_to(int64_t value, int64_t unit)
{
	int64_t rest = value % unit;

	return value - rest - (rest < 0 ? unit : 0);
}

static int64_t local(const struct zonetime *zone, int64_t instant)
{
	return instant + (zone != NULL ? zonetime_offset(zone, instant) : 0);
}

static int64_t instant_of(const struct zonetime *zone, int64_t time)
{
	return zone != NULL ? zonetime_instant(zone, time) : time;
}

/* Hours go on evenly; days and weeks begin when the local clock says so. */
static int64_t next_bound(const struct zonetime *zone, int64_t bound, int64_t unit)
{
	int64_t next;

	if (unit == SPANS_HOUR)
		return bound + SPANS_HOUR;
	/* Half a day more and less, so that a clock that is set does not matter. */
	next = floor_to(local(zone, bound) + unit + SPANS_DAY / 2, SPANS_DAY);
	return instant_of(zone, next);
}

static int64_t first_bound(const struct zonetime *zone, int64_t since, int64_t unit)
{
	int64_t offset = unit == SPANS_WEEK ? MONDAY : 0, here = local(zone, since);
	int64_t first = floor_to(here - offset, unit) + offset;

	return unit == SPANS_HOUR ? since - (here - first) : instant_of(zone, first);
}

int spans_cut(const struct zonetime *zone, int64_t since, int64_t until, struct spans *ret_spans)
{
	int64_t length = until - since, bound;
	size_t room;

	*ret_spans = (struct spans){ .unit = SPANS_HOUR };
	if (since > until || length > LONGEST)
		return -EINVAL;
	if (length > HOURS_FOR)
		ret_spans->unit = length > DAYS_FOR ? SPANS_WEEK : SPANS_DAY;
	room = (size_t)(length / (ret_spans->unit - SPANS_HOUR / 2)) + 4;
	ret_spans->bounds = calloc(room, sizeof(*ret_spans->bounds));
	if (ret_spans->bounds == NULL)
		return -ENOMEM;
	bound = first_bound(zone, since, ret_spans->unit);
	ret_spans->bounds[0] = bound;
	while (bound < until && ret_spans->number + 1 < room) {
		bound = next_bound(zone, bound, ret_spans->unit);
		ret_spans->bounds[++ret_spans->number] = bound;
	}
	return 0;
}

void spans_clear(struct spans *spans)
{
	free(spans->bounds);
	*spans = (struct spans){ 0 };
}
