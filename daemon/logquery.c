/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "logquery.h"

#include <string.h>

#include "../lib/addrset.h"
#include "../lib/compile.h"
#include "../lib/logtime.h"
#include "../lib/suggest.h"
#include "clock.h"

#define LAST_MAX 1000000

static int take_time(const struct cmd_usage *usage, const char *name, const char *value, bool end,
	int64_t *ret_time)
{
	if (logtime_parse_person(value, clock_realtime(), end, ret_time) == 0)
		return EXIT_OK;
	return cmd_usage_error(usage,
		_("--%s: \"%s\" is not a time such as \"2026-11-20 10:30\", \"10:30\", \"today\" "
		  "or "
		  "\"-1h\""),
		name, value);
}

static bool place_valid(const char *text)
{
	size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-.");

	return length > 0 && text[length] == '\0' && text[0] >= 'a' && text[0] <= 'z';
}

static int take_place(const struct cmd_usage *usage, const char *value, const char **ret_place)
{
	if (!place_valid(value))
		return cmd_usage_error(
			usage, _("\"%s\" is not the name of a zone or zone.segment"), value);
	*ret_place = value;
	return EXIT_OK;
}

static int take_pair(const struct cmd_usage *usage, struct log_query *query, const char *value)
{
	const char *comma = strchr(value, ',');
	int exit_code;

	if (!comma || strlen(value) >= sizeof(query->pair))
		return cmd_usage_error(usage, _("--pair is two places, \"lgwan,internet\""));
	memcpy(query->pair, value, strlen(value) + 1);
	query->pair[comma - value] = '\0';
	exit_code = take_place(usage, query->pair, &query->filter.from);
	if (exit_code != EXIT_OK)
		return exit_code;
	return take_place(usage, query->pair + (comma - value) + 1, &query->filter.to);
}

static int take_address(
	const struct cmd_usage *usage, const char *value, struct log_address *ret_address)
{
	if (log_address_parse(value, ret_address) == 0)
		return EXIT_OK;
	return cmd_usage_error(usage, _("\"%s\" is not an address or prefix"), value);
}

static int take_port(const struct cmd_usage *usage, struct log_query *query, const char *value)
{
	unsigned long port;

	if (!options_number(value, UINT16_MAX, &port))
		return cmd_usage_error(usage, _("\"%s\" is not a port number"), value);
	query->filter.port = (uint16_t)port;
	query->filter.port_set = true;
	return EXIT_OK;
}

/* Records carry the number of the protocol, so every name becomes one. */
static int take_protocol(const struct cmd_usage *usage, struct log_query *query, const char *value)
{
	static const struct {
		const char *name, *number;
	} protocols[] = {
		{ "icmp", "1" },
		{ "igmp", "2" },
		{ "tcp", "6" },
		{ "udp", "17" },
		{ "dccp", "33" },
		{ "gre", "47" },
		{ "esp", "50" },
		{ "ah", "51" },
		{ "icmpv6", "58" },
		{ "ipv6-icmp", "58" },
		{ "ospf", "89" },
		{ "vrrp", "112" },
		{ "sctp", "132" },
		{ "udplite", "136" },
	};
	struct suggest suggest = { .word = value };
	unsigned long number;

	if (options_number(value, 255, &number)) {
		snprintf(query->protocol, sizeof(query->protocol), "%lu", number);
		query->filter.protocol = query->protocol;
		return EXIT_OK;
	}
	for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++) {
		if (strcmp(protocols[i].name, value) == 0) {
			query->filter.protocol = protocols[i].number;
			return EXIT_OK;
		}
		suggest_consider(&suggest, protocols[i].name);
	}
	if (suggest.best)
		return cmd_usage_error(usage,
			_("no protocol is known as \"%s\"; did you mean \"%s\"?"), value,
			suggest.best);
	return cmd_usage_error(
		usage, _("no protocol is known as \"%s\"; its number can be given"), value);
}

