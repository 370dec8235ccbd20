/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What happened in a report's period, by the events of the log: read once, in their order, for all
 * sections that speak of them (reportfill_events.c). Each section has functions for its actions.
 */
#ifndef HEDATE_REPORTEVENTS_H
#define HEDATE_REPORTEVENTS_H

#include "logfields.h"
#include "reportfill.h"

struct reportevent {
	int64_t time;	   /* Unix time */
	uint64_t sequence; /* of its record */
	const char *action, *outcome;
	const struct logfields *fields;
};

/* A member "hedate.<key>" of it as the report's own text; "" when it has none. */
const char *reportevent_text(
	struct report *report, const struct reportevent *event, const char *key);

/* reportfill_changes.c */
void reportchange_take(struct report *report, const struct reportevent *event);
/* What the store knows of them, and what each of them meant. */
void reportchange_finish(struct report *report, const struct reportfacts *facts);
/* reportfill_drift.c */
void reportdrift_take(struct report *report, const struct reportevent *event);
void reportdrift_finish(struct report *report, const struct reportfacts *facts);
void reportclock_take(struct report *report, const struct reportevent *event);
void reportclock_finish(struct report *report, const struct reportfacts *facts);

#endif
