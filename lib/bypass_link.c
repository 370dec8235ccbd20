/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Interfaces by which packets can go round the rules. See bypass.h. */
#include <errno.h>
#include <string.h>

#include "bypass_impl.h"

/* What host.h finds; the sentences are its own. Routes, proxies and redirects change where packets
 * go, but not by which interface they come and leave, which is what the rules look at. */
void bypass_judge_host(struct bypassing *bypassing)
{
	static const enum hostsnap_part needed[] = { HOSTSNAP_LINKS, HOSTSNAP_ROUTES,
		HOSTSNAP_RULES };
	static const enum bypass_kind whose[] = { BYPASS_BRIDGES, BYPASS_ROUTES,
		BYPASS_POLICY_ROUTING };
	static const struct {
		enum bypass_kind kind;
		bool harmless, told;
	} known[RISK_COUNT] = {
		[RISK_FORWARDING_OFF] = { BYPASS_FORWARDING, true, true },
		[RISK_ROUTE] = { BYPASS_ROUTES, true, true },
		[RISK_ROUTES_MANY] = { BYPASS_ROUTES, true, true },
		[RISK_PORTS] = { BYPASS_BRIDGES, false, true },
		[RISK_STACKED] = { BYPASS_STACKED, false, true },
		[RISK_SWITCH] = { BYPASS_SWITCHES, true, true },
		/* Programs and filters are told of all interfaces, of zones or not. */
	};
	struct host_findings findings;
	bool read = true;

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		read &= bypass_can_read(bypassing, whose[i], needed[i]);
	if (!read)
		return;
	if (host_judge(&bypassing->host->host, bypassing->policy, &findings) < 0) {
		bypassing->error = -ENOMEM;
		return;
	}
	for (size_t i = 0; i < findings.count; i++) {
		const struct host_finding *finding = &findings.list[i];

		if (known[finding->risk].told)
			bypass_found(bypassing, known[finding->risk].kind, BYPASS_PRESENT,
				known[finding->risk].harmless, "%s", finding->text);
	}
	bypassing->list->left_out += findings.left_out;
	host_findings_clear(&findings);
}

static bool is_one_of(const char *kind, const char *const *kinds, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(kind, kinds[i]) == 0)
			return true;
	return false;
}

/* Of one zone and another that host.h does not find a risk: it is told. */
void bypass_judge_stacked(struct bypassing *bypassing)
{
	static const char *const kinds[] = { "macvlan", "macvtap", "ipvlan", "ipvtap" };

	if (!bypass_can_read(bypassing, BYPASS_STACKED, HOSTSNAP_LINKS))
		return;
	for (size_t i = 0; i < bypassing->host->host.link_count; i++) {
		const struct nlroute_link *link = &bypassing->host->host.links[i].link;

		if (is_one_of(link->kind, kinds, sizeof(kinds) / sizeof(kinds[0])))
			bypass_found(bypassing, BYPASS_STACKED, BYPASS_PRESENT, true, "%s %s (%s)",
				link->kind, link->name, bypass_zone_name(bypassing, link->name));
	}
}

/* Tables that frames of two zones meet in, behind interfaces of ours: only when they end in the
 * same namespace can we know of it. What two of them do with each other is, like a cable between
 * two switches, out of this host's sight. */
static const struct nlroute_link *other_zone_there(
	const struct bypassing *bypassing, const struct nlroute_link *link)
{
	const struct host *host = &bypassing->host->host;
	size_t zone = bypass_zone_of(bypassing, link->name);

	for (size_t i = 0; i < host->link_count; i++) {
		const struct nlroute_link *other = &host->links[i].link;

		if (other->lower_elsewhere && other->lower_namespace == link->lower_namespace &&
			bypass_zone_of(bypassing, other->name) != zone)
			return other;
	}
	return NULL;
}

/* One that lies on an interface of ours and was moved away sends and receives there all the same.
 */
static void judge_moved(struct bypassing *bypassing)
{
	const struct hostsnap_facts *facts;

	if (!bypass_can_read(bypassing, BYPASS_NAMESPACES, HOSTSNAP_ELSEWHERE))
		return;
	facts = &bypassing->host->parts[HOSTSNAP_ELSEWHERE];
	for (size_t i = 0; i < facts->count; i++) {
		const char *lower = facts->list[i].subject;

		/* What was moved on from a namespace that we know may be there. */
		if (lower[0] == '\0') {
			bypass_found(bypassing, BYPASS_NAMESPACES, BYPASS_UNREADABLE, false,
				"%s %s", facts->list[i].name, facts->list[i].value);
			continue;
		}
		/* VLANs have a network of their own on the same cable. */
		bypass_found(bypassing, BYPASS_NAMESPACES, BYPASS_PRESENT,
			strcmp(facts->list[i].name, "vlan") == 0, "%s %s on %s (%s)",
			facts->list[i].name, facts->list[i].value, lower,
			bypass_zone_name(bypassing, lower));
	}
}

