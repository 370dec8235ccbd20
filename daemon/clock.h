/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What time it is, in nanoseconds. */
#ifndef HEDATE_CLOCK_H
#define HEDATE_CLOCK_H

#include <stdint.h>

#define CLOCK_SECOND	  INT64_C(1000000000)
#define CLOCK_MILLISECOND INT64_C(1000000)

int64_t clock_realtime(void);  /* since 1970; may be set, also back */
int64_t clock_monotonic(void); /* never goes back; stands still in suspend */
int64_t clock_boottime(void);  /* the same, and goes on in suspend */

#endif
