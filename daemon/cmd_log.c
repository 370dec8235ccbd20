/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hedate log: the records of the log that were asked for. Reads the files, needs no daemon. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../lib/addrset.h"
#include "../lib/compile.h"
#include "../lib/logtime.h"
#include "../lib/suggest.h"
#include "cmd.h"
#include "logquery.h"

enum option {
	OPTION_SINCE,
	OPTION_UNTIL,
	OPTION_ZONE,
	OPTION_PAIR,
	OPTION_ADDRESS,
	OPTION_SOURCE,
	OPTION_DESTINATION,
	OPTION_PORT,
	OPTION_PROTOCOL,
	OPTION_REASON,
	OPTION_INTERFACE,
	OPTION_MAC,
	OPTION_REVISION,
	OPTION_ACTION,
	OPTION_EVENTS,
	OPTION_LAST,
	OPTION_FOLLOW,
	OPTION_DIRECTORY,
	OPTION_COUNT,
};

static const struct option_spec options[OPTION_COUNT] = {
	[OPTION_SINCE] = { "since", 'S', N_("TIME"), N_("from then on") },
	[OPTION_UNTIL] = { "until", 'U', N_("TIME"),
		N_("before then; TIME: \"2026-11-20 10:30\", \"10:30\", today, -1h") },
	[OPTION_ZONE] = { "zone", 'z', N_("PLACE"), N_("from or to this zone or zone.segment") },
	[OPTION_PAIR] = { "pair", 'P', N_("FROM,TO"), N_("from the one place to the other") },
	[OPTION_ADDRESS] = { "address", 'a', N_("ADDRESS"),
		N_("from or to this address or prefix") },
	[OPTION_SOURCE] = { "source", 0, N_("ADDRESS"), N_("from it") },
	[OPTION_DESTINATION] = { "destination", 0, N_("ADDRESS"), N_("to it") },
	[OPTION_PORT] = { "port", 'p', N_("NUMBER"), N_("from or to this port") },
	[OPTION_PROTOCOL] = { "protocol", 0, N_("NAME"), N_("tcp, udp, icmp, ... or its number") },
	[OPTION_REASON] = { "reason", 'R', N_("REASON"), N_("no-path, spoof, device, ...") },
	[OPTION_INTERFACE] = { "interface", 'i', N_("NAME"), N_("in or out by it") },
	[OPTION_MAC] = { "mac", 'm', N_("MAC"), N_("the source's MAC address") },
	[OPTION_REVISION] = { "revision", 0, N_("REVISION"),
		N_("of the configuration; its beginning") },
	[OPTION_ACTION] = { "action", 0, N_("ACTION"),
		N_("only records of it: apply, ledger, ...") },
	[OPTION_EVENTS] = { "events", 'e', NULL, N_("also events: start, stop, apply, ...") },
	[OPTION_LAST] = { "last", 'n', N_("COUNT"), N_("only the last ones") },
	[OPTION_FOLLOW] = { "follow", 'f', NULL, N_("go on as records come") },
	[OPTION_DIRECTORY] = { "directory", 'd', N_("DIR"), N_("where the log is") },
};

static const struct cmd_usage usage = {
	"log",
	N_("[OPTION ...] | verify [OPTION ...] | prove NUMBER"),
	N_("Shows blocked flows, and what was lost of their detail, in the order they were "
	   "recorded;\n"
	   "times are local. With --json the records as they stand in the log."),
	options,
	OPTION_COUNT,
};

#define LAST_MAX 1000000

