/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "logformat.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "logformat_impl.h"
#include "logrecord.h"

static const char *const names[LOGFORMAT_KINDS] = {
	[LOGFORMAT_JSON] = "json",
	[LOGFORMAT_ECS] = "ecs",
	[LOGFORMAT_OCSF] = "ocsf",
	[LOGFORMAT_CEF] = "cef",
	[LOGFORMAT_RFC5424] = "rfc5424",
	[LOGFORMAT_CSV] = "csv",
};

struct logformat {
	enum logformat_kind kind;
	bool begun;
	FILE *out;
	char *copy; /* of a line: parsing changes it */
	size_t room;
	struct json json;
	struct logformat_record record;
};

const char *logformat_name(enum logformat_kind kind)
{
	return names[kind];
}

int logformat_parse(const char *text, enum logformat_kind *ret_kind)
{
	for (unsigned int i = 0; i < LOGFORMAT_KINDS; i++) {
		if (strcmp(names[i], text) != 0)
			continue;
		*ret_kind = (enum logformat_kind)i;
		return 0;
	}
	return -EINVAL;
}

int logformat_new(enum logformat_kind kind, FILE *out, struct logformat **ret_format)
{
	struct logformat *format = calloc(1, sizeof(*format));

	if (!format)
		return -ENOMEM;
	format->kind = kind;
	format->out = out;
	json_init(&format->json);
	*ret_format = format;
	return 0;
}

void logformat_free(struct logformat *format)
{
	if (!format)
		return;
	json_clear(&format->json);
	free(format->copy);
	free(format);
}

/* ---- what a record is ---- */

static enum logformat_weight weigh(const struct logformat_record *record)
{
	const struct log_record known = { .action = record->action };
	const char *outcome = logformat_text(record, "event.outcome");

	switch (log_record_class(&known)) {
	case LOG_CLASS_FLOW:
		return strcmp(record->action, "flow-observed") == 0 ? WEIGHT_PASSED
								    : WEIGHT_BLOCKED;
	case LOG_CLASS_LOSS:
		return WEIGHT_FAILED;
	case LOG_CLASS_LEDGER:
		return WEIGHT_LEDGER;
	case LOG_CLASS_EVENT:
		break;
	}
	if (outcome && strcmp(outcome, "success") == 0)
		return WEIGHT_DONE;
	return outcome && strcmp(outcome, "failure") == 0 ? WEIGHT_FAILED : WEIGHT_UNKNOWN;
}

static const char *or_dash(const struct logformat_record *record, const char *key)
{
	const char *text = logformat_text(record, key);

	return text && text[0] != '\0' ? text : "-";
}

/* "10.30.17.5:40000", "[fd00::1]:443", or the address alone. */
static void describe_end(const struct logformat_record *record, const char *address_key,
	const char *port_key, char text[128])
{
	const char *address = or_dash(record, address_key);
	const char *port = logformat_text(record, port_key);

	if (!port)
		snprintf(text, 128, "%s", address);
	else
		snprintf(text, 128, strchr(address, ':') ? "[%s]:%s" : "%s:%s", address, port);
}

static void summarize(struct logformat_record *record)
{
	const char *message = logformat_text(record, "message");
	char *text = record->summary, source[128], destination[128];
	size_t size = sizeof(record->summary);

	if (logformat_is_flow(record)) {
		describe_end(record, "source.ip", "source.port", source);
		describe_end(record, "destination.ip", "destination.port", destination);
		snprintf(text, size, "%s %s > %s %s > %s %s (%s), packets: %s",
			record->weight == WEIGHT_BLOCKED ? "blocked" : "passed",
			or_dash(record, "hedate.zone.source"),
			or_dash(record, "hedate.zone.destination"), source, destination,
			or_dash(record, logformat_text(record, "network.transport")
						? "network.transport"
						: "network.iana_number"),
			or_dash(record, "event.reason"), or_dash(record, "network.packets"));
	} else if (record->weight == WEIGHT_LEDGER) {
		snprintf(text, size, "epoch %s: packets %s, recorded %s, lost %s",
			or_dash(record, "hedate.epoch"), or_dash(record, "hedate.ledger.packets"),
			or_dash(record, "hedate.ledger.recorded"),
			or_dash(record, "hedate.ledger.lost"));
	} else {
		snprintf(text, size, "%s", message ? message : record->action);
	}
}

static int parse(struct logformat *format, const char *line, size_t length)
{
	struct logformat_record *record = &format->record;
	int error;

	if (length >= format->room) {
		char *copy = realloc(format->copy, length + 1);

		if (!copy)
			return -ENOMEM;
		format->copy = copy;
		format->room = length + 1;
	}
	memcpy(format->copy, line, length);
	format->copy[length] = '\0';
	error = logmembers_parse(format->copy, length, &record->members);
	if (error < 0)
		return error;
	record->action = logformat_text(record, "event.action");
	if (!record->action)
		record->action = "unknown";
	record->weight = weigh(record);
	summarize(record);
	return 0;
}

/* ---- in its form ---- */

static int put_json(struct logformat *format)
{
	int error = format->json.failed ? -ENOMEM : 0;

	if (error == 0)
		fwrite(format->json.text, 1, format->json.length, format->out);
	json_reset(&format->json);
	return error;
}

void logformat_begin(struct logformat *format)
{
	if (format->kind == LOGFORMAT_CSV && !format->begun)
		logformat_csv_names(format->out);
	format->begun = true;
}

int logformat_put(struct logformat *format, const char *line, size_t length)
{
	int error;

	logformat_begin(format);

	if (format->kind == LOGFORMAT_JSON) {
		fwrite(line, 1, length, format->out);
		putc('\n', format->out);
		return 0;
	}
	error = parse(format, line, length);
	if (error < 0)
		return error;
	switch (format->kind) {
	case LOGFORMAT_ECS:
		logformat_ecs(&format->json, &format->record);
		return put_json(format);
	case LOGFORMAT_OCSF:
		logformat_ocsf(&format->json, &format->record);
		return put_json(format);
	case LOGFORMAT_CEF:
		logformat_cef(format->out, &format->record);
		return 0;
	case LOGFORMAT_RFC5424:
		logformat_rfc5424(format->out, &format->record);
		return 0;
	case LOGFORMAT_CSV:
		logformat_csv(format->out, &format->json, &format->record);
		error = format->json.failed ? -ENOMEM : 0;
		json_reset(&format->json);
		return error;
	case LOGFORMAT_JSON:
	case LOGFORMAT_KINDS:
		break;
	}
	return 0;
}
