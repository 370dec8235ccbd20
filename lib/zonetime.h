/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Local time in any zone of tzdata, whatever the process's own is: a file of /usr/share/zoneinfo
 * (TZif, RFC 8536) with its changes of the clock, and the rule for the years after them.
 *
 * Local times are seconds as if the zone were UTC: 1970-01-01 00:00 there is 0.
 */
#ifndef HEDATE_ZONETIME_H
#define HEDATE_ZONETIME_H

#include <stddef.h>
#include <stdint.h>

#define ZONETIME_DIRECTORY "/usr/share/zoneinfo"
#define ZONETIME_NEVER	   INT64_MAX
#define ZONETIME_TEXT_MAX  32 /* "2026-11-23T08:30:00+09:00" and NUL */

struct zonetime;

/* The zone of a name that is known to be one ("Asia/Tokyo"). 0 with *ret_zone (the caller owns it);
 * -EBADMSG: it is no such file, or a damaged one; -ENOMEM; other negative errno of reading it. */
int zonetime_load(const char *name, struct zonetime **ret_zone);
/* The same from the bytes of the file. */
int zonetime_parse(const uint8_t *bytes, size_t length, struct zonetime **ret_zone);
void zonetime_free(struct zonetime *zone); /* accepts NULL */

/* Seconds that local time is ahead of UTC at an instant (Unix time). */
int32_t zonetime_offset(const struct zonetime *zone, int64_t instant);
/* The first change of the offset after an instant; ZONETIME_NEVER when there is none. */
int64_t zonetime_next_change(const struct zonetime *zone, int64_t instant);
/* The instant of a local time: of one that comes twice, when the clock is set back, the first; of
 * one that is left out, when it is set forward, the instant of that. */
int64_t zonetime_instant(const struct zonetime *zone, int64_t local);
/* "2026-11-23T08:30:00+09:00", for the years 1 to 9999. zone NULL: UTC. */
void zonetime_format(const struct zonetime *zone, int64_t instant, char text[ZONETIME_TEXT_MAX]);

#endif
