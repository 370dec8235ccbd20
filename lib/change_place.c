/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Zones, segments, hosts, networks, clouds of local breakout, pairs that are only observed. */
#include <stddef.h>

#include "change_impl.h"

#define COUNT(what, member)                                                                        \
	static size_t count_##what(const struct policy *policy)                                    \
	{                                                                                          \
		return policy->member##_count;                                                     \
	}                                                                                          \
	static const void *what##_at(const struct policy *policy, size_t index)                    \
	{                                                                                          \
		return &policy->member##s[index];                                                  \
	}
COUNT(zone, zone)
COUNT(segment, segment)
COUNT(host, host)
COUNT(network, network)
COUNT(breakout, breakout)
COUNT(observe, observe)

/* ---- zones ---- */

static void name_zone(struct change_text *text, const struct change_side *side)
{
	const struct policy_zone *zone = side->object;

	change_put_text(text, zone->name);
}

static void put_kind(struct change_text *text, const struct change_side *side, size_t offset)
{
	const struct policy_zone *zone = side->object;

	(void)offset;
	change_put_text(text, zone_kind_name(zone->kind));
}

static void put_role(struct change_text *text, const struct change_side *side, size_t offset)
{
	const struct policy_zone *zone = side->object;

	(void)offset;
	if (zone->role != ZONE_ORDINARY)
		change_put_text(text, zone_role_name(zone->role));
}

static void put_inside(struct change_text *text, const struct change_side *side, size_t offset)
{
	const struct policy_zone *zone = side->object;

	(void)offset;
	change_put_text(text, zone->open_inside ? "open" : "closed");
}

static void put_limit(struct change_text *text, const struct change_side *side, size_t offset)
{
	const struct policy_zone *zone = side->object;
	const struct policy_limit *limit = &zone->limit;

	(void)offset;
	if (limit->rate > 0)
		change_put(
			text, "%u / %u s, burst %u", limit->rate, limit->per_seconds, limit->burst);
}

/* More connections may be opened: it grew. */
static int relate_limit(
	const struct change_side *before, const struct change_side *after, size_t offset)
{
	const struct policy_zone *old_zone = before->object, *new_zone = after->object;
	const struct policy_limit *old = &old_zone->limit, *new = &new_zone->limit;
	unsigned long long was, is;

	(void)offset;
	if (old->rate == 0 || new->rate == 0)
		return new->rate == 0 ? CHANGE_GREW : CHANGE_SHRANK;
	was = (unsigned long long)old->rate * new->per_seconds;
	is = (unsigned long long)new->rate * old->per_seconds;
	return (is > was || new->burst > old->burst ? CHANGE_GREW : 0) |
	       (is < was || new->burst < old->burst ? CHANGE_SHRANK : 0);
}

static const struct change_key zone_keys[] = {
	{ "kind", put_kind, 0, NULL, CHANGE_OPENS, CHANGE_CLOSES, 0, 0 },
	{ "label", change_put_string, offsetof(struct policy_zone, label), change_relate_not, 0, 0,
		0, 0 },
	{ "role", put_role, 0, NULL, CHANGE_WEAKENS, CHANGE_WEAKENS, 0, 0 },
	{ "inside", put_inside, offsetof(struct policy_zone, open_inside), change_relate_flag,
		CHANGE_OPENS, CHANGE_CLOSES, 0, 0 },
	{ "limit", put_limit, 0, relate_limit, CHANGE_OPENS, CHANGE_CLOSES, 0, 0 },
	{ 0 },
};

/* ---- segments ---- */

static void name_segment(struct change_text *text, const struct change_side *side)
{
	const struct policy_segment *segment = side->object;

	change_put_text(text, segment->full_name);
}

