/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "zonespace.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <netinet/in.h>

#define CT_NEW 8u /* NF_CT_STATE_BIT(IP_CT_NEW) */

struct zonespace {
	const struct policy *policy;
	enum pkt_world world;
	struct hdrspace *space;
	bool noting;
	int error;
};

int zonespace_new(const struct policy *policy, enum pkt_world world, struct hdrspace *space,
	struct zonespace **ret_zones)
{
	struct zonespace *zones = calloc(1, sizeof(*zones));

	if (!zones)
		return -ENOMEM;
	zones->policy = policy;
	zones->world = world;
	zones->space = space;
	*ret_zones = zones;
	return 0;
}

void zonespace_free(struct zonespace *zones)
{
	free(zones);
}

/* Sets ----------------------------------------------------------------------------------------- */

static bdd_node set_and(struct zonespace *zones, bdd_node a, bdd_node b)
{
	return zones->noting ? BDD_ALL : bdd_and(hdrspace_bdd(zones->space), a, b);
}

static bdd_node set_or(struct zonespace *zones, bdd_node a, bdd_node b)
{
	return zones->noting ? BDD_ALL : bdd_or(hdrspace_bdd(zones->space), a, b);
}

static bdd_node test(struct zonespace *zones, enum pkt_field field, hdr_value first, hdr_value last)
{
	struct hdr_slice slice = pkt_slice(zones->world, field);
	struct hdr_range range = { first, last };

	if (!zones->noting)
		return hdrspace_test(zones->space, slice, range);
	int r = hdrspace_note(zones->space, slice, range);
	if (r < 0)
		zones->error = r;
	return BDD_ALL;
}

static hdr_value number_of(const void *bytes, size_t length)
{
	hdr_value number = 0;

	for (size_t i = 0; i < length; i++)
		number = number << 8 | ((const uint8_t *)bytes)[i];
	return number;
}

static bdd_node by_interface(struct zonespace *zones, enum pkt_field field, size_t segment)
{
	uint8_t bytes[16] = { 0 };

	strncpy((char *)bytes, zones->policy->segments[segment].interface, sizeof(bytes) - 1);
	hdr_value number = number_of(bytes, sizeof(bytes));

	return test(zones, field, number, number);
}

static bdd_node by_zone(struct zonespace *zones, enum pkt_field field, size_t zone)
{
	const struct policy_zone *place = &zones->policy->zones[zone];
	bdd_node set = BDD_EMPTY;

	for (size_t i = 0; i < place->segment_count; i++)
		set = set_or(zones, set, by_interface(zones, field, place->first_segment + i));
	return set;
}

static bdd_node by_addresses(
	struct zonespace *zones, enum pkt_field field, const struct addrset *addresses)
{
	size_t length = addr_length(addresses->family);
	bdd_node set = BDD_EMPTY;

	for (size_t i = 0; i < addresses->count; i++)
		set = set_or(zones, set,
			test(zones, field, number_of(addresses->ranges[i].first, length),
				number_of(addresses->ranges[i].last, length)));
	return set;
}

/* The service's port, or ICMP's type and code, stands in the destination port; in replies, in the
 * source port. */
static bdd_node by_ports(
	struct zonespace *zones, const struct policy_service_entry *entry, bool replies)
{
	const struct port_range *ports = &entry->ports;

	if (entry->protocol != IPPROTO_ICMP && entry->protocol != IPPROTO_ICMPV6)
		return test(zones, replies ? PKT_SPORT : PKT_DPORT, ports->first, ports->last);
	/* A range of type << 8 | code: whole types, or codes of one type. */
	uint8_t first = (uint8_t)(ports->first >> 8), last = (uint8_t)(ports->last >> 8);
	bdd_node types = test(zones, PKT_ICMP_TYPE, first, last);

	if (first != last)
		return types;
	return set_and(
		zones, types, test(zones, PKT_ICMP_CODE, ports->first & 0xff, ports->last & 0xff));
}

static bdd_node by_entry(
	struct zonespace *zones, const struct policy_service_entry *entry, bool replies)
{
	bdd_node set = test(zones, PKT_L4PROTO, entry->protocol, entry->protocol);
	bool icmp = entry->protocol == IPPROTO_ICMP || entry->protocol == IPPROTO_ICMPV6;

