/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which records of the log are asked for, and the options with which a person asks: the same for
 * every word of "hedate log" that selects records. A command puts LOG_QUERY_OPTIONS first into its
 * table of options, its own behind them from LOG_QUERY_OPTION_COUNT on, and hands what is below
 * that to log_query_take().
 */
#ifndef HEDATE_LOGQUERY_H
#define HEDATE_LOGQUERY_H

#include "../lib/logrecord.h"
#include "../lib/policy.h"
#include "cmd.h"

struct log_query {
	const char *directory;
	const char *index; /* where its index is (logindex.h); NULL: not to be used */
	struct log_filter filter;
	const char
		*path; /* by whose ends filter.path is made (logpath.h); NULL: it does not matter */
	bool since_set; /* so that older files need not be read */
	bool last_set;
	size_t last;			      /* only so many, the last ones */
	bool follow;			      /* go on as records come */
	char pair[4 * (POLICY_NAME_MAX + 1)]; /* what filter.from and .to point into */
	char protocol[4];		      /* what filter.protocol may point to */
};

enum log_query_option {
	LOG_QUERY_SINCE,
	LOG_QUERY_UNTIL,
	LOG_QUERY_ZONE,
	LOG_QUERY_PAIR,
	LOG_QUERY_PATH,
	LOG_QUERY_ADDRESS,
	LOG_QUERY_SOURCE,
	LOG_QUERY_DESTINATION,
	LOG_QUERY_PORT,
	LOG_QUERY_PROTOCOL,
	LOG_QUERY_REASON,
	LOG_QUERY_INTERFACE,
	LOG_QUERY_MAC,
	LOG_QUERY_REVISION,
	LOG_QUERY_ACTION,
	LOG_QUERY_EVENTS,
	LOG_QUERY_LAST,
	LOG_QUERY_DIRECTORY,
	LOG_QUERY_INDEX,
	LOG_QUERY_NO_INDEX,
	LOG_QUERY_OPTION_COUNT,
};

/* clang-format off */
#define LOG_QUERY_OPTIONS                                                                          \
	[LOG_QUERY_SINCE] = { "since", 'S', N_("TIME"), N_("from then on") },                      \
	[LOG_QUERY_UNTIL] = { "until", 'U', N_("TIME"),                                            \
		N_("before then; TIME: \"2026-11-20 10:30\", \"10:30\", today, -1h") },            \
	[LOG_QUERY_ZONE] = { "zone", 'z', N_("PLACE"),                                             \
		N_("from or to this zone or zone.segment") },                                      \
	[LOG_QUERY_PAIR] = { "pair", 'P', N_("FROM,TO"), N_("from the one place to the other") },  \
	[LOG_QUERY_PATH] = { "path", 0, N_("PATH"), N_("between the ends of this path") },         \
	[LOG_QUERY_ADDRESS] = { "address", 'a', N_("ADDRESS"),                                     \
		N_("from or to this address or prefix") },                                         \
	[LOG_QUERY_SOURCE] = { "source", 0, N_("ADDRESS"), N_("from it") },                        \
	[LOG_QUERY_DESTINATION] = { "destination", 0, N_("ADDRESS"), N_("to it") },                \
	[LOG_QUERY_PORT] = { "port", 'p', N_("NUMBER"), N_("from or to this port") },              \
	[LOG_QUERY_PROTOCOL] = { "protocol", 0, N_("PROTOCOL"),                                    \
		N_("tcp, udp, icmp, ... or its number") },                                         \
	[LOG_QUERY_REASON] = { "reason", 'R', N_("REASON"), N_("no-path, spoof, device, ...") },   \
	[LOG_QUERY_INTERFACE] = { "interface", 'i', N_("INTERFACE"),                                      \
		N_("in or out by it") },                                                           \
	[LOG_QUERY_MAC] = { "mac", 'm', N_("MAC"), N_("the source's MAC address") },               \
	[LOG_QUERY_REVISION] = { "revision", 0, N_("REVISION"),                                    \
		N_("of the configuration; its beginning") },                                       \
	[LOG_QUERY_ACTION] = { "action", 0, N_("ACTION"),                                          \
		N_("only records of it: apply, ledger, ...") },                                    \
	[LOG_QUERY_EVENTS] = { "events", 'e', NULL, N_("also events: start, stop, apply, ...") },  \
	[LOG_QUERY_LAST] = { "last", 'n', N_("COUNT"), N_("only the last ones") },                 \
	[LOG_QUERY_DIRECTORY] = { "directory", 'd', N_("DIR"), N_("where the log is") },            \
	[LOG_QUERY_INDEX] = { "index", 0, N_("DIR"), N_("where its index is") },                   \
	[LOG_QUERY_NO_INDEX] = { "no-index", 0, NULL, N_("read the whole log, whatever is indexed") }
/* clang-format on */

/* All blocked and observed flows, and all losses, of the log where it usually is. */
void log_query_init(struct log_query *query);

/* Take one of these options; value is borrowed for as long as the query is used. EXIT_OK, or
 * EXIT_USAGE after a complaint. */
int log_query_take(const struct cmd_usage *usage, enum log_query_option option, const char *value,
	struct log_query *query);

/* Once all options are taken: do they go together? Likewise. */
int log_query_check(const struct cmd_usage *usage, const struct log_query *query);

#endif
