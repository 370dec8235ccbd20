/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf_check_boundary.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "i18n.h"
#include "strmap.h"

/* What the checks of one path need. */
struct crossing {
	const struct policy *policy;
	const struct policy_path *path;
	const struct policy_zone *zone; /* of kind mynumber */
	const struct strmap *hosts;	/* → policy.hosts */
	struct diag_list *diags;
};

/* The zone whose boundary the path crosses, or NULL. The gateway has no parts, nor has an end that
 * could not be resolved. */
static const struct policy_zone *crossed_zone(
	const struct policy *policy, const struct policy_path *path)
{
	size_t from = policy_path_zone_from(policy, path);
	size_t to = policy_path_zone_to(policy, path);

	if (path->from.part_count == 0 || path->to.part_count == 0 || from == to)
		return NULL;
	if (policy->zones[from].kind == ZONE_MYNUMBER)
		return &policy->zones[from];
	return policy->zones[to].kind == ZONE_MYNUMBER ? &policy->zones[to] : NULL;
}

static const struct policy_host *named_host(
	const struct crossing *crossing, const struct policy_end *end)
{
	size_t index;

	return strmap_find(crossing->hosts, end->text, &index) ? &crossing->policy->hosts[index]
							       : NULL;
}

/* A host's name, or one address as it stands. */
static bool is_one_host(const struct crossing *crossing, const struct policy_end *end)
{
	struct addr addr;

	return named_host(crossing, end) != NULL || addr_parse(end->text, &addr) == 0;
}

static bool is_on_link(const struct policy *policy, const struct policy_end *end)
{
	const struct policy_part *part = &end->parts[0];
	const struct policy_segment *segment = &policy->segments[part->segment];

	for (int family = 0; family < ADDR_FAMILIES; family++)
		for (size_t i = 0; i < part->addresses[family].count; i++)
			if (!addrset_covers(
				    &segment->on_link[family], &part->addresses[family].ranges[i]))
				return false;
	return true;
}

static void check_ends(const struct crossing *crossing)
{
	const struct policy_path *path = crossing->path;
	const struct policy_host *source = named_host(crossing, &path->from);

	if (!is_one_host(crossing, &path->from))
		diag_add(crossing->diags, DIAG_ERROR, path->loc,
			_("name the host that opens the connection, with its MAC"),
			_("path \"%s\" crosses the boundary of zone \"%s\": its source is not one "
			  "host"),
			path->name, crossing->zone->name);
	else if (is_on_link(crossing->policy, &path->from) && (source == NULL || !source->has_mac))
		diag_add(crossing->diags, DIAG_ERROR, path->loc,
			_("give the host its MAC in hosts"),
			_("path \"%s\" crosses the boundary of zone \"%s\": its source is not "
			  "bound to a MAC"),
			path->name, crossing->zone->name);
	if (!is_one_host(crossing, &path->to))
		diag_add(crossing->diags, DIAG_ERROR, path->loc,
			_("name the host that is connected to"),
			_("path \"%s\" crosses the boundary of zone \"%s\": its target is not one "
			  "host"),
			path->name, crossing->zone->name);
}

static bool has_ports(uint8_t protocol)
{
	return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP || protocol == IPPROTO_SCTP ||
	       protocol == IPPROTO_DCCP || protocol == IPPROTO_UDPLITE;
}

static bool permits_every_port(const struct policy_service *service)
{
	for (size_t i = 0; i < service->entry_count; i++)
		if (service->entries[i].whole && has_ports(service->entries[i].protocol))
			return true;
	return false;
}

/* Every published policy cuts residents' data off from the Internet (R10). */
static void check_isolation(const struct crossing *crossing)
{
	const struct policy *policy = crossing->policy;
	size_t from = policy_path_zone_from(policy, crossing->path);
	size_t to = policy_path_zone_to(policy, crossing->path);

	if (policy->zones[from].kind == ZONE_INTERNET || policy->zones[to].kind == ZONE_INTERNET)
		diag_add(crossing->diags, DIAG_ERROR, crossing->path->loc,
			_("remove it, or lead it through a host in a zone of kind lgwan"),
			_("path \"%s\" would connect zone \"%s\" of kind mynumber with zone \"%s\" "
			  "of kind internet: they are cut off from each other"),
			crossing->path->name, crossing->zone->name,
			policy->zones[crossing->zone == &policy->zones[from] ? to : from].name);
}

static void check_services(const struct crossing *crossing)
{
	const struct policy_path *path = crossing->path;

	for (size_t i = 0; i < path->service_count; i++) {
		const struct policy_service *service =
			&crossing->policy->services[path->services[i]];

		if (permits_every_port(service))
			diag_add(crossing->diags, DIAG_ERROR, path->loc,
				_("name the ports that are needed"),
				_("path \"%s\" crosses the boundary of zone \"%s\": service \"%s\" "
				  "permits every port"),
				path->name, crossing->zone->name, service->name);
	}
}

static int collect_hosts(const struct policy *policy, struct strmap *hosts)
{
	for (size_t i = 0; i < policy->host_count; i++)
		if (strmap_add(hosts, policy->hosts[i].name, i) == -ENOMEM)
			return -ENOMEM;
	return 0;
}

int conf_check_boundary(const struct policy *policy, struct diag_list *diags)
{
	struct strmap hosts = { 0 };
	int error = collect_hosts(policy, &hosts);

	for (size_t i = 0; error == 0 && i < policy->path_count; i++) {
		struct crossing crossing = { .policy = policy,
			.path = &policy->paths[i],
			.zone = crossed_zone(policy, &policy->paths[i]),
			.hosts = &hosts,
			.diags = diags };

		if (crossing.zone == NULL)
			continue;
		check_isolation(&crossing);
		check_ends(&crossing);
		check_services(&crossing);
	}
	strmap_clear(&hosts);
	return error;
}
