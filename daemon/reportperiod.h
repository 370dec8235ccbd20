/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The time that a report is about. */
#ifndef HEDATE_REPORTPERIOD_H
#define HEDATE_REPORTPERIOD_H

#include <stdint.h>

/* Seconds before its end, where nobody says from when on. */
#define REPORTPERIOD_USUAL (INT64_C(30) * 86400)

/* The last whole "month", "quarter", "year" or "fiscal-year" (年度, from April) before a time, in
 * the local time zone. Unix time in seconds. 0; -EINVAL: no such word. */
int reportperiod(const char *word, int64_t now, int64_t *ret_since, int64_t *ret_until);

#endif
