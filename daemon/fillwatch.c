/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fillwatch.h"

#include "clock.h"

static uint64_t delay(const struct fillwatch *watch, uint64_t added, int64_t elapsed)
{
	uint64_t left = watch->full > watch->flows ? watch->full - watch->flows : 0;

	if (added == 0 || elapsed <= 0)
		return FILLWATCH_MS_MAX;
	uint64_t ms = left * (uint64_t)(elapsed / CLOCK_MILLISECOND) / added / 2;

	if (ms < FILLWATCH_MS_MIN)
		return FILLWATCH_MS_MIN;
	return ms > FILLWATCH_MS_MAX ? FILLWATCH_MS_MAX : ms;
}

uint64_t fillwatch_see(struct fillwatch *watch, uint64_t flows, int64_t now, uint64_t full)
{
	/* Fewer than before: another epoch has begun. */
	uint64_t added = flows - (flows >= watch->flows ? watch->flows : 0);
	int64_t elapsed = now - watch->at;

	watch->flows = flows;
	watch->full = full;
	watch->at = now;
	return delay(watch, added, elapsed);
}

bool fillwatch_full(const struct fillwatch *watch)
{
	return watch->full > 0 && watch->flows >= watch->full;
}
