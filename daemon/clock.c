/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "clock.h"

#include <time.h>

static int64_t read_clock(clockid_t clock)
{
	struct timespec now = { 0 };
	clock_gettime(clock, &now); /* cannot fail for those three */
	return now.tv_sec * CLOCK_SECOND + now.tv_nsec;
}

int64_t clock_realtime(void)
{
	return read_clock(CLOCK_REALTIME);
}

int64_t clock_monotonic(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

int64_t clock_boottime(void)
{
	return read_clock(CLOCK_BOOTTIME);
}
