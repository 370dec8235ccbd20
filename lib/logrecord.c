/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "logrecord.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "json.h"
#include "logtime.h"

struct field {
	const char *key;
	size_t length; /* of the key: most others are told apart by it */
	size_t offset; /* in struct log_record, of a const char * */
};

static const struct field fields[] = {
#define X(member, key) { key, sizeof(key) - 1, offsetof(struct log_record, member) },
	LOG_FIELDS(X)
#undef X
};
#define FIELD_COUNT (sizeof(fields) / sizeof(fields[0]))

struct parse {
	struct log_record *record;
	size_t expected; /* lines have a fixed order: the field that most likely comes next */
	/* The reader ends a value only while it hands it out: where each is to be ended for good.
	 */
	char *line;
	size_t ends[FIELD_COUNT]; /* 0: not there */
};

static int take_member(const struct json_member *member, void *data)
{
	struct parse *parse = data;
	size_t length = strlen(member->key);

	if (member->type == JSON_NULL)
		return 0;
	for (size_t i = 0; i < FIELD_COUNT; i++) {
		size_t index = (parse->expected + i) % FIELD_COUNT;

		if (fields[index].length != length ||
			memcmp(fields[index].key, member->key, length) != 0)
			continue;
		memcpy((char *)parse->record + fields[index].offset, &member->text,
			sizeof(member->text));
		parse->ends[index] = (size_t)(member->text - parse->line) + strlen(member->text);
		parse->expected = index + 1;
		break;
	}
	return 0;
}

int log_record_parse(char *line, size_t length, struct log_record *ret_record)
{
	struct parse parse = { .record = ret_record, .line = line };
	int error;

	memset(ret_record, 0, sizeof(*ret_record));
	error = json_read_object(line, length, take_member, &parse);
	if (error < 0 || !ret_record->timestamp)
		return -EINVAL;
	for (size_t i = 0; i < FIELD_COUNT; i++) {
		if (parse.ends[i] > 0)
			line[parse.ends[i]] = '\0';
	}
	return logtime_parse(ret_record->timestamp, &ret_record->time);
}

int log_record_time(const char *line, size_t length, int64_t *ret_time)
{
	static const char begin[] = "{\"@timestamp\":\"";
	char text[LOGTIME_TEXT_MAX];
	const char *end;
	size_t bytes;

	if (length < sizeof(begin) - 1 || memcmp(line, begin, sizeof(begin) - 1) != 0)
		return -EINVAL;
	line += sizeof(begin) - 1;
	length -= sizeof(begin) - 1;
	end = memchr(line, '"', length < sizeof(text) ? length : sizeof(text));
	if (!end)
		return -EINVAL;
	bytes = (size_t)(end - line);
	if (bytes >= sizeof(text))
		return -EINVAL;
	memcpy(text, line, bytes);
	text[bytes] = '\0';
	return logtime_parse(text, ret_time);
}

static const struct {
	const char *action;
	enum log_class class;
} classes[] = {
	{ "flow-blocked", LOG_CLASS_FLOW },
	{ "flow-observed", LOG_CLASS_FLOW },
	{ "records-lost", LOG_CLASS_LOSS },
	{ "detail-lost", LOG_CLASS_LOSS },
	{ "ledger", LOG_CLASS_LEDGER },
};

static enum log_class class_of(const char *action, size_t length)
{
	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		if (strlen(classes[i].action) == length &&
			memcmp(classes[i].action, action, length) == 0)
			return classes[i].class;
	}
	return LOG_CLASS_EVENT;
}

enum log_class log_record_class(const struct log_record *record)
{
	return record->action ? class_of(record->action, strlen(record->action)) : LOG_CLASS_EVENT;
}

static uint64_t number(const char *text)
{
	return text ? strtoull(text, NULL, 10) : 0;
}

uint64_t log_record_packets(const struct log_record *record)
{
	switch (log_record_class(record)) {
	case LOG_CLASS_FLOW:
		return number(record->packets);
	case LOG_CLASS_LOSS:
		return number(
			record->lost_packets ? record->lost_packets : record->counted_packets);
	case LOG_CLASS_LEDGER:
	case LOG_CLASS_EVENT:
		break;
	}
	return 0;
}

bool log_line_ends_group(const char *line, size_t length)
{
	/* Quotes inside of strings are escaped: this can only be the key. */
	static const char key[] = "\"event.action\":\"";
	const char *action = memmem(line, length, key, sizeof(key) - 1), *end;

	if (!action)
		return false;
	action += sizeof(key) - 1;
	end = memchr(action, '"', length - (size_t)(action - line));
	if (!end)
		return false;
	switch (class_of(action, (size_t)(end - action))) {
	case LOG_CLASS_FLOW:
	case LOG_CLASS_LOSS:
		return false;
	case LOG_CLASS_LEDGER:
	case LOG_CLASS_EVENT:
		return true;
	}
	return false;
}

int log_address_parse(const char *text, struct log_address *ret_address)
{
	struct addr_prefix prefix;
	int error = addr_prefix_parse(text, &prefix);

	if (error < 0 && error != -EDOM)
		return -EINVAL;
	ret_address->set = true;
	ret_address->family = prefix.addr.family;
	ret_address->range = addr_prefix_range(&prefix);
	return 0;
}