static int64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_REALTIME, &time);
	return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static int take_time(const char *name, const char *value, bool end, int64_t *ret_time)
{
	if (logtime_parse_person(value, now(), end, ret_time) == 0)
		return EXIT_OK;
	return cmd_usage_error(&usage,
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

static int take_place(const char *value, const char **ret_place)
{
	if (!place_valid(value))
		return cmd_usage_error(
			&usage, _("\"%s\" is not the name of a zone or zone.segment"), value);
	*ret_place = value;
	return EXIT_OK;
}

static int take_pair(struct log_query *query, const char *value)
{
	const char *comma = strchr(value, ',');
	int exit_code;

	if (!comma || strlen(value) >= sizeof(query->pair))
		return cmd_usage_error(&usage, _("--pair is two places, \"lgwan,internet\""));
	memcpy(query->pair, value, strlen(value) + 1);
	query->pair[comma - value] = '\0';
	exit_code = take_place(query->pair, &query->filter.from);
	if (exit_code != EXIT_OK)
		return exit_code;
	return take_place(query->pair + (comma - value) + 1, &query->filter.to);
}

static int take_address(const char *value, struct log_address *ret_address)
{
	if (log_address_parse(value, ret_address) == 0)
		return EXIT_OK;
	return cmd_usage_error(&usage, _("\"%s\" is not an address or prefix"), value);
}

static int take_port(struct log_query *query, const char *value)
{
	unsigned long port;

	if (!options_number(value, UINT16_MAX, &port))
		return cmd_usage_error(&usage, _("\"%s\" is not a port number"), value);
	query->filter.port = (uint16_t)port;
	query->filter.port_set = true;
	return EXIT_OK;
}

/* Records carry the number of the protocol, so every name becomes one. */
static int take_protocol(struct log_query *query, const char *value)
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
		return cmd_usage_error(&usage,
			_("no protocol is known as \"%s\"; did you mean \"%s\"?"), value,
			suggest.best);
	return cmd_usage_error(
		&usage, _("no protocol is known as \"%s\"; its number can be given"), value);
}

static int take_reason(struct log_query *query, const char *value)
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
		return cmd_usage_error(&usage, _("there is no reason \"%s\"; did you mean \"%s\"?"),
			value, suggest.best);
	fprintf(stderr, "%s", _("Reasons:"));
	for (int i = 0; i < REASON_COUNT; i++)
		fprintf(stderr, " %s", reason_name((enum reason)i));
	fputc('\n', stderr);
	return cmd_usage_error(&usage, _("there is no reason \"%s\""), value);
}

static int take_mac(struct log_query *query, const char *value)
{
	uint8_t mac[MAC_LENGTH];

	if (mac_parse(value, mac) < 0)
		return cmd_usage_error(&usage, _("\"%s\" is not a MAC address"), value);
	query->filter.mac = value;
	return EXIT_OK;
}

static int take_last(struct log_query *query, const char *value)
{
	unsigned long last;

	if (!options_number(value, LAST_MAX, &last))
		return cmd_usage_error(
			&usage, _("--last is a number up to %d, not \"%s\""), LAST_MAX, value);
	query->last = last;
	query->last_set = true;
	return EXIT_OK;
}

static int take_option(int option, const char *value, void *data)
{
	struct log_query *query = data;
	struct log_filter *filter = &query->filter;

	if (option == OPTIONS_OPERAND)
		return cmd_usage_error(&usage, _("\"%s\" is not expected here"), value);
	switch ((enum option)option) {
	case OPTION_SINCE:
		query->since_set = true;
		return take_time("since", value, false, &filter->since);
	case OPTION_UNTIL:
		return take_time("until", value, true, &filter->until);
	case OPTION_ZONE:
		return take_place(value, &filter->place);
	case OPTION_PAIR:
		return take_pair(query, value);
	case OPTION_ADDRESS:
		return take_address(value, &filter->either);
	case OPTION_SOURCE:
		return take_address(value, &filter->source);
	case OPTION_DESTINATION:
		return take_address(value, &filter->destination);
	case OPTION_PORT:
		return take_port(query, value);
	case OPTION_PROTOCOL:
		return take_protocol(query, value);
	case OPTION_REASON:
		return take_reason(query, value);
	case OPTION_INTERFACE:
		filter->interface = value;
		return EXIT_OK;
	case OPTION_MAC:
		return take_mac(query, value);
	case OPTION_REVISION:
		filter->revision = value;
		return EXIT_OK;
	case OPTION_ACTION:
		filter->action = value;
		return EXIT_OK;
	case OPTION_EVENTS:
		filter->events = true;
		return EXIT_OK;
	case OPTION_LAST:
		return take_last(query, value);
	case OPTION_FOLLOW:
		query->follow = true;
		return EXIT_OK;
	case OPTION_DIRECTORY:
		query->directory = value;
		return EXIT_OK;
	case OPTION_COUNT:
		break;
	}
	return EXIT_OK;
}

int cmd_log(struct cli *cli, int argc, char **argv)
{
	struct log_query query = {
		.usage = &usage,
		.directory = LOG_DIRECTORY,
		.filter = { .since = INT64_MIN, .until = INT64_MAX },
	};
	int exit_code;

	if (argc > 1 && strcmp(argv[1], "verify") == 0)
		return cmd_log_verify(cli, argc - 1, argv + 1);
	if (argc > 1 && strcmp(argv[1], "prove") == 0)
		return cmd_log_prove(cli, argc - 1, argv + 1);
	if (!cmd_parse(cli, &usage, argc, argv, take_option, &query, &exit_code))
		return exit_code;
	if (query.filter.since >= query.filter.until)
		return cmd_usage_error(&usage, _("--since is not before --until"));
	return log_query_run(cli, &query);
}
