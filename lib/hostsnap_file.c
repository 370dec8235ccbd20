/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The host's part of a snapshot's file. See hostsnap.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "hostsnap.h"
#include "i18n.h"
#include "jsonfield.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A member of a record, by a name of its own. */
#define FIELD(record, name, member, kind)                                                          \
	{                                                                                          \
		name, JSONFIELD_##kind, offsetof(struct record, member),                           \
			sizeof(((struct record *)NULL)->member)                                    \
	}
#define SWITCH(name, what) FIELD(host_link, name, link.switches[what], SIGNED)

static const struct jsonfield link_fields[] = {
	FIELD(host_link, "index", link.index, SIGNED),
	FIELD(host_link, "name", link.name, TEXT),
	FIELD(host_link, "flags", link.flags, UNSIGNED),
	FIELD(host_link, "master", link.master, SIGNED),
	FIELD(host_link, "lower", link.lower, SIGNED),
	FIELD(host_link, "lower_elsewhere", link.lower_elsewhere, BOOL),
	FIELD(host_link, "lower_namespace", link.lower_namespace, SIGNED),
	FIELD(host_link, "kind", link.kind, TEXT),
	FIELD(host_link, "xdp", link.xdp, BOOL),
	FIELD(host_link, "xdp_program", link.xdp_program, UNSIGNED),
	SWITCH("forwarding4", SWITCH_FORWARDING4),
	SWITCH("forwarding6", SWITCH_FORWARDING6),
	SWITCH("proxy_arp", SWITCH_PROXY_ARP),
	SWITCH("proxy_ndp", SWITCH_PROXY_NDP),
	SWITCH("rp_filter", SWITCH_RP_FILTER),
	SWITCH("accept_redirects4", SWITCH_ACCEPT_REDIRECTS4),
	SWITCH("accept_redirects6", SWITCH_ACCEPT_REDIRECTS6),
	SWITCH("accept_source_route4", SWITCH_SOURCE_ROUTE4),
	SWITCH("accept_source_route6", SWITCH_SOURCE_ROUTE6),
	SWITCH("route_localnet", SWITCH_ROUTE_LOCALNET),
	FIELD(host_link, "filter", filter.kind, TEXT),
	FIELD(host_link, "filter_redirects", filter.redirects, BOOL),
	FIELD(host_link, "filter_program", filter.program, BOOL),
};

static const struct jsonfield route_fields[] = {
	FIELD(nlroute_route, "family", prefix.addr.family, UNSIGNED),
	FIELD(nlroute_route, "destination", prefix.addr.bytes, BYTES),
	FIELD(nlroute_route, "length", prefix.length, UNSIGNED),
	JSONFIELD(nlroute_route, table, UNSIGNED),
	JSONFIELD(nlroute_route, metric, UNSIGNED),
	JSONFIELD(nlroute_route, type, UNSIGNED),
	JSONFIELD(nlroute_route, protocol, UNSIGNED),
	JSONFIELD(nlroute_route, encap, UNSIGNED),
	JSONFIELD(nlroute_route, more_hops, BOOL),
};

static const struct jsonfield rule_fields[] = {
	JSONFIELD(nlroute_rule, family, UNSIGNED),
	JSONFIELD(nlroute_rule, priority, UNSIGNED),
	JSONFIELD(nlroute_rule, table, UNSIGNED),
	JSONFIELD(nlroute_rule, action, UNSIGNED),
	JSONFIELD(nlroute_rule, selective, BOOL),
};

static const struct jsonfield all_fields[] = {
	FIELD(host, "forwarding4", forwarding_all[ADDR_IPV4], SIGNED),
	FIELD(host, "forwarding6", forwarding_all[ADDR_IPV6], SIGNED),
	FIELD(host, "accept_redirects4", redirects_all, SIGNED),
	FIELD(host, "accept_source_route4", source_route_all, SIGNED),
	FIELD(host, "rp_filter", rp_filter_all, SIGNED),
	FIELD(host, "more_routes", more_routes, BOOL),
};

