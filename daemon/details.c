/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "details.h"
#include "../lib/array.h"
#include "clock.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static void forget_last(struct details *details)
{
	details->prefix_number = NAMES_NONE;
	details->last_prefix = details->last_in = details->last_out = NAMES_NONE;
}

void details_init(struct details *details, struct pending_budget *budget,
	const uint8_t hash_key[PENDING_HASH_KEY])
{
	memset(details, 0, sizeof(*details));
	pending_init(&details->flows, budget, hash_key);
	pending_init(&details->overflow, budget, hash_key);
	forget_last(details);
}

void details_clear(struct details *details)
{
	pending_clear(&details->flows);
	pending_clear(&details->overflow);
	names_clear(&details->names);
	packets_clear(&details->packets);
	details->dropped = 0;
	forget_last(details);
	details->epoch = 0;
	details->kept = (struct details_kept){ 0 };
	free(details->changed);
	details->changed = NULL;
	details->changed_count = details->changed_room = 0;
	details->unkept = false;
}

bool details_empty(const struct details *details)
{
	return details->flows.count == 0 && details->overflow.count == 0;
}

bool details_unkept(const struct details *details)
{
	return !details->unkept &&
	       (details->flows.count > details->kept.flows ||
		       details->overflow.count > details->kept.overflow || details->changed_count);
}

int64_t details_unkept_since(const struct details *details)
{
	const struct pending *flows = &details->flows, *overflow = &details->overflow;
	int64_t since = INT64_MAX;
	if (details->unkept)
		return since;
	if (flows->count > details->kept.flows)
		since = flows->entries[details->kept.flows].start;
	if (overflow->count > details->kept.overflow &&
		overflow->entries[details->kept.overflow].start < since)
		since = overflow->entries[details->kept.overflow].start;
	return since;
}

/* What is on disk of it is not what it is any more. Without memory it stays as it was: fewer
 * packets than there were. */
static void note_change(struct details *details, struct pending_entry *entry)
{
	size_t index = (size_t)(entry - details->overflow.entries);
	if (index >= details->kept.overflow || entry->flags & PENDING_CHANGED)
		return;
	uint32_t *changed = array_reserve(
		details->changed, sizeof(*changed), details->changed_count, &details->changed_room);

	if (!changed)
		return;
	details->changed = changed;
	details->changed[details->changed_count++] = (uint32_t)index;
	entry->flags |= PENDING_CHANGED;
}

/* When it was blocked, by both clocks: that since boot from how long ago it was. */
static void take_times(struct pending_entry *entry, const struct nflog_packet *packet)
{
	int64_t now = clock_realtime();
	int64_t boottime = clock_boottime();
	entry->start = packet->has_time ? packet->time : now;
	entry->boottime = boottime - (now - entry->start);
	if (entry->boottime >= 0 && entry->boottime <= boottime)
		entry->flags |= PENDING_BOOTTIME;
	entry->end = entry->start;
}

static bool is_last(const struct details *details, uint16_t last, const char *text)
{
	return last != NAMES_NONE && strcmp(names_text(&details->names, last), text) == 0;
}

static uint16_t add_name(struct details *details, uint16_t *last, const char *text)
{
	if (!is_last(details, *last, text))
		*last = names_add(&details->names, text);
	return *last;
}

static void take_packet(struct details *details, struct ifnames *ifnames,
	struct pending_entry *entry, const struct nflog_packet *packet)
{
	const struct flow_packet *flow = &packet->flow;
	take_times(entry, packet);
	entry->length = flow->length;
	entry->packet = packets_add(&details->packets, packet->bytes, packet->captured);
	entry->prefix = add_name(details, &details->last_prefix, packet->prefix);
	entry->interface_in =
		add_name(details, &details->last_in, ifnames_get(ifnames, packet->index_in));
	entry->interface_out =
		add_name(details, &details->last_out, ifnames_get(ifnames, packet->index_out));
	entry->sport = flow->sport;
	entry->dport = flow->dport;
	entry->tcp_flags = flow->tcp_flags;
	entry->icmp_type = flow->icmp_type;
	entry->icmp_code = flow->icmp_code;
	memcpy(entry->mac, packet->mac, sizeof(entry->mac));
	entry->flags |= (uint8_t)((packet->has_mac ? PENDING_MAC : 0) |
				  (flow->has_ports ? PENDING_PORTS : 0) |
				  (flow->has_tcp_flags ? PENDING_TCP_FLAGS : 0) |
				  (flow->has_icmp ? PENDING_ICMP : 0));
}

