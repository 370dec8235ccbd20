/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Routes that contradict the zones (R5): one zone's networks sent out of another zone's interface,
 * or of an undeclared one. A wide route is as it should be where longer ones of the same table take
 * what belongs elsewhere: what is left of a zone's networks then is empty.
 */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host_impl.h"

#define RULE_TEXT_MAX 64

/* Which rule leads to the table of a route; false: none does, its routes are not used. */
static bool find_rule(
	const struct host *host, const struct nlroute_route *route, char text[RULE_TEXT_MAX])
{
	/* Without any rules told, the three tables that there always are. */
	bool known = host->rule_count == 0 &&
		     (route->table == RT_TABLE_MAIN || route->table == RT_TABLE_LOCAL ||
			     route->table == RT_TABLE_DEFAULT);

	snprintf(text, RULE_TEXT_MAX, "table %u", route->table);
	for (size_t i = 0; i < host->rule_count && !known; i++) {
		const struct nlroute_rule *rule = &host->rules[i];

		known = rule->family == route->prefix.addr.family && rule->table == route->table;
		if (known && route->table != RT_TABLE_MAIN)
			snprintf(text, RULE_TEXT_MAX, "table %u, rule %u", route->table,
				rule->priority);
	}
	return known;
}

static bool is_before(const struct nlroute_route *route, const struct nlroute_route *other)
{
	if (other->prefix.length != route->prefix.length)
		return other->prefix.length > route->prefix.length;
	return other->metric < route->metric &&
	       addr_compare(&other->prefix.addr, &route->prefix.addr) == 0;
}

/* Take what other routes of the table take first out of a set. */
static int subtract_longer(
	const struct host *host, const struct nlroute_route *route, struct addrset *set)
{
	struct addrset longer;
	struct addr_range *ranges = calloc(host->route_count + 1, sizeof(*ranges));
	size_t count = 0;
	int r = ranges ? 0 : -ENOMEM;

	addrset_init(&longer, set->family);
	for (size_t i = 0; i < host->route_count && r == 0; i++) {
		const struct nlroute_route *other = &host->routes[i];

		/* "throw" looks on in the next table. */
		if (other->prefix.addr.family != set->family || other->table != route->table ||
			other->type == RTN_THROW || !is_before(route, other))
			continue;
		struct addr_range range = addr_prefix_range(&other->prefix);

		if (addrset_overlaps(set, &range))
			ranges[count++] = range;
	}
	if (r == 0 && count > 0)
		r = addrset_add_ranges(&longer, ranges, count);
	if (r == 0)
		r = addrset_subtract(set, &longer);
	addrset_clear(&longer);
	free(ranges);
	return r;
}

/* What of a segment's networks the route takes. 0, or -ENOMEM. */
static int taken_of(const struct host *host, const struct nlroute_route *route,
	const struct policy_segment *segment, struct addrset *ret_set)
{
	enum addr_family family = route->prefix.addr.family;
	struct addr_range range = addr_prefix_range(&route->prefix);
	struct addrset whole;
	int r = addrset_copy(ret_set, &segment->source[family]);

	addrset_init(&whole, family);
	if (r == 0)
		r = addrset_add(&whole, &range);
	if (r == 0)
		r = addrset_intersect(ret_set, &whole);
	addrset_clear(&whole);
	return r < 0 || ret_set->count == 0 ? r : subtract_longer(host, route, ret_set);
}

static void say(struct host_judging *judging, const struct nlroute_route *route,
	const struct nlroute_link *link, const struct policy_segment *from, const char *out_of,
	const struct addrset *taken)
{
	char prefix[ADDR_TEXT_MAX], first[ADDR_TEXT_MAX], rule[RULE_TEXT_MAX];

	addr_prefix_format(&route->prefix, prefix);
	addr_format(taken->family, taken->ranges[0].first, first);
	(void)find_rule(judging->host, route, rule);
	host_found(judging, RISK_ROUTE, link->name,
		"route %s (%s) sends networks of segment %s, from %s on, out of interface %s (%s)",
		prefix, rule, from->full_name, first, link->name, out_of);
}

static void judge_segment(struct host_judging *judging, const struct nlroute_route *route,
	const struct nlroute_link *link, const struct policy_segment *segment)
{
	const struct policy *policy = judging->policy;
	size_t out = host_segment_of(policy, link->name);
	bool declared = out < policy->segment_count;
	enum addr_family family = route->prefix.addr.family;
	struct addr_range range = addr_prefix_range(&route->prefix);
	struct addrset taken;

	/* Out of an undeclared interface may go what is nobody's own. */
	if ((declared && policy->segments[out].zone == segment->zone) ||
		(!declared && segment->rest[family]) ||
		!addrset_overlaps(&segment->source[family], &range))
		return;
	addrset_init(&taken, family);
	if (taken_of(judging->host, route, segment, &taken) < 0)
		judging->error = -ENOMEM;
	else if (taken.count > 0)
		say(judging, route, link, segment,
			declared ? policy->segments[out].full_name : "undeclared", &taken);
	addrset_clear(&taken);
}

static void judge_route(struct host_judging *judging, const struct nlroute_route *route)
{
	char rule[RULE_TEXT_MAX];

	if (route->type != RTN_UNICAST || !find_rule(judging->host, route, rule))
		return;
	for (size_t i = 0; i < route->interface_count; i++) {
		const struct host_link *link = host_find_link(judging->host, route->interfaces[i]);

		if (!link || link->link.flags & IFF_LOOPBACK)
			continue;
		for (size_t j = 0; j < judging->policy->segment_count; j++)
			judge_segment(judging, route, &link->link, &judging->policy->segments[j]);
	}
}

void host_judge_routes(struct host_judging *judging)
{
	if (judging->host->more_routes)
		host_found(judging, RISK_ROUTES_MANY, "",
			"there are more than %d routes: those over it are not compared with the "
			"zones",
			HOST_ROUTES_MAX);
	for (size_t i = 0; i < judging->host->route_count && judging->error == 0; i++)
		judge_route(judging, &judging->host->routes[i]);
}
