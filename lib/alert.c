/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "alert.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SECOND INT64_C(1000000000)

int alert_init(struct alert *alert, const struct policy_alert *rule, unsigned int epoch)
{
	int64_t period = rule->seconds * SECOND;
	int64_t width = (period + ALERT_BUCKETS - 1) / ALERT_BUCKETS;

	memset(alert, 0, sizeof(*alert));
	alert->rule = rule;
	alert->width = width;
	/* What an epoch brings late goes into its own time. */
	alert->bucket_count = (size_t)((period + epoch * SECOND) / width) + 2;
	alert->buckets = calloc(alert->bucket_count, sizeof(*alert->buckets));
	alert->not_before = INT64_MIN;
	return alert->buckets ? 0 : -ENOMEM;
}

void alert_clear(struct alert *alert)
{
	free(alert->buckets);
	alert->buckets = NULL;
}

bool alert_matches(const struct policy_alert *rule, const struct log_record *record)
{
	const struct log_filter filter = {
		.since = INT64_MIN,
		.until = INT64_MAX,
		.action = rule->action,
		.reason = rule->reason,
		.from = rule->from,
		.to = rule->to,
	};

	/* What an alert led to leads to none. */
	if (record->action && strcmp(record->action, ALERT_RUN_ACTION) == 0)
		return false;
	if (!rule->action && log_record_class(record) != LOG_CLASS_FLOW)
		return false;
	return log_filter_match(&filter, record);
}

static uint64_t packets_of(const struct log_record *record)
{
	return record->packets ? strtoull(record->packets, NULL, 10) : 1;
}

static struct alert_bucket *bucket_at(const struct alert *alert, int64_t number)
{
	return &alert->buckets[(uint64_t)number % alert->bucket_count];
}

static void forget(struct alert *alert)
{
	memset(alert->buckets, 0, alert->bucket_count * sizeof(*alert->buckets));
}

/* The bucket of a time. */
static struct alert_bucket *bucket_of(struct alert *alert, int64_t number)
{
	struct alert_bucket *bucket = bucket_at(alert, number);

	/* So late nothing comes: the clock was set back. */
	if (bucket->number > number)
		forget(alert);
	if (bucket->number != number)
		*bucket = (struct alert_bucket){ .number = number };
	return bucket;
}

/* Add a bucket to a sum, or with sign -1 take it away. */
static void add(const struct alert *alert, int64_t number, int sign, struct alert_told *sum)
{
	const struct alert_bucket *bucket = bucket_at(alert, number);

	if (bucket->number != number)
		return;
	sum->records += sign > 0 ? bucket->records : -bucket->records;
	sum->packets += sign > 0 ? bucket->packets : -bucket->packets;
}

/* Is the threshold reached in one of the periods that this bucket is a part of? */
static bool reached(const struct alert *alert, int64_t number, struct alert_told *ret_told)
{
	const struct policy_alert *rule = alert->rule;
	uint64_t needed = rule->packets ? rule->packets : rule->count;
	struct alert_told sum = { 0 };

	for (int64_t i = number - ALERT_BUCKETS + 1; i < number; i++)
		add(alert, i, 1, &sum);
	for (int64_t i = number; i < number + ALERT_BUCKETS; i++) {
		add(alert, i, 1, &sum);
		if ((rule->packets ? sum.packets : sum.records) >= needed) {
			*ret_told = sum;
			return true;
		}
		add(alert, i - ALERT_BUCKETS + 1, -1, &sum);
	}
	return false;
}

bool alert_note(struct alert *alert, const struct log_record *record, int64_t now,
	struct alert_told *ret_told)
{
	int64_t number = record->time / alert->width;
	struct alert_bucket *bucket = bucket_of(alert, number);

	bucket->records++;
	bucket->packets += packets_of(record);
	if (!reached(alert, number, ret_told))
		return false;
	forget(alert);
	if (now < alert->not_before) {
		alert->suppressed++;
		return false;
	}
	ret_told->suppressed = alert->suppressed;
	alert->suppressed = 0;
	alert->not_before = now + alert->rule->every * SECOND;
	return true;
}

bool alert_due(struct alert *alert, int64_t now, struct alert_told *ret_told)
{
	if (alert->suppressed == 0 || now < alert->not_before)
		return false;
	*ret_told = (struct alert_told){ .suppressed = alert->suppressed };
	alert->suppressed = 0;
	alert->not_before = now + alert->rule->every * SECOND;
	return true;
}
