/* SPDX-License-Identifier: GPL-2.0-or-later */
/* csv: the members of flows each have a column; all others stand in the last one, as JSON. */
#include <string.h>

#include "csv.h"
#include "logformat_impl.h"

static const char *const columns[] = {
	"@timestamp",
	"event.sequence",
	"event.kind",
	"event.category",
	"event.type",
	"event.action",
	"event.outcome",
	"event.reason",
	"event.start",
	"event.end",
	"observer.name",
	"rule.ruleset",
	"hedate.zone.source",
	"hedate.zone.destination",
	"hedate.segment.source",
	"hedate.segment.destination",
	"observer.ingress.interface.name",
	"observer.egress.interface.name",
	"source.mac",
	"source.ip",
	"source.port",
	"destination.ip",
	"destination.port",
	"network.type",
	"network.transport",
	"network.iana_number",
	"hedate.tcp.flags",
	"hedate.icmp.type",
	"hedate.icmp.code",
	"network.packets",
	"network.bytes",
	"hedate.length",
	"hedate.detail",
	"message",
};
#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

/* Without the @ of @timestamp, which would be taken for a formula. */
void logformat_csv_names(FILE *out)
{
	csv_begin(out);
	for (size_t i = 0; i < COLUMNS; i++)
		csv_field(out, columns[i] + (columns[i][0] == '@'), false);
	csv_field(out, "others", true);
}

static bool is_column(const char *key)
{
	for (size_t i = 0; i < COLUMNS; i++)
		if (strcmp(columns[i], key) == 0)
			return true;
	return false;
}

void logformat_csv(FILE *out, struct json *json, const struct logformat_record *record)
{
	for (size_t i = 0; i < COLUMNS; i++) {
		const char *text = logformat_text(record, columns[i]);

		csv_field(out, text ? text : "", false);
	}
	json_object_begin(json);
	for (size_t i = 0; i < record->members.count; i++) {
		const struct json_member *member = &record->members.items[i];

		if (is_column(member->key))
			continue;
		json_key(json, member->key);
		logmembers_value(json, member);
	}
	json_object_end(json);
	csv_field(out, json->failed ? "" : json->text, true);
}
