/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the log tells of an incident: the facts that a report begins with. */
#ifndef HEDATE_INCIDENT_H
#define HEDATE_INCIDENT_H

#include "../lib/checkpoint.h"
#include "../lib/logcount.h"
#include "logquery.h"

#define INCIDENT_ROWS_MAX   10	/* of each kind */
#define INCIDENT_EVENTS_MAX 100 /* the first ones; all are counted */

struct incident_rows {
	struct logcount_row *rows; /* owned */
	size_t count;
};

struct incident_event {
	int64_t time;
	uint64_t sequence;
	char *action, *message; /* owned */
};

struct incident {
	char *site, *profile; /* owned; of the records, "" when they do not say */
	struct logcount_totals totals;
	struct incident_rows rows[LOGCOUNT_BY_COUNT]; /* but LOGCOUNT_ALL */
	uint64_t observed;			      /* packets of them that passed */
	bool any;				      /* flows; what follows is of them */
	int64_t first, last;
	uint64_t first_sequence, last_sequence;
	/* What else happened in the time that was asked for: not only to these flows. */
	struct incident_event *events; /* owned */
	size_t event_count;
	uint64_t event_total, scans;
	bool sealed; /* the log's last checkpoint */
	struct checkpoint checkpoint;
};

/* EXIT_OK, or another exit code after a complaint. Either way incident_clear(). */
int incident_read(const struct cli *cli, const struct cmd_usage *usage,
	const struct log_query *query, struct incident *ret_incident);
void incident_clear(struct incident *incident);

#endif
