/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "zonespace.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>

#include "ctstate.h"

#define MLD2_REPORT 143 /* RFC 3810 */

struct zonespace {
	const struct policy *policy;
	enum pkt_world world;
	struct hdrspace *space;
	size_t from, to; /* of paths that are asked about, and back */
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
	zonespace_between(zones, ZONESPACE_ANY, ZONESPACE_ANY);
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

static bdd_node set_not(struct zonespace *zones, bdd_node a)
{
	return zones->noting ? BDD_ALL : bdd_not(hdrspace_bdd(zones->space), a);
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

static bdd_node by_name(struct zonespace *zones, enum pkt_field field, const char *name)
{
	hdr_value number = pkt_interface(name);

	return test(zones, field, number, number);
}

static bdd_node by_interface(struct zonespace *zones, enum pkt_field field, size_t segment)
{
	return by_name(zones, field, zones->policy->segments[segment].interface);
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
			test(zones, field, pkt_number(addresses->ranges[i].first, length),
				pkt_number(addresses->ranges[i].last, length)));
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

/* The gateway's own end has no parts: it says nothing. */
static bdd_node by_end(struct zonespace *zones, const struct policy_end *end,
	enum pkt_field interface, enum pkt_field address)
{
	enum addr_family family = zones->world == PKT_IPV4 ? ADDR_IPV4 : ADDR_IPV6;
	bdd_node set = end->part_count ? BDD_EMPTY : BDD_ALL;

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

static bdd_node by_place(struct zonespace *zones, enum pkt_field field, size_t place)
{
	bdd_node declared = BDD_EMPTY;

	if (place < zones->policy->zone_count)
		return by_zone(zones, field, place);
	if (place == ZONESPACE_GATEWAY(zones->policy))
		return BDD_ALL;
	for (size_t i = 0; i < zones->policy->zone_count; i++)
		declared = set_or(zones, declared, by_zone(zones, field, i));
	return set_not(zones, declared);
}

bdd_node zonespace_from(struct zonespace *zones, size_t place)
{
	return by_place(zones, PKT_IIFNAME, place);
}

bdd_node zonespace_to(struct zonespace *zones, size_t place)
{
	return by_place(zones, PKT_OIFNAME, place);
}

bdd_node zonespace_loopback(struct zonespace *zones, bool out)
{
	return by_name(zones, out ? PKT_OIFNAME : PKT_IIFNAME, "lo");
}

bdd_node zonespace_direction(struct zonespace *zones, bool reply)
{
	return test(zones, PKT_CT_DIRECTION, reply, reply);
}

bdd_node zonespace_states(struct zonespace *zones, uint32_t states)
{
	bdd_node set = BDD_EMPTY;

	for (uint32_t bit = 1; bit && bit <= states; bit <<= 1) {
		hdr_value number = pkt_number(&bit, sizeof(bit));

		if (states & bit)
			set = set_or(zones, set, test(zones, PKT_CT_STATE, number, number));
	}
	return set;
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

static bdd_node by_mark(struct zonespace *zones, uint32_t id)
{
	hdr_value mark = pkt_number(&id, sizeof(id));

	return test(zones, PKT_CT_MARK, mark, mark);
}

/* The interfaces of an end by which there are addresses of this world. */
static bdd_node by_end_here(
	struct zonespace *zones, const struct policy_end *end, enum pkt_field interface)
{
	enum addr_family family = zones->world == PKT_IPV4 ? ADDR_IPV4 : ADDR_IPV6;
	bdd_node set = end->part_count ? BDD_EMPTY : BDD_ALL;

	for (size_t i = 0; i < end->part_count; i++)
		if (end->parts[i].addresses[family].count)
			set = set_or(
				zones, set, by_interface(zones, interface, end->parts[i].segment));
	return set;
}

bdd_node zonespace_marked(
	struct zonespace *zones, const struct policy_path *path, bool back, bool here)
{
	const struct policy_end *in = back ? &path->to : &path->from;
	const struct policy_end *out = back ? &path->from : &path->to;
	bdd_node ends = here ? set_and(zones, by_end_here(zones, in, PKT_IIFNAME),
				       by_end_here(zones, out, PKT_OIFNAME))
			     : set_and(zones, by_end(zones, in, PKT_IIFNAME, PKT_FIELDS),
				       by_end(zones, out, PKT_OIFNAME, PKT_FIELDS));

	return set_and(zones, ends, by_mark(zones, path->id));
}

bdd_node zonespace_observed(
	struct zonespace *zones, const struct policy_observe *observe, bool back)
{
	size_t from = back ? observe->to : observe->from, to = back ? observe->from : observe->to;
	bdd_node ends =
		set_and(zones, by_zone(zones, PKT_IIFNAME, from), by_zone(zones, PKT_OIFNAME, to));

	return set_and(zones, ends, by_mark(zones, observe->id));
}

bdd_node zonespace_unmarked(struct zonespace *zones)
{
	return by_mark(zones, 0);
}

const struct zonespace_message zonespace_messages[ZONESPACE_MESSAGES] = {
	{ 255, ND_NEIGHBOR_SOLICIT, ND_NEIGHBOR_ADVERT },
	{ 1, MLD_LISTENER_QUERY, MLD_LISTENER_REDUCTION },
	{ 1, MLD2_REPORT, MLD2_REPORT },
};

bdd_node zonespace_link(struct zonespace *zones)
{
	bdd_node set = BDD_EMPTY;

	if (zones->world != PKT_IPV6)
		return BDD_EMPTY;
	for (size_t i = 0; i < ZONESPACE_MESSAGES; i++) {
		const struct zonespace_message *message = &zonespace_messages[i];

		set = set_or(zones, set,
			set_and(zones, test(zones, PKT_TTL, message->hops, message->hops),
				test(zones, PKT_ICMP_TYPE, message->first, message->last)));
	}
	return set_and(zones, set, test(zones, PKT_L4PROTO, IPPROTO_ICMPV6, IPPROTO_ICMPV6));
}

bdd_node zonespace_errors(struct zonespace *zones)
{
	bool ip4 = zones->world == PKT_IPV4;
	uint8_t protocol = ip4 ? IPPROTO_ICMP : IPPROTO_ICMPV6;
	uint8_t type = ip4 ? ICMP_DEST_UNREACH : ICMP6_PACKET_TOO_BIG;
	uint8_t code = ip4 ? ICMP_FRAG_NEEDED : 0;
	bdd_node too_big = set_and(zones, test(zones, PKT_ICMP_TYPE, type, type),
		test(zones, PKT_ICMP_CODE, code, code));
	bdd_node related = zonespace_states(zones, CT_RELATED);

	return set_and(zones, test(zones, PKT_L4PROTO, protocol, protocol),
		set_or(zones, related, too_big));
}

void zonespace_between(struct zonespace *zones, size_t from, size_t to)
{
	zones->from = from;
	zones->to = to;
}

static bool leads(const struct zonespace *zones, size_t from, size_t to)
{
	return (zones->from == ZONESPACE_ANY || zones->from == from) &&
	       (zones->to == ZONESPACE_ANY || zones->to == to);
}

static void note_path(struct zonespace *zones, const struct policy_path *path)
{
	size_t from = policy_path_zone_from(zones->policy, path);
	size_t to = policy_path_zone_to(zones->policy, path);

	if (leads(zones, from, to)) {
		zonespace_path(zones, path);
		zonespace_marked(zones, path, false, false);
	}
	if (leads(zones, to, from)) {
		zonespace_replies(zones, path);
		zonespace_marked(zones, path, true, false);
	}
}

int zonespace_note(struct zonespace *zones)
{
	const struct policy *policy = zones->policy;

	zones->noting = true;
	zonespace_from(zones, ZONESPACE_OTHER(policy));
	zonespace_to(zones, ZONESPACE_OTHER(policy));
	zonespace_loopback(zones, false);
	zonespace_loopback(zones, true);
	zonespace_direction(zones, true);
	zonespace_direction(zones, false);
	zonespace_states(zones, CT_ALL);
	zonespace_unmarked(zones);
	zonespace_link(zones);
	zonespace_errors(zones);
	for (size_t i = 0; i < policy->path_count; i++)
		note_path(zones, &policy->paths[i]);
	for (size_t i = 0; i < policy->observe_count; i++) {
		zonespace_observed(zones, &policy->observes[i], false);
		zonespace_observed(zones, &policy->observes[i], true);
	}
	zones->noting = false;
	return zones->error;
}
