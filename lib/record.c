/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record.h"

#include <netinet/in.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "calendar.h"

#define SECOND INT64_C(1000000000)

/* The last decimals of a fixed width. */
static void put_digits(char *text, unsigned int width, uint64_t value)
{
	while (width-- > 0) {
		text[width] = (char)('0' + value % 10);
		value /= 10;
	}
}

void record_time_format(int64_t time, char text[RECORD_TIME_MAX])
{
	struct calendar_date date;
	if (time < 0)
		time = 0;
	uint64_t seconds = (uint64_t)(time / SECOND);
	calendar_date_of((int64_t)(seconds / 86400), &date); /* the year fits */
	memcpy(text, "0000-00-00T00:00:00.000000000Z", 31);
	put_digits(text, 4, (uint64_t)date.year);
	put_digits(text + 5, 2, (uint64_t)date.month);
	put_digits(text + 8, 2, (uint64_t)date.day);
	put_digits(text + 11, 2, seconds / 3600 % 24);
	put_digits(text + 14, 2, seconds / 60 % 60);
	put_digits(text + 17, 2, seconds % 60);
	put_digits(text + 20, 9, (uint64_t)(time % SECOND));
}

static bool known(const char *text)
{
	return text && text[0];
}

/* Keys are written as they stand, so a record costs no more than it must. */
#define MEMBER(key)		     "\"" key "\":", sizeof("\"" key "\":") - 1
#define PUT_STRING(json, key, value) put_string(json, MEMBER(key), value)
#define PUT_NUMBER(json, key, value) put_number(json, MEMBER(key), value)

static void put_string(struct json *json, const char *member, size_t length, const char *value)
{
	if (!known(value))
		return;
	json_member(json, member, length);
	json_string(json, value);
}

static void put_number(struct json *json, const char *member, size_t length, uint64_t value)
{
	json_member(json, member, length);
	json_unsigned(json, value);
}

void record_time_put(struct json *json, const char *key, int64_t time)
{
	char text[RECORD_TIME_MAX];
	record_time_format(time, text);
	json_key(json, key);
	json_string(json, text);
}

static void begin_line(
	struct json *json, const char *timestamp, uint64_t sequence, const char *kind)
{
	json_object_begin(json);
	PUT_STRING(json, "@timestamp", timestamp);
	PUT_NUMBER(json, "event.sequence", sequence);
	PUT_STRING(json, "event.kind", kind);
}

static void end_line(struct json *json)
{
	json_object_end(json);
	json_newline(json);
}

/* A place that names a segment, "<zone>.<segment>", gives both; others are zones. */
static void put_zone(struct json *json, const char *member, size_t length, const char *place)
{
	if (!known(place))
		return;
	const char *dot = strchr(place, '.');
	json_member(json, member, length);
	json_string_n(json, place, dot ? (size_t)(dot - place) : strlen(place));
}

static const char *segment_of(const char *place, const char *segment)
{
	return known(place) && strchr(place, '.') ? place : segment;
}

static void put_places(struct json *json, const struct record_flow *flow)
{
	put_zone(json, MEMBER("hedate.zone.source"), flow->from);
	put_zone(json, MEMBER("hedate.zone.destination"), flow->to);
	PUT_STRING(json, "hedate.segment.source", segment_of(flow->from, flow->segment_from));
	PUT_STRING(json, "hedate.segment.destination", segment_of(flow->to, flow->segment_to));
	PUT_STRING(json, "observer.ingress.interface.name", flow->interface_in);
	PUT_STRING(json, "observer.egress.interface.name", flow->interface_out);
}

/* ECS wants capitals and hyphens. */
void record_mac_format(const uint8_t mac[MAC_LENGTH], char text[MAC_TEXT_MAX])
{
	static const char digits[] = "0123456789ABCDEF";
	for (size_t i = 0; i < MAC_LENGTH; i++) {
		text[3 * i] = digits[mac[i] >> 4];
		text[3 * i + 1] = digits[mac[i] & 15];
		text[3 * i + 2] = '-';
	}
	text[3 * MAC_LENGTH - 1] = '\0';
}

static void put_mac(struct json *json, const uint8_t mac[MAC_LENGTH])
{
	char text[MAC_TEXT_MAX];
	record_mac_format(mac, text);
	PUT_STRING(json, "source.mac", text);
}

static void put_address(struct json *json, const char *member, size_t length,
	const struct flow_key *flow, const uint8_t *bytes)
{
	char text[ADDR_TEXT_MAX];
	addr_format((enum addr_family)flow->family, bytes, text);
	put_string(json, member, length, text);
}

static void put_ends(struct json *json, const struct record_flow *flow)
{
	if (flow->has_mac)
		put_mac(json, flow->mac);
	put_address(json, MEMBER("source.ip"), &flow->key, flow->key.saddr);
	if (flow->has_ports)
		PUT_NUMBER(json, "source.port", flow->sport);
	put_address(json, MEMBER("destination.ip"), &flow->key, flow->key.daddr);
	if (flow->has_ports)
		PUT_NUMBER(json, "destination.port", flow->dport);
}