static const struct jsonfield fact_fields[] = {
	JSONFIELD(hostsnap_fact, subject, OWNED),
	JSONFIELD(hostsnap_fact, name, OWNED),
	JSONFIELD(hostsnap_fact, value, OWNED),
};

/* Writing -------------------------------------------------------------------------------------- */

static void write_object(
	const struct jsonfield *fields, size_t count, const void *record, struct json *json)
{
	json_object_begin(json);
	jsonfield_write(fields, count, record, json);
	json_object_end(json);
}

static void write_links(const struct hostsnap *snap, struct json *json)
{
	for (size_t i = 0; i < snap->host.link_count; i++)
		write_object(link_fields, COUNT(link_fields), &snap->host.links[i], json);
}

static void write_routes(const struct hostsnap *snap, struct json *json)
{
	for (size_t i = 0; i < snap->host.route_count; i++) {
		const struct nlroute_route *route = &snap->host.routes[i];

		json_object_begin(json);
		jsonfield_write(route_fields, COUNT(route_fields), route, json);
		json_key(json, "interfaces");
		json_array_begin(json);
		for (size_t k = 0; k < route->interface_count; k++)
			json_signed(json, route->interfaces[k]);
		json_array_end(json);
		json_object_end(json);
	}
}

static void write_rules(const struct hostsnap *snap, struct json *json)
{
	for (size_t i = 0; i < snap->host.rule_count; i++)
		write_object(rule_fields, COUNT(rule_fields), &snap->host.rules[i], json);
}

static void write_facts(const struct hostsnap_facts *facts, struct json *json)
{
	for (size_t i = 0; i < facts->count; i++)
		write_object(fact_fields, COUNT(fact_fields), &facts->list[i], json);
}

static bool load_link(struct jsonpull *pull, struct hostsnap *snap);
static bool load_route(struct jsonpull *pull, struct hostsnap *snap);
static bool load_rule(struct jsonpull *pull, struct hostsnap *snap);

/* Parts that are more than facts. */
static const struct typed {
	void (*write)(const struct hostsnap *snap, struct json *json);
	bool (*load)(struct jsonpull *pull, struct hostsnap *snap);
} typed[HOSTSNAP_PARTS] = {
	[HOSTSNAP_LINKS] = { write_links, load_link },
	[HOSTSNAP_ROUTES] = { write_routes, load_route },
	[HOSTSNAP_RULES] = { write_rules, load_rule },
};

void hostsnap_write(const struct hostsnap *snap, struct json *json)
{
	json_object_begin(json);
	json_key(json, "all");
	write_object(all_fields, COUNT(all_fields), &snap->host, json);
	for (unsigned int i = 0; i < HOSTSNAP_PARTS; i++) {
		json_key(json, hostsnap_part_name(i));
		json_object_begin(json);
		json_key(json, "error");
		json_signed(json, snap->parts[i].error);
		json_key(json, "list");
		json_array_begin(json);
		if (typed[i].write)
			typed[i].write(snap, json);
		else
			write_facts(&snap->parts[i], json);
		json_array_end(json);
		json_object_end(json);
	}
	json_object_end(json);
}

/* Loading -------------------------------------------------------------------------------------- */

static bool no_family(struct jsonpull *pull, enum addr_family family)
{
	if ((unsigned int)family < ADDR_FAMILIES)
		return false;
	(void)jsonpull_refuse(pull, N_("this is no family"), NULL);
	return true;
}

static bool load_link(struct jsonpull *pull, struct hostsnap *snap)
{
	struct host_link link = { 0 };

	if (!jsonfield_read(link_fields, COUNT(link_fields), pull, &link))
		return false;
	if (link.link.index <= 0 || host_find_link(&snap->host, link.link.index))
		return jsonpull_refuse(
			pull, N_("this is no index of an interface, or stands twice"), "index");
	link.filter.index = link.filter.kind[0] ? link.link.index : 0;
	return host_add_link(&snap->host, &link) == 0 || jsonpull_no_memory(pull);
}

