/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scanwatch.h"

#include <errno.h>
#include <inttypes.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/scan.h"
#include "clock.h"

#ifndef ICMP6_NI_QUERY
#define ICMP6_NI_QUERY 139 /* RFC 4620 */
#endif
#define EXTRAS_MAX	20
#define MINUTE		(60 * CLOCK_SECOND)
#define PREFIX_TEXT_MAX 128 /* NF_LOG_PREFIXLEN */

struct scanwatch {
	struct journal *journal;
	const struct topology *topology;
	struct ifnames *ifnames;
	struct scan *scan;
	int64_t minute;	    /* when the one began in which said were written; monotonic */
	unsigned int said;  /* events */
	uint64_t unsaid;    /* scans for which there was no event left */
	uint64_t forgotten; /* targets */
	bool waiting;	    /* events were queued */
	bool begun;	    /* scans were looked for since this process began */
	char prefix_text[PREFIX_TEXT_MAX]; /* of the last packet that had another than before it */
	struct flow_prefix prefix;
};

/* What is known of the packet that made its source a scan. */
struct context {
	struct flow_prefix prefix;
	const char *interface; /* "" */
	const uint8_t *mac;    /* NULL: not known */
	const struct scan_target *target;
};

int scanwatch_new(struct journal *journal, const struct topology *topology, struct ifnames *ifnames,
	struct scanwatch **ret_watch)
{
	struct scanwatch *watch = calloc(1, sizeof(*watch));
	if (!watch)
		return -ENOMEM;
	watch->journal = journal;
	watch->topology = topology;
	watch->ifnames = ifnames;
	watch->minute = clock_monotonic();
	int r = scan_new(0, 0, &watch->scan);
	if (r < 0) {
		free(watch);
		return r;
	}
	*ret_watch = watch;
	return 0;
}

void scanwatch_free(struct scanwatch *watch)
{
	if (!watch)
		return;
	scan_free(watch->scan);
	free(watch);
}

/* Events --------------------------------------------------------------------------------------- */

/* May one more be written in this minute? */
static bool may_say(struct scanwatch *watch)
{
	int64_t now = clock_monotonic();
	if (now - watch->minute >= MINUTE) {
		watch->minute = now;
		watch->said = 0;
	}
	if (watch->said >= SCANWATCH_EVENTS_MAX) {
		watch->unsaid++;
		return false;
	}
	watch->said++;
	return true;
}

struct extras {
	struct record_extra items[EXTRAS_MAX];
	size_t count;
};

static void put_text(struct extras *extras, const char *key, const char *text)
{
	if (text && text[0])
		extras->items[extras->count++] = (struct record_extra){ .key = key, .text = text };
}

static void put_number(struct extras *extras, const char *key, uint64_t number)
{
	extras->items[extras->count++] = (struct record_extra){ .key = key, .number = number };
}

static void say(struct scanwatch *watch, const char *action, const char *revision,
	const char *message, const struct extras *extras)
{
	const struct record_event event = {
		.time = clock_realtime(),
		.action = action,
		.outcome = strcmp(action, "scan-overflow") == 0 ? "failure" : "unknown",
		.revision = revision,
		.message = message,
		.extras = extras->items,
		.extra_count = extras->count,
	};
	journal_queue(watch->journal, &event);
	watch->waiting = true;
}

/* What the recorder before has counted is gone with it, which who reads the log must know. */
static void say_begun(struct scanwatch *watch, unsigned int targets, unsigned int seconds)
{
	struct extras extras = { 0 };
	put_number(&extras, "scan.targets", targets);
	put_number(&extras, "scan.seconds", seconds);
	say(watch, "scan-anew", watch->topology->revision,
		"the recorder begins to count scans anew: what was tried before does not count, "
		"and a "
		"scan without an end on record may have gone on",
		&extras);
}

int scanwatch_configure(struct scanwatch *watch, unsigned int targets, unsigned int seconds)
{
	int r = scan_configure(watch->scan, targets, seconds);
	if (r == 0 && targets > 0 && !watch->begun) {
		watch->begun = true;
		say_begun(watch, targets, seconds);
	}
	scanwatch_flush(watch);
	return r;
}

/* Texts of the source of a scan; mac is that of the packet, if known. */
struct source_text {
	char address[ADDR_TEXT_MAX], mac[MAC_TEXT_MAX];
	const char *name; /* the one that it is known by */
};