static const struct {
	uint8_t number;
	const char *name;
} transports[] = {
	{ IPPROTO_TCP, "tcp" },
	{ IPPROTO_UDP, "udp" },
	{ IPPROTO_ICMP, "icmp" },
	{ IPPROTO_ICMPV6, "ipv6-icmp" },
	{ IPPROTO_IGMP, "igmp" },
	{ IPPROTO_IPIP, "ipv4" },
	{ IPPROTO_IPV6, "ipv6" },
	{ IPPROTO_GRE, "gre" },
	{ IPPROTO_ESP, "esp" },
	{ IPPROTO_AH, "ah" },
	{ 89, "ospf" },
	{ IPPROTO_PIM, "pim" },
	{ 112, "vrrp" },
	{ 115, "l2tp" },
	{ IPPROTO_SCTP, "sctp" },
	{ IPPROTO_DCCP, "dccp" },
	{ IPPROTO_UDPLITE, "udplite" },
};

const char *record_transport_name(uint8_t protocol)
{
	for (size_t i = 0; i < sizeof(transports) / sizeof(transports[0]); i++)
		if (transports[i].number == protocol)
			return transports[i].name;
	return NULL;
}

static void put_protocol(struct json *json, const struct flow_key *key)
{
	char number[] = "000";
	put_digits(number, 3, key->protocol);
	const char *digits = number;
	while (digits[0] == '0' && digits[1])
		digits++;
	PUT_STRING(json, "network.type", key->family == ADDR_IPV4 ? "ipv4" : "ipv6");
	PUT_STRING(json, "network.transport", record_transport_name(key->protocol));
	PUT_STRING(json, "network.iana_number", digits);
}

/* In the order of tcpdump: "S", "SA", "FA", "R"; none at all is "". */
static void put_flags(struct json *json, uint8_t flags)
{
	static const struct {
		uint8_t bit;
		char letter;
	} names[] = {
		{ 0x01, 'F' },
		{ 0x02, 'S' },
		{ 0x04, 'R' },
		{ 0x08, 'P' },
		{ 0x10, 'A' },
		{ 0x20, 'U' },
		{ 0x40, 'E' },
		{ 0x80, 'C' },
	};
	char text[9];
	size_t length = 0;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (flags & names[i].bit)
			text[length++] = names[i].letter;
	json_key(json, "hedate.tcp.flags");
	json_string_n(json, text, length);
}

static const char *detail_name(enum record_detail detail)
{
	switch (detail) {
	case RECORD_FULL:
		return "full";
	case RECORD_COUNTED:
		return "counted";
	case RECORD_OVERFLOW:
		return "overflow";
	case RECORD_RECOVERED:
		return "recovered";
	}
	return "";
}

static void put_boottime(struct json *json, int64_t boottime)
{
	char text[] = "0000000000.000000"; /* 292 years at most */
	if (boottime < 0)
		return;
	put_digits(text, 10, (uint64_t)(boottime / SECOND));
	put_digits(text + 11, 6, (uint64_t)(boottime % SECOND / 1000));
	const char *digits = text;
	while (digits[0] == '0' && digits[1] != '.')
		digits++;
	PUT_STRING(json, "hedate.boottime", digits);
}

static void put_transport(struct json *json, const struct record_flow *flow)
{
	put_protocol(json, &flow->key);
	if (flow->has_tcp_flags)
		put_flags(json, flow->tcp_flags);
	if (flow->has_icmp) {
		PUT_NUMBER(json, "hedate.icmp.type", flow->icmp_type);
		PUT_NUMBER(json, "hedate.icmp.code", flow->icmp_code);
	}
}

static void put_policy(struct json *json, const struct record_origin *origin, const char *revision)
{
	PUT_STRING(json, "rule.ruleset", revision);
	PUT_STRING(json, "hedate.profile", origin->profile);
	PUT_STRING(json, "hedate.model", origin->model);
}

/* The first packet, as far as it was kept. */
static void put_packet(struct json *json, const struct record_flow *flow)
{
	char text[sodium_base64_ENCODED_LEN(RECORD_PACKET_MAX, sodium_base64_VARIANT_ORIGINAL)];
	if (!flow->packet || flow->packet_length > RECORD_PACKET_MAX)
		return;
	sodium_bin2base64(text, sizeof(text), flow->packet, flow->packet_length,
		sodium_base64_VARIANT_ORIGINAL);
	PUT_STRING(json, "hedate.packet", text);
}