void bypass_judge_namespaces(struct bypassing *bypassing)
{
	judge_moved(bypassing);
	if (!bypass_can_read(bypassing, BYPASS_NAMESPACES, HOSTSNAP_LINKS))
		return;
	for (size_t i = 0; i < bypassing->host->host.link_count; i++) {
		const struct nlroute_link *link = &bypassing->host->host.links[i].link;
		const struct nlroute_link *other;

		if (!link->lower_elsewhere)
			continue;
		other = other_zone_there(bypassing, link);
		if (other)
			bypass_found(bypassing, BYPASS_NAMESPACES, BYPASS_PRESENT, false,
				"%s %s (%s) and %s (%s) lead to the same namespace", link->kind,
				link->name, bypass_zone_name(bypassing, link->name), other->name,
				bypass_zone_name(bypassing, other->name));
		else
			bypass_found(bypassing, BYPASS_NAMESPACES, BYPASS_PRESENT, true,
				"%s %s (%s)", link->kind, link->name,
				bypass_zone_name(bypassing, link->name));
	}
}

/* What comes out of a tunnel comes in by an interface, whose name the rules look at: one that is
 * not declared reaches nothing. One on top of another zone is found by host.h. */
void bypass_judge_tunnels(struct bypassing *bypassing)
{
	static const char *const kinds[] = { "ipip", "gre", "gretap", "erspan", "sit", "ip6tnl",
		"ip6gre", "ip6gretap", "ip6erspan", "vxlan", "geneve", "vti", "vti6", "xfrm", "gtp",
		"bareudp", "macsec", "wireguard", "tun", "l2tp", "ppp", "amt" };

	if (!bypass_can_read(bypassing, BYPASS_TUNNELS, HOSTSNAP_LINKS))
		return;
	for (size_t i = 0; i < bypassing->host->host.link_count; i++) {
		const struct nlroute_link *link = &bypassing->host->host.links[i].link;

		if (is_one_of(link->kind, kinds, sizeof(kinds) / sizeof(kinds[0])))
			bypass_found(bypassing, BYPASS_TUNNELS, BYPASS_PRESENT, true, "%s %s (%s)",
				link->kind, link->name, bypass_zone_name(bypassing, link->name));
	}
}

/* Ports of two zones in one are found as such; all else comes under a name that no zone has, or
 * that was declared. */
void bypass_judge_vrf(struct bypassing *bypassing)
{
	if (!bypass_can_read(bypassing, BYPASS_VRF, HOSTSNAP_LINKS))
		return;
	for (size_t i = 0; i < bypassing->host->host.link_count; i++) {
		const struct nlroute_link *link = &bypassing->host->host.links[i].link;

		if (strcmp(link->kind, "vrf") == 0)
			bypass_found(bypassing, BYPASS_VRF, BYPASS_PRESENT, true, "%s (%s)",
				link->name, bypass_zone_name(bypassing, link->name));
	}
}

/* Each of its bridges has an interface of its own here. A master that is not here may be one of
 * another namespace's. */
void bypass_judge_ovs(struct bypassing *bypassing)
{
	const struct host *host;

	if (!bypass_can_read(bypassing, BYPASS_OVS, HOSTSNAP_LINKS))
		return;
	host = &bypassing->host->host;
	for (size_t i = 0; i < host->link_count; i++) {
		const struct nlroute_link *link = &host->links[i].link;

		if (strcmp(link->kind, "openvswitch") == 0)
			bypass_found(bypassing, BYPASS_OVS, BYPASS_PRESENT, false, "%s (%s)",
				link->name, bypass_zone_name(bypassing, link->name));
		if (link->master && !host_find_link(host, link->master))
			bypass_found(bypassing, BYPASS_OVS, BYPASS_PRESENT, false,
				"%s (%s) is a port of an interface that is not here", link->name,
				bypass_zone_name(bypassing, link->name));
	}
}

/* The forward chain sees the gateway's own address as destination, which may lie in a network that
 * a path leads to; behind it the next address of the option takes its place. */
void bypass_judge_source_route(struct bypassing *bypassing)
{
	const struct host *host;

	if (!bypass_can_read(bypassing, BYPASS_SOURCE_ROUTE, HOSTSNAP_LINKS) ||
		!bypass_can_read(bypassing, BYPASS_SOURCE_ROUTE, HOSTSNAP_SWITCHES))
		return;
	host = &bypassing->host->host;
	for (size_t i = 0; i < host->link_count && host->source_route_all != 0; i++) {
		const struct nlroute_link *link = &host->links[i].link;

		/* -1: the kernel did not tell of this interface, which has no IPv4 then. */
		if (link->switches[SWITCH_SOURCE_ROUTE4] > 0)
			bypass_found(bypassing, BYPASS_SOURCE_ROUTE, BYPASS_PRESENT, false,
				"%s (%s): accept_source_route", link->name,
				bypass_zone_name(bypassing, link->name));
	}
}