static bool equal(const char *asked, const char *value)
{
	return value && strcmp(asked, value) == 0;
}

static bool place_matches(const char *asked, const char *zone, const char *segment)
{
	return equal(asked, zone) || equal(asked, segment);
}

static bool address_matches(const struct log_address *asked, const char *text)
{
	struct addr addr;
	size_t length;

	if (!text || addr_parse(text, &addr) < 0 || addr.family != asked->family)
		return false;
	length = addr_length(addr.family);
	return memcmp(addr.bytes, asked->range.first, length) >= 0 &&
	       memcmp(addr.bytes, asked->range.last, length) <= 0;
}

static bool port_matches(uint16_t asked, const char *text)
{
	char wanted[8];

	snprintf(wanted, sizeof(wanted), "%u", (unsigned int)asked);
	return equal(wanted, text);
}

/* Colons and dashes are the same, so are both cases of letters. */
static bool mac_matches(const char *asked, const char *text)
{
	if (!text)
		return false;
	for (; *asked != '\0' && *text != '\0'; asked++, text++) {
		char a = *asked == ':' ? '-' : (char)toupper((unsigned char)*asked);

		if (a != (char)toupper((unsigned char)*text))
			return false;
	}
	return *asked == *text;
}

static bool places_match(const struct log_filter *filter, const struct log_record *record)
{
	const char *from_zone = record->zone_source, *from_segment = record->segment_source;
	const char *to_zone = record->zone_destination, *to_segment = record->segment_destination;

	if (filter->place && !place_matches(filter->place, from_zone, from_segment) &&
		!place_matches(filter->place, to_zone, to_segment))
		return false;
	if (filter->from && !place_matches(filter->from, from_zone, from_segment))
		return false;
	return !filter->to || place_matches(filter->to, to_zone, to_segment);
}

static bool ends_match(const struct log_filter *filter, const struct log_record *record)
{
	if (filter->either.set && !address_matches(&filter->either, record->source_ip) &&
		!address_matches(&filter->either, record->destination_ip))
		return false;
	if (filter->source.set && !address_matches(&filter->source, record->source_ip))
		return false;
	if (filter->destination.set &&
		!address_matches(&filter->destination, record->destination_ip))
		return false;
	return !filter->port_set || port_matches(filter->port, record->source_port) ||
	       port_matches(filter->port, record->destination_port);
}

static bool rule_matches(const struct log_filter *filter, const struct log_record *record)
{
	if (filter->reason && !equal(filter->reason, record->reason))
		return false;
	if (filter->protocol && !equal(filter->protocol, record->transport) &&
		!equal(filter->protocol, record->protocol_number))
		return false;
	if (filter->interface && !equal(filter->interface, record->ingress) &&
		!equal(filter->interface, record->egress))
		return false;
	return !filter->revision ||
	       (record->revision && strncasecmp(record->revision, filter->revision,
					    strlen(filter->revision)) == 0);
}

bool log_filter_match_action(const struct log_filter *filter, const struct log_record *record)
{
	if (filter->action)
		return equal(filter->action, record->action);
	switch (log_record_class(record)) {
	case LOG_CLASS_FLOW:
	case LOG_CLASS_LOSS:
		return !filter->only_events;
	case LOG_CLASS_EVENT:
		return filter->events || filter->only_events;
	case LOG_CLASS_LEDGER:
		return false;
	}
	return false;
}

bool log_filter_match_kind(const struct log_filter *filter, const struct log_record *record)
{
	return places_match(filter, record) && rule_matches(filter, record);
}

void log_path_init(struct log_path *path, const char *name)
{
	memset(path, 0, sizeof(*path));
	path->name = name;
	for (int i = 0; i < 2; i++)
		for (int family = 0; family < ADDR_FAMILIES; family++)
			addrset_init(&path->ends[i].addresses[family], (enum addr_family)family);
}

void log_path_clear(struct log_path *path)
{
	for (int i = 0; i < 2; i++)
		for (int family = 0; family < ADDR_FAMILIES; family++)
			addrset_clear(&path->ends[i].addresses[family]);
}

static bool is_end(const struct log_path_end *end, const char *address, const char *zone)
{
	struct addr addr;

	if (end->gateway && equal("gateway", zone))
		return true;
	return address && addr_parse(address, &addr) == 0 &&
	       addrset_contains(&end->addresses[addr.family], addr.bytes);
}

/* One of its ends is the source, the other one the destination. */
static bool path_matches(const struct log_path *path, const struct log_record *record)
{
	for (int i = 0; i < 2; i++)
		if (is_end(&path->ends[i], record->source_ip, record->zone_source) &&
			is_end(&path->ends[1 - i], record->destination_ip,
				record->zone_destination))
			return true;
	return equal(path->name, record->path);
}

bool log_filter_match(const struct log_filter *filter, const struct log_record *record)
{
	if (record->time < filter->since || record->time >= filter->until)
		return false;
	if (!log_filter_match_action(filter, record))
		return false;
	if (log_record_class(record) == LOG_CLASS_LOSS)
		return true;
	return log_filter_match_kind(filter, record) && ends_match(filter, record) &&
	       (!filter->path || path_matches(filter->path, record)) &&
	       (!filter->mac || mac_matches(filter->mac, record->source_mac));
}
