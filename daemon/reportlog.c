/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reportlog.h"

#include "../lib/errtext.h"
#include "../lib/logread.h"
#include "clock.h"

/* A walk complains about places only by it, and none is asked for. */
static const struct cmd_usage usage = { "report", "", "", NULL, 0 };

void reportlog_query(const struct reportfacts *facts, struct log_query *ret_query)
{
	log_query_init(ret_query);
	ret_query->directory = facts->log;
	ret_query->index = facts->index;
	ret_query->filter.since = facts->since * CLOCK_SECOND;
	ret_query->filter.until = facts->until * CLOCK_SECOND;
	ret_query->since_set = true;
}

bool reportlog_open(
	struct report *report, const struct reportfacts *facts, struct report_source *source)
{
	struct logread *log;
	int r;

	if (!facts->log || facts->log[0] == '\0') {
		report_unread(report, source, _("there is no log of this host here"));
		return false;
	}
	r = logread_open(facts->log, &log);
	if (r == 0)
		logread_close(log);
	else
		report_unread(report, source,
			report_print(report, _("the log %s cannot be read: %s"), facts->log,
				errtext(r)));
	return r == 0;
}

void reportlog_end(
	struct report *report, struct report_source *source, int exit_codes, unsigned int evidence)
{
	source->evidence = evidence;
	if (exit_codes == EXIT_OK)
		report_read(source, evidence);
	else
		report_partly(report, source,
			_("some of the log could not be read, or is no valid record"));
}

int reportlog_count(
	const struct reportfacts *facts, const struct log_query *query, struct logcount *count)
{
	return log_walk_count(facts->cli, &usage, query, count);
}

int reportlog_walk(
	const struct reportfacts *facts, const struct log_query *query, const struct log_sink *sink)
{
	return log_walk(facts->cli, &usage, query, sink);
}

bool reportlog_ends(const struct reportfacts *facts, int64_t *ret_first, int64_t *ret_last)
{
	struct logread *log;
	char *line;
	size_t length;
	bool known;

	if (logread_open(facts->log, &log) < 0)
		return false;
	known = logread_next(log, &line, &length) > 0 &&
		log_record_time(line, length, ret_first) == 0 && logread_seek_end(log) == 0 &&
		logread_previous(log, &line, &length) > 0 &&
		log_record_time(line, length, ret_last) == 0;
	logread_close(log);
	return known;
}
