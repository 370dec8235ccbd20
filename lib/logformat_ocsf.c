/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ocsf: a flow is Network Activity [4001], refused or traffic, with the profiles security_control
 * and host; the start and stop of a program Application Lifecycle [6002]; all else Base Event [0].
 * What OCSF has no place for is in "unmapped".
 */
#include <stdlib.h>
#include <string.h>

#include "logformat_impl.h"
#include "logrule.h"

#define OCSF_VERSION "1.3.0"

struct activity {
	unsigned int category, class, activity;
	const char *category_name, *class_name, *activity_name;
};

static const struct activity refused = { 4, 4001, 5, "Network Activity", "Network Activity",
	"Refuse" };
static const struct activity traffic = { 4, 4001, 6, "Network Activity", "Network Activity",
	"Traffic" };
static const struct {
	const char *action, *program;
	struct activity activity;
} lifecycles[] = {
	{ "start", "hedated",
		{ 6, 6002, 3, "Application Activity", "Application Lifecycle", "Start" } },
	{ "stop", "hedated",
		{ 6, 6002, 4, "Application Activity", "Application Lifecycle", "Stop" } },
	{ "recorder-start", "hedate-logd",
		{ 6, 6002, 3, "Application Activity", "Application Lifecycle", "Start" } },
	{ "recorder-stop", "hedate-logd",
		{ 6, 6002, 4, "Application Activity", "Application Lifecycle", "Stop" } },
};
#define LIFECYCLES (sizeof(lifecycles) / sizeof(lifecycles[0]))

/* Informational, low, medium, high: 1 to 4. */
static const unsigned int severities[WEIGHTS] = {
	[WEIGHT_LEDGER] = 1,
	[WEIGHT_DONE] = 1,
	[WEIGHT_UNKNOWN] = 1,
	[WEIGHT_PASSED] = 1,
	[WEIGHT_BLOCKED] = 2,
	[WEIGHT_FAILED] = 3,
};

/* Members that have a place. */
static const char *const mapped[] = { "@timestamp", "event.sequence", "event.action", "event.start",
	"event.end", "event.outcome", "observer.name", "hedate.zone.source",
	"hedate.zone.destination", "source.mac", "source.ip", "source.port", "destination.ip",
	"destination.port", "network.type", "network.iana_number", "network.transport",
	"network.packets", "network.bytes", "rule.ruleset", "event.reason", "message" };
/* Of events these stay where they are: there are no endpoints. */
static const char *const mapped_of_flows[] = { "hedate.zone.source", "hedate.zone.destination",
	"event.reason" };

static bool is_in(const char *const *list, size_t count, const char *key)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(list[i], key) == 0)
			return true;
	return false;
}

static bool has_place(const struct logformat_record *record, const char *key)
{
	if (!logformat_is_flow(record) &&
		is_in(mapped_of_flows, sizeof(mapped_of_flows) / sizeof(mapped_of_flows[0]), key))
		return false;
	return is_in(mapped, sizeof(mapped) / sizeof(mapped[0]), key);
}

static void put_text(struct json *json, const char *key, const char *text)
{
	if (!text)
		return;
	json_key(json, key);
	json_string(json, text);
}

static void put_number(struct json *json, const char *key, uint64_t number)
{
	json_key(json, key);
	json_unsigned(json, number);
}

/* A member as it stands, under another name. */
static void put_member(struct json *json, const char *key, const struct logformat_record *record,
	const char *member)
{
	const struct json_member *found = logmembers_find(&record->members, member);

	if (!found)
		return;
	json_key(json, key);
	logmembers_value(json, found);
}

static void put_time(struct json *json, const char *key, const struct logformat_record *record,
	const char *member)
{
	int64_t time = logmembers_time(&record->members, member);

	if (time > 0)
		put_number(json, key, (uint64_t)(time / 1000000));
}

static const struct activity *activity_of(
	const struct logformat_record *record, struct activity *other)
{
	if (logformat_is_flow(record))
		return record->weight == WEIGHT_BLOCKED ? &refused : &traffic;
	for (size_t i = 0; i < LIFECYCLES; i++)
		if (strcmp(lifecycles[i].action, record->action) == 0)
			return &lifecycles[i].activity;
	*other = (struct activity){ 0, 0, 99, "Uncategorized", "Base Event", record->action };
	return other;
}

static void put_classification(struct json *json, const struct logformat_record *record)
{
	static const char *const severity_names[] = { "Unknown", "Informational", "Low", "Medium",
		"High" };
	struct activity other;
	const struct activity *activity = activity_of(record, &other);
	unsigned int severity = severities[record->weight];
	bool failed = record->weight == WEIGHT_FAILED, known = record->weight != WEIGHT_UNKNOWN;

	put_number(json, "activity_id", activity->activity);
	put_text(json, "activity_name", activity->activity_name);
	put_number(json, "category_uid", activity->category);
	put_text(json, "category_name", activity->category_name);
	put_number(json, "class_uid", activity->class);
	put_text(json, "class_name", activity->class_name);
	put_number(json, "type_uid", activity->class * 100 + activity->activity);
	put_number(json, "severity_id", severity);
	put_text(json, "severity", severity_names[severity]);
	put_number(json, "status_id", failed ? 2 : known);
	put_text(json, "status", failed ? "Failure" : known ? "Success" : "Unknown");
	put_time(json, "time", record, "@timestamp");
	put_text(json, "message", record->summary);
}

