/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Thresholds: so many records of a kind within so many seconds. Fed with the records of the log in
 * their order; says when somebody is to be told. Times of records count, not when they are read: so
 * it says of an old log what it would have said then.
 *
 * What has led to an alert does not lead to the next one. Within "every" seconds of a run, further
 * alerts are only counted, and told with the next run, which comes when that time is over.
 */
#ifndef HEDATE_ALERT_H
#define HEDATE_ALERT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "logrecord.h"
#include "policy.h"

#define ALERT_BUCKETS 60 /* that the seconds are counted in: so exact they are */

struct alert_bucket {
	int64_t number; /* time / width */
	uint64_t records, packets;
};

struct alert {
	const struct policy_alert *rule; /* borrowed */
	int64_t width;			 /* of a bucket, ns */
	struct alert_bucket *buckets;	 /* owned; a ring by number */
	size_t bucket_count;
	int64_t not_before;  /* no run before then, by the clock of now */
	uint64_t suppressed; /* alerts since the last run */
};

/* What is to be told. */
struct alert_told {
	uint64_t records, packets; /* within the seconds; of the alert that leads to it */
	uint64_t suppressed;	   /* alerts since the last run, without this one */
};

/* epoch: seconds of the longest epoch, which a flow's record may come late by. 0, or -ENOMEM. */
int alert_init(struct alert *alert, const struct policy_alert *rule, unsigned int epoch);
void alert_clear(struct alert *alert);

/* The action of the record of a run. */
#define ALERT_RUN_ACTION "alert-run"

/* Is the record one of those that the rule is about? Never one of a run. */
bool alert_matches(const struct policy_alert *rule, const struct log_record *record);

/* Note one that matches. True, with ret_told: run the command. now: by the clock that runs are kept
 * apart by, ns. */
bool alert_note(struct alert *alert, const struct log_record *record, int64_t now,
	struct alert_told *ret_told);
/* The time is over, and there were alerts meanwhile: true, run the command, records and packets are
 * 0. */
bool alert_due(struct alert *alert, int64_t now, struct alert_told *ret_told);

#endif
