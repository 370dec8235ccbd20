/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The forms that logformat.c puts records into, one a file. */
#ifndef HEDATE_LOGFORMAT_IMPL_H
#define HEDATE_LOGFORMAT_IMPL_H

#include <stdint.h>
#include <stdio.h>

#include "logmembers.h"

#define LOGFORMAT_NAME "hedate" /* product and vendor */

/* What a record is, for all forms. */
enum logformat_weight {
	WEIGHT_LEDGER,	/* books that are right */
	WEIGHT_DONE,	/* an event that is as it should be */
	WEIGHT_UNKNOWN, /* an event of which nobody knows that */
	WEIGHT_PASSED,	/* a flow that was only observed */
	WEIGHT_BLOCKED, /* a flow */
	WEIGHT_FAILED,	/* an event that is not as it should be, and losses */
};
#define WEIGHTS (WEIGHT_FAILED + 1)

/* A record; members' texts are writable copies. */
struct logformat_record {
	struct logmembers members;
	const char *action; /* never NULL */
	enum logformat_weight weight;
	char summary[512]; /* in a line: the message, or what the flow was; English */
};

static inline int logformat_is_flow(const struct logformat_record *record)
{
	return record->weight == WEIGHT_BLOCKED || record->weight == WEIGHT_PASSED;
}

/* The text of a member, or NULL. */
static inline const char *logformat_text(const struct logformat_record *record, const char *key)
{
	return logmembers_text(&record->members, key);
}

/* Each writes one record and its newline. */
void logformat_ecs(struct json *json, const struct logformat_record *record);
void logformat_ocsf(struct json *json, const struct logformat_record *record);
void logformat_cef(FILE *out, const struct logformat_record *record);
void logformat_rfc5424(FILE *out, const struct logformat_record *record);
void logformat_csv(FILE *out, struct json *json, const struct logformat_record *record);
/* The first row. */
void logformat_csv_names(FILE *out);

#endif