static void put_prefixes(struct change_text *text, const struct change_side *side, bool on_link)
{
	const struct policy_segment *segment = side->object;
	struct addrset sets[ADDR_FAMILIES];

	for (int family = 0; family < ADDR_FAMILIES; family++)
		addrset_init(&sets[family], (enum addr_family)family);
	for (size_t i = 0; i < segment->prefix_count; i++) {
		const struct addr_prefix *prefix = &segment->prefixes[i].prefix;
		struct addr_range range = addr_prefix_range(prefix);

		if (segment->prefixes[i].on_link == on_link &&
			addrset_add(&sets[prefix->addr.family], &range) < 0)
			text->failed = true;
	}
	change_put_sets(text, sets);
	for (int family = 0; family < ADDR_FAMILIES; family++)
		addrset_clear(&sets[family]);
}

static void put_networks(struct change_text *text, const struct change_side *side, size_t offset)
{
	(void)offset;
	put_prefixes(text, side, true);
}

static void put_remote(struct change_text *text, const struct change_side *side, size_t offset)
{
	(void)offset;
	put_prefixes(text, side, false);
}

static void put_line(struct change_text *text, const struct change_side *side, size_t offset)
{
	const struct policy_segment *segment = side->object;

	(void)offset;
	if (segment->line.type != LINE_UNSTATED)
		change_put_text(text, line_type_name(segment->line.type));
}

#define SEGMENT(member) offsetof(struct policy_segment, member)

static const struct change_key segment_keys[] = {
	{ "interface", change_put_string, SEGMENT(interface), NULL, CHANGE_OPENS, CHANGE_CLOSES, 0,
		0 },
	{ "label", change_put_string, SEGMENT(label), change_relate_not, 0, 0, 0, 0 },
	{ "networks", put_networks, SEGMENT(source), change_relate_addresses, CHANGE_OPENS,
		CHANGE_CLOSES, 0, 0 },
	{ "remote", put_remote, SEGMENT(source), change_relate_addresses, CHANGE_OPENS,
		CHANGE_CLOSES, 0, 0 },
	{ "external.owner", change_put_string, SEGMENT(external.owner), change_relate_not, 0, 0, 0,
		0 },
	{ "external.permission", change_put_string, SEGMENT(external.permission), change_relate_not,
		0, 0, 0, 0 },
	{ "external.survey", change_put_string, SEGMENT(external.survey), change_relate_not, 0, 0,
		0, 0 },
	{ "line.type", put_line, 0, change_relate_not, 0, 0, 0, 0 },
	{ "line.encryption", change_put_string, SEGMENT(line.encryption), change_relate_not, 0, 0,
		0, 0 },
	{ 0 },
};

/* ---- hosts ---- */

static void name_host(struct change_text *text, const struct change_side *side)
{
	const struct policy_host *host = side->object;

	change_put_text(text, host->name);
}

static bool has_address(const struct policy_host *host, const struct addr *addr)
{
	for (size_t i = 0; i < host->address_count; i++)
		if (addr_compare(&host->addresses[i], addr) == 0)
			return true;
	return false;
}

/* In their order: which comes first is no difference. */
static void put_host_addresses(
	struct change_text *text, const struct change_side *side, size_t offset)
{
	const struct policy_host *host = side->object;
	const struct addr *last = NULL;

	(void)offset;
	for (size_t n = 0; n < host->address_count; n++) {
		const struct addr *next = NULL;
		char address[ADDR_TEXT_MAX];

		for (size_t i = 0; i < host->address_count; i++) {
			const struct addr *addr = &host->addresses[i];

			if ((!last || addr_compare(addr, last) > 0) &&
				(!next || addr_compare(addr, next) < 0))
				next = addr;
		}
		if (!next)
			return;
		addr_format(next->family, next->bytes, address);
		change_put_comma(text);
		change_put_text(text, address);
		last = next;
	}
}