static void put_metadata(struct json *json, const struct logformat_record *record)
{
	json_key(json, "metadata");
	json_object_begin(json);
	put_text(json, "version", OCSF_VERSION);
	json_key(json, "product");
	json_object_begin(json);
	put_text(json, "name", LOGFORMAT_NAME);
	put_text(json, "vendor_name", LOGFORMAT_NAME);
	put_text(json, "version", HEDATE_VERSION);
	json_object_end(json);
	json_key(json, "profiles");
	json_array_begin(json);
	if (logformat_is_flow(record))
		json_string(json, "security_control");
	if (logformat_text(record, "observer.name"))
		json_string(json, "host");
	json_array_end(json);
	put_text(json, "log_name", LOGFORMAT_NAME);
	put_text(json, "event_code", record->action);
	put_text(json, "original_time", logformat_text(record, "@timestamp"));
	put_member(json, "sequence", record, "event.sequence");
	json_object_end(json);
}

/* The gateway: profile "host". */
static void put_device(struct json *json, const struct logformat_record *record)
{
	const char *name = logformat_text(record, "observer.name");

	if (!name)
		return;
	json_key(json, "device");
	json_object_begin(json);
	put_text(json, "name", name);
	put_number(json, "type_id", 9);
	put_text(json, "type", "Firewall");
	json_object_end(json);
}

static void put_endpoints(struct json *json, const struct logformat_record *record)
{
	json_key(json, "src_endpoint");
	json_object_begin(json);
	put_member(json, "ip", record, "source.ip");
	put_member(json, "port", record, "source.port");
	put_member(json, "mac", record, "source.mac");
	put_member(json, "zone", record, "hedate.zone.source");
	json_object_end(json);
	json_key(json, "dst_endpoint");
	json_object_begin(json);
	put_member(json, "ip", record, "destination.ip");
	put_member(json, "port", record, "destination.port");
	put_member(json, "zone", record, "hedate.zone.destination");
	json_object_end(json);
}

static bool is_gateway(const struct logformat_record *record, const char *key)
{
	const char *zone = logformat_text(record, key);

	return zone && strcmp(zone, "gateway") == 0;
}

/* Letters as record.c writes them, in the order of the bits. */
static unsigned int flags_of(const char *letters)
{
	static const char names[] = "FSRPAUEC";
	unsigned int flags = 0;

	for (; *letters != '\0'; letters++) {
		const char *found = strchr(names, *letters);

		if (found)
			flags |= 1u << (found - names);
	}
	return flags;
}

static void put_connection(struct json *json, const struct logformat_record *record)
{
	const char *type = logformat_text(record, "network.type");
	const char *number = logformat_text(record, "network.iana_number");
	const char *flags = logformat_text(record, "hedate.tcp.flags");
	bool v6 = type && strcmp(type, "ipv6") == 0;

	json_key(json, "connection_info");
	json_object_begin(json);
	put_number(json, "direction_id",
		is_gateway(record, "hedate.zone.source")	? 2
		: is_gateway(record, "hedate.zone.destination") ? 1
								: 0);
	if (number)
		put_number(json, "protocol_num", strtoul(number, NULL, 10));
	put_text(json, "protocol_name", logformat_text(record, "network.transport"));
	put_number(json, "protocol_ver_id", v6 ? 6 : 4);
	if (flags)
		put_number(json, "tcp_flags", flags_of(flags));
	json_object_end(json);
	json_key(json, "traffic");
	json_object_begin(json);
	put_member(json, "packets", record, "network.packets");
	put_member(json, "bytes", record, "network.bytes");
	json_object_end(json);
}

/* Profile "security_control". */
static void put_control(struct json *json, const struct logformat_record *record)
{
	const struct logrule_flow flow = {
		.reason = logformat_text(record, "event.reason"),
		.zone_source = logformat_text(record, "hedate.zone.source"),
		.zone_destination = logformat_text(record, "hedate.zone.destination"),
		.segment_source = logformat_text(record, "hedate.segment.source"),
	};
	bool blocked = record->weight == WEIGHT_BLOCKED;
	char chain[RULESET_NAME_MAX + 1];

	put_number(json, "action_id", blocked ? 2 : 1);
	put_text(json, "action", blocked ? "Denied" : "Allowed");
	put_number(json, "disposition_id", blocked ? 2 : 1);
	put_text(json, "disposition", blocked ? "Blocked" : "Allowed");
	json_key(json, "firewall_rule");
	json_object_begin(json);
	put_text(json, "name", logrule_chain(&flow, chain) == 0 ? chain : flow.reason);
	put_member(json, "category", record, "event.reason");
	put_member(json, "version", record, "rule.ruleset");
	json_object_end(json);
}

static void put_app(struct json *json, const struct logformat_record *record)
{
	for (size_t i = 0; i < LIFECYCLES; i++) {
		if (strcmp(lifecycles[i].action, record->action) != 0)
			continue;
		json_key(json, "app");
		json_object_begin(json);
		put_text(json, "name", lifecycles[i].program);
		put_text(json, "vendor_name", LOGFORMAT_NAME);
		put_member(json, "version", record, "hedate.version");
		json_object_end(json);
	}
}

static void put_unmapped(struct json *json, const struct logformat_record *record)
{
	json_key(json, "unmapped");
	json_object_begin(json);
	for (size_t i = 0; i < record->members.count; i++) {
		const struct json_member *member = &record->members.items[i];

		if (has_place(record, member->key))
			continue;
		json_key(json, member->key);
		logmembers_value(json, member);
	}
	json_object_end(json);
}

void logformat_ocsf(struct json *json, const struct logformat_record *record)
{
	json_object_begin(json);
	put_classification(json, record);
	put_metadata(json, record);
	put_device(json, record);
	if (logformat_is_flow(record)) {
		put_time(json, "start_time", record, "event.start");
		put_time(json, "end_time", record, "event.end");
		put_endpoints(json, record);
		put_connection(json, record);
		put_control(json, record);
	} else {
		put_app(json, record);
	}
	put_unmapped(json, record);
	json_object_end(json);
	json_newline(json);
}
