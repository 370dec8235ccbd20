/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The log as the sections of a report read it: of the report's period, through its index. */
#ifndef HEDATE_REPORTLOG_H
#define HEDATE_REPORTLOG_H

#include "logwalk.h"
#include "reportfill.h"

/* All blocked flows of the period, and all losses. Borrows from facts. */
void reportlog_query(const struct reportfacts *facts, struct log_query *ret_query);

/* May the log be read at all? Else it is put down in the source why not. */
bool reportlog_open(
	struct report *report, const struct reportfacts *facts, struct report_source *source);
/* How a section ends whose walks gave these exit codes, or-ed: what was met that is no record, or
 * could not be read, is told on stderr by the walk. */
void reportlog_end(
	struct report *report, struct report_source *source, int exit_codes, unsigned int evidence);

/* The walks of logwalk.h. */
int reportlog_count(
	const struct reportfacts *facts, const struct log_query *query, struct logcount *count);
int reportlog_walk(const struct reportfacts *facts, const struct log_query *query,
	const struct log_sink *sink);

/* Times of the first and the last record of all, ns. False: there is none, or they cannot be read.
 */
bool reportlog_ends(const struct reportfacts *facts, int64_t *ret_first, int64_t *ret_last);

#endif