/* Only of hosts whose address is bound to a device: what paths make of it stands there. */
static int relate_host_addresses(
	const struct change_side *before, const struct change_side *after, size_t offset)
{
	const struct policy_host *old = before->object, *new = after->object;
	int relations = 0;

	(void)offset;
	for (size_t i = 0; new->has_mac &&i < new->address_count; i++)
		relations |= has_address(old, &new->addresses[i]) ? 0 : CHANGE_GREW;
	for (size_t i = 0; old->has_mac && i < old->address_count; i++)
		relations |= has_address(new, &old->addresses[i]) ? 0 : CHANGE_SHRANK;
	return relations;
}

static void put_mac(struct change_text *text, const struct change_side *side, size_t offset)
{
	const struct policy_host *host = side->object;
	char mac[MAC_TEXT_MAX];

	(void)offset;
	if (!host->has_mac)
		return;
	mac_format(host->mac, mac);
	change_put(text, "%s%s", mac, host->next_hop_mac ? " (next hop)" : "");
}

static void put_host_role(struct change_text *text, const struct change_side *side, size_t offset)
{
	const struct policy_host *host = side->object;

	(void)offset;
	if (host->role != HOST_ORDINARY)
		change_put_text(text, host_role_name(host->role));
}

static const struct change_key host_keys[] = {
	{ "address", put_host_addresses, 0, relate_host_addresses, CHANGE_CLOSES, CHANGE_OPENS, 0,
		0 },
	{ "mac", put_mac, offsetof(struct policy_host, has_mac), change_relate_flag, CHANGE_CLOSES,
		CHANGE_OPENS, CHANGE_CLOSES, CHANGE_OPENS },
	{ "label", change_put_string, offsetof(struct policy_host, label), change_relate_not, 0, 0,
		0, 0 },
	{ "role", put_host_role, 0, NULL, CHANGE_WEAKENS, CHANGE_WEAKENS, 0, 0 },
	{ 0 },
};

/* ---- networks, clouds of local breakout ---- */

static void name_network(struct change_text *text, const struct change_side *side)
{
	const struct policy_network *network = side->object;

	change_put_text(text, network->name);
}

static const struct change_key network_keys[] = {
	{ "networks", change_put_addresses, offsetof(struct policy_network, addresses),
		change_relate_not, 0, 0, 0, 0 },
	{ "label", change_put_string, offsetof(struct policy_network, label), change_relate_not, 0,
		0, 0, 0 },
	{ 0 },
};

static void name_breakout(struct change_text *text, const struct change_side *side)
{
	const struct policy_breakout *breakout = side->object;

	change_put_text(text, breakout->name);
}

static const struct change_key breakout_keys[] = {
	{ "networks", change_put_addresses, offsetof(struct policy_breakout, addresses),
		change_relate_not, 0, 0, 0, 0 },
	{ "label", change_put_string, offsetof(struct policy_breakout, label), change_relate_not, 0,
		0, 0, 0 },
	{ 0 },
};

/* ---- pairs that are only observed ---- */

static void name_observe(struct change_text *text, const struct change_side *side)
{
	const struct policy_observe *observe = side->object;

	change_put(text, "%s > %s", side->policy->zones[observe->from].name,
		side->policy->zones[observe->to].name);
}

static const struct change_key observe_keys[] = {
	{ "reason", change_put_string, offsetof(struct policy_observe, reason), change_relate_not,
		0, 0, 0, 0 },
	{ 0 },
};

const struct change_kind change_places[] = {
	{ CHANGE_ZONE, count_zone, zone_at, name_zone, zone_keys, 0, 0 },
	{ CHANGE_SEGMENT, count_segment, segment_at, name_segment, segment_keys, 0, 0 },
	{ CHANGE_HOST, count_host, host_at, name_host, host_keys, 0, 0 },
	{ CHANGE_NETWORK, count_network, network_at, name_network, network_keys, 0, 0 },
	{ CHANGE_BREAKOUT, count_breakout, breakout_at, name_breakout, breakout_keys, 0, 0 },
	{ CHANGE_OBSERVE, count_observe, observe_at, name_observe, observe_keys, CHANGE_OPENS,
		CHANGE_CLOSES },
	{ 0 },
};