static void format_source(
	const struct scan_source *source, const uint8_t *mac, struct source_text *ret_text)
{
	struct source_text *text = ret_text;
	text->address[0] = text->mac[0] = '\0';
	if (source->kind == SCAN_MAC)
		record_mac_format(source->bytes, text->mac);
	else
		addr_format(source->kind == SCAN_IPV4 ? ADDR_IPV4 : ADDR_IPV6, source->bytes,
			text->address);
	text->name = text->address[0] ? text->address : text->mac;
	if (mac)
		record_mac_format(mac, text->mac);
}

static void put_source(struct extras *extras, const struct source_text *text)
{
	put_text(extras, "source.mac", text->mac);
	put_text(extras, "source.ip", text->address);
}

/* "<zone>.<segment>", where the place is a zone: of the interface, if it is still in that zone. */
static const char *segment_of(const struct scanwatch *watch, const struct context *context)
{
	const struct topology_place *known =
		topology_find_place(watch->topology, context->interface);
	if (strchr(context->prefix.from, '.'))
		return context->prefix.from;
	return known && strcmp(known->zone, context->prefix.from) == 0 ? known->segment : "";
}

static void format_target(const struct scan_target *target, char *text, size_t size)
{
	char address[ADDR_TEXT_MAX];
	addr_format((enum addr_family)target->family, target->address, address);
	const char *name = record_transport_name(target->protocol);
	int used = name ? snprintf(text, size, "%s %s", address, name)
			: snprintf(text, size, "%s protocol %u", address, target->protocol);
	if (target->port)
		snprintf(text + used, size - (size_t)used, " %u", target->port);
}

/* The zone of a place that may name a segment. */
static const char *zone_of(const char *place, char zone[FLOW_PLACE_MAX])
{
	size_t length = strcspn(place, ".");
	memcpy(zone, place, length);
	zone[length] = '\0';
	return zone;
}

static void say_found(
	struct scanwatch *watch, const struct scan_found *found, const struct context *context)
{
	char zones[2][FLOW_PLACE_MAX], message[200], since[RECORD_TIME_MAX], last[80];
	struct source_text source;
	struct extras extras = { 0 };
	if (!may_say(watch))
		return;
	format_source(&found->source, context->mac, &source);
	format_target(context->target, last, sizeof(last));
	record_time_format(found->since, since);
	int64_t seconds = (found->last - found->since + CLOCK_SECOND - 1) / CLOCK_SECOND;
	snprintf(message, sizeof(message),
		"%s tried %" PRIu64 " targets in %" PRId64 " s (addresses: %zu, ports: %zu)",
		source.name, found->targets, seconds, found->hosts, found->ports);
	put_text(&extras, "zone.source", zone_of(context->prefix.from, zones[0]));
	put_text(&extras, "zone.destination", zone_of(context->prefix.to, zones[1]));
	put_text(&extras, "segment.source", segment_of(watch, context));
	put_text(&extras, "observer.ingress.interface.name", context->interface);
	put_source(&extras, &source);
	put_text(&extras, "scan.reason", context->prefix.reason);
	put_text(&extras, "scan.since", since);
	put_number(&extras, "scan.targets", found->targets);
	put_number(&extras, "scan.addresses", found->hosts);
	put_number(&extras, "scan.ports", found->ports);
	put_text(&extras, "scan.last", last);
	say(watch, "scan", context->prefix.revision, message, &extras);
}

static void say_ended(struct scanwatch *watch, const struct scan_found *found)
{
	char message[200], since[RECORD_TIME_MAX], until[RECORD_TIME_MAX];
	struct source_text source;
	struct extras extras = { 0 };
	if (!may_say(watch))
		return;
	format_source(&found->source, NULL, &source);
	record_time_format(found->since, since);
	record_time_format(found->last, until);
	snprintf(message, sizeof(message), "the scan of %s is over: %" PRIu64 " targets in all",
		source.name, found->targets);
	put_source(&extras, &source);
	put_text(&extras, "scan.since", since);
	put_text(&extras, "scan.until", until);
	put_number(&extras, "scan.targets", found->targets);
	say(watch, "scan-end", watch->topology->revision, message, &extras);
}

/* Once the minute is over in which there were too many. */
static void say_overflow(struct scanwatch *watch)
{
	struct extras extras = { 0 };
	watch->forgotten += scan_take_forgotten(watch->scan);
	if ((!watch->forgotten && !watch->unsaid) || clock_monotonic() - watch->minute < MINUTE ||
		!may_say(watch))
		return;
	put_number(&extras, "scan.forgotten", watch->forgotten);
	put_number(&extras, "scan.unsaid", watch->unsaid);
	say(watch, "scan-overflow", watch->topology->revision,
		"too many sources: targets were forgotten before their time, or scans not written; "
		"the blocked flows themselves are on record",
		&extras);
	watch->forgotten = watch->unsaid = 0;
}

