/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Opens timed paths when their time comes. When it is over the kernel closes them itself; the
 * timetable notices, and puts both on record. A timer on CLOCK_REALTIME wakes it at the next
 * change, and whenever the clock is set or the host was asleep: then the times that the kernel
 * counts down are no longer true, and all are put there anew.
 */
#ifndef HEDATE_TIMETABLE_H
#define HEDATE_TIMETABLE_H

#include "../lib/opening.h"
#include "lifecycle.h"
#include "loop.h"
#include "reclink.h"

struct timetable;

/* All but the result are borrowed. 0, or negative errno. */
int timetable_new(struct loop *loop, struct lifecycle *lifecycle, struct reclink *reclink,
	struct timetable **ret_timetable);
void timetable_free(struct timetable *timetable); /* accepts NULL */

/* Tell whenever a path has closed, other than by a change of policy. */
void timetable_on_closed(struct timetable *timetable, void (*function)(void *data), void *data);

/* Another policy is in place, or the first. */
void timetable_policy_changed(struct timetable *timetable);

/* When to look again, in milliseconds of Unix time: at the next change, but not later than in a
 * day, for what is open without an end is put into the kernel for some days only. 0: never. */
int64_t timetable_wake(const struct openings *openings, int64_t now_ms);

#endif
