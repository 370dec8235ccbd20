/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Going through the log for what was asked for (logquery.h): what is found is handed to a sink, in
 * the order in which it was recorded. What goes wrong is complained about here.
 */
#ifndef HEDATE_LOGWALK_H
#define HEDATE_LOGWALK_H

#include "../lib/logcount.h"
#include "logquery.h"

/* What becomes of the records. Its functions return an exit code; another than EXIT_OK ends the
 * walk with it. */
struct log_sink {
	/* A record: the line as it stands in the log, without its newline, and its parts. Both are
	 * valid for the time of the call. */
	int (*take)(const char *line, size_t length, const struct log_record *record, void *data);
	/* There is no more for now, or at all: what was taken is to be seen. May be NULL. */
	int (*show)(void *data);
	void *data;
};

/* An exit code: EXIT_OK; EXIT_FAILED, also when lines were met that are no records (the others are
 * handed out all the same); EXIT_USAGE for a place that neither the policy nor the log knows. */
int log_walk(const struct cli *cli, const struct cmd_usage *usage, const struct log_query *query,
	const struct log_sink *sink);

/* The same, but the records are counted, which an index can do without reading them. */
int log_walk_count(const struct cli *cli, const struct cmd_usage *usage,
	const struct log_query *query, struct logcount *count);

#endif