static bool load_hops(struct jsonpull *pull, struct nlroute_route *route)
{
	int64_t index = 0;

	if (!jsonpull_member(pull, "interfaces") || !jsonpull_array(pull))
		return false;
	while (jsonpull_element(pull)) {
		if (!jsonpull_signed(pull, 1, INT32_MAX, &index))
			return false;
		if (index == 0 || route->interface_count == NLROUTE_HOPS_MAX)
			return jsonpull_refuse(
				pull, N_("these are too many, or none"), "interfaces");
		route->interfaces[route->interface_count++] = (int)index;
	}
	return !pull->error;
}

static bool load_route(struct jsonpull *pull, struct hostsnap *snap)
{
	struct nlroute_route route = { 0 };

	if (!jsonfield_read(route_fields, COUNT(route_fields), pull, &route) ||
		!load_hops(pull, &route) || no_family(pull, route.prefix.addr.family))
		return false;
	if (!addr_prefix_valid(&route.prefix))
		return jsonpull_refuse(pull, N_("this is no network"), "destination");
	if (snap->host.route_count >= HOST_ROUTES_MAX)
		return jsonpull_refuse(pull, N_("these are too many"), "routes");
	return host_add_route(&snap->host, &route) == 0 || jsonpull_no_memory(pull);
}

static bool load_rule(struct jsonpull *pull, struct hostsnap *snap)
{
	struct nlroute_rule rule = { 0 };

	if (!jsonfield_read(rule_fields, COUNT(rule_fields), pull, &rule) ||
		no_family(pull, rule.family))
		return false;
	return host_add_rule(&snap->host, &rule) == 0 || jsonpull_no_memory(pull);
}

static bool load_fact(struct jsonpull *pull, struct hostsnap *snap, enum hostsnap_part part)
{
	struct hostsnap_fact fact = { 0 };
	bool read = jsonfield_read(fact_fields, COUNT(fact_fields), pull, &fact);
	int r = read ? hostsnap_add(snap, part, fact.subject, fact.name, fact.value) : 0;

	free(fact.subject);
	free(fact.name);
	free(fact.value);
	if (r == -E2BIG)
		return jsonpull_refuse(pull, N_("these are too many"), hostsnap_part_name(part));
	return read && (r == 0 || jsonpull_no_memory(pull));
}

static bool load_part(struct jsonpull *pull, struct hostsnap *snap, enum hostsnap_part part)
{
	int64_t error = 0;

	if (!jsonpull_member(pull, hostsnap_part_name(part)) || !jsonpull_object(pull) ||
		!jsonpull_member(pull, "error") || !jsonpull_signed(pull, -4095, 0, &error) ||
		!jsonpull_member(pull, "list") || !jsonpull_array(pull))
		return false;
	snap->parts[part].error = (int)error;
	while (jsonpull_element(pull)) {
		if (!jsonpull_object(pull) ||
			!(typed[part].load ? typed[part].load(pull, snap)
					   : load_fact(pull, snap, part)) ||
			!jsonpull_object_end(pull))
			return false;
	}
	return jsonpull_object_end(pull);
}

bool hostsnap_load(struct jsonpull *pull, struct hostsnap *snap)
{
	if (!jsonpull_object(pull) || !jsonpull_member(pull, "all") || !jsonpull_object(pull) ||
		!jsonfield_read(all_fields, COUNT(all_fields), pull, &snap->host) ||
		!jsonpull_object_end(pull))
		return false;
	for (unsigned int i = 0; i < HOSTSNAP_PARTS; i++)
		if (!load_part(pull, snap, i))
			return false;
	return jsonpull_object_end(pull);
}
