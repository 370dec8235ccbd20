/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From facts and answers: which addresses each segment has, so that none is in two of them. */
#include <errno.h>
#include <string.h>

#include "setup.h"

static void forget(struct setup *setup)
{
	for (size_t i = 0; i < setup->interface_count; i++) {
		struct setup_interface *interface = &setup->interfaces[i];

		for (int family = 0; family < ADDR_FAMILIES; family++) {
			addrset_clear(&interface->on_link[family]);
			addrset_clear(&interface->remote[family]);
			interface->rest[family] = interface->rest_left_out[family] = false;
		}
		interface->remote_left_out = interface->taken = false;
	}
}

/* ---- networks of the interfaces themselves ---- */

static bool is_claimed(const struct setup *setup, size_t before, enum addr_family family,
	const struct addr_range *range)
{
	for (size_t i = 0; i < before; i++)
		if (addrset_overlaps(&setup->interfaces[i].on_link[family], range))
			return true;
	return false;
}

static int settle_networks(struct setup *setup, size_t index)
{
	struct setup_interface *interface = &setup->interfaces[index];
	size_t kept = 0;

	for (size_t i = 0; i < interface->network_count; i++) {
		struct addr_range range = addr_prefix_range(&interface->networks[i]);
		enum addr_family family = interface->networks[i].addr.family;

		if (is_claimed(setup, index, family, &range))
			continue;
		if (addrset_add(&interface->on_link[family], &range) < 0)
			return -ENOMEM;
		kept++;
	}
	if (kept == 0) {
		interface->used = false;
		interface->taken = true;
	}
	return 0;
}

/* ---- networks behind them ---- */

/* Does the kernel prefer the route j of one interface to the route i of another for what both
 * hold? */
static bool is_preferred(const struct setup_route *j, const struct setup_route *i, bool earlier)
{
	if (j->prefix.length != i->prefix.length)
		return j->prefix.length > i->prefix.length;
	return j->metric < i->metric || (j->metric == i->metric && earlier);
}

static int subtract(struct addrset *set, const struct addr_prefix *prefix)
{
	struct addr_range range = addr_prefix_range(prefix);
	struct addrset one;
	int error;

	if (prefix->addr.family != set->family)
		return 0;
	addrset_init(&one, set->family);
	error = addrset_add(&one, &range);
	if (error == 0)
		error = addrset_subtract(set, &one);
	addrset_clear(&one);
	return error;
}

/* Take away what goes by another interface. */
static int subtract_others(const struct setup *setup, size_t index, const struct setup_route *route,
	struct addrset *set)
{
	int error = 0;

	for (size_t i = 0; error == 0 && i < setup->interface_count; i++) {
		const struct setup_interface *other = &setup->interfaces[i];

		for (size_t j = 0; error == 0 && j < other->network_count; j++)
			error = subtract(set, &other->networks[j]);
		for (size_t j = 0; error == 0 && i != index && j < other->route_count; j++)
			if (is_preferred(&other->routes[j], route, i < index))
				error = subtract(set, &other->routes[j].prefix);
	}
	return error;
}

static int settle_route(struct setup *setup, size_t index, const struct setup_route *route)
{
	enum addr_family family = route->prefix.addr.family;
	struct addr_range range = addr_prefix_range(&route->prefix);
	struct addrset set;
	int error;

	addrset_init(&set, family);
	error = addrset_add(&set, &range);
	if (error == 0)
		error = subtract_others(setup, index, route, &set);
	if (error == 0)
		error = addrset_add_set(&setup->interfaces[index].remote[family], &set);
	addrset_clear(&set);
	return error;
}

/* Of all routes to everything the kernel takes one. */
static void settle_rest(struct setup *setup, enum addr_family family)
{
	struct setup_interface *owner = NULL;
	uint32_t metric = 0;

	for (size_t i = 0; i < setup->interface_count; i++) {
		struct setup_interface *interface = &setup->interfaces[i];

		for (size_t j = 0; j < interface->route_count; j++) {
			const struct setup_route *route = &interface->routes[j];

			if (route->prefix.length > 0 || route->prefix.addr.family != family ||
				(owner != NULL && route->metric >= metric))
				continue;
			owner = interface;
			metric = route->metric;
		}
	}
	if (owner == NULL || !owner->used)
		return;
	/* Elsewhere "everything else" would take the Internet for a part of the zone. */
	if (owner->kind == ZONE_INTERNET)
		owner->rest[family] = true;
	else
		owner->rest_left_out[family] = true;
}

static bool has_remote(const struct setup_interface *interface)
{
	for (int family = 0; family < ADDR_FAMILIES; family++)
		if (interface->remote[family].count > 0 || interface->rest[family])
			return true;
	return false;
}

/* A profile asks whose networks are behind an interface, and by which line: without an answer they
 * are not written as if there were one. */
static bool is_unstated(const struct setup *setup, const struct setup_interface *interface)
{
	bool line = interface->kind == ZONE_MYNUMBER || interface->kind == ZONE_LGWAN;

	if (setup->profile[0] == '\0')
		return false;
	return interface->owner[0] == '\0' || interface->permission[0] == '\0' ||
	       interface->survey[0] == '\0' || (line && interface->line == LINE_UNSTATED);
}

/* ---- ssh ---- */

/* Is the interface that packets to it leave by in a zone, and the address in its segment? */
static bool is_reached(const struct setup *setup, const struct addr *addr)
{
	const struct setup_interface *interface = setup_way_to(setup, addr);

	if (interface == NULL || !interface->used)
		return false;
	if (addrset_contains(&interface->on_link[addr->family], addr->bytes))
		return true;
	return !interface->remote_left_out &&
	       (interface->rest[addr->family] ||
		       addrset_contains(&interface->remote[addr->family], addr->bytes));
}

/* The administrator behind a router that leads to everything else. */
static int settle_ssh(struct setup *setup, const struct addr *addr)
{
	struct setup_interface *interface = setup_way_to(setup, addr);
	struct addr_range range;

	if (interface == NULL || !interface->used || interface->remote_left_out ||
		is_reached(setup, addr))
		return 0;
	memcpy(range.first, addr->bytes, sizeof(range.first));
	memcpy(range.last, addr->bytes, sizeof(range.last));
	return addrset_add(&interface->remote[addr->family], &range);
}

const struct addr *setup_locked_out(const struct setup *setup)
{
	for (size_t i = 0; i < setup->ssh_count; i++)
		if (!is_reached(setup, &setup->ssh[i]))
			return &setup->ssh[i];
	return NULL;
}

int setup_settle(struct setup *setup)
{
	int error = 0;

	forget(setup);
	for (size_t i = 0; error == 0 && i < setup->interface_count; i++)
		if (setup->interfaces[i].used)
			error = settle_networks(setup, i);
	for (size_t i = 0; error == 0 && i < setup->interface_count; i++) {
		const struct setup_interface *interface = &setup->interfaces[i];

		for (size_t j = 0; error == 0 && interface->used && j < interface->route_count; j++)
			if (interface->routes[j].prefix.length > 0)
				error = settle_route(setup, i, &interface->routes[j]);
	}
	settle_rest(setup, ADDR_IPV4);
	settle_rest(setup, ADDR_IPV6);
	for (size_t i = 0; i < setup->interface_count; i++) {
		struct setup_interface *interface = &setup->interfaces[i];

		interface->remote_left_out =
			interface->used && has_remote(interface) && is_unstated(setup, interface);
	}
	for (size_t i = 0; error == 0 && i < setup->ssh_count; i++)
		error = settle_ssh(setup, &setup->ssh[i]);
	return error;
}