void scanwatch_flush(struct scanwatch *watch)
{
	struct scan_found ended;
	while (scan_take_ended(watch->scan, &ended))
		say_ended(watch, &ended);
	say_overflow(watch);
	if (watch->waiting)
		journal_flush(watch->journal);
	watch->waiting = false;
}

void scanwatch_tick(struct scanwatch *watch)
{
	scan_expire(watch->scan, clock_realtime());
	scanwatch_flush(watch);
}

/* Tries ---------------------------------------------------------------------------------------- */

static bool is_question(uint8_t family, uint8_t type)
{
	if (family == ADDR_IPV4)
		return type == ICMP_ECHO || type == ICMP_TIMESTAMP || type == ICMP_INFO_REQUEST ||
		       type == ICMP_ADDRESS;
	return type == ICMP6_ECHO_REQUEST || type == ICMP6_NI_QUERY;
}

static bool is_try(const char *reason, const struct flow_key *key, bool has_icmp, uint8_t icmp_type)
{
	static const char *const permitted[] = { "revoked", "limit", "island" };
	for (size_t i = 0; i < sizeof(permitted) / sizeof(permitted[0]); i++)
		if (strcmp(reason, permitted[i]) == 0)
			return false;
	return !has_icmp || is_question(key->family, icmp_type);
}

static struct scan_source source_of(
	const struct flow_key *key, const char *reason, const uint8_t *mac)
{
	struct scan_source source = { 0 };
	if (mac && strcmp(reason, "spoof") == 0) {
		source.kind = SCAN_MAC;
		memcpy(source.bytes, mac, MAC_LENGTH);
		return source;
	}
	source.kind = key->family == ADDR_IPV4 ? SCAN_IPV4 : SCAN_IPV6;
	memcpy(source.bytes, key->saddr, sizeof(source.bytes));
	return source;
}

static struct scan_target target_of(const struct flow_key *key, uint16_t port)
{
	struct scan_target target = {
		.port = port,
		.family = key->family,
		.protocol = key->protocol,
	};
	memcpy(target.address, key->daddr, sizeof(target.address));
	return target;
}

/* Most packets have the same prefix as the one before. NULL: it is none of ours. */
static const struct flow_prefix *parse_prefix(struct scanwatch *watch, const char *text)
{
	size_t length = strlen(text);
	if (length == 0 || length >= sizeof(watch->prefix_text))
		return NULL;
	if (strcmp(text, watch->prefix_text) == 0)
		return &watch->prefix;
	watch->prefix_text[0] = '\0';
	if (flow_prefix_parse(text, &watch->prefix) < 0)
		return NULL;
	memcpy(watch->prefix_text, text, length + 1);
	return &watch->prefix;
}

void scanwatch_packet(struct scanwatch *watch, const struct nflog_packet *packet)
{
	const struct flow_packet *flow = &packet->flow;
	struct context context;
	struct scan_found found;
	const struct flow_prefix *prefix = parse_prefix(watch, packet->prefix);
	if (!prefix || !is_try(prefix->reason, &flow->key, flow->has_icmp, flow->icmp_type))
		return;
	context.mac = packet->has_mac ? packet->mac : NULL;
	const struct scan_try try = {
		.source = source_of(&flow->key, prefix->reason, context.mac),
		.target = target_of(&flow->key, flow->has_ports ? flow->dport : 0),
		.time = packet->has_time ? packet->time : clock_realtime(),
	};
	if (!scan_note(watch->scan, &try, &found))
		return;
	context.prefix = *prefix;
	context.interface = ifnames_get(watch->ifnames, packet->index_in);
	context.target = &try.target;
	say_found(watch, &found, &context);
}

void scanwatch_flow(struct scanwatch *watch, const struct record_flow *flow)
{
	struct context context = { .interface = "" };
	struct scan_found found;
	if (!is_try(flow->reason, &flow->key, flow->has_icmp, flow->icmp_type))
		return;
	const struct scan_try try = {
		.source = source_of(&flow->key, flow->reason, NULL),
		.target = target_of(&flow->key, flow->has_ports ? flow->dport : 0),
		.time = clock_realtime(),
	};
	if (!scan_note(watch->scan, &try, &found))
		return;
	snprintf(context.prefix.reason, sizeof(context.prefix.reason), "%s", flow->reason);
	snprintf(context.prefix.from, sizeof(context.prefix.from), "%s", flow->from);
	snprintf(context.prefix.to, sizeof(context.prefix.to), "%s", flow->to);
	snprintf(context.prefix.revision, sizeof(context.prefix.revision), "%s", flow->revision);
	context.target = &try.target;
	say_found(watch, &found, &context);
}