void record_flow_write(struct json *json, const struct record_origin *origin, uint64_t sequence,
	const struct record_flow *flow)
{
	bool passed = known(flow->reason) && strcmp(flow->reason, RECORD_OBSERVED) == 0;

	char start[RECORD_TIME_MAX], end[RECORD_TIME_MAX];
	record_time_format(flow->start, start);
	if (flow->end > flow->start)
		record_time_format(flow->end, end);

	begin_line(json, start, sequence, "event");
	PUT_STRING(json, "event.category", "network");
	PUT_STRING(json, "event.type", passed ? "allowed" : "denied");
	PUT_STRING(json, "event.action", passed ? "flow-observed" : "flow-blocked");
	PUT_STRING(json, "event.outcome", "success");
	PUT_STRING(json, "event.reason", flow->reason);
	PUT_STRING(json, "event.start", start);
	PUT_STRING(json, "event.end", flow->end > flow->start ? end : start);
	put_boottime(json, flow->boottime);
	PUT_STRING(json, "observer.name", origin->site);
	put_policy(json, origin, flow->revision);
	put_places(json, flow);
	put_ends(json, flow);
	put_transport(json, flow);
	PUT_NUMBER(json, "network.packets", flow->packets);
	PUT_NUMBER(json, "network.bytes", flow->bytes);
	if (flow->length)
		PUT_NUMBER(json, "hedate.length", flow->length);
	put_packet(json, flow);
	PUT_STRING(json, "hedate.detail", detail_name(flow->detail));
	/* Its key has no ports: packets with other ones may be among them. */
	if (flow->key.class == FLOW_OTHER && flow->has_ports && flow->packets > 1) {
		json_key(json, "hedate.collapsed");
		json_bool(json, true);
	}
	if (flow->epoch)
		PUT_NUMBER(json, "hedate.epoch", flow->epoch);
	PUT_STRING(json, "hedate.table", origin->table);
	end_line(json);
}

/* Scans are alerts, found by looking at many flows. */
static bool is_scan(const char *action)
{
	return strncmp(action, "scan", 4) == 0 && strcmp(action, "scan-anew") != 0;
}

/* What happens to a process; all else is the configuration's. */
static const char *event_category(const char *action)
{
	static const char *const exact[] = { "start", "stop", "events-lost" };
	if (is_scan(action))
		return "intrusion_detection";
	static const char *const beginnings[] = { "recorder-", "records-", "detail-", "log-" };
	for (size_t i = 0; i < sizeof(exact) / sizeof(exact[0]); i++)
		if (strcmp(action, exact[i]) == 0)
			return "process";
	for (size_t i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++)
		if (strncmp(action, beginnings[i], strlen(beginnings[i])) == 0)
			return "process";
	return "configuration";
}

/* Keys of ECS's own stand as they are. */
static bool is_ecs(const char *key)
{
	return strncmp(key, "source.", 7) == 0 || strncmp(key, "observer.", 9) == 0;
}

static void put_extra(struct json *json, const struct record_extra *extra)
{
	char key[96];
	snprintf(key, sizeof(key), "%s%s", is_ecs(extra->key) ? "" : "hedate.", extra->key);
	json_key(json, key);
	if (extra->text)
		json_string(json, extra->text);
	else
		json_unsigned(json, extra->number);
}

void record_event_write(struct json *json, const struct record_origin *origin, uint64_t sequence,
	const struct record_event *event)
{
	char time[RECORD_TIME_MAX];
	record_time_format(event->time, time);
	begin_line(json, time, sequence, is_scan(event->action) ? "alert" : "event");
	PUT_STRING(json, "event.category", event_category(event->action));
	PUT_STRING(json, "event.action", event->action);
	PUT_STRING(json, "event.outcome", event->outcome);
	PUT_STRING(json, "observer.name", origin->site);
	put_policy(json, origin, event->revision);
	PUT_STRING(json, "message", event->message);
	for (size_t i = 0; i < event->extra_count; i++)
		put_extra(json, &event->extras[i]);
	end_line(json);
}

void record_ledger_write(struct json *json, const struct record_origin *origin, uint64_t sequence,
	int64_t time, const struct record_ledger *ledger)
{
	char now[RECORD_TIME_MAX];
	record_time_format(time, now);
	begin_line(json, now, sequence, "metric");
	PUT_STRING(json, "event.action", "ledger");
	PUT_STRING(json, "observer.name", origin->site);
	PUT_NUMBER(json, "hedate.epoch", ledger->epoch);
	PUT_STRING(json, "hedate.table", origin->table);
	record_time_put(json, "hedate.epoch_start", ledger->start);
	record_time_put(json, "hedate.epoch_end", ledger->end);
	PUT_NUMBER(json, "hedate.ledger.packets", ledger->packets);
	PUT_NUMBER(json, "hedate.ledger.recorded", ledger->recorded);
	PUT_NUMBER(json, "hedate.ledger.lost", ledger->lost);
	PUT_NUMBER(json, "hedate.total.kernel", ledger->total_kernel);
	PUT_NUMBER(json, "hedate.total.recorded", ledger->total_recorded);
	PUT_NUMBER(json, "hedate.total.lost", ledger->total_lost);
	end_line(json);
}