	/* What answers to an ICMP message is of another type. */
	if (entry->whole || (icmp && replies))
		return set;
	return set_and(zones, set, by_ports(zones, entry, replies));
}

static bdd_node by_services(struct zonespace *zones, const struct policy_path *path, bool replies)
{
	bdd_node set = BDD_EMPTY;

	for (size_t i = 0; i < path->service_count; i++) {
		const struct policy_service *service = &zones->policy->services[path->services[i]];

		if (service->any)
			return BDD_ALL;
		for (size_t k = 0; k < service->entry_count; k++)
			set = set_or(zones, set, by_entry(zones, &service->entries[k], replies));
	}
	return set;
}

static bdd_node by_end(struct zonespace *zones, const struct policy_end *end,
	enum pkt_field interface, enum pkt_field address)
{
	enum addr_family family = zones->world == PKT_IPV4 ? ADDR_IPV4 : ADDR_IPV6;
	bdd_node set = BDD_EMPTY;

	for (size_t i = 0; i < end->part_count; i++) {
		const struct policy_part *part = &end->parts[i];
		bdd_node here = by_interface(zones, interface, part->segment);

		if (address != PKT_FIELDS)
			here = set_and(zones, here,
				by_addresses(zones, address, &part->addresses[family]));
		set = set_or(zones, set, here);
	}
	return set;
}

/* What is asked for ------------------------------------------------------------------------------
 */

bdd_node zonespace_from(struct zonespace *zones, size_t zone)
{
	return by_zone(zones, PKT_IIFNAME, zone);
}

bdd_node zonespace_to(struct zonespace *zones, size_t zone)
{
	return by_zone(zones, PKT_OIFNAME, zone);
}

bdd_node zonespace_direction(struct zonespace *zones, bool reply)
{
	return test(zones, PKT_CT_DIRECTION, reply, reply);
}

bdd_node zonespace_beginning(struct zonespace *zones)
{
	static const uint32_t state = CT_NEW;
	hdr_value number = number_of(&state, sizeof(state));

	return set_and(zones, zonespace_direction(zones, false),
		test(zones, PKT_CT_STATE, number, number));
}

bdd_node zonespace_path(struct zonespace *zones, const struct policy_path *path)
{
	bdd_node ends = set_and(zones, by_end(zones, &path->from, PKT_IIFNAME, PKT_SADDR),
		by_end(zones, &path->to, PKT_OIFNAME, PKT_DADDR));

	return set_and(zones, ends, by_services(zones, path, false));
}

bdd_node zonespace_replies(struct zonespace *zones, const struct policy_path *path)
{
	bdd_node ends = set_and(zones, by_end(zones, &path->to, PKT_IIFNAME, PKT_SADDR),
		by_end(zones, &path->from, PKT_OIFNAME, PKT_DADDR));

	return set_and(zones, ends, by_services(zones, path, true));
}

bdd_node zonespace_marked(struct zonespace *zones, const struct policy_path *path)
{
	hdr_value mark = number_of(&path->id, sizeof(path->id));
	bdd_node there = set_and(zones, by_end(zones, &path->from, PKT_IIFNAME, PKT_FIELDS),
		by_end(zones, &path->to, PKT_OIFNAME, PKT_FIELDS));
	bdd_node back = set_and(zones, by_end(zones, &path->to, PKT_IIFNAME, PKT_FIELDS),
		by_end(zones, &path->from, PKT_OIFNAME, PKT_FIELDS));

	return set_and(zones, set_or(zones, there, back), test(zones, PKT_CT_MARK, mark, mark));
}

int zonespace_note(struct zonespace *zones)
{
	const struct policy *policy = zones->policy;

	zones->noting = true;
	for (size_t i = 0; i < policy->zone_count; i++) {
		zonespace_from(zones, i);
		zonespace_to(zones, i);
	}
	zonespace_direction(zones, true);
	zonespace_beginning(zones);
	for (size_t i = 0; i < policy->path_count; i++) {
		const struct policy_path *path = &policy->paths[i];

		if (path->direction != PATH_FORWARD)
			continue;
		zonespace_path(zones, path);
		zonespace_replies(zones, path);
		zonespace_marked(zones, path);
	}
	zones->noting = false;
	return zones->error;
}
