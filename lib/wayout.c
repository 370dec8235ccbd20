/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wayout.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

struct wayout_hop {
	enum addr_family family;
	unsigned int table, length; /* of tables: the place in the order of the rules */
	struct addr_range range;    /* of the prefix */
	uint32_t metric;
	const struct nlroute_route *route;
};

/* Table, then the longest prefix, then its address, then the smallest metric. */
static int compare_hops(const void *left, const void *right)
{
	const struct wayout_hop *a = left, *b = right;
	int order;

	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	if (a->table != b->table)
		return a->table < b->table ? -1 : 1;
	if (a->length != b->length)
		return a->length > b->length ? -1 : 1;
	order = memcmp(a->range.first, b->range.first, sizeof(a->range.first));
	if (order != 0)
		return order;
	return (a->metric > b->metric) - (a->metric < b->metric);
}

/* The rules that there are without anybody's doing lead to three tables, one after the other. */
static bool place_of(uint32_t table, unsigned int *ret_place)
{
	static const uint32_t order[] = { RT_TABLE_LOCAL, RT_TABLE_MAIN, RT_TABLE_DEFAULT };

	for (unsigned int i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		*ret_place = i;
		if (order[i] == table)
			return true;
	}
	return false;
}

/* Told in the order in which they are asked. */
static void look_at_rules(struct wayout *wayout)
{
	const struct host *host = wayout->host;
	unsigned int last[ADDR_FAMILIES] = { 0 };

	for (int family = 0; family < ADDR_FAMILIES; family++) {
		wayout->untold[family] = host->more_routes;
		for (unsigned int table = 0; table < WAYOUT_TABLES; table++)
			wayout->used[family][table] = host->rule_count == 0;
	}
	for (size_t i = 0; i < host->rule_count; i++) {
		const struct nlroute_rule *rule = &host->rules[i];
		unsigned int place;

		if (rule->selective || !place_of(rule->table, &place) ||
			place < last[rule->family]) {
			wayout->untold[rule->family] = true;
			continue;
		}
		last[rule->family] = place;
		wayout->used[rule->family][place] = true;
	}
}

int wayout_init(struct wayout *wayout, const struct host *host)
{
	*wayout = (struct wayout){ .host = host };
	look_at_rules(wayout);
	wayout->hops = calloc(host->route_count + 1, sizeof(*wayout->hops));
	if (wayout->hops == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < host->route_count; i++) {
		const struct nlroute_route *route = &host->routes[i];
		struct wayout_hop hop = { .family = route->prefix.addr.family,
			.length = route->prefix.length,
			.range = addr_prefix_range(&route->prefix),
			.metric = route->metric,
			.route = route };

		if (!route->cloned && place_of(route->table, &hop.table))
			wayout->hops[wayout->count++] = hop;
	}
	qsort(wayout->hops, wayout->count, sizeof(*wayout->hops), compare_hops);
	return 0;
}

void wayout_clear(struct wayout *wayout)
{
	free(wayout->hops);
	*wayout = (struct wayout){ 0 };
}

/* How many of the hops stand before all that this one is not greater than. */
static size_t lower_bound(const struct wayout *wayout, const struct wayout_hop *hop)
{
	size_t low = 0, high = wayout->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_hops(&wayout->hops[middle], hop) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* All bits behind the first ones become zero. */
static void cut(struct addr_prefix *prefix, unsigned int length)
{
	unsigned int bits = 8 * (unsigned int)addr_length(prefix->addr.family);

	for (unsigned int bit = length; bit < bits; bit++)
		prefix->addr.bytes[bit / 8] &= (uint8_t) ~(0x80u >> bit % 8);
	prefix->length = length;
}

/* The first route of the table that takes the address, or NULL. */
static const struct nlroute_route *find(const struct wayout *wayout, enum addr_family family,
	unsigned int table, const uint8_t *address)
{
	struct wayout_hop asked = { .family = family, .table = table };
	struct addr_prefix prefix = { .addr = { .family = family } };

	memcpy(prefix.addr.bytes, address, addr_length(family));
	for (asked.length = 8 * (unsigned int)addr_length(family);; asked.length--) {
		const struct wayout_hop *hop;
		size_t at;

		cut(&prefix, asked.length);
		asked.range = addr_prefix_range(&prefix);
		at = lower_bound(wayout, &asked);
		hop = &wayout->hops[at];
		if (at < wayout->count && hop->family == family && hop->table == table &&
			hop->length == asked.length &&
			memcmp(&hop->range, &asked.range, sizeof(hop->range)) == 0)
			return hop->route;
		if (asked.length == 0)
			return NULL;
	}
}

static bool goes_only_by(
	const struct host *host, const struct nlroute_route *route, const char *interface)
{
	for (size_t i = 0; i < route->interface_count; i++) {
		const struct host_link *link = host_find_link(host, route->interfaces[i]);

		if (link == NULL || strcmp(link->link.name, interface) != 0)
			return false;
	}
	return route->type == RTN_UNICAST && route->interface_count > 0 && !route->more_hops;
}

enum wayout_answer wayout_leaves_by(const struct wayout *wayout, enum addr_family family,
	const uint8_t *address, const char *interface)
{
	if (wayout->untold[family])
		return WAYOUT_UNTOLD;
	for (unsigned int table = 0; table < WAYOUT_TABLES; table++) {
		const struct nlroute_route *route =
			wayout->used[family][table] ? find(wayout, family, table, address) : NULL;

		if (route != NULL && route->type != RTN_THROW)
			return goes_only_by(wayout->host, route, interface) ? WAYOUT_ONLY
									    : WAYOUT_OTHER;
	}
	return WAYOUT_OTHER;
}
