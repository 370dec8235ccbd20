/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hedate exception request: ask for an exception, or begin an emergency. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../lib/logtime.h"
#include "clock.h"
#include "cmd_exception.h"
#include "exceptionstep.h"

#define SECOND	    INT64_C(1000000000)
#define CLAUSES_MAX 4096

enum option {
	OPTION_FROM,
	OPTION_TO,
	OPTION_SERVICE,
	OPTION_CLAUSE,
	OPTION_REASON,
	OPTION_START,
	OPTION_UNTIL,
	OPTION_FOR,
	OPTION_EMERGENCY,
	OPTION_COUNT,
};

static const struct option_spec options[OPTION_COUNT] = {
	[OPTION_FROM] = { "from", 0, N_("PLACE"),
		N_("who opens the connections: a host, segment, zone or address") },
	[OPTION_TO] = { "to", 0, N_("PLACE"), N_("to whom") },
	[OPTION_SERVICE] = { "service", 0, N_("SERVICE"),
		N_("of the configuration, or tcp/445, udp/1024-2047") },
	[OPTION_CLAUSE] = { "clause", 0, N_("NUMBER"),
		N_("of the security policy that it deviates from; may be repeated") },
	[OPTION_REASON] = { "reason", 0, N_("TEXT"), N_("why it is needed") },
	[OPTION_START] = { "start", 0, N_("TIME"), N_("from when; not given: when it is granted") },
	[OPTION_UNTIL] = { "until", 0, N_("TIME"), N_("until when: \"2026-11-30 17:00\", 17:00") },
	[OPTION_FOR] = { "for", 0, N_("DURATION"), N_("or how long: 90s, 2h, 1h30m, 3d") },
	[OPTION_EMERGENCY] = { "emergency", 0, NULL,
		N_("take effect at once, without approval; a report is due then") },
};

static const struct cmd_usage usage = {
	"exception request",
	N_("--from=PLACE --to=PLACE --service=SERVICE --clause=NUMBER --reason=TEXT "
	   "--for=DURATION"),
	N_("Asks for an exception, which takes effect when another person approves it. An "
	   "emergency\n"
	   "takes effect at once, for as long as the configuration permits at most, and a report\n"
	   "on it is due until it is entered."),
	options,
	OPTION_COUNT,
};

struct request {
	const char *values[OPTION_COUNT];
	char clauses[CLAUSES_MAX]; /* with commas between */
	bool emergency;
	int64_t start, end; /* seconds; 0: not given */
};

static int take_option(int option, const char *value, void *data)
{
	struct request *request = data;
	size_t used = strlen(request->clauses);

	if (option == OPTIONS_OPERAND)
		return cmd_usage_error(&usage, _("\"%s\" is not expected here"), value);
	if (option == OPTION_EMERGENCY)
		request->emergency = true;
	else if (option == OPTION_CLAUSE)
		snprintf(request->clauses + used, sizeof(request->clauses) - used, "%s%s",
			used > 0 ? "," : "", value);
	else
		request->values[option] = value;
	return EXIT_OK;
}

/* ---- times ---- */

/* A duration is read as that long before now. 0, or EXIT_USAGE. */
static int read_duration(const char *text, int64_t *ret_seconds)
{
	const int64_t far = INT64_C(4000000000) * SECOND;
	char before[64];
	int64_t time;

	if (strlen(text) < sizeof(before) - 1) {
		snprintf(before, sizeof(before), "-%s", text);
		if (text[0] >= '0' && text[0] <= '9' &&
			logtime_parse_person(before, far, false, &time) == 0 && time < far) {
			*ret_seconds = (far - time) / SECOND;
			return EXIT_OK;
		}
	}
	return cmd_usage_error(&usage,
		_("--for: \"%s\" is no duration; write for example 90s, 2h, 1h30m, 3d"), text);
}

static int read_time(const char *name, const char *text, bool end, int64_t *ret_seconds)
{
	int64_t time;

	if (logtime_parse_person(text, clock_realtime(), end, &time) == 0) {
		*ret_seconds = time / SECOND;
		return EXIT_OK;
	}
	return cmd_usage_error(&usage,
		_("--%s: \"%s\" is no time; write for example \"2026-11-30 17:00\" or 17:00"), name,
		text);
}

static int read_times(struct request *request)
{
	const char *start = request->values[OPTION_START], *until = request->values[OPTION_UNTIL];
	const char *duration = request->values[OPTION_FOR];
	int64_t seconds = 0;
	int exit_code = EXIT_OK;

	if (until && duration)
		return cmd_usage_error(&usage, _("give --until or --for, not both"));
	if (start)
		exit_code = read_time("start", start, false, &request->start);
	if (exit_code == EXIT_OK && until)
		return read_time("until", until, true, &request->end);
	if (exit_code != EXIT_OK || !duration)
		return exit_code;
	exit_code = read_duration(duration, &seconds);
	request->end =
		(request->start ? request->start : clock_realtime() / CLOCK_SECOND) + seconds;
	return exit_code;
}

/* ---- asking ---- */

static const char *text_of(const char *text)
{
	return text ? text : "";
}

static void put_request(struct message *message, const void *data)
{
	const struct request *request = data;

	message_put_string(message, text_of(request->values[OPTION_FROM]));
	message_put_string(message, text_of(request->values[OPTION_TO]));
	message_put_string(message, text_of(request->values[OPTION_SERVICE]));
	message_put_string(message, request->clauses);
	message_put_string(message, text_of(request->values[OPTION_REASON]));
	message_put_number(message, (uint64_t)request->start);
	message_put_number(message, (uint64_t)request->end);
	message_put_number(message, request->emergency);
}

static void say_what_follows(const struct exception_record *record)
{
	const char *id = exceptionview_member(record, "exception");
	char end[EXCEPTIONVIEW_TIME_MAX];

	exceptionview_time(record, "end", end);
	if (exceptionview_is(record, "emergency")) {
		printf(_("%s is in force until %s, without approval.\n"), id, end);
		printf(_("A report on it is due: hedate exception report --report=TEXT %s\n"), id);
	} else {
		printf(_("%s is asked for, until %s.\n"), id, end);
		printf(_("Another person approves it: hedate exception approve %s\n"), id);
	}
}

int cmd_exception_request(struct cli *cli, int argc, char **argv)
{
	struct request request = { 0 };
	struct exception_records records;
	int exit_code;

	if (!cmd_parse(cli, &usage, argc, argv, take_option, &request, &exit_code))
		return exit_code;
	exit_code = read_times(&request);
	if (exit_code != EXIT_OK)
		return exit_code;
	exit_code = exceptionstep_call(cli, CTL_EXCEPTION_REQUEST, put_request, &request, &records);
	if (exit_code == EXIT_OK && !cli->json && records.count > 0)
		say_what_follows(&records.items[0]);
	exceptionview_clear(&records);
	return exit_code;
}
