/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records of the log in the forms that other systems read; hedate-log(5) says what becomes of each
 * member. Whatever a member holds, a record stays one line and a member one field.
 *
 *	json	the line as it stands
 *	ecs	the same members as nested objects, as Elasticsearch takes them (ECS 8.11)
 *	ocsf	Open Cybersecurity Schema Framework 1.3: Network Activity, Application Lifecycle,
 *		Base Event
 *	cef	ArcSight Common Event Format 0
 *	rfc5424	syslog: all members as structured data
 *	csv	csv.h, with a first row of names
 */
#ifndef HEDATE_LOGFORMAT_H
#define HEDATE_LOGFORMAT_H

#include <stddef.h>
#include <stdio.h>

enum logformat_kind {
	LOGFORMAT_JSON,
	LOGFORMAT_ECS,
	LOGFORMAT_OCSF,
	LOGFORMAT_CEF,
	LOGFORMAT_RFC5424,
	LOGFORMAT_CSV,
	LOGFORMAT_KINDS,
};

const char *logformat_name(enum logformat_kind kind);
int logformat_parse(const char *text, enum logformat_kind *ret_kind); /* 0, or -EINVAL */

struct logformat;

/* out is borrowed. 0, or -ENOMEM. */
int logformat_new(enum logformat_kind kind, FILE *out, struct logformat **ret_format);
void logformat_free(struct logformat *format); /* accepts NULL */

/* Write what comes before the first record, unless it is written already. */
void logformat_begin(struct logformat *format);

/* Write a line of the log (without its newline). 0; -EINVAL or -E2BIG when it is no record
 * (logmembers.h), and nothing is written; -ENOMEM. Whether out could be written ferror() says. */
int logformat_put(struct logformat *format, const char *line, size_t length);

#endif