static int take_reason(const struct cmd_usage *usage, struct log_query *query, const char *value)
{
	struct suggest suggest = { .word = value };
	enum reason reason;

	if (reason_parse(value, &reason) == 0) {
		query->filter.reason = value;
		return EXIT_OK;
	}
	for (int i = 0; i < REASON_COUNT; i++)
		suggest_consider(&suggest, reason_name((enum reason)i));
	if (suggest.best)
		return cmd_usage_error(usage, _("there is no reason \"%s\"; did you mean \"%s\"?"),
			value, suggest.best);
	fprintf(stderr, "%s", _("Reasons:"));
	for (int i = 0; i < REASON_COUNT; i++)
		fprintf(stderr, " %s", reason_name((enum reason)i));
	fputc('\n', stderr);
	return cmd_usage_error(usage, _("there is no reason \"%s\""), value);
}

static int take_mac(const struct cmd_usage *usage, struct log_query *query, const char *value)
{
	uint8_t mac[MAC_LENGTH];

	if (mac_parse(value, mac) < 0)
		return cmd_usage_error(usage, _("\"%s\" is not a MAC address"), value);
	query->filter.mac = value;
	return EXIT_OK;
}

static int take_last(const struct cmd_usage *usage, struct log_query *query, const char *value)
{
	unsigned long last;

	if (!options_number(value, LAST_MAX, &last))
		return cmd_usage_error(
			usage, _("--last is a number up to %d, not \"%s\""), LAST_MAX, value);
	query->last = last;
	query->last_set = true;
	return EXIT_OK;
}

static const char usual_index[] = LOG_INDEX_DIRECTORY;

void log_query_init(struct log_query *query)
{
	memset(query, 0, sizeof(*query));
	query->directory = LOG_DIRECTORY;
	query->index = usual_index;
	query->filter.since = INT64_MIN;
	query->filter.until = INT64_MAX;
}

int log_query_take(const struct cmd_usage *usage, enum log_query_option option, const char *value,
	struct log_query *query)
{
	struct log_filter *filter = &query->filter;

	switch (option) {
	case LOG_QUERY_SINCE:
		query->since_set = true;
		return take_time(usage, "since", value, false, &filter->since);
	case LOG_QUERY_UNTIL:
		return take_time(usage, "until", value, true, &filter->until);
	case LOG_QUERY_ZONE:
		return take_place(usage, value, &filter->place);
	case LOG_QUERY_PAIR:
		return take_pair(usage, query, value);
	case LOG_QUERY_PATH:
		query->path = value;
		return EXIT_OK;
	case LOG_QUERY_ADDRESS:
		return take_address(usage, value, &filter->either);
	case LOG_QUERY_SOURCE:
		return take_address(usage, value, &filter->source);
	case LOG_QUERY_DESTINATION:
		return take_address(usage, value, &filter->destination);
	case LOG_QUERY_PORT:
		return take_port(usage, query, value);
	case LOG_QUERY_PROTOCOL:
		return take_protocol(usage, query, value);
	case LOG_QUERY_REASON:
		return take_reason(usage, query, value);
	case LOG_QUERY_INTERFACE:
		filter->interface = value;
		return EXIT_OK;
	case LOG_QUERY_MAC:
		return take_mac(usage, query, value);
	case LOG_QUERY_REVISION:
		filter->revision = value;
		return EXIT_OK;
	case LOG_QUERY_ACTION:
		filter->action = value;
		return EXIT_OK;
	case LOG_QUERY_EVENTS:
		filter->events = true;
		return EXIT_OK;
	case LOG_QUERY_LAST:
		return take_last(usage, query, value);
	case LOG_QUERY_DIRECTORY:
		query->directory = value;
		if (query->index == usual_index) /* which is that of the usual log */
			query->index = NULL;
		return EXIT_OK;
	case LOG_QUERY_INDEX:
		query->index = value;
		return EXIT_OK;
	case LOG_QUERY_NO_INDEX:
		query->index = NULL;
		return EXIT_OK;
	case LOG_QUERY_OPTION_COUNT:
		break;
	}
	return EXIT_OK;
}

int log_query_check(const struct cmd_usage *usage, const struct log_query *query)
{
	if (query->filter.since >= query->filter.until)
		return cmd_usage_error(usage, _("--since is not before --until"));
	return EXIT_OK;
}
