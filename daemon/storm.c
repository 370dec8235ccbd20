/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "storm.h"

#include "clock.h"

#define PERIOD	   (STORM_SECONDS * CLOCK_SECOND)
#define TELL_AFTER (STORM_TELL_SECONDS * CLOCK_SECOND)

static enum storm_news go_on(struct storm *storm, int64_t now)
{
	if (storm->count % STORM_REPAIRS == 0 && storm->pause_ms < STORM_PAUSE_MAX_MS)
		storm->pause_ms *= 2;
	if (storm->pause_ms > STORM_PAUSE_MAX_MS)
		storm->pause_ms = STORM_PAUSE_MAX_MS;
	if (now - storm->told < TELL_AFTER)
		return STORM_NOTHING;
	storm->told = now;
	return STORM_GOES_ON;
}

enum storm_news storm_repaired(struct storm *storm, int64_t now)
{
	if (!storm->on && (storm->count == 0 || now - storm->began >= PERIOD)) {
		storm->began = now;
		storm->count = 0;
	}
	storm->last = now;
	storm->count++;
	if (storm->on)
		return go_on(storm, now);
	if (storm->count < STORM_REPAIRS)
		return STORM_NOTHING;
	storm->on = true;
	storm->pause_ms = STORM_PAUSE_MIN_MS;
	storm->told = now;
	return STORM_BEGINS;
}

uint64_t storm_pause(const struct storm *storm, int64_t now)
{
	int64_t until = storm->last + (int64_t)storm->pause_ms * CLOCK_MILLISECOND;

	/* Rounded up: a timer that comes too early would only come again. */
	return storm->on && until > now
		       ? (uint64_t)((until - now + CLOCK_MILLISECOND - 1) / CLOCK_MILLISECOND)
		       : 0;
}

bool storm_ended(struct storm *storm, int64_t now)
{
	if (!storm->on || now - storm->last < PERIOD)
		return false;
	*storm = (struct storm){ 0 };
	return true;
}
