/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The clock that the records' times are of: is it synchronised with another one, and was it set?
 * The kernel knows both, whatever program sets it: adjtimex() tells of the first; the second is
 * seen by the time since boot, which is never set.
 */
#ifndef HEDATE_CLOCKWATCH_H
#define HEDATE_CLOCKWATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "loop.h"

struct clockwatch_reading {
	bool known; /* the kernel says whether it is synchronised */
	bool synchronised;
	int64_t error;	  /* ns that it may be off by; of a synchronised one */
	int64_t realtime; /* ns since 1970, */
	int64_t boottime; /* and since boot, at the same moment */
};
struct clockwatch_reading clockwatch_read(void);

enum clockwatch_event {
	CLOCKWATCH_SYNCHRONISED,
	CLOCKWATCH_LOST, /* it is not synchronised, or no longer */
	CLOCKWATCH_STEPPED,
	CLOCKWATCH_EVENTS,
};
/* "clock-synchronised", for records. */
const char *clockwatch_event_name(enum clockwatch_event event);

/* Set by less than this is not told: reading two clocks takes time, too. */
#define CLOCKWATCH_STEP_MIN INT64_C(10000000) /* ns */

/* What was seen last; all zero at first. */
struct clockwatch_state {
	bool known, synchronised, seen;
	int64_t difference; /* realtime - boottime */
};
/* What is new, as bits 1 << event. *ret_step: by how much it was set, ns, negative: back. Whether
 * it is synchronised is new at the first look. */
unsigned int clockwatch_judge(struct clockwatch_state *state,
	const struct clockwatch_reading *reading, int64_t *ret_step);

/* Looking at the system's: now, every few seconds, and when it is set. */
struct clockwatch;
typedef void (*clockwatch_function)(enum clockwatch_event event,
	const struct clockwatch_reading *reading, int64_t step, void *data);

/* 0, or negative errno. The loop is borrowed. */
int clockwatch_new(
	struct loop *loop, clockwatch_function function, void *data, struct clockwatch **ret_watch);
void clockwatch_free(struct clockwatch *watch); /* accepts NULL */
/* As it was seen last: "synchronised", "unsynchronised", "unknown". */
const char *clockwatch_text(const struct clockwatch *watch);

#endif