void details_packet(
	struct details *details, struct ifnames *ifnames, const struct nflog_packet *packet)
{
	const struct flow_packet *flow = &packet->flow;
	struct pending *table = flow->overflow ? &details->overflow : &details->flows;
	struct flow_prefix prefix;
	/* Somebody else's rules may log to our group. */
	if (!is_last(details, details->last_prefix, packet->prefix) &&
		flow_prefix_parse(packet->prefix, &prefix) < 0)
		return;
	struct pending_entry *entry;
	int r = pending_take(table, &flow->key, &entry);
	bool first = r == 0;
	if (r < 0) {
		details->dropped++;
		return;
	}
	if (first)
		take_packet(details, ifnames, entry, packet);
	if (!flow->overflow)
		return;
	entry->packets++;
	entry->bytes += flow->length;
	if (first)
		return;
	entry->end = packet->has_time ? packet->time : clock_realtime();
	note_change(details, entry);
}

static void take_entries_since(struct details *details, struct pending *to,
	const struct details *from, const struct pending *entries, int64_t since)
{
	for (size_t i = 0; i < entries->count; i++) {
		const struct pending_entry *entry = &entries->entries[i];
		struct pending_entry *added;
		const uint8_t *packet;
		size_t length = 0;
		if (entry->start < since || pending_add(to, &entry->key, &added) < 0)
			continue;
		*added = *entry;
		added->flags &= (uint8_t) ~(PENDING_USED | PENDING_CHANGED);
		packet = packets_get(&from->packets, entry->packet, &length);
		added->packet = packets_add(&details->packets, packet, length);
		added->prefix = names_add(&details->names, names_text(&from->names, entry->prefix));
		added->interface_in =
			names_add(&details->names, names_text(&from->names, entry->interface_in));
		added->interface_out =
			names_add(&details->names, names_text(&from->names, entry->interface_out));
	}
}

void details_take_since(struct details *details, const struct details *from, int64_t since)
{
	take_entries_since(details, &details->flows, from, &from->flows, since);
	take_entries_since(details, &details->overflow, from, &from->overflow, since);
}

/* The segment of an interface, if it is still of the zone that the record names. */
static const char *segment_of(
	const struct topology *topology, const char *interface, const char *place)
{
	const struct topology_place *known =
		interface[0] ? topology_find_place(topology, interface) : NULL;
	return known && strcmp(known->zone, place) == 0 ? known->segment : NULL;
}

void details_describe_code(const struct topology *topology, uint32_t code, struct record_flow *flow)
{
	const struct topology_code *known = topology_find_code(topology, code);
	flow->reason = known ? known->reason : "unknown";
	flow->from = known ? known->from : "unknown";
	flow->to = known ? known->to : "unknown";
}

void details_describe_key(struct record_flow *flow)
{
	switch ((enum flow_class)flow->key.class) {
	case FLOW_TCP:
	case FLOW_UDP:
		flow->has_ports = true;
		flow->sport = flow->key.sport;
		flow->dport = flow->key.dport;
		break;
	case FLOW_ICMP:
		flow->has_icmp = true;
		flow->icmp_type = (uint8_t)flow->key.sport;
		flow->icmp_code = (uint8_t)flow->key.dport;
		break;
	case FLOW_OTHER:
	case FLOW_CLASS_COUNT:
		break;
	}
}

static void describe_prefix(
	struct details *details, const struct pending_entry *entry, struct record_flow *flow)
{
	if (entry->prefix != details->prefix_number) {
		const char *text = names_text(&details->names, entry->prefix);
		if (flow_prefix_parse(text, &details->prefix) < 0)
			return; /* there was no memory for it */
		details->prefix_number = entry->prefix;
	}
	flow->reason = details->prefix.reason;
	flow->from = details->prefix.from;
	flow->to = details->prefix.to;
	flow->revision = details->prefix.revision;
}

void details_describe(struct details *details, const struct topology *topology,
	const struct pending_entry *entry, struct record_flow *flow)
{
	describe_prefix(details, entry, flow);
	flow->interface_in = names_text(&details->names, entry->interface_in);
	flow->interface_out = names_text(&details->names, entry->interface_out);
	flow->segment_from = segment_of(topology, flow->interface_in, flow->from);
	flow->segment_to = segment_of(topology, flow->interface_out, flow->to);
	flow->start = entry->start;
	flow->boottime = entry->flags & PENDING_BOOTTIME ? entry->boottime : -1;
	flow->length = entry->length;
	flow->packet = packets_get(&details->packets, entry->packet, &flow->packet_length);
	flow->has_mac = entry->flags & PENDING_MAC;
	flow->has_ports = entry->flags & PENDING_PORTS;
	flow->has_tcp_flags = entry->flags & PENDING_TCP_FLAGS;
	flow->has_icmp = entry->flags & PENDING_ICMP;
	memcpy(flow->mac, entry->mac, sizeof(flow->mac));
	flow->sport = entry->sport;
	flow->dport = entry->dport;
	flow->tcp_flags = entry->tcp_flags;
	flow->icmp_type = entry->icmp_type;
	flow->icmp_code = entry->icmp_code;
}
